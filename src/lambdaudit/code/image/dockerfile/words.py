"""Variables in the words of a Dockerfile: ``$NAME``, ``${NAME:-word}`` and the other forms, with values that may be open.

See "Environment replacement" in https://docs.docker.com/reference/dockerfile/.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

LONGEST = 20_000
"""Characters of a value after replacement; longer ones are cut."""
_DEEPEST = 12
_NAME = re.compile(r"[A-Za-z_]\w*|\d+|[@*#?$!-]")
_SPACE = re.compile(r"\s+")


class Value(NamedTuple):
    """The text of a variable or word. `open` are build arguments whose value is not known, `given` all that flow into it."""

    text: str
    open: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def __add__(self, other: object) -> "Value":
        if not isinstance(other, Value):
            return NotImplemented
        return Value((self.text + other.text)[:LONGEST], self.open | other.open, self.given | other.given)


EMPTY = Value("")
Lookup = Callable[[str], Value | None]
"""The value of a variable, None where it is not set."""


def expanded(text: str, lookup: Lookup, escape: str = "\\") -> Value:
    """A word with its variables replaced and its quotes taken away. Raises nothing: broken replacements stay as written."""
    return _Expander(text[:LONGEST], lookup, escape).until("")


def split(text: str, escape: str = "\\") -> Iterator[tuple[str, int]]:
    """The words of a line, quotes and escapes kept, each with its offset."""
    at, start, quote = 0, -1, ""
    while at < len(text):
        char = text[at]
        if not quote and char.isspace():
            if start >= 0:
                yield text[start:at], start
            start = -1
        else:
            start = at if start < 0 else start
            if char == escape and quote != "'" and at + 1 < len(text):
                at += 1
            elif char == quote:
                quote = ""
            elif not quote and char in "\"'":
                quote = char
        at += 1
    if start >= 0:
        yield text[start:], start


def pairs(text: str, escape: str = "\\") -> Iterator[tuple[str, str, int]]:
    """Name, written value and offset of what ENV and LABEL set: ``A=1 B="two words"``, or the old form ``A one value``."""
    words = list(split(text, escape))
    if words and "=" not in words[0][0]:
        name = words[0][0]
        rest = _SPACE.match(text, words[0][1] + len(name))
        if rest:
            yield name, text[rest.end() :], 0
        return
    for word, at in words:
        name, equals, value = word.partition("=")
        if equals and name:
            yield name, value, at


class _Expander:
    """Goes through one word."""

    def __init__(self, text: str, lookup: Lookup, escape: str) -> None:
        self._text = text
        self._lookup = lookup
        self._escape = escape
        self._at = 0
        self._depth = 0

    def until(self, stop: str, *, raw: bool = False) -> Value:
        """What stands before an unquoted `stop` character, or all; the stop is passed. `raw` keeps escapes, for patterns."""
        found: list[str] = []
        value = EMPTY
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == stop:
                self._at += 1
                break
            if char == "$":
                value += Value("".join(found)) + self._dollar()
                found = []
                continue
            self._at += 1
            if char == "'":
                end = self._text.find("'", self._at)
                end = len(self._text) if end < 0 else end
                found.append(self._text[self._at : end])
                self._at = end + 1
            elif char == '"':
                value += Value("".join(found)) + self._quoted()
                found = []
            elif char == self._escape and self._at < len(self._text):
                found.append((char if raw else "") + self._text[self._at])
                self._at += 1
            else:
                found.append(char)
        return value + Value("".join(found))

    def _quoted(self) -> Value:
        found: list[str] = []
        value = EMPTY
        while self._at < len(self._text):
            char = self._text[self._at]
            if char == "$":
                value += Value("".join(found)) + self._dollar()
                found = []
                continue
            self._at += 1
            if char == '"':
                break
            if char == self._escape and self._text[self._at : self._at + 1] in ('"', "$", self._escape):
                char = self._text[self._at : self._at + 1]
                self._at += 1
            found.append(char)
        return value + Value("".join(found))

    def _dollar(self) -> Value:
        start = self._at
        self._at += 1
        braced = self._text[self._at : self._at + 1] == "{"
        self._at += braced
        match = _NAME.match(self._text, self._at)
        if match is None:
            return Value(self._text[start : self._at])
        self._at = match.end()
        value = self._lookup(match[0])
        if not braced:
            return value or EMPTY
        self._depth += 1
        try:
            found = self._modified(value) if self._depth <= _DEEPEST else None
        finally:
            self._depth -= 1
        if found is None:
            self._at = max(self._at, start + 1)
            return Value(self._text[start : self._at])
        return found

    def _modified(self, value: Value | None) -> Value | None:
        """What ``${NAME…}`` stands for, from behind the name on; None for a form that does not exist."""
        sign = self._text[self._at : self._at + 1]
        self._at += 1
        if sign == "}":
            return value or EMPTY
        empty_too = sign == ":"
        if empty_too:
            sign = self._text[self._at : self._at + 1]
            self._at += 1
        if sign in ("-", "+", "?") and sign:
            return _chosen(sign, value, self.until("}"), empty_too=empty_too)
        if sign in ("#", "%") and sign and not empty_too:
            greedy = self._text[self._at : self._at + 1] == sign
            self._at += greedy
            return _trimmed(value or EMPTY, self.until("}", raw=True), sign, greedy=greedy)
        if sign == "/" and not empty_too:
            everywhere = self._text[self._at : self._at + 1] == "/"
            self._at += everywhere
            pattern = self.until("/", raw=True)
            return _replaced(value or EMPTY, pattern, self.until("}"), everywhere=everywhere)
        return None


def _chosen(sign: str, value: Value | None, word: Value, *, empty_too: bool) -> Value:
    missing = value is None or (empty_too and not value.text and not value.open)
    if value is not None and value.open and empty_too and not value.text:
        # Whether it will be given is not known: both ways count.
        given = value.given | word.given
        return Value("", value.open | word.open, given)
    if sign == "-":
        return word if missing or value is None else value
    if sign == "+":
        return EMPTY if missing else word
    return value or EMPTY


def _pattern(pattern: str, *, greedy: bool) -> str:
    """A shell pattern of ``*`` and ``?`` as a regular expression."""
    parts = []
    escaped = False
    for char in pattern[:200]:
        if escaped or char not in "*?\\":
            parts.append(re.escape(char))
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            parts.append("." if char == "?" else ".*" if greedy else ".*?")
    return "".join(parts)


def _stars(pattern: str) -> bool:
    """Whether a pattern is cheap to match: few stars."""
    return pattern.count("*") <= 2


def _trimmed(value: Value, pattern: Value, sign: str, *, greedy: bool) -> Value:
    joined = value + Value("", pattern.open, pattern.given)
    if joined.open or not _stars(pattern.text) or len(value.text) > 300:
        return joined
    wanted = _pattern(pattern.text, greedy=greedy)
    if sign == "#":
        match = re.match(wanted, value.text, re.DOTALL)
        return joined._replace(text=value.text[match.end() :]) if match else joined
    starts = range(len(value.text) + 1) if greedy else range(len(value.text), -1, -1)
    whole = re.compile(_pattern(pattern.text, greedy=True), re.DOTALL)
    cut = next((at for at in starts if whole.fullmatch(value.text, at)), None)
    return joined if cut is None else joined._replace(text=value.text[:cut])


def _replaced(value: Value, pattern: Value, by: Value, *, everywhere: bool) -> Value:
    joined = value + Value("", pattern.open | by.open, pattern.given | by.given)
    if joined.open or not pattern.text or not _stars(pattern.text) or len(value.text) > 300:
        return joined
    wanted = re.compile(_pattern(pattern.text, greedy=True), re.DOTALL)
    text = wanted.sub(lambda _: by.text, value.text, count=0 if everywhere else 1)
    return joined._replace(text=text[:LONGEST])


__all__ = ["EMPTY", "LONGEST", "Lookup", "Value", "expanded", "pairs", "split"]
