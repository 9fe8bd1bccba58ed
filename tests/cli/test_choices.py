"""``lambdaudit audit`` on templates that leave choices open: what holds in every case is said, the rest names its witness."""

import itertools
import json
import textwrap
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.cli.app import app

Audit = Callable[..., "Said"]
RULE = "runtime-deprecated"
OLD, OLDER, NEW = "python3.8", "python3.7", "python3.13"


class Said:
    """A report, by rule and the last part of the asset's address."""

    def __init__(self, document: dict[str, Any], text: str) -> None:
        self.document = document
        self.text = text

    def failed(self, name: str, rule: str = RULE) -> list[dict[str, Any]]:
        return [f for f in self.document["findings"] if f["rule"] == rule and f["address"].endswith(f"#{name}")]

    def reasons(self, name: str, rule: str = RULE) -> list[str]:
        return [
            n["reason"] for n in self.document["not_assessed"] if n["rule"] == rule and n.get("address", "").endswith(f"#{name}")
        ]

    def counts(self, rule: str = RULE) -> dict[str, int]:
        row = next(row for row in self.document["rules"] if row["rule"] == rule)
        return {name: row[name] for name in ("failed", "passed", "unknown", "not_applicable") if row[name]}

    @property
    def notes(self) -> list[str]:
        return list(self.document["coverage"].get("notes", ()))


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """``audit({"template.yaml": text}, "--param", "Stage=dev")``."""

    def call(files: dict[str, str], *arguments: str) -> Said:
        return said(tmp_path, files, *arguments)

    return call


def said(folder: Path, files: dict[str, str], *arguments: str) -> Said:
    place = folder / "app"
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    out = folder / "out.json"
    result = CliRunner().invoke(app, ["audit", str(place), "--no-code", "-q", "--exit-zero", "-o", str(out), *arguments])
    assert result.exit_code == 0, result.output
    text = out.read_text()
    return Said(json.loads(text), text)


def function(name: str, runtime: str, *more: str) -> str:
    rows = [f"  {name}:", "    Type: AWS::Lambda::Function", *(f"    {row}" for row in more)]
    body = "{ZipFile: 'x = 1'}"
    return "\n".join(
        [*rows, "    Properties:", f"      Runtime: {runtime}", "      Handler: index.handler", f"      Code: {body}",
         "      Role: arn:aws:iam::123456789012:role/r"]
    )  # fmt: skip


def template(parameters: Iterable[str], conditions: Iterable[str], *functions: str) -> str:
    sections = [("Parameters", [f"  {one}" for one in parameters]), ("Conditions", [f"  {one}" for one in conditions])]
    text = "AWSTemplateFormatVersion: '2010-09-09'\n"
    for name, rows in sections:
        if rows:
            text += f"{name}:\n" + "\n".join(rows) + "\n"
    return text + "Resources:\n" + "\n".join(functions) + "\n"


STAGE = "Stage: {Type: String, AllowedValues: [dev, prod]}"
IS_PROD = "IsProd: !Equals [!Ref Stage, prod]"


def test_what_fails_in_every_case_is_a_finding_with_the_proofs_of_all(audit: Audit) -> None:
    made = audit({"template.yaml": template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLDER}, {OLD}]"))})
    (finding,) = made.failed("F")
    assert finding["message"].endswith("(whatever Stage is)")
    assert not made.reasons("F")
    assert made.counts() == {"failed": 1}
    assert len(finding["evidence"]) >= 1
    settled = audit({}, "--param", "Stage=prod").failed("F")
    assert [(one["identity"], one["fingerprint"]) for one in settled] == [(finding["identity"], finding["fingerprint"])]
    page = next(page for page in made.document["functions"] if page["name"].endswith("F"))
    assert finding["fingerprint"] in json.dumps(page)


