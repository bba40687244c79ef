"""The one source of noise: OpenDP's discrete Gaussian, exact on integers.

Runs in: worker.   Sees: integers to which it adds noise.

OpenDP cannot be seeded, and nothing here can be: whoever could repeat the noise could take it off.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from opendp.domains import atom_domain, vector_domain
from opendp.measurements import make_gaussian
from opendp.metrics import l2_distance
from opendp.mod import enable_features

enable_features("contrib")  # the samplers with a written proof count as contributed, too
_SPACE: Final = (vector_domain(atom_domain(T="i64")), l2_distance(T=float))


class Source(Protocol):
    """What adds noise. The product has one, ``OpenDP``; a test may hand in one that says what it was asked."""

    def add(self, values: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
        """Return each value plus an independent draw of the discrete Gaussian. values: (n,); scale: above 0."""
        ...


class OpenDP:
    """Canonne, Kamath, Steinke (2020), as OpenDP implements and proves it: no floating-point number touches a draw."""

    def add(self, values: NDArray[np.int64], scale: float) -> NDArray[np.int64]:
        """Return the values with noise of standard deviation ``scale``; about 12 microseconds a value."""
        return np.array(make_gaussian(*_SPACE, scale=scale)(values.tolist()), dtype=np.int64)
