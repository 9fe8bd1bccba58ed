"""One answer after the other is taken away: what it would have told is named as not known, and nothing becomes "none"."""

import copy

from lambdaudit.model import snapshot
from lambdaudit.model.assets import KINDS, kind_of
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import Queue, Topic
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.calls import BY_NAME
from lambdaudit.sources.aws.raw import Answer, Key, Raw
from tests.aws.assemble import world
from tests.aws.assemble.conftest import made

DENIED = Unknown("access denied: not authorized", "probe:ThisRight")
ORDERS = world.arn("lambda", "function:orders")
DECIDE_ONLY = {
    # Asked to decide what else to ask; nothing of them is in the model.
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeRegions",
    "s3:GetBucketLocation",
}
EXTRA_ONLY = {"lambda:GetRuntimeManagementConfig", "lambda:ListProvisionedConcurrencyConfigs"}
"""The model has no field for them; an answer goes to `extra`, and a missing one to the coverage."""


def with_answer(answers: Raw, key: Key, value: Answer | Unknown) -> Raw:
    """The answers with another one to one question."""
    changed = copy.copy(answers)
    changed._answers = {**answers._answers, key: value}
    return changed


def rows(inventory: Inventory) -> str:
    """Assets and missing rows as text, without the coverage."""
    return snapshot.encode(Inventory(inventory.assets, missing=inventory.missing)).decode()


def fields_that_changed(before: Inventory, after: Inventory) -> list[tuple[str, str, object, object]]:
    pairs = [(asset, other) for asset in before.assets if (other := after.get(asset.id)) is not None]
    return [
        (asset.id, name, getattr(asset, name), getattr(other, name))
        for asset, other in pairs
        for name in asset.__struct_fields__
        if name not in ("where", "extra") and getattr(asset, name) != getattr(other, name)
    ]


def test_each_denied_answer_is_named_and_never_means_none(answers: Raw, inventory: Inventory) -> None:
    for key, answer in answers.items():
        operation = f"{key.service}:{key.operation}"
        if isinstance(answer, Unknown) or operation in DECIDE_ONLY | EXTRA_ONLY:
            continue
        after = made(with_answer(answers, key, DENIED))
        assert DENIED.need in rows(after), key
        for asset in inventory.assets:
            assert after.find(type(asset), asset.id) is not None, (key, asset.id)
        for asset_id, name, old, new in fields_that_changed(inventory, after):
            # Without the list of buckets nobody knows whose a bucket is, and an empty text says so.
            whose = name in ("account", "region") and (key.operation, new) == ("ListBuckets", "")
            # An alias that nobody could look up still stands for a key.
            alias = name == "key" and ":alias/" in str(new) and ":alias/" in key.subject
            # A field that cannot be Unknown is told by a row for the asset.
            told = any(row.subject == asset_id for row in after.missing)
            # What stands beside an integration's function is read only after that.
            beside = name in ("qualifier", "integration") and key.operation == "GetIntegrations"
            assert isinstance(new, Unknown) or whose or alias or told or beside, (key, asset_id, name, old, new)
        assert after.absent <= inventory.absent, key
        assert set(after.listed) <= set(inventory.listed), key


