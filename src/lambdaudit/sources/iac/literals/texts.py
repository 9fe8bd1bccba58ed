"""Secrets in files that are no documents: settings, scripts, keys; and in the cells of notebooks."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.code import CodeSecret
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import Context, scan_text
from lambdaudit.secrets.keys import der_kind
from lambdaudit.sources.iac.literals.judging import Judge
from lambdaudit.sources.iac.values import span_of

_MOST_CELLS: Final = 5_000
_HEAD: Final = 96
_SURE: Final = ("high", "medium")
# Files that show how another one is to be written.
_SAMPLE: Final = re.compile(r"(?:^|[/._-])(?:example|sample|template|dist|tmpl|tpl)(?:[/._-]|$)", re.IGNORECASE)
_SPOKEN: Final = frozenset(("password", "passwd", "pass", "pwd", "secret", "user", "postgres", "root", "admin", "token"))


def of_text(judge: Judge, text: str, source: str, context: Context = Context.CONFIG) -> Iterator[CodeSecret]:
    """Secrets in the text of a file."""
    for hit in scan_text(text, path=source, context=context):
        shown = _SAMPLE.search(source) and text[hit.start : hit.end].lower() in _SPOKEN
        if hit.confidence in _SURE and not shown:
            yield judge.hit(hit, text, Where(source, line=hit.line, column=hit.column))


def binary_key(path: Path, source: str) -> Maybe[tuple[CodeSecret, ...]]:
    """The private key that a binary file is, by its structure (DER); no secret for any other file."""
    try:
        with path.open("rb") as file:
            head = base64.b64encode(file.read(_HEAD)).decode()
    except OSError as error:
        return Unknown(f"{source}: cannot be read: {error.strerror or error}")
    if der_kind(head) != "private":
        return ()
    return (CodeSecret(where=Where(source), kind="private-key", reason="a private key by its structure"),)


def of_notebook(judge: Judge, tree: Any, source: str) -> Iterator[CodeSecret]:
    """Secrets in the cells of a notebook and in what they printed."""
    cells = tree.get("cells") if isinstance(tree, dict) else None
    for number, cell in enumerate(cells[:_MOST_CELLS] if isinstance(cells, list) else ()):
        if not isinstance(cell, dict):
            continue
        code = cell.get("cell_type") != "markdown"
        place = Where(source, f"cell {number + 1}", f"/cells/{number}/source")
        yield from _of_lines(judge, cell.get("source"), place, Context.SOURCE if code else Context.METADATA)
        outputs = cell.get("outputs")
        for position, output in enumerate(outputs if isinstance(outputs, list) else ()):
            place = Where(source, f"output of cell {number + 1}", f"/cells/{number}/outputs/{position}")
            for printed in _printed(output):
                yield from _of_lines(judge, printed, place, Context.CONFIG)


def _printed(output: Any) -> Iterator[Any]:
    """The texts of an output; pictures are left out."""
    if not isinstance(output, dict):
        return
    yield output.get("text")
    yield output.get("traceback")
    data = output.get("data")
    for kind, content in data.items() if isinstance(data, dict) else ():
        if str(kind).startswith("text/") or str(kind).endswith("json"):
            yield content


def _of_lines(judge: Judge, lines: Any, place: Where, context: Context) -> Iterator[CodeSecret]:
    """Secrets in a text that is given whole or line by line; each line knows its place in the file."""
    given = [line for line in (lines if isinstance(lines, list) else [lines]) if isinstance(line, str)]
    text = "".join(given)
    starts, at = [], 0
    for line in given:
        starts.append(at)
        at += len(line)
    for hit in scan_text(text, path=place.source, context=context) if text else ():
        if hit.confidence in _SURE:
            index = max(number for number, start in enumerate(starts) if start <= hit.start)
            span = span_of(given[index])
            where = Where(place.source, place.subject, place.pointer, span.line if span else 0, span.column if span else 0)
            yield judge.hit(hit, text, where)