def test_what_fails_in_some_cases_stays_open_with_its_witness(audit: Audit) -> None:
    made = audit({"template.yaml": template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {NEW}, {OLD}]"))})
    assert not made.failed("F")
    (reason,) = made.reasons("F")
    assert reason.startswith("depends on IsProd")
    assert reason.endswith("; fails when Stage=dev")
    assert made.counts() == {"unknown": 1}


def test_what_passes_in_every_case_passes(audit: Audit) -> None:
    made = audit({"template.yaml": template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {NEW}, python3.14]"))})
    assert not made.failed("F")
    assert not made.reasons("F")
    assert made.counts() == {"passed": 1}


def test_what_is_open_beside_a_choice_does_not_pass(audit: Audit) -> None:
    text = template([STAGE, "Other: {Type: String}"], [IS_PROD], function("F", f"!If [IsProd, {NEW}, !Ref Other]"))
    made = audit({"template.yaml": text})
    (reason,) = made.reasons("F")
    assert "fails when" not in reason
    assert made.counts() == {"unknown": 1}


def test_combinations_that_the_allowed_values_exclude_are_not_tried(audit: Audit) -> None:
    """IsDev and IsProd cannot both hold, and neither holds for `test` only; no other value exists."""
    conditions = [IS_PROD, "IsDev: !Equals [!Ref Stage, dev]", "Both: !And [!Condition IsProd, !Condition IsDev]"]
    runtime = f"!If [Both, {OLD}, {NEW}]"
    never = f"!If [IsProd, {NEW}, !If [IsDev, {NEW}, {OLD}]]"
    made = audit({"template.yaml": template([STAGE], conditions, function("F", runtime), function("G", never))})
    assert made.counts() == {"passed": 2}
    three = template([STAGE.replace("dev, prod", "dev, test, prod")], conditions, function("F", runtime), function("G", never))
    (reason,) = audit({"template.yaml": three}).reasons("G")
    assert reason.endswith("; fails when Stage=test")


def test_a_free_parameter_is_what_it_is_compared_with_or_anything_else(audit: Audit) -> None:
    conditions = ["Has: !Not [!Equals [!Ref Name, '']]", "Big: !Equals [!Ref Size, big]", "Small: !Equals [!Ref Size, small]"]
    text = template(
        ["Name: {Type: String}", "Size: {Type: String}"],
        conditions,
        function("F", f"!If [Has, {OLD}, {OLDER}]"),
        function("G", f"!If [Big, {NEW}, !If [Small, {NEW}, {OLD}]]"),
        function("H", f"!If [Has, {OLD}, {NEW}]"),
    )
    made = audit({"template.yaml": text})
    assert made.failed("F")[0]["message"].endswith("(whatever Name is)")
    assert made.reasons("G")[0].endswith("; fails when Size is none of big, small")
    assert made.reasons("H")[0].endswith("; fails when Name is not empty")


def test_a_literal_of_a_length_that_the_parameter_cannot_have_is_no_case(audit: Audit) -> None:
    has = "Has: !Not [!Equals [!Ref Name, '']]"
    text = template(["Name: {Type: String, MinLength: 1}"], [has], function("F", f"!If [Has, {NEW}, {OLD}]"))
    made = audit({"template.yaml": text})
    assert "fails when" not in " ".join(made.reasons("F"))


def test_the_region_is_a_choice_of_the_conditions_that_compare_it(audit: Audit) -> None:
    text = template([], ["East: !Equals [!Ref 'AWS::Region', us-east-1]"], function("F", f"!If [East, {OLD}, {NEW}]"))
    assert audit({"template.yaml": text}).reasons("F")[0].endswith("; fails when AWS::Region=us-east-1")
    assert audit({}, "--region", "eu-west-1").counts() == {"passed": 1}


def test_a_given_parameter_wins(audit: Audit) -> None:
    text = template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLD}, {NEW}]"))
    assert audit({"template.yaml": text}).reasons("F")[0].endswith("; fails when Stage=prod")
    assert audit({}, "--param", "Stage=dev").counts() == {"passed": 1}
    assert "whatever" not in audit({}, "--param", "Stage=prod").failed("F")[0]["message"]


