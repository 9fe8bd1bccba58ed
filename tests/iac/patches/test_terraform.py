"""Terraform: blocks of every shape, variables, modules, and what is left to the author."""

from pathlib import Path

import pytest

from tests.iac.patches.world import audit, changed, with_git, with_patch, write, written

ROTATION = "key-not-rotated"
RECOVERY = "table-without-recovery"


def patched(folder: Path, files: dict[str, str], *rules: str) -> dict[str, str]:
    """The files after the patches of some rules; their findings are gone, and a diff gives the same."""
    by_git, by_patch = written(folder / "git", files), written(folder / "patch", files)
    folder = written(folder / "a", files)
    found = audit(folder, *rules)
    assert found.patches.files, found.rules
    diff = "".join(file.diff for file in found.patches.files)
    write(found.patches)
    with_git(by_git, diff)
    with_patch(by_patch, diff)
    after = audit(folder, *rules)
    assert not after.errors
    assert not after.patches.report.findings
    for name in files:
        assert (by_git / name).read_bytes() == (folder / name).read_bytes() == (by_patch / name).read_bytes()
    return {name: (folder / name).read_bytes().decode() for name in files}


def left(folder: Path, files: dict[str, str], rule: str) -> None:
    """A rule fires, and nothing is patched."""
    written(folder, files)
    found = audit(folder, rule)
    assert found.of(rule)
    assert not found.patches.files, found.patches.files[0].diff


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "bom"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('\nresource "aws_kms_key" "k" {}', '\nresource "aws_kms_key" "k" {\n  enable_key_rotation = true\n}'),
        (
            'resource "aws_kms_key" "k" { description = "a" } # one\n',
            'resource "aws_kms_key" "k" {\n  description = "a"\n  enable_key_rotation = true\n} # one\n',
        ),
        (
            'resource "aws_kms_key" "k" {\n\t# tabs\n\tdescription = "ä ✓" # end\n}\n',
            'resource "aws_kms_key" "k" {\n\t# tabs\n\tdescription = "ä ✓" # end\n\tenable_key_rotation = true\n}\n',
        ),
        (
            'resource "aws_kms_key" "k" {\n  description             = <<-EOT\n    }\n    two\n  EOT\n\n  timeouts {}\n}\n',
            'resource "aws_kms_key" "k" {\n  description             = <<-EOT\n    }\n    two\n  EOT\n'
            "  enable_key_rotation     = true\n\n  timeouts {}\n}\n",
        ),
        (
            'resource "aws_kms_key" "k" {\n  enable_key_rotation = false // no\n}\n',
            'resource "aws_kms_key" "k" {\n  enable_key_rotation = true // no\n}\n',
        ),
        (
            'resource "aws_kms_key" "k" {\n  # nothing yet\n}\n',
            'resource "aws_kms_key" "k" {\n  enable_key_rotation = true\n  # nothing yet\n}\n',
        ),
        (
            'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.turn\n}\n\nvariable "turn" {\n  default = false # x\n}\n',
            'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.turn\n}\n\nvariable "turn" {\n  default = true # x\n}\n',
        ),
    ],
)
def test_style_is_kept(before: str, after: str, newline: str, mark: str, tmp_path: Path) -> None:
    found = patched(tmp_path, {"main.tf": mark + before.replace("\n", newline)}, ROTATION)
    assert found["main.tf"] == mark + after.replace("\n", newline)


def test_a_block_inside(tmp_path: Path) -> None:
    text = 'resource "aws_dynamodb_table" "t" {\n  name = "t"\n  point_in_time_recovery {\n    enabled = false # yet\n  }\n}\n'
    assert patched(tmp_path, {"main.tf": text}, RECOVERY)["main.tf"] == text.replace("false", "true")


def test_several_mends_of_one_resource(tmp_path: Path) -> None:
    text = 'resource "aws_dynamodb_table" "t" {}\n'
    found = patched(tmp_path, {"main.tf": text}, "table-*")["main.tf"]
    assert "deletion_protection_enabled = true" in found
    assert "point_in_time_recovery {" in found
    assert found.count("resource") == 1


def test_resources_of_a_count_are_one_edit(tmp_path: Path) -> None:
    text = 'resource "aws_kms_key" "k" {\n  count = 3\n}\n'
    assert patched(tmp_path, {"main.tf": text}, ROTATION)["main.tf"] == text.replace(
        "= 3\n", "= 3\n  enable_key_rotation = true\n"
    )


def test_a_local_module_is_patched_once(tmp_path: Path) -> None:
    files = {
        "main.tf": 'module "a" {\n  source = "./keys"\n}\n\nmodule "b" {\n  source = "./keys"\n}\n',
        "keys/main.tf": 'resource "aws_kms_key" "k" {\n  description = "k"\n}\n',
    }
    found = patched(tmp_path, files, ROTATION)
    assert found["main.tf"] == files["main.tf"]
    assert found["keys/main.tf"] == files["keys/main.tf"].replace('"k"\n}', '"k"\n  enable_key_rotation = true\n}')


FUNCTION = """\
variable "runtime" {}
variable "image" { default = "" }

resource "aws_lambda_function" "f" {
  function_name = "f"
  role          = "arn:aws:iam::000000000000:role/r"
  handler       = "a.b"
  filename      = "f.zip"
  runtime       = var.image == "" ? var.runtime : null
}
"""
CALL = 'module "a" {\n  source  = "../function"\n  runtime = "nodejs14.x" # old\n}\n'


