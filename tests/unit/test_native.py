"""Native libraries are not heard where they see counts: what HiGHS prints comes from them."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from amana.command import worker as command
from amana.native import only_python_speaks
from amana.worker import main

SPEAKS = """
import os, sys
from amana.native import only_python_speaks
print("before")
with only_python_speaks():
    os.write(1, b"44 of a native library"); os.write(2, b"44")
    print("from Python")
    sys.stderr.write("a fault")
os.write(1, b"after")
"""


def test_what_python_says_is_heard_and_nothing_else():
    done = subprocess.run([sys.executable, "-c", SPEAKS], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["before", "from Python", "after"]
    assert done.stderr == "a fault"


def test_a_reader_who_captures_what_python_says_still_does(capsys: pytest.CaptureFixture[str]):
    with only_python_speaks():
        print("from Python")
    assert capsys.readouterr().out == "from Python\n"


def test_output_is_as_before_after_a_fault(capfd: pytest.CaptureFixture[str]):
    with pytest.raises(ValueError, match="a fault"), only_python_speaks():
        raise ValueError("a fault")
    os.write(1, b"heard again")
    assert capfd.readouterr().out == "heard again"


def test_no_library_is_heard_in_the_worker(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    monkeypatch.setattr(main, "run", lambda *_env, **_once: os.write(1, b"44 of a native library"))
    assert CliRunner().invoke(command.command, ["--once"]).exit_code == 0
    assert not capfd.readouterr().out
