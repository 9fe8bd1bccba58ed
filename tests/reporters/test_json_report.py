import gzip
import json
import random
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from lambdaudit.model.finding import Report
from lambdaudit.reporters import ReportError, json_report

from .factory import report
from .hostile import hostile

SCHEMA = Path(__file__).parents[2] / "docs" / "report.schema.json"


def _shuffled(original: Report, seed: int) -> Report:
    rng = random.Random(seed)
    tables = {}
    for name in ("findings", "not_assessed", "rules", "functions", "assets"):
        rows = list(getattr(original, name))
        rng.shuffle(rows)
        tables[name] = tuple(dict(rng.sample(list(r.items()), len(r))) if isinstance(r, dict) else r for r in rows)
    return msgspec.structs.replace(original, **tables)


def test_equal_reports_give_equal_bytes_whatever_the_order() -> None:
    original = report(40)
    assert {json_report.render(_shuffled(original, seed)) for seed in range(5)} == {json_report.render(original)}


def test_worst_findings_come_first() -> None:
    ranks = [row["severity"] for row in json.loads(json_report.render(report()))["findings"]]
    assert ranks == sorted(ranks, key=["critical", "high", "medium", "low", "info"].index)
    assert ranks[0] == "critical"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    original = report()
    plain, packed = tmp_path / "r.json", tmp_path / "r.json.gz"
    plain.write_bytes(json_report.render(original))
    packed.write_bytes(gzip.compress(json_report.render(original)))
    assert json_report.read(plain) == json_report.read(packed) == json_report.ordered(original)


def test_the_published_schema_is_the_one_of_the_code() -> None:
    assert SCHEMA.read_bytes() == json_report.schema(), "docs/report.schema.json: write json_report.schema() there"


@pytest.mark.parametrize("made", [report(0), report(), hostile(report(12))], ids=["empty", "usual", "hostile"])
def test_reports_keep_to_the_schema(made: Report) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes())).validate(json.loads(json_report.render(made)))


def test_the_schema_refuses_other_shapes() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_bytes()))
    good = json.loads(json_report.render(report(3)))
    changes: list[dict[str, Any]] = [
        {"version": 2},
        {"format": "x"},
        {"findings": [{}]},
        {"functions": [{"id": 1}]},
        {"assets": [{}]},
    ]
    for change in changes:
        assert not validator.is_valid(good | change), change


def test_lone_surrogates_do_not_stop_the_report() -> None:
    original = report(2)
    odd = msgspec.structs.replace(original, tool="a\ud800b")
    assert json.loads(json_report.render(odd))["tool"] == "a\ufffdb"


def _broken(**changes: Any) -> bytes:
    return json.dumps(json.loads(json_report.render(report(2))) | changes).encode()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is not a lambdaudit report"),
        (b"not json", "is not a lambdaudit report"),
        (b"[1, 2]", "is not a lambdaudit report"),
        (b"[" * 100_000, "is not a lambdaudit report"),
        (b'{"format": "lambdaudit-snapshot", "version": 1}', "its format is 'lambdaudit-snapshot'"),
        (b'{"format": "lambdaudit-report", "version": 99}', "upgrade lambdaudit"),
        (b'{"format": "lambdaudit-report", "version": 1}', "is damaged"),
        (_broken(functions=[{"id": "x"}]), "is damaged"),
        (_broken(findings=[{"severity": "terrible"}]), "is damaged"),
        (b"\x1f\x8bnot gzip", "cannot read report"),
    ],
)
def test_a_bad_file_gives_one_clear_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=says) as caught:
        json_report.read(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_missing_file_gives_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"cannot read report .*No such file"):
        json_report.read(tmp_path / "none.json")
