"""A bundle: cleared tables as signed files, named by what they say.

Runs in: worker (write), web and anywhere offline (open).
Sees: cleared cells only.

``<sha256 of the manifest's payload>/manifest.json`` is a DSSE envelope; beside it, per cube, ``<cube>.values.npy``
(int64, 0 where not shown) and ``<cube>.status.npy`` (uint8), whose digests the manifest holds. Under noise there
are ``<cube>.estimate.npy``, ``.variance.npy`` and ``.display.npy`` (float64), too, and what weights of cubes are not 1.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from numpy.typing import NDArray

from amana import canonical, durable, signing
from amana.canonical import Json
from amana.clock import rfc3339
from amana.codebook.model import Label
from amana.disclosure.table import NOISE, Axis, ClearedTable, Cube, Node, Noisy, Publication, Status
from amana.dissemination.folders import DRAFT
from amana.errors import AmanaError
from amana.faults import point

PAYLOAD_TYPE: Final = "application/vnd.amana.bundle+json"
FORMAT: Final = "amana-bundle/1"
MANIFEST: Final = "manifest.json"
_NOISY: Final = ("estimate", "variance", "display")  # the fields of Noisy


class BundleDamaged(AmanaError):
    """A bundle's files are missing, or are not those that were signed; nothing of it may be served."""

    code: ClassVar[str] = "dissemination.bundle_damaged"
    status: ClassVar[int] = 500
    exit: ClassVar[int] = 74


@dataclass(frozen=True)
class About:
    """What a bundle says about itself. contributors: (committee, contribution) in the order of the release."""

    dataflow: str
    period: str
    plan: str
    plan_digest: str
    plan_title: Label
    cube_titles: Mapping[str, Label]
    policy_digest: str
    codebook_digest: str
    release: str
    contributors: tuple[tuple[str, str], ...]
    members: tuple[str, ...]
    built_at: datetime
    public: bool
    vintage: int = 1


@dataclass(frozen=True)
class Bundle:
    """An opened bundle: signature and digests hold. Arrays are memory-mapped and read-only."""

    digest: str
    about: About
    method: str
    least_count: int
    zeros_hidden: bool
    cubes: tuple[Cube, ...]
    values: Mapping[str, NDArray[np.int64]]
    status: Mapping[str, NDArray[np.uint8]]
    noisy: Noisy | None = None

    @property
    def publication(self) -> Publication:
        """What anybody can read of it, as the checker takes it."""
        return Publication(self.cubes, self.values, self.status, self.least_count, self.zeros_hidden)

    def name_of(self, cube: str) -> str:
        """Return a name for one of its cubes that no other bundle's cube has."""
        return f"{self.about.plan} {self.digest[:8]}/{cube}"

    def renamed(self) -> Publication:
        """Return what anybody can read of it, its cubes by ``name_of``: another plan may call others the same."""
        names = {cube.id: self.name_of(cube.id) for cube in self.cubes}
        cubes = tuple(replace(cube, id=names[cube.id]) for cube in self.cubes)
        values = {names[cube]: table for cube, table in self.values.items()}
        status = {names[cube]: table for cube, table in self.status.items()}
        return replace(self.publication, cubes=cubes, values=values, status=status)

    def cube(self, cube_id: str) -> Cube:
        """Return the cube of this name. Raises KeyError when the bundle has none."""
        return {cube.id: cube for cube in self.cubes}[cube_id]


def write(cleared: ClearedTable, about: About, root: Path, key: Ed25519PrivateKey) -> str:
    """Write the bundle under ``root`` and return its name: the SHA-256 of the manifest's payload.

    The same tables with the same facts give the same name, and a bundle that is there already is left alone.
    On return it survives a power cut; a crash leaves at worst a folder whose name starts with a dot.
    """
    files = {name: content for cube in cleared.cubes for name, content in _arrays(cleared, cube)}
    payload = canonical.encode(_manifest(cleared, about, files))
    digest = hashlib.sha256(payload).hexdigest()
    if (root / digest).is_dir():
        return digest
    files[MANIFEST] = signing.sign(payload, PAYLOAD_TYPE, key)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=root))
    try:
        for name, content in files.items():
            (draft / name).write_bytes(content)
            durable.sync_file(draft / name)
        durable.sync_folder(draft)
        draft.chmod(0o755)  # the web process, another user, reads it
        point("release.bundle_drafted")
        draft.rename(root / digest)
    except OSError:
        if not (root / digest).is_dir():  # else another worker has written the same bundle
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    durable.sync_folder(root)
    return digest


def open_bundle(root: Path, digest: str, trusted: Iterable[Ed25519PublicKey]) -> Bundle:
    """Return the bundle of this name.

    Raises BundleDamaged when a file is missing or is another than was signed, SignatureInvalid when no trusted key
    signed the manifest.
    """
    folder = root / digest
    try:
        _, said = read_manifest(folder, trusted)
        return _read(folder, digest, said)
    except (OSError, KeyError, TypeError, ValueError) as fault:
        raise BundleDamaged(bundle=digest, file="") from fault


def read_manifest(folder: Path, trusted: Iterable[Ed25519PublicKey]) -> tuple[bytes, Any]:
    """Return the manifest of a bundle as it lies there, and what it says.

    Raises OSError, BundleDamaged when it is not the one that the folder is named after, SignatureInvalid.
    """
    envelope = (folder / MANIFEST).read_bytes()
    payload = signing.verify(envelope, PAYLOAD_TYPE, trusted).payload
    if hashlib.sha256(payload).hexdigest() != folder.name:
        raise BundleDamaged(bundle=folder.name, file=MANIFEST)
    return envelope, canonical.decode(payload)


