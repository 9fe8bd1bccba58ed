"""Functions on texts."""

import re
from collections.abc import Callable
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Span, Str, Text, Value

from ..partial import Invalid, is_open, json_dumps, reason, text, to_number, to_text
from .collections import _listed
from .patterns import find, find_all, substitute

_VERB = re.compile(r"%(?:\[(\d{1,3})\])?([-+ #0]*)(\d{1,4})?(?:\.(\d{1,4}))?([a-zA-Z%])")


def _why(value: Value) -> Unknown:
    return reason(value) or Unknown("a text that is not known")


def join(values: list[Value], at: Span) -> Value:
    """All members of all lists with a separator between them."""
    separator = values[0]
    pieces: list[Value] = []
    rest: Unknown | None = None
    for value in values[1:]:
        inner, more = _listed(value)
        pieces.extend(inner)
        rest = rest or more
    found: list[Value] = []
    for number, piece in enumerate(pieces):
        if number:
            found.append(separator)
        found.append(piece)
    return text([*found, rest] if rest else found, at)


def format_(values: list[Value], at: Span) -> Value:
    """``format``: a text with verbs for the arguments."""
    template = values[0]
    if not isinstance(template, str):
        return _why(template)
    parts: list[Value] = []
    position, number = 0, 1
    for match in _VERB.finditer(template):
        parts.append(template[position : match.start()])
        position = match.end()
        if match[5] == "%":
            parts.append("%")
            continue
        if match[1]:
            number = int(match[1])
        if not 0 < number < len(values):
            raise Invalid("format(): an argument is missing")
        parts.append(_verb(match, values[number], at))
        number += 1
    parts.append(template[position:])
    return text(parts, at)


def _verb(match: re.Match[str], value: Value, at: Span) -> Value:
    _, flags, width, precision, verb = match.groups()
    if is_open(value):
        return value if verb in "sv" and not width else _why(value)
    made = _formatted(verb, flags, precision, value, at)
    if not isinstance(made, str) or not width:
        return made
    size = min(int(width), 1024)
    if "-" in flags:
        return made.ljust(size)
    if "0" in flags and verb in "dfegxXob":
        return made.zfill(size)
    return made.rjust(size)


def _formatted(verb: str, flags: str, precision: str | None, value: Value, at: Span) -> Value:
    if verb == "v":
        if value is None:
            return "null"
        return json_dumps(value, at) if isinstance(value, list | dict) else to_text(value)
    if value is None:
        raise Invalid("format(): null")
    if verb == "s":
        made = to_text(value)
        return made[: int(precision)] if precision and isinstance(made, str) else made
    if verb == "q":
        return json_dumps(to_text(value), at)
    if verb == "t":
        return to_text(value)
    number = to_number(value)
    plus = "+" if "+" in flags else " " if " " in flags else ""
    if verb in "dbxXo":
        return f"{int(number):{plus}{verb}}"
    if verb in "feEgG":
        return f"{float(number):{plus}.{min(int(precision), 100) if precision else 6}{verb}}"
    raise Invalid(f"format(): no verb %{verb}")


def formatlist(values: list[Value], at: Span) -> Value:
    """``format`` for each member of the lists among the arguments."""
    lists = [v for v in values[1:] if isinstance(v, list)]
    rest = next((r for v in lists if (r := getattr(v, "rest", None))), None)
    if rest or any(isinstance(v, Unknown) for v in values):
        return List((), at, rest or next(v for v in values if isinstance(v, Unknown)))
    size = len(lists[0]) if lists else 1
    if any(len(v) != size for v in lists):
        raise Invalid("formatlist(): lists of different length")
    rows = [[v[i] if isinstance(v, list) else v for v in values] for i in range(size)]
    return List([format_(row, at) for row in rows], at)


def _by_part(work: Callable[[str], str]) -> Callable[[list[Value], Span], Value]:
    """A function that changes each character for itself: the holes of a text become unknown."""

    def apply(values: list[Value], at: Span) -> Value:
        value = to_text(values[0]) if values[0] is not None else values[0]
        if isinstance(value, str):
            return Str(work(value), at)
        if isinstance(value, Text):
            return text([work(p) if isinstance(p, str) else _why(p) for p in value.parts], at)
        return _why(value)

    return apply


def _capitals(value: str) -> str:
    """Capital letters; one that would become two stays, as in Go."""
    return value.upper() if value.isascii() else "".join(u if len(u := sign.upper()) == 1 else sign for sign in value)


def trimprefix(values: list[Value], at: Span) -> Value:
    """A text without a prefix."""
    value, prefix = values
    if isinstance(value, str) and isinstance(prefix, str):
        return value.removeprefix(prefix)
    if (
        isinstance(value, Text)
        and isinstance(prefix, str)
        and isinstance(first := value.parts[0], str)
        and len(first) >= len(prefix)
    ):
        return text([first.removeprefix(prefix), *value.parts[1:]], at)
    return _why(value)


