"""Plans: what a release will hold, and all that follows from that before anybody counts anything.

GSBPM 2.1, 2.5.   Runs in: web (plan), worker, committee.
Sees: the codebook, policies and plans; no record, no count.
"""
