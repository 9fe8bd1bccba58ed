"""Precision and recall on the labelled corpus; the held-out quarter was labelled before any rule was tuned."""

import pytest

from lambdaudit.secrets import Context, judge
from lambdaudit.secrets.formats import tokens

from .secret_cases import CORPUS, Case, load

SEEDS = (0, 1, 2)
FILES = ("tuning", "held_out", "hard_first", "hard_second", "ordinary")
THREADS = (
    "prowler#3905",
    "prowler#4893",
    "prowler#1760",
    "prowler#900",
    "prowler#1169",
    "prowler#1969",
    "prowler#7964",
    "prowler#11148",
    "checkov#7310",
    "checkov#6917",
    "checkov#5743",
    "checkov#7542",
    "checkov#6700",
)


def verdicts(file: str) -> list[tuple[Case, str | None]]:
    """Every case of a file with the kind that the detector gives, for several draws of the random parts."""
    cases = [case for seed in SEEDS for case in load(file, seed)]
    return [(case, judge(case.name, case.value, context=Context(case.context)).kind) for case in cases]


@pytest.mark.parametrize("file", FILES)
def test_precision_and_recall(file: str) -> None:
    judged = verdicts(file)
    flagged = [case for case, kind in judged if kind]
    secrets = [case for case, _ in judged if case.secret]
    hits = [case for case in flagged if case.secret]
    precision, recall = len(hits) / len(flagged), len(hits) / len(secrets)
    wrong = sorted({(case.id, case.name) for case, kind in judged if bool(kind) != case.secret})
    assert precision >= 0.98, wrong
    assert recall >= 0.97, wrong


@pytest.mark.parametrize("file", ["tuning", "held_out", "hard_first"])
def test_kinds_are_exact(file: str) -> None:
    judged = [(case, kind) for case, kind in verdicts(file) if case.secret and kind]
    exact = [case for case, kind in judged if kind in case.kinds]
    assert len(exact) / len(judged) >= 0.97


def test_every_false_alarm_of_the_issue_threads_is_in_the_corpus_and_quiet() -> None:
    cases = [case for file in ("tuning", "held_out") for case in load(file) if case.source]
    assert set(THREADS) <= {case.source for case in cases}
    alarms = [case.name for case in cases if not case.secret and judge(case.name, case.value, context=Context(case.context)).kind]
    assert alarms == []


def test_corpus_is_large_and_balanced() -> None:
    tuning, held_out = load("tuning"), load("held_out")
    assert len(tuning) + len(held_out) >= 500
    assert len({case.id for case in tuning + held_out}) == len(tuning) + len(held_out)
    assert 0.2 <= len(held_out) / len(tuning + held_out) <= 0.3
    for cases in (tuning, held_out):
        assert 0.4 <= sum(case.secret for case in cases) / len(cases) <= 0.6


@pytest.mark.parametrize("file", FILES)
def test_stored_corpus_holds_nothing_token_shaped(file: str) -> None:
    text = (CORPUS / f"{file}.jsonl").read_text("utf-8")
    assert [found.kind for found in tokens(text) if found.kind] == []
    assert "PRIVATE KEY-----" not in text
