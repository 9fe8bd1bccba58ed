"""Names and their values in free and structured text: assignments, properties, flags, attributes of any language or file."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_KEY = r"(?<![\w.\-])(?P<flag>--?D?)?(?P<key>[A-Za-z_$@][\w.\-]{0,80})"
_QUOTED = (
    r"\"(?P<double>(?:[^\"\\\n]|\\.){0,4096})\"|'(?P<single>(?:[^'\\\n]|\\.){0,4096})'|`(?P<back>[^`\n]{0,4096})`"
    r"|\\\"(?P<escaped>[^\"\\\n]{0,4096})\\\""
)
# An unquoted value ends at white space or a sign that closes something; an ampersand ends it only before the next parameter.
_BARE = (
    r"(?P<bare>(?:\$?\{\{[^{}\n]{0,300}\}\}|\$\{[^{}\n]{0,300}\}|\$\([^()\n]{0,200}\)|[^\s,;&\"'`<>{}()\[\]]|&(?![\w.\-]{1,40}=))"
    r"(?:\$?\{\{[^{}\n]{0,300}\}\}|\$\{[^{}\n]{0,300}\}|\$\([^()\n]{0,200}\)|[^\s,;&\"'`<>{}]|&(?![\w.\-]{1,40}=)){0,2047})"
)
_PAIR = re.compile(
    rf"{_KEY}(?P<close>\\?[\"'])?\]?\)?(?P<type>\s?:\s?[A-Za-z][\w.\[\]| ]{{0,40}}?(?=\s?=))?"
    rf"\s{{0,8}}(?P<sep>={{1,3}}>?|:=|:|\|\||\?\?|(?(close),|(?!)))\s{{0,8}}(?:[frbu@$]{{0,2}}(?:{_QUOTED})|{_BARE})"
)
_LINE = re.compile(
    r"^[ \t]{0,64}(?:- |export |set |ENV |ARG )?[\"']?(?P<key>[A-Za-z_][\w.\-]{0,80})[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    r"(?P<value>[^\s\"'`{\[|>&*#][^\n]{0,2048}?)(?=[ \t]+#|[ \t]*\r?$)",
    re.M,
)
_ESCAPED = re.compile(r"\\[\"'](?P<key>[A-Za-z_][\w.\-]{0,80})\\[\"']\s?:\s?\\[\"'](?P<value>[^\"'\\]{1,2048})\\[\"']")
_FLAG = re.compile(
    r"(?<!\S)--?(?P<key>[A-Za-z][\w-]{1,60})\s{1,4}"
    r"(?:\"(?P<double>[^\"\n]{1,1024})\"|'(?P<single>[^'\n]{1,1024})'|(?P<bare>[^\s\"'-][^\s\"']{0,1023}))"
)
_ELEMENT = re.compile(r"<(?P<key>[A-Za-z][\w.\-:]{0,80})>(?P<value>[^<>\n]{1,2048})</")
_ATTRIBUTE = re.compile(r"(?:key|name)=\"(?P<key>[\w.:\- ]{1,80})\"\s{1,8}value=\"(?P<value>[^\"\n]{1,2048})\"", re.I)
_TELLING = re.compile(
    r"pass|pw|secret|tok|key|auth|cred|psk|login|pat|salt|pepper|jwt|bearer|sas|cookie|sig|seed|pin|mnemonic|session|appid|sid",
    re.I,
)
# An unquoted value may be a pair itself (``Header: token=…``); so deep is looked.
_NESTED = 3


class Pair(NamedTuple):
    """A name and the value given to it; ``text[start:end]`` is the value, `quoted` or not, `sep` what joined them."""

    key: str
    value: str
    start: int
    end: int
    quoted: bool
    sep: str


def telling(text: str) -> bool:
    """Whether a text holds any of the letters that names of secrets are made of: a fast test before the slow ones."""
    return _TELLING.search(text) is not None


def pairs(text: str) -> Iterator[Pair]:
    """Every pair in a text, in the order of the notations; overlaps are possible. Time is linear in the text."""
    position = 0
    while match := _PAIR.search(text, position):
        yield _pair(match)
        # A list of strings goes on with its next one; everything else behind the value.
        position = match.start(_group(match)) if match["sep"] == "," else match.end()
        for _ in range(_NESTED):
            if match["bare"] is None or not (match := _PAIR.match(text, match.start("bare"))):
                break
            yield _pair(match)
    for match in _ESCAPED.finditer(text):
        yield Pair(match["key"], match["value"], *match.span("value"), True, ":")
    for match in _FLAG.finditer(text):
        group = next(g for g in ("double", "single", "bare") if match[g] is not None)
        yield Pair(match["key"], match[group], *match.span(group), group != "bare", " ")
    if "</" in text or "value=" in text.lower():
        for pattern in (_ELEMENT, _ATTRIBUTE):
            for match in pattern.finditer(text):
                yield Pair(match["key"], match["value"], *match.span("value"), True, ">")


def lines(text: str) -> Iterator[Pair]:
    """Pairs that fill a line, as dotenv, properties and YAML files have them: the value goes to the end of the line."""
    for match in _LINE.finditer(text):
        yield Pair(match["key"], match["value"], *match.span("value"), False, "=")


def _group(match: re.Match[str]) -> str:
    return next(g for g in ("double", "single", "back", "escaped", "bare") if match[g] is not None)


def _pair(match: re.Match[str]) -> Pair:
    group = _group(match)
    return Pair(match["key"], match[group], *match.span(group), group != "bare", match["sep"])
