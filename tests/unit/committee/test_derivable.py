"""``amana audit release``: what anybody, and a committee with its own records, can derive from bundles on a disk."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amana.codebook.load import load
from amana.command.audit import command
from amana.committee.documents import Documents
from amana.committee.package import About
from amana.committee.prepare import counted
from amana.config import HOME
from amana.disclosure.checker import closest, knots
from amana.disclosure.table import _CLEARANCE, Axis, ClearedTable, Cube, Node, RawTable
from amana.dissemination.bundle import write as write_bundle
from amana.plans.plan import load_plans
from amana.tabulation.counts_file import render_counts
from amana.tabulation.tabulate import assemble
from support.bundles import KEY, NOON, about, noised
from support.contributions import row, write
from support.drawn import Drawing, drawn

PLAN = load_plans(HOME / "policies" / "releases", load())["victims-annual"]
DOCUMENTS = Documents(HOME / "policies")
MEMBERS = ("MAR", "TUN")
SAFE = """
        | _T | F  | M
    _T  | 90 | 50 | 40
    MAR | 40 | x  | x
    TUN | 30 | x  | x
    EGY | 20 | x  | x  """
LEAKY = SAFE.replace("| 30 | x  | x", "| 30 | 22 | x")


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.pub.pem"
    path.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def bundle(folder: Path, *drawings: Drawing, **said: Any) -> Path:
    folder.mkdir(exist_ok=True)
    names = {each.cube.id: each for each in drawings}
    values = {name: each.values for name, each in names.items()}
    status = {name: each.status for name, each in names.items()}
    cubes = tuple(each.cube for each in drawings)
    cleared = ClearedTable(cubes, values, status, "suppress", 5, zeros_hidden=True, report={}, _proof=_CLEARANCE)
    titles = dict.fromkeys(names, PLAN.title)
    return folder / write_bundle(cleared, about(PLAN, cube_titles=titles, members=MEMBERS, **said), folder, KEY)


def by_sex(folder: Path, text: str = SAFE, **said: Any) -> Path:
    return bundle(folder, drawn(text, ("REF_AREA", "SEX"), "sex"), **said)


def run(*words: object, lang: str = "en") -> Result:
    return CliRunner().invoke(command, ["release", *map(str, words), "--lang", lang])


def test_a_sound_bundle_ends_with_0_and_names_its_narrowest_cell(tmp_path: Path, key: Path) -> None:
    told = run(by_sex(tmp_path / "b"), "--key", key)
    assert told.exit_code == 0, told.output
    assert "Sound: a reader who knows only what is published can derive no hidden cell" in told.output
    assert "[EGY, F]; it can be told to be from 0 to 20, and no more closely." in told.output


@pytest.mark.parametrize(("lang", "words"), [("fr", "La recherche s'est"), ("ar", "توقّف البحث"), ("en", "ended early")])
def test_a_search_that_ended_early_does_not_name_the_closest_cell(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    monkeypatch.setattr(closest, "_MOST", 0)
    assert words in run(by_sex(tmp_path / "b"), "--key", key, lang=lang).output


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "circle: Age × Reporting committee's country × Sex."),
        ("fr", "boucle : Âge × Pays du comité déclarant × Sexe."),
        ("ar", "حلقة: العمر × بلد اللجنة المبلِّغة × الجنس."),
    ],
)
def test_what_is_too_large_to_be_looked_for_is_said(
    tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch, lang: str, words: str
) -> None:
    """The third table is in an older bundle: it makes no difference."""
    sexes, ages = (SAFE.replace("x", "10"), SAFE.replace("x", "10").replace("F ", "Y_LT18").replace("| M", "| Y_GE18"))
    made = bundle(tmp_path / "b", drawn(sexes, ("REF_AREA", "SEX"), "sex"), drawn(ages, ("REF_AREA", "AGE"), "age"))
    both = "|_T|Y_LT18|Y_GE18\n_T|90|50|40\nF|50|x|x\nM|40|x|x"
    older = bundle(tmp_path / "b", drawn(both, ("SEX", "AGE"), "both"), built_at=NOON - timedelta(days=1))
    assert words not in run(older, made, "--key", key, lang=lang).output.replace("\u00a0", " ")
    monkeypatch.setattr(knots, "_MOST", 11)
    told = run(older, made, "--key", key, lang=lang)
    assert words in told.output.replace("\u00a0", " ").replace("\u202f", " ").replace("\n", " ")
    said = json.loads(run(older, made, "--key", key, "--json").stdout)
    assert said["open"] == [["AGE", "REF_AREA", "SEX"]]
    assert json.loads(run(made, "--key", key, "--json").stdout)["open"] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "Cells collected: 12, hidden: 6."),
        ("fr", "Cellules collectées : 12, dont masquées : 6."),
        ("ar", "الخلايا المجموعة: 12، المحجوبة منها: 6."),
    ],
)
def test_cells_are_counted_as_on_the_page_of_the_release(tmp_path: Path, key: Path, lang: str, words: str) -> None:
    """What a committee did not collect is a cell of the table, and none that anybody could show or hide."""
    text = f"{SAFE.rstrip()}\n    DZA | - | - | -"
    assert words in run(by_sex(tmp_path / "b", text), "--key", key, lang=lang).output


@pytest.mark.parametrize(
    ("lang", "words"), [("fr", "elle vaut exactement 22."), ("ar", "وقيمتها 22 بالضبط"), ("en", "it is 22 exactly.")]
)
def test_a_cell_that_can_be_one_number_only_is_that_number(tmp_path: Path, key: Path, lang: str, words: str) -> None:
    told = run(by_sex(tmp_path / "b", SAFE.replace("40 | x  | x", "40 | 18 | x")), "--key", key, lang=lang)
    assert words in told.output


@pytest.mark.parametrize(("lang", "words"), [("fr", "se déduit exactement : 8"), ("ar", "تُستنتج بالضبط: 8")])
def test_a_leak_ends_with_1_and_is_told_in_the_readers_language(
    tmp_path: Path, key: Path, lang: str, words: str
) -> None:
    told = run(by_sex(tmp_path / "b", LEAKY), "--key", key, lang=lang)
    assert told.exit_code == 1
    assert words in told.output


def test_a_machine_reads_it_all(tmp_path: Path, key: Path) -> None:
    told = run(by_sex(tmp_path / "b", LEAKY), "--key", key, "--json")
    said = json.loads(told.stdout)
    assert (told.exit_code, said["parties"]["outsider"]["passed"]) == (1, False)
    assert {"kind": "determined", "cube": "sex", "codes": ["TUN", "M"], "lower": 8, "upper": 8} in said["parties"][
        "outsider"
    ]["findings"]


def test_a_downloaded_archive_is_as_good_as_a_folder_and_its_name_says_nothing(tmp_path: Path, key: Path) -> None:
    made = by_sex(tmp_path / "b", LEAKY)
    with zipfile.ZipFile(tmp_path / "victims.zip", "w") as archive:
        for file in made.iterdir():
            archive.write(file, f"inside/{file.name}")
    assert run(tmp_path / "victims.zip", "--key", key).exit_code == 1
    shutil.move(made, tmp_path / "renamed")
    assert run(tmp_path / "renamed", "--key", key).exit_code == 1


def test_an_older_bundle_is_what_a_reader_kept(tmp_path: Path, key: Path) -> None:
    older = by_sex(tmp_path / "b")
    newer = by_sex(tmp_path / "b", LEAKY.replace("22 | x", "22 | 8"), built_at=NOON + timedelta(days=1))
    told = run(newer, older, "--key", key)  # in any order
    assert "hidden in an earlier bundle" in told.output
    assert run(older, older, "--key", key).exit_code == 0


def test_who_knows_who_has_revised_reads_both_bundles_as_the_hub_does(tmp_path: Path, key: Path) -> None:
    """Of two who revised each knows its own change, and so the other's from the region's 50 women, shown again."""
    older, newer = by_sex(tmp_path / "b"), by_sex(tmp_path / "b", built_at=NOON + timedelta(days=1))
    assert run(older, newer, "--key", key).exit_code == 0
    told = run(older, newer, "--key", key, "--revised", "MAR", "--revised", "TUN")
    assert told.exit_code == 1, told.output
    assert "[_T, F]" in told.output
    stranger = run(older, newer, "--key", key, "--revised", "EGY")
    assert stranger.exit_code == 2
    assert "EGY" in stranger.output


@pytest.mark.parametrize(
    ("lang", "nobody", "somebody"),
    [("ar", "لا أحد", "جهة ما"), ("fr", "personne (", "quelqu'un"), ("en", "nobody (", "somebody")],
)
def test_it_is_said_what_was_read_together_and_who_was_taken_to_have_revised(
    tmp_path: Path, key: Path, lang: str, nobody: str, somebody: str
) -> None:
    def line(*words: object) -> str:
        lines = run(newer, *words, "--key", key, lang=lang).output.splitlines()
        return next(line for line in lines if older.name in line and newer.name not in line)

    older, newer = by_sex(tmp_path / "b"), by_sex(tmp_path / "b", **LATER)
    assert "2026-11-21" in line(older)
    assert nobody in line(older)
    assert "TUN, MAR" not in line(older, "--revised", "TUN", "--revised", "MAR")
    assert "MAR, TUN." in line(older, "--revised", "TUN", "--revised", "MAR")
    older = by_sex(tmp_path / "b", SAFE.replace("90 | 50 | 40", "95 | 50 | 45").replace("MAR | 40", "MAR | 45"))
    assert line(older).endswith(": MAR.")
    older = by_sex(tmp_path / "b", SAFE.replace("90 | 50 | 40", "90 | 60 | 30"))
    assert somebody in line(older)
    older = by_sex(tmp_path / "b", contributors=(("MAR", "records"),))
    assert line(older).endswith(": TUN.")
    alone = run(newer, "--key", key, lang=lang).output
    assert len(alone.splitlines()) == 3


def test_who_says_that_one_has_revised_is_not_told_less_of_another_who_has_come(tmp_path: Path, key: Path) -> None:
    silent = "|_T|F|M\n_T|120|70|50\nMAR|x|x|x\nTUN|x|x|x\nEGY|-|-|-"
    come = "|_T|F|M\n_T|143|83|60\nMAR|x|x|x\nTUN|x|x|x\nEGY|x|x|x"
    older = by_sex(tmp_path / "b", silent, contributors=(("MAR", "records"), ("TUN", "records")))
    newer = by_sex(tmp_path / "b", come, contributors=tuple((one, "records") for one in ("EGY", "MAR", "TUN")), **LATER)
    for revised in ((), ("--revised", "TUN")):
        said = json.loads(run(older, newer, "--key", key, *revised, "--json").stdout)
        codes = {tuple(one["codes"]) for one in said["parties"]["outsider"]["findings"]}
        assert ("EGY", "F") in codes
        assert said["together"][0]["revised"] == sorted({"EGY", *revised[1:]})


def test_a_machine_reads_what_was_read_together(tmp_path: Path, key: Path) -> None:
    older, newer = by_sex(tmp_path / "b"), by_sex(tmp_path / "b", **LATER)
    said = json.loads(run(older, newer, "--key", key, "--revised", "TUN", "--json").stdout)
    assert said["together"] == [{"bundle": older.name, "revised": ["TUN"], "stirred": True}]
    assert json.loads(run(newer, "--key", key, "--json").stdout)["together"] == []


OF_THE_REGION = "| _T | F  | M\n_T | 90 | 50 | 40"
LATER = {"built_at": NOON + timedelta(days=1)}


def of_the_region(folder: Path, text: str = OF_THE_REGION, **said: Any) -> Path:
    return bundle(folder, drawn(text, ("AGE", "SEX"), "region"), **said)


def unread(*words: object) -> list[dict[str, Any]]:
    told = run(*words, "--json")
    said = json.loads(told.stdout)
    assert told.exit_code == (1 if said["unread"] else 0)
    assert all(one["passed"] for one in said["parties"].values())
    return said["unread"]


def test_committees_that_stand_in_one_bundle_only_are_not_judged_where_somebody_has_revised(
    tmp_path: Path, key: Path
) -> None:
    """Who did not revise binds the region's figures then and those of committees now; no table shows it."""
    older, newer = of_the_region(tmp_path / "b"), by_sex(tmp_path / "b", **LATER)
    assert unread(older, newer, "--key", key) == []
    named = [{"code": "audit.release.areas_elsewhere", "bundle": older.name, "cubes": ["sex"]}]
    assert unread(older, newer, "--key", key, "--revised", "TUN") == named
    assert unread(newer, by_sex(tmp_path / "b", **LATER), "--key", key, "--revised", "TUN") == []
    grown = of_the_region(tmp_path / "b", "| _T | F  | M\n_T | 105 | 60 | 45")
    assert unread(grown, newer, "--key", key) == [{**named[0], "bundle": grown.name}]
    alone = of_the_region(tmp_path / "b", contributors=(("MAR", "records"),))
    assert unread(alone, newer, "--key", key) == [{**named[0], "bundle": alone.name}]


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_what_is_not_judged_is_said_in_the_readers_language(tmp_path: Path, key: Path, lang: str) -> None:
    older, newer = of_the_region(tmp_path / "b"), by_sex(tmp_path / "b", **LATER)
    told = run(older, newer, "--key", key, "--revised", "TUN", lang=lang)
    words = {"ar": "لم يُحكم: جداول", "fr": "Non jugé : des tableaux", "en": "Not judged: tables"}
    assert words[lang] in told.output.replace("\u00a0", " ")
    assert older.name in told.output.replace("\n", "")


