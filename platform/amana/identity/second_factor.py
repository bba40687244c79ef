"""The second factor: time-based one-time passwords, each accepted once.

Source: RFC 6238, 30-second steps, six digits, SHA-1; one step of drift either way. pyotp accepts a code twice, so the
step that was used is remembered and nothing at or before it passes again.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Final

import pyotp

ISSUER: Final = "Amana"
_STEP: Final = 30  # seconds
_DRIFT: Final = 1  # steps


def new_secret() -> str:
    """Return a fresh secret: 160 random bits in base32."""
    return pyotp.random_base32()


def uri(secret: str, email: str) -> str:
    """Return the ``otpauth://`` line that an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str, last_step: int | None, now: datetime) -> int | None:
    """Return the step whose code this is, to be remembered; None when it is wrong, or its step was used before."""
    totp = pyotp.TOTP(secret)
    present = int(now.timestamp()) // _STEP
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if hmac.compare_digest(totp.at(step * _STEP).encode(), code.strip().encode()):
            return step if last_step is None or step > last_step else None
    return None
