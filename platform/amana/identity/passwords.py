"""Passwords, stored as argon2id; the work is the same whether or not the account exists."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from argon2 import Parameters, PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from amana.identity.roles import AccountRefused

_VERSION: Final = 19  # argon2 1.3, RFC 9106 §3.1.1
_SHORTEST: Final = 12  # characters
_LONGEST: Final = 1024  # characters; beyond it hashing is a way to keep the hub busy

# RFC 9106 §4 asks to choose memory and passes after what the machine can give. 19 MiB, 2 passes, 1 lane is OWASP's
# least (Password Storage Cheat Sheet): about 30-60 ms here, where the RFC's 64 MiB, 3 passes, 4 lanes take 200-570 ms
# on two processors and let a flood of sign-ins stop the hub.
LOW_MEMORY: Final = Parameters(Type.ID, _VERSION, 16, 32, 2, 19 * 1024, 1)
DEMO: Final = Parameters(Type.ID, _VERSION, 16, 32, 1, 64, 1)  # microseconds: for accounts made up for a demo


@dataclass(frozen=True)
class Hasher:
    """Makes and checks password hashes at one cost; ``nobody`` is the hash that stands for an unknown account."""

    hasher: PasswordHasher = field(repr=False)
    nobody: str = field(repr=False)

    @classmethod
    def at(cls, cost: Parameters) -> Hasher:
        """Return a hasher at LOW_MEMORY, or at DEMO where the hub is one."""
        hasher = PasswordHasher.from_parameters(cost)
        return cls(hasher, hasher.hash(secrets.token_urlsafe(32)))

    def hash(self, password: str) -> str:
        """Return what to store. Raises AccountRefused for a password under 12 or over 1024 characters."""
        if not _SHORTEST <= len(password) <= _LONGEST:
            raise AccountRefused(field="password", reason=f"between {_SHORTEST} and {_LONGEST} characters")
        return self.hasher.hash(password)

    def holds(self, stored: str | None, password: str) -> bool:
        """Return whether the password is the one stored; with None, do the same work and return False."""
        known = stored is not None and len(password) <= _LONGEST
        try:
            self.hasher.verify(stored if known and stored else self.nobody, password[:_LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return known
