"""The resolver suite: what expressions of CloudFormation give, as far as it can be known before a deployment."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.model.snapshot import decode, encode
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation import read_cloudformation
from lambdaudit.sources.cloudformation.template import read_template
from lambdaudit.sources.iac.documents import DocumentError, parse
from lambdaudit.sources.iac.resources import Options, Read
from lambdaudit.sources.iac.values import OneOf, Ref, Text

from .judging import judge

HEAD = """
Parameters:
  Stage: {Type: String, Default: dev}
  Open: {Type: String}
  Choice: {Type: String, AllowedValues: [a, b]}
  Zones: {Type: CommaDelimitedList, Default: "x, y,z"}
  Count: {Type: Number, Default: 3}
  Ami: {Type: "AWS::SSM::Parameter::Value<String>", Default: /aws/service/x}
  Password: {Type: String, NoEcho: true}
Mappings:
  Sizes:
    dev: {memory: 128, list: [p, q]}
    prod: {memory: 512, list: [r]}
  Regions:
    us-east-1: {ami: ami-1}
    eu-west-1: {ami: ami-2}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Equals [!Ref Stage, prod]
  IsOpen: !Equals [!Ref Open, x]
  Either: !Or [!Condition IsOpen, !Condition IsDev]
  Both: !And [!Condition IsOpen, !Condition IsProd]
  Neither: !Not [!Condition IsOpen]
  Loop: !Not [!Condition Loop]
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Subject:
    Type: AWS::Test::Thing
    Properties:
      Value: """


def _read(tmp_path: Path, text: str, **options: Any) -> Read:
    path = tmp_path / "template.yaml"
    path.write_text(text, "utf-8")
    return read_template(path, Options(tmp_path, **options), stack="app")


def _value(tmp_path: Path, expression: str, **options: Any) -> Any:
    read = _read(tmp_path, HEAD + expression + "\n", **options)
    (subject,) = (r for r in read.resources if r.where.subject == "Subject")
    return subject.properties.get("Value", "absent")


KNOWN = [
    ("!Ref Stage", "dev"),
    ("!Sub '${Stage}-orders'", "dev-orders"),
    ("!Sub ['${Stage}-${Other}', {Other: !Ref Count}]", "dev-3"),
    ("!Sub '${!Literal}-${AWS::StackName}'", "${Literal}-app"),
    ("!Sub 'arn:${AWS::Partition}:s3:::b/${AWS::AccountId}'", "arn:aws:s3:::b/000000000000"),
    ("!Join ['-', [a, !Ref Stage, !Ref Count]]", "a-dev-3"),
    ("!Join [',', !Ref Zones]", "x,y,z"),
    ("!Select [1, !Ref Zones]", "y"),
    ("!Select [1, !Split ['/', 'a/b/c']]", "b"),
    ("!If [IsDev, one, two]", "one"),
    ("!If [IsProd, one, two]", "two"),
    ("!If [Either, one, two]", "one"),
    ("!If [Both, one, two]", "two"),
    ("!If [IsOpen, same, same]", "same"),
    ("!If [IsProd, x, !Ref AWS::NoValue]", "absent"),
    ("!FindInMap [Sizes, !Ref Stage, memory]", 128),
    ("!FindInMap [Sizes, nowhere, memory, {DefaultValue: 7}]", 7),
    ("!Select [0, !FindInMap [Sizes, dev, list]]", "p"),
    ("!Base64 abc", "YWJj"),
    ("!Select [1, !Cidr [10.0.0.0/16, 4, 8]]", "10.0.1.0/24"),
    ("!Select [0, !GetAZs '']", "us-east-1a"),
    ("!Length [a, b]", 2),
    ("!ToJsonString {a: [1, !Ref Stage]}", '{"a": [1, "dev"]}'),
    ("[a, !If [IsProd, b, !Ref AWS::NoValue], c]", ["a", "c"]),
    ("{Fn::Equals: [a, a]}", True),
    ("!Ref Queue", Ref("template.yaml#Queue")),
    ("!GetAtt Queue.Arn", Ref("template.yaml#Queue", "Arn")),
    ('{"Fn::GetAtt": [{"Fn::Join": ["", [Que, ue]]}, Arn]}', Ref("template.yaml#Queue", "Arn")),
    ("!Sub '${Queue.Arn}'", Ref("template.yaml#Queue", "Arn")),
]


@pytest.mark.parametrize(("expression", "wanted"), KNOWN)
def test_known(tmp_path: Path, expression: str, wanted: object) -> None:
    found = _value(tmp_path, expression)
    if isinstance(wanted, Ref):
        assert (found.address, found.attribute) == (wanted.address, wanted.attribute)
    else:
        assert found == wanted


OPEN = [
    ("!Ref Open", "the parameter Open has no default (give --param Open=…)"),
    ("!Ref Ami", "Parameter Store (/aws/service/x)"),
    ("!Ref Password", "hidden (NoEcho)"),
    ("!Ref Nobody", "no parameter or resource is called so"),
    ("!ImportValue other-arn", "the export other-arn of another stack"),
    ("!Select [9, [a]]", "member 9 of 1"),
    ("!FindInMap [Nothing, a, b]", "no mapping"),
    ("!Nonsense [a]", "Fn::Nonsense is not known"),
    ("!Cidr [10.0.0.0/30, 200, 8]", "arguments that it does not take"),
    ("{Fn::Transform: {Name: Ours}}", "the macro Ours decides"),
]


@pytest.mark.parametrize(("expression", "reason"), OPEN)
def test_open(tmp_path: Path, expression: str, reason: str) -> None:
    found = _value(tmp_path, expression)
    assert isinstance(found, Unknown), found
    assert reason in found.reason


def test_hole_costs_one_part_of_a_text(tmp_path: Path) -> None:
    found = _value(tmp_path, "!Sub 'arn:aws:s3:::${Open}/*'")
    assert isinstance(found, Text)
    assert (found.parts[0], found.parts[2]) == ("arn:aws:s3:::", "/*")


def test_undecided_condition_gives_both_values(tmp_path: Path) -> None:
    found = _value(tmp_path, "!Sub ['${A}-x', {A: !If [IsOpen, one, two]}]")
    assert isinstance(found, OneOf)
    assert dict(found.options) == {"IsOpen": "one-x", "not IsOpen": "two-x"}


def test_allowed_values_are_the_choices(tmp_path: Path) -> None:
    found = _value(tmp_path, "!Ref Choice")
    assert dict(found.options) == {"Choice=a": "a", "Choice=b": "b"}
    assert _value(tmp_path, "{Fn::Equals: [!Ref Choice, c]}") is False


def test_given_parameters_decide(tmp_path: Path) -> None:
    assert _value(tmp_path, "!If [IsProd, one, two]", parameters={"Stage": "prod"}) == "one"
    assert _value(tmp_path, "!Join ['', !Ref Zones]", parameters={"Zones": "m,n"}) == "mn"


def test_placeholder_region_decides_nothing(tmp_path: Path) -> None:
    by_region = "!FindInMap [Regions, !Ref AWS::Region, ami]"
    assert isinstance(_value(tmp_path, by_region), OneOf)
    assert _value(tmp_path, by_region, region="eu-west-1") == "ami-2"
    assert isinstance(_value(tmp_path, "{Fn::Equals: [!Ref AWS::Region, us-east-1]}"), Unknown)
    assert _value(tmp_path, "{Fn::Equals: [!Ref AWS::Region, us-east-1]}", region="eu-west-1") is False


def test_conditional_resources(tmp_path: Path) -> None:
    text = """
