"""The gate: for each attack one release that gives way to it and is caught by its own line, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from random import Random

import numpy as np
import pytest

from amana.canonical import decode, encode
from amana.config import HOME
from amana.disclosure.attacks import gate
from amana.disclosure.attacks.gate import attack_all, attack_noise, attack_price
from amana.disclosure.attacks.membership import Scatter, Stated, membership, stated
from amana.disclosure.attacks.report import AttackReport, Limits, Outcome
from amana.disclosure.noise.exact import Source
from amana.disclosure.noise.noisy import release_noisy
from amana.disclosure.noise.plan import plan
from amana.disclosure.noise.reconstruct import variances
from amana.disclosure.noise.scatter import scatter
from amana.disclosure.table import Cube, Insider, KnownFigure, Publication, RawTable, Status
from amana.wording.load import LANGUAGES, sentence
from support.attacked import LIMITS, knows, page, printed
from support.drawn import Drawing, drawn
from support.noisy import Quick, count, flat

AREA_SEX = ("REF_AREA", "SEX")


def table(text: str, name: str = "drawn", dims: tuple[str, str] = AREA_SEX) -> Drawing:
    return drawn(text, dims, name)


SOUND = table("""
        | _T  | F  | M
    _T  | 100 | 52 | 48
    MAR | 18  | x  | x
    TUN | 19  | x  | x
    EGY | 23  | x  | x
    LBY | 20  | x  | x
    NER | 20  | x  | x """)


def own(code: str, women: int, men: int) -> Insider:
    rows = [f"{row}|{women + men}|{women}|{men}" if row in ("_T", code) else f"{row}|0|0|0" for row in ROWS]
    return knows(code, table("\n".join(["|_T|F|M", *rows])))


ROWS = ("_T", "MAR", "TUN", "EGY", "LBY", "NER")
MOROCCO, TUNISIA = own("MAR", 10, 8), own("TUN", 9, 10)
EGYPT = own("EGY", 16, 7)


def hides_all(raw: RawTable, _rng: Random) -> dict[str, np.ndarray]:
    """Hide the whole inside whenever anything is small; every inside is hidden together, so that no guess is out."""
    inside = np.zeros(raw.cubes[0].shape, bool)
    inside[1:, 1:] = (raw.counts["face"] < 5).any()
    return {"face": np.where(inside, Status.HIDDEN, Status.SHOWN).astype(np.uint8)}


def hides_too_much(raw: RawTable, _rng: Random) -> dict[str, np.ndarray]:
    """Hide the margins too whenever anything is small: they are shown, so nothing is."""
    hidden = np.full(raw.cubes[0].shape, (raw.counts["face"] < 5).any())
    return {"face": np.where(hidden, Status.HIDDEN, Status.SHOWN).astype(np.uint8)}


@dataclass(frozen=True)
class Bad:
    """A release that must not pass. attack: the name in the gate that finds it."""

    attack: str
    pages: tuple[Publication, ...]
    insiders: tuple[Insider, ...] = ()
    known: tuple[KnownFigure, ...] = ()
    engine: object = None
    limits: Limits = LIMITS


def ring() -> tuple[Drawing, Drawing, Drawing]:
    first = table("|_T|b1|b2\n_T|60|x|x\na1|x|x|10\na2|x|12|x", "ab", ("A", "B"))
    second = table("|_T|c1|c2\n_T|60|x|x\nb1|x|x|12\nb2|x|15|x", "bc", ("B", "C"))
    third = table("|_T|a1|a2\n_T|60|x|x\nc1|x|10|x\nc2|x|x|5", "ca", ("C", "A"))
    return first, second, third


BAD = {
    "attack.subtraction": Bad("told_exactly", (page(table("|_T|F|M\nMAR|23|20|x")),)),
    "attack.linear": Bad("linear", (page(*ring()),)),
    "attack.presence": Bad("presence", (page(table("|_T|F|M\n_T|60|40|20\nMAR|23|x|x\nTUN|37|x|x")),)),
    "attack.ranges": Bad(
        "ranges",
        (
            page(
                table("|_T|b1|b2\n_T|60|x|x\na1|x|x|50\na2|x|5|x", "ab", ("A", "B")),
                table("|_T|c1|c2\n_T|60|x|x\nb1|x|x|5\nb2|x|8|x", "bc", ("B", "C")),
                table("|_T|a1|a2\n_T|60|x|x\nc1|x|5|x\nc2|x|x|x", "ca", ("C", "A")),
            ),
        ),
    ),
    "attack.lattice": Bad("lattice", (page(*ring()),)),
    "attack.differencing": Bad(
        "differencing", (page(table("|_T|F|M\nMAR|20|12|8")), page(table("|_T|F|M\nMAR|21|13|8")))
    ),
    "attack.oracle": Bad("oracle", (page(table("|F|M\nMAR|12|7")), page(table("|F|M\nMAR|12|x"), k=8))),
    "attack.known": Bad("linear", (page(SOUND),), known=(printed(3, REF_AREA="MAR", SEX="M"),)),
    "attack.insider": Bad(
        "insider",
        (page(table("|_T|F|M\n_T|37|19|18\nMAR|18|x|x\nTUN|19|x|x\nEGY|-|-|-\nLBY|-|-|-\nNER|-|-|-")),),
        (MOROCCO, TUNISIA),
    ),
    "attack.pair": Bad(
        "insider",
        (page(table("|_T|F|M\n_T|60|35|25\nMAR|18|x|x\nTUN|19|x|x\nEGY|23|x|x\nLBY|-|-|-\nNER|-|-|-")),),
        (MOROCCO, TUNISIA, EGYPT),
    ),
    "attack.dominance": Bad(
        "dominance",
        (page(table("|_T\n_T|90\nY|20", "age", ("AGE", "ALL"))),),
        (
            knows("MAR", table("|_T\n_T|60\nY|18", "age", ("AGE", "ALL"))),
            knows("TUN", table("|_T\n_T|30\nY|2", "age", ("AGE", "ALL"))),
        ),
    ),
    "attack.minimality": Bad("minimality", (page(SOUND),), engine=hides_too_much),
}


def attacked(bad: Bad) -> AttackReport:
    return attack_all(bad.pages, known=bad.known, insiders=bad.insiders, engine=bad.engine, limits=bad.limits)


def outcome(report: AttackReport, code: str) -> Outcome:
    return {line.code: line.outcome for line in report.lines}[code]


def finds_nothing(attack: str) -> Callable[..., object]:
    """Return an attack that was broken: it looks at everything and sees nothing."""
    real = getattr(gate, attack)

    def nothing(*given: object, **named: object) -> object:
        found = real(*given, **named)
        if attack in {"differencing", "oracle"}:
            return ()
        if attack == "minimality":
            return found[0], ()
        if attack == "dominance":
            return np.zeros_like(found[0]), 0
        return np.zeros_like(found) if attack == "told_exactly" else (np.zeros_like(found[0]), *found[1:])

    return nothing


@pytest.mark.parametrize("code", BAD)
def test_each_attack_catches_what_was_made_for_it(code: str):
    report = attacked(BAD[code])
    assert not report.passed
    assert outcome(report, code) is Outcome.BROKE
    assert report.places


@pytest.mark.parametrize("code", BAD)
def test_an_attack_that_is_broken_no_longer_does(code: str, monkeypatch: pytest.MonkeyPatch):
    """The gate can fail: whatever is caught is caught by the attack that was made for it."""
    attack = BAD[code].attack
    if attack == "insider":
        monkeypatch.setattr(gate.insider, "learned", lambda picture, *_: np.zeros(len(picture.lower), bool))
    elif code == "attack.known":
        for each in ("told_exactly", "linear", "presence", "ranges"):
            monkeypatch.setattr(gate, each, finds_nothing(each))
    else:
        monkeypatch.setattr(gate, attack, finds_nothing(attack))
    assert outcome(attacked(BAD[code]), code) is Outcome.HELD


def test_each_attack_has_its_place_in_the_manual_and_each_chapter_is_listed():
    folder = HOME / "tests" / "spec" / "disclosure"
    contents = (folder / "README.md").read_text()
    assert all(f"`{code}`" in contents for code in [*BAD, "attack.membership", "attack.drawn"])
    assert all(f"`{chapter.name}`" in contents for chapter in folder.glob("test_*.py"))


def test_what_is_sound_passes_every_attack():
    report = attack_all(
        [page(SOUND), page(SOUND)],
        known=[printed(100)],
        insiders=[MOROCCO, TUNISIA, EGYPT, knows("shelter", MOROCCO_WOMEN, committee=False)],
        engine=hides_all,
        limits=LIMITS,
    )
    assert report.passed
    assert {line.outcome for line in report.lines} == {Outcome.HELD}
    assert report.places == ()
    assert {line.code for line in report.lines} == BAD.keys()


MOROCCO_WOMEN = table("|_T|F|M\n_T|3|3|0\nMAR|3|3|0\nTUN|0|0|0\nEGY|0|0|0\nLBY|0|0|0\nNER|0|0|0")


def test_where_there_is_nothing_to_attack_the_report_says_so():
    report = attack_all([page(table("|F|M\nMAR|12|9"))], limits=LIMITS)
    assert report.passed
    assert {line.outcome for line in report.lines} == {Outcome.ABSENT}


@pytest.mark.parametrize(("coalition", "absent"), [(0, {"insider", "pair", "dominance"}), (1, {"pair"}), (2, set())])
def test_the_coalition_says_who_puts_together_what(coalition: int, absent: set[str]):
    report = attack_all([page(SOUND)], insiders=[MOROCCO, TUNISIA, EGYPT], coalition=coalition, limits=LIMITS)
    inside = {f"attack.{name}" for name in ("insider", "pair", "dominance")}
    found = {line.code for line in report.lines if line.code in inside and line.outcome is Outcome.ABSENT}
    assert found == {f"attack.{name}" for name in absent}


@pytest.mark.parametrize(
    ("who", "absent"), [(0, {"insider", "pair", "dominance"}), (1, {"pair"}), (2, {"pair"}), (3, set())]
)
def test_whoever_sent_everything_has_nothing_to_learn(who: int, absent: set[str]):
    report = attack_all([page(SOUND)], insiders=[MOROCCO, TUNISIA, EGYPT][:who], limits=LIMITS)
    inside = {f"attack.{name}" for name in ("insider", "pair", "dominance")}
    found = {line.code for line in report.lines if line.code in inside and line.outcome is Outcome.ABSENT}
    assert found == {f"attack.{name}" for name in absent}


def test_a_revision_elsewhere_does_not_take_an_older_release_from_anybody():
    """Tunisia has 20 to 27 women by age, 14 to 21 by place: one girl at most. Egypt's ten more change none of it."""
    by_age = "[TUN]\n|_T|C|A\n_T|45|7|38\nF|x|x|20\nM|x|x|18\n[EGY]\n|_T|C|A\n_T|40|10|30\nF|20|5|15\nM|20|5|15"
    by_place = "[TUN]\n|_T|P|Q\n_T|45|38|7\nF|x|14|x\nM|x|24|x\n[EGY]\n|_T|P|Q\n_T|50|25|25\nF|25|13|12\nM|25|12|13"
    then = page(drawn(by_age, ("REF_AREA", "SEX", "AGE"), "age"))
    now = page(drawn(by_place, ("REF_AREA", "SEX", "PLACE"), "place"))
    limits = replace(LIMITS, pinned=1000)  # of so few cells a share says nothing
    assert attack_all([now], limits=limits).passed
    report = attack_all([then, now], limits=limits)
    assert outcome(report, "attack.subtraction") is Outcome.BROKE
    assert {line.facts["releases"] for line in report.lines if line.code == "attack.oracle"} == {2}


