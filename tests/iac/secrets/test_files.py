"""Which files are looked at, how they are told, and that no value gets out."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.model.code import CodeSecret
from lambdaudit.model.files import RepositoryFile, Template
from lambdaudit.model.unknown import Unknown
from lambdaudit.secrets import new_key
from lambdaudit.sources.iac.literals import secret_files
from lambdaudit.sources.iac.literals.judging import Judge
from lambdaudit.sources.iac.literals.trees import leaves

from .conftest import Audit

Write = Callable[[str, str], Path]
RULES = ("secret-in-template", "secret-in-state-file", "secret-in-repository-file", "environment-secret", "secret-in-code")
_rng = random.Random(20261122)


def drawn(length: int = 24) -> str:
    """A value that nothing else holds."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    return "Kq7" + "".join(_rng.choice(letters) for _ in range(length))


def told(found: list[dict[str, object]]) -> set[tuple[object, object]]:
    return {(f["rule"], f"{f['where']['source']}:{f['where'].get('line', 0)}") for f in found if f["rule"] in RULES}  # type: ignore[index, attr-defined]


def files(folder: Path) -> dict[str, Template | RepositoryFile]:
    return {a.name: a for a in secret_files(folder)[0] if isinstance(a, Template | RepositoryFile)}


FUNCTION = """
    Parameters:
      DbPassword: {Type: String, NoEcho: true, Default: %s}
    Resources:
      Orders:
        Type: AWS::Lambda::Function
        Properties:
          Runtime: python3.13
          Handler: app.handler
          Role: arn:aws:iam::123456789012:role/orders
          Code: {ZipFile: "def handler(event, context): return 1"}
          Environment:
            Variables:
              DB_PASSWORD: !Ref DbPassword
              API_TOKEN: %s
      Db:
        Type: AWS::RDS::DBInstance
        Properties:
          MasterUserPassword: %s
    """


def test_one_fault_is_one_finding_where_it_is_written(write: Write, audit: Audit) -> None:
    write("template.yaml", FUNCTION % (drawn(), drawn(), "!Ref DbPassword"))
    assert told(audit()) == {("environment-secret", "template.yaml:3"), ("environment-secret", "template.yaml:15")}


def test_the_same_secret_in_a_resource_and_other_files_is_told_there_too(write: Write, audit: Audit) -> None:
    secret = drawn()
    write("template.yaml", FUNCTION % ('""', secret, secret))
    write(".env", f"API_TOKEN={secret}\n")
    found = audit()
    assert told(found) == {
        ("environment-secret", "template.yaml:15"),
        ("secret-in-template", "template.yaml:19"),
        ("secret-in-repository-file", ".env:1"),
    }
    (other,) = [f for f in found if f["rule"] == "secret-in-repository-file"]
    assert {e["where"]["source"] for e in other["evidence"] if "same secret" in e["text"]} == {"template.yaml"}


def test_a_file_of_the_package_is_told_by_the_code(write: Write, audit: Audit) -> None:
    write("template.yaml", FUNCTION.replace('{ZipFile: "def handler(event, context): return 1"}', "src/") % ('""', '""', '""'))
    write("src/app.py", "def handler(event, context):\n    return 1\n")
    write("src/.env", f"API_TOKEN={drawn()}\n")
    assert told(audit()) == {("secret-in-code", "src/.env:1")}
    assert told(audit("--no-code")) == {("secret-in-repository-file", "src/.env:1")}


def test_a_variable_of_a_stage_is_told_by_the_stage(write: Write, audit: Audit) -> None:
    write(
        "template.yaml",
        f"""
        Resources:
          Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Name: orders}}}}
          Stage:
            Type: AWS::ApiGateway::Stage
            Properties: {{RestApiId: !Ref Api, StageName: prod, Variables: {{apiToken: {drawn()}}}}}
        """,
    )
    found = {f["rule"] for f in audit()}
    assert "stage-variable-secret" in found
    assert "secret-in-template" not in found


def test_terraform_state_is_one_finding_and_long_term_keys_are_critical(write: Write, audit: Audit) -> None:
    write("main.tf", 'resource "aws_sqs_queue" "q" {\n  sqs_managed_sse_enabled = true\n}\n')
    attributes = {"id": "AKIA" + "Q3EGWZ5LNHTXMPVA", "secret": drawn(37), "ses_smtp_password_v4": drawn()}
    row = {"type": "aws_iam_access_key", "name": "ci", "instances": [{"attributes": attributes}]}
    state = {"version": 4, "terraform_version": "1.9.5", "serial": 1, "resources": [row]}
    write("terraform.tfstate", json.dumps(state, indent=1))
    (found,) = [f for f in audit() if f["rule"] == "secret-in-state-file"]
    assert found["severity"] == "critical"
    assert found["message"].startswith("terraform.tfstate holds 3 secrets in the clear")


