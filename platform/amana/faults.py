"""Named places at which a test may kill the process, so that crash safety is shown and not claimed.

``point`` does nothing unless AMANA_FAULT names the place; no process accepts that variable outside a test or demo
folder (see ``amana.config``). The list of places is read from the source by the tests, never kept by hand.
"""

from __future__ import annotations

import os
import signal
from typing import Final

_CHOSEN: Final = os.environ.get("AMANA_FAULT")


def point(name: str) -> None:
    """Die here, as by ``kill -9``, if this is the place that the test chose."""
    if name == _CHOSEN:
        os.kill(os.getpid(), signal.SIGKILL)
