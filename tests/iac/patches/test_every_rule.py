"""Every rule that is mended, in every format: its finding has a patch that changes what it must, and the finding is gone."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from lambdaudit.facts import runtimes
from lambdaudit.rules import load
from lambdaudit.sources.iac.patches import MENDS
from lambdaudit.sources.iac.patches.left import LEFT
from tests.iac.patches.cases import CASES, Case
from tests.iac.patches.world import CREATED, Audited, audit, changed, with_git, with_patch, write, written

SOON = next(
    name
    for name in json.loads((Path(runtimes.__file__).parents[1] / "data" / "runtimes.json").read_text("utf-8"))["runtimes"]
    if (life := runtimes.lifecycle(name)) and life.deprecated and CREATED < str(life.deprecated) < "2027-05-20" and life.successor
)


def settled(case: Case) -> Case:
    """The case with the runtime of today's table that ends next."""
    life = runtimes.lifecycle(SOON)
    assert life
    return Case(*(part.replace("‹ends soon›", SOON).replace("‹successor›", life.successor) for part in case))


def name_of(case: Case) -> str:
    return f"{case.rule}-{case.file.rpartition('.')[2]}"


def mended(folder: Path, rule: str) -> tuple[Audited, Audited]:
    """A folder audited before and after the patches of one rule are written."""
    whole, alone = audit(folder), audit(folder, rule)
    assert not whole.errors
    found = alone.of(rule)
    assert found, f"{rule} does not fire: {whole.rules}"
    assert all(finding.fix.patch for finding in found), "it has no patch"
    write(alone.patches)
    return whole, audit(folder)


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{n}-{name_of(case)}") for n, case in enumerate(CASES)])
def test_the_finding_is_gone(case: Case, tmp_path: Path) -> None:
    case = settled(case)
    folder = written(tmp_path / "a", {case.file: case.text})
    by_git, by_patch = tmp_path / "git", tmp_path / "patch"
    shutil.copytree(folder, by_git)
    shutil.copytree(folder, by_patch)
    diff = "".join(file.diff for file in audit(folder, case.rule).patches.files)
    before, after = mended(folder, case.rule)
    assert not after.errors
    assert not after.of(case.rule)
    assert not after.rules - before.rules, "a new finding appeared"
    if case.lines != "‹any›":
        assert changed(diff) == case.lines.split("\n")
    with_git(by_git, diff)
    with_patch(by_patch, diff)
    result = (folder / case.file).read_bytes()
    assert (by_git / case.file).read_bytes() == result == (by_patch / case.file).read_bytes()
    assert not audit(folder, case.rule).patches.files, "it is patched again"


def test_every_row_has_a_case() -> None:
    assert set(MENDS) == {case.rule for case in CASES}


def test_every_other_rule_has_a_reason() -> None:
    rules = {rule.id for rule in load()}
    assert not set(MENDS) & set(LEFT)
    assert rules - set(MENDS) == set(LEFT)


def long_form(text: str) -> Any:
    """A template with its functions in their long form."""

    class Loader(yaml.SafeLoader):
        pass

    def function(loader: Any, suffix: str, node: Any) -> Any:
        value = node.value
        return {suffix: value} if suffix == "Ref" else {f"Fn::{suffix}": value.split(".")}

    Loader.add_multi_constructor("!", function)
    return yaml.load(text, Loader)


DOCUMENTS = [(n, case) for n, case in enumerate(CASES) if case.file == "template.yaml"]


@pytest.mark.parametrize("indent", [4, None], ids=["lines", "one line"])
@pytest.mark.parametrize("case", [pytest.param(case, id=f"{n}-{case.rule}") for n, case in DOCUMENTS])
def test_json(case: Case, indent: int | None, tmp_path: Path) -> None:
    """The same in JSON, with lines and without: still JSON, and equal but for what is mended."""
    case = settled(case)
    text = json.dumps(long_form(case.text), indent=indent) + "\n"
    folder = written(tmp_path / "a", {"template.json": text})
    before, after = mended(folder, case.rule)
    assert not after.errors
    assert not after.of(case.rule)
    assert not after.rules - before.rules
    new = (folder / "template.json").read_text("utf-8")
    json.loads(new)
    if indent:
        kept = [line for line in text.split("\n") if line in new.split("\n") or f"{line}," in new.split("\n")]
        removed = len([line for line in case.lines.split("\n") if line.startswith("-")])
        assert len(text.split("\n")) - len(kept) <= removed
        assert all(not re.match(r" +$", line) for line in new.split("\n"))


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{n}-{case.rule}") for n, case in DOCUMENTS])
def test_flow_style(case: Case, tmp_path: Path) -> None:
    """The same in YAML's flow style, with line breaks where PyYAML puts them."""
    case = settled(case)
    text = yaml.safe_dump(long_form(case.text), default_flow_style=True, width=60)
    folder = written(tmp_path / "a", {"template.yaml": text})
    before, after = mended(folder, case.rule)
    assert not after.errors
    assert not after.of(case.rule)
    assert not after.rules - before.rules
    yaml.safe_load((folder / "template.yaml").read_text("utf-8").replace("!Ref", ""))
