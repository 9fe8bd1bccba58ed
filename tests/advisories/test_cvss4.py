"""Scores of version 4.0: published examples, what holds for every vector, and advisories that carry such vectors only."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.advisories import cvss
from lambdaudit.advisories.matching import vulnerabilities
from lambdaudit.advisories.osv import Record
from lambdaudit.advisories.store import Memory
from lambdaudit.model.code import Component
from lambdaudit.model.finding import Severity

BASE = {
    "AV": "NALP", "AC": "LH", "AT": "NP", "PR": "NLH", "UI": "NPA", "VC": "HLN", "VI": "HLN", "VA": "HLN", "SC": "HLN",
    "SI": "HLN", "SA": "HLN",
}  # fmt: skip
MORE = {"E": "APU", "CR": "HML", "IR": "HML", "AR": "HML"}
VECTORS = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in BASE.items()},
    optional={name: st.sampled_from(values) for name, values in MORE.items()},
)


def written(metrics: dict[str, str]) -> str:
    return "CVSS:4.0/" + "/".join(f"{name}:{value}" for name, value in metrics.items())


def scored(vector: str) -> float:
    found = cvss.score(vector)
    assert found is not None, vector
    return found


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        # "CVSS v4.0 Examples" of FIRST: CVE-2022-41741, CVE-2020-3549, CVE-2023-3089, CVE-2021-44714, CVE-2022-21830,
        # CVE-2023-21989, CVE-2023-30560, CVE-2014-0160, CVE-2021-44228
        ("AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.3),
        ("AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7),
        ("AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N", 8.3),
        ("AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", 4.6),
        ("AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N", 5.1),
        ("AV:L/AC:L/AT:N/PR:H/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:N", 5.9),
        ("AV:P/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:H/SA:N", 8.3),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N/E:A", 8.7),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:A", 10.0),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", 0.0),
        # What supplements changes nothing; what is modified replaces its base metric.
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/S:P/AU:Y/R:U/V:C/RE:H/U:Amber", 9.3),
        ("AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MVC:N/MVI:N/MVA:N", 0.0),
    ],
)
def test_published_scores(vector: str, score: float) -> None:
    assert cvss.score(f"CVSS:4.0/{vector}") == score


@pytest.mark.parametrize(
    "broken",
    [
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N",
        "CVSS:4.0/",
        written({name: values[0] for name, values in BASE.items()} | {"SI": "S"}),
        written({name: values[0] for name, values in BASE.items()}) + "/AV:N",
        written({name: values[0] for name, values in BASE.items()}) + "/E:",
        written({name: values[0] for name, values in BASE.items()}) + "/XX:Y",
        written({name: values[0] for name, values in BASE.items()} | {"UI": "NP"}),
        written({name: values[0] for name, values in BASE.items()} | {"AV": "X"}),
    ],
)
def test_what_is_no_vector_has_no_score(broken: str) -> None:
    assert cvss.score(broken) is None


@given(VECTORS)
def test_what_is_said_of_threat_and_environment_never_raises_a_score(metrics: dict[str, str]) -> None:
    score = scored(written(metrics))
    assert 0.0 <= score <= 10.0
    assert scored(written(metrics | {"E": "A", "CR": "H", "IR": "H", "AR": "H"})) >= score
    worst = {name: values[0] for name, values in BASE.items()}
    assert scored(written(worst)) == 10.0


@given(VECTORS)
def test_what_is_not_defined_counts_as_the_worst_and_modified_metrics_replace_theirs(metrics: dict[str, str]) -> None:
    score = scored(written(metrics))
    assert scored(written({**dict.fromkeys(MORE, "X"), **metrics})) == score
    other = {name: values[-1] for name, values in BASE.items()}
    modified = {f"M{name}": metrics[name] for name in BASE}
    assert scored(written(other | modified | {name: metrics[name] for name in MORE if name in metrics})) == score


@given(st.text(max_size=80))
def test_any_text_is_a_score_or_none(text: str) -> None:
    found = cvss.score(f"CVSS:4.0/{text}")
    assert found is None or 0.0 <= found <= 10.0


def advisory(vector: str, word: str) -> Record:
    affected = [{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}]
    return msgspec.convert(
        {"id": "GHSA-1", "severity": [{"type": "CVSS_V4", "score": vector}], "affected": affected,
         "database_specific": {"severity": word}},
        Record,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("vector", "word", "score", "severity"),
    [
        # GHSA-q8jq-4rm5-4hm5
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:L/SI:L/SA:N/E:P", "HIGH", 8.9, Severity.HIGH),
        ("CVSS:4.0/AV:N/AC:L", "MODERATE", None, Severity.MEDIUM),
    ],
)
def test_advisories_with_such_vectors_only(vector: str, word: str, score: float | None, severity: Severity) -> None:
    component = Component(purl="pkg:npm/x@1.0.0", name="x", version="1.0.0", ecosystem="npm")
    (found,) = vulnerabilities(component, Memory([advisory(vector, word)], "test"))
    assert (found.score, found.severity) == (score, severity)