def test_who_has_revised_is_not_held_to_what_was_shown_of_her_then():
    """The region had 15 women and is hidden now: nobody sees that Egypt has one more, but Egypt and the vault."""
    text = "|_T|F|M\n_T|100|52|48\nMAR|18|x|x\nTUN|19|x|x\nEGY|23|x|x\nLBY|20|x|x\nNER|20|x|x"
    before = page(table(text.replace("EGY|23", "EGY|x").replace("100|52|48", "99|15|84")))
    now = page(table(text.replace("EGY|23", "EGY|x").replace("100|52|48", "x|x|x")))

    def judged(revised: frozenset[str] | None) -> Outcome:
        pages = [replace(before, revised=revised), now]
        return outcome(attack_all(pages, insiders=[MOROCCO, TUNISIA, EGYPT], limits=LIMITS), "attack.insider")

    assert judged(frozenset({"EGY"})) is Outcome.HELD
    assert judged(frozenset()) is Outcome.BROKE  # then the figures are those of other persons


def test_a_share_up_to_its_limit_is_allowed():
    report = attacked(replace(BAD["attack.lattice"], limits=replace(LIMITS, pinned=1000)))
    assert outcome(report, "attack.lattice") is Outcome.HELD


def test_a_matter_of_degree_is_told_in_cells_and_judged_exactly():
    """Of 12 cells a limit of 300 in a thousand allows 3; 4 of 13 are more than 300 in a thousand, by less than ten."""
    line = next(one for one in attacked(BAD["attack.lattice"]).lines if one.code == "attack.lattice")
    assert line.facts == {"cells": 12, "found": 12, "most": 3}
    held = gate._degree("attack.lattice", 13, (("ring", ("a1",)),) * 3, 300)
    broke = gate._degree("attack.lattice", 13, (("ring", ("a1",)),) * 4, 307)
    assert (held.outcome, held.facts) == (Outcome.HELD, {"cells": 13, "found": 3, "most": 3})
    assert (broke.outcome, broke.facts) == (Outcome.BROKE, {"cells": 13, "found": 4, "most": 3})


