"""Text patterns of the policy language: wildcards, policy variables, ARN patterns by segment, linear-time matchers.

Sources: IAM user guide, "Resource" (wildcards work inside each ARN segment, an incomplete ARN is completed with ``*``),
"Variables and tags" (``${key}``, ``${key, 'default'}``, ``${*}``, ``${?}``, ``${$}``), "Action" (case-insensitive).
"""

import enum
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

Matcher: TypeAlias = Callable[[str], bool]
"""Says whether a text matches a pattern."""

ARN_SEGMENTS: Final = 6
"""``arn``, partition, service, region, account, resource. Only the last one may hold further colons."""


class Wild(enum.Enum):
    """A wildcard of a pattern."""

    STAR = "*"
    ANY = "?"


class Variable(msgspec.Struct, frozen=True):
    """A policy variable: the context key (lower case), the key as written, and the default text, if one is given."""

    key: str
    written: str
    default: str | None = None


Part: TypeAlias = str | Wild | Variable
"""A piece of a template: literal text, a wildcard or a variable."""


class Template(msgspec.Struct, frozen=True):
    """A text of a policy, split into literal text, wildcards and variables. Neighbouring literals are joined."""

    raw: str
    parts: tuple[Part, ...]

    @property
    def literal(self) -> str | None:
        """The text itself when there is no wildcard and no variable in it, else None."""
        if not self.parts:
            return ""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], str) else None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in order of appearance."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    @property
    def matches_all(self) -> bool:
        """Whether the template is nothing but stars."""
        return bool(self.parts) and all(part is Wild.STAR for part in self.parts)


# Possessive repeats (++): no backtracking, so the scan stays linear on hostile text.
_TOKENS: Final = re.compile(
    r"""\$\{\s*+(?:
            (?P<escape>[*?$])\s*+
          | (?P<key>[^${},'\s][^${},']*+)(?:,\s*+'(?P<default>[^'}]*+)'\s*+)?
        )\}
      | (?P<wild>[*?])""",
    re.VERBOSE,
)


def parse_template(raw: str, *, wildcards: bool = True, variables: bool = True) -> Template:
    """Split a policy text into its parts.

    `wildcards` is false where ``*`` and ``?`` stand for themselves (StringEquals), `variables` is false in documents of
    the version 2008-10-17, where ``${`` is literal text. An unfinished or malformed ``${`` is literal text as well.
    """
    parts: list[Part] = []
    done = 0
    for found in _TOKENS.finditer(raw):
        wild, escape = found["wild"], found["escape"]
        if (wild and not wildcards) or (not wild and not variables):
            if not wild and wildcards:
                _literal_with_wildcards(parts, raw[done : found.end()])
                done = found.end()
            continue
        _add(parts, raw[done : found.start()])
        done = found.end()
        if wild:
            _add(parts, Wild(wild))
        elif escape:
            _add(parts, escape)
        else:
            key = found["key"].rstrip()
            parts.append(Variable(key=key.lower(), written=key, default=found["default"]))
    _add(parts, raw[done:])
    return Template(raw=raw, parts=tuple(parts))


def _literal_with_wildcards(parts: list[Part], text: str) -> None:
    """Add text in which ``${…}`` means nothing, but ``*`` and ``?`` still do (documents of the old version)."""
    for piece in re.split(r"([*?])", text):
        _add(parts, Wild(piece) if piece in ("*", "?") else piece)


def _add(parts: list[Part], part: Part) -> None:
    if part == "":
        return
    last = parts[-1] if parts else None
    if isinstance(part, str) and isinstance(last, str):
        parts[-1] = last + part
    elif not (part is Wild.STAR and last is Wild.STAR):
        parts.append(part)


def substitute(template: Template, values: Callable[[str], str | None]) -> tuple[str | Wild, ...] | None:
    """Replace the variables by their values; a ``*`` inside a value is literal.

    `values` gives the value of a context key (lower case) or None when the request has none; then the default is used.
    Returns None when a variable has neither, which makes the whole text match nothing.
    """
    parts: list[Part] = []
    for part in template.parts:
        if isinstance(part, Variable):
            value = values(part.key)
            if value is None:
                value = part.default
            if value is None:
                return None
            _add(parts, value)
        else:
            _add(parts, part)
    return tuple(part for part in parts if not isinstance(part, Variable))


def split_arn(parts: Iterable[Part]) -> tuple[tuple[Part, ...], ...]:
    """Cut a pattern at its first five literal colons into the six segments of an ARN.

    A pattern with fewer segments is completed with ``*``, as IAM does. A variable counts as text without a colon, so
    call this after `substitute` when the value of a variable may hold one.
    """
    segments: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        pieces = part.split(":", ARN_SEGMENTS - len(segments))
        if pieces[0]:
            segments[-1].append(pieces[0])
        segments.extend([piece] if piece else [] for piece in pieces[1:])
    segments.extend([Wild.STAR] for _ in range(ARN_SEGMENTS - len(segments)))
    return tuple(tuple(segment) for segment in segments)


