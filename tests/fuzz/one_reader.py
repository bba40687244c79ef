"""One reader, given any bytes at all: it answers with blocks or with FileUnreadable and known rules, nothing else.

Each ``fuzz_<reader>.py`` beside this file is a script for libFuzzer (``python tests/fuzz/fuzz_csv.py -runs=100000``).
atheris instruments what is imported inside its context, so these scripts are never imported by other tests.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import atheris

HOUSE = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(HOUSE / "platform"), str(HOUSE / "tests")]

with atheris.instrument_imports(include=["amana.reading", "zipfile"]):
    from amana.reading.limits import Limits
    from amana.reading.open import FileUnreadable, open_file
from amana.wording.load import codes  # noqa: E402 - found on the path that was just set

LIMITS = Limits(rows=10_000, workbook_cells=100_000, inflated=8 << 20, record=64 << 10)
RULES = {code.removeprefix("rule.") for code in codes()}


def read(content: bytes, path: Path) -> None:
    """Read the content as any file. Raises whatever no reader may raise."""
    path.write_bytes(content)
    try:
        with open_file(path, limits=LIMITS) as opened:
            for block in opened.blocks():
                if tuple(block.frame.columns) != opened.sheet.letters or len(block) != len(block.rows):
                    raise RuntimeError("a block that does not fit its sheet")
            found = opened.findings
            if any(len(block) != len(block.rows) for _, block in opened.beside()):
                raise RuntimeError("a piece beside the table without its rows")
    except FileUnreadable as fault:
        found = fault.findings
        if not found:
            raise RuntimeError("a refusal without a finding") from fault
    if unknown := {one.rule for one in found} - RULES:
        raise RuntimeError(f"rules without a sentence: {sorted(unknown)}")


def fuzz(seeds: Sequence[bytes], shape: Callable[[bytes], bytes] = bytes) -> None:
    """Run libFuzzer over ``shape`` of what it makes up, beginning from the seeds, as the command line says."""
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for at, seed in enumerate(seeds):
            (corpus / str(at)).write_bytes(seed)
        path = Path(folder) / "file"
        flags = [flag for flag in sys.argv[1:] if flag.startswith("-")]
        artifacts = f"-artifact_prefix={tempfile.gettempdir()}/amana-"
        atheris.Setup([sys.argv[0], artifacts, *flags, str(corpus)], lambda data: read(shape(data), path))
        atheris.Fuzz()
