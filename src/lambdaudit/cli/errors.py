"""Exit codes and the one kind of error that a verb raises."""

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_ERROR = 2
EXIT_NOTHING = 3
EXIT_INCOMPLETE = 4
EXIT_INTERRUPTED = 130


class CommandError(Exception):
    """What went wrong, where, and what to do, in one line; `code` is the exit code."""

    def __init__(self, message: str, code: int = EXIT_ERROR) -> None:
        super().__init__(message)
        self.code = code


def plain(text: str) -> str:
    """One line without control, escape and text-direction characters, so that a hostile name cannot steer a terminal."""
    return "".join(c if c.isprintable() else " " for c in text).strip()
