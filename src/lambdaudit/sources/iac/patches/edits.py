"""Edits of a text by place, and the unified diff that they make; nothing here knows a format."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from lambdaudit.secrets import judge_all, redact

CONTEXT: Final = 3
"""Lines around a change that a diff shows, as diff and git do."""
_ASSIGNED: Final = re.compile(r"""^[\s{,-]*["']?([A-Za-z_][\w.-]*)["']?\s*[:=]\s*(.+?)\s*,?\s*$""")
_BLOCK: Final = re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL)
_LONG: Final = re.compile(r"[A-Za-z0-9+/=_-]{32,}")


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
    groups: list[list[_Change]] = [[changes[0]]]
    widths = [_width(change, hidden, len(lines)) for change in changes]
    if min(widths) < 0:
        return ""
    spans = [widths[0]]
    for change, width in zip(changes[1:], widths[1:], strict=True):
        before = groups[-1][-1]
        gap = set(range(before.last, change.first))
        if change.first - before.last <= spans[-1] + width and not gap & hidden:
            groups[-1].append(change)
            spans[-1] = min(spans[-1], width)
        else:
            groups.append([change])
            spans.append(width)
    body, shift = [], 0
    for group, width in zip(groups, spans, strict=True):
        text_of, shift = _hunk(lines, group, width, shift)
        body.append(text_of)
    return f"--- {_name('a/' + path)}\n+++ {_name('b/' + path)}\n" + "".join(body)


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
        whole = edit.start == starts[first] and edit.end == edit.start and edit.text.endswith("\n")
        if edit.start == len(text) and lines and not lines[-1].endswith("\n"):
            first, whole = len(lines) - 1, False
        last = first if whole else max(first + 1, bisect_right(starts, max(edit.end - 1, edit.start)))
        last = min(last, len(lines))
        begin, end, held = regions[-1] if regions else (-1, -1, [])
        if first < end or (first, last) == (begin, end):
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


def _width(change: _Change, hidden: set[int], count: int) -> int:
    """How much context a change may have; -1 when there is none that is safe and enough."""
    if hidden & set(range(change.first, change.last)):
        return -1
    width = 0
    while width < CONTEXT and not {change.first - width - 1, change.last + width} & hidden:
        width += 1
    whole = change.first == 0 and change.last == count
    return width if width or whole else -1


def _hunk(lines: list[str], group: list[_Change], width: int, shift: int) -> tuple[str, int]:
    first = max(0, group[0].first - width)
    last = min(len(lines), group[-1].last + width)
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
    named: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines):
        shown = line.rstrip("\r\n")
        if redact(shown) != shown:
            found.add(number)
        elif match := _ASSIGNED.match(shown):
            named[f"{number}:{match[1]}"] = (number, match[2].strip("\"'"))
        if any(len(set(word)) > 14 and any(map(str.isdigit, word)) for word in _LONG.findall(shown)):
            found.add(number)
    for key, (number, value) in named.items():
        name = key.partition(":")[2]
        if len(value) >= 4 and judge_all({name: value})[name].kind:
            found.add(number)
    return found
