"""Mapping: a committee's own columns and words become columns and codes of the codebook, by a document it confirmed.

GSBPM 5.2, 5.3.   Runs in: worker, committee; the web process reads and writes the document alone.
Sees: the cells of a file, in the worker and at the committee only; the hub's outline has our own words only.
"""
