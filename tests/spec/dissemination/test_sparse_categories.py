"""What another plan may publish coarser: told from what is published, so that the merger tells nothing of anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from amana.codebook.load import load
from amana.command.audit import command
from amana.config import HOME
from amana.disclosure.table import _CLEARANCE, ClearedTable
from amana.dissemination.bundle import Bundle, open_bundle, write
from amana.dissemination.sparse import Category, sparse
from amana.plans.plan import load_plans
from support.bundles import KEY, about
from support.drawn import Drawing, drawn

PLAN = load_plans(HOME / "policies" / "releases", load())["children-annual"]
CARE = """
        | _T  | KAFALA | FOSTER | RESIDENTIAL | _U
    _T  | 300 | x      | 60     | 150         | x
    MAR | 140 | x      | x      | 80          | x
    TUN | 160 | x      | x      | 70          | -  """


def published(folder: Path, drawing: Drawing) -> Bundle:
    folder.mkdir(exist_ok=True)
    values, status = {"care": drawing.values}, {"care": drawing.status}
    cleared = ClearedTable(
        (drawing.cube,), values, status, "suppress", 11, zeros_hidden=True, report={}, _proof=_CLEARANCE
    )
    said = about(PLAN, cube_titles={"care": PLAN.title}, members=("MAR", "TUN"))
    return open_bundle(folder, write(cleared, said, folder, KEY), (KEY.public_key(),))


def test_the_worst_come_first_and_what_is_shown_in_half_of_its_cells_is_not_named(tmp_path: Path):
    found = sparse(published(tmp_path / "b", drawn(CARE, ("REF_AREA", "CARE"), "care")))
    assert found == (
        Category("CARE", "KAFALA", cells=3, shown=0, whole_hidden=True),
        Category("CARE", "FOSTER", cells=3, shown=1, whole_hidden=False),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            CARE,
            [
                "hardly show: 2",
                "CARE KAFALA (Kafala): a regional figure of it is hidden; 0 of 3",
                "Above it: ALTERNATIVE",
            ],
        ),
        (CARE.replace("x ", "20"), ["every category is shown in at least half of its cells"]),
    ],
)
def test_a_steward_is_told_what_is_above_each(tmp_path: Path, text: str, words: list[str]):
    made = published(tmp_path / "b", drawn(text, ("REF_AREA", "CARE"), "care"))
    key = tmp_path / "key.pem"
    key.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    told = CliRunner().invoke(
        command, ["categories", str(tmp_path / "b" / made.digest), "--key", str(key), "--lang", "en"]
    )
    assert told.exit_code == 0, told.output
    assert all(each in told.output for each in words), told.output
