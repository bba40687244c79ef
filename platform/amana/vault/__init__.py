"""Vault: what is sealed, who can open it, and how records rest on disk.

Runs in: web (seal, shelf), committee (seal), worker (open, records, keys).
Sees: ciphertext in web; records only in the worker.
"""
