"""Modules of a bundle that their text or a bundler's comments tell, and the names that the bundler gave their exports."""

import re
from collections.abc import Iterable, Mapping

from tree_sitter import Node

from .. import ir
from .compiled import Compiled
from .packages import module_of
from .scopes import Block, text
from .signatures import library_of, renamed, starred

_REQUIRED = re.compile(
    rb"// EXTERNAL MODULE: (?:\./)?([^\s\"]{1,280})(?: \+ \d{1,6} modules)?\r?\n"
    rb"(?:var|const|let) (\w{1,200}) = \w{1,100}\(([^()\s]{1,300})\);"
)
_USED = re.compile(rb"\b(\w{1,200})/\* ([A-Za-z_$][\w$]{0,100}) \*/\.([\w$]{1,8})(?![\w$])")
_MOST_USES = 20_000
_MOST_READ = 64 * 1024**2
"""Bytes of modules that are looked at, those of modules in modules again."""


class Named(Compiled):
    """Knows modules by what is in them."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.recognised: dict[str, str] = {}
        """Names or numbers of modules -> the library that their text tells."""
        self.left = _MOST_READ
        self.renamed: dict[tuple[int, str], Mapping[str, str]] = {}
        """Variables that hold a library -> names that the bundler gave its exports."""

    def recognise(self, modules: Iterable[tuple[str, Node]]) -> None:
        """Looks at the texts of modules, given with the name or number that the others require them by."""
        gatherers: list[tuple[str, list[str]]] = []
        for name, function in modules:
            self.left -= function.end_byte - function.start_byte
            if self.left < 0:
                break
            code = function.text or b""
            if _joined(function, code):
                continue
            if library := library_of(code):
                self.recognised[name] = library
            elif parts := starred(code):
                gatherers.append((name, parts))
        for name, parts in gatherers:
            library = next((self.recognised[part] for part in parts if part in self.recognised), "")
            if library:
                self.recognised[name] = library

    def rename(self, block: Block, bound: str, names: Mapping[str, str]) -> None:
        """A variable holds a library whose exports have other names."""
        if names:
            self.renamed[(id(block), bound)] = names

    def _member(self, node: Node) -> ir.Expr:
        """As for any file; exports of libraries get their own names back."""
        made = super()._member(node)
        if self.renamed and isinstance(made, ir.Attribute) and isinstance(made.value, ir.Name):
            owner = node.child_by_field_name("object")
            found = self.block.find(text(owner)) if owner is not None and owner.type == "identifier" else None
            names = self.renamed.get((id(found[0]), found[1])) if found else None
            if names and made.name in names:
                made.name = names[made.name]
        return made


def exports_of(function: Node) -> Mapping[str, str]:
    """New -> own names of the exports of an entry of webpack's table."""
    parameters = function.child_by_field_name("parameters")
    given = parameters.named_children if parameters else []
    return renamed(function.text or b"", text(given[1])) if len(given) > 1 and given[1].type == "identifier" else {}


def told_by_comments(data: bytes) -> dict[str, tuple[str, Mapping[str, str]]]:
    """Numbers of modules -> library and renamed exports, as the comments of webpack and ncc tell them."""
    if b"// EXTERNAL MODULE: " not in data:
        return {}
    names: dict[bytes, dict[str, str]] = {}
    for count, (variable, own, new) in enumerate(_USED.findall(data)):
        if count > _MOST_USES:
            break
        names.setdefault(variable, {})[new.decode()] = own.decode()
    found: dict[str, tuple[str, Mapping[str, str]]] = {}
    for path, variable, key in _REQUIRED.findall(data):
        library = module_of(path.decode("utf-8", "replace"))
        if library:
            number = key.decode("utf-8", "replace").strip("\"'")
            found[number] = (library, {**found.get(number, ("", {}))[1], **names.get(variable, {})})
    return found


def _joined(function: Node, code: bytes) -> bool:
    """Whether a bundler joined several ES modules in one function: it may hold code of one's own beside a library's."""
    parameters = function.child_by_field_name("parameters")
    given = parameters.named_children if parameters else []
    return len(given) > 2 and f"{text(given[2])}.d(".encode() in code
