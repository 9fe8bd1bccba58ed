"""The author's own files where a build puts them: COPY and ADD of the context through all stages, nothing of what RUN makes."""

import json
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import Build
from .context import Context, covers, fits, read
from .stages import BASE_OF_LAMBDA, Plan, Stage, Step, planned
from .syntax import MOST_BYTES, parse

_TASK = "/var/task"
_MOST_FILES = 20_000
_MOST_STAGES = 200
_MOST_CHECKS = 3_000_000


@dataclass(slots=True)
class Layout:
    """The files of an image by their path in it, the words that are given to its entry point, and what was left out.

    Files of the image's working directory lie below /var/task, where AWS's base images have it.
    """

    files: dict[str, Path] = field(default_factory=dict)
    command: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Tree:
    """The files of one stage while it is gone through."""

    files: dict[str, Path] = field(default_factory=dict)
    folder: str = "/"
    command: tuple[str, ...] = ()


def laid_out(build: Build) -> Layout:
    """Where a build puts the files of its context. Raises nothing; an unreadable Dockerfile gives an empty layout with a note."""
    data = read(build.dockerfile, MOST_BYTES)
    if data is None or build.context is None:
        return Layout(notes=["its Dockerfile was not read"])
    arguments = {name: value[0] if value else None for name, value in build.arguments.items()}
    plan = planned(parse(data), target=build.target, arguments=arguments)
    if not plan.kept or len(plan.stages) > _MOST_STAGES:
        return Layout(notes=["its Dockerfile was not understood"])
    context = Context(build.context, build.dockerfile)
    copies = sum(len(step.words) for number in plan.used for step in plan.stages[number].steps)
    if copies * len(context.files()) > _MOST_CHECKS:
        return Layout(notes=["its Dockerfile copies too much to follow"])
    trees: dict[int, _Tree] = {}
    for number in sorted(plan.used):
        trees[number] = _tree(plan, number, trees, context)
    last = trees[max(plan.kept)]
    layout = Layout(command=last.command)
    for path, disk in last.files.items():
        inside = posixpath.relpath(path, last.folder) if last.folder not in ("/", _TASK) else ""
        layout.files[path if not inside or inside.startswith("..") else f"{_TASK}/{inside}"] = disk
    if not context.whole:
        layout.notes.append("its build context has too many files; the rest was not looked at")
    if any(one.keyword == "RUN" for number in plan.used for one in plan.stages[number].others):
        layout.notes.append("what the commands of its Dockerfile make is not here")
    return layout


def _tree(plan: Plan, number: int, trees: dict[int, _Tree], context: Context) -> _Tree:
    stage = plan.stages[number]
    tree = _Tree(folder=_start(stage))
    if stage.parent is not None and stage.parent in trees:
        above = trees[stage.parent]
        tree = _Tree(dict(above.files), above.folder, above.command)
    for step in stage.steps:
        keyword, words = step.instruction.keyword, step.words
        if keyword == "WORKDIR":
            tree.folder = posixpath.normpath(posixpath.join(tree.folder, words[0].text))
        elif keyword == "CMD":
            tree.command = step.instruction.words or _shell_words(step.instruction.text)
        elif keyword in ("COPY", "ADD") and len(words) > 1 and not any(word.open for word in words):
            for path, disk in _copied(step, tree, trees, context):
                if len(tree.files) < _MOST_FILES:
                    tree.files[path] = disk
    return tree


def _start(stage: Stage) -> str:
    """The working directory of the image that a stage begins with: known for AWS's own."""
    of_lambda = any(taken.how == "FROM" and BASE_OF_LAMBDA.search(taken.value.text) for taken in stage.images)
    return _TASK if of_lambda else "/"


def _shell_words(text: str) -> tuple[str, ...]:
    """The words of a CMD that is no valid list, as in ``CMD ['app.handler']``: single quotes are a frequent slip."""
    try:
        found = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return ()
    return tuple(found) if isinstance(found, list) and all(isinstance(word, str) for word in found) else ()


def _copied(step: Step, tree: _Tree, trees: dict[int, _Tree], context: Context) -> Iterator[tuple[str, Path]]:
    *sources, target = (word.text for word in step.words)
    into = posixpath.normpath(posixpath.join(tree.folder, target))
    if step.origin is None:
        known = {path: context.folder / path for path in context.files()}
    elif step.origin in trees:
        known = {path.lstrip("/"): disk for path, disk in trees[step.origin].files.items()}
    else:
        return
    excluded = step.instruction.flag("exclude")
    many = len(sources) > 1 or target.endswith(("/", "/.")) or target in (".", "./") or into in (tree.folder, _TASK)
    for source in sources:
        plain = "/".join(part for part in source.split("/") if part not in ("", "."))
        depth = plain.count("/") + 1 if plain else 0
        for path, disk in known.items():
            if not covers(plain, path) or any(fits(pattern, path) for pattern in excluded):
                continue
            parts = path.split("/")
            if len(parts) > depth:  # a folder: what is in it, without its own name
                yield posixpath.join(into, *parts[depth:]), disk
            else:
                yield posixpath.join(into, parts[-1]) if many or any(sign in plain for sign in "*?[") else into, disk


__all__ = ["Layout", "laid_out"]
