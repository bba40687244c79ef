"""Derivable: what a committee, or anybody, can find out from published bundles; composed from rooms that know how.

Sees: published bundles, figures printed elsewhere, and the committee's own records, which stay where they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from amana.codebook.model import Codebook
from amana.committee import prepare
from amana.committee.bundle_file import NotAuditable, open_anywhere
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.tables import form_of
from amana.disclosure.audit import AuditReport, Groups, audit_all, left_open
from amana.disclosure.checker.pair import Pair
from amana.disclosure.table import AREA, NOISE, Insider, KnownFigure, Publication
from amana.dissemination.bundle import Bundle
from amana.dissemination.printed import shown_otherwise
from amana.errors import NotFound
from amana.plans.beside import areas_apart
from amana.plans.impossible import as_read
from amana.plans.known import printed_figures
from amana.plans.plan import CubePlan, Plan
from amana.policy import known as printed
from amana.policy import region
from amana.policy.agreement import TABLES
from amana.policy.toml import PolicyInvalid, read_table
from amana.tabulation.counts_file import parse_counts
from amana.tabulation.tabulate import Counts, assemble, with_standing
from amana.validation.judge import BatchRefused


@dataclass(frozen=True)
class Asked:
    """bundles: folders or archives. records: of ``committee``; None for a reader without any. known: files.

    revised: committees that have revised since the older bundles, as the reader knows; no bundle says so.
    """

    bundles: Sequence[Path]
    key: Ed25519PublicKey
    records: Path | None
    committee: str | None
    known: Sequence[Path]
    revised: Sequence[str]
    documents: Documents


@dataclass(frozen=True)
class Beside:
    """An older bundle that was read with the judged one.

    revised: the committees taken to have revised, come or gone since: those whom the reader named, and those of whom
             the figures show it.
    stirred: whether anybody has, though no committee's own figures may show who.
    """

    bundle: Bundle
    revised: tuple[str, ...]
    stirred: bool


@dataclass(frozen=True)
class Derived:
    """The bundle that was judged, the newest, and for each party what it can derive.

    beside: the older ones that it was read with, the oldest first.
    known:  figures printed elsewhere that were taken for granted, those of the documents among them.
    denied: those of them that the judged bundle shows otherwise, with what it shows, which was taken instead.
    unused: those that the reader gave, and that are no cell of any of the bundles.
    others: those that the reader gave of another dataflow or period, which stands with each, as ``VICTIMS 2021``.
    unread: by digest of an older bundle since which somebody has revised, the tables that have committees in one of the
            two only: what these tell together is not looked for, and the hub refuses to publish such.
    open:   the attributes of each circle of tables in which persons are not looked for, as it would be too large.
    """

    judged: Bundle
    beside: tuple[Beside, ...]
    reports: Mapping[str, AuditReport]
    known: tuple[KnownFigure, ...]
    denied: tuple[tuple[KnownFigure, int], ...]
    unused: tuple[KnownFigure, ...]
    others: tuple[tuple[str, KnownFigure], ...]
    unread: Mapping[str, tuple[str, ...]]
    open: tuple[tuple[str, ...], ...]

    @property
    def passed(self) -> bool:
        """Whether nobody can derive anything, and all that could be was looked for."""
        return not self.unread and all(one.passed for one in self.reports.values())


def derive(asked: Asked, progress: Callable[[str], None]) -> Derived:
    """Return what each party can derive: the outsider, and the committee whose records were given.

    progress: told each party's name as its turn comes.
    Raises NotAuditable, SignatureInvalid; BatchRefused and what else counting the records may raise.
    """
    with tempfile.TemporaryDirectory() as scratch:
        opened = [open_anywhere(path, asked.key, Path(scratch)) for path in asked.bundles]
        opened = sorted({one.digest: one for one in opened}.values(), key=lambda one: one.about.built_at)
        judged = opened[-1]
        _refuse_strangers(opened)
        book = asked.documents.book()
        flow = book.dataflow(judged.about.dataflow)
        other = [one for one in opened if one.about.plan_digest != judged.about.plan_digest]
        insiders = [] if asked.records is None else [_insider(asked, judged, other, book)]
        law = asked.documents.policies / region.FILE
        with _naming("policies", law):
            under = region.parse(read_table(law, region.FILE))
        listed, unused, others = _printed(asked, opened, book, under)
        otherwise = shown_otherwise(judged, listed)
        known = [replace(one, count=otherwise.get(one.key, one.count)) for one in listed]
        groups = Groups(sensitive=under.sensitive.get(judged.about.dataflow, frozenset()))
        since = _since(asked, opened)
        plain = [one.renamed() if one in other else one.publication for one in opened]
        pages = [
            replace(as_read(page, flow, book), revised=since and since | _came_or_went(one, judged))
            for one, page in zip(opened, plain, strict=True)
        ]
        own = [_as_counted(figure, judged, insiders) for figure in known]
        alike = own == known
        read = partial(audit_all, pages, coalition=1, groups=groups, progress=progress, closely=True)
        reports = dict(read(insiders if alike else (), known=known))
        if not alike:
            mine = read(insiders, known=own)
            reports |= {one.name: mine[one.name] for one in insiders}
    beside = _beside(opened, pages)
    granted = tuple(one for one in listed if one.key not in otherwise)
    denied = tuple((one, otherwise[one.key]) for one in listed if one.key in otherwise)
    same = [page for page, one in zip(pages[:-1], beside, strict=True) if not one.stirred]
    said = (tuple(unused), tuple(others), _unread(judged, beside), left_open(pages[-1], same))
    return Derived(judged, beside, reports, granted, denied, *said)


def _printed(
    asked: Asked, opened: Sequence[Bundle], book: Codebook, under: region.Region
) -> tuple[list[KnownFigure], list[KnownFigure], list[tuple[str, KnownFigure]]]:
    """Return the figures printed elsewhere that are cells of the bundles, and those given that are none, or of others.

    What the documents list is known to anybody; what the reader gives goes before it.
    """
    listed = sorted((asked.documents.policies / printed.FOLDER).glob("*.toml"))
    about = (opened[-1].about.dataflow, opened[-1].about.period)
    own, all_listed = (
        [one for path in paths for one in _known(option, path, under)]
        for option, paths in (("known", asked.known), ("policies", listed))
    )
    given, known = ({one.key: one for one in printed_figures(each, *about, book)} for each in (own, all_listed))
    elsewhere = dict.fromkeys((one.dataflow, one.period) for one in own if (one.dataflow, one.period) != about)
    cells = {cube.cell_key(index) for one in opened for cube in one.cubes for index in cube.indices()}
    used = [figure for key, figure in (known | given).items() if key in cells]
    others = [(" ".join(other), one) for other in elsewhere for one in printed_figures(own, *other, book)]
    return used, [figure for key, figure in given.items() if key not in cells], others


def _unread(judged: Bundle, beside: Sequence[Beside]) -> dict[str, tuple[str, ...]]:
    """Return what of the older bundles cannot be read beside the judged one."""
    return {
        one.bundle.digest: tuple(cube.id for cube in apart)
        for one in beside
        if one.stirred and (apart := areas_apart(judged.cubes, one.bundle.cubes))
    }


def _beside(opened: Sequence[Bundle], pages: Sequence[Publication]) -> tuple[Beside, ...]:
    """Return who is taken to have revised since each of the older bundles; pages: the same, as they are read."""
    return tuple(_compared(one, page, opened[-1], pages[-1]) for one, page in zip(opened[:-1], pages[:-1], strict=True))


def _compared(older: Bundle, then: Publication, newer: Bundle, now: Publication) -> Beside:
    pair = Pair(now, then)
    revised = pair.seen | pair.said | _came_or_went(older, newer)
    return Beside(older, tuple(sorted(revised)), bool(revised) or bool(pair.moved.any()))


def _came_or_went(older: Bundle, newer: Bundle) -> frozenset[str]:
    """Return who contributed to one of two bundles only."""
    before, after = ({committee for committee, _ in one.about.contributors} for one in (older, newer))
    return frozenset(before ^ after)


def _as_counted(figure: KnownFigure, judged: Bundle, insiders: Sequence[Insider]) -> KnownFigure:
    """Return the figure as a committee that reads of itself has it: a report may be off by one."""
    for one in insiders:
        for cube in judged.cubes if (AREA, one.name) in figure.key else ():
            for index in cube.indices():
                if cube.cell_key(index) == figure.key:
                    return replace(figure, count=int(one.counts[cube.id][index]))
    return figure


def _refuse_strangers(opened: Sequence[Bundle]) -> None:
    """Raise NotAuditable unless the bundles are of the same persons, and hide rather than add noise."""
    about = sorted({f"{one.about.dataflow} {one.about.period}" for one in opened})
    if len(about) > 1:
        raise NotAuditable(reason="word.unfit.other_persons", named=", ".join(about))
    if any(one.method == NOISE for one in opened):
        raise NotAuditable(reason="word.unfit.noise", named=about[0])


def _since(asked: Asked, opened: Sequence[Bundle]) -> frozenset[str] | None:
    """Return who has revised since the older bundles, None where the reader does not know. Raises NotAuditable."""
    for code in asked.revised:
        if code not in opened[-1].about.members:
            raise NotAuditable(reason="word.unfit.no_member", named=code)
        if not any(code == committee for one in opened for committee, _ in one.about.contributors):
            raise NotAuditable(reason="word.unfit.no_contributor", named=f"--revised {code}")
    return frozenset(asked.revised) or None


def _insider(asked: Asked, judged: Bundle, other: Sequence[Bundle], book: Codebook) -> Insider:
    """Return what the committee counts of its own, by the bundles' plans and the same kernel as the hub.

    other: the older bundles by other plans than the judged one.
    """
    plan = _plan(asked, judged, book)
    besides = [tuple(replace(cube, id=one.name_of(cube.id)) for cube in _plan(asked, one, book).cubes) for one in other]
    counts = _counts(asked, judged, plan, [cube for cubes in besides for cube in cubes], book)
    if (counts.dataflow, counts.period) != (judged.about.dataflow, judged.about.period):
        raise NotAuditable(reason="word.unfit.other_persons", named=f"{counts.dataflow} {counts.period}")
    if counts.committee not in judged.about.members:
        raise NotAuditable(reason="word.unfit.no_member", named=counts.committee)
    raw = assemble([counts], plan, judged.about.members, book)
    for one, cubes in zip(other, besides, strict=True):
        if counts.committee in one.about.members:
            raw = with_standing(raw, assemble([counts], replace(plan, cubes=cubes), one.about.members, book))
    return raw.insiders[0]


def _plan(asked: Asked, one: Bundle, book: Codebook) -> Plan:
    """Return the plan that a bundle was made by. Raises NotAuditable."""
    try:
        plan = asked.documents.plan(one.about.plan, book)
    except NotFound as fault:
        raise NotAuditable(reason="word.unfit.no_plan", named=one.about.plan) from fault
    if plan.digest != one.about.plan_digest:
        raise NotAuditable(reason="word.unfit.other_plan", named=plan.id)
    return plan


def _counts(asked: Asked, judged: Bundle, plan: Plan, besides: Sequence[CubePlan], book: Codebook) -> Counts:
    """Return what the committee's file counts by a plan, and besides."""
    path = asked.records
    if path is None:
        raise ValueError("there are records by now")
    if form_of(path) == TABLES:
        if besides:
            raise NotAuditable(reason="word.unfit.one_plan", named=path.name)
        counts = parse_counts(path.read_bytes(), plan, book)
        if asked.committee not in {None, counts.committee}:
            raise NotAuditable(
                reason="word.unfit.other_committee", named=path.name, said=counts.committee, asked=asked.committee
            )
        return counts
    if asked.committee is None:
        raise NotAuditable(reason="word.unfit.whose", named=path.name)
    about = About(asked.committee, judged.about.dataflow, judged.about.period)
    try:
        wider = replace(plan, cubes=(*plan.cubes, *besides))
        return prepare.counted(path, about, wider, asked.documents).counts
    except BatchRefused as fault:
        if not any(one.rule == "mapping.needed" for one in fault.findings):
            raise
        of = f"{about.dataflow} {about.period}"
        raise NotAuditable(reason="word.unfit.other_columns", named=path.name, of=of) from fault


def _known(option: str, path: Path, under: region.Region) -> Sequence[printed.Printed]:
    with _naming(option, path):
        table = read_table(path, path.name)
        return printed.parse(table, f"{printed.FOLDER}/{table.get('committee')}.toml", under)


@contextmanager
def _naming(option: str, path: Path) -> Iterator[None]:
    """Say of a document that cannot be used by which option it was given. Raises NotAuditable."""
    try:
        yield
    except PolicyInvalid as fault:
        why = ": ".join(str(fault.facts[name]) for name in ("place", "reason") if fault.facts[name])
        raise NotAuditable(reason="word.unfit.document", named=f"--{option} {path}", why=why.rstrip(".")) from fault
