"""Sequencer: moves journal entries into the log and signs checkpoints.

Runs in: the sequencer process, which alone holds the log key.
Sees: leaves of the log; no record, no statistic.
"""
