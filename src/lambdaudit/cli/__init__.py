"""The command line. Each verb is a module of this package, imported only when it is asked for."""

import os
import sys

from .errors import EXIT_ERROR, EXIT_INTERRUPTED, CommandError


def main() -> None:
    """Entry point of the ``lambdaudit`` command: runs a verb and exits with its code. Never shows a traceback.

    Set ``LAMBDAUDIT_DEBUG=1`` to see where an internal error came from.
    """
    import gc

    import click

    from .app import app

    # An audit makes many small lasting objects: looking for cycles at every 700 costs a tenth of its CPU and finds none.
    gc.set_threshold(100_000, 50, 100)

    try:
        code = app.main(standalone_mode=False)
    except CommandError as error:
        _say(f"lambdaudit: {error}")
        code = error.code
    except click.exceptions.Exit as stop:
        code = stop.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        code = EXIT_ERROR
    except (click.Abort, KeyboardInterrupt):
        _say("lambdaudit: interrupted")
        code = EXIT_INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _say(f"lambdaudit: cannot read or write{where}: {error.strerror or error}")
        code = EXIT_ERROR
    except Exception as error:
        if os.environ.get("LAMBDAUDIT_DEBUG"):
            raise
        _say(f"lambdaudit: internal error: {type(error).__name__}: {error} (LAMBDAUDIT_DEBUG=1 shows where)")
        code = EXIT_ERROR
    gc.freeze()  # the process ends: to look through all that was made for cycles once more would be for nothing
    sys.exit(code if isinstance(code, int) else 0)


def _say(line: str) -> None:
    from .errors import plain

    sys.stderr.write(plain(line) + "\n")
