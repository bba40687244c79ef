"""Dissemination: published bundles, looked up and rendered.

GSBPM 7.   Runs in: web; worker (writing a bundle).
Sees: cleared tables only; no key, no record.
"""
