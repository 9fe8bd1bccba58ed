"""Names and their values in free and structured text: assignments, properties, flags, attributes of any language or file."""

import re
import string
from collections.abc import Iterator
from typing import NamedTuple

from .lazily import lazy

_KEY = r"(?P<flag>--?D?)?(?P<key>[A-Za-z_$@][\w.\-]{0,80})(?![\w.\-])"
_KEY_CHARACTERS = string.ascii_letters + string.digits + "_.-"
_RUN = lazy(r"[\w.\-]*")
_LONGEST_KEY = 84
_NESTED = 4
_QUOTED = (
    r"\"(?P<double>(?:[^\"\\\n]|\\.){0,4096})\"|'(?P<single>(?:[^'\\\n]|\\.){0,4096})'|`(?P<back>[^`\n]{0,4096})`"
    r"|\\\"(?P<escaped>[^\"\\\n]{0,4096})\\\""
)
# An unquoted value ends at white space or a sign that closes something; an ampersand ends it only before the next parameter.
_BARE = (
    r"(?P<bare>(?:\$?\{\{[^{}\n]{0,300}\}\}|\$\{[^{}\n]{0,300}\}|\$\([^()\n]{0,200}\)|[^\s,;&\"'`<>{}()\[\]]|&(?![\w.\-]{1,40}=))"
    r"(?:\$?\{\{[^{}\n]{0,300}\}\}|\$\{[^{}\n]{0,300}\}|\$\([^()\n]{0,200}\)|[^\s,;&\"'`<>{}]|&(?![\w.\-]{1,40}=)){0,2047})"
)
_PAIR = lazy(
    rf"{_KEY}(?P<close>\\?[\"'])?\]?\)?(?P<type>\s?:\s?[A-Za-z][\w.\[\]| ]{{0,40}}?(?=\s?=))?"
    rf"\s{{0,8}}(?P<sep>={{1,3}}>?|:=|:|\|\||\?\?|(?(close),|(?!)))\s{{0,8}}(?:default(?:Value)?\s?[=:]\s?)?(?:[frbu@$]{{0,2}}(?:{_QUOTED})|{_BARE})"
)
_LINE = lazy(
    r"^[ \t]{0,64}(?:- |export |set |ENV |ARG )?[\"']?(?P<key>[A-Za-z_][\w.\-]{0,80})[\"']?[ \t]{0,8}[:=][ \t]{0,8}"
    r"(?P<value>[^\s\"'`{\[|>&*#][^\n]{0,2048}?)(?=[ \t]+#|[ \t]*\r?$)",
    re.M,
)
_ESCAPED = lazy(r"\\[\"'](?P<key>[A-Za-z_][\w.\-]{0,80})\\[\"']\s?:\s?\\[\"'](?P<value>[^\"'\\]{1,2048})\\[\"']")
_FLAG = lazy(
    r"(?<!\S)--?(?P<key>[A-Za-z][\w-]{1,60})\s{1,4}"
    r"(?:\"(?P<double>[^\"\n]{1,1024})\"|'(?P<single>[^'\n]{1,1024})'|(?P<bare>[^\s\"'-][^\s\"']{0,1023}))"
)
_SET = lazy(r"(?<!\S)configure set (?P<key>[A-Za-z][\w.-]{1,60})\s{1,4}[\"']?(?P<value>[^\s\"']{1,1024})")
_PROSE = lazy(
    r"(?<![\w-])(?P<key>(?:[A-Za-z]{2,20} )?(?:password|passwd|passphrase|token|secret|key|pin|credentials))"
    r"\s{1,3}(?:is|was|are|changed to|set to)"
    r"\s{1,3}[\"'`]?(?P<value>(?=[^\s\"'`]{0,60}[0-9!#$%&*])[^\s\"'`(),;]{6,512})",
    re.I,
)
_ELEMENT = lazy(r"<(?P<key>[A-Za-z][\w.\-:]{0,80})>(?P<value>[^<>\n]{1,2048})</")
_ATTRIBUTE = lazy(r"(?:key|name)=\"(?P<key>[\w.:\- ]{1,80})\"\s{1,8}value=\"(?P<value>[^\"\n]{1,2048})\"", re.I)
# Letters that every name of a secret holds, in any of the languages that the vocabulary knows.
_TELLING = (
    *("pass", "pw", "secret", "tok", "key", "auth", "cred", "psk", "login", "pat", "salt", "pepper", "jwt", "bearer", "sas"),
    *("cookie", "sig", "otp", "seed", "pin", "mnemonic", "session", "appid", "sid", "contras", "senha", "mdp", "kennwort"),
    *("wachtwoord", "parola", "haslo", "heslo", "losenord", "salasana", "jelszo", "sifre", "webhook"),
)
_DRAWN = lazy(r"(?<![A-Za-z0-9+/_~\-])[A-Za-z0-9+/_~\-]{24,512}={0,2}(?![\w])")
_BEFORE_VALUE = lazy(r"(?P<key>[A-Za-z_][\w.\-]{0,80})[\"']?\s{0,8}[:=]\s{0,8}[\"']?$")


