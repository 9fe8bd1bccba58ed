"""How own code is written, as far as a reviewer wants to know. Read from the syntax alone; none of it is an attack by itself.

Functions with very many paths, refusals that leave no log line, clients that are made anew for each event.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lambdaudit.model.code import CodeIssue, Entry
from lambdaudit.model.where import Where

from .filesystem import FileSystem
from .remembered import Remembered
from .vendored import Vendored

if TYPE_CHECKING:
    from tree_sitter import Node

MANY_PATHS = 30
"""Decisions in one function from which on nobody reviews all of its paths."""
_MOST_FILES = 400
_MOST_FILE = 256 * 1024
"""Larger files are generated: how they are written says nothing about their authors."""
_MOST_TOLD = 5
_MOST_DEPTH = 400


@dataclass(frozen=True, slots=True)
class _Language:
    """What the syntax of a language calls things. `operators` are the words of binary expressions that decide."""

    suffixes: tuple[str, ...]
    functions: frozenset[str]
    decisions: frozenset[str]
    binary: str
    operators: frozenset[str]
    calls: frozenset[str]
    parse: Callable[[str, bytes], "Node"]


def _parse_python(path: str, data: bytes) -> "Node":
    from tree_sitter import Language, Parser
    from tree_sitter_python import language

    return Parser(Language(language())).parse(data).root_node


def _parse_javascript(path: str, data: bytes) -> "Node":
    from .javascript.source import parse

    return parse(path, data).root_node


_LANGUAGES = (
    _Language(
        suffixes=(".py",),
        functions=frozenset(("function_definition",)),
        decisions=frozenset(
            ("if_statement", "elif_clause", "for_statement", "while_statement", "except_clause", "conditional_expression",
             "case_clause", "if_clause", "for_in_clause")
        ),
        binary="boolean_operator",
        operators=frozenset(("and", "or")),
        calls=frozenset(("call",)),
        parse=_parse_python,
    ),
    _Language(
        suffixes=(".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx"),
        functions=frozenset(
            ("function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function",
             "generator_function_declaration")
        ),
        decisions=frozenset(
            ("if_statement", "for_statement", "for_in_statement", "while_statement", "do_statement", "catch_clause",
             "ternary_expression", "switch_case")
        ),
        binary="binary_expression",
        operators=frozenset(("&&", "||", "??")),
        calls=frozenset(("call_expression", "new_expression")),
        parse=_parse_javascript,
    ),
)  # fmt: skip

_LOGS = re.compile(
    r"(?i)(?:^|[._])(?:log|logs|logger|logging|console|print|audit|metrics?)[\w$]*(?:\.\w+)*$"
    r"|\.(?:warn|warning|info|error|debug|exception|critical|fatal|trace)$|(?:put|add)_?metric|capture_?exception"
)
_REFUSALS = re.compile(
    rb"""["']?status_?code["']?\s*[:=]\s*["']?40[13]\b|["']?effect["']?\s*[:=]\s*["']deny["']|["']?isauthorized["']?\s*[:=]\s*false"""
    rb"""|["']unauthorized["']|["']forbidden["']""",
    re.IGNORECASE,
)
_CLIENT = re.compile(
    r"^(?:boto3|aioboto3)\.(?:client|resource|Session)$|^(?:new\s+)?(?:AWS\.\w+|[A-Z]\w*Client|DynamoDBDocument(?:Client)?\.from)$"
)


def habits_of(files: FileSystem, vendored: Vendored, entry: Entry | None) -> list[CodeIssue]:
    """Issues of the kinds in :data:`lambdaudit.model.code.REMARKS` in a function's own sources."""
    found: list[CodeIssue] = []
    for language in _LANGUAGES:
        paths = [p for p in files.files() if p.endswith(language.suffixes) and not vendored(p) and files.size(p) <= _MOST_FILE]
        for path in sorted(paths, key=lambda p: (p.count("/"), p))[:_MOST_FILES]:
            data = files.read(path)
            if data and b"\0" not in data and max(map(len, data.split(b"\n"))) < 2000:
                found += _file(path, files.origin(path), data, language, entry)
    crowded = sorted((i for i in found if i.kind == "many-paths"), key=lambda i: -int(i.text.rpartition("has ")[2].split()[0]))
    return [*crowded[:_MOST_TOLD], *(i for i in found if i.kind != "many-paths")]


@dataclass(frozen=True, slots=True)
class _Remark:
    """Something that a function does, and where: `line` and `column` from 1."""

    kind: str
    line: int
    column: int
    text: str
    confidence: str = "high"