@pytest.mark.parametrize(("rho", "passed"), [(0.0, True), (0.2, True), (0.46, False), (2.58, False)])
def test_noise_is_judged_by_the_worst_case(rho: float, passed: bool):
    report = attack_price(rho, LIMITS)
    assert report.passed is passed
    assert [line.code for line in report.lines] == ["attack.membership"]


def test_either_limit_of_membership_is_enough_to_fail():
    assert not attack_price(0.2, replace(LIMITS, caught=10)).passed
    assert not attack_price(0.2, replace(LIMITS, auc=510)).passed


# Noise, read off the release itself: each bad one is caught by the line that was made for it, and the sound one passes.


CUBE = Cube("noisy", (flat("A", "abcdefgh"), flat("B", "abcde"), flat("C", "abcd")))
PRICE, LIFETIME = 0.05, 0.2
UNIT = plan([CUBE], 1.0)


class Half:
    """A sampler that was told how much noise to add, and adds half of it."""

    def __init__(self, source: Source) -> None:
        self.source = source

    def add(self, values: np.ndarray, scale: float) -> np.ndarray:
        return self.source.add(values, scale / 2)


@dataclass(frozen=True)
class Drawn:
    """A release with noise. off: what was drawn less what is true; variance: as it is published."""

    off: dict[str, np.ndarray]
    variance: dict[str, np.ndarray]

    @property
    def price(self) -> Stated:
        return stated(variances(UNIT), self.variance)

    def attacked(self) -> AttackReport:
        return attack_noise(LIFETIME, LIMITS, self.price, Scatter(*scatter(UNIT, self.off)))