Parameters: {Open: {Type: String}}
Conditions:
  Never: !Equals [a, b]
  Perhaps: !Equals [!Ref Open, b]
Resources:
  Gone: {Type: AWS::SQS::Queue, Condition: Never}
  Here: {Type: AWS::SQS::Queue, Condition: Perhaps}
"""
    read = _read(tmp_path, text)
    assert [r.where.subject for r in read.resources] == ["Here"]
    assert read.resources[0].undecided is not None
    assert "Open" in read.resources[0].undecided.reason


def test_loops_are_written_out(tmp_path: Path) -> None:
    text = """
Transform: AWS::LanguageExtensions
Parameters: {Names: {Type: CommaDelimitedList, Default: "One,Two-2"}}
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue&{Name}:
        Type: AWS::SQS::Queue
        Properties: {QueueName: !Sub "jobs-${Name}", Tags: [{Key: n, Value: !Ref Name}]}
"""
    read = _read(tmp_path, text)
    assert [(r.where.subject, r.properties["QueueName"]) for r in read.resources] == [
        ("QueueOne", "jobs-One"),
        ("QueueTwo2", "jobs-Two-2"),
    ]
    assert read.resources[1].properties["Tags"][0]["Value"] == "Two-2"
    assert read.resources[0].where.line == 8


def test_loop_over_an_unknown_list_is_told(tmp_path: Path) -> None:
    text = """
