"""Unified diffs taken apart: what is deleted and inserted where, for formats that hold edits instead of diffs."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+\d{1,9}(?:,(\d{1,9}))? @@")


class Edit(NamedTuple):
    """One replacement in a file: `deleted` lines from `line` (from 1) on go, `inserted` comes in their place.

    `open_end` is the length of the last deleted line when no line feed ends it, otherwise -1.
    """

    path: str
    line: int
    deleted: int
    inserted: str
    open_end: int = -1


def edits(patch: str) -> tuple[Edit, ...]:
    """The edits of a unified diff, in order; nothing for a text that is none, or is damaged."""
    try:
        return tuple(_edits(patch.split("\n")))
    except ValueError:
        return ()


def _edits(lines: list[str]) -> Iterator[Edit]:
    path, index = "", 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if line.startswith("+++ "):
            path = line[4:].partition("\t")[0].removeprefix("b/")
        elif match := _HUNK.match(line):
            if not path:
                raise ValueError("a hunk without a file")
            start, old, new = (int(number) if number is not None else 1 for number in match.groups())
            # Where nothing is deleted, a unified diff counts the line before.
            hunk, index = _body(lines, index, old, new)
            yield from _hunk(hunk, start if old else start + 1, path)


class _Run:
    """Deleted and inserted lines that stand together."""

    def __init__(self) -> None:
        self.deleted: list[str] = []
        self.inserted: list[str] = []
        self.open_old = self.open_new = False
        self.last = " "

    @property
    def empty(self) -> bool:
        return not self.deleted and not self.inserted

    def edit(self, path: str, line: int) -> Edit:
        text = "".join(f"{one}\n" for one in self.inserted)
        if self.open_new and text:
            text = text[:-1]
        return Edit(path, line, len(self.deleted), text, len(self.deleted[-1]) if self.open_old and self.deleted else -1)


def _body(lines: list[str], index: int, old: int, new: int) -> tuple[list[str], int]:
    """The lines of a hunk, as many as its head counts, and the index behind them. Raises ValueError when they are not there."""
    first = index
    while old > 0 or new > 0 or (index < len(lines) and lines[index].startswith("\\")):
        sign = lines[index][:1] if index < len(lines) else ""
        if sign not in ("+", "-", " ", "\\") or not sign:
            raise ValueError("a hunk that ends too early")
        old -= sign in ("-", " ")
        new -= sign in ("+", " ")
        index += 1
    return lines[first:index], index


def _hunk(lines: list[str], line: int, path: str) -> Iterator[Edit]:
    """The edits of one hunk that begins at a line."""
    run = _Run()
    for one in lines:
        sign, text = one[:1], one[1:]
        if sign == " ":
            if not run.empty:
                yield run.edit(path, line)
            line += len(run.deleted) + 1
            run = _Run()
        elif sign == "-":
            run.deleted.append(text)
        elif sign == "+":
            run.inserted.append(text)
        elif run.last == "-":
            run.open_old = True
        elif run.last == "+":
            run.open_new = True
        run.last = sign
    if not run.empty:
        yield run.edit(path, line)
