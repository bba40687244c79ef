"""Chance for the demo's data: exact quotas, weighted picks and keyed pseudonyms, all from a generator handed in."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def share(weights: Mapping[str, float], total: int) -> dict[str, int]:
    """Return whole numbers in the proportion of ``weights`` that add up to ``total`` (largest remainders)."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    counts = {key: int(part) for key, part in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (counts[key] - exact[key], key))
    for key in by_remainder[: total - sum(counts.values())]:
        counts[key] += 1
    return counts


def deal(counts: Mapping[str, int], rng: Random) -> list[str]:
    """Return each key as often as its count says, in random order."""
    dealt = [key for key, count in counts.items() for _ in range(count)]
    rng.shuffle(dealt)
    return dealt


def choose(weights: Mapping[str, float], rng: Random) -> str:
    """Return one key, with a chance in proportion to its weight."""
    return rng.choices(tuple(weights), tuple(weights.values()))[0]


def pick(count: int, among: Mapping[T, float], rng: Random) -> list[T]:
    """Return ``count`` different keys; heavier ones come more often (Efraimidis and Spirakis, 2006).

    A weight of 0 is taken last, not never: the quota comes first.
    """
    drawn = {key: rng.random() ** (1 / max(weight, 1e-9)) for key, weight in among.items()}
    return sorted(drawn, key=drawn.__getitem__, reverse=True)[:count]


def pseudonym(key: bytes, *parts: str) -> str:
    """Return 64 hex characters: HMAC-SHA-256 over length-prefixed parts, as a committee's own tool makes them."""
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def flags(codes: Sequence[str], chances: Mapping[str, float], rng: Random, unknown: float = 0.06) -> dict[str, str]:
    """Return 1 or 0 for each code by its chance in per cent; in a share ``unknown`` of cases, all ``_U``."""
    if rng.random() < unknown:
        return dict.fromkeys(codes, "_U")
    return {code: "1" if rng.random() * 100 < chances.get(code, 0) else "0" for code in codes}
