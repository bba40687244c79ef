"""What codes are called: countries, subjects, plans, purposes and roles, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import Flask

from amana.codebook.model import COMMITTEES, Label, NotInCodebook
from amana.web.hub import hub
from amana.web.locale import language, listed
from amana.wording.load import codes, sentence


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


def dimensions(codes: Iterable[str]) -> str:
    """Return the names of a table's dimensions, one after another; one that has none returns itself."""
    return listed(_dimension(one) for one in codes)


def _dimension(code: str) -> str:
    book = hub().book
    if code in book.concepts:
        return read(book.concepts[code])
    known = (one for flow in book.dataflows.values() for one in flow.variables if one.id == code)
    return next((read(one.label) for one in known), code)


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
    return listed(_role(one) for one in joined.split("+"))


def _role(role: str) -> str:
    return sentence(f"role.{role}", language())


def lacking(missing: Iterable[str]) -> list[str]:
    """Return what a refusal missed, in words: who may, rule by rule; or the purposes that the region agreed to."""
    said = dict.fromkeys(_permit(one.partition(":")[0]) or purpose(one) for one in missing)
    return list(said)


def _permit(rule: str) -> str | None:
    code = f"permit.{rule}"
    return sentence(code, language()) if code in codes() else None


def told(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of a note as a reader wants them: countries by name."""
    named = listed(country(one.strip()) for one in facts.get("committees", "").split(","))
    return {**facts, "committees": named}


def install(app: Flask) -> None:
    """Teach the templates the names."""
    app.jinja_env.globals.update(
        country_label=country,
        dataflow_label=dataflow,
        dimension_words=dimensions,
        lacking=lacking,
        plan_title=plan,
        purpose_label=purpose,
        role_words=roles,
    )
