"""Mends of Terraform files: an attribute changed where it stands, or added to its block in the style of its neighbours."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any, Final

from .edits import Edit, apply
from .nodes import Unfit
from .values import Nested, OwnAccount, Put, Value, in_hcl, text_of

if TYPE_CHECKING:
    from tree_sitter import Node

_LITERAL: Final = re.compile(r'true|false|null|-?\d+(?:\.\d+)?|"(?:[^"\\$%]|\\.)*"')
_VARIABLE: Final = re.compile(r"var\.([A-Za-z_][\w-]*)")
_VARIABLES: Final = re.compile(r"\bvar\.([A-Za-z_][\w-]*)")
_ACCOUNT: Final = "data.aws_caller_identity.{}.account_id"


@dataclass(slots=True)
class Change:
    """Edits that belong together, by file, and names of what they change, so that two changes of one thing are told apart."""

    edits: list[tuple[str, Edit]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, other: "Change") -> None:
        """Take another change too."""
        self.edits += [edit for edit in other.edits if edit not in self.edits]
        self.names += [name for name in other.names if name not in self.names]


class Source:
    """A file of Terraform's native syntax. Raises Unfit when it cannot be read in full."""

    def __init__(self, path: str, text: str) -> None:
        from lambdaudit.sources.terraform.hcl import MAX_BYTES, hcl_parser

        self.path = path
        self.text = text
        self.data = text.encode("utf-8", "surrogateescape")
        if len(self.data) > MAX_BYTES:
            raise Unfit("the file is too large")
        self.root: Node = hcl_parser().parse(self.data).root_node
        if self.root.has_error:
            raise Unfit("the file cannot be read in full")
        self._ascii = text.isascii()
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def offset(self, byte: int) -> int:
        """An offset in characters."""
        return byte if self._ascii else len(self.data[:byte].decode("utf-8", "surrogateescape"))

    def words(self, node: "Node") -> str:
        """The text of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogateescape")

    def blocks(self) -> "Iterator[Block]":
        """The blocks of the file."""
        for body in self.root.children:
            if body.type == "body":
                yield from Block(self, body, "").inner()


class Block:
    """A block, or the body of a file."""

    def __init__(self, source: Source, node: "Node", name: str) -> None:
        self.source = source
        self.node = node
        names = [c for c in node.children if c.type in ("identifier", "string_lit")] if node.type == "block" else []
        self.labels = tuple(source.words(one).strip('"') for one in names)
        self.name = name
        self.body = node if node.type == "body" else next((c for c in node.children if c.type == "body"), None)

    def inner(self) -> "Iterator[Block]":
        """The blocks inside."""
        count: dict[tuple[str, ...], int] = {}
        for child in self.body.children if self.body is not None else ():
            if child.type == "block":
                made = Block(self.source, child, "")
                number = count[made.labels] = count.get(made.labels, 0) + 1
                made.name = f"{self.name}/{' '.join(made.labels)}#{number}"
                yield made

    def attribute(self, name: str) -> "tuple[Node, Node] | None":
        """An attribute with its expression."""
        found = None
        for child in self.body.children if self.body is not None else ():
            if child.type == "attribute" and self.source.words(child.children[0]) == name:
                value = next((c for c in child.children if c.type == "expression"), None)
                found = (child, value) if value is not None else found
        return found

    def written(self, name: str) -> str:
        """The expression of an attribute as it is written; empty when it is not set."""
        found = self.attribute(name)
        return self.source.words(found[1]) if found else ""


@dataclass(slots=True)
class Module:
    """The files of one module, by path; `given` are the variables that are set from outside."""

    files: Mapping[str, Source]
    given: frozenset[str]
    is_root: bool

    def find(self, *labels: str) -> Block | None:
        """A block by its type and labels."""
        return next((b for source in self.files.values() for b in source.blocks() if b.labels == labels), None)

    def of_type(self, kind: str) -> Iterator[Block]:
        """The resources of a type."""
        for source in self.files.values():
            yield from (b for b in source.blocks() if b.labels[:2] == ("resource", kind) and len(b.labels) == 3)


def put(module: Module, block: Block, one: Put) -> Change:
    """What sets a value in a block. Raises Unfit when the value comes from somewhere that is used for more."""
    return _set(module, block, one.path, one)


def _set(module: Module, block: Block, path: tuple[str, ...], one: Put) -> Change:
    if not path:
        assert isinstance(one.value, dict), "a value without a name has no place in a block"
        made = Change()
        for name, inner in one.value.items():
            made.add(_set(module, block, (name,), replace(one, value=inner)))
        return made
    name, rest = path[0], path[1:]
    if not rest and not isinstance(one.value, dict):
        found = block.attribute(name)
        if found:
            return _replace(module, block, name, found[1], one.value)
        return Change() if one.present else _add(module, block, name, one.value)
    blocks = [b for b in block.inner() if b.labels[:1] == (name,)]
    if any(b.labels == ("dynamic", name) for b in block.inner()) or block.attribute(name):
        raise Unfit(f"{name} is computed")
    if len(blocks) > 1:
        raise Unfit(f"{name} stands several times")
    if blocks:
        return _set(module, blocks[0], rest, one)
    if one.present:
        return Change()
    indent, step = _indents(block)
    nested: Nested = one.value
    for outer in reversed(rest):
        nested = {outer: nested}
    lines = [indent + line for line in written(name, nested, step)]
    gap = [""] if block.body is not None else []
    return Change([(block.source.path, _before_end(block, gap + lines))], [f"{block.name}/{name}"])


def written(name: str, value: Nested, step: str = "  ") -> list[str]:
    """An attribute, or a block when the value is an object, as lines."""
    if not isinstance(value, dict):
        return [f"{name} = {in_hcl(value)}"]
    wide = max((len(inner) for inner, one in value.items() if not isinstance(one, dict)), default=0)
    rows = []
    for inner, one in value.items():
        rows += written(inner if isinstance(one, dict) else inner.ljust(wide), one, step)
    return [f"{name} {{", *(step + line for line in rows), "}"]


def _replace(module: Module, block: Block, name: str, value: "Node", wanted: Value) -> Change:
    source = block.source
    words = source.words(value)
    start, end = source.offset(value.start_byte), source.offset(value.end_byte)
    if isinstance(wanted, OwnAccount):
        raise Unfit("it is set already")
    if _LITERAL.fullmatch(words):
        text = text_of(wanted)
        written = f'"{text}"' if words.startswith('"') or isinstance(wanted, str) else text
        if words == written:
            return Change()
        return Change([(source.path, Edit(start, end, written))], [f"{block.name}/{name}"])
    if found := _VARIABLE.fullmatch(words):
        return _default(module, found[1], wanted)
    raise Unfit("it is computed")


def _default(module: Module, name: str, wanted: Value) -> Change:
    """Change the default of a variable that is used for nothing else."""
    declared = module.find("variable", name)
    found = declared.attribute("default") if declared else None
    if declared is None or found is None or name in module.given or not module.is_root:
        raise Unfit(f"the variable {name} has no default that counts")
    if any(True for b in declared.inner()):
        raise Unfit(f"the variable {name} is bound")
    if _uses(module, name) != 1:
        raise Unfit(f"the variable {name} is used for other things")
    if not _LITERAL.fullmatch(declared.source.words(found[1])):
        raise Unfit(f"the default of the variable {name} is no plain value")
    return _replace(module, declared, "default", found[1], wanted)


def argument(module: Module, block: Block, one: Put, caller: Source, line: int) -> Change:
    """Change the literal that the call of a module gives for a value in a block of it.

    `line` is where the value stands in the caller's file. Raises Unfit unless it is the argument of a call of this module, and
    the module uses it in this one place only.
    """
    current = block
    for name in one.path[:-1]:
        inner = [b for b in current.inner() if b.labels == (name,)]
        if len(inner) != 1:
            raise Unfit(f"{name} is computed")
        current = inner[0]
    used = set(_VARIABLES.findall(current.written(one.path[-1])))
    for call in caller.blocks():
        if call.labels[:1] != ("module",) or call.body is None:
            continue
        target = normpath(join(dirname(caller.path), call.written("source").strip('"')))
        if target != normpath(dirname(block.source.path) or "."):
            continue
        for name in used:
            found = call.attribute(name)
            if found is None or found[1].start_point[0] + 1 != line or isinstance(one.value, dict):
                continue
            if _uses(module, name) != 1 or not _LITERAL.fullmatch(caller.words(found[1])):
                raise Unfit(f"the variable {name} is used for other things")
            return _replace(module, call, name, found[1], one.value)
    raise Unfit("it is computed")


def _uses(module: Module, name: str) -> int:
    use = re.compile(rf"\bvar\.{re.escape(name)}(?![\w-])")
    return sum(len(use.findall(source.text)) for source in module.files.values())


def _add(module: Module, block: Block, name: str, value: Value) -> Change:
    """An attribute after the last one of the block that stands before its inner blocks."""
    source = block.source
    account, edits = _account(module, block) if isinstance(value, OwnAccount) else ("", [])
    indent, _ = _indents(block)
    attributes = _leading(block)
    if not attributes or _on_one_line(block):
        edit = _before_end(block, [f"{indent}{name} = {in_hcl(value, account)}"], at_start=True)
    else:
        last = attributes[-1]
        padded = name.ljust(_aligned(source, attributes)) if _aligned(source, attributes) > len(name) else name
        place = source.offset(_line_end(source.data, last.end_byte))
        edit = _line_at(source, place, [f"{indent}{padded} = {in_hcl(value, account)}"])
    return Change([(source.path, edit), *edits], [f"{block.name}/{name}"])


def _leading(block: Block) -> "list[Node]":
    """The attributes before the first block inside."""
    found = []
    for child in block.body.children if block.body is not None else ():
        if child.type == "block":
            break
        if child.type == "attribute":
            found.append(child)
    return found


def _aligned(source: Source, attributes: "list[Node]") -> int:
    """How wide names are where their equals signs stand below each other: in the lines directly before."""
    last = attributes[-1]
    equals = next((c for c in last.children if c.type == "="), None)
    return equals.start_byte - last.start_byte - 1 if equals is not None else 0


def _on_one_line(block: Block) -> bool:
    return bool(block.node.start_point[0] == block.node.end_point[0])


def _indents(block: Block) -> tuple[str, str]:
    """The indentation of what stands in a block, and what one level is."""
    source = block.source
    outer = _before(source.data, block.node.start_byte)
    if block.body is not None and not _on_one_line(block) and block.body.children:
        first = block.body.children[0]
        own = _before(source.data, first.start_byte)
        if not own.strip() and own.startswith(outer) and len(own) > len(outer):
            return own, own[len(outer) :]
    return outer + "  ", "  "


def _before(data: bytes, place: int) -> str:
    line = data[data.rfind(b"\n", 0, place) + 1 : place].decode("utf-8", "replace")
    return line if not line.strip() else line[: len(line) - len(line.lstrip())]


def _line_end(data: bytes, place: int) -> int:
    """Where the next line begins."""
    end = data.find(b"\n", place)
    return len(data) if end < 0 else end + 1


def _line_at(source: Source, place: int, lines: list[str]) -> Edit:
    if place == len(source.text) and not source.text.endswith("\n"):
        return Edit(place, place, "".join(source.newline + line for line in lines))
    return Edit(place, place, "".join(line + source.newline for line in lines))


def _before_end(block: Block, lines: list[str], *, at_start: bool = False) -> Edit:
    """Lines before the closing brace, or directly after the opening one; a block on one line is written out."""
    source, newline = block.source, block.source.newline
    opening = next(c for c in block.node.children if c.type == "block_start")
    closing = next(c for c in reversed(block.node.children) if c.type == "block_end")
    if _on_one_line(block):
        outer = _before(source.data, block.node.start_byte)
        indent = lines[-1][: len(lines[-1]) - len(lines[-1].lstrip())] if lines else outer + "  "
        body = [indent + source.words(block.body)] if block.body is not None else []
        text = newline + "".join(line + newline for line in [*body, *lines]) + outer
        return Edit(source.offset(opening.end_byte), source.offset(closing.start_byte), text)
    if at_start:
        return _line_at(source, source.offset(_line_end(source.data, opening.end_byte)), lines)
    place = source.offset(source.data.rfind(b"\n", 0, closing.start_byte) + 1)
    return _line_at(source, place, lines)


def _account(module: Module, block: Block) -> tuple[str, list[tuple[str, Edit]]]:
    """The expression for the account, with the data source that it needs."""
    for source in module.files.values():
        for other in source.blocks():
            if other.labels[:2] == ("data", "aws_caller_identity") and not other.attribute("count"):
                return _ACCOUNT.format(other.labels[2]), []
    return _ACCOUNT.format("current"), [(block.source.path, after(block, ['data "aws_caller_identity" "current" {}']))]


def after(block: Block, lines: list[str]) -> Edit:
    """A block of its own, after another one and an empty line."""
    place = block.source.offset(_line_end(block.source.data, block.node.end_byte))
    return _line_at(block.source, place, ["", *lines])


def beside(block: Block, kind: str, by: str, puts: tuple[Put, ...]) -> Change:
    """A resource of a kind that sets something of a block's resource, which its argument `by` names, after that block."""
    _, own, name = block.labels
    members: dict[str, Nested] = {}
    for one in puts:
        nested: Nested = one.value
        for outer in reversed(one.path[1:]):
            nested = {outer: nested}
        members[one.path[0]] = nested
    plain = {key: value for key, value in members.items() if not isinstance(value, dict)}
    wide = max(len(key) for key in plain) if plain and len(plain) > 1 else 0
    rows = [f"{by} = {own}.{name}.id", ""]
    for key, value in members.items():
        rows += written(key if isinstance(value, dict) else key.ljust(wide), value)
    text = [f'resource "{kind}" "{name}" {{', *(f"  {row}" if row else "" for row in rows), "}"]
    return Change([(block.source.path, after(block, text))], [f"/resource {kind} {name}#1"])


def check(before: Source, edits: list[Edit], names: list[str]) -> None:
    """Raise Unfit unless edits leave everything as it is but the attributes and blocks that `names` give."""
    after_ = Source(before.path, apply(before.text, edits))
    old, new = _flat(before), _flat(after_)
    touched = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    allowed = tuple(names)
    if any(not name.startswith(allowed) for name in touched if "aws_caller_identity" not in name):
        raise Unfit("the change would change more")


def _flat(source: Source) -> dict[str, Any]:
    """Every attribute and block of a file by its name, with what is written there."""
    found: dict[str, Any] = {}
    stack = list(source.blocks())
    while stack:
        block = stack.pop()
        found[block.name] = True
        for child in block.body.children if block.body is not None else ():
            if child.type == "attribute":
                found[f"{block.name}/{source.words(child.children[0])}"] = source.words(child.children[-1])
        stack.extend(block.inner())
    return found
