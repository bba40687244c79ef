"""Sending a package over a line that breaks: in pieces, from where the hub says that the last attempt stopped.

The package's own key is all the memory that is needed. Whoever announces the same package again, after a broken line,
after Ctrl-C or on another day, is told how much of it the hub has.
Source: tus 1.0.0, https://tus.io/protocols/resumable-upload.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from amana.committee.hub import Hub
from amana.committee.package import Package
from amana.committee.refusals import HubRefused, HubUnreachable

PIECE: Final = 4 * 1024**2  # bytes in one request; what a hub that is killed outright may lose
_CHUNK: Final = 64 * 1024  # bytes that are told at once
_VERSION: Final = {"Tus-Resumable": "1.0.0"}
_LONGEST: Final = 30.0  # seconds between two attempts
_PASSING: Final = frozenset({"upload.cut", "upload.busy", "upload.offset", "upload.gone"})  # ask again, and go on
_LATER: Final = frozenset({429, 502, 503, 504})  # statuses of a hub, or a gateway, that will be there again
_TOO_MANY: Final = "upload.too_many"  # of the committee's own: waiting does not help


@dataclass(frozen=True)
class Told:
    """Who is told how it goes.

    at:   bytes that the hub has or is being sent.
    kept: bytes that the hub says it has.
    wait: seconds until the next attempt; returns when they are over.
    """

    at: Callable[[int], object]
    kept: Callable[[int], object]
    wait: Callable[[float], object]


def send(hub: Hub, package: Package, told: Told, patience: float, *, replace: bool = False) -> Mapping[str, Any]:
    """Return the hub's receipt for a package, with the batch's ``id``, however often the line breaks on the way.

    replace:  let it take an earlier version's place without asking its owner again.
    patience: seconds of waiting, over several attempts, after which a hub that nothing reaches is given up.
    Raises HubRefused, HubUnreachable. Either way what arrived is kept there, and the same package may be sent again.
    """
    waits, furthest = _waits(patience), -1
    while True:
        try:
            for seen in _attempt(hub, package, told, replace=replace):
                told.kept(seen["offset"])
                if seen["offset"] > furthest:
                    waits, furthest = _waits(patience), seen["offset"]
                if "receipt" in seen:
                    return dict(seen["receipt"])
        except (HubUnreachable, HubRefused) as fault:
            seconds = next(waits, None)
            if seconds is None or not _may_pass(fault):
                raise
            told.wait(seconds)


def _waits(patience: float) -> Iterator[float]:
    """Yield 1, 2, 4… seconds, 30 at the most, until their sum is ``patience``."""
    step = 1.0
    while patience > 0:
        yield min(step, patience)
        patience -= step
        step = min(2 * step, _LONGEST)


def _attempt(hub: Hub, package: Package, told: Told, *, replace: bool) -> Iterator[Mapping[str, Any]]:
    """Go on as long as the line holds; yield how far the hub says that it has come, last with its receipt."""
    seen = _begin(hub, package, replace=replace)
    place, offset = f"/api/v1/uploads/{seen['id']}", seen["offset"]
    told.at(offset)
    yield seen
    while offset < package.manifest.total:
        offset = _piece(hub, place, package, offset, told)
        yield {"offset": offset}
    yield hub.ask("GET", place)


def _begin(hub: Hub, package: Package, *, replace: bool) -> Mapping[str, Any]:
    """Announce a package, and return the upload that it began: now, or the last time."""
    header = package.manifest.header
    said = {"dataflow": header.dataflow, "period": header.period, "type": "application/age"}
    said |= {"replace": "true"} if replace else {}
    pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in said.items()]
    seen = hub.ask(
        "POST",
        "/api/v1/uploads",
        headers={
            **_VERSION,
            "Idempotency-Key": package.idempotency_key,
            "Upload-Length": str(package.manifest.total),
            "Upload-Metadata": ",".join(pairs),
            "Amana-Manifest": base64.b64encode(package.signed).decode(),
        },
    )
    if not isinstance(seen.get("id"), str) or not isinstance(seen.get("offset"), int):
        raise HubUnreachable(hub=hub.url)
    return seen


def _piece(hub: Hub, place: str, package: Package, offset: int, told: Told) -> int:
    """Send the next piece; return where the hub stands then."""
    size = min(PIECE, package.manifest.total - offset)
    headers = {
        **_VERSION,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
        "Content-Length": str(size),
    }
    answer = hub.tell("PATCH", place, headers=headers, content=_read(package.data, offset, size, told))
    said = answer.get("upload-offset", "")
    if not said.isdecimal():
        raise HubUnreachable(hub=hub.url)
    return int(said)


def _read(path: Path, start: int, size: int, told: Told) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        end = start + size
        while start < end and (data := file.read(min(_CHUNK, end - start))):
            yield data
            start += len(data)
            told.at(start)


def _may_pass(fault: HubUnreachable | HubRefused) -> bool:
    """Return whether it is worth asking again."""
    if isinstance(fault, HubUnreachable):
        return True
    code, status = fault.facts["hub_code"], fault.facts["status"]
    return code in _PASSING or (status in _LATER and code != _TOO_MANY)
