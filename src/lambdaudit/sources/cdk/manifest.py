"""The manifest of an assembly: its stacks with where they are deployed, what they depend on, and their metadata."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from lambdaudit.sources.cloudformation.template import inside, shown
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file

MAX_STACKS: Final = 1_000
MAX_NESTING: Final = 8
_ENVIRONMENT: Final = re.compile(r"aws://([^/]*)/([^/]*)")


@dataclass(slots=True)
class Artifact:
    """A stack of an assembly.

    `template` is its file, `path` its construct path, `metadata` the entries of its constructs by their path, `files` and
    `images` the sources of its assets by hash. Empty `account` and `region` are not fixed.
    """

    id: str
    folder: Path
    template: Path
    name: str
    path: str
    account: str = ""
    region: str = ""
    needs: tuple[str, ...] = ()
    metadata: dict[str, list[Any]] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """The stacks of an assembly and of those inside it, what they depend on first; `problems` are one line each."""

    stacks: list[Artifact] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_assembly(folder: Path, root: Path) -> Assembly:
    """The stacks of an assembly. Raises DocumentError when its manifest cannot be read."""
    found = Assembly()
    _add(folder, root, found, 0)
    return found


def _load(path: Path, root: Path) -> dict[str, Any]:
    source = shown(path, root)
    value = parse(read_file(path, source), source).value
    if not isinstance(value, dict):
        raise DocumentError(source, 1, "is no object")
    return value


def _add(folder: Path, root: Path, found: Assembly, depth: int) -> None:
    artifacts = _load(folder / "manifest.json", root).get("artifacts")
    stacks: dict[str, Artifact] = {}
    for name, artifact in artifacts.items() if isinstance(artifacts, dict) else ():
        if not isinstance(artifact, dict):
            continue
        kind, properties = artifact.get("type"), artifact.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        try:
            if kind == "aws:cloudformation:stack" and len(found.stacks) + len(stacks) < MAX_STACKS:
                stacks[name] = _stack(name, artifact, properties, folder, root)
            elif kind == "cdk:cloud-assembly" and depth < MAX_NESTING:
                inner = inside(root, folder, f"{properties.get('directoryName')}/manifest.json")
                if inner is None:
                    raise DocumentError(shown(folder, root), 0, f"the assembly {name[:100]} is not here")
                _add(inner.parent, root, found, depth + 1)
        except DocumentError as error:
            found.problems.append(str(error))
    found.stacks += _ordered(stacks)


def _stack(name: str, artifact: dict[str, Any], properties: dict[str, Any], folder: Path, root: Path) -> Artifact:
    template = inside(root, folder, str(properties.get("templateFile") or ""))
    if template is None:
        raise DocumentError(shown(folder, root), 0, f"the template of the stack {name[:100]} is not here")
    place = _ENVIRONMENT.fullmatch(str(artifact.get("environment") or ""))
    account, region = place.groups() if place else ("", "")
    needs = artifact.get("dependencies")
    shown_as = str(artifact.get("displayName") or name)
    made = Artifact(
        id=name,
        folder=folder,
        template=template,
        name=str(properties.get("stackName") or name),
        path=shown_as.partition(" (")[0],
        account=account if account.isdecimal() else "",
        region="" if region.startswith("unknown") else region,
        needs=tuple(str(one) for one in needs) if isinstance(needs, list) else (),
    )
    made.metadata = dict(_entries(artifact.get("metadata")))
    if isinstance(extra := artifact.get("additionalMetadataFile"), str) and (file := inside(root, folder, str(extra))):
        made.metadata.update(_entries(_load(file, root)))
    assets = inside(root, folder, f"{name}.assets.json")
    if assets is not None:
        listed = _load(assets, root)
        made.files, made.images = _sources(listed.get("files")), _sources(listed.get("dockerImages"))
    return made


def _entries(value: Any) -> Iterator[tuple[str, list[Any]]]:
    for path, entries in value.items() if isinstance(value, dict) else ():
        if isinstance(entries, list):
            yield str(path).strip("/"), [entry for entry in entries if isinstance(entry, dict)]


def _sources(value: Any) -> dict[str, dict[str, Any]]:
    """The sources of assets by their hash, and by the names that they get in the bucket."""
    found: dict[str, dict[str, Any]] = {}
    for key, asset in value.items() if isinstance(value, dict) else ():
        source = asset.get("source") if isinstance(asset, dict) else None
        if not isinstance(source, dict):
            continue
        found[str(key)] = source
        destinations = asset.get("destinations")
        for one in destinations.values() if isinstance(destinations, dict) else ():
            for name in ("objectKey", "imageTag"):
                if isinstance(one, dict) and isinstance(one.get(name), str):
                    found[str(one[name])] = source
    return found


def _ordered(stacks: dict[str, Artifact]) -> list[Artifact]:
    """The stacks so that each stands after those that it depends on; a circle keeps the order of the manifest."""
    done: dict[str, Artifact] = {}
    waiting = dict(stacks)
    while waiting:
        ready = [name for name, one in waiting.items() if not any(need in waiting and need != name for need in one.needs)]
        for name in ready or list(waiting):
            done[name] = waiting.pop(name)
    return list(done.values())
