"""Plans and states as Terraform prints them: references join what is unknown until apply, sensitive values are dropped."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model.apis import Api, Route
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, EventRule, Queue, Topic
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.terraform.read import TerraformError, read_terraform

from .world import ACCOUNT, KEY, REGION, judged, write

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
ADMIN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

Resource = tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]


def refers(*references: str) -> dict[str, Any]:
    return {"references": [part for r in references for part in (r, r.rpartition(".")[0])]}


def plan(
    resources: dict[str, Resource], calls: dict[str, Any] | None = None, sensitive: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A plan of resources by address: type, known values, unknown marks and expressions."""
    planned, changes, configured = [], [], []
    for address, (kind, values, unknown, expressions) in resources.items():
        name = address.split(".")[-1].split("[")[0]
        row = {"address": address, "mode": "managed", "type": kind, "name": name}
        planned.append({**row, "values": values})
        change = {
            "actions": ["create"],
            "after": values,
            "after_unknown": unknown,
            "after_sensitive": (sensitive or {}).get(address, {}),
        }
        changes.append({**row, "change": change})
        constants = {k: {"constant_value": v} for k, v in values.items() if k not in expressions}
        configured.append({**row, "address": f"{kind}.{name}", "expressions": {**constants, **expressions}})
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "eu-central-1"}}}},
            "root_module": {"resources": configured, "module_calls": calls or {}},
        },
    }


FUNCTION: Resource = (
    "aws_lambda_function",
    {
        "function_name": "orders",
        "runtime": "python3.13",
        "handler": "app.handler",
        "environment": [{"variables": {"STAGE": "prod"}}],
        "timeout": 3,
    },
    {"role": True, "arn": True, "id": True, "environment": [{"variables": {"TABLE": True}}]},
    {"role": refers("aws_iam_role.worker.arn"), "environment": [{"variables": refers("aws_dynamodb_table.t.name")}]},
)
ROLE: Resource = ("aws_iam_role", {"name": "worker", "assume_role_policy": TRUST}, {"arn": True, "id": True}, {})


def show(tmp_path: Path, document: dict[str, Any], **options: Any) -> Lifted:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(document), "utf-8")
    return read_terraform(path, **{"account": ACCOUNT, "fingerprint_key": KEY, **options})


def only(lifted: Lifted, cls: type[Any]) -> Any:
    found = [asset for asset in lifted.assets if isinstance(asset, cls)]
    assert len(found) == 1, found
    return found[0]


def test_function_finds_its_role_by_reference(tmp_path: Path) -> None:
    lifted = show(tmp_path, plan({"aws_lambda_function.orders": FUNCTION, "aws_iam_role.worker": ROLE}))
    function = only(lifted, Function)
    assert function.role == only(lifted, Role).id == f"arn:aws:iam::{ACCOUNT}:role/worker"
    assert function.region == "eu-central-1"
    names = {v.name: v.value or v.reason for v in function.environment}
    assert names["STAGE"] == "prod"
    assert "known after apply" in names["TABLE"]
    assert function.where.source == "plan.json"


def test_reference_to_one_of_several_instances(tmp_path: Path) -> None:
    role: Resource = ("aws_iam_role", {"name": "a", "assume_role_policy": TRUST}, {"arn": True}, {})
    function: Resource = (FUNCTION[0], FUNCTION[1], FUNCTION[2], {**FUNCTION[3], "role": refers('aws_iam_role.worker["a"].arn')})
    lifted = show(tmp_path, plan({"aws_lambda_function.orders": function, 'aws_iam_role.worker["a"]': role}))
    assert only(lifted, Function).role == f"arn:aws:iam::{ACCOUNT}:role/a"


def test_policy_that_is_unknown_as_a_whole_is_no_pass(tmp_path: Path) -> None:
    policy: Resource = (
        "aws_iam_role_policy",
        {"name": "p"},
        {"policy": True, "role": True},
        {"policy": refers("aws_dynamodb_table.t.arn"), "role": refers("aws_iam_role.worker.id")},
    )
    document = plan({"aws_lambda_function.orders": FUNCTION, "aws_iam_role.worker": ROLE, "aws_iam_role_policy.p": policy})
    lifted = show(tmp_path, document)
    assert len(only(lifted, Role).policies) == 1
    report = judged(lifted)
    assert any(n.rule == "role-administrator" for n in report.not_assessed)


