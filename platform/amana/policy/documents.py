"""The policies folder, read whole: the region, the agreements, the rules of access, what is kept and what is told.

A folder either holds together or is refused. Comments and order in TOML change nothing, so they do not change the
digest; every value does, and so does every character of the Cedar text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from amana import canonical
from amana.errors import NotFound
from amana.policy import access, agreement, dry_run, region, retention
from amana.policy.access import Access
from amana.policy.agreement import Agreement
from amana.policy.dry_run import DryRun
from amana.policy.region import Region
from amana.policy.retention import Retention
from amana.policy.toml import PolicyInvalid, canonical_form, read_table

_AGREEMENTS: Final = "agreements"
_SINGLE: Final = (region.FILE, retention.FILE, dry_run.FILE)


@dataclass(frozen=True)
class Policies:
    """Everything that was agreed, at one moment, under one digest (SHA-256, 64 hex characters)."""

    region: Region
    agreements: Mapping[str, Agreement]
    access: Access
    retention: Retention
    dry_run: DryRun
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
    """Return the policies in ``folder``: region, retention, dry_run and agreements/* (TOML); access.cedar, its schema.

    Raises PolicyInvalid, naming file and place, for anything missing, unknown, mistyped, contradictory, or below
    the bedrock. Whoever loads should log ``digest``, so that two processes can be seen to follow the same law.
    """
    tables = {path: read_table(folder / path, path) for path in (*_SINGLE, *_agreement_files(folder))}
    rules, schema = _read_text(folder, access.RULES), _read_text(folder, access.SCHEMA)
    agreed_region = region.parse(tables[region.FILE])
    agreed = [agreement.parse(table, path, agreed_region) for path, table in tables.items() if path not in _SINGLE]
    digest = canonical.digest(
        {**{path: canonical_form(table) for path, table in tables.items()}, access.RULES: rules, access.SCHEMA: schema}
    )
    return Policies(
        region=agreed_region,
        agreements={one.committee: one for one in agreed},
        access=access.parse(rules, schema),
        retention=retention.parse(tables[retention.FILE]),
        dry_run=dry_run.parse(tables[dry_run.FILE]),
        digest=digest,
    )


def _agreement_files(folder: Path) -> list[str]:
    return sorted(f"{_AGREEMENTS}/{path.name}" for path in (folder / _AGREEMENTS).glob("*.toml"))


def _read_text(folder: Path, file: str) -> str:
    try:
        return (folder / file).read_text(encoding="utf-8")
    except (OSError, ValueError) as fault:
        raise PolicyInvalid(file, "", "the file cannot be read") from fault
