"""Which service proposes updates of dependencies in the repository around a folder: Dependabot and Renovate as configured."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lambdaudit.model.repository import Repository
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.documents import DocumentError, read_file

_MOST_UP = 12
_MOST_ENTRIES = 2_000
_DEPENDABOT = (".github/dependabot.yml", ".github/dependabot.yaml")
_RENOVATE = (
    "renovate.json", "renovate.json5", ".github/renovate.json", ".github/renovate.json5", ".gitlab/renovate.json",
    ".gitlab/renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5",
)  # fmt: skip
_ECOSYSTEMS = {
    "pip": "PyPI", "uv": "PyPI", "npm": "npm", "bun": "npm", "maven": "Maven", "gradle": "Maven", "gomod": "Go",
    "bundler": "RubyGems", "nuget": "NuGet", "composer": "Packagist", "cargo": "crates.io",
}  # fmt: skip
"""Dependabot's ``package-ecosystem`` values, by OSV's name."""


def repository_around(folder: Path) -> Repository | None:
    """The repository that a folder lies in: the nearest folder above with a ``.git``; None when there is none.

    What its configuration says is Unknown when the file cannot be read.
    """
    start = folder.resolve()
    root = next((one for one in (start, *list(start.parents)[:_MOST_UP]) if (one / ".git").exists()), None)
    if root is None:
        return None
    watched: list[tuple[str, str]] = []
    updaters: list[str] = []
    unread: Unknown | None = None
    for name in _DEPENDABOT:
        if (root / name).is_file():
            updaters.append("Dependabot")
            try:
                watched += _dependabot(root / name, name)
            except DocumentError as error:
                unread = Unknown(str(error))
    if any((root / name).is_file() for name in _RENOVATE) or _in_package(root / "package.json"):
        updaters.append("Renovate")
        watched.append(("*", "**"))
    below = start.relative_to(root).as_posix()
    return Repository(
        id="repository:",
        name=root.name,
        where=Where(_DEPENDABOT[0]),
        below="" if below == "." else below,
        updaters=tuple(dict.fromkeys(updaters)),
        watched=unread if unread and ("*", "**") not in watched else tuple(dict.fromkeys(watched)),
    )


def _dependabot(path: Path, label: str) -> Iterator[tuple[str, str]]:
    import yaml

    try:
        data: Any = yaml.safe_load(read_file(path, label))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DocumentError(label, 0, "is not YAML") from error
    updates = data.get("updates") if isinstance(data, dict) else None
    for entry in updates[:_MOST_ENTRIES] if isinstance(updates, list) else ():
        ecosystem = _ECOSYSTEMS.get(str(entry.get("package-ecosystem"))) if isinstance(entry, dict) else None
        if ecosystem:
            many = entry.get("directories")
            for one in (entry.get("directory"), *(many[:_MOST_ENTRIES] if isinstance(many, list) else ())):
                if isinstance(one, str) and len(one) < 1000:
                    yield ecosystem, one.strip("/")


def _in_package(path: Path) -> bool:
    """Whether a package.json holds Renovate's configuration."""
    import json

    try:
        data = json.loads(read_file(path, path.name)) if path.is_file() else None
    except (DocumentError, ValueError, RecursionError):
        return False
    return isinstance(data, dict) and "renovate" in data
