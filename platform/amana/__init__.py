"""Amana (أمانة): a regional hub for protected statistics on trafficking in persons.

The rooms, and who may import whom, are described in docs/walks.md and enforced by `make lint`.
"""
