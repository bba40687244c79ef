"""The clock, and the randomness of protection: only doors call these, everyone else is handed the result."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, in UTC."""
    return datetime.now(UTC)


def rfc3339(instant: datetime) -> str:
    """Return an instant as ``2026-11-21T09:30:00Z``, to the second; to the microsecond where it has one."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
