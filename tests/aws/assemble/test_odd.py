"""Answers that no AWS would give: nothing raises, nothing else is lost, and what is odd says so."""

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model import snapshot
from lambdaudit.model.assets import KINDS, kind_of
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Function, FunctionVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import EventSourceMapping, Queue
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.builder import source_of
from lambdaudit.sources.aws.raw import Answer, Key, Raw
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made
from tests.aws.assemble.test_denied import with_answer
from tests.aws.assemble.test_kinds import NOT_FROM_AWS

ORDERS = world.arn("lambda", "function:orders")
ODD = [ORDERS, "arn:", "*", "\ud800", "-1", "true", "{}", "x" * 70_000, 10**400, float("nan"), float("inf")]
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
quiet = settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [found for name, part in inner for found in paths(part, (*path, name))]


def mutated(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with another value at a place."""
    if not path:
        return new
    copied = copy.copy(value)
    copied[path[0]] = mutated(value[path[0]], path[1:], new)
    return copied


def changed_to(answers: Raw, key: Key, data: dict[str, Any]) -> Raw:
    """The answers with another content of one; of a list of functions, the run saw the changed records."""
    before = answers[key]
    raw = with_answer(answers, key, Answer(data))
    now = data.get("Functions")
    if key.operation == "ListFunctions" and isinstance(before, Answer) and isinstance(now, list):
        records = {id(old): new for old, new in zip(before.items("Functions"), now, strict=False)}
        raw.functions = {
            arn: seen._replace(
                configuration=records.get(id(seen.configuration), seen.configuration),
                versions=[records.get(id(version), version) for version in seen.versions],
            )
            for arn, seen in answers.functions.items()
        }
    return raw


def near(asset: Any, key: Key, path: tuple[Any, ...]) -> bool:
    """Whether an asset comes from the changed part of an answer, or hangs on what comes from there."""
    changed = "".join(f"/{segment}" for segment in path[:2])
    source = source_of(key.service, key.operation)
    inside = f"{asset.where.pointer}/".startswith(f"{changed}/") or (asset.where.pointer == "" and asset.region == key.region)
    own = asset.where.source == source and inside
    part_of_api = key.operation in ("GetRestApis", "GetApis") and kind_of(asset) in ("api", "route", "stage", "authorizer")
    asked_singly = key.subject != "" and key.subject in (asset.id, asset.name)
    by_alias = kind_of(asset) == "key" and key.operation == "DescribeKey"
    layer = kind_of(asset) == "layer-version" and key.service == "lambda"
    topic = kind_of(asset) == "topic" and key.service == "sns"
    image = kind_of(asset) == "container-image" and key.operation == "GetFunction"  # which says what image a function runs
    return own or part_of_api or asked_singly or by_alias or layer or topic or image


@quiet
@given(data=st.data())
def test_any_change_of_any_answer_is_survived(answers: Raw, inventory: Inventory, data: st.DataObject) -> None:
    keys = [key for key, answer in answers.items() if isinstance(answer, Answer) and answer.data]
    key = data.draw(st.sampled_from(keys))
    answer = answers[key]
    assert isinstance(answer, Answer)
    path = data.draw(st.sampled_from(paths(answer.data)[1:]))
    changed = mutated(answer.data, path, data.draw(junk))
    after = made(changed_to(answers, key, changed))
    encoded = snapshot.encode(after)
    assert snapshot.encode(snapshot.decode(encoded)) == encoded
    for asset in inventory.assets:
        if not near(asset, key, path):
            assert isinstance(after.get(asset.id), type(asset)), (key, path, asset.id)


@quiet
@given(data=st.data(), value=junk)
def test_any_record_more_in_a_list_is_survived(answers: Raw, inventory: Inventory, data: st.DataObject, value: Any) -> None:
    lists = [(k, f) for k, a in answers.items() if isinstance(a, Answer) for f, r in a.data.items() if isinstance(r, list) and r]
    key, field = data.draw(st.sampled_from(lists))
    answer = answers[key]
    assert isinstance(answer, Answer)
    after = made(with_answer(answers, key, Answer({**answer.data, field: [*answer.data[field], value]})))
    lost = {asset.id for asset in inventory.assets} - {asset.id for asset in after.assets}
    assert not lost, (key, field, lost)


@pytest.mark.parametrize("field", ["Runtime", "Role", "Timeout", "Layers", "VpcConfig", "Environment", "TracingConfig", "State"])
@pytest.mark.parametrize("value", [7, "text", ["list"], {"other": {"deep": 1}}, True])
def test_an_odd_field_of_a_function_is_unknown_or_fits(answers: Raw, inventory: Inventory, field: str, value: Any) -> None:
    key = Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS)
    answer = answers[key]
    assert isinstance(answer, Answer)
    names = {"Runtime": "runtime", "Role": "role", "Timeout": "timeout", "Layers": "layers", "VpcConfig": "vpc",
             "Environment": "environment", "TracingConfig": "tracing", "State": "state"}  # fmt: skip
    fn = made(with_answer(answers, key, Answer({**answer.data, "Configuration": {**answer.data["Configuration"], field: value}})))
    before, after = inventory.get(ORDERS), fn.get(ORDERS)
    assert isinstance(before, Function)
    assert isinstance(after, Function)
    got = getattr(after, names[field])
    if isinstance(got, Unknown):
        assert got.reason.startswith("odd value")
        if field != "Environment":
            assert any(name.partition("/")[0] == field for name in after.extra), "the odd value is kept"
    others = set(names.values()) - {names[field]}
    assert all(getattr(after, name) == getattr(before, name) for name in others)


def test_new_properties_and_values_of_aws_are_kept(answers: Raw) -> None:
    key = Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS)
    answer = answers[key]
    assert isinstance(answer, Answer)
    news = {f"Invented{number}": {"Mode": "Quantum", "Level": number} for number in range(20)}
    configuration = {**answer.data["Configuration"], **news, "Runtime": "cobol2030", "PackageType": "Crystal"}
    configuration["TenancyConfig"] = {"TenantIsolationMode": "PER_TENANT"}
    configuration["VpcConfig"] = {**configuration["VpcConfig"], "Ipv7": True}
    fn = made(with_answer(answers, key, Answer({**answer.data, "Configuration": configuration}))).get(ORDERS)
    assert isinstance(fn, Function)
    assert (fn.runtime, fn.package_type) == ("cobol2030", "Crystal")
    assert news.items() <= fn.extra.items()
    assert fn.extra["TenancyConfig"] == {"TenantIsolationMode": "PER_TENANT"}
    assert fn.extra["VpcConfig/Ipv7"] is True


def test_a_record_without_identity_is_told(answers: Raw) -> None:
    key = Key("lambda", "ListEventSourceMappings", world.ACCOUNT, world.HOME)
    answer = answers[key]
    assert isinstance(answer, Answer)
    first, *rest = answer.data["EventSourceMappings"]
    nameless = {name: value for name, value in first.items() if name not in ("UUID", "EventSourceMappingArn")}
    after = made(with_answer(answers, key, Answer({"EventSourceMappings": [nameless, *rest]})))
    assert len(after.of(EventSourceMapping)) == len(rest)
    assert any("EventSourceMappings/0" in note for note in after.coverage.notes)
    assert not after.coverage.complete
    gone = world.arn("lambda", f"event-source-mapping:{first['UUID']}")
    assert isinstance(after.find(EventSourceMapping, gone), Unknown)


def test_an_odd_value_that_the_model_cannot_mark_is_told_by_a_row(answers: Raw) -> None:
    key = Key("lambda", "ListEventSourceMappings", world.ACCOUNT, world.HOME)
    answer = answers[key]
    assert isinstance(answer, Answer)
    first, *rest = answer.data["EventSourceMappings"]
    after = made(with_answer(answers, key, Answer({"EventSourceMappings": [{**first, "BatchSize": "many"}, *rest]})))
    mapping = after.get(world.arn("lambda", f"event-source-mapping:{first['UUID']}"))
    assert isinstance(mapping, EventSourceMapping)
    assert (mapping.batch_size, mapping.extra["BatchSize"]) == (None, "many")
    assert [row.subject for row in after.missing if row.kind == "event-source-mapping"] == [mapping.id]


def test_a_record_cannot_take_the_place_of_another_asset(answers: Raw) -> None:
    key = Key("iam", "GetAccountAuthorizationDetails", world.ACCOUNT)
    answer = answers[key]
    assert isinstance(answer, Answer)
    role = answer.data["RoleDetailList"][0]
    for arn in (ORDERS, world.arn("sqs", "orders"), f"arn:aws:iam::{world.ACCOUNT}:user/ann", "role/x"):
        liar = {**role, "Arn": arn, "RoleName": "liar", "Path": "/"}
        after = made(with_answer(answers, key, Answer({**answer.data, "RoleDetailList": [liar, role]})))
        assert {kind_of(asset) for asset in after.assets} == set(KINDS) - NOT_FROM_AWS, arn
        assert after.get(f"arn:aws:iam::{world.ACCOUNT}:role/liar")
    twin = {**role, "Tags": []}
    after = made(with_answer(answers, key, Answer({**answer.data, "RoleDetailList": [role, twin]})))
    assert any("second record" in note for note in after.coverage.notes)


def test_versions_of_another_function_are_not_taken(raw: Raw) -> None:
    seen = raw.functions[ORDERS]
    stray = {**seen.versions[0], "FunctionArn": world.arn("lambda", "function:other:9"), "Version": None}
    raw.functions[ORDERS] = seen._replace(versions=[*seen.versions, stray, "text", {}])  # type: ignore[list-item]
    after = made(raw)
    fn = after.get(ORDERS)
    assert isinstance(fn, Function)
    assert isinstance(fn.versions, Unknown)
    assert {v.version for v in after.of(FunctionVersion)} == {"1", "2"}


POLICIES: dict[str, Any] = {
    "not JSON": "{'Version': 1}",
    "a list": "[]",
    "a text": '"*"',
    "nothing but spaces": "   ",
    "broken off": '{"Statement": [{"Effect": "Allow"',
    "one name twice": '{"Statement": [], "Statement": [{"Effect": "Allow", "Principal": "*"}]}',
    "very deep": "[" * 100_000,
    "deep object": '{"a":' * 300 + "1" + "}" * 300,
    "very long": '{"Statement": "' + "x" * 1_100_000 + '"}',
    "no number": '{"a": NaN}',
    "lone surrogate": '{"Statement": "\\ud800"}',
}


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES)
def test_a_policy_that_does_not_parse_is_there_and_not_understood(answers: Raw, text: str) -> None:
    queue = world.arn("sqs", "orders")
    key = Key("sqs", "GetQueueAttributes", world.ACCOUNT, world.HOME, queue)
    answer = answers[key]
    assert isinstance(answer, Answer)
    after = made(with_answer(answers, key, Answer({"Attributes": {**answer.data["Attributes"], "Policy": text}})))
    found = after.get(queue)
    assert isinstance(found, Queue)
    assert isinstance(found.policy, Policy), "never None: there is a policy"
    assert found.policy.document == {}
    assert 0 < len(found.policy.raw) <= 32_768
    assert snapshot.decode(snapshot.encode(after)).get(queue) == found


@given(text=st.text() | st.binary().map(lambda b: b.decode("latin-1")) | junk.map(lambda v: json.dumps(v, default=str)))
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=80)
def test_any_text_in_the_place_of_a_policy(answers: Raw, text: str) -> None:
    key = Key("lambda", "GetPolicy", world.ACCOUNT, world.HOME, ORDERS)
    fn = made(with_answer(answers, key, Answer({"Policy": text}))).get(ORDERS)
    assert isinstance(fn, Function)
    assert text == "" or fn.policy is not None
