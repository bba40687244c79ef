"""Prose names things of ours: modules, files, decisions, parts. What it names exists."""

from __future__ import annotations

import pkgutil
import re
import tomllib
from collections.abc import Iterator

from amana.config import HOME
from amana.wording.load import codes

ROOMS = {init.parent.name for init in (HOME / "platform" / "amana").glob("*/__init__.py")}
PROSE = [*HOME.glob("*.md"), *HOME.glob("docs/**/*.md"), *HOME.glob("tests/**/*.md")]
CODE = [path for top in ("platform", "tests", "bench") for path in sorted((HOME / top).rglob("*.py"))]
FILES = "\n".join(
    f"/{path.relative_to(HOME).as_posix()}\n"
    for top in ("platform", "tests", "bench")
    for path in (HOME / top).rglob("*")
)
A_FILE = re.compile(r"(\.\./)*[\w/-]+\.py|(platform|tests|bench|docs|policies|migrations)/[\w./-]*")
A_NAME = re.compile(rf"(amana\.)?({'|'.join(sorted(ROOMS))})(\.\w+)+")


def quoted() -> Iterator[tuple[str, str]]:
    """Yield where something is quoted as code is, and what."""
    for path in PROSE:
        text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        yield from ((path.relative_to(HOME).as_posix(), name) for name in re.findall(r"`([^`\n]+)`", text))
    for path in CODE:
        names = re.findall(r"``([^`\n]+)``", path.read_text(encoding="utf-8"))
        yield from ((path.relative_to(HOME).as_posix(), name) for name in names)


def is_there(name: str) -> bool:
    """Say whether a file is in the house, by its whole path or by the end of it."""
    path = name.rstrip("/")
    return (HOME / path).exists() or f"/{path.removeprefix('../')}\n" in FILES


def is_defined(name: str) -> bool:
    """Say whether a dotted name is that of a module, or of something in it."""
    try:
        pkgutil.resolve_name(f"amana.{name.removeprefix('amana.')}")
    except (ImportError, AttributeError):
        return False
    return True


def told() -> str:
    """Return whatever else has names with dots: codes, rules, kinds of events."""
    room = HOME / "platform" / "amana"
    paths = [*room.rglob("*.toml"), *(path for path in room.rglob("*.py") if path.stem != "__init__")]
    return "\n".join([*codes(), *(path.read_text(encoding="utf-8") for path in paths)])


def test_every_file_that_prose_names_is_there():
    named = [(where, name) for where, name in quoted() if A_FILE.fullmatch(name)]
    assert len(named) > 200
    assert [each for each in named if not is_there(each[1])] == []


def test_every_name_that_looks_like_one_of_ours_is_defined():
    named = [(where, name) for where, name in quoted() if A_NAME.fullmatch(name) and not A_FILE.fullmatch(name)]
    assert len(named) > 20
    unknown = [(where, name) for where, name in named if not is_defined(name)]
    words = told() if unknown else ""
    assert [each for each in unknown if f'"{each[1]}"' not in words and f"[{each[1]}]" not in words] == []


def test_every_decision_that_prose_names_was_taken():
    taken = {int(path.stem[:4]): path.read_text(encoding="utf-8") for path in (HOME / "docs" / "adr").glob("*.md")}
    assert all(text.startswith(f"# {number}. ") for number, text in taken.items())
    for path in [*PROSE, *CODE]:
        for several in re.findall(r"ADRs? ([\d, -]+(?:and \d+)?)", path.read_text(encoding="utf-8")):
            assert {int(number) for number in re.findall(r"\d+", several)} <= taken.keys(), path
    for number, text in taken.items():
        (*later,) = map(int, re.findall(r"\d+", text.partition("\n\nStatus: amended by ")[2].partition("\n")[0]))
        assert all(number < other in taken for other in later), number


def test_every_link_of_a_document_leads_somewhere():
    for path in PROSE:
        for target in re.findall(r"\]\((?![a-z]+:)([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), (path, target)


def test_every_part_that_we_did_not_write_has_its_reason():
    """docs/adr/0005: one line for each need."""
    lines = (HOME / "docs" / "adr" / "0005-parts-we-did-not-write.md").read_text(encoding="utf-8").lower()
    needed = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.split(r"[\[<>=!~]", one)[0] for one in needed]
    assert [name for name in names if name not in lines] == []
