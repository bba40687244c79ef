"""Tables that are protected at home, and how a file of them is checked before it leaves.

The only module of the tool that loads what protects, which takes longer than all the rest; ``tables`` asks for it.
"""

from __future__ import annotations

from random import Random

from amana.codebook.model import Codebook
from amana.committee.documents import Documents
from amana.committee.law import law, rule
from amana.plans.known import known_figures
from amana.plans.plan import Plan
from amana.tabulation import protected_file
from amana.tabulation.protected_file import parse_protected, protect, render_protected
from amana.tabulation.tabulate import Counts

FORMAT = protected_file.FORMAT


def made(counts: Counts, plan: Plan, documents: Documents, book: Codebook, rng: Random) -> bytes:
    """Return the protected tables of what was counted. Raises ClearingRefused, NotAgreed, PolicyInvalid."""
    known = known_figures(law(documents, counts.committee), plan, counts.period, book)
    tables = protect(counts, plan, book, rule(documents, plan, counts.committee), rng, known=known)
    return render_protected(tables, plan, book)


def about(raw: bytes, plan: Plan, committee: str, documents: Documents, book: Codebook) -> tuple[str, str, str]:
    """Return committee, dataflow and period of a tables file that is sound. Raises TablesInvalid, Malformed."""
    read = parse_protected(raw, plan, book, rule(documents, plan, committee))
    return read.committee, read.dataflow, read.period
