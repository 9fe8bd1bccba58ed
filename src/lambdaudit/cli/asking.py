"""What the verbs that ask about permissions share: where the inventory comes from, what names mean, how answers are shown."""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .errors import CommandError
from .options import account_options, flag_of

if TYPE_CHECKING:
    from lambdaudit.facts.access import What, Who
    from lambdaudit.facts.audit import Audit
    from lambdaudit.model.base import Asset
    from lambdaudit.model.inventory import Inventory

F = TypeVar("F", bound=Callable[..., Any])

_ACCOUNT_FLAGS = (
    "profile", "role_arn", "external_id", "mfa_serial", "regions", "functions", "tags", "functions_file", "thorough",
    "metrics", "accounts", "organization", "units", "member_role",
)  # fmt: skip
_ACTION = re.compile(r"[A-Za-z0-9-]{2,64}:[A-Za-z0-9]{2,128}")
_SERVICES_OF = {
    "s3": ("bucket",), "dynamodb": ("table",), "sqs": ("queue",), "sns": ("topic",), "kinesis": ("stream",), "kms": ("key",),
    "lambda": ("function", "function-version", "alias", "layer-version", "event-source-mapping", "code-signing-config"),
    "secretsmanager": ("secret",), "ssm": ("parameter",), "logs": ("log-group",), "events": ("event-bus", "event-rule"),
    "ecr": ("image-repository",), "iam": ("role", "user", "group", "managed-policy"), "sts": ("role",),
}  # fmt: skip
"""The kinds of assets that the actions of a service are about."""


