"""Edits of a text by place, and the unified diff that they make; nothing here knows a format."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from lambdaudit.secrets import judge_all, redact

CONTEXT: Final = 3
"""Lines around a change that a diff shows, as diff and git do."""
_ASSIGNED: Final = re.compile(r"""([A-Za-z_][\w.-]{0,80})["']?[ \t]*[:=][ \t]*["']?([^,}\]"'\s][^,}\]"']{0,400})""")
_BLOCK: Final = re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL)
_LONG: Final = re.compile(r"(?<![\w/:.-])[A-Za-z0-9+/]{32,}")


class Edit(NamedTuple):
    """The characters from `start` up to `end` become `text`; equal places are an insertion."""

    start: int
    end: int
    text: str


def overlap(left: Edit, right: Edit) -> bool:
    """Whether two edits touch the same characters. Two insertions at one place do not: they stand one after the other."""
    if left.start == left.end and right.start == right.end:
        return False
    return (left.start < right.end and right.start < left.end) or (left.start == right.start and left != right)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits that do not overlap. Insertions at one place keep their order."""
    parts, position = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        parts += [text[position : edit.start], edit.text]
        position = edit.end
    return "".join([*parts, text[position:]])


def between(before: str, after: str) -> list[Edit]:
    """Edits of whole lines that make one text of another."""
    old, new = _lines(before), _lines(after)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    rows = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [Edit(starts[a], starts[b], "".join(new[c:d])) for what, a, b, c, d in rows if what != "equal"]


class _Change(NamedTuple):
    """Old lines `first` to `last` (not included) become `new`, lines with their ends."""

    first: int
    last: int
    new: list[str]


def unified(path: str, text: str, edits: Sequence[Edit]) -> str:
    """The unified diff that ``patch -p1`` and ``git apply`` take; empty when nothing changes or a secret would be shown.

    Lines around a change that hold a secret are not shown: the diff then has less context. A secret in a changed line, or
    directly beside it, leaves no diff.
    """
    lines = _lines(text)
    changes = _changes(text, lines, edits)
    if not changes:
        return ""
    hidden = _with_secrets(text, lines)
    groups: list[list[_Change]] = []
    for change in changes:
        if groups and _joins(groups[-1][-1].last, change.first, hidden):
            groups[-1].append(change)
        else:
            groups.append([change])
    body, shift = [], 0
    for group in groups:
        context = _context(group, hidden, len(lines))
        if context is None:
            return ""
        hunk, shift = _hunk(lines, group, context, shift)
        body.append(hunk)
    return f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n" + "".join(body)


def _joins(last: int, first: int, hidden: set[int]) -> bool:
    """Whether the lines between two changes are few, and may be shown."""
    return first - last <= 2 * CONTEXT and hidden.isdisjoint(range(last, first))


def _lines(text: str) -> list[str]:
    """Lines with their ends, as diff counts them: only a line feed ends one."""
    return [part for part in re.split(r"(?<=\n)", text) if part]


def _changes(text: str, lines: list[str], edits: Sequence[Edit]) -> list[_Change]:
    """The edits as changes of whole lines, joined where they touch the same line, without lines that stay as they are."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    regions: list[tuple[int, int, list[Edit]]] = []
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        first = min(bisect_right(starts, edit.start) - 1, len(lines))
        if edit.start == len(text) and lines and not lines[-1].endswith("\n"):
            first = len(lines) - 1
        last = min(bisect_right(starts, edit.end) - 1, len(lines))
        if edit.end != starts[last] or not edit.text.endswith("\n"):
            # The line in which it ends, or which it would be joined with, changes as well.
            last = min(last + 1, len(lines))
        begin, end, held = regions[-1] if regions else (-1, -1, [])
        if first < end or (first, last) == (begin, end) or first == end == len(lines):
            regions[-1] = (begin, max(end, last), [*held, edit])
        else:
            regions.append((first, last, [edit]))
    made = []
    for first, last, held in regions:
        base = starts[first]
        old = lines[first:last]
        new = _lines(apply("".join(old), [Edit(e.start - base, e.end - base, e.text) for e in held]))
        while old and new and old[0] == new[0]:
            old, new, first = old[1:], new[1:], first + 1
        while old and new and old[-1] == new[-1]:
            old, new, last = old[:-1], new[:-1], last - 1
        if old or new:
            made.append(_Change(first, last, new))
    return made


def _context(group: list[_Change], hidden: set[int], count: int) -> tuple[int, int] | None:
    """How many lines before and after may be shown; None when they are too few for a hunk.

    git and patch take a hunk with less context after it than before as the end of the file, so that is only given there.
    """
    if any(not hidden.isdisjoint(range(change.first, change.last)) for change in group):
        return None
    first, last = group[0].first, group[-1].last
    before = after = 0
    while before < CONTEXT and first - before > 0 and first - before - 1 not in hidden:
        before += 1
    while after < CONTEXT and last + after < count and last + after not in hidden:
        after += 1
    if after < CONTEXT and last + after < count:
        if not after:
            return None
        before = min(before, after)
    return before, after


def _hunk(lines: list[str], group: list[_Change], context: tuple[int, int], shift: int) -> tuple[str, int]:
    first, last = group[0].first - context[0], group[-1].last + context[1]
    rows: list[str] = []
    position, grown = first, 0
    for change in group:
        rows += [_row(" ", line) for line in lines[position : change.first]]
        rows += [_row("-", line) for line in lines[change.first : change.last]]
        rows += [_row("+", line) for line in change.new]
        grown += len(change.new) - (change.last - change.first)
        position = change.last
    rows += [_row(" ", line) for line in lines[position:last]]
    old, new = last - first, last - first + grown
    head = f"@@ -{_range(first, old)} +{_range(first + shift, new)} @@\n"
    return head + "".join(rows), shift + grown


def _range(first: int, count: int) -> str:
    start = first + 1 if count else first
    return str(start) if count == 1 else f"{start},{count}"


def _row(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _name(path: str) -> str:
    """A path in a diff's head: quoted as git does when it holds anything odd; a tab ends one with spaces."""
    if all(c.isascii() and c.isprintable() and c not in '"\\' for c in path):
        return f"{path}\t" if " " in path else path
    named = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(named.get(c) or _shown(c) for c in path) + '"'


def _looks_random(word: str) -> bool:
    """Whether a long word is no name or path: a line of a key, or a token."""
    return len(set(word)) > 14 and any(map(str.isdigit, word)) and word.lower() != word and word.upper() != word


def _shown(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    return "".join(f"\\{byte:03o}" for byte in character.encode("utf-8", "surrogateescape"))


def _with_secrets(text: str, lines: list[str]) -> set[int]:
    """Numbers of the lines that hold a secret, or a part of one."""
    found: set[int] = set()
    starts, position = [], 0
    for line in lines:
        starts.append(position)
        position += len(line)
    for block in _BLOCK.finditer(text):
        found.update(range(bisect_right(starts, block.start()) - 1, bisect_right(starts, block.end() - 1)))
    for number, line in enumerate(lines):
        shown = line.rstrip("\r\n")
        if redact(shown) != shown or any(_looks_random(word) for word in _LONG.findall(shown)):
            found.add(number)
            continue
        named = {name: value.strip() for name, value in _ASSIGNED.findall(shown) if len(value.strip()) >= 4}
        if any(judgement.kind for judgement in (judge_all(named) if named else {}).values()):
            found.add(number)
    return found
