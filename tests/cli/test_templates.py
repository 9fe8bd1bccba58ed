"""``lambdaudit audit`` on a folder of templates: findings with their lines, the code beside them, what stays open."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.13, Timeout: 10}
Parameters:
  Stage: {Type: String}
  Image: {Type: String}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Role: !Ref Image
      Environment:
        Variables:
          DB_PASSWORD: hunter2-prod-92!x
          STAGE: !Ref Stage
      FunctionUrlConfig:
        AuthType: NONE
"""
HANDLER = """\
def handler(event, context):
    return eval(event["body"])
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A SAM application with a hole in its template and one in its code."""
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "src" / "app.py").write_text(HANDLER)
    return tmp_path


def report(run: Run, folder: Path, *arguments: str) -> dict[str, object]:
    result = run("audit", ".", "-o", "out.json", *arguments)
    assert result.returncode == 1, result.stderr
    loaded: dict[str, object] = json.loads((folder / "out.json").read_text())
    return loaded


def places(document: dict[str, object]) -> dict[str, str]:
    findings = document["findings"]
    assert isinstance(findings, list)
    return {f["rule"]: f"{f['where']['source']}:{f['where'].get('line')}" for f in findings}


def test_findings_name_the_line_that_the_author_wrote(run: Run, app: Path) -> None:
    found = places(report(run, app))
    assert found["function-url-public"] == "template.yaml:20"
    assert found["environment-secret"] == "template.yaml:17"
    assert found["event-reaches-code-evaluation"] == "src/app.py:2"


def test_what_is_not_decided_stays_open_and_says_how_to_settle_it(run: Run, app: Path) -> None:
    document = report(run, app)
    reasons = " ".join(row["reason"] for row in document["not_assessed"])  # type: ignore[attr-defined]
    assert "Image" in reasons
    assert "role-administrator" not in places(document)


def test_parameters_and_account_are_taken(run: Run, app: Path) -> None:
    document = report(run, app, "--param", "Stage=prod", "--account", "111122223333", "--region", "eu-west-1")
    assert any("arn:aws:lambda:eu-west-1:111122223333:function:" in f["asset"] for f in document["findings"])  # type: ignore[attr-defined]


def test_parameter_files_are_taken_and_a_single_value_counts_more(run: Run, tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "template.yaml").write_text(
        "Parameters:\n  Old: {Type: String}\n  New: {Type: String}\nResources:\n"
        + "".join(
            f"  {name}:\n    Type: AWS::Lambda::Function\n    Properties: {{FunctionName: {name}, Runtime: !Ref {name},"
            " Handler: a.b, Role: 'arn:aws:iam::000000000000:role/r', Code: {ZipFile: 'x=1'}}\n"
            for name in ("Old", "New")
        )
    )
    (tmp_path / "infra" / "main.tf").write_text(
        'variable "runtimes" { type = map(string) }\nresource "aws_lambda_function" "f" {\n  for_each = var.runtimes\n'
        '  function_name = each.key\n  runtime = each.value\n  handler = "a.b"\n  filename = "f.zip"\n'
        '  role = "arn:aws:iam::000000000000:role/r"\n}\n'
    )
    (tmp_path / "p.json").write_text('[{"ParameterKey": "Old", "ParameterValue": "python3.7"}]')
    (tmp_path / "q.yaml").write_text("Old: python3.14\nNew: python3.8\n")
    (tmp_path / "prod.tfvars").write_text('runtimes = { fresh = "python3.14", stale = "nodejs14.x" }\n')
    files = ("--param-file", "q.yaml", "--param-file", "p.json", "--param-file", "prod.tfvars")
    result = run("audit", "infra", *files, "--param", "New=python3.6", "-o", "out.json", "--select", "runtime-deprecated")
    assert result.returncode == 1, result.stderr
    found = {f["asset"].rpartition(":")[2]: f["message"] for f in json.loads((tmp_path / "out.json").read_text())["findings"]}
    assert set(found) == {"Old", "New", "stale"}
    assert "python3.7" in found["Old"]
    assert "python3.6" in found["New"]


