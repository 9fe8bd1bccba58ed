"""Regular expressions of Go's kind, run by Python's engine within bounds.

Go's engine takes linear time and has neither look-around nor back references. Python's may take exponential time, so the
repetitions of a pattern are counted first, and a search that could take too long is Unknown.
"""

import re
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Str, Value

from ..partial import Invalid

MAX_PATTERN = 500
MAX_WORK = 2_000_000
_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "digit": "0-9", "lower": "a-z", "upper": "A-Z", "space": r"\s", "word": r"\w",
    "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
}  # fmt: skip
_FOREIGN = re.compile(r"(?<!\\)(?:\\\\)*(?:\(\?(?:=|!|<=|<!|>|\(|P=|P>)|\\[1-9])")


def _compiled(pattern: str) -> re.Pattern[str]:
    if len(pattern) > MAX_PATTERN:
        raise Invalid("a regular expression that is too long")
    if _FOREIGN.search(pattern):
        raise Invalid("a regular expression that Go does not know")
    pattern = re.sub(r"\[:(\w+):\]", lambda m: _CLASSES.get(m[1], m[0]), pattern)
    pattern = pattern.replace(r"\z", r"\Z").replace("(?<", "(?P<")
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise Invalid(f"no regular expression: {error}") from error


def _too_long(pattern: re.Pattern[str], text: str) -> bool:
    """Whether backtracking could take more than the allowed work on this text."""
    from re import _parser  # type: ignore[attr-defined]

    def cost(items: Any) -> tuple[int, bool]:
        loops, nested = 0, False
        for operation, argument in items:
            name = str(operation)
            if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                _, most, inner = argument
                count, deeper = cost(inner)
                wide = most > 8
                nested = nested or deeper or (wide and (count > 0 or _branches(inner)))
                loops += count + wide
            elif name == "SUBPATTERN":
                count, deeper = cost(argument[3])
                loops, nested = loops + count, nested or deeper
            elif name == "BRANCH":
                counts = [cost(branch) for branch in argument[1]]
                loops += max((c for c, _ in counts), default=0)
                nested = nested or any(d for _, d in counts)
        return loops, nested

    def _branches(items: Any) -> bool:
        return any(
            str(op) == "BRANCH" or (str(op) == "SUBPATTERN" and _branches(arg[3])) or str(op) == "MAX_REPEAT" for op, arg in items
        )

    loops, nested = cost(_parser.parse(pattern.pattern, re.ASCII))
    size = len(text) + 1
    if nested:
        return size > 24
    return bool(size ** min(loops + 1, 20) > MAX_WORK and loops > 1) or size * (loops + 1) > 1_000_000


def _shaped(match: re.Match[str]) -> Value:
    if match.re.groupindex:
        return Map({name: _none(match[name]) for name in match.re.groupindex})
    if match.re.groups:
        return List([_none(group) for group in match.groups()])
    return Str(match[0])


def _none(value: str | None) -> Str | None:
    return None if value is None else Str(value)


def find(pattern: str, text: str) -> Value:
    """``regex``: the first match. Raises Invalid when there is none."""
    compiled = _compiled(str(pattern))
    if _too_long(compiled, str(text)):
        return Unknown("a regular expression that could take too long")
    match = compiled.search(str(text))
    if match is None:
        raise Invalid("regex(): the pattern matches nothing")
    return _shaped(match)


def find_all(pattern: str, text: str) -> Value:
    """``regexall``: every match."""
    compiled = _compiled(str(pattern))
    if _too_long(compiled, str(text)):
        return Unknown("a regular expression that could take too long")
    return List([_shaped(match) for match in compiled.finditer(str(text))])


def substitute(pattern: str, text: str, by: str) -> Value:
    """``replace`` with a pattern; ``$1`` and ``${name}`` in `by` stand for groups."""
    compiled = _compiled(pattern)
    if _too_long(compiled, text):
        return Unknown("a regular expression that could take too long")

    def one(match: re.Match[str]) -> str:
        def group(found: re.Match[str]) -> str:
            name = found[1] or found[2]
            try:
                return match[int(name) if name.isdigit() else name] or ""
            except (IndexError, ValueError):
                return ""

        return re.sub(r"\$(?:(\w+)|\{(\w+)\})", group, by)

    if len(text) * (len(by) + 1) > 5_000_000:
        return Unknown("a text of too many characters")
    return compiled.sub(one, text)
