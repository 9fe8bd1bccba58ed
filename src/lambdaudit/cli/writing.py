"""Files that a verb writes besides what it prints."""

from pathlib import Path

from .errors import CommandError


def write_file(output: str, data: bytes) -> None:
    """Write a file whole or not at all. Raises CommandError, in one line, when it cannot be written."""
    from lambdaudit.model.snapshot import write_atomically

    try:
        write_atomically(Path(output), data)
    except OSError as error:
        raise CommandError(f"cannot write {output}: {error.strerror or error}") from error
