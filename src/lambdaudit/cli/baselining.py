"""`--baseline`: the earlier report that an audit is compared with, saved or made from a snapshot or templates."""

import contextlib
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import EXIT_NOTHING, CommandError
from .kinds import format_of

if TYPE_CHECKING:
    from lambdaudit.config import Options
    from lambdaudit.model.finding import Report
    from lambdaudit.rules.contract import Rule

    Judged = Callable[[Options, tuple[Rule, ...]], Report | None]


_TEMPLATES = (".yaml", ".yml", ".template", ".tf")


class Base(NamedTuple):
    """What to compare with: the name that the user gave, and what gives the report (none: nothing was there yet)."""

    name: str
    report: "Judged"


def open_baseline(given: str | None, flags: dict[str, Any]) -> Base | None:
    """What `--baseline` means; `flags` are those that a folder of templates is read with.

    Raises CommandError when it is neither report, snapshot nor folder: before anything else is read.
    """
    if given is None:
        return None
    path = Path(given)
    if is_templates(given):
        return Base(given, lambda options, rules: _folder(path, dict(flags), options, rules))
    return Base(given, _file(path))


def is_templates(given: str) -> bool:
    """Whether a baseline is a folder or a template, to be judged, and not what an audit or collection wrote."""
    path = Path(given)
    return path.is_dir() or (path.is_file() and path.suffix in _TEMPLATES)


def _file(path: Path) -> "Judged":
    from lambdaudit.model import snapshot
    from lambdaudit.reporters import ReportError, json_report

    if path.name.endswith((".snapshot.json", ".snapshot.json.gz")) or format_of(path) == snapshot.FORMAT:
        try:
            inventory = snapshot.read(path)
        except snapshot.SnapshotError as error:
            raise CommandError(f"--baseline: {error}") from error
        from lambdaudit import engine

        return lambda options, rules: engine.audit(inventory, options, rules=rules, pages=False)
    try:
        report = json_report.read(path)
    except ReportError as error:
        raise CommandError(f"--baseline: {error}") from error
    return lambda _options, _rules: report


def _folder(path: Path, flags: dict[str, Any], options: "Options", rules: "tuple[Rule, ...]") -> "Report | None":
    """The report of a folder or template, judged as the target is. What is wrong in it is told as being the baseline's."""
    from lambdaudit import settle

    from .looking import looked_into_sources
    from .templates import read_templates, with_secret_files

    code = flags.pop("code", None)
    root = path if path.is_dir() else path.parent
    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            inventory, lifted = read_templates(str(path), flags)
            inventory = with_secret_files(inventory, lifted, path)
            if code is not False:
                inventory = looked_into_sources(inventory, lifted, root, show_progress=False)
    except CommandError as error:
        if error.code == EXIT_NOTHING:
            sys.stderr.write("lambdaudit: --baseline holds no template: everything is new\n")
            return None
        raise CommandError(f"--baseline: {error}", error.code) from error
    for line in told.getvalue().splitlines():
        sys.stderr.write(f"{line.replace('lambdaudit: ', 'lambdaudit: --baseline: ', 1)}\n")
    return lifted.places.relocate(settle.audit(inventory, lifted, options, rules=rules, pages=False), inventory)
