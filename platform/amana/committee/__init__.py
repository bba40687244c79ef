"""Committee: the committee's own tool: check, tabulate, pack, send and verify, offline but for sending.

Runs in: a ministry's computer.
Sees: the committee's own records, which stay there unless its agreement says otherwise.
"""
