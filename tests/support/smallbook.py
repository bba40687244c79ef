"""A codebook small enough to draw: two persons' worth of variables, one of each kind that can be counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from amana.codebook.model import Code, Codebook, CodeList, Dataflow, Kind, Label, Variable
from amana.codebook.records import Records
from amana.plans.plan import Plan, load_plan


def label(text: str) -> Label:
    return Label(ar=f"ع {text}", fr=f"fr {text}", en=text)


def codelist(name: str, levels: Sequence[str], codes: Sequence[tuple[str, str, str | None, bool]]) -> CodeList:
    specials = [("_T", "", None, False), ("_O", "", None, False)]
    made = [
        Code(code, label(code), level, parent, storable, ()) for code, level, parent, storable in [*specials, *codes]
    ]
    return CodeList(name, label(name), tuple(levels), tuple(made))


def answers(name: str, *codes: str) -> CodeList:
    return codelist(name, ("answer",), [(code, "answer", None, True) for code in codes])


LISTS = [
    answers("CL_VICTIM_STATUS", "IDENT", "PRESUMED", "_U"),
    answers("CL_SEX", "F", "M", "_U"),
    answers("CL_ICT", "NONE", "REC", "_U"),
    answers("CL_COMMITTEE", "MAR", "TUN", "EGY", "SEN"),
    codelist(
        "CL_AGE",
        ("refinement", "band", "majority"),
        [
            ("Y_LT18", "majority", None, False),
            ("Y0T11", "band", "Y_LT18", False),
            ("Y0T4", "refinement", "Y0T11", True),
            ("Y5T11", "refinement", "Y0T11", True),
            ("Y12T17", "band", "Y_LT18", True),
            ("Y_LT18_U", "refinement", "Y_LT18", True),
            ("Y_GE18", "majority", None, True),
            ("_U", "majority", None, True),
        ],
    ),
    codelist(
        "CL_FORM",
        ("form", "group"),
        [
            ("G_SEX", "group", None, False),
            ("SEX_PRO", "form", "G_SEX", True),
            ("SEX_PRV", "form", "G_SEX", True),
            ("BEG", "group", None, True),
            ("UNK", "group", None, True),
        ],
    ),
    codelist(
        "CL_ALSO",
        ("form", "group"),
        [("G_HELP", "group", None, False), ("LEGAL", "form", "G_HELP", True), ("SHELTER", "form", "G_HELP", True)],
    ),
]


def variable(
    name: str, kind: Kind, codelist: str | None, *, required: bool = True, residual: str | None = None
) -> Variable:
    return Variable(name, label(name), label(name), kind, codelist, required, residual)


VARIABLES = (
    variable("PSEUDONYM", Kind.PSEUDONYM, None),
    variable("VICTIM_STATUS", Kind.CODED, "CL_VICTIM_STATUS"),
    variable("SEX", Kind.CODED, "CL_SEX"),
    variable("AGE", Kind.CODED, "CL_AGE"),
    variable("FORM", Kind.MULTI, "CL_FORM", residual="UNK"),
    variable("ICT", Kind.CODED, "CL_ICT", required=False),
    variable("ALSO", Kind.MULTI, "CL_ALSO", required=False),
)
SMALL = Codebook(
    {
        "VICTIMS": Dataflow(
            "VICTIMS", label("victims"), label("registration"), True, "records", VARIABLES, label("year")
        ),
        "EVENTS": Dataflow("EVENTS", label("events"), label("event"), False, "tables", VARIABLES[2:3], label("year")),
    },
    {each.id: each for each in LISTS},
    digest="5" * 64,
    concepts={name: label(name) for name in ("REF_AREA", "TIME_PERIOD", "OBS_VALUE")},
)

HEAD = """
id = "small"
dataflow = "VICTIMS"
method = "suppress"
title = { ar = "ع", fr = "f", en = "e" }
"""
TITLE = 'title = { ar = "ع", fr = "f", en = "e" }'


def plan_text(*cubes: str) -> str:
    return HEAD + "".join(f'\n[[cube]]\n{TITLE}\n{cube}\nfilter.VICTIM_STATUS = "IDENT"\n' for cube in cubes)


def plan(folder: Path, *cubes: str, book: Codebook = SMALL) -> Plan:
    path = folder / "small.toml"
    path.write_text(plan_text(*cubes), encoding="utf-8")
    return load_plan(path, book)


Person = Mapping[str, str | set[str]]  # variable → code; a multi-response variable → the codes: BEG yes, ?BEG unknown


def _flag(code: str, said: set[str]) -> int:
    return 1 if code in said else 2 if f"?{code}" in said else 0


def records(
    people: Sequence[Person],
    committee: str = "MAR",
    without: frozenset[str] = frozenset(),
    book: Codebook = SMALL,
    links: Sequence[str] = (),
) -> Records:
    """The people as the hub stores them; ``without`` names variables that were not collected, ``links`` such that were.

    A person who says nothing of a link has none recorded.
    """
    flow = book.dataflow("VICTIMS")
    coded = [each for each in flow.variables if each.kind is Kind.CODED and each.id not in without]
    multi = [each for each in flow.variables if each.kind is Kind.MULTI and each.id not in without]
    return Records(
        dataflow="VICTIMS",
        committee=committee,
        period="2022",
        columns={
            each.id: np.array(
                [book.list_of(each).storable.index(str(one.get(each.id, "_U"))) for one in people], np.int16
            )
            for each in coded
        },
        flags={
            code: np.array([_flag(code, set(one.get(each.id, ()))) for one in people], np.uint8)
            for each in multi
            for code in book.list_of(each).storable
        },
        pseudonyms=tuple(f"{number:064x}" for number in range(len(people))),
        links={link: tuple(str(one.get(link, "_U")) for one in people) for link in links},
        collected=frozenset(each.id for each in (*coded, *multi)) | {"PSEUDONYM", *links},
    )
