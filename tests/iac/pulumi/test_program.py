"""Programs in Pulumi's YAML: what they decide is known with its line, the rest is open and says why."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model.apis import Route
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, Queue
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.resources import Options
from tests.iac.parity.applications import CREATED, judge

from .test_reading import CANARY, only, read

PROGRAM = """\
name: shop
runtime: yaml
config:
  stage:
    type: string
    default: prod
  token:
    type: string
    secret: true
variables:
  trust:
    fn::invoke:
      function: aws:iam:getPolicyDocument
      arguments:
        statements:
          - actions: [sts:AssumeRole]
            principals:
              - type: Service
                identifiers: [lambda.amazonaws.com]
  account:
    fn::invoke:
      function: aws:getCallerIdentity
      arguments: {}
resources:
  worker:
    type: aws:iam:Role
    properties:
      assumeRolePolicy: ${trust.json}
  own:
    type: aws:iam:RolePolicy
    properties:
      role: ${worker.id}
      policy:
        fn::toJSON:
          Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: "*"
              Resource: ["*", "${data.arn}/*", "arn:aws:s3:::x-${account.accountId}"]
  data:
    type: aws:s3:Bucket
    properties:
      bucket: data-${stage}
  open:
    type: aws:s3:BucketPolicy
    properties:
      bucket: ${data.bucket}
      policy:
        fn::toJSON:
          Version: "2012-10-17"
          Statement: [{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "${data.arn}/*"}]
  orders:
    type: aws:lambda:Function
    properties:
      name: orders-${stage}
      role: ${worker.arn}
      runtime: python3.8
      handler: app.handler
      code:
        fn::fileArchive: ./app
      environment:
        variables:
          STAGE: ${stage}
          TOKEN: ${token}
          URL: ${missing.url}
          PRICE: $${5}
  api:
    type: aws:apigatewayv2/api:Api
    properties:
      protocolType: HTTP
  calls:
    type: aws:apigatewayv2:Integration
    properties:
      apiId: ${api.id}
      integrationType: AWS_PROXY
      integrationUri: ${orders.invokeArn}
  route:
    type: aws:apigatewayv2:Route
    properties:
      apiId: ${api.id}
      routeKey: GET /x
      target: integrations/${calls.id}
  there:
    type: aws:sqs:Queue
    get:
      id: https://sqs.us-east-1.amazonaws.com/123456789012/q
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.py").write_text("def handler(e, c): ...\n", "utf-8")
    (tmp_path / "Pulumi.yaml").write_text(PROGRAM, "utf-8")
    return tmp_path