def drawn_noise(source: Source, rho: float = PRICE, claimed: float = 1.0) -> Drawn:
    """Draw once. claimed: times the noise that the plan has, in squares, is what the release says of itself."""
    table = count([CUBE], [])
    noisy = release_noisy(table, plan([CUBE], rho), source)
    return Drawn(dict(noisy.estimate), {name: claimed * each for name, each in noisy.variance.items()})


def overstated_in_part(source: Source) -> Drawn:
    """Say of one cell of each sort that its noise is four times what it is, in squares, and of the others the truth."""
    sound = drawn_noise(source)
    variance = sound.variance["noisy"].copy()
    variance[0, 0, 0] *= 4
    return Drawn(sound.off, {"noisy": variance})


BAD_NOISE = {
    "half of what was asked for": ("attack.drawn", lambda: drawn_noise(Half(Quick(1)))),
    "more is claimed than was drawn": ("attack.drawn", lambda: drawn_noise(Quick(1), claimed=4.0)),
    "more is claimed of one cell": ("attack.drawn", lambda: overstated_in_part(Quick(1))),
    "the price is over the cap": ("attack.membership", lambda: drawn_noise(Quick(1), rho=0.6)),
    "none at all": ("attack.drawn", lambda: Drawn({"noisy": np.zeros(CUBE.shape)}, drawn_noise(Quick(1)).variance)),
}


@pytest.mark.parametrize("seed", range(20))
def test_sound_noise_passes_and_states_its_price(seed: int):
    sound = drawn_noise(Quick(seed))
    report = sound.attacked()
    assert [(line.code, line.outcome) for line in report.lines] == [
        ("attack.membership", Outcome.HELD),
        ("attack.drawn", Outcome.HELD),
    ]
    price = sound.price
    assert (price.least, price.most) == (pytest.approx(PRICE, rel=1e-9), pytest.approx(PRICE, rel=1e-9))


@pytest.mark.parametrize("what", BAD_NOISE)
def test_bad_noise_is_caught_by_the_line_that_was_made_for_it(what: str):
    code, release = BAD_NOISE[what]
    assert {line.code for line in release().attacked().lines if line.outcome is Outcome.BROKE} == {code}


