"""``lambdaudit policy deploy``."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .asking import print_json
from .errors import EXIT_CLEAN, EXIT_INCOMPLETE, CommandError, plain
from .options import template_options

if TYPE_CHECKING:
    from lambdaudit.facts.deploying import Need
    from lambdaudit.sources.iac.lift import Lifted
    from lambdaudit.sources.iac.resources import Resource

_ROLES = ("Role", "RoleArn", "RoleARN", "ExecutionRoleArn", "CloudWatchRoleArn", "Credentials", "TaskRoleArn", "ServiceRole")
_QUALIFIED = ("AWS::Lambda::Version", "AWS::Lambda::Alias")
_MOST_DEPTH = 12


@click.command(name="deploy", short_help="The least rights that deploying a template needs.")
@click.argument("target", default=".")
@click.option("--stack", metavar="NAME", help="Name of the stack. Default: that of the folder or of samconfig.toml.")
@click.option("--artifacts", metavar="BUCKET", default="", help="The bucket that packages are uploaded to.")
@click.option("--region", "regions", multiple=True, metavar="REGION", help="The region that it is deployed to.")
@click.option("--strict", is_flag=True, help="Exit 4 when a right could not be limited or a type is not known.")
@template_options
@click.pass_context
def command(context: click.Context, /, target: str, stack: str | None, artifacts: str, strict: bool, **flags: Any) -> None:
    """Print the least-privilege policy for whoever deploys the templates in TARGET: create, read, update and delete each of the
    resources, on the ARN that it is going to have, and the stack itself.

    Rights come from the registry schemas of CloudFormation. What could not be limited is said on standard error.

    Exit codes: 0 printed, 2 TARGET cannot be read, 3 nothing in it, 4 something could not be limited and --strict.
    """  # noqa: D205 - click shows the first paragraph as it is
    from lambdaudit.facts.deploying import Place, deploy_policy

    from .templates import read_templates

    inventory, lifted = read_templates(target, flags)
    if len(lifted.accounts) != 1 or len(lifted.regions) != 1:
        raise CommandError(f"{target} is deployed to several accounts or regions: give one template at a time")
    path = Path(target).resolve()
    read_as = _stack(lifted)
    if stack and read_as:
        _rename(lifted, read_as, stack)
    place = Place(
        partition=next(iter(inventory.assets)).id.split(":")[1],
        account=lifted.accounts[0],
        region=lifted.regions[0],
        stack=stack or read_as or (path if path.is_dir() else path.parent).name,
        artifacts=artifacts,
        transformed=any(resource.owner for resource in lifted.resources),
    )
    document, notes = deploy_policy([_need(resource, lifted) for resource in lifted.resources], place)
    print_json(document)
    for note in (*notes, *lifted.notes):
        sys.stderr.write(f"lambdaudit: {plain(note)}\n")
    context.exit(EXIT_INCOMPLETE if strict and (notes or lifted.errors) else EXIT_CLEAN)


def _stack(lifted: "Lifted") -> str:
    """The stack's name, as the names that resources get begin with it."""
    first = next((r for r in lifted.resources if r.name.endswith(f"-{r.where.subject}")), None)
    return first.name.removesuffix(f"-{first.where.subject}") if first else ""


def _rename(lifted: "Lifted", old: str, new: str) -> None:
    """Give what CloudFormation names after the stack its other name."""
    for resource in lifted.resources:
        arn = lifted.ids.get(resource.address, "")
        if resource.name.startswith(f"{old}-") and arn.lower().endswith(resource.name.lower()):
            name = f"{new}{resource.name[len(old) :]}"
            lower = arn.endswith(resource.name.lower())
            lifted.ids[resource.address] = arn[: -len(resource.name)] + (name.lower() if lower else name)
            resource.name = name


def _need(resource: "Resource", lifted: "Lifted") -> "Need":
    from lambdaudit.facts.deploying import Need

    found = _Named(lifted)
    found.walk(resource.properties, "", 0)
    arn = lifted.ids.get(resource.address, "*")
    if resource.type == "AWS::Lambda::Url":
        arn = arn.removesuffix(":url")
    return Need(
        resource.type,
        _pattern(resource, lifted, arn),
        frozenset(found.paths),
        tuple(dict.fromkeys(found.roles)),
        tuple(dict.fromkeys(found.others)),
    )


def _pattern(resource: "Resource", lifted: "Lifted", arn: str) -> str:
    """The ARN, or a pattern of it where CloudFormation appends characters of its own to a name that it makes."""
    stated = {str(value).lower() for value in resource.properties.values() if isinstance(value, str)}
    generated = arn.lower().endswith(resource.name.lower()) and resource.name.lower() not in stated
    if resource.type in _QUALIFIED and (own := _function_of(resource, lifted)):
        # The name may be made by CloudFormation, the number is made by Lambda.
        return f"{own}:{'*' if resource.type == 'AWS::Lambda::Version' else arn.rpartition(':')[2]}"
    return f"{arn}-*" if generated else arn


def _function_of(qualified: "Resource", lifted: "Lifted") -> str:
    """The ARN, or a pattern of it, of the function of the configuration that a version or alias names."""
    address = getattr(qualified.properties.get("FunctionName"), "address", None)
    found = next((one for one in lifted.resources if one.address == address and one.type == "AWS::Lambda::Function"), None)
    return _pattern(found, lifted, lifted.ids.get(found.address, "")) if found is not None else ""


class _Named:
    """What the properties of a resource name: paths that are set, roles, other resources of the configuration."""

    def __init__(self, lifted: "Lifted") -> None:
        self.paths: set[str] = set()
        self.roles: list[str] = []
        self.others: list[str] = []
        self._lifted = lifted
        self._by_address = {resource.address: resource for resource in lifted.resources}

    def walk(self, value: Any, path: str, depth: int) -> None:
        """Look at a value and what is in it."""
        from lambdaudit.sources.iac.values import Ref, Text

        if depth > _MOST_DEPTH:
            return
        if isinstance(value, dict):
            for name, inner in value.items():
                below = f"{path}/{name}" if path else str(name)
                self.paths.add(below)
                if name in _ROLES:
                    self.roles.append(self._role(inner))
                self.walk(inner, below, depth + 1)
        elif isinstance(value, Text):
            for part in value.parts:
                self.walk(part, path, depth + 1)
        elif isinstance(value, list | tuple):
            for inner in value:
                self.walk(inner, path, depth + 1)
        elif isinstance(value, Ref) and (arn := self._arn(value)):
            self.others.append(arn)

    def _role(self, value: Any) -> str:
        from lambdaudit.sources.iac.values import Ref

        arn = self._arn(value) if isinstance(value, Ref) else str(value)
        return arn if arn.startswith("arn:") and ":role/" in arn else "*"

    def _arn(self, ref: Any) -> str:
        resource = self._by_address.get(ref.address)
        return _pattern(resource, self._lifted, self._lifted.ids.get(ref.address, "")) if resource else ""
