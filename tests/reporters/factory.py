"""The report that an audit of the made-up organisation could give."""

import hashlib
from collections.abc import Iterator
from typing import Any

from lambdaudit import overview
from lambdaudit.model.apis import Api
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Confidence, Evidence, Finding, Fix, NotAssessed, Report, RuleResult, Severity, Status
from lambdaudit.model.functions import Function, FunctionUrl
from lambdaudit.model.identity import Role
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import Key, LogGroup, Queue
from lambdaudit.model.unknown import Unknown

from .world import FOREIGN_LAYER, world

RULES: tuple[tuple[str, Severity, str, str, str, str], ...] = (
    (
        "function-url-public",
        Severity.CRITICAL,
        "Anyone on the internet can call the function URL",
        "function",
        "{name} answers unsigned requests from anyone",
        "With auth type NONE every unsigned request reaches the handler, with the rights of the execution role behind it.",
    ),
    (
        "role-administrator",
        Severity.CRITICAL,
        "The execution role may do everything in the account",
        "role",
        "Role {name} allows every action on every resource",
        "Whoever gets code to run in one of the functions owns the account: one poisoned dependency is enough.",
    ),
    (
        "queue-public",
        Severity.HIGH,
        "Anyone may send messages to a queue that triggers functions",
        "queue",
        "Queue {name} accepts messages from every AWS account",
        "An attacker sends messages of their own and so chooses the input of the functions behind the queue.",
    ),
    (
        "env-secret",
        Severity.HIGH,
        "An environment variable holds a secret",
        "function",
        "DB_PASSWORD of {name} looks like a password",
        "Everyone with lambda:GetFunctionConfiguration reads it, and so does code that an attacker gets to run.",
    ),
    (
        "api-route-open",
        Severity.HIGH,
        "An API route has no authorizer",
        "api",
        "GET /orders of {name} needs no authentication",
        "Requests reach the function without any proof of who sent them.",
    ),
    (
        "runtime-deprecated",
        Severity.MEDIUM,
        "The runtime gets no security updates any more",
        "function",
        "{name} runs on a runtime that AWS no longer patches",
        "Known holes of the interpreter stay open for good.",
    ),
    (
        "layer-foreign",
        Severity.MEDIUM,
        "A layer comes from an account outside the organisation",
        "function",
        "{name} uses layer helpers:12 of account 555566667777",
        "The layer's publisher decides what runs with the role's rights.",
    ),
    (
        "permission-stale",
        Severity.LOW,
        "A permission has no wiring behind it",
        "function",
        "{name} still lets sns invoke it",
        "Whoever recreates the source under the same name can invoke the function.",
    ),
    (
        "log-retention-unset",
        Severity.INFO,
        "Logs are kept for ever",
        "log-group",
        "{name} has no retention",
        "Old logs keep the personal data of requests long after they are needed.",
    ),
)


def _finding(rule: tuple[str, Severity, str, str, str, str], asset: Any, functions: tuple[str, ...], key: str = "") -> Finding:
    ident, severity, title, kind, message, why = rule
    witness = (
        {"action": "lambda:InvokeFunctionUrl", "principal": "*", "resource": asset.id} if severity is Severity.CRITICAL else {}
    )
    return Finding(
        fingerprint=hashlib.sha256(f"{ident}\0{asset.id}\0{key}".encode()).hexdigest()[:16],
        rule=ident,
        title=title,
        severity=severity,
        confidence=list(Confidence)[len(asset.name) % 3],
        message=message.format(name=asset.name),
        asset=asset.id,
        asset_kind=kind,
        asset_name=asset.name,
        account=asset.account,
        region=asset.region,
        where=asset.where,
        functions=functions,
        why=why,
        evidence=(Evidence(where=asset.where / "FunctionUrlConfig" / "AuthType", text='"AuthType": "NONE"', witness=witness),),
        fix=Fix(
            text="Require signed requests, or put a distribution with origin access control in front.",
            commands=(f"aws lambda update-function-url-config --function-name {asset.name} --auth-type AWS_IAM",),
        ),
        see=("https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",),
        maps=("CWE-306", "FSBP:Lambda.1"),
        key=key,
    )


