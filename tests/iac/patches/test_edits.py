"""Diffs: what git and patch make of them is what the edits make, for any text, edits and path."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.sources.iac.patches.edits import Edit, Sheet, apply, between, overlap, unified
from tests.iac.patches.world import with_git, with_patch

LINES = st.lists(
    st.sampled_from(
        ["a: 1", "  b: two", "", "\t# ✓ 𝄞", "x", "DB_PASSWORD: hunter2-prod-92!x", "- -", "+", "\\ No", "@@ -1 +1 @@"]
    ),
    max_size=30,
)
ENDS = st.sampled_from(["\n", "\r\n"])


@st.composite
def texts(draw: st.DrawFn) -> str:
    text = draw(ENDS).join(draw(LINES))
    return text + draw(st.sampled_from(["", "\n"]))


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    """A text and edits of it that do not overlap."""
    text = draw(texts())
    edits: list[Edit] = []
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        edit = Edit(start, end, draw(st.sampled_from(["", "z", "new\n", "one\ntwo\n", "\nlast", " }"])))
        if not any(overlap(edit, other) or overlap(other, edit) or edit.start == other.start for other in edits):
            edits.append(edit)
    return text, edits


@settings(max_examples=120, deadline=None)
@given(edited(), st.sampled_from(["t.yaml", "a b/t.yaml", "ü/t.yaml", 'q"uote/t.yaml', "tab\there.tf", "back\\slash.tf"]))
def test_diffs_give_what_the_edits_give(example: tuple[str, list[Edit]], name: str) -> None:
    text, edits = example
    new = apply(text, edits)
    diff = unified(name, Sheet(text), edits)
    assert "hunter2" not in diff
    if not diff or not text or not new:
        return
    for tool in (with_git, with_patch):
        with TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
            tool(Path(folder), diff)
            assert path.read_bytes() == new.encode()


@given(texts(), texts())
def test_edits_between_two_texts(old: str, new: str) -> None:
    assert apply(old, between(old, new)) == new


@given(edited())
def test_nothing_is_shown_for_no_change(example: tuple[str, list[Edit]]) -> None:
    text, _ = example
    assert unified("t", Sheet(text), []) == ""
    assert unified("t", Sheet(text), [Edit(0, len(text), text)]) == ""


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("a/t.yaml", "--- a/a/t.yaml\n"),
        ("a b.yaml", "--- a/a b.yaml\t\n"),
        ("a\nb.yaml", '--- "a/a\\nb.yaml"\n'),
        ("a\x1b[2Jb.yaml", '--- "a/a\\033[2Jb.yaml"\n'),
        ("\u202eb.yaml", '--- "a/\\342\\200\\256b.yaml"\n'),
        ('a"b.yaml', '--- "a/a\\"b.yaml"\n'),
    ],
)
def test_hostile_names_stay_one_line(path: str, head: str) -> None:
    assert unified(path, Sheet("a\n"), [Edit(0, 1, "b")]).startswith(head)


def test_keys_of_several_lines_are_not_shown() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + "abcd\n" * 10 + "-----END RSA PRIVATE KEY-----\n"
    text = f"first: 1\nkey: |\n{key}second: 2\nthird: 3\n"
    diff = unified("t", Sheet(text), [Edit(text.index("2"), text.index("2") + 1, "5")])
    assert "-second: 2\n+second: 5\n third: 3\n" in diff
    assert "abcd" not in diff
    assert "PRIVATE" not in diff
    assert unified("t", Sheet(text), [Edit(7, 8, "5")]).count("\n") == 6
