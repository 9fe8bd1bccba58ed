"""YAML and JSON files as values that know their line and column, read without executing anything and within bounds.

Tags of CloudFormation (``!Sub``) become its long form (``{"Fn::Sub": …}``). Of equal keys the last one counts and a warning says
so. Anchors and merge keys work, up to a size: what they expand to counts like what is written.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lambdaudit.sources.iac.values import Float, Int, List, Map, Span, Str, span_of

MAX_BYTES: Final = 16_000_000
"""Larger files are refused; CloudFormation takes templates up to 1 MB, an assembly of a large CDK app has several."""
MAX_DEPTH: Final = 200
MAX_NODES: Final = 1_000_000
MAX_WARNINGS: Final = 100
MAX_DOCUMENTS: Final = 1_000

_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
# A number that begins with a zero is mostly an account id or a date: it stays a text.
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+")
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*)?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*\.?(?:[eE][-+]?[0-9]+)")
_STANDARD = "tag:yaml.org,2002:"


_BLANK: Final = re.compile(r"\{%|\{\{(?!\s*resolve:)")


class DocumentError(Exception):
    """A file that cannot be read; the text is one line, ``file:line: what``."""

    def __init__(self, source: str, line: int, what: str) -> None:
        place = f"{source}:{line}" if line else source
        super().__init__(f"{place}: {' '.join(what.split())}" if what else place)


class OtherDocument(DocumentError):
    """A file that can be read and is of another kind than its reader takes."""


@dataclass(slots=True)
class Document:
    """One document of a file: its value, and sentences with their place about what is odd in it."""

    value: Any
    warnings: list[str] = field(default_factory=list)


def read_file(path: Path, source: str) -> str:
    """The text of a file, with its line ends as they are. `source` names it in messages. Raises DocumentError."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(source, 0, f"cannot be read: {error.strerror or error}") from None
    return decode(data, source)


def decode(data: bytes, source: str) -> str:
    """The text in UTF-8 bytes, or in UTF-16 ones that begin with a byte-order mark. Raises DocumentError."""
    if len(data) > MAX_BYTES:
        raise DocumentError(source, 0, f"is larger than {MAX_BYTES // 1_000_000} MB and is not read")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(source, data[: error.start].count(b"\n") + 1, "is not UTF-8 text") from None


def parse(text: str, source: str) -> Document:
    """The first document of a YAML or JSON text. Raises DocumentError for malformed or oversized input."""
    found = parse_all(text, source)
    first = found[0] if found else Document(None)
    if len(found) > 1:
        first.warnings.append(f"{source}: holds {len(found)} documents, the first one is read")
    return first


def parse_all(text: str, source: str) -> list[Document]:
    """Every document of a YAML text; a JSON text is one. Raises DocumentError for malformed or oversized input."""
    if len(text) > MAX_BYTES:
        raise DocumentError(source, 0, f"is larger than {MAX_BYTES // 1_000_000} MB and is not read")
    if text.lstrip()[:1] in ("{", "["):
        from lambdaudit.sources.iac.json_text import NotJson, parse_json

        try:
            return [parse_json(text, source)]
        except NotJson as error:
            if _looks_like_json(text):
                raise DocumentError(source, error.line, f"is not JSON: {error}") from None
    try:
        return list(_documents(text, source))
    except DocumentError as error:
        if _BLANK.search(text):
            raise DocumentError(
                f"{error} (it has blanks for a generator, {{{{ … }}}} or {{% … %}}: render it first)", 0, ""
            ) from None
        raise


def _looks_like_json(text: str) -> bool:
    """Whether the first key is quoted as JSON wants it, so that its reader's message is the useful one."""
    return re.match(r"\s*[\[{]\s*\"(?:[^\"\\]|\\.)*\"\s*:", text) is not None


def _documents(text: str, source: str) -> Iterator[Document]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
            if builder.done is not None:
                yield builder.done
                builder = _Builder(source, builder.number + 1)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "malformed"
        raise DocumentError(source, mark.line + 1 if mark else 0, f"is not YAML: {problem}") from None
    except ValueError as error:
        raise DocumentError(source, 0, f"is not YAML: {error}") from None


class _Frame:
    """A mapping or sequence that is open."""

    __slots__ = ("anchor", "key", "merges", "nodes", "tag", "value")

    def __init__(self, value: Map | List, tag: str | None, anchor: str | None, nodes: int) -> None:
        self.value = value
        self.tag = tag
        self.anchor = anchor
        self.nodes = nodes
        self.key: Any = None
        self.merges: list[Map] = []


_NONE = object()


