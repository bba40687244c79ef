"""Command: the `amana` command; lazy imports, no logic.

Runs in: a terminal.
Sees: what the door it opens sees.
"""
