"""Law: SIGINT and SIGTERM at any time, up to the very end, give an exit code of syncer."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

COMMON = """
import atexit, os, sys
from syncer import __main__, cli, process

def strike():
    os.kill(os.getpid(), {number})

sys.argv = ["syncer", "--version"]
"""

MOMENTS = {
    "before the command": """
real = cli.main
def main():
    strike()
    real()
cli.main = main
""",
    "when the code is chosen": """
real = cli.run
def run(arguments=None):
    code = real(arguments)
    strike()
    return code
cli.run = run
""",
    "while the interpreter is told the code": """
real = sys.exit
def leave(code):
    try:
        real(code)
    finally:
        strike()
sys.exit = leave
""",
    "in what runs at exit": """
real = process.leave
def leave():
    real()
    atexit.register(strike)
process.leave = leave
""",
    "when the handlers are gone": """
class Last:
    def __del__(self, strike=os.kill, number={number}, own=os.getpid()):
        strike(own, number)
sys.modules["last"] = Last()
""",
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_at_the_end_of_a_run_never_kills_it(moment: str, number: signal.Signals) -> None:
    script = (COMMON + MOMENTS[moment]).format(number=int(number)) + "\n__main__.main()\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=60, check=False)
    assert done.returncode in (0, 130), done.stderr
    assert b"Traceback" not in done.stderr
    if done.returncode == 0:
        assert b"version" in done.stdout
    if moment == "before the command":
        assert done.returncode == 130