def test_folders_of_tools_and_links_are_left_out(tmp_path: Path) -> None:
    outside = tmp_path / "outside.env"
    outside.write_text(f"API_TOKEN={drawn()}\n")
    root = tmp_path / "root"
    names = (
        "node_modules/x/.env",
        ".git/config.env",
        ".terraform/x.tfvars",
        ".venv/.env",
        "vendor/.npmrc",
        "dist/.env",
        "a/.env",
    )
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"API_TOKEN={drawn()}\n")
    (root / "link.env").symlink_to(outside)
    assert set(files(root)) == {"a/.env"}


def test_what_cannot_be_read_is_unknown(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"TOKEN=\xff\xfe\x00\x81")
    (tmp_path / "empty.ipynb").write_text("")
    (tmp_path / "server.key").write_bytes(b"PK\x03\x04\xff\xff")
    found = files(tmp_path)
    assert isinstance(found[".env"].secrets, Unknown)
    assert found["empty.ipynb"].secrets == ()
    assert found["server.key"].secrets == ()


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("".join(f"API_TOKEN_{n}={drawn()}\n" for n in range(300)))
    (tmp_path / "long.env").write_text("A=1\n" * 300_000)
    assert secret_files(tmp_path)[1] == [
        ".env: only the first 200 secrets are told",
        "long.env: secrets were looked for in the first 1,000,000 characters",
    ]


