"""Bundles: what esbuild, webpack, rollup, ncc and parcel make of many modules, taken apart again.

Code of libraries inside the bundle (told by path comments, module paths or a source map) becomes an import of that library, as
if the bundle had not been made, so that the catalogue knows it by name and it is not walked. Own modules stay functions that run
once. Where nothing tells libraries apart, all code counts as own and is walked as far as the handler reaches it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tree_sitter import Node

from .. import ir
from .expressions import flat_sequence
from .functions import LazyFunction, Made
from .named import Named, exports_of, told_by_comments
from .packages import module_of, region_of
from .scopes import Block, identifiers, text
from .sourcemap import SourceMap

_LONGEST_HELPER = 1_500
_LONG = 150_000
"""Bytes of a file from which on it counts as a bundle although nothing of a bundler's is in it."""
_LOOSE = frozenset({"for_statement", "for_in_statement", "while_statement", "try_statement", "if_statement", "do_statement"})
_SPACE = re.compile(rb"/\*.{0,400}?\*/|//[^\n]{0,200}\n|\s+", re.DOTALL)
_ROLES = (
    ("commonjs", re.compile(rb"\{exports:\{\}\}\)\.exports,\w+\)")),
    ("to-commonjs", re.compile(rb"\"__esModule\",\{value:(?:!0|true)\}\),\w+\)")),
    ("to-esm", re.compile(rb"\.__esModule\?.{0,40}\"default\",\{value:")),
    ("export", re.compile(rb"for\((?:var|let|const)\s?\w+ ?in \w+\)\{?\w+\(\w+,\w+,\{get:\w+\[\w+\],enumerable:(?:!0|true)")),
    ("esm", re.compile(rb"^\(\w+,\w+(?:,\w+)?\)=>(?:function\w+)?\(\)(?:=>)?.{0,80}\(?\w+=0\)")),
    ("namespace", re.compile(rb"^\(?\w+\)?=>\{(?:var|let|const) \w+=\{\};\w+\.d\(\w+,\w+\);return \w+;?\}$")),
    ("require", re.compile(rb"typeof require(?:<\"u\"|!==\"undefined\"|!=\"undefined\")\?require:")),
)
_WORDS = re.compile(rb"\b(in|typeof|function|var|let|const)\b ?")
_MARKS = (
    b"__commonJS",
    b"__toESM",
    b"__toCommonJS",
    b"__webpack_require__",
    b"__nccwpck_require__",
    b"node_modules/",
    b"exports:{}",
)
_READS_EXPORTS = re.compile(rb"(?:var|const|let) \w+ ?= ?__webpack_exports__\.\w+;")
_ONCE = re.compile(rb"\{\s*(?:if ?\(\w+\) ?return \w+;\s*\w+ ?= ?1[;,]|return \w+(?:\|\||\?\w+:)\(?\w+=1)")
_REQUIRER = re.compile(rb"(\w+)\[\w+\](?:\.call)?\(")


@dataclass(slots=True)
class _Module:
    """An entry of webpack's table: the function, and the library it belongs to."""

    function: Node
    library: str
    variable: str
    renamed: Mapping[str, str]
    """Names of exports that the bundler made -> those of the library."""


def is_bundle(data: bytes) -> bool:
    """Whether a file looks like the output of a bundler."""
    if len(data) > _LONG or any(mark in data for mark in _MARKS):
        return True
    return re.search(rb"\{ ?exports: ?\{\} ?\}", data[:200_000]) is not None


def is_minified(data: bytes) -> bool:
    """Whether a file is large and has lines as only programs write them."""
    return len(data) > 100_000 and data.count(b"\n") * 400 < len(data)


