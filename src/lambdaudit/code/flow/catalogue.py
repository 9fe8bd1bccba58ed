"""The data files of the engine: read when first needed, from the package."""

from functools import lru_cache
from importlib import resources
from typing import Any

Arguments = tuple[int | str, ...]


@lru_cache(maxsize=32)
def load(name: str) -> dict[str, Any]:
    """The content of ``catalogue/<name>.yaml``; {} when there is no such file."""
    import yaml

    file = resources.files(__package__).joinpath("catalogue", *f"{name}.yaml".split("/"))
    if not file.is_file():
        return {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(file.read_bytes(), Loader=loader) or {})


class Sink:
    """A call that does harm with a foreign argument.

    `arguments` are positions and keyword names (empty: all); `check` names a further test (``shell``, ``url`` …), `labels`
    which data does harm here, `trust` the highest confidence, `receiver` whether the object itself is the argument.
    """

    __slots__ = ("arguments", "check", "kind", "labels", "name", "note", "trust")

    def __init__(self, kind: str, name: str, row: dict[str, Any]) -> None:
        self.kind, self.name = kind, name
        self.arguments: Arguments = tuple(row.get("arguments", ()))
        self.check: str = row.get("check", "")
        self.labels: frozenset[str] = frozenset(row.get("labels", ("event", "stored", "identity")))
        self.trust: int = int(row.get("trust", 2))
        self.note: str = row.get("note", "")


class Catalogue:
    """What is known about the libraries of a language.

    `sinks` by name of the call; `types` the type that a call or item gives, by name; `attributes` the
    same for attributes; `members` the type of every attribute that is no method; `cleaners` kinds of harm that a call makes its
    first argument harmless for; `silent` calls whose result is not made of their arguments; `sources` labels of what a call or
    attribute gives; `reading` calls that read the file at the path that they are given; `ends` calls that do not come back;
    `texts` calls that give a text or bytes; `suffixes` types by the last part of a name on things of unknown type.
    """

    def __init__(self, language: str) -> None:
        sinks = load(f"{language}/sinks")
        self.sinks: dict[str, list[Sink]] = {}
        self.by_method: dict[str, list[Sink]] = {}
        for kind, rows in sinks.items():
            for row in rows:
                for name in row["calls"]:
                    sink = Sink(kind, name, row)
                    if name.startswith("*."):
                        self.by_method.setdefault(name[2:], []).append(sink)
                    else:
                        self.sinks.setdefault(name, []).append(sink)
        types = load(f"{language}/types")
        self.types: dict[str, str] = {name: kind for kind, names in types.get("types", {}).items() for name in names}
        attributes = types.get("attributes")
        self.attributes: dict[str, str] = (
            self.types if attributes is None else {name: kind for kind, names in attributes.items() for name in names}
        )
        self.members: dict[str, str] = types.get("members", {})
        self.suffixes: dict[str, str] = types.get("suffixes", {})
        self.hints: dict[str, str] = types.get("hints", {})
        flows = load(f"{language}/flows")
        self.cleaners: dict[str, frozenset[str]] = {
            name: frozenset(row["kinds"]) for row in flows.get("cleaners", ()) for name in row["calls"]
        }
        self.checks: dict[str, frozenset[str]] = {
            name: frozenset(row["kinds"]) for row in flows.get("checks", ()) for name in row["calls"]
        }
        self.reading: frozenset[str] = frozenset(flows.get("reading", ()))
        self.texts: frozenset[str] = frozenset(flows.get("texts", ()))
        self.ends: frozenset[str] = frozenset(flows.get("ends", ()))
        self.silent: frozenset[str] = frozenset(flows.get("silent", ()))
        self.silent_prefixes: tuple[str, ...] = tuple(name[:-1] for name in self.silent if name.endswith("*"))
        self.passing: tuple[str, ...] = tuple(flows.get("passing", ()))
        self.sources: dict[str, tuple[str, str]] = {
            name: (row["label"], row.get("source", name)) for row in flows.get("sources", ()) for name in row["names"]
        }

    def is_silent(self, name: str) -> bool:
        """Whether the result of a call has nothing of its arguments in it."""
        return name in self.silent or name.startswith(self.silent_prefixes)


@lru_cache(maxsize=8)
def of_language(language: str) -> Catalogue:
    """The catalogue of a language."""
    return Catalogue(language)