def test_the_witness_names_only_what_matters(audit: Audit) -> None:
    parameters = [f"{name}: {{Type: String, AllowedValues: [a, b]}}" for name in "PQ"]
    conditions = [f"C{name}: !Equals [!Ref {name}, a]" for name in "PQ"]
    runtime = f"!If [CP, !If [CQ, {OLD}, {NEW}], !If [CQ, {OLDER}, {NEW}]]"
    both = f"!If [CP, !If [CQ, {OLD}, {NEW}], {NEW}]"
    made = audit({"template.yaml": template(parameters, conditions, function("F", runtime), function("G", both))})
    assert made.reasons("F")[0].endswith("; fails when Q=a")
    assert made.reasons("G")[0].endswith("; fails when P=a and Q=a")


def test_three_witnesses_are_told(audit: Audit) -> None:
    values = [f"v{number}" for number in range(6)]
    runtime = NEW
    for value in values[:5]:
        runtime = f"!If [Is{value}, {OLD}, {runtime}]"
    text = template(
        [f"P: {{Type: String, AllowedValues: [{', '.join(values)}]}}"],
        [f"Is{value}: !Equals [!Ref P, {value}]" for value in values],
        function("F", runtime),
    )
    assert (
        audit({"template.yaml": text})
        .reasons("F")[0]
        .endswith("fails when P=v0, or when P=v1, or when P=v2, and in 2 more cases")
    )


def test_a_resource_under_a_condition_keeps_its_findings_and_says_so(audit: Audit) -> None:
    text = template([STAGE], [IS_PROD], function("F", OLD, "Condition: IsProd"))
    made = audit({"template.yaml": text})
    (finding,) = made.failed("F")
    assert "(if it is created: depends on IsProd" in finding["message"]


def test_what_fails_only_where_it_exists_stays_open(audit: Audit) -> None:
    text = template(
        [STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLD}, {OLDER}]", "Condition: IsProd"),
        function("G", f"!If [IsProd, {NEW}, {OLDER}]", "Condition: IsProd"),
    )  # fmt: skip
    made = audit({"template.yaml": text})
    assert not made.failed("F")
    assert made.reasons("F")[0].endswith("; fails when Stage=prod")
    assert not made.failed("G")
    assert not made.reasons("G")


def test_sam_with_globals_and_a_name_of_the_stage(audit: Audit) -> None:
    text = f"""\
        Transform: AWS::Serverless-2016-10-31
        Parameters:
          {STAGE}
        Conditions:
          {IS_PROD}
        Globals:
          Function: {{Runtime: !If [IsProd, {OLDER}, {OLD}], Handler: a.b, CodeUri: src/}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              FunctionName: !Sub 'orders-${{Stage}}'
              Policies:
                - Statement:
                    - {{Effect: Allow, Action: !If [IsProd, '*', 'sqs:SendMessage'], Resource: '*'}}
        """
    made = audit({"template.yaml": text})
    (finding,) = made.failed("F")
    assert finding["message"].endswith("(whatever Stage is)")
    assert finding["functions"] == [finding["asset"]]
    assert finding["asset"] in {page["id"] for page in made.document["functions"]}
    assert made.reasons("FRole", "role-administrator")[0].endswith("; fails when Stage=prod")
    assert audit({}, "--param", "Stage=dev").failed("F")[0]["identity"] == finding["identity"]


TERRAFORM = """\
    variable "env" {
      type = string
      validation {
        condition     = contains(["dev", "prod"], var.env)
        error_message = "no"
      }
    }
    variable "public" { type = bool }
    variable "size" { type = string }
    variable "on" {}
    locals { is_prod = var.env == "prod" }
    resource "aws_lambda_function" "f" {
      function_name = "f-${var.env}"
      role          = "arn:aws:iam::123456789012:role/r"
      handler       = "a.b"
      filename      = "a.zip"
      runtime       = local.is_prod ? "python3.7" : "python3.8"
    }
    resource "aws_lambda_function" "g" {
      function_name = "g"
      role          = "arn:aws:iam::123456789012:role/r"
      handler       = "a.b"
      filename      = "a.zip"
      runtime       = var.size == "big" ? "python3.13" : "python3.8"
    }
    resource "aws_lambda_function" "h" {
      function_name = "h"
      role          = "arn:aws:iam::123456789012:role/r"
      handler       = "a.b"
      filename      = "a.zip"
      runtime       = var.on ? "python3.13" : "python3.14"
    }
    resource "aws_lambda_function_url" "u" {
      function_name      = aws_lambda_function.g.function_name
      authorization_type = var.public ? "NONE" : "AWS_IAM"
    }
    resource "aws_lambda_permission" "p" {
      count                  = var.public ? 1 : 0
      action                 = "lambda:InvokeFunctionUrl"
      function_name          = aws_lambda_function.g.function_name
      principal              = "*"
      function_url_auth_type = "NONE"
    }
    """


