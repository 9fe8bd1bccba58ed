"""Configurations in a folder: what is found, what is read once only, and that one bad file stops no other."""

import json
import os
from pathlib import Path

import pytest

from lambdaudit.model.functions import Function
from lambdaudit.model.resources import Queue
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.parameters import parameters_from_file, sam_settings
from lambdaudit.sources.iac.discover import find, read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import Options

from .judging import findings

QUEUE = "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n"


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _read(root: Path, **options: object) -> Lifted:
    return read_directory(root, Options(root, **options))  # type: ignore[arg-type]


def test_what_is_a_configuration(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "a/template.yaml": QUEUE,
            "b/stack.json": json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}),
            "c/odd.template": QUEUE,
            "tf/main.tf": 'resource "aws_sqs_queue" "q" {}',
            "sls/serverless.yml": "service: x\n",
            "app/cdk.out/cdk.out": "{}",
            "app/cdk.out/manifest.json": "{}",
            "app/cdk.out/S.template.json": "{}",
            "docker-compose.yml": "services: {a: {image: x}}\n",
            "values.yaml": "Resources: none\n",
            "node_modules/x/template.yaml": QUEUE,
            ".aws-sam/build/template.yaml": QUEUE,
            ".git/template.yaml": QUEUE,
        },
    )
    os.symlink(tmp_path / "a", tmp_path / "linked")
    found, notes = find(tmp_path)
    assert [(one.kind, one.path.relative_to(tmp_path).as_posix()) for one in found] == [
        ("cloudformation", "a/template.yaml"),
        ("cdk", "app/cdk.out"),
        ("cloudformation", "b/stack.json"),
        ("cloudformation", "c/odd.template"),
        ("serverless", "sls/serverless.yml"),
        ("terraform", "tf"),
    ]
    assert notes == []


def test_format_without_a_reader_is_noted(tmp_path: Path) -> None:
    _write(tmp_path, {"main.tf": "", "q.yaml": QUEUE})
    root = Options(tmp_path)
    from lambdaudit.sources.iac.discover import readers

    lifted = read_directory(tmp_path, root, using={"cloudformation": readers()["cloudformation"]})
    assert [a.where.source for a in lifted.assets if isinstance(a, Queue)] == ["q.yaml"]
    assert any("of the kind terraform, which is not read" in note for note in lifted.notes)


def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "bad.yaml": "Resources:\n  A: [AWS::SQS::Queue\n",
            "worse.json": '{"Resources": {"A": {"Type": "AWS::SQS::Queue"},}',
            "good.yaml": QUEUE,
        },
    )
    lifted = _read(tmp_path)
    assert [a.where.source for a in lifted.assets if isinstance(a, Queue)] == ["good.yaml"]
    assert [error.split(": ")[0] for error in lifted.errors] == ["bad.yaml:3", "worse.json:1"]
    inventory = lifted.inventory(source="x")
    assert not inventory.coverage.complete
    assert set(lifted.errors) <= set(inventory.coverage.notes)


def test_file_of_another_kind_is_no_error(tmp_path: Path) -> None:
    body = "openapi: 3.0.1\ninfo: {description: 'Resources of ${AWS::Region}'}\npaths: {}\n"
    _write(tmp_path, {"api.yaml": body, "q.yaml": QUEUE})
    assert _read(tmp_path).errors == []
    alone = read_directory(tmp_path / "api.yaml", Options(tmp_path))
    assert alone.errors == ["api.yaml:1: is no CloudFormation template: it has no Resources of AWS"]


def test_nested_template_is_read_once_and_with_its_parameters(tmp_path: Path) -> None:
    child = (
        "Parameters: {Name: {Type: String}}\nResources:\n  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}\n"
    )
    parent = (
        "Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n"
        "    Properties: {TemplateURL: ./child.yaml, Parameters: {Name: orders}}\n"
    )
    _write(tmp_path, {"child.yaml": child, "root.yaml": parent})
    assert [a.name for a in _read(tmp_path).assets if isinstance(a, Queue)] == ["orders"]


def test_exports_settle_imports_of_other_templates(tmp_path: Path) -> None:
    provider = (
        "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\nOutputs:\n  Arn: {Value: !GetAtt Jobs.Arn, Export: {Name: jobs-arn}}\n"
    )
    user = (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n"
        "    Properties: {DeadLetterConfig: {TargetArn: !ImportValue jobs-arn}}\n"
        "  Lost:\n    Type: AWS::Lambda::Function\n"
        "    Properties: {DeadLetterConfig: {TargetArn: !ImportValue nobodys-arn}}\n"
    )
    _write(tmp_path, {"a-user.yaml": user, "provider.yaml": provider})
    assets = _read(tmp_path).assets
    (queue,) = (a for a in assets if isinstance(a, Queue))
    targets = {a.where.subject: a.dead_letter for a in assets if isinstance(a, Function)}
    assert targets["Fn"] == queue.id
    assert isinstance(targets["Lost"], Unknown)


