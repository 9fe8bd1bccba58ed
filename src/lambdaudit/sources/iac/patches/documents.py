"""Mends of YAML and JSON documents: a scalar replaced where it stands, or a member added in the style of its neighbours."""

import re
from dataclasses import dataclass, field, replace
from typing import Final

from .edits import Edit, apply
from .nodes import Node, Path, Tree, Unfit, parse, plain, without
from .values import Nested, OwnAccount, Put, Value, in_json, in_yaml, text_of

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


@dataclass(slots=True)
class Change:
    """Edits that belong together, and the paths of what they change."""

    edits: list[Edit] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def add(self, other: "Change") -> None:
        """Take another change too."""
        self.edits += [edit for edit in other.edits if edit not in self.edits]
        self.paths += [path for path in other.paths if path not in self.paths]


def put(tree: Tree, base: Path, one: Put, inherited: tuple[Path, ...], fixed: frozenset[str]) -> Change:
    """What sets a value below `base`.

    `inherited` are objects whose members count where the base does not set them (Globals, the provider of a service): a value
    that stands there is changed there. `fixed` are the parameters whose value is not their default. Raises Unfit when the value
    comes from somewhere that cannot be changed without changing more.
    """
    holder = tree.at(base)
    if holder is None:
        raise Unfit("it is not in the file")
    found = _Putter(tree, fixed)
    if not _stands(holder, one.path):
        for other in inherited:
            shared = tree.at(other)
            if shared is not None and _stands(shared, one.path[1:] if one.path[0] == "Properties" else one.path):
                path = one.path[1:] if one.path[0] == "Properties" else one.path
                return found.set(shared, other, path, one)
    return found.set(holder, base, one.path, one)


def _stands(node: Node, path: tuple[str, ...]) -> bool:
    current: Node | None = node
    for step in path:
        if step == "*":
            return True
        current = current.get(step) if current is not None and current.kind == "map" else None
        if current is None:
            return False
    return True


