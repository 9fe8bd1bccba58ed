"""Whatever stands in a template: nothing is raised, and what is patched can be read as before."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.iac.patches.cases import CASES
from tests.iac.patches.world import audit, write, written

PIECES = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "#",
        "&a ",
        "*a",
        "!Ref ",
        "<<: *a",
        "\n",
        "\t",
        "'",
        '"',
        "\r\n",
        "  ",
        "null",
        "${",
        "|\n",
        "\x00",
        "\u2028",
    ]
)
KEY = ("key-not-rotated", "main.tf", 'resource "aws_kms_key" "k" { description = "k" }\n', "")
FEW = [case for number, case in enumerate(CASES) if number % 4 == 0]


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(FEW), st.lists(st.tuples(st.floats(0, 1), PIECES, st.integers(0, 6)), min_size=1, max_size=3))
@example(KEY, [(0.5, "#", 0)])
def test_mutated_templates(case: tuple[str, str, str, str], changes: list[tuple[float, str, int]]) -> None:
    rule, name, text, _ = case
    for place, piece, removed in changes:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + removed :]
    with TemporaryDirectory() as folder:
        root = written(Path(folder), {name: text})
        try:
            before = audit(root, rule)
        except Exception as error:
            if type(error).__name__ not in ("DocumentError", "TerraformError"):
                raise
            return
        write(before.patches)
        after = audit(root, rule)
        assert set(after.errors) <= set(before.errors)
        assert not after.rules - before.rules
        assert not after.patches.files or before.patches.files


@pytest.mark.parametrize(
    "text", ["Resources: {K: {Type: AWS::KMS::Key, Properties: " + "[" * 250 + "]" * 250 + "}}\n"], ids=["deep"]
)
def test_depth_is_bounded(text: str, tmp_path: Path) -> None:
    written(tmp_path, {"template.yaml": text, "good.yaml": "Resources:\n  K:\n    Type: AWS::KMS::Key\n"})
    assert [file.path for file in audit(tmp_path, "key-not-rotated").patches.files] == ["good.yaml"]


def test_aliases_are_not_expanded(tmp_path: Path) -> None:
    bombs = "\n".join(f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9) if n else 'x'}]" for n in range(4))
    text = f"Metadata:\n{bombs}\nResources:\n  K:\n    Type: AWS::KMS::Key\n"
    written(tmp_path, {"template.yaml": text})
    (file,) = audit(tmp_path, "key-not-rotated").patches.files
    assert file.after.decode() == text + "    Properties:\n      EnableKeyRotation: true\n"


def test_many_findings_of_one_file(tmp_path: Path) -> None:
    keys = "".join(f"  K{n}:\n    Type: AWS::KMS::Key\n" for n in range(400))
    written(tmp_path, {"template.yaml": f"Resources:\n{keys}"})
    found = audit(tmp_path, "key-not-rotated")
    assert all(finding.fix.patch for finding in found.patches.report.findings)
    assert found.patches.files[0].after.count(b"EnableKeyRotation: true") == 400


def test_a_note_says_what_may_break(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.rule == "function-url-public")
    written(tmp_path, {case.file: case.text})
    (finding,) = audit(tmp_path, case.rule).of(case.rule)
    assert finding.fix.text.endswith("Callers must sign their requests with IAM credentials then.")
