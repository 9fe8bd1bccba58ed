"""Source code read by names and order: which dangerous calls get what the handler was given.

Within a function, a variable carries event data once it was assigned from something that does; calls of own functions pass it on
by position. There are no types, branches or fields. So what is found is told with less confidence, and silence is no proof.
"""

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from lambdaudit.model.code import CodeIssue, Flow
from lambdaudit.model.where import Where

from .found import Found
from .languages import LANGUAGES, Language

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

MOST_FILE = 512 * 1024
_MOST_FILES = 200
_MOST_TEXT = 3 * 1024**2
_MOST_VISITS = 600
_MOST_FLOWS = 200
_DEPTH = 400
_NOTE = "followed by names and order, without types and branches"
_LITERAL = re.compile(r"[\"'`]([^\"'`#$\s]+)[\"'`]")
_INTERPRETER = re.compile(
    r"(?:^|[/\\])(?:(?:ba|da|z|k|a|c|fi|power)?sh|cmd|pwsh|env|xargs|sudo|nice|timeout|python[\d.]*|perl|ruby|node|php|eval)(?:\.exe)?$"
)
"""Programs that take code or commands as arguments."""
_PATTERNS = ("deserialisation", "code-evaluation")


@dataclass(slots=True)
class _Step:
    """An assignment (`targets`), a call (`callee`) or a special node, in the order of the file."""

    node: "Node"
    targets: frozenset[str] = frozenset()
    value: "Node | None" = None
    callee: str = ""
    arguments: "tuple[Node, ...]" = ()
    special: tuple[str, str] = ("", "")


@dataclass(slots=True)
class _Scope:
    """A function, or the top level of a file (`name` empty)."""

    path: str
    origin: str
    name: str
    owner: str
    language: Language
    parameters: tuple[str, ...] = ()
    context: frozenset[str] = frozenset()
    steps: list[_Step] = field(default_factory=list)


@cache
def parser_of(language: str) -> "Parser":
    """The parser of a language by name, made on first use."""
    from tree_sitter import Language as Grammar
    from tree_sitter import Parser

    found = next(row for row in LANGUAGES if row.name == language)
    module: Any = importlib.import_module(found.grammar[0])
    return Parser(Grammar(getattr(module, found.grammar[1])()))


def read_source(sources: Sequence[tuple[str, str, bytes]], language: Language, handler: str) -> Found:
    """Flows in own source files of one language, given as (path, origin, content)."""
    found = Found()
    scopes: list[_Scope] = []
    left = _MOST_TEXT
    for at, (path, origin, data) in enumerate(sources):
        left -= len(data)
        if at >= _MOST_FILES or left < 0:
            found.limits.append(f"only the first {at} of {len(sources)} {language.name} files were looked at")
            break
        scopes += _scopes(path, origin, data, language)
        found.issues += _unverified(path, origin, data, language)
    _follow(scopes, language, handler, found)
    return found


def _unverified(path: str, origin: str, data: bytes, language: Language) -> Iterator[CodeIssue]:
    """Lines that turn the check of certificates off, comments left out."""
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        code = re.split(r"(?:^|\s)(?://|#)", line[:2000], maxsplit=1)[0]
        if language.unverified and language.unverified.search(code) and not code.lstrip().startswith(("import ", "*", "use ")):
            where = Where(path, subject=origin, line=number)
            yield CodeIssue(
                kind="tls-verification-off",
                where=where,
                text="It does not verify the certificate of a server",
                confidence="medium",
            )


def _scopes(path: str, origin: str, data: bytes, language: Language) -> list[_Scope]:
    """The functions of a file with their steps; the whole tree is walked once, without recursion."""
    tree = parser_of(language.name).parse(data)
    top = _Scope(path, origin, "", "", language)
    found = [top]
    stack: list[tuple[Node, _Scope, str, int]] = [(tree.root_node, top, "", 0)]
    while stack:
        node, scope, owner, depth = stack.pop()
        if depth > _DEPTH:
            continue
        if node.type in language.scopes:
            scope = _new_scope(node, scope, owner, language)
            found.append(scope)
        elif node.type in ("class_declaration", "class", "module", "interface_declaration"):
            owner = _text(node.child_by_field_name("name")) or owner
        step = _step(node, language)
        if step:
            scope.steps.append(step)
        stack.extend((child, scope, owner, depth + 1) for child in reversed(node.named_children))
    return found


def _new_scope(node: "Node", outer: _Scope, owner: str, language: Language) -> _Scope:
    name = _text(node.child_by_field_name("name"))
    parameters: list[str] = []
    context: set[str] = set()
    listed = node.child_by_field_name("parameters")
    for part in _parameters(listed, language):
        names = _names(part.child_by_field_name("name") or part, language)
        if language.name == "java" and part.type == "formal_parameter":
            names = [_text(part.child_by_field_name("name"))]
        name_of = next(iter(names), "")
        parameters.append(name_of)
        if language.context.search(_text(part)):
            context.add(name_of)
    scope = _Scope(outer.path, outer.origin, name, owner, language, tuple(parameters), frozenset(context))
    if not name:  # a closure sees the variables around it
        scope.steps += [step for step in outer.steps if step.targets]
    return scope


