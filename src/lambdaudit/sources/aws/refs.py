"""What policies, configurations and answers point at: used only to decide which questions to ask, never for a verdict.

Everything here reads hostile input: any value may have any type, and what cannot be read counts as pointing anywhere.
"""

import json
import threading
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from lambdaudit.model.arn import parse_arn

MAX_POLICY = 200_000
"""Characters of a policy that are looked at; IAM's own largest is 10,240, a bucket's 20,480."""

ANY = "*"

_POSITIVE = ("arnlike", "arnequals", "stringlike", "stringequals", "stringequalsignorecase")


def text(value: object) -> str:
    """The value when it is text, else an empty text."""
    return value if isinstance(value, str) else ""


def table(value: object) -> dict[str, Any]:
    """The value when it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def several(value: object) -> list[Any]:
    """A list as it is, nothing as an empty list, anything else as a list of one: IAM writes both."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def statements(document: object) -> list[dict[str, Any]] | None:
    """The statements of a policy given as text, URL-encoded text or mapping; None when it cannot be read."""
    if isinstance(document, str):
        if len(document) > MAX_POLICY:
            return None
        try:
            document = json.loads(unquote(document) if document.startswith("%7B") else document)
        except (ValueError, RecursionError):
            return None
    if not isinstance(document, dict):
        return None
    found = several(document.get("Statement"))
    return [s for s in found if isinstance(s, dict)] if all(isinstance(s, dict) for s in found) else None


class Grants:
    """What a resource-based policy shows about who calls: service principals with their sources, and URL calls."""

    def __init__(self, policy: object) -> None:
        self._known: list[tuple[str, str]] = []
        self._unknown = False
        self.url = False
        """Whether a statement may allow calls of a function URL."""
        if policy is None:
            return
        read = statements(policy)
        if read is None:
            self._unknown = self.url = True
            return
        for statement in read:
            if statement.get("Effect") != "Deny":
                self._add(statement)

    @classmethod
    def unread(cls) -> "Grants":
        """The policy could not be read, so it may allow anything."""
        return cls("")

    def _add(self, statement: dict[str, Any]) -> None:
        actions = [text(a).lower() for a in several(statement.get("Action"))]
        if "NotAction" in statement or any(fnmatchcase("lambda:invokefunctionurl", a) for a in actions):
            self.url = True
        conditions = table(statement.get("Condition"))
        if "invokedviafunctionurl" in str(conditions).lower():
            self.url = True
        sources = list(_source_arns(conditions))
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "Service" in principal:
            for service in several(principal["Service"]):
                name = text(service).split(".")[0]
                self._known.extend((name, source) for source in sources or [ANY])
        else:
            for source in sources:
                arn = parse_arn(source)
                if arn is not None:
                    self._known.append((arn.service, source))

    def sources(self, service: str) -> list[str]:
        """The ARN patterns from which `service` may call; ``*`` when nothing limits it; nothing when it may not."""
        if self._unknown:
            return [ANY]
        return [source for name, source in self._known if name == service]


def _source_arns(conditions: dict[str, Any]) -> Iterator[str]:
    for operator, keys in conditions.items():
        plain = text(operator).lower().rpartition(":")[2].removesuffix("ifexists")
        if plain not in _POSITIVE:
            continue
        for key, values in table(keys).items():
            if text(key).lower() == "aws:sourcearn":
                yield from (text(v) for v in several(values) if text(v))


def exact(pattern: str) -> bool:
    """Whether an ARN names one thing: no wildcard and no policy variable."""
    return not any(c in pattern for c in "*?$")


def environment(configuration: dict[str, Any]) -> Iterable[str]:
    """The texts of a function's environment variables."""
    variables = table(table(configuration.get("Environment")).get("Variables"))
    return [v for v in variables.values() if isinstance(v, str)]


def key_arn(reference: object, partition: str, region: str, account: str) -> str:
    """The ARN that a KMS key reference stands for: an ARN, ``alias/name`` or a bare key id; empty for AWS's own keys."""
    name = text(reference)
    if not name:
        return ""
    arn = parse_arn(name)
    resource = arn.resource if arn else name if name.startswith("alias/") else f"key/{name}"
    if resource.startswith("alias/aws/") or (arn and arn.service != "kms"):
        return ""
    return name if arn else f"arn:{partition}:kms:{region}:{account}:{resource}"


class _Mentions:
    """The ARNs inside the record looked at last, by service: several rows of the table ask the same record in a row."""

    def __init__(self) -> None:
        self._record: object = None
        self._by_service: dict[str, list[str]] = {}

    def of(self, record: object) -> dict[str, list[str]]:
        if record is not self._record:
            found: dict[str, list[str]] = {}
            stack: list[tuple[object, int]] = [(record, 12)]
            while stack:
                value, depth = stack.pop()
                if isinstance(value, str):
                    if value.startswith("arn:"):
                        found.setdefault(value.split(":", 3)[2] if value.count(":") > 2 else "", []).append(value)
                elif depth and isinstance(value, dict):
                    stack.extend((inner, depth - 1) for inner in value.values())
                elif depth and isinstance(value, list):
                    stack.extend((inner, depth - 1) for inner in value)
            self._record, self._by_service = record, found
        return self._by_service


_MENTIONS = threading.local()


def mentioned(value: object, service: str) -> Iterator[str]:
    """Every text inside a response that is by itself an ARN of `service`, environment variables included."""
    mentions: _Mentions = _MENTIONS.__dict__.setdefault("last", _Mentions())
    yield from mentions.of(value).get(service, ())