def printed(folder: Path, cell: str) -> Path:
    path = folder / "known.toml"
    figure = (
        f'dataflow = "VICTIMS"\nperiod = "2022"\ncell = {{ {cell} }}\ncount = 17\nsource = "x"\ndate = 2023-01-01\n'
    )
    path.write_text(f'committee = "MAR"\n[[figure]]\n{figure}')
    return path


def test_a_printed_figure_breaks_a_pair(tmp_path: Path, key: Path) -> None:
    known = printed(tmp_path, 'SEX = "F"')
    told = run(by_sex(tmp_path / "b"), "--key", key, "--known", known)
    assert told.exit_code == 1
    assert "no longer secret: REF_AREA = MAR, SEX = F: 17 (x)" in told.output
    assert "[MAR, M]" in told.output


@pytest.mark.parametrize(
    ("lang", "words"), [("fr", "ce chiffre n'est donc plus secret"), ("ar", "فلم يعد سراً"), ("en", "no longer secret")]
)
def test_a_printed_figure_is_not_said_to_be_the_more_secret(tmp_path: Path, key: Path, lang: str, words: str) -> None:
    told = run(by_sex(tmp_path / "b"), "--key", key, "--known", printed(tmp_path, 'SEX = "F"'), lang=lang)
    assert f"{words}{chr(0x20) if lang == 'fr' else ''}: REF_AREA = MAR" in told.output.replace("\u00a0", " ")


