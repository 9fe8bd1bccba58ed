"""Forgetting: blur any field of any example to Unknown, and what failed still fails or is UNKNOWN; it never passes."""

import typing
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit import engine
from lambdaudit.model.assets import KINDS, kind_of
from lambdaudit.model.base import Asset
from lambdaudit.model.inventory import Inventory, Missing
from lambdaudit.model.unknown import Unknown

from .rules.test_examples import RULES, Example, examples, options_of
from .rules.world import build

BLUR = Unknown("forgotten", "test:Forget")
GUARDRAILS = {("account", "scps"), ("account", "organization"), ("account", "management_account")}
"""Guardrails that cannot be read count as absent (docs/architecture.md): forgetting them may make a finding, never lose one."""

FAILING = [e for e in examples() if e.verdict == "FAIL"]


def _maybe_fields(cls: type[Asset]) -> list[str]:
    hints = typing.get_type_hints(cls)
    return [name for name, hint in hints.items() if Unknown in typing.get_args(hint)]


MAYBE = {kind: _maybe_fields(cls) for kind, cls in KINDS.items()}


def test_the_model_has_fields_that_can_be_forgotten() -> None:
    assert "policy" in MAYBE["function"]
    assert "policies" in MAYBE["role"]


def _with(inventory: Inventory, assets: list[Any], missing: tuple[Missing, ...] = ()) -> Inventory:
    return Inventory(
        assets,
        missing=(*inventory.missing, *missing),
        listed=[row for row in inventory.listed if row.kind not in {m.kind for m in missing}],
        absent=inventory.absent,
        coverage=inventory.coverage,
        created=inventory.created,
    )


def _judge(example: Example, inventory: Inventory) -> Any:
    return engine.audit(inventory, options_of(example.world.get("options", {})), rules=[RULES[example.rule]], pages=False)


def _world(example: Example) -> Inventory:
    return build({k: v for k, v in example.world.items() if k != "options"})


def _never_passes(example: Example, before: Any, after: Any, blurred: str) -> None:
    assert not after.rules[0].error, [n.reason for n in after.not_assessed]
    still = {f.fingerprint for f in after.findings}
    open_ = {n.asset for n in after.not_assessed}
    for finding in before.findings:
        kept = finding.fingerprint in still or finding.asset in open_
        kept = kept or any(n.asset_kind == finding.asset_kind for n in after.not_assessed)
        assert kept, f"{finding.rule} on {finding.asset} was lost when {blurred} was forgotten"


@pytest.mark.parametrize("example", FAILING, ids=lambda e: f"{e.rule}-{e.title}"[:100])
def test_forgetting_one_field_never_turns_fail_into_pass(example: Example) -> None:
    world = _world(example)
    before = _judge(example, world)
    for i, asset in enumerate(world.assets):
        for name in MAYBE[kind_of(asset)]:
            if isinstance(getattr(asset, name), Unknown) or (kind_of(asset), name) in GUARDRAILS:
                continue
            assets = list(world.assets)
            assets[i] = msgspec.structs.replace(asset, **{name: BLUR})
            _never_passes(example, before, _judge(example, _with(world, assets)), f"{name} of {asset.id}")


@pytest.mark.parametrize("example", FAILING, ids=lambda e: f"{e.rule}-{e.title}"[:100])
def test_forgetting_one_asset_never_turns_fail_into_pass(example: Example) -> None:
    world = _world(example)
    before = _judge(example, world)
    for asset in world.assets:
        rest = [a for a in world.assets if a.id != asset.id]
        gone = Missing(kind=kind_of(asset), unknown=BLUR, account=asset.account)
        _never_passes(example, before, _judge(example, _with(world, rest, (gone,))), asset.id)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_forgetting_many_fields_never_turns_fail_into_pass(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(FAILING))
    world = _world(example)
    before = _judge(example, world)
    spots = [(i, n) for i, a in enumerate(world.assets) for n in MAYBE[kind_of(a)] if (kind_of(a), n) not in GUARDRAILS]
    chosen = data.draw(st.lists(st.sampled_from(spots), max_size=6, unique=True)) if spots else []
    assets = list(world.assets)
    for i, name in chosen:
        assets[i] = msgspec.structs.replace(assets[i], **{name: BLUR})
    _never_passes(example, before, _judge(example, _with(world, assets)), str(chosen))
