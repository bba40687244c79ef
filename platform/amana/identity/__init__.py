"""Identity: people, sign-in, tokens and sessions: who you are, never what you may do.

Runs in: web, and the operator's commands.
Sees: accounts; no record, no statistic.
"""
