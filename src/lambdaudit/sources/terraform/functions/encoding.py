"""Functions that encode, decode and hash."""

import base64
import csv
import gzip
import hashlib
import io
import json
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.documents import DocumentError, parse
from lambdaudit.sources.iac.json_text import NotJson, parse_json
from lambdaudit.sources.iac.values import Float, Int, List, Map, Span, Str, Text, Value, span_of

from ..partial import Invalid, json_dumps, number_text, reason, text, to_text

_OPEN, _CLOSE = "\ue000", "\ue001"


def jsonencode(values: list[Value], at: Span) -> Value:
    """A value as JSON text that remembers what it was made of."""
    return json_dumps(values[0], at)


def jsondecode(values: list[Value], at: Span) -> Value:
    """The value of a JSON text, which may have holes."""
    return json_tree(values[0], at)


def json_tree(value: Value, at: Span | None = None) -> Value:
    """The value of a JSON text: of ``jsonencode`` what went in, of a text with holes the tree with the holes in their places.

    Raises Invalid when it is no JSON. What is open in another way comes back as Unknown.
    """
    if hasattr(value, "tree"):
        return value.tree
    if isinstance(value, str):
        return _parsed(str(value), [], span_of(value) or at)
    if not isinstance(value, Text):
        return value if isinstance(value, Unknown) else reason(value) or Unknown("a JSON text that is not known")
    written: list[str] = []
    holes: list[Value] = []
    quoted = False
    for part in value.parts:
        if isinstance(part, str):
            quoted = _inside_quotes(part, quoted)
            written.append(part.replace(_OPEN, "").replace(_CLOSE, ""))
            continue
        mark = f"{_OPEN}{len(holes)}{_CLOSE}"
        holes.append(part)
        written.append(mark if quoted else f'"{mark}"')
    try:
        return _parsed("".join(written), holes, value.span or at)
    except Invalid:
        return reason(value) or Unknown("a JSON text that is not known")


def _inside_quotes(part: str, quoted: bool) -> bool:
    escaped = False
    for sign in part:
        if escaped:
            escaped = False
        elif sign == "\\" and quoted:
            escaped = True
        elif sign == '"':
            quoted = not quoted
    return quoted


def _parsed(written: str, holes: list[Value], base: Span | None) -> Value:
    try:
        tree = parse_json(written, base.source if base else "").value
    except (NotJson, DocumentError) as error:
        raise Invalid(f"no JSON: {error}") from error
    return _placed(tree, holes, base)


def _placed(value: Value, holes: list[Value], base: Span | None) -> Value:
    """The tree with its places counted from the beginning of the text, and the holes put in."""

    def at(span: Span | None) -> Span | None:
        if base is None or span is None:
            return span
        column = span.column + (base.column if span.line == 1 and base.column > 1 else 0)
        return Span(base.source, base.line + span.line - 1, column, base.via)

    if isinstance(value, Str):
        return _filled(value, holes, at(value.span))
    if isinstance(value, Int):
        return Int(value, at(value.span))
    if isinstance(value, Float):
        return Float(value, at(value.span))
    if isinstance(value, List):
        return List([_placed(v, holes, base) for v in value], at(value.span))
    if isinstance(value, Map):
        made = Map((), at(value.span))
        for key, inner in value.items():
            name = _filled(Str(key), holes, None)
            if isinstance(name, str):
                made[name] = _placed(inner, holes, base)
                if place := at(value.keys_at.get(key)):
                    made.keys_at[name] = place
            else:
                made.rest = reason(name) or Unknown("a key that is not known")
        return made
    return value


def _filled(value: Str, holes: list[Value], span: Span | None) -> Value:
    if _OPEN not in value or not holes:
        return Str(value, span)
    parts: list[Value] = []
    for number, piece in enumerate(value.split(_OPEN)):
        if number:
            index, _, after = piece.partition(_CLOSE)
            parts.append(holes[int(index)] if index.isdigit() and int(index) < len(holes) else Unknown("a hole"))
            piece = after
        if piece:
            parts.append(piece)
    try:
        return text(parts, span)
    except Invalid:
        return Unknown("a JSON text that is not known")