class _Putter:
    def __init__(self, tree: Tree, fixed: frozenset[str]) -> None:
        self._tree = tree
        self._text = tree.text
        self._fixed = fixed
        self._newline = "\r\n" if "\r\n" in tree.text else "\n"

    def set(self, node: Node, at: Path, path: tuple[str, ...], one: Put) -> Change:
        """Follow the path from a node as far as it goes, and set or add what is missing."""
        if not path and not isinstance(one.value, dict):
            return self._leaf(node, at, one.value)
        if path[:1] == ("*",):
            return self._each(node, at, path[1:], one)
        if node.kind == "alias" or node.is_function:
            raise Unfit("an alias or a function stands on the way")
        wanted = _nested(path, one.value)
        if node.is_null:
            return Change() if one.present else self._fill(node, at, wanted)
        if node.kind == "scalar" and node.style == "plain" and node.text == "true" and not one.present:
            # A switch that may also be an object of settings.
            return Change([Edit(node.start, node.end, _flow(wanted))], [at])
        if node.kind != "map":
            raise Unfit("it is no object")
        if not node.pairs:
            return Change() if one.present else self._insert(node, at, wanted)
        made = Change()
        for name, inner in wanted.items():
            made.add(self._member(node, at, name, inner, path, one))
        return made

    def _member(self, node: Node, at: Path, name: str, inner: Nested, path: tuple[str, ...], one: Put) -> Change:
        present = node.get(name)
        if present is not None:
            # With a path left it is the path's next step; without one it is a member of the object that is set.
            return self.set(present, (*at, name), path[1:], one if path else replace(one, value=inner))
        if one.present:
            return Change()
        merged = node.get("<<")
        if merged is not None and isinstance(inner, dict) and self._merges(merged, name):
            raise Unfit("it is merged from elsewhere")
        return self._insert(node, at, {name: inner})

    def _each(self, node: Node, at: Path, path: tuple[str, ...], one: Put) -> Change:
        if node.kind != "list":
            raise Unfit("it is no list")
        made = Change()
        for number, item in enumerate(node.items):
            if item.kind == "map" and not item.is_function and _is_beside(item, one.beside):
                made.add(self.set(item, (*at, number), path, one))
        return made

    def _merges(self, node: Node, name: str) -> bool:
        sources = node.items if node.kind == "list" else [node]
        targets = [self._anchored(s.text) if s.kind == "alias" else s for s in sources]
        return any(target is None or target.get(name) is not None for target in targets)

    def _anchored(self, name: str) -> Node | None:
        return next((node for _, node in self._tree.walk() if node.anchor == name), None)

    def _leaf(self, node: Node, at: Path, value: Value) -> Change:
        if name := node.reference:
            return self._parameter(name, str(at[-1]), value)
        if node.kind == "alias":
            return Change([Edit(node.start, node.end, in_yaml(value, flow=True))], [at])
        if node.anchor and any(
            one.kind == "alias" and one.text == node.anchor and path[-1] != at[-1] for path, one in self._tree.walk()
        ):
            raise Unfit("its anchor is used for other things")
        if node.kind != "scalar" or node.tag:
            raise Unfit("it is computed")
        return self._replace(node, at, value)

    def _replace(self, node: Node, at: Path, value: Value) -> Change:
        if node.style == "literal" or isinstance(value, OwnAccount):
            raise Unfit("it is written as a block of text")
        text = text_of(value)
        if node.text == text:
            return Change()
        if "${" in node.text or "{{" in node.text:
            raise Unfit("it is computed")
        if node.style == "double":
            written = in_json(text)
        elif node.style == "single":
            written = "'" + text.replace("'", "''") + "'"
        else:
            # A place where nothing stands begins right after its colon.
            gap = " " if node.start == node.end and self._text[node.start - 1 : node.start] == ":" else ""
            written = gap + in_yaml(value, flow=True)
        return Change([Edit(node.start, node.end, written)], [at])

    def _parameter(self, name: str, field_name: str, value: Value) -> Change:
        """Change the default of a parameter that is used for nothing else."""
        path: Path = ("Parameters", name)
        declared = self._tree.at(path)
        default = declared.get("Default") if declared is not None and declared.kind == "map" else None
        if declared is None or default is None or name in self._fixed:
            raise Unfit(f"it is the parameter {name}, which has no default that counts")
        if any(declared.get(key) for key in ("AllowedPattern", "MinValue", "MaxValue", "MaxLength")):
            raise Unfit(f"the parameter {name} is bound")
        allowed = declared.get("AllowedValues")
        if allowed is not None and text_of(value) not in [item.text for item in allowed.items]:
            raise Unfit(f"the parameter {name} does not allow the value")
        if default.kind != "scalar" or default.tag or default.anchor:
            raise Unfit(f"the default of the parameter {name} is no plain value")
        uses = [at[-1] for at, node in self._tree.walk() if node.reference == name]
        inside = re.compile(r"\$\{" + re.escape(name) + r"[}.]")
        scalars = [(at, node) for at, node in self._tree.walk() if node.kind == "scalar"]
        if any(inside.search(node.text) or _names(at, node, name) for at, node in scalars) or any(
            use != field_name for use in uses
        ):
            raise Unfit(f"the parameter {name} is used for other things")
        return self._replace(default, (*path, "Default"), value)

    def _fill(self, node: Node, at: Path, nested: dict[str, Nested]) -> Change:
        """An object where a key has no value."""
        if node.start != node.end:
            raise Unfit("null is written there")
        parent = self._tree.at(at[:-1])
        key = parent.pair(str(at[-1])) if parent is not None else None
        if parent is None or key is None or parent.style != "block":
            return Change([Edit(node.start, node.end, " " + _flow(nested))], [at])
        indent = key[0].column + self._step(at[:-1])
        line = _LINE.match(self._text, node.start)
        end = line.end() if line else len(self._text)
        return Change([self._lines_at(end, _block(nested, indent, self._step(at[:-1])))], [at])

    def _step(self, path: Path) -> int:
        """How far a map is indented deeper than the one around it."""
        node, outer = self._tree.at(path), self._tree.at(path[:-1]) if path else None
        if node is not None and outer is not None and node.pairs and outer.pairs and node.style == outer.style == "block":
            step = node.pairs[0][0].column - outer.pairs[0][0].column
            if 0 < step <= 8:
                return step
        return 2

    def _lines_at(self, place: int, lines: list[str]) -> Edit:
        """Insert whole lines at the beginning of a line, or after the last one when that has no end."""
        if place == len(self._text) and not self._text.endswith(("\n", "\r")):
            return Edit(place, place, "".join(self._newline + line for line in lines))
        return Edit(place, place, "".join(line + self._newline for line in lines))

    def _insert(self, node: Node, at: Path, members: dict[str, Nested]) -> Change:
        paths: list[Path] = [(*at, name) for name in members]
        if node.style == "block":
            lines = _block(members, node.pairs[-1][0].column, self._step(at))
            return Change([self._lines_at(self._end(node.pairs[-1][1]), lines)], paths)
        as_json = node.style == "json"
        if not node.pairs:
            written = _json(members) if as_json else _flow(members)
            return Change([Edit(node.start, node.end, written)], paths)
        first, (key, value) = node.pairs[0][0], node.pairs[-1]
        comma = _comma(self._text, value.end, node.end)
        place = value.end if comma < 0 else comma + 1
        before = self._text[self._text.rfind("\n", 0, key.start) + 1 : key.start]
        own_line = "\n" in self._text[node.start : first.start] and not before.strip()
        gap = self._newline + before if own_line else " "
        pieces = []
        for name, inner in members.items():
            nested = _json(inner, before if own_line else None, self._unit(at), self._newline) if as_json else _flow(inner)
            pieces.append(f"{gap}{in_json(name) if as_json else in_yaml(name)}: {nested}")
        written = ",".join(pieces)
        return Change([Edit(place, place, f",{written}" if comma < 0 else f"{written},")], paths)

    def _unit(self, path: Path) -> str:
        """What JSON objects are indented by, one deeper than the other."""
        node, outer = self._tree.at(path), self._tree.at(path[:-1]) if path else None
        if node is None or outer is None or not node.pairs or not outer.pairs:
            return "  "
        own = self._text[self._text.rfind("\n", 0, node.pairs[0][0].start) + 1 : node.pairs[0][0].start]
        its = self._text[self._text.rfind("\n", 0, outer.pairs[0][0].start) + 1 : outer.pairs[0][0].start]
        return own[len(its) :] if own.startswith(its) and not own.strip() and len(own) > len(its) else "  "

    def _end(self, node: Node) -> int:
        """Where the line after a value begins."""
        while node.kind in ("map", "list") and node.style == "block":
            last = node.pairs[-1][1] if node.pairs else node.items[-1] if node.items else None
            if last is None:
                break
            node = last
        if node.style == "literal":
            return self._after_literal(node)
        line = _LINE.match(self._text, node.end)
        return line.end() if line else len(self._text)

    def _after_literal(self, node: Node) -> int:
        """A block of text ends with its last line that is not empty, unless it keeps those."""
        end = node.end if node.end == len(self._text) else self._text.rfind("\n", 0, node.end) + 1
        if "+" in self._text[node.start : node.start + 4]:
            return end
        while True:
            before = self._text.rfind("\n", node.start, max(end - 1, node.start)) + 1
            line = self._text[before:end]
            if before <= node.start or (line.strip() and not line.lstrip().startswith("#")):
                return end
            end = before


