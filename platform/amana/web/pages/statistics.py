"""The published tables, as pages: what there is, and one table with its filters, marks and downloads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from amana.dissemination.bundle import Bundle
from amana.dissemination.catalogue import Catalogue
from amana.dissemination.notes import NO_YEAR_BEFORE
from amana.dissemination.query import PERIOD, VINTAGE, Query, find, fixed, parse
from amana.dissemination.slice import named_beside_rests
from amana.dissemination.words import code_label
from amana.web import guard, naming
from amana.web.api import statistics as api
from amana.web.api.bundles import take
from amana.web.grid import caption_of, dimension_name, lay_out, signs
from amana.web.hub import hub
from amana.web.locale import PREFIX, language, word
from amana.web.pages import door
from amana.web.refusals import PurposeNeeded

_OURS: Final = frozenset({"by", "totals"})
blueprint = Blueprint("statistics", __name__, url_prefix=f"{PREFIX}/data")


@dataclass(frozen=True)
class Table:
    """One published table in a list: what it is, and where it is read."""

    title: str
    dims: tuple[str, ...]
    filter: tuple[str, ...]
    periods: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class Filter:
    """One choice above a table. silent: what choosing nothing is called; empty where something has to be chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str
    silent: str


@blueprint.errorhandler(PurposeNeeded)
def choose_purpose(error: PurposeNeeded) -> Response:
    """Let the reader choose a purpose, once it is journalled that none was named, then come back."""
    guard.journal_refusal(error.code, error.facts)
    g.refused = True
    return redirect(url_for("door.purpose", next=request.full_path.rstrip("?")))


@blueprint.get("/")
def dataflows(lang: str) -> str:
    """List the subjects."""
    catalogue = api.note_catalogue("*", api.PAGE)
    published = {flow.id: flow.periods for flow in door.flows(catalogue)}
    shown = [
        {
            "id": flow.id,
            "label": flow.label.read(lang),
            "unit": flow.unit.read(lang),
            "periods": published.get(flow.id, ()),
        }
        for flow in hub().book.dataflows.values()
    ]
    return render_template("dataflows.html", dataflows=shown)


@blueprint.get("/bundles/<release>")
def bundle(lang: str, release: str) -> Response:  # noqa: ARG001 - the address carries it
    """Download a published release as it was signed, asking first for which purpose where there are several."""
    return take(release)


@blueprint.get("/<dataflow>")
def dataflow(lang: str, dataflow: str) -> str:
    """Show one table, when the address asks for one; else what is published about the subject."""
    flow = hub().book.dataflow(dataflow)
    if "by" in request.args:
        return _table(lang, dataflow)
    catalogue = api.note_catalogue(dataflow, api.PAGE)
    return render_template("dataflow.html", flow=flow, cubes=tables(catalogue, dataflow))


def tables(catalogue: Catalogue, dataflow: str) -> list[Table]:
    """Return the published tables of a subject, each with the periods that have it."""
    found: dict[str, tuple[Bundle, list[str]]] = {}
    for bundle in catalogue.bundles(dataflow):
        for cube in bundle.cubes:
            found.setdefault(cube.id, (bundle, []))[1].append(bundle.about.period)
    return [table(bundle, cube, tuple(periods)) for cube, (bundle, periods) in found.items()]


def table(bundle: Bundle, cube_id: str, periods: tuple[str, ...], *, superseded: bool = False) -> Table:
    """Return one table of a bundle as a list shows it; superseded: its address asks for its vintage."""
    cube, flow = bundle.cube(cube_id), bundle.about.dataflow
    dims = [axis.dim for axis in cube.axes]
    kept = fixed(cube)
    asked = {"by": ",".join(dims), **kept, PERIOD: periods[-1]}
    if superseded:
        asked[VINTAGE] = str(bundle.about.vintage)
    return Table(
        bundle.about.cube_titles[cube_id].read(language()),
        tuple(dimension_name(flow, dim) for dim in dims),
        tuple(
            word("label.said", name=dimension_name(flow, dim), text=_label(flow, dim, code))
            for dim, code in kept.items()
        ),
        periods,
        f"{url_for('statistics.dataflow', dataflow=flow)}?{urlencode(asked)}",
    )


