"""The one way in which noise is refused."""

from __future__ import annotations

from typing import ClassVar

from amana.errors import AmanaError


class NoiseRefused(AmanaError):
    """The cubes cannot be protected by noise as one system; nothing was counted, drawn or spent.

    Facts: ``reason`` (``not_linked``: two cubes cut the same persons in ways that no sum binds; ``too_large``: the
    products of a cube would not fit 64 bits) and ``name`` (the attribute or cube in question).
    """

    code: ClassVar[str] = "disclosure.noise_refused"
    status: ClassVar[int] = 422
    exit: ClassVar[int] = 65
