"""What a regular expression lets through: the characters that a text that matches can have."""

import re
from functools import lru_cache

_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_DIGIT = frozenset("0123456789")
_SPACE = frozenset(" \t\n\r\f\v")
_EVERY = frozenset(chr(code) for code in range(128))
_CLASSES = {"w": _WORD, "d": _DIGIT, "s": _SPACE, "W": _EVERY - _WORD, "D": _EVERY - _DIGIT, "S": _EVERY - _SPACE}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_LIMIT = 2000

PLAIN = _WORD | {"-"}
_DANGEROUS = {
    "path": frozenset("/\\"),
    "process": _EVERY - _WORD - frozenset("-./:@=,+%"),
    "sql": _EVERY - _WORD - frozenset("-.:@,/+"),
    "request": frozenset("./:@?#\\%"),
    "redirect": frozenset("./:@\\%"),
    "code-evaluation": _EVERY - _WORD - frozenset("-."),
    "header": frozenset("\r\n"),
    "log-injection": frozenset("\r\n"),
    "xss": frozenset("<>\"'&`"),
    "template": frozenset("{}$<%#"),
    "ldap": frozenset("()*\\\0&|!="),
    "xpath": frozenset("'\"[]()/"),
    "regex": frozenset("()[]*+?{}|\\^$."),
    "nosql": frozenset("{}$\"'"),
    "xml": frozenset("<&"),
}


@lru_cache(maxsize=2048)
def alphabet(pattern: str) -> frozenset[str] | None:
    """The ASCII characters that may occur in a text that the pattern matches as a whole; None when that is not decided."""
    if len(pattern) > _LIMIT:
        return None
    found: set[str] = set()
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            escape = pattern[position + 1]
            position += 2
            if escape in "bBAZzG":
                continue
            if escape in "pPkx u":
                return None
            found |= _CLASSES.get(escape, frozenset(_ESCAPES.get(escape, escape)))
        elif char == "[":
            members, position = _class(pattern, position + 1)
            if members is None:
                return None
            found |= members
        elif char == ".":
            return None
        elif char == "(":
            position = _group(pattern, position)
            if position < 0:
                return None
        elif char == "{":
            end = pattern.find("}", position)
            if end < 0:
                return None
            position = end + 1
        else:
            if char not in "^$)*+?|":
                found.add(char)
            position += 1
    return frozenset(found)


def _group(pattern: str, position: int) -> int:
    """The place behind the head of a group; -1 for look-arounds, which constrain and do not match."""
    if not pattern.startswith("(?", position):
        return position + 1
    for head in ("(?:", "(?i:", "(?s:", "(?m:"):
        if pattern.startswith(head, position):
            return position + len(head)
    if pattern.startswith(("(?P<", "(?<"), position) and not pattern.startswith(("(?<=", "(?<!"), position):
        end = pattern.find(">", position)
        return end + 1 if end > 0 else -1
    for flags in ("(?i)", "(?a)", "(?x)", "(?u)"):
        if pattern.startswith(flags, position):
            return position + len(flags)
    return -1


def _class(pattern: str, position: int) -> tuple[frozenset[str] | None, int]:
    """The members of a character class and the place behind it."""
    negated = pattern.startswith("^", position)
    position += negated
    found: set[str] = set()
    previous = ""
    first = True
    while position < len(pattern):
        char = pattern[position]
        if char == "]" and not first:
            members = frozenset(found)
            return (_EVERY - members if negated else members), position + 1
        first = False
        if char == "\\" and position + 1 < len(pattern):
            escape = pattern[position + 1]
            position += 2
            if escape in _CLASSES:
                found |= _CLASSES[escape]
                previous = ""
                continue
            if escape in "pPxu":
                return None, position
            char = _ESCAPES.get(escape, escape)
            found.add(char)
            previous = char
            continue
        if char == "-" and previous and position + 1 < len(pattern) and pattern[position + 1] != "]":
            end = pattern[position + 1]
            step = 2
            if end == "\\" and position + 2 < len(pattern):
                end = pattern[position + 2]
                step = 3
            if ord(end) < 128:
                found |= {chr(code) for code in range(ord(previous), ord(end) + 1)}
            else:
                found |= {chr(code) for code in range(ord(previous), 128)}
            position += step
            previous = ""
            continue
        found.add(char)
        previous = char
        position += 1
    return None, position


@lru_cache(maxsize=2048)
def excluded(pattern: str, whole: bool) -> frozenset[str]:
    """The kinds of harm that a text cannot do when the pattern matches it; `whole` if the call matches the whole text."""
    if not whole and not _anchored(pattern):
        return frozenset()
    return harmless(alphabet(pattern))


