"""A small vault for tests, and an envelope header that is right in every respect."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pyrage
import pytest

from amana.vault.envelope import EnvelopeHeader, Subject
from amana.vault.opening import Opener
from amana.vault.shelf import Shelf

BATCH = "bat_" + "a" * 26
MOROCCO_2022 = Subject(BATCH, "MAR", "VICTIMS", "2022", "records")


@dataclass(frozen=True)
class Vault:
    root: Path
    opener: Opener
    recipient: str
    shelf: Shelf

    @property
    def tmp(self) -> Path:
        return self.root / "tmp"

    def left(self) -> list[Path]:
        """Everything that still lies in the folder for opened envelopes."""
        return list(self.tmp.rglob("*"))


def make_vault(root: Path) -> Vault:
    identity = pyrage.x25519.Identity.generate()
    (root / "opening.key").write_text(f"# the vault's opening key\n{identity}\n")
    (root / "tmp").mkdir()
    (root / "data").mkdir()
    shelf = Shelf(root / "data")
    shelf.prepare()
    return Vault(root, Opener(root / "opening.key"), str(identity.to_public()), shelf)


def header(subject: Subject = MOROCCO_2022, segment: int = 1, segments: int = 1) -> EnvelopeHeader:
    return EnvelopeHeader(
        **vars(subject), codebook_digest=None, created="2026-11-21T09:30:00Z", segment=segment, segments=segments
    )


def age_tool() -> str:
    """The stock age program; where it is not installed, the tests that compare with it cannot run."""
    found = shutil.which("age")
    if found is None:
        pytest.skip("the stock age tool is not installed (Debian: apt-get install age)")
    return found