def _table(lang: str, dataflow: str) -> str:
    guard.someone()
    api.ask_to_read(dataflow)
    args = _asked()
    if PERIOD not in args:
        catalogue = hub().catalogue()
        args[PERIOD] = parse(dataflow, args.items(), catalogue, hub().book).periods[-1]
    question, answer = api.read_table(dataflow, args.items(), api.PAGE)
    catalogue = hub().catalogue()
    bundles = [found[0] for period in question.looked_up if (found := find(question, period, catalogue))]
    last = answer.sources[-1]
    shown = sorted({row.period for row in answer.rows})
    grid, zeros_hidden = lay_out(answer, caption_of(answer)), any(bundle.zeros_hidden for bundle in bundles)
    changed = any(row.change is not None for row in answer.rows)
    address = url_for("api_statistics.data", dataflow=dataflow)
    return render_template(
        "table.html",
        flow=hub().book.dataflow(dataflow),
        grid=grid,
        notes=[(one.code, naming.told(one.facts)) for one in answer.notes if changed or one.code != NO_YEAR_BEFORE],
        filters=[
            *_filters(bundles[-1], last.cube, question, catalogue, shown=shown),
            *_reckoned(question),
        ],
        share=dimension_name(dataflow, question.share) if question.share else None,
        compared=question.change,
        changed=changed,
        kept=[("by", request.args["by"]), *fixed(bundles[-1].cube(last.cube)).items(), *_kept_vintage(question)],
        zeros_hidden=zeros_hidden,
        **signs([grid], zeros_hidden=zeros_hidden),
        estimated=any(bundle.noisy for bundle in bundles),
        withheld=not all(bundle.noisy for bundle in bundles),
        least_count=max(bundle.least_count for bundle in bundles),
        contributors=sorted({committee for bundle in bundles for committee, _ in bundle.about.contributors}),
        releases=[source.release for source in answer.sources],
        taken=[(bundle.about.release, bundle.noisy is None) for bundle in bundles],
        purpose=guard.purpose(),
        downloads={
            format_: f"{address}?{urlencode({**args, 'format': format_, 'lang': lang})}"
            for format_ in (api.XLSX, api.EXCEL, api.CSV)
        },
        program=f"{address}?{urlencode({**args, 'format': api.JSON, 'lang': lang})}",
    )


def _asked() -> dict[str, str]:
    """Return the question of the address: a dimension that is narrowed to a code is no longer spread out.

    Shares of it would be of one code: they are not asked for.
    """
    said = {name: text for name, text in request.args.items() if text}
    by = [dim for dim in said.get("by", "").split(",") if dim and dim not in said]
    if said.get("share") in said:
        del said["share"]
    return {**said, "by": ",".join(by)}


def _reckoned(question: Query) -> list[Filter]:
    """Return the choices of what is reckoned from the figures."""
    dims = tuple((dim, dimension_name(question.dataflow, dim)) for dim in question.by)
    change = (("yes", gettext("since the year before")),)
    return [
        Filter("share", gettext("Shares of"), dims, question.share or "", gettext("none")),
        Filter("change", gettext("Change"), change, "yes" if question.change else "", gettext("none")),
    ]


def _filters(
    bundle: Bundle, cube_id: str, question: Query, catalogue: Catalogue, *, shown: Sequence[str]
) -> list[Filter]:
    where, flow = dict(question.where), question.dataflow
    held = catalogue.bundles(flow, question.vintage)
    periods = [(one, one) for one in sorted({one.about.period for one in held}, reverse=True)]
    chosen = shown[0] if len(shown) == 1 else ""
    every = gettext("all")
    several = "" if chosen else ", ".join(shown)
    filters = [Filter(PERIOD, dimension_name(flow, PERIOD), tuple(periods), chosen, several)]
    cube = bundle.cube(cube_id)
    beside = named_beside_rests([cube])
    for axis in cube.axes:
        named = beside.get(axis.dim)
        options = tuple(
            (node.code, code_label(flow, axis.dim, node.code, hub().book, language(), named=named))
            for node in axis.nodes
            if ":" not in node.code
        )
        filters.append(Filter(axis.dim, dimension_name(flow, axis.dim), options, _only(where, axis.dim), every))
    return filters


def _kept_vintage(question: Query) -> list[tuple[str, int]]:
    return [] if question.vintage is None else [(VINTAGE, question.vintage)]


def _only(where: Mapping[str, Sequence[str]], dim: str) -> str:
    codes = where.get(dim, ())
    return codes[0] if len(codes) == 1 else ""


def _label(dataflow: str, dim: str, code: str) -> str:
    return code_label(dataflow, dim, code, hub().book, language())
