"""Literal texts into facts about secrets: what, where and how sure, never the text."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lambdaudit.model.code import CodeSecret
from lambdaudit.model.where import Where, escape_pointer
from lambdaudit.secrets import Context, Hit, fingerprint, judge, redact, scan_text
from lambdaudit.secrets.names import SECRET_ROLES, Role, read
from lambdaudit.secrets.randomness import surprise
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.iac.literals.trees import Leaf
from lambdaudit.sources.iac.values import Span

MOST: Final = 200
"""Secrets told of one file."""
_MOST_KEPT: Final = 50_000
_SURE: Final = ("high", "medium")
# Letters and signs only: nothing of a secret's form, unless a name promises one.
_PLAIN: Final = re.compile(r"[A-Za-z ,._/:${}*()\[\]|<>!?'#%&;+-]*")
_SHORT: Final = 8
_MOST_POINTER: Final = 12


class Judge:
    """Judges the texts of one run; the same name and text is judged once. `key` is that of fingerprints."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self._harmless: set[tuple[str, str]] = set()

    def secrets(self, leaves: Iterable[Leaf], source: str, text: str) -> tuple[CodeSecret, ...]:
        """The secrets among the leaves of a file, in their order. `text` is the file's, to find the line in a longer value."""
        found: list[CodeSecret] = []
        seen: set[tuple[int, int, str]] = set()
        for leaf in leaves:
            for secret in self._of(leaf, source, text):
                mark = (secret.where.line, secret.where.column, secret.fingerprint)
                if mark not in seen:
                    seen.add(mark)
                    found.append(secret)
            if len(found) >= MOST:
                break
        return tuple(found[:MOST])

    def _of(self, leaf: Leaf, source: str, text: str) -> Iterator[CodeSecret]:
        value = leaf.text
        role = read(leaf.name).role
        guarded = role in SECRET_ROLES or role is Role.WEAK
        if (not guarded and (len(value) < _SHORT or _PLAIN.fullmatch(value))) or not value:
            return
        known = (leaf.name, value)
        if known in self._harmless:
            return
        whole = not ("\n" in value.strip() and "PRIVATE KEY" not in value)
        several = list(self._scanned(leaf, source, text) if not whole else self._judged(leaf, source, text))
        if not several and len(self._harmless) < _MOST_KEPT:
            self._harmless.add(known)
        yield from several

    def _judged(self, leaf: Leaf, source: str, text: str) -> Iterator[CodeSecret]:
        judgement = judge(leaf.name, leaf.text, context=Context.METADATA if leaf.prose else Context.TEMPLATE)
        # Keys are often drawn by tools (logical ids): only what has the form of a credential counts there.
        if judgement.kind and judgement.confidence in _SURE and (leaf.name or judgement.kind != "high-entropy-token"):
            line, column = _place(leaf, leaf.text, source, text) if leaf.inner else _start(leaf, source)
            yield CodeSecret(
                where=_where(leaf, source, line, column),
                kind=judgement.kind,
                name=told(leaf.name),
                confidence=judgement.confidence,
                reason=judgement.reason,
                fingerprint=fingerprint(leaf.text, self.key),
            )

    def _scanned(self, leaf: Leaf, source: str, text: str) -> Iterator[CodeSecret]:
        """Secrets in a text of several lines: a script, a file's content."""
        for hit in scan_text(leaf.text, path=source, context=Context.METADATA if leaf.prose else Context.CONFIG):
            if hit.confidence not in _SURE:
                continue
            line, column = _place(leaf, leaf.text[hit.start : hit.end], source, text)
            yield self.hit(hit, leaf.text, _where(leaf, source, line, column))

    def hit(self, hit: Hit, text: str, where: Where) -> CodeSecret:
        """A hit in a text as a fact."""
        return CodeSecret(
            where=where,
            kind=hit.kind,
            name=hit.name,
            confidence=hit.confidence,
            reason=hit.reason,
            fingerprint=fingerprint(text[hit.start : hit.end], self.key),
        )


def _start(leaf: Leaf, source: str) -> tuple[int, int]:
    span = leaf.span or Span(source, 0, 0)
    return span.line, span.column


def _place(leaf: Leaf, part: str, source: str, text: str) -> tuple[int, int]:
    """Line and column of a part of a value in the text of its file; of the value where the part is written otherwise there."""
    line, column = _start(leaf, source)
    at = text.find(part, _offset(text, line))
    return (text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)) if at >= 0 else (line, column)


def _offset(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if not at:
            return 0
    return at


def told(name: str) -> str:
    """A key or name as it may be reported: shortened, and not where it looks like a piece of a secret."""
    shown = redact(clean(name))[:100]
    return "…" if surprise(shown) >= 24 else shown


def _where(leaf: Leaf, source: str, line: int, column: int) -> Where:
    """The place of a leaf. It has no subject: its pointer leads from the top of the file, not of a resource."""
    pointer = "".join(f"/{escape_pointer(told(key))}" for key in leaf.path[:_MOST_POINTER])
    return Where(source, "", pointer, line, column)
