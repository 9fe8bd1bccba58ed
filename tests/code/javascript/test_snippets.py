"""Short handlers, many in a file: the lines with a mark are told with medium or high confidence, no other line is.

A section starts with ``=== name extension``, followed by the triggers where it is not a function URL. Marks are those of the
corpus (``// BAD: kind, kind``). Sections without a mark are harmless twins.
"""

import re
from pathlib import Path

import pytest

from .trees import told, walked

FOLDER = Path(__file__).parent / "snippets"
_HEAD = re.compile(r"^=== (\S+) (\w+)(?: (\S+))?\n", re.MULTILINE)
_BAD = re.compile(r"// BAD: ([a-z, -]+)")


def sections() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Name, extension, triggers and source of every section."""
    every = []
    for path in sorted(FOLDER.glob("*.txt")):
        parts = _HEAD.split(path.read_text())[1:]
        for name, extension, triggers, source in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True):
            every.append((f"{path.stem}: {name}", extension, tuple((triggers or "url").split(",")), source))
    return every


SECTIONS = sections()


@pytest.mark.parametrize(("extension", "triggers", "source"), [pytest.param(*rest, id=name) for name, *rest in SECTIONS])
def test_what_is_marked_is_told(extension: str, triggers: tuple[str, ...], source: str) -> None:
    expected = set()
    for number, line in enumerate(source.splitlines(), start=1):
        match = _BAD.search(line)
        if match:
            expected |= {(kind.strip(), number) for kind in match.group(1).split(",")}
    analysis = walked({f"index.{extension}": source}, "index.handler", *triggers)
    assert told(analysis) == expected
    assert not analysis.partial


def test_many_sections_are_harmless() -> None:
    assert sum("// BAD" not in source for *_, source in SECTIONS) >= 36
