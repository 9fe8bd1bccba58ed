"""The labelled corpus of files: stored without anything token-shaped, drawn when the tests run.

A case begins with ``=== id | path``. The notation of :mod:`tests.secrets.secret_cases` draws the random parts; a line that ends
in ``⟦!⟧`` holds a secret (``⟦!1⟧``: the first line of several drawn ones does).
"""

import re
from pathlib import Path
from typing import NamedTuple

from tests.secrets.secret_cases import build

CORPUS = Path(__file__).parent / "corpus"
_HEAD = re.compile(r"^=== (?P<id>\S+) \| (?P<path>\S+)\n", re.MULTILINE)
_SECRET = re.compile(r" *⟦!(1?)⟧$")


class Case(NamedTuple):
    """A file with its text, and the lines (from 1) that hold a secret."""

    id: str
    path: str
    text: str
    lines: frozenset[int]


def load(name: str, seed: int = 0) -> list[Case]:
    """The cases of a file of the corpus, with one draw of their random parts."""
    parts = _HEAD.split((CORPUS / f"{name}.txt").read_text("utf-8"))[1:]
    return [_case(f"{name}/{parts[i]}", parts[i + 1], parts[i + 2], seed) for i in range(0, len(parts), 3)]


def _case(identity: str, path: str, template: str, seed: int) -> Case:
    lines: list[str] = []
    marked = set()
    for number, line in enumerate(template.splitlines()):
        drawn = build(_SECRET.sub("", line), f"{identity}/{seed}/{number}").split("\n")
        if _SECRET.search(line):
            marked.add(len(lines) + 1)
        lines += drawn
    return Case(identity, path, "\n".join(lines) + "\n", frozenset(marked))
