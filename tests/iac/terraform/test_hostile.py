"""Hostile and broken configuration: the reader ends, tells what it did not read, and goes on with the rest."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.model.functions import Function
from lambdaudit.sources.iac.values import Span
from lambdaudit.sources.terraform.evaluate import Stopped, evaluate
from lambdaudit.sources.terraform.hcl import parse, parse_expression, parse_template
from lambdaudit.sources.terraform.partial import Invalid
from lambdaudit.sources.terraform.read import TerraformError, read_terraform
from lambdaudit.sources.terraform.tfjson import parse_json_syntax

from .world import judged, module, read

GOOD = 'resource "aws_lambda_function" "good" {\n  function_name = "good"\n  runtime = "python3.13"\n}\n'

HOSTILE = {
    "deep lists": "locals {\n  a = " + "[" * 5000 + "]" * 5000 + "\n}",
    "deep parentheses": "locals {\n  a = " + "(" * 3000 + "1" + ")" * 3000 + "\n}",
    "deep calls": "locals {\n  a = " + "upper(" * 2000 + '"x"' + ")" * 2000 + "\n}",
    "deep templates": "locals {\n  a = " + '"${' * 500 + "1" + '}"' * 500 + "\n}",
    "deep blocks": "a {\n" * 2000 + "}\n" * 2000,
    "long sums": "locals {\n  a = " + " + ".join(["1"] * 5000) + "\n}",
    "long traversal": "locals {\n  a = local" + ".x" * 5000 + "\n}",
    "many negations": "locals {\n  a = " + "!" * 5000 + "true\n}",
    "many conditionals": "locals {\n  a = " + "true ? 1 : " * 3000 + "2\n}",
    "huge for_each": 'resource "aws_sqs_queue" "q" {\n'
    "  for_each = toset([for i in range(1000) : tostring(i)])\n"
    "  name = each.key\n"
    "}\n"
    'resource "aws_sqs_queue" "r" {\n  count = 100000000\n}',
    "huge product": "locals {\n  a = setproduct(range(1000), range(1000), range(1000))\n  b = length(local.a)\n}",
    "doubling texts": 'locals {\n  a0 = "xxxxxxxxxx"\n'
    + "".join(f'  a{i} = "${{local.a{i - 1}}}${{local.a{i - 1}}}"\n' for i in range(1, 60))
    + '}\nresource "aws_sqs_queue" "q" { name = local.a59 }',
    "doubling lists": "locals {\n  a0 = [1]\n"
    + "".join(f"  a{i} = [local.a{i - 1}, local.a{i - 1}]\n" for i in range(1, 60))
    + "}\n"
    'resource "aws_sqs_queue" "q" {\n'
    "  name = jsonencode(local.a59)\n"
    "  policy = jsonencode(local.a59)\n"
    "  tags = { a = local.a59 }\n"
    "}",
    "doubling conditions": "".join(f'variable "v{i}" {{}}\n' for i in range(30))
    + "locals {\n  a0 = []\n"
    + "".join(f"  a{i} = concat(local.a{i - 1}, var.v{i - 1} ? [1] : [])\n" for i in range(1, 30))
    + '}\nresource "aws_sqs_queue" "q" { name = length(local.a29) }',
    "regular expression that explodes": 'resource "aws_sqs_queue" "q" { name = try(regex("^(a+)+$", "' + "a" * 60 + '!"), "x") }',
    "two stars": 'resource "aws_sqs_queue" "q" { name = try(regex("(.*)(.*)(.*)(.*)(.*)x", "' + "a" * 3000 + '"), "x") }',
    "cycle of locals": "locals {\n"
    "  a = local.b\n"
    "  b = local.c\n"
    '  c = "${local.a}x"\n'
    "}\n"
    'resource "aws_sqs_queue" "q" { name = local.a }',
    "cycle of resources": 'resource "aws_sqs_queue" "a" { name = aws_sqs_queue.b.name }\n'
    'resource "aws_sqs_queue" "b" { name = aws_sqs_queue.a.name }',
    "count of itself": 'resource "aws_sqs_queue" "a" { count = length(aws_sqs_queue.a) }',
    "module in itself": 'module "m" { source = "./." }\nmodule "n" { source = "." }',
    "chain of locals": "locals {\n  a0 = 1\n" + "".join(f"  a{i} = local.a{i - 1} + 1\n" for i in range(1, 3000)) + "}\n"
    'resource "aws_sqs_queue" "q" { visibility_timeout_seconds = local.a2999 }',
    "deep dynamic blocks": 'resource "aws_lambda_function" "f" {\n'
    + 'dynamic "x" {\n for_each = [1, 2, 3]\n content {\n' * 25
    + "}\n}\n" * 25
    + "}",
    "broken everywhere": 'resource "a" {{{ ]]\n = = "\n<<EOF\n ${ %{ for',
    "unfinished heredoc": "locals {\n  a = <<EOF\nnever ends",
    "unfinished text": 'locals {\n  a = "never ends\n}',
    "zero bytes": 'locals {\n  a = "\\u0000\x00"\n}',
    "lone surrogate": 'locals {\n  a = "\\ud800"\n}\nresource "aws_sqs_queue" "q" { name = local.a }',
    "odd numbers": "locals {\n  a = 1e999\n  b = 9e18 * 9e18\n  c = pow(10, 1e9)\n  d = -0\n}\n"
    'resource "aws_sqs_queue" "n" { count = 1.0e999 }\nresource "aws_sqs_queue" "o" { count = jsondecode("1e999") }\n'
    'resource "aws_sqs_queue" "q" { visibility_timeout_seconds = local.b }',
    "wrong types everywhere": 'resource "aws_lambda_function" "f" {\n'
    '  function_name = ["x"]\n'
    "  role = { a = 1 }\n"
    '  layers = "x"\n'
    "  environment = 3\n"
    '  vpc_config = "x"\n'
    '  timeout = "many"\n'
    "  tags = []\n"
    "}\n"
    'resource "aws_iam_role" "r" {\n'
    "  assume_role_policy = 7\n"
    '  inline_policy = "x"\n'
    "}\n"
    'resource "aws_iam_role_policy" "p" {\n'
    "  role = []\n"
    '  policy = "no json"\n'
    "}\n"
    'resource "aws_security_group" "s" {\n'
    '  ingress = "x"\n'
    "  egress = [[1]]\n"
    "}",
    "paths that are none": 'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  filename = "'
    + "x" * 5000
    + '"\n  description = try(file("'
    + "y/" * 3000
    + '"), "none")\n}\nmodule "m" { source = "./'
    + "z" * 300
    + '" }',
    "names that attack": 'resource "aws_lambda_function" "x" { function_name = "<script>alert(1)</script>\\u001b[31m" }',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_does_not_stop_the_others(tmp_path: Path, name: str) -> None:
    lifted = read(tmp_path, {"a_bad.tf": HOSTILE[name], "b_good.tf": GOOD})
    names = {asset.name for asset in lifted.assets if isinstance(asset, Function)}
    assert "good" in names
    assert judged(lifted).findings is not None


def test_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    lifted = read(tmp_path, {"bad.tf": "locals {\n  a = 1\n  b = = 2\n}\n", "good.tf": GOOD})
    assert any(line.startswith("bad.tf:3: ") for line in lifted.errors)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "bin.tf").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "bin.tf.json").write_bytes(b"\xff\xfe{" + bytes(range(256)))
    (tmp_path / "dir.tf").mkdir()
    (tmp_path / "terraform.tfvars").write_bytes(b"\x00\xff= [")
    lifted = read(tmp_path, {"good.tf": GOOD})
    assert any(isinstance(asset, Function) for asset in lifted.assets)


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "m").mkdir(parents=True)
    (outside / "x.tf").write_text('resource "aws_sqs_queue" "stolen" { name = "stolen" }', "utf-8")
    (outside / "m" / "x.tf").write_text('resource "aws_sqs_queue" "stolen2" { name = "stolen2" }', "utf-8")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link.tf").symlink_to(outside / "x.tf")
    lifted = read(root, {"good.tf": GOOD + 'module "m" { source = "../outside/m" }\n'})
    assert not [a for a in lifted.assets if "stolen" in a.name]
    assert any("link" in line for line in lifted.errors)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"a": 1}', '{"format_version": "1"}', '{"version": 4, "resources": 7}'])
def test_file_that_is_no_plan_gives_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, "utf-8")
    with contextlib.suppress(TerraformError):
        assert not read_terraform(path).assets
        return
    with pytest.raises(TerraformError, match=r"^[^\n]*plan\.json[^\n]*$"):
        read_terraform(path)


def test_nothing_to_read_gives_one_line(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(TerraformError, match=r"^[^\n]+$"):
            read_terraform(path)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_parsed(text: str) -> None:
    source = text.encode("utf-8", "replace")
    parse(source, "x.tf")
    parse_json_syntax(source, "x.tf.json")
    parse_template(text, Span("x", 1))


_WORDS = st.sampled_from(
    [
        "var.x",
        "local.a",
        "1",
        '"t${',
        "}",
        '"',
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "for",
        "in",
        ":",
        "=>",
        "...",
        "*",
        "[*]",
        ".",
        "?",
        "!",
        "-",
        "upper(",
        "jsonencode(",
        "<<EOT\n",
        "\nEOT\n",
        "%{ if",
        "%{ endif }",
        "=",
        "\n",
        ",",
        "null",
        "true",
        " ",
        "a",
        "each.key",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_WORDS, max_size=40))
def test_any_row_of_tokens_ends_in_a_value_or_a_refusal(tmp_path: Path, words: list[str]) -> None:
    where = module(tmp_path, {"a.tf": 'variable "x" {}\nlocals { a = [1] }'})
    try:
        evaluate(parse_expression("".join(words), Span("x", 1)), where.scope)
    except (Invalid, Stopped):
        return


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_JSON)
def test_what_is_encoded_decodes_to_the_same(tmp_path: Path, tree: object) -> None:
    where = module(tmp_path)
    text = json.dumps(json.dumps(tree)).replace("${", "$${").replace("%{", "%%{")
    from .world import known

    found = known(where, f"jsondecode({text})")
    again = json.loads(known(where, f"jsonencode(jsondecode({text}))"))
    assert found == again or _close(found, again)


def _close(left: object, right: object) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return abs(left - right) <= 1e-12 * max(1.0, abs(left))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_close, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_close(left[k], right[k]) for k in left)
    return left == right


_ATTRIBUTES = st.sampled_from(
    [
        "function_name",
        "role",
        "runtime",
        "environment",
        "policy",
        "assume_role_policy",
        "bucket",
        "ingress",
        "tags",
        "layers",
        "name",
        "rule",
        "statement",
        "count",
        "for_each",
        "provider",
        "vpc_config",
        "inline_policy",
        "queue_url",
        "body",
        "rest_api_id",
        "principal",
    ]
)
_TYPES = st.sampled_from(
    [
        "aws_lambda_function",
        "aws_iam_role",
        "aws_iam_role_policy",
        "aws_s3_bucket",
        "aws_s3_bucket_policy",
        "aws_sqs_queue",
        "aws_security_group",
        "aws_lambda_permission",
        "aws_cloudwatch_event_target",
        "aws_api_gateway_rest_api",
        "aws_kms_key",
        "aws_iam_policy_attachment",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_TYPES, st.dictionaries(_ATTRIBUTES, _JSON, max_size=5)), min_size=1, max_size=4))
def test_any_resource_is_lifted(tmp_path: Path, rows: list[tuple[str, dict[str, object]]]) -> None:
    tree: dict[str, dict[str, object]] = {}
    for number, (kind, arguments) in enumerate(rows):
        tree.setdefault(kind, {})[f"r{number}"] = arguments
    lifted = read(tmp_path, {"main.tf.json": json.dumps({"resource": tree})})
    lifted.inventory(source="x", created="2026-11-21T00:00:00+00:00")
