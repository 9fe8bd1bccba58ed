"""The instructions of a Dockerfile with their places, as BuildKit's front end reads them.

Own code, because the library on PyPI (dockerfile-parse 2.0.1, last released in 2023) knows no here-documents, writes files
and gives no columns. See https://docs.docker.com/reference/dockerfile/.
"""

import bisect
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lambdaudit.model.where import Where

MOST_BYTES = 1024 * 1024
_MOST_INSTRUCTIONS = 4000
_MOST_LINES = 40_000
_LONGEST = 100_000
KEYWORDS = frozenset((
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN",
    "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
))  # fmt: skip
_DIRECTIVES = ("syntax", "escape", "check")
_FLAGGED = frozenset(("ADD", "COPY", "FROM", "HEALTHCHECK", "RUN"))
_WITH_HEREDOCS = frozenset(("ADD", "COPY", "RUN"))
_AS_LIST = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))
_DIRECTIVE = re.compile(r"#\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$")
_WORD = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")
_FLAG = re.compile(r"\s*--([a-z][a-z-]*)(?:=(\"[^\"]*\"|'[^']*'|\S*))?(?=\s|$)")
_HEREDOC = re.compile(r"\d*<<(-?)([\"']?)([^<\"'\s]+)\2$")
_RAW_WORD = re.compile(r"(?:\"(?:\\.|[^\"\\])*\"|'[^']*'|\\.|[^\s\"'\\])+|[\"'\\]")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its name, its text with line ends, the line that the text begins at, whether variables in it count."""

    name: str
    text: str
    line: int
    expands: bool


@dataclass(slots=True)
class Instruction:
    """One instruction. `text` is what stands behind the keyword and the flags, continued lines joined.

    `flags` are the ``--name=value`` before it (a name may come again: ``--mount``), `words` those of the list form, None for the
    shell form. `trigger`: it stands behind ONBUILD, and runs when another image is built on this one.
    """

    keyword: str
    text: str
    line: int
    column: int
    flags: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] | None = None
    heredocs: tuple[Heredoc, ...] = ()
    trigger: bool = False
    _starts: list[int] = field(default_factory=list)
    _places: list[tuple[int, int]] = field(default_factory=list)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a character of `text`, both from 1."""
        at = bisect.bisect_right(self._starts, offset) - 1
        if at < 0:
            return self.line, self.column
        line, column = self._places[at]
        return line, column + offset - self._starts[at]

    def where(self, source: str, offset: int | None = None) -> Where:
        """The place of the instruction, or of a character of its text."""
        line, column = (self.line, self.column) if offset is None else self.place(offset)
        return Where(source, line=line, column=column)

    def flag(self, name: str) -> tuple[str, ...]:
        """The values of a flag, in their order."""
        return tuple(value for key, value in self.flags if key == name)


@dataclass(slots=True)
class Parsed:
    """The instructions of a file, its parser directives, and one line for each thing that is no Dockerfile."""

    instructions: list[Instruction] = field(default_factory=list)
    directives: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def escape(self) -> str:
        """The character that continues lines and escapes others."""
        return "`" if self.directives.get("escape") == "`" else "\\"


