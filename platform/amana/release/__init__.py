"""Release: the life of a release, from an order to a published bundle, through four eyes.

GSBPM 6.2-6.5.   Runs in: web (plan, approve, order), worker (build, publish).
Sees: raw tables in the worker; elsewhere only cleared candidates.
"""
