"""The report of the attacks stays with the release and is told on its page, in three languages, in plain words."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from amana.codebook.model import Label
from amana.disclosure.attacks.gate import attack_all, attack_price
from amana.release.ledger import Release, told_report
from amana.web.locale import language
from amana.web.pages.tried import Attack, Tried, Use, tried
from amana.wording.load import LANGUAGES
from support.attacked import LIMITS, page
from support.drawn import drawn
from support.hub import RealHub
from support.releases import NOON

TITLES = {"sex": Label(ar="حسب الجنس", fr="par sexe", en="by sex")}
SOUND = attack_all([page(drawn("|_T|F|M\n_T|60|30|30\nMAR|30|x|x\nTUN|30|x|x"))], limits=LIMITS)
USE = {"cells": 1200, "shown": 900, "under": 4, "zeros_off": 14, "shares_off": 7}


def record(said: object, *, published: bool = True) -> Release:
    """Return as much of a release's row as its report needs."""
    text, since = None if said is None else json.dumps(said), NOON if published else None
    return cast("Release", SimpleNamespace(report=text, published_at=since, dataflow="VICTIMS"))


def told(hub: RealHub, lang: str, report: object, *, published: bool = True) -> Tried:
    with hub.app.test_request_context(f"/{lang}/methods"):
        assert language() == lang
        return tried(record(report, published=published), TITLES)


def report(attacks: object = None, use: object = USE) -> object:
    return {"usefulness": {"sex": use}, "checker": {} if attacks is None else {"attacks": attacks}}


def test_before_it_is_built_there_is_nothing_to_tell(hub: RealHub):
    assert told(hub, "en", None) == Tried()


def test_a_release_built_before_the_attacks_were_kept_tells_its_use(hub: RealHub):
    assert told(hub, "fr", report(use={"cells": 3, "shown": 2})) == Tried(uses=(Use("par sexe", 3, 2, None, None),))


def test_persons_are_told_once_they_are_public(hub: RealHub):
    """Refused, it hid two cells that sum to 13; the next hides others and shows the 10 of them: the small one is 3."""
    assert told(hub, "en", report(), published=False).uses == (Use("by sex", 1200, 900, None, None),)
    assert told(hub, "en", report()).uses == (Use("by sex", 1200, 900, 14, 7),)
    said = told_report(record(report(), published=False))
    assert said is not None
    assert said["usefulness"] == {"sex": {"cells": 1200, "shown": 900}}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_attack_has_a_name_and_a_sentence_with_its_numbers(hub: RealHub, lang: str):
    lines = told(hub, lang, report(SOUND.as_json())).attacks
    assert len(lines) == len(SOUND.lines)
    assert len({line.name for line in lines}) == len(lines)
    assert all("…" not in line.told and "attack." not in line.told + line.name for line in lines)
    assert "4" in lines[0].told


def test_a_matter_of_degree_is_told_as_a_count_of_cells(hub: RealHub):
    (line,) = (one for one in told(hub, "en", report(SOUND.as_json())).attacks if "end at one number" in one.told)
    assert line.told.endswith("in 0 of the 4 cells; the limit is 1.")


def test_what_it_says_of_noise(hub: RealHub):
    (line,) = told(hub, "en", report(attack_price(0.2, LIMITS).as_json())).attacks
    assert isinstance(line, Attack)
    assert "673 of every thousand pairs" in line.told


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_both_halves(hub: RealHub, lang: str):
    from flask import render_template

    weak = attack_all([page(drawn("|_T|F|M\nMAR|23|20|x"))], limits=replace(LIMITS, pinned=0)).as_json()
    with hub.app.test_request_context(f"/{lang}/methods"):
        made = tried(record(report(weak)), TITLES)
        text = render_template("tried.html", tried=made, flow=hub.house.book.dataflow("VICTIMS"))
    assert text.count("<li>") == len(weak["lines"])
    for badge in ("badge good", "badge bad", 'class="badge"'):
        assert badge in text
    assert TITLES["sex"].read(lang) in text
    assert "14" in text
    assert "7" in text


@pytest.mark.parametrize(
    ("lang", "title", "said"),
    [
        (
            "en",
            "What was not looked for",
            "circle: Age × Form of exploitation × Reporting committee&#39;s country. What they",
        ),
        (
            "fr",
            "Ce qui n'a pas été recherché",
            "boucle : Âge × Forme d&#39;exploitation × Pays du comité déclarant. Ce qu",
        ),
        ("ar", "ما لم يُبحث عنه", "حلقة: العمر × شكل الاستغلال × بلد اللجنة المبلِّغة. ما تقوله عن الأشخاص"),
    ],
)
def test_what_was_not_looked_for_is_said_on_the_page(hub: RealHub, lang: str, title: str, said: str):
    from flask import render_template

    open_ = [["AGE", "EXPLOITATION.EXG_LAB", "EXPLOITATION.EXG_SEX", "REF_AREA"]]
    checked = {"attacks": SOUND.as_json(), "open": open_}
    with hub.app.test_request_context(f"/{lang}/methods"):
        made = tried(record({"usefulness": {"sex": USE}, "checker": checked}), TITLES)
        text = render_template("tried.html", tried=made, flow=hub.house.book.dataflow("VICTIMS"))
        without = render_template("tried.html", tried=replace(made, open=()), flow=hub.house.book.dataflow("VICTIMS"))
    assert title in text
    assert said in text.replace("\u00a0", " ").replace("\u202f", " ")
    assert title not in without


@pytest.mark.parametrize(
    ("lang", "off", "unit"),
    [
        ("en", "off by up to 14<", "Activity or attendance, by measure"),
        ("fr", "erreur d'au plus 14<", "Activité ou participation, selon la mesure"),
        ("ar", "خطأ بما لا يزيد على 14<", "نشاط أو مشاركة، حسب ما يُعدّ"),
    ],
)
def test_what_is_no_person_is_not_called_one(hub: RealHub, lang: str, off: str, unit: str):
    from flask import render_template

    flow = hub.house.book.dataflow("ACTIVITIES")
    with hub.app.test_request_context(f"/{lang}/methods"):
        text = render_template("tried.html", tried=tried(record(report()), TITLES), flow=flow)
    assert off in text
    assert unit in text
