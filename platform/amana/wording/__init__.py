"""Wording: the sentence for every error and every rule, in Arabic, French and English.

Runs in: doors only.
Sees: codes and facts; never a record's value.
"""
