"""Words: every sentence, state, role and event has three languages, and Arabic has its six plurals."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from amana.audit.events import vocabulary
from amana.audit.events.event import OUTCOMES
from amana.config import HOME
from amana.intake.states import BatchState
from amana.policy.decide import ROLES
from amana.release.states import ReleaseState
from amana.wording.load import codes
from support.hub import RealHub

WEB = HOME / "platform" / "amana" / "web"


def catalogue(language: str):
    return read_po(io.BytesIO((WEB / "translations" / language / "LC_MESSAGES" / "messages.po").read_bytes()))


def messages() -> set[str | tuple[str, ...]]:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(str(WEB), methods, keywords={**DEFAULT_KEYWORDS, "msgid": None})
    return {message for _, _, message, _, _ in found}


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_every_message_of_the_pages_is_translated_and_none_is_left_over(language: str) -> None:
    translated = {message.id for message in catalogue(language) if message.id and all(message.string or ("",))}
    assert translated == messages()


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_a_translation_keeps_what_is_filled_in(language: str) -> None:
    for message in catalogue(language):
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        named = set(re.findall(r"%\(\w+\)s", " ".join(ids)))
        assert all(set(re.findall(r"%\(\w+\)s", one)) == named for one in texts), message.id


@pytest.mark.parametrize(
    ("count", "form"),
    [(0, "لا جداول"), (1, "جدول واحد"), (2, "جدولان"), (3, "3 جداول"), (11, "11 جدولاً"), (100, "100 جدول")],
)
def test_arabic_counts_in_six_ways(hub: RealHub, count: int, form: str) -> None:
    from flask_babel import ngettext

    with hub.app.test_request_context("/ar/methods"):
        assert ngettext("%(num)d table", "%(num)d tables", count) == form


def test_whatever_has_a_name_has_it_in_words() -> None:
    named = {f"event.{kind}" for kind in vocabulary.WORDS}
    named |= {f"outcome.{outcome}" for outcome in OUTCOMES}
    named |= {f"role.{role}" for role in (*ROLES, "process", "none")}
    named |= {f"state.{state}" for state in (*BatchState, *ReleaseState)}
    assert named <= codes()


def test_the_wording_of_the_door_is_in_three_languages() -> None:
    wording = tomllib.loads(Path(HOME / "platform/amana/wording/web.toml").read_text(encoding="utf-8"))
    assert all(sorted(texts) == ["ar", "en", "fr"] and all(texts.values()) for texts in wording.values())


def test_figures_have_latin_digits_and_days_no_hidden_marks(hub: RealHub) -> None:
    from amana.web.locale import day, moment, number

    with hub.app.test_request_context("/ar/methods"):
        assert (number(12345), number(12.5)) == ("12\u202f345", "12,5")
        assert day(hub.clock.at) == "21 نوفمبر 2026"
        assert "\u200f" not in moment(hub.clock.at)
    with hub.app.test_request_context("/fr/methods"):
        assert number(12345) == "12\u202f345"


def test_the_language_switch_stays_on_the_page(hub: RealHub) -> None:
    page = hub.app.test_client().get("/fr/dictionary/VICTIMS?x=1").text
    assert 'href="/ar/dictionary/VICTIMS?x=1"' in page
    assert '<html lang="fr" dir="ltr">' in page
    assert '<html lang="ar" dir="rtl">' in hub.app.test_client().get("/ar/methods").text


def test_the_front_door_follows_the_browsers_language(hub: RealHub) -> None:
    answer = hub.app.test_client().get("/", headers={"Accept-Language": "fr-MA, ar;q=0.5"})
    assert answer.headers["Location"] == "/fr/open"
