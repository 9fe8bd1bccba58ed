"""What else invokes functions, as answers of AWS's shape: every kind becomes an asset, a trigger and a way in."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.triggers import triggers_of
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.entrances import ways_into
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.unknown import Unknown
from lambdaudit.overview.triggers import triggers_of as shown_triggers
from lambdaudit.sources.aws.raw import Seen
from lambdaudit.sources.invoking import functions_of
from tests.aws.assemble.test_cases import ACCOUNT, FN, REGION, Answers


def arn(service: str, resource: str, region: str = REGION) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


QUEUE = arn("sqs", "jobs")
API = arn("appsync", "apis/abc")
POOL, GROUP = f"{REGION}_AbC", arn("elasticloadbalancing", "targetgroup/web/0123")
BALANCER = arn("elasticloadbalancing", "loadbalancer/app/web/4567")
MACHINE = arn("states", "stateMachine:flow")
DEFINITION = (
    '{"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [{"States": {"B": {"Type": "Task", '
    '"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}}}]}}}'
)


def everything() -> Answers:
    """One of each kind, all of them with the function behind it."""
    answers = Answers()
    answers.raw.functions[FN] = Seen(ACCOUNT, REGION, FN, {"FunctionName": "f", "FunctionArn": FN, "Runtime": "python3.13"}, [])
    pipe = {"Arn": arn("pipes", "pipe/p"), "Name": "p", "Source": QUEUE, "Target": FN, "CurrentState": "RUNNING"}
    schedule = {"Arn": arn("scheduler", "schedule/default/s"), "Name": "s", "State": "ENABLED", "Target": {"Arn": FN + ":live"}}
    graphql = {"arn": API, "apiId": "abc", "name": "shop", "authenticationType": "API_KEY",
               "additionalAuthenticationProviders": [{"authenticationType": "AWS_IAM"}]}  # fmt: skip
    source = {"dataSourceArn": API + "/datasources/d", "name": "d", "type": "AWS_LAMBDA",
              "lambdaConfig": {"lambdaFunctionArn": FN}}  # fmt: skip
    pool = {"Arn": arn("cognito-idp", f"userpool/{POOL}"), "Name": "people", "LambdaConfig": {
        "PreSignUp": FN, "PreTokenGenerationConfig": {"LambdaArn": FN, "LambdaVersion": "V2_0"}}}  # fmt: skip
    group = {"TargetGroupArn": GROUP, "TargetGroupName": "web", "TargetType": "lambda", "LoadBalancerArns": [BALANCER]}
    balancer = {"LoadBalancerArn": BALANCER, "LoadBalancerName": "web", "Scheme": "internet-facing"}
    topic_rule = {"ruleName": "r", "sql": "SELECT * FROM 'a'", "ruleDisabled": False, "actions": [
        {"lambda": {"functionArn": FN}}, {"sqs": {"queueUrl": "x"}}]}  # fmt: skip
    config = {"ConfigRuleArn": arn("config", "config-rule/config-rule-1"), "ConfigRuleName": "own",
              "Source": {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FN}}  # fmt: skip
    mail = {"Name": "in", "Enabled": True, "Recipients": ["a@example.org"], "Actions": [
        {"LambdaAction": {"FunctionArn": FN, "InvocationType": "Event"}}]}  # fmt: skip
    edge = {"ARN": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1", "DomainName": "d1.cloudfront.net", "Enabled": True,
            "Aliases": {"Quantity": 1, "Items": ["www.example.org"]}, "DefaultCacheBehavior": {"LambdaFunctionAssociations": {
                "Quantity": 1, "Items": [{"LambdaFunctionARN": FN + ":3", "EventType": "viewer-request"}]}}}  # fmt: skip
    return (
        answers.say("pipes:ListPipes", {"Pipes": [pipe]})
        .say("scheduler:ListSchedules", {"Schedules": [schedule]})
        .say("stepfunctions:ListStateMachines", {"stateMachines": [{"stateMachineArn": MACHINE}]})
        .say("stepfunctions:DescribeStateMachine", {"stateMachineArn": MACHINE, "definition": DEFINITION, "type": "STANDARD"},
             MACHINE)
        .say("appsync:ListGraphqlApis", {"graphqlApis": [graphql]})
        .say("appsync:ListDataSources", {"dataSources": [source]}, "abc")
        .say("cognito-idp:DescribeUserPool", {"UserPool": pool}, POOL)
        .say("elbv2:DescribeTargetGroups", {"TargetGroups": [group]})
        .say("elbv2:DescribeLoadBalancers", {"LoadBalancers": [balancer]})
        .say("elbv2:DescribeTargetHealth", {"TargetHealthDescriptions": [{"Target": {"Id": FN}}]}, GROUP)
        .say("iot:GetTopicRule", {"ruleArn": arn("iot", "rule/r"), "rule": topic_rule}, "r")
        .say("config:DescribeConfigRules", {"ConfigRules": [config]})
        .say("ses:DescribeActiveReceiptRuleSet", {"Metadata": {"Name": "main"}, "Rules": [mail]})
        .say("cloudfront:ListDistributions", {"Items": [edge]}, region="")
    )  # fmt: skip


@pytest.fixture
def inventory() -> Inventory:
    return everything().made()


def function(inventory: Inventory) -> Function:
    found = inventory.get(FN)
    assert isinstance(found, Function)
    return found


EXPECTED = {
    "appsync": "data source of a GraphQL API", "cloudfront": "distribution", "cognito-idp": "user pool", "config": "Config rule",
    "elasticloadbalancing": "target group", "iot": "topic rule", "pipes": "pipe", "scheduler": "schedule",
    "ses": "mail receipt rule", "states": "state machine",
}  # fmt: skip


def test_every_kind_becomes_an_asset(inventory: Inventory) -> None:
    assert {one.service: one.kind for one in inventory.of(Invoker)} == EXPECTED
    assert all(one.targets and not one.disabled for one in inventory.of(Invoker))


def test_every_kind_is_a_trigger_of_the_function(inventory: Inventory) -> None:
    triggers = shown_triggers(inventory, function(inventory), ())
    assert {(t["kind"], t["status"]) for t in triggers} == {(service, "wired") for service in EXPECTED}
    assert {t["qualifier"] for t in triggers if t["kind"] in ("scheduler", "cloudfront")} == {"live", "3"}
    words = triggers_of(inventory, function(inventory))
    assert words == {"appsync", "cloudfront", "cognito", "config", "alb", "iot", "schedule", "ses", "stepfunctions", "sqs"}


def test_ways_in_that_strangers_may_have_stay_open(inventory: Inventory) -> None:
    ways = ways_into(function(inventory), Audit(inventory))
    assert {e.text for e in ways.entrances} >= {"the user pool people", "the topic rule r", "the schedule s", "events of jobs"}
    assert not any(e.public for e in ways.entrances)  # nothing is called public that was not proved
    assert ways.unread is not None


@pytest.mark.parametrize(
    ("change", "service", "outside"),
    [
        ({"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}}, "cognito-idp", False),
        ({}, "cognito-idp", True),
    ],
)
def test_a_user_pool_that_only_administrators_fill_is_closed(change: dict[str, Any], service: str, outside: bool) -> None:
    answers = everything()
    (pool,) = [a for k, a in answers.raw.each("cognito-idp", "DescribeUserPool")]
    assert not isinstance(pool, Unknown)
    pool.data["UserPool"].update(change)
    (one,) = [i for i in answers.made().of(Invoker) if i.service == service]
    assert bool(one.outside) is outside


def test_an_internal_load_balancer_is_closed() -> None:
    answers = everything()
    for _, answer in answers.raw.each("elbv2", "DescribeLoadBalancers"):
        assert not isinstance(answer, Unknown)
        answer.data["LoadBalancers"][0]["Scheme"] = "internal"
    (one,) = [i for i in answers.made().of(Invoker) if i.service == "elasticloadbalancing"]
    assert (one.outside, one.detail) == ("", (("load balancers", "web"),))


@pytest.mark.parametrize("first", [True, False])
def test_every_authorizer_of_a_graphql_api_counts(first: bool) -> None:
    own = {"authenticationType": "AWS_LAMBDA", "lambdaAuthorizerConfig": {"authorizerUri": FN}}
    api = {"arn": API, "apiId": "abc", "name": "shop"}
    given = {**api, **own} if first else {**api, "authenticationType": "AWS_IAM", "additionalAuthenticationProviders": [own]}
    (one,) = Answers().say("appsync:ListGraphqlApis", {"graphqlApis": [given]}).made().of(Invoker)
    assert (one.kind, one.targets) == ("GraphQL API's authorizer", (FN,))
    assert one.outside == "whoever calls the GraphQL API: its authorizer sees each token first"


def test_what_was_denied_is_missing() -> None:
    answers = everything().deny("pipes:ListPipes").deny("elbv2:DescribeTargetHealth", GROUP)
    inventory = answers.made()
    assert [m.kind for m in inventory.missing if m.unknown.need == "the:Right"] == ["invoker"]
    (group,) = [i for i in inventory.of(Invoker) if i.service == "elasticloadbalancing"]
    assert isinstance(group.targets, Unknown)
    assert not [i for i in inventory.of(Invoker) if i.service == "pipes"]


def test_what_has_no_function_behind_it_is_left_out() -> None:
    answers = Answers().say("pipes:ListPipes", {"Pipes": [{"Arn": arn("pipes", "pipe/p"), "Source": QUEUE, "Target": QUEUE}]})
    assert answers.made().of(Invoker) == ()


PREFIX = arn("lambda", "function:")


@pytest.mark.parametrize(
    ("definition", "functions"),
    [
        (json.dumps({"States": {"A": {"Type": "Task", "Resource": FN}}}), (FN,)),
        ('{"States": {"A": {"Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "Arguments": {"FunctionName": "g"}}}}',
         (PREFIX + "g",)),
        ('{"States": {"A": {"Resource": "arn:aws:states:::sqs:sendMessage"}}}', ()),
        ('{"States": {"A": {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName.$": "$.f"}}}}', None),
        ('{"States": {"A": {"Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "{% $f %}"}}}}', None),
        ("no json", None),
    ],
)  # fmt: skip
def test_functions_of_a_definition(definition: str, functions: tuple[str, ...] | None) -> None:
    found = functions_of(definition, PREFIX)
    assert isinstance(found, Unknown) if functions is None else found == functions


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(FN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_odd_answers_never_end_it(data: st.DataObject) -> None:
    answers = everything()
    for _, answer in list(answers.raw._answers.items()):
        if not isinstance(answer, Unknown):
            _spoil(answer.data, data)
    assert isinstance(answers.made(), Inventory)


def _spoil(value: Any, data: st.DataObject) -> None:
    if isinstance(value, dict):
        for name in list(value):
            if data.draw(st.integers(0, 9)) == 0:
                value[name] = data.draw(_JSON)
            else:
                _spoil(value[name], data)
    elif isinstance(value, list):
        for one in value:
            _spoil(one, data)
