"""``lambdaudit code`` on folders, packages, files and snapshots."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run

HANDLER = """\
import os
import boto3

TABLE = os.environ["TABLE"]

def handler(event, context):
    name = event["queryStringParameters"]["name"]
    os.system("convert " + name)
    return boto3.client("dynamodb").get_item(TableName=TABLE, Key={"id": {"S": "x"}})
"""
SAFE = """\
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps({"ok": True})}
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with one handler."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "main.py").write_text(HANDLER)
    return folder


def test_a_folder_needs_neither_account_nor_template(run: Run, source: Path) -> None:
    result = run("code", "app")
    assert result.returncode == 1
    assert "reaches os.system in main.py:8" in result.stdout
    assert "dynamodb:GetItem" in result.stdout
    assert "environment variable TABLE" in result.stdout


def test_a_package_and_a_file_say_the_same(run: Run, source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as package:
        package.write(source / "main.py", "main.py")
    for target in ("app", "app.zip", "app/main.py"):
        result = run("code", target, "--handler", "main.handler", "-o", "out.json")
        assert result.returncode == 1, result.stderr
        written = json.loads((tmp_path / "out.json").read_text())
        assert [(f["kind"], f["sink"], f["where"]["line"]) for f in written["flows"]] == [("process", "os.system", 8)]
        assert [c["actions"] for c in written["calls"]] == [["dynamodb:GetItem"]]


def test_safe_code_is_clean(run: Run, source: Path) -> None:
    (source / "main.py").write_text(SAFE)
    result = run("code", "app", "--strict")
    assert result.returncode == 0, result.stdout


def test_what_invokes_it_decides_what_is_foreign(run: Run, source: Path) -> None:
    assert run("code", "app", "--trigger", "url").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nowhere", "--handler", "a.b"), 2, "no file or folder nowhere"),
        (
            ("app", "--trigger", "htpapi"),
            2,
            "--trigger htpapi: there is no such kind of trigger; there are alb, alexa, apigateway",
        ),
        (("app", "-o", "out.txt"), 2, "must end in .json"),
        (("app", "--handler", "other.handler", "--strict"), 4, ""),
    ],
)
def test_bad_input(run: Run, source: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    result = run("code", *arguments)
    assert result.returncode == code, result.stdout
    assert says in result.stderr


def test_a_snapshot_holds_what_was_established(run: Run, source: Path, tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Main:\n    Type: AWS::Serverless::Function\n    Properties:\n      FunctionName: main-fn\n"
        "      CodeUri: app\n      Handler: main.handler\n      Runtime: python3.13\nTransform: AWS::Serverless-2016-10-31\n"
    )
    assert run("audit", ".", "--snapshot", "kept.snapshot.json", "-q").returncode == 1
    result = run("code", "main-fn", "--snapshot", "kept.snapshot.json")
    assert result.returncode == 1
    assert "reaches os.system in app/main.py:8" in result.stdout
    assert HANDLER.splitlines()[7].strip() not in (tmp_path / "kept.snapshot.json").read_text()
    result = run("code", "other", "--snapshot", "kept.snapshot.json")
    assert result.returncode == 2
    assert "collect aws --code" in result.stderr


def test_a_default_is_not_the_only_value_of_a_variable_that_is_not_known(run: Run, source: Path) -> None:
    (source / "main.py").write_text(
        'import os, boto3\nTABLE = boto3.resource("dynamodb").Table(os.environ.get("TABLE", "orders"))\n'
        'def handler(event, context):\n    return TABLE.get_item(Key={"id": "1"})\n'
    )
    out = run("code", "app").stdout
    assert "table/orders; not known: environment variable TABLE" in out


def test_a_call_that_needs_two_rights_shows_both(run: Run, source: Path) -> None:
    (source / "main.py").write_text(
        "import boto3\ndef handler(event, context):\n"
        '    boto3.client("s3").copy_object(Bucket="to", Key="a", CopySource={"Bucket": "from", "Key": "b"})\n'
    )
    rows = [line.strip() for line in run("code", "app").stdout.splitlines()]
    assert rows[rows.index("s3:GetObject") + 1] == "on arn:aws:s3:::from/b; main.py:3"
    assert rows[rows.index("s3:PutObject") + 1] == "on arn:aws:s3:::to/a; main.py:3"


def test_a_library_that_calls_aws_is_named(run: Run, source: Path) -> None:
    (source / "main.py").write_text("import pynamodb.models\ndef handler(event, context):\n    return 1\n")
    out = run("code", "app").stdout
    assert "dynamodb: the library pynamodb.models calls AWS on its own" in out
    assert "no right needed" not in out


def test_what_is_wrong_with_a_package_is_told(run: Run, source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as package:
        package.writestr("main.py", SAFE)
        package.writestr("../../etc/cron.d/x", "x")
    result = run("code", "app.zip", "--strict")
    assert "package  ../../etc/cron.d/x: its path leaves the package (path)" in result.stdout
    assert result.returncode == 4
    data = bytearray((tmp_path / "app.zip").read_bytes())
    data[data.find(b"import json")] ^= 0xFF
    (tmp_path / "app.zip").write_bytes(data)
    assert run("code", "app.zip").stdout.count("main.py: its checksum is wrong (broken)") == 1


def test_an_archive_of_which_nothing_can_be_read_is_no_target(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app.zip").write_bytes(b"PK\x03\x04 but no more than that")
    result = run("code", "app.zip")
    assert result.returncode == 2
    assert result.stderr.strip() == "lambdaudit: cannot read app.zip: it is not a zip archive, or its end is missing"


def test_layers_beside_a_template_hide_files_of_earlier_ones(run: Run, source: Path, tmp_path: Path) -> None:
    for name, text in (("one", "VALUE = 1\n"), ("two", "VALUE = 2\n")):
        folder = tmp_path / name / "python"
        folder.mkdir(parents=True)
        (folder / "shared.py").write_text("SAME = True\n")
        (folder / "helper.py").write_text(text)
    layers = "".join(
        f"  {name}: {{Type: AWS::Serverless::LayerVersion, Properties: {{ContentUri: {name}}}}}\n" for name in ("one", "two")
    )
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Main:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      FunctionName: main-fn\n      CodeUri: app\n      Handler: main.handler\n      Runtime: python3.13\n"
        f"      Layers: [!Ref one, !Ref two]\n{layers}"
    )
    run("audit", "template.yaml", "--snapshot", "kept.snapshot.json", "-q")
    told = json.loads(run("code", "main-fn", "--snapshot", "kept.snapshot.json", "--json").stdout)["shadowed"]
    assert [(s["path"], s["what"]) for s in told] == [("/opt/python/helper.py", "a module that the runtime imports")]
    assert (":layer:one" in told[0]["origin"], ":layer:two" in told[0]["by"]) == (True, True)


def test_names_in_variables_of_a_template_are_those_of_its_resources(run: Run, source: Path, tmp_path: Path) -> None:
    (source / "main.py").write_text(
        "import boto3, os\nTABLE = boto3.resource('dynamodb').Table(os.environ['TABLE_NAME'])\n"
        "def handler(event, context):\n    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE_URL'], MessageBody='x')\n"
        "    boto3.client('s3').get_object(Bucket=os.environ['PLACE'], Key='k')\n    return TABLE.get_item(Key={'id': '1'})\n"
    )
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  Main:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      FunctionName: main-fn\n      CodeUri: app\n      Handler: main.handler\n      Runtime: python3.13\n"
        "      Environment: {Variables: {TABLE_NAME: customers, PLACE: somewhere,\n"
        "        QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/111122223333/jobs'}}\n"
    )
    run("audit", "template.yaml", "--snapshot", "kept.snapshot.json", "-q")
    calls = json.loads(run("code", "main-fn", "--snapshot", "kept.snapshot.json", "--json").stdout)["calls"]
    told = {c["operation"]: c["resources"] for c in calls}
    assert told["GetItem"] == ["arn:aws:dynamodb:us-east-1:000000000000:table/customers"]
    assert told["SendMessage"] == ["arn:aws:sqs:us-east-1:111122223333:jobs"]
    assert told["GetObject"][0]["reason"] == "environment variable PLACE"
