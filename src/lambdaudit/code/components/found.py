"""What the readers add to: components, sentences about what could not be read, and faults of manifests."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lambdaudit.model.code import CodeIssue, Component
from lambdaudit.model.where import Where

KIB, MIB = 1024, 1024**2
MOST_COMPONENTS = 20_000
_MOST_LIMITS, _MOST_ISSUES = 60, 400
_NAME = re.compile(r"[^\s\x00-\x1f\x7f\"'<>`\\]{1,214}")
_VERSION = re.compile(r"[0-9A-Za-z][^\s\x00-\x1f\x7f\"'<>`\\]{0,127}")
_CERTAINTY = {"metadata": 0, "build info": 1, "bundle metadata": 2, "source map": 3, "content": 4, "banner": 5, "file name": 6}
"""What told of a component, the surest first; anything else comes last."""


@dataclass(slots=True)
class Found:
    """Collects. `owners` maps folders (with a slash at the end) and files to the component they belong to."""

    components: dict[tuple[str, str, str], Component] = field(default_factory=dict)
    declared: list[Component] = field(default_factory=list)
    issues: list[CodeIssue] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)
    direct: dict[str, set[str]] = field(default_factory=dict)
    distribution: tuple[str, str] = ("", "")
    """Name and release of the operating system of an image (``debian``, ``12``)."""

    def add(
        self,
        ecosystem: str,
        name: str,
        version: str,
        path: str,
        origin: str,
        *,
        how: str = "metadata",
        licence: str = "",
        direct: bool | None = None,
        hashes: Iterable[tuple[str, str]] = (),
        qualifiers: dict[str, str] | None = None,
    ) -> str:
        """Note a component and give its package URL; the empty text when name or version are no sensible text.

        `name` is as OSV spells it (``group:artifact``, ``@scope/name``). An empty version is one that nothing tells.
        """
        sensible = _NAME.fullmatch(name) and name.isprintable() and version.isprintable()
        if not sensible or (version and not _VERSION.fullmatch(version)):
            self.limit(f"{path}: it names no sensible package or version")
            return ""
        identity = purl(ecosystem, name, version, qualifiers)
        if not identity:
            self.limit(f"{path}: {name[:80]} is no name of a package of {ecosystem}")
            return ""
        component = Component(
            purl=identity, name=name, version=version, ecosystem=ecosystem, origin=origin, path=path, how=how,
            licence="".join(c for c in licence[:200] if c.isprintable()), direct=direct, hashes=tuple(hashes),
        )  # fmt: skip
        if how == "lock file":
            if len(self.declared) < MOST_COMPONENTS:
                self.declared.append(component)
            return identity
        key = (identity, origin, path)
        before = self.components.get(key)
        if before is None and len(self.components) >= MOST_COMPONENTS:
            self.limit(f"more than {MOST_COMPONENTS} components; the rest is left out")
        elif before is None or _certainty(how) < _certainty(before.how):
            self.components[key] = component
        return identity

    def limit(self, text: str) -> None:
        """Note what could not be read, each once."""
        shown = "".join(c if c.isprintable() else "�" for c in text)[:300]
        if shown not in self.limits and len(self.limits) < _MOST_LIMITS:
            self.limits.append(shown)

    def issue(self, kind: str, path: str, origin: str, text: str, *, line: int = 0, confidence: str = "high") -> None:
        """Note a fault of a manifest or a file that does not belong into a package."""
        if len(self.issues) < _MOST_ISSUES:
            shown = "".join(c if c.isprintable() else "�" for c in text)[:300]
            where = Where(source=path, subject=origin, line=line)
            self.issues.append(CodeIssue(kind=kind, where=where, text=shown, confidence=confidence))


def _certainty(how: str) -> int:
    return _CERTAINTY.get(how, 9)


_PURL_TYPES = {
    "PyPI": "pypi", "npm": "npm", "Maven": "maven", "Go": "golang", "RubyGems": "gem", "NuGet": "nuget", "Packagist": "composer",
    "crates.io": "cargo", "": "generic",
}  # fmt: skip
_CACHE: dict[tuple[str, str, str], str] = {}


def purl(ecosystem: str, name: str, version: str, qualifiers: dict[str, str] | None = None) -> str:
    """The package URL of a component, percent-encoded as its specification says; empty when there can be none."""
    key = ecosystem, name, version
    if not qualifiers and key in _CACHE:
        return _CACHE[key]
    from packageurl import PackageURL

    extra: dict[str, Any] = dict(qualifiers or {})
    kind = extra.pop("type", None) or _PURL_TYPES.get(ecosystem, "generic")
    namespace = extra.pop("namespace", None)
    if ecosystem == "Maven":
        namespace, _, name = name.rpartition(":")
    elif kind in ("npm", "golang", "composer") and "/" in name:
        namespace, _, name = name.rpartition("/")
    try:
        text = PackageURL(kind, namespace or None, name, version or None, extra or None).to_string()
    except ValueError:
        return ""
    if not qualifiers and len(_CACHE) < 50_000:
        _CACHE[key] = text
    return text
