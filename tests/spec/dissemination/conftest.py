from __future__ import annotations

import pytest

from support.bundles import Shop
from support.smallbook import plan, records

PEOPLE = {
    "MAR": [("F", "Y0T4", "REC", "SEX_PRO BEG")] * 3
    + [("M", "Y_GE18", "NONE", "BEG")] * 2
    + [("F", "_U", "_U", "UNK")],
    "TUN": [("M", "Y_GE18", "_U", "BEG")] * 4,
}


def people(committee: str):
    return [
        {"VICTIM_STATUS": "IDENT", "SEX": sex, "AGE": age, "ICT": ict, "FORM": set(forms.split())}
        for sex, age, ict, forms in PEOPLE[committee]
    ]


@pytest.fixture
def shop(tmp_path) -> Shop:
    """Six persons of Morocco, four of Tunisia, who collected nothing about ICT; nothing from Senegal; marks below 2."""
    declared = plan(
        tmp_path,
        'id = "area-sex"\nby = ["REF_AREA", "SEX"]',
        'id = "sex-age"\nby = ["SEX", "AGE"]\nlevels = { AGE = "band" }',
        'id = "area-sex-age"\nby = ["REF_AREA", "SEX", "AGE"]\nlevels = { AGE = "majority" }',
        'id = "area-form"\nby = ["REF_AREA", "FORM"]\nlevels = { FORM = "group" }',
        'id = "area-ict"\nby = ["REF_AREA", "ICT"]',
        'id = "minors"\nby = ["ICT"]\nfilter.AGE = "Y_LT18"',
    )
    return Shop(tmp_path, declared)


@pytest.fixture
def batches():
    return [records(people("MAR"), "MAR"), records(people("TUN"), "TUN", frozenset({"ICT"}))]


@pytest.fixture
def open_shop(shop, batches) -> Shop:
    """The shop with 2022 published."""
    shop.publish(batches)
    return shop