def test_a_broken_document_is_searched_as_text(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(f"Resources:\n  A: {{Type: AWS::X::Y\n    - [\nDB_PASSWORD: {drawn()}\n")
    secrets = files(tmp_path)["template.yaml"].secrets
    assert isinstance(secrets, tuple)
    assert [s.where.line for s in secrets] == [4]


def test_a_private_key_in_binary_form(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (tmp_path / "deploy.key").write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    secrets = files(tmp_path)["deploy.key"].secrets
    assert isinstance(secrets, tuple)
    assert [s.kind for s in secrets] == ["private-key"]


def canaries(write: Write) -> list[str]:
    """Files of every sort with values of their own."""
    values = [drawn() for _ in range(14)]
    v = iter(values)
    write("template.yaml", FUNCTION % (next(v), next(v), next(v)) + f"    Outputs:\n      Token: {{Value: {next(v)}}}\n")
    write("params.json", json.dumps([{"ParameterKey": "DbPassword", "ParameterValue": next(v)}]))
    write(
        "tf/main.tf",
        f'resource "aws_db_instance" "d" {{\n  password = "{next(v)}"\n}}\nlocals {{\n  api_token = "{next(v)}"\n}}\n',
    )
    write("tf/x.tfvars", f'db_password = "{next(v)}"\n')
    write("tf/terraform.tfstate", json.dumps({"version": 4, "terraform_version": "1", "outputs": {"pw": {"value": next(v)}}}))
    write(".github/workflows/x.yml", f"on: push\nenv:\n  TOKENS: {{{next(v)}: {{token: {next(v)}}}}}\n")
    write(".github/workflows/broken.yml", f"on: push\nenv:\n  API_TOKEN: [ {next(v)}\n")
    write("n.ipynb", json.dumps({"cells": [{"cell_type": "code", "source": [f"password = '{next(v)}'"], "outputs": []}]}))
    write(".env", f"API_TOKEN={next(v)}\n")
    return values


def test_no_value_is_in_any_output(write: Write, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    values = canaries(write)
    out = tmp_path_factory.mktemp("out")
    reports = [out / name for name in ("r.json", "r.html", "r.sarif", "r.md", "r.csv")]
    command = [sys.executable, "-m", "lambdaudit", "audit", ".", "-v", "--fix", "--snapshot", str(out / "s.snapshot.json")]
    done = subprocess.run(
        [*command, *(part for report in reports for part in ("-o", str(report)))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert done.returncode == 1, done.stderr
    texts = {path.name: path.read_text("utf-8") for path in out.iterdir()} | {"stdout": done.stdout, "stderr": done.stderr}
    assert len(texts) == len(reports) + 3
    assert [(name, value) for name, text in texts.items() for value in values if value in text] == []
    rules = {f["rule"] for f in json.loads(texts["r.json"])["findings"]}
    assert rules >= {"secret-in-template", "secret-in-state-file", "secret-in-repository-file", "environment-secret"}


def test_a_snapshot_gives_the_same_report_every_time(write: Write, tmp_path: Path, audit: Audit) -> None:
    canaries(write)
    found = audit("--snapshot", "s.snapshot.json")
    again = [audit(target="s.snapshot.json") for _ in range(2)]
    assert again[0] == again[1]
    in_files = {"secret-in-template", "secret-in-state-file", "secret-in-repository-file"}
    assert {one for one in told(again[0]) if one[0] in in_files} == {one for one in told(found) if one[0] in in_files}


_KEYS = st.sampled_from(["password", "ApiToken", "Default", "Value", "Fn::Join", "Fn::Sub", "Ref", "Type", "x", "dev"]) | st.text(
    max_size=8
)
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=20,
)


def test_a_document_about_templates_is_no_template(tmp_path: Path) -> None:
    told_about = {"Checks": [{"Resources": "AWS::RDS::DBInstance", "How": f"Set it:\npassword: {drawn()}\n"}]}
    (tmp_path / "checks.json").write_text(json.dumps(told_about))
    assert files(tmp_path) == {}


def test_names_that_tools_draw_are_no_secrets(tmp_path: Path) -> None:
    resources = {f"OneLambdaVersion{drawn(40)}": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": "one"}}}
    (tmp_path / "template.json").write_text(json.dumps({"Resources": resources}))
    assert files(tmp_path)["template.json"].secrets == ()


def test_odd_shapes_are_judged() -> None:
    tree = {"p": {"Type": {"a": 1}, "type": ["x"], "Name": ["y"], "Value": "x", "NoEcho": [], "Default": {"Fn::Join": 3}}}
    assert Judge(new_key()).secrets(leaves({"Resources": tree, "resource": [tree]}), "x.yaml", "") == ()


@given(_TREES)
@settings(max_examples=150, deadline=None)
def test_any_tree_can_be_judged(tree: object) -> None:
    for secret in Judge(new_key()).secrets(leaves(tree), "x.yaml", ""):
        assert isinstance(secret, CodeSecret)


@given(st.text("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMN23456789!#%", min_size=12, max_size=40))
@settings(max_examples=150, deadline=None)
def test_a_fact_does_not_hold_its_value(value: str) -> None:
    tree = {"Resources": {"Db": {"Properties": {"MasterUserPassword": value, "Users": [{"Name": "token", "Value": value}]}}}}
    for secret in Judge(new_key()).secrets(leaves(tree), "x.yaml", ""):
        assert value not in msgspec.json.encode(secret).decode()


def test_outputs_that_print_a_secret(write: Write, audit: Audit) -> None:
    write(
        "template.yaml",
        """
        Parameters:
          DbPassword: {Type: String, NoEcho: true}
          Stage: {Type: String, Default: dev}
        Resources:
          Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: ci}}
          Queue: {Type: AWS::SQS::Queue}
        Outputs:
          Dsn: {Value: !Sub "postgres://app:${DbPassword}@db/${Stage}"}
          Password: {Value: !Ref DbPassword}
          CiSecret: {Value: !GetAtt Key.SecretAccessKey}
          CiId: {Value: !Ref Key}
          Url: {Value: !GetAtt Queue.QueueUrl}
          Name: {Value: !Join ["-", [!Ref Stage, queue]]}
        """,
    )
    found = {(f["message"], f["severity"]) for f in audit() if f["rule"] == "output-discloses-secret"}
    assert found == {
        ("template.yaml:9 puts out the hidden parameter DbPassword as Dsn", "medium"),
        ("template.yaml:10 puts out the hidden parameter DbPassword as Password", "medium"),
        ("template.yaml:11 puts out the SecretAccessKey of Key as CiSecret", "high"),
    }


def test_what_a_packaging_tool_made_is_not_told_twice(tmp_path: Path) -> None:
    text = f"Resources:\n  Db: {{Type: AWS::RDS::DBInstance, Properties: {{MasterUserPassword: {drawn()}}}}}\n"
    (tmp_path / "template.yaml").write_text(text)
    (tmp_path / "packaged.yaml").write_text(text)
    (tmp_path / "packaged-other.yaml").write_text(text.replace("Kq7", "Qk7"))
    assert set(files(tmp_path)) == {"template.yaml", "packaged-other.yaml"}
