"""A codebook small enough to read whole, as files: tests break one line of it at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.codebook.load import load
from amana.codebook.model import Codebook

SMALL = {
    "concepts.toml": """
        [concepts]
        REF_AREA = { ar = "بلد", fr = "Pays", en = "Country" }
        [special]
        _T = { ar = "مجموع", fr = "Total", en = "Total" }
        _Z = { ar = "لا ينطبق", fr = "Sans objet", en = "Not applicable" }
        _U = { ar = "مجهول", fr = "Inconnu", en = "Unknown" }
        _O = { ar = "لا", fr = "Non", en = "Not" }
    """,
    "lists.toml": """
        [CL_AREA]
        ar = "بلدان"
        fr = "Pays"
        en = "Areas"
        levels = ["country", "region"]
        special = ["_U"]
        codes = [
          { id = "AFR", level = "region", storable = false, ar = "أفريقيا", fr = "Afrique", en = "Africa" },
          { id = "MAR", parent = "AFR", ar = "المغرب", fr = "Maroc", en = "Morocco" },
          { id = "TUN", parent = "AFR", ar = "تونس", fr = "Tunisie", en = "Tunisia" },
        ]
        [CL_FORM]
        ar = "أشكال"
        fr = "Formes"
        en = "Forms"
        levels = ["form"]
        multi = true
        codes = [
          { id = "BEG", ar = "تسول", fr = "Mendicité", en = "Begging" },
          { id = "LAB", ar = "سخرة", fr = "Travail", en = "Labour" },
        ]
    """,
    "variables.toml": """
        [WHO]
        kind = "pseudonym"
        label = { ar = "من", fr = "Qui", en = "Who" }
        definition = { ar = "من هو", fr = "Qui est-ce", en = "Who it is" }
        [WHERE]
        kind = "coded"
        list = "CL_AREA"
        label = { ar = "أين", fr = "Où", en = "Where" }
        definition = { ar = "أين كان", fr = "Où c'était", en = "Where it was" }
        [WHAT]
        kind = "multi"
        list = "CL_FORM"
        label = { ar = "ماذا", fr = "Quoi", en = "What" }
        definition = { ar = "ماذا كان", fr = "Ce que c'était", en = "What it was" }
    """,
    "dataflows.toml": """
        [PERSONS]
        label = { ar = "أشخاص", fr = "Personnes", en = "Persons" }
        unit = { ar = "شخص", fr = "Personne", en = "Person" }
        period = { ar = "سنة", fr = "Année", en = "Year" }
        personal = true
        contribution = "records"
        required = ["WHO", "WHAT"]
        optional = ["WHERE"]
        [TABLES]
        label = { ar = "جداول", fr = "Tableaux", en = "Tables" }
        unit = { ar = "عدد", fr = "Nombre", en = "Count" }
        period = { ar = "سنة", fr = "Année", en = "Year" }
        personal = false
        contribution = "tables"
        required = ["WHERE", "WHAT"]
        optional = []
        single = ["WHAT"]
    """,
    "committees.toml": """
        [CL_COMMITTEE]
        ar = "اللجان"
        fr = "Comités"
        en = "Committees"
        levels = ["country", "sub_region"]
        codes = [
          { id = "MAR", ar = "المغرب", fr = "Maroc", en = "Morocco" },
          { id = "TUN", ar = "تونس", fr = "Tunisie", en = "Tunisia" },
          { id = "NORTH", level = "sub_region", storable = false, ar = "الشمال", fr = "Nord", en = "North" },
          { id = "SOUTH", level = "sub_region", storable = false, ar = "الجنوب", fr = "Sud", en = "South" },
        ]
    """,
    "sub_regions.toml": """
        MAR = [{ code = "SOUTH", from = 2000-01-01, until = 2021-12-31 }, { code = "NORTH", from = 2022-01-01 }]
        TUN = [{ code = "NORTH", from = 2000-01-01 }]
    """,
    "crosswalks.toml": """
        [schemes]
        IC-TIP = "never seen"
        HTCDS = "seen"
        [[crosswalk]]
        scheme = "HTCDS"
        codelist = "CL_FORM"
        confidence = "C"
        codes = { BEG = "ForcedBegging" }
    """,
    "examples.toml": """
        [[PERSONS]]
        WHERE = "TUN"
        yes = ["LAB"]
        [[PERSONS]]
        yes = []
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SMALL.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def small(folder: Path) -> Codebook:
    return load(folder)


@pytest.fixture(scope="session")
def book() -> Codebook:
    """Our own codebook."""
    return load()
