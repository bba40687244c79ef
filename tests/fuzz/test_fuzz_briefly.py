"""Every fuzz target runs for a bounded number of inputs, in a process that may have 4 GB of addresses."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

TARGETS = sorted(Path(__file__).parent.glob("fuzz_*.py"))
ADDRESSES = 4 << 30  # bytes: Arrow and polars reserve more than they use


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))


def test_every_reader_has_a_target() -> None:
    assert [path.stem for path in TARGETS] == ["fuzz_csv", "fuzz_jsonl", "fuzz_ods", "fuzz_parquet", "fuzz_xlsx"]


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda path: path.stem)
def test_no_bytes_make_a_reader_do_anything_but_read_or_refuse(target: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(target), "-runs=4000", "-seed=7", "-max_len=4096"],
        capture_output=True, text=True, errors="replace", preexec_fn=_bounded,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done 4000 runs" in done.stderr
