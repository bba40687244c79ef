"""Attacks: do to a release what its readers will do, before they can.

GSBPM 6.4, 7.1.   Runs in: worker, before anyone may approve; anywhere an auditor holds a bundle.
Sees: published cells and printed figures; in the vault also what each insider knows, of which it tells nothing.
"""
