"""Whether the documents speak of what the codebook knows: a slip in a name would protect nothing, without a word."""

from __future__ import annotations

from typing import Final

from amana.codebook.model import AREA, TOTAL, Codebook, Dataflow, Kind
from amana.policy import known, region
from amana.policy.documents import Policies
from amana.policy.known import Printed
from amana.policy.toml import PolicyInvalid

_COUNTED: Final = (Kind.CODED, Kind.MULTI)


def check(policies: Policies, book: Codebook) -> None:
    """Return when every variable and code that the documents name is in the codebook.

    Raises PolicyInvalid, naming the file, the place, and what is unknown.
    """
    for dataflow, names in policies.region.sensitive.items():
        for name in sorted(names):
            if not _is_counted(book.dataflow(dataflow), name):
                raise PolicyInvalid(region.FILE, f"sensitive.{dataflow}", f"{name} is no variable that is counted.")
    for one in policies.known:
        _check_figure(one, book)


def _check_figure(one: Printed, book: Codebook) -> None:
    flow, file = book.dataflow(one.dataflow), f"{known.FOLDER}/{one.committee}.toml"
    for name, code in one.cell:
        place = f"figure.cell.{name}"
        if (name, code) == (AREA, TOTAL):
            continue  # of all committees together
        if name == AREA:
            raise PolicyInvalid(file, place, "The file's committee is the country; a cell does not name it again.")
        if not _is_counted(flow, name):
            raise PolicyInvalid(file, place, f"{name} is no variable of {one.dataflow} that is counted.")
        if code == TOTAL or code not in {each.id for each in book.list_of(flow.variable(name)).codes}:
            raise PolicyInvalid(file, place, f"{code} is no code of {name} that somebody can have.")


def _is_counted(flow: Dataflow, name: str) -> bool:
    return any(each.id == name and each.kind in _COUNTED for each in flow.variables)
