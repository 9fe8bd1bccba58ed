"""Values of configurations against Terraform's documented semantics, known and partly known ones."""

from pathlib import Path

import pytest

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.values import List, Map, OneOf, Ref, Str, Text
from lambdaudit.sources.terraform.partial import Invalid, reason

from .world import known, module, value, write


def test_default_of_a_variable_is_converted_to_its_type(tmp_path: Path) -> None:
    where = module(
        tmp_path,
        {
            "a.tf": (
                'variable "n" {\n'
                "  type = number\n"
                '  default = "3"\n'
                "}\n"
                'variable "l" {\n'
                "  type = set(string)\n"
                '  default = ["b", "a", "b"]\n'
                "}"
            )
        },
    )
    assert known(where, "[var.n, var.l]") == [3, ["a", "b"]]


def test_optional_attributes_get_their_defaults(tmp_path: Path) -> None:
    text = """variable "o" {
  type = object({
    a = string, b = optional(number, 7), c = optional(string), d = optional(object({ e = optional(bool, true) }), {})
  })
  default = { a = "x", z = "gone" }
}"""
    assert known(module(tmp_path, {"a.tf": text}), "var.o") == {"a": "x", "b": 7, "c": None, "d": {"e": True}}


def test_variables_files_in_terraforms_order(tmp_path: Path) -> None:
    files = {
        "a.tf": "".join(f'variable "{n}" {{}}\n' for n in "abcd"),
        "terraform.tfvars": 'a = "tfvars"\nb = "tfvars"\nc = "tfvars"\nd = "tfvars"',
        "terraform.tfvars.json": '{"b": "json", "c": "json", "d": "json"}',
        "x.auto.tfvars": 'c = "auto"\nd = "auto"',
        "other.tfvars": 'a = "not loaded"',
    }
    assert known(module(tmp_path, files, {"d": "by hand"}), "[var.a, var.b, var.c, var.d]") == [
        "tfvars",
        "json",
        "auto",
        "by hand",
    ]


def test_value_by_hand_of_a_complex_type_is_an_expression(tmp_path: Path) -> None:
    where = module(
        tmp_path, {"a.tf": ('variable "l" { type = list(string) }\nvariable "s" { type = string }')}, {"l": '["x"]', "s": '["x"]'}
    )
    assert known(where, "[var.l, var.s]") == [["x"], '["x"]']


def test_variable_without_a_value_says_what_settles_it(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'variable "env" {}'}), "var.env")
    assert isinstance(found, Unknown)
    assert "--param env=" in found.reason


def test_sensitive_variable_without_a_value_is_hidden(tmp_path: Path) -> None:
    assert isinstance(value(module(tmp_path, {"a.tf": 'variable "p" { sensitive = true }'}), "var.p"), Hidden)


def test_null_for_a_variable_that_is_not_nullable_means_its_default(tmp_path: Path) -> None:
    files = {
        "a.tf": 'module "m" {\n  source = "./m"\n  a = null\n  b = null\n}',
        "m/a.tf": (
            'variable "a" {\n'
            "  default = 1\n"
            "  nullable = false\n"
            "}\n"
            'variable "b" { default = 2 }\n'
            'output "o" { value = [var.a, var.b] }'
        ),
    }
    assert known(module(tmp_path, files), "module.m.o") == [1, None]


def test_locals_refer_to_each_other_in_any_order(tmp_path: Path) -> None:
    assert known(module(tmp_path, {"a.tf": 'locals {\n  a = "${local.b}!"\n  b = local.c[0]\n  c = ["x"]\n}'}), "local.a") == "x!"


