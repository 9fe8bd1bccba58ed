"""What every auditing verb does once it has an inventory: judge, write, print, decide the exit code."""

import gc
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .collecting import is_empty
from .errors import EXIT_CLEAN, EXIT_ERROR, EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_INTERRUPTED, EXIT_NOTHING, CommandError
from .software import check_sources, open_index, source_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambdaudit.config import Options
    from lambdaudit.model.finding import Report
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.rules.contract import Rule
    from lambdaudit.sources.iac.lift import Lifted

    from .baselining import Base


@dataclass(frozen=True, slots=True)
class Settings:
    """The flags of `audit_options` and `terminal_options`, by the names that click gives them."""

    outputs: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    min_severity: str = "info"
    fail_on: str = "low"
    persona: str = "default"
    trusted_accounts: tuple[str, ...] = ()
    strict: bool = False
    exit_zero: bool = False
    baseline: str | None = None
    baseline_name: str | None = None
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    no_progress: bool = False
    advisories: str | None = None
    osv: bool = False
    osv_url: str = ""
    index: str | None = None

    @classmethod
    def take(cls, flags: dict[str, Any]) -> "Settings":
        """Take these flags out of click's keyword arguments and check what can be checked before any work is done.

        Raises CommandError for an output that could not be written or a malformed account id.
        """
        from lambdaudit.reporters.formats import SUFFIXES

        settings = cls(**{name: flags.pop(name) for name in cls.__dataclass_fields__ if name in flags})
        for output in settings.outputs:
            check_writable(output, SUFFIXES)
        if settings.baseline_name and not settings.baseline:
            raise CommandError("--baseline-name goes with --baseline: it is how outputs call it")
        check_sources(settings.advisories, settings.osv, settings.index)
        for account in settings.trusted_accounts:
            if not (account.isdecimal() and len(account) == 12):
                raise CommandError(f"--trusted-account {account}: an account id has twelve digits")
        return settings


def check_writable(output: str, formats: tuple[str, ...]) -> None:
    """Raise CommandError when a file cannot be written there or its suffix names no format."""
    path = Path(output)
    if formats and not output.endswith(formats):
        raise CommandError(f"cannot tell the format of {output}: its name must end in {_any_of(formats)}")
    if path.is_dir():
        raise CommandError(f"cannot write {output}: it is a folder")
    if not path.parent.is_dir():
        raise CommandError(f"cannot write {output}: the folder {path.parent} does not exist")
    if not os.access(path.parent, os.W_OK):
        raise CommandError(f"cannot write {output}: no permission for the folder {path.parent}")


