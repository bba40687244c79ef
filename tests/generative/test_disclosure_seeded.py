"""A hundred faults planted in sound releases: the checker catches those that leak, and lets those pass that do not."""

from __future__ import annotations

from random import Random

from amana.disclosure.audit import audit
from support.seeded import FAULTS, planted, sound


def test_a_hundred_faults_that_leak_are_caught_and_no_other_is_refused():
    caught: dict[str, int] = dict.fromkeys(FAULTS, 0)
    for kind, case, leaks in planted(Random(20261122)):
        report = audit([*case.past, case.publication], known=case.known, party=case.party)
        assert report.passed is not leaks, (kind, report.findings)
        caught[kind] += leaks
        if sum(caught.values()) == 100:
            break
    assert min(caught.values()) > 0, "every kind of fault has been planted and caught"


def test_what_is_sound_passes():
    rng = Random(1122)
    assert all(audit([sound(rng).case.publication]).passed for _ in range(12))