class Pair(NamedTuple):
    """A name and the value given to it; ``text[start:end]`` is the value, `quoted` or not, `sep` what joined them."""

    key: str
    value: str
    start: int
    end: int
    quoted: bool
    sep: str


def _lower(text: str) -> str:
    """The text in lower case, every character at its place."""
    return (text if text.isascii() else text.encode("ascii", "replace").decode()).lower()


def telling(text: str) -> bool:
    """Whether a text holds any of the letters that names of secrets are made of: a fast test before the slow ones."""
    low = _lower(text)
    return any(letters in low for letters in _TELLING)


def _places(text: str) -> list[int]:
    """Where telling letters stand. One substring search per word is many times faster than one pattern for all."""
    low = _lower(text)
    found = []
    for letters in _TELLING:
        at = low.find(letters)
        while at >= 0:
            found.append(at)
            at = low.find(letters, at + len(letters))
    return sorted(found)


def _keys(text: str) -> Iterator[tuple[int, str]]:
    """Where runs of name characters begin that hold telling letters, each run once, with the sign before it."""
    done = 0
    for at in _places(text):
        if at < done:
            continue
        run = _RUN.match(text, at)
        done = run.end() if run else at + 1
        before = text[max(0, at - _LONGEST_KEY) : at]
        start = at - len(before) + len(before.rstrip(_KEY_CHARACTERS))
        if done - start <= _LONGEST_KEY:
            yield start, text[start - 1 : start]


def pairs(text: str) -> Iterator[Pair]:
    """Every pair in a text whose name may be a secret's; overlaps are possible. Time is linear in the text."""
    covered, nested = 0, 0
    for start, sign in _keys(text):
        # An unquoted value may hold pairs itself (``Header: token=…``), but only so many are worth a look.
        nested = nested + 1 if start < covered else 0
        if nested > _NESTED:
            continue
        match = _PAIR.match(text, start - 1 if sign in {"$", "@"} else start)
        # Parts of an ARN, of a reference or of a URL's user information are no pairs.
        if match is None or (match["sep"] == ":" and sign and sign in ":/"):
            continue
        # An unquoted value stands on the line of its name: ``PASSWORD=`` is empty, whatever the next line says.
        if match["bare"] is not None and "\n" in text[match.end("sep") : match.start("bare")]:
            continue
        if match["bare"] is not None and not nested:
            covered = match.end()
        # A comma joins the first two arguments of a call (``get("KEY", "value")``), not the items of a list.
        if match["sep"] != "," or text[max(0, start - 2) : start - 1] == "(":
            yield _pair(match)
    yield from _other_notations(text)


def _other_notations(text: str) -> Iterator[Pair]:
    for match in _ESCAPED.finditer(text) if "\\" in text else ():
        yield Pair(match["key"], match["value"], *match.span("value"), True, ":")
    for match in _FLAG.finditer(text) if "-" in text else ():
        group = next(g for g in ("double", "single", "bare") if match[g] is not None)
        yield Pair(match["key"], match[group], *match.span(group), group != "bare", " ")
    for match in _SET.finditer(text) if "configure set " in text else ():
        yield Pair(match["key"].rpartition(".")[2], match["value"], *match.span("value"), False, " ")
    if "</" in text or "value=" in text.lower():
        for pattern in (_ELEMENT, _ATTRIBUTE):
            for match in pattern.finditer(text):
                yield Pair(match["key"], match["value"], *match.span("value"), True, ">")


def drawn(text: str) -> Iterator[Pair]:
    """Long runs of token characters that are assigned to any name: whatever they may be."""
    for match in _DRAWN.finditer(text):
        key = _BEFORE_VALUE.search(text, max(0, match.start() - 110), match.start())
        if key:
            yield Pair(key["key"], match[0], match.start(), match.end(), True, "=")


def in_string(text: str, at: int) -> bool:
    """Whether a place lies within a string of its line, judged by the quotes before it."""
    before = text[max(text.rfind("\n", 0, at) + 1, at - 2000) : at]
    return any(before.count(quote) % 2 for quote in "\"'`")


def lines(text: str) -> Iterator[Pair]:
    """Pairs that fill a line, as dotenv, properties and YAML files have them: the value goes to the end of the line."""
    for match in _LINE.finditer(text):
        yield Pair(match["key"], match["value"], *match.span("value"), False, "=")


def prose(text: str) -> Iterator[Pair]:
    """Secrets told in a sentence: ``the password is …``, with a digit or sign in the value."""
    for match in _PROSE.finditer(text):
        value = match["value"].rstrip(".")
        yield Pair(match["key"], value, match.start("value"), match.start("value") + len(value), False, "is")


def _group(match: re.Match[str]) -> str:
    return next(g for g in ("double", "single", "back", "escaped", "bare") if match[g] is not None)


def _pair(match: re.Match[str]) -> Pair:
    group = _group(match)
    return Pair(match["key"], match[group], *match.span(group), group != "bare", match["sep"])
