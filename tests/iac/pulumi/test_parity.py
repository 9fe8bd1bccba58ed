"""The shop as a Pulumi program: its export gives what its twin in Terraform gives, its preview misses only what is open."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.finding import Report, Status
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.resources import Options
from tests.iac.parity.applications import CREATED, Fault, faults, judge, read

from .shop import shop

OPEN_IN_PREVIEW = {
    "queue jobs": "policy",
    "bucket shop-uploads-123456789012": "policy",
    "event-bus shop": "policy",
    "stream clicks": "policy",
    "table carts": "policy",
    "topic news": "policy",
    "event-rule everything": "the policy of its bus",
    "function renderer": "the image's address",
    "image-repository renderer": "which function runs its images",
    "route rest ANY /{proxy+}": "the policy of the function's role",
    "event-source-mapping carter < table/carts": "the policy of the function's role",
}
"""What a preview before the first deployment cannot decide: JSON texts and addresses with an ARN in them are not known at all."""


@pytest.fixture(scope="module")
def twin() -> tuple[Counter[Fault], set[str]]:
    """What is at fault in the twin, and the rules that are open there."""
    inventory = read("terraform")
    report = judge(inventory)
    return faults(inventory, report), {row.rule for row in report.not_assessed}


def judged(folder: Path, **options: Any) -> tuple[Inventory, Report]:
    lifted = read_directory(folder, Options(folder, **options))
    assert (lifted.errors, lifted.notes) == ([], [])
    inventory = lifted.inventory(source="pulumi", created=CREATED)
    return inventory, judge(inventory)


def test_an_export_gives_what_the_twin_in_terraform_gives(tmp_path: Path, twin: tuple[Counter[Fault], set[str]]) -> None:
    shop().write(tmp_path / "stack.json")
    inventory, report = judged(tmp_path)
    found = faults(inventory, report)
    assert sorted((twin[0] - found).elements()) == []
    assert sorted((found - twin[0]).elements()) == []
    assert len(inventory.of(Function)) == 21
    assert {row.rule for row in report.not_assessed} <= twin[1]


def test_a_preview_gives_the_same_but_for_what_only_a_deployment_decides(
    tmp_path: Path, twin: tuple[Counter[Fault], set[str]]
) -> None:
    shop().write(tmp_path / "stack.json", preview=True)
    inventory, report = judged(tmp_path, account="123456789012")
    found = faults(inventory, report)
    missing = twin[0] - found
    assert {thing for _, _, thing in (found - twin[0])} <= {"image-repository renderer"}
    assert {thing for _, _, thing in missing} <= set(OPEN_IN_PREVIEW)
    assert sum(missing.values()) <= sum(twin[0].values()) // 10
    assert not [row for row in report.not_assessed if row.status is Status.ERROR]
    # Nothing of what is missing passes: every rule says that it could not decide, or judged it by what is known.
    judged_otherwise = {rule for rule, _, _ in found}
    assert {rule for rule, _, _ in missing} <= {row.rule for row in report.not_assessed} | judged_otherwise