def test_samconfig_gives_parameters_and_the_name_of_the_stack(tmp_path: Path) -> None:
    template = (
        "Parameters: {Stage: {Type: String}}\nResources:\n"
        "  Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Stage}}\n  R: {Type: AWS::SQS::Queue}\n"
    )
    settings = (
        'version = 0.1\n[default.global.parameters]\nstack_name = "shop"\nregion = "eu-west-1"\n'
        '[default.deploy.parameters]\nparameter_overrides = "Stage=prod Other=\\"a b\\""\n'
    )
    _write(tmp_path, {"template.yaml": template, "samconfig.toml": settings})
    assert {a.name for a in _read(tmp_path).assets if isinstance(a, Queue)} == {"prod", "shop-R"}
    assert {a.name for a in _read(tmp_path, parameters={"Stage": "dev"}).assets if isinstance(a, Queue)} == {"dev", "shop-R"}
    assert sam_settings(tmp_path / "samconfig.toml").parameters == {"Stage": "prod", "Other": "a b"}


def test_packaged_copy_of_a_template_is_left_out(tmp_path: Path) -> None:
    _write(tmp_path, {"template.yaml": QUEUE, "packaged.yaml": QUEUE, "other-packaged.yaml": QUEUE.replace("Jobs", "Own")})
    lifted = _read(tmp_path)
    assert {a.where.source for a in lifted.assets if isinstance(a, Queue)} == {"template.yaml", "other-packaged.yaml"}
    assert any(note.startswith("packaged.yaml: is left out") for note in lifted.notes)


def test_same_name_in_two_templates_loses_no_finding(tmp_path: Path) -> None:
    template = "Resources:\n  Fn: {Type: AWS::Lambda::Function, Properties: {FunctionName: same, Runtime: python3.7}}\n"
    _write(tmp_path, {"eu.yaml": template, "us.yaml": template})
    found = [f for f in findings(_read(tmp_path)) if f.rule == "runtime-deprecated"]
    assert {f.where.source for f in found} == {"eu.yaml", "us.yaml"}


def test_equal_folders_give_equal_inventories(tmp_path: Path) -> None:
    from lambdaudit.model.snapshot import encode

    files = {"z.yaml": QUEUE, "a.yaml": QUEUE, "m/template.yaml": QUEUE}
    made = []
    # Neither the order of the files nor the name of the checkout counts.
    for order, folder in ((list(files), "here"), (sorted(files), "there")):
        _write(tmp_path / folder, {name: files[name] for name in order})
        made.append(encode(_read(tmp_path / folder).inventory(source="test")))
    assert made[0] == made[1]


def test_one_file_is_read_like_a_folder(tmp_path: Path) -> None:
    _write(tmp_path, {"q.yaml": QUEUE, "other.yaml": QUEUE})
    lifted = read_directory(tmp_path / "q.yaml", Options(tmp_path))
    assert [a.where.source for a in lifted.assets if isinstance(a, Queue)] == ["q.yaml"]


def test_no_such_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="is no folder"):
        read_directory(tmp_path / "nowhere", Options(tmp_path))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cli.json", '[{"ParameterKey": "Stage", "ParameterValue": "prod"}, {"ParameterKey": "Count", "ParameterValue": "3"}]'),
        ("pipeline.json", '{"Parameters": {"Stage": "prod", "Count": 3}, "Tags": {"a": "b"}}'),
        ("plain.yaml", "Stage: prod\nCount: 3\n"),
        ("pairs.json", '["Stage=prod", "Count=3"]'),
        (
            "input.yaml",
            "StackName: a\nParameters:\n- {ParameterKey: Stage, ParameterValue: prod}\n"
            "- {ParameterKey: Count, ParameterValue: 3}\n- {ParameterKey: Kept, UsePreviousValue: true}\n",
        ),
        ("git-sync.yaml", "template-file-path: a.yaml\nparameters: {Stage: prod, Count: 3}\ntags: {a: b}\n"),
        ("samconfig.yaml", "version: 0.1\ndefault: {deploy: {parameters: {parameter_overrides: [Stage=prod, Count=3]}}}\n"),
        ("samconfig.toml", '[default.deploy.parameters]\nparameter_overrides = ["Stage=prod", "Count=3"]\n'),
        (
            "old.toml",
            '[default.deploy.parameters]\nparameter_overrides = "ParameterKey=Stage,ParameterValue=prod '
            'ParameterKey=Count,ParameterValue=3"\n',
        ),
    ],
)
def test_parameter_files(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, {name: text})
    assert parameters_from_file(tmp_path / name) == {"Stage": "prod", "Count": "3"}


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "[1]"), ("b.toml", "x = ["), ("c.yaml", "- a: 1"), ("d.json", '{"a": {"b": 1}}')]
)
def test_bad_parameter_file_is_one_line(tmp_path: Path, name: str, text: str) -> None:
    _write(tmp_path, {name: text})
    with pytest.raises(DocumentError) as error:
        parameters_from_file(tmp_path / name)
    assert "\n" not in str(error.value)


def test_templates_and_terraform_of_one_folder_are_judged_together(tmp_path: Path) -> None:
    terraform = 'resource "aws_sqs_queue" "jobs" {\n  name = "jobs"\n}\n'
    template = (
        "Resources:\n  Fn:\n    Type: AWS::Lambda::Function\n    Properties:\n"
        '      DeadLetterConfig: {TargetArn: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:jobs"}\n'
    )
    _write(tmp_path, {"infra/main.tf": terraform, "template.yaml": template})
    inventory = _read(tmp_path).inventory(source="x")
    (function,) = inventory.of(Function)
    assert isinstance(inventory.find(Queue, str(function.dead_letter)), Queue)
    assert {asset.where.source for asset in inventory.of(Queue)} == {"infra/main.tf"}