def test_a_figure_that_no_bundle_has_a_cell_for_is_not_dropped_in_silence(tmp_path: Path, key: Path) -> None:
    known = printed(tmp_path, 'AGE = "Y_LT18"')
    told = run(by_sex(tmp_path / "b"), "--key", key, "--known", known)
    assert told.exit_code == 0
    assert "Not used, as no bundle has this cell: AGE = Y_LT18, REF_AREA = MAR: 17" in told.output
    said = json.loads(run(by_sex(tmp_path / "b"), "--key", key, "--known", known, "--json").stdout)
    assert said["unused"] == [{"cell": {"AGE": "Y_LT18", "REF_AREA": "MAR"}, "count": 17, "source": "x"}]
    assert said["known"] == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "Printed elsewhere otherwise than here"), ("fr", "Imprimé ailleurs autrement"), ("ar", "غير المعروض هنا")],
)
def test_a_report_that_what_is_shown_belies_is_told_and_spoils_nothing(
    tmp_path: Path, key: Path, lang: str, words: str
) -> None:
    """A report has another number of Morocco's registered than the table shows: it counted others, or another day."""
    known = printed(tmp_path, "")
    made = by_sex(tmp_path / "b")
    told = run(made, "--key", key, "--known", known, lang=lang)
    assert told.exit_code == 0, told.output
    assert words in told.output
    said = json.loads(run(made, "--key", key, "--known", known, "--json").stdout)
    assert [(one["cell"], one["shown"]) for one in said["denied"]] == [({"REF_AREA": "MAR"}, 40)]
    assert said["known"] == []
    assert said["parties"]["outsider"]["passed"]


