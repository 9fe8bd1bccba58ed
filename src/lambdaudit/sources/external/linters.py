"""The own JSON of analysers of code: bandit, semgrep (and njsscan), ESLint, gosec, gitleaks."""

from collections.abc import Callable
from typing import Any, NamedTuple

from lambdaudit.model.external import ExternalIssue
from lambdaudit.model.where import Where

from .shape import Told, mapping, number, rows, severity, text, weaknesses


class Format(NamedTuple):
    """A format: its name for people, what tells it from the others, and what reads it."""

    name: str
    recognises: Callable[[Any], bool]
    read: Callable[[Any], list[Told]]


def _code(rule: Any, words: Any, path: Any, line: Any, weight: str, ids: tuple[str, ...] = (), column: Any = 0) -> ExternalIssue:
    where = Where(text(path, 4096), line=number(line), column=number(column))
    return ExternalIssue(
        kind="code", rule=text(rule, 200), text=text(words) or text(rule, 200), where=where, severity=weight, ids=ids
    )


def _results_with(row: str, sign: str) -> Callable[[Any], bool]:
    """Recognises an object with ``results`` by a member of its rows or, because there may be none, by another member beside."""

    def recognises(data: Any) -> bool:
        if not isinstance(data, dict) or not isinstance(data.get("results"), list):
            return False
        return sign in data or any(row in one for one in list(rows(data["results"]))[:1])

    return recognises


def _bandit(data: Any) -> list[Told]:
    told = Told("bandit")
    for row in rows(data["results"]):
        weight = severity(row.get("issue_severity"))
        if text(row.get("issue_confidence")).upper() == "LOW":
            weight = {"high": "medium", "medium": "low"}.get(weight, weight)
        ids = weaknesses(mapping(row.get("issue_cwe")).get("id"))
        told.issues.append(
            _code(row.get("test_id"), row.get("issue_text"), row.get("filename"), row.get("line_number"), weight, ids)
        )
    return [told]


def _semgrep(data: Any) -> list[Told]:
    told = Told("semgrep", text(data.get("version"), 40))
    for row in rows(data["results"]):
        extra, start = mapping(row.get("extra")), mapping(row.get("start"))
        more = mapping(extra.get("metadata"))
        ids = weaknesses(more.get("cwe"))
        issue = _code(row.get("check_id"), extra.get("message"), row.get("path"), start.get("line"),
                      severity(extra.get("severity")), ids, start.get("col"))  # fmt: skip
        told.issues.append(issue)
    return [told]


def _njsscan(data: Any) -> list[Told]:
    told = Told("njsscan", text(data.get("njsscan_version"), 40))
    for part in ("nodejs", "templates"):
        for rule, found in mapping(data.get(part)).items():
            more = mapping(mapping(found).get("metadata"))
            for row in rows(mapping(found).get("files")):
                lines = row.get("match_lines")
                line = lines[0] if isinstance(lines, list) and lines else 0
                told.issues.append(
                    _code(rule, more.get("description"), row.get("file_path"), line, severity(more.get("severity")),
                          weaknesses(more.get("cwe")))
                )  # fmt: skip
    return [told]


def _eslint(data: Any) -> list[Told]:
    told = Told("ESLint")
    for file in rows(data):
        for row in rows(file.get("messages")):
            if row.get("ruleId"):
                weight = "medium" if row.get("severity") == 2 else "low"
                told.issues.append(
                    _code(row["ruleId"], row.get("message"), file.get("filePath"), row.get("line"), weight, (), row.get("column"))
                )
    return [told]


def _gosec(data: Any) -> list[Told]:
    told = Told("gosec", text(data.get("GosecVersion"), 40))
    for row in rows(data.get("Issues")):
        line = text(row.get("line")).partition("-")[0]
        told.issues.append(
            _code(row.get("rule_id"), row.get("details"), row.get("file"), int(line) if line.isdecimal() and len(line) < 9 else 0,
                  severity(row.get("severity")), weaknesses(mapping(row.get("cwe")).get("id")))
        )  # fmt: skip
    return [told]


def _gitleaks(data: Any) -> list[Told]:
    """The value and the line that it stands in are never taken over."""
    told = Told("gitleaks")
    for row in rows(data):
        told.issues.append(
            ExternalIssue(
                kind="secret",
                rule=text(row.get("RuleID"), 200),
                text=text(row.get("Description")) or "a secret",
                where=Where(text(row.get("File"), 4096), line=number(row.get("StartLine"))),
                severity="high",
                ids=("CWE-798",),
            )
        )
    return [told]


def _first_has(*names: str) -> Callable[[Any], bool]:
    return lambda data: isinstance(data, list) and any(all(n in row for n in names) for row in list(rows(data))[:1])


LINTERS = (
    Format("bandit", _results_with("issue_text", "metrics"), _bandit),
    Format("semgrep", _results_with("check_id", "paths"), _semgrep),
    Format("njsscan", lambda data: isinstance(data, dict) and "njsscan_version" in data, _njsscan),
    Format("gosec", lambda data: isinstance(data, dict) and "GosecVersion" in data, _gosec),
    Format("gitleaks", _first_has("RuleID", "StartLine"), _gitleaks),
    Format("ESLint", _first_has("filePath", "messages"), _eslint),
    Format("an empty list", lambda data: data == [], lambda _: [Told("a tool that found nothing")]),
)
