"""Fixtures that tests of several folders use."""

import signal

pytest_plugins = ["tests.support.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background, a shell has Ctrl-C ignored, and everything started from here with it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
