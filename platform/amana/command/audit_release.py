"""``amana audit release``: try to derive what published bundles hide, offline, as anybody could.

Exit codes: 0 nothing can be derived; 1 something can, or not all was judged; 2 the question was not put properly.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from amana.command.audit_told import USAGE, refusing
from amana.command.options import FILE, FOLDER, LANG, MACHINE
from amana.config import HOME
from amana.wording.load import sentence

if TYPE_CHECKING:
    from amana.committee.derivable import Derived
    from amana.disclosure.audit import AuditReport
    from amana.disclosure.table import KnownFigure
    from amana.dissemination.bundle import Bundle

_SAID: Final = "audit.release"
_UNREAD: Final = "areas_elsewhere"
_DERIVED: Final = 1
_MOST: Final = 40  # findings printed of one party; --json has them all
_PLACE: Final = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("bundles", nargs=-1, required=True, type=_PLACE)
@click.option("--key", required=True, type=FILE, help="The hub's public key for bundles (PEM).")
@click.option("--as", "records", type=FILE, help="Your own records (canonical CSV), or your raw tables file.")
@click.option("--committee", help="Whose records these are, such as MAR; a tables file says so itself.")
@click.option("--known", type=FILE, multiple=True, help="Figures printed elsewhere, as in policies/known/MAR.toml.")
@click.option("--revised", multiple=True, help="A committee that has revised since the older bundles, such as TUN.")
@click.option("--policies", type=FOLDER, default=HOME / "policies", help="Your copy of the documents.")
@MACHINE
@LANG
def release(*, key: Path, machine: bool, lang: str, policies: Path, **given: Any) -> None:  # noqa: ANN401 - by name
    """Try to derive what BUNDLES hide: folders, or .zip files, of one dataflow and period; all that you have.

    The newest is judged, by a reader who kept the older ones. With --as, it is judged also by a committee that
    subtracts its own records. Who has revised since an older bundle no bundle says: it is taken from the figures that
    differ, and from --revised where you know more, as the hub does. Nothing is sent anywhere.
    Ends with 1 when something can be derived, or part of it was not judged.
    """
    from amana.committee import derivable
    from amana.committee.bundle_file import trusted_key
    from amana.committee.documents import Documents
    from amana.native import only_python_speaks

    with only_python_speaks(), _refusing(lang), _progress(lang) as tell:
        asked = derivable.Asked(key=trusted_key(key), documents=Documents(policies), **given)
        found = derivable.derive(asked, tell)
    if machine:
        parties = {name: asdict(one) for name, one in found.reports.items()}
        figures = {name: [_figure(one) for one in getattr(found, name)] for name in ("known", "unused")}
        unread = [
            {"code": f"{_SAID}.{_UNREAD}", "bundle": digest, "cubes": cubes} for digest, cubes in found.unread.items()
        ]
        figures["denied"] = [{**_figure(one), "shown": shown} for one, shown in found.denied]
        figures["unused"] += [{**_figure(one), "of": other} for other, one in found.others]
        together = [
            {"bundle": one.bundle.digest, "revised": one.revised, "stirred": one.stirred} for one in found.beside
        ]
        said = {"bundle": found.judged.digest, "together": together, "parties": parties, **figures, "unread": unread}
        said["open"] = found.open
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        for line in _told(found, lang):
            click.echo(line)
    sys.exit(0 if found.passed else _DERIVED)


def _told(found: Derived, lang: str) -> Iterator[str]:
    yield _say("judged", lang, **_about(found.judged, lang))
    for one in found.beside:
        nobody = "word.revised.unknown" if one.stirred else "word.revised.nobody"
        facts = {"digest": one.bundle.digest, "day": one.bundle.about.built_at.date()}
        yield _say("together", lang, **facts, who=", ".join(one.revised) or nobody)
    for figure, shown in found.denied:
        facts = {"count": figure.count, "source": figure.source, "shown": shown}
        yield _say("denied", lang, cell=_pairs(figure), **facts)
    for said, figures in (("known", found.known), ("unused", found.unused)):
        for figure in figures:
            yield _say(said, lang, cell=_pairs(figure), count=figure.count, source=figure.source)
    for other, figure in found.others:
        yield _say("unused_other", lang, of=other, cell=_pairs(figure), count=figure.count, source=figure.source)
    for digest, cubes in found.unread.items():
        tables = ", ".join(_cell(cube, (), found.judged, lang) for cube in cubes)
        yield _say(_UNREAD, lang, tables=tables, digest=digest)
    if found.open:
        from amana.codebook.load import load
        from amana.dissemination.words import open_circle

        book = load()
        yield from (open_circle(found.judged.about.dataflow, names, book, lang) for names in found.open)
    for name, report in found.reports.items():
        yield from _lines(name, report, found.judged, lang)


def _pairs(figure: KnownFigure) -> str:
    return ", ".join(f"{name} = {code}" for name, code in sorted(figure.key))


def _figure(figure: KnownFigure) -> dict[str, object]:
    return {"cell": dict(sorted(figure.key)), "count": figure.count, "source": figure.source}


def _about(judged: Bundle, lang: str) -> dict[str, object]:
    about = judged.about
    title = about.plan_title.read(lang)
    return {"title": title, "period": about.period, "least": judged.least_count, "digest": judged.digest}


def _lines(name: str, report: AuditReport, judged: Bundle, lang: str) -> Iterator[str]:
    """Yield the verdict for one party, the cell that it can tell most closely, and what it can derive."""
    party = _party(name, lang)
    findings = [found for found in report.findings if found.kind != "inconsistent" or found.codes]
    if len(findings) < len(report.findings):
        yield _say("contradiction", lang, party=party)
    if findings or report.passed:
        said = "nothing" if report.passed else "something"
        yield _say(said, lang, party=party, cells=_collected(judged), hidden=report.hidden, count=len(findings))
    for found in findings[:_MOST]:
        facts = {"cell": _cell(found.cube, found.codes, judged, lang), "lower": found.lower, "upper": found.upper}
        kind = "at_least" if found.kind == "narrow" and found.upper is None else found.kind
        yield f"  {_say(kind, lang, **facts)}"
    if len(findings) > _MOST:
        yield f"  {_say('more', lang, count=len(findings) - _MOST)}"
    if report.narrowest is not None:
        lower, upper = report.narrowest.lower, report.narrowest.upper
        cell = _cell(report.narrowest.cube, report.narrowest.codes, judged, lang)
        sure = "narrowest_exactly" if lower == upper else "narrowest"
        said = sure if report.narrowest.exact else "narrowest_seen"
        yield _say(said, lang, cell=cell, lower=lower, upper=upper)


def _collected(judged: Bundle) -> int:
    """Return how many cells somebody counted, margins included: those that a release's page speaks of."""
    from amana.disclosure.table import Status

    return sum(int((states != Status.NOT_COLLECTED).sum()) for states in judged.status.values())


