"""Whole configurations evaluated by Terraform itself, where it is installed, and by the reader: equal outputs."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from .world import known, module, write

HEREDOCS = """
locals {
  list = ["a", "b"]
  one = <<-EOT
    first
      second ${local.list[0]}

    third
  EOT
  two = <<EOT
  keep
    all
EOT
  three = <<-EOT
    %{ for x in local.list ~}
    item ${x}
    %{ endfor ~}
    end
  EOT
  four = <<-EOT
    ${local.list[1]} first
      deeper
  EOT
  five = <<-EOT
      %{ if length(local.list) > 1 }
      many
      %{ else }
      few
      %{ endif }
    low
  EOT
  six = <<-EOT
  EOT
  seven = <<EOT
$${not} %%{this} \\n "quoted" ${"inner ${upper("x")}"}
EOT
  eight = "a ${~ "b" ~} c"
  nine = <<-EOT
\ttab
\t  more
  EOT
  ten = "%{ for i, x in local.list }${i}=${x}%{ if i < 1 },%{ endif }%{ endfor }"
  eleven = <<-EOT
    a

    b
  EOT
  twelve = <<-EOT
      x ${~ "v" ~}

        ${~ "w"}
      y
    %{ if true ~}
      c
    %{ endif ~}
      d
  EOT
}
output "all" {
  value = jsonencode([
    local.one, local.two, local.three, local.four, local.five, local.six, local.seven, local.eight, local.nine, local.ten,
    local.eleven, local.twelve,
  ])
}
"""

VALUES = """
variable "o" {
  type = object({
    a = string, b = optional(number, 7), c = optional(list(string), ["d"])
    e = optional(object({ f = optional(bool, true), g = optional(string) }), {})
  })
  default = { a = 1 }
}
variable "m" {
  type = map(number)
  default = { x = "1", y = 2 }
}
variable "s" {
  type = set(string)
  default = ["b", "a", "b"]
}
variable "t" {
  type = tuple([string, number])
  default = [1, "2"]
}
variable "l" {
  type = list(object({ n = string, v = optional(number) }))
  default = [{ n = "a" }, { n = "b", v = "3" }]
}
variable "any" { default = { list = [1, "a"], null = null } }
variable "file" {}
module "child" {
  source   = "./child"
  for_each = { for o in var.l : o.n => o }
  name     = each.key
  value    = each.value.v
}
module "twice" {
  source = "./child"
  count  = 2
  name   = "n${count.index}"
}
locals {
  nested = flatten([for k, v in { a = [1, 2], b = [3] } : [for x in v : { key = k, x = x }]])
  groups = { for o in local.nested : o.key => o.x... }
  byname = { for i, o in local.nested : "${o.key}-${i}" => o if o.x != 2 }
  chosen = var.m["x"] > 0 ? { r = "yes" } : { r = "no" }
}
output "all" {
  value = jsonencode([
    var.o, var.m, var.s, var.t, var.l, var.any, var.file,
    [for k, c in module.child : c.text], module.twice[*].text, values(module.child)[*].list[0],
    local.nested, local.groups, local.byname, local.chosen,
    templatefile("${path.module}/x.tpl", { names = ["p", "q"], on = true }),
    path.module, path.root, terraform.workspace, fileset(path.module, "**/*.tpl"), file("x.tpl"),
    try(module.child["zz"].text, "none"), length(module.child), keys(module.child),
    [for s in var.s : upper(s)], one([for s in var.s : s if s == "a"]), contains(var.s, "b"),
  ])
}
"""

CONFIGS: dict[str, dict[str, str]] = {
    "heredocs and templates": {"main.tf": HEREDOCS},
    "variables, modules, loops": {
        "main.tf": VALUES,
        "terraform.tfvars": 'file = { "a" = [1, { b = null }] }\n',
        "z.auto.tfvars.json": '{"m": {"x": 5}}',
        "override.tf": 'variable "t" {\n  default = ["over", 9]\n}\n',
        "x.tpl": "  %{ for n in names ~}\n  - ${n}\n\n  %{ endfor ~}\n\n%{ if on }on%{ endif }\n ${~ 1 ~} \n  z",
        "child/main.tf": 'variable "name" { type = string }\n'
        'variable "value" {\n  type = number\n  default = 10\n  nullable = false\n}\n'
        'locals { text = "${var.name}:${var.value}" }\noutput "text" { value = local.text }\n'
        'output "list" { value = [var.name, path.module] }\n',
    },
    "JSON syntax": {
        "main.tf.json": json.dumps(
            {
                "variable": {"v": {"type": "list(string)", "default": ["a"]}},
                "locals": {"x": '${var.v[0]}-${upper("b")}', "y": {"k": ["${local.x}", 1, True, None]}, "z": "$${lit} %%{x}"},
                "output": {"all": {"value": "${jsonencode([local.x, local.y, local.z])}"}},
            }
        )
    },
}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
@pytest.mark.parametrize("name", CONFIGS)
def test_outputs_are_terraforms(tmp_path: Path, name: str) -> None:
    write(tmp_path, CONFIGS[name])
    for arguments in (["init", "-no-color"], ["plan", "-out=plan", "-no-color", "-input=false"]):
        done = subprocess.run(["terraform", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    shown = subprocess.run(["terraform", "show", "-json", "plan"], cwd=tmp_path, capture_output=True, text=True, check=True)
    expected = json.loads(json.loads(shown.stdout)["planned_values"]["outputs"]["all"]["value"])
    where = module(tmp_path)
    found = json.loads(known(where, where_output(tmp_path)))
    assert found == expected


def where_output(tmp_path: Path) -> str:
    """The expression of the output, as the configuration writes it."""
    plain = tmp_path / "main.tf"
    if not plain.exists():
        return "jsonencode([local.x, local.y, local.z])"
    text = plain.read_text("utf-8")
    return text.rpartition("value = ")[2].strip().removesuffix("}").strip()


@pytest.mark.parametrize("name", CONFIGS)
def test_every_part_is_known(tmp_path: Path, name: str) -> None:
    assert json.loads(known(module(tmp_path, CONFIGS[name]), where_output(tmp_path)))
