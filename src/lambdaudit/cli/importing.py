"""``--import``: what other analysers reported, joined with the functions whose code it is about."""

import fnmatch
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import CommandError, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambdaudit.model.external import ExternalIssue, ExternalReport
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.sources.iac.lift import Lifted

Given = tuple[str, Path, "tuple[ExternalReport, ...]"]
"""The function that a report was said to be about (name, ARN or glob; empty: told by its places), its file, what is in it."""


def read_imports(values: "Iterable[str]") -> list[Given]:
    """Read the reports that `--import [FUNCTION=]FILE` names. Raises CommandError: before a long collection, not after it."""
    if not (wanted := tuple(values)):
        return []
    from lambdaudit.sources.external import ExternalError, read_report

    given: list[Given] = []
    for value in wanted:
        function, equals, name = value.partition("=")
        whole = Path(value)
        path, function = (whole, "") if not equals or whole.is_file() else (Path(name), function)
        try:
            given.append((function, path, read_report(path)))
        except ExternalError as error:
            raise CommandError(f"--import: {error}") from error
    return given


def joined(inventory: "Inventory", given: list[Given], lifted: "Lifted | None" = None, root: Path | None = None) -> "Inventory":
    """The inventory with these reports. Results that are about the code of no function are counted in the coverage.

    With templates a place is looked up among the folders of the functions' sources; otherwise `FUNCTION=` says whose it is, and
    results about dependencies are joined with what the functions carry.
    """
    import msgspec

    if not given:
        return inventory
    placed = _Placed(inventory, lifted, root)
    reports: list[ExternalReport] = []
    notes: list[str] = []
    for wanted, path, found in given:
        for report in found:
            functions = placed.named(wanted) if wanted else ()
            if wanted and not functions:
                _warn(f"--import {wanted}={path}: no function is called {wanted}")
            issues = tuple(placed.issue(issue, path, functions, wanted) for issue in report.issues)
            one = msgspec.structs.replace(report, id=_free(report.id, reports), issues=issues)
            reports.append(one)
            notes.append(_note(one))
            if notes[-1].endswith(_HINT):
                _warn(notes[-1])
    coverage = msgspec.structs.replace(inventory.coverage, notes=(*inventory.coverage.notes, *notes))
    return inventory.changed(assets=[*inventory.assets, *reports], coverage=coverage)


_HINT = "say whose they are: --import FUNCTION=FILE"


def _note(report: "ExternalReport") -> str:
    code = [issue for issue in report.issues if issue.kind != "dependency"]
    lost = sum(not issue.functions for issue in code)
    text = f"{report.name}: {len(report.issues)} results"
    if lost:
        text += f", {lost} of them in files of no function"
    return f"{text}; {_HINT}" if lost and lost == len(code) else text


def _free(identity: str, reports: "list[ExternalReport]") -> str:
    taken = {report.id for report in reports}
    number = 2
    free = identity
    while free in taken:
        free = f"{identity} ({number})"
        number += 1
    return free


class _Placed:
    """Whose code a place is in."""

    def __init__(self, inventory: "Inventory", lifted: "Lifted | None", root: Path | None) -> None:
        from lambdaudit.model.functions import Function

        self._functions = inventory.of(Function)
        self._root = (root or Path()).resolve()
        self._folders: Mapping[Path, list[str]] = self._sources(lifted) if lifted else {}

    def _sources(self, lifted: "Lifted") -> "Mapping[Path, list[str]]":
        found: dict[Path, list[str]] = {}
        ids = {fn.id for fn in self._functions}
        for identity, code in lifted.code.items():
            if identity in ids and code.path is not None:
                found.setdefault(code.path.resolve(), []).append(identity)
        return found

    def named(self, wanted: str) -> tuple[str, ...]:
        """The functions of a name, ARN or glob."""
        return tuple(fn.id for fn in self._functions if wanted == fn.id or fnmatch.fnmatchcase(fn.name, wanted))

    def issue(self, issue: "ExternalIssue", report: Path, functions: tuple[str, ...], wanted: str) -> "ExternalIssue":
        """A result with its functions, and its path relative to what is audited."""
        import msgspec

        where = issue.where
        if wanted or not where.source:
            path = Path(_normal(Path(where.source))) if where.source else Path()
            shown = self._shown(path) if path.is_absolute() else path.as_posix() if where.source else ""
            return msgspec.structs.replace(issue, functions=functions, where=msgspec.structs.replace(where, source=shown))
        full = self._found(where.source, report)
        owners = () if full is None else self._owners(full)
        shown = where.source if full is None else self._shown(full)
        return msgspec.structs.replace(issue, functions=owners, where=msgspec.structs.replace(where, source=shown))

    def _found(self, source: str, report: Path) -> Path | None:
        """The file that a tool meant: its paths are relative to where it ran, which a report does not tell."""
        for base in (self._root, Path.cwd(), report.resolve().parent, *self._root.parents[:3]):
            full = Path(_normal(base / source))
            if "\0" not in source and full.is_file():
                return full.resolve()
        return None

    def _owners(self, full: Path) -> tuple[str, ...]:
        """The functions whose folder the file is in, the innermost folder only."""
        for folder in (full, *full.parents):
            if folder in self._folders:
                return tuple(sorted(self._folders[folder]))
        return ()

    def _shown(self, full: Path) -> str:
        try:
            return full.relative_to(self._root).as_posix()
        except ValueError:
            return full.name


def _normal(path: Path) -> str:
    import os.path

    return os.path.normpath(path)


def _warn(text: str) -> None:
    sys.stderr.write(f"lambdaudit: {plain(text)}\n")
