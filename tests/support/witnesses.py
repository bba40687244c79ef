"""Logs, forks and witnesses for tests: small trees, signed checkpoints of any size, keys that are always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from amana.audit.tlog.checkpoint import Checkpoint, LogKey, sign
from amana.audit.tlog.named_key import render_vkey
from amana.audit.tlog.tree import hash_leaf, prove_consistency, root
from amana.audit.witness.cosignature import WitnessKey, cosign
from amana.audit.witness.quorum import Group, Trust, Witness
from amana.committee.witness_folder import WitnessFolder, make, open_folder

ORIGIN = "amana.test/log"
LOG = LogKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x01" * 32))
THIEF = LogKey(ORIGIN, Ed25519PrivateKey.from_private_bytes(b"\x66" * 32))
MAR, TUN, EGY, STRANGER = (
    WitnessKey(f"{name}.test/w", Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))
    for name, seed in (("mar", 2), ("tun", 3), ("egy", 4), ("stranger", 5))
)
THREE = (MAR, TUN, EGY)
AT = 1_790_000_000  # seconds since 1970, in September 2026


@dataclass(frozen=True)
class SmallLog:
    """A log of short entries, all of its past at hand. ``fork`` is where its entries begin to be others."""

    entries: int
    fork: int | None = None

    @property
    def hashes(self) -> list[bytes]:
        forked = self.entries if self.fork is None else self.fork
        return [hash_leaf(b"%d" % n if n < forked else b"other %d" % n) for n in range(self.entries)]

    def checkpoint(self, size: int) -> Checkpoint:
        return Checkpoint(ORIGIN, size, root(self.hashes[:size]))

    def note(self, size: int, *signers: WitnessKey, key: LogKey = LOG, at: int = AT) -> str:
        point = sign(self.checkpoint(size), key)
        return point + "".join(cosign(point.partition("\n\n")[0] + "\n", one, at) for one in signers)

    def proof(self, old: int, new: int) -> tuple[bytes, ...]:
        hashes = self.hashes
        return tuple(prove_consistency(old, new, lambda first, end: root(hashes[first:end])))


def trust(needed: int, *keys: WitnessKey, retired: int | None = None, last: int | None = None) -> Trust:
    """Ask for ``needed`` of these (of the three, if none is named); the last of them may be retired, after ``last``."""
    known = tuple(Witness(one.name, one.cosigner) for one in keys or THREE)
    if retired is not None:
        known = (*known[:-1], Witness(known[-1].alias, known[-1].key, None, retired, last))
    return Trust(known, Group(needed, tuple(one.alias for one in known)))


def witnesses_toml(needed: int | None, *keys: WitnessKey, urls: Sequence[str] = ()) -> str:
    """The policy document that names these witnesses, each of the committee that its name begins with."""
    lines = ['format = "amana-witnesses/1"', "skew = 60", "within = 36500", f"quorum = {needed}" if needed else ""]
    for number, key in enumerate(keys):
        lines += ["[[witness]]", f'name = "{key.name}"', f'committee = "{key.name[:3].upper()}"']
        lines += [f'vkey = "{render_vkey(key.cosigner)}"', *(f'url = "{url}"' for url in urls[number : number + 1])]
    return "\n".join(lines) + "\n"


def settle(folder: Path, key: WitnessKey, log_vkey: str) -> WitnessFolder:
    """A witness's folder as ``witness init`` makes it, with a key that the test knows."""
    fresh = make(folder, key.name, log_vkey)
    pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "witness.pem").write_bytes(f"Amana-Witness: {key.name}\n".encode() + pem)
    known = render_vkey(key.cosigner)
    for file in ("witness.vkey", "memory.json"):
        text = (folder / file).read_text().replace(fresh, known)
        (folder / file).write_text(text)
    return open_folder(folder)
