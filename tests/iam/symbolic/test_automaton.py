"""Globs, their product automaton and the cells of numbers, dates and addresses."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.iam.automaton import Automaton, OverBudget, arn_glob_of, arn_sample, glob_of, included
from lambdaudit.iam.cells import build
from lambdaudit.iam.formula import Atom, Dim, Kind
from lambdaudit.iam.patterns import ArnPattern, Part, arn_segments, parse_template

PATTERNS = st.text(alphabet="ab*?:", max_size=6)
TEXTS = st.text(alphabet="abcB:", max_size=8)


def parts(text: str) -> tuple[Part, ...]:
    return parse_template(text, variables=False).parts


@given(st.lists(PATTERNS, min_size=1, max_size=4), TEXTS)
def test_run_says_which_globs_match(patterns: list[str], text: str) -> None:
    signature = Automaton([(glob_of(parts(p)),) for p in patterns]).run(text)
    assert [bool(signature >> i & 1) for i in range(len(patterns))] == [fnmatchcase(text, p) for p in patterns]


@given(st.lists(PATTERNS, min_size=1, max_size=4), TEXTS)
def test_every_text_lies_in_a_cell_and_every_cell_has_its_text(patterns: list[str], text: str) -> None:
    automaton = Automaton([(glob_of(parts(p)),) for p in patterns])
    cells = dict(automaton.cells())
    assert automaton.run(text) in cells
    assert all(automaton.run(example) == signature for signature, example in cells.items())


@given(st.lists(st.text(alphabet="ar:*?", max_size=12), min_size=1, max_size=3), st.text(alphabet="ar:x", max_size=10))
def test_arn_globs_agree_with_the_concrete_matcher(patterns: list[str], text: str) -> None:
    automaton = Automaton([(arn_glob_of(parts(p)),) for p in patterns])
    concrete = [ArnPattern([q for q in parts(p) if isinstance(q, str) or not hasattr(q, "key")]) for p in patterns]
    signature = automaton.run(text)
    assert [bool(signature >> i & 1) for i in range(len(patterns))] == [c.matches(arn_segments(text)) for c in concrete]


@given(PATTERNS, PATTERNS, TEXTS)
def test_inclusion_holds_for_every_text(small: str, large: str, text: str) -> None:
    if included(glob_of(parts(small)), glob_of(parts(large))) and fnmatchcase(text, small):
        assert fnmatchcase(text, large)


def test_exploding_patterns_end_at_the_budget() -> None:
    words = [f"*{a}{b}{c}*" for a in "abcdefg" for b in "hijkl" for c in "mnop"]
    with pytest.raises(OverBudget):
        Automaton([(glob_of(parts(word)),) for word in words]).cells(2_000)


def test_ignoring_case_and_samples() -> None:
    automaton = Automaton([(glob_of(("TrUe",), ignore_case=True),)])
    assert [automaton.run(text) for text in ("true", "TRUE", "tru", "truex")] == [1, 1, 0, 0]
    assert (
        arn_sample(arn_glob_of(parts("arn:*:lambda:*:*:function:*"))) == "arn:aws:lambda:us-east-1:111122223333:function:example"
    )


def test_cells_of_addresses_know_their_size() -> None:
    dim = Dim("aws:sourceip", Kind.ADDRESS)
    atom = Atom(dim, ((4, 0x0A000000, 0x0AFFFFFF),))
    table = build(dim, [atom])
    inside = [cell for cell in range(len(table.sizes)) if table.holds[atom] >> cell & 1]
    assert [table.sizes[cell] for cell in inside] == [(1 << 24, 0)]
    assert build(dim, [atom], wide=True).holds[atom] == 0
