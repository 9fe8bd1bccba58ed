"""Reading of a policy document into a bounded tree: size, depth, duplicate keys, values that were never resolved."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeAlias
from urllib.parse import unquote

from lambdaudit.model.unknown import Unknown

MAX_BYTES: Final = 1_000_000
"""A document longer than this is not read; the longest one that AWS stores is far below."""
MAX_DEPTH: Final = 32
"""Objects and lists inside each other; a legal policy needs seven."""
UNRESOLVED: Final = "Fn::Unknown"
"""The name in ``{"Fn::Unknown": reason}``, which stands in a stored document for a value that a template left open."""
MAX_NODES: Final = 200_000
"""Values in a document that comes as a mapping, such as a resolved template."""


class Number(str):
    """A JSON number, kept as it was written."""

    __slots__ = ()


class Object(dict[str, "Node"]):
    """A JSON object together with the names that it held more than once."""

    __slots__ = ("duplicates",)

    def __init__(self, pairs: list[tuple[str, "Node"]]) -> None:
        super().__init__(pairs)
        self.duplicates: frozenset[str] = frozenset()
        if len(self) != len(pairs):
            times = Counter(name for name, _ in pairs)
            self.duplicates = frozenset(name for name, count in times.items() if count > 1)


Node: TypeAlias = str | bool | None | Unknown | Object | list[Any]
"""A value of the tree. Numbers are `Number`; what a template left open is an Unknown."""


class Unreadable(Exception):
    """The document as a whole cannot be read; `code` and the text say why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def read_text(document: str | bytes) -> tuple[Node, str]:
    """Read a document given as text.

    Returns the tree and the hash of the text. Raises Unreadable for everything that is no JSON within the limits.
    URL-encoded text, as the IAM API hands it out, is decoded first.
    """
    text = _decode(document)
    if text.lstrip()[:3].lower() == "%7b":
        text = unquote(text)
    _check_depth(text)
    try:
        tree: Node = json.loads(text, object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=_no_constant)
    except RecursionError:
        raise Unreadable("too-deep", f"The document nests deeper than {MAX_DEPTH} levels.") from None
    except ValueError as error:
        raise Unreadable("bad-json", f"The document is not JSON: {error}.") from None
    return tree, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _decode(document: str | bytes) -> str:
    if len(document) > MAX_BYTES:
        raise Unreadable("too-large", f"The document is longer than {MAX_BYTES:,} bytes.")
    if isinstance(document, str):
        return document.removeprefix("\ufeff")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("bad-encoding", f"The document is not UTF-8: {error.reason} at byte {error.start}.") from None


def _no_constant(name: str) -> Node:
    raise ValueError(f"{name} is no JSON value")


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    # The closing quote is optional, so that a text which is never closed is passed over once and not at each quote.
    for found in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', text, re.DOTALL):
        bracket = found[0]
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Unreadable("too-deep", f"The document nests deeper than {MAX_DEPTH} levels.")
        elif bracket in "]}":
            depth -= 1


def read_mapping(document: Mapping[Any, Any]) -> tuple[Node, str]:
    """Read a document given as a mapping (from YAML or a template); Unknown values stay in place.

    Returns the tree and a hash of it. Raises Unreadable when it is larger or deeper than the limits.
    """
    copier = _Copier()
    tree = copier.copy(document, 0)
    text = json.dumps(
        [tree, copier.duplicates, copier.numbers], default=lambda unknown: ["unknown", unknown.reason, unknown.need]
    )
    return tree, hashlib.sha256(text.encode()).hexdigest()


class _Copier:
    """Copies foreign containers into the tree, counting what it meets."""

    def __init__(self) -> None:
        self.nodes = 0
        self.size = 0
        self.duplicates: list[list[str | int]] = []
        self.numbers: list[int] = []

    def copy(self, value: object, depth: int) -> Node:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise Unreadable("too-deep", f"The document nests deeper than {MAX_DEPTH} levels.")
        if self.nodes > MAX_NODES:
            raise Unreadable("too-large", f"The document holds more than {MAX_NODES:,} values.")
        if type(value) is str:  # most values are texts
            return self.text(value)
        if isinstance(value, Mapping):
            if len(value) == 1 and isinstance(reason := value.get(UNRESOLVED), str):
                return Unknown(self.text(reason))
            copied = Object([(self.text(str(name)), self.copy(inner, depth + 1)) for name, inner in value.items()])
            if isinstance(value, Object) and value.duplicates:
                copied.duplicates = value.duplicates
                self.duplicates.append([self.nodes, *sorted(value.duplicates)])
            return copied
        if isinstance(value, (list, tuple)):
            return [self.copy(inner, depth + 1) for inner in value]
        if isinstance(value, str):
            self.text(value)
            return self.number(value) if isinstance(value, Number) else str(value)
        if value is None or isinstance(value, (bool, Unknown)):
            return value
        if isinstance(value, int):
            return self.number(Number(value if abs(value) < 10**40 else "1e40"))
        if isinstance(value, float):
            return self.number(Number(repr(value)))
        if isinstance(value, date):
            return value.isoformat()
        return Unknown(f"a value of the type {type(value).__name__} cannot stand in a policy")

    def number(self, value: Number) -> Number:
        """Note where a number stands: in the hash it reads like the same digits in quotes."""
        self.numbers.append(self.nodes)
        return value

    def text(self, value: str) -> str:
        self.size += len(value)
        if self.size > MAX_BYTES:
            raise Unreadable("too-large", f"The document is longer than {MAX_BYTES:,} bytes.")
        return value
