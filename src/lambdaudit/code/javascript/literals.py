"""Literals of JavaScript: numbers, and the escapes of texts."""

import re

_ESCAPE = re.compile(
    r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-7]{1,3})|(\r\n|[\n\r\u2028\u2029])|(.))", re.DOTALL
)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_LONGEST_NUMBER = 300


def _one(match: re.Match[str]) -> str:
    braces, four, two, octal, line, other = match.groups()
    if braces or four or two:
        code = int(braces or four or two, 16)
        return chr(code) if code < 0x110000 else "\ufffd"
    if octal:
        return chr(int(octal, 8))
    if line:
        return ""
    return _SIMPLE.get(other, other)


def unescape(source: str) -> str:
    """The text that the inside of a quoted text or a template part stands for; lone surrogates become one character or `?`."""
    if "\\" not in source:
        return source
    found = _ESCAPE.sub(_one, source)
    if any("\ud800" <= char <= "\udfff" for char in found):
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return found


def number(source: str) -> int | float | None:
    """A number literal; None for one that is no number or absurdly long."""
    plain = source.replace("_", "").rstrip("n")
    if not plain or len(plain) > _LONGEST_NUMBER:
        return None
    try:
        if plain[:2].lower() in ("0x", "0o", "0b"):
            return int(plain, 0)
        if plain.isdigit():
            return int(plain, 8) if len(plain) > 1 and plain[0] == "0" and not set(plain) & {"8", "9"} else int(plain)
        return float(plain)
    except ValueError:
        return None
