"""Codebook: what a record may say: variables, code lists, hierarchies and labels in three languages.

GSBPM 2.2.   Runs in: every process and at the committee.
Sees: its own data files.
"""
