"""Short handlers, several in a file: the lines with a mark are told, no other line is.

A section starts with ``# ==== name``, optionally ``(trigger, trigger)``; each is a file ``app.py`` of its own with a ``handler``.
Marks are those of the corpus: ``# BAD: kind, kind``. Most sections are pairs of an idiom and its harmless twin.
"""

import re
from pathlib import Path

import pytest

from tests.code.flow.labelled import found
from tests.code.flow.trees import analysis_of

FOLDER = Path(__file__).parent / "snippets"
_HEAD = re.compile(r"^# ==== ([^(\n]+?)(?: \(([^)\n]+)\))?$", re.MULTILINE)
_BAD = re.compile(r"# BAD: ([a-z, -]+)$")


def sections() -> list[tuple[str, tuple[str, ...], str]]:
    """Name, triggers and source of every section."""
    every = []
    for path in sorted(FOLDER.glob("*.py.txt")):
        parts = _HEAD.split(path.read_text())[1:]
        for name, triggers, source in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            kinds = tuple(part.strip() for part in (triggers or "url").split(","))
            every.append((f"{path.name.removesuffix('.py.txt')}: {name}", kinds, source.lstrip("\n")))
    return every


SECTIONS = sections()


@pytest.mark.parametrize(("triggers", "source"), [pytest.param(*rest, id=name) for name, *rest in SECTIONS])
def test_what_is_marked_is_told(triggers: tuple[str, ...], source: str) -> None:
    expected = set()
    for number, line in enumerate(source.splitlines(), start=1):
        match = _BAD.search(line)
        if match:
            expected |= {(number, kind.strip()) for kind in match.group(1).split(",")}
    analysis = analysis_of(source, *triggers)
    assert {(line, kind) for _, line, kind in found(analysis)} == expected
    assert not analysis.partial


def test_there_are_many_harmless_twins() -> None:
    calls = [line for *_, source in SECTIONS for line in source.splitlines() if re.search(r"os\.system\(|execute\(|open\(", line)]
    harmless = [line for line in calls if "# BAD" not in line]
    assert len(SECTIONS) >= 60
    assert len(harmless) >= len(calls) * 0.3