def test_terraform_variables_with_few_values(audit: Audit) -> None:
    made = audit({"main.tf": TERRAFORM})
    assert made.failed("aws_lambda_function.f")[0]["message"].endswith("(whatever env is)")
    assert made.reasons("aws_lambda_function.g")[0].endswith("; fails when size is not big")
    assert made.reasons("aws_lambda_function.g", "function-url-public")[0].endswith("; fails when public=true")
    assert made.counts() == {"failed": 1, "passed": 1, "unknown": 1}
    given_ = audit({}, "--param", "public=true", "--param", "size=big", "--param", "env=dev", "--param", "on=true")
    assert given_.failed("aws_lambda_function.g", "function-url-public")
    assert not any(given_.reasons(f"aws_lambda_function.{name}") for name in "fgh")


def test_terraform_choices_reach_the_modules_that_are_called(audit: Audit) -> None:
    child = """\
        variable "production" {}
        locals { runtime = var.production ? "python3.7" : "python3.13" }
        resource "aws_lambda_function" "f" {
          function_name = "f"
          role          = "arn:aws:iam::123456789012:role/r"
          handler       = "a.b"
          filename      = "a.zip"
          runtime       = local.runtime
        }
        """
    root = 'variable "prod" { type = bool }\nmodule "m" {\n  source = "./m"\n  production = var.prod\n}\n'
    made = audit({"main.tf": root, "m/main.tf": child})
    assert made.reasons("module.m.aws_lambda_function.f")[0].endswith("; fails when prod=true")


def test_choices_of_one_template_do_not_multiply_with_those_of_another(audit: Audit) -> None:
    """Six choices of two cases in each of three templates: 64 combinations for each, 262,144 for all together."""
    parameters = [f"P{n}: {{Type: String, AllowedValues: [a, b]}}" for n in range(6)]
    conditions = [f"C{n}: !Equals [!Ref P{n}, a]" for n in range(6)]
    runtime = OLD
    for number in range(6):
        runtime = f"!If [C{number}, {runtime}, {OLDER}]"
    text = template(parameters, conditions, function("F", runtime))
    made = audit({f"{name}/{name}.yaml": text for name in ("one", "two", "three")})
    assert len(made.failed("F")) == 3
    assert not made.notes


def test_six_conditions_are_64_combinations(audit: Audit) -> None:
    runtimes = [OLD if bin(number).count("1") % 2 else NEW for number in range(64)]

    def tree(level: int, rows: list[str]) -> str:
        half = len(rows) // 2
        return rows[0] if half == 0 else f"!If [C{level}, {tree(level + 1, rows[:half])}, {tree(level + 1, rows[half:])}]"

    parameters = [f"P{n}: {{Type: String, AllowedValues: [a, b]}}" for n in range(6)]
    conditions = [f"C{n}: !Equals [!Ref P{n}, a]" for n in range(6)]
    old = [OLD if number % 3 else OLDER for number in range(64)]
    text = template(parameters, conditions, function("F", tree(0, runtimes)), function("G", tree(0, old)))
    made = audit({"template.yaml": text})
    assert made.failed("G")[0]["message"].endswith("(whatever P0, P1, P2, P3 and 2 more are)")
    assert made.reasons("F")[0].endswith(", and in 29 more cases")
    assert not made.notes


