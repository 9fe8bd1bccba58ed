r"""Foreign text made harmless to show: control and direction characters are spelt out, so that nothing acts and nothing hides.

Characters that steer a terminal, reorder what is read (Unicode bidirectional marks), or are not visible at all become their
escape (``\x1b``, ``\u202e``). Lone surrogates, which no encoding takes, are spelt out too.
"""

import re

_HIDDEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_SPELT = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_HIDDEN}]")
_SPACES = re.compile(r"[\t\n]")
_HIDDEN_ONLY = re.compile(f"[\x7f-\x9f{_HIDDEN}]")
_JSON_ESCAPE = re.compile(r"\\(?:u(00[01][0-9a-fA-F])|(.))", re.DOTALL)
_ACTING_ESCAPE = re.compile(rb"\\[ubfr]")
"""What an escape that is spelt out begins with: most documents have none, and are not gone through escape by escape."""
_PLAIN = bytes(range(0x7F))
_CI_COMMAND = re.compile(r"##(?=\[|vso\[)")


def spell(char: str) -> str:
    r"""One character as its escape: ``\x1b``, ``\u202e``, ``\U000e0001``."""
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block(text: str) -> str:
    """Text of several lines, harmless; line feeds and tabs stay."""
    return _SPELT.sub(lambda m: spell(m[0]), text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 400) -> str:
    """Text in one line, harmless, at most `limit` characters (the rest becomes ``…``).

    Also spelt out is what log processors of CI systems act on in the middle of a line (``##[command]``, ``##vso[``).
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    text = _SPACES.sub(lambda m: "\\t" if m[0] == "\t" else "\\n", text)
    return _CI_COMMAND.sub("#\\\\x23", _SPELT.sub(lambda m: spell(m[0]), text))


def cut(text: str, limit: int) -> str:
    """Text as by :func:`one_line`, never longer than `limit` even where characters are spelt out."""
    return one_line(text, limit)[:limit]


def json_block(text: str) -> str:
    r"""A JSON document in which every string is harmless as by :func:`block`, without decoding it.

    The result is JSON again: an escape such as ``\u001b`` or a raw U+202E becomes an escaped backslash and its name.
    """
    return _HIDDEN_ONLY.sub(lambda m: "\\" + spell(m[0]), _JSON_ESCAPE.sub(_json_escape, text))


def json_bytes(data: bytes) -> bytes:
    """The same for a document as UTF-8. One in which nothing is to be spelt out, the usual case, is not copied.

    To leave out what is plain and to look at the rest is much quicker than to look for the hidden in everything.
    """
    if _ACTING_ESCAPE.search(data) or _HIDDEN_ONLY.search(data.translate(None, _PLAIN).decode()):
        return json_block(data.decode()).encode()
    return data


def _json_escape(match: re.Match[str]) -> str:
    if match[1]:
        char = chr(int(match[1], 16))
        return match[0] if char in "\t\n" else "\\" + spell(char)
    return {"b": "\\\\x08", "f": "\\\\x0c", "r": "\\\\x0d"}.get(match[2], match[0])


def count(number: int, word: str, plural: str = "") -> str:
    """A number with its noun: ``1 function``, ``2 functions``, ``1,204 policies``."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"
