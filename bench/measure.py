"""Run a command and measure it: wall time, CPU of the whole tree of processes, the largest resident set."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """What one command took: seconds of wall and CPU time, MiB of its largest process, exit code (None: stopped)."""

    wall: float
    cpu: float
    peak_mib: float
    exit: int | None


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str], limit: float) -> Usage:
    """Run the command in the folder, its output in output.txt there, for at most `limit` seconds."""
    started = time.monotonic()
    with (folder / "output.txt").open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    late = threading.Event()

    def stop() -> None:
        late.set()
        os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        stop()
        raise
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        wall=time.monotonic() - started,
        cpu=usage.ru_utime + usage.ru_stime,
        peak_mib=usage.ru_maxrss / 1024,
        exit=None if late.is_set() else process.returncode,
    )
