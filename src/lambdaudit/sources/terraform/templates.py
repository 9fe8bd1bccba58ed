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


def assemble(at: Span, parts: list[Part], *, lines: bool = False, flush: bool = False, file: bool = False) -> Expr:
    """The expression of a template's flat parts: a Literal, the one value that it consists of, or a Template.

    `lines`: white-space markers reach to the end of the line only, as in heredocs and files; `flush` for ``<<-``; `file` for a
    template that is no heredoc.
    """
    if lines:
        parts = _by_line(parts)
    parts = _stripped(parts)
    if flush:
        _without_indentation(parts)
    parts = [part for part in parts if part.kind != "text" or part.text]
    if not parts:
        return Literal(at, "")
    if len(parts) == 1 and parts[0].kind == "value" and parts[0].value is not None and (file or not lines):
        return parts[0].value
    if all(part.kind == "text" for part in parts):
        return Literal(at, "".join(part.text for part in parts))
    builder = _Builder(parts, at)
    template = builder.until(())
    return template if builder.position >= len(parts) else Bad(at, "a template directive without its beginning")


def _by_line(parts: list[Part]) -> list[Part]:
    """Texts split after each line end, which is how HCL reads heredocs."""
    found: list[Part] = []
    for part in parts:
        if part.kind == "text":
            found.extend(Part("text", line) for line in part.text.splitlines(keepends=True))
        else:
            found.append(part)
    return found


def _stripped(parts: list[Part]) -> list[Part]:
    """Apply the ``~`` markers to the neighbouring texts."""
    done = [replace(part) if part.kind == "text" else part for part in parts]
    for number, part in enumerate(done):
        if part.left and number and done[number - 1].kind == "text":
            done[number - 1].text = done[number - 1].text.rstrip()
        if part.right and number + 1 < len(done) and done[number + 1].kind == "text":
            done[number + 1].text = done[number + 1].text.lstrip()
    return done


def _without_indentation(parts: list[Part]) -> None:
    """Take the smallest indentation away from the texts that begin a line; blank lines do not count.

    A line that begins with an interpolation, or whose indentation a ``~`` took away, has none.
    """
    starts: list[Part] = []
    least = -1
    newline = True
    for part in parts:
        if newline:
            newline = False
            spaces = 0
            if part.kind == "text":
                trimmed = part.text.lstrip()
                blank = not trimmed and part.text.endswith("\n")
                spaces = -1 if blank else len(part.text) - len(trimmed)
                if not blank:
                    starts.append(part)
            if spaces >= 0 and (least < 0 or spaces < least):
                least = spaces
        if part.kind == "text" and part.text.endswith("\n"):
            newline = True
    for part in starts if least > 0 else ():
        part.text = part.text[least:]


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