def test_64_combinations_are_tried_and_more_are_told(audit: Audit) -> None:
    values = [f"v{number}" for number in range(10)]
    conditions = [f"{name}{value}: !Equals [!Ref {name}, {value}]" for name in "PQR" for value in values]
    nested = f"!If [Pv0, !If [Qv0, !If [Rv0, {NEW}, {OLD}], {OLD}], !If [Qv1, !If [Rv1, {OLD}, {OLDER}], {OLD}]]"
    parameters = [f"{name}: {{Type: String, AllowedValues: [{', '.join(values)}]}}" for name in "PQR"]
    made = audit({"template.yaml": template(parameters, conditions, function("F", nested))})
    assert not made.failed("F")
    assert "fails when" in made.reasons("F")[0]
    assert any("not every combination" in note and "template.yaml" in note for note in made.notes)


def test_the_work_of_large_templates_is_bounded(audit: Audit) -> None:
    values = ", ".join(f"v{number}" for number in range(40))
    queues = "\n".join(f"  Q{number}: {{Type: AWS::SQS::Queue}}" for number in range(1500))
    text = template(
        [f"P: {{Type: String, AllowedValues: [{values}]}}"],
        ["C: !Equals [!Ref P, v39]"],
        function("F", f"!If [C, {NEW}, {OLD}]"),
    )
    made = audit({"template.yaml": text + queues + "\n"})
    assert made.reasons("F")[0].count("when P=v") == 3
    assert any("not every combination" in note for note in made.notes)


def test_hostile_conditions_end(audit: Audit) -> None:
    circle = ["A: !Not [!Condition B]", "B: !And [!Condition A, !Equals [!Ref P, x]]", "Self: !Not [!Condition Self]"]
    many = [f"C{number}: !Equals [!Ref P, v{number}]" for number in range(1000)]
    chain = ["D0: !Equals [!Ref Q, x]", *(f"D{number}: !Not [!Condition D{number - 1}]" for number in range(1, 60))]
    odd = ["E: !Equals [!Ref P]", "G: {'Fn::Equals': {a: b}}", "H: !Equals [[1, {a: !Ref P}], {b: c}]", "I: text"]
    text = template(
        ["P: {Type: String}", "Q: {Type: String}"],
        [*circle, *many, *chain, *odd],
        function("F", f"!If [A, {OLD}, {NEW}]"),
        function("G", f"!If [C7, {OLD}, {NEW}]"),
        function("H", f"!If [D59, {OLD}, {NEW}]"),
        function("I", f"!If [H, {OLD}, {OLDER}]"),
    )
    made = audit({"template.yaml": text})
    assert made.reasons("F")
    assert made.reasons("H")[0].endswith("; fails when Q is not x")
    assert made.failed("I") or made.reasons("I")


def test_equal_folders_give_equal_reports(audit: Audit, tmp_path: Path) -> None:
    files = {
        "a.yaml": template(
            [STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLD}, {NEW}]"), function("G", f"!If [IsProd, {OLD}, {OLDER}]")
        ),
        "tf/main.tf": TERRAFORM,
    }
    assert audit(files).text == audit(files).text


def test_a_folder_as_baseline_is_settled_alike(audit: Audit, tmp_path: Path) -> None:
    made = audit(
        {"template.yaml": template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLDER}, {OLD}]"))},
        "--baseline",
        str(tmp_path / "app"),
    )
    assert [one["change"] for one in made.failed("F")] == ["known"]


def test_a_threshold_of_severity_does_not_turn_failing_into_passing(audit: Audit) -> None:
    text = template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLDER}, {OLD}]"))
    assert audit({"template.yaml": text}, "--min-severity", "critical").counts() == {"failed": 1}


RUNTIMES = st.sampled_from([OLD, OLDER, NEW, "python3.14"])


