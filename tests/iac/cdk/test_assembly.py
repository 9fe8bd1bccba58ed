"""An assembly as ``cdk synth`` leaves it (2.276, without code of helpers): constructs, lines, assets, helpers, stacks."""

import json
import shutil
from pathlib import Path

import pytest

from lambdaudit.model.apis import Route
from lambdaudit.model.functions import Function, LayerVersion
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, EventSourceMapping, LogGroup
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cdk import read_cdk
from lambdaudit.sources.cdk.marks import GENERATED, mark
from lambdaudit.sources.iac.discover import lifted, read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import CodeLocation, Options, Read, Resource

from ..judging import findings, named

SHOP = Path(__file__).parent / "shop"


@pytest.fixture(scope="module")
def read() -> Read:
    return read_cdk(SHOP / "cdk.out", Options(SHOP))


@pytest.fixture(scope="module")
def shop(read: Read) -> Lifted:
    return lifted(read, Options(SHOP))


def _resource(read: Read, subject: str) -> Resource:
    found = [one for one in read.resources if one.where.subject == subject]
    assert len(found) == 1, [one.where.subject for one in read.resources]
    return found[0]


def _code(read: Read, subject: str) -> CodeLocation:
    return read.code[_resource(read, subject).address]


def test_nothing_is_wrong(read: Read) -> None:
    assert read.errors == []
    assert len({one.address for one in read.resources}) == len(read.resources) == 43


def test_a_folder_with_an_assembly_is_read_once(tmp_path: Path) -> None:
    shutil.copytree(SHOP, tmp_path / "shop")
    whole = read_directory(tmp_path, Options(tmp_path))
    assert whole.errors == []
    assert sum(isinstance(asset, Function) for asset in whole.assets) == 11
    worker = named(whole, "Main/Worker/Resource", Function)
    assert worker.where.source == "shop/app.js"


@pytest.mark.parametrize(
    ("subject", "line", "column"),
    [
        ("Main/Worker/Resource", 22, 16),
        ("Main/Uploads/Resource", 20, 20),
        ("Main/Work/Resource", 21, 18),
        ("Main/Part/Inner/Resource", 12, 15),
        ("Other/Consumer/Resource", 43, 5),
        ("Prod/Svc/Consumer/Resource", 43, 5),
        # No code of the author in its stack: the nearest construct above it.
        ("Main/Worker/ServiceRole/DefaultPolicy/Resource", 22, 16),
        ("Main/Part/Inner/ServiceRole/DefaultPolicy/Resource", 12, 15),
    ],
)
def test_the_authors_line(read: Read, subject: str, line: int, column: int) -> None:
    where = _resource(read, subject).where
    assert (where.source, where.line, where.column) == ("app.js", line, column)
    written = (SHOP / "app.js").read_text().splitlines()[line - 1]
    assert written[column - 1 :].strip()


def test_findings_are_at_the_authors_line(shop: Lifted) -> None:
    found = findings(shop)
    assert {one.where.source for one in found} == {"app.js"}
    (public,) = [one for one in found if one.rule == "function-url-public"]
    assert (public.where.line, public.where.column) == (27, 8)
    assert public.where.subject == "Main/Worker/FunctionUrl/Resource"


def test_accounts_and_regions_are_those_of_the_manifest(shop: Lifted) -> None:
    main, production = named(shop, "Main/Worker/Resource"), named(shop, "Prod/Svc/Consumer/Resource")
    assert (main.account, main.region) == ("123456789012", "eu-west-1")
    assert production.id == "arn:aws:lambda:us-east-1:210987654321:function:Prod-Svc-Consumer8D6BE417"


def test_references_between_stacks(shop: Lifted) -> None:
    worker, consumer = named(shop, "Main/Worker/Resource"), named(shop, "Other/Consumer/Resource", Function)
    assert isinstance(consumer, Function)
    assert isinstance(consumer.environment, tuple)
    assert [(one.name, one.value) for one in consumer.environment] == [("MAIN", worker.id)]


