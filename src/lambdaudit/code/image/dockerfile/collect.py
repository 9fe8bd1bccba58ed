"""The Dockerfiles of a folder: those that functions name, and others that are made for Lambda."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec.structs import replace

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.dockerfile import Dockerfile
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

from . import Build, for_lambda, is_dockerfile, look
from .context import read
from .syntax import MOST_BYTES

_SKIPPED = frozenset(("node_modules", "__pycache__", "site-packages", "venv", "bower_components", "vendor", "cdk.out"))
_MOST_ENTRIES = 200_000
_MOST_DEPTH = 24
_MOST_FILES = 500


def dockerfiles_of(
    builds: Mapping[str, Build], root: Path, key: bytes, *, gone: Mapping[str, Unknown] | None = None
) -> list[Dockerfile]:
    """What is established about the Dockerfiles of some functions, and about others below `root` that are made for Lambda.

    `builds` are by the id of the function; `key` is that of the fingerprints. One asset for each file, stage and set of
    arguments, however many functions use it. `gone` are functions whose Dockerfile is not here, and why: everything is Unknown
    in theirs.
    """
    groups: dict[str, tuple[Build, list[str]]] = {}
    for function, build in sorted(builds.items()):
        groups.setdefault(repr((build.dockerfile, build.context, build.target, build.arguments)), (build, []))[1].append(function)
    found: dict[str, Dockerfile] = {}
    for build, functions in groups.values():
        arn = parse_arn(functions[0])
        made = look(
            build,
            identity=_identity(build, root, found),
            shown=_shown(build.dockerfile, root),
            key=key,
            functions=tuple(functions),
        )
        found[made.id] = replace(made, account=arn.account, region=arn.region) if arn else made
    for function, why in sorted((gone or {}).items()):
        arn = parse_arn(function)
        found[function] = Dockerfile(
            id=f"dockerfile:{function}", name=function.rpartition(":")[2], where=Where("dockerfile", function),
            account=arn.account if arn else "", region=arn.region if arn else "", functions=(function,), images=why, secrets=why,
            issues=why, unread=why,
        )  # fmt: skip
    named = {_real(build.dockerfile) for build in builds.values()}
    for path in others(root):
        if _real(path) not in named:
            build = Build(path, path.parent)
            made = look(build, identity=_identity(build, root, found), shown=_shown(path, root), key=key)
            found[made.id] = made
    return list(found.values())


def others(root: Path) -> Iterator[Path]:
    """Dockerfiles below a folder that are made for Lambda by their own words. Links and folders of tools are not entered."""
    seen = told = 0
    for top, folders, names in os.walk(root, followlinks=False):
        depth = len(Path(top).relative_to(root).parts)
        folders[:] = sorted(n for n in folders if n not in _SKIPPED and not n.startswith(".") and depth < _MOST_DEPTH)
        seen += len(names) + len(folders)
        if seen > _MOST_ENTRIES or told >= _MOST_FILES:
            return
        for name in sorted(names):
            path = Path(top, name)
            if is_dockerfile(name) and str(path).isprintable():
                data = read(path, MOST_BYTES)
                if data is not None and for_lambda(data):
                    told += 1
                    yield path


def _identity(build: Build, root: Path, taken: Mapping[str, Dockerfile]) -> str:
    name = f"dockerfile:{_shown(build.dockerfile, root)}" + (f"#{build.target[:80]}" if build.target else "")
    number = 2
    identity = name
    while identity in taken:
        identity, number = f"{name}~{number}", number + 1
    return identity


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path


def _shown(path: Path, root: Path) -> str:
    try:
        return _real(path).relative_to(_real(root)).as_posix()
    except ValueError:
        return path.as_posix()


__all__ = ["dockerfiles_of", "others"]
