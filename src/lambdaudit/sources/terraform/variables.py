"""Values of a root's input variables: variables files in Terraform's order, then those that are given by hand."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from lambdaudit.sources.iac.values import Span, Str, Value, moved

from .config import Files
from .evaluate import Scope, attempt
from .hcl import MAX_BYTES, parse, parse_expression
from .module import Module
from .syntax import Expr, Items, Literal, Name, Pairs

_FIRST = ("terraform.tfvars", "terraform.tfvars.json")


class VariablesError(Exception):
    """A variables file that cannot be read; the text is one line."""


def files_of(directory: Path) -> list[Path]:
    """The variables files that Terraform loads by itself, in its order."""
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError:
        return []
    automatic = [n for n in names if n.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    return [directory / n for n in (*(n for n in _FIRST if n in names), *automatic)]


def names_in(path: Path) -> frozenset[str]:
    """The variables that a file gives a value. Raises VariablesError for one that cannot be read."""
    data, label = _bytes(path, path.as_posix()), path.as_posix()
    return frozenset(_json(data, label) if path.name.endswith(".json") else parse(data, label)[0].attributes)


def assign(module: Module, files: Files, variables: Mapping[str, str], var_files: Sequence[Path]) -> None:
    """Give a root module the values of its variables. Raises VariablesError for a given file that cannot be read."""
    empty = Scope(module)
    for path in files_of(module.config.directory):
        try:
            _read(module, files, path, empty)
        except VariablesError as error:
            files.note(str(error), Span(files.label(path), 0))
    for path in var_files:
        _read(module, files, path, empty)
    for name, text in variables.items():
        block = module.config.variables.get(name)
        if block is None:
            continue
        node = _by_hand(text, block.body.attributes["type"].value if "type" in block.body.attributes else None)
        module.given[name] = _later(node, empty)


def _later(node: Expr, scope: Scope) -> Callable[[], Value]:
    return lambda: moved(attempt(node, scope), node.at)


def _by_hand(text: str, kind: Expr | None) -> Expr:
    """A value on the command line: an expression for complex types, the text itself for others."""
    at = Span("--param", 0)
    if kind is None or (isinstance(kind, Name) and kind.name in ("string", "number", "bool")):
        return Literal(at, Str(text))
    node = parse_expression(text, at)
    return node if isinstance(node, Items | Pairs | Literal) else Literal(at, Str(text))


def _read(module: Module, files: Files, path: Path, empty: Scope) -> None:
    label = files.label(path.resolve())
    data = _bytes(path, label)
    if path.name.endswith(".json"):
        for name, value in _json(data, label).items():
            module.given[name] = partial(_given, value)
        return
    body, notes = parse(data, label)
    for note in notes:
        files.note(note.text, note.at)
    for name, attribute in body.attributes.items():
        module.given[name] = _later(attribute.value, empty)


def _bytes(path: Path, label: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise VariablesError(f"{label}: cannot be read: {error.strerror or error}") from error


def _json(data: bytes, label: str) -> dict[str, Value]:
    from lambdaudit.sources.iac.documents import DocumentError, decode
    from lambdaudit.sources.iac.json_text import NotJson, parse_json

    try:
        value = parse_json(decode(data, label), label).value
    except (NotJson, DocumentError) as error:
        raise VariablesError(f"{label}: no JSON: {error}") from error
    if not isinstance(value, dict):
        raise VariablesError(f"{label}: an object of values is expected")
    return value


def _given(value: Value) -> Value:
    return value
