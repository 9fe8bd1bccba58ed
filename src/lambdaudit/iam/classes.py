"""Classes of actions refined by the resources that the actions take, with as few questions as possible."""

from collections.abc import Callable, Iterator
from functools import lru_cache

from lambdaudit.iam.automaton import STAR, Glob, Language
from lambdaudit.iam.cells import text_language
from lambdaudit.iam.formula import RESOURCE, Node, atoms, conj, holds
from lambdaudit.iam.query import Found, Query
from lambdaudit.iam.shapes import ANYTHING, NO_RESOURCE, by_shape, example_of, examples_of

Within = Callable[[Node], Node]
"""Adds to a formula what holds for every request of the question."""


def spread(
    query: Query, node: Node, names: list[str], within: Within, *, partition: str, account: str
) -> Iterator[tuple[list[str], Found, str]]:
    """Answers for the actions of one class, which the policies cannot tell apart.

    Gives groups of actions with what was found for them and a resource to use (empty: the one that was found). Where the
    policies look at the resource, actions are grouped by the resources that they take; usual resources are tried first.
    """
    asked = within(node)
    usual = examples_of(names, account, partition)
    found = query.ask(asked, usual)
    if found.proved:
        return
    languages = [text_language(atom) for atom in atoms(node) if atom.dim == RESOURCE]
    if not languages or not found.candidates:
        yield names, found, (*usual, "*")[0] if not languages else ""
        return
    hits: dict[int, tuple[list[str], Found, str]] = {}
    for shape, group in by_shape(names, partition).items():
        text = ""
        if shape != ANYTHING:
            found, text = _at_shape(query, node, within, shape, languages, account)
        else:
            found = query.ask(asked, usual)
        if not found.proved:
            hits.setdefault(id(found), ([], found, text))[0].extend(group)
    yield from hits.values()


def _at_shape(
    query: Query, node: Node, within: Within, shape: Language, languages: list[Language], account: str
) -> tuple[Found, str]:
    """What holds for the resources of a shape: tried at a usual one of each glob first, then exactly."""
    asked = within(node)
    rest: list[Glob] = []
    for glob in shape:
        text = "*" if glob == NO_RESOURCE else example_of(glob, account)
        found = query.ask(asked, (), text)
        if found.sure:
            return found, text
        if not found.proved or not all(_settled(glob, language) for language in languages):
            rest.append(glob)
    maybe = found
    for glob in rest:
        found = query.ask(within(conj([node, holds(RESOURCE, (glob,))])))
        if found.sure or found.candidates:
            return found, ""
        maybe = maybe if found.proved else found
    return maybe, ""


def _settled(shape: Glob, language: Language) -> bool:
    """Whether all resources of a shape lie in the language or none of them, so that one answers for all."""
    return all(glob == (STAR,) or _apart(shape, glob) for glob in language)


def _apart(first: Glob, second: Glob) -> bool:
    """Whether two globs have no text in common because partition or service differ. False when unsure."""
    left, right = _head(first), _head(second)
    if left is None or right is None:
        return left is not right and NO_RESOURCE in (first, second)
    return any(a is not None and b is not None and a != b for a, b in zip(left, right, strict=True))


@lru_cache(maxsize=16_384)
def _head(glob: Glob) -> tuple[str | None, str | None] | None:
    """Partition and service of an ARN glob, None for each that has wildcards; None for texts that are no ARN."""
    if glob[:4] != ("a", "r", "n", ":"):
        return None
    segments: list[list[str]] = [[]]
    for token in glob[4:]:
        if token == STAR:
            break
        if token == ":":
            if len(segments) == 2:
                return _literal(segments[0]), _literal(segments[1])
            segments.append([])
        else:
            segments[-1].append(token)
    return _literal(segments[0]) if len(segments) == 2 else None, None


def _literal(tokens: list[str]) -> str | None:
    return "".join(tokens) if all(len(token) == 1 for token in tokens) else None
