"""Drawn tables as an attacker gets them, and what an insider knows of them. Only for tests."""

from __future__ import annotations

import numpy as np

from amana.disclosure.attacks.picture import Knowledge, Picture, draw, outsider
from amana.disclosure.attacks.report import Limits
from amana.disclosure.table import Flags, Insider, KnownFigure, Publication
from support.drawn import Drawing

LIMITS = Limits(
    asks=20,
    thorough=1,
    guesses=4,
    pinned=300,
    dominated=300,
    faces=4,
    tries=6,
    narrowed=300,
    auc=750,
    caught=80,
)


def page(*drawings: Drawing, k: int = 5, zeros_hidden: bool = True) -> Publication:
    """Take drawings for what anybody can read."""
    return Publication(
        tuple(each.cube for each in drawings),
        {each.cube.id: each.values for each in drawings},
        {each.cube.id: each.status for each in drawings},
        k,
        zeros_hidden,
    )


def knows(name: str, *drawings: Drawing, committee: bool = True) -> Insider:
    """Take drawings for what an insider counts of its own."""
    return Insider(name, committee, {each.cube.id: each.values for each in drawings})


def printed(count: int, **codes: str) -> KnownFigure:
    """Take a figure from somebody's report."""
    return KnownFigure(frozenset(codes.items()), count, "a report")


def seen(*drawings: Drawing, zeros_hidden: bool = True) -> tuple[Picture, Knowledge]:
    """Return the picture of one publication, and the eyes of an outsider."""
    picture = draw([page(*drawings, zeros_hidden=zeros_hidden)])
    return picture, outsider(picture)


def names(picture: Picture, found: Flags) -> set[str]:
    """Return the codes of what was found, as one would say them."""
    return {" ".join(picture.places[at][1]) for at in np.flatnonzero(found)}