def yamldecode(whole: str) -> Value:
    """The value of a YAML text."""
    try:
        return parse(str(whole), getattr(span_of(whole), "source", "")).value
    except DocumentError as error:
        raise Invalid(f"no YAML: {error}") from error


def yamlencode(value: Value) -> str:
    """A value as YAML text: block style, quoted keys and texts, sorted keys."""
    return "".join(f"{line}\n" for line in _yaml(json.loads(str(json_dumps(value, None)))))


def _yaml(value: Any) -> list[str]:
    if isinstance(value, dict) and value:
        lines: list[str] = []
        for key in sorted(value):
            inner = _yaml(value[key])
            name = f"{_scalar(key)}:"
            if isinstance(value[key], dict | list) and value[key]:
                step = "  " if isinstance(value[key], dict) else ""
                lines += [name, *(step + line for line in inner)]
            else:
                lines.append(f"{name} {inner[0]}")
        return lines
    if isinstance(value, list) and value:
        return [("  " if number else "- ") + line for inner in value for number, line in enumerate(_yaml(inner))]
    return [_scalar(value)]


def _scalar(value: Any) -> str:
    return number_text(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


def csvdecode(whole: str) -> Value:
    """The rows of a CSV text as objects."""
    rows = list(csv.DictReader(io.StringIO(str(whole))))
    return List([Map({str(k): Str(v or "") for k, v in row.items()}) for row in rows[:10_000]])


def _bytes(value: Value) -> bytes:
    return str(to_text(value)).encode("utf-8", "replace")


def base64decode(value: str) -> str:
    """The text that is encoded."""
    return base64.b64decode(str(value), validate=True).decode("utf-8")


def _gzipped(value: str) -> str:
    return base64.b64encode(gzip.compress(_bytes(value), mtime=0)).decode()


def uuidv5(namespace: str, name: str) -> str:
    """A UUID made of a name space and a name."""
    known = {"dns": uuid.NAMESPACE_DNS, "url": uuid.NAMESPACE_URL, "oid": uuid.NAMESPACE_OID, "x500": uuid.NAMESPACE_X500}
    return str(uuid.uuid5(known.get(str(namespace)) or uuid.UUID(str(namespace)), str(name)))


def _hexadecimal(algorithm: str) -> Callable[[Value], str]:
    return lambda value: hashlib.new(algorithm, _bytes(value), usedforsecurity=False).hexdigest()


def _hash64(algorithm: str) -> Callable[[Value], str]:
    return lambda value: base64.b64encode(hashlib.new(algorithm, _bytes(value)).digest()).decode()


PARTIAL: dict[str, Callable[[list[Value], Span], Value]] = {"jsonencode": jsonencode, "jsondecode": jsondecode}
PLAIN: dict[str, Callable[..., Any]] = {
    "yamldecode": yamldecode,
    "yamlencode": yamlencode,
    "csvdecode": csvdecode,
    "base64encode": lambda value: base64.b64encode(_bytes(value)).decode(),
    "base64decode": base64decode,
    "base64gzip": _gzipped,
    "textencodebase64": lambda value, name: base64.b64encode(str(value).encode(str(name))).decode(),
    "textdecodebase64": lambda value, name: base64.b64decode(str(value)).decode(str(name)),
    "urlencode": lambda value: quote_plus(str(to_text(value)), safe="~"),
    "urldecode": lambda value: unquote_plus(str(value)),
    "uuidv5": uuidv5,
    "md5": _hexadecimal("md5"),
    "sha1": _hexadecimal("sha1"),
    "sha256": _hexadecimal("sha256"),
    "sha512": _hexadecimal("sha512"),
    "base64sha256": _hash64("sha256"),
    "base64sha512": _hash64("sha512"),
}
