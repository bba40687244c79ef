"""Release: from a plan to a published bundle, through four eyes.

GSBPM 5.7, 6.2-6.5.   Runs in: web (plan, approve, order), worker (build, publish), committee (tabulate).
Sees: raw tables in the worker and at the committee; elsewhere only cleared candidates.
"""