class Bundled(Named):
    """Lowers a bundle. `source_map` tells where code came from when there is one."""

    def __init__(self, path: str, source_map: SourceMap | None = None) -> None:
        super().__init__(path)
        self.source_map = source_map
        self.roles: dict[str, str] = {}
        self.role_blocks: dict[int, Block] = {}
        self.late: list[ir.Stmt] = []
        self.tables: dict[str, _Module] = {}
        self.requirers: dict[tuple[int, str], Block] = {}
        self.module_functions: set[int] = set()
        self.region = ""
        self.commented: dict[str, tuple[str, Mapping[str, str]]] = {}
        self.once = {"getDefaultExportFromCjs"}
        """Functions whose calls give a module: frames that rollup puts around CommonJS."""

    # ---- who wrote a piece

    def _library(self, node: Node, key: str = "") -> str:
        """The library that a piece of code belongs to, as code requires it; empty for own code and where nothing tells."""
        if key and ("/" in key or "." in key):
            return module_of(key)
        if self.source_map is not None:
            place = self.source_map.original(node.start_point.row + 1, node.start_point.column + 1)
            return module_of(place.path) if place else self.region
        return self.region

    def _owner(self, function: Node, label: str) -> str:
        """The library of an entry of webpack's table."""
        if label in self.commented:
            return self.commented[label][0]
        return self._library(function, label) if "/" in label else self._library_inside(function)

    def _library_inside(self, function: Node) -> str:
        """The library that the statements of a function, whose frame a bundler wrote, belong to."""
        body = function.child_by_field_name("body")
        if body is None or self.source_map is None:
            return ""
        start, end = body.start_point, body.end_point
        place = self.source_map.within((start.row, start.column), (end.row, end.column))
        return module_of(place.path) if place is not None else ""

    def _required_library(self, node: Node, library: str, into: list[ir.Stmt]) -> bool:
        row, column = node.start_point
        name = node.child_by_field_name("name")
        if name is None:
            return False
        module = ir.DynamicImport(row + 1, column + 1, ir.Constant(row + 1, column + 1, library), True)
        value = _lambda(row, column, text(name), [ir.Return(row + 1, column + 1, module)])
        bound = self.block.declare(text(name), keep=self.block.parent is None)
        into.append(ir.Assign(row + 1, column + 1, [ir.Name(row + 1, column + 1, bound)], value))
        self.once.add(text(name))
        return True

    # ---- helpers of esbuild and rollup

    def program(self, root: Node) -> list[ir.Stmt]:
        """As for any file, with the bundler's helpers known before."""
        self.commented = told_by_comments(root.text or b"")
        for child in root.named_children:
            if child.type in ("variable_declaration", "lexical_declaration"):
                self._find_roles(child)
        return super().program(root)

    def _find_roles(self, declaration: Node) -> None:
        for declarator in declaration.named_children:
            value, name = declarator.child_by_field_name("value"), declarator.child_by_field_name("name")
            if value is None or name is None or value.end_byte - value.start_byte > _LONGEST_HELPER:
                continue
            if value.type in ("arrow_function", "function_expression", "call_expression", "parenthesized_expression"):
                role = _role_of(value)
                if role:
                    self.roles[text(name)] = role

    def _role(self, function: Node | None) -> str:
        """The role of a helper at the top of the bundle that a name means."""
        if function is None or function.type != "identifier":
            return ""
        role = self.roles.get(text(function), "")
        if role:
            found = self.block.find(text(function))
            if found and found[0].parent is not None and id(found[0]) not in self.role_blocks:
                return ""
        return role

    def is_require(self, node: Node) -> bool:
        """Also the bundler's own stand-in for ``require``."""
        return super().is_require(node) or self._role(node) == "require"

    def statements(self, nodes: list[Node]) -> list[ir.Stmt]:
        """Statements without those of libraries, which become imports; exports by getter are set at the end."""
        before_region, before_late = self.region, self.late
        self.late = []
        made: list[ir.Stmt] = []
        nodes = self._webpack_block(nodes, made)
        own: list[Node] = []
        for node in nodes:
            if node.type == "comment":
                path = region_of(text(node)) if node.end_byte - node.start_byte < 330 else None
                if path is not None:
                    self.region = module_of(path)
            elif not self._taken(node, made):
                own.append(node)
        self.region = before_region
        cut = next(
            (index for index, node in enumerate(own) if _READS_EXPORTS.match(node.text[:200] if node.text else b"")), len(own)
        )
        made += super().statements(own[:cut])
        made += self.late
        made += super().statements(own[cut:])
        self.late = before_late
        return made

    def _taken(self, node: Node, into: list[ir.Stmt]) -> bool:
        """Lower a statement of a library, or one that a bundler wrote; false when it is to be lowered as usual."""
        kind = node.type
        if kind in ("variable_declaration", "lexical_declaration"):
            return self._bundled_declaration(node, into)
        if not self.region and self.source_map is None:
            return False
        if kind in ("function_declaration", "class_declaration", "generator_function_declaration"):
            library, name = self._library(node), node.child_by_field_name("name")
            if kind == "function_declaration" and self.source_map is not None and _runs_once(node):
                library = self._library_inside(node)
                return bool(library) and self._required_library(node, library, into)
            if library and name is not None:
                self._bring(name, library, text(name), into)
            return bool(library)
        if kind == "expression_statement" and (library := self._library(node)):
            for part in (part for child in node.named_children for part in flat_sequence(child)):
                if self._role_call(part) == "export":
                    self._bring_all(part, library, into)
            return True
        return kind in _LOOSE and bool(self._library(node))

    def _bring_all(self, call: Node, library: str, into: list[ir.Stmt]) -> None:
        """``__export(names, {…})`` of a library: the object is the library."""
        given = call.child_by_field_name("arguments")
        if given is not None and given.named_child_count and given.named_children[0].type == "identifier":
            row, column = call.start_point
            into.append(ir.Import(row + 1, column + 1, library, [], text(given.named_children[0])))

    def _role_call(self, node: Node) -> str:
        return self._role(node.child_by_field_name("function")) if node.type == "call_expression" else ""

    def _note_required(self, declarator: Node) -> None:
        """``var x = require(123)`` of a library whose exports were given other names."""
        name, value = declarator.child_by_field_name("name"), declarator.child_by_field_name("value")
        if name is None or name.type != "identifier" or value is None or value.type != "call_expression":
            return
        given = value.child_by_field_name("arguments")
        if given is None or given.named_child_count != 1 or not self._is_requirer(value.child_by_field_name("function")):
            return
        module = self.tables.get(text(given.named_children[0]).strip("\"'"))
        found = self.block.find(text(name))
        if module is not None and found is not None:
            self.rename(*found, module.renamed)

    def _bundled_declaration(self, node: Node, into: list[ir.Stmt]) -> bool:
        """Declarations, one by one, if at least one of them is not a usual one."""
        parts = [child for child in node.named_children if child.type == "variable_declarator"]
        if self.requirers:
            for part in parts:
                self._note_required(part)
        kinds = [self._declarator_kind(part) for part in parts]
        if not any(kinds):
            return False
        for part, kind in zip(parts, kinds, strict=True):
            name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
            if name is None or kind == "helper":
                continue
            if kind in ("commonjs", "esm") and value is not None:
                self._wrapped(name, value, kind, into)
            elif kind.startswith("library:"):
                for found in identifiers(name):
                    self._bring(part, kind[8:], found, into)
            elif value is not None:
                self._assign(into, part, [name], value)
        return True

    def _declarator_kind(self, part: Node) -> str:
        name, value = part.child_by_field_name("name"), part.child_by_field_name("value")
        if name is None:
            return ""
        if text(name) in self.roles and (self.block.parent is None or id(self.block) in self.role_blocks):
            return "helper"
        role = self._role_call(value) if value is not None else ""
        if role in ("commonjs", "esm"):
            return role
        if value is None or role == "to-esm" or (value.type == "call_expression" and b"require(" in (value.text or b"")[:200]):
            return ""
        if value.type == "call_expression" and text(value.child_by_field_name("function") or value) in self.once:
            return ""
        library = self._library(part)
        return f"library:{library}" if library else ""

    def _bring(self, node: Node, library: str, name: str, into: list[ir.Stmt]) -> None:
        """A top-level name of a library inside the bundle, as the import that it replaces."""
        row, column = node.start_point
        bound = self.block.declare(name, keep=self.block.parent is None)
        exported = name
        if self.source_map is not None:
            # A short name that the map has no other for was made by the bundler: as a rule for the default export.
            exported = self.source_map.name(row + 1, column + 1) or ("default" if len(name) < 4 else name)
        if exported.endswith("_default") or (library.split("/")[0] in ("lodash", "lodash-es") and "/" in library):
            exported = "default"
        stem = exported.rstrip("0123456789")
        if stem != exported and self.block.find(stem) is not None:
            exported = stem
        into.append(ir.Import(row + 1, column + 1, library, [ir.Binding(row + 1, column + 1, exported, bound)]))

    def _wrapped(self, name: Node, value: Node, role: str, into: list[ir.Stmt]) -> None:
        """``var require_x = __commonJS({ "path"(exports, module) {…} })`` and ``var init_x = __esm(…)``."""
        row, column = name.start_point
        given = value.child_by_field_name("arguments")
        inner = next((child for child in given.named_children if child.type != "comment"), None) if given else None
        key = ""
        if inner is not None and inner.type == "object":
            inner = next((child for child in inner.named_children if child.type in ("method_definition", "pair")), None)
            label = inner.child_by_field_name("name") or inner.child_by_field_name("key") if inner else None
            key = text(label).strip("\"'") if label else ""
            if inner is not None and inner.type == "pair":
                inner = inner.child_by_field_name("value")
        if inner is None:
            return
        library = self._library(inner, key)
        if not library and not key:
            self.recognise([(text(name), inner)])
            library = self.recognised.get(text(name), "")
        bound = self.block.declare(text(name), keep=True)
        target = ir.Name(row + 1, column + 1, bound)
        if not library:
            into += self._once(inner, bound, role == "esm")
            return
        body: list[ir.Stmt] = []
        if role == "commonjs":
            module = ir.DynamicImport(row + 1, column + 1, ir.Constant(row + 1, column + 1, library), True)
            body.append(ir.Return(row + 1, column + 1, module))
        else:
            for assigned in _assigned(inner):
                self._bring(assigned, library, text(assigned), into)
        into.append(ir.Assign(row + 1, column + 1, [target], _lambda(row, column, text(name), body)))

    def _once(self, inner: Node, bound: str, plain: bool, arguments: int = 2) -> list[ir.Stmt]:
        """A module of one's own as a function `bound` that runs it once and gives its exports."""
        row, column = inner.start_point
        line, place = row + 1, column + 1
        cache = ir.Name(line, place, self.block.declare(f"{bound}%m", keep=True))
        exports = ir.Attribute(line, place, cache, "exports")
        undefined = ir.Constant(line, place, None, True)
        values: list[ir.Expr] = [exports, cache] if arguments == 2 else [cache, exports, undefined]
        given = [] if plain else [ir.Argument(line, place, value) for value in values]
        fresh = ir.Mapping(line, place, [(ir.Constant(line, place, "exports"), ir.Mapping(line, place, []))])
        wrapped = ir.Lambda(line, place, self.function(inner, bound, "arrow"))
        first: list[ir.Stmt] = [
            ir.Assign(line, place, [cache], fresh),
            ir.Expression(line, place, ir.Call(line, place, wrapped, given)),
        ]
        body: list[ir.Stmt] = [
            ir.If(line, place, ir.Unary(line, place, "not", cache), first, []),
            ir.Return(line, place, exports),
        ]
        return [
            ir.Assign(line, place, [cache], undefined),
            ir.Assign(line, place, [ir.Name(line, place, bound)], _lambda(row, column, bound, body, True)),
        ]

    def _special(self, function: Node, values: list[Node]) -> ir.Expr | None:
        role = self._role(function)
        if role in ("to-esm", "to-commonjs") and values:
            return self.expression(values[0])
        if role == "namespace" and len(values) == 1:
            return self._namespace(function, values[0])
        if role == "export" and len(values) == 2:
            return self._getters(function, values[0], values[1])
        return self._webpack_call(function, values) or super()._special(function, values)

    def _namespace(self, function: Node, table: Node) -> ir.Expr:
        """``x({ name: () => value })``: an object of the values."""
        row, column = function.start_point
        entries: list[tuple[ir.Expr | None, ir.Expr]] = []
        for child in table.named_children if table.type == "object" else ():
            value = _returned(child.child_by_field_name("value") or child)
            if value is not None:
                entries.append((self.key(child.child_by_field_name("key")), self.expression(value)))
        return ir.Mapping(row + 1, column + 1, entries)

    def _getters(self, function: Node, target: Node, table: Node) -> ir.Expr:
        """``__export(exports, { name: () => value })``: the values are set now, and again when all is defined."""
        row, column = function.start_point
        made: list[ir.Stmt] = []
        for child in table.named_children if table.type == "object" else ():
            key = child.child_by_field_name("key") or child.child_by_field_name("name")
            value = _returned(child.child_by_field_name("value") or child)
            name = self.key(key)
            if value is not None and isinstance(name, ir.Constant):
                place = ir.Attribute(row + 1, column + 1, self.expression(target), str(name.value))
                made.append(ir.Assign(row + 1, column + 1, [place], self.expression(value)))
        self.late += made
        return self.expression(target)

    # ---- webpack and ncc

    def parameters(self, node: Node, block: Block) -> list[ir.Parameter]:
        """As for any function; the third parameter of a module function is the bundler's ``require``."""
        made = super().parameters(node, block)
        if node.id in self.module_functions and len(made) > 2 and isinstance(made[2].target, ir.Name):
            self.requirers[(id(block), made[2].target.id)] = block
        return made

    def _webpack_block(self, nodes: list[Node], into: list[ir.Stmt]) -> list[Node]:
        """Takes webpack's table and loader out of a block; what is left is own code."""
        loader = next((node for node in nodes if node.type == "function_declaration" and _loads(node)), None)
        if loader is None:
            return nodes
        name = loader.child_by_field_name("name")
        table_name = _loads(loader)
        table = next((value for one, value in _declarators(nodes) if text(one) == table_name), None)
        if name is None or table is None:
            return nodes
        self.requirers[(id(self.block), self.block.declare(text(name), keep=True))] = self.block
        self._read_table(_inner(table), into)
        self.role_blocks[id(self.block)] = self.block
        for node in nodes:
            if node.type in ("variable_declaration", "lexical_declaration"):
                self._find_roles(node)
        start = text(name) + "."
        return [node for node in nodes if node is not loader and not self._is_loader_part(node, start, table)]

    def _is_loader_part(self, node: Node, start: str, table: Node) -> bool:
        if node.type in ("variable_declaration", "lexical_declaration"):
            return node.start_byte <= table.start_byte < node.end_byte and node.named_child_count == 1
        return node.type == "expression_statement" and (node.text or b"")[:200].lstrip(b"(").startswith(
            (f"{start}m=".encode(), f"{start}m =".encode(), f"{start}n".encode(), f"{start}o".encode(), f"{start}g".encode())
        )

    def _read_table(self, table: Node, into: list[ir.Stmt]) -> None:
        entries: list[tuple[str, Node]] = []
        if table.type == "array":
            at = 0
            for child in table.children[1:-1]:
                if child.type == ",":
                    at += 1
                elif child.type != "comment":
                    entries.append((str(at), _inner(child)))
        for child in table.named_children if table.type == "object" else ():
            key = child.child_by_field_name("key") or child.child_by_field_name("name")
            value = child if child.type == "method_definition" else child.child_by_field_name("value")
            if key is not None and value is not None:
                entries.append((text(key).strip("\"'"), _inner(value)))
        found = {label: self._owner(function, label) for label, function in entries}
        self.recognise((label, function) for label, function in entries if not found[label])
        for label, function in entries:
            library = found[label] or self.recognised.get(label, "")
            names = {**exports_of(function), **self.commented.get(label, ("", {}))[1]} if library else {}
            module = self.tables[label] = _Module(function, library, f"%module:{label}"[:120], names)
            self.module_functions.add(function.id)
            if not module.library:
                into += self._once(module.function, self.block.declare(module.variable, keep=True), False, 3)

    def _is_requirer(self, node: Node | None) -> bool:
        if node is None or node.type != "identifier" or not self.requirers:
            return False
        found = self.block.find(text(node))
        return found is not None and (id(found[0]), found[1]) in self.requirers

    def _webpack_call(self, function: Node, values: list[Node]) -> ir.Expr | None:
        row, column = function.start_point
        if self._is_requirer(function) and values:
            key = values[0].child_by_field_name("right") if values[0].type == "assignment_expression" else values[0]
            module = self.tables.get(text(key).strip("\"'")) if key is not None else None
            if module is None:
                return None
            if module.library:
                return ir.DynamicImport(row + 1, column + 1, ir.Constant(row + 1, column + 1, module.library), True)
            return ir.Call(row + 1, column + 1, ir.Name(row + 1, column + 1, module.variable), [])
        if function.type != "member_expression" or not self._is_requirer(function.child_by_field_name("object")):
            return self._webpack4(function, values)
        name = text(function).rpartition(".")[2]
        if name == "d" and len(values) == 2:
            return self._getters(function, values[0], values[1])
        if name == "d" and len(values) == 3 and (value := _returned(values[2])) is not None:
            place = ir.Attribute(row + 1, column + 1, self.expression(values[0]), text(values[1]).strip("\"'"))
            self.late.append(ir.Assign(row + 1, column + 1, [place], self.expression(value)))
            return self.expression(values[0])
        if name == "n" and values:
            return _lambda(row, column, "", [ir.Return(row + 1, column + 1, self.expression(values[0]))])
        return ir.Constant(row + 1, column + 1, None, True) if name in ("r", "d") else None

    def _webpack4(self, function: Node, values: list[Node]) -> ir.Expr | None:
        """``function (modules) { … }([function (module, exports, require) {…}, …])``."""
        function = _inner(function)
        if function.type not in ("function_expression", "arrow_function") or len(values) != 1:
            return None
        body = function.child_by_field_name("body")
        if body is None or values[0].type not in ("array", "object"):
            return None
        loader = next((node for node in body.named_children if node.type == "function_declaration" and _loads(node)), None)
        name = loader.child_by_field_name("name") if loader else None
        if name is None:
            return None
        row, column = function.start_point
        made: list[ir.Stmt] = []
        block = Block(self.block.owner, self.block)
        self.block = block
        self.requirers[(id(block), block.declare(text(name)))] = block
        self._read_table(values[0], made)
        result: ir.Expr = ir.Constant(row + 1, column + 1, None, True)
        for node in body.named_children:
            if node.type == "return_statement" and node.named_child_count:
                last = flat_sequence(node.named_children[0])[-1]
                result = self.expression(last)
        self.block = block.parent or block
        return ir.Call(row + 1, column + 1, _lambda(row, column, "", [*made, ir.Return(row + 1, column + 1, result)]), [])