def _any_of(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def finish(
    inventory: "Inventory",
    settings: Settings,
    *,
    source: str,
    extra: "tuple[Rule, ...]" = (),
    placed: "Callable[[Report], Report] | None" = None,
    after: "Callable[[], None] | None" = None,
    base: "Base | None" = None,
    lifted: "Lifted | None" = None,
) -> int:
    """Judge an inventory, write the wanted files, print the summary, and give the exit code.

    `source` is the target as the user named it, for the command that is suggested next. `extra` are rules made for this
    run, beside those of the registry; `placed` adds to a report what the source knows of places (lines of templates). `after` is
    called when everything is written and printed. With `base` only what is new to it decides the exit code. `lifted` is what an
    inventory of templates was made of: what its choices leave open is settled where that is possible.
    """
    from lambdaudit import engine
    from lambdaudit.config import Options
    from lambdaudit.model.finding import Severity
    from lambdaudit.rules import load

    rules = (*load(), *extra)
    _check_rules(settings, {name for rule in rules for name in (rule.id, *rule.aliases)})
    options = Options(
        trusted_accounts=frozenset(settings.trusted_accounts),
        select=settings.select,
        ignore=settings.ignore,
        min_severity=Severity(settings.min_severity),
        persona=settings.persona,
        advisories=source_for(inventory, settings.advisories, settings.osv, settings.osv_url),
        package_index=open_index(settings.index),
    )
    judged = engine.judge(inventory, options, rules=rules)
    if lifted is not None:
        from lambdaudit.settle import settle

        judged = settle(judged, lifted, rules=rules)
    with _unhindered():
        report = engine.report_of(judged, pages=bool(settings.outputs))
        if placed:
            report = placed(report)
        if base:
            report = _compared(report, base, options, rules, settings.baseline_name)
        failed = write_outputs(report, settings.outputs)
        show(report, settings, _next(report, settings, source))
    _warn_of_old_tables()
    for problem in failed:
        raise CommandError(problem)
    if after:
        after()
    if inventory.coverage.interrupted:
        return EXIT_INTERRUPTED
    if is_empty(inventory):
        return EXIT_NOTHING
    return exit_code(report, settings)


@contextmanager
def _unhindered() -> "Iterator[None]":
    """For the end of a run, which makes many objects and no cycles of them: nobody looks for them, then or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _compared(report: "Report", base: "Base", options: "Options", rules: "tuple[Rule, ...]", name: str | None) -> "Report":
    """The report compared with the baseline; where nothing was before, everything is new."""
    import msgspec

    from lambdaudit.baseline import compare

    before = base.report(options, rules) or msgspec.structs.replace(report, findings=())
    return compare(report, before, name=name or base.name, least=options.min_severity)


def _warn_of_old_tables() -> None:
    """One line when the shipped table of runtimes is older than 120 days: AWS moves these dates."""
    import datetime as dt

    from lambdaudit.facts import runtimes

    if runtimes.is_stale(dt.date.today()):
        sys.stderr.write(f"lambdaudit: the table of runtimes is of {runtimes.table_date()}: upgrade lambdaudit for newer dates\n")


def exit_code(report: "Report", settings: Settings) -> int:
    """0 clean, 1 findings at or above --fail-on, 4 incomplete under --strict; --exit-zero wins over all.

    What a baseline holds is no reason to fail.
    """
    from lambdaudit.model.finding import Severity

    if settings.exit_zero:
        return EXIT_CLEAN
    if settings.fail_on != "never":
        limit = Severity(settings.fail_on).rank
        if any(finding.severity.rank <= limit for finding in report.fresh):
            return EXIT_FINDINGS
    return EXIT_INCOMPLETE if settings.strict and (report.not_assessed or not report.coverage.complete) else EXIT_CLEAN


def write_outputs(report: "Report", outputs: tuple[str, ...]) -> list[str]:
    """Write the report in every wanted format; one line for each that could not be written. The others are kept."""
    from lambdaudit.model.snapshot import write_atomically
    from lambdaudit.reporters.formats import render

    problems = []
    for output in outputs:
        try:
            write_atomically(Path(output), render(report, output))
        except OSError as error:
            problems.append(f"cannot write {output}: {error.strerror or error}")
    return problems


def show(report: "Report", settings: Settings, next_command: str = "") -> None:
    """Print the summary on standard output; with --quiet nothing."""
    if settings.quiet:
        return
    import shutil

    from lambdaudit.reporters import terminal

    try:
        terminal.print_summary(
            report,
            sys.stdout,
            width=shutil.get_terminal_size((100, 40)).columns,
            verbose=settings.verbose,
            color=_colored(settings.color),
            next_command=next_command,
        )
        sys.stdout.flush()
    except (BrokenPipeError, SystemExit):
        # Nobody reads on (`| head`): click and rich would end the program with 1, but the verdict is what decides its code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _colored(wanted: str) -> bool:
    """Whether to colour: the flag, then NO_COLOR and FORCE_COLOR, then whether the output is a terminal."""
    if wanted != "auto":
        return wanted == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def _next(report: "Report", settings: Settings, source: str) -> str:
    if not settings.outputs and source in ("aws", "demo"):
        return f"lambdaudit {'audit aws' if source == 'aws' else source} -o report.html"
    return f"lambdaudit explain {report.fresh[0].rule}" if report.fresh else ""


def _check_rules(settings: Settings, names: set[str]) -> None:
    import fnmatch

    for flag, globs in (("--select", settings.select), ("--ignore", settings.ignore)):
        for glob in globs:
            if not any(fnmatch.fnmatchcase(name, glob.lower()) for name in names):
                raise CommandError(f"{flag} {glob}: no rule is called so; see `lambdaudit rules`", EXIT_ERROR)
