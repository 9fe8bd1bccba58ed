"""``lambdaudit policy``: questions about policy documents alone, without an account."""

import importlib
import sys
from pathlib import Path
from typing import BinaryIO

import click

from .errors import CommandError

MAX_BYTES = 16 * 1024**2
"""A longer file is no policy: AWS takes at most 20 KiB."""

_VERBS = {
    "check": "Validate a policy: mistakes, dangers, dead statements.",
    "compare": "What a new policy allows that an old one does not.",
    "deploy": "The least rights that deploying a template needs.",
    "simulate": "Decide requests against policies, one JSON object a line.",
}


class _Verbs(click.Group):
    """Loads a verb's module when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command = importlib.import_module(f"lambdaudit.cli.policy_{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_VERBS.items()))


@click.command(cls=_Verbs, name="policy", short_help="Check, compare and simulate policy documents.")
def command() -> None:
    """Check, compare, simulate and make policy documents, offline and without an account."""


def read_document(name: str) -> bytes:
    """The bytes of a policy file, of standard input for ``-``. Raises CommandError when they cannot be read or are too many."""
    with open_binary(name) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise CommandError(f"{name} is larger than {MAX_BYTES // 1024**2} MiB: no policy is")
    return data


def open_binary(name: str) -> BinaryIO:
    """A file to read, or standard input for ``-``. Raises CommandError when there is none."""
    if name == "-":
        return sys.stdin.buffer
    if Path(name).is_dir():
        raise CommandError(f"{name} is a folder: give a file")
    try:
        return open(name, "rb")
    except OSError as error:
        raise CommandError(f"cannot read {name}: {error.strerror}") from error
