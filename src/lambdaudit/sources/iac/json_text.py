"""A reader of JSON text that keeps the line and column of every value; the standard library's keeps none."""

import re
from bisect import bisect_right
from typing import Any, Final

from lambdaudit.sources.iac.documents import MAX_DEPTH, MAX_NODES, MAX_WARNINGS, Document, DocumentError
from lambdaudit.sources.iac.values import Float, Int, List, Map, Span, Str

_TOKEN: Final = re.compile(
    r'[ \t\n\r]*(?:(?P<text>"(?:[^"\\\x00-\x1f]|\\.)*+")|(?P<mark>[{}\[\]:,])'
    r"|(?P<number>-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(?P<word>true|false|null))"
)
_WORDS: Final = {"true": True, "false": False, "null": None}
_MAX_DIGITS: Final = 400


class NotJson(Exception):
    """Malformed JSON: what was found, and `line`."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line


def parse_json(text: str, source: str) -> Document:
    """The value of a JSON text. Raises NotJson when it is malformed, DocumentError when it is too large or deep."""
    return _Reader(text, source).read()


class _Reader:
    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.position = 0
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.warnings: list[str] = []
        self.nodes = 0

    def read(self) -> Document:
        value = self._whole()
        if self.text[self.position :].strip():
            raise self._error("something follows the end of the document")
        return Document(value, self.warnings)

    def _span(self, offset: int) -> Span:
        line = bisect_right(self.starts, offset)
        return Span(self.source, line, offset - self.starts[line - 1] + 1)

    def _error(self, what: str) -> NotJson:
        rest = re.compile(r"\s*").match(self.text, self.position)
        return NotJson(self._span(rest.end() if rest else self.position).line, what)

    def _token(self) -> tuple[str, str, Span]:
        found = _TOKEN.match(self.text, self.position)
        if found is None or found.lastgroup is None:
            raise self._error("a value, a key or a bracket is missing")
        kind = found.lastgroup
        self.position = found.end()
        return kind, found[kind], self._span(found.start(kind))

    def _scalar(self, kind: str, token: str, span: Span) -> Any:
        if kind == "text":
            return Str(self._string(token), span)
        if kind == "word":
            return _WORDS[token]
        if kind == "number":
            if len(token) > _MAX_DIGITS:
                return Str(token, span)
            return Int(int(token), span) if token.lstrip("-").isdigit() else Float(float(token), span)
        raise self._error(f"{token} stands where a value belongs")

    def _string(self, token: str) -> str:
        if "\\" not in token:
            return token[1:-1]
        import json

        try:
            text: str = json.loads(token)
        except ValueError:
            raise self._error("a text holds an unknown escape") from None
        return text

    def _whole(self) -> Any:
        """Every container that is open is on a stack with the key that waits for its value."""
        stack: list[tuple[Map | List, tuple[str, Span] | None]] = []
        while True:
            kind, token, span = self._token()
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise DocumentError(self.source, span.line, f"holds more than {MAX_NODES:,} values")
            value: Any
            if kind == "mark" and token in "{[":
                if len(stack) >= MAX_DEPTH:
                    raise DocumentError(self.source, span.line, f"nests deeper than {MAX_DEPTH} levels")
                opened: Map | List = Map((), span) if token == "{" else List((), span)
                if not self._closes("}" if token == "{" else "]"):
                    stack.append((opened, self._key() if token == "{" else None))
                    continue
                value = opened
            else:
                value = self._scalar(kind, token, span)
            while stack:
                container, key = stack.pop()
                self._add(container, key, value)
                kind, token, span = self._token()
                if kind == "mark" and token == ",":
                    stack.append((container, self._key() if isinstance(container, Map) else None))
                    break
                if kind != "mark" or token != ("}" if isinstance(container, Map) else "]"):
                    raise self._error("a comma or a closing bracket is missing")
                value = container
            else:
                return value

    def _closes(self, bracket: str) -> bool:
        found = _TOKEN.match(self.text, self.position)
        if found is not None and found["mark"] == bracket:
            self.position = found.end()
            return True
        return False

    def _key(self) -> tuple[str, Span]:
        kind, token, span = self._token()
        if kind != "text":
            raise self._error("a key in quotes is missing")
        if self._token()[:2] != ("mark", ":"):
            raise self._error("a colon is missing after a key")
        return self._string(token), span

    def _add(self, container: Map | List, key: tuple[str, Span] | None, value: Any) -> None:
        if isinstance(container, List):
            container.append(value)
        elif key is not None:
            name, span = key
            if name in container:
                if len(self.warnings) < MAX_WARNINGS:
                    self.warnings.append(f"{self.source}:{span.line}: the key {name[:80]} stands here again, the last one counts")
                del container[name]
            container[name] = value
            container.keys_at[name] = span
