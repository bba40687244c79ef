"""Worlds: other tables that show the same, and what they prove that nobody can rule out, for all parties at once.

GSBPM 6.4.   Runs in: worker.
Sees: true counts.
"""
