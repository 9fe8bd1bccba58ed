"""One directory of configuration: its files read, overrides applied, blocks sorted by what they declare."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from lambdaudit.sources.iac.values import Span

from .hcl import MAX_BYTES, Note, parse
from .syntax import Attribute, Block, Body
from .tfjson import parse_json_syntax

MAX_FILES = 400
"""Files of one directory that are read."""
MAX_TOTAL = 64 * 1024 * 1024
"""Bytes of all files of one reading."""


@dataclass(slots=True)
class Config:
    """What a directory declares. `resources` and `data` are by ``type.name``; `label` names the directory in messages."""

    directory: Path
    label: str
    variables: dict[str, Block] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    resources: dict[str, Block] = field(default_factory=dict)
    data: dict[str, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Block] = field(default_factory=dict)
    providers: list[Block] = field(default_factory=list)
    backend: bool = False
    files: list[str] = field(default_factory=list)


class Files:
    """Reads directories once, within bounds, and keeps what could not be read in `notes`.

    `root` is the folder whose files may be read; names in messages are relative to it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.notes: list[Note] = []
        self.total = 0
        self._configs: dict[Path, Config] = {}

    def label(self, path: Path) -> str:
        """The name of a file or folder in messages."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.name

    def inside(self, path: Path) -> Path | None:
        """The real path, or None when it is outside the root or no path at all (too long, a cycle of links)."""
        try:
            real = path.resolve()
            real.exists()
        except (OSError, RuntimeError, ValueError):
            return None
        return real if real == self.root or self.root in real.parents else None

    def config(self, directory: Path) -> Config:
        """What a directory declares."""
        found = self._configs.get(directory)
        if found is None:
            found = self._configs[directory] = self._read(directory)
        return found

    def note(self, text: str, at: Span) -> None:
        """Keep a sentence about what was not read."""
        if len(self.notes) < 1000:
            self.notes.append(Note(text, at))

    def _read(self, directory: Path) -> Config:
        config = Config(directory, self.label(directory))
        names = terraform_files(directory)
        if len(names) > MAX_FILES:
            self.note(f"{len(names)} files: only {MAX_FILES} are read", Span(config.label, 0))
        names = names[:MAX_FILES]
        overrides = [n for n in names if n.split(".")[0] == "override" or n.split(".tf")[0].endswith("_override")]
        for name in [n for n in names if n not in overrides]:
            _add(config, self._body(directory / name, config), override=False, note=self.note)
        for name in overrides:
            _add(config, self._body(directory / name, config), override=True, note=self.note)
        return config

    def _body(self, path: Path, config: Config) -> Body:
        label = self.label(path)
        config.files.append(label)
        at = Span(label, 1)
        if self.inside(path) is None:
            self.note("a link to a file outside: not read", at)
            return Body(at)
        try:
            if not path.is_file():
                return Body(at)
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            self.note(f"cannot be read: {error.strerror or error}", at)
            return Body(at)
        self.total += len(data)
        if self.total > MAX_TOTAL:
            self.note("not read: the configuration is too large", at)
            return Body(at)
        body, notes = parse_json_syntax(data, label) if path.name.endswith(".json") else parse(data, label)
        for note in notes:
            self.note(note.text, note.at)
        return body


def config_of(directory: Path, label: str, source: bytes) -> Config:
    """What the one file of a directory declares, given as its bytes."""
    config = Config(directory, label, files=[label])
    _add(config, parse(source, label)[0], override=False, note=lambda _text, _at: None)
    return config


def _add(config: Config, body: Body, *, override: bool, note: Callable[[str, Span], None]) -> None:
    for block in body.blocks:
        if block.type == "locals":
            config.locals.update(block.body.attributes)
        elif block.type == "provider" and block.labels:
            config.providers.append(block)
        elif block.type == "terraform":
            inner = block.body.blocks
            config.backend = (
                config.backend or any(b.type in ("backend", "cloud") for b in inner) or "backend" in block.body.attributes
            )
        else:
            _declare(config, block, override, note)


def _declare(config: Config, block: Block, override: bool, note: Callable[[str, Span], None]) -> None:
    tables = {
        "resource": (config.resources, 2),
        "data": (config.data, 2),
        "variable": (config.variables, 1),
        "output": (config.outputs, 1),
        "module": (config.modules, 1),
    }
    table, labels = tables.get(block.type, ({}, 0))
    if not labels or len(block.labels) != labels:
        if block.type not in ("moved", "import", "removed", "check", "ephemeral") or len(block.labels) < labels:
            note(f"a block of type {block.type[:40]!r} with {len(block.labels)} labels is not read", block.at)
        return
    key = ".".join(block.labels)
    if key not in table:
        table[key] = block
    elif override:
        table[key] = _merged(table[key], block)
    else:
        note(f"{block.type} {key} is declared twice: the first one counts", block.at)


def _merged(base: Block, over: Block) -> Block:
    """A block with an override: its attributes replace those of the same name, its blocks all of the same type."""
    types = {b.type for b in over.body.blocks}
    body = Body(base.body.at, {**base.body.attributes, **over.body.attributes}, end=base.body.end)
    body.blocks = [b for b in base.body.blocks if b.type not in types] + over.body.blocks
    return Block(base.at, base.type, base.labels, body)


def terraform_files(directory: Path) -> list[str]:
    """The names of the configuration files of a directory, sorted; empty when it cannot be listed."""
    try:
        names = sorted(entry.name for entry in directory.iterdir())
    except OSError:
        return []
    return [n for n in names if n.endswith((".tf", ".tf.json")) and not n.startswith((".", "~", "#")) and not n.endswith("~")]
