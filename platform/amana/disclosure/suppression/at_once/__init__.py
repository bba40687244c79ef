"""At once: the way to hide from every party in one go, where cells and parties are many.

GSBPM 6.4.   Runs in: worker.
Sees: true counts.
"""
