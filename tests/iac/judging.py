"""What an audit says of templates."""

from typing import Any, TypeVar, overload

from lambdaudit import engine
from lambdaudit.model.assets import AnyAsset
from lambdaudit.model.finding import Finding, Report
from lambdaudit.sources.iac.lift import Lifted

A = TypeVar("A")
CREATED = "2026-11-22T00:00:00Z"


def judge(lifted: Lifted) -> Report:
    """The report of an audit, with the lines of the files."""
    inventory = lifted.inventory(source="test", created=CREATED)
    return lifted.places.relocate(engine.audit(inventory, pages=False), inventory)


def findings(lifted: Lifted) -> list[Finding]:
    """The findings above info."""
    return [finding for finding in judge(lifted).findings if finding.severity.value != "info"]


def one(lifted: Lifted, kind: type[A]) -> A:
    """The only asset of a kind."""
    found = [asset for asset in lifted.assets if isinstance(asset, kind)]
    assert len(found) == 1, found
    return found[0]


@overload
def named(lifted: Lifted, subject: str) -> AnyAsset: ...


@overload
def named(lifted: Lifted, subject: str, kind: type[A]) -> A: ...


def named(lifted: Lifted, subject: str, kind: type[Any] | None = None) -> Any:
    """The asset of the resource with a logical id."""
    found = [a for a in lifted.assets if a.where.subject == subject and (kind is None or isinstance(a, kind))]
    assert found, [(a.where.subject, a.id) for a in lifted.assets]
    return found[0]
