"""Statements of SAM functions that somebody wrote out although SAM has a policy template with the same actions.

What a template itself expands to stands in no file and has no place, so that only what its author wrote is compared. The
templates are those of AWS's SAM translator, which is installed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from lambdaudit.model.identity import SamTemplate
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.builder import Builder, plain_json
from lambdaudit.sources.iac.lift.props import Props
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import span_of

_MAX_STATEMENTS: Final = 200
_MAX_TEXTS: Final = 200
_MAX_ARN: Final = 2048
_MAX_VALUE: Final = 300
_HOLE: Final = re.compile(r"\$\{([A-Za-z:]+)\}")
_PLAIN: Final = re.compile(r"[A-Za-z_/][A-Za-z0-9_./-]*")
_WITH_SLASH: Final = frozenset(("CertificateArn", "LogGroupName", "ParameterName", "SecretArn"))
"""Parameters whose values may hold slashes."""
_WORDS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null", "y", "n"))


class _Part(NamedTuple):
    """A statement of a template: its actions in small letters, patterns of its resources (none for ``*``) and their service."""

    actions: frozenset[str]
    resources: tuple[str, ...]
    service: str


class _Written(NamedTuple):
    """A statement that its author wrote: where it stands in the role, its actions in small letters and its resources."""

    pointer: str
    actions: frozenset[str]
    resources: tuple[str, ...]


def sam_templates(b: Builder, resource: Resource, props: Props) -> tuple[SamTemplate, ...] | Unknown | None:
    """The templates that hand-written statements of a role spell out; None for a role that SAM did not make for a function."""
    owner = b.estate.resources.get(resource.owner) if resource.owner != resource.address else None
    if owner is None or owner.type != "AWS::Lambda::Function":
        return None
    policies = props.take("Policies")
    if isinstance(policies, Unknown):
        return policies
    found: list[SamTemplate] = []
    for number, policy in enumerate(policies if isinstance(policies, list) else []):
        document = policy.get("PolicyDocument") if isinstance(policy, dict) else None
        if isinstance(document, dict):
            left = list(_written(b, resource, document.get("Statement"), f"/Policies/{number}/PolicyDocument/Statement"))
            found += _spelled(b, resource, left)
    return tuple(found)


def _written(b: Builder, resource: Resource, statements: Any, pointer: str) -> Iterator[_Written]:
    """The statements that stand in a file, allow and have neither conditions nor exceptions."""
    rows = statements if isinstance(statements, list) else [statements]
    for number, one in enumerate(rows[:_MAX_STATEMENTS]):
        if not isinstance(one, dict) or span_of(one) is None or getattr(one, "rest", None):
            continue
        plain = plain_json(one)
        actions, resources = _texts(plain.get("Action")), _texts(plain.get("Resource"))
        if (
            plain.get("Effect") == "Allow"
            and not plain.keys() - {"Effect", "Action", "Resource", "Sid"}
            and actions
            and resources
        ):
            # What SAM put around the statement has no place, and a finding must reach it.
            b.places.link(msgspec.structs.replace(resource.where, pointer=f"{pointer}/{number}"), one)
            yield _Written(f"{pointer}/{number}", frozenset(action.lower() for action in actions), resources)


def _texts(value: Any) -> tuple[str, ...]:
    members = value if isinstance(value, list) else [value]
    known = len(members) <= _MAX_TEXTS and all(isinstance(one, str) and len(one) <= _MAX_ARN for one in members)
    return tuple(members) if known else ()


def _spelled(b: Builder, resource: Resource, left: list[_Written]) -> Iterator[SamTemplate]:
    for name, (parameters, parts) in _templates().items():
        taken = [next((one for one in left if one.actions == part.actions), None) for part in parts]
        statements = [one for one in taken if one is not None]
        if len(statements) < len(parts) or len(set(statements)) < len(parts):
            continue
        values = _values(parameters, parts, statements)
        if values is None:
            continue
        for one in statements:
            left.remove(one)
        for row in values:
            written = tuple((key, _yaml(b, resource, *value)) for key, value in row.items())
            yield SamTemplate(name=name, parameters=written, pointer=statements[0].pointer, wider=_wider(parts, statements, row))


Row = Mapping[str, tuple[str, str]]
"""A parameter's value and the ARN as far as it goes to its end."""