def test_directory_fills_what_the_plan_does_not_know(tmp_path: Path) -> None:
    files = {
        "main.tf": 'resource "aws_iam_role" "worker" {\n  name = "worker"\n}\n\nresource "aws_iam_role_policy" "p" {\n'
        "  role = aws_iam_role.worker.id\n  policy = jsonencode({\n    Statement = [\n"
        '      { Effect = "Allow", Action = "*", Resource = "*" },\n'
        '      { Effect = "Allow", Action = "dynamodb:*", Resource = aws_dynamodb_table.t.arn },\n    ]\n  })\n}\n'
        'resource "aws_dynamodb_table" "t" { name = "t" }\n',
    }
    directory = write(tmp_path / "config", files)
    policy: Resource = ("aws_iam_role_policy", {"name": "p"}, {"policy": True, "role": True}, {"policy": {}, "role": {}})
    document = plan({"aws_lambda_function.orders": FUNCTION, "aws_iam_role.worker": ROLE, "aws_iam_role_policy.p": policy})
    lifted = show(tmp_path, document, directory=directory, root=tmp_path)
    found = only(lifted, Role).policies
    assert [s["Action"] for p in found for s in p.document["Statement"]] == ["*", "dynamodb:*"]
    assert (found[0].where.source, found[0].where.line) == ("config/main.tf", 7)
    assert [f for f in judged(lifted).findings if f.rule == "role-administrator"]


def test_sensitive_values_are_dropped(tmp_path: Path) -> None:
    values = {**FUNCTION[1], "environment": [{"variables": {"TOKEN": "Zx81hQ0pLm29vTr5", "STAGE": "prod"}}]}
    function: Resource = (FUNCTION[0], values, {"role": True}, FUNCTION[3])
    sensitive = {"aws_lambda_function.orders": {"environment": [{"variables": {"TOKEN": True}}]}}
    lifted = show(tmp_path, plan({"aws_lambda_function.orders": function, "aws_iam_role.worker": ROLE}, sensitive=sensitive))
    variables = {v.name: v for v in only(lifted, Function).environment}
    assert variables["TOKEN"].value is None
    assert variables["TOKEN"].kind is not None
    assert variables["STAGE"].value == "prod"
    assert "Zx81hQ0pLm29vTr5" not in repr(lifted.assets)


def test_module_arguments_and_outputs_are_followed(tmp_path: Path) -> None:
    document = plan({"aws_iam_role.worker": ROLE})
    function = {
        "address": "module.fn.aws_lambda_function.this",
        "mode": "managed",
        "type": "aws_lambda_function",
        "name": "this",
        "values": {"function_name": "inner"},
    }
    document["planned_values"]["root_module"]["child_modules"] = [{"address": "module.fn", "resources": [function]}]
    document["resource_changes"].append({**function, "change": {"after_unknown": {"role": True}}})
    expressions = {"role": {"references": ["var.role"]}, "function_name": {}}
    inner = {"resources": [{**function, "address": "aws_lambda_function.this", "expressions": expressions}]}
    document["configuration"]["root_module"]["module_calls"] = {
        "fn": {"source": "./fn", "expressions": {"role": {"references": ["module.iam.arn", "module.iam"]}}, "module": inner},
        "iam": {
            "source": "./iam",
            "module": {"outputs": {"arn": {"expression": {"references": ["aws_iam_role.x.arn", "aws_iam_role.x"]}}}},
        },
    }
    role = {
        "address": "module.iam.aws_iam_role.x",
        "mode": "managed",
        "type": "aws_iam_role",
        "name": "x",
        "values": {"name": "deep"},
    }
    document["planned_values"]["root_module"]["child_modules"].append({"address": "module.iam", "resources": [role]})
    function_found = only(show(tmp_path, document), Function)
    assert function_found.role == f"arn:aws:iam::{ACCOUNT}:role/deep"


STATE_ARN = "arn:aws:lambda:eu-west-3:444455556666:function:orders"