@st.composite
def undecided(draw: st.DrawFn) -> tuple[dict[str, list[str]], list[str], str]:
    """Parameters with their values, conditions over them, and an expression for a runtime."""
    parameters = {name: ["a", "b", "c"][: draw(st.integers(2, 3))] for name in "PQ"[: draw(st.integers(1, 2))]}
    names: list[str] = []
    conditions = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.sampled_from(["equals", "not", "and", "or"])) if names else "equals"
        if kind == "equals":
            expression = f"!Equals [!Ref {draw(st.sampled_from(sorted(parameters)))}, {draw(st.sampled_from('abc'))}]"
        elif kind == "not":
            expression = f"!Not [!Condition {draw(st.sampled_from(names))}]"
        else:
            pair = ", ".join(f"!Condition {draw(st.sampled_from(names))}" for _ in range(2))
            expression = f"!{kind.capitalize()} [{pair}]"
        names.append(f"C{number}")
        conditions.append(f"C{number}: {expression}")
    leaf = RUNTIMES
    tree = st.recursive(
        leaf, lambda inner: st.builds(lambda c, x, y: f"!If [{c}, {x}, {y}]", st.sampled_from(names), inner, inner), max_leaves=4
    )
    return parameters, conditions, draw(tree)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(undecided())
def test_settled_verdicts_are_those_of_every_combination(
    tmp_path_factory: pytest.TempPathFactory, made: tuple[dict[str, list[str]], list[str], str]
) -> None:
    """The oracle is the audit itself, with every combination given by hand."""
    parameters, conditions, runtime = made
    folder = tmp_path_factory.mktemp("case")
    rows = [f"{name}: {{Type: String, AllowedValues: [{', '.join(values)}]}}" for name, values in parameters.items()]
    files = {"template.yaml": template(rows, conditions, function("F", runtime))}
    settled = said(folder, files, "--select", RULE)
    fails = set()
    for values in itertools.product(*parameters.values()):
        given_ = [part for name, value in zip(parameters, values, strict=True) for part in ("--param", f"{name}={value}")]
        fails.add(bool(said(folder, {}, "--select", RULE, *given_).failed("F")))
    if fails == {True}:
        assert settled.failed("F")
        assert not settled.reasons("F")
    elif fails == {False}:
        assert not settled.failed("F")
        assert not settled.reasons("F")
    else:
        assert not settled.failed("F")
        assert "; fails when" in settled.reasons("F")[0]


def test_a_nested_stack_takes_the_choice_of_its_parent_and_has_its_own(audit: Audit) -> None:
    child = template(
        ["Stage: {Type: String}", "Mode: {Type: String, AllowedValues: [x, y]}"],
        [IS_PROD, "IsX: !Equals [!Ref Mode, x]"],
        function("F", f"!If [IsProd, {OLD}, {NEW}]"),
        function("G", f"!If [IsX, {OLD}, {OLDER}]"),
    )
    parent = template([STAGE], []) + (
        "  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: child.yaml\n"
        "      Parameters: {Stage: !Ref Stage}\n"
    )
    made = audit({"template.yaml": parent, "child.yaml": child})
    assert made.reasons("F")[0].endswith("; fails when Stage=prod")
    assert made.failed("G")[0]["message"].endswith("(whatever Mode is)")


def test_what_another_template_imports_is_read_again_with_it(audit: Audit) -> None:
    exporter = template([STAGE], [IS_PROD], "  Queue: {Type: AWS::SQS::Queue}") + (
        f"Outputs:\n  Runtime:\n    Value: !If [IsProd, {OLD}, {NEW}]\n    Export: {{Name: runtime}}\n"
    )
    importer = template([], [], function("F", "!ImportValue runtime"))
    made = audit({"a.yaml": exporter, "b.yaml": importer})
    assert made.reasons("F")[0].endswith("; fails when Stage=prod")


def test_serverless_resources_have_choices_too(audit: Audit) -> None:
    text = f"""\
        service: orders
        provider: {{name: aws, runtime: {NEW}}}
        functions:
          one: {{handler: a.b}}
        resources:
          Parameters:
            {STAGE}
          Conditions:
            {IS_PROD}
          Resources:
            F:
              Type: AWS::Lambda::Function
              Properties:
                Runtime: !If [IsProd, {OLD}, {NEW}]
                Handler: index.handler
                Code: {{ZipFile: 'x = 1'}}
                Role: arn:aws:iam::123456789012:role/r
        """
    assert audit({"serverless.yml": text}).reasons("F")[0].endswith("; fails when Stage=prod")