def _parameters(listed: "Node | None", language: Language) -> Iterator["Node"]:
    if listed is None:
        return
    if listed.type in ("method_parameters", "block_parameters"):
        yield from listed.named_children
        return
    for child in listed.named_children:
        if child.type == "parameter_declaration":  # Go: several names share a type
            names = child.children_by_field_name("name")
            yield from (names if len(names) > 1 else [child])
        else:
            yield child


def _step(node: "Node", language: Language) -> _Step | None:
    if node.type in language.calls:
        receiver, name, arguments = language.calls[node.type]
        listed = node.child_by_field_name(arguments) if arguments else None
        if listed is None:
            listed = next((c for c in node.named_children if c.type in ("argument_list", "arguments")), None)
        return _Step(
            node, callee=_callee(node, language, receiver, name), arguments=tuple(listed.named_children) if listed else ()
        )
    if node.type in language.assigns:
        target, value = (node.child_by_field_name(f) if f else None for f in language.assigns[node.type])
        if value is None and node.named_child_count > 1:
            value = node.named_children[-1]
        if target is not None and value is not None:
            return _Step(node, targets=frozenset(_names(target, language)[:8]), value=value)
    if node.type in language.specials:
        return _Step(node, special=language.specials[node.type], arguments=tuple(node.named_children))
    return None


def _callee(node: "Node", language: Language, receiver: str, name: str) -> str:
    named = node.child_by_field_name(name) if name else next(iter(node.named_children), None)
    before = node.child_by_field_name(receiver) if receiver else None
    if node.type == "object_creation_expression":
        return f"new {_chain(named, language, 0)}"
    chain = _chain(named, language, 0)
    return f"{_chain(before, language, 0)}.{chain}" if before is not None else chain


def _chain(node: "Node | None", language: Language, depth: int) -> str:
    """The names of an expression with dots between them; what is no name is left out."""
    if node is None or depth > 8:
        return ""
    if node.type in language.calls:
        return _callee(node, language, *language.calls[node.type][:2])
    parts = [
        c for c in node.named_children if c.type not in ("argument_list", "arguments", "type_arguments", "type_argument_list")
    ]
    if not parts or node.type in (
        "identifier",
        "name",
        "constant",
        "variable_name",
        "scope_resolution",
        "qualified_name",
        "scoped_type_identifier",
    ):
        return _text(node).lstrip("$")[:120]
    if (
        "member" in node.type
        or "selector" in node.type
        or "field_access" in node.type
        or "generic" in node.type
        or "await" in node.type
    ):
        return ".".join(filter(None, (_chain(part, language, depth + 1) for part in parts[:2])))
    return _chain(parts[0], language, depth + 1) if len(parts) == 1 else ""


def _text(node: "Node | None") -> str:
    return node.text[:400].decode("utf-8", "replace") if node is not None and node.text else ""


def _names(node: "Node", language: Language) -> list[str]:
    """Names in an expression, in order, those within harmless calls left out."""
    found: list[str] = []
    stack = [node]
    budget = 4000
    while stack and budget:
        budget -= 1
        current = stack.pop()
        if current.type in language.identifiers:
            found.append(_text(current))
        if current.type in language.calls and language.harmless.search(
            _callee(current, language, *language.calls[current.type][:2])
        ):
            continue
        if current.type == "member_access_expression" and language.harmless.search("." + _text(current).rpartition(".")[2]):
            continue
        stack.extend(reversed(current.named_children))
    return found


def _follow(scopes: list[_Scope], language: Language, handler: str, found: Found) -> None:
    """Walk from the entries, carrying which parameters hold event data into the own functions that are called with it."""
    by_name: dict[str, list[_Scope]] = {}
    for scope in scopes:
        if scope.name:
            by_name.setdefault(scope.name, []).append(scope)
    work: list[tuple[_Scope, frozenset[str], int]] = []
    for scope in scopes:
        if _is_entry(scope, scopes, handler):
            given = [p for p in scope.parameters if p and p not in scope.context] or list(scope.parameters[:1])
            work.append((scope, frozenset(given), 0))
        elif language.sources or not scope.name:
            work.append((scope, frozenset(), 0))
    seen: set[tuple[int, frozenset[str]]] = set()
    told: set[tuple[str, int, int, str]] = set()
    while work and len(seen) < _MOST_VISITS and len(found.flows) < _MOST_FLOWS:
        scope, tainted, hops = work.pop()
        if (id(scope), tainted) in seen:
            continue
        seen.add((id(scope), tainted))
        for target, names in _walk(scope, set(tainted), hops, by_name, told, found):
            work.append((target, names, hops + 1))
    if work:
        found.limits.append(f"{language.name}: not all ways through the code were followed")


