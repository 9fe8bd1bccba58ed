"""``--sonar-url``: what SonarQube says of the code, as one more rule of the audit.

Issues of an outside analyser could be put into the report as ready-made findings. They go in as the verdicts of a rule instead,
made for the run from what the analyser said, because the engine then does for them what it does for every rule: fingerprints,
joining, redaction, --select and --ignore and --min-severity, counts, and above all UNKNOWN with its reason for each function
whose code was not analysed, which would otherwise look clean. The rule is not among those of the registry: it needs a server, so
it would be UNKNOWN for everybody else, and a snapshot, which holds no code, could never answer it.
"""

import dataclasses
import os
from typing import TYPE_CHECKING, Any

import msgspec

from lambdaudit.code.review import Review, review
from lambdaudit.code.sonarqube import Issue, Sonar
from lambdaudit.code.sonarserver import Server, SonarError
from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Function, LayerVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.model.where import Where
from lambdaudit.rules.contract import Outcome, Rule, fail, skip
from lambdaudit.secrets import redact

from .collecting import CodeLine
from .errors import CommandError, plain

if TYPE_CHECKING:
    from lambdaudit.sources.aws.session import Account

TOKEN = "SONAR_TOKEN"
MOST_PLACES = 50
"""Places that one finding lists; the message gives the number of all."""
_QUALITIES = {"SECURITY": "security", "RELIABILITY": "reliability", "MAINTAINABILITY": "maintainability"}


def _not_asked(_asset: Function | LayerVersion, _desk: Audit) -> Outcome:
    return skip("no SonarQube server was asked")
    yield


RULE = Rule(
    id="code-sonarqube",
    check=_not_asked,
    kinds=(Function, LayerVersion),
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    title="SonarQube objects to the code of a function or layer",
    why="A flaw in the code runs with all rights of the execution role: who controls the event that reaches it controls what it "
    "does. Issues of security keep SonarQube's severity; those of reliability are low at most, those of maintainability only "
    "informative, because by themselves they give an attacker nothing.",
    fix="Change the code at the places listed, as SonarQube's page of that rule says, and deploy it again.",
    see=(
        "https://docs.sonarsource.com/sonarqube-server/latest/user-guide/rules/overview/",
        "https://docs.aws.amazon.com/lambda/latest/dg/security-dataprotection.html",
    ),
    topic="sonarqube",
)
"""What ``explain`` and ``--select`` know of it; :func:`rule_of` gives it something to say."""


def prepare(url: str) -> Sonar:
    """The analyser, after a look whether it can work at all. Raises CommandError, in one line."""
    token = os.environ.get(TOKEN, "")
    if not token.isascii() or not token.isprintable() or not token.strip():
        raise CommandError(f"--sonar-url needs a user token of that server in the environment variable {TOKEN}")
    try:
        sonar = Sonar(Server(url, token.strip()))
        sonar.check()
    except SonarError as error:
        raise CommandError(str(error)) from error
    return sonar


def analysed(inventory: Inventory, account: "Account", sonar: Sonar, *, show_progress: bool) -> tuple[Inventory, Rule]:
    """Send all code to the server; the inventory with what happened in its coverage, and the rule that tells the issues."""
    from lambdaudit.sources.aws.code_links import code_link

    if inventory.coverage.interrupted:
        return inventory, RULE
    line = CodeLine(show_progress, "SonarQube")
    try:
        found = review(inventory, lambda arn: code_link(account, arn), sonar, line.show)
    finally:
        line.clear()
    coverage = msgspec.structs.replace(
        inventory.coverage,
        notes=(*inventory.coverage.notes, *(plain(note) for note in found.notes)),
        interrupted=found.interrupted,
    )
    return inventory.changed(coverage=coverage), rule_of(found)


def rule_of(found: Review) -> Rule:
    """The rule with the issues of a review: one finding per package and SonarQube rule, with every place and function."""

    def check(asset: Function | LayerVersion, _desk: Audit) -> Outcome:
        if reason := found.unknown.get(asset.id):
            raise NotKnown(reason)
        if asset.id in found.same:
            return skip(f"its code is that of {found.same[asset.id]}")
        if asset.id not in found.issues:
            if isinstance(asset, Function) and known(asset.package_type) == "Image":
                # A container image is code that nobody looked at, which is not the same as code without issues.
                raise NotKnown(Unknown("SonarQube gets zip packages only; this function is a container image"))
            return skip("no chosen function uses it")
        by_rule: dict[str, list[Issue]] = {}
        for issue in found.issues[asset.id]:
            by_rule.setdefault(issue.rule, []).append(issue)
        for name, issues in sorted(by_rule.items()):
            yield _fail(asset, name, issues, tuple(sorted(found.functions[asset.id])))
        return None

    return dataclasses.replace(RULE, check=check)


def _fail(asset: Function | LayerVersion, name: str, issues: list[Issue], functions: tuple[str, ...]) -> Any:
    first = issues[0]
    places = tuple(
        Evidence(where=Where(source=issue.path or asset.name, subject=asset.id, line=issue.line), text=redact(issue.message))
        for issue in issues[:MOST_PLACES]
    )
    more = f" and {len(issues) - 1} more places" if len(issues) > 2 else " and one more place" if len(issues) == 2 else ""
    quality = _QUALITIES.get(first.quality, "code")
    return fail(
        f"SonarQube rule {name} ({quality}): {first.message.rstrip('.')} ({places[0].where}{more})",
        at=places[0].where,
        key=name,
        evidence=places,
        severity=first.severity,
        functions=functions,
    )
