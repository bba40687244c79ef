"""Whole persons for reading, out of an estimate with digits behind the point.

Sees: an estimate for display; no count.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LEAST: Final = np.log(2)  # persons expected: up to here nobody is the likelier half


def whole(expected: ArrayLike) -> NDArray[np.int64]:
    """Return the whole number that the true count is as likely above as below, if it scatters as counts do.

    expected: persons, >= 0, any shape; the result has the same. It is the median of a Poisson variable: of 0.6 persons
              in each of ten cells, rounding would make ten. Medians do not add up; what is expected does.
    Source: Choi (1994), On the Medians of Gamma Distributions and an Equation of Ramanujan; exact but within 0.005
            persons of where the median steps up.
    """
    persons = np.asarray(expected, dtype=np.float64)
    above = np.floor(persons + 1 / 3 - 0.02 / np.maximum(persons, _LEAST))
    return np.where(persons <= _LEAST, 0, above).astype(np.int64)
