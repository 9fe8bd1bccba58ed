"""Single cases that the fake account does not show, as answers of AWS's shape."""

import json
from typing import Any

import pytest

from lambdaudit.model import snapshot
from lambdaudit.model.apis import Api, Authorizer, Route
from lambdaudit.model.functions import Alias, Function, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Account, User
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import Bucket, EventRule, EventSourceMapping, Key, LogGroup, Queue, Secret, Topic
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.sources.aws.assemble.integrations import callee
from lambdaudit.sources.aws.raw import AccountFacts, Answer, Raw, Seen
from lambdaudit.sources.aws.raw import Key as Question
from tests.aws.assemble.conftest import made

ACCOUNT, REGION = "111122223333", "eu-central-1"
FN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
KMS = f"arn:aws:kms:{REGION}:{ACCOUNT}:"


class Answers:
    """A store with one account, filled question by question."""

    def __init__(self, partition: str = "aws") -> None:
        self.raw = Raw()
        self.raw.accounts[ACCOUNT] = AccountFacts(ACCOUNT, partition, f"arn:{partition}:iam::{ACCOUNT}:user/me", (REGION,))

    def say(self, name: str, data: dict[str, Any], subject: str = "", *, region: str = REGION, **more: Any) -> "Answers":
        service, _, operation = name.partition(":")
        region = "" if service in ("iam", "organizations", "s3", "s3control") else region
        self.raw.put(Question(service, operation, ACCOUNT, region, subject), Answer(data, **more))
        return self

    def deny(self, name: str, subject: str = "", need: str = "the:Right") -> "Answers":
        service, _, operation = name.partition(":")
        region = "" if service in ("iam", "organizations", "s3", "s3control") else REGION
        self.raw.put(Question(service, operation, ACCOUNT, region, subject), Unknown("access denied", need))
        return self

    def function(self, *versions: dict[str, Any], **configuration: Any) -> "Answers":
        record = {"FunctionName": "f", "FunctionArn": f"{FN}:$LATEST", "Version": "$LATEST", **configuration}
        self.raw.functions[FN] = Seen(ACCOUNT, REGION, FN, record, list(versions))
        return self.say("lambda:ListFunctions", {"Functions": [record, *versions]})

    def made(self) -> Inventory:
        return made(self.raw)


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov", "aws-eusc"])
def test_every_partition(partition: str) -> None:
    answers = Answers(partition)
    answers.say("apigateway:GetRestApis", {"items": [{"id": "abc", "name": "n"}]})
    answers.say("ssm:DescribeParameters", {"Parameters": [{"Name": "/a/b", "Type": "String"}]})
    answers.say("logs:DescribeLogGroups", {"logGroups": [{"logGroupName": "/aws/lambda/f"}]}, "/aws/lambda/")
    answers.say("s3:ListBuckets", {"Buckets": [{"Name": "b"}]}).say("s3:GetBucketPolicy", {}, "b", absent=True)
    answers.say("ec2:DescribeSubnets", {"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]})
    assert sorted(asset.id for asset in answers.made().assets) == sorted(
        f"arn:{partition}:{rest}"
        for rest in (
            f"iam::{ACCOUNT}:root",
            f"execute-api:{REGION}:{ACCOUNT}:abc",
            f"ssm:{REGION}:{ACCOUNT}:parameter/a/b",
            f"logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/f",
            "s3:::b",
            f"ec2:{REGION}:{ACCOUNT}:subnet/subnet-1",
        )
    )


@pytest.mark.parametrize(
    ("metadata", "rotation", "expected"),
    [
        ({"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}, True, True),
        ({"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}, False, False),
        ({"KeyManager": "CUSTOMER", "KeySpec": "RSA_2048", "Origin": "AWS_KMS"}, None, None),
        ({"KeyManager": "CUSTOMER", "KeySpec": "HMAC_256", "Origin": "AWS_KMS"}, None, None),
        ({"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "EXTERNAL"}, False, None),
        ({"KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "EXTERNAL_KEY_STORE"}, None, None),
        ({"KeyManager": "AWS", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}, None, True),
    ],
)
def test_rotation_of_keys(metadata: dict[str, str], rotation: bool | None, expected: bool | None) -> None:
    arn = f"{KMS}key/1"
    answers = Answers().say("kms:DescribeKey", {"KeyMetadata": {"Arn": arn, "KeyState": "Enabled", **metadata}}, arn)
    if rotation is not None:
        answers.say("kms:GetKeyRotationStatus", {"KeyRotationEnabled": rotation}, arn)
    key = answers.made().get(arn)
    assert isinstance(key, Key)
    assert key.rotation is expected


def test_rotation_that_was_denied_is_not_off() -> None:
    arn = f"{KMS}key/1"
    metadata = {"Arn": arn, "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS"}
    answers = Answers().say("kms:DescribeKey", {"KeyMetadata": metadata}, arn)
    key = answers.deny("kms:GetKeyRotationStatus", arn, "kms:GetKeyRotationStatus").made().get(arn)
    assert isinstance(key, Key)
    assert key.rotation == Unknown("access denied", "kms:GetKeyRotationStatus")


def test_a_key_is_one_asset_under_whatever_name_it_was_asked_for() -> None:
    arn = f"{KMS}key/1"
    metadata = {"KeyMetadata": {"Arn": arn, "KeyManager": "CUSTOMER"}}
    answers = Answers().say("kms:DescribeKey", metadata, f"{KMS}alias/data").say("kms:DescribeKey", metadata, arn)
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    for number, reference in enumerate(("alias/data", f"{KMS}alias/data", "1", arn)):
        answers.say("sqs:GetQueueAttributes", {"Attributes": {"KmsMasterKeyId": reference}}, f"{queue}{number}")
    found = answers.say("sqs:GetQueueAttributes", {"Attributes": {"KmsMasterKeyId": "alias/aws/sqs"}}, f"{queue}-aws").made()
    assert [key.id for key in found.of(Key)] == [arn]
    assert [q.key for q in found.of(Queue)] == [f"{KMS}alias/aws/sqs", arn, arn, arn, arn]


@pytest.mark.parametrize(
    ("constraint", "region"), [(None, "us-east-1"), ("", "us-east-1"), ("EU", "eu-west-1"), ("ap-south-1", "ap-south-1")]
)
def test_regions_of_buckets(constraint: str | None, region: str) -> None:
    answers = Answers().deny("s3:ListBuckets").say("s3:GetBucketLocation", {"LocationConstraint": constraint}, "b")
    bucket = answers.say("s3:GetBucketPolicy", {}, "b", absent=True).made().get("arn:aws:s3:::b")
    assert isinstance(bucket, Bucket)
    assert (bucket.region, bucket.account, bucket.policy) == (region, "", None)


def test_buckets_that_are_not_there_or_not_readable() -> None:
    answers = Answers().deny("s3:ListBuckets", need="s3:ListAllMyBuckets")
    answers.say("s3:GetBucketLocation", {}, "gone", absent=True).deny("s3:GetBucketLocation", "secret", "s3:GetBucketLocation")
    found = answers.made()
    assert found.find(Bucket, "arn:aws:s3:::gone") is None
    assert isinstance(found.find(Bucket, "arn:aws:s3:::secret"), Unknown)
    rows = [(row.subject, row.unknown.need) for row in found.missing if row.kind == "bucket"]
    assert rows == [("", "s3:ListAllMyBuckets"), ("arn:aws:s3:::secret", "s3:GetBucketLocation")]


def test_an_organization() -> None:
    organization = {"Id": "o-1", "MasterAccountId": "999988887777"}
    answers = Answers().say("organizations:DescribeOrganization", {"Organization": organization})
    (account,) = answers.made().of(Account)
    assert (account.organization, account.management_account) == ("o-1", "999988887777")
    assert isinstance(account.scps, Unknown), "there are some, and they were not read"
    (unread,) = Answers().made().of(Account)
    assert isinstance(unread.organization, Unknown)
    assert isinstance(unread.scps, Unknown)


def test_a_layer_that_was_deleted() -> None:
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l"
    answers = Answers().function(Layers=[{"Arn": f"{layer}:1"}, {"Arn": f"{layer}:3"}])
    answers.say("lambda:ListLayerVersions", {"LayerVersions": [{"LayerVersionArn": f"{layer}:3", "Version": 3}]}, layer)
    found = answers.made()
    assert found.find(LayerVersion, f"{layer}:1") is None
    newest = found.get(f"{layer}:3")
    assert isinstance(newest, LayerVersion)
    assert newest.latest == 3
    denied = answers.deny("lambda:ListLayerVersions", layer).made()
    assert isinstance(denied.find(LayerVersion, f"{layer}:1"), Unknown)


def test_versions_and_aliases_with_odd_names() -> None:
    answers = Answers().function({"FunctionArn": f"{FN}:7", "Version": "7", "Runtime": "python3.9"})
    aliases = [{"Name": "live", "FunctionVersion": "7"}, {"AliasArn": f"{FN}:other", "FunctionVersion": 7}]
    found = answers.say("lambda:ListAliases", {"Aliases": aliases}, FN).made()
    version = found.get(f"{FN}:7")
    assert isinstance(version, FunctionVersion)
    assert (version.runtime, str(version.where)) == ("python3.9", f"lambda:ListFunctions {FN}:7 /Functions/1")
    live, other = found.get(f"{FN}:live"), found.get(f"{FN}:other")
    assert isinstance(live, Alias)
    assert isinstance(other, Alias)
    assert (live.version, other.version) == ("7", "")
    assert [row.subject for row in found.missing if row.kind == "alias"] == [f"{FN}:other"]


@pytest.mark.parametrize("weight", [float("nan"), float("inf"), -0.1, 1.5, 10**400, True, "0.5", None, [0.5]])
def test_weights_that_are_no_shares(weight: object) -> None:
    alias = {"Name": "live", "FunctionVersion": "7", "RoutingConfig": {"AdditionalVersionWeights": {"6": weight}}}
    found = Answers().function().say("lambda:ListAliases", {"Aliases": [alias]}, FN).made()
    live = found.get(f"{FN}:live")
    assert isinstance(live, Alias)
    assert live.weights == ()
    assert [row.subject for row in found.missing if row.kind == "alias"] == [live.id]
    assert snapshot.decode(snapshot.encode(found)).get(live.id) == live


def test_reading_only_the_list_leaves_what_it_does_not_show() -> None:
    fn = (
        Answers()
        .function(Runtime="python3.13", PackageType="Image")
        .deny("lambda:GetFunction", FN, "lambda:GetFunction")
        .made()
        .get(FN)
    )
    assert isinstance(fn, Function)
    for name in ("tags", "reserved_concurrency", "image"):
        assert getattr(fn, name) == Unknown("access denied", "lambda:GetFunction"), name
    assert fn.state == Unknown("lists do not show it", "lambda:GetFunction")
    assert fn.runtime == "python3.13"
    tagless = {"Configuration": {"FunctionName": "f"}, "TagsError": {"ErrorCode": "AccessDenied", "Message": "no"}}
    fn = Answers().function().say("lambda:GetFunction", tagless, FN).made().get(FN)
    assert isinstance(fn, Function)
    assert fn.tags == Unknown("GetFunction could not read the tags", "lambda:ListTags")


def test_what_is_missing_in_a_record_is_not_made_up() -> None:
    fn = Answers().function(VpcConfig={"VpcId": "", "SubnetIds": [], "SecurityGroupIds": []}).made().get(FN)
    assert isinstance(fn, Function)
    for name in ("runtime", "handler", "role", "timeout", "memory", "code_sha256"):
        assert isinstance(getattr(fn, name), Unknown), name
    assert (fn.vpc, fn.tracing, fn.ephemeral_storage, fn.environment) == (None, "PassThrough", 512, ())


def test_left_to_a_thorough_run() -> None:
    fn = Answers().function().made().get(FN)
    assert isinstance(fn, Function)
    assert fn.recursion == Unknown("not asked: left to --thorough", "lambda:GetFunctionRecursionConfig")


def test_mappings_that_two_questions_show_are_one() -> None:
    mapping = {"UUID": "u-1", "FunctionArn": f"{FN}:7", "EventSourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", "BatchSize": 1}
    answers = Answers().say("lambda:ListEventSourceMappings", {"EventSourceMappings": [mapping]}, FN)
    found = answers.say("lambda:ListEventSourceMappings", {"EventSourceMappings": [mapping]}, f"{FN}2").made()
    (one,) = found.of(EventSourceMapping)
    assert (one.function, one.qualifier, one.source_kind) == (FN, "7", "sqs")
    assert one.id == f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:u-1"
    assert found.coverage.notes == ()


def test_users_of_groups_that_were_not_read() -> None:
    user = {"UserName": "u", "Arn": f"arn:aws:iam::{ACCOUNT}:user/u", "GroupList": ["lost"]}
    details = {"UserDetailList": [user], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (one,) = Answers().say("iam:GetAccountAuthorizationDetails", details).made().of(User)
    assert isinstance(one.groups, Unknown)


def test_attributes_that_hold_broken_json() -> None:
    attributes = {
        "RedrivePolicy": "{",
        "RedriveAllowPolicy": json.dumps({"redrivePermission": "denyAll"}),
        "VisibilityTimeout": "x",
    }
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    found = Answers().say("sqs:GetQueueAttributes", {"Attributes": attributes}, queue).made().get(queue)
    assert isinstance(found, Queue)
    for value in (found.dead_letter, found.max_receive, found.visibility_timeout):
        assert isinstance(value, Unknown)
    assert (found.redrive_allow, found.encryption) == ("denyAll", "none")
    assert found.extra == {"RedrivePolicy": "{", "VisibilityTimeout": "x"}


def test_a_rule_that_only_a_policy_names() -> None:
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/r"
    answers = Answers().deny("events:ListEventBuses", need="events:ListEventBuses")
    found = answers.say("events:ListTargetsByRule", {"Targets": [{"Id": "1", "Arn": FN}]}, rule).made()
    one = found.get(rule)
    assert isinstance(one, EventRule)
    assert one.bus == f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/bus"
    assert [target.arn for target in known(one.targets)] == [FN]
    assert rule in {row.subject for row in found.missing}, "its state and pattern are not known"


def test_log_groups_of_functions() -> None:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"
    answers = Answers().function(LoggingConfig={"LogGroup": "/team/f"})
    answers.say("logs:DescribeLogGroups", {"logGroups": []}, "/aws/lambda/")
    assert isinstance(answers.made().find(LogGroup, f"{arn}/team/f"), Unknown), "nobody asked for that name"
    answers.deny("logs:DescribeLogGroups", "/team/f", "logs:DescribeLogGroups")
    assert answers.made().find(LogGroup, f"{arn}/team/f") == Unknown("access denied", "logs:DescribeLogGroups")
    answers.say("logs:DescribeLogGroups", {"logGroups": [{"logGroupName": "/team/f-2"}]}, "/team/f")
    assert answers.made().find(LogGroup, f"{arn}/team/f") is None
    group = answers.made().get(f"{arn}/team/f-2")
    assert isinstance(group, LogGroup)
    assert group.retention is None


def test_secrets_that_rotate() -> None:
    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s-AbCdEf"
    secret = {"ARN": arn, "Name": "s", "RotationEnabled": True, "RotationLambdaARN": FN, "OwningService": "rds",
              "RotationRules": {"AutomaticallyAfterDays": 30}, "LastRotatedDate": "2026-10-01T00:00:00Z"}  # fmt: skip
    found = Answers().say("secretsmanager:ListSecrets", {"SecretList": [secret]}).made().get(arn)
    assert isinstance(found, Secret)
    assert (found.rotation, found.rotation_function, found.rotation_days) == (True, FN, 30)
    assert (found.last_rotated, found.owning_service, found.key) == ("2026-10-01T00:00:00Z", "rds", None)
    assert found.policy == Unknown("not asked", "secretsmanager:GetResourcePolicy")


def test_parts_of_an_api_that_was_not_asked_for_its_parts() -> None:
    found = Answers().say("apigatewayv2:GetApis", {"Items": [{"ApiId": "a", "Name": "n", "ProtocolType": "HTTP"}]}).made()
    (api,) = found.of(Api)
    rows = {row.kind for row in found.missing if row.subject == api.id and row.unknown.need == "apigateway:GET"}
    assert rows == {"route", "stage", "authorizer"}
    assert isinstance(found.find(Route, f"{api.id}/GET /"), Unknown)


def test_an_api_whose_routes_use_no_authorizer_needs_none() -> None:
    answers = Answers().say("apigatewayv2:GetApis", {"Items": [{"ApiId": "a", "Name": "n", "ProtocolType": "HTTP"}]})
    for operation in ("GetRoutes", "GetStages", "GetIntegrations"):
        answers.say(f"apigatewayv2:{operation}", {"Items": []}, "a")
    assert not [row for row in answers.made().missing if row.kind == "authorizer"]
    answers.say(
        "apigatewayv2:GetRoutes", {"Items": [{"RouteKey": "GET /", "AuthorizerId": "x", "Target": "integrations/i"}]}, "a"
    )
    found = answers.made()
    assert [row.kind for row in found.missing if row.subject] == ["authorizer"]
    (route,) = found.of(Route)
    assert isinstance(found.find(Authorizer, route.authorizer), Unknown)
    assert isinstance(route.function, Unknown), "its integration is not in the list"


URI = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{}/invocations"


@pytest.mark.parametrize(
    ("uri", "function", "qualifier"),
    [
        (URI.format(FN), FN, ""),
        (URI.format(f"{FN}:live"), FN, "live"),
        (URI.format(f"{FN}:${{stageVariables.stage}}"), FN, "${stageVariables.stage}"),
        (URI.format(FN).replace("/invocations", "/response-streaming-invocations"), FN, ""),
        (FN, FN, ""),
        (f"{FN}:7", FN, "7"),
        ("https://example.com/x", "", ""),
        ("https://${stageVariables.host}/x", "", ""),
        ("arn:aws:apigateway:eu-central-1:sqs:path/1/queue", "", ""),
        ("arn:aws:elasticloadbalancing:eu-central-1:1:listener/x", "", ""),
    ],
)
def test_functions_behind_integrations(uri: str, function: str, qualifier: str) -> None:
    found = callee(uri)
    assert (found.function, found.qualifier) == (function, qualifier)


@pytest.mark.parametrize(
    "uri",
    [
        URI.format("arn:aws:lambda:eu-central-1:111122223333:function:${stageVariables.fn}"),
        URI.format("${stageVariables.arn}"),
        "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/x",
        "${stageVariables.uri}",
        URI.format("not-an-arn"),
        "arn:aws:lambda:eu-central-1:111122223333:layer:x",
    ],
)
def test_integrations_that_could_be_any_function(uri: str) -> None:
    assert isinstance(callee(uri).function, Unknown)


def test_a_topic_of_another_account_that_triggers_a_function() -> None:
    topic = f"arn:aws:sns:{REGION}:999988887777:theirs"
    rows = [{"TopicArn": topic, "Protocol": "lambda", "Endpoint": FN, "SubscriptionArn": f"{topic}:1", "Owner": ACCOUNT},
            {"TopicArn": f"{topic}2", "Protocol": "email", "Endpoint": "a@example.com", "SubscriptionArn": "x"}]  # fmt: skip
    found = Answers().function().say("sns:ListSubscriptions", {"Subscriptions": rows}).made()
    (one,) = found.of(Topic)
    assert (one.id, one.account) == (topic, "999988887777")
    assert (topic, FN) in {(edge.source, edge.target) for edge in found.edges}
