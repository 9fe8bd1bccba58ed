"""What other services are set up to invoke functions: templates of every format and a live account give the same assets."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.code.triggers import triggers_of
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.entrances import ways_into
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.unknown import Unknown
from lambdaudit.overview.triggers import triggers_of as shown_triggers
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.resources import Options
from tests.aws.assemble.test_cases import ACCOUNT, FN, REGION
from tests.aws.assemble.test_invokers import EXPECTED, everything

from .pulumi.stack import Program

Read = Callable[..., Inventory]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Writes files and reads the folder; keyword arguments are those of Options."""

    def read(files: dict[str, str], **options: Any) -> Inventory:
        for name, text in files.items():
            (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
        lifted = read_directory(tmp_path, Options(tmp_path, account=ACCOUNT, region=REGION, **options))
        assert lifted.errors == []
        return lifted.inventory(source="test")

    return read


CLOUDFORMATION = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: f
      Runtime: python3.13
      Handler: app.handler
      Role: arn:aws:iam::111122223333:role/r
      Code: {ZipFile: "def handler(event, context): pass"}
  Live: {Type: AWS::Lambda::Alias, Properties: {Name: live, FunctionName: !Ref F, FunctionVersion: "1"}}
  One: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  Two: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  Three: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref F}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {Name: p, Source: !GetAtt Jobs.Arn, Target: !GetAtt F.Arn, RoleArn: "arn:aws:iam::111122223333:role/r"}
  Schedule:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: s
      ScheduleExpression: rate(1 hour)
      FlexibleTimeWindow: {Mode: "OFF"}
      Target: {Arn: !Ref Live, RoleArn: "arn:aws:iam::111122223333:role/r"}
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      StateMachineName: flow
      RoleArn: arn:aws:iam::111122223333:role/r
      DefinitionString: !Sub |
        {"StartAt": "A", "States": {"A": {"Type": "Parallel", "Branches": [{"States": {"B": {"Type": "Task",
         "Resource": "arn:${AWS::Partition}:states:::lambda:invoke", "Parameters": {"FunctionName": "${F}"}}}}]}}}
  Api:
    Type: AWS::AppSync::GraphQLApi
    Properties:
      Name: shop
      AuthenticationType: API_KEY
      AdditionalAuthenticationProviders: [{AuthenticationType: AWS_IAM}]
  Data:
    Type: AWS::AppSync::DataSource
    Properties: {ApiId: !GetAtt Api.ApiId, Name: d, Type: AWS_LAMBDA, LambdaConfig: {LambdaFunctionArn: !GetAtt F.Arn}}
  Pool:
    Type: AWS::Cognito::UserPool
    Properties:
      UserPoolName: people
      LambdaConfig:
        PreSignUp: !GetAtt F.Arn
        PreTokenGenerationConfig: {LambdaArn: !GetAtt F.Arn, LambdaVersion: V2_0}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: web, Scheme: internet-facing}}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      DefaultActions: [{Type: fixed-response, FixedResponseConfig: {StatusCode: "404"}}]
  Rule:
    Type: AWS::ElasticLoadBalancingV2::ListenerRule
    Properties:
      ListenerArn: !Ref Listener
      Priority: 1
      Conditions: [{Field: path-pattern, Values: [/x]}]
      Actions: [{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref Group}]}}]
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Name: web, TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}
  Topics:
    Type: AWS::IoT::TopicRule
    Properties:
      RuleName: r
      TopicRulePayload:
        Sql: SELECT * FROM 'a'
        Actions: [{Lambda: {FunctionArn: !GetAtt F.Arn}}, {Sqs: {QueueUrl: !Ref Jobs, RoleArn: x}}]
  Own:
    Type: AWS::Config::ConfigRule
    Properties: {ConfigRuleName: own, Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: !GetAtt F.Arn}}
  Mail:
    Type: AWS::SES::ReceiptRule
    Properties:
      RuleSetName: main
      Rule:
        Name: in
        Enabled: true
        Recipients: [a@example.org]
        Actions: [{LambdaAction: {FunctionArn: !GetAtt F.Arn}}]
  Edge:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        Aliases: [www.example.org]
        DefaultCacheBehavior:
          TargetOriginId: o
          LambdaFunctionAssociations: [{EventType: viewer-request, LambdaFunctionARN: !Ref Three}]
