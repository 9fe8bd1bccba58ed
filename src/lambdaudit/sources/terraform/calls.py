"""Module calls: local folders, folders that ``terraform init`` fetched, summaries of well-known modules, else unknown."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Span, Value, moved

from .blocks import provider_name
from .config import terraform_files
from .evaluate import Scope, attempt
from .module import MAX_MODULE_DEPTH, Module
from .partial import Lazy
from .syntax import Block, Expr, Pairs

_META = frozenset(("source", "version", "count", "for_each", "providers", "depends_on"))


class MissingModule(Lazy):
    """A module whose files are not here: nothing is known of its outputs, and its resources are not seen."""

    def __init__(self, address: str, source: str, at: Span, why: str) -> None:
        self.address = address
        self.source = source
        self.at = at
        self.why = Unknown(why)

    def __str__(self) -> str:
        return self.address

    def outputs(self) -> Value:
        """The outputs: each of them is Unknown."""
        return self

    def attribute(self, name: str) -> Value:
        """An output."""
        return self.why

    def walk(self) -> "Iterator[MissingModule]":
        """Itself."""
        yield self


def make_child(parent: Module, name: str, block: Block, suffix: str, scope: Scope, undecided: Unknown | None) -> Any:
    """The instance of a module call: a Module, a Summary or a MissingModule."""
    prefix = f"{parent.prefix}module.{name}{suffix}."
    source = block.body.literal("source")
    given = _arguments(block, scope)
    folder, why = _folder(parent, name, source)
    if folder is None:
        from .summaries import summary_of

        made = summary_of(source, prefix, parent, given, block, _providers(block), undecided)
        if made is not None:
            return made
        parent.run.missing.setdefault(source, block.at)
        return MissingModule(prefix.rstrip("."), source, block.at, why)
    if parent.depth >= MAX_MODULE_DEPTH or sum(m.config.directory == folder for m in _ancestors(parent)) >= 2:
        return MissingModule(prefix.rstrip("."), source, block.at, f"the module {source} calls itself or nests too deeply")
    config = parent.run.files.config(folder)
    return Module(parent.run, config, prefix, given, parent, block, _providers(block), undecided)


def _ancestors(module: Module | None) -> Iterator[Module]:
    while module is not None:
        yield module
        module = module.parent


def _arguments(block: Block, scope: Scope) -> dict[str, Callable[[], Value]]:
    def later(node: Expr) -> Callable[[], Value]:
        return lambda: moved(attempt(node, scope), node.at)

    return {n: later(a.value) for n, a in block.body.attributes.items() if n not in _META}


def _providers(block: Block) -> dict[str, str]:
    """Names of providers in the module by what they are called in its parent."""
    attribute = block.body.attributes.get("providers")
    if attribute is None or not isinstance(attribute.value, Pairs):
        return {}
    found = {}
    for key, value in attribute.value.pairs:
        inner = provider_name(key) or str(getattr(key, "value", ""))
        found[inner] = provider_name(value)
    return found


def _folder(parent: Module, name: str, source: str) -> tuple[Path | None, str]:
    """The folder of a module's files, or why there is none."""
    files = parent.run.files
    if source.startswith(("./", "../", ".\\", "..\\")) or source in (".", ".."):
        folder = files.inside(parent.config.directory / source)
        if folder is None:
            return None, f"the module {source} is outside the files that are read"
        if not terraform_files(folder):
            return None, f"the module {source} has no files"
        return folder, ""
    key = _manifest_key(parent, name)
    found = parent.run.manifest.get(key)
    if found is not None and terraform_files(found):
        return found, ""
    return None, f"the module {source or 'without a source'} is not here: run terraform init first, or give a plan"


def _manifest_key(parent: Module, name: str) -> str:
    names = [piece.split("[")[0] for piece in parent.prefix.split("module.") if piece]
    return ".".join([*(n.rstrip(".") for n in names), name])


def read_manifest(root: Path, inside: Callable[[Path], Path | None]) -> dict[str, Path]:
    """The folders of ``.terraform/modules/modules.json`` by key; those outside the tree are left out."""
    path = root / ".terraform" / "modules" / "modules.json"
    try:
        if inside(path) is None or path.stat().st_size > 4_000_000:
            return {}
        rows = json.loads(path.read_bytes()).get("Modules", [])
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
    found: dict[str, Path] = {}
    for row in rows if isinstance(rows, list) else []:
        key, folder = (row.get("Key"), row.get("Dir")) if isinstance(row, dict) else (None, None)
        if isinstance(key, str) and isinstance(folder, str) and key and (real := inside(root / folder)) is not None:
            found[key] = real
    return found