def _is_entry(scope: _Scope, scopes: list[_Scope], handler: str) -> bool:
    """Whether Lambda calls a function: by the Handler setting, by what is registered, else by the usual names."""
    language = scope.language
    if language.name == "go":
        started = {
            _text(step.arguments[0])
            for s in scopes
            for step in s.steps
            if step.callee.startswith("lambda.Start") and step.arguments
        }
        return scope.name in started if started else language.entries.match(scope.name) is not None
    if language.name == "php" and not scope.name and scope.parameters:
        return scope.path.endswith(handler.lstrip("/")) if handler.endswith(".php") else True
    wanted = handler.replace("::", ".").split(".")
    if handler and language.name in ("java", "dotnet", "ruby") and len(wanted) > 1:
        if language.name == "java" and "::" not in handler:
            return scope.owner == wanted[-1] and language.entries.match(scope.name) is not None
        return scope.name == wanted[-1] and (language.name == "ruby" or not scope.owner or scope.owner == wanted[-2])
    return bool(scope.name) and language.entries.match(scope.name) is not None


def _walk(
    scope: _Scope,
    tainted: set[str],
    hops: int,
    by_name: dict[str, list[_Scope]],
    told: set[tuple[str, int, int, str]],
    found: Found,
) -> Iterator[tuple[_Scope, frozenset[str]]]:
    """The steps of a function with these names carrying event data; gives calls of own functions that pass it on."""
    language = scope.language
    sources = language.sources

    def carries(node: "Node") -> str:
        return next((n for n in _names(node, language) if n in tainted or (sources and sources.match(n))), "")

    for step in scope.steps:
        if step.value is not None:
            if carries(step.value):
                tainted |= step.targets
            elif step.node.type != "augmented_assignment_expression":
                tainted -= step.targets
            continue
        yield from _passed(step, carries, by_name)
        kind, sink, arguments = _danger(step, language)
        if not kind:
            continue
        name = next(filter(None, map(carries, arguments)), "")
        row, column = step.node.start_point
        constant = not name
        if constant and (kind not in _PATTERNS or not any(_names(a, language) for a in arguments)):
            continue
        if (scope.path, row, column, kind) in told:
            continue
        if name:
            told.add((scope.path, row, column, kind))
        where = Where(scope.path, subject=scope.origin, line=row + 1, column=column + 1)
        if constant and any(flow.where == where and flow.kind == kind for flow in found.flows):
            continue
        found.flows[:] = [f for f in found.flows if not (f.constant and f.where == where and f.kind == kind)]
        found.flows.append(
            Flow(
                kind=kind, sink=sink, where=where, label="" if constant else "event", source="" if constant else name,
                confidence="low" if constant or hops > 1 else "medium", note=_NOTE, constant=constant,
            )
        )  # fmt: skip


def _danger(step: _Step, language: Language) -> "tuple[str, str, tuple[Node, ...]]":
    """Kind, name and the arguments that matter, when a step is a dangerous call; an empty kind otherwise."""
    if step.special[0]:
        return step.special[0], step.special[1], step.arguments
    for kind, pattern, index in language.sinks:
        if step.callee and pattern.search(step.callee):
            arguments = step.arguments if index is None else step.arguments[index : index + 1]
            arguments = _that_matter(kind, step, arguments, language)
            return (kind, step.callee[:100], arguments) if arguments else ("", "", ())
    return "", "", ()


def _that_matter(kind: str, step: _Step, arguments: "tuple[Node, ...]", language: Language) -> "tuple[Node, ...]":
    """The arguments without those that cannot do harm in this call."""
    last = step.callee.rpartition(".")[2]
    given = " ".join(_text(argument) for argument in step.arguments)
    wanted, unwanted = language.only.get(last), language.never.get(last)
    if (wanted and not wanted.search(given)) or (unwanted and unwanted.search(given)):
        return ()
    if kind == "sql":  # ActiveRecord binds what is given by name
        return tuple(argument for argument in arguments if argument.type not in ("pair", "hash"))
    if kind == "process" and language.separate and language.separate.search(step.callee):
        parts = step.arguments[1:] if step.callee.endswith("CommandContext") else step.arguments
        if len(parts) > 1 and (program := _LITERAL.fullmatch(_text(parts[0]))) and not _INTERPRETER.search(program[1]):
            return ()
    return arguments


def _passed(step: _Step, carries: Any, by_name: dict[str, list[_Scope]]) -> Iterator[tuple[_Scope, frozenset[str]]]:
    targets = by_name.get(step.callee.rpartition(".")[2].removeprefix("new ")) if step.callee else None
    if not targets or not step.arguments:
        return
    carrying = [at for at, argument in enumerate(step.arguments[:20]) if carries(argument)]
    for scope in targets[:4] if carrying else ():
        names = frozenset(scope.parameters[at] for at in carrying if at < len(scope.parameters) and scope.parameters[at])
        if names:
            yield scope, names


__all__ = ["MOST_FILE", "parser_of", "read_source"]
