"""A command loads what it needs and no more: most of them start before anybody notices."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from amana.command.options import kept
from amana.config import HOME
from support.contributions import row, text

READS = {"numpy", "polars", "pyarrow"}  # what reads records
JUDGES = {"presidio_analyzer", "phonenumbers", "faker"}  # what names and numbers are known by
PROTECTS = {"scipy", "highspy", "opendp", "cedarpy"}
DRAWS = {"xlsxwriter", "python_calamine"}
TOKEN = "bat_" + "a" * 26


def loaded(words: list[str], folder: Path) -> set[str]:
    """The libraries, of those above, that a command has loaded when it ends."""
    code = f"""
import sys
from amana.command.main import amana
try:
    amana({words!r})
except BaseException as ended:
    print(type(ended).__name__, file=sys.stderr)
print("LOADED", *({{name.split(".")[0] for name in sys.modules}} & {READS | JUDGES | PROTECTS | DRAWS!r}))
"""
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True, text=True, check=True, cwd=folder, env={"XDG_CACHE_HOME": str(folder / "kept")},
    )  # fmt: skip
    return set(told.stdout.splitlines()[-1].split()[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o600)
    (tmp_path / "victims.csv").write_text(text([row(number) for number in range(30)]), encoding="utf-8")
    return tmp_path


HUB = ["--hub", "http://127.0.0.1:9", "--token-file", "token", "--lang", "en"]
FILE = ["victims.csv", "--committee", "MAR", "--dataflow", "VICTIMS", "--period", "2022", "--lang", "en"]


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["check", "--help"],
        ["status", TOKEN, *HUB],
        ["send", ".", *HUB],
        ["decide", TOKEN, "replace", *HUB],
        ["withdraw", TOKEN, "--yes", *HUB],
        ["receipt", "fetch", "req_" + "a" * 26, "--out", "receipt", *HUB],
        ["keys", "pseudonym", "--out", "key"],
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_a_command_that_reads_no_file_of_records_loads_nothing_that_could(words: list[str], folder: Path) -> None:
    assert loaded(["committee", *words], folder) == set()


def test_checking_a_csv_loads_what_reads_it_and_nothing_that_protects_or_draws(folder: Path) -> None:
    assert loaded(["committee", "check", *FILE], folder) == READS
    assert [file.name.split("-")[0] for file in sorted((folder / "kept" / "amana").iterdir())] == ["dates", "numbers"]


def test_counts_that_leave_unprotected_load_nothing_that_protects(folder: Path) -> None:
    agreement = folder / "DZA.toml"
    agreement.write_text((HOME / "policies/agreements/DZA.toml").read_text(encoding="utf-8"), encoding="utf-8")
    words = ["victims.csv", "--committee", "DZA", "--dataflow", "VICTIMS", "--period", "2022", "--lang", "en"]
    words += ["--plan", "victims-annual", "--out", "tables.json"]
    assert loaded(["committee", "tabulate", *words], folder) == READS
    assert (folder / "tables.json").exists()


def test_where_what_is_kept_stands() -> None:
    assert kept({"XDG_CACHE_HOME": "/elsewhere"}) == Path("/elsewhere/amana")
    assert kept({}) == Path.home() / ".cache" / "amana"
    assert kept({"XDG_CACHE_HOME": "~nobody-of-that-name/x"}) is None
