"""Published statistics over the API: what there is, and one table at a time, looked up and never counted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from flask import Response, g, request
from werkzeug.exceptions import NotAcceptable

from amana.audit.events.readers import StatisticsRead
from amana.codebook.model import AREA, TOTAL
from amana.disclosure.table import Cube
from amana.dissemination import as_json, csv, xlsx
from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Catalogue
from amana.dissemination.query import DEFAULTS, Query, committees_in, find, parse, released
from amana.dissemination.slice import Slice, cut
from amana.policy.decide import Resource
from amana.web import guard, naming
from amana.web.api.arguments import once
from amana.web.api.routes import described
from amana.web.api.schemas import statistics as schemas
from amana.web.grid import caption_of, lay_out, printed
from amana.web.hub import hub
from amana.web.locale import language
from amana.web.refusals import PurposeNeeded
from amana.wording.load import LANGUAGES

JSON: Final = "json"
CSV: Final = "csv"
EXCEL: Final = "csv-excel"
XLSX: Final = "xlsx"
PAGE: Final = "html"
CATALOGUE: Final = "catalogue"  # the subject of an event about what there is, not about figures
_FIRST: Final = 8  # characters of a release's identifier, or of a digest: enough to find it by
_LONGEST: Final = 200  # characters of a file's name, with room for its ending
_FILTERS: Final = 40  # of them for filters, however many periods there are
_OURS: Final = frozenset({"format", "lang"})  # parameters that are ours, not the question's
blueprint = described("api_statistics", "/api/v1", "Published statistics")


def ask_to_read(dataflow: str, contributors: Iterable[str] = ()) -> str | None:
    """Return the purpose for which the reader may read these figures. Raises AccessRefused, PurposeNeeded.

    Who may read them for none of several purposes is refused, and not asked to choose first.
    """
    about = _published(dataflow, contributors)
    try:
        purpose = guard.purpose()
    except PurposeNeeded:
        approved = sorted(guard.someone().principal.purposes)
        if any(guard.permits("read_statistics", about, one) for one in approved):
            raise
        purpose = approved[0]
    guard.ask("read_statistics", about, purpose)
    return purpose


@dataclass(frozen=True)
class Readable:
    """Of which periods a subject may be read for a purpose, and of which not. Both oldest first."""

    dataflow: str
    periods: tuple[str, ...]
    closed: tuple[str, ...]


def readable(purpose: str) -> list[Readable]:
    """Return what the agreements let the reader read for a purpose, of each subject of which something is published."""
    catalogue, told = hub().catalogue(), []
    for flow in catalogue.dataflows():
        bundles = catalogue.bundles(flow)
        open_ = [one.about.period for one in bundles if _may_read(purpose, one)]
        closed = [one.about.period for one in bundles if one.about.period not in open_]
        told.append(Readable(flow, tuple(dict.fromkeys(open_)), tuple(dict.fromkeys(closed))))
    return told


def _may_read(purpose: str, bundle: Bundle) -> bool:
    about = bundle.about
    of = _published(about.dataflow, (committee for committee, _ in about.contributors))
    return guard.permits("read_statistics", of, purpose)


def _published(dataflow: str, contributors: Iterable[str]) -> Resource:
    who = frozenset(contributors)
    return Resource("statistics", dataflow, dataflow=dataflow, state="PUBLISHED", contributors=who)


def read_table(dataflow: str, args: Iterable[tuple[str, str]], format_: str) -> tuple[Query, Slice]:
    """Return the answer to a question, once the reader may have it and the reading is journalled.

    Raises NotInCodebook, which repeats nothing, before the policy is asked; then what ``parse`` and ``cut`` raise.
    """
    guard.someone()
    hub().book.dataflow(dataflow)
    ask_to_read(dataflow)
    catalogue = hub().catalogue()
    question = parse(dataflow, args, catalogue, hub().book)
    found = [each for period in question.looked_up if (each := find(question, period, catalogue))]
    contributors = {committee for bundle, _ in found for committee, _ in bundle.about.contributors}
    purpose = ask_to_read(dataflow, contributors)
    answer = cut(question, catalogue, hub().book)
    named = tuple(sorted(_concerned(question, contributors, [cube for _, cube in found])))
    cubes = ",".join(sorted({source.cube for source in answer.sources}))
    guard.note(StatisticsRead(dataflow, cubes, named, question.looked_up, purpose, format_))
    return question, answer


def _concerned(question: Query, contributors: set[str], cubes: Iterable[Cube]) -> set[str]:
    """Return the committees whose figures are in an answer: of a total over countries, all that contributed to it."""
    asked = dict(question.where).get(AREA, (TOTAL,))
    held = [committees_in(cube, asked) for cube in cubes]
    return {one for of in held for one in (contributors if of is None else contributors & of)}


def note_catalogue(dataflow: str, format_: str) -> Catalogue:
    """Return what is published, once the reader may know and it is journalled."""
    guard.someone()
    purpose = ask_to_read(dataflow)
    guard.note(StatisticsRead(dataflow, CATALOGUE, (), (), purpose, format_))
    return hub().catalogue()


def table_of(cells: Slice) -> dict[str, Any]:
    """Return a slice as JSON values, in the reader's language."""
    return as_json.as_json(cells, hub().book, language())


