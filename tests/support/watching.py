"""The watch over a whole run of the tests: fixtures and hooks that ``conftest`` takes in.

Each test fails when, during it, our code committed a write without an event. When all fast tests have run, the run
fails if a statement that writes was never seen to write: what nobody exercises, nobody has watched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.watched import Watch, write_statements

WATCH = Watch()


@pytest.fixture(autouse=True, scope="session")
def watch() -> Iterator[Watch]:
    """The watch of this process."""
    with WATCH.on():
        yield WATCH


@pytest.fixture(autouse=True)
def every_write_has_its_event(watch: Watch) -> Iterator[None]:
    """No transaction of ours with a write commits without a journal row in it."""
    yield
    missed = watch.missed()
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def never_seen(config: pytest.Config) -> list[str]:
    """Return the statements that wrote in no test; nothing unless all fast tests were asked for."""
    options = config.option
    narrowed = options.keyword or options.markexpr not in {"", "not slow"} or getattr(options, "lf", False)
    if narrowed or config.args_source is not pytest.Config.ArgsSource.TESTPATHS or hasattr(config, "workerinput"):
        return []
    return [f"{place} {verb}" for place, verb in sorted(write_statements() - WATCH.exercised)]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what another process of this run has seen."""
    WATCH.exercised.update(map(tuple, getattr(node, "workeroutput", {}).get("written", ())))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what this process has seen, or judge it all."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["written"] = sorted(WATCH.exercised)
    elif session.exitstatus == pytest.ExitCode.OK and never_seen(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the statements that nobody has watched."""
    for one in never_seen(config):
        terminalreporter.write_line(f"No test has seen this write, so nobody knows whether it leaves an event: {one}")
