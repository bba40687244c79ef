"""Write the documents that are made from code and data; with ``--check``, only say which are out of date.

``python -m amana.command.docs [--check]``. A document is a path under the checkout and its text; each maker below
returns some, so that the next generated document is one more function in ``MAKERS``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from amana.codebook.dictionary import CodeRow, Dictionary, ListTable, dictionary, list_table
from amana.codebook.load import load
from amana.codebook.model import Codebook
from amana.codebook.template import example
from amana.config import HOME
from amana.intake.states import NEXT as OF_A_BATCH
from amana.intake.states import REQUEST_NEXT as OF_A_REQUEST
from amana.release.states import NEXT as OF_A_RELEASE
from amana.states import diagram
from amana.validation import rulebook
from amana.wording.load import LANGUAGES, sentence

_RIGHT_TO_LEFT: Final = frozenset({"ar"})


def dictionaries(book: Codebook) -> Mapping[Path, str]:
    """Return docs/dictionary.<language>.md: every dataflow's variables, then every code list once."""
    return {Path("docs") / f"dictionary.{language}.md": _page(book, language) for language in LANGUAGES}


def templates(book: Codebook) -> Mapping[Path, str]:
    """Return docs/templates/<dataflow>.csv: the canonical header with three invented rows."""
    return {Path("docs/templates") / f"{id_}.csv": example(flow, book) for id_, flow in book.dataflows.items()}


def states(_: Codebook) -> Mapping[Path, str]:
    """Return docs/states/<noun>.md: what a batch, an owner's request and a release may become."""
    return {
        Path("docs/states/batch.md"): diagram(OF_A_BATCH, "batch", "amana/intake/states.py"),
        Path("docs/states/request.md"): diagram(OF_A_REQUEST, "request", "amana/intake/states.py"),
        Path("docs/states/release.md"): diagram(OF_A_RELEASE, "release", "amana/release/states.py"),
    }


def rules(_: Codebook) -> Mapping[Path, str]:
    """Return docs/rules.<language>.md: every rule of validation, with its severity and its source."""
    return {Path("docs") / f"rules.{language}.md": rulebook.page(language) for language in LANGUAGES}


MAKERS: Final[tuple[Callable[[Codebook], Mapping[Path, str]], ...]] = (dictionaries, templates, states, rules)


def documents() -> Mapping[Path, str]:
    """Return every generated document by its path under the checkout."""
    book = load()
    return {path: text for make in MAKERS for path, text in make(book).items()}


def outdated(root: Path = HOME) -> tuple[Path, ...]:
    """Return the documents under ``root`` that are absent or say something else than the code and data do."""
    return tuple(path for path, text in documents().items() if _read(root / path) != text)


def main(arguments: list[str], root: Path = HOME) -> int:
    """Write the documents that are out of date under ``root`` and name them; return 1 when ``--check`` finds any."""
    stale = outdated(root)
    for path in stale:
        sys.stdout.write(f"{path}\n")
    if "--check" in arguments:
        return 1 if stale else 0
    made = documents()
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(made[path], encoding="utf-8", newline="\n")
    return 0


def _read(path: Path) -> str | None:
    return path.read_bytes().decode("utf-8") if path.is_file() else None


def _page(book: Codebook, language: str) -> str:
    lines = [f"# {sentence('codebook.doc_title', language)}", ""]
    lines += [sentence("codebook.doc_generated", language, {"digest": book.digest}), ""]
    lines += [sentence("codebook.doc_unobtained", language), ""]
    used: dict[str, None] = {}
    for flow in book.dataflows.values():
        lines += _dataflow(dictionary(flow, book, language))
        used |= {variable.codelist: None for variable in flow.variables if variable.codelist}
    lines += [f"## {sentence('codebook.doc_lists', language)}", ""]
    for id_ in used:
        lines += _list(list_table(book.codelists[id_], book, language), language)
    if language in _RIGHT_TO_LEFT:
        lines = ['<div dir="rtl">', "", *lines, "</div>", ""]
    return "\n".join(lines)


def _dataflow(told: Dictionary) -> Iterator[str]:
    language = told.language
    yield from (f"## {told.title} (`{told.dataflow}`)", "")
    yield from (sentence("codebook.doc_unit", language, {"unit": told.unit, "period": told.period}), "")
    yield from _head(language, "variable", "meaning", "answer")
    for section in told.sections:
        must = sentence("codebook.doc_required" if section.required else "codebook.doc_optional", language)
        answer = f"{section.kind}; `{section.codelist.id}`" if section.codelist else section.kind
        meaning = f"**{section.title}** ({must}). {section.definition}"
        yield f"| `{section.variable}` | {meaning} | {answer} |"
    yield ""


def _list(table: ListTable, language: str) -> Iterator[str]:
    rows = [row for row in table.rows if not (table.long and row.storable)]
    yield from (f"### {table.title} (`{table.id}`)", "")
    if table.long:
        yield from (sentence("codebook.doc_shortened", language, {"count": len(table.rows)}), "")
    yield from _head(language, "code", "meaning", "level", "within", "elsewhere")
    for row in rows:
        yield f"| `{row.code}` | {row.label} | {row.level} | {row.parent} | {_elsewhere(row)} |"
    yield ""


def _elsewhere(row: CodeRow) -> str:
    return "<br>".join(known for known in row.known_as if not known.startswith("IC-TIP"))


def _head(language: str, *columns: str) -> Iterator[str]:
    yield "| " + " | ".join(sentence(f"codebook.doc_{column}", language) for column in columns) + " |"
    yield "|" + "---|" * len(columns)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
