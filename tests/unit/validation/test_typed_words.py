"""A word that somebody typed as one of hers is no excuse for a name at the hub; at home it is her own affair."""

from __future__ import annotations

from pathlib import Path

import pytest

from amana.mapping.document import ColumnMap, Kind, NationalMapping
from amana.mapping.keying import Home
from amana.validation.judge import Judgement, judge
from amana.validation.national import National
from support.contributions import BOOK, RECOGNISERS, SOUND, pseudonym, required

NAME = "Fatima Benali"


def judged(folder: Path, word: str, *, at_home: bool) -> Judgement:
    """A file whose second column says ``word`` in one row, under a mapping that takes it for an answer."""
    path = folder / "victims.csv"
    rows = "".join(f"{pseudonym(n)},{word if n == 4 else 'Femme'}\r\n" for n in range(12))
    path.write_text(f"Pseudonyme,Genre\r\n{rows}", encoding="utf-8")
    flags = {column.name for column in BOOK.dataflow("VICTIMS").columns(BOOK) if column.code}
    constant = {name: SOUND.get(name, "_U") for name in required("VICTIMS") if name not in flags}
    columns = (
        ColumnMap(Kind.PSEUDONYM, ("Pseudonyme",), target="PSEUDONYM"),
        ColumnMap(Kind.CODED, ("Genre",), target="SEX", values={"Femme": ("F",), word: ("F",)}),
        ColumnMap(Kind.CONSTANT, target="EXPLOITATION", code="EXP_BEG"),
        *(
            ColumnMap(Kind.CONSTANT, target=name, code=code)
            for name, code in constant.items()
            if name not in {"PSEUDONYM", "SEX", "CHILD_STATUS", "AGE"}
        ),
        ColumnMap(Kind.CONSTANT, target="AGE", code="_U"),
    )
    national = National((NationalMapping("VICTIMS", columns, "MAR"),), Home(None, "MAR", "2024") if at_home else None)
    about = {"dataflow": "VICTIMS", "committee": "MAR", "period": "2024", "book": BOOK, "recognisers": RECOGNISERS}
    return judge(path, **about, national=national)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "at_home", "accepted"), [(NAME, False, False), (NAME, True, True), ("Dame", False, True)]
)
def test_a_name_among_the_words_of_a_mapping(tmp_path: Path, word: str, at_home: bool, accepted: bool) -> None:
    found = judged(tmp_path, word, at_home=at_home)
    assert found.accepted is accepted, found.findings
    assert [one.rule for one in found.findings if one.refuses] == ([] if accepted else ["identifier.name"])
    assert NAME not in repr(found)
