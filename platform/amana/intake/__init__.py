"""Intake: receive a committee's contribution, sealed, and keep account of what became of it.

GSBPM 4.3.   Runs in: web (receive), worker (outcome).
Sees: sealed bytes only.
"""
