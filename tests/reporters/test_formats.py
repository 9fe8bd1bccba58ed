"""What all outputs for machines have in common: bytes that depend on the report alone, every finding once, nothing that acts."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from lambdaudit.model.finding import Report
from lambdaudit.reporters.formats import SUFFIXES, render

from .cases import EVERY
from .factory import report

NEW = [suffix for suffix in SUFFIXES if suffix not in (".json", ".html")]


def _of_junit(data: bytes) -> int:
    root = ElementTree.fromstring(data)
    return sum(case.find("failure") is not None for case in root.iter("testcase"))


COUNTS: dict[str, Callable[[bytes], int]] = {
    ".sarif": lambda data: len(json.loads(data)["runs"][0]["results"]),
    ".csv": lambda data: len(list(csv.reader(io.StringIO(data.decode())))) - 1,
    ".junit.xml": _of_junit,
    ".codeclimate.json": lambda data: len(json.loads(data)),
    ".asff.json": lambda data: len(json.loads(data)),
    ".ocsf.json": lambda data: len(json.loads(data)),
}


@pytest.mark.parametrize("suffix", COUNTS)
def test_every_format_has_every_finding_once(suffix: str) -> None:
    made = report(60)
    assert COUNTS[suffix](render(made, f"x{suffix}")) == len(made.findings) == made.statistics.findings


@pytest.mark.parametrize("suffix", NEW)
def test_equal_reports_give_equal_bytes_whatever_the_order(suffix: str) -> None:
    made = report(30)
    turned = msgspec.structs.replace(
        made, findings=made.findings[::-1], not_assessed=made.not_assessed[::-1], rules=made.rules[::-1]
    )
    assert render(made, f"x{suffix}") == render(turned, f"x{suffix}")


@pytest.mark.parametrize("suffix", NEW)
@pytest.mark.parametrize("name", EVERY)
def test_nothing_foreign_steers_or_hides(suffix: str, name: str) -> None:
    text = render(EVERY[name], f"x{suffix}").decode("utf-8")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202e\u2066\ufeff\ud800-\udfff]", text)
    assert not re.search(r"^(?:##\[|##vso\[|::\w)", text, re.MULTILINE)
    if suffix.endswith(".json") or suffix == ".sarif":
        for one in _strings(json.loads(text)):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e\ud800-\udfff]", one)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *_strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def test_the_longest_suffix_decides() -> None:
    made = report(3)
    assert render(made, "a.codeclimate.json") != render(made, "codeclimate.json")
    with pytest.raises(ValueError, match="no format"):
        render(made, "a.xml")


def test_what_the_baseline_holds_breaks_no_build() -> None:
    made: Report = EVERY["compared"]
    assert 0 < _of_junit(render(made, "x.junit.xml")) == len(made.fresh) < len(made.findings)
