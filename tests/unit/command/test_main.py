"""The ``amana`` command itself, before any door is open."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from amana.command import main


def test_linear_algebra_is_done_in_one_thread_unless_somebody_says_otherwise(monkeypatch: pytest.MonkeyPatch):
    name, one = main.ONE_THREAD
    monkeypatch.setattr(sys, "argv", ["amana", "--version"])
    for said, kept in ((None, one), ("4", "4")):
        monkeypatch.delenv(name, raising=False)
        if said:
            monkeypatch.setenv(name, said)
        with pytest.raises(SystemExit):
            main.main()
        assert os.environ[name] == kept


def test_no_door_has_read_it_before():
    told = "import sys, amana.command.main; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