def test_nested_stacks_join(shop: Lifted) -> None:
    """The nested function may be called by the worker's role, and sends to the queue of the stack around it."""
    inner = named(shop, "Main/Part/Inner/Resource", Function)
    role = named(shop, "Main/Worker/ServiceRole/Resource", Role)
    assert isinstance(role, Role)
    assert isinstance(role.policies, tuple)
    assert any(inner.id in str(policy.document) for policy in role.policies)
    own = named(shop, "Main/Part/Inner/ServiceRole/Resource", Role)
    assert isinstance(own, Role)
    assert isinstance(own.policies, tuple)
    assert any("arn:aws:sqs:eu-west-1:123456789012:Main-WorkBF636A8B" in str(policy.document) for policy in own.policies)


def test_what_helpers_do_at_deployment(shop: Lifted) -> None:
    worker = named(shop, "Main/Worker/Resource", Function)
    bucket = named(shop, "Main/Uploads/Resource", Bucket)
    assert isinstance(bucket, Bucket)
    assert isinstance(bucket.notifications, tuple)
    assert [(one.target, one.events) for one in bucket.notifications] == [(worker.id, ("s3:ObjectCreated:*",))]
    (group,) = [asset for asset in shop.assets if isinstance(asset, LogGroup)]
    assert (group.name, group.retention) == (f"/aws/lambda/{worker.name}", 7)
    (mapping,) = [asset for asset in shop.assets if isinstance(asset, EventSourceMapping)]
    assert mapping.function == worker.id


def test_helpers_are_marked(read: Read) -> None:
    marked = {one.where.subject for one in read.resources if GENERATED in one.metadata and one.type == "AWS::Lambda::Function"}
    assert marked == {
        "Main/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler",
        "Main/LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8a/Resource",
        "Main/BucketNotificationsHandler050a0587b7544547bf325f094a3db834/Resource",
        "Main/AWS679f53fac002430cb0da5b7982bd2287/Resource",
        "Main/Prov/framework-onEvent/Resource",
    }
    fresh = lifted(read, Options(SHOP))
    mark(fresh, read.resources)
    assert named(fresh, "Main/Prov/framework-onEvent/Resource").extra == {"generated_by": "the AWS CDK"}
    assert named(fresh, "Main/Inline/Resource").extra == {}


def test_helpers_are_marked_without_metadata(tmp_path: Path) -> None:
    """Assemblies of older versions tell neither paths nor handlers: logical ids are what is left."""
    shutil.copytree(SHOP / "cdk.out", tmp_path / "cdk.out")
    (tmp_path / "cdk.out" / "Main.metadata.json").unlink()
    bare = read_cdk(tmp_path / "cdk.out", Options(tmp_path))
    marked = [one.where.subject for one in bare.resources if GENERATED in one.metadata and one.type == "AWS::Lambda::Function"]
    assert marked == [
        "CustomS3AutoDeleteObjectsCustomResourceProviderHandler9D90184F",
        "LogRetentionaae0aa3c5b4d4f87b02d85b201efdd8aFD4BFC8A",
        "BucketNotificationsHandler050a0587b7544547bf325f094a3db8347ECC3691",
        "AWS679f53fac002430cb0da5b7982bd22872D164C4C",
        "ProvframeworkonEvent4D295293",
    ]
    (worker,) = [one for one in bare.resources if one.where.subject == "Worker11F36D0F"]
    assert worker.where.source == "cdk.out/Main.template.json"
    lines = (SHOP / "cdk.out" / "Main.template.json").read_text().splitlines()
    assert '"Worker11F36D0F": {' in lines[worker.where.line - 1]


