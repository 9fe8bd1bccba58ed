"""Fixtures that tests of several folders use."""

import signal

pytest_plugins = ["tests.support.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background, a shell has Ctrl-C ignored, and everything started from here with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: packed data holds times, and every worker must see the same names."""
    return argname if isinstance(val, bytes) else None
