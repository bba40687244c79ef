"""Identifiers: find what points at one person, and say its place and shape, never its value.

GSBPM 5.3.   Runs in: worker, committee.
Sees: every header and every cell that is not a known code, in the worker and at the committee only.
"""