def glob(parts: Sequence[str | Wild], *, ignore_case: bool = False) -> Matcher:
    """Compile a pattern to a matcher for whole texts.

    The time is linear in the text for patterns without ``?`` and at most text times pattern with it: chunks between
    stars are found from left to right and never tried again.
    """
    if ignore_case:
        inner = glob([part.lower() if isinstance(part, str) else part for part in parts])
        return lambda text: inner(text.lower())
    if not parts:
        return lambda text: not text
    if len(parts) == 1 and isinstance(parts[0], str):
        exact = parts[0]
        return lambda text: text == exact
    if all(part is Wild.STAR for part in parts):
        return lambda text: True
    if len(parts) == 2 and isinstance(parts[0], str) and parts[1] is Wild.STAR:
        prefix = parts[0]
        return lambda text: text.startswith(prefix)
    if len(parts) == 2 and isinstance(parts[1], str) and parts[0] is Wild.STAR:
        suffix = parts[1]
        return lambda text: text.endswith(suffix)
    return _general(parts)


class _Chunk:
    """A run of literal text and ``?`` between two stars."""

    __slots__ = ("length", "pieces")

    def __init__(self, parts: Sequence[str | Wild]) -> None:
        self.pieces: list[tuple[int, str]] = []
        self.length = 0
        for part in parts:
            if isinstance(part, str):
                self.pieces.append((self.length, part))
                self.length += len(part)
            else:
                self.length += 1

    def at(self, text: str, start: int) -> bool:
        """Whether the chunk stands at `start`; the caller has checked that the text is long enough."""
        return all(text.startswith(piece, start + offset) for offset, piece in self.pieces)

    def find(self, text: str, start: int, end: int) -> int:
        """The first place from `start` on where the chunk stands and ends by `end`, or -1."""
        if not self.pieces:
            return start if start + self.length <= end else -1
        offset, first = self.pieces[0]
        while True:
            place = text.find(first, start + offset, end)
            if place < 0 or place - offset + self.length > end:
                return -1
            if self.at(text, place - offset):
                return place - offset
            start = place - offset + 1


def _general(parts: Sequence[str | Wild]) -> Matcher:
    runs: list[list[str | Wild]] = [[]]
    for part in parts:
        if part is Wild.STAR:
            runs.append([])
        else:
            runs[-1].append(part)
    chunks = [_Chunk(run) for run in runs]
    head = chunks[0]
    if len(chunks) == 1:
        return lambda text: len(text) == head.length and head.at(text, 0)
    tail = chunks[-1]
    middles = [chunk for chunk in chunks[1:-1] if chunk.length]
    least = sum(chunk.length for chunk in chunks)

    def match(text: str) -> bool:
        end = len(text) - tail.length
        if len(text) < least or not head.at(text, 0) or not tail.at(text, end):
            return False
        place = head.length
        for chunk in middles:
            found = chunk.find(text, place, end)
            if found < 0:
                return False
            place = found + chunk.length
        return True

    return match


def arn_segments(text: str) -> tuple[str, ...]:
    """The segments of an ARN: six for a real one, fewer for other texts such as ``*``."""
    return tuple(text.split(":", ARN_SEGMENTS - 1))


class ArnPattern:
    """A compiled ARN pattern: one matcher for each of the six segments; wildcards never cross the first five colons."""

    __slots__ = ("_checks", "_exact", "matches_all", "prefix")

    def __init__(self, parts: Sequence[str | Wild]) -> None:
        self.matches_all = bool(parts) and all(part is Wild.STAR for part in parts)
        segments = [tuple(p for p in segment if not isinstance(p, Variable)) for segment in split_arn(parts)]
        exact = [_exact_text(segment) for segment in segments]
        self._exact = tuple((i, text) for i, text in enumerate(exact) if text is not None)
        self.prefix = _plain_prefix(exact, segments[-1])
        """The text before a final star, when that star is the only wildcard: then matching is a comparison."""
        self._checks = tuple(
            (i, glob(segment))
            for i, segment in enumerate(segments)
            if exact[i] is None and not all(part is Wild.STAR for part in segment)
        )

    def matches(self, segments: tuple[str, ...]) -> bool:
        """Whether an ARN, given by its segments, matches. A text that is no ARN matches only a bare star."""
        if self.matches_all:
            return True
        if len(segments) != ARN_SEGMENTS:
            return False
        for i, text in self._exact:
            if segments[i] != text:
                return False
        return all(check(segments[i]) for i, check in self._checks)


def _plain_prefix(exact: Sequence[str | None], last: Sequence[str | Wild]) -> str | None:
    if not last or last[-1] is not Wild.STAR or len(last) > 2 or None in exact[:-1]:
        return None
    before = last[0] if len(last) == 2 else ""
    return ":".join([*(text or "" for text in exact[:-1]), before]) if isinstance(before, str) else None


def _exact_text(segment: Sequence[str | Wild]) -> str | None:
    if not segment:
        return ""
    return segment[0] if len(segment) == 1 and isinstance(segment[0], str) else None


def arn_pattern(raw: str) -> ArnPattern:
    """Compile an ARN pattern without variables, such as ``arn:aws:s3:::bucket/*``."""
    return ArnPattern([p for p in parse_template(raw, variables=False).parts if not isinstance(p, Variable)])


@lru_cache(maxsize=16_384)
def action_pattern(raw: str) -> Matcher:
    """Compile an action pattern such as ``s3:Get*``; letter case does not matter, a star covers the colon as well."""
    return glob([p for p in parse_template(raw, variables=False).parts if not isinstance(p, Variable)], ignore_case=True)
