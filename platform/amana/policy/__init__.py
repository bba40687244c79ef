"""Policy: what the region and each committee agreed to, as documents that decide.

Runs in: web, worker, committee.
Sees: facts about a request, handed in by its caller; no record, no database.
"""
