"""Noise: protect tables by differential privacy, and say how sure each figure is.

GSBPM 6.4.   Runs in: worker.
Sees: true counts in draw.py only; everything after it sees noisy figures and public sizes.
"""
