"""Small configurations on disk, evaluated like Terraform would."""

from pathlib import Path
from typing import Any

from lambdaudit.engine import audit
from lambdaudit.model.finding import Report
from lambdaudit.sources.iac.lift import Lifted, Settings
from lambdaudit.sources.iac.values import Span, Value
from lambdaudit.sources.terraform.config import Files
from lambdaudit.sources.terraform.evaluate import evaluate
from lambdaudit.sources.terraform.hcl import parse_expression
from lambdaudit.sources.terraform.module import Module, Run
from lambdaudit.sources.terraform.partial import plain, reason
from lambdaudit.sources.terraform.read import read_terraform
from lambdaudit.sources.terraform.variables import assign

ACCOUNT, REGION, DAY = "111122223333", "eu-west-1", "2026-11-21T12:00:00+00:00"
KEY = b"0123456789abcdef"


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return root


def module(root: Path, files: dict[str, str] | None = None, variables: dict[str, str] | None = None) -> Module:
    """The root module of a configuration."""
    write(root, files or {})
    reader = Files(root)
    directory = root.resolve()
    made = Module(Run(reader, Settings(ACCOUNT, REGION, "aws", KEY), directory), reader.config(directory))
    assign(made, reader, variables or {}, ())
    return made


def value(where: Module, expression: str) -> Value:
    """The value of an expression in a module."""
    return evaluate(parse_expression(expression, Span("test", 1)), where.scope)


def known(where: Module, expression: str) -> Any:
    """The plain value of an expression that must be known in full."""
    found = value(where, expression)
    assert reason(found) is None, found
    return plain(found)


def read(root: Path, files: dict[str, str], **options: Any) -> Lifted:
    """What a configuration lifts to."""
    write(root, files)
    return read_terraform(root, **{"account": ACCOUNT, "region": REGION, "fingerprint_key": KEY, **options})


def judged(lifted: Lifted) -> Report:
    """The report on a configuration, with the place of every finding."""
    inventory = lifted.inventory(source="terraform", created=DAY)
    return lifted.places.relocate(audit(inventory, pages=False), inventory)
