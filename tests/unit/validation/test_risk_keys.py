"""What the risk picture looks at: the keys of policies/dry_run.toml, set against what a record may hold."""

from __future__ import annotations

import tomllib

import pytest

from amana.config import HOME
from amana.validation.ages import IN_ORDER
from support.contributions import BOOK

KEYS = tomllib.loads((HOME / "policies/dry_run.toml").read_text(encoding="utf-8"))["quasi_identifiers"]


@pytest.mark.parametrize("dataflow", sorted(KEYS))
def test_each_key_is_a_variable_and_every_age_of_a_person_is_a_key(dataflow: str) -> None:
    variables = {one.id for one in BOOK.dataflow(dataflow).variables}
    assert set(KEYS[dataflow]) <= variables
    assert variables.intersection(IN_ORDER) <= set(KEYS[dataflow])
