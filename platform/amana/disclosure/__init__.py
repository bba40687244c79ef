"""Disclosure: turn raw tables into cleared ones, and check that nothing leaks.

GSBPM 6.4.   Runs in: worker; the auditor's half anywhere.
Sees: counts; never a record.
"""
