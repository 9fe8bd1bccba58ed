"""What the trying of choices is made of: verdicts, the choices that their reasons name, outcomes, and witnesses in words."""

import enum
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.finding import Finding, NotAssessed
from lambdaudit.sources.iac.choices import Choice

MAX_WITNESSES: Final = 3
_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_NAME: Final = re.compile(r"\b(?:(var|local)\.|variable )([\w-]+)")
_MOST_NAMES: Final = 5
Path: TypeAlias = tuple[tuple[Choice, int], ...]
"""Choices that are made, each with the number of its case; sorted."""


class Outcome(enum.Enum):
    """What a rule says of an asset in one combination; ABSENT: the asset is not there."""

    FAIL = enum.auto()
    PASS = enum.auto()
    NOT_APPLICABLE = enum.auto()
    ABSENT = enum.auto()
    OPEN = enum.auto()


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """An open verdict: its row, the asset, and the address of the resource that makes it."""

    row: NotAssessed
    asset: AnyAsset
    address: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of one way through the choices. `complete`: nothing else stayed open there."""

    path: Path
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    complete: bool = True


@dataclass(slots=True)
class Group:
    """The choices of one template or root module, and the verdicts that name them."""

    name: str
    choices: list[Choice]
    verdicts: list[Verdict]


@lru_cache(maxsize=2048)
def _words(reason: str) -> frozenset[str]:
    """The names in a reason. Those of Terraform, which may be words like any other, count where they stand as names only."""
    named = (f"{kind or 'var'}.{name}" for kind, name in _NAME.findall(reason))
    return frozenset((*_WORD.findall(reason), *named))


def grouped(verdicts: Iterable[Verdict], choices: Iterable[Choice]) -> list[Group]:
    """The verdicts by the template whose choices they name: first their own, else the first that has one of that name."""
    groups: dict[str, Group] = {}
    for choice in choices:
        groups.setdefault(choice.owner, Group(choice.owner, [], [])).choices.append(choice)
    for verdict in verdicts if groups else ():
        words = _words(verdict.row.reason)
        naming = [group for group in groups.values() if any(choice.words & words for choice in group.choices)]
        own = [g for g in naming if any(verdict.address.startswith(choice.prefix) for choice in g.choices)]
        if naming:
            max(own, key=lambda g: len(g.choices[0].prefix), default=naming[0]).verdicts.append(verdict)
    return [group for group in groups.values() if group.verdicts]


def named_choices(reasons: Sequence[str], path: Path, choices: Sequence[Choice]) -> dict[str, Choice]:
    """The choice that is made next for each reason: of those that it names the one that most of them name.

    A reason that names none that is not made yet is left out.
    """
    made = {choice.id for choice, _ in path}
    times = Counter(reasons)
    named = {
        reason: [choice for choice in choices if choice.id not in made and choice.words & _words(reason)] for reason in times
    }
    votes: Counter[tuple[str, str]] = Counter()
    for reason, found in named.items():
        for choice in found:
            votes[choice.id] += times[reason]
    return {
        reason: min(found, key=lambda choice: (-votes[choice.id], len(choice.cases))) for reason, found in named.items() if found
    }


def whatever(leaves: Sequence[Leaf]) -> str:
    """What a verdict does not depend on, in words: ``whatever Stage is``."""
    names = list(dict.fromkeys(choice.name for leaf in leaves for choice, _ in leaf.path))
    return f"whatever {names[0]} is" if len(names) == 1 else f"whatever {names_of(names)} are"


def names_of(names: Sequence[str]) -> str:
    """Some names in words, each once, the first few of them."""
    shown = list(dict.fromkeys(names))
    if len(shown) > _MOST_NAMES:
        shown = [*shown[: _MOST_NAMES - 1], f"{len(shown) - _MOST_NAMES + 1} more"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]


def witness(leaves: Sequence[Leaf], fails: Callable[[Leaf], bool]) -> str:
    """The shortest combinations in which a verdict fails, in words."""
    found: dict[str, int] = {}
    for leaf in leaves:
        if fails(leaf):
            path = _shortest(leaf.path, leaves, fails)
            found.setdefault(" and ".join(choice.cases[number].label for choice, number in path), len(path))
    told = sorted(found, key=lambda words: found[words])
    more = f", and in {len(told) - MAX_WITNESSES} more cases" if len(told) > MAX_WITNESSES else ""
    return ", or when ".join(told[:MAX_WITNESSES]) + more


def _shortest(path: Path, leaves: Sequence[Leaf], fails: Callable[[Leaf], bool]) -> Path:
    """The path without the choices that make no difference to the failing."""
    for one in path:
        shorter = tuple(other for other in path if other is not one)
        wanted = {choice.id: choice.cases[number].label for choice, number in shorter}
        if all(fails(leaf) for leaf in leaves if _fits(leaf.path, wanted)):
            path = shorter
    return path


def _fits(path: Path, wanted: Mapping[tuple[str, str], str]) -> bool:
    """Whether a path decides nothing otherwise."""
    return all(wanted.get(choice.id, label) == label for choice, number in path for label in [choice.cases[number].label])
