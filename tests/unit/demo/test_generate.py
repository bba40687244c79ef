"""The demo's files: the published margins exactly, everything valid, and nobody could take them for real."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from amana.codebook.load import load
from amana.codebook.model import OBS_VALUE, Codebook, Kind
from amana.demo.generate import main, write_all
from amana.demo.synthetic.figures import load as load_figures

Rows = list[dict[str, str]]
Read = Callable[[str], Rows]

GROUPS = {
    "sexual": ("EXP_SEX", "EXP_SEX_PRO", "EXP_SEX_PORN", "EXP_SEX_RMT", "EXP_SEX_PRV"),
    "labour": ("EXP_LAB", "EXP_LAB_DOM", "EXP_LAB_CHD"),
    "slavery-like": ("EXP_SVT", "EXP_SLV", "EXP_DBT"),
    "begging": ("EXP_BEG",),
    "criminality": ("EXP_CRM",),
    "adoption": ("EXP_ADO",),
    "not known": ("EXP_UNK",),
}


@pytest.fixture(scope="module")
def book() -> Codebook:
    return load()


def minor(age: str) -> bool:
    return int(age) < 18 if age.isdigit() else age in {"Y0T4", "Y5", "Y6T8", "Y9T11", "Y12T17", "Y_LT18"}


def identified(rows: Rows) -> Rows:
    return [row for row in rows if row["VICTIM_STATUS"] == "IDENT"]


def who(rows: Rows) -> dict[str, int]:
    names = {("F", True): "girls", ("F", False): "women", ("M", True): "boys", ("M", False): "men"}
    return dict(Counter(names[row["SEX"], minor(row["AGE"])] for row in rows))


def mentions(rows: Rows) -> dict[str, int]:
    counted = {group: sum(any(row[f] == "1" for f in forms) for row in rows) for group, forms in GROUPS.items()}
    return {group: count for group, count in counted.items() if count}


def test_morocco_2022_is_as_printed(rows: Read) -> None:
    people = identified(rows("MAR-VICTIMS-2022"))
    assert len(people) == 166
    assert who(people) == {"men": 43, "boys": 26, "women": 39, "girls": 58}
    assert sum(row["CITIZENSHIP"] != "MAR" for row in people) == 10
    forms = mentions(people)
    assert forms == {"sexual": 101, "labour": 27, "begging": 4, "slavery-like": 45, "criminality": 8}
    assert sum(forms.values()) == 185  # more mentions than persons


def test_morocco_2024_is_as_printed(rows: Read) -> None:
    people = identified(rows("MAR-VICTIMS-2024"))
    assert len(people) == 269
    assert sum(minor(row["AGE"]) for row in people) == 94
    assert sum(row["AREA_EXPLOITATION"] != "MAR" for row in people) == 54


def test_tunisia_2022_is_as_printed(rows: Read) -> None:
    people = identified(rows("TUN-VICTIMS-2022"))
    assert len(people) == 560
    assert sum(count for kind, count in who(people).items() if kind != "men") == 488
    citizens = Counter(row["CITIZENSHIP"] for row in people)
    assert (560 - citizens["TUN"], citizens["CIV"], len(citizens)) == (410, 372, 14)
    assert mentions(people) == {
        "sexual": 47,
        "labour": 349,
        "slavery-like": 94,
        "begging": 57,
        "criminality": 3,
        "adoption": 4,
        "not known": 6,
    }


def test_the_others_are_as_printed_where_anything_was(rows: Read) -> None:
    ivorian = mentions(identified(rows("CIV-VICTIMS-2022")))
    assert (ivorian["sexual"], ivorian["labour"]) == (419, 766)
    algerian = identified(rows("DZA-VICTIMS-2022"))
    assert (who(algerian)["men"], sum(minor(row["AGE"]) for row in algerian)) == (31, 3)
    nigerien = identified(rows("NER-VICTIMS-2022"))
    assert sum(row["SEX"] == "F" for row in nigerien) == 92  # 69 % of 133
    assert sum(row["CITIZENSHIP"] == "NGA" for row in nigerien) == 74  # 56 %


@pytest.mark.parametrize("period", ["2022", "2023", "2024"])
def test_a_year_has_about_2600_identified_victims_in_eight_committees(
    files: list[Path], rows: Read, period: str
) -> None:
    names = [path.stem for path in files if path.stem.endswith(f"-VICTIMS-{period}")]
    assert len(names) == 8
    assert sum(len(identified(rows(name))) for name in names) == pytest.approx(2600, rel=0.03)


def test_there_are_10000_children_of_the_published_ages(files: list[Path], rows: Read) -> None:
    names = [path.stem for path in files if "-CHILDREN-" in path.stem]
    assert sum(len(rows(name)) for name in names) == 10_000
    moroccan = [row for row in rows("MAR-CHILDREN-2024") if row["AGE"] != "Y_LT18"]
    boys = sum(row["SEX"] == "M" and int(row["AGE"]) >= 12 for row in moroccan) / len(moroccan)
    assert boys == pytest.approx(1246 / 5222, abs=0.01)  # UNHCR: boys of 12-17 among all children
    girls = sum(row["SEX"] == "F" and int(row["AGE"]) >= 12 for row in moroccan) / len(moroccan)
    assert boys > 2 * girls


def test_justice_in_morocco_is_as_printed(rows: Read) -> None:
    table = rows("MAR-JUSTICE-2022")
    stages: Counter[str] = Counter()
    for row in table:
        stages[row["STAGE"]] += int(row["OBS_VALUE"])
    assert stages == {"OFFENCES": 120, "PROSECUTED": 149, "CONVICTED": 101}
    convicted: Counter[str] = Counter()
    for row in rows("MAR-JUSTICE-2024"):
        for dimension in ("SEX", "NATIONALITY", "ARTICLE"):
            convicted[row[dimension]] += int(row["OBS_VALUE"])
    assert (convicted["M"], convicted["F"]) == (76, 44)
    assert (convicted["NATIONAL"], convicted["FOREIGN"]) == (113, 7)
    assert convicted["SMUGGLING"] == 18


def test_a_campaign_counts_those_who_came(rows: Read) -> None:
    came = Counter[str]()
    for row in rows("MAR-ACTIVITIES-2024"):
        if row["MEASURE"] == "PARTICIPANTS" and row["AUDIENCE"] != "BORDER":
            came[row["ACTIVITY"]] += int(row["OBS_VALUE"])
    assert came == {"AWARENESS": 150, "TRAINING": 90}


def test_every_cell_of_every_file_is_known_to_the_codebook(files: list[Path], rows: Read, book: Codebook) -> None:
    for path in files:
        flow = book.dataflow(path.stem.split("-")[1])
        table = rows(path.stem)
        columns = [column for column in flow.columns(book) if column.name in table[0]]
        assert list(table[0]) == [column.name for column in columns]  # canonical order
        assert {column.name for column in flow.columns(book) if column.required} <= set(table[0])
        for column in columns:
            cells = {row[column.name] for row in table}
            if column.code is not None:
                assert cells <= {"0", "1", "_U"}
            elif column.name == OBS_VALUE:
                assert all(cell.isdigit() and cell != "0" for cell in cells)
            elif column.name == "AGE":
                codes = book.list_of(flow.variable("AGE")).storable
                assert {cell for cell in cells if not cell.isdigit()} <= {*codes, "Y_LT18", "Y_GE18"}
                assert all(0 <= int(cell) <= 120 for cell in cells if cell.isdigit())
            elif flow.variable(column.variable).kind is Kind.CODED:
                assert cells <= set(book.list_of(flow.variable(column.variable)).storable), (path.stem, column.name)
            else:
                assert all(len(cell) == 64 and set(cell) <= set("0123456789abcdef") for cell in cells)


def test_a_person_has_a_form_of_exploitation_or_it_is_not_known(files: list[Path], rows: Read, book: Codebook) -> None:
    forms = book.codelists["CL_EXPLOITATION"].storable
    for path in files:
        for row in rows(path.stem) if "-VICTIMS-" in path.stem else ():
            said = {form for form in forms if row[form] == "1"}
            assert said
            assert said == {"EXP_UNK"} or "EXP_UNK" not in said


def test_no_person_is_sent_without_a_basis_or_twice(files: list[Path], rows: Read) -> None:
    seen: set[str] = set()
    for path in files:
        table = rows(path.stem)
        if "PSEUDONYM" not in table[0]:
            continue
        names = {row["PSEUDONYM"] for row in table}
        assert len(names) == len(table)
        assert not names & seen
        seen |= names
        for row in table:
            assert (row["CONSENT_REPORTING"], row["LEGAL_BASIS"] == "CONSENT") in {("YES", True), ("_Z", False)}


def test_a_committee_names_its_own_territories_only(files: list[Path], rows: Read, book: Codebook) -> None:
    territories = book.codelists["CL_TERRITORY"]
    for path in files:
        committee, table = path.stem.split("-")[0], rows(path.stem)
        for code in {row["TERRITORY"] for row in table if "TERRITORY" in row} - {"_U"}:
            assert territories.ancestors(code) == (committee,)


def test_the_files_are_as_untidy_as_real_ones(files: list[Path], rows: Read) -> None:
    victims = {path.stem: rows(path.stem) for path in files if "-VICTIMS-" in path.stem}
    headers = {frozenset(table[0]) for table in victims.values()}
    assert len(headers) > 3  # committees do not collect the same
    presumed = sum(len(table) - len(identified(table)) for table in victims.values())
    assert presumed > 500
    everyone = [row for table in victims.values() for row in table]
    for column, least in (("RECRUITER", 0.1), ("ICT_FACILITATION", 0.1), ("AREA_EXPLOITATION", 0.001)):
        unknown = [row[column] == "_U" for row in everyone if column in row]
        assert least < sum(unknown) / len(unknown) < 0.3
    cells = Counter((row["SEX"], row["CITIZENSHIP"], row["ROUTE"]) for row in victims["MAR-VICTIMS-2022"])
    assert sum(count < 5 for count in cells.values()) > len(cells) / 2  # most cells are small


def test_who_is_exploited_how_is_not_chance_alone(rows: Read) -> None:
    people = [row for period in ("2022", "2023", "2024") for row in identified(rows(f"EGY-VICTIMS-{period}"))]

    def share(sex: str, forms: tuple[str, ...]) -> float:
        of_that_sex = [row for row in people if row["SEX"] == sex]
        return sum(any(row[form] == "1" for form in forms) for row in of_that_sex) / len(of_that_sex)

    assert share("F", GROUPS["sexual"]) > 2 * share("M", GROUPS["sexual"])
    assert share("M", GROUPS["labour"]) > share("F", GROUPS["labour"])


def test_a_child_with_its_parents_is_not_separated(rows: Read) -> None:
    for row in rows("TUN-CHILDREN-2024"):
        accompanied = row["CHILD_STATUS"] == "ACCOMPANIED"
        assert (row["SEPARATION_CAUSE"] == "_Z") == accompanied
        assert not (row["CHILD_STATUS"] == "UNACCOMPANIED" and row["CARE"] in {"PARENTS", "KINSHIP"})


def test_channels_follow_facilitation(rows: Read) -> None:
    for row in rows("CIV-VICTIMS-2023"):
        channels = {row[code] for code in row if code.startswith("ICT_") and code != "ICT_FACILITATION"}
        if row["ICT_FACILITATION"] == "NONE":
            assert channels == {"0"}
        elif row["ICT_FACILITATION"] == "_U":
            assert channels == {"_U"}


def test_the_same_seed_writes_the_same_bytes_and_the_command_names_them(
    files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--seed", "7"]) == 0
    again = sorted(tmp_path.glob("*.csv"))
    assert capsys.readouterr().out.splitlines() == [str(path) for path in again]
    assert [path.name for path in again] == [path.name for path in files]
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(again, files, strict=True))


def test_another_seed_writes_other_persons(files: list[Path], tmp_path: Path) -> None:
    other = write_all(tmp_path, seed=8)
    differ = [one.name for one, two in zip(files, other, strict=True) if one.read_bytes() != two.read_bytes()]
    assert len([name for name in differ if "-VICTIMS-" in name or "-CHILDREN-" in name]) == 32


def test_the_folder_says_in_three_languages_that_nobody_is_in_it(files: list[Path]) -> None:
    told = (files[0].parent / "README.txt").read_text(encoding="utf-8")
    for words in ("SYNTHETIC DATA", "DONNÉES SYNTHÉTIQUES", "بيانات اصطناعية"):
        assert words in told


def test_every_figure_says_where_it_comes_from_or_that_it_is_assumed() -> None:
    import tomllib

    from amana.demo.synthetic.figures import DATA

    figures = tomllib.loads((DATA / "figures.toml").read_text(encoding="utf-8"))
    for row in (*figures["victims"], *figures["justice"], *figures["activities"]):
        assert row["confidence"] in {"C", "D", "A"}
        assert ("source" in row) == (row["confidence"] in {"C", "D"}), row["committee"]
        assert "note" in row or row["confidence"] == "C"


def test_the_figures_add_up() -> None:
    for one in load_figures().victims:
        assert sum(one.who.values()) == one.victims, one.committee
        assert sum(one.citizenship.values()) == one.victims, one.committee
        assert sum(one.forms.values()) >= one.victims, one.committee


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    """Python shuffles its sets anew in each process: nothing that is drawn may depend on their order."""
    found = []
    for shuffle in ("1", "2"):
        folder = tmp_path / shuffle
        subprocess.run(
            [sys.executable, "-m", "amana.demo.generate", str(folder)],
            env={"PYTHONHASHSEED": shuffle}, capture_output=True, check=True,
        )  # fmt: skip
        found.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.csv")})
    assert found[0] == found[1]
