"""Foreign text in Markdown as text: no markup, HTML, mention, link, issue number or emoji of it works.

Words of letters stand as they are; whatever holds a sign that GitHub or GitLab could act on stands in a code span, where
they act on nothing. Escaping by backslash would leave mentions, issue numbers and bare addresses alive.
"""

import re
from itertools import groupby

from .text import block, one_line

_PLAIN = re.compile(r"\(?[^\W_]+(?:[-'][^\W_]+)*[,.;:!?)]{0,2}")
_REFERENCE = re.compile(r"[0-9a-f]{7,}\Z|[^\W\d_]+-\d", re.IGNORECASE)
"""What services make links of: hashes of commits, and numbers of issues as in ``GH-1``."""

_COMMAND = re.compile(r"^(::|##)", re.MULTILINE)
"""What a CI system acts on at the beginning of a line, if the page is printed."""


def prose(text: str, limit: int = 2_000) -> str:
    """Foreign text in one line for the middle of a paragraph or list item, at most about `limit` characters of it."""
    parts = []
    for plain, words in groupby(one_line(text, limit).split(" "), _is_plain):
        joined = " ".join(words)
        parts.append(joined if plain or not joined.strip() else _span(joined, limit))
    return " ".join(parts)


def _span(words: str, limit: int) -> str:
    """Words as a code span, without the punctuation at their end."""
    inner = words.rstrip(",;:.")
    return code(inner, limit) + words[len(inner) :] if inner.strip() else code(words, limit)


def code(text: str, limit: int = 400) -> str:
    """Foreign text as a code span; a space when there is nothing."""
    text = one_line(text, limit) or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """Foreign text of several lines as a code block."""
    text = _COMMAND.sub(r" \1", block(text).removesuffix("\n"))
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}"


def _is_plain(word: str) -> bool:
    return word == "" or (_PLAIN.fullmatch(word) is not None and _REFERENCE.match(word.strip("().,;:!?")) is None)