def _values(parameters: tuple[str, ...], parts: list[_Part], statements: list[_Written]) -> list[Row] | None:
    """The values of a template's parameters that give the resources of statements; None when none do."""
    found: dict[str, dict[str, str]] = {name: {} for name in parameters}
    for part, statement in zip(parts, statements, strict=True):
        if not part.resources and statement.resources != ("*",):
            return None
        for arn in statement.resources if part.resources else ():
            matches = (_pattern(pattern).fullmatch(arn) for pattern in part.resources)
            match = next((one for one in matches if one), None)
            if match is None or arn.split(":")[2:3] != [part.service]:
                return None
            for name, value in match.groupdict().items():
                found[name].setdefault(value, arn[: match.end(name)])
    if len(parameters) == 1:
        (name,) = parameters
        return [{name: row} for row in found[name].items()] or None
    return (
        [{name: next(iter(rows.items())) for name, rows in found.items()}] if all(len(r) == 1 for r in found.values()) else None
    )


def _wider(parts: list[_Part], statements: list[_Written], row: Row) -> tuple[str, ...]:
    """What a template with these values covers and the statements do not."""
    values = tuple((name, value) for name, (value, _) in row.items())
    found = []
    for part, statement in zip(parts, statements, strict=True):
        for pattern in part.resources:
            exact = _pattern(pattern, values)
            if not any(exact.fullmatch(arn) for arn in statement.resources):
                found.append(_HOLE.sub(lambda hole: row[hole[1]][0] if hole[1] in row else "*", pattern)[:_MAX_VALUE])
    return tuple(found)


def _yaml(b: Builder, resource: Resource, value: str, arn: str) -> str:
    """A value as it is written in a template: as a reference where it is that of a resource beside the role."""
    address = b.estate.address_of(arn)
    target = b.estate.resources.get(address)
    stack = resource.address.removesuffix(resource.where.subject)
    if target is not None and address == f"{stack}{target.where.subject}":
        names = [name for name, text in b.estate.identity(address).attributes.items() if text == value]
        if names:
            return f"!Ref {target.where.subject}" if "Ref" in names else f"!GetAtt {target.where.subject}.{names[0]}"
    shown = value[:_MAX_VALUE]
    return shown if _PLAIN.fullmatch(shown) and shown.lower() not in _WORDS else json.dumps(shown)


@lru_cache(maxsize=1000)
def _pattern(pattern: str, values: tuple[tuple[str, str], ...] = ()) -> re.Pattern[str]:
    """A template's resource as an expression.

    Without `values` it has a group for each parameter, and an asterisk at its end may be missing.
    """
    made, position = "", 0
    given = dict(values)
    for hole in _HOLE.finditer(pattern):
        made += re.escape(pattern[position : hole.start()])
        name, position = hole[1], hole.end()
        if name.startswith("AWS::"):
            made += "[^:]*"
        elif name in given:
            made += re.escape(given[name])
        else:
            made += f"(?P<{name}>{'.' if name in _WITH_SLASH else '[^/]'}+?)"
    rest = re.escape(pattern[position:])
    return re.compile(made + (f"{rest}?" if rest.endswith("*") and not given else rest), re.DOTALL)


@cache
def _templates() -> dict[str, tuple[tuple[str, ...], list[_Part]]]:
    """Parameters and statements of each template without conditions, those with most statements first."""
    from importlib.resources import files

    data = files("samtranslator").joinpath("policy_templates_data", "policy_templates.json").read_text("utf-8")
    made: dict[str, tuple[tuple[str, ...], list[_Part]]] = {}
    for name, template in json.loads(data)["Templates"].items():
        statements = template["Definition"]["Statement"]
        if not any("Condition" in one for one in statements):
            made[name] = (tuple(template["Parameters"]), [_part(one) for one in statements])
    return dict(sorted(made.items(), key=lambda row: -len(row[1][1])))


def _part(statement: Mapping[str, Any]) -> _Part:
    actions, resources = statement["Action"], statement["Resource"]
    rows = resources if isinstance(resources, list) else [resources]
    # The longest first: what it takes would be a name with slashes for a shorter one.
    patterns = tuple(sorted((_sub(one["Fn::Sub"]) for one in rows if one != "*"), key=len, reverse=True))
    texts = frozenset(one.lower() for one in (actions if isinstance(actions, list) else [actions]))
    # The ARN as a whole may be a parameter.
    named = _HOLE.sub("-", patterns[0]).split(":")[2:3] if patterns else []
    return _Part(texts, patterns, named[0] if named else min(texts).partition(":")[0])


def _sub(value: Any) -> str:
    """The text of ``Fn::Sub`` with the names of parameters in it."""
    if isinstance(value, str):
        return value
    text, names = value
    return _HOLE.sub(lambda hole: f"${{{names[hole[1]]['Ref']}}}" if hole[1] in names else hole[0], text)
