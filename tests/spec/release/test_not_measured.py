"""A plan with noise that says about how many persons there are: tables in which they would drown are not measured.

Two committees with 500 persons in all, and four tables: country by sex by age, and each two of the three.
"""

from __future__ import annotations

import csv
import io
import json
from random import Random

import pytest
import python_calamine

from amana.disclosure.attacks.report import Limits
from amana.disclosure.clear import clear_with_noise
from amana.disclosure.noise.reconstruct import covariance
from amana.disclosure.noise.weights import plan_by_size
from amana.disclosure.ratio import share
from amana.disclosure.table import Status
from amana.dissemination.as_json import render_json
from amana.dissemination.bundle import open_bundle, write
from amana.dissemination.csv import render_csv, render_for_excel
from amana.dissemination.indicators import Shares, change, figure_at, told
from amana.dissemination.slice import of_cube
from amana.dissemination.xlsx import Printed, Taken, render_xlsx
from amana.plans.plan import load_plan
from amana.tabulation.tabulate import assemble, tabulate
from support.bundles import KEY, MEMBERS, about
from support.policy_folder import PolicyFolder
from support.smallbook import SMALL, plan_text, records
from support.vaulted import BOOK, Hub

CODES = {"REF_AREA": "", "SEX": 'SEX = ["F"]', "AGE": 'AGE = ["Y_LT18"]'}
ASKED = {"REF_AREA": ("_T", "MAR"), "SEX": ("_T", "F"), "AGE": ("_T", "Y_LT18")}
RHO = 0.0015
LIMITS = Limits(
    asks=10, thorough=1, guesses=3, pinned=300, dominated=300, faces=4, tries=4, narrowed=300, auc=750, caught=80
)
MEASURED = """
    country sex age
    _T  _T  _T      measured
    _T  _T  Y_LT18  measured
    _T  F   _T      measured
    _T  F   Y_LT18  measured
    MAR _T  _T      measured
    MAR _T  Y_LT18  measured
    MAR F   _T      measured
    MAR F   Y_LT18  {}
"""


def cube(*by: str) -> str:
    codes = ", ".join(CODES[name] for name in by if CODES[name])
    return f'id = "{"-".join(name[-3:].lower() for name in by)}"\nby = {json.dumps(by)}\ncodes = {{ {codes} }}'


CUBES = (
    cube("REF_AREA", "SEX", "AGE"),
    cube("REF_AREA", "SEX"),
    cube("REF_AREA", "AGE"),
    cube("SEX", "AGE"),
)


def batch(committee: str, persons: int):
    rng = Random(committee)
    people = [
        {"VICTIM_STATUS": "IDENT", "SEX": rng.choice("FM"), "AGE": rng.choice(["Y12T17", "Y30T38"])}
        for _ in range(persons)
    ]
    return records(people, committee, book=BOOK)


def planned(folder, said: str):
    path = folder / "small.toml"
    text = plan_text(*CUBES).replace('"suppress"', '"dp"')
    path.write_text(f'epsilon = "2"\n{said}\n{text}', encoding="utf-8")
    return load_plan(path, BOOK)


def built(database, folder, said: str):
    hub = Hub(database, folder, planned(folder, said), PolicyFolder(folder / "policies").load())
    hub.hold(batch("MAR", 260))
    hub.hold(batch("TUN", 240), plan=hub.plan)
    row = hub.built()
    assert row["state"] == "BUILT", row["reason"]
    return row, open_bundle(hub.works.bundles, row["candidate"], (KEY.public_key(),))


def drawing(bundle) -> str:
    words = {"E": "measured", "O": "only an idea"}
    lines = [f"{' '.join(row.codes)} {words[row.status]}" for row in of_cube(bundle, "rea-sex-age", ASKED).rows]
    return "\n".join(["country sex age", *lines])


def drawn(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())


def test_without_the_key_everything_is_measured(database, tmp_path):
    _, bundle = built(database, tmp_path, "")
    assert drawing(bundle) == drawn(MEASURED.format("measured"))
    assert bundle.noisy.weights == {}


def test_where_enough_persons_are_said_to_be_everything_is_measured(database, tmp_path):
    _, bundle = built(database, tmp_path, "persons = 1000000")
    assert drawing(bundle) == drawn(MEASURED.format("measured"))


def test_committees_that_sent_nothing_are_no_cells_in_which_they_could_drown(database, tmp_path):
    """All members have a row; 500 persons fall on the cells of the two that sent."""
    _, bundle = built(database, tmp_path, "persons = 500")
    assert drawing(bundle) == drawn(MEASURED.format("measured"))


def test_the_cells_of_a_table_in_which_they_would_drown_are_not_measured_and_its_margins_are(database, tmp_path):
    row, bundle = built(database, tmp_path, "persons = 100")
    assert drawing(bundle) == drawn(MEASURED.format("only an idea"))
    assert {name for name, weight in bundle.noisy.weights.items() if not weight} == {"rea-sex-age"}
    report = json.loads(row["report"])
    assert report["checker"]["attacks"]["passed"]
    useful = report["usefulness"]["rea-sex-age"]
    assert useful["shown"] < useful["cells"]
    assert useful["shown"] == int((bundle.status["rea-sex-age"] == Status.SHOWN).sum())
    assert report["cells"] - report["shown"] == useful["cells"] - useful["shown"]
    line = list(csv.DictReader(io.StringIO(render_csv(of_cube(bundle, "rea-sex-age", ASKED), SMALL).decode())))[-1]
    assert (line["OBS_VALUE"], line["OBS_STATUS"]) == ("", "O")


