"""In turn: the way to hide from one party after the other, also beside older publications; and to close circles.

GSBPM 6.4.   Runs in: worker.
Sees: true counts.
"""