def test_local_that_depends_on_itself_is_unknown(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": "locals {\n  a = local.b\n  b = [local.a]\n}"}), "local.a")
    why = reason(found)
    assert why is not None
    assert "depends on itself" in why.reason


def test_text_keeps_what_is_known_around_a_hole(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'variable "env" {}'}), '"arn:aws:s3:::data-${var.env}/*"')
    assert isinstance(found, Text)
    assert (found.parts[0], found.parts[2]) == ("arn:aws:s3:::data-", "/*")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('startswith("a-${var.x}", "a-")', True),
        ('startswith("a-${var.x}", "b")', False),
        ('endswith("${var.x}/*", "/*")', True),
        ('strcontains("a:${var.x}", "a:")', True),
        ('"a-${var.x}" == ""', False),
        ('"a-${var.x}" == null', False),
        ("false && var.x", False),
        ("var.x || true", True),
        ('coalesce("a${var.x}", "b") != null', True),
        ('length([var.x, "a"])', 2),
        ('contains([var.x, "a"], "a")', True),
        ('keys({ a = var.x })', ["a"]),
        ('{ a = var.x, b = 1 }.b', 1),
        ('merge({ a = 1 }, { b = var.x }).a', 1),
        ('[for v in [var.x, "b"] : "k"]', ["k", "k"]),
        ('alltrue([false, var.x])', False),
        ('anytrue([var.x, true])', True),
        ('trimsuffix("${var.x}.zip", ".zip") == "${var.x}"', None),
        ('substr("abc-${var.x}", 0, 3)', "abc"),
        ('split("-", "a-b-${var.x}")[1]', "b"),
        ('element(["a", "b"], 3)', "b"),
    ],
)  # fmt: skip
def test_what_an_unknown_value_leaves_known(tmp_path: Path, expression: str, expected: object) -> None:
    where = module(tmp_path, {"a.tf": 'variable "x" {}'})
    if expected is None:
        assert isinstance(value(where, expression), Unknown)
    else:
        assert known(where, expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "var.x == 1",
        "!var.x",
        "var.x + 1",
        "length(var.x)",
        "upper(var.x)",
        "var.x[0]",
        'regex("a", var.x)',
        'contains([var.x], "a")',
        "var.x && true",
    ],
)
def test_what_stays_unknown(tmp_path: Path, expression: str) -> None:
    found = value(module(tmp_path, {"a.tf": 'variable "x" {}'}), expression)
    why = reason(found)
    assert why is not None
    assert "variable x" in why.reason


def test_open_lists_and_objects_keep_their_known_members(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": 'variable "x" {}'})
    joined = value(where, 'concat(["a"], var.x)')
    assert isinstance(joined, List)
    assert list(joined) == ["a"]
    assert joined.rest is not None
    merged = value(where, "merge({ a = 1 }, var.x)")
    assert isinstance(merged, Map)
    assert merged["a"] == 1
    assert merged.rest is not None
    spread = value(where, 'concat(["a"], var.x...)')
    assert isinstance(spread, List)
    assert spread.rest is not None


def test_undecided_condition_gives_both_values(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'variable "env" {}'}), 'var.env == "prod" ? "NONE" : "AWS_IAM"')
    assert found == OneOf((('var.env == "prod"', "NONE"), ('not var.env == "prod"', "AWS_IAM")), found.span)


def test_conditions_that_agree_decide_nothing(tmp_path: Path) -> None:
    assert known(module(tmp_path, {"a.tf": 'variable "x" {}'}), 'var.x ? "a" : "a"') == "a"


def test_contradictory_options_are_left_out(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'variable "x" {}'}), '"${var.x ? "a" : "b"}" == (var.x ? "a" : "b")')
    assert found is True or isinstance(found, Unknown)
    joined = value(module(tmp_path), 'concat(var.x ? ["a"] : [], ["z"])')
    assert isinstance(joined, OneOf)
    assert [list(v) for _, v in joined.options] == [["a", "z"], ["z"]]


