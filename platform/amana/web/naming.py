"""What codes are called: countries, subjects, plans, purposes and dimensions, in the reader's language."""

from __future__ import annotations

from typing import Final

from flask import Flask

from amana.codebook.model import Label, NotInCodebook
from amana.web.hub import hub
from amana.web.locale import language
from amana.wording.load import sentence

COMMITTEES: Final = "CL_COMMITTEE"
AREA: Final = "REF_AREA"
PERIOD: Final = "TIME_PERIOD"
_FLAG: Final = ":"  # in a multi-response axis "<code>:_O" is the rest beside <code>


def read(label: Label) -> str:
    """Return a label in the reader's language."""
    return label.read(language())


def country(code: str | None) -> str:
    """Return the name of a reporting committee's country; a code that has none returns itself."""
    if code is None:
        return "–"
    try:
        return read(hub().book.codelists[COMMITTEES].code(code).label)
    except (KeyError, NotInCodebook):
        return code


def dataflow(code: str) -> str:
    """Return the name of a subject; a code that has none returns itself."""
    known = hub().book.dataflows.get(code)
    return read(known.label) if known else code


def plan(code: str) -> str:
    """Return the title of a release plan; one that is no longer declared returns its id."""
    known = hub().plans.get(code)
    return read(known.title) if known else code


def purpose(code: str | None) -> str:
    """Return the name of a purpose; one that the region no longer names returns its id."""
    known = hub().policies.region.purposes.get(code or "")
    return read(known) if known else (code or "")


def roles(joined: str) -> str:
    """Return the names of the roles that an actor held, or of a process."""
    return "، ".join(_role(one) for one in joined.split("+")) if language() == "ar" else ", ".join(map(_role, joined.split("+")))


def _role(role: str) -> str:
    return sentence(f"role.{role}", language())


def dimension(dataflow_id: str, name: str) -> str:
    """Return the name of a dimension of a table: a variable, the country or the period."""
    book = hub().book
    if name in book.concepts:
        return read(book.concepts[name])
    return read(book.dataflow(dataflow_id).variable(name).label)


def answer(dataflow_id: str, dim: str, code: str) -> str:
    """Return the name of one code of a dimension, totals and the rest beside a flag included."""
    if dim == PERIOD:
        return code
    if code == "_T":
        return sentence("code.total", language())
    if dim == AREA:
        return country(code)
    book = hub().book
    variable = book.dataflow(dataflow_id).variable(dim)
    stem, _, rest = code.partition(_FLAG)
    label = read(book.list_of(variable).code(stem).label)
    return sentence("code.rest", language(), {"code": label}) if rest else label


def install(app: Flask) -> None:
    """Teach the templates the names."""
    app.jinja_env.globals.update(
        country_label=country,
        dataflow_label=dataflow,
        plan_title=plan,
        purpose_label=purpose,
        role_words=roles,
    )