def test_what_the_documents_say_is_printed_is_known_to_everybody(tmp_path: Path, key: Path) -> None:
    """policies/known/MAR.toml prints four of Morocco's beggars of 2022; the release hides them and cannot keep them."""
    answers = (Node("EXP_BEG", ("EXPLOITATION.EXP_BEG", "1")), Node("EXP_BEG:_O", ("EXPLOITATION.EXP_BEG", "_O")))
    axis = Axis("EXPLOITATION", (Node("_T", None), *answers), ((0, (1, 2)),))
    areas = Axis("REF_AREA", (Node("MAR", ("REF_AREA", "MAR")),))
    cube = Cube("forms", (areas, axis), (("VICTIM_STATUS", "IDENT"),))
    values, status = np.array([[90, 0, 86]]), np.array([[0, 1, 0]], dtype=np.uint8)
    told = run(bundle(tmp_path / "b", Drawing(cube, values, status)), "--key", key)
    assert told.exit_code == 0, told.output
    assert "EXPLOITATION.EXP_BEG = 1, REF_AREA = MAR, VICTIM_STATUS = IDENT: 4" in told.output


def test_records_of_another_version_are_said_not_to_fit(tmp_path: Path, key: Path) -> None:
    records = files(tmp_path)
    made = regional(tmp_path / "b", records)
    many = write(tmp_path, [row(number) for number in range(1, 200)], "many.csv")
    told = run(made, "--key", key, "--as", many, "--committee", "MAR")
    assert told.exit_code == 1
    assert "Not judged: the committee MAR" in told.output
    assert "contradicts what you gave" not in told.output
    assert "EXP_BEG = 1, REF_AREA = MAR, VICTIM_STATUS = IDENT: 4 " in told.output  # as printed, whatever she counts


