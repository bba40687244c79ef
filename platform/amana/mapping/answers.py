"""Answers that come in parts: one cell that names several codes, and several yes/no columns that make one variable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from amana.codebook.model import UNKNOWN

YES: Final = "1"
NO: Final = "0"


def split(cell: str, separators: str) -> list[str]:
    """Return the values that a cell names, without the blanks around them."""
    return [part.strip() for part in re.split(f"[{re.escape(separators)}]", cell) if part.strip()]


def flags(keys: pl.Series, codes: Sequence[str], unnamed: str, residual: str | None) -> dict[str, pl.Series]:
    """Return code → (n,) flags. keys: (n,) codes joined by spaces; or ``_U`` or ``0``, which hold for every code.

    A cell that names only the code for *not known* says nothing of the others: they are unknown, not no.
    """
    texts = keys.drop_nulls().unique().to_list()
    return {
        code: keys.replace_strict(
            texts, [_flag(code, text, unnamed, residual) for text in texts], default=None, return_dtype=pl.String
        )
        if texts
        else keys
        for code in codes
    }


def joined(told: Sequence[pl.Series]) -> pl.Series:
    """Return (n,) one flag out of several columns': yes where one says yes, else no where one says no, else unknown."""
    if len(told) == 1:
        return told[0]
    frame = pl.DataFrame({str(place): cells for place, cells in enumerate(told)})
    each = pl.all()
    return frame.select(
        pl.when(pl.any_horizontal(each.is_null()))
        .then(None)
        .when(pl.any_horizontal(each == YES))
        .then(pl.lit(YES))
        .when(pl.any_horizontal(each == NO))
        .then(pl.lit(NO))
        .otherwise(pl.lit(UNKNOWN))
    ).to_series()


def with_residual(answers: Mapping[str, pl.Series], residual: str, refused: Sequence[pl.Series]) -> pl.Series:
    """Return (n,) the flag of the code that says *not known*: yes where it is told, or where nothing is told at all.

    refused: (n,) masks of explicit noes. Noes without a yes are no *not known*: they are for the rules to find.
    """
    others = [code for code in answers if code != residual]
    frame = pl.DataFrame({**answers, **{f"no {place}": mask for place, mask in enumerate(refused)}})
    lost = pl.any_horizontal(pl.col(*answers).is_null())
    some = pl.any_horizontal(pl.col(*others) == YES)
    noes = pl.any_horizontal(f"no {place}" for place in range(len(refused))) if refused else pl.lit(value=False)
    silent = ~some & ~noes.fill_null(value=False)
    return frame.select(
        pl.when(lost).then(None).when((pl.col(residual) == YES) | silent).then(pl.lit(YES)).otherwise(pl.lit(NO))
    ).to_series()


def picked(told: Sequence[tuple[str, pl.Series]], both: str | None) -> tuple[pl.Series, pl.Series]:
    """Return (the one code whose column says yes, (n,) whether two do) of a variable that has one answer.

    No yes at all is ``_U``. Two are ``both``; where the document names none, null.
    """
    frame = pl.DataFrame({str(place): cells for place, (_, cells) in enumerate(told)})
    yes = pl.sum_horizontal((pl.all() == YES).fill_null(value=False).cast(pl.Int32))
    codes = pl.coalesce(pl.when(pl.col(str(place)) == YES).then(pl.lit(code)) for place, (code, _) in enumerate(told))
    lost = pl.any_horizontal(pl.all().is_null())
    answer = (
        pl.when(lost)
        .then(None)
        .when(yes > 1)
        .then(pl.lit(both, dtype=pl.String))
        .when(yes == 1)
        .then(codes)
        .otherwise(pl.lit(UNKNOWN))
    )
    read = frame.select(answer=answer, twice=(yes > 1) & ~lost)
    return read["answer"], read["twice"]


def _flag(code: str, key: str, unnamed: str, residual: str | None) -> str:
    if key in {UNKNOWN, NO}:
        return key
    named = key.split()
    if code in named:
        return YES
    return UNKNOWN if named == [residual] else unnamed