def harmless(letters: frozenset[str] | None) -> frozenset[str]:
    """The kinds of harm that a text made of some letters cannot do."""
    if letters is None:
        return frozenset()
    if letters <= PLAIN:
        return frozenset({"*"})
    return frozenset(kind for kind, bad in _DANGEROUS.items() if not letters & bad) | {"cloud-target", "argument"}


def _anchored(pattern: str) -> bool:
    """Whether a match from the start must reach the end (``$`` lets one line break through, which is taken as harmless)."""
    if "|" in pattern and not pattern.rstrip("$").endswith(")"):
        return False
    return pattern.endswith(("$", "\\Z", "\\z")) and not pattern.endswith("\\$")


def anchored_both(pattern: str) -> bool:
    """Whether a search must match the whole text."""
    return pattern.startswith(("^", "\\A")) and _anchored(pattern)


@lru_cache(maxsize=512)
def one_letter(pattern: str) -> frozenset[str]:
    """The letters of which each match of the pattern is exactly one; none where a match can be anything else."""
    if pattern.startswith("[") and not pattern.startswith("[^"):
        members, end = _class(pattern, 1)
        return members if members is not None and end == len(pattern) else frozenset()
    parts = [part.removeprefix("\\") for part in pattern.removeprefix("(").removesuffix(")").split("|")]
    known = all(len(part) == 1 and part not in ".()[]*+?^$" for part in parts)
    return frozenset(parts) if known else frozenset()


def left_after_change(changes: dict[str, str]) -> frozenset[str]:
    """The kinds of harm that are excluded when letters of a text are replaced by other texts."""
    left = (_EVERY - frozenset(changes)) | frozenset("".join(changes.values()))
    markup = frozenset({"xss"}) if "<" not in left else frozenset()
    escaped = frozenset({"ldap"}) if frozenset("()*\\") <= changes.keys() and not left & frozenset("()*") else frozenset()
    return harmless(left) | markup | escaped


@lru_cache(maxsize=512)
def left_after_removal(pattern: str) -> frozenset[str]:
    """The kinds of harm that are excluded when every match of the pattern is taken out of a text (or none is found)."""
    body = pattern.removesuffix("+").removesuffix("*")
    if not body.startswith("[^") or body.find("]", 3) != len(body) - 1:
        if body in ("\\W",):
            return harmless(_WORD)
        if body.startswith("[") and body.endswith("]"):
            members, end = _class(body, 1)
            return harmless(_EVERY - members) if members is not None and end == len(body) else frozenset()
        return frozenset()
    members, _ = _class(body, 1)
    return harmless(_EVERY - members) if members is not None else frozenset()


_FIXED_HOST = re.compile(
    r"\^?https\??:(?://|\\/\\/)(?:[\w-]|\\[.-]|\[[\w-]+\][+*]?|\((?:\?:)?(?:[\w|-]|\\[.-]|\[[\w-]+\][+*]?)+\)\??)+(?::\d+)?(?:/|\\/|$|\$)"
)


def fixed_host(pattern: str) -> bool:
    """Whether an address that matches from its start has one of the hosts that stand in the pattern."""
    return len(pattern) < _LIMIT and "\\." in pattern and _FIXED_HOST.match(pattern) is not None


_GROUP_NAME = re.compile(r"\(\?P?<(\w+)>")


@lru_cache(maxsize=512)
def captured(pattern: str) -> tuple[tuple[str, str], ...]:
    """Name ("" for none) and pattern of each group that captures, in order; () when that is not decided."""
    found: list[tuple[str, str]] = []
    opened: list[tuple[int, int]] = []
    position = 0
    while position < len(pattern) and len(pattern) < _LIMIT:
        char = pattern[position]
        if char == "\\":
            position += 1
        elif char == "[":
            members, end = _class(pattern, position + 1)
            if members is None:
                return ()
            position = end - 1
        elif char == "(":
            name = _GROUP_NAME.match(pattern, position)
            captures = name is not None or not pattern.startswith("(?", position)
            opened.append((len(found) if captures else -1, _group(pattern, position)))
            if captures:
                found.append((name.group(1) if name is not None else "", ""))
        elif char == ")":
            number, start = opened.pop() if opened else (-1, -1)
            if number >= 0 and start > 0:
                found[number] = (found[number][0], pattern[start:position])
        position += 1
    return tuple(found) if not opened else ()
