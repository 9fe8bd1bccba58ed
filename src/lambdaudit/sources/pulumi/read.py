"""Pulumi and SST: previews and states of stacks into the typed inventory. Nothing is run."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION, Lifted, Settings
from lambdaudit.sources.iac.resources import Options
from lambdaudit.sources.terraform.read import lifted

from .program import read_program
from .sniff import ASSEMBLIES, PROJECTS, is_output
from .stacks import Stack, read_stack
from .translate import translate

MAX_FOLDERS: Final = 5_000
_SKIPPED: Final = frozenset(("node_modules", "__pycache__", "site-packages", "venv", "vendor"))


def read_pulumi(path: Path, options: Options) -> Lifted:
    """Read a preview or a state of a stack, or all of them in a folder.

    `path` is what ``pulumi preview --json``, ``pulumi stack export`` or ``sst state export`` prints, a project file, or a folder
    that holds such files. Of several files for one stack the preview counts, with the state for what it does not show; else the
    newest state. A project without any is read when its program is YAML, else it is one line in the result's `errors`.

    Raises DocumentError with one line for a single file that cannot be read.
    """
    root = options.root.resolve()
    settings = Settings(options.account or PLACEHOLDER_ACCOUNT, options.region or PLACEHOLDER_REGION, options.partition)
    whole = Lifted()
    stacks: list[Stack] = []
    for file in [path] if path.is_file() and path.name not in PROJECTS else _outputs(path if path.is_dir() else path.parent):
        try:
            stacks.append(read_stack(file, _label(file, root)))
        except DocumentError as error:
            if file == path:
                raise
            whole.errors.append(str(error))
    if not path.is_file() or path.name in PROJECTS:
        for project in _without_output(path if path.is_dir() else path.parent, stacks):
            _program(project, root, options, stacks, whole.errors)
    for stack in _merged(stacks, whole.notes):
        collector, here = translate(stack, settings, root)
        errors = list(stack.notes)
        if stack.left_out:
            why = f"{stack.label}: leaves out {stack.left_out} resources that do not change"
            errors.append(f"{why}: run pulumi preview --json --show-sames")
        whole.take(lifted([("", collector)], here, errors))
    return whole


def _label(path: Path, root: Path) -> str:
    real = path.resolve()
    return real.relative_to(root).as_posix() if root in real.parents else path.name


def _walk(top: Path) -> Iterator[tuple[Path, list[str]]]:
    for seen, (folder, folders, names) in enumerate(os.walk(top)):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        if seen >= MAX_FOLDERS:
            return
        yield Path(folder), sorted(names)


def _outputs(top: Path) -> list[Path]:
    """Every preview and state below a folder."""
    return [
        folder / name
        for folder, names in _walk(top)
        for name in names
        if name.endswith(".json") and not (folder / name).is_symlink() and is_output(folder / name)
    ]


def _merged(stacks: list[Stack], notes: list[str]) -> Iterator[Stack]:
    """One for each stack."""
    by_key: dict[tuple[str, str], list[Stack]] = {}
    for stack in stacks:
        by_key.setdefault(stack.key, []).append(stack)
    for rows in by_key.values():
        previews, states = [s for s in rows if s.preview], [s for s in rows if not s.preview]
        first = previews[-1] if previews else max(states, key=lambda s: s.time)
        state = max(states, key=lambda s: s.time) if states else None
        used = {id(first)}
        if state is not None and first.left_out:
            used.add(id(state))
            kept = {urn: row for urn, row in state.rows.items() if urn not in first.gone}
            first.rows = {**kept, **first.rows}
            first.left_out = 0
        left = [other for other in rows if id(other) not in used]
        notes += [f"{other.label}: is left out, {first.label} is of the same stack" for other in left]
        yield first


def _without_output(top: Path, stacks: list[Stack]) -> list[Path]:
    """The projects that have neither a preview nor a state in their folder or below."""
    found = []
    for folder, names in _walk(top):
        name = next((name for name in PROJECTS if name in names), "")
        built = any((folder / inner / "cdk.out").is_file() for inner in ASSEMBLIES)
        if name and not built and not any(s.path.resolve().is_relative_to(folder.resolve()) for s in stacks):
            found.append(folder / name)
    return found


def _program(project: Path, root: Path, options: Options, stacks: list[Stack], errors: list[str]) -> None:
    """A program in YAML as a stack; for any other one a line that says how to make an output."""
    label = _label(project, root)
    how = "pulumi preview --json --show-sames > preview.json, or pulumi stack export > state.json"
    if project.name == "sst.config.ts":
        how = "sst state export --stage STAGE > state.json (version 2: sst build)"
    else:
        try:
            stack = read_program(project, label, options)
        except DocumentError as error:
            errors.append(str(error))
            return
        if stack is not None:
            stacks.append(stack)
            return
    errors.append(f"{label}: is a program, whose resources only its tool knows: run {how}")