"""

TERRAFORM = """
resource "aws_lambda_function" "f" {
  function_name = "f"
  runtime       = "python3.13"
  handler       = "app.handler"
  role          = "arn:aws:iam::111122223333:role/r"
}
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.f.function_name
  function_version = "1"
}
resource "aws_sqs_queue" "jobs" { name = "jobs" }
resource "aws_pipes_pipe" "p" {
  name     = "p"
  source   = aws_sqs_queue.jobs.arn
  target   = aws_lambda_function.f.arn
  role_arn = "arn:aws:iam::111122223333:role/r"
}
resource "aws_scheduler_schedule" "s" {
  name                = "s"
  schedule_expression = "rate(1 hour)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = aws_lambda_alias.live.arn
    role_arn = "arn:aws:iam::111122223333:role/r"
  }
}
resource "aws_sfn_state_machine" "flow" {
  name     = "flow"
  role_arn = "arn:aws:iam::111122223333:role/r"
  definition = jsonencode({
    StartAt = "A"
    States = { A = { Type = "Parallel", Branches = [{ States = { B = {
      Type       = "Task"
      Resource   = "arn:aws:states:::lambda:invoke"
      Parameters = { FunctionName = aws_lambda_function.f.arn }
    } } }] } }
  })
}
resource "aws_appsync_graphql_api" "shop" {
  name                = "shop"
  authentication_type = "API_KEY"
  additional_authentication_provider { authentication_type = "AWS_IAM" }
}
resource "aws_appsync_datasource" "d" {
  api_id = aws_appsync_graphql_api.shop.id
  name   = "d"
  type   = "AWS_LAMBDA"
  lambda_config { function_arn = aws_lambda_function.f.arn }
}
resource "aws_cognito_user_pool" "people" {
  name = "people"
  lambda_config {
    pre_sign_up = aws_lambda_function.f.arn
    pre_token_generation_config {
      lambda_arn     = aws_lambda_function.f.arn
      lambda_version = "V2_0"
    }
  }
}
resource "aws_lb" "web" {
  name     = "web"
  internal = false
}
resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}
resource "aws_lb_target_group" "web" {
  name        = "web"
  target_type = "lambda"
}
resource "aws_lb_target_group_attachment" "web" {
  target_group_arn = aws_lb_target_group.web.arn
  target_id        = aws_lambda_function.f.arn
}
resource "aws_iot_topic_rule" "r" {
  name        = "r"
  enabled     = true
  sql         = "SELECT * FROM 'a'"
  sql_version = "2016-03-23"
  lambda { function_arn = aws_lambda_function.f.arn }
}
resource "aws_config_config_rule" "own" {
  name = "own"
  source {
    owner             = "CUSTOM_LAMBDA"
    source_identifier = aws_lambda_function.f.arn
  }
}
resource "aws_ses_receipt_rule" "in" {
  name          = "in"
  rule_set_name = "main"
  enabled       = true
  recipients    = ["a@example.org"]
  lambda_action {
    function_arn = aws_lambda_function.f.arn
    position     = 1
  }
}
resource "aws_cloudfront_distribution" "edge" {
  enabled = true
  aliases = ["www.example.org"]
  default_cache_behavior {
    target_origin_id = "o"
    lambda_function_association {
      event_type = "viewer-request"
      lambda_arn = "${aws_lambda_function.f.arn}:3"
    }
  }
}
"""

FORMATS = {"cloudformation": {"template.yaml": CLOUDFORMATION}, "terraform": {"main.tf": TERRAFORM}}
_NAMED_BY_AWS = ("appsync", "cognito-idp", "elasticloadbalancing", "config", "cloudfront")
"""Services whose ARNs hold an id that only a deployment gives."""


def said(one: Invoker) -> dict[str, Any]:
    """What an asset says that does not depend on ids which only a deployment gives."""
    fields = ("service", "kind", "targets", "state", "schedule", "detail", "outside", "account", "region")
    made = {name: getattr(one, name) for name in fields}
    if one.service not in _NAMED_BY_AWS:
        made |= {"id": one.id, "source": one.source}
    return made | ({} if one.service == "cloudfront" else {"name": one.name})


def shown(inventory: Inventory) -> list[dict[str, Any]]:
    function = inventory.get(FN)
    assert isinstance(function, Function)
    rows = []
    for one in shown_triggers(inventory, function, ()):
        detail = {name: value for name, value in one["detail"].items() if name != "feeds" or one["kind"] == "pipes"}
        rows.append({**{k: one[k] for k in ("kind", "status", "qualifier")}, "detail": detail})
    return sorted(rows, key=str)


@pytest.mark.parametrize("format", FORMATS)
def test_a_template_and_the_account_give_the_same(read: Read, format: str) -> None:
    live, made = everything().made(), read(FORMATS[format])
    assert len(live.of(Invoker)) == len(EXPECTED)
    by_service = {one.service: said(one) for one in made.of(Invoker)}
    assert by_service == {one.service: said(one) for one in live.of(Invoker)}
    assert shown(made) == shown(live)
    function = made.get(FN)
    assert isinstance(function, Function)
    assert triggers_of(made, function) == triggers_of(live, live.get(FN))  # type: ignore[arg-type]
    assert not [row for row in made.missing if row.kind == "invoker"]
    ours, theirs = (ways_into(i.get(FN), Audit(i)) for i in (made, live))  # type: ignore[arg-type]
    # Only the templates hold the queue that feeds the pipe.
    assert {e.kind for e in ours.entrances} - {"queue"} == {e.kind for e in theirs.entrances} - {"source"}
    assert ours.unread is not None


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: f
      Runtime: python3.13
      Handler: app.handler
      InlineCode: "def handler(event, context): pass"
      AutoPublishAlias: live
      Events:
        Hourly: {Type: ScheduleV2, Properties: {Name: s, ScheduleExpression: rate(1 hour)}}
        SignUp: {Type: Cognito, Properties: {UserPool: !Ref Pool, Trigger: PreSignUp}}
        Topic: {Type: IoTRule, Properties: {Sql: SELECT * FROM 'a'}}
  Pool: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: people}}
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      DefinitionUri: flow.asl.yaml
      DefinitionSubstitutions: {Fn: !GetAtt F.Arn, Wait: 3}
      Role: arn:aws:iam::111122223333:role/r
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: inline
      Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt F.Arn, End: true}}}
      Role: arn:aws:iam::111122223333:role/r
"""
FLOW = """
StartAt: A
States:
  A: {Type: Wait, Seconds: "${Wait}", Next: B}
  B: {Type: Task, Resource: "${Fn}", End: true}
"""
SERVERLESS = """
service: app
provider: {name: aws, runtime: python3.13, region: eu-central-1}
plugins: [serverless-step-functions]
functions:
  hello:
    name: f
    handler: app.handler
    events:
      - schedule: {method: scheduler, name: s, rate: [rate(1 hour)]}
      - cognitoUserPool: {pool: people, trigger: PreSignUp}
      - iot: {name: r, sql: "SELECT * FROM 'a'"}
      - alb:
          listenerArn: arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/web/4567/89
          priority: 1
          conditions: {path: /x}
      - cloudFront: {eventType: viewer-request, origin: https://example.org}
stepFunctions:
  stateMachines:
    flow:
      name: flow
      definition:
        StartAt: A
        States:
          A: {Type: Task, Resource: {Fn::GetAtt: [hello, Arn]}, Next: B}
          B:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: {Ref: HelloLambdaFunction}}
            End: true
"""


