"""Web: the pages and the API; a door with no logic of its own.

Runs in: the web process.
Sees: sealed bytes going in, published bundles coming out.
"""