def source_options(function: F) -> F:
    """`--snapshot FILE`, or the live account with the usual flags; `--json`."""
    snapshot = click.option(
        "--snapshot", metavar="FILE", help="Ask a snapshot that `collect aws` wrote. Without it the live account is read."
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
    quiet = click.option("--no-progress", is_flag=True, help="No progress line on standard error.")
    return snapshot(as_json(quiet(account_options(function))))


def open_inventory(context: click.Context, flags: dict[str, Any], snapshot: str | None, *, no_progress: bool) -> "Inventory":
    """The inventory that the flags name. Raises CommandError when there is none."""
    if snapshot is None:
        from .collecting import collect_from

        return collect_from(flags, show_progress=not no_progress)
    from lambdaudit.model.snapshot import SnapshotError, read

    for name in _ACCOUNT_FLAGS:
        if context.params.get(name):
            raise CommandError(f"{flag_of(name)} only goes with the live account, without --snapshot")
    path = Path(snapshot)
    if path.is_dir():
        raise CommandError(f"--snapshot {snapshot} is a folder: give a snapshot file, as `collect aws` writes it")
    try:
        return read(path)
    except SnapshotError as error:
        raise CommandError(str(error)) from error


def check_action(action: str) -> str:
    """The action in its usual spelling. Raises CommandError for what is none; a name that is only not known gets a warning."""
    import difflib

    from lambdaudit.iam import actions

    if not _ACTION.fullmatch(action):
        raise CommandError(f"{action!r} is no action: service:Name, for example s3:GetObject")
    known = actions.find_action(action)
    if known:
        return known
    service, _, name = action.partition(":")
    if service.lower() not in actions.services():
        raise CommandError(f"{action} is no action: there is no service {service}")
    near = difflib.get_close_matches(name, [a.partition(":")[2] for a in actions.actions_of(service.lower())], n=1)
    hint = f"; did you mean {service}:{near[0]}?" if near else ""
    sys.stderr.write(f"lambdaudit: {action} is not in the action catalogue{hint}\n")
    return action


def find_who(text: str, audit: "Audit") -> "Who":
    """The caller that is meant: an ARN, an account id, a role's, user's or function's name, a service, ``anonymous``.

    Raises CommandError when nothing or several things are meant.
    """
    from lambdaudit.facts.access import of_principal, of_stranger
    from lambdaudit.model.arn import SERVICE_PRINCIPAL
    from lambdaudit.model.functions import Configured, Function
    from lambdaudit.model.identity import Group, Role, User

    if text in ("anonymous", "*") or SERVICE_PRINCIPAL.fullmatch(text):
        return of_stranger("anonymous" if text == "*" else text, audit)
    if re.fullmatch(r"\d{12}", text):
        return of_stranger(f"arn:aws:iam::{text}:root", audit)
    if text.startswith("arn:"):
        return _who_by_arn(text, audit)
    found = [a for kind in (Role, User, Group, Function) for a in audit.inventory.of(kind) if a.name == text]
    principal = _one(found, text, "a role, user or function")
    if isinstance(principal, Configured):
        return _running_as(principal, audit)
    if isinstance(principal, Role | User):
        return of_principal(principal, audit)
    raise CommandError(f"{text} is a group, and groups make no requests: name one of its users")


def _who_by_arn(arn: str, audit: "Audit") -> "Who":
    from lambdaudit.facts.access import of_principal, of_stranger
    from lambdaudit.iam.principals import BadPrincipal, read_caller
    from lambdaudit.model.functions import Configured
    from lambdaudit.model.identity import Role, User
    from lambdaudit.model.unknown import Unknown

    asset = audit.inventory.get(arn)
    if isinstance(asset, Configured):
        return _running_as(asset, audit)
    if isinstance(asset, Role | User):
        return of_principal(asset, audit)
    try:
        caller = read_caller(arn)
    except BadPrincipal as error:
        raise CommandError(str(error)) from error
    if ":assumed-role/" in arn:
        for role in audit.inventory.of(Role):
            if role.account == caller.account and role.name == caller.name:
                return of_principal(role, audit)
    kind = User if ":user/" in arn else Role if ":role/" in arn else None
    if kind is not None and not isinstance(audit.inventory.find(kind, arn), Unknown):
        raise CommandError(f"there is no {arn} in the inventory")
    return of_stranger(arn, audit)


def _running_as(function: Any, audit: "Audit") -> "Who":
    """A function asks with its execution role."""
    from lambdaudit.facts.access import of_principal
    from lambdaudit.model.unknown import NotKnown

    try:
        role = audit.role(function)
    except NotKnown as error:
        raise CommandError(f"the execution role of {function.name} is not known: {error.unknown.reason}", 4) from error
    if role is None:
        raise CommandError(f"{function.name} has no execution role that exists")
    return of_principal(role, audit)


def find_what(text: str, action: str, audit: "Audit") -> "What":
    """The resource that is meant: an ARN, ``*``, or the name of an asset that the action can be about.

    The name of a bucket means its objects where the action is about objects. Raises CommandError otherwise.
    """
    from lambdaudit.facts.access import What, what
    from lambdaudit.model.arn import parse_arn
    from lambdaudit.model.assets import KINDS

    if text == "*":
        return What("*", "", None, None)
    if text.startswith("arn:"):
        if parse_arn(text) is None:
            raise CommandError(f"{text} is no ARN: arn:partition:service:region:account:resource")
        return what(text, audit)
    kinds = _SERVICES_OF.get(action.partition(":")[0].lower(), tuple(KINDS))
    found = [a for kind in kinds for a in audit.inventory.of(KINDS[kind]) if text in (a.name, a.id)]
    asset = _one(found, text, f"an asset that {action} is about")
    return what(f"{asset.id}/*" if _is_about_objects(action) and kinds == ("bucket",) else asset.id, audit)


def _is_about_objects(action: str) -> bool:
    from lambdaudit.iam.actions import action as look_up

    known = look_up(action)
    types = {resource.type.lower() for resource in known.resources} if known else set()
    return "object" in types and "bucket" not in types


def _one(found: "Iterable[Asset]", text: str, sort: str) -> "Asset":
    assets = list({asset.id: asset for asset in found}.values())
    if not assets:
        raise CommandError(f"the inventory has nothing called {text!r} that could be {sort}; give an ARN")
    if len(assets) > 1:
        listed = ", ".join(asset.id for asset in assets[:4])
        raise CommandError(f"{text!r} may be {len(assets)} things, give an ARN: {listed}{', …' if len(assets) > 4 else ''}")
    return assets[0]


def read_context(pairs: Iterable[str]) -> dict[str, str | tuple[str, ...] | None]:
    """`KEY=VALUE` flags as context; a key that comes again gets several values, ``KEY=`` says that it is not there."""
    context: dict[str, str | tuple[str, ...] | None] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not re.fullmatch(r"[A-Za-z0-9_-]+:[^\s]+", key):
            raise CommandError(f"--context {pair!r}: KEY=VALUE, for example aws:SourceIp=10.0.0.1")
        before = context.get(key.lower())
        if before is None:
            context[key.lower()] = value or None
        else:
            context[key.lower()] = (*((before,) if isinstance(before, str) else before), value)
    return context


def print_json(value: object) -> None:
    """A JSON document on standard output; everything that is not plain ASCII is escaped."""
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(value), indent=2, ensure_ascii=True, default=str))


def say(text: str = "", indent: int = 0) -> None:
    """One line on standard output in which foreign text can neither steer the terminal nor hide."""
    from lambdaudit.reporters.text import one_line

    click.echo(" " * indent + one_line(text, 2_000))


def shown(context: Any) -> str:
    """Context keys and values in words."""
    return ", ".join(
        f"{key} = {value if isinstance(value, str) else ', '.join(map(str, value))}" for key, value in sorted(context.items())
    )