def _runs_once(function: Node) -> bool:
    """Whether a function is the frame that rollup puts around a CommonJS module: ``if (done) return module; done = 1; …``."""
    body, parameters = function.child_by_field_name("body"), function.child_by_field_name("parameters")
    if body is None or parameters is None or parameters.named_child_count:
        return False
    return _ONCE.match((body.text or b"")[:200]) is not None


def _role_of(value: Node) -> str:
    squeezed = _SPACE.sub(b" ", value.text or b"")
    squeezed = re.sub(rb" ?([^\w\s]) ?", rb"\1", squeezed)
    squeezed = _WORDS.sub(lambda match: match.group(1) + b" ", squeezed)
    for role, pattern in _ROLES:
        if pattern.search(squeezed):
            return role
    return ""


def _loads(function: Node) -> str:
    """The name of the table that a loader takes modules from; empty when the function is no loader."""
    if function.end_byte - function.start_byte > _LONGEST_HELPER:
        return ""
    parameters = function.child_by_field_name("parameters")
    source = function.text or b""
    if parameters is None or parameters.named_child_count != 1 or b"exports" not in source or b".exports" not in source:
        return ""
    found = [match.group(1).decode() for match in _REQUIRER.finditer(source)]
    return found[0] if found and re.search(rb"exports: ?\{\}", source) else ""


