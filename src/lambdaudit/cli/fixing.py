"""Patches of templates for `audit`: put at the findings, shown as unified diffs, written on request."""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CommandError, plain

if TYPE_CHECKING:
    from lambdaudit.model.finding import Finding, Report
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.sources.iac.lift import Lifted
    from lambdaudit.sources.iac.patches import FilePatch


@dataclass(slots=True)
class Fixer:
    """Lines, commands and patches of a report about templates, and what `--fix` does with the patches.

    `root` is the folder that paths are relative to, `parameters` are those given by hand, `account` the account that was named
    (empty: a placeholder stands for it, so that commands with it could not be run).
    """

    inventory: "Inventory"
    lifted: "Lifted"
    root: Path
    parameters: frozenset[str] = frozenset()
    account: str = ""
    files: "tuple[FilePatch, ...]" = ()

    def complete(self, report: "Report") -> "Report":
        """The report with the lines and the patches of its findings."""
        import msgspec

        from lambdaudit.sources.iac.patches import propose

        report = self.lifted.places.relocate(report, self.inventory)
        if not self.account:
            report = msgspec.structs.replace(report, findings=tuple(map(_without_commands, report.findings)))
        made = propose(report, self.inventory, self.lifted, root=self.root, parameters=self.parameters, successor=_successor)
        self.files = made.files
        return made.report

    def show(self, *, quiet: bool) -> None:
        """Print all patches on standard output, one diff for each file, byte for byte when it is no terminal."""
        if not self.files and not quiet:
            sys.stderr.write("lambdaudit: no finding has a patch\n")
        for file in self.files:
            if file.diff:
                _print(file.diff)
            else:
                name = plain(file.path)
                sys.stderr.write(
                    f"lambdaudit: the patch of {name} is not shown, a secret stands directly beside it; --fix --write makes it\n"
                )

    def write(self, *, quiet: bool) -> None:
        """Write the patched files, all or none. Raises CommandError when one changed meanwhile or cannot be written."""
        replace_files([(file.real, file.before, file.after) for file in self.files])
        if quiet:
            return
        for file in self.files:
            sys.stdout.write(f"changed {plain(file.path)}: {', '.join(file.rules)}\n")
        if not self.files:
            sys.stderr.write("lambdaudit: no finding has a patch, nothing is changed\n")


def _successor(runtime: str) -> str:
    """The runtime that AWS recommends after one, by way of others that are over by now; empty when none is known."""
    from lambdaudit.facts import runtimes

    life = runtimes.lifecycle(runtime)
    return life.successor if life else ""


def _without_commands(finding: "Finding") -> "Finding":
    """A finding without commands when its account is the placeholder."""
    import msgspec

    from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT

    if not finding.fix.commands or finding.account not in ("", PLACEHOLDER_ACCOUNT):
        return finding
    return msgspec.structs.replace(finding, fix=msgspec.structs.replace(finding.fix, commands=()))


def _print(diff: str) -> None:
    if sys.stdout.isatty():
        from lambdaudit.reporters.text import block

        sys.stdout.write(block(diff))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(diff.encode("utf-8", "surrogateescape"))
    sys.stdout.buffer.flush()


def replace_files(changes: "Sequence[tuple[Path, bytes, bytes]]") -> None:
    """Give files new contents, each in one step and with the mode that it had: all of them, or none when one is not as expected.

    A change is the file, its content as it must still be, and the new one. Raises CommandError with one line.
    """
    prepared: list[tuple[Path, Path, bytes]] = []
    try:
        for path, before, after in changes:
            _unchanged(path, before)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
            prepared.append((Path(name), path, before))
            with os.fdopen(handle, "wb") as file:
                file.write(after)
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(path, name)
        for _, path, before in prepared:
            _unchanged(path, before)
        for temporary, path, _ in prepared:
            os.replace(temporary, path)
    except OSError as error:
        where = plain(str(error.filename or "a template"))
        raise CommandError(f"--write: cannot change {where}: {error.strerror or error}") from error
    finally:
        for temporary, _, _ in prepared:
            temporary.unlink(missing_ok=True)


def _unchanged(path: Path, before: bytes) -> None:
    if path.read_bytes() != before:
        raise CommandError(f"--write: {plain(str(path))} changed since it was read: nothing is written, audit it again")