def test_what_sam_makes_of_events(read: Read) -> None:
    made = read({"template.yaml": SAM, "flow.asl.yaml": FLOW})
    found = {one.name: one for one in made.of(Invoker)}
    live = {one.service: said(one) for one in everything().made().of(Invoker)}
    topic = next(one for one in found.values() if one.service == "iot")
    assert found.keys() == {"s", "people", "flow", "inline", topic.name}
    assert said(found["s"]) == live["scheduler"]
    assert found["flow"].targets == found["inline"].targets == (FN,)
    assert said(found["flow"]) == live["states"]
    alias = f"{FN}:live"
    assert topic.targets == found["people"].targets == (alias,)
    assert found["people"].detail == (("hooks", "PreSignUp"),)
    assert triggers_of(made, made.get(FN)) == {"schedule", "cognito", "iot", "stepfunctions"}  # type: ignore[arg-type]


def test_what_the_serverless_framework_makes_of_events(read: Read) -> None:
    made = read({"serverless.yml": SERVERLESS})
    found = {one.service: one for one in made.of(Invoker)}
    live = {one.service: said(one) for one in everything().made().of(Invoker)}
    assert found.keys() == {"scheduler", "cognito-idp", "iot", "elasticloadbalancing", "cloudfront", "states"}
    assert said(found["iot"]) == live["iot"]
    assert said(found["states"]) == live["states"]
    assert not [row for row in made.missing if row.kind == "invoker"]
    assert {**said(found["scheduler"]), "targets": (f"{FN}:live",)} == live["scheduler"]
    assert found["cloudfront"].targets == (f"{FN}:1",)
    group = found["elasticloadbalancing"]
    assert (group.targets, group.outside, group.detail) == ((FN,), live["elasticloadbalancing"]["outside"],
                                                           (("load balancers", "web"),))  # fmt: skip
    words = triggers_of(made, made.get(FN))  # type: ignore[arg-type]
    assert words == {"schedule", "cognito", "iot", "alb", "cloudfront", "stepfunctions"}