def test_a_plan_in_a_folder_is_found_unless_its_configuration_is_there(run: Run, tmp_path: Path) -> None:
    values = {"function_name": "f", "runtime": "python3.7", "handler": "a.b", "role": "arn:aws:iam::123456789012:role/r"}
    row = {"address": "aws_lambda_function.f", "mode": "managed", "type": "aws_lambda_function", "name": "f", "values": values}
    state = {"format_version": "1.0", "terraform_version": "1.9.0", "values": {"root_module": {"resources": [row]}}}
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "show.json").write_text(json.dumps(state))
    result = run("audit", ".", "-v", "--select", "runtime-deprecated")
    assert result.returncode == 1, result.stderr
    assert "f runs on python3.7" in result.stdout
    assert "out/show.json#aws_lambda_function.f" in result.stdout
    (tmp_path / "main.tf").write_text('resource "aws_lambda_function" "g" {\n  function_name = "g"\n}\n')
    result = run("audit", ".", "-o", "out.json", "--select", "runtime-deprecated")
    assert result.returncode == 0
    assert any("out/show.json" in note for note in json.loads((tmp_path / "out.json").read_text())["coverage"]["notes"])


def test_of_a_service_only_what_is_packed_counts_as_its_code(run: Run, tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(
        "service: shop\nuseDotenv: true\nprovider:\n  name: aws\n  runtime: python3.14\n"
        "  environment: {API_PASSWORD: 'Sup3rS3cretPassw0rd!'}\n"
        "package:\n  exclude: ['docs/**']\n  patterns: ['!tests/**', 'tests/kept.py']\n"
        "functions:\n  a:\n    handler: app.handler\n    package: {patterns: ['!notes/**']}\n"
    )
    secret = "PASSWORD = 'Sup3rS3cretPassw0rd!77'\n"
    for name in ("docs/a.py", "tests/b.py", "tests/kept.py", "notes/c.py", "d.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(secret)
    (tmp_path / ".env").write_text("A_PASSWORD=Sup3rS3cretPassw0rd!78\n")
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return 1\n")
    result = run("audit", ".", "-o", "out.json", "--select", "secret-in-code", "--select", "development-files-in-package")
    assert result.returncode == 1, result.stderr
    found = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert {f["where"]["source"] for f in found if f["rule"] == "secret-in-code"} == {"tests/kept.py", "d.py"}
    assert not any("serverless.yml" in f["message"] for f in found)


@pytest.mark.parametrize("name", ["none.json", "odd.json", "none.tfvars"])
def test_a_parameter_file_that_cannot_be_read_is_one_line(run: Run, app: Path, name: str) -> None:
    (app / "odd.json").write_text("[1]")
    result = run("audit", ".", "--param-file", name)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert name in result.stderr


def test_code_is_left_alone_on_request(run: Run, app: Path) -> None:
    assert "event-reaches-code-evaluation" not in places(report(run, app, "--no-code"))


def test_a_snapshot_of_templates_gives_the_same_findings(run: Run, app: Path) -> None:
    first = report(run, app, "--snapshot", "kept.snapshot.json.gz")
    result = run("audit", "kept.snapshot.json.gz", "-o", "again.json")
    assert result.returncode == 1
    again = json.loads((app / "again.json").read_text())
    assert {f["fingerprint"] for f in again["findings"]} == {f["fingerprint"] for f in first["findings"]}  # type: ignore[attr-defined]


def test_one_broken_file_is_one_line_and_the_rest_goes_on(run: Run, app: Path) -> None:
    (app / "broken.yaml").write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources: {A: {Type: AWS::SNS::Topic\n")
    result = run("audit", ".")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "broken.yaml:" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--param", "Stage"), "NAME=VALUE"),
        (("--account", "12"), "twelve digits"),
        (("--profile", "x"), "only goes with the target aws"),
        (("--region", "eu-west-1", "--region", "eu-west-2"), "one region"),
    ],
)
def test_wrong_flags(run: Run, app: Path, arguments: tuple[str, ...], says: str) -> None:
    result = run("audit", ".", *arguments)
    assert result.returncode == 2
    assert says in result.stderr
