"""Tabulation: records become counts by a plan, here or at a committee, and counts travel as a file.

GSBPM 5.7.   Runs in: worker, committee.
Sees: records and raw tables; what it tells of a dry run are counts of cells, never which.
"""
