"""Checks of statements against each other: repeated, covered, without effect."""

from collections.abc import Sequence
from typing import Final

from lambdaudit.iam.language import Entry, Principal
from lambdaudit.iam.lint.document import Document, Line
from lambdaudit.iam.lint.registry import SUGGESTION, WARNING, Found, check
from lambdaudit.iam.patterns import ArnPattern, Variable, arn_segments

MAX_STATEMENTS: Final = 200
MAX_RESOURCES: Final = 50
"""Pairs of statements and of resources are compared; policies within AWS's limits mostly have fewer."""


class _Body:
    """What a statement says, without its id, its place and the order of lists."""

    def __init__(self, line: Line) -> None:
        statement = line.statement
        self.line = line
        self.effect = statement.effect
        self.conditions = frozenset(
            (c.operator, c.qualifier, c.if_exists, c.key, frozenset(entry.raw for entry in c.values))
            for c in statement.conditions
        )
        self.principals = _names(statement.principals)
        self.resources = _texts(statement.resources)
        self.all_actions = any(not entry.raw.replace(":", "").strip("*") for entry in statement.actions or ())
        self.said = (
            self.effect,
            self.conditions,
            self.principals,
            _names(statement.not_principals),
            _texts(statement.actions, fold=True),
            _texts(statement.not_actions, fold=True),
            self.resources,
            _texts(statement.not_resources),
        )
        fixed = [entry for entry in (statement.resources or ())[:MAX_RESOURCES] if not entry.template.variables]
        self.patterns = [ArnPattern([p for p in entry.template.parts if not isinstance(p, Variable)]) for entry in fixed]
        # A wildcard of a narrower pattern becomes a character that only a wildcard of a wider one matches.
        self.samples = [(e.raw, arn_segments(e.raw.replace("*", "\x00\x01").replace("?", "\x00"))) for e in fixed]
        self.open_resources = [e.raw for e in statement.resources or () if e.template.variables]
        self.comparable = len(statement.resources or ()) <= MAX_RESOURCES and statement.not_principals is None

    def covers(self, other: "_Body") -> bool:
        """Whether this statement matches every request that the other one matches (a sufficient condition)."""
        return (
            self.comparable
            and other.comparable
            and self.conditions <= other.conditions
            and self._covers_principals(other)
            and self._covers_actions(other)
            and self._covers_resources(other)
        )

    def _covers_principals(self, other: "_Body") -> bool:
        if self.principals is None or self.line.for_everyone:
            return True
        return other.principals is not None and other.principals <= self.principals

    def _covers_actions(self, other: "_Body") -> bool:
        if self.all_actions:
            return True
        narrow = other.line
        return narrow.statement.actions is not None and bool(narrow.actions) and narrow.actions <= self.line.actions

    def _covers_resources(self, other: "_Body") -> bool:
        ours, theirs = self.line.statement, other.line.statement
        if ours.not_resources is not None or theirs.not_resources is not None:
            return False
        if self.resources is None or other.resources is None:
            return self.resources is other.resources
        if any(pattern.matches_all for pattern in self.patterns):
            return True
        return all(raw in self.resources for raw in other.open_resources) and all(
            raw in self.resources or any(pattern.matches(segments) for pattern in self.patterns)
            for raw, segments in other.samples
        )


def _texts(entries: Sequence[Entry] | None, *, fold: bool = False) -> frozenset[str] | None:
    if entries is None:
        return None
    return frozenset(entry.raw.lower() if fold else entry.raw for entry in entries)


def _names(entries: Sequence[Principal] | None) -> frozenset[tuple[str, str]] | None:
    return None if entries is None else frozenset((entry.element, entry.value) for entry in entries)


def _bodies(document: Document) -> list[_Body]:
    return [_Body(line) for line in document.lines if not line.statement.gaps][:MAX_STATEMENTS]


@check(SUGGESTION, fix="Remove the second one.")
def duplicate_statement(document: Document) -> Found:
    """A statement says the same as an earlier one."""
    seen: dict[tuple[object, ...], int] = {}
    for body in _bodies(document):
        if body.said in seen:
            yield body.line.pointer, f"The statement repeats number {seen[body.said]}."
        seen.setdefault(body.said, body.line.statement.index)


@check(SUGGESTION, fix="Remove the statement, or narrow the wider one.")
def redundant_statement(document: Document) -> Found:
    """A statement is covered by a wider one of the same effect."""
    bodies = _bodies(document)
    for body in bodies:
        for other in bodies:
            if other.effect is body.effect and other.said != body.said and other.covers(body):
                yield body.line.pointer, f"Statement {other.line.statement.index} covers everything that it says."
                break


@check(WARNING, fix="Remove the Allow, or narrow the Deny.")
def allow_is_denied(document: Document) -> Found:
    """An Allow is covered by a Deny of the same policy and never has an effect."""
    bodies = _bodies(document)
    denials = [body for body in bodies if body.line.denies]
    for body in bodies:
        for denial in denials if body.line.allows else ():
            if denial.covers(body):
                yield body.line.pointer, f"Statement {denial.line.statement.index} denies all that it allows."
                break