class _Builder:
    """Builds one document from the parser's events, with a stack of its own, so that depth costs no recursion."""

    def __init__(self, source: str, number: int = 0) -> None:
        self.source = source
        self.number = number
        self.done: Document | None = None
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._open: set[str] = set()
        self._nodes = 0
        self._root: Any = _NONE
        self._warnings: list[str] = []
        if number >= MAX_DOCUMENTS:
            raise DocumentError(source, 0, f"holds more than {MAX_DOCUMENTS} documents")

    def take(self, event: Any) -> None:
        kind = type(event).__name__
        if kind == "ScalarEvent":
            self._count(event)
            self._put(self._scalar(event), event, event.anchor)
        elif kind == "MappingStartEvent":
            self._push(Map((), self._span(event)), event)
        elif kind == "SequenceStartEvent":
            self._push(List((), self._span(event)), event)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            self._pop(event)
        elif kind == "AliasEvent":
            self._alias(event)
        elif kind == "DocumentEndEvent":
            value = None if self._root is _NONE else self._root
            self.done = Document(value, self._warnings)

    def _span(self, event: Any) -> Span:
        mark = event.start_mark
        return Span(self.source, mark.line + 1, mark.column + 1)

    def _fail(self, event: Any, what: str) -> DocumentError:
        return DocumentError(self.source, event.start_mark.line + 1, what)

    def _count(self, event: Any, nodes: int = 1) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            raise self._fail(event, f"holds more than {MAX_NODES:,} values")

    def _push(self, value: Map | List, event: Any) -> None:
        self._count(event)
        if len(self._stack) >= MAX_DEPTH:
            raise self._fail(event, f"nests deeper than {MAX_DEPTH} levels")
        if event.anchor:
            self._open.add(event.anchor)
        self._stack.append(_Frame(value, event.tag, event.anchor, self._nodes))

    def _pop(self, event: Any) -> None:
        frame = self._stack.pop()
        value: Any = frame.value
        if isinstance(value, Map):
            for merged in frame.merges:
                for key, inner in merged.items():
                    if key not in value:
                        value[key] = inner
                        if key in merged.keys_at:
                            value.keys_at[key] = merged.keys_at[key]
        if frame.anchor:
            self._open.discard(frame.anchor)
        self._put(self._tagged(frame.tag, value, event), event, frame.anchor, self._nodes - frame.nodes + 1)

    def _alias(self, event: Any) -> None:
        found = self._anchors.get(event.anchor)
        if found is None:
            problem = "refers to itself" if event.anchor in self._open else "is not defined"
            raise self._fail(event, f"the anchor {event.anchor[:80]} {problem}")
        value, nodes = found
        self._count(event, nodes)
        if len(self._stack) + depth_of(value) > MAX_DEPTH:
            raise self._fail(event, f"nests deeper than {MAX_DEPTH} levels")
        self._put(deepcopy(value), event, None)

    def _put(self, value: Any, event: Any, anchor: str | None, nodes: int = 1) -> None:
        if anchor:
            self._anchors[anchor] = (value, nodes)
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        if isinstance(frame.value, List):
            frame.value.append(value)
        elif frame.key is None:
            frame.key = (self._key(value, event), span_of(value) or self._span(event))
        else:
            (key, span), frame.key = frame.key, None
            self._member(frame, key, span, value, event)

    def _key(self, value: Any, event: Any) -> str:
        if isinstance(value, list | dict):
            raise self._fail(event, "a key is a list or an object")
        if isinstance(value, bool) or value is None:
            # What YAML 1.1 takes for a truth value is a key's text all the same (``On:``).
            return str(getattr(event, "value", value))
        return str(value)

    def _member(self, frame: _Frame, key: str, span: Span, value: Any, event: Any) -> None:
        assert isinstance(frame.value, Map)
        if key == "<<" and isinstance(value, dict | list):
            for merged in value if isinstance(value, list) else [value]:
                if not isinstance(merged, Map):
                    raise self._fail(event, "a merge key (<<) takes objects")
                frame.merges.append(merged)
            return
        if key in frame.value and len(self._warnings) < MAX_WARNINGS:
            self._warnings.append(f"{self.source}:{span.line}: the key {key[:80]} stands here again, the last one counts")
            # A later key takes the place of the earlier one also in order, as in a parser that overwrites.
            del frame.value[key]
        frame.value[key] = value
        frame.value.keys_at[key] = span

    def _scalar(self, event: Any) -> Any:
        span, text = self._span(event), event.value
        if event.style in ("|", ">"):
            # The text of a block begins on the line after its mark.
            span = Span(self.source, span.line + 1)
        tag = event.tag
        if tag is None and event.implicit[0]:
            return _resolved(text, span)
        if tag is None or tag == "!":
            return Str(text, span)
        if tag.startswith(_STANDARD):
            name = tag.removeprefix(_STANDARD)
            if name in ("str", "binary", "timestamp"):
                return Str(text, span)
            if name in ("int", "float", "bool", "null"):
                return _resolved(text, span)
        return self._tagged(tag, Str(text, span), event)

    def _tagged(self, tag: str | None, value: Any, event: Any) -> Any:
        """The long form of a local tag; standard tags of mappings and sequences mean nothing more."""
        if tag is None or tag in ("!", f"{_STANDARD}map", f"{_STANDARD}seq", f"{_STANDARD}omap", f"{_STANDARD}set"):
            return value
        if not re.fullmatch(r"!\w[\w:]*", tag):
            raise self._fail(event, f"the tag {tag[:80]} is not read")
        name = tag[1:]
        span = span_of(value) or self._span(event)
        if name == "GetAtt" and isinstance(value, str):
            resource, _, attribute = value.partition(".")
            value = List([Str(resource, span), Str(attribute, span)], span)
        long = name if name in ("Ref", "Condition") or name.startswith("Fn::") else f"Fn::{name}"
        return Map({long: value}, span, {long: span})


def depth_of(value: Any) -> int:
    """How many lists and objects are inside each other."""
    depth, level = 0, [value]
    while level := [one for one in level if isinstance(one, list | dict)]:
        depth += 1
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
    return depth


def _resolved(text: str, span: Span) -> Any:
    """A plain scalar by the YAML 1.1 rules, dates excepted: they stay texts."""
    first = text[:1]
    if first in "0123456789+-." and first:
        if len(text) <= 40 and _INT.fullmatch(text):
            digits = text.replace("_", "")
            return Int(int(digits, 16 if digits.startswith("0x") else 10), span)
        if len(text) <= 40 and _FLOAT.fullmatch(text) and any(c.isdigit() for c in text):
            return Float(float(text.replace("_", "")), span)
        return Str(text, span)
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return Str(text, span)
