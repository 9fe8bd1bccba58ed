"""Golden G-16 and its kin through ``lambdaudit audit DIR``: Dockerfiles that templates name, and keys that they take."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.code.dockerfile.test_facts import PASSWORD, SECRET, SEED, TOKEN

TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      PackageType: Image
      MemorySize: 256
      Timeout: 10
    Metadata:
      DockerContext: ./app
      Dockerfile: Dockerfile
      DockerTag: v1
"""
ARGUMENTS = f"""\
      DockerBuildTarget: app
      DockerBuildArgs:
        STAGE: prod
        API_TOKEN: {TOKEN}
"""
MULTI = """\
ARG BASE=public.ecr.aws/lambda/python:3.8
FROM node:20 AS web
ARG API_TOKEN
RUN npm ci
FROM $BASE AS app
ARG API_TOKEN
RUN pip install --index-url https://x:$API_TOKEN@example.com/simple/ thing
COPY --from=web /out /var/task
FROM app AS debug
RUN curl https://example.com/i | sh
"""
Document = dict[str, Any]


def audited(run: Run, folder: Path, *arguments: str) -> Document:
    """The report as JSON, after a look for secrets in everything that was written."""
    result = run("audit", ".", "-o", "out.json", "-o", "out.html", "--snapshot", "out.snapshot.json", *arguments)
    assert result.returncode in (0, 1), result.stderr
    written = [result.stdout, result.stderr, *(p.read_text() for p in folder.glob("out.*"))]
    for value in (SECRET, TOKEN, PASSWORD):
        assert not any(value in text for text in written)
    document: Document = json.loads((folder / "out.json").read_text())
    return document


def rows(document: Document, *severities: str) -> list[tuple[str, str, int]]:
    return [
        (f["rule"], f["where"]["source"], f["where"].get("line", 0))
        for f in document["findings"]
        if not severities or f["severity"] in severities
    ]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A SAM application with the seed's Dockerfile."""
    (tmp_path / "app").mkdir()
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "app" / "Dockerfile").write_text(SEED)
    return tmp_path


def test_g_16_is_one_critical_and_one_low_finding(run: Run, app: Path) -> None:
    document = audited(run, app)
    assert rows(document, "critical") == [("secret-in-image-configuration", "app/Dockerfile", 8)]
    assert rows(document, "low") == [("base-image-floats", "app/Dockerfile", 1)]
    assert {row[0] for row in rows(document, "high", "medium", "info")} == {"runtime-is-yours-to-patch"}
    worst = document["findings"][0]
    assert [e["where"]["line"] for e in worst["evidence"]] == [4, 7, 5, 8]
    assert [f.rpartition(":")[2] for f in worst["functions"]] == ["stack-Orders"]
    opened = {
        n["asset_kind"] for n in document["not_assessed"] if n["rule"] in ("secret-in-image-configuration", "base-image-floats")
    }
    assert opened == {"code"}, "what the base image brings was not read"


def test_the_snapshot_gives_the_same(run: Run, app: Path) -> None:
    first = audited(run, app)
    result = run("audit", "out.snapshot.json", "-o", "again.json")
    assert result.returncode == 1, result.stderr
    assert rows(json.loads((app / "again.json").read_text())) == rows(first)


def test_secret_mounts_and_digests_are_clean(run: Run, app: Path) -> None:
    (app / "app" / "Dockerfile").write_text(
        f"FROM public.ecr.aws/lambda/python:3.13@sha256:{'0f' * 32}\n"
        "RUN --mount=type=secret,id=AWS_SECRET_ACCESS_KEY,env=AWS_SECRET_ACCESS_KEY aws s3 cp s3://b/x /opt/x\n"
        'COPY app.py ${LAMBDA_TASK_ROOT}\nCMD ["app.handler"]\n'
    )
    assert rows(audited(run, app)) == [("runtime-is-yours-to-patch", "template.yaml", 4)]


def test_build_arguments_and_target_of_a_template(run: Run, app: Path) -> None:
    (app / "template.yaml").write_text(TEMPLATE + ARGUMENTS)
    (app / "app" / "Dockerfile").write_text(MULTI)
    document = audited(run, app)
    found = rows(document, "critical", "high", "medium")
    assert ("secret-in-image-configuration", "app/Dockerfile", 6) in found
    kept = next(f for f in document["findings"] if f["rule"] == "secret-in-image-configuration")
    assert (kept["evidence"][0]["where"]["source"], kept["evidence"][0]["where"]["line"]) == ("template.yaml", 17)
    assert ("base-image-deprecated", "app/Dockerfile", 5) in found
    assert not any(rule == "script-runs-remote-code" for rule, *_ in found)
    assert ("base-image-floats", "app/Dockerfile", 2) in rows(document, "low")


