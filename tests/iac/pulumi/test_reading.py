"""Previews and states: what is unknown or secret in them, references by dependencies, code, places, several outputs together."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lambdaudit.model.apis import Route
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, EventSourceMapping, Queue, Table
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.discover import find, read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import Options
from tests.iac.parity.applications import CREATED, judge

from .shop import allow, document, trust
from .stack import ARCHIVE, FILE, SIGNATURE, UNKNOWN, Made, Program, archive, secret

CANARY = "Zx81hQ0pLm29vTr5"
LAMBDA = {"Service": "lambda.amazonaws.com"}


def read(folder: Path, **options: Any) -> Lifted:
    return read_directory(folder, Options(folder, **options))


def only(lifted: Lifted, cls: type[Any]) -> Any:
    found = [asset for asset in lifted.assets if isinstance(asset, cls)]
    assert len(found) == 1, found
    return found[0]


def worker(program: Program, **inputs: Any) -> Made:
    """A function and its role."""
    role = program.add("aws:iam/role:Role", "worker", name="worker", assumeRolePolicy=trust(LAMBDA))
    given = {"name": "orders", "role": role.arn, "runtime": "python3.13", "handler": "app.handler", **inputs}
    return program.add("aws:lambda/function:Function", "orders", **given)


@pytest.mark.parametrize("preview", [True, False])
def test_a_function_finds_its_role(tmp_path: Path, preview: bool) -> None:
    program = Program()
    worker(program, environment={"variables": {"memorySize": "x"}}, tags={"costCenter": "1"})
    program.write(tmp_path / "any name.json", preview=preview)
    lifted = read(tmp_path, account="123456789012")
    function = only(lifted, Function)
    assert function.role == only(lifted, Role).id
    # Keys that the author chose are no properties of Pulumi's.
    assert [v.name for v in function.environment] == ["memorySize"]
    assert function.tags == (("costCenter", "1"),)
    assert (function.where.source, function.region) == ("any name.json", "us-east-1")
    assert function.where.subject == "urn:pulumi:dev::shop::aws:lambda/function:Function::orders"
    assert function.where.line > 1


def test_an_unknown_value_names_its_property_and_what_it_depends_on(tmp_path: Path) -> None:
    program = Program()
    table = program.add("aws:dynamodb/table:Table", "carts", name="carts")
    function = worker(program, environment={"variables": {"TABLE": table.arn, "STAGE": "prod"}})
    program.add("aws:iam/rolePolicy:RolePolicy", "own", role=row_of(program, "worker").id, policy=document(allow("*", table.arn)))
    program.write(tmp_path / "p.json", preview=True)
    lifted = read(tmp_path)
    variables = {v.name: v for v in only(lifted, Function).environment}
    assert variables["STAGE"].value == "prod"
    assert variables["TABLE"].value is None
    why = "orders.environment.variables.TABLE is known after the deployment (it depends on carts)"
    assert why in str(variables["TABLE"].unread)
    report = judge(lifted.inventory(source="x", created=CREATED))
    assert [n for n in report.not_assessed if n.rule == "role-administrator"]
    assert UNKNOWN not in repr(lifted.assets)
    assert function.urn in lifted.ids


def row_of(program: Program, name: str) -> Made:
    return next(row for row in program.rows if row.own == name)


def test_what_a_resource_depends_on_as_a_whole_counts_where_nothing_else_is_told(tmp_path: Path) -> None:
    program = Program()
    worker(program)
    preview = program.preview()
    for step in preview["steps"]:
        del step["newState"]["propertyDependencies"]
    (tmp_path / "p.json").write_text(json.dumps(preview), "utf-8")
    lifted = read(tmp_path)
    assert only(lifted, Function).role == only(lifted, Role).id


@pytest.mark.parametrize("marked", [True, False])
def test_a_dependency_that_may_be_two_resources_is_none(tmp_path: Path, marked: bool) -> None:
    """The role is one of two that its property depends on: it stays open, and names both."""
    program = Program()
    function = worker(program)
    program.add("aws:iam/role:Role", "other", name="other", assumeRolePolicy=trust(LAMBDA))
    preview = program.preview()
    if marked:
        other = f"{function.urn.rpartition('::aws')[0]}::aws:iam/role:Role::other"
        preview["steps"][1]["newState"]["propertyDependencies"]["role"].append(other)
    (tmp_path / "p.json").write_text(json.dumps(preview), "utf-8")
    role = only(read(tmp_path), Function).role
    assert (isinstance(role, Unknown) and "(it depends on worker, other)" in role.reason) if marked else role.endswith("/worker")


@pytest.mark.parametrize("shown", [None, CANARY])
def test_secrets_are_judged_and_never_shown(tmp_path: Path, shown: str | None) -> None:
    program = Program()
    worker(program, environment={"variables": {"TOKEN": secret(shown), "PLAIN": "x"}})
    program.add("aws:ssm/parameter:Parameter", "p", name="/p", type="SecureString", value=secret(CANARY))
    program.write(tmp_path / "p.json")
    lifted = read(tmp_path)
    variables = {v.name: v for v in only(lifted, Function).environment}
    assert (variables["TOKEN"].value, variables["TOKEN"].kind is not None) == (None, True)
    inventory = lifted.inventory(source="x", created=CREATED)
    assert CANARY not in repr((lifted.assets, lifted.notes, judge(inventory)))
    assert [f for f in judge(inventory).findings if f.rule == "environment-secret"]


def test_a_preview_blinds_secrets(tmp_path: Path) -> None:
    program = Program()
    worker(program, environment={"variables": {"TOKEN": "[secret]"}})
    program.write(tmp_path / "p.json", preview=True)
    found = only(read(tmp_path), Function).environment[0]
    assert (found.value, found.kind is not None) == (None, True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (archive("./app"), "app"),
        (archive("/home/author/shop/app"), "app"),
        ({SIGNATURE: ARCHIVE, "assets": {".": archive("app")}}, "app"),
        ({SIGNATURE: ARCHIVE, "assets": {"app.py": {SIGNATURE: FILE, "path": "app/app.py"}}}, "app/app.py"),
        (archive("../../../etc"), None),
        (archive("gone"), None),
    ],
)
def test_the_code_of_a_function_is_found(tmp_path: Path, code: dict[str, Any], expected: str | None) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.py").write_text("def handler(e, c): ...\n", "utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n", "utf-8")
    program = Program()
    worker(program, code=code)
    program.write(tmp_path / "out/state.json")
    lifted = read(tmp_path)
    assert lifted.errors == []
    location = lifted.code[only(lifted, Function).id]
    assert location.path == (tmp_path / expected if expected else None)
    assert (location.unknown is not None) == (expected is None)


def test_code_in_the_state_itself_and_in_a_bucket(tmp_path: Path) -> None:
    (tmp_path / "code.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    program = Program()
    inline = {SIGNATURE: ARCHIVE, "assets": {"app.py": {SIGNATURE: FILE, "text": "import os\n"}, "lib": archive("x")}}
    worker(program, code=inline)
    bucket = program.add("aws:s3/bucket:Bucket", "assets", bucket="assets")
    source = {SIGNATURE: FILE, "hash": "1" * 64, "path": "/home/author/shop/code.zip"}
    program.add("aws:s3/bucketObjectv2:BucketObjectv2", "code", bucket=bucket.bucket, key="assets/code-1.zip", source=source)
    role = row_of(program, "worker")
    program.add("aws:lambda/function:Function", "b", name="b", role=role.arn, s3Bucket=bucket.bucket, s3Key="assets/code-1.zip")
    program.write(tmp_path / "state.json")
    lifted = read(tmp_path)
    places = {f.name: lifted.code[f.id] for f in lifted.assets if isinstance(f, Function)}
    assert (places["orders"].inline, places["orders"].inline_name) == ("import os\n", "app.py")
    assert places["b"].path == tmp_path / "code.zip"


def test_the_line_of_the_program_is_the_place(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra/index.ts").write_text("\n" * 40, "utf-8")
    (tmp_path / "infra/Pulumi.yaml").write_text("name: shop\nruntime: nodejs\n", "utf-8")
    program = Program()
    function = worker(program)
    function.extra["sourcePosition"] = "project:///index.ts#12,5"
    role = row_of(program, "worker")
    component = program.add("sst:aws:Function", "Orders", {"custom": False, "sourcePosition": "project:///index.ts#30"})
    role.extra.update(parent=component.urn, sourcePosition="project:///node_modules/sst/function.ts#7")
    program.write(tmp_path / "infra/state.json")
    lifted = read(tmp_path)
    assert lifted.notes == []
    where, other = only(lifted, Function).where, only(lifted, Role).where
    assert (where.source, where.line, where.column) == ("infra/index.ts", 12, 5)
    assert (other.source, other.line) == ("infra/index.ts", 30)


def test_a_position_outside_of_the_folder_is_not_used(tmp_path: Path) -> None:
    program = Program()
    worker(program).extra["sourcePosition"] = "project:///../../../../etc/passwd#1"
    program.write(tmp_path / "state.json")
    assert only(read(tmp_path), Function).where.source == "state.json"


def test_a_preview_makes_names_up_and_the_result_does_not_depend_on_them(tmp_path: Path) -> None:
    """Names with random endings differ in each preview; other resources that repeat them mean the resource."""
    ids = []
    for ending in ("1a2b3c4", "9f8e7d6"):
        program = Program()
        bucket = program.add("aws:s3/bucket:Bucket", "data", bucket=f"data-{ending}")
        policy = document(allow("s3:GetObject", f"arn:aws:s3:::data-{ending}/*", "*"))
        program.add("aws:s3/bucketPolicy:BucketPolicy", "data", bucket=bucket.id, policy=policy)
        preview = program.preview()
        preview["steps"][0]["newState"]["inputs"]["__defaults"] = ["bucket"]
        (tmp_path / "p.json").write_text(json.dumps(preview), "utf-8")
        found = only(read(tmp_path), Bucket)
        assert ending not in repr(found)
        assert found.policy.document["Statement"][0]["Resource"] == f"{found.id}/*"
        ids.append(found.id)
    assert ids[0] == ids[1] == "arn:aws:s3:::data"


def test_an_unchanged_rest_comes_from_the_state(tmp_path: Path) -> None:
    program = Program()
    worker(program)
    program.add("aws:sqs/queue:Queue", "old", name="old")
    program.write(tmp_path / "state.json")
    full = program.preview()
    function = {**full["steps"][1], "op": "update"}
    queue = {"op": "delete", "urn": full["steps"][2]["urn"], "oldState": full["steps"][2]["newState"]}
    preview = {"config": {}, "steps": [function, queue], "changeSummary": {"update": 1, "delete": 1, "same": 2}}
    (tmp_path / "preview.json").write_text(json.dumps(preview), "utf-8")
    lifted = read(tmp_path)
    assert only(lifted, Function).role == only(lifted, Role).id
    assert not [a for a in lifted.assets if isinstance(a, Queue)]
    assert (lifted.errors, lifted.notes) == ([], [])
    (tmp_path / "state.json").unlink()
    assert read(tmp_path).errors == [
        "preview.json: leaves out 2 resources that do not change: run pulumi preview --json --show-sames"
    ]


def test_of_two_states_of_a_stack_the_newer_is_read(tmp_path: Path) -> None:
    program = Program()
    worker(program, memorySize=128)
    older = program.export()
    row_of(program, "orders").inputs["memorySize"] = 256
    newer = program.export()
    newer["deployment"]["manifest"]["time"] = "2026-11-21T10:00:00Z"
    (tmp_path / "a.json").write_text(json.dumps(newer), "utf-8")
    (tmp_path / "b.json").write_text(json.dumps(older), "utf-8")
    lifted = read(tmp_path)
    assert only(lifted, Function).memory == 256
    assert lifted.notes == ["b.json: is left out, a.json is of the same stack"]


@pytest.mark.parametrize("wrap", ["export", "checkpoint", "sst"])
def test_every_wrapping_of_a_state(tmp_path: Path, wrap: str) -> None:
    program = Program()
    worker(program)
    document = program.export()
    deployment = document["deployment"]
    wrapped = {
        "export": document,
        "checkpoint": {"version": 3, "checkpoint": {"stack": "dev", "latest": deployment}},
        "sst": {"stack": "organization/shop/dev", "latest": deployment},
    }[wrap]
    (tmp_path / "state.json").write_text(json.dumps(wrapped), "utf-8")
    assert only(read(tmp_path), Function).name == "orders"


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    program = Program()
    program.add("aws:sqs/queue:Queue", "kept", name="kept")
    program.add("aws:sqs/queue:Queue", "replaced", {"delete": True}, name="replaced")
    program.add("aws:sqs/queue:Queue", "looked-up", {"external": True}, name="looked-up")
    program.add("pulumi-nodejs:dynamic/x:Resource", "dynamic", {"custom": True})
    program.add("aws:lambda/invocation:Invocation", "i", functionName="x", input="{}")
    program.write(tmp_path / "state.json")
    lifted = read(tmp_path)
    assert only(lifted, Queue).name == "kept"
    assert lifted.notes == [
        "resources of types that are not modelled: aws:lambda/invocation:Invocation (1), pulumi-nodejs:dynamic/x:Resource (1)"
    ]


def test_provider_of_another_region_with_default_tags(tmp_path: Path) -> None:
    program = Program()
    tags = json.dumps({"tags": {"team": "shop"}})
    provider = program.add("pulumi:providers:aws", "west", {"custom": True}, region="eu-west-1", defaultTags=tags)
    program.add("aws:sqs/queue:Queue", "q", {"provider": f"{provider.urn}::{UNKNOWN}"}, name="q", tags={"a": "b"})
    program.add("aws:dynamodb/table:Table", "t", name="t", region="us-west-2", tagsAll={"c": "d"})
    program.write(tmp_path / "p.json", preview=True)
    lifted = read(tmp_path)
    queue, table = only(lifted, Queue), only(lifted, Table)
    assert (queue.region, queue.tags) == ("eu-west-1", (("a", "b"), ("team", "shop")))
    assert (table.region, table.tags) == ("us-west-2", (("c", "d"),))


def test_inputs_as_the_provider_completes_them(tmp_path: Path) -> None:
    """Defaults of the provider stand beside what the author wrote, and every object notes which they are."""
    program = Program()
    worker(
        program,
        architectures=["x86_64"],
        ephemeralStorage={"size": 512},
        loggingConfig={"logFormat": "Text", "logGroup": "/aws/lambda/orders"},
        memorySize=128,
        packageType="Zip",
        reservedConcurrentExecutions=-1,
        timeout=3,
        tags=UNKNOWN,
        tagsAll={},
        tracingConfig={"mode": "PassThrough"},
        environment={"variables": {"foo": "bar"}},
    )
    program.write(tmp_path / "state.json")
    function = only(read(tmp_path), Function)
    assert (function.memory, function.timeout, function.reserved_concurrency) == (128, 3, None)
    assert [v.name for v in function.environment] == ["foo"]
    assert isinstance(function.tags, Unknown)


def test_aws_native_has_the_properties_of_cloudformation(tmp_path: Path) -> None:
    program = Program()
    trusted = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": LAMBDA, "Action": "sts:AssumeRole"}]}
    admin = {"policyName": "own", "policyDocument": {"Statement": [allow("*")]}}
    role = program.add("aws-native:iam:Role", "worker", roleName="worker", assumeRolePolicyDocument=trusted, policies=[admin])
    program.add(
        "aws-native:lambda:Function",
        "orders",
        functionName="orders",
        role=role.arn,
        runtime="python3.8",
        handler="index.handler",
        code={"zipFile": "import os\n"},
        environment={"variables": {"apiKey": "x"}},
        tags=[{"key": "a", "value": "b"}],
    )
    program.add(
        "aws-native:dynamodb:Table", "t", tableName="t", sseSpecification={"sseEnabled": True, "kmsMasterKeyId": "alias/x"}
    )
    program.write(tmp_path / "p.json", preview=True)
    lifted = read(tmp_path)
    function = only(lifted, Function)
    assert (function.name, function.role, function.tags) == ("orders", only(lifted, Role).id, (("a", "b"),))
    assert [v.name for v in function.environment] == ["apiKey"]
    assert lifted.code[function.id].inline == "import os\n"
    assert "alias/x" in str(only(lifted, Table).key)
    rules = {f.rule for f in judge(lifted.inventory(source="x", created=CREATED)).findings}
    assert {"role-administrator", "runtime-deprecated"} <= rules
    program.write(tmp_path / "p.json")
    assert only(read(tmp_path), Function).id == "arn:aws:lambda:us-east-1:123456789012:function:orders"


def test_routes_and_streams_of_a_preview_are_linked(tmp_path: Path) -> None:
    program = Program()
    function = worker(program)
    table = program.add("aws:dynamodb/table:Table", "t", name="t", streamEnabled=True, streamViewType="NEW_IMAGE")
    program.add(
        "aws:lambda/eventSourceMapping:EventSourceMapping", "m", functionName=function.arn, eventSourceArn=table.streamArn
    )
    api = program.add("aws:apigateway/restApi:RestApi", "api", name="api")
    resource = program.add("aws:apigateway/resource:Resource", "r", restApi=api.id, parentId=api.rootResourceId, pathPart="x")
    common: dict[str, Any] = {"restApi": api.id, "resourceId": resource.id, "httpMethod": "GET"}
    program.add("aws:apigateway/method:Method", "m", authorization="NONE", **common)
    program.add("aws:apigateway/integration:Integration", "i", type="AWS_PROXY", uri=function.invokeArn, **common)
    program.write(tmp_path / "p.json", preview=True)
    lifted = read(tmp_path)
    found = only(lifted, Function).id
    assert only(lifted, Route).function == found
    assert only(lifted, EventSourceMapping).function == found
    assert ":table/t/stream/" in only(lifted, EventSourceMapping).source


@pytest.mark.parametrize(("file", "tool"), [("Pulumi.yaml", "pulumi preview --json"), ("sst.config.ts", "sst state export")])
def test_a_program_without_output_says_how_to_make_one(tmp_path: Path, file: str, tool: str) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / file).write_text("name: shop\nruntime: python\n", "utf-8")
    lifted = read(tmp_path)
    assert len(lifted.errors) == 1
    assert lifted.errors[0].startswith(f"infra/{file}: ")
    assert tool in lifted.errors[0]
    Program().write(tmp_path / "infra/empty.json")
    worker(program := Program())
    program.write(tmp_path / "infra/state.json")
    assert read(tmp_path).errors == []


@pytest.mark.parametrize("text", ["{", '{"steps": "urn:pulumi:', '{"deployment": {"resources": 1}, "x": "urn:pulumi:a"}', "[]"])
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    from lambdaudit.sources.pulumi.read import read_pulumi

    path = tmp_path / "p.json"
    path.write_text(text, "utf-8")
    with pytest.raises(DocumentError, match=r"^p\.json:\d+: [^\n]+$"):
        read_pulumi(path, Options(tmp_path))


@pytest.mark.parametrize("built", [".sst/dist", ".build/cdk.out"])
def test_the_assembly_that_older_versions_of_sst_build(tmp_path: Path, built: str) -> None:
    shutil.copytree(Path(__file__).parents[1] / "cdk/shop/cdk.out", tmp_path / built)
    (tmp_path / "sst.config.ts").write_text("export default {}\n", "utf-8")
    assert ("cdk", tmp_path / built) in [(one.kind, one.path) for one in find(tmp_path)[0]]
    assert read(tmp_path).errors == []
    assert [a for a in read(tmp_path).assets if isinstance(a, Function)]


def test_drift_against_the_state_of_a_stack(tmp_path: Path) -> None:
    """The ids of a state are those of the account, so that nothing differs when nothing was changed."""
    program = Program()
    worker(program)
    program.write(tmp_path / "state.json")
    assert only(read(tmp_path), Function).id == "arn:aws:lambda:us-east-1:123456789012:function:orders"
