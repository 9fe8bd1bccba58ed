"""The code of an MFA device is asked for, and what is typed does not show."""

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.estate import Estate
from tests.support.wire import ACCOUNT

SERIAL = f"arn:aws:iam::{ACCOUNT}:mfa/me"
ARGUMENTS = ("collect", "aws", "--role-arn", f"arn:aws:iam::{ACCOUNT}:role/Audit", "--mfa-serial", SERIAL)


def environment(estate: Estate, home: Path) -> dict[str, str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return own | estate.proxy.environment() | {"HOME": str(home)}


def until(screen: int, wanted: bytes) -> bytes:
    """What a terminal shows up to some text; all of it when the program ends before."""
    shown, deadline = b"", time.monotonic() + 60
    while wanted not in shown and time.monotonic() < deadline:
        if select.select([screen], [], [], 0.2)[0]:
            try:
                shown += os.read(screen, 4096)
            except OSError:  # the terminal is closed once the program has ended
                break
    return shown


@pytest.mark.parametrize("typed", [b"418223\n", b"\x03"], ids=["code", "interrupted"])
def test_a_code_is_asked_for_and_does_not_show(estate_small: Estate, tmp_path: Path, typed: bytes) -> None:
    screen, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", _CONTROLLING, sys.executable, "-m", "lambdaudit", *ARGUMENTS, "--region", "eu-west-1"],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment(estate_small, tmp_path),
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(terminal)
    shown = until(screen, f"Enter MFA code for {SERIAL}: ".encode())
    assert b"Enter MFA code" in shown
    assert b"::" not in shown.partition(b"mfa/me")[2]
    time.sleep(0.5)  # what is typed before the terminal is told to be silent would show in any program
    os.write(screen, typed)
    shown += until(screen, b"no such text")
    code = process.wait(timeout=60)
    os.close(screen)
    assert b"418223" not in shown
    assert b"Traceback" not in shown, shown
    assert code == (0 if typed.endswith(b"\n") else 130), shown


_CONTROLLING = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Makes the terminal that of the session, as a shell in a window does: it is asked for passwords, and Ctrl-C comes from it."""


def test_without_a_terminal_and_a_code_it_says_so(estate_small: Estate, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "lambdaudit", *ARGUMENTS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(estate_small, tmp_path),
        cwd=tmp_path,
        start_new_session=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    last = result.stderr.splitlines()[-1]
    assert last.startswith("lambdaudit: the code of the MFA device was not given")
    assert "GetPassWarning" not in result.stderr
    assert "Traceback" not in result.stderr
