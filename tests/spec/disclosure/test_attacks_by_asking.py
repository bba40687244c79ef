"""Attacks, fourth part: ask the hub itself, again and again, and compare its answers.

The doors that answer about data nobody has published are the dry run and the preview in it. They are driven here as a
committee would, in a hub where the others have sent much and in one where they have sent nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from support.contributions import row, text
from support.hub import RealHub, real_hub
from support.published import contribution, send

PATH = "/api/v1/batches?dataflow=VICTIMS&period=2019&dry_run=true"
PROTECTION = {"least_count", "zeros", "zeros_hidden", "coalition", "epsilon", "rho", "method", "threshold", "seed"}


class Always(Random):
    """Chance that always falls the same way, so that two answers differ only by what they are about."""

    def getrandbits(self, k: int) -> int:
        return 11 % (1 << k)


@contextmanager
def hubs(folder: Path) -> Iterator[tuple[RealHub, RealHub]]:
    """Yield a hub in which Morocco is alone, and one with 320 persons of two others in the same year."""
    with ExitStack() as both:
        alone, beside = (both.enter_context(real_hub(folder / name)) for name in ("alone", "beside"))
        for committee, people in (("NER", 130), ("CIV", 190)):
            send(beside, contribution(people), committee, "2019")
        beside.work()
        yield alone, beside


def told(hub: RealHub, number: int, people: int, more: str = "") -> object:
    """Return what Morocco is told of a file with so many persons; the chance in it is the same every time."""
    data = text([row(n, SEX="FM"[n % 3 == 0], AGE=str(12 + n % 30)) for n in range(1, people)]).encode()
    headers = {"Idempotency-Key": f"ask-{number}"}
    clerk = hub.api("submitter", "MAR")
    sent = clerk.post(PATH + more, data=data, content_type="text/csv", headers=headers)
    assert sent.status_code == 202, sent.text
    hub.workbench = replace(hub.workbench, rng=Always())
    hub.work()
    return clerk.get(f"/api/v1/batches/{sent.json['id']}").json["preview"]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RealHub, RealHub]]:
    for name in ("alone", "beside"):
        (tmp_path_factory.getbasetemp() / "asking" / name).mkdir(parents=True)
    with hubs(tmp_path_factory.getbasetemp() / "asking") as both:
        yield both


@pytest.mark.slow
def test_what_a_dry_run_tells_does_not_change_with_what_others_sent(worlds: tuple[RealHub, RealHub]):
    """One person more each time, as somebody would who feels for a threshold."""
    alone, beside = worlds
    answers = [[told(hub, number, 30 + number) for number in range(2)] for hub in (alone, beside)]
    assert answers[0] == answers[1]
    assert len({json.dumps(answer, sort_keys=True) for answer in answers[0]}) == 2, "the answers are about the file"


@pytest.mark.slow
def test_no_threshold_can_be_asked_for(worlds: tuple[RealHub, RealHub]):
    alone, _ = worlds
    plain, asked = told(alone, 10, 40), told(alone, 11, 40, "&least_count=2&zeros=published&coalition=0")
    assert plain == asked


def test_no_address_takes_a_threshold_at_all(tmp_path: Path):
    """The description of the interface names every parameter and every field that a request may carry."""
    with real_hub(tmp_path) as hub:
        described = hub.app.test_client().get("/openapi.json").json
    bodies = [
        content["schema"]
        for path in described["paths"].values()
        for said in path.values()
        if isinstance(said, dict)
        for content in said.get("requestBody", {}).get("content", {}).values()
    ]
    named = {name for body in bodies for name in _fields(body, described["components"]["schemas"])}
    parameters = [
        each["name"]
        for path in described["paths"].values()
        for said in path.values()
        for each in (said.get("parameters", []) if isinstance(said, dict) else said)
        if isinstance(each, dict)
    ]
    assert "dry_run" in parameters, "the walk finds what is there"
    assert "plan" in named
    assert not PROTECTION & {*named, *parameters}


def _fields(schema: dict[str, object], schemas: dict[str, dict[str, object]]) -> Iterator[str]:
    if "$ref" in schema:
        schema = schemas[str(schema["$ref"]).rpartition("/")[2]]
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    for name, inner in properties.items():
        yield name
        yield from _fields(inner, schemas)