def _names(at: Path, node: Node, name: str) -> bool:
    """Whether a text names a parameter without a Ref: in a condition, an interface's list, or a rule."""
    if node.text != name or node.tag == "!Ref" or at[-1:] == ("Ref",):
        return False
    return at[:2] != ("Parameters", name) and "Metadata" not in at


def _is_beside(item: Node, beside: tuple[str, str] | None) -> bool:
    if beside is None:
        return True
    other = item.get(beside[0])
    return other is not None and other.text.lower() == beside[1]


def _nested(path: tuple[str, ...], value: Nested) -> dict[str, Nested]:
    made = value
    for name in reversed(path):
        made = {name: made}
    assert isinstance(made, dict), "a value without a name has no place in an object"
    return made


def _block(members: dict[str, Nested], indent: int, step: int) -> list[str]:
    lines = []
    for name, inner in members.items():
        head = f"{' ' * indent}{in_yaml(name)}:"
        if isinstance(inner, dict):
            lines += [head, *_block(inner, indent + step, step)]
        else:
            lines.append(f"{head} {in_yaml(inner)}")
    return lines


def _flow(nested: Nested) -> str:
    if isinstance(nested, dict):
        return "{ " + ", ".join(f"{in_yaml(name)}: {_flow(inner)}" for name, inner in nested.items()) + " }"
    return in_yaml(nested, flow=True)


def _json(nested: Nested, indent: str | None = None, unit: str = "  ", newline: str = "\n") -> str:
    """A value as JSON; on lines of its own when an indentation is given."""
    if not isinstance(nested, dict):
        return in_json(nested)
    if indent is None:
        return "{" + ", ".join(f"{in_json(name)}: {_json(inner)}" for name, inner in nested.items()) + "}"
    deeper = indent + unit
    rows = [f"{newline}{deeper}{in_json(name)}: {_json(inner, deeper, unit, newline)}" for name, inner in nested.items()]
    return "{" + ",".join(rows) + f"{newline}{indent}}}"


def _comma(text: str, start: int, end: int) -> int:
    """Where a comma stands between two places, comments left out; -1 when none does."""
    position = start
    while position < end:
        if text[position] == "#" and text[position - 1 : position].isspace():
            position = text.find("\n", position, end)
            if position < 0:
                return -1
        elif text[position] == ",":
            return position
        position += 1
    return -1


def check(before: Tree, change: Change) -> None:
    """Raise Unfit unless a change leaves everything but its own paths as it is."""
    after = parse(apply(before.text, change.edits))
    old, new = plain(before.root), plain(after.root)
    for path in change.paths:
        if after.at(path) is None:
            raise Unfit("the change does not arrive")
    for path in change.paths:
        old, new = without(old, path), without(new, path)
    if old != new:
        raise Unfit("the change would change more")
