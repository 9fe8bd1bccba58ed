"""Secrets of an image, whether its built configuration or its Dockerfile tells of them, joined to one finding each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lambdaudit.facts import Audit
from lambdaudit.model.code import Code, CodeSecret
from lambdaudit.model.dockerfile import BuildSecret, Dockerfile
from lambdaudit.model.files import Template
from lambdaudit.model.unknown import Unknown

_KEYS = frozenset(("aws-access-key", "aws-secret-key", "aws-session-token", "aws-temporary-key"))
"""Parts of one credential of AWS."""


class Group(NamedTuple):
    """Secrets that are one fault: the parts of an AWS key, or one secret in several places. `key` tells it from others."""

    key: str
    secrets: tuple[CodeSecret | BuildSecret, ...]

    @property
    def names(self) -> str:
        """The names as a text: ``A, B and C``; the kind where there is none."""
        found = list(dict.fromkeys(s.name or s.kind for s in self.secrets))
        return " and ".join(filter(None, (", ".join(found[:-1]), found[-1])))


def groups(secrets: Iterable[CodeSecret | BuildSecret]) -> Iterator[Group]:
    """The faults that some secrets are: no positions in their keys, numbers only where nothing else tells two apart."""
    rows = list(secrets)
    whole = {row.kind for row in rows if row.kind in _KEYS and _kept(row)}
    found: dict[tuple[str, ...], list[CodeSecret | BuildSecret]] = {}
    for row in rows:
        if len(whole) > 1 and row.kind in _KEYS and _kept(row):
            found.setdefault(("keys of AWS",), []).append(row)
        elif row.name:
            found.setdefault((row.kind, row.name, "" if _kept(row) else "source"), []).append(row)
        else:
            found.setdefault((row.kind, row.fingerprint or str(row.where), "unnamed"), []).append(row)
    seen: dict[str, int] = {}
    for parts, group in found.items():
        key = f"{parts[0]} unnamed" if parts[-1] == "unnamed" else " ".join(filter(None, parts))[:300]
        seen[key] = seen.get(key, 0) + 1
        yield Group(key if seen[key] == 1 else f"{key} {seen[key]}", tuple(group))


def _kept(row: CodeSecret | BuildSecret) -> bool:
    return row.kept if isinstance(row, BuildSecret) else True


def dockerfiles_of(code: Code, audit: Audit) -> tuple[Dockerfile, ...]:
    """The Dockerfiles of a function that were read."""

    def work() -> dict[str, tuple[Dockerfile, ...]]:
        found: dict[str, tuple[Dockerfile, ...]] = {}
        for file in audit.inventory.of(Dockerfile):
            for function in file.functions if not isinstance(file.secrets, Unknown) else ():
                found[function] = (*found.get(function, ()), file)
        return found

    return audit.once(("read Dockerfiles",), work).get(code.function, ())


def told_in(files: Iterable[Dockerfile]) -> frozenset[str]:
    """Names of the secrets that findings on Dockerfiles tell of."""
    return frozenset(
        secret.name for file in files if isinstance(file.secrets, tuple) for secret in file.secrets if secret.kept and secret.name
    )


def told_of_templates(audit: Audit) -> frozenset[str]:
    """Fingerprints of the secrets that findings on templates tell of."""

    def work() -> frozenset[str]:
        templates = audit.inventory.of(Template)
        return frozenset(s.fingerprint for t in templates if isinstance(t.secrets, tuple) for s in t.secrets)

    return audit.once(("fingerprints in templates",), work)


def sources(audit: Audit) -> frozenset[str]:
    """Paths of the Dockerfiles whose secrets are told as such."""
    files = audit.inventory.of(Dockerfile)
    return audit.once(
        ("paths of Dockerfiles",), lambda: frozenset(f.where.source for f in files if not isinstance(f.secrets, Unknown))
    )


__all__ = ["Group", "dockerfiles_of", "groups", "sources", "told_in", "told_of_templates"]