def test_each_list_that_breaks_off_leaves_the_rest_open(answers: Raw, inventory: Inventory) -> None:
    for key, answer in answers.items():
        operation = f"{key.service}:{key.operation}"
        pages = BY_NAME[operation].pages
        if isinstance(answer, Unknown) or pages is None or operation in DECIDE_ONLY | EXTRA_ONLY:
            continue
        data = {name: value[: len(value) // 2] if name in pages.lists else value for name, value in answer.data.items()}
        after = made(with_answer(answers, key, Answer(data, rest=DENIED)))
        assert DENIED.need in rows(after), key
        for asset in inventory.assets:
            assert after.find(type(asset), asset.id) is not None, (key, asset.id)


def test_denied_lists_take_the_kind_with_them(answers: Raw) -> None:
    kinds = {
        ("lambda", "ListFunctions"): {"function", "function-version", "alias"},
        ("iam", "GetAccountAuthorizationDetails"): {"role", "user", "group", "managed-policy"},
        ("lambda", "ListEventSourceMappings"): {"event-source-mapping"},
        ("lambda", "ListCodeSigningConfigs"): {"code-signing-config"},
        ("lambda", "ListLayers"): {"layer-version"},
        ("apigateway", "GetRestApis"): {"api", "route", "stage", "authorizer"},
        ("apigatewayv2", "GetApis"): {"api", "route", "stage", "authorizer"},
        ("events", "ListEventBuses"): {"event-bus", "event-rule"},
        ("secretsmanager", "ListSecrets"): {"secret"},
        ("ssm", "DescribeParameters"): {"parameter"},
        ("ec2", "DescribeSubnets"): {"subnet"},
        ("ec2", "DescribeNatGateways"): {"nat-gateway"},
    }
    for (service, operation), expected in kinds.items():
        region = "" if service == "iam" else world.HOME
        after = made(with_answer(answers, Key(service, operation, world.ACCOUNT, region), DENIED))
        told = {row.kind for row in after.missing if row.unknown == DENIED and not row.subject}
        assert told == expected, operation
        for kind in expected - {"layer-version"}:
            assert (kind, region) not in {(row.kind, row.region) for row in after.listed}


def test_aliases_of_one_function(answers: Raw) -> None:
    key = Key("lambda", "ListAliases", world.ACCOUNT, world.HOME, ORDERS)
    after = made(with_answer(answers, key, DENIED))
    fn = after.get(ORDERS)
    assert isinstance(fn, Function)
    assert fn.aliases == DENIED
    assert [(m.kind, m.subject) for m in after.missing if m.unknown == DENIED] == [("alias", ORDERS)]
    assert isinstance(after.find(Alias, f"{ORDERS}:live"), Unknown)


def test_a_denied_resource_may_exist_and_an_absent_one_does_not(answers: Raw) -> None:
    queue = world.arn("sqs", "dead")
    key = Key("sqs", "GetQueueAttributes", world.ACCOUNT, world.HOME, queue)
    assert made(with_answer(answers, key, DENIED)).find(Queue, queue) == DENIED
    gone = made(with_answer(answers, key, Answer({}, absent=True)))
    assert gone.find(Queue, queue) is None
    assert queue in gone.absent


def test_absent_resources_of_every_kind_that_is_asked_by_name(answers: Raw, inventory: Inventory) -> None:
    reads = {
        "sqs:GetQueueAttributes": "queue",
        "sns:GetTopicAttributes": "topic",
        "dynamodb:DescribeTable": "table",
        "kinesis:DescribeStreamSummary": "stream",
        "ecr:DescribeRepositories": "image-repository",
        "kms:DescribeKey": "key",
    }
    for key in answers:
        kind = reads.get(f"{key.service}:{key.operation}")
        if kind and ":alias/" not in key.subject:
            after = made(with_answer(answers, key, Answer({}, absent=True)))
            through_alias = kind == "key"  # the same key was also asked for by its alias, and that still answers
            assert through_alias or after.find(KINDS[kind], key.subject) is None, key
    assert {kind_of(asset) for asset in inventory.assets} >= set(reads.values())


def test_inferred_answers_are_known(answers: Raw) -> None:
    for operation in ("ListFunctionUrlConfigs", "ListFunctionEventInvokeConfigs"):
        key = Key("lambda", operation, world.ACCOUNT, world.HOME, ORDERS)
        after = made(with_answer(answers, key, Answer({}, inferred="the role may write nowhere")))
        fn = after.get(ORDERS)
        assert isinstance(fn, Function)
        assert (fn.url if "Url" in operation else fn.invoke_config) is None


def test_subscriptions_of_other_accounts_are_not_in_the_list(answers: Raw) -> None:
    topic = world.arn("sns", "events")
    key = Key("sns", "GetTopicAttributes", world.ACCOUNT, world.HOME, topic)
    answer = answers[key]
    assert isinstance(answer, Answer)
    attributes = {**answer.data["Attributes"], "SubscriptionsConfirmed": "9"}
    after = made(with_answer(answers, key, Answer({"Attributes": attributes})))
    found = after.get(topic)
    assert isinstance(found, Topic)
    assert isinstance(found.subscriptions, Unknown)
    assert found.subscriptions.need == "sns:ListSubscriptionsByTopic"


def test_a_topic_that_only_a_subscription_shows(answers: Raw) -> None:
    changed = copy.copy(answers)
    changed._answers = dict(answers._answers)
    topic = world.arn("sns", "events")
    key = Key("sns", "GetTopicAttributes", world.ACCOUNT, world.HOME, topic)
    del changed._answers[key]
    changed._by_operation = {**answers._by_operation, ("sns", "GetTopicAttributes"): []}
    found = made(changed).get(topic)
    assert isinstance(found, Topic)
    assert found.policy == Unknown("not asked", "sns:GetTopicAttributes")
    assert not isinstance(found.subscriptions, Unknown)
    assert ORDERS in {s.endpoint for s in found.subscriptions}