def download_name(question: Query, answer: Slice) -> str:
    """Return a file name that tells what is inside: the filters, and of each period the vintage and the release.

    What is too long is cut, filters first, and ends in a digest of it, so that two vintages never have one name.
    """
    usual = DEFAULTS.get(question.dataflow, {})
    kept = ["_".join((dim, *codes)) for dim, codes in question.where if codes != (usual.get(dim),)]
    told = {
        one.period: "_".join((one.period, f"v{one.vintage}", one.release.rpartition("_")[2][:_FIRST]))
        for one in answer.sources
    }
    compared = [f"from_{said}" for period, said in told.items() if period in question.before]
    periods = [*(said for period, said in told.items() if period not in question.before), *compared]
    what = _fitted("-".join((question.dataflow, "by", *question.by)), _LONGEST // 2)
    when = "-".join(periods)
    if len(what) + len(when) > _LONGEST - _FILTERS:
        when = f"{periods[0]}-{periods[-1]}_{_digest(when)}"
    filters = _fitted("-".join(kept).replace(":", "_"), _LONGEST - len(what) - len(when) - 2)
    return "-".join(part for part in (what, filters, when) if part)


def _fitted(text: str, room: int) -> str:
    """Return a text whole, or as many of its words as there is room for, then its digest."""
    if len(text) <= room:
        return text
    begun = text[: room - _FIRST]
    return f"{begun[: max(begun.rfind('_'), begun.rfind('-'))]}_{_digest(text)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_FIRST]


@blueprint.get("/dataflows")
@blueprint.response(200, schemas.DataflowsFields)
def dataflows() -> dict[str, Any]:
    """List the subjects, and for each the tables that are published."""
    catalogue = note_catalogue("*", JSON)
    lang = language()
    return {
        "dataflows": [
            {
                "id": flow.id,
                "label": flow.label.read(lang),
                "unit": flow.unit.read(lang),
                "personal": flow.personal,
                "tables": released(flow.id, catalogue),
            }
            for flow in hub().book.dataflows.values()
        ]
    }


@blueprint.get("/data/<dataflow>")
@blueprint.response(200, schemas.TableFields)
def data(dataflow: str) -> Response:
    """Look one table up: ``by=SEX,AGE``, any dimension as a filter, ``TIME_PERIOD``; JSON, CSV or XLSX.

    ``format``: ``json``, ``csv``, ``csv-excel`` (semicolons, byte order mark, decimal sign of ``lang``), ``xlsx``.
    A cell that is withheld or was not collected has no value and says so in its status.
    """
    format_ = _format()
    if (asked := request.args.get("lang")) in LANGUAGES:
        g.language = asked
    question, answer = read_table(dataflow, _question(), format_)
    body, media_type, ending = _rendered(answer, format_)
    name = download_name(question, answer)
    made = Response(body, content_type=media_type)
    made.headers["Content-Disposition"] = f'{_disposition(format_)}; filename="{name}.{ending}"'
    made.headers["Content-Language"] = language()
    return made


def _rendered(answer: Slice, format_: str) -> tuple[bytes, str, str]:
    """Return the body, its media type, and how its file's name ends."""
    book, lang = hub().book, language()
    if format_ == CSV:
        return csv.render_csv(answer, book, request.args.get("lang")), csv.MEDIA_TYPE, CSV
    if format_ == EXCEL:
        return csv.render_for_excel(answer, book, lang), csv.MEDIA_TYPE, CSV
    if format_ == XLSX:
        noted = replace(answer, notes=tuple(replace(one, facts=naming.told(one.facts)) for one in answer.notes))
        table = printed(lay_out(noted, caption_of(noted)))
        taken = xlsx.Taken(hub().config.origin, naming.purpose(guard.purpose()))
        return xlsx.render_xlsx(noted, table, book, lang, taken), xlsx.MEDIA_TYPE, XLSX
    return as_json.render_json(answer, book, lang), as_json.MEDIA_TYPE, JSON


def _question() -> list[tuple[str, str]]:
    return [(name, text) for name, text in request.args.items(multi=True) if name not in _OURS]


def _disposition(format_: str) -> str:
    return "inline" if format_ == JSON else "attachment"


def _format() -> str:
    once(*_OURS)
    asked = request.args.get("format")
    if asked in {JSON, CSV, EXCEL, XLSX}:
        return asked
    offered = {"application/json": JSON, "text/csv": CSV, xlsx.MEDIA_TYPE: XLSX}
    best = request.accept_mimetypes.best_match(list(offered)) if request.accept_mimetypes else "application/json"
    if asked is not None or best is None:
        raise NotAcceptable
    return offered[best]