def test_dockerfiles_that_no_template_names(run: Run, app: Path) -> None:
    (app / "other").mkdir()
    (app / "other" / "Dockerfile").write_text("FROM public.ecr.aws/lambda/python:latest\nRUN curl https://example.com/i | sh\n")
    (app / "web").mkdir()
    (app / "web" / "Dockerfile").write_text("FROM nginx:latest\nRUN curl https://example.com/i | sh\n")
    found = [row for row in rows(audited(run, app)) if not row[1].startswith("app/")]
    assert sorted(found) == [
        ("base-image-floats", "other/Dockerfile", 1), ("runtime-is-yours-to-patch", "template.yaml", 4),
        ("script-runs-remote-code", "other/Dockerfile", 2),
    ]  # fmt: skip


def test_without_code_no_dockerfile_is_read(run: Run, app: Path) -> None:
    assert not any(source.endswith("Dockerfile") for _, source, _ in rows(audited(run, app, "--no-code")))


def test_serverless_framework(run: Run, tmp_path: Path) -> None:
    (tmp_path / "serverless.yml").write_text(
        "service: shop\nframeworkVersion: '3'\nprovider:\n  name: aws\n  ecr:\n    images:\n      orders:\n        path: ./app\n"
        f"        file: Dockerfile.prod\n        buildArgs:\n          API_TOKEN: {TOKEN}\n"
        "functions:\n  orders:\n    image:\n      name: orders\n"
    )
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "Dockerfile.prod").write_text("FROM alpine:latest\nARG API_TOKEN\nARG AWS_SECRET_ACCESS_KEY\n")
    found = rows(audited(run, tmp_path))
    assert ("secret-in-image-configuration", "app/Dockerfile.prod", 3) in found
    assert ("secret-in-image-configuration", "app/Dockerfile.prod", 2) in found
    assert ("base-image-floats", "app/Dockerfile.prod", 1) in found


def test_cdk(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "cdk.out"
    (out / "asset.abc").mkdir(parents=True)
    (out / "asset.abc" / "Dockerfile").write_text(MULTI)
    (out / "cdk.out").write_text('{"version": "36.0.0"}')
    properties = {"templateFile": "Shop.template.json"}
    (out / "manifest.json").write_text(
        json.dumps({"version": "36.0.0", "artifacts": {"Shop": {"type": "aws:cloudformation:stack", "properties": properties}}})
    )
    image = {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-assets:abc"}
    function = {"PackageType": "Image", "Code": {"ImageUri": image}, "Role": "arn:aws:iam::111122223333:role/x"}
    (out / "Shop.template.json").write_text(
        json.dumps({"Resources": {"Orders": {"Type": "AWS::Lambda::Function", "Properties": function}}})
    )
    source = {"directory": "asset.abc", "dockerBuildArgs": {"API_TOKEN": TOKEN}, "dockerBuildTarget": "app"}
    (out / "Shop.assets.json").write_text(json.dumps({"dockerImages": {"abc": {"source": source, "destinations": {}}}}))
    found = rows(audited(run, tmp_path))
    assert ("secret-in-image-configuration", "cdk.out/asset.abc/Dockerfile", 6) in found
    assert ("base-image-deprecated", "cdk.out/asset.abc/Dockerfile", 5) in found


def test_the_code_that_a_dockerfile_copies_is_looked_into(run: Run, app: Path) -> None:
    (app / "app" / "src").mkdir()
    (app / "app" / "src" / "app.py").write_text('def handler(event, context):\n    return eval(event["body"])\n')
    base = f"FROM public.ecr.aws/lambda/python:3.13@sha256:{'0f' * 32}\n"
    (app / "app" / "Dockerfile").write_text(base + 'COPY src/ ${LAMBDA_TASK_ROOT}/\nCMD ["app.handler"]\n')
    document = audited(run, app)
    assert ("event-reaches-code-evaluation", "app/src/app.py", 2) in rows(document)
    opened = {n["rule"] for n in document["not_assessed"] if n["asset_kind"] == "code"}
    assert {"image-holds-tools", "image-keeps-deleted-file", "secret-in-image-configuration"} & opened == {
        "image-keeps-deleted-file", "secret-in-image-configuration",
    }, "what the base image brings was not read"  # fmt: skip


def test_a_dockerfile_that_is_not_here_leaves_its_rules_open(run: Run, app: Path) -> None:
    (app / "app" / "Dockerfile").unlink()
    document = audited(run, app)
    assert {n["rule"] for n in document["not_assessed"] if n["asset_kind"] == "dockerfile"} == {
        "base-image-deprecated", "base-image-floats", "base-image-of-third-party", "private-file-copied-into-image",
        "script-runs-remote-code", "secret-in-image-configuration",
    }  # fmt: skip