def parse(data: bytes | str) -> Parsed:
    """Read a Dockerfile. Raises nothing: what cannot be understood is a line in `faults`, and the rest is read all the same."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    parsed = Parsed()
    if len(text) > MOST_BYTES:
        parsed.faults.append(f"it is larger than {MOST_BYTES // 1024} KiB; the rest was not read")
    lines = re.split(r"\r?\n", text.removeprefix("\ufeff")[:MOST_BYTES])
    if len(lines) > _MOST_LINES:
        parsed.faults.append(f"it has more than {_MOST_LINES} lines; the rest was not read")
    _Reader(lines[:_MOST_LINES], parsed).read()
    return parsed


class _Reader:
    """Takes the lines one after another."""

    def __init__(self, lines: list[str], parsed: Parsed) -> None:
        self._lines = lines
        self._parsed = parsed
        self._at = 0

    def read(self) -> None:
        while self._at < len(self._lines):
            match = _DIRECTIVE.fullmatch(self._lines[self._at].strip())
            name = match[1].lower() if match else ""
            if match is None or name not in _DIRECTIVES or name in self._parsed.directives:
                break
            self._parsed.directives[name] = match[2]
            self._at += 1
        escape = re.escape(self._parsed.escape)
        self._continued = re.compile(rf"(?:^|[^{escape}])({escape}[ \t]*)$")
        while self._at < len(self._lines):
            if len(self._parsed.instructions) >= _MOST_INSTRUCTIONS:
                self._parsed.faults.append(f"it has more than {_MOST_INSTRUCTIONS} instructions; the rest was not read")
                return
            first = self._lines[self._at]
            if not first.strip() or first.lstrip().startswith("#"):
                self._at += 1
                continue
            self._one()

    def _one(self) -> None:
        number, length = self._at + 1, 0
        pieces: list[str] = []
        starts: list[int] = []
        places: list[tuple[int, int]] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if pieces and (not line.strip() or line.lstrip().startswith("#")):
                continue
            indent = 0 if pieces else len(line) - len(line.lstrip())
            match = self._continued.search(line)
            piece = line[indent : match.start(1)] if match else line[indent:]
            starts.append(length)
            places.append((self._at, indent + 1))
            pieces.append(piece)
            length += len(piece)
            if match is None:
                break
            if length > _LONGEST:
                self._parsed.faults.append(f"line {number}: the instruction is longer than {_LONGEST} characters")
        whole = "".join(pieces)[:_LONGEST].rstrip()
        made = self._made(whole, 0, number, places[0][1], starts, places, trigger=False)
        if made:
            self._parsed.instructions.append(made)

    def _made(
        self, whole: str, at: int, line: int, column: int, starts: list[int], places: list[tuple[int, int]], *, trigger: bool
    ) -> Instruction | None:
        """The instruction that begins at an offset of a joined line; its here-documents are taken from the lines that follow."""
        match = _WORD.match(whole, at)
        keyword = match[1].upper() if match else ""
        if match is None or keyword not in KEYWORDS:
            self._parsed.faults.append(f"line {line}: no instruction of Dockerfiles")
            return None
        at = match.end()
        if keyword == "ONBUILD" and not trigger:
            return self._made(whole, at, line, column, starts, places, trigger=True)
        flags = []
        while keyword in _FLAGGED and (flag := _FLAG.match(whole, at)):
            flags.append((flag[1], (flag[2] or "").strip("\"'")))
            at = flag.end()
        at += len(whole[at:]) - len(whole[at:].lstrip())
        made = Instruction(keyword, whole[at:], line, column, tuple(flags), trigger=trigger)
        made._starts, made._places = [start - at for start in starts], places
        made.words = _listed(made.text) if keyword in _AS_LIST else None
        if keyword in _WITH_HEREDOCS and made.words is None:
            made.heredocs = tuple(self._heredocs(made.text, line))
        return made

    def _heredocs(self, text: str, line: int) -> Iterator[Heredoc]:
        for word in raw_words(text) if "<<" in text else ():
            match = _HEREDOC.match(word)
            if match is None:
                continue
            start, body = self._at + 1, []
            while self._at < len(self._lines):
                content = self._lines[self._at]
                self._at += 1
                content = content.lstrip("\t") if match[1] else content
                if content == match[3]:
                    break
                body.append(content + "\n")
            else:
                self._parsed.faults.append(f"line {line}: the here-document {match[3][:40]} has no end")
            yield Heredoc(match[3], "".join(body), start, not match[2])


def raw_words(text: str) -> list[str]:
    """The words of a line with their quotes."""
    return [match[0] for match in _RAW_WORD.finditer(text)]


def _listed(text: str) -> tuple[str, ...] | None:
    """The words of the list form, which is JSON; None for the shell form."""
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(found) if isinstance(found, list) and all(isinstance(word, str) for word in found) else None


__all__ = ["KEYWORDS", "MOST_BYTES", "Heredoc", "Instruction", "Parsed", "parse", "raw_words"]
