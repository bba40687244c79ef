"""The policies folder, read whole: region, agreements, rules of access, what is kept, told, and printed elsewhere.

A folder either holds together or is refused. Comments and order in TOML change nothing, so they do not change the
digest; every value does, and so does every character of the Cedar text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Final

from amana import canonical
from amana.errors import NotFound
from amana.policy import (
    access,
    agreement,
    attacks,
    dry_run,
    known,
    log,
    noise,
    questions,
    region,
    retention,
    window,
    witnesses,
)
from amana.policy.access import Access
from amana.policy.agreement import Agreement
from amana.policy.attacks import Attacks
from amana.policy.dry_run import DryRun
from amana.policy.known import Printed
from amana.policy.log import LogPolicy
from amana.policy.noise import Noise
from amana.policy.questions import Questions
from amana.policy.region import Region
from amana.policy.retention import Retention
from amana.policy.toml import PolicyInvalid, canonical_form, read_table
from amana.policy.window import Window
from amana.policy.witnesses import Witnesses

_AGREEMENTS: Final = "agreements"
_SINGLE: Final = (
    region.FILE,
    retention.FILE,
    dry_run.FILE,
    attacks.FILE,
    noise.FILE,
    questions.FILE,
    log.FILE,
    window.FILE,
    witnesses.FILE,
)


@dataclass(frozen=True)
class Policies:
    """Everything that was agreed, at one moment, under one digest (SHA-256, 64 hex characters)."""

    region: Region
    agreements: Mapping[str, Agreement]
    access: Access
    retention: Retention
    dry_run: DryRun
    attacks: Attacks
    noise: Noise
    questions: Questions
    log: LogPolicy
    window: Window
    witnesses: Witnesses
    known: tuple[Printed, ...]
    digest: str

    def agreement(self, committee: str) -> Agreement:
        """Return a committee's agreement. Raises NotFound when there is none."""
        if committee not in self.agreements:
            raise NotFound(kind="agreement", id=committee)
        return self.agreements[committee]

    def members(self, on: date) -> tuple[str, ...]:
        """Return the committees that are members on that day, in alphabetical order."""
        return tuple(sorted(name for name, agreed in self.agreements.items() if agreed.is_member(on)))


def load(folder: Path) -> Policies:
    """Return the policies in ``folder``, which must hold every document that ``policies/README.md`` lists.

    Raises PolicyInvalid, naming file and place, for anything missing, unknown, mistyped, contradictory, or below
    the bedrock. Whoever loads should log ``digest``, so that two processes can be seen to follow the same law.
    """
    files = (*_SINGLE, *_files(folder, _AGREEMENTS), *_files(folder, known.FOLDER))
    tables = {path: read_table(folder / path, path) for path in files}
    rules, schema = _read_text(folder, access.RULES), _read_text(folder, access.SCHEMA)
    agreed_region = region.parse(tables[region.FILE])
    agreed = [agreement.parse(tables[path], path, agreed_region) for path in _files(folder, _AGREEMENTS)]
    printed = [known.parse(tables[path], path, agreed_region) for path in _files(folder, known.FOLDER)]
    digest = canonical.digest(
        {**{path: canonical_form(table) for path, table in tables.items()}, access.RULES: rules, access.SCHEMA: schema}
    )
    return Policies(
        region=agreed_region,
        agreements={one.committee: one for one in agreed},
        access=access.parse(rules, schema),
        retention=retention.parse(tables[retention.FILE]),
        dry_run=dry_run.parse(tables[dry_run.FILE]),
        attacks=attacks.parse(tables[attacks.FILE]),
        known=tuple(chain.from_iterable(printed)),
        noise=noise.parse(tables[noise.FILE]),
        questions=questions.parse(tables[questions.FILE]),
        window=window.parse(tables[window.FILE]),
        log=log.parse(tables[log.FILE]),
        witnesses=witnesses.parse(tables[witnesses.FILE]),
        digest=digest,
    )


def _files(folder: Path, within: str) -> list[str]:
    return sorted(f"{within}/{path.name}" for path in (folder / within).glob("*.toml"))


def _read_text(folder: Path, file: str) -> str:
    try:
        return (folder / file).read_text(encoding="utf-8-sig")
    except FileNotFoundError as fault:
        raise PolicyInvalid(file, "", "the file is missing") from fault
    except (OSError, ValueError) as fault:
        raise PolicyInvalid(file, "", "the file cannot be read") from fault