def test_the_argument_of_a_module(tmp_path: Path) -> None:
    files = {"stack/main.tf": CALL, "function/main.tf": FUNCTION}
    found = patched(tmp_path, files, "runtime-deprecated")
    assert found == {**files, "stack/main.tf": CALL.replace("nodejs14.x", "nodejs24.x")}


def test_an_argument_that_is_used_for_more_is_left(tmp_path: Path) -> None:
    more = 'output "runtime" {\n  value = var.runtime\n}\n'
    left(tmp_path, {"stack/main.tf": CALL, "function/main.tf": FUNCTION + more}, "runtime-deprecated")


def test_a_companion_in_another_file(tmp_path: Path) -> None:
    files = {
        "bucket.tf": 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n',
        "more.tf": 'resource "aws_s3_bucket_versioning" "v" {\n  bucket = aws_s3_bucket.b.bucket\n\n'
        '  versioning_configuration {\n    status = "Disabled"\n  }\n}\n',
    }
    found = patched(tmp_path, files, "bucket-without-versions")
    assert found["bucket.tf"] == files["bucket.tf"]
    assert found["more.tf"] == files["more.tf"].replace("Disabled", "Enabled")


def test_a_bucket_gets_its_block(tmp_path: Path) -> None:
    text = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n\nresource "aws_s3_bucket_public_access_block" "other" {\n'
    text += "  bucket = aws_s3_bucket.bb.id\n}\n\n"
    text += 'resource "aws_s3_bucket_policy" "b" {\n  bucket = aws_s3_bucket.b.id\n  policy = jsonencode({\n    Statement = [{\n'
    text += '      Effect = "Allow", Principal = "*", Action = "s3:GetObject", Resource = "${aws_s3_bucket.b.arn}/*"\n'
    text += "    }]\n  })\n}\n"
    text += 'resource "aws_s3_bucket_public_access_block" "b" {\n  bucket                  = aws_s3_bucket.b.id\n'
    text += "  restrict_public_buckets = false\n}\n"
    found = patched(tmp_path, {"main.tf": text}, "bucket-public")["main.tf"]
    assert found.count("= true\n") == 4
    assert found.startswith(text[: text.index('resource "aws_s3_bucket_public_access_block" "b"')])


def test_an_account_that_is_read_already(tmp_path: Path) -> None:
    files = {
        "main.tf": 'resource "aws_lambda_function" "f" {\n  function_name = "f"\n  role          = "arn:aws:iam::1:role/r"\n}\n\n'
        'resource "aws_lambda_permission" "p" {\n  function_name = aws_lambda_function.f.arn\n'
        '  action        = "lambda:InvokeFunction"\n  principal     = "s3.amazonaws.com"\n}\n',
        "data.tf": 'data "aws_caller_identity" "me" {}\n',
    }
    found = patched(tmp_path, files, "function-confused-deputy")
    assert found["data.tf"] == files["data.tf"]
    assert "  source_account = data.aws_caller_identity.me.account_id\n" in found["main.tf"]


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_kms_key" "k" {\n  enable_key_rotation = local.no\n}\n\nlocals {\n  no = false\n}\n',
        'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.no\n  is_enabled = !var.no\n}\n\nvariable "no" {\n'
        "  default = false\n}\n",
        'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.no\n}\n\nvariable "no" {\n  default = false\n'
        '  validation {\n    condition     = !var.no\n    error_message = "no"\n  }\n}\n',
        'module "m" {\n  source = "./m"\n}\n',
    ],
    ids=["local", "used twice", "validated", "module's variable"],
)
def test_what_is_used_for_more_is_left(text: str, tmp_path: Path) -> None:
    module = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.no\n}\n\nvariable "no" {\n  default = false\n}\n'
    left(tmp_path, {"main.tf": text, **({"m/main.tf": module} if "module" in text else {})}, ROTATION)


def test_a_variable_with_a_value_is_left(tmp_path: Path) -> None:
    text = 'resource "aws_kms_key" "k" {\n  enable_key_rotation = var.no\n}\n\nvariable "no" {\n  default = false\n}\n'
    left(tmp_path, {"main.tf": text, "terraform.tfvars": "no = false\n"}, ROTATION)


def test_dynamic_blocks_and_broken_files_are_left(tmp_path: Path) -> None:
    text = 'resource "aws_dynamodb_table" "t" {\n  dynamic "point_in_time_recovery" {\n    for_each = []\n    content {\n'
    text += "      enabled = true\n    }\n  }\n}\n"
    left(tmp_path / "dynamic", {"main.tf": text}, RECOVERY)
    left(tmp_path / "broken", {"main.tf": 'resource "aws_kms_key" "k" {\n}\n', "b.tf": "resource {{{\n"}, ROTATION)


def test_json_syntax_is_left(tmp_path: Path) -> None:
    left(tmp_path, {"main.tf.json": '{"resource": {"aws_kms_key": {"k": {"description": "k"}}}}'}, ROTATION)


def test_lines_of_a_diff(tmp_path: Path) -> None:
    written(tmp_path, {"main.tf": 'resource "aws_kms_key" "k" {\n  description = "k"\n  is_enabled  = true\n}\n'})
    (file,) = audit(tmp_path, ROTATION).patches.files
    assert changed(file.diff) == ["+  enable_key_rotation = true"]
