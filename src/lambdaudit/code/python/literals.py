"""Literals of Python source: texts with escapes, bytes, numbers."""

import re
import unicodedata

_ESCAPE = re.compile(r"\\(\r?\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]{1,80}\}|[0-7]{1,3}|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_NUMBER_LIMIT = 60


def unescape(text: str, is_bytes: bool = False) -> str:
    """The text of a literal with its escapes put in; what Python would reject stays as it is."""
    return _ESCAPE.sub(lambda match: _escaped(match, is_bytes), text) if "\\" in text else text


def _escaped(match: re.Match[str], is_bytes: bool) -> str:
    body = match.group(1)
    head = body[0]
    if head in "\r\n":
        return ""
    if head in _SIMPLE:
        return _SIMPLE[head]
    if head == "x" and len(body) == 3:
        return chr(int(body[1:], 16))
    if head in "01234567":
        return chr(int(body, 8))
    if is_bytes:
        return match.group(0)
    if head in "uU" and len(body) > 1:
        code = int(body[1:], 16)
        return chr(code) if code < 0x110000 else "�"
    if head == "N" and len(body) > 1:
        try:
            return unicodedata.lookup(body[2:-1])
        except KeyError:
            return match.group(0)
    return match.group(0)


def prefix_of(start: str) -> str:
    """The letters before the quote of a literal, in lower case (``rb``, ``f`` …)."""
    return start.rstrip("'\"").lower()


def to_bytes(text: str) -> bytes:
    """The value of a bytes literal whose escapes are put in already."""
    return text.encode("latin-1", "replace")


def number(text: str) -> int | float:
    """The value of a number literal; 0 for one that is too long, imaginary or malformed."""
    text = text.replace("_", "").rstrip("lL") if len(text) <= _NUMBER_LIMIT else "0"
    try:
        return int(text, 0)
    except ValueError:
        pass
    try:
        return int(text, 8) if text.startswith("0") and text.isdigit() else float(text)
    except ValueError:
        return 0