@dataclass(frozen=True, slots=True)
class _Function:
    """A function in a file: its first and last line, what is to be said of it, and what only counts in a handler."""

    name: str
    first: int
    last: int
    remarks: tuple[_Remark, ...]
    clients: tuple[_Remark, ...]

    def is_entry(self, entry: Entry) -> bool:
        """Whether it is the handler, in the file of the handler."""
        wanted, line = entry.name.rpartition(".")[2].removesuffix("()"), entry.where.line
        return self.name == wanted and (not line or self.first <= max(line, 1) <= self.last)


_read: Remembered[tuple[_Function, ...]] = Remembered(64 * 1024**2)


def _file(path: str, origin: str, data: bytes, language: _Language, entry: Entry | None) -> Iterator[CodeIssue]:
    def functions(path: str, data: bytes) -> tuple[_Function, ...]:
        return tuple(_function(node, language) for node in _functions(language.parse(path, data), language))

    for function in _read.of(path, data, functions):
        remarks = function.remarks
        if entry and entry.where.source == path and function.is_entry(entry):
            remarks += function.clients
        for said in remarks:
            where = Where(path, subject=origin, line=said.line, column=said.column)
            yield CodeIssue(kind=said.kind, where=where, text=said.text, confidence=said.confidence)


def _function(function: "Node", language: _Language) -> _Function:
    name = _name(function)
    inside = list(_inside(function, language))
    called = [(node, _called(node)) for node in inside if node.type in language.calls]
    remarks: list[_Remark] = []
    paths = 1 + sum(_decides(node, language) for node in inside)
    if paths > MANY_PATHS:
        remarks.append(_remark("many-paths", function, f"{name} has {paths} paths (decisions and one)"))
    if refusal := _silent_refusal(inside, [text for _, text in called], language):
        text = f"{name} refuses a caller, and no line of it is written to a log"
        remarks.append(_remark("refusal-not-logged", refusal, text, "low"))
    clients = (
        _remark("client-in-handler", node, f"{name} makes {text.removeprefix('new ')} anew for each event", "medium")
        for node, text in called
        if _CLIENT.match(text)
    )
    return _Function(name, function.start_point.row + 1, function.end_point.row + 1, tuple(remarks), tuple(clients))


def _remark(kind: str, node: "Node", text: str, confidence: str = "high") -> _Remark:
    return _Remark(kind, node.start_point.row + 1, node.start_point.column + 1, text, confidence)


def _functions(root: "Node", language: _Language) -> Iterator["Node"]:
    """Every function, inner ones apart."""
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if node.type in language.functions:
            yield node
        if depth < _MOST_DEPTH:
            stack += ((child, depth + 1) for child in reversed(node.named_children))


def _inside(function: "Node", language: _Language) -> Iterator["Node"]:
    """The nodes of a function's own body, without those of functions in it."""
    stack = [(child, 0) for child in reversed(function.named_children)]
    while stack:
        node, depth = stack.pop()
        if node.type in language.functions:
            continue
        yield node
        if depth < _MOST_DEPTH:
            stack += ((child, depth + 1) for child in reversed(node.named_children))


def _decides(node: "Node", language: _Language) -> bool:
    if node.type == language.binary:
        operator = node.child_by_field_name("operator")
        return operator is not None and operator.type in language.operators
    return node.type in language.decisions


def _silent_refusal(inside: list["Node"], called: list[str], language: _Language) -> "Node | None":
    """The first place that refuses a caller, when nothing in the function writes to a log."""
    refusal = next((node for node in inside if node.type in _SAYS and _REFUSALS.search(node.text or b"")), None)
    if refusal is not None and refusal.type in _MAY_HOLD and any(n.type in language.functions for n in _below(refusal)):
        return None  # a function inside says it, and is looked at on its own
    return None if refusal is None or any(_LOGS.search(name) for name in called) else refusal


_MAY_HOLD = frozenset(("return_statement", "expression_statement", "assignment"))
_SAYS = _MAY_HOLD | {"raise_statement", "throw_statement"}


def _below(node: "Node") -> Iterator["Node"]:
    stack = [(node, 0)]
    while stack:
        one, depth = stack.pop()
        yield one
        if depth < _MOST_DEPTH:
            stack += ((child, depth + 1) for child in one.named_children)


def _called(node: "Node") -> str:
    called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    text = "" if called is None or called.text is None else called.text[:200].decode("utf-8", "replace")
    return f"new {text}" if node.type == "new_expression" else text


def _name(function: "Node") -> str:
    named = function.child_by_field_name("name")
    if named is None and function.parent is not None:  # const handler = async () => …, handler: () => …
        named = function.parent.child_by_field_name("name") or function.parent.child_by_field_name("key")
        named = named or function.parent.child_by_field_name("left")
    text = "a function" if named is None or named.text is None else named.text[:80].decode("utf-8", "replace")
    return text.rpartition(".")[2] or "a function"


__all__ = ["MANY_PATHS", "habits_of"]
