"""A purpose is chosen with what it opens in sight; what it does not open leads back to the choice."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from urllib.parse import unquote

import pytest

from amana.wording.load import LANGUAGES
from support.hub import RealHub, real_hub
from support.published import contribution, publish, send
from support.running import small_policies

TABLE = "data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD="


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHub]:
    """Niger's figures, which are in 2022 and not in 2023, may be read for regional reports alone."""
    folder = tmp_path_factory.mktemp("purposes")
    policies = small_policies(folder)
    document = policies / "agreements" / "NER.toml"
    document.write_text(f'purposes = ["regional_reporting"]\n{document.read_text(encoding="utf-8")}', encoding="utf-8")
    with real_hub(folder, policies) as opened:
        for year, committees in (("2022", ("NER", "CIV", "MAR")), ("2023", ("TUN", "CIV", "MAR"))):
            for number, committee in enumerate(committees):
                send(opened, contribution(130 + 30 * number), committee, year)
        opened.work()
        for year in ("2022", "2023"):
            publish(opened, year)
        yield opened


WORDS = {
    "en": ("Open for it:", "Not open for it", "Choose another purpose", "What is allowed"),
    "fr": ("Ouvert à cette finalité :", "Pas ouvert à cette finalité", "Choisir une autre finalité", "permis"),
    "ar": ("متاح لهذا الغرض:", "غير متاح لهذا الغرض", "اختيار غرض آخر", "المسموح"),
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_choice_says_what_each_purpose_opens(hub: RealHub, lang: str) -> None:
    text = unescape(hub.browser("member").get(f"/{lang}/purpose").text)
    reports, research = text.split('value="research"')
    is_open, is_closed, *_ = WORDS[lang]
    assert "2022" in reports.partition(is_open)[2]
    assert is_closed not in reports
    before, closed = research.partition(is_closed)[::2]
    assert is_open in before
    assert "2023" in before
    assert "2022" in closed
    assert "2023" not in closed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_refusal_for_one_purpose_leads_to_the_choice_of_another_and_back(hub: RealHub, lang: str) -> None:
    browser = hub.browser("member", purpose="research")
    assert browser.get(f"/{lang}/{TABLE}2023").status_code == 200
    refused = browser.get(f"/{lang}/{TABLE}2022")
    assert refused.status_code == 403
    assert WORDS[lang][2] in refused.text
    address = f"/{lang}/purpose?next=/{lang}/{TABLE}2022"
    assert f'href="{address}"' in unquote(unescape(refused.text)).replace("%2C", ",")


def test_a_change_from_a_year_that_is_closed_is_refused_and_not_left_out(hub: RealHub) -> None:
    told = hub.api("member").get(f"/api/v1/{TABLE}2023&change=yes", headers={"Amana-Purpose": "research"})
    assert (told.status_code, told.json["code"]) == (403, "policy.refused")


def test_where_no_purpose_would_help_none_is_offered(hub: RealHub) -> None:
    """Somebody who may read no statistics is refused at once, and is not asked for what first."""
    for address in ("/en/data/", f"/en/{TABLE}2023"):
        refused = hub.browser("submitter", "MAR").get(address)
        assert refused.status_code == 403
        assert "Choose another purpose" not in refused.text
    told = hub.api("submitter", "MAR").get(f"/api/v1/{TABLE}2023")
    assert (told.status_code, told.json["code"]) == (403, "policy.refused")
    asked = hub.api("member").get(f"/api/v1/{TABLE}2023")
    assert (asked.status_code, asked.json["code"]) == (403, "access.purpose_needed")
