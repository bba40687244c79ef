"""A synthetic region of realistic size: eight committees, about 2,600 persons, eight sparse linked cubes.

Axes are built the way a release builds them: hierarchies with every level, several-answers variables as yes/rest pairs
bound by covers. Only for tests and profiles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amana.disclosure.table import Axis, Cube, Node, RawTable

Members = Sequence[NDArray[np.bool_]]  # per node of an axis, which persons it counts, (n,) each


@dataclass(frozen=True)
class Counted:
    """An axis, and for each of its nodes the persons it counts."""

    axis: Axis
    members: Members


def coded(
    dim: str, codes: NDArray[np.int64], names: Sequence[str], parents: Mapping[str, str] | None = None
) -> Counted:
    """A one-answer axis. codes: (n,) numbers into names; parents: child code → parent code, any number of levels."""
    above = dict(parents or {})
    order = ["_T", *dict.fromkeys(above.values()), *(name for name in names)]
    place = {code: number for number, code in enumerate(order)}
    children: dict[str, list[str]] = {}
    for code in order[1:]:
        children.setdefault(above.get(code, "_T"), []).append(code)
    masks = {name: codes == number for number, name in enumerate(names)}

    def members(code: str) -> NDArray[np.bool_]:
        if code in masks:
            return masks[code]
        return np.logical_or.reduce([members(child) for child in children[code]])

    nodes = tuple(Node(code, None if code == "_T" else (dim, code)) for code in order)
    sums = tuple((place[code], tuple(place[child] for child in below)) for code, below in children.items())
    return Counted(Axis(dim, nodes, sums), [members(code) for code in order])


def several(
    dim: str, flags: NDArray[np.bool_], names: Sequence[str], groups: Mapping[str, str] | None = None
) -> Counted:
    """A several-answers axis. flags: (n, len(names)); groups: form → group. Everybody has at least one form."""
    above = dict(groups or {})
    yes = {name: flags[:, number] for number, name in enumerate(names)}
    for group in dict.fromkeys(above.values()):
        yes[group] = np.logical_or.reduce([yes[name] for name in names if above[name] == group])
    nodes = [Node("_T", None)]
    members = [np.ones(len(flags), bool)]
    sums = []
    place = {"_T": 0}
    for code, having in yes.items():
        place[code] = len(nodes)
        nodes += [Node(code, (f"{dim}.{code}", "1")), Node(f"{code}:_O", (f"{dim}.{code}", "_O"))]
        members += [having, ~having]
        sums.append((0, (place[code], place[code] + 1)))
    covers = [((place[group],), place[form]) for form, group in above.items()]
    covers += [
        (tuple(place[form] for form in names if above[form] == group), place[group])
        for group in dict.fromkeys(above.values())
    ]
    tops = tuple(place[code] for code in (dict.fromkeys(above.values()) or names))
    if all(np.logical_or.reduce([yes[nodes[top].code] for top in tops])):
        covers.append((tops, 0))
    return Counted(Axis(dim, tuple(nodes), tuple(sums), tuple(covers)), members)


def count(cubes: Mapping[str, Sequence[Counted]]) -> RawTable:
    """Tabulate every cube over its axes, margins included."""
    made, counts = [], {}
    for name, axes in cubes.items():
        cube = Cube(name, tuple(counted.axis for counted in axes))
        stacks = [np.array(counted.members, dtype=np.float64) for counted in axes]
        letters = "abcdefg"[: len(axes)]
        rule = ",".join(f"{letter}n" for letter in letters) + "->" + letters
        counts[name] = np.rint(np.einsum(rule, *stacks, optimize=True)).astype(np.int64)
        made.append(cube)
    return RawTable(tuple(made), counts, {name: np.zeros(counts[name].shape, bool) for name in counts})


def region(seed: int, persons: int = 2600) -> RawTable:
    """Eight linked cubes, about ten thousand cells, shaped like a year of identified victims."""
    rng = np.random.default_rng(seed)

    def draw(weights: Sequence[float]) -> NDArray[np.int64]:
        return rng.choice(len(weights), persons, p=np.array(weights) / sum(weights))

    def zipf(n: int, power: float = 1.1) -> list[float]:
        return [1 / (1 + i) ** power for i in range(n)]

    areas = ["MAR", "TUN", "EGY", "DZA", "LBY", "MRT", "NER", "CIV"]
    area_of = draw([0.3, 0.22, 0.16, 0.1, 0.08, 0.06, 0.05, 0.03])
    shift = area_of * 3
    area = coded("REF_AREA", area_of, areas)
    sex = coded("SEX", draw([0.58, 0.38, 0.01, 0.03]), ["F", "M", "O", "_U"])
    ages = ["Y0T4", "Y5T11", "Y12T17", "Y_LT18_U", "Y18T29", "Y30T47", "Y48T59", "Y_GE60", "Y_GE18_U", "_U"]
    minor = {code: ("Y_LT18" if number < 4 else "Y_GE18") for number, code in enumerate(ages[:-1])}
    age_of = draw([0.02, 0.08, 0.25, 0.03, 0.3, 0.2, 0.04, 0.01, 0.04, 0.03])
    age = coded("AGE", age_of, ages, minor)
    countries = [f"C{n:02d}" for n in range(24)]
    tree = {code: f"S{n % 5}" for n, code in enumerate(countries)}
    regions = {f"S{n}": f"R{n % 2}" for n in range(5)}
    cit_of = (draw(zipf(24)) + shift) % 24
    known = rng.random(persons) >= 0.03
    citizenship = coded("CITIZENSHIP", np.where(known, cit_of, 24), [*countries, "_U"], tree | regions)
    origin = coded("CITIZENSHIP", np.where(known, cit_of % 5, 5), [*(f"S{n}" for n in range(5)), "_U"], regions)
    forms = [f"F{n:02d}" for n in range(12)]
    main = (draw(zipf(12, 1.3)) + area_of) % 12
    flags = rng.random((persons, 12)) < 0.03
    flags[np.arange(persons), main] = True
    exploitation = several("EXPLOITATION", flags, forms, {code: f"G{n % 4}" for n, code in enumerate(forms)})
    majority = coded("AGE", np.where(age_of < 4, 0, np.where(age_of < 9, 1, 2)), ["Y_LT18", "Y_GE18", "_U"])
    route = coded("ROUTE", (draw(zipf(7)) + area_of) % 7, [f"T{n}" for n in range(7)])
    sector = coded("SECTOR", draw(zipf(11)), [f"K{n}" for n in range(11)])
    ict = coded("ICT_FACILITATION", draw([0.4, 0.2, 0.1, 0.05, 0.25]), ["NONE", "REC", "EXP", "BOTH", "_U"])
    help_ = several(
        "REFERRAL", rng.random((persons, 7)) < [0.8, 0.4, 0.3, 0.2, 0.2, 0.1, 0.05], [f"A{n}" for n in range(7)]
    )
    return count(
        {
            "area-sex-age": [area, sex, age],
            "area-sex-citizenship": [area, sex, citizenship],
            "area-exploitation-sex": [area, exploitation, sex],
            "area-majority-exploitation": [area, majority, exploitation],
            "area-origin-exploitation": [area, origin, exploitation],
            "area-route-sex": [area, route, sex],
            "area-sector-age": [area, sector, age],
            "area-referral-ict": [area, help_, ict],
        }
    )
