"""Watches: rules that no block can answer alone. Each sees every block, remembers little, and answers at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from amana.codebook.model import Codebook, Dataflow
from amana.findings import Finding
from amana.validation.batch import Batch


class Watch(Protocol):
    """A rule over the whole file. It keeps at most some 40 bytes for each row, and no cell."""

    def see(self, batch: Batch) -> None:
        """Take the next block."""

    def findings(self) -> Iterator[Finding]:
        """Yield what the whole file shows, once every block was seen."""


Watchman = Callable[[Dataflow, Codebook], Watch]
