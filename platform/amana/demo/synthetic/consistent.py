"""What independent draws get wrong about one person, put right: no cell of a synthetic row denies another.

Nothing is drawn here, and no published margin is touched. A few rows keep what asks for a second look in practice: a
link to smuggling where no form of exploitation is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from amana.demo.synthetic.registry import ADULT, Row

_NO_YEARS: Final = frozenset({"_U", "Y_LT18", "Y_LT18_U", "Y_GE18", "Y_GE18_U"})
_NO_ADULT: Final = frozenset({"_U", "Y0T4", "Y5", "Y6T8", "Y9T11", "Y12T17", "Y_LT18", "Y_LT18_U"})


def consistent(row: Row) -> Row:
    """Return the row with what contradicts itself changed."""
    changed = dict(row)
    for rules in (_of_anyone, _of_a_victim if "VICTIM_STATUS" in row else _of_a_child, _of_services):
        for change in rules(changed):
            changed |= change
    return changed


def _of_anyone(row: Row) -> Iterator[Row]:
    if _is(row, "AGE_BASIS", "DOCUMENT") and row["AGE"] in _NO_YEARS:
        yield {"AGE_BASIS": "_U"}
    if _is(row, "SMUGGLING_LINK", "YES") and _is(row, "ROUTE", "INTERNAL", "_Z"):
        yield {"SMUGGLING_LINK": "NO"}


def _of_a_victim(row: Row) -> Iterator[Row]:
    if _is(row, "ICT_FACILITATION", "NONE") and _is(row, "EXP_SEX_RMT", "1"):
        yield {"ICT_FACILITATION": "EXP"}
    if _is(row, "VICTIM_STATUS", "PRESUMED"):
        yield {"REF_REI": "0"}
        return
    if _is(row, "DECIDED_BY", "NGO", "OTHER"):
        yield {"DECIDED_BY": "STATE"}
    if _none(row, "ACT_"):
        yield {"ACT_REC": "1"}
    if _adult(row["AGE"]) and _none(row, "MNS_"):
        yield {"MNS_VUL": "1"}


def _of_a_child(row: Row) -> Iterator[Row]:
    for link, concern in (("TRAFFICKING_LINK", "CON_TIP"), ("SMUGGLING_LINK", "CON_SMG")):
        if _is(row, link, "YES"):
            yield {concern: "1"}
        elif _is(row, link, "NO") and _is(row, concern, "1"):
            yield {link: "SUSPECTED"}
    if _is(row, "CARE", "KAFALA") and _is(row, "CHILD_STATUS", "UNACCOMPANIED"):
        yield {"CARE": "RESIDENTIAL"}
    elif _is(row, "CARE", "KAFALA") and _is(row, "GUARDIANSHIP", "NONE"):
        yield {"GUARDIANSHIP": "APPOINTED"}
    if _is(row, "CHILD_STATUS", "UNACCOMPANIED") and _is(row, "BEST_INTERESTS", "NOT_STARTED"):
        yield {"SOLUTION": "PENDING"}
    if _is(row, "DISPLACEMENT", "STATELESS"):
        yield {"DISPLACEMENT": "FOREIGN"}


def _of_services(row: Row) -> Iterator[Row]:
    if _is(row, "REFERRAL_STEP", "IDENTIFIED"):
        yield {name: "0" for name in _flags(row, "REF_") if row[name] == "1"}
    if _is(row, "REFERRAL_STEP", "REFERRED", "ASSISTED") and _none(row, "REF_"):
        yield {"REF_SOC": "1"}


def _is(row: Row, column: str, *codes: str) -> bool:
    return row.get(column) in codes


def _flags(row: Row, prefix: str) -> list[str]:
    return [name for name in row if name.startswith(prefix)]


def _none(row: Row, prefix: str) -> bool:
    return all(row[name] == "0" for name in _flags(row, prefix))


def _adult(age: str) -> bool:
    return int(age) >= ADULT if age.isdigit() else age not in _NO_ADULT