def _findings(inventory: Inventory, number: int | None) -> Iterator[Finding]:
    rules = {rule[0]: rule for rule in RULES}
    made = 0
    for index, fn in enumerate(inventory.of(Function)):
        if isinstance(fn.url, FunctionUrl) and fn.url.auth_type == "NONE":
            yield _finding(rules["function-url-public"], fn, (fn.id,))
        if index % 5 == 0:
            yield _finding(rules["env-secret"], fn, (fn.id,), "DB_PASSWORD")
        if fn.runtime in ("python3.9", "nodejs16.x"):
            yield _finding(rules["runtime-deprecated"], fn, (fn.id,))
        if isinstance(fn.layers, tuple) and any(layer.arn == FOREIGN_LAYER for layer in fn.layers):
            yield _finding(rules["layer-foreign"], fn, (fn.id,))
        if index % 7 == 6:
            yield _finding(rules["permission-stale"], fn, (fn.id,), "sns")
        while number is not None and made < number * (index + 1) // max(1, len(inventory.of(Function))):
            yield _finding(RULES[made % len(RULES)], fn, (fn.id,), f"more {made}")
            made += 1
    pairs: tuple[tuple[type[Asset], str], ...] = (
        (Role, "role-administrator"),
        (Queue, "queue-public"),
        (Api, "api-route-open"),
        (LogGroup, "log-retention-unset"),
    )
    for cls, rule in pairs:
        for asset in inventory.of(cls):
            if rule != "role-administrator" or asset.name == "shared-admin":
                yield _finding(rules[rule], asset, inventory.functions_of(asset.id))


def _not_assessed(inventory: Inventory) -> Iterator[NotAssessed]:
    for fn in inventory.of(Function):
        if isinstance(fn.policy, Unknown):
            for rule in ("function-policy-public", "permission-stale"):
                yield NotAssessed(
                    rule=rule,
                    status=Status.UNKNOWN,
                    asset=fn.id,
                    asset_kind="function",
                    account=fn.account,
                    region=fn.region,
                    reason="the function's policy could not be read: access denied",
                    need="lambda:GetPolicy",
                )
    key = inventory.of(Key)[0]
    yield NotAssessed(
        rule="key-grants-foreign",
        status=Status.UNKNOWN,
        asset=key.id,
        asset_kind="key",
        account=key.account,
        region=key.region,
        reason="access denied",
        need="kms:ListGrants",
    )
    yield NotAssessed(
        rule="queue-public",
        status=Status.ERROR,
        asset=inventory.of(Queue)[0].id,
        asset_kind="queue",
        reason="the rule failed on this queue: KeyError: 'Statement'",
    )


def report(functions: int = 30, *, findings: int | None = None, seed: int = 7) -> Report:
    """A report of :func:`world`; `findings` adds about that many more findings."""
    inventory = world(functions, seed=seed)
    found = tuple(_findings(inventory, findings))
    missing = tuple(_not_assessed(inventory))
    rules = tuple(
        RuleResult(
            rule=r[0],
            title=r[2],
            severity=r[1],
            failed=sum(f.rule == r[0] for f in found),
            passed=functions,
            not_applicable=3,
            unknown=sum(m.rule == r[0] and m.status is Status.UNKNOWN for m in missing),
            error=sum(m.rule == r[0] and m.status is Status.ERROR for m in missing),
        )
        for r in RULES
    )
    return Report(
        tool="lambdaudit 0.1.0",
        created=inventory.created,
        statistics=overview.statistics(inventory, found, missing, rules),
        findings=found,
        not_assessed=missing,
        rules=rules,
        coverage=inventory.coverage,
        functions=overview.function_views(inventory, found),
        assets=overview.asset_views(inventory, found),
    )
