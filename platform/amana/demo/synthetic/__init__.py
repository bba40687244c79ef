"""Synthetic: the rows that eight imagined registries would hold, drawn from a seed and shaped after published figures.

Runs in: a terminal, for the demo, the tests and the benchmarks.
Sees: figures that were published or assumed; nobody's record.
"""
