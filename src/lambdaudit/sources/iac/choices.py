"""Choices that a configuration leaves open and itself bounds: parameters with a list of values, conditions, bool variables.

A reader tells the choices of what it read, and reads again with some of them decided. The cases of a choice exclude each other
and leave none out, so that what holds in all of them holds.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from lambdaudit.model.unknown import Unknown

MAX_CASES: Final = 64
"""Cases of one choice; one with more of them is none."""
_MOST_SHOWN: Final = 3
_LONGEST: Final = 40
_MOST_DEPENDENTS: Final = 300


@dataclass(frozen=True, slots=True)
class Other:
    """Any value but these."""

    than: frozenset[str]


Decided: TypeAlias = str | bool | Other
"""What is decided of a value: that it is a text, whether a comparison holds, or that it is none of some texts."""
Decisions: TypeAlias = Mapping[tuple[str, str], Decided]
"""What is decided, by the scope and the key of a choice."""


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome of a choice, and how to say it (``Stage=dev``, ``Stage is not prod``)."""

    label: str
    value: Decided


@dataclass(frozen=True, slots=True)
class Choice:
    """Something undecided with few outcomes.

    `scope` is the stack or root module that decides it, `key` is unique in it. `prefix` begins the addresses of the resources
    of that scope. `name` is what a person calls it, `words` are the names by which reasons speak of it: its own and those of the
    conditions and locals that depend on it.
    """

    scope: str
    key: str
    name: str
    cases: tuple[Case, ...]
    words: frozenset[str]
    prefix: str

    @property
    def id(self) -> tuple[str, str]:
        """What a decision is filed under."""
        return self.scope, self.key

    @property
    def owner(self) -> str:
        """The template or root module that the scope is a part of."""
        return self.scope.partition("#")[0]


Opening: TypeAlias = Callable[[], Sequence[Choice]]
"""Gives the choices of a scope, worked out when somebody asks."""


class Apart(Unknown, frozen=True, tag="unknown"):
    """A value that is not known, but for some texts that it is not."""

    than: frozenset[str] = frozenset()


def of_values(name: str, values: Iterable[str]) -> tuple[Case, ...]:
    """The cases of something that has one of these values."""
    return tuple(Case(_is(name, value), value) for value in dict.fromkeys(values))


def of_comparisons(name: str, literals: Iterable[str]) -> tuple[Case, ...]:
    """The cases of something free that is compared with these texts only: each of them, and anything else."""
    known = list(dict.fromkeys(literals))
    return (*of_values(name, known), Case(_is_none(name, known), Other(frozenset(known))))


def dependents(names: Iterable[str], users: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The names, and what uses them by way of others, the nearest first. `users` are the direct ones by name."""
    found, queue = set(names), deque(names)
    while queue and len(found) < _MOST_DEPENDENTS:
        for user in users.get(queue.popleft(), ()):
            if user not in found:
                found.add(user)
                queue.append(user)
    return frozenset(found)


def _short(value: str) -> str:
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _is(name: str, value: str) -> str:
    return f"{name}={_short(value)}" if value else f"{name} is empty"


def _is_none(name: str, values: Sequence[str]) -> str:
    if len(values) == 1:
        return f"{name} is not {_short(values[0])}" if values[0] else f"{name} is not empty"
    shown = [_short(value) or "empty" for value in values[:_MOST_SHOWN]]
    return f"{name} is none of {', '.join(shown)}{', …' if len(values) > _MOST_SHOWN else ''}"