Parameters: {Names: {Type: CommaDelimitedList}}
Resources:
  Fn::ForEach::Queues: [Name, !Ref Names, {"Q${Name}": {Type: AWS::SQS::Queue}}]
  Other: {Type: AWS::SQS::Queue}
"""
    read = _read(tmp_path, text)
    assert [r.where.subject for r in read.resources] == ["Other"]
    assert any("Fn::ForEach::Queues" in note and "--param Names" in note for note in read.notes)


def test_nested_stack_with_parameters_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "template.yaml").write_text("""
Parameters: {Prefix: {Type: String}, Target: {Type: String}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Prefix}-jobs"}}
  Policy: {Type: AWS::SQS::QueuePolicy, Properties: {Queues: [!Ref Target]}}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn}
""")
    text = """
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: child/template.yaml
      Parameters: {Prefix: app, Target: !Ref Own}
  Own: {Type: AWS::SQS::Queue}
  User: {Type: AWS::Test::Thing, Properties: {Arn: !GetAtt Child.Outputs.Arn, Bad: !GetAtt Child.Outputs.No}}
"""
    read = _read(tmp_path, text)
    by_address = {r.address: r for r in read.resources}
    queue = by_address["template.yaml#Child/Queue"]
    assert queue.properties["QueueName"] == "app-jobs"
    assert (queue.where.source, queue.where.line) == ("child/template.yaml", 4)
    assert by_address["template.yaml#Child/Policy"].properties["Queues"][0].address == "template.yaml#Own"
    assert by_address["template.yaml#User"].properties["Arn"].address == "template.yaml#Child/Queue"
    assert isinstance(by_address["template.yaml#User"].properties["Bad"], Unknown)
    assert read.nested == {tmp_path / "child" / "template.yaml"}


@pytest.mark.parametrize("url", ["../outside.yaml", "https://s3.amazonaws.com/b/t.yaml", "/etc/passwd", "template.yaml", "\x00"])
def test_nested_stack_elsewhere_is_noted(tmp_path: Path, url: str) -> None:
    (tmp_path / "outside.yaml").write_text("Resources: {Secret: {Type: AWS::SQS::Queue}}\n")
    inner = tmp_path / "in"
    inner.mkdir()
    quoted = url.replace("\x00", "\\0")
    read = _read(inner, f'Resources: {{Child: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: "{quoted}"}}}}}}\n')
    assert [r.where.subject for r in read.resources] == ["Child"]
    assert any("the nested stack Child is not read" in note for note in read.notes)


def test_stacks_and_snippets_that_multiply_end(tmp_path: Path) -> None:
    for level in range(5):
        children = "".join(
            f"  C{n}: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: t{level + 1}.yaml}}}}\n" for n in range(12)
        )
        (tmp_path / f"t{level}.yaml").write_text(f"Resources:\n{children}")
    (tmp_path / "t5.yaml").write_text("Resources: {Q: {Type: AWS::SQS::Queue}}\n")
    include = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: self.yaml}}}"
    (tmp_path / "self.yaml").write_text(f"A: {include}\nB: {include}\n")
    top = "  T: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t0.yaml}}"
    text = f"Resources:\n{top}\n  Q: {{Type: A, Properties: {include}}}\n"
    read = _read(tmp_path, text)
    assert read.stacks > 200
    assert any("more than 200 stacks" in note for note in read.notes)
    assert len(read.resources) < 3_000


def test_more_sam_resources_than_can_be_deployed_are_unknown(tmp_path: Path) -> None:
    tables = "".join(f"  T{n}: {{Type: AWS::Serverless::SimpleTable}}\n" for n in range(601))
    read = _read(tmp_path, f"Resources:\n  Q: {{Type: AWS::SQS::Queue}}\n{tables}")
    assert sum(resource.unknown is not None for resource in read.resources) == 601
    assert next(resource for resource in read.resources if resource.where.subject == "Q").unknown is None


def test_include_of_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("Second: {Type: AWS::SQS::Queue}\n")
    text = """