def test_what_a_stack_of_pulumi_holds(tmp_path: Path) -> None:
    program = Program(account=ACCOUNT, region=REGION)
    function = program.add("aws:lambda/function:Function", "f", name="f", runtime="python3.13", handler="a.b", role="r")
    program.add("aws:cognito/userPool:UserPool", "people", name="people", lambdaConfig={
        "preSignUp": function.arn, "preTokenGenerationConfig": {"lambdaArn": function.arn, "lambdaVersion": "V2_0"}})  # fmt: skip
    program.add("aws:iot/topicRule:TopicRule", "r", name="r", enabled=True, sql="SELECT * FROM 'a'", sqlVersion="2016-03-23",
                lambdas=[{"functionArn": function.arn}], errorAction={"lambda": {"functionArn": function.arn}})  # fmt: skip
    program.add("aws:ses/receiptRule:ReceiptRule", "in", name="in", ruleSetName="main", enabled=True,
                recipients=["a@example.org"], lambdaActions=[{"functionArn": function.arn, "position": 1}])  # fmt: skip
    program.add("aws:cfg/rule:Rule", "own", name="own", source={"owner": "CUSTOM_LAMBDA", "sourceIdentifier": function.arn})
    balancer = program.add("aws:lb/loadBalancer:LoadBalancer", "web", name="web", internal=False)
    group = program.add("aws:lb/targetGroup:TargetGroup", "web", name="web", targetType="lambda")
    program.add("aws:lb/listener:Listener", "web", loadBalancerArn=balancer.arn,
                defaultActions=[{"type": "forward", "targetGroupArn": group.arn}])  # fmt: skip
    program.add("aws:lb/targetGroupAttachment:TargetGroupAttachment", "web", targetGroupArn=group.arn, targetId=function.arn)
    program.write(tmp_path / "stack.json", preview=False)
    lifted = read_directory(tmp_path, Options(tmp_path, account=ACCOUNT, region=REGION))
    live = {one.service: said(one) for one in everything().made().of(Invoker)}
    found = {one.service: said(one) for one in lifted.inventory(source="test").of(Invoker)}
    assert found == {name: live[name] for name in ("cognito-idp", "iot", "ses", "config", "elasticloadbalancing")}


HEAD = """
Parameters:
  Target: {Type: String}
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties: {FunctionName: f, Code: {ZipFile: x}, Runtime: python3.13, Handler: a.b, Role: "arn:aws:iam::111122223333:role/r"}
  I:
"""


def item(read: Read, text: str) -> Inventory:
    return read({"template.yaml": HEAD + textwrap.indent(textwrap.dedent(text), "    ")})


MACHINE = "Type: AWS::StepFunctions::StateMachine\nProperties: "
TASK = """{"States": {"A": {"Type": "Task", "Resource": "%s"}}}"""


@pytest.mark.parametrize(
    "text",
    [
        "Type: AWS::Pipes::Pipe\nProperties: {Source: a, Target: 'arn:aws:sqs:eu-central-1:111122223333:q'}",
        "Type: AWS::Scheduler::Schedule\nProperties: {Target: {Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage'}}",
        "Type: AWS::StepFunctions::StateMachine\nProperties: {DefinitionString: '%s'}"
        % (TASK % "arn:aws:states:::sqs:sendMessage"),
        "Type: AWS::StepFunctions::StateMachine\nProperties: {Definition: {States: {A: {Type: Pass}}}}",
        "Type: AWS::AppSync::GraphQLApi\nProperties: {Name: a, AuthenticationType: API_KEY}",
        "Type: AWS::AppSync::DataSource\nProperties: {ApiId: a, Name: d, Type: NONE}",
        "Type: AWS::Cognito::UserPool\nProperties: {LambdaConfig: {KMSKeyID: 'arn:aws:kms:eu-central-1:111122223333:key/k'}}",
        "Type: AWS::Cognito::UserPool",
        "Type: AWS::ElasticLoadBalancingV2::TargetGroup\nProperties: {TargetType: ip, Targets: [{Id: !Ref Target}]}",
        "Type: AWS::ElasticLoadBalancingV2::TargetGroup\nProperties: {TargetType: lambda}",
        "Type: AWS::IoT::TopicRule\nProperties: {TopicRulePayload: {Sql: s, Actions: [{Sqs: {QueueUrl: !Ref Target}}]}}",
        "Type: AWS::Config::ConfigRule\nProperties: {Source: {Owner: AWS, SourceIdentifier: LAMBDA_DLQ_CHECK}}",
        "Type: AWS::SES::ReceiptRule\nProperties: {Rule: {Enabled: true, Actions: [{S3Action: {BucketName: !Ref Target}}]}}",
        "Type: AWS::CloudFront::Distribution\nProperties: {DistributionConfig: {DefaultCacheBehavior: {TargetOriginId: o}}}",
    ],
)
def test_without_a_function_behind_it_there_is_no_asset(read: Read, text: str) -> None:
    inventory = item(read, text)
    assert inventory.of(Invoker) == ()
    assert not [row for row in inventory.missing if row.kind == "invoker"]


