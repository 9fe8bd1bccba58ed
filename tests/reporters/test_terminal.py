import io
import re
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

from lambdaudit.model.finding import CallCount, Coverage, NotAssessed, Report, Status
from lambdaudit.reporters.terminal import print_summary

from .factory import report
from .hostile import hostile


def _printed(made: Report, **options: Any) -> str:
    stream = io.StringIO()
    print_summary(made, stream, **options)
    return stream.getvalue()


def test_the_worst_comes_first_and_the_next_command_last() -> None:
    lines = _printed(report()).splitlines()
    severities = [
        line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in ("critical", "high", "medium", "low", "info")
    ]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low", "info"].index)
    assert lines[-1] == "Next: lambdaudit explain role-administrator"
    assert _printed(report(), next_command="lambdaudit diff a b").splitlines()[-1] == "Next: lambdaudit diff a b"


def test_numbers_are_those_of_the_statistics() -> None:
    made = report()
    text = _printed(made)
    for severity, number in made.statistics.severities.items():
        assert f"{number} {severity}" in text
    assert f"{made.statistics.not_assessed} not assessed" in text
    assert "2 accounts · 3 regions · 30 functions · 8 roles" in text


def test_it_says_what_could_not_be_seen() -> None:
    text = _printed(report())
    assert re.search(r"missing lambda:GetPolicy on \d+ functions", text)
    assert "sqs:GetQueueAttributes (1 call): the service answered 500 five times" in text
    assert "1 verdict lost to a defect of lambdaudit itself" in text


def test_a_refused_right_is_told_from_a_call_that_nobody_made_and_from_a_whole_kind() -> None:
    rows = [
        NotAssessed(
            rule="r", status=Status.UNKNOWN, asset=f"arn:{i}", asset_kind="alias", reason="not asked", need="lambda:ListAliases"
        )
        for i in range(2)
    ]
    every = "every bucket of 111122223333"
    rows.append(
        NotAssessed(
            rule="r", status=Status.UNKNOWN, asset=every, asset_kind="bucket", reason="denied", need="s3:ListAllMyBuckets"
        )
    )
    rows.append(
        NotAssessed(rule="r", status=Status.UNKNOWN, asset="a", asset_kind="route", reason="the expression did not resolve")
    )
    denied = CallCount(operation="s3:ListBuckets", asked=1, denied=1, need="s3:ListAllMyBuckets")
    text = _printed(msgspec.structs.replace(report(1), not_assessed=tuple(rows), coverage=Coverage(calls=(denied,))))
    assert "lambda:ListAliases on 2 aliases: not asked" in text
    assert "missing s3:ListAllMyBuckets on all buckets" in text
    assert "the expression did not resolve on 1 route" in text


def test_colour_is_the_callers_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;31m" in _printed(report(), color=True)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in _printed(report())


def test_one_is_singular() -> None:
    one = msgspec.structs.replace(
        report(1), coverage=Coverage(accounts=("111122223333",), regions=("eu-west-1",)), not_assessed=()
    )
    assert "1 account · 1 region · 1 function · 1 role" in _printed(one)


@pytest.mark.parametrize("width", [60, 80, 100, 137, 200])
@pytest.mark.parametrize("made", [report(), report(300, findings=2_000), hostile(report())], ids=["usual", "large", "hostile"])
def test_it_fits_one_screen_at_any_width(made: Report, width: int) -> None:
    lines = _printed(made, width=width).splitlines()
    assert len(lines) <= 32
    assert max(cell_len(line) for line in lines) <= width


def test_without_findings_it_says_so_and_claims_no_safety_for_what_was_not_read() -> None:
    text = _printed(msgspec.structs.replace(report(0), findings=(), not_assessed=()))
    assert "Not seen" in text
    assert "could be read" not in text
    whole = msgspec.structs.replace(report(0), findings=(), not_assessed=(), rules=(), coverage=Coverage(complete=True))
    stats = msgspec.structs.replace(
        whole.statistics, findings=0, not_assessed=0, verdicts={}, severities=dict.fromkeys(whole.statistics.severities, 0)
    )
    text = _printed(msgspec.structs.replace(whole, statistics=stats))
    assert "No findings" in text
    assert "Everything that was asked for could be read." in text


def test_colour_only_on_request() -> None:
    assert "\x1b" not in _printed(report())
    assert "\x1b[" in _printed(report(), color=True)


@pytest.mark.parametrize("options", [{}, {"verbose": True}, {"quiet": True}, {"verbose": True, "width": 61}])
def test_hostile_names_neither_act_nor_start_a_line(options: dict[str, Any]) -> None:
    text = _printed(hostile(report(12)), **options)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]", text)
    assert "##[" not in text
    assert "##vso[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "=", "##"))]


def test_verbose_lists_every_finding_with_proof_reason_and_fix() -> None:
    made = report()
    text = _printed(made, verbose=True, width=200)
    for finding in made.findings:
        assert finding.fingerprint in text
        assert finding.message in text
    for word in ("evidence", "allowed", "why", "fix", "$", "see"):
        assert f"│ {word}" in text
    for row in made.not_assessed:
        assert row.rule in text
        assert row.reason in text


def test_quiet_is_one_line() -> None:
    assert (
        _printed(report(), quiet=True)
        == "49 findings: 4 critical, 16 high, 10 medium, 4 low, 15 info; 8 not assessed; 30 functions\n"
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_stream_will_do(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_summary(hostile(report(12)), stream, verbose=True)
    print_summary(report(), stream)
    stream.flush()
    assert "Next: lambdaudit explain" in raw.getvalue().decode(encoding)


def test_a_strange_rule_name_is_never_suggested_as_a_command() -> None:
    made = report()
    odd = msgspec.structs.replace(made, findings=(msgspec.structs.replace(made.findings[0], rule="x; rm -rf ~"),))
    assert _printed(odd).splitlines()[-1] == "Next: lambdaudit rules" or "permissions" in _printed(odd).splitlines()[-1]


def test_rich_is_loaded_only_when_something_is_drawn() -> None:
    code = "import sys; import lambdaudit.reporters.terminal; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