def test_suppressions_are_kept(read: Read) -> None:
    fresh = lifted(read, Options(SHOP))
    mark(fresh, read.resources)
    expected = {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-L1", "reason": "pinned"}]}}
    assert named(fresh, "Main/Worker/Resource").extra == {"suppressions": expected}


def test_code(read: Read) -> None:
    assert _code(read, "Main/Worker/Resource").path == next((SHOP / "cdk.out").glob("asset.043f*"))
    assert _code(read, "Main/Part/Inner/Resource").path == _code(read, "Prod/Svc/Consumer/Resource").path
    image = _code(read, "Main/Image/Resource")
    assert image.dockerfile == next((SHOP / "cdk.out").glob("asset.6655*/Dockerfile"))
    assert image.context == image.dockerfile.parent
    inline = _code(read, "Main/Inline/Resource")
    assert inline.inline == "def handler(e, c): return 1"
    # The fixture has no code of the helpers.
    helper = _code(read, "Main/Custom::S3AutoDeleteObjectsCustomResourceProvider/Handler")
    assert helper.path is None
    assert helper.uri.startswith("s3://cdk-hnb659fds-assets-")


def _write(folder: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def _manifest(**stacks: dict[str, object]) -> dict[str, object]:
    return {
        "version": "36.0.0",
        "artifacts": {
            name: {
                "type": "aws:cloudformation:stack",
                "environment": "aws://unknown-account/unknown-region",
                "properties": {"templateFile": f"{name}.template.json"},
                **more,
            }
            for name, more in stacks.items()
        },
    }


LAYER = {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Bucket": "b", "S3Key": "k"}}}


def test_metadata_of_the_command_line(tmp_path: Path) -> None:
    """With the CLI, paths and assets stand in the template; older assemblies have their metadata in the manifest."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Handler": "index.handler", "Runtime": "nodejs22.x", "Role": "r", "Code": {"S3Bucket": "b", "S3Key": "k"}},
        "Metadata": {"aws:cdk:path": "S/F/Resource", "aws:asset:path": "asset.1", "aws:asset:property": "Code"},
    }
    trace = ["new F (/builds/x/lib/stack.ts:7:3)", "Object.<anonymous> (/builds/x/bin/app.ts:1:1)"]
    metadata = {"/S/F/Resource": [{"type": "aws:cdk:logicalId", "data": "F", "trace": trace}]}
    _write(
        tmp_path,
        {
            "cdk.out/cdk.out": "{}",
            "cdk.out/manifest.json": _manifest(S={"metadata": metadata}),
            "cdk.out/S.template.json": {"Resources": {"F": function, "L": LAYER}},
            "cdk.out/asset.1/index.js": "exports.handler = 1",
            "lib/stack.ts": "\n" * 10,
        },
    )
    read = read_cdk(tmp_path / "cdk.out", Options(tmp_path))
    assert read.errors == []
    one = _resource(read, "S/F/Resource")
    assert (one.where.source, one.where.line, one.where.column, one.account) == ("lib/stack.ts", 7, 3, "")
    assert read.code[one.address].path == tmp_path / "cdk.out" / "asset.1"
    made = lifted(read, Options(tmp_path))
    assert [asset.where.source for asset in made.assets if isinstance(asset, LayerVersion)] == ["cdk.out/S.template.json"]


def test_one_bad_stack_stops_no_other(tmp_path: Path) -> None:
    queue = {"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}
    manifest = _manifest(
        Good={}, Gone={}, Broken={}, Away={"properties": {"templateFile": "../../outside.json"}}, Odd={"properties": []}, Empty={}
    )
    _write(
        tmp_path,
        {
            "outside.json": queue,
            "app/cdk.out/manifest.json": manifest,
            "app/cdk.out/Good.template.json": queue,
            "app/cdk.out/Broken.template.json": "{",
            "app/cdk.out/Empty.template.json": {"Parameters": {}},
        },
    )
    read = read_cdk(tmp_path / "app/cdk.out", Options(tmp_path / "app"))
    assert [one.type for one in read.resources] == ["AWS::SQS::Queue"]
    assert len(read.errors) == 4
    assert all("\n" not in line for line in read.errors)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", "7"])
def test_damaged_manifests(tmp_path: Path, content: str) -> None:
    folder = _write(tmp_path, {"cdk.out/manifest.json": content}) / "cdk.out"
    with pytest.raises(DocumentError, match=r"^cdk.out/manifest.json[^\n]*$"):
        read_cdk(folder, Options(tmp_path))


@pytest.mark.parametrize("content", ['{"artifacts": 5}', '{"artifacts": {"a": 1, "b": {"type": []}}}'])
def test_odd_manifests(tmp_path: Path, content: str) -> None:
    folder = _write(tmp_path, {"cdk.out/manifest.json": content}) / "cdk.out"
    assert read_cdk(folder, Options(tmp_path)).resources == []


def test_assemblies_in_circles_end(tmp_path: Path) -> None:
    manifest = {"artifacts": {"again": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "."}}}}
    _write(tmp_path, {"cdk.out/manifest.json": manifest})
    assert read_cdk(tmp_path / "cdk.out", Options(tmp_path)).resources == []


def test_stacks_that_need_each_other_and_nest_in_themselves(tmp_path: Path) -> None:
    nested = {
        "Resources": {
            "N": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": "x"},
                "Metadata": {"aws:asset:path": "A.template.json"},
            },
            "F": {
                "Type": "Custom::S3BucketNotifications",
                "Properties": {"BucketName": {"Ref": "B"}, "NotificationConfiguration": 5},
            },
            "B": {"Type": "AWS::S3::Bucket"},
        }
    }
    manifest = _manifest(A={"dependencies": ["B"]}, B={"dependencies": ["A", 5]})
    metadata = {"/A/N": [{"type": "aws:cdk:creationStack", "data": ["(" * 100_000, 5, "x (/a" + "/b" * 5000 + ".js:1:1)"]}, 7]}
    manifest["artifacts"]["A"]["metadata"] = metadata  # type: ignore[index]
    _write(tmp_path, {"cdk.out/manifest.json": manifest, "cdk.out/A.template.json": nested, "cdk.out/B.template.json": nested})
    read = read_cdk(tmp_path / "cdk.out", Options(tmp_path))
    made = lifted(read, Options(tmp_path))
    assert any("nest in a circle" in note for note in read.notes)
    assert any(isinstance(asset, Bucket) and not isinstance(asset.notifications, Unknown) for asset in made.assets)


def test_the_body_of_an_api_that_is_an_asset(tmp_path: Path) -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:orders"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    body = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}}},
    }
    bucket = {"Fn::Sub": "cdk-assets-${AWS::AccountId}"}
    apis = {
        name: {"Type": "AWS::ApiGateway::RestApi", "Properties": {"BodyS3Location": {"Bucket": bucket, "Key": f"{name}.json"}}}
        for name in ("known", "broken", "absent")
    }
    files = {name: {"source": {"path": f"asset.{name}.json", "packaging": "file"}} for name in ("known", "broken")}
    for name, file in files.items():
        file["destinations"] = {"here": {"objectKey": f"{name}.json"}}  # type: ignore[dict-item]
    _write(
        tmp_path,
        {
            "manifest.json": _manifest(App={}),
            "App.template.json": {"Resources": apis},
            "App.assets.json": {"files": files},
            "asset.known.json": body,
            "asset.broken.json": "{",
        },
    )
    found = read_cdk(tmp_path, Options(tmp_path))
    with_body = [one.where.subject for one in found.resources if "Body" in one.properties]
    assert with_body == ["known"]
    assert any("asset.broken.json" in note for note in found.notes)
    routes = [asset for asset in lifted(found, Options(tmp_path)).assets if isinstance(asset, Route)]
    assert [(route.method, route.path, route.function, route.where.source) for route in routes] == [
        ("GET", "/orders", function, "asset.known.json")
    ]
