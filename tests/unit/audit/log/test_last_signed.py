"""When the log was signed last, by clocks of two kinds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from amana.audit.log import cosigned
from amana.audit.log.cosigned import Panel
from amana.audit.log.last_signed import last_signed
from amana.audit.log.sequence import show
from amana.audit.tlog.calendar import Calendar
from amana.audit.witness.cosignature import cosign
from support.databases import TestDatabase
from support.log import NOON, WrittenLog
from support.witnesses import MAR, TUN, trust


def test_the_latest_of_all_clocks_counts(database: TestDatabase, tmp_path: Path) -> None:
    log, skew = WrittenLog(database, tmp_path), timedelta(minutes=5)

    def last() -> object:
        with log.sequencer.read() as reading:
            return last_signed(reading, skew)

    assert last() is None
    log.last = show(log.sequencer, log.key, NOON, log.last, Calendar(3600, 8))
    assert last() == NOON
    with log.web.read() as reading:
        note = cosigned.newest_public(reading)
    text = note.partition("\n\n")[0] + "\n"
    panel = Panel(log.key.verifier, trust(2, MAR, TUN), {MAR.name: "MAR", TUN.name: "TUN"}, 300)
    for key, minutes, told in ((MAR, 5, 0), (TUN, 20, 15)):
        line = cosign(text, key, int((NOON + timedelta(minutes=minutes)).timestamp()))
        with log.web.write() as tx:
            cosigned.take(tx, note + line, panel, NOON + timedelta(hours=1))
        assert last() == NOON + timedelta(minutes=told)
