"""The same application in every form, and what an audit finds in each, in words that all forms share."""

import re
from collections import Counter
from pathlib import Path

from lambdaudit import engine
from lambdaudit.config import Options as Settings
from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.finding import Finding, Report
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.sources.iac.discover import read_directory
from lambdaudit.sources.iac.resources import Options
from tests.support.wire import ACCOUNT

HERE = Path(__file__).parent
REGION = "us-east-1"
CREATED = "2026-11-22T00:00:00Z"
FORMATS = ("sam", "cloudformation", "terraform", "serverless")

Fault = tuple[str, str, str]
"""Rule, severity, and the thing at fault by the name that it has in every form."""


def read(form: str) -> Inventory:
    """The application in one form of template; nothing may be left out or noted."""
    folder = HERE / form
    lifted = read_directory(folder, Options(folder, account=ACCOUNT, region=REGION))
    assert (lifted.errors, lifted.notes) == ([], [])
    return lifted.inventory(source=form, created=CREATED)


def judge(inventory: Inventory) -> Report:
    """The report by all rules."""
    return engine.audit(inventory, Settings(persona="strict"), pages=False)


def faults(inventory: Inventory, report: Report) -> Counter[Fault]:
    """What is at fault."""
    return Counter((one.rule, str(one.severity), thing(inventory, one)) for one in report.findings)


def thing(inventory: Inventory, finding: Finding) -> str:
    """The kind and name of what is at fault, without what a deployment makes up."""
    name = finding.asset_name
    for asset in inventory.of(EventSourceMapping):
        if asset.id == finding.asset:
            source = asset.source.split(":")[5].partition("/stream/")[0]
            name = f"{asset.function.rpartition(':')[2]} < {source}"
    parts: tuple[Route | Stage | Authorizer, ...] = (*inventory.of(Route), *inventory.of(Stage), *inventory.of(Authorizer))
    for part in parts:
        if part.id == finding.asset:
            api = next(api for api in inventory.of(Api) if api.id == part.api)
            name = f"{api.name} {part.name}"
    if finding.asset_kind in ("key", "code-signing-config"):
        name = "the only one"
    if finding.asset_kind == "role":
        # SAM makes roles up: StackName-OrdersRole.
        name = re.sub(r"^[a-z]+-([A-Z][a-z]+)Role$", lambda found: f"{found[1].lower()}-role", name)
    return f"{finding.asset_kind} {name}"
