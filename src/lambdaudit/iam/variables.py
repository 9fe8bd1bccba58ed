"""Languages with policy variables: `${aws:username}` and the like, whose text depends on another key of the request.

They are treated in three steps: everything the variable could become (to prove that nothing violates), one letter that
stands for the value (to prove inclusions for all values at once), and chosen values (to find witnesses).
"""

import enum
import re
from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple, cast

from lambdaudit.iam.automaton import (
    OPAQUE_FIRST,
    OPAQUE_PLAIN_FIRST,
    STAR,
    Glob,
    Language,
    Token,
    arn_glob_of,
    glob_of,
    is_letter,
    sample,
)
from lambdaudit.iam.formula import Lang, WithVariables
from lambdaudit.iam.patterns import Part, Template, Variable, Wild, split_arn, substitute

WITHOUT_COLON: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalorgid",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:sourceaccount",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:username",
    }
)
"""Keys whose values cannot hold a colon, so that a variable of them stays in its ARN segment."""


class Mode(enum.Enum):
    """How the text of a template is compared."""

    TEXT = "text"
    IGNORE_CASE = "ignore case"
    ARN = "arn"


class Pattern(NamedTuple):
    """Parts of a template and how they are compared."""

    parts: tuple[Part, ...]
    mode: Mode


_letters: dict[tuple[str, str | None], str] = {}


def _letter(variable: Variable) -> str | None:
    """The private letter that stands for a variable, the same one wherever it appears; None when they are used up."""
    key = (variable.key, variable.default)
    found = _letters.get(key)
    if found is None and len(_letters) < 0x1000:
        plain = variable.key in WITHOUT_COLON and ":" not in (variable.default or "")
        found = chr((OPAQUE_PLAIN_FIRST if plain else OPAQUE_FIRST) + len(_letters))
        _letters[key] = found
    return found


def glob_for(parts: tuple[Part, ...], mode: Mode) -> Glob:
    """The glob of a template without variables."""
    return arn_glob_of(parts) if mode is Mode.ARN else glob_of(parts, ignore_case=mode is Mode.IGNORE_CASE)


def language_of(templates: Iterable[Template], mode: Mode) -> list[Lang]:
    """One language for all templates without variables, and one of its own for each template with variables."""
    fixed: dict[Glob, None] = {}
    langs: list[Lang] = []
    for template in templates:
        if template.variables:
            pattern = Pattern(template.parts, mode)
            langs.append(WithVariables((pattern,), (), (_shape(*pattern),), _opaque(*pattern)))
        else:
            fixed[glob_for(template.parts, mode)] = None
    return [tuple(fixed), *langs] if fixed else langs


def union(langs: Iterable[Lang]) -> Lang:
    """One language for several text languages."""
    patterns: list[Hashable] = []
    fixed: list[Glob] = []
    shape: list[Glob] = []
    opaque: list[Glob] = []
    sound = True
    for lang in langs:
        if isinstance(lang, WithVariables):
            patterns.extend(lang.patterns)
            fixed.extend(lang.fixed)
            shape.extend(lang.shape)
            opaque.extend(lang.opaque)
            sound = sound and bool(lang.opaque)
        else:
            globs = cast(Language, lang)
            fixed.extend(globs)
            shape.extend(globs)
            opaque.extend(globs)
    if not patterns:
        return tuple(fixed)
    return WithVariables(tuple(patterns), tuple(fixed), tuple(shape), tuple(opaque) if sound else ())


def _shape(parts: tuple[Part, ...], mode: Mode) -> Glob:
    """Everything the template can become: a star for each variable.

    The value of a variable may hold colons and move what follows into later ARN segments, so behind a variable outside
    the last segment wildcards reach over colons.
    """
    wide: tuple[Part, ...] = tuple(Wild.STAR if isinstance(part, Variable) else part for part in parts)
    if mode is not Mode.ARN:
        return glob_of(wide, ignore_case=mode is Mode.IGNORE_CASE)
    segments = split_arn(parts)
    if not any(isinstance(part, Variable) for segment in segments[:-1] for part in segment):
        return arn_glob_of(wide)
    tokens: list[Token] = list(glob_of(wide))
    if tokens[-1] != STAR:
        tokens.append(STAR)
    return tuple(tokens)


def _opaque(parts: tuple[Part, ...], mode: Mode) -> Language:
    """The template with one private letter for each variable; nothing where that would not be sound."""
    letters: list[Part] = []
    for part in parts:
        letter = _letter(part) if isinstance(part, Variable) else part
        if letter is None or (isinstance(part, str) and has_letters(part)):
            return ()
        letters.append(letter)
    if mode is Mode.ARN:
        early = "".join(part for segment in split_arn(letters)[:-1] for part in segment if isinstance(part, str))
        if any(is_letter(char) and ord(char) < OPAQUE_PLAIN_FIRST for char in early):
            return ()
    return (glob_for(tuple(letters), mode),)


def has_letters(text: str) -> bool:
    """Whether a text of a policy holds characters that are reserved for variables here."""
    return any(is_letter(char) for char in text)


def concrete(lang: WithVariables, values: Callable[[str], str | None]) -> Language:
    """The language for given values of the variables; a text whose variable has no value matches nothing."""
    globs = list(lang.fixed)
    for pattern in lang.patterns:
        assert isinstance(pattern, Pattern)
        parts = substitute(Template("", pattern.parts), values)
        if parts is not None:
            globs.append(glob_for(parts, pattern.mode))
    return tuple(globs)


def variables_of(lang: WithVariables) -> list[Variable]:
    """The variables of a language."""
    patterns = [pattern for pattern in lang.patterns if isinstance(pattern, Pattern)]
    return [part for pattern in patterns for part in pattern.parts if isinstance(part, Variable)]


def aligned_values(lang: WithVariables, others: Iterable[Glob]) -> dict[str, list[str]]:
    """Values for the variables that make a template meet one of the other globs, found by aligning the literals."""
    found: dict[str, list[str]] = {}
    texts = [sample(glob)[:200] for glob in others]
    for pattern in lang.patterns:
        if isinstance(pattern, Pattern):
            _align(pattern, texts, found)
    return found


def _align(pattern: Pattern, texts: Iterable[str], found: dict[str, list[str]]) -> None:
    regex, keys, stars = "", [], 0
    for part in pattern.parts:
        if isinstance(part, Variable):
            regex += "(.{1,64}?)"
            keys.append(part.key)
        elif isinstance(part, Wild):
            stars += part is Wild.STAR
            regex += ".*?" if part is Wild.STAR else "."
        else:
            regex += re.escape(part)
    if len(keys) + stars > 3:
        return
    matcher = re.compile(regex, re.DOTALL)
    for text in texts:
        hit = matcher.fullmatch(text)
        if hit is not None:
            for key, value in zip(keys, hit.groups(), strict=True):
                if value not in found.setdefault(key, []):
                    found[key].append(value)
