"""Templates: escapes, white-space markers, indentation of heredocs, and directives with their ends."""

import re
from dataclasses import dataclass, replace

from lambdaudit.sources.iac.values import Span

from .syntax import Bad, Expr, Literal, Template, TemplateFor, TemplateIf

_ESCAPE = re.compile(r'\\(?:([nrt"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))|\$\$\{|%%\{')
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def unescape(text: str) -> str:
    """The text of a quoted template with its escapes resolved; unknown escapes stay as they are."""
    if "\\" not in text and "{" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return _PLAIN[match[1]]
        if match[2] or match[3]:
            code = int(match[2] or match[3], 16)
            return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else "�"
        return match[0][1:]

    return _ESCAPE.sub(one, text)


@dataclass(slots=True)
class Part:
    """A piece of a template before it is put together.

    `kind`: ``text``, ``value``, ``if``, ``else``, ``endif``, ``for``, ``endfor`` or ``bad``; `left` and `right` say that the
    white space on that side goes away (``~``).
    """

    kind: str
    text: str = ""
    value: Expr | None = None
    at: Span | None = None
    names: tuple[str, ...] = ()
    left: bool = False
    right: bool = False


def assemble(at: Span, parts: list[Part], *, flush: bool = False) -> Expr:
    """The expression of a template's flat parts: a Literal, the one value that it consists of, or a Template."""
    if flush:
        parts = _without_indentation(parts)
    parts = _stripped(parts)
    if not parts:
        return Literal(at, "")
    if len(parts) == 1 and parts[0].kind == "value" and parts[0].value is not None and not flush:
        return parts[0].value
    if all(part.kind == "text" for part in parts):
        return Literal(at, "".join(part.text for part in parts))
    builder = _Builder(parts, at)
    template = builder.until(())
    return template if builder.position >= len(parts) else Bad(at, "a template directive without its beginning")


def _without_indentation(parts: list[Part]) -> list[Part]:
    """Take away the smallest indentation of all lines, as ``<<-`` asks for; lines of nothing but white space do not count."""
    lines: list[tuple[int, int]] = []
    pieces: list[list[str]] = []
    at_start = True
    for number, part in enumerate(parts):
        split = part.text.splitlines(keepends=True) if part.kind == "text" else []
        pieces.append(split)
        lines.extend((number, index) for index in range(len(split)) if index or at_start)
        at_start = bool(split) and split[-1].endswith("\n")
        if part.kind != "text":
            if (not lines or lines[-1][0] != number - 1) and _begins_line(parts, number):
                lines.append((number, -1))
            at_start = False
    indents = []
    for number, index in lines:
        line = pieces[number][index] if index >= 0 else "x"
        if line.strip() or (index == len(pieces[number]) - 1 and not line.endswith("\n")):
            indents.append(len(line) - len(line.lstrip()))
    cut = min(indents, default=0)
    if not cut:
        return parts
    for number, index in lines:
        if index >= 0:
            line = pieces[number][index]
            blank = len(line) - len(line.lstrip(" \t"))
            pieces[number][index] = line[min(cut, blank) :]
    return [replace(p, text="".join(pieces[i])) if p.kind == "text" else p for i, p in enumerate(parts)]


def _begins_line(parts: list[Part], number: int) -> bool:
    before = parts[number - 1] if number else None
    return before is None or (before.kind == "text" and before.text.endswith("\n"))


def _stripped(parts: list[Part]) -> list[Part]:
    """Apply the ``~`` markers, and drop empty texts."""
    done = [replace(part) if part.kind == "text" else part for part in parts]
    for number, part in enumerate(done):
        if part.left and number and done[number - 1].kind == "text":
            done[number - 1].text = done[number - 1].text.rstrip()
        if part.right and number + 1 < len(done) and done[number + 1].kind == "text":
            done[number + 1].text = done[number + 1].text.lstrip()
    return [part for part in done if part.kind != "text" or part.text]


class _Builder:
    """Nests directives. Bounded by the reader: a template has at most as many parts as its file has bytes, depth by recursion."""

    def __init__(self, parts: list[Part], at: Span) -> None:
        self.parts = parts
        self.at = at
        self.position = 0

    def until(self, ends: tuple[str, ...], depth: int = 0) -> Template:
        found: list[str | Expr | TemplateIf | TemplateFor] = []
        while self.position < len(self.parts):
            part = self.parts[self.position]
            if part.kind in ends:
                break
            self.position += 1
            at = part.at or self.at
            if part.kind == "text":
                found.append(part.text)
            elif part.kind == "value" and part.value is not None:
                found.append(part.value)
            elif part.kind in ("if", "for") and part.value is not None and depth < 30:
                found.append(self.condition(part, at, depth) if part.kind == "if" else self.loop(part, at, depth))
            else:
                found.append(part.value if isinstance(part.value, Bad) else Bad(at, "a template directive that does not fit"))
        return Template(self.at, tuple(found))

    def condition(self, part: Part, at: Span, depth: int) -> TemplateIf:
        assert part.value is not None
        then = self.until(("else", "endif"), depth + 1)
        otherwise = Template(at, ())
        if self.position < len(self.parts) and self.parts[self.position].kind == "else":
            self.position += 1
            otherwise = self.until(("endif",), depth + 1)
        self.position += 1
        return TemplateIf(at, part.value, then, otherwise)

    def loop(self, part: Part, at: Span, depth: int) -> TemplateFor:
        assert part.value is not None
        body = self.until(("endfor",), depth + 1)
        self.position += 1
        key, value = part.names if len(part.names) == 2 else ("", part.names[0] if part.names else "_")
        return TemplateFor(at, key, value, part.value, body)
