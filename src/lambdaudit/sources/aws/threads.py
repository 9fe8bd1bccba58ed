"""How a run's threads live together: who gets Ctrl-C, and how they share the interpreter and the processors."""

import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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
    if len(before) < 2:
        yield
        return
    with suppress(OSError):
        os.sched_setaffinity(0, {random.choice(sorted(before))})  # by chance, so that several runs do not meet on one
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, before)
