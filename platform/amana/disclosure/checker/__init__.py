"""The checker: what ``audit`` judges by. It shares what a table is with what made the tables, and nothing else.

GSBPM 6.4.   Runs in: worker, and anywhere an auditor wants it.
Sees: publications; what one reader knows besides: its own counts, printed figures, who has revised.
"""
