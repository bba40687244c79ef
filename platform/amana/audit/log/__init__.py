"""The hub's log in its database: made of the outbox by the sequencer, shown to outsiders, witnessed, copied."""