@pytest.mark.parametrize(
    "text",
    [
        "Type: AWS::Pipes::Pipe\nProperties: {Source: a, Target: !Ref Target}",
        "Type: AWS::Scheduler::Schedule\nProperties: {Target: {Arn: !Ref Target}}",
        "Type: AWS::StepFunctions::StateMachine\nProperties: {DefinitionString: !Sub '%s'}" % (TASK % "${Target}"),
        "Type: AWS::StepFunctions::StateMachine\nProperties: {Definition: {States: {A: {Resource: !Ref Target}}}}",
        "Type: AWS::StepFunctions::StateMachine\nProperties: {DefinitionString: '%s', DefinitionSubstitutions: {T: !Ref Target}}"
        % (TASK % "${T}"),
        "Type: AWS::StepFunctions::StateMachine\nProperties: {DefinitionS3Location: {Bucket: b, Key: k}}",
        "Type: AWS::AppSync::GraphQLApi\nProperties: {Name: a, LambdaAuthorizerConfig: {AuthorizerUri: !Ref Target}}",
        "Type: AWS::AppSync::DataSource\nProperties: {ApiId: a, Name: d, LambdaConfig: {LambdaFunctionArn: !Ref Target}}",
        "Type: AWS::Cognito::UserPool\nProperties: {LambdaConfig: {PreSignUp: !Ref Target}}",
        "Type: AWS::ElasticLoadBalancingV2::TargetGroup\nProperties: {TargetType: lambda, Targets: [{Id: !Ref Target}]}",
        "Type: AWS::IoT::TopicRule\nProperties: {TopicRulePayload: {Sql: s, Actions: [{Lambda: {FunctionArn: !Ref Target}}]}}",
        "Type: AWS::Config::ConfigRule\nProperties: {Source: {Owner: CUSTOM_LAMBDA, SourceIdentifier: !Ref Target}}",
        "Type: AWS::SES::ReceiptRule\nProperties: {Rule: {Actions: [{LambdaAction: {FunctionArn: !Ref Target}}]}}",
        "Type: AWS::CloudFront::Distribution\nProperties: {DistributionConfig: {DefaultCacheBehavior: "
        "{LambdaFunctionAssociations: [{LambdaFunctionARN: !Ref Target}]}}}",
    ],
)
def test_a_target_that_is_not_known_stays_unknown(read: Read, text: str) -> None:
    (one,) = item(read, text).of(Invoker)
    assert isinstance(one.targets, Unknown)
    assert "Target" in one.targets.reason or "S3" in one.targets.reason