def _declarators(nodes: list[Node]) -> Iterator[tuple[Node, Node]]:
    for node in nodes:
        if node.type in ("variable_declaration", "lexical_declaration"):
            for child in node.named_children:
                name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
                if name is not None and value is not None:
                    yield name, value


def _inner(node: Node) -> Node:
    while node.type == "parenthesized_expression":
        inside = [child for child in node.named_children if child.type != "comment"]
        if not inside:
            break
        node = inside[0]
    return node


def _returned(function: Node) -> Node | None:
    """The value that ``() => value`` or ``function () { return value }`` gives."""
    body = function.child_by_field_name("body")
    if body is None or body.type != "statement_block":
        return body
    for child in body.named_children:
        if child.type == "return_statement" and child.named_child_count:
            return child.named_children[0]
    return None


def _assigned(function: Node) -> Iterator[Node]:
    """The names that the statements of a module's function assign."""
    body = function.child_by_field_name("body")
    for statement in body.named_children if body else ():
        for child in statement.named_children if statement.type == "expression_statement" else ():
            for part in flat_sequence(child):
                left = part.child_by_field_name("left") if part.type == "assignment_expression" else None
                if left is not None and left.type == "identifier":
                    yield left


def _lambda(row: int, column: int, name: str, body: list[ir.Stmt], runs_module: bool = False) -> ir.Lambda:
    def make() -> Made:
        return body, frozenset()

    function = LazyFunction(row + 1, column + 1, name, [], [], kind="arrow", make=make, runs_module=runs_module)
    return ir.Lambda(row + 1, column + 1, function)
