"""Validation: judge a contribution against the codebook and its rules, and encode what is sound.

GSBPM 5.2, 5.3.   Runs in: worker, committee.
Sees: records, in the worker and at the committee only; findings hold places and counts, never values.
"""
