"""CSV and JSON say the same: a hidden cell has no value and says so, and nothing in a file can run."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import pytest

from amana.codebook.load import load
from amana.dissemination.as_json import render_json
from amana.dissemination.csv import render_csv
from amana.dissemination.notes import Note
from amana.dissemination.slice import Row, Slice, Source, Spread
from amana.dissemination.words import code_label, dimension_label
from support.smallbook import SMALL

SHOWN = Row("2022", ("F", "MAR"), 12, "A", margin=False)
ZERO = Row("2022", ("M", "MAR"), 0, "A", margin=False)
HIDDEN = Row("2022", ("_U", "MAR"), None, "Q", margin=False)
GONE = Row("2022", ("F", "SEN"), None, "L", margin=False)
TOTAL = Row("2022", ("_T", "MAR"), 14, "A", margin=True)
SLICE = Slice(
    "VICTIMS",
    ("SEX", "REF_AREA"),
    (TOTAL, SHOWN, ZERO, HIDDEN, GONE),
    (Source("2022", "rel_one", "b" * 64, "area-sex"),),
    (Note("note.hidden", {}),),
)


def test_csv_has_a_row_for_every_cell_and_the_status_says_why_there_is_no_figure():
    assert render_csv(SLICE, SMALL).decode() == (
        "DATAFLOW,TIME_PERIOD,SEX,REF_AREA,OBS_VALUE,OBS_STATUS,CONF_STATUS\r\n"
        "VICTIMS,2022,_T,MAR,14,A,F\r\n"
        "VICTIMS,2022,F,MAR,12,A,F\r\n"
        "VICTIMS,2022,M,MAR,0,A,F\r\n"
        "VICTIMS,2022,_U,MAR,,Q,C\r\n"
        "VICTIMS,2022,F,SEN,,L,\r\n"
    )


ESTIMATE = Row("2022", ("F", "MAR"), -1.5, "E", margin=False, spread=Spread(0.0, 2.42, 0.7))


def test_csv_gives_an_estimate_with_the_ends_of_its_interval_and_keeps_it_a_number():
    cells = replace(SLICE, rows=(ESTIMATE, GONE))
    assert render_csv(cells, SMALL).decode() == (
        "DATAFLOW,TIME_PERIOD,SEX,REF_AREA,OBS_VALUE,OBS_STATUS,CONF_STATUS,LOWER_95,UPPER_95,DISPLAY\r\n"
        "VICTIMS,2022,F,MAR,-1.5,E,F,0.0,2.42,0.7\r\n"
        "VICTIMS,2022,F,SEN,,L,,,,\r\n"
    )


def test_json_gives_an_estimate_with_its_spread_and_a_count_without():
    rows = json.loads(render_json(replace(SLICE, rows=(ESTIMATE, SHOWN)), SMALL, "en"))["rows"]
    assert rows[0]["spread"] == {"low": 0.0, "high": 2.42, "display": 0.7}
    assert (rows[0]["value"], rows[0]["status"]) == (-1.5, "E")
    assert "spread" not in rows[1]


def test_csv_may_carry_labels_in_the_readers_language():
    lines = list(csv.DictReader(io.StringIO(render_csv(SLICE, load(), "ar").decode())))
    assert [line["SEX_LABEL"] for line in lines][:2] == ["المجموع", load().codelists["CL_SEX"].code("F").label.ar]
    assert lines[4]["REF_AREA_LABEL"] == load().codelists["CL_COMMITTEE"].code("SEN").label.ar


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_can_run_in_a_spreadsheet(start):
    evil = replace(SLICE, rows=(replace(SHOWN, codes=(f"{start}cmd", "MAR")),))
    (line,) = list(csv.reader(io.StringIO(render_csv(evil, SMALL).decode(), newline="")))[1:]
    assert line[2] == f"'{start}cmd"


def test_json_has_null_where_there_is_no_figure_and_names_everything():
    said = json.loads(render_json(SLICE, SMALL, "en"))
    assert [
        (row["SEX"], row["value"], row["status"], row["confidentiality"], row["margin"]) for row in said["rows"]
    ] == [
        ("_T", 14, "A", "F", True),
        ("F", 12, "A", "F", False),
        ("M", 0, "A", "F", False),
        ("_U", None, "Q", "C", False),
        ("F", None, "L", "", False),
    ]
    assert said["count"] == 5
    assert said["unit"] == "registration"
    codes = {"MAR": "MAR", "SEN": "SEN"}
    assert said["dimensions"][1] == {"id": "REF_AREA", "label": "REF_AREA", "codes": codes, "parents": {}}
    source = {
        "period": "2022",
        "release": "rel_one",
        "bundle": "b" * 64,
        "cube": "area-sex",
        "vintage": 1,
        "least_count": None,
        "published": None,
    }
    assert said["sources"] == [source]
    assert "does not say that anybody" in said["notes"][0]["text"]


@pytest.mark.parametrize(
    ("named", "label"),
    [
        (None, "All others"),
        (["F"], "All but “F”, unknown included"),
        (["F", "_U"], "All but “F”"),
        (["F", "M"], "All but “F” and “M”, unknown included"),
        (["Y0T4", "Y5T11", "Y12T17"], "All others, unknown included"),
        (["Y0T4", "Y5T11", "Y12T17", "_U"], "All others"),
    ],
)
def test_a_rest_reads_as_all_but_what_the_plan_names(named, label):
    """Of women and whoever is none it holds every man: it is not the unknown, and says so."""
    dim = "AGE" if named and "Y0T4" in named else "SEX"
    assert code_label("VICTIMS", dim, "_O", SMALL, "en", named=named) == label
    assert len({code_label("VICTIMS", dim, "_O", SMALL, lang, named=named) for lang in ("ar", "fr", "en")}) == 3


def test_labels_cover_totals_rests_and_the_batchs_own_dimensions():
    assert code_label("VICTIMS", "FORM", "BEG:_O", SMALL, "fr") == "fr BEG: fr _O"
    assert code_label("VICTIMS", "SEX", "_T", SMALL, "en") == "_T"
    assert dimension_label("VICTIMS", "TIME_PERIOD", SMALL, "ar") == "ع TIME_PERIOD"
    assert dimension_label("VICTIMS", "SEX", SMALL, "en") == "SEX"
