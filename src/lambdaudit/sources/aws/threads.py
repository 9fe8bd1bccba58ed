"""How a run's threads live together: who gets Ctrl-C, and how they share the interpreter and the processors."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SWITCH_SECONDS = 0.05


@contextmanager
def interrupts(stop: threading.Event) -> Iterator[None]:
    """While inside, the first Ctrl-C only asks the run to stop; a second one interrupts as usual.

    Where that is not possible (another thread, someone else's handler) Ctrl-C keeps its meaning.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def ask_to_stop(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    signal.signal(signal.SIGINT, ask_to_stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def calm_threads() -> Iterator[None]:
    """Let threads keep the interpreter longer: they mostly wait, and each hand-over costs CPU (a quarter less, measured)."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one processor, where the system can.

    They share one interpreter lock, and no two of them run at once: handing it from processor to processor makes a collection at
    full speed a quarter slower, in time and in CPU time (measured, also beside a busy program, which moves away).
    """
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
    here = _processor()
    if len(before) < 2 or here not in before:
        yield
        return
    with suppress(OSError):
        os.sched_setaffinity(0, {here})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)


def _processor() -> int | None:
    """The processor that the system has put this thread on, as it saw fit (field 39 of ``stat``, proc(5)); None when not told."""
    try:
        fields = Path("/proc/thread-self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        return int(fields[36])
    except (OSError, ValueError, IndexError):
        return None
