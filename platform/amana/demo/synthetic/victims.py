"""Synthetic victims of one committee and year, whose margins are the figures exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from amana.demo.synthetic.draw import choose, deal, flags, pick, share
from amana.demo.synthetic.figures import VictimFigures, scaled
from amana.demo.synthetic.registry import Registry, Row, cases, route, same_for_all

Shapes = Mapping[str, Any]

_SEX: Final = {"women": "F", "girls": "F", "men": "M", "boys": "M", "unknown": "_U"}
_CHILDREN: Final = frozenset({"girls", "boys"})
_UNKNOWN_FORM: Final = "EXP_UNK"  # stands alone: a form is known or it is not
_DRAWN: Final = (
    "AGE_BASIS", "DECIDED_BY", "ICT_FACILITATION", "RECRUITER", "DETECTION_PLACE", "REPORTED_BY", "SMUGGLING_LINK",
    "REFERRAL_STEP",
)  # fmt: skip


@dataclass
class Person:
    """A synthetic victim while being made. ``forms``: mentions, as the figures name them."""

    status: str
    who: str
    citizenship: str
    area: str
    forms: set[str]


def victims(registry: Registry, figures: VictimFigures, shapes: Shapes, rng: Random) -> list[Row]:
    """Return the rows of ``figures.victims`` identified and ``figures.presumed`` presumed victims, in random order."""
    people = _people("IDENT", figures, shapes, rng)
    if figures.presumed:
        people += _people("PRESUMED", scaled(figures, figures.presumed), shapes, rng)
    rng.shuffle(people)
    events = cases(registry, len(people), rng)
    return [
        _row(registry, person, number, event=event, shapes=shapes, rng=rng)
        for number, (person, event) in enumerate(zip(people, events, strict=True))
    ]


def _people(status: str, figures: VictimFigures, shapes: Shapes, rng: Random) -> list[Person]:
    whos = deal(figures.who, rng)
    citizens = deal(figures.citizenship, rng)
    abroad = set(rng.sample(range(figures.victims), figures.abroad))
    places = shapes["committees"][figures.committee]["abroad"]
    people = [
        Person(status, who, citizen, choose(places, rng) if number in abroad else figures.committee, set())
        for number, (who, citizen) in enumerate(zip(whos, citizens, strict=True))
    ]
    _give_forms(people, figures.forms, shapes["leaning"], rng)
    return people


def _give_forms(people: Sequence[Person], mentions: Mapping[str, int], leaning: Shapes, rng: Random) -> None:
    """Give each person one form, then deal out the mentions that are left; every form gets exactly its mentions."""
    waiting = dict.fromkeys(range(len(people)))
    known = {form: count for form, count in mentions.items() if form != _UNKNOWN_FORM}
    first = share(known, len(people) - mentions.get(_UNKNOWN_FORM, 0)) | {
        _UNKNOWN_FORM: mentions.get(_UNKNOWN_FORM, 0),
    }
    for form in sorted(first, key=lambda form: (first[form], form)):
        leans = leaning.get(form, {})
        for number in pick(first[form], {number: leans.get(people[number].who, 1.0) for number in waiting}, rng):
            people[number].forms.add(form)
            del waiting[number]
    for form, count in known.items():
        leans = leaning.get(form, {})
        free = {
            number: leans.get(person.who, 1.0)
            for number, person in enumerate(people)
            if not person.forms & {form, _UNKNOWN_FORM}
        }
        for number in pick(count - first[form], free, rng):
            people[number].forms.add(form)


def _row(registry: Registry, person: Person, number: int, *, event: str, shapes: Shapes, rng: Random) -> Row:
    child = person.who in _CHILDREN
    age = "_U" if person.who == "unknown" else choose(shapes["ages"]["minor" if child else "adult"], rng)
    row = same_for_all(registry, number, child, age, rng)
    row |= {variable: choose(shapes["coded"][variable], rng) for variable in _DRAWN}
    row |= {
        "VICTIM_STATUS": person.status,
        "SEX": _SEX[person.who],
        "CITIZENSHIP": person.citizenship,
        "AREA_EXPLOITATION": person.area,
        "EVENT": event,
        "ROUTE": route(registry, person.citizenship, shapes, rng),
    }
    row["CONTINUITY"] = "_Z" if _stayed(registry, person) else choose(shapes["coded"]["CONTINUITY"], rng)
    forms = {_leaf(form, person.who, shapes, rng) for form in sorted(person.forms)}
    row |= {code: "1" if code in forms else "0" for code in registry.codes("EXPLOITATION")}
    row["SECTOR"] = _sector(forms, shapes, rng)
    for variable in ("ACT", "CONTROL", "INDICATOR", "REFERRAL"):
        row |= flags(registry.codes(variable), shapes["flags"][variable], rng)
    means = {} if child and rng.random() < 0.6 else shapes["flags"]["MEANS"]  # noqa: PLR2004  for a child the law asks none
    return (
        row
        | flags(registry.codes("MEANS"), means, rng)
        | _channels(registry, row["ICT_FACILITATION"], child, shapes, rng)
    )


def _stayed(registry: Registry, person: Person) -> bool:
    return person.citizenship == registry.committee == person.area


def _leaf(form: str, who: str, shapes: Shapes, rng: Random) -> str:
    """Return the form recorded for a mention: itself, or one of its group's that suits the person."""
    if form not in shapes["forms"]:
        return form
    leaning = shapes["leaning"]
    return choose({leaf: w * leaning.get(leaf, {}).get(who, 1) for leaf, w in shapes["forms"][form].items()}, rng)


def _sector(forms: set[str], shapes: Shapes, rng: Random) -> str:
    if "EXP_LAB_DOM" in forms:
        return "T"
    return choose(shapes["coded"]["SECTOR"], rng) if forms & {"EXP_LAB", "EXP_LAB_CHD", "EXP_SVT"} else "_Z"


def _channels(registry: Registry, facilitation: str, child: bool, shapes: Shapes, rng: Random) -> Row:
    codes = registry.codes("ICT_CHANNEL")
    if facilitation in {"NONE", "_U"}:
        return dict.fromkeys(codes, "0" if facilitation == "NONE" else "_U")
    return flags(codes, shapes["flags"]["ICT_CHANNEL_CHILD" if child else "ICT_CHANNEL"], rng)
