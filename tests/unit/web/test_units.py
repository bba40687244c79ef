"""A page counts in its dataflow's own unit: offences and activities are not persons."""

from __future__ import annotations

from html import unescape

import pytest

from amana.dissemination.slice import Row, Slice, Source
from amana.web.grid import lay_out
from support.hub import RealHub

UNITS = {
    "en": ("Offence or person, by stage", "5 persons"),
    "fr": ("Infraction ou personne, selon l'étape", "5 personnes"),
    "ar": ("جريمة أو شخص، حسب المرحلة", "5 أشخاص"),
}


def column(hub: RealHub, language: str, dataflow: str) -> str:
    rows = tuple(Row("2022", (area,), 56, "A", margin=False) for area in ("MAR", "TUN"))
    cells = Slice(dataflow, ("REF_AREA",), rows, (Source("2022", "rel", "digest", "offences-area"),), ())
    with hub.app.test_request_context(f"/{language}/methods"):
        (only,) = lay_out(cells, "").columns
    return only.label


@pytest.mark.parametrize("language", UNITS)
def test_offences_are_not_headed_persons(hub: RealHub, language: str) -> None:
    assert column(hub, language, "JUSTICE") == UNITS[language][0]


def test_who_is_registered_is_a_person(hub: RealHub) -> None:
    assert column(hub, "en", "VICTIMS") == "Persons"


@pytest.mark.parametrize("language", UNITS)
@pytest.mark.parametrize(("plan", "persons"), [("justice-annual", False), ("victims-annual", True)])
def test_the_threshold_of_a_release_is_of_what_it_counts(hub: RealHub, language: str, plan: str, persons: bool) -> None:
    period = {"ar": "2010", "fr": "2011", "en": "2012"}[language]
    planned = hub.api("steward").post("/api/v1/releases", json={"plan": plan, "period": period}).json["id"]
    page = unescape(hub.browser("steward").get(f"/{language}/releases/{planned}").text)
    unit, five_persons = UNITS[language]
    assert (five_persons in page, f"({unit})" in page) == (persons, not persons)