def state_resources() -> list[tuple[str, str, dict[str, Any]]]:
    api = "arn:aws:execute-api:eu-west-3:444455556666:abcde12345"
    return [
        ("aws_iam_role", "worker", {"id": "worker", "name": "worker", "arn": "arn:aws:iam::444455556666:role/worker",
                                    "assume_role_policy": TRUST, "inline_policy": [{"name": "p", "policy": ADMIN}]}),
        ("aws_iam_role_policy", "p", {"id": "worker:p", "name": "p", "role": "worker", "policy": ADMIN}),
        ("aws_lambda_function", "orders", {"id": "orders", "arn": STATE_ARN, "function_name": "orders", "runtime": "python3.8",
                                           "role": "arn:aws:iam::444455556666:role/worker", "reserved_concurrent_executions": -1,
                                           "kms_key_arn": "", "environment": [], "vpc_config": []}),
        ("aws_apigatewayv2_api", "a", {"id": "abcde12345", "name": "shop", "protocol_type": "HTTP", "execution_arn": api}),
        ("aws_apigatewayv2_integration", "i", {"id": "int1", "api_id": "abcde12345", "integration_type": "AWS_PROXY",
                                               "integration_uri": STATE_ARN}),
        ("aws_apigatewayv2_route", "r", {"id": "r1", "api_id": "abcde12345", "route_key": "GET /x",
                                         "target": "integrations/int1"}),
        ("aws_lambda_permission", "p", {"id": "x", "function_name": "orders", "action": "lambda:InvokeFunction",
                                        "principal": "apigateway.amazonaws.com", "source_arn": f"{api}/*/*"}),
        ("aws_sqs_queue", "q", {"id": "https://sqs.eu-west-3.amazonaws.com/444455556666/q", "name": "q",
                                "arn": "arn:aws:sqs:eu-west-3:444455556666:q", "policy": ADMIN,
                                "visibility_timeout_seconds": 30}),
        ("aws_sqs_queue_policy", "q", {"id": "https://sqs.eu-west-3.amazonaws.com/444455556666/q", "policy": ADMIN,
                                       "queue_url": "https://sqs.eu-west-3.amazonaws.com/444455556666/q"}),
        ("aws_s3_bucket", "b", {"id": "data", "bucket": "data", "arn": "arn:aws:s3:::data", "versioning": [{"enabled": False}],
                                "grant": [], "tags": {"a": "b"}}),
        ("aws_s3_bucket_versioning", "b", {"id": "data", "bucket": "data", "versioning_configuration": [{"status": "Enabled"}]}),
    ]  # fmt: skip


