"""Names of ecosystems: OSV's, those of package URLs, and how each spells the names of its packages."""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Ecosystem:
    """An ecosystem by OSV's name. `purl` is its type in package URLs, `scheme` what orders its versions."""

    name: str
    purl: str
    scheme: str


ECOSYSTEMS: dict[str, Ecosystem] = {
    e.name: e
    for e in (
        Ecosystem("PyPI", "pypi", "pypi"),
        Ecosystem("npm", "npm", "semver"),
        Ecosystem("Maven", "maven", "maven"),
        Ecosystem("Go", "golang", "go"),
        Ecosystem("RubyGems", "gem", "rubygems"),
        Ecosystem("NuGet", "nuget", "nuget"),
        Ecosystem("Packagist", "composer", "packagist"),
        Ecosystem("crates.io", "cargo", "semver"),
        Ecosystem("Debian", "deb", "debian"),
        Ecosystem("Ubuntu", "deb", "debian"),
        Ecosystem("Alpine", "apk", "alpine"),
        Ecosystem("Wolfi", "apk", "alpine"),
        Ecosystem("Chainguard", "apk", "alpine"),
        Ecosystem("Red Hat", "rpm", "rpm"),
        Ecosystem("AlmaLinux", "rpm", "rpm"),
        Ecosystem("Rocky Linux", "rpm", "rpm"),
        Ecosystem("openSUSE", "rpm", "rpm"),
        Ecosystem("SUSE", "rpm", "rpm"),
        Ecosystem("Amazon Linux", "rpm", "rpm"),
        Ecosystem("Mageia", "rpm", "rpm"),
        Ecosystem("openEuler", "rpm", "rpm"),
        Ecosystem("Hex", "hex", "semver"),
        Ecosystem("Pub", "pub", "semver"),
    )
}
"""What is known, by OSV's name without the release (``Debian`` for ``Debian:12``)."""


def ecosystem(name: str) -> Ecosystem | None:
    """The ecosystem of an OSV name, with or without a release behind a colon; None for one that is not known here."""
    return ECOSYSTEMS.get(name.partition(":")[0])


@lru_cache(maxsize=65_536)
def normal_name(ecosystem_name: str, name: str) -> str:
    """A package's name as it is compared: PyPI folds case and separators, NuGet and Packagist case, the others nothing.

    npm took names with capitals once, and they are packages of their own: ``JSONStream`` is not ``jsonstream``.
    """
    base = ecosystem_name.partition(":")[0]
    if base == "PyPI":
        return re.sub(r"[-_.]+", "-", name).lower()
    if base in ("NuGet", "Packagist"):
        return name.lower()
    return name
