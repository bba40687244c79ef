"""The demo's witnesses: three committees make their own keys, and the region's policy asks for two of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from amana.demo.hub import Hub

WITNESSES: Final = ("MAR", "TUN", "CIV")
_QUORUM: Final = 2
_FILE: Final = "witnesses.toml"


def appoint(policies: Path, own: Path, folder: Path, amana: Callable[..., None]) -> None:
    """Copy the policies into ``own``, and have three committees made witnesses in it. amana: runs a command."""
    shutil.copytree(policies, own)
    said = (own / _FILE).read_text(encoding="utf-8")
    named = [f"\nquorum = {_QUORUM}\n"]
    for iso in WITNESSES:
        name, place = f"{iso.lower()}.demo.amana.example/witness/1", home(folder, iso)
        log = str(folder / "keys" / "web" / "log.vkey")
        amana("committee", "witness", "init", str(place), "--name", name, "--vkey", log)
        vkey = (place / "witness.vkey").read_text(encoding="utf-8").strip()
        named.append(f'\n[[witness]]\nname = "{name}"\ncommittee = "{iso}"\nvkey = "{vkey}"\n')
    (own / _FILE).write_text(said + "".join(named), encoding="utf-8")


def home(folder: Path, iso: str) -> Path:
    """Return the folder in which a committee's witness keeps its key and its memory."""
    return folder / "committees" / iso / "witness"


def come(folder: Path, hub: str, committee: Callable[..., str]) -> Sequence[str]:
    """Have each witness look at the log once, cosign it and hand that in; return what each said."""
    return [committee("witness", "once", str(home(folder, iso)), "--hub", hub).strip() for iso in WITNESSES]


def prove(folder: Path, clerk: Hub, batch: str, amana: Callable[..., str]) -> str:
    """Keep Morocco's proof that its file arrived, check it offline with the quorum, and return what was said."""
    kept = folder / "committees" / "MAR" / "arrival.tlog-proof"
    kept.write_text(clerk.text(f"/api/v1/batches/{batch}/proof"), encoding="utf-8")
    vkey, law = str(folder / "keys" / "web" / "log.vkey"), str(folder / "policies" / _FILE)
    told = amana("audit", "proof", str(kept), "--vkey", vkey, "--witnesses", law)
    return f"Morocco's proof that its file arrived, checked offline: {told.splitlines()[0]}"
