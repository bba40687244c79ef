"""A demo that is told to end, in whatever way, leaves no process behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_process_outlives_a_demo_that_is_told_to_end(tmp_path: Path, how: signal.Signals) -> None:
    words = [str(Path(sys.executable).with_name("amana")), "demo", "--port", "0", "--folder", str(tmp_path / "demo")]
    demo = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        hub = tmp_path / "demo" / "web.log"
        while not hub.exists():
            assert demo.poll() is None
            time.sleep(0.1)
        family = psutil.Process(demo.pid).children(recursive=True)
        assert len(family) >= 3
        demo.send_signal(how)
        demo.wait(60)
        assert psutil.wait_procs(family, timeout=30)[1] == []
    finally:
        demo.kill()
        for one in psutil.process_iter(["cmdline", "environ"]):
            if str(tmp_path) in str(one.info["environ"]):
                one.kill()
