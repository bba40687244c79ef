"""pac-synth, run apart: counts of all combinations of up to three attributes, under differential privacy.

    python combinations.py ROWS.npy EPSILON DELTA ACCURACY FABRICATION LENGTH OUT.npz

Writes, for every combination that it reports, its attributes, their codes and the count. Prints CPU seconds and
peak memory in MB, both taken before anything is parsed.
"""

from __future__ import annotations

import resource
import sys

import numpy as np
from pacsynth import (
    AccuracyMode,
    Dataset,
    DpAggregateSeededParametersBuilder,
    DpAggregateSeededSynthesizer,
    FabricationMode,
)


def main() -> None:
    rows, epsilon, delta, accuracy, fabrication, length, out = sys.argv[1:]
    codes = np.load(rows)
    header = [f"c{at}" for at in range(codes.shape[1])]
    # A code of 0 would count as absent: every code is moved up by one.
    data = Dataset([header, *([str(code + 1) for code in row] for row in codes.tolist())])
    chosen = (
        DpAggregateSeededParametersBuilder()
        .reporting_length(int(length))
        .epsilon(float(epsilon))
        .delta(float(delta))
        .accuracy_mode(getattr(AccuracyMode, accuracy)())
        .fabrication_mode(getattr(FabricationMode, fabrication)())
        .build()
    )
    made = DpAggregateSeededSynthesizer(chosen)
    made.fit(data)
    found = made.get_dp_aggregates(";")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
    save(found, out)


def save(found: dict[str, int], out: str) -> None:
    """Write (n, 3) attributes and codes, -1 where there are fewer, and (n,) counts."""
    places, codes = np.full((len(found), 3), -1), np.full((len(found), 3), -1)
    for at, name in enumerate(found):
        for each, part in enumerate(name.split(";")):
            column, code = part.split(":")
            places[at, each], codes[at, each] = int(column[1:]), int(code) - 1
    np.savez(out, places=places, codes=codes, counts=np.array(list(found.values())))


if __name__ == "__main__":
    main()
