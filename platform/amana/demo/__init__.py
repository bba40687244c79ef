"""Demo: an embedded hub with synthetic data, and a story told through public doors only.

Runs in: a terminal, on 127.0.0.1.
Sees: synthetic data.
"""