@pytest.mark.parametrize("what", BAD_NOISE)
def test_noise_is_no_longer_caught_when_its_attack_is_broken(what: str, monkeypatch: pytest.MonkeyPatch):
    code, release = BAD_NOISE[what]
    if code == "attack.drawn":
        monkeypatch.setattr(gate, "weaker", lambda *_: False)
    else:
        monkeypatch.setattr(gate, "membership", lambda _: membership(0.0))
    assert release().attacked().passed


def test_from_outside_only_the_price_can_be_judged():
    """Published figures tell what they cost, not what they were drawn with: that takes the truth."""
    over, half = (BAD_NOISE[what][1]() for what in ("the price is over the cap", "half of what was asked for"))
    assert not attack_price(over.price.most, LIMITS).passed
    assert attack_price(half.price.most, LIMITS).passed


def test_noise_that_is_larger_than_stated_is_dear_and_no_danger():
    assert drawn_noise(Quick(1), claimed=0.5).attacked().passed


def test_where_nobody_was_asked_there_is_no_price():
    nothing = {"noisy": np.zeros(CUBE.shape)}
    assert stated(variances(UNIT), nothing).most == 0


# The report.


def test_the_report_holds_codes_outcomes_and_numbers_and_survives_paper():
    report = attacked(BAD["attack.subtraction"])
    said = decode(encode(report.as_json()))
    assert said == report.as_json()
    assert said["lines"][0] == {
        "code": "attack.subtraction",
        "outcome": "broke",
        "facts": {"cells": 1, "found": 1},
    }
    assert (said["format"], said["passed"]) == ("amana-attacks/1", False)


def test_nothing_in_the_report_tells_an_insiders_counts():
    """Two insiders who know quite different persons, both in vain: one report."""
    few, many = own("MAR", 3, 3), own("MAR", 10, 8)
    reports = [
        attack_all([page(SOUND)], insiders=[one, TUNISIA, EGYPT], limits=LIMITS).as_json() for one in (few, many)
    ]
    assert reports[0] == reports[1]


@pytest.mark.parametrize("committees", [[MOROCCO], [MOROCCO, TUNISIA, EGYPT]])
def test_nothing_in_the_report_tells_how_many_organisations_know_somebody(committees: list[Insider]):
    """One woman more, registered by a shelter of which nobody was known to be there: the report is the same."""
    shelter = knows("MAR/1", table(MOROCCO_ONE), committee=False)
    reports = [attack_all([page(SOUND)], insiders=each, limits=LIMITS) for each in (committees, [*committees, shelter])]
    assert reports[0].as_json() == reports[1].as_json()


MOROCCO_ONE = "|_T|F|M\n_T|1|1|0\nMAR|1|1|0\nTUN|0|0|0\nEGY|0|0|0\nLBY|0|0|0\nNER|0|0|0"


@pytest.mark.parametrize("revised", [{"MAR"}, {"NER", "LBY"}, {"MAR", "TUN", "EGY", "LBY", "NER"}])
def test_nothing_in_the_report_tells_who_has_revised(revised: set[str]):
    """Nobody sees a change: whoever knows of one, as the vault does, attacks otherwise and tells the same."""
    text = "|_T|F|M\n_T|100|52|48\nMAR|18|x|x\nTUN|19|x|x\nEGY|23|x|x\nLBY|20|x|x\nNER|20|{}|{}"
    then, now = page(table(text.format(12, 8))), page(table(text.format("x", "x")))
    reports = [attack_all([replace(then, revised=frozenset(who)), now], limits=LIMITS) for who in ((), revised)]
    assert reports[0].passed
    assert reports[0].as_json() == reports[1].as_json()


@cache
def every_report() -> tuple[AttackReport, ...]:
    noise, sound = (attack_price(0.2, LIMITS), attack_price(2.0, LIMITS)), attack_all([page(SOUND)], limits=LIMITS)
    drawn = [release().attacked() for _, release in BAD_NOISE.values()]
    return (*noise, *drawn, sound, *(attacked(bad) for bad in BAD.values()))


@pytest.mark.parametrize("code", [*BAD, "attack.membership", "attack.drawn"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_has_its_words_and_no_fact_is_left_open(code: str, language: str):
    name = sentence(code, language)
    assert name != code
    for line in (line for report in every_report() for line in report.lines if line.code == code):
        told = sentence(f"{code}.{line.outcome.value}", language, line.facts)
        assert "…" not in told
        assert not told.startswith("attack.")
    for each in Outcome:
        assert not sentence(f"{code}.{each.value}", language).startswith("attack.")
