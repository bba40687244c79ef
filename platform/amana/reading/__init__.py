"""Reading: any file that a ministry has becomes a sheet and blocks of text cells with places; nothing is judged here.

GSBPM 4.3.   Runs in: worker, committee.
Sees: the opened file, in the worker and at the committee only.
"""