def files(folder: Path) -> Mapping[str, Path]:
    """Return the records of two committees; only Tunisia's say anything that Morocco's do not."""
    morocco = write(folder, [row(number) for number in range(1, 31)], "mar.csv")
    tunisia = write(folder, [row(number) for number in range(40, 80)], "tun.csv")
    return {"MAR": morocco, "TUN": tunisia}


def regional(folder: Path, records: Mapping[str, Path]) -> Path:
    """Return a bundle that shows the region's total of the first table, and nothing else."""
    parts = [counted(path, About(name, "VICTIMS", "2022"), PLAN, DOCUMENTS).counts for name, path in records.items()]
    raw = assemble(parts, PLAN, MEMBERS, load())
    status = {name: np.where(raw.absent[name], 2, 1).astype(np.uint8) for name in raw.counts}
    first = PLAN.cubes[0].id
    status[first].flat[0] = 0
    values = {name: np.where(status[name] == 0, counts, 0) for name, counts in raw.counts.items()}
    cleared = ClearedTable(raw.cubes, values, status, "suppress", 5, zeros_hidden=True, report={}, _proof=_CLEARANCE)
    titles = {cube.id: cube.title for cube in PLAN.cubes}
    folder.mkdir()
    return folder / write_bundle(cleared, about(PLAN, members=MEMBERS, cube_titles=titles), folder, KEY)


def test_a_committee_that_subtracts_its_own_records_learns_the_others_total(tmp_path: Path, key: Path) -> None:
    records = files(tmp_path)
    made = regional(tmp_path / "b", records)
    told = run(made, "--key", key, "--as", records["MAR"], "--committee", "MAR", "--json")
    said = json.loads(told.stdout)["parties"]
    found = {tuple(one["codes"]): one["lower"] for one in said["MAR"]["findings"] if one["kind"] == "determined"}
    assert told.exit_code == 1
    assert found["TUN", "_T", "_T"] == 40
    assert not any(one["codes"] == ["TUN", "_T", "_T"] for one in said["outsider"]["findings"])


