"""The policy file that other tools read: C2SP tlog-policy, both ways."""

from __future__ import annotations

import pytest

from amana.audit.tlog.named_key import render_vkey
from amana.audit.witness.quorum import Group, Trust, Witness
from amana.audit.witness.trust import parse, render
from amana.errors import Malformed
from support.witnesses import AT, EGY, LOG, MAR, THIEF, TUN, trust

L, M, T, E = render_vkey(LOG.verifier), *(render_vkey(one.cosigner) for one in (MAR, TUN, EGY))


def test_k_of_n_as_other_tools_read_it():
    assert render(Trust(trust(2).witnesses, trust(2).rule, (LOG.verifier,))) == (
        f"log {L}\n"
        f"witness mar.test/w {M}\nwitness tun.test/w {T}\nwitness egy.test/w {E}\n"
        "group group-1 2 mar.test/w tun.test/w egy.test/w\nquorum group-1\n"
    )


def test_the_example_of_the_specification_is_read():
    """C2SP tlog-policy, "Example policy", with keys of ours, and all that may stand around it."""
    read = parse(
        f"log {L} https://log.test\n\n# a comment — with a dash\n  witness X1\t{M}  https://x1.test  \n"
        f"witness X2 {T}\ngroup X-witnesses any X1 X2\n\nwitness Y1 {E}\n"
        "group Y-witnesses all Y1\n\t# another\ngroup X-and-Y 2 X-witnesses Y-witnesses\nquorum X-and-Y\n"
    )
    assert read.logs == (LOG.verifier,)
    assert [(one.alias, one.url) for one in read.witnesses] == [("X1", "https://x1.test"), ("X2", None), ("Y1", None)]
    assert read.rule == Group(2, (Group(1, ("X1", "X2")), Group(1, ("Y1",))))
    assert parse(render(read)) == read


def test_one_witness_or_none_may_be_the_quorum():
    assert parse(f"witness W {M}\nquorum W\n").rule == Group(1, ("W",))
    assert parse("quorum none\n") == Trust((), Group(0))
    assert render(Trust((), Group(0))) == "quorum none\n"


def test_a_committee_with_an_old_key_alone_has_no_voice_in_the_file():
    old, new = (Witness(one.name, one.cosigner, None, retired) for one, retired in ((EGY, AT), (TUN, None)))
    known = (Witness(MAR.name, MAR.cosigner), new, old)
    rule = Group(1, (MAR.name, Group(1, (TUN.name, EGY.name))))
    assert parse(render(Trust(known, rule))).rule == Group(1, (MAR.name, Group(1, (TUN.name,))))
    gone = Group(1, (MAR.name, TUN.name, Group(1, (EGY.name,))))
    assert parse(render(Trust(known, gone))).rule == Group(1, (MAR.name, TUN.name))


def test_the_retired_are_left_out_and_said_to_be():
    written = render(trust(2, MAR, TUN, EGY, retired=AT))
    assert f"# retired: witness egy.test/w {E}\n" in written
    assert parse(written) == trust(2, MAR, TUN)


def test_a_group_takes_no_name_that_a_witness_has():
    odd = Trust((Witness("group-1", MAR.cosigner),), Group(1, ("group-1",)))
    assert parse(render(odd)) == odd


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        f"witness W {M}\n",
        f"witness W {M}\nquorum V\n",
        f"witness W {M}\nquorum W\nquorum none\n",
        f"witness W {M}\nwitness W {T}\nquorum W\n",
        f"witness W {M}\nwitness V {M}\nquorum W\n",
        f"witness W {L}\nquorum W\n",
        f"witness none {M}\nquorum none\n",
        f"log {L}\nlog {L}\nquorum none\n",
        f"log {M}\nquorum none\n",
        f"log {L} a b\nquorum none\n",
        f"witness W {M} a b\nquorum W\n",
        f"group G 1 W\nwitness W {M}\nquorum G\n",
        f"witness W {M}\ngroup G 1\nquorum W\n",
        f"witness W {M}\ngroup G 0 W\nquorum G\n",
        f"witness W {M}\ngroup G 2 W\nquorum G\n",
        f"witness W {M}\ngroup G 01 W\nquorum G\n",
        f"witness W {M}\ngroup G 1 W W\nquorum G\n",
        f"witness W {M}\ngroup G 1 W\ngroup H 1 W\nquorum G\n",
        f"witness W {M}\ngroup W 1 W\nquorum W\n",
        "Quorum none\n",
        "quorum none\r\n",
        "quorum\x0bnone\n",
    ],
)
def test_what_is_no_such_file_is_refused(text: str):
    with pytest.raises(Malformed):
        parse(text)


def test_a_fault_is_named_by_its_line():
    with pytest.raises(Malformed) as refusal:
        parse(f"log {L}\n\nwitness W\nquorum none\n")
    assert refusal.value.facts["line"] == 3


def test_two_logs_may_be_trusted():
    both = Trust((), Group(0), (LOG.verifier, THIEF.verifier))
    assert parse(render(both)) == both
