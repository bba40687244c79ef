"""Audit: what happened, in a log that nobody can rewrite unnoticed.

RFC 6962, C2SP tlog.   Runs in: web and worker (outbox), sequencer (log), web (desk, cases), a committee's own witness,
and anywhere offline: tlog, witness, events, offline and export know no database and no network.
Sees: events; never a record.
"""
