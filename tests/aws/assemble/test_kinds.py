"""Every kind of asset comes out of a real run, in its place, whole, and survives a snapshot."""

import json
from typing import Any

from lambdaudit.model import snapshot
from lambdaudit.model.assets import KINDS, kind_of
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.builder import source_of
from lambdaudit.sources.aws.raw import Answer, Raw
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made

NOT_FROM_AWS = {"code", "dockerfile", "external-report", "repository", "repository-file", "template"}
"""What only packages, sources and other tools tell."""


def test_every_kind_is_there(inventory: Inventory) -> None:
    assert {kind_of(asset) for asset in inventory.assets} == set(KINDS) - NOT_FROM_AWS


def test_snapshot_holds_the_whole_inventory(inventory: Inventory) -> None:
    data = snapshot.encode(inventory)
    again = snapshot.decode(data)
    assert again.assets == inventory.assets
    assert snapshot.encode(again) == data


def test_equal_answers_give_equal_bytes(answers: Raw) -> None:
    assert snapshot.encode(made(answers)) == snapshot.encode(made(answers))


def _resolve(data: Any, pointer: str) -> Any:
    for segment in pointer.split("/")[1:]:
        name = segment.replace("~1", "/").replace("~0", "~")
        data = data[int(name)] if isinstance(data, list) else data[name]
    return data


def _stands_in(answers: Raw, where: Where) -> bool:
    for key, answer in answers.items():
        if source_of(key.service, key.operation) == where.source and isinstance(answer, Answer):
            try:
                _resolve(answer.data, where.pointer)
            except (KeyError, IndexError, ValueError):
                continue
            return True
    return False


def test_every_place_is_a_pointer_into_an_answer(answers: Raw, inventory: Inventory) -> None:
    for asset in inventory.assets:
        places = [asset.where]
        for name in asset.__struct_fields__:
            value = getattr(asset, name)
            policies = value if isinstance(value, tuple) else (value,)
            places += [policy.where for policy in policies if isinstance(policy, Policy)]
        for where in places:
            # Of the account the session told; of the friend's layer nothing was answered.
            elsewhere = kind_of(asset) == "account" or asset.id == world.LAYER_OF_FRIEND
            assert elsewhere or _stands_in(answers, where), (asset.id, where)


def test_a_pointer_goes_on_into_the_property(answers: Raw, inventory: Inventory) -> None:
    orders = inventory.get(world.arn("lambda", "function:orders"))
    assert isinstance(orders, Function)
    where = orders.where / "Environment" / "Variables" / "DEBUG"
    assert str(where) == f"lambda:GetFunction {orders.id} /Configuration/Environment/Variables/DEBUG"
    answer = answers.ask("lambda", "GetFunction", world.ACCOUNT, world.HOME, orders.id)
    assert isinstance(answer, Answer)
    assert _resolve(answer.data, where.pointer) == "true"


def test_complete_lists_say_what_does_not_exist(inventory: Inventory) -> None:
    assert inventory.find(Function, world.arn("lambda", "function:gone")) is None
    assert inventory.find(FunctionVersion, world.arn("lambda", "function:orders:77")) is None
    for kind in ("role", "user", "group", "managed-policy"):
        found = inventory.find(KINDS[kind], f"arn:aws:iam::{world.ACCOUNT}:{kind.removeprefix('managed-')}/gone")
        assert found is None, kind
    stranger = inventory.find(KINDS["queue"], f"arn:aws:sqs:{world.HOME}:{world.FRIEND}:theirs")
    assert isinstance(stranger, Unknown)
    assert world.FRIEND in stranger.reason


def test_a_resource_that_was_only_referred_to_may_exist(inventory: Inventory) -> None:
    assert isinstance(inventory.find(KINDS["queue"], world.arn("sqs", "nobody-names-it")), Unknown)


def test_relations_meet_at_both_ends(inventory: Inventory) -> None:
    orders = world.arn("lambda", "function:orders")
    sources = {edge.source.split(":")[2] for edge in inventory.to(orders) if edge.relation == "triggers"}
    assert {"sqs", "dynamodb", "kinesis", "sns", "s3", "events", "execute-api", "logs"} <= sources
    for edge in inventory.to(orders):
        if edge.relation in ("connects", "grants", "encrypts"):
            assert inventory.get(edge.source), edge


def test_nothing_of_the_answers_is_a_finding_without_coverage(answers: Raw, inventory: Inventory) -> None:
    coverage = inventory.coverage
    assert coverage.accounts == (world.ACCOUNT,)
    assert coverage.regions == (world.OTHER, world.HOME)
    assert {line.operation for line in coverage.calls} >= {
        "lambda:ListFunctions",
        "s3:GetPublicAccessBlock",
        "apigateway:GetApis",
    }
    assert sum(line.asked for line in coverage.calls) == sum(tally.asked for tally in answers.ledger())
    # The friend's layer could not be read, and nothing else.
    assert [line.need for line in coverage.calls if line.denied] == ["lambda:GetLayerVersion"]
    assert not coverage.complete
    assert json.loads(snapshot.encode(inventory))["coverage"]["source"] == "aws"


def test_aliases_carry_what_is_set_on_them(inventory: Inventory) -> None:
    alias = inventory.get(world.arn("lambda", "function:orders:live"))
    assert isinstance(alias, Alias)
    assert (alias.name, alias.version, alias.weights) == ("live", "2", (("1", 0.25),))
    assert alias.url
    assert not isinstance(alias.url, Unknown)
    assert (alias.url.auth_type, alias.url.invoke_mode) == ("NONE", "RESPONSE_STREAM")
    assert alias.url.cors
    assert (alias.url.cors.origins, alias.url.cors.credentials) == (("*",), True)
    assert isinstance(alias.policy, Policy)
    assert alias.policy.document["Statement"][0]["Principal"] == "*"
    assert alias.invoke_config
    assert not isinstance(alias.invoke_config, Unknown)
    assert (alias.invoke_config.retries, alias.invoke_config.on_failure) == (0, "")
