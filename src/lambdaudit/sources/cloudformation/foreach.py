"""``Fn::ForEach`` of the language extensions: loops written out, before anything else is evaluated."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Str, span_of

MAX_COPIES: Final = 20_000
"""Bodies that the loops of one template may be written out to."""
LOOP: Final = "Fn::ForEach::"

Resolver = Callable[[Any], Any]
"""Gives the value of a collection that is no literal: a list, or an Unknown."""


def has_loops(value: Any) -> bool:
    """Whether a loop stands anywhere in a tree."""
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            if any(isinstance(key, str) and key.startswith(LOOP) for key in one):
                return True
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return False


class Loops:
    """Writes loops out. `problems` are sentences about those that could not be."""

    def __init__(self, resolve: Resolver) -> None:
        self._resolve = resolve
        self._copies = 0
        self.problems: list[str] = []

    def expand(self, value: Any, scope: Mapping[str, str] | None = None) -> Any:
        """The tree with its loops written out and the variables of `scope` replaced."""
        scope = scope or {}
        if isinstance(value, dict):
            return self._object(value, scope)
        if isinstance(value, list):
            return List([self.expand(inner, scope) for inner in value], span_of(value))
        return Str(_replaced(value, scope), span_of(value)) if isinstance(value, str) and scope else value

    def _object(self, value: dict[str, Any], scope: Mapping[str, str]) -> Any:
        if len(value) == 1 and isinstance(name := value.get("Ref"), str) and name in scope:
            return Str(scope[name], span_of(name))
        made = Map((), span_of(value))
        keys_at = getattr(value, "keys_at", {})
        for key, inner in value.items():
            if isinstance(key, str) and key.startswith(LOOP):
                self._loop(key, inner, scope, made)
                continue
            name = _replaced(key, scope)
            made[name] = self.expand(inner, scope)
            if key in keys_at:
                made.keys_at[name] = keys_at[key]
        return made

    def _loop(self, key: str, body: Any, scope: Mapping[str, str], made: Map) -> None:
        if not (isinstance(body, list) and len(body) == 3 and isinstance(body[0], str) and isinstance(body[2], dict)):
            self._give_up(key, made, "a loop has a variable, a collection and an object")
            return
        variable, fragment = str(body[0]), body[2]
        collection = body[1] if isinstance(body[1], list) else self._resolve(self.expand(body[1], scope))
        members = [self._member(one) for one in collection] if isinstance(collection, list) else [None]
        if getattr(collection, "rest", None) or not all(isinstance(one, str | int) for one in members):
            reason = collection.reason if isinstance(collection, Unknown) else "its collection is not known"
            self._give_up(key, made, reason)
            return
        for member in members:
            self._copies += 1
            if self._copies > MAX_COPIES:
                self._give_up(key, made, f"the loops give more than {MAX_COPIES:,} copies")
                return
            inner = self._object(fragment, {**scope, variable: str(member)})
            for name, one in inner.items():
                made[name] = one
                made.keys_at[name] = inner.keys_at.get(name) or inner.span
            made.rest = made.rest or inner.rest

    def _member(self, member: Any) -> Any:
        return member if isinstance(member, str | int) else self._resolve(member)

    def _give_up(self, key: str, made: Map, reason: str) -> None:
        self.problems.append(f"{key} is not written out: {reason}")
        made.rest = Unknown(f"{key}: {reason}")


def _replaced(text: str, scope: Mapping[str, str]) -> str:
    """``${Variable}`` and ``&{Variable}`` (letters and digits of the value only) replaced by a loop's value."""
    if "{" not in text or not scope:
        return text

    def value(match: re.Match[str]) -> str:
        name = match[2]
        if name not in scope:
            return match[0]
        return scope[name] if match[1] == "$" else re.sub(r"[^A-Za-z0-9]", "", scope[name])

    return re.sub(r"([$&])\{([A-Za-z0-9]+)\}", value, text)
