"""Linked: everything that a release says, and what was published before, as equations between quantities of persons.

GSBPM 6.4.   Runs in: worker.
Sees: true counts.
"""
