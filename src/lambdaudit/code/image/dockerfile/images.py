"""The images that a build begins with or takes files from."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lambdaudit.model.dockerfile import BaseImage
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

from .stages import Plan, Taken
from .syntax import Parsed
from .words import Value

_DIGEST = re.compile(r"[a-z0-9+._-]{2,20}:[0-9a-fA-F]{32,128}")
_REFERENCE = re.compile(r"[\w.:/@+-]{1,512}", re.ASCII)
_OFFICIAL_FRONTENDS = re.compile(r"(?:docker\.io/)?docker/dockerfile(?:-upstream)?(?:[:@].*)?")


class Reference(NamedTuple):
    """An image's reference in its parts; `repository` with the registry."""

    repository: str
    tag: str
    digest: str


def reference(text: str) -> Reference | None:
    """The parts of a reference as Docker reads them (``alpine`` is ``docker.io/library/alpine``); None for what is none."""
    if not _REFERENCE.fullmatch(text):
        return None
    name, at, digest = text.partition("@")
    if at and not _DIGEST.fullmatch(digest):
        return None
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        first, rest = "docker.io", name
    rest, colon, tag = rest.partition(":")
    if not rest or (colon and not tag):
        return None
    if first in ("docker.io", "index.docker.io", "registry-1.docker.io"):
        first, rest = "docker.io", rest if "/" in rest else f"library/{rest}"
    return Reference(f"{first}/{rest}", tag, digest.lower())


def of(parsed: Parsed, plan: Plan, source: str) -> Iterator[BaseImage]:
    """The images that what is built depends on, each once in its first place."""
    seen: set[object] = set()
    for taken, role in (*_frontend(parsed), *_taken(plan)):
        made = _image(taken, role, source)
        identity = (made.repository, made.tag, made.digest)
        if identity not in seen:
            seen.add(identity)
            yield made


def _frontend(parsed: Parsed) -> Iterator[tuple[Taken, str]]:
    name = parsed.directives.get("syntax", "").split(" ")[0]
    if name and not _OFFICIAL_FRONTENDS.fullmatch(name) and parsed.instructions:
        yield Taken(Value(name), parsed.instructions[0], "syntax"), "frontend"


def _taken(plan: Plan) -> Iterator[tuple[Taken, str]]:
    for number in sorted(plan.used, reverse=True):
        for taken in plan.stages[number].images:
            kept = number in plan.kept
            role = (
                "build"
                if taken.how == "RUN" or (taken.how == "FROM" and not kept)
                else "base"
                if taken.how == "FROM"
                else "copied"
            )
            yield taken, role


def _image(taken: Taken, role: str, source: str) -> BaseImage:
    where = Where(source, line=1, column=1) if role == "frontend" else taken.instruction.where(source)
    value = taken.value
    if not value.open:
        found = reference(value.text)
        if found is None:
            why = Unknown(f"{where}: {value.text[:80] or 'nothing'} is no reference to an image")
            return BaseImage(where=where, repository=why, tag=why, role=role)
        return BaseImage(where=where, repository=found.repository, tag=found.tag, digest=found.digest, role=role)
    names = ", ".join(sorted(value.open))[:80]
    why = Unknown(f"{where}: the build argument {names} decides the image")
    # Where only the part behind the colon is open, the repository is known all the same: the argument is its last part.
    if value.text.endswith(":") and (found := reference(value.text[:-1])):
        return BaseImage(where=where, repository=found.repository, tag=why, role=role)
    return BaseImage(where=where, repository=why, tag=why, role=role)


__all__ = ["Reference", "of", "reference"]