def two_plans(folder: Path) -> tuple[Path, Path]:
    """Return documents with a second plan, and an older bundle by it that shows all that anybody counts."""
    documents = folder / "policies"
    shutil.copytree(HOME / "policies", documents)
    text = (documents / "releases" / "victims.toml").read_text(encoding="utf-8")
    head, *cubes = text.split("[[cube]]")
    second = cubes[0].replace("area-sex-age", "area-form").replace('"SEX", "AGE"]', '"AGE"]\nlevels = { AGE = "band" }')
    second = "\n".join(line for line in second.splitlines() if not line.startswith("codes"))
    head = head.replace("victims-annual", "victims-again")
    (documents / "releases" / "again.toml").write_text(f"{head}[[cube]]{second}", encoding="utf-8")
    plan = load_plans(documents / "releases", load())["victims-again"]
    told = Documents(documents)
    parts = [counted(path, About(name, "VICTIMS", "2022"), plan, told).counts for name, path in files(folder).items()]
    raw = assemble(parts, plan, MEMBERS, load())
    status = {name: np.where(raw.absent[name], 2, 0).astype(np.uint8) for name in raw.counts}
    cleared = ClearedTable(
        raw.cubes, raw.counts, status, "suppress", 2, zeros_hidden=False, report={}, _proof=_CLEARANCE
    )
    titles = {cube.id: cube.title for cube in plan.cubes}
    said = about(plan, members=MEMBERS, cube_titles=titles, built_at=NOON - timedelta(days=1))
    (folder / "older").mkdir()
    return documents, folder / "older" / write_bundle(cleared, said, folder / "older", KEY)


def test_an_older_bundle_by_another_plan_is_read_with_ones_own_records_in_it(tmp_path: Path, key: Path) -> None:
    """Both plans have a table of the name area-form, of other things."""
    documents, older = two_plans(tmp_path)
    records = files(tmp_path)
    newer = regional(tmp_path / "b", records)
    asked = (older, newer, "--key", key, "--policies", documents)
    said = json.loads(run(*asked, "--as", records["MAR"], "--committee", "MAR", "--json").stdout)
    assert "inconsistent" not in {one["kind"] for one in said["parties"]["MAR"]["findings"]}
    assert said["together"] == [{"bundle": older.name, "revised": [], "stirred": False}]
    wrong = write(tmp_path, [row(number) for number in range(1, 12)], "few.csv")
    assert "Not judged: the committee MAR" in run(*asked, "--as", wrong, "--committee", "MAR").output


@pytest.mark.parametrize(
    ("lang", "words"),
    [("ar", "وفق خطة واحدة"), ("fr", "selon un seul plan"), ("en", "counted by one plan")],
)
def test_tables_say_nothing_of_an_older_bundle_by_another_plan(
    tmp_path: Path, key: Path, lang: str, words: str
) -> None:
    documents, older = two_plans(tmp_path)
    records = files(tmp_path)
    newer = regional(tmp_path / "b", records)
    counts = counted(records["MAR"], About("MAR", "VICTIMS", "2022"), PLAN, DOCUMENTS).counts
    tables = tmp_path / "mar-tables.json"
    tables.write_bytes(render_counts(counts, PLAN, load()))
    told = run(older, newer, "--key", key, "--policies", documents, "--as", tables, lang=lang)
    assert (told.exit_code, words in told.output, "mar-tables.json" in told.output) == (2, True, True), told.output
    assert run(newer, "--key", key, "--policies", documents, "--as", tables).exit_code == 1
    missing = run(older, newer, "--key", key, "--as", records["MAR"], "--committee", "MAR", lang=lang)
    assert (missing.exit_code, "victims-again" in missing.output) == (2, True), missing.output