def trimsuffix(values: list[Value], at: Span) -> Value:
    """A text without a suffix."""
    value, suffix = values
    if isinstance(value, str) and isinstance(suffix, str):
        return value.removesuffix(suffix)
    if (
        isinstance(value, Text)
        and isinstance(suffix, str)
        and isinstance(last := value.parts[-1], str)
        and len(last) >= len(suffix)
    ):
        return text([*value.parts[:-1], last.removesuffix(suffix)], at)
    return _why(value)


def substr(values: list[Value], at: Span) -> Value:
    """A part of a text by offset and length (-1: to the end)."""
    value, start, length = to_text(values[0]), to_number(values[1]), to_number(values[2])
    if is_open(start) or is_open(length):
        return _why(start if is_open(start) else length)
    whole = value if isinstance(value, str) else ""
    if isinstance(value, Text) and start >= 0 and length >= 0 and isinstance(first := value.parts[0], str):
        whole = first if len(first) >= start + length else ""
        if not whole:
            return _why(value)
    elif not isinstance(value, str):
        return _why(value)
    begin = int(start) if start >= 0 else max(0, len(whole) + int(start))
    return whole[begin:] if length < 0 else whole[begin : begin + int(length)]


def startswith(values: list[Value], at: Span) -> Value:
    """Whether a text begins with another one."""
    return _end(values, lambda parts: parts[0], str.startswith)


def endswith(values: list[Value], at: Span) -> Value:
    """Whether a text ends with another one."""
    return _end(values, lambda parts: parts[-1], str.endswith)


def _end(values: list[Value], pick: Callable[[tuple[Any, ...]], Any], test: Callable[[str, str], bool]) -> Value:
    value, wanted = values
    if isinstance(value, str) and isinstance(wanted, str):
        return test(value, wanted)
    if isinstance(value, Text) and isinstance(wanted, str) and isinstance(part := pick(value.parts), str):
        if len(part) >= len(wanted):
            return test(part, wanted)
        if not test(wanted, part):
            return False
    return _why(value if is_open(value) else wanted)


def strcontains(values: list[Value], at: Span) -> Value:
    """Whether a text has another one inside."""
    value, wanted = values
    if isinstance(value, str) and isinstance(wanted, str):
        return wanted in value
    if isinstance(value, Text) and isinstance(wanted, str) and any(wanted in p for p in value.parts if isinstance(p, str)):
        return True
    return _why(value if is_open(value) else wanted)


def split(values: list[Value], at: Span) -> Value:
    """A text as a list. Of one with holes the pieces are known up to the first hole that may hold the separator."""
    separator, value = values[0], to_text(values[1])
    if not isinstance(separator, str):
        return List((), at, _why(separator))
    if isinstance(value, str):
        pieces = (value.split(separator) if separator else list(value)) if value or separator else []
        return List([Str(p, at) for p in pieces], at) if len(pieces) <= 10_000 else Unknown("a list of too many members")
    if isinstance(value, Text) and isinstance(first := value.parts[0], str) and separator:
        return List([Str(p, at) for p in first.split(separator)[:-1]], at, _why(value))
    return List((), at, _why(value))


def replace(whole: str, wanted: str, by: str) -> Value:
    """All occurrences replaced; a pattern between slashes is a regular expression."""
    whole, wanted, by = str(to_text(whole)), str(wanted), str(to_text(by))
    if len(wanted) > 1 and wanted.startswith("/") and wanted.endswith("/"):
        return substitute(wanted[1:-1], whole, by)
    if (len(whole) + 1) * max(1, len(by)) > 10_000_000:
        return Unknown("a text of too many characters")
    return whole.replace(wanted, by)


def _title(value: str) -> str:
    return re.sub(r"(?<!\w)\w", lambda m: m[0].upper(), value)


def _indent(spaces: int, value: str) -> str:
    return str(value).replace("\n", "\n" + " " * min(int(to_number(spaces)), 1000))


PARTIAL: dict[str, Callable[[list[Value], Span], Value]] = {
    "join": join,
    "format": format_,
    "formatlist": formatlist,
    "lower": _by_part(str.lower),
    "upper": _by_part(_capitals),
    "trimprefix": trimprefix,
    "trimsuffix": trimsuffix,
    "substr": substr,
    "startswith": startswith,
    "endswith": endswith,
    "strcontains": strcontains,
    "split": split,
}
PLAIN: dict[str, Callable[..., Any]] = {
    "replace": replace,
    "title": lambda v: _title(str(to_text(v))),
    "trim": lambda v, signs: str(v).strip(str(signs)) if signs else v,
    "trimspace": lambda v: str(to_text(v)).strip(),
    "chomp": lambda v: str(v).rstrip("\r\n"),
    "indent": _indent,
    "strrev": lambda v: str(v)[::-1],
    "regex": find,
    "regexall": find_all,
}
