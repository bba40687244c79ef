"""Sealing 256 MB while they stream: ``seal_stream`` beside the stock ``age`` command, from one file into another.

Ours also takes the SHA-256 of the ciphertext on the way, because the manifest and the journal name it; in the last line
the peer takes it, too, with the same hash function over what it wrote.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import pyrage
from beside import by_turns, compare, machine

from amana.vault.envelope import EnvelopeHeader
from amana.vault.sealing import seal_stream

SIZE: Final = 256  # MB of 10**6 bytes
HEADER: Final = EnvelopeHeader("bench", "MAR", "VICTIMS", "2024", "records", None, "2026-11-21T09:30:00Z")


def main() -> None:
    age = shutil.which("age")
    if age is None:
        print(
            "The stock age command is not installed (Debian: apt-get install age), so there is nothing to compare with."
        )
        return
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        plain, sealed, theirs = (Path(name, part) for part in ("plain", "ours.age", "theirs.age"))
        with plain.open("wb") as file:
            for _ in range(SIZE):
                file.write(os.urandom(10**6))

        def ours() -> None:
            with plain.open("rb") as source, sealed.open("wb") as sink:
                seal_stream(source, sink, HEADER, [recipient])

        def stock() -> None:
            subprocess.run([age, "-r", recipient, "-o", theirs, plain], check=True)

        def stock_with_digest() -> None:
            stock()
            with theirs.open("rb") as file:
                hashlib.file_digest(file, "sha256")

        mine, peer, digested = by_turns(ours, stock, stock_with_digest)
    for what, cost in (("ours", mine), ("age", peer), ("age, then SHA-256", digested)):
        print(f"{what}: {rate(cost.cpu)} of CPU time, {rate(cost.wall)} on the wall")
    compare(f"seal {SIZE} MB", mine, peer, "age")
    compare(f"seal and digest {SIZE} MB", mine, digested, "age and SHA-256")


def rate(seconds: float) -> str:
    return f"{SIZE / seconds:,.0f} MB/s"


if __name__ == "__main__":
    main()
