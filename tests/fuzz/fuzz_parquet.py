"""A sound Parquet file with any bytes laid over any place of it: the first two bytes say where."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
from one_reader import fuzz


def sound() -> bytes:
    written = io.BytesIO()
    columns = {
        "text": ["F", "M", None],
        "whole": [1, None, 3],
        "real": [1.5, 2.0, None],
        "flag": [True, False, None],
        "day": pa.array([1, 2, None], pa.date32()),
        "time": pa.array([1, 2, None], pa.timestamp("us", "Africa/Tunis")),
        "fixed": pa.array(["1.50", "2", None]).cast(pa.decimal128(5, 2)),
    }
    pq.write_table(pa.table(columns), written, store_schema=False)
    return written.getvalue()


WHOLE = sound()


def shape(data: bytes) -> bytes:
    at = int.from_bytes(data[:2]) % len(WHOLE)
    return WHOLE[:at] + data[2:] + WHOLE[at + len(data) - 2 :]


if __name__ == "__main__":
    fuzz([at.to_bytes(2) + WHOLE[at : at + 8] for at in range(0, len(WHOLE), 64)], shape)