Resources:
  Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}
  First: {Type: AWS::SQS::Queue}
"""
    read = _read(tmp_path, text)
    assert {(r.where.subject, r.where.source) for r in read.resources} == {("First", "template.yaml"), ("Second", "more.yaml")}


def test_macro_over_the_template_leaves_resources_unknown(tmp_path: Path) -> None:
    read = _read(tmp_path, "Transform: [Ours]\nResources: {Q: {Type: AWS::SQS::Queue}}\n")
    assert read.resources[0].unknown is not None
    assert "the macro Ours" in read.resources[0].unknown.reason


def test_secrets_manager_transform_changes_nothing(tmp_path: Path) -> None:
    read = _read(tmp_path, "Transform: AWS::SecretsManager-2024-09-16\nResources: {Q: {Type: AWS::SQS::Queue}}\n")
    assert read.resources[0].unknown is None


HOSTILE = [
    "Resources: []",
    "- a",
    "",
    "Resources: {A: null}",
    "Resources: {A: {Type: [x]}}",
    "Resources: {A: {Type: AWS::SQS::Queue, Properties: [1]}}",
    "Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: 5, Environment: [1], Role: {a: b}}}}",
    "Parameters: [1]\nConditions: 5\nMappings: x\nOutputs: 3\nResources: {A: {Type: AWS::SQS::Queue, Condition: C}}",
    "Resources: {A: {Type: AWS::SQS::Queue, Properties: {Q: {Ref: [1]}, R: {Fn::Sub: 5}, S: {Fn::Join: x}}}}",
    "Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: {Ref: A}}}}",
    "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Function}}",
    "Transform: AWS::Serverless-2016-10-31\nGlobals: 5\nResources: {A: {Type: AWS::Serverless::Function, Properties: 7}}",
    "Transform: AWS::Serverless-2016-10-31\nResources: {A: {Type: AWS::Serverless::Api, Properties: {Auth: [1], StageName: {}}}}",
    "Transform: {Name: x}\nResources: {A: {Type: AWS::SQS::Queue}}",
    "Outputs: {O: {Export: 5}, P: {Value: 1, Export: {Name: {Ref: O}}}}\nResources: {A: {Type: AWS::SQS::Queue}}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_malformed_template_is_read_or_refused_in_one_line(tmp_path: Path, text: str) -> None:
    problem = ""
    try:
        _read(tmp_path, text)
    except DocumentError as error:
        problem = str(error)
    assert "\n" not in problem
    assert not problem or problem.startswith("template.yaml:")


def test_expressions_that_double_each_other_end(tmp_path: Path) -> None:
    lines = "".join(
        f"  C{n}: !Or [!Condition C{n - 1}, !Condition C{n - 1}]\n" if n else "  C0: !Equals [!Ref P, x]\n" for n in range(60)
    )
    doubled = "!Join ['', [!Ref P, x]]"
    for _ in range(20):
        doubled = f"!Join ['', [{doubled}, {doubled}]]" if len(doubled) < 20_000 else doubled
    text = f"Parameters: {{P: {{Type: String}}}}\nConditions:\n{lines}Resources:\n  A:\n    Type: AWS::T::T\n    Condition: C59\n"
    read = _read(tmp_path, f"{text}    Properties: {{V: {doubled}}}\n")
    assert len(read.resources) == 1


FUNCTIONS = [
    "Ref",
    "Fn::Sub",
    "Fn::If",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::GetAtt",
    "Fn::FindInMap",
    "Fn::Cidr",
    "Fn::Equals",
    "Fn::Transform",
    "Fn::Length",
    "Fn::ToJsonString",
    "Fn::Base64",
    "Name",
    "Type",
    "Properties",
    "Statement",
    "Effect",
    "Principal",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.sampled_from(["A", "B", "AWS::Region", "AWS::NoValue", "${A}", "${A.Arn}${B}", "{{resolve:ssm:x}}", "", "Allow"])
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FUNCTIONS), inner, max_size=3),
    max_leaves=20,
)
NAMES = [
    "Role",
    "Code",
    "Environment",
    "Policies",
    "PolicyDocument",
    "FunctionName",
    "Principal",
    "Queues",
    "Body",
    "Tags",
    "AssumeRolePolicyDocument",
    "Timeout",
    "Layers",
    "VpcConfig",
    "KeyPolicy",
    "Targets",
    "EventPattern",
    "CodeUri",
    "Events",
    "Subscription",
    "NotificationConfiguration",
    "Auth",
    "StageName",
]
PROPERTIES = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=5)
TYPES = st.sampled_from(
    [
        "Lambda::Function",
        "Lambda::Permission",
        "Lambda::Version",
        "Lambda::Alias",
        "Lambda::Url",
        "IAM::Role",
        "IAM::Policy",
        "SQS::Queue",
        "SQS::QueuePolicy",
        "S3::Bucket",
        "SNS::Topic",
        "Events::Rule",
        "KMS::Key",
        "ApiGateway::RestApi",
        "ApiGatewayV2::Route",
        "Serverless::Function",
        "Serverless::Api",
        "DynamoDB::GlobalTable",
        "EC2::SecurityGroup",
        "Events::EventBusPolicy",
    ]
)


@settings(max_examples=120, deadline=None)
@given(a=TYPES, b=TYPES, first=PROPERTIES, second=PROPERTIES, condition=JSON)
def test_any_template_is_judged(
    tmp_path_factory: pytest.TempPathFactory, a: str, b: str, first: object, second: object, condition: object
) -> None:
    """Whatever stands in a template, it becomes an inventory that a snapshot can hold."""
    template = {
        "Conditions": {"C": condition},
        "Resources": {
            "A": {"Type": f"AWS::{a}", "Properties": first},
            "B": {"Type": f"AWS::{b}", "Properties": second, "Condition": "C"},
        },
    }
    path = tmp_path_factory.mktemp("any") / "template.json"
    path.write_text(json.dumps(template), "utf-8")
    inventory = read_cloudformation(path).inventory(source="test")
    assert encode(decode(encode(inventory))) == encode(inventory)


PLANTED = [
    json.dumps(parse((Path(__file__).parent / "cases" / name).read_text("utf-8"), name).value)
    for name in ("planted.yaml", "more.yaml")
]
JUNK: list[Any] = [
    None,
    True,
    5,
    "x",
    "",
    [],
    {},
    [None],
    [[]],
    [{"Ref": "Jobs"}],
    {"Ref": "Orders"},
    {"Fn::If": ["C", 1, 2]},
    "arn:aws:",
]


def _spots(value: Any, spots: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        spots.append((value, key))
        _spots(inner, spots)
    return spots


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    text=st.sampled_from(PLANTED),
    changes=st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from(JUNK)), min_size=1, max_size=8),
)
def test_damaged_template_is_judged(tmp_path_factory: pytest.TempPathFactory, text: str, changes: list[tuple[int, Any]]) -> None:
    """A template in which anything was replaced by anything still becomes an inventory that rules can judge."""
    template = json.loads(text)
    for number, junk in changes:
        spots = _spots(template, [])
        if spots:
            holder, key = spots[number % len(spots)]
            holder[key] = deepcopy(junk)
    path = tmp_path_factory.mktemp("damaged") / "template.json"
    path.write_text(json.dumps(template), "utf-8")
    report = judge(read_cloudformation(path))
    assert [row for row in report.not_assessed if row.status.value == "error"] == []
