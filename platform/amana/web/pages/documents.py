"""Pages that explain: the methods, and the data dictionary. Anyone may read them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template

from amana.codebook.dictionary import dictionary as make_dictionary
from amana.policy.meet import protection
from amana.web.hub import hub
from amana.web.locale import PREFIX

blueprint = Blueprint("documents", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class FloorLine:
    """The least protection of one subject, as the methods page prints it."""

    label: str
    least_count: int
    zeros_hidden: bool


@blueprint.get("/methods")
def methods(lang: str) -> str:
    """Explain what is counted and how persons are protected, with the numbers in force."""
    house = hub()
    floors = []
    for flow in house.book.dataflows.values():
        if flow.id in house.policies.region.floors:
            met = protection(house.policies, flow.id, ())
            floors.append(FloorLine(flow.label.read(lang), met.least_count, met.zeros_hidden))
    return render_template(
        "methods.html", floors=floors, region=house.policies.region, policy_digest=house.policies.digest
    )


@blueprint.get("/dictionary/")
def dictionaries(lang: str) -> str:  # noqa: ARG001 - the address carries it
    """List the subjects."""
    return render_template("dictionaries.html", dataflows=hub().book.dataflows.values())


@blueprint.get("/dictionary/<dataflow>")
def dictionary(lang: str, dataflow: str) -> str:
    """Print the dictionary of one subject, made from the codebook."""
    book = hub().book
    return render_template("dictionary.html", told=make_dictionary(book.dataflow(dataflow), book, lang))
