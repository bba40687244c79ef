"""The header of a canonical file: what is missing, foreign, misspelt or there twice is told apart, with its place."""

from __future__ import annotations

from pathlib import Path

from amana.findings import Finding
from support.contributions import judged, row, text


def found(folder: Path, content: bytes) -> tuple[Finding, ...]:
    path = folder / "file.csv"
    path.write_bytes(content)
    return judged(path)[0].findings


def sound() -> bytes:
    return text([row(1), row(2)]).encode()


def test_a_name_that_stands_twice_leaves_nothing_to_judge(tmp_path: Path) -> None:
    findings = found(tmp_path, b"SEX,AGE,SEX\r\nF,3,M\r\n")
    assert [(one.rule, one.row, one.column, one.letter) for one in findings] == [
        ("header.duplicate", 1, "SEX", "A"),
        ("header.duplicate", 1, "SEX", "C"),
    ]


def test_columns_that_are_missing_unknown_or_misspelt_are_told_apart(tmp_path: Path) -> None:
    content = sound().replace(b"SEX", b"Sex", 1).replace(b"EXP_SEX,", b"EXP_SEXX,", 1).replace(b",AGE,", b",taille,", 1)
    findings = {(one.rule, one.column, one.facts.get("meant")) for one in found(tmp_path, content)}
    assert findings == {
        ("header.misspelt", None, "SEX"),
        ("header.missing", "SEX", None),
        ("header.misspelt", None, "EXP_SEX"),
        ("header.missing", "EXP_SEX", None),
        ("header.unknown", None, None),
        ("header.missing", "AGE", None),
    }


def test_a_foreign_heading_is_never_repeated(tmp_path: Path) -> None:
    findings = found(tmp_path, sound().replace(b",AGE,", b",Fatima El Idrissi,", 1))
    assert "header.unknown" in {one.rule for one in findings}
    assert "Fatima" not in repr(findings)


def test_an_optional_answer_is_there_with_all_its_columns_or_not_at_all(tmp_path: Path) -> None:
    findings = found(tmp_path, text([row(1, ACT_REC="1")]).encode())
    assert {one.rule for one in findings} == {"header.incomplete"}
    assert "ACT_TRN" in {one.column for one in findings}