def cleared(folder, said: str):
    """The same without a hub around it."""
    plan = planned(folder, said)
    raw = assemble([tabulate(batch(*one), plan, BOOK) for one in (("MAR", 260), ("TUN", 240))], plan, MEMBERS, BOOK)
    table = clear_with_noise(raw, plan_by_size(raw.cubes, RHO, plan.persons, raw.absent), 0.1, LIMITS)
    return open_bundle(folder, write(table, about(plan), folder, KEY), (KEY.public_key(),))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return cleared(tmp_path_factory.mktemp("drowned"), "persons = 500")


@pytest.fixture(scope="module")
def cells(bundle):
    return of_cube(bundle, "rea-sex-age", ASKED)


def test_what_is_saved_makes_the_other_figures_surer_on_the_whole(bundle, tmp_path):
    everything = cleared(tmp_path, "")
    spread, before = (
        sum(each.noisy.variance[name][1:, 1:].sum() for name in ("rea-sex", "rea-age", "sex-age"))
        for each in (bundle, everything)
    )
    assert spread < before


def test_a_reader_gets_no_value_and_no_interval_but_an_estimate_to_look_at(cells):
    row = cells.rows[-1]
    assert (row.value, row.status, row.spread.low, row.spread.high) == (None, "O", None, None)
    assert 0 < row.spread.display < 250


def test_json_says_null_and_never_infinity(cells):
    said = json.loads(render_json(cells, SMALL, "en"), parse_constant=pytest.fail)
    row = said["rows"][-1]
    assert (row["value"], row["status"], row["confidentiality"]) == (None, "O", "F")
    assert row["spread"] == {"low": None, "high": None, "display": cells.rows[-1].spread.display}


def test_csv_leaves_the_value_and_the_ends_empty(cells):
    line = list(csv.DictReader(io.StringIO(render_csv(cells, SMALL).decode())))[-1]
    assert (line["OBS_VALUE"], line["OBS_STATUS"], line["CONF_STATUS"]) == ("", "O", "F")
    assert (line["LOWER_95"], line["UPPER_95"], line["DISPLAY"]) == ("", "", str(cells.rows[-1].spread.display))


@pytest.mark.parametrize(
    ("language", "mark"), [("en", "(≈) only an idea"), ("fr", "(≈) ordre de grandeur"), ("ar", "(≈) للاطلاع فقط")]
)
def test_for_excel_the_mark_stands_in_words(cells, language, mark):
    text = render_for_excel(cells, SMALL, language).decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text), delimiter=";"))[-1]["MARK"] == mark
    raw = render_xlsx(cells, Printed("", "", (), None, (), ()), SMALL, language, Taken(""))
    sheet = python_calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(1).to_python()
    value = sheet[-1][7:]
    assert value[:5] == ["", mark, "O", "", ""]
    assert value[5] == cells.rows[-1].spread.display


def test_no_format_writes_what_is_no_number(cells):
    texts = [render_csv(cells, SMALL), render_for_excel(cells, SMALL, "en"), render_json(cells, SMALL, "en")]
    for text in texts:
        assert not {b"inf", b"Infinity", b"nan", b"NaN"} & set(text.replace(b",", b" ").replace(b";", b" ").split())


def test_shares_and_changes_of_it_are_unreliable_and_no_number(bundle):
    table = bundle.cube("rea-sex-age")
    nothing = {"value": None, "lower": None, "upper": None, "status": "unreliable"}
    shares = Shares(bundle, table, "SEX")
    assert vars(told(shares.at((1, 1, 1)))) == nothing
    unmeasured, measured = (figure_at(bundle, table, index) for index in ((1, 1, 1), (1, 1, 0)))
    assert vars(told(change(unmeasured, measured))) == nothing
    assert vars(told(change(measured, unmeasured))) == nothing
    assert told(change(measured, measured)).value == 0


def test_a_share_of_what_was_measured_knows_the_weights_that_the_noise_was_planned_with(bundle):
    """The noise that a part and its total share is in proportion to the weights, which the manifest tells."""
    absent = {name: states == Status.NOT_COLLECTED for name, states in bundle.status.items()}
    design = plan_by_size(bundle.cubes, RHO, 500, absent)
    part, whole = (1, 1), (1, 0)
    both = covariance(design, ("rea-sex", part), ("rea-sex", whole))
    expected = share(*(figure_at(bundle, bundle.cube("rea-sex"), index) for index in (part, whole)), both)
    found = Shares(bundle, bundle.cube("rea-sex"), "SEX").at(part)
    assert (found.lower, found.upper) == pytest.approx((expected.lower, expected.upper), rel=1e-9)