def test_a_program_is_read_with_its_lines(program: Path) -> None:
    lifted = read(program, account="123456789012")
    assert (lifted.errors, lifted.notes) == ([], [])
    function, role, bucket = only(lifted, Function), only(lifted, Role), only(lifted, Bucket)
    assert (function.name, function.role, function.runtime) == ("orders-prod", role.id, "python3.8")
    assert (function.where.source, function.where.line) == ("Pulumi.yaml", PROGRAM[: PROGRAM.index("  orders:")].count("\n") + 1)
    assert bucket.name == "data-prod"
    assert role.trust.document["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}
    resources = role.policies[0].document["Statement"][0]["Resource"]
    assert resources == ["*", "arn:aws:s3:::data-prod/*", "arn:aws:s3:::x-123456789012"]
    assert lifted.code[function.id].path == program / "app"
    assert only(lifted, Route).function == function.id
    assert not [a for a in lifted.assets if isinstance(a, Queue)]
    rules = {f.rule for f in judge(lifted.inventory(source="x", created=CREATED)).findings}
    assert {"role-administrator", "runtime-deprecated"} <= rules
    assert bucket.policy.document["Statement"][0]["Resource"] == "arn:aws:s3:::data-prod/*"


def test_what_is_open_says_why(program: Path) -> None:
    variables = {v.name: v for v in only(read(program), Function).environment}
    assert variables["STAGE"].value == "prod"
    assert variables["PRICE"].length == len("${5}")
    assert (variables["TOKEN"].value, variables["TOKEN"].kind is not None) == (None, True)
    assert "the configuration does not have missing" in str(variables["URL"].unread)


def test_configuration_by_hand_and_from_the_file_of_the_stack(program: Path) -> None:
    secure = f"  shop:token:\n    secure: {CANARY}\n"
    (program / "Pulumi.live.yaml").write_text(f"config:\n  shop:stage: live\n  aws:region: eu-west-1\n{secure}", "utf-8")
    lifted = read(program)
    function = only(lifted, Function)
    assert (function.name, function.region) == ("orders-live", "eu-west-1")
    assert function.where.subject.startswith("urn:pulumi:live::shop::")
    assert CANARY not in repr(lifted)
    assert only(read(program, parameters={"stage": "test"}), Function).name == "orders-test"


def test_an_output_goes_before_the_program(program: Path) -> None:
    from .stack import Program
    from .test_reading import worker

    worker(stack := Program())
    stack.write(program / "state.json")
    assert only(read(program), Function).where.source == "state.json"


def test_circles_and_files_outside_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.txt").write_text(CANARY, "utf-8")
    text = (
        "name: x\nruntime: yaml\nvariables:\n  a: ${b}\n  b: ${a}\nresources:\n  q:\n    type: aws:sqs:Queue\n    properties:\n"
        "      name: ${r.name}\n      policy: {'fn::readFile': ../secret.txt}\n  r:\n    type: aws:sqs:Queue\n"
        "    properties:\n      name: ${q.name}\n      policy: ${a}\n"
    )
    (tmp_path / "in/Pulumi.yaml").write_text(text, "utf-8")
    lifted = read(tmp_path / "in")
    queues = [a for a in lifted.assets if isinstance(a, Queue)]
    assert len(queues) == 2
    assert all(isinstance(queue.policy, Unknown) for queue in queues)
    assert CANARY not in repr(lifted)


@pytest.mark.parametrize("form", ["['${%s}', '${%s}']", "{a: '${%s}', b: '${%s}'}", "'${%s}${%s}'", "'${%s}'"])
def test_values_that_grow_or_nest_without_end_stop(tmp_path: Path, form: str) -> None:
    rows = [f"  v{n}: {form.replace('%s', f'v{n + 1}')}\n" for n in range(600)]
    queue = "  q:\n    type: aws:sqs:Queue\n    properties:\n      name: ${v0}\n      policy: ${v0}\n"
    text = f"name: x\nruntime: yaml\nvariables:\n{''.join(rows)}  v600: x\nresources:\n{queue}"
    (tmp_path / "Pulumi.yaml").write_text(text, "utf-8")
    lifted = read(tmp_path)
    assert lifted.errors == []
    policy = only(lifted, Queue).policy
    assert isinstance(policy, Unknown) or "Fn::Unknown" in str(policy.document)


def test_properties_that_are_not_known_are_not_empty(tmp_path: Path) -> None:
    text = "name: x\nruntime: yaml\nresources:\n  q: {type: 'aws:s3:Bucket', properties: {'fn::invoke': {function: a}}}\n"
    (tmp_path / "Pulumi.yaml").write_text(text, "utf-8")
    report = judge(read(tmp_path).inventory(source="x", created=CREATED))
    assert [row for row in report.not_assessed if row.rule == "bucket-public"]


@pytest.mark.parametrize("text", ["a: [", "[]", "name: x\nruntime: yaml\nresources: 1\n", "name: [x]\nruntime: {name: yaml}\n"])
def test_a_malformed_program_is_one_line_or_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text, "utf-8")
    lifted = read(tmp_path)
    assert lifted.assets == []
    assert all("\n" not in line for line in lifted.errors)


_TREE: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(
        [None, 1, "", "x", "${a}", "${q.arn}", "${q.name}", "${q[0]}", "${${a}}", "$${x}", "${pulumi.stack}", "${a.b[9]"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "statements", "function", "arguments", "name", "policy"]), inner, max_size=3),
        st.builds(
            lambda name, value: {f"fn::{name}": value},
            st.sampled_from(
                ["toJSON", "join", "select", "split", "invoke", "readFile", "fileArchive", "assetArchive", "secret", "no"]
            ),
            inner,
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_TREE, _TREE, _TREE)
def test_any_tree_is_read(tmp_path: Path, variable: Any, name: Any, policy: Any) -> None:
    import json

    queue = {"type": "aws:sqs:Queue", "properties": {"name": name, "policy": policy}}
    role = {"type": "aws:iam:Role", "properties": {"assumeRolePolicy": variable}}
    text = json.dumps({"name": "x", "runtime": "yaml", "variables": {"a": variable}, "resources": {"q": queue, "r": role}})
    (tmp_path / "Pulumi.yaml").write_text(text, "utf-8")
    with contextlib.suppress(DocumentError):
        read_directory(tmp_path, Options(tmp_path)).inventory(source="x", created=CREATED)
