"""Sets of actions as bit masks over all known actions, with stand-ins for actions and services that AWS adds later.

A question may name actions that the catalogue does not know; they get bits of their own behind the known ones.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from lambdaudit.iam.automaton import Glob, glob_of, sample
from lambdaudit.iam.patterns import Wild, action_pattern, parse_template

FUTURE_ACTION: Final = "~later"
FUTURE_SERVICE: Final = "any-later-service"


def phrase(names: Sequence[str]) -> str:
    """Actions as words of a sentence, the first two by name."""
    known = [name for name in names if not is_later(name)]
    if not known:
        services = list(dict.fromkeys(name.partition(":")[0] for name in names))
        return "actions that AWS adds later" if len(services) != 1 else f"actions that AWS adds to {services[0]} later"
    if len(known) <= 2:
        return " and ".join(known)
    return f"{known[0]}, {known[1]} and {len(known) - 2} more actions"


def is_later(name: str) -> bool:
    """Whether a name stands for actions that AWS adds later."""
    return name.endswith(f":{FUTURE_ACTION}")


class Catalogue:
    """All known actions, one bit each. Actions of a service are neighbours; its last bit stands for later ones."""

    def __init__(self, names: Iterable[str]) -> None:
        by_service: dict[str, list[str]] = {}
        for name in names:
            by_service.setdefault(name.partition(":")[0].lower(), []).append(name)
        self.names: list[str] = []
        self._services: dict[str, tuple[int, int]] = {}
        self._bits: dict[str, int] = {}
        for service in sorted(by_service):
            first = len(self.names)
            self.names.extend(sorted(by_service[service]))
            self.names.append(f"{service}:{FUTURE_ACTION}")
            self._services[service] = (first, len(self.names))
        self.names.append(f"{FUTURE_SERVICE}:{FUTURE_ACTION}")
        self._services[FUTURE_SERVICE] = (len(self.names) - 1, len(self.names))
        for bit, name in enumerate(self.names):
            self._bits[name.lower()] = bit
        self.full = (1 << len(self.names)) - 1
        self._masks: dict[str, int] = {}

    def mask(self, pattern: str) -> int:
        """The actions that a pattern of an Action element matches."""
        found = self._masks.get(pattern)
        if found is None:
            if len(self._masks) > 50_000:
                self._masks.clear()
            found = self._masks[pattern] = self._mask(pattern.lower())
        return found

    def _mask(self, pattern: str) -> int:
        if pattern == "*":
            return self.full
        if "*" not in pattern and "?" not in pattern:
            bit = self._bits.get(pattern)
            return 0 if bit is None else 1 << bit
        service, colon, _ = pattern.partition(":")
        if colon and "*" not in service and "?" not in service:
            span = self._services.get(service)
            return 0 if span is None else self._matching(pattern, *span)
        return self._matching(pattern, 0, len(self.names))

    def _matching(self, pattern: str, first: int, last: int) -> int:
        if pattern.endswith(":*") and "*" not in pattern[:-1]:
            return (1 << last) - (1 << first)
        matches = action_pattern(pattern)
        mask = 0
        for bit in range(first, last):
            if matches(self.names[bit]):
                mask |= 1 << bit
        return mask

    def service(self, name: str) -> int:
        """All actions of a service, the later ones included."""
        first, last = self._services.get(name, (0, 0))
        return (1 << last) - (1 << first)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue that ships with the package."""
    from lambdaudit.iam.actions import action_names

    return Catalogue(action_names())


class Space:
    """The actions of one question: the catalogue and the names that only the question's policies know."""

    def __init__(self, patterns: Iterable[str], known: Catalogue | None = None) -> None:
        self.known = known or catalogue()
        extras: dict[str, None] = {}
        for pattern in patterns:
            if not self.known.mask(pattern):
                text = sample(_tokens(pattern), "Example")
                extras[text if ":" in text else f"{text}:Example"] = None
        self.extras = tuple(extras)
        self._shift = len(self.known.names)
        self.full = self.known.full | (((1 << len(extras)) - 1) << self._shift)
        self._masks: dict[str, int] = {}

    def mask(self, pattern: str) -> int:
        """The actions of the question that a pattern matches."""
        if not self.extras:
            return self.known.mask(pattern)
        found = self._masks.get(pattern)
        if found is None:
            found = self.known.mask(pattern)
            matches = action_pattern(pattern)
            for number, name in enumerate(self.extras):
                if matches(name):
                    found |= 1 << (self._shift + number)
            self._masks[pattern] = found
        return found

    def union(self, patterns: Iterable[str]) -> int:
        """The actions that any of the patterns matches."""
        mask = 0
        for pattern in patterns:
            mask |= self.mask(pattern)
        return mask

    def name(self, bit: int) -> str:
        """The action of a bit."""
        return self.known.names[bit] if bit < self._shift else self.extras[bit - self._shift]

    def every_name(self, mask: int) -> list[str]:
        """The actions of a mask in order, the stand-ins for later ones included."""
        found = []
        while mask:
            low = mask & -mask
            found.append(self.name(low.bit_length() - 1))
            mask ^= low
        return found

    def names(self, mask: int) -> list[str]:
        """The actions of a mask in order, real ones only."""
        return [name for name in self.every_name(mask) if not is_later(name)]

    def service(self, name: str) -> int:
        """All actions of a service, unknown ones that the policies name included."""
        mask = self.known.service(name)
        for number, extra in enumerate(self.extras):
            if extra.partition(":")[0].lower() == name:
                mask |= 1 << (self._shift + number)
        return mask


def _tokens(pattern: str) -> Glob:
    return glob_of([part for part in parse_template(pattern, variables=False).parts if isinstance(part, (str, Wild))])


def split(full: int, masks: Sequence[int]) -> list[int]:
    """The coarsest classes of `full` in which no mask can tell two actions apart, in order of their first action."""
    classes = [full] if full else []
    for mask in dict.fromkeys(masks):
        following: list[int] = []
        for part in classes:
            inside = part & mask
            if inside and inside != part:
                following.append(inside)
                following.append(part & ~mask)
            else:
                following.append(part)
        classes = following
    return sorted(classes, key=lambda part: part & -part)