def signed_files(folder: Path, said: Any) -> Iterator[tuple[str, bytes]]:  # noqa: ANN401 - JSON that a trusted key signed
    """Yield the name and the content of each file that a manifest names. Raises OSError, BundleDamaged."""
    for name, facts in said["files"].items():
        content = (folder / name).read_bytes()
        if hashlib.sha256(content).hexdigest() != facts["sha256"]:
            raise BundleDamaged(bundle=folder.name, file=name)
        yield name, content


def _arrays(cleared: ClearedTable, cube: Cube) -> Iterable[tuple[str, bytes]]:
    status = np.ascontiguousarray(cleared.status[cube.id], dtype=np.uint8)
    values = np.where(status == Status.SHOWN, cleared.values[cube.id], 0).astype(np.int64)
    yield f"{cube.id}.values.npy", _npy(values)
    yield f"{cube.id}.status.npy", _npy(status)
    for part in _NOISY if cleared.noisy else ():
        yield f"{cube.id}.{part}.npy", _npy(np.ascontiguousarray(getattr(cleared.noisy, part)[cube.id], np.float64))


def _npy(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _manifest(cleared: ClearedTable, about: About, files: Mapping[str, bytes]) -> Json:
    weights = {name: repr(float(each)) for name, each in cleared.noisy.weights.items()} if cleared.noisy else {}
    return {
        "format": FORMAT,
        "about": _render_about(about),
        "method": cleared.method,
        "least_count": cleared.least_count,
        "zeros_hidden": cleared.zeros_hidden,
        "cubes": [_render_cube(cube) for cube in cleared.cubes],
        **({"weights": weights} if weights else {}),
        "files": {
            name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for name, content in files.items()
        },
    }


def _read(folder: Path, digest: str, said: Any) -> Bundle:  # noqa: ANN401 - JSON that a trusted key signed
    if said["format"] != FORMAT:
        raise BundleDamaged(bundle=digest, file=MANIFEST)
    cubes = tuple(_parse_cube(cube) for cube in said["cubes"])
    for _ in signed_files(folder, said):
        pass  # each is held against what was signed, before any is mapped
    values, status = (_maps(folder, part, cubes) for part in ("values", "status"))
    weights = {name: float(each) for name, each in said.get("weights", {}).items()}
    noisy = (
        Noisy(*(_maps(folder, part, cubes) for part in _NOISY), weights=weights) if said["method"] == NOISE else None
    )
    rule = said["method"], said["least_count"], said["zeros_hidden"]
    return Bundle(digest, _parse_about(said["about"]), *rule, cubes, values, status, noisy)


def _maps(folder: Path, part: str, cubes: Iterable[Cube]) -> Mapping[str, NDArray[Any]]:
    return {cube.id: _map(folder / f"{cube.id}.{part}.npy", cube) for cube in cubes}


def _map(path: Path, cube: Cube) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.shape != cube.shape:
        raise BundleDamaged(bundle=path.parent.name, file=path.name)
    return array


def _render_about(about: About) -> Json:
    return {
        **{name: getattr(about, name) for name in ("dataflow", "period", "plan", "plan_digest", "policy_digest")},
        **{name: getattr(about, name) for name in ("codebook_digest", "release", "public", "members", "vintage")},
        "plan_title": vars(about.plan_title),
        "cube_titles": {name: vars(title) for name, title in about.cube_titles.items()},
        "contributors": about.contributors,
        "built_at": rfc3339(about.built_at),
    }


def _parse_about(said: Mapping[str, Any]) -> About:
    return About(
        **{name: said[name] for name in ("dataflow", "period", "plan", "plan_digest", "policy_digest")},
        **{name: said[name] for name in ("codebook_digest", "release", "public")},
        members=tuple(said["members"]),
        vintage=said.get("vintage", 1),
        plan_title=Label(**said["plan_title"]),
        cube_titles={name: Label(**title) for name, title in said["cube_titles"].items()},
        contributors=tuple((committee, contribution) for committee, contribution in said["contributors"]),
        built_at=datetime.fromisoformat(said["built_at"]).astimezone(UTC),
    )


def _render_cube(cube: Cube) -> Json:
    return {"id": cube.id, "filter": cube.filter, "axes": [_render_axis(axis) for axis in cube.axes]}


def _render_axis(axis: Axis) -> Json:
    nodes = [[node.code, node.key] for node in axis.nodes]
    return {"dim": axis.dim, "nodes": nodes, "sums": axis.sums, "covers": axis.covers}


def _parse_cube(said: Mapping[str, Any]) -> Cube:
    axes = tuple(_parse_axis(axis) for axis in said["axes"])
    return Cube(said["id"], axes, tuple((attribute, code) for attribute, code in said["filter"]))


def _parse_axis(said: Mapping[str, Any]) -> Axis:
    return Axis(
        said["dim"],
        tuple(Node(code, None if key is None else (key[0], key[1])) for code, key in said["nodes"]),
        tuple((parent, tuple(children)) for parent, children in said["sums"]),
        tuple((tuple(covering), covered) for covering, covered in said["covers"]),
    )