def _cell(cube_id: str, codes: tuple[str, ...], judged: Bundle, lang: str) -> str:
    """Name a cell: its table and its codes. A table of an older bundle goes by its id."""
    titles = judged.about.cube_titles
    title = titles[cube_id].read(lang) if cube_id in titles else cube_id
    return f"{title} [{', '.join(codes)}]" if codes else title


def _party(name: str, lang: str) -> str:
    from amana.disclosure.audit import OUTSIDER

    return _say("outsider", lang) if name == OUTSIDER else _say("committee", lang, name=name)


def _say(code: str, lang: str, /, **facts: object) -> str:
    return sentence(f"{_SAID}.{code}", lang, facts)


@contextmanager
def _progress(lang: str) -> Iterator[Callable[[str], None]]:
    """Show on stderr that something is going on, as long as somebody is looking."""
    from rich.console import Console

    with Console(stderr=True).status(_say("opening", lang)) as status:
        yield lambda name: status.update(_say("reading", lang, party=_party(name, lang)))


@contextmanager
def _refusing(lang: str) -> Iterator[None]:
    """End with a sentence and 2 when something cannot be read; what a file of records has wrong is told as a table."""
    from rich.console import Console

    from amana.committee.report import show
    from amana.validation.judge import BatchRefused

    with refusing(lang):
        try:
            yield
        except BatchRefused as fault:
            show(fault.findings, lang, Console(stderr=True), refused=f"{_SAID}.records_refused")
            sys.exit(USAGE)
