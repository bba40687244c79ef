"""The life of a release is a table."""

from __future__ import annotations

from itertools import product

import pytest

from amana.errors import Conflict
from amana.release.states import NEXT, ReleaseState
from amana.states import move

ALLOWED = """
    PLANNED   BUILT     REFUSED
    BUILT     APPROVED  REFUSED
    APPROVED  PUBLISHED REFUSED
    PUBLISHED SUPERSEDED WITHDRAWN
    SUPERSEDED WITHDRAWN
    WITHDRAWN
    REFUSED
"""
DRAWN = {line.split()[0]: set(line.split()[1:]) for line in ALLOWED.strip().splitlines()}


def test_every_state_has_a_fate():
    assert NEXT.keys() == set(ReleaseState)


@pytest.mark.parametrize(("state", "to"), list(product(ReleaseState, ReleaseState)))
def test_a_release_goes_only_where_the_table_lets_it(state, to):
    if to in DRAWN[state]:
        assert move(NEXT, state, to) is to
    else:
        with pytest.raises(Conflict):
            move(NEXT, state, to)
