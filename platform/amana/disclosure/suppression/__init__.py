"""Suppression: hide small cells, and as few others as it takes to keep them hidden from everybody.

GSBPM 6.4.   Runs in: worker.
Sees: true counts; its own evidence is no proof, the checker judges what it leaves shown.
"""