def test_map_by_an_unknown_key_gives_its_values(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": 'variable "env" {}\nlocals { auth = { dev = "NONE", prod = "AWS_IAM" } }'})
    found = value(where, "local.auth[var.env]")
    assert isinstance(found, OneOf)
    assert dict(found.options) == {"var.env = dev": "NONE", "var.env = prod": "AWS_IAM"}
    assert value(where, 'lookup(local.auth, var.env, "x")') is not None


def test_attributes_of_resources_are_references(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": 'resource "aws_iam_role" "r" { name = "worker" }\nresource "aws_sqs_queue" "q" {}'})
    found = value(where, "aws_iam_role.r.arn")
    assert isinstance(found, Ref)
    assert (found.address, found.attribute) == ("aws_iam_role.r", "Arn")
    assert known(where, "aws_iam_role.r.name") == "worker"
    assert isinstance(value(where, "aws_sqs_queue.q.name"), Ref)


def test_count_makes_a_list(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": 'resource "aws_sqs_queue" "q" {\n  count = 2\n  name = "q${count.index}"\n}'})
    assert known(where, "aws_sqs_queue.q[*].name") == ["q0", "q1"]
    assert known(where, "aws_sqs_queue.q[1].name") == "q1"
    assert known(where, "length(aws_sqs_queue.q)") == 2
    with pytest.raises(Invalid):
        value(where, "aws_sqs_queue.q[2].name")


def test_for_each_makes_an_object(tmp_path: Path) -> None:
    text = (
        'resource "aws_sqs_queue" "q" {\n'
        '  for_each = toset(["b", "a"])\n'
        '  name = "${each.key}-${each.value}"\n'
        "}\n"
        'resource "aws_sqs_queue" "m" {\n'
        "  for_each = { x = { n = 1 } }\n"
        '  name = "${each.key}${each.value.n}"\n'
        "}"
    )
    where = module(tmp_path, {"a.tf": text})
    assert known(where, "[for k, q in aws_sqs_queue.q : q.name]") == ["a-a", "b-b"]
    assert known(where, 'aws_sqs_queue.m["x"].name') == "x1"
    assert known(where, "values(aws_sqs_queue.q)[*].name") == ["a-a", "b-b"]


def test_count_of_zero_is_an_empty_list(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": 'resource "aws_sqs_queue" "q" { count = 0 }'})
    assert known(where, "try(aws_sqs_queue.q[0].arn, null)") is None
    assert known(where, "one(aws_sqs_queue.q[*].arn)") is None
    assert known(where, 'join("", aws_sqs_queue.q[*].arn)') == ""


def test_modules_pass_variables_and_outputs(tmp_path: Path) -> None:
    files = {
        "a.tf": 'module "m" {\n  source = "./m"\n  name = "x"\n}\nlocals { o = module.m.out }',
        "m/a.tf": (
            'variable "name" {}\n'
            'module "n" {\n'
            '  source = "../n"\n'
            '  name = "${var.name}y"\n'
            "}\n"
            'output "out" { value = module.n.out }'
        ),
        "n/a.tf": 'variable "name" {}\noutput "out" { value = upper(var.name) }',
    }
    assert known(module(tmp_path, files), "local.o") == "XY"


def test_module_with_for_each(tmp_path: Path) -> None:
    files = {
        "a.tf": 'module "m" {\n  for_each = { a = 1, b = 2 }\n  source = "./m"\n  n = each.value\n}',
        "m/a.tf": 'variable "n" {}\noutput "n" { value = var.n * 10 }',
    }
    assert known(module(tmp_path, files), "[for k, m in module.m : m.n]") == [10, 20]
    assert known(module(tmp_path), 'module.m["b"].n') == 20


def test_module_that_is_not_here_has_unknown_outputs(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'module "m" { source = "x/y/aws" }'}), "module.m.anything")
    assert isinstance(found, Unknown)
    assert "terraform init" in found.reason


def test_fetched_modules_are_read_from_the_manifest(tmp_path: Path) -> None:
    from lambdaudit.sources.terraform.calls import read_manifest

    write(
        tmp_path,
        {
            ".terraform/modules/m/a.tf": 'output "o" { value = "fetched" }',
            ".terraform/modules/modules.json": '{"Modules":[{"Key":"m","Dir":".terraform/modules/m"},'
            '{"Key":"out","Dir":"../.."}]}',
        },
    )
    where = module(tmp_path, {"a.tf": 'module "m" { source = "x/y/aws" }'})
    where.run.manifest = read_manifest(tmp_path.resolve(), where.run.files.inside)
    assert set(where.run.manifest) == {"m"}
    assert known(where, "module.m.o") == "fetched"


def test_files_of_the_tree_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("outside", "utf-8")
    root = tmp_path / "root"
    files = {"a.tf": "", "t.tpl": "%{ for x in l ~}\n${x}\n%{ endfor ~}\n", "d/x.json": '{"a": 1}', "d/y.txt": "y"}
    where = module(root, files)
    assert known(where, 'templatefile("${path.module}/t.tpl", { l = ["a", "b"] })') == "a\nb\n"
    assert known(where, 'jsondecode(file("d/x.json")).a') == 1
    assert known(where, 'fileexists("d/none")') is False
    assert known(where, 'fileset("d", "*.json")') == ["x.json"]
    assert isinstance(value(where, 'file("../secret")'), Unknown)
    (root / "link").symlink_to(tmp_path / "secret")
    assert isinstance(value(where, 'file("link")'), Unknown)


def test_template_knows_only_its_own_names(tmp_path: Path) -> None:
    where = module(tmp_path, {"a.tf": "locals { a = 1 }", "t.tpl": "${local.a}"})
    with pytest.raises(Invalid):
        value(where, 'templatefile("t.tpl", {})')


def test_paths_and_workspace(tmp_path: Path) -> None:
    files = {
        "a.tf": 'module "m" { source = "./sub/m" }',
        "sub/m/a.tf": 'output "p" { value = [path.module, path.root, terraform.workspace] }',
    }
    assert known(module(tmp_path, files), "module.m.p") == ["sub/m", ".", "default"]
    assert known(module(tmp_path), "path.module") == "."


def test_override_files_replace_attributes_and_blocks(tmp_path: Path) -> None:
    files = {
        "main.tf": (
            'resource "aws_lambda_function" "f" {\n'
            '  function_name = "f"\n'
            "  timeout = 3\n"
            '  tracing_config { mode = "Active" }\n'
            "}\n"
            "locals { a = 1 }"
        ),
        "a_override.tf": (
            'resource "aws_lambda_function" "f" {\n  timeout = 9\n  tracing_config { mode = "PassThrough" }\n}\nlocals { a = 2 }'
        ),
    }
    where = module(tmp_path, files)
    assert known(
        where,
        (
            "[local.a, aws_lambda_function.f.timeout, aws_lambda_function.f.tracing_config[0].mode,"
            " aws_lambda_function.f.function_name]"
        ),
    ) == [2, 9, "PassThrough", "f"]


def test_dynamic_blocks_are_expanded(tmp_path: Path) -> None:
    text = """resource "aws_s3_bucket_notification" "n" {
  dynamic "queue" {
    for_each = { a = "x", b = "y" }
    iterator = it
    content {
      queue_arn = it.value
      id        = it.key
    }
  }
}"""
    assert known(module(tmp_path, {"a.tf": text}), "aws_s3_bucket_notification.n.queue[*].id") == ["a", "b"]


def test_json_syntax_means_the_same(tmp_path: Path) -> None:
    files = {
        "a.tf.json": (
            '{"//": "note", "variable": {"v": {"type": "number", "default": "4"}}, "locals": {"l": "${var.v'
            ' + 1}", "m": {"k${var.v}": ["$${x}"]}}, "resource": {"aws_sqs_queue": {"q": {"count": 2,'
            ' "name": "n-${count.index}"}}}}'
        )
    }
    where = module(tmp_path, files)
    assert known(where, "[local.l, local.m, aws_sqs_queue.q[1].name]") == [5, {"k4": ["${x}"]}, "n-1"]


def test_json_in_a_text_with_holes_loses_one_leaf_only(tmp_path: Path) -> None:
    files = {
        "a.tf": (
            'variable "x" {}\nlocals {\n  p = <<EOF\n{\n  "a": "s-${var.x}",\n  "b": ${jsonencode(var.x)},\n  "c": [1]\n}\nEOF\n}'
        )
    }
    found = value(module(tmp_path, files), "jsondecode(local.p)")
    assert isinstance(found, Map)
    assert isinstance(found["a"], Text)
    assert isinstance(found["b"], Unknown)
    assert found["c"] == [1]
    assert found.keys_at["c"].line == 7


def test_decoding_what_was_encoded_gives_the_same_places(tmp_path: Path) -> None:
    found = value(module(tmp_path, {"a.tf": 'locals {\n  p = jsonencode({\n    a = "x"\n  })\n}'}), "jsondecode(local.p).a")
    assert isinstance(found, Str)
    assert found.span is not None
    assert (found.span.source, found.span.line, found.span.column) == ("a.tf", 3, 9)


def test_heredocs_keep_or_lose_their_indentation(tmp_path: Path) -> None:
    text = (
        "locals {\n"
        "  a = <<-EOT\n"
        "      one\n"
        "        two ${1}\n"
        "\n"
        "      three\n"
        "  EOT\n"
        "  b = <<EOT\n"
        "  x\n"
        "\ty\n"
        "EOT\n"
        "  c = <<-EOT\n"
        '    ${"v"}\n'
        "      w\n"
        "  EOT\n"
        "}"
    )
    where = module(tmp_path, {"a.tf": text})
    assert known(where, "local.a") == "one\n  two 1\n\nthree\n"
    assert known(where, "local.b") == "  x\n\ty\n"
    assert known(where, "local.c") == "v\n  w\n"


def test_data_sources_that_need_no_account(tmp_path: Path) -> None:
    text = (
        'provider "aws" { region = "eu-central-1" }\n'
        'data "aws_caller_identity" "c" {}\n'
        'data "aws_region" "r" {}\n'
        'data "aws_partition" "p" {}\n'
        'data "aws_iam_policy" "n" { name = "AdministratorAccess" }\n'
        'data "aws_arn" "a" { arn = "arn:aws:s3:::b" }\n'
        'data "aws_ssm_parameter" "s" { name = "/x" }'
    )
    where = module(tmp_path, {"a.tf": text})
    assert known(where, "[data.aws_caller_identity.c.account_id, data.aws_region.r.name, data.aws_partition.p.partition]") == [
        "111122223333",
        "eu-central-1",
        "aws",
    ]
    assert known(where, "[data.aws_iam_policy.n.arn, data.aws_arn.a.resource]") == [
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "b",
    ]
    assert known(where, "jsondecode(data.aws_iam_policy.n.policy).Statement[0].Action") == "*"
    assert isinstance(value(where, "data.aws_ssm_parameter.s.value"), Unknown)


def test_secret_of_the_deployment_is_hidden(tmp_path: Path) -> None:
    where = module(
        tmp_path,
        {
            "a.tf": (
                'resource "random_password" "p" { length = 12 }\ndata "aws_secretsmanager_secret_version" "s" { secret_id = "x" }'
            )
        },
    )
    assert isinstance(value(where, "random_password.p.result"), Hidden)
    assert isinstance(value(where, "data.aws_secretsmanager_secret_version.s.secret_string"), Hidden)


@pytest.mark.parametrize(
    "expression",
    [
        "nope()",
        "1 + true",
        "[1][5]",
        "{}.x",
        "null.x",
        '"a" + 1',
        "local.none",
        'tonumber("x")',
        "var.none",
        "aws_x.y.z",
        "upper([])",
        "1 / 0",
    ],
)
def test_what_terraform_refuses_raises(tmp_path: Path, expression: str) -> None:
    with pytest.raises(Invalid):
        value(module(tmp_path), expression)
    assert known(module(tmp_path), f'try({expression}, "caught")') == "caught"
