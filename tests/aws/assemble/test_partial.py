"""Runs over a part of an account, interrupted runs, and the coverage of each."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model.functions import Function
from lambdaudit.model.identity import ManagedPolicy, Role
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.sources.aws.raw import Answer, Key, Note, Raw, Tally
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made
from tests.aws.assemble.test_denied import DENIED, with_answer

ORDERS = world.arn("lambda", "function:orders")


def test_one_function_is_the_same_alone(inventory: Inventory, named: Raw) -> None:
    alone = made(named)
    assert [fn.id for fn in alone.of(Function)] == [ORDERS]
    one, of_all = alone.get(ORDERS), inventory.get(ORDERS)
    assert isinstance(one, Function)
    for name in one.__struct_fields__:
        if name not in ("recursion", "extra"):  # left to --thorough
            assert getattr(one, name) == getattr(of_all, name), name


def test_what_was_not_asked_is_not_silent(named: Raw) -> None:
    alone = made(named)
    other = world.arn("lambda", "function:image")
    assert isinstance(alone.find(Function, other), Unknown)
    for cls in (Function, Role):
        with pytest.raises(NotKnown):
            alone.every(cls)
    fn = alone.get(ORDERS)
    assert isinstance(fn, Function)
    assert isinstance(fn.recursion, Unknown)


def test_roles_read_one_by_one_say_what_the_bulk_says(inventory: Inventory, named: Raw) -> None:
    assert ("iam", "GetAccountAuthorizationDetails", world.ACCOUNT) not in {key[:3] for key in named}
    alone = made(named)
    (one,) = alone.of(Role)
    of_all = inventory.get(one.id)
    assert isinstance(of_all, Role)
    assert _rights(one) == _rights(of_all)
    assert known(one.trust).document == known(of_all.trust).document  # type: ignore[union-attr]
    assert known(one.boundary).document == known(of_all.boundary).document  # type: ignore[union-attr]
    assert (one.path, one.tags) == (of_all.path, of_all.tags)
    assert {p.name for p in alone.of(ManagedPolicy)} == {"AWSLambdaBasicExecutionRole", "orders", "limits"}


def _rights(role: Role) -> list[tuple[str, str, str, object]]:
    return [(p.name, p.kind, p.arn, p.document) for p in known(role.policies)]


def test_each_denied_read_of_a_single_role_is_named(named: Raw) -> None:
    role = f"arn:aws:iam::{world.ACCOUNT}:role/app/worker"
    for key, answer in named.items():
        elsewhere = key.operation == "ListAccountAliases" or ":aws:policy/" in key.subject  # not about roles; in the catalogue
        if key.service != "iam" or isinstance(answer, Unknown) or elsewhere:
            continue
        after = made(with_answer(named, key, DENIED))
        found = after.find(Role, role)
        if isinstance(found, Unknown):
            assert DENIED in [row.unknown for row in after.missing if row.subject == role], key
        else:
            assert found, key
            assert DENIED in (found.policies, found.boundary), key
    gone = made(with_answer(named, Key("iam", "GetRole", world.ACCOUNT, "", "worker"), Answer({}, absent=True)))
    assert gone.find(Role, role) is None, "the path stands in the function's configuration only"


def test_policies_of_aws_come_from_the_catalogue(answers: Raw) -> None:
    key = Key("iam", "GetAccountAuthorizationDetails", world.ACCOUNT)
    answer = answers[key]
    assert isinstance(answer, Answer)
    kept = [p for p in answer.data["Policies"] if ":aws:policy" not in p["Arn"]]
    after = made(with_answer(answers, key, Answer({**answer.data, "Policies": kept})))
    role = next(one for one in after.of(Role) if one.name == "worker")
    managed = next(p for p in known(role.policies) if p.kind == "aws-managed")
    assert managed.document["Statement"]
    assert managed.where.source.startswith("catalogue of AWS managed policies")
    assert after.get(managed.arn)


def test_an_unknown_managed_policy_makes_the_rights_unknown(answers: Raw) -> None:
    key = Key("iam", "GetAccountAuthorizationDetails", world.ACCOUNT)
    answer = answers[key]
    assert isinstance(answer, Answer)
    after = made(with_answer(answers, key, Answer({**answer.data, "Policies": []})))
    role = next(one for one in after.of(Role) if one.name == "worker")
    assert isinstance(role.policies, Unknown)
    assert role.policies.need == "iam:GetPolicyVersion"
    assert isinstance(role.boundary, Unknown)
    future = {"PolicyName": "New", "PolicyArn": "arn:aws:iam::aws:policy/NewerThanTheCatalogue"}
    roles = [{**answer.data["RoleDetailList"][0], "AttachedManagedPolicies": [future]}]
    after = made(with_answer(answers, key, Answer({**answer.data, "RoleDetailList": roles})))
    assert isinstance(after.of(Role)[0].policies, Unknown)


def test_functions_that_were_left_out_are_not_said_to_be_absent(answers: Raw) -> None:
    raw = copy.copy(answers)
    raw.functions = {arn: seen for arn, seen in answers.functions.items() if arn == ORDERS}
    after = made(raw)
    image = world.arn("lambda", "function:image")
    found = after.find(Function, image)
    assert isinstance(found, Unknown)
    assert found.reason == "not asked: only the chosen functions are read"
    assert ("function", world.HOME) not in {(row.kind, row.region) for row in after.listed}


def test_a_function_that_could_not_be_read_is_still_one(answers: Raw) -> None:
    raw = with_answer(answers, Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS), DENIED)
    raw.functions = {**answers.functions, ORDERS: answers.functions[ORDERS]._replace(configuration=DENIED)}
    fn = made(raw).get(ORDERS)
    assert isinstance(fn, Function)
    for name in (
        "runtime",
        "role",
        "environment",
        "package_type",
        "architectures",
        "description",
        "state",
        "image",
        "snap_start",
    ):
        assert getattr(fn, name) == DENIED, name
    assert known(fn.versions), "the rest was read"


@given(data=st.data(), interrupted=st.booleans())
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
def test_any_part_of_the_answers(answers: Raw, inventory: Inventory, data: st.DataObject, interrupted: bool) -> None:
    """Whatever was not asked, or not any more: nothing that exists is said not to, and no field says "none" instead."""
    share = data.draw(st.sampled_from([0.1, 0.5, 0.9]))
    chance = data.draw(st.randoms(use_true_random=False))
    raw = Raw()
    raw.accounts, raw.functions, raw.interrupted = answers.accounts, answers.functions, interrupted
    for key, answer in answers.items():
        if chance.random() < share:
            raw.put(key, answer)
    after = made(raw)
    for asset in inventory.assets:
        found = after.find(type(asset), asset.id)
        assert found is not None, asset.id
        for name in asset.__struct_fields__ if isinstance(found, Function) else ():
            if name not in ("where", "extra"):
                assert getattr(found, name) == getattr(asset, name) or isinstance(getattr(found, name), Unknown), name


def test_nothing_at_all() -> None:
    empty = made(Raw())
    assert (empty.assets, empty.missing, empty.listed) == ((), (), ())
    assert empty.coverage.complete


@pytest.fixture
def counted(raw: Raw) -> Raw:
    raw._ledger.clear()
    raw.notes.clear()
    return raw


def test_coverage_counts(counted: Raw) -> None:
    key = Key("apigatewayv2", "GetApis", world.ACCOUNT, world.HOME)
    tally = counted.tally(key, "apigateway:GET")
    tally.asked, tally.answered, tally.absent, tally.denied, tally.failed, tally.throttled = 11, 4, 3, 1, 1, 1
    tally.unsupported, tally.skipped, tally.message = 1, 5, f"denied {world.TOKEN}"
    coverage = made(counted).coverage
    (line,) = coverage.calls
    assert (line.operation, line.asked, line.answered, line.denied, line.failed) == ("apigateway:GetApis", 11, 7, 1, 2)
    assert (line.unsupported, line.need) == (1, "apigateway:GET")
    assert world.TOKEN not in line.error
    assert coverage.notes == ("apigateway:GetApis: left to --thorough for 5",)
    assert not coverage.complete


@pytest.mark.parametrize("kind", ["region", "record", "target", "account"])
def test_notes_of_the_run_make_it_incomplete(counted: Raw, kind: str) -> None:
    assert made(counted).coverage.complete
    counted.notes.append(Note(kind, world.ACCOUNT, "eu-north-1", "x", "is not enabled"))
    coverage = made(counted).coverage
    assert not coverage.complete
    assert "eu-north-1: x: is not enabled" in coverage.notes[0]


def test_skipped_reads_leave_it_complete_and_interrupted_ones_do_not(counted: Raw) -> None:
    counted.tally(Key("lambda", "GetFunctionRecursionConfig", world.ACCOUNT, world.HOME), "x").skipped = 3
    assert made(counted).coverage.complete
    counted.interrupted = True
    coverage = made(counted).coverage
    assert (coverage.complete, coverage.interrupted) == (False, True)
    assert Tally("a", "b", "c", "d", "e").complete
