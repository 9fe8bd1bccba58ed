"""What a value points at: ARNs, buckets, queues, tables, hosts, secret names and parameter paths. Never a credential."""

import json
import re
from collections.abc import Iterator

from . import rules, shapes
from .lazily import lazy
from .names import Name, Role
from .randomness import surprise
from .verdict import Reference

_MOST = 64
_ARN = lazy(r"(?<![\w:-])" + shapes.ARN.pattern)
_QUEUE_URL = lazy(
    r"https://(?:[a-z]{2}[a-z0-9-]{0,20}\.)?(?:sqs\.)?[a-z0-9.-]{0,60}amazonaws\.com(?:\.cn)?/(\d{12})/([\w-]{1,80}(?:\.fifo)?)"
)
_S3_URL = lazy(r"s3a?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?![\w.@:-])")
_S3_HOST = lazy(r"([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\.s3[.-](?:[a-z0-9-]{1,30}\.)?amazonaws\.com")
_HOST_AFTER = lazy(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){0,10}[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?=[:/?#,;\s\"'<>)]|$)"
)
_RESOLVE = lazy(r"\{\{resolve:(secretsmanager|ssm|ssm-secure):([^{}]{1,600})\}\}")
_SSM = lazy(r"(?:\$\{ssm:|ssm:/{0,2})(/?[\w./-]{1,300})")
_SECRET_STORE = lazy(r"(?:secretsmanager|aws-sm|awssm|sm)(?::/{0,2}|://)([\w/+=.@-]{1,300})")

_NAMES: tuple[tuple[frozenset[str], str, re.Pattern[str]], ...] = (
    (frozenset(("bucket", "buckets")), "bucket", lazy(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")),
    (frozenset(("table", "tables")), "table", lazy(r"[A-Za-z0-9_.-]{3,255}")),
    (frozenset(("queue", "queues", "dlq")), "queue", lazy(r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?")),
    (frozenset(("topic", "topics")), "topic", lazy(r"[A-Za-z0-9_-]{1,256}(?:\.fifo)?")),
    (frozenset(("stream", "streams")), "stream", lazy(r"[A-Za-z0-9_.-]{1,128}")),
    (frozenset(("bus", "eventbus")), "bus", lazy(r"[A-Za-z0-9_./-]{1,256}")),
    (frozenset(("function", "lambda")), "function", lazy(r"[A-Za-z0-9_-]{1,140}(?::[A-Za-z0-9_$-]{1,128})?")),
    (frozenset(("pool",)), "user-pool", lazy(r"[a-z]{2}(?:-[a-z]+){1,3}-\d_[A-Za-z0-9]{1,45}")),
    (frozenset(("kms", "key")), "key", lazy(r"alias/[A-Za-z0-9/_-]{1,250}|mrk-[0-9a-f]{32}")),
    (frozenset(("secret", "secrets")), "secret", lazy(r"[A-Za-z0-9/_+=.@-]{1,512}")),
    (
        frozenset(("param", "params", "parameter", "parameters", "ssm")),
        "parameter",
        lazy(r"/?[A-Za-z0-9_./-]{1,1011}"),
    ),
    (frozenset(("repo", "repository")), "repository", lazy(r"[a-z0-9._/-]{2,256}")),
)
_STORED = frozenset(("param", "parameter", "ssm", "password", "secret", "key", "token"))
_RANDOM_NAME = 25.0


def in_text(text: str) -> Iterator[Reference]:
    """References that show by their form alone, wherever they stand in a text."""
    for match in _ARN.finditer(text):
        yield Reference("arn", match[0].rstrip(",.*"))
    for match in _QUEUE_URL.finditer(text):
        yield Reference("queue", match[2])
        yield Reference("account", match[1])
    for pattern in (_S3_URL, _S3_HOST):
        for match in pattern.finditer(text):
            yield Reference("bucket", match[1])
    for match in _RESOLVE.finditer(text):
        yield from _resolved(match[1], match[2])
    for match in _SSM.finditer(text):
        yield Reference("parameter", match[1])
    for match in _SECRET_STORE.finditer(text):
        yield Reference("secret", match[1])
    yield from _hosts(text)


def _resolved(service: str, rest: str) -> Iterator[Reference]:
    if rest.startswith("arn:"):
        return
    kind = "secret" if service == "secretsmanager" else "parameter"
    yield Reference(kind, rest.split(":")[0])


def _hosts(text: str) -> Iterator[Reference]:
    """Hosts of URLs, without user information. Nothing where an ``@`` follows, because then a password might pass for a host."""
    at = text.find("://")
    count = 0
    while at >= 0 and count < _MOST:
        end = next(
            (i for i in range(at + 3, min(len(text), at + 2048)) if text[i] in " \t\r\n\"'<>`"),
            min(len(text), at + 2048),
        )
        rest = text[at + 3 : end]
        user, _, behind = rest.rpartition("@")
        host = _HOST_AFTER.match(behind)
        known = not user or len(user) < 512
        if host and known and "@" not in behind and "\ue000" not in behind and _plain_host(host[0], bool(user)):
            yield Reference("host", host[0].lower())
        count += 1
        at = text.find("://", at + 3)


def _plain_host(host: str, after_user: bool) -> bool:
    labels = host.split(".")
    return "." in host or (surprise(host) < _RANDOM_NAME and len(labels[0]) < 64 and (after_user or not host.isdigit()))


def _by_name(name: Name, value: str) -> Iterator[Reference]:
    words = frozenset(name.words)
    for telling, kind, pattern in _NAMES:
        if telling & words and pattern.fullmatch(value) and not value.isdigit():
            # A plain word under ``DB_SECRET`` might be the secret itself, and is not told.
            if name.role is Role.VAULT and not rules.says_stored(value):
                return
            yield Reference(kind, value)
            return


def named(name: Name, value: str) -> Iterator[Reference]:
    """References that a variable's name makes out of a value or a comma-separated list: ``TABLE_NAME=orders``.

    Call it only for values already judged to hold no secret.
    """
    if shapes.PARAMETER_PATH.fullmatch(value) and not _STORED.isdisjoint(name.words):
        yield Reference("parameter", value)
        return
    if any(c in value for c in " \t\n\ue000{}$<>"):
        return
    for part in value.split(",")[:_MOST]:
        if not part.startswith("arn:") and "://" not in part:
            yield from _by_name(name, part)


def in_json(text: str) -> Iterator[Reference]:
    """References of strings in a JSON document, which may be escaped in the raw text."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    todo, seen = [data], 0
    while todo and seen < 500:
        item = todo.pop()
        seen += 1
        if isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, str) and len(item) < 4096:
            yield from in_text(item)


def unique(references: Iterator[Reference]) -> tuple[Reference, ...]:
    """References sorted, each once, at most 64."""
    found: set[Reference] = set()
    for reference in references:
        found.add(reference)
        if len(found) >= _MOST:
            break
    return tuple(sorted(found))
