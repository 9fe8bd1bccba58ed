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


class Sheet:
    """A text by lines, each looked at for secrets when it is about to be shown."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = _lines(text)
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line))
        self._hidden: dict[int, bool] = {}
        for block in _BLOCK.finditer(text):
            first, last = bisect_right(self.starts, block.start()) - 1, bisect_right(self.starts, block.end() - 1)
            self._hidden.update(dict.fromkeys(range(first, last), True))

    def hides(self, first: int, last: int) -> bool:
        """Whether one of the lines from `first` up to `last` (not included) holds a secret, or a part of one."""
        for number in range(first, last):
            if number not in self._hidden:
                self._hidden[number] = _holds_secret(self.lines[number].rstrip("\r\n"))
            if self._hidden[number]:
                return True
        return False


class _Change(NamedTuple):
    """Old lines `first` to `last` (not included) become `new`, lines with their ends."""

    first: int
    last: int
    new: list[str]


def unified(path: str, sheet: Sheet, edits: Sequence[Edit]) -> str:
    """The unified diff that ``patch -p1`` and ``git apply`` take; empty when nothing changes or a secret would be shown.

    Lines around a change that hold a secret are not shown: the diff then has less context. A secret in a changed line, or
    directly after it, leaves no diff.
    """
    groups: list[list[_Change]] = []
    for change in _changes(sheet, edits):
        last = groups[-1][-1].last if groups else 0
        if groups and change.first - last <= 2 * CONTEXT and not sheet.hides(last, change.first):
            groups[-1].append(change)
        else:
            groups.append([change])
    if not groups:
        return ""
    body, shift = [], 0
    for group in groups:
        context = _context(group, sheet)
        if context is None:
            return ""
        hunk, shift = _hunk(sheet.lines, group, context, shift)
        body.append(hunk)
    return f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n" + "".join(body)


def _lines(text: str) -> list[str]:
    """Lines with their ends, as diff counts them: only a line feed ends one."""
    return [part for part in re.split(r"(?<=\n)", text) if part]


def _changes(sheet: Sheet, edits: Sequence[Edit]) -> list[_Change]:
    """The edits as changes of whole lines, joined where they touch the same line, without lines that stay as they are."""
    text, lines, starts = sheet.text, sheet.lines, sheet.starts
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


def _context(group: list[_Change], sheet: Sheet) -> tuple[int, int] | None:
    """How many lines before and after may be shown; None when they are too few for a hunk.

    git and patch take a hunk with less context after it than before as the end of the file, so that is only given there.
    """
    if any(sheet.hides(change.first, change.last) for change in group):
        return None
    first, last, count = group[0].first, group[-1].last, len(sheet.lines)
    before = after = 0
    while before < CONTEXT and first > before and not sheet.hides(first - before - 1, first - before):
        before += 1
    while after < CONTEXT and last + after < count and not sheet.hides(last + after, last + after + 1):
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


def _holds_secret(line: str) -> bool:
    if redact(line) != line or any(_looks_random(word) for word in _LONG.findall(line)):
        return True
    named = {name: value.strip() for name, value in _ASSIGNED.findall(line) if len(value.strip()) >= 4}
    return bool(named) and any(judgement.kind for judgement in judge_all(named).values())
