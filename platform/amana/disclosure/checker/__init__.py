"""The checker: what ``audit`` judges by. It shares nothing with what made the tables.

GSBPM 6.4.   Runs in: worker, and anywhere an auditor wants it.
Sees: publications; what one reader knows besides: its own counts, printed figures, who has revised.
"""
