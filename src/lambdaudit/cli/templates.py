"""Folders and files with infrastructure as code, for a verb: flags → inventory, and the line of everything in it."""

import datetime as dt
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import EXIT_NOTHING, CommandError, plain

if TYPE_CHECKING:
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.sources.iac.lift import Lifted

_MOST_LINES = 20


def read_templates(target: str, flags: dict[str, Any]) -> "tuple[Inventory, Lifted]":
    """Take the flags of `template_options` out of click's arguments and read what is configured in a folder or file.

    Files that cannot be read are told on standard error, one line each, and in the coverage; they stop no other. Raises
    CommandError when there is nothing to read at all.
    """
    import msgspec

    from lambdaudit.sources.iac.discover import read_directory
    from lambdaudit.sources.iac.documents import DocumentError
    from lambdaudit.sources.iac.resources import Options

    path = Path(target)
    parameters, variable_files = _by_hand(flags)
    del flags["parameters"], flags["parameter_files"]
    options = Options(
        root=path if path.is_dir() else path.parent,
        parameters=parameters,
        variable_files=variable_files,
        account=_account(flags.pop("account", None)),
        region=_one_region(flags.pop("regions", ())),
    )
    try:
        lifted = read_directory(path, options)
    except DocumentError as error:
        raise CommandError(str(error)) from error
    if path.is_file() and not lifted.assets and lifted.errors:
        raise CommandError(f"{target} is neither a snapshot nor a template: {lifted.errors[0]}")
    for line in lifted.errors[:_MOST_LINES]:
        sys.stderr.write(f"lambdaudit: {plain(line)}\n")
    if len(lifted.errors) > _MOST_LINES:
        sys.stderr.write(f"lambdaudit: {len(lifted.errors) - _MOST_LINES} more files could not be read\n")
    if not lifted.assets:
        if lifted.errors:
            raise CommandError(f"nothing in {target} could be read")
        if lifted.notes:
            raise CommandError(f"{target} holds nothing that is looked at: {plain(lifted.notes[0])}", EXIT_NOTHING)
        raise CommandError(
            f"{target} holds no template: looked for CloudFormation, SAM, Terraform, serverless.yml, cdk.out, Pulumi's output; "
            "for a live account give `aws`",
            EXIT_NOTHING,
        )
    inventory = lifted.inventory(source=target, created=dt.date.today().isoformat())
    folder = _inside_repository(options.root)
    return inventory.changed(coverage=msgspec.structs.replace(inventory.coverage, folder=folder)), lifted


def _inside_repository(root: Path) -> str:
    """The path of a folder inside its Git repository; empty for the repository itself and outside of one."""
    try:
        real = root.resolve()
        above = next((folder for folder in (real, *real.parents) if (folder / ".git").exists()), real)
    except OSError:
        return ""
    return "" if above == real else real.relative_to(above).as_posix()


def with_secret_files(inventory: "Inventory", lifted: "Lifted", target: Path) -> "Inventory":
    """The inventory of templates with the literal secrets in them and in the other files beside them, and the repository."""
    import msgspec

    from lambdaudit.sources.iac.discover import patient_collector
    from lambdaudit.sources.iac.literals import secret_files
    from lambdaudit.sources.iac.repository import repository_around

    with patient_collector():
        files, notes = secret_files(target, lifted)
    repository = repository_around(target if target.is_dir() else target.parent)
    if repository is not None:
        files.append(repository)
    coverage = msgspec.structs.replace(inventory.coverage, notes=(*inventory.coverage.notes, *notes))
    return inventory.changed(assets=[*inventory.assets, *files], coverage=coverage)


def named_by_hand(flags: dict[str, Any]) -> frozenset[str]:
    """The parameters and variables that the flags of `template_options` give a value."""
    parameters, files = _by_hand(flags)
    if not files:
        return frozenset(parameters)
    from lambdaudit.sources.terraform.variables import VariablesError, names_in

    try:
        return frozenset(parameters).union(*map(names_in, files))
    except VariablesError as error:
        raise CommandError(f"--param-file {error}") from error


def _by_hand(flags: dict[str, Any]) -> tuple[dict[str, str], tuple[Path, ...]]:
    """The values that flags and files give, and the files of Terraform: their values are of other kinds, too."""
    found: dict[str, str] = {}
    variable_files = []
    for name in flags.setdefault("parameter_files", ()):
        if name.endswith((".tfvars", ".tfvars.json")):
            variable_files.append(Path(name))
            continue
        from lambdaudit.sources.cloudformation.parameters import parameters_from_file
        from lambdaudit.sources.iac.documents import DocumentError

        try:
            found.update(parameters_from_file(Path(name)))
        except DocumentError as error:
            raise CommandError(f"--param-file {error}") from error
    return {**found, **_parameters(flags.setdefault("parameters", ()))}, tuple(variable_files)


def _parameters(given: Iterable[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise CommandError(f"--param {one}: give NAME=VALUE")
        found[name] = value
    return found


def _account(given: str | None) -> str:
    if given and not (given.isdecimal() and len(given) == 12):
        raise CommandError(f"--account {given}: an account id has twelve digits")
    return given or ""


def _one_region(given: tuple[str, ...]) -> str:
    if len(given) > 1:
        raise CommandError("--region: a template is read for one region at a time")
    return given[0] if given else ""
