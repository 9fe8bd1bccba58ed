"""The literal texts of a document, each with the name that says what it is: property, parameter, variable, key."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from lambdaudit.secrets.names import SECRET_ROLES, Role, read
from lambdaudit.secrets.vocabulary import FILLERS
from lambdaudit.sources.iac.values import Span, located, span_of

MAX_LEAVES: Final = 2_000_000
"""Values of one document that are looked at: more than a document that is read can have, with those inside its texts."""
OPEN: Final = "${_}"
"""What stands for a part of a text that is known elsewhere."""

_MAX_DEPTH: Final = 100
_MAX_EMBEDDED: Final = 200_000
_DRAWN_KEY: Final = re.compile(r"[A-Za-z0-9+/_~.=-]{20,400}")
# Functions whose arguments are names.
_NAMING: Final = frozenset(
    (
        *("Ref", "Condition", "Fn::GetAtt", "Fn::ImportValue", "Fn::FindInMap", "Fn::GetAZs", "Fn::Cidr", "Fn::Transform"),
        *("Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not", "Fn::Contains", "Fn::RefAll", "Fn::ValueOf", "Fn::EachMemberIn"),
    )
)
# What is no secret whatever it says: patterns, names of other things, texts for people, the function's own code.
_SKIPPED: Final = frozenset(
    (
        *("AllowedPattern", "ConstraintDescription", "DependsOn", "ZipFile", "InlineCode", "ValueFrom", "valueFrom"),
        *("AWS::CloudFormation::Interface", "AWS::CloudFormation::Designer", "aws:cdk:path", "aws:asset:path", "cfn_nag"),
        *("parameter-store", "secrets-manager", "credentialsId", "hashes", "EventSourceToken", "event_source_token", "secure"),
        *("sensitive_attributes", "sensitive_values", "before_sensitive", "after_sensitive", "after_unknown", "private"),
        *("lineage", "bcrypt_hash", "etag", "$schema", "ConditionExpression"),
    )
)
_TOLD_BY: Final = frozenset(
    ("name", "key", "parameterkey", "parametername", "headername", "optionname", "option_name", "parameter_key", "variable")
)
_GIVEN_AS: Final = frozenset(("value", "parametervalue", "headervalue", "parameter_value", "settingvalue"))
_ELSEWHERE: Final = frozenset(("PARAMETER_STORE", "SECRETS_MANAGER"))
_PROSE: Final = frozenset(("description", "comment", "comments", "summary", "message", "readme"))
# Properties that hold a secret by their definition, where their name does not say so.
_SLOTS: Final = {
    ("AWS::SecretsManager::Secret", "SecretString"): "secret_password",
    ("AWS::ApiGateway::ApiKey", "Value"): "api_key",
    ("aws_secretsmanager_secret_version", "secret_string"): "secret_password",
    ("aws_api_gateway_api_key", "value"): "api_key",
    ("aws_appsync_api_key", "key"): "api_key",
    ("aws_iam_access_key", "secret"): "aws_secret_access_key",
    ("random_password", "result"): "password",
}
_DEFAULT_OF_FALLBACK: Final = re.compile(r"""\$\{[^{}'"]{1,200},\s*(?:'([^'{}]{1,1000})'|"([^"{}]{1,1000})")\s*\}""")


class Leaf(NamedTuple):
    """A text of a document. `name` promises what it is (a key has none); `path` are the keys that lead to it.

    `prose`: it is told to people.

    `inner`: it stands in a document inside a text, whose place `span` is.
    """

    name: str
    text: str
    span: Span | None
    path: tuple[str, ...]
    prose: bool = False
    inner: bool = False


class _At(NamedTuple):
    value: Any
    name: str
    path: tuple[str, ...]
    kind: str  # the type of the resource around it
    span: Span | None
    inner: bool = False


def leaves(tree: Any) -> Iterator[Leaf]:
    """Every literal text and number of a document, in its order, at most `MAX_LEAVES`. Never raises for what it holds."""
    stack = [_At(tree, "", (), "", span_of(tree))]
    for _ in range(MAX_LEAVES):
        if not stack:
            return
        at = stack.pop()
        if len(at.path) > _MAX_DEPTH:
            continue
        if isinstance(at.value, dict):
            yield from _drawn_keys(at)
            stack += reversed(list(_members(at)))
        elif isinstance(at.value, list):
            stack += [at._replace(value=one, span=span_of(one) or at.span) for one in reversed(at.value)]
        elif isinstance(at.value, str | int) and not isinstance(at.value, bool):
            embedded = _embedded(at)
            if embedded is not None:
                stack.append(embedded)
            else:
                yield from _told(at)


def _told(at: _At) -> Iterator[Leaf]:
    last = at.path[-1].lower() if at.path else ""
    text = str(at.value)
    yield Leaf(at.name, text, at.span, at.path, last in _PROSE, at.inner)
    for match in _DEFAULT_OF_FALLBACK.finditer(text) if "${" in text and "," in text else ():
        yield Leaf(at.name, match[1] or match[2], at.span, at.path)


def _embedded(at: _At) -> _At | None:
    """A document inside a text: container definitions, policies, secrets as JSON."""
    if not isinstance(at.value, str) or at.value.lstrip()[:1] not in ("{", "[") or len(at.value) > _MAX_EMBEDDED:
        return None
    text = at.value.strip()
    if text[-1] not in "}]" or text.startswith("{{"):
        return None
    data = _parsed(text) or (_parsed(text.replace(OPEN, "0")) if OPEN in text else None)
    if not isinstance(data, dict | list) or (isinstance(data, dict) and "kty" in data):
        return None
    return at._replace(value=located(data, at.span) if at.span else data, inner=True)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _drawn_keys(at: _At) -> Iterator[Leaf]:
    """Keys that look drawn: a map by token."""
    for key in at.value:
        if isinstance(key, str) and len(key) >= 20 and _DRAWN_KEY.fullmatch(key) and any(c.isdigit() for c in key):
            yield Leaf("", key, _span(at, key), at.path)


def _span(at: _At, key: str) -> Span | None:
    value = at.value[key]
    known = getattr(at.value, "keys_at", {}).get(key)
    return (span_of(value) if isinstance(value, str | int | float) else None) or known or span_of(value) or at.span


def _members(at: _At) -> Iterator[_At]:
    value: dict[str, Any] = at.value
    if len(value) == 1:
        (key,) = value
        if key in _NAMING:
            return
        if isinstance(key, str) and key.startswith("Fn::"):
            yield from _function(at, key, value[key])
            return
    kind = _kind_of(at)
    told = _name_given(value)
    for key, inner in value.items():
        key = str(key)
        if key in _SKIPPED or (key == "Default" and _names_a_parameter(value)):
            continue
        name = _name_of(at, key, value, kind, told)
        if name is not None:
            yield _At(inner, name, (*at.path, key), kind, _span(at, key), at.inner)


def _kind_of(at: _At) -> str:
    stated = at.value.get("Type", at.value.get("type"))
    if isinstance(stated, str) and (
        "Properties" in at.value or not {"instances", "values", "change", "expressions"}.isdisjoint(at.value)
    ):
        return str(stated)
    if len(at.path) == 2 and at.path[0] == "resource":
        return at.path[1]
    return at.kind


def _name_given(value: dict[str, Any]) -> str:
    """The name in a pair of name and value: ``{Name: DB_PASSWORD, Value: …}``."""
    if not any(str(key).lower() in _GIVEN_AS for key in value):
        return ""
    for key, inner in value.items():
        if str(key).lower() in _TOLD_BY and isinstance(inner, str):
            return str(inner).rstrip("/").rpartition("/")[2]
    return ""


def _names_a_parameter(value: dict[str, Any]) -> bool:
    """Whether the default of a parameter is the name of something that exists: its type is one of AWS's own."""
    stated = value.get("Type")
    return isinstance(stated, str) and stated.startswith(("AWS::", "List<AWS::"))


def _name_of(at: _At, key: str, value: dict[str, Any], kind: str, told: str) -> str | None:
    """The name that a member goes by; None for one that is kept elsewhere."""
    slot = _SLOTS.get((kind, key))
    if slot:
        return slot
    low = key.lower()
    if low in _GIVEN_AS:
        stated = value.get("Type", value.get("type"))
        if isinstance(stated, str) and stated in _ELSEWHERE:
            return None
        name = next((n for n in (told, _subject(at.path), at.name) if n and read(n).role in SECRET_ROLES), told)
        if stated == "SecureString" and read(name).role not in SECRET_ROLES:
            return f"{name}_secret_key"
        if name:
            return name
    if low == "default" and (_is_true(value.get("NoEcho")) or _is_true(value.get("sensitive"))):
        sure = read(at.name).role in SECRET_ROLES - {Role.CREDENTIALS}
        return at.name if sure else f"{at.name}_password"
    words = read(key).words
    if at.name and (not words or FILLERS.issuperset(words)):
        return f"{at.name}_{key}"
    return key


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _subject(path: tuple[str, ...]) -> str:
    """The author's name of the resource around a property."""
    if len(path) >= 2 and path[0] == "Resources":
        return path[1]
    return path[2] if len(path) >= 3 and path[0] == "resource" else ""


def _function(at: _At, name: str, argument: Any) -> Iterator[_At]:
    """The literal parts in the argument of one of CloudFormation's functions."""
    deeper = at._replace(path=(*at.path, name), span=span_of(argument) or at.span)
    items = argument if isinstance(argument, list) else []
    if name == "Fn::Join" and len(items) == 2 and isinstance(items[1], list):
        yield from _joined(deeper, str(items[0]), items[1])
    elif name == "Fn::Sub" and items:
        yield deeper._replace(value=items[0], span=span_of(items[0]) or deeper.span)
        yield from (deeper._replace(value=one) for one in items[1:2])
    elif name in ("Fn::If", "Fn::Select", "Fn::Split"):
        yield from (deeper._replace(value=one, span=span_of(one) or deeper.span) for one in items[1:])
    else:
        yield deeper._replace(value=argument)


def _joined(at: _At, delimiter: str, parts: list[Any]) -> Iterator[_At]:
    first = next((one for one in parts if isinstance(one, str)), None)
    if first is not None:
        text = delimiter.join(str(one) if isinstance(one, str | int) else OPEN for one in parts)
        yield at._replace(value=text, span=span_of(first) or at.span)
    yield from (at._replace(value=one, span=span_of(one) or at.span) for one in parts if isinstance(one, dict))
