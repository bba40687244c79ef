"""Intake: receive a committee's contribution, and judge it.

GSBPM 4.3, 4.4, 5.3.   Runs in: web (receive), worker (validate), committee (rules).
Sees: sealed bytes in web; records only in the worker and at the committee.
"""