def test_code_is_looked_into_once_and_what_it_lets_fail_still_does(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    return eval(event['body'])\n"
    runtime = f"!If [IsProd, {OLD}, {OLDER}]"
    body = function("F", runtime).replace("{ZipFile: 'x = 1'}", json.dumps({"ZipFile": code}))
    (tmp_path / "template.yaml").write_text(template([STAGE], [IS_PROD], body))
    out = tmp_path / "out.json"
    result = CliRunner().invoke(app, ["audit", str(tmp_path), "-q", "--exit-zero", "-o", str(out)])
    assert result.exit_code == 0, result.output
    rules = {finding["rule"] for finding in json.loads(out.read_text())["findings"]}
    assert RULE in rules


def test_a_library_user_reads_judges_and_settles(tmp_path: Path) -> None:
    from lambdaudit import settle
    from lambdaudit.sources.iac.discover import read_directory
    from lambdaudit.sources.iac.resources import Options

    (tmp_path / "template.yaml").write_text(template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {OLD}, {OLDER}]")))
    lifted = read_directory(tmp_path, Options(root=tmp_path))
    report = settle.audit(lifted.inventory(source="here", created="2026-01-01"), lifted)
    assert [finding.message for finding in report.findings if finding.rule == RULE and "whatever Stage is" in finding.message]
    assert report.statistics.findings == len(report.findings)


def test_functions_that_swap_their_names_are_told_apart(audit: Audit) -> None:
    """By the condition each has the name that the other one has otherwise: what is judged is the resource, not the name."""

    def named(name: str, first: str, second: str, runtime: str) -> str:
        return function(name, runtime) + f"\n      FunctionName: !If [IsProd, {first}, {second}]"

    one = named("F", "alpha", "beta", f"!If [IsProd, {OLD}, {OLDER}]")
    two = named("G", "beta", "alpha", f"!If [IsProd, {NEW}, python3.14]")
    made = audit({"template.yaml": template([STAGE], [IS_PROD], one, two)})
    assert made.failed("F")
    assert not made.failed("G")
    assert made.counts() == {"failed": 1, "passed": 1}


def test_hostile_variables_end(audit: Audit) -> None:
    rows = [
        f'variable "v{n}" {{ type = bool }}\nlocals {{ l{n} = var.v{n} ? local.l{(n + 1) % 600} : "x{n}" }}' for n in range(600)
    ]
    body = 'function_name = "{0}"\n  role = "arn:aws:iam::123456789012:role/r"\n  handler = "a.b"\n  filename = "a.zip"'
    for name, runtime in (("f", "local.l0"), ("g", f'var.v5 ? "{OLD}" : "{NEW}"'), ("h", "local.self")):
        rows.append(f'resource "aws_lambda_function" "{name}" {{\n  {body.format(name)}\n  runtime = {runtime}\n}}')
    rows.append('variable "self" { default = var.self }\nlocals { self = local.self }')
    rows.append('variable "odd" {\n  validation { condition = contains(var.odd, ["a"]) }\n  validation {}\n}')
    made = audit({"main.tf": "\n".join(rows)})
    assert made.reasons("aws_lambda_function.g")[0].endswith("; fails when v5=true")


def test_code_that_a_choice_moves_stays_open(tmp_path: Path) -> None:
    """The code of the one place was looked into, that of the other was not: nothing is said of it."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.py").write_text("def handler(event, context):\n    return event['x']\n")
    text = template([STAGE], [IS_PROD], function("F", f"!If [IsProd, {NEW}, python3.14]", "Metadata: {a: b}"))
    (tmp_path / "template.yaml").write_text(text.replace("{ZipFile: 'x = 1'}", "!If [IsProd, a/, b/]"))
    out = tmp_path / "out.json"
    result = CliRunner().invoke(app, ["audit", str(tmp_path), "-q", "--exit-zero", "-o", str(out)])
    assert result.exit_code == 0, result.output
    made = Said(json.loads(out.read_text()), "")
    assert made.counts() == {"passed": 1}
    assert made.counts("event-in-response")["unknown"] == 1
