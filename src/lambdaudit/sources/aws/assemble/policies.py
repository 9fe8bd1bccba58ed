"""Policy documents as answers hold them: JSON texts, objects, and what is neither."""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from lambdaudit.model.base import Policy
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.text import clean, described, redacted
from lambdaudit.sources.aws.raw import Answer

MAX_DOCUMENT: Final = 1_000_000
"""Characters of a policy that are parsed; the longest that AWS stores (KMS) has 32,768."""
MAX_RAW: Final = 32_768
"""Characters kept of a text that is not JSON."""
MAX_DEPTH: Final = 64
MAX_CACHE: Final = 20_000


class _Unparsable(Exception):
    """The text is no JSON object without doubt about its meaning."""


class Documents:
    """Parses documents, each text once: hundreds of functions share a few policies."""

    def __init__(self) -> None:
        self._parsed: dict[str, dict[str, Any] | None] = {}

    def policy(self, value: object, *, name: str, kind: str, where: Where, arn: str = "") -> Policy | Unknown:
        """A Policy from a document that is a JSON text or already an object; Unknown when it is neither.

        A text that does not parse is kept as `raw` with an empty document: it is there, and nobody knows what it allows.
        """
        if isinstance(value, dict):
            document = _sound(value)
            if document is None:
                return Unknown("odd value: the policy document nests too deep or is no JSON")
            return Policy(name=clean(name), kind=kind, document=document, where=where, arn=arn)
        if not isinstance(value, str):
            return Unknown(f"odd value: the policy document is {described(value)}")
        found = self._parse(value)
        if found is None:
            return Policy(name=clean(name), kind=kind, document={}, where=where, arn=arn, raw=redacted(value[:MAX_RAW]))
        return Policy(name=clean(name), kind=kind, document=found, where=where, arn=arn)

    def resource(self, answer: Answer | Unknown, field: str, *, name: str, where: Where) -> Policy | Unknown | None:
        """The resource-based policy in an answer: None when the service said that there is none."""
        if isinstance(answer, Unknown):
            return answer
        if answer.absent or answer.inferred:
            return None
        value = answer.data.get(field)
        if value is None or value == "":
            return None
        return self.policy(value, name=name, kind="resource", where=where / field)

    def _parse(self, text: str) -> dict[str, Any] | None:
        if text in self._parsed:
            return self._parsed[text]
        try:
            found = _parse(text)
        except _Unparsable:
            found = None
        if len(self._parsed) < MAX_CACHE:
            self._parsed[text] = found
        return found


def _parse(text: str) -> dict[str, Any]:
    if len(text) > MAX_DOCUMENT:
        raise _Unparsable
    if re.match(r'\s*\{\s*\\"', text):
        # API Gateway returns the policy of a REST API with its quotes escaped once more.
        text = _unescaped(text)
    try:
        found = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise _Unparsable from error
    if not isinstance(found, dict) or (sound := _sound(found)) is None:
        raise _Unparsable
    return sound


def _unescaped(text: str) -> str:
    try:
        inner = json.loads(f'"{text}"', strict=False)
    except (ValueError, RecursionError):
        return text
    return inner if isinstance(inner, str) else text


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Which of two equal names counts is not settled: the text goes to the IAM engine as it is.
        raise _Unparsable
    return found


def _sound(document: dict[str, Any]) -> dict[str, Any] | None:
    """The document when a snapshot gives back exactly this; None when it nests too deep or holds what JSON does not have."""
    if _depth(document) > MAX_DEPTH:
        return None
    try:
        return document if msgspec.json.decode(msgspec.json.encode(document)) == document else None
    except (TypeError, ValueError, RecursionError, OverflowError):
        return None


def _depth(document: object) -> int:
    depth = 0
    level = [document]
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
    return depth
