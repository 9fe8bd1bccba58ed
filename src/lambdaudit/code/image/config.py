"""What the configuration of a container image gives away: variables, labels and the commands that built it."""

import json
from collections.abc import Iterator
from typing import Any

from lambdaudit.model.code import CodeIssue, CodeSecret
from lambdaudit.model.functions import EnvironmentVariable
from lambdaudit.model.where import Where
from lambdaudit.secrets import Context, fingerprint, judge, scan_text

SOURCE = "image configuration"
"""The `source` of places in it; their pointers are those of the configuration file."""
MOST_BYTES = 4 * 1024**2
_MOST = 400


def parsed(data: bytes) -> dict[str, Any]:
    """The configuration, an empty mapping when it is none. Raises nothing."""
    if len(data) > MOST_BYTES:
        return {}
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def secrets_of(config: dict[str, Any], subject: str, key: bytes) -> Iterator[CodeSecret]:
    """Secrets in the variables, labels and history of an image: whoever may pull it reads them, and no layer removes them."""
    top = Where(SOURCE, subject=subject)
    settings = config.get("config")
    inner = settings if isinstance(settings, dict) else {}
    for at, text in enumerate(_list(inner.get("Env"))[:_MOST]):
        name, _, value = text.partition("=")
        yield from _judged(name, value, top / "config" / "Env" / at, key)
    labels = inner.get("Labels")
    for name, value in list(labels.items())[:_MOST] if isinstance(labels, dict) else ():
        if isinstance(value, str):
            yield from _judged(str(name), value, top / "config" / "Labels" / str(name), key)
    history = config.get("history")
    for at, step in enumerate(history[:_MOST] if isinstance(history, list) else ()):
        command = step.get("created_by") if isinstance(step, dict) else None
        if isinstance(command, str):
            yield from _built(command, top / "history" / at / "created_by", key)


def variables_of(config: dict[str, Any]) -> Iterator[EnvironmentVariable]:
    """The variables that an image sets; a value is kept only where it is certainly harmless."""
    settings = config.get("config")
    inner = settings if isinstance(settings, dict) else {}
    for text in _list(inner.get("Env"))[:_MOST]:
        name, _, value = text.partition("=")
        verdict = judge(name, value, context=Context.IMAGE)
        kept = value if verdict.public else None
        yield EnvironmentVariable(
            name=name[:100], length=len(value), kind=verdict.kind, confidence=verdict.confidence, value=kept
        )


def issues_of(subject: str, tools: set[str], hidden: list[str]) -> Iterator[CodeIssue]:
    """Programs that a function's image does not need, and files that a layer deleted, which stay in the layer below."""
    if tools:
        names = ", ".join(sorted({tool.rpartition("/")[2] for tool in tools})[:12])
        yield CodeIssue(kind="image-tools", where=Where(sorted(tools)[0], subject=subject), text=f"the image holds {names}")
    private = [p for p in hidden if p.rpartition("/")[2] in _PRIVATE or p.endswith((".pem", ".key", ".p12", ".tfstate"))]
    for path in private[:20]:
        yield CodeIssue(
            kind="deleted-file-kept",
            where=Where(path, subject=subject),
            text="a later layer deletes it, but whoever may pull the image still gets it with the layer below",
        )


_PRIVATE = {".env", ".npmrc", ".netrc", ".pypirc", ".git-credentials", "credentials", "id_rsa", "id_ed25519", "config.json"}


def _list(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _judged(name: str, value: str, where: Where, key: bytes) -> Iterator[CodeSecret]:
    verdict = judge(name, value, context=Context.IMAGE)
    if verdict.kind:
        yield CodeSecret(
            where=where,
            kind=verdict.kind,
            name=name[:100],
            confidence=verdict.confidence,
            reason=verdict.reason,
            fingerprint=fingerprint(value, key),
        )


def _built(command: str, where: Where, key: bytes) -> Iterator[CodeSecret]:
    """Secrets in one build command. Values of build arguments stand before it as ``|1 NAME=value``."""
    for hit in scan_text(command, path="Dockerfile", context=Context.CONFIG):
        yield CodeSecret(
            where=where,
            kind=hit.kind,
            name=hit.name,
            confidence=hit.confidence,
            reason=hit.reason,
            fingerprint=fingerprint(command[hit.start : hit.end], key),
        )
