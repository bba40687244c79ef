"""Audit: what happened, in a log that nobody can rewrite unnoticed.

RFC 6962, C2SP tlog.   Runs in: web and worker (journal), sequencer (tiles), anywhere offline (verify).
Sees: events; never a record.
"""
