"""What its event costs a reader of statistics: the same request through the web application, with and without it.

The application is the real one on SQLite, with a published release; one and four threads ask it at a time, as
gunicorn's do, while a real sequencer moves the journal into the log. "Without" replaces the one call that notes the
event by nothing. By turns; what counts is the difference at p99.

    python bench/journalled_read.py [READS]      default 400 for each reader and turn
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from typing import Final

from beside import machine
from flask import g
from journal import percentile, sequencer

from amana import clock
from amana.config import HOME
from amana.web import guard

sys.path.append(str(HOME / "tests"))  # a whole hub, as the tests open one
from support.hub import RealHub, real_hub
from support.published import contribution, publish, send
from support.running import small_policies

ROUNDS: Final = 3
STATISTICS: Final = "/api/v1/data/VICTIMS?by=REF_AREA,SEX&TIME_PERIOD=2022"
PURPOSE: Final = {"Amana-Purpose": "regional_reporting"}
OK: Final = 200


def main() -> None:
    reads = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    print(machine())
    time_reads(reads)


def time_reads(reads: int) -> None:
    """Print what the event costs a reader of statistics, one and four at a time, with a sequencer at work beside."""
    with tempfile.TemporaryDirectory() as folder:
        policies = small_policies(Path(folder))
        (Path(folder) / "hub").mkdir()
        with real_hub(Path(folder) / "hub", policies, clock=clock.now) as hub:
            for committee in ("MAR", "NER", "CIV"):
                send(hub, contribution(160), committee, "2022")
            hub.work()
            publish(hub, "2022")
            key = hub.folder / "keys" / "sequencer" / "log.pem"
            with sequencer(hub.test_database.url, key):
                for readers in (1, 4):
                    with_event, without = read_by_turns(hub, readers, reads)
                    more = (percentile(with_event, 99) - percentile(without, 99)) * 1e3
                    print(
                        f"sqlite, {readers} reader(s): journalled p50 {median(with_event) * 1e3:.1f} ms,"
                        f" p99 {percentile(with_event, 99) * 1e3:.1f} ms; without the event p50"
                        f" {median(without) * 1e3:.1f} ms, p99 {percentile(without, 99) * 1e3:.1f} ms:"
                        f" {more:+.1f} ms at p99"
                    )


def read_by_turns(hub: RealHub, readers: int, reads: int) -> tuple[list[float], list[float]]:
    honest = guard.note
    with_event, without = list[float](), list[float]()
    for _ in range(ROUNDS):
        read(hub, readers, reads, with_event)
        guard.note = unnoted
        try:
            read(hub, readers, reads, without)
        finally:
            guard.note = honest
    return with_event, without


def unnoted(event: object, tx: object = None) -> str:  # noqa: ARG001 - the same question
    """Note nothing: what the request costs without its event."""
    g.noted = True
    return ""


def read(hub: RealHub, readers: int, reads: int, taken: list[float]) -> None:
    """Read from so many threads at once, as gunicorn's threads do, and add each answer's seconds to ``taken``."""

    def one() -> None:
        client = hub.api("member")
        for _ in range(reads):
            before = time.perf_counter()
            answer = client.get(STATISTICS, headers=PURPOSE)
            taken.append(time.perf_counter() - before)
            if answer.status_code != OK:
                raise RuntimeError(answer.text)

    crew = [threading.Thread(target=one) for _ in range(readers)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


if __name__ == "__main__":
    main()