def test_what_is_wrong_with_the_question_is_said_and_ends_with_2(tmp_path: Path, key: Path) -> None:
    made = by_sex(tmp_path / "b")
    records = files(tmp_path)
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "notes.txt").write_text("no archive")
    other = tmp_path / "other.pem"
    stranger = Ed25519PrivateKey.generate().public_key()
    other.write_bytes(stranger.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    asked = {
        "no published bundle": run(empty, "--key", key),
        "notes.txt": run(tmp_path / "notes.txt", "--key", key),
        "signature": run(made, "--key", other),
        "PEM": run(made, "--key", records["MAR"]),
        "VICTIMS 2021, VICTIMS 2022": run(made, by_sex(tmp_path / "b", period="2021"), "--key", key),
        "--committee": run(made, "--key", key, "--as", records["MAR"]),
        "no committee of this bundle": run(made, "--key", key, "--as", records["MAR"], "--committee", "EGY"),
        "bring your copy": run(by_sex(tmp_path / "b", plan_digest="0" * 64), "--key", key, "--as", records["MAR"]),
        "protected by noise": run(noise(tmp_path / "b"), "--key", key),
    }
    for words, told in asked.items():
        assert told.exit_code == 2, (words, told.output)
        assert words in told.output


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_a_figure_of_another_year_or_dataflow_is_listed_as_not_used(tmp_path: Path, key: Path, lang: str) -> None:
    made, known = by_sex(tmp_path / "b"), printed(tmp_path, 'SEX = "F"')
    known.write_text(known.read_text().replace("2022", "2021"))
    told = run(made, "--key", key, "--known", known, lang=lang)
    words = {"ar": "لم يُستعمل هذا الرقم", "fr": "Chiffre non utilisé", "en": "Not used, as it is of"}
    line = next(line for line in told.output.splitlines() if "VICTIMS 2021" in line)
    assert words[lang] in line
    assert "REF_AREA = MAR, SEX = F" in line
    said = json.loads(run(made, "--key", key, "--known", known, "--json").stdout)
    figure = {"cell": {"REF_AREA": "MAR", "SEX": "F"}, "count": 17, "source": "x", "of": "VICTIMS 2021"}
    assert (said["unused"], said["known"]) == ([figure], [])


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_whose_the_tables_are_is_not_overruled_in_silence(tmp_path: Path, key: Path, lang: str) -> None:
    records = files(tmp_path)
    made = regional(tmp_path / "b", records)
    counts = counted(records["MAR"], About("MAR", "VICTIMS", "2022"), PLAN, DOCUMENTS).counts
    tables = tmp_path / "mar-tables.json"
    tables.write_bytes(render_counts(counts, PLAN, load()))
    told = run(made, "--key", key, "--as", tables, "--committee", "TUN", lang=lang)
    assert (told.exit_code, "audit.release.not_auditable" in told.output) == (2, True)
    assert all(word in told.output for word in ("mar-tables.json", "MAR", "TUN", "--committee"))
    assert run(made, "--key", key, "--as", tables, "--committee", "MAR").exit_code == 1
    assert run(made, "--key", key, "--as", tables).exit_code == 1


@pytest.mark.parametrize(
    ("lang", "words"), [("ar", "لم تساهم هذه اللجنة"), ("fr", "n'a contribué à aucun"), ("en", "contributed to none")]
)
def test_who_contributed_nothing_has_revised_nothing(tmp_path: Path, key: Path, lang: str, words: str) -> None:
    alone = {"contributors": (("MAR", "records"),)}
    older, newer = by_sex(tmp_path / "b", **alone), by_sex(tmp_path / "b", **LATER, **alone)
    told = run(older, newer, "--key", key, "--revised", "TUN", lang=lang)
    assert told.exit_code == 2
    assert "audit.release.not_auditable: " in told.output
    assert words in told.output
    assert run(by_sex(tmp_path / "b"), newer, "--key", key, "--revised", "TUN").exit_code != 2  # it has gone since


@pytest.mark.parametrize("lang", ["ar", "fr", "en"])
def test_records_without_the_columns_of_the_bundle_are_told_of_what_it_is(tmp_path: Path, key: Path, lang: str) -> None:
    others = write(tmp_path, [row(number, "JUSTICE") for number in range(1, 31)], "justice.csv")
    told = run(by_sex(tmp_path / "b"), "--key", key, "--as", others, "--committee", "MAR", lang=lang)
    assert told.exit_code == 2
    assert "--mapping" not in told.output
    assert "audit.release.not_auditable" in told.output
    assert "justice.csv" in told.output
    assert "VICTIMS 2022" in told.output


def test_records_that_break_a_rule_are_shown_and_not_counted(tmp_path: Path, key: Path) -> None:
    faulty = write(tmp_path, [row(1, SEX="Q")])
    told = run(by_sex(tmp_path / "b"), "--key", key, "--as", faulty, "--committee", "MAR")
    assert told.exit_code == 2
    assert "SEX" in told.output or "C2" in told.output
    assert "The records (--as) cannot be counted with these errors" in told.output.replace("\n", " ")


def test_a_tables_file_of_another_year_is_not_about_these_persons(tmp_path: Path, key: Path) -> None:
    counts = counted(files(tmp_path)["MAR"], About("MAR", "VICTIMS", "2022"), PLAN, DOCUMENTS).counts
    tables = tmp_path / "mar.json"
    tables.write_bytes(render_counts(replace(counts, period="2021"), PLAN, load()))
    told = run(by_sex(tmp_path / "b"), "--key", key, "--as", tables)
    assert (told.exit_code, "VICTIMS 2021" in told.output) == (2, True)


def test_a_file_that_is_missing_from_the_bundle_is_named(tmp_path: Path, key: Path) -> None:
    made = by_sex(tmp_path / "b")
    (made / "sex.values.npy").unlink()
    told = run(made, "--key", key)
    assert told.exit_code == 2
    assert f"{made}: sex.values.npy" in told.output
    assert "served" not in told.output
    long = by_sex(tmp_path / "b", LEAKY)
    with (long / "sex.status.npy").open("ab") as file:
        file.write(b"more than was announced")
    assert f"{long}: sex.status.npy" in run(long, "--key", key).output
    other = by_sex(tmp_path / "b", SAFE.replace("20", "21").replace("90", "91"))
    content = (other / "sex.values.npy").read_bytes()
    (other / "sex.values.npy").write_bytes(content[:-1] + b"!")
    assert f"{other}: sex.values.npy" in run(other, "--key", key).output
    (other / "manifest.json").write_text("{}")
    broken = run(other, "--key", key)
    assert (broken.exit_code, f"{other}: manifest.json" in broken.output) == (2, True)


@pytest.mark.parametrize(
    ("lang", "hub"), [("ar", "لم تبدأ العملية"), ("fr", "Le processus"), ("en", "The process did not start")]
)
def test_a_file_that_will_not_do_is_named_with_its_option(tmp_path: Path, key: Path, lang: str, hub: str) -> None:
    made, records = by_sex(tmp_path / "b"), files(tmp_path)
    empty, wrong = tmp_path / "empty", tmp_path / "wrong.toml"
    empty.mkdir()
    wrong.write_text('committee = "MAR"\nfigure = [{ count = -1 }]\n')
    without = tmp_path / "without"
    shutil.copytree(HOME / "policies", without)
    for plan in (without / "releases").glob("*.toml"):
        plan.unlink()
    asked = {
        f"--policies {empty / 'region.toml'}": run(made, "--key", key, "--policies", empty, lang=lang),
        f"--known {wrong}": run(made, "--key", key, "--known", wrong, lang=lang),
        f"--known {records['MAR']}": run(made, "--key", key, "--known", records["MAR"], lang=lang),
        f"--key {wrong}": run(made, "--key", wrong, lang=lang),
        f"--key {wrong}.": CliRunner().invoke(command, ["categories", str(made), "--key", str(wrong), "--lang", lang]),
        "--policies)": run(
            made, "--key", key, "--policies", without, "--as", records["MAR"], "--committee", "MAR", lang=lang
        ),
    }
    for words, told in asked.items():
        assert told.exit_code == 2, (words, told.output)
        assert words in told.output
        assert told.output.startswith("audit.release.not_auditable: ")
        assert hub not in told.output
        assert "…" not in told.output


def noise(folder: Path) -> Path:
    made = drawn(SAFE.replace("x", "9"), ("REF_AREA", "SEX"), "sex")
    raw = RawTable((made.cube,), {"sex": made.values}, {"sex": np.zeros(made.values.shape, dtype=np.bool_)})
    return folder / write_bundle(noised(raw), about(PLAN, cube_titles={"sex": PLAN.title}), folder, KEY)
