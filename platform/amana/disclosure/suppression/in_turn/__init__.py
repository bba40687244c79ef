"""In turn: the way to hide from one party after the other, also beside older publications of the same persons."""
