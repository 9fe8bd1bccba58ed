"""Raw calls of both languages as calls of AWS."""

from collections.abc import Sequence
from typing import Any

import pytest

from lambdaudit.code.flow.calls import Argument, Env, Hole, RawCall, Receiver, Text
from lambdaudit.code.sdk.calls import calls_of
from lambdaudit.code.sdk.libraries import callers
from lambdaudit.model.code import SdkCall
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

from .test_actions import value


def told(raw: Sequence[RawCall], environment: dict[str, str | None] | None = None) -> tuple[SdkCall, ...]:
    return calls_of(raw, environment=environment or {}, account="111122223333", region="eu-west-1")


def needs(raw: Sequence[RawCall]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for call in told(raw):
        for action in call.actions:
            found.setdefault(action, set()).update("?" if isinstance(r, Unknown) else r for r in call.resources)
    return found


def raw(receiver: Receiver, method: str, *arguments: Any, path: str = "app.py", line: int = 1, **keywords: Any) -> RawCall:
    where = Where(f"/var/task/{path}", line=line, column=1)
    return RawCall(receiver, method, where, tuple(map(value, arguments)), tuple((k, value(v)) for k, v in keywords.items()))


def script(receiver: Receiver, method: str, *arguments: Any) -> RawCall:
    return raw(receiver, method, *arguments, path="index.mjs")


def thing(service: str, *chain: tuple[str, Sequence[Any]]) -> Receiver:
    """A resource by the chain of what it is made of: ``thing("s3", ("Bucket", ["b"]), ("Object", ["k"]))``."""
    made = Receiver("resource", service)
    for sub, arguments in chain:
        made = Receiver("resource", service, sub, tuple(map(value, arguments)), parent=made)
    return made


def command(service: str, sub: str, given: Any) -> Argument:
    return Argument(receiver=Receiver("command", service, sub, (value(given),), library=f"@aws-sdk/client-{service}"))


S3, DB = Receiver("client", "s3"), Receiver("client", "dynamodb")
BUCKET = thing("s3", ("Bucket", ["b"]))
TABLE = thing("dynamodb", ("Table", ["t"]))
OBJECTS = Receiver("collection", "s3", "objects", parent=BUCKET)
ARN = "arn:aws:dynamodb:eu-west-1:111122223333:table/t"

PYTHON: list[tuple[str, RawCall, dict[str, set[str]]]] = [
    ("client", raw(S3, "get_object", Bucket="b", Key="k"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("quiet", raw(S3, "get_paginator", "list_objects"), {}),
    (
        "spread",
        raw(S3, "upload_file", "/tmp/x", "b", "k", ExtraArgs={"Tagging": "a=b"}),
        {"s3:PutObject": {"arn:aws:s3:::b/k"}, "s3:PutObjectTagging": {"arn:aws:s3:::b/k"}},
    ),
    ("download", raw(S3, "download_fileobj", "b", "k"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    (
        "copy",
        raw(S3, "copy", {"Bucket": "a", "Key": "x"}, "b", "k"),
        {"s3:GetObject": {"arn:aws:s3:::a/x"}, "s3:PutObject": {"arn:aws:s3:::b/k"}},
    ),
    (
        "presigned",
        raw(S3, "generate_presigned_url", "get_object", {"Bucket": "b", "Key": "k"}),
        {"s3:GetObject": {"arn:aws:s3:::b/k"}},
    ),
    ("form", raw(S3, "generate_presigned_post", "b", "k"), {"s3:PutObject": {"arn:aws:s3:::b/k"}}),
    (
        "token",
        raw(Receiver("client", "rds"), "generate_db_auth_token", DBHostname="h", Port=1, DBUsername="app"),
        {"rds-db:connect": {"arn:aws:rds-db:eu-west-1:111122223333:dbuser:*/app"}},
    ),
    (
        "paginator",
        raw(Receiver("paginator", "s3", "list_objects_v2", parent=S3), "paginate", Bucket="b"),
        {"s3:ListBucket": {"arn:aws:s3:::b"}},
    ),
    (
        "waiter",
        raw(Receiver("waiter", "dynamodb", "table_exists", parent=DB), "wait", TableName="t"),
        {"dynamodb:DescribeTable": {ARN}},
    ),
    ("table", raw(TABLE, "query"), {"dynamodb:Query": {ARN}}),
    (
        "batch writer",
        raw(Receiver("resource", "dynamodb", "BatchWriter", parent=TABLE), "put_item"),
        {"dynamodb:BatchWriteItem": {ARN}},
    ),
    ("object", raw(thing("s3", ("Object", ["b", "k"])), "get"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("object of bucket", raw(thing("s3", ("Bucket", ["b"]), ("Object", ["k"])), "put"), {"s3:PutObject": {"arn:aws:s3:::b/k"}}),
    ("lazy attribute", raw(thing("s3", ("Object", ["b", "k"])), "content_length"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("bucket date", raw(BUCKET, "creation_date"), {"s3:ListAllMyBuckets": {"*"}}),
    ("upload", raw(BUCKET, "upload_file", "/tmp/x", "k"), {"s3:PutObject": {"arn:aws:s3:::b/k"}}),
    ("download to", raw(thing("s3", ("Object", ["b", "k"])), "download_file", "/tmp/x"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("waiting", raw(thing("s3", ("Object", ["b", "k"])), "wait_until_exists"), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("list", raw(OBJECTS, "all"), {"s3:ListBucket": {"arn:aws:s3:::b"}}),
    (
        "delete all",
        raw(Receiver("collection", "s3", "objects", parent=OBJECTS), "delete"),
        {"s3:ListBucket": {"arn:aws:s3:::b"}, "s3:DeleteObject": {"arn:aws:s3:::b/*"}},
    ),
    (
        "delete versions",
        raw(Receiver("collection", "s3", "object_versions", parent=BUCKET), "delete"),
        {"s3:ListBucketVersions": {"arn:aws:s3:::b"}, "s3:DeleteObjectVersion": {"arn:aws:s3:::b/*"}},
    ),
    (
        "element",
        raw(Receiver("resource", "s3", "objects[]", parent=OBJECTS), "delete"),
        {"s3:DeleteObject": {"arn:aws:s3:::b/*"}},
    ),
    (
        "policy of bucket",
        raw(Receiver("resource", "s3", "BucketPolicy", (value("b"),), parent=Receiver("resource", "s3")), "put"),
        {"s3:PutBucketPolicy": {"arn:aws:s3:::b"}},
    ),
    ("not a method", raw(S3, "copy_everything"), {}),
    ("dict copy", raw(Receiver("unknown", ""), "copy"), {}),
    ("own credentials", raw(Receiver("client", "ec2", options=(("credentials", Argument()),)), "describe_instances"), {}),
    (
        "own region",
        raw(
            Receiver("client", "sqs", options=(("region_name", value("us-east-1")),)),
            "send_message",
            QueueUrl="https://x/111122223333/q",
        ),
        {"sqs:SendMessage": {"arn:aws:sqs:us-east-1:111122223333:q"}},
    ),
]

V2 = Receiver("client", "S3", library="aws-sdk")
DOCUMENT = Receiver("client", "DynamoDB", "DocumentClient", library="aws-sdk")
V3 = Receiver("client", "dynamodb", library="@aws-sdk/client-dynamodb")

JAVASCRIPT: list[tuple[str, RawCall, dict[str, set[str]]]] = [
    ("v2", script(V2, "getObject", {"Bucket": "b", "Key": "k"}), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("v2 upload", script(V2, "upload", {"Bucket": "b", "Key": "k"}), {"s3:PutObject": {"arn:aws:s3:::b/k"}}),
    ("v2 signed", script(V2, "getSignedUrl", "putObject", {"Bucket": "b", "Key": "k"}), {"s3:PutObject": {"arn:aws:s3:::b/k"}}),
    (
        "v2 form",
        script(V2, "createPresignedPost", {"Bucket": "b", "Fields": {"key": "k"}}),
        {"s3:PutObject": {"arn:aws:s3:::b/k"}},
    ),
    ("v2 waiting", script(V2, "waitFor", "objectExists", {"Bucket": "b", "Key": "k"}), {"s3:GetObject": {"arn:aws:s3:::b/k"}}),
    ("document", script(DOCUMENT, "put", {"TableName": "t"}), {"dynamodb:PutItem": {ARN}}),
    ("v3", script(V3, "send", command("dynamodb", "DeleteItemCommand", {"TableName": "t"})), {"dynamodb:DeleteItem": {ARN}}),
    (
        "lib-dynamodb",
        script(V3, "send", command("dynamodb", "UpdateCommand", {"TableName": "t"})),
        {"dynamodb:UpdateItem": {ARN}},
    ),
    ("aggregated", script(V3, "describeTable", {"TableName": "t"}), {"dynamodb:DescribeTable": {ARN}}),
    (
        "pages",
        script(Receiver("paginator", "s3", "paginateListObjectsV2"), "paginateListObjectsV2", {}, {"Bucket": "b"}),
        {"s3:ListBucket": {"arn:aws:s3:::b"}},
    ),
    (
        "waits",
        script(Receiver("waiter", "s3", "waitUntilObjectExists"), "waitUntilObjectExists", {}, {"Bucket": "b", "Key": "k"}),
        {"s3:GetObject": {"arn:aws:s3:::b/k"}},
    ),
    (
        "lib-storage",
        script(Receiver("command", "s3", "Upload", (value({"params": {"Bucket": "b", "Key": "k"}}),)), "done"),
        {"s3:PutObject": {"arn:aws:s3:::b/k"}},
    ),
    (
        "presigner",
        script(Receiver("client", "s3"), "getSignedUrl", command("s3", "GetObjectCommand", {"Bucket": "b", "Key": "k"})),
        {"s3:GetObject": {"arn:aws:s3:::b/k"}},
    ),
    (
        "package name",
        script(
            Receiver("client", "secrets-manager", library="@aws-sdk/client-secrets-manager"), "getSecretValue", {"SecretId": "db"}
        ),
        {"secretsmanager:GetSecretValue": {"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????"}},
    ),
]


@pytest.mark.parametrize(
    ("call", "wanted"), [row[1:] for row in PYTHON + JAVASCRIPT], ids=[row[0] for row in PYTHON + JAVASCRIPT]
)
def test_call(call: RawCall, wanted: dict[str, set[str]]) -> None:
    assert needs([call]) == wanted


def test_a_client_of_unknown_service_is_matched_with_services_that_the_code_uses() -> None:
    unknown = raw(Receiver("client", ""), "publish", TopicArn="arn:aws:sns:eu-west-1:1:t", line=2)
    assert needs([raw(Receiver("client", "sns"), "list_topics"), unknown])["sns:Publish"] == {"arn:aws:sns:eu-west-1:1:t"}


def test_what_stays_open_is_told_without_an_action() -> None:
    (call,) = told([raw(Receiver("client", ""), "publish", TopicArn="x", line=7)])
    assert (call.service, call.actions) == ("", ())
    (reason,) = call.resources
    assert isinstance(reason, Unknown)
    assert "publish() at /var/task/app.py:7" in reason.reason


def test_a_command_that_is_not_seen_is_told() -> None:
    (call,) = told([script(V3, "send", Argument())])
    assert call.actions == ()


def test_variables_of_the_function_fill_in_names() -> None:
    call = raw(DB, "get_item", TableName=(Env("TABLE"), "-", Hole()))
    (known,) = told([call], {"TABLE": "orders"})
    assert known.resources == ("arn:aws:dynamodb:eu-west-1:111122223333:table/orders-*",)
    (hidden,) = told([call], {"TABLE": None})
    assert hidden.resources == (Unknown("environment variable TABLE"),)


def test_one_place_with_two_targets_is_one_call() -> None:
    (call,) = told([raw(DB, "scan", TableName="a"), raw(DB, "scan", TableName="b")])
    assert [str(r).rpartition("/")[2] for r in call.resources] == ["a", "b"]


def test_two_possible_names_in_one_argument() -> None:
    names = Argument(texts=(Text(("a",)), Text(("b",))), whole=True)
    (call,) = told([RawCall(thing("dynamodb", ("Table", [names])), "scan", Where("/var/task/a.py", line=1))])
    assert len(call.resources) == 2


def test_libraries_leave_their_services_open() -> None:
    call = raw(DB, "scan", TableName="t")
    made = calls_of(
        [call],
        environment={},
        account="111122223333",
        region="cn-north-1",
        partition="aws-cn",
        imports=["pynamodb", "requests", "boto"],
    )
    assert [(c.service, c.operation, c.actions, c.resources[0]) for c in made] == [
        ("dynamodb", "Scan", ("dynamodb:Scan",), "arn:aws-cn:dynamodb:cn-north-1:111122223333:table/t"),
        ("", "", (), Unknown("the library boto calls AWS on its own")),
        ("dynamodb", "", (), Unknown("the library pynamodb calls AWS on its own")),
    ]


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("s3fs", ("s3",)),
        ("aws_lambda_powertools", ()),
        ("aws_lambda_powertools.utilities.idempotency.config", ("dynamodb",)),
        ("aws_lambda_powertools.utilities.typing", ()),
        ("@middy/ssm", ("ssm",)),
        ("@aws-lambda-powertools/parameters/secrets", ("appconfig", "dynamodb", "secretsmanager", "ssm")),
        ("@middy/core", ()),
        ("express", ()),
    ],
)
def test_libraries_that_call_on_their_own(name: str, services: tuple[str, ...]) -> None:
    assert callers([name]).get(name, ()) == services
