"""``lambdaudit audit``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from .errors import CommandError
from .options import (
    account_options,
    audit_options,
    code_options,
    fix_options,
    flag_of,
    import_option,
    template_options,
    terminal_options,
)
from .software import advisory_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambdaudit.model.inventory import Inventory
    from lambdaudit.rules.contract import Rule
    from lambdaudit.sources.iac.lift import Lifted

    from .fixing import Fixer
    from .running import Settings

_LIVE_ONLY = (
    "profile", "role_arn", "external_id", "mfa_serial", "functions", "tags", "functions_file", "thorough", "sonar_url",
    "no_cache", "metrics", "accounts", "organization", "units", "member_role",
)  # fmt: skip
_BOTH_SIDES = ("parameters", "parameter_files", "account", "regions", "code")
_TEMPLATES_ONLY = ("parameters", "parameter_files", "account", "fix", "write")


class _Read(NamedTuple):
    """What is judged, with rules of its own and what is to be done with the report."""

    inventory: "Inventory"
    extra: "tuple[Rule, ...]" = ()
    fixer: "Fixer | None" = None
    lifted: "Lifted | None" = None
    root: "Path | None" = None


@click.command(name="audit", short_help="Audit a live account, a folder of templates, or a snapshot.")
@click.argument("target", default=".")
@click.option("--snapshot", metavar="FILE", help="Keep what was read as a snapshot, too.")
@account_options
@template_options
@fix_options
@code_options
@import_option
@advisory_options
@audit_options
@terminal_options
@click.pass_context
def command(context: click.Context, /, target: str, **flags: Any) -> None:
    """Audit TARGET: `aws` for the live account of your credentials, a folder or file with infrastructure as code (CloudFormation,
    SAM, Terraform, Serverless Framework, CDK output), or a snapshot that `collect aws` wrote. Without a target the current folder
    is audited.

    Results go to standard output, everything else to standard error. Only reads, unless --fix --write asks for patched templates.
    """  # noqa: D205 - click shows the first paragraph as it is
    from .baselining import open_baseline
    from .importing import joined, read_imports
    from .running import Settings, check_writable, finish

    settings = Settings.take(flags)
    snapshot = flags.pop("snapshot")
    if snapshot:
        check_writable(snapshot, (".json", ".json.gz"))
    given = read_imports(flags.pop("imports"))
    base = open_baseline(settings.baseline, {name: flags[name] for name in _BOTH_SIDES})
    fix, write = flags.pop("fix"), flags.pop("write")
    if write and not fix:
        raise CommandError("--write goes with --fix: it writes the patches that --fix shows")
    if target == "aws":
        _no_folder(settings)
        _refuse(context, _TEMPLATES_ONLY, "templates")
        read = _live(flags, settings, snapshot)
    elif _is_snapshot(Path(target)):
        _no_folder(settings)
        _refuse(context, (*_LIVE_ONLY, "regions"), "the target aws")
        _refuse(context, _TEMPLATES_ONLY, "templates")
        read = _snapshot(target, context, snapshot)
    else:
        _refuse(context, _LIVE_ONLY, "the target aws")
        read = _templates(target, flags, settings, snapshot)
    placed = read.fixer.complete if read.fixer else None
    after = _patches(read.fixer, settings, write=write) if read.fixer and fix else None
    inventory = joined(read.inventory, given, read.lifted, read.root)
    context.exit(
        finish(inventory, settings, source=target, extra=read.extra, placed=placed, after=after, base=base, lifted=read.lifted)
    )


def _patches(fixer: "Fixer", settings: "Settings", *, write: bool) -> "Callable[[], None]":
    """What `--fix` does when the report is out."""
    return lambda: (fixer.write if write else fixer.show)(quiet=settings.quiet)


def _live(flags: dict[str, Any], settings: "Settings", snapshot: str | None) -> _Read:
    from .collecting import collect_from

    code, keep, sonar_url = flags.pop("code"), not flags.pop("no_cache"), flags.pop("sonar_url")
    sonar = None
    if sonar_url and (flags["accounts"] or flags["organization"] or flags["units"]):
        raise CommandError("--sonar-url reads one account at a time: leave out --accounts, --org and --ou")
    if sonar_url:
        from .sonarqube import prepare

        sonar = prepare(sonar_url)  # before anything is read: to learn of a wrong token after an hour would be too late
    accounts: list[Any] = []
    show_progress = not (settings.quiet or settings.no_progress)
    inventory = collect_from(flags, show_progress=show_progress, on_account=accounts.append)
    if code:
        from .looking import looked_into

        inventory = looked_into(inventory, accounts, show_progress=show_progress, keep=keep)
    _keep(inventory, snapshot)
    extra: tuple[Rule, ...] = ()
    if sonar is not None:
        from .sonarqube import analysed

        inventory, rule = analysed(inventory, accounts[0], sonar, show_progress=show_progress)
        extra = (rule,)
    return _Read(inventory, extra)


def _templates(target: str, flags: dict[str, Any], settings: "Settings", snapshot: str | None) -> _Read:
    from .fixing import Fixer
    from .templates import named_by_hand, read_templates, with_secret_files

    code, account = flags.pop("code"), flags.get("account") or ""
    given = named_by_hand(flags)
    inventory, lifted = read_templates(target, flags)
    path = Path(target)
    root = path if path.is_dir() else path.parent
    inventory = with_secret_files(inventory, lifted, path)
    if code is not False:
        from .looking import looked_into_sources

        show_progress = not (settings.quiet or settings.no_progress)
        inventory = looked_into_sources(inventory, lifted, root, show_progress=show_progress)
    _keep(inventory, snapshot)
    return _Read(inventory, fixer=Fixer(inventory, lifted, root, given, account), lifted=lifted, root=root)


def _snapshot(target: str, context: click.Context, snapshot: str | None) -> _Read:
    from lambdaudit.model.snapshot import SnapshotError, read

    if context.params.get("code"):
        raise CommandError("--code looks into packages and sources: a snapshot holds what was established when it was made")
    if snapshot:
        raise CommandError(f"--snapshot: {target} is a snapshot already")
    try:
        return _Read(read(Path(target)))
    except SnapshotError as error:
        raise CommandError(str(error)) from error


def _is_snapshot(path: Path) -> bool:
    """Whether a file is meant as a snapshot: by its name or its beginning. Raises CommandError when there is no such file."""
    if path.is_dir():
        return False
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    if path.name.endswith((".snapshot.json", ".snapshot.json.gz")):
        return True
    return head[:2] == b"\x1f\x8b" or b'"lambdaudit-' in head


def _keep(inventory: "Inventory", snapshot: str | None) -> None:
    if snapshot:
        from lambdaudit.model.snapshot import write
        from lambdaudit.version import __version__

        write(inventory, Path(snapshot), tool=f"lambdaudit {__version__}")


def _no_folder(settings: "Settings") -> None:
    """What is live is not what is in templates: `lambdaudit drift` compares the two."""
    from .baselining import is_templates

    if settings.baseline and is_templates(settings.baseline):
        raise CommandError("--baseline: templates only go with templates; give an earlier report or snapshot, or see `drift`")


def _refuse(context: click.Context, names: tuple[str, ...], goes_with: str) -> None:
    """A flag about something else than the target is a mistake, not to be ignored."""
    for name in names:
        if context.params.get(name):
            raise CommandError(f"{flag_of(name)} only goes with {goes_with}")
