"""The catalogue of rules as a page for people: what each finds, how severe, what to do, and on what it rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from amana.validation.catalogue import Entry, Kind, When, catalogue
from amana.validation.told import plainly
from amana.wording.load import codes, sentence

_COLUMNS: Final = ("rule", "finds", "severity", "fix", "source")


def page(language: str) -> str:
    """Return the rules as Markdown in ``language``, one table for each kind; ``…`` stands for what a file fills in."""
    lines = [f"# {_word('title', language)}", "", _word("made", language), "", _word("levels", language), ""]
    for kind in Kind:
        entries = [entry for entry in catalogue().entries.values() if entry.kind is kind]
        lines += [f"## {_word(f'kind_{kind}', language)}", "", *_table(entries, language), ""]
    if language == "ar":
        lines = ['<div dir="rtl">', "", *lines, "</div>", ""]
    return "\n".join(lines)


def condition(when: When) -> str:
    """Return a condition of the table in signs: ``CHILD_STATUS = ACCOMPANIED``, ``MEANS = 0``."""
    parts = [*_codes(when.among, "="), *(f"{name} ≠ _U, _Z" for name in when.known), *_codes(when.unless, "≠")]
    parts += [f"{' / '.join(when.yes)} = 1"] if when.yes else []
    return " & ".join([*parts, *(f"{name} = 0" for name in when.no)])


def _codes(said: Mapping[str, tuple[str, ...]], sign: str) -> Iterator[str]:
    return (f"{name} {sign} {', '.join(codes_)}" for name, codes_ in said.items())


def _table(entries: list[Entry], language: str) -> Iterator[str]:
    yield "| " + " | ".join(_word(column, language) for column in _COLUMNS) + " |"
    yield "|" + "---|" * len(_COLUMNS)
    for entry in entries:
        yield "| " + " | ".join(_cells(entry, language)) + " |"


def _cells(entry: Entry, language: str) -> Iterator[str]:
    yield f"`{entry.id}`"
    signs = "".join(f"<br>`{condition(when)}`" for when in entry.when)
    yield plainly(entry.id, language, {}) + signs
    yield _word(f"severity_{entry.severity or 'either'}", language)
    yield sentence(f"fix.{entry.id}", language) if f"fix.{entry.id}" in codes() else ""
    sure = sentence(f"codebook.confidence_{entry.confidence}", language)
    yield f"{sentence(f'source.{entry.source}', language)} ({sure})"


def _word(name: str, language: str) -> str:
    return sentence(f"rulebook.{name}", language)