def test_a_known_hook_beside_an_unknown_one_is_given_and_the_rest_is_missing(read: Read) -> None:
    inventory = item(
        read, "Type: AWS::Cognito::UserPool\nProperties: {LambdaConfig: {PreSignUp: !GetAtt F.Arn, CustomMessage: !Ref Target}}"
    )
    (one,) = inventory.of(Invoker)
    assert one.targets == (FN,)
    assert [row.subject for row in inventory.missing if row.kind == "invoker"] == [one.id]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Type: AWS::Pipes::Pipe\nProperties: {Name: p, DesiredState: STOPPED, Target: !GetAtt F.Arn}", "disabled", True),
        ("Type: AWS::Scheduler::Schedule\nProperties: {State: DISABLED, Target: {Arn: !GetAtt F.Arn}}", "disabled", True),
        ("Type: AWS::Scheduler::Schedule\nProperties: {GroupName: g, Name: s, Target: {Arn: !GetAtt F.Arn}}", "id",
         f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/g/s"),
        ("Type: AWS::SES::ReceiptRule\nProperties: {Rule: {Actions: [{LambdaAction: {FunctionArn: !GetAtt F.Arn}}]}}", "disabled",
         True),
        ("Type: AWS::IoT::TopicRule\nProperties: {TopicRulePayload: {RuleDisabled: true, Actions: [], ErrorAction: "
         "{Lambda: {FunctionArn: !GetAtt F.Arn}}}}", "disabled", True),
        ("Type: AWS::Cognito::UserPool\nProperties: {AdminCreateUserConfig: {AllowAdminCreateUserOnly: true}, "
         "LambdaConfig: {PreSignUp: !GetAtt F.Arn}}", "outside", ""),
        ("Type: AWS::ElasticLoadBalancingV2::TargetGroup\nProperties: {TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}",
         "outside", ""),
        ("Type: AWS::AppSync::GraphQLApi\nProperties: {Name: a, Visibility: PRIVATE, LambdaAuthorizerConfig: "
         "{AuthorizerUri: !GetAtt F.Arn}}", "outside", ""),
    ],
)  # fmt: skip
def test_what_closes_and_what_switches_off(read: Read, text: str, field: str, value: object) -> None:
    (one,) = item(read, text).of(Invoker)
    assert one.targets == (FN,)
    assert getattr(one, field) == value


def test_what_is_called_when_an_action_fails(read: Read) -> None:
    rule = """
        resource "aws_iot_topic_rule" "e" {
          name = "e"
          error_action {
            lambda { function_arn = "FUNCTION" }
          }
        }
    """
    (one,) = read({"main.tf": rule.replace("FUNCTION", FN)}).of(Invoker)
    assert one.targets == (FN,)


@pytest.mark.parametrize(("scheme", "closed"), [("internal", True), ("internet-facing", False), ("!Ref Target", False)])
def test_the_scheme_of_the_load_balancer_counts(read: Read, scheme: str, closed: bool) -> None:
    listeners = CLOUDFORMATION.replace("Scheme: internet-facing", f"Scheme: {scheme}")
    made = read({"template.yaml": "Parameters: {Target: {Type: String}}\n" + listeners})
    (group,) = [one for one in made.of(Invoker) if one.service == "elasticloadbalancing"]
    assert (group.outside == "") is closed


def test_a_definition_beside_a_plain_template_is_read(read: Read) -> None:
    text = MACHINE + "{DefinitionS3Location: flow.json, DefinitionSubstitutions: {F: !Ref F}}"
    flow = '{"States": {"A": {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "${F}"}}}}'
    made = read({"template.yaml": HEAD + textwrap.indent(text, "    "), "flow.json": flow})
    (one,) = made.of(Invoker)
    assert one.targets == (FN,)


def test_values_for_a_definition_do_not_grow_without_end(read: Read) -> None:
    states = ", ".join(f'"s{n}": {{"Comment": "{"${A}" * 200}"}}' for n in range(200))
    text = f"""
        Type: AWS::StepFunctions::StateMachine
        Properties:
          DefinitionString: '{{"States": {{{states}}}}}'
          DefinitionSubstitutions: {{A: {"x" * 4000}}}
    """
    (one,) = item(read, text).of(Invoker)
    assert one.targets == Unknown("its definition is too large")


_SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(FN) | st.just({"Ref": "Target"})
_ANY = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as the long ones."""


_Loader.add_constructor("!Ref", lambda _, node: {"Ref": node.value})
_Loader.add_constructor("!GetAtt", lambda _, node: {"Fn::GetAtt": node.value.split(".")})
_Loader.add_constructor("!Sub", lambda _, node: {"Fn::Sub": node.value})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_properties_never_end_it(tmp_path: Path, data: st.DataObject) -> None:
    template = yaml.load(CLOUDFORMATION, _Loader)
    template["Parameters"] = {"Target": {"Type": "String"}}
    for resource in template["Resources"].values():
        _spoil(resource["Properties"], data)
    (tmp_path / "template.yaml").write_text(yaml.safe_dump(template), "utf-8")
    lifted = read_directory(tmp_path, Options(tmp_path, account=ACCOUNT, region=REGION))
    assert lifted.errors == []
    assert len(lifted.inventory(source="test").of(Function)) == 1


def _spoil(value: Any, data: st.DataObject) -> None:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in list(rows):
        if data.draw(st.integers(0, 11)) == 0:
            value[name] = data.draw(_ANY)
        else:
            _spoil(inner, data)
