"""What is printed elsewhere is read strictly, and against the codebook before any process starts."""

from __future__ import annotations

from datetime import date

import pytest

from amana.codebook.load import load as load_codebook
from amana.policy.toml import PolicyInvalid
from amana.policy.vocabulary import check

FILE = "known/MAR.toml"
BOOK = load_codebook()
CELL = r'EXPLOITATION = "EXP_BEG" }'


def test_the_specimen_says_what_a_reader_of_it_knows(policies):
    (figure,) = policies.known
    assert (figure.committee, figure.dataflow, figure.period, figure.count) == ("MAR", "VICTIMS", "2022", 4)
    assert figure.cell == (("EXPLOITATION", "EXP_BEG"), ("VICTIM_STATUS", "IDENT"))
    assert figure.source.startswith("SPECIMEN")
    assert figure.day == date(2023, 6, 30)
    check(policies, BOOK)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (r'^committee = "MAR"', 'committee = "TUN"', "committee"),
        (r'^committee = "MAR"', 'committee = "Morocco"', "committee"),
        (r'^dataflow = "VICTIMS"', 'dataflow = "ROUTES"', "figure.0.dataflow"),
        (r'^dataflow = "VICTIMS"', 'dataflow = "victims"', "figure.0.dataflow"),
        (r'^period = "2022"', 'period = "22"', "figure.0.period"),
        (r"^count = 4.*", "count = -1", "figure.0.count"),
        (r"^count = 4.*", "count = true", "figure.0.count"),
        (r"^source = .*", "source = ' '", "figure.0.source"),
        (r"^source = .*", "", "figure.0.source"),
        (r"^date = .*", "date = '2023'", "figure.0.date"),
        (r"^date = .*", "date = 2023-06-30\npage = 3", "figure.0.page"),
        (r"^cell = .*", "cell = 3", "figure.0.cell"),
    ],
)
def test_a_fault_is_refused_with_its_place(folder, old, new, place):
    folder.replace(FILE, old, new)
    with pytest.raises(PolicyInvalid) as refused:
        folder.load()
    assert (refused.value.facts["file"], refused.value.facts["place"]) == (FILE, place)


def test_one_cell_has_one_count(folder):
    text = (folder.folder / FILE).read_text(encoding="utf-8")
    folder.append(FILE, text[text.index("[[figure]]") :].replace("count = 4", "count = 5"))
    with pytest.raises(PolicyInvalid) as refused:
        folder.load()
    assert refused.value.facts["place"] == "figure.1.cell"


def test_a_printed_zero_is_a_figure(folder):
    assert folder.replace(FILE, r"^count = 4", "count = 0").load().known[0].count == 0


def test_a_figure_of_all_committees_together_may_be_printed_too(folder):
    read = folder.replace(FILE, CELL, 'REF_AREA = "_T", EXPLOITATION = "EXP_BEG" }').load()
    check(read, BOOK)
    assert ("REF_AREA", "_T") in read.known[0].cell


@pytest.mark.parametrize(
    ("cell", "place", "names"),
    [
        ('EXPLOITATION = "EXP_X" }', "figure.cell.EXPLOITATION", "EXP_X is no code of EXPLOITATION"),
        ('EXPLOITATION = "_T" }', "figure.cell.EXPLOITATION", "_T is no code"),
        ('WEALTH = "RICH" }', "figure.cell.WEALTH", "WEALTH is no variable of VICTIMS"),
        ('EVENT = "one" }', "figure.cell.EVENT", "EVENT is no variable"),
        ('REF_AREA = "MAR" }', "figure.cell.REF_AREA", "does not name it again"),
    ],
)
def test_a_cell_that_the_codebook_does_not_know_stops_the_process_with_a_clear_sentence(folder, cell, place, names):
    with pytest.raises(PolicyInvalid) as refused:
        check(folder.replace(FILE, CELL, cell).load(), BOOK)
    assert (refused.value.facts["file"], refused.value.facts["place"]) == (FILE, place)
    assert names in refused.value.facts["reason"]


def test_a_sensitive_variable_that_nobody_counts_stops_the_process(folder):
    with pytest.raises(PolicyInvalid) as refused:
        check(folder.replace("region.toml", r'"ACT", ', '"HEALTH", ').load(), BOOK)
    assert refused.value.facts == {
        "file": "region.toml",
        "place": "sensitive.VICTIMS",
        "reason": "HEALTH is no variable that is counted.",
    }