def as_values() -> dict[str, Any]:
    rows = [{"address": f"{t}.{n}", "mode": "managed", "type": t, "name": n, "values": v} for t, n, v in state_resources()]
    return {"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {"resources": rows}}}


def as_file() -> dict[str, Any]:
    rows = [{"mode": "managed", "type": t, "name": n, "instances": [{"attributes": v}]} for t, n, v in state_resources()]
    return {"version": 4, "terraform_version": "1.11.4", "resources": rows}


@pytest.mark.parametrize("document", [as_values(), as_file()], ids=["shown", "raw"])
def test_state_joins_resources_by_their_ids(tmp_path: Path, document: dict[str, Any]) -> None:
    path = tmp_path / "terraform.tfstate"
    path.write_text(json.dumps(document), "utf-8")
    lifted = read_terraform(path, fingerprint_key=KEY)
    function = only(lifted, Function)
    assert (function.id, function.account, function.region) == (STATE_ARN, "444455556666", "eu-west-3")
    assert function.reserved_concurrency is None
    assert function.role == only(lifted, Role).id
    assert len(only(lifted, Role).policies) == 1
    route = only(lifted, Route)
    assert (route.api, route.function) == (only(lifted, Api).id, STATE_ARN)
    statement = function.policy.document["Statement"][0]
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"] == f"{only(lifted, Api).id}/*/*"
    assert not isinstance(only(lifted, Queue).policy, Unknown)
    assert only(lifted, Bucket).versioning == "Enabled"
    assert {"role-administrator", "runtime-deprecated"} <= {f.rule for f in judged(lifted).findings}


def raw_state(*rows: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    resources = [{"mode": "managed", "type": t, "name": n, "instances": [{"attributes": v}]} for t, n, v in rows]
    return {"version": 4, "resources": resources}


def test_an_argument_named_arn_of_a_state_is_read(tmp_path: Path) -> None:
    place = "eu-west-3:444455556666"
    topic = f"arn:aws:sns:{place}:t"
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}]})
    lifted = show(
        tmp_path,
        raw_state(
            ("aws_lambda_function", "orders", {"id": "orders", "arn": STATE_ARN, "function_name": "orders"}),
            ("aws_cloudwatch_event_rule", "r", {"id": "r", "name": "r", "arn": f"arn:aws:events:{place}:rule/r"}),
            ("aws_cloudwatch_event_target", "t", {"id": "r-t", "rule": "r", "target_id": "t", "arn": STATE_ARN}),
            ("aws_sns_topic", "t", {"id": topic, "arn": topic, "name": "t", "policy": policy}),
            ("aws_sns_topic_policy", "t", {"id": topic, "arn": topic, "policy": policy}),
        ),
        account="",
    )
    (target,) = only(lifted, EventRule).targets
    assert target.arn == only(lifted, Function).id == STATE_ARN
    assert only(lifted, Topic).policy.document["Statement"][0]["Action"] == "sns:Publish"
    assert "topic-public" in {f.rule for f in judged(lifted).findings}


@pytest.mark.parametrize("odd", [["a", "b"], {"a": "b"}, True, 7, None])
def test_names_of_a_state_that_are_no_texts_end_nothing(tmp_path: Path, odd: Any) -> None:
    layer = {"layer_name": odd, "version_number": odd, "action": "lambda:GetLayerVersion", "principal": "*"}
    permission = {"function_name": "f", "qualifier": odd, "action": "lambda:InvokeFunction", "principal": "*"}
    lifted = show(
        tmp_path,
        raw_state(
            ("aws_lambda_layer_version_permission", "l", layer),
            ("aws_lambda_permission", "p", permission),
            ("aws_lambda_permission", "q", {**permission, "function_name": odd, "qualifier": "x"}),
            ("aws_iam_role", "worker", {"id": "worker", "name": "worker", "assume_role_policy": TRUST}),
        ),
    )
    assert only(lifted, Role).name == "worker"


def test_indices_of_a_raw_state(tmp_path: Path) -> None:
    instances = [{"index_key": k, "attributes": {"name": f"q-{k}"}} for k in ("a", 1)]
    row = {"module": 'module.m["x"]', "mode": "managed", "type": "aws_sqs_queue", "name": "q", "instances": instances}
    lifted = show(tmp_path, {"version": 4, "resources": [row, {"mode": "data", "type": "aws_sqs_queue", "name": "d"}]})
    assert set(lifted.ids) == {'module.m["x"].aws_sqs_queue.q["a"]', 'module.m["x"].aws_sqs_queue.q[1]'}


def test_code_of_an_archive_that_a_plan_read(tmp_path: Path) -> None:
    write(tmp_path, {"src/app.py": "x = 1\n"})
    function: Resource = (FUNCTION[0], {**FUNCTION[1], "filename": "./out.zip"}, FUNCTION[2], FUNCTION[3])
    document = plan({"aws_lambda_function.orders": function, "aws_iam_role.worker": ROLE})
    archive = {"mode": "data", "type": "archive_file", "name": "z", "values": {"source_dir": "./src", "output_path": "out.zip"}}
    document["prior_state"] = {"values": {"root_module": {"resources": [archive]}}}
    lifted = show(tmp_path, document)
    assert lifted.code[only(lifted, Function).id].path == tmp_path.resolve() / "src"


_ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        -1,
        1e308,
        "",
        "x",
        [],
        {},
        [[]],
        [{}],
        {"a": [1]},
        "arn:aws:iam::1:role/x",
        {"references": ["var.x"]},
        [None],
        "${a}",
    ]
)


def _paths(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [path, *(deeper for key, value in inner for deeper in _paths(value, (*path, key)))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_odd_documents_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    rows: dict[str, Resource] = {"aws_lambda_function.orders": FUNCTION, "aws_iam_role.worker": ROLE}
    document = json.loads(json.dumps(data.draw(st.sampled_from([as_values, as_file, lambda: plan(rows)]))()))
    for _ in range(data.draw(st.integers(1, 4))):
        path = data.draw(st.sampled_from(_paths(document)[1:]))
        target = document
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = json.loads(json.dumps(data.draw(_ODD)))
    with contextlib.suppress(TerraformError):
        show(tmp_path, document).inventory(source="x", created="2026-11-21T00:00:00+00:00")


def test_binary_plan_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "tfplan"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(TerraformError, match="terraform show -json"):
        read_terraform(path, region=REGION)
