"""Native libraries may write to the process's output whatever they like; where they see counts they are not heard.

HiGHS prints bounds of its programmes, which come from true counts, even where it was told to print nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_OUT, _ERR = 1, 2


@contextmanager
def only_python_speaks() -> Iterator[None]:
    """Let ``sys.stdout`` and ``sys.stderr`` write where they did, and nothing else of this process.

    Of the whole process, all threads: for its main thread, and not for one that starts other processes.
    """
    out, err = sys.stdout, sys.stderr
    kept = {number: os.dup(number) for number in (_OUT, _ERR)}
    sys.stdout, sys.stderr = _onto(out, _OUT, kept[_OUT]), _onto(err, _ERR, kept[_ERR])
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in kept:
        os.dup2(nowhere, number)
    os.close(nowhere)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = out, err
        for number, own in kept.items():
            os.dup2(own, number)
            os.close(own)


def _onto(stream: TextIO, number: int, own: int) -> TextIO:
    """Return a stream that writes where this one does, though its descriptor will lead elsewhere."""
    stream.flush()
    try:
        mine = stream.fileno() == number
    except OSError:  # it writes to no file at all
        mine = False
    if not mine:
        return stream
    return open(own, "w", buffering=1, encoding=stream.encoding, errors=stream.errors, closefd=False)
