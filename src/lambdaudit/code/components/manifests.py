"""Manifests that leave open which code the next build takes: versions that are not fixed, addresses, no checksums."""

import re
from collections.abc import Iterator

from .found import MIB, Found
from .javascript import Manifest
from .tree import Tree

_REQUIREMENT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*(.*)$")
_EXACT_NPM = re.compile(r"=?v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+].*)?")
_LOCAL = ("file:", "link:", "workspace:", "portal:")
_ADDRESS = re.compile(r"(?:git\+|https?:|git:|ssh:|git@|github:|gitlab:|bitbucket:|[\w.-]+/[\w.-]+(?:#|$))")
_LONGEST = 4000
_COMMIT = re.compile(r"[@#][0-9a-f]{40}(?:$|[^0-9a-f])")


def requirements(tree: Tree, path: str, found: Found) -> None:
    """A requirements file: one fault for each line that fixes no version, and for each address without a commit."""
    text = (tree.read(path, MIB) or b"").decode("utf-8-sig", "replace")
    for line, kind, fault in _open_requirements(text):
        found.issue(kind, path, tree.origin(path), fault, line=line)


def _open_requirements(text: str) -> Iterator[tuple[int, str, str]]:
    lines = text.splitlines()[:5000]
    number = 0
    while number < len(lines):
        first = number + 1
        line = lines[number]
        while line.endswith("\\") and number + 1 < len(lines) and len(line) < _LONGEST:
            number += 1
            line = line[:-1] + " " + lines[number]
        number += 1
        line = re.sub(r"(?:^|\s)#.*$", "", line).strip()
        if line.startswith(("--index-url", "-i ", "--extra-index-url", "--find-links", "-f ")):
            if "http://" in line or line.startswith("--extra-index-url"):
                reason = "fetches packages over plain HTTP" if "http://" in line else "lets a second index answer for every name"
                yield first, "package-source", f"{line.split()[0]} {reason}"
            continue
        if not line or len(line) > _LONGEST or line.startswith(("-r", "-c", "--")):
            continue
        yield from _requirement(first, line.removeprefix("-e ").removeprefix("--editable ").strip())


def _requirement(number: int, line: str) -> Iterator[tuple[int, str, str]]:
    address = re.search(r"(?:git\+|https?:|git:|ssh:)\S+", line)
    if address:
        if not _COMMIT.search(address[0]) and "--hash=" not in line and "#sha256=" not in line:
            plain = re.sub(r"//[^/@]*@", "//", address[0].partition("?")[0])
            name = line.partition(" @ ")[0].strip() if " @ " in line else plain[:100]
            yield number, "unpinned-dependency", f"{name} comes from an address, without a commit or a checksum"
        return
    parts = _REQUIREMENT.match(line)
    if not parts or line.startswith((".", "/")):
        return
    specifier = parts[2].partition(";")[0].partition("--hash")[0].strip()
    if not re.search(r"===?\s*[^*\s,]+(?:\s*$|\s*,)", specifier):
        asked = f"{parts[1]} {specifier}".strip()
        yield number, "unpinned-dependency", f"{asked} fixes no version" if specifier else f"{parts[1]} comes in any version"


def package_json(path: str, read: Manifest, locked: bool, origin: str, found: Found) -> None:
    """A package.json: ranges without a lock file beside them, and addresses without a commit."""
    if not isinstance(read.dependencies, dict):
        return
    for name, asked in list(read.dependencies.items())[:2000]:
        if not isinstance(asked, str) or asked.startswith(_LOCAL):
            continue
        asked = asked.removeprefix("npm:").rpartition("@")[2] if asked.startswith("npm:") else asked
        if _ADDRESS.match(asked):
            if not _COMMIT.search(asked):
                found.issue("unpinned-dependency", path, origin, f"{name} comes from an address, without a commit")
        elif not locked and not _EXACT_NPM.fullmatch(asked):
            found.issue("unpinned-dependency", path, origin, f"{name} {asked or '*'} fixes no version, and there is no lock file")
