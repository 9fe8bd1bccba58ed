"""The syntax of variables in texts: ``${self:custom.name, 'default'}``, with variables inside variables."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

MAX_TEXT: Final = 200_000
_MAX_NESTING: Final = 20
_SOURCE: Final = re.compile(r"([a-zA-Z][\w-]*(?:\.[\w-]+)?)(?:\(([^()]*(?:\([^()]*\)[^()]*)*)\))?\s*:(.*)", re.DOTALL)
_CALL: Final = re.compile(r"(strToBool|file)\((.*)\)", re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_WORDS: Final = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Source:
    """One source of a variable: ``kind(arguments):address``; texts that may hold variables themselves."""

    kind: str
    arguments: str
    address: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A default: a number, a truth value, null, or a text that may hold variables."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Variable:
    """Sources in the order in which they are tried; `text` is how it is written."""

    sources: tuple[Source | Literal, ...]
    text: str


Part = str | Variable


@lru_cache(maxsize=20_000)
def parts_of(text: str) -> tuple[Part, ...]:
    """A text as plain parts and variables. What only looks like a variable (``${AWS::Region}``) stays a part of the text."""
    found: list[Part] = []
    plain: list[str] = []
    position = 0
    while (start := text.find("${", position)) >= 0:
        if start and text[start - 1] == "\\":
            plain.append(text[position : start - 1] + "${")
            position = start + 2
            continue
        end = _end(text, start + 2)
        variable = _variable(text[start : end + 1]) if end >= 0 else None
        if variable is None:
            plain.append(text[position : start + 2])
            position = start + 2
            continue
        plain.append(text[position:start])
        if joined := "".join(plain):
            found.append(joined)
        plain = []
        found.append(variable)
        position = end + 1
    if rest := "".join(plain) + text[position:]:
        found.append(rest)
    return tuple(found)


def _end(text: str, position: int) -> int:
    """Where the bracket closes that was opened before `position`; -1 when nowhere or too deep inside."""
    depth = 1
    while position < len(text):
        if text.startswith("${", position):
            depth += 1
            position += 1
            if depth > _MAX_NESTING:
                return -1
        elif text[position] == "}":
            depth -= 1
            if not depth:
                return position
        position += 1
    return -1


def _variable(text: str) -> Variable | None:
    sources = []
    for piece in _split(text[2:-1]):
        source = _source(piece.strip())
        if source is None:
            return None
        sources.append(source)
    return Variable(tuple(sources), text) if sources else None


def _split(text: str) -> list[str]:
    """The pieces between commas that stand in no quotes, brackets or inner variables."""
    pieces: list[str] = []
    depth, quote, start = 0, "", 0
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and not text[start:position].strip():
            quote = character
        elif character in "{(":
            depth += 1
        elif character in "})":
            depth -= 1
        elif character == "," and depth <= 0:
            pieces.append(text[start:position])
            start = position + 1
    return [*pieces, text[start:]]


def _source(piece: str) -> Source | Literal | None:
    if len(piece) >= 2 and piece[0] in "'\"" and piece[-1] == piece[0]:
        return Literal(piece[1:-1])
    if piece.startswith("${") and piece.endswith("}"):
        return Literal(piece)
    if piece in _WORDS:
        return Literal(_WORDS[piece])
    if _NUMBER.fullmatch(piece):
        return Literal(float(piece) if "." in piece else int(piece))
    call = _CALL.fullmatch(piece)
    if call and ":" not in piece[call.end(2) :]:
        return Source(call[1], call[2], "")
    found = _SOURCE.fullmatch(piece)
    # A colon more is a pseudo parameter of CloudFormation; it is left to it.
    if found is None or found[3].startswith(":") or found[1] == "AWS":
        return None
    return Source(found[1], found[2] or "", found[3].strip())
