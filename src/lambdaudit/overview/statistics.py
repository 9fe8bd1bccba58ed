"""The counts that every output shows."""

from collections import Counter
from collections.abc import Collection, Iterable

from lambdaudit.model.assets import kind_of
from lambdaudit.model.finding import Finding, NotAssessed, RuleResult, Severity, Statistics, Status
from lambdaudit.model.functions import Configured, Function
from lambdaudit.model.identity import Role
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown

from .functions import function_triggers
from .policies import principal_access

NOT_READ = "not read"
CONTAINER_IMAGE = "container image"


def statistics(
    inventory: Inventory,
    findings: Collection[Finding],
    not_assessed: Collection[NotAssessed],
    rules: Iterable[RuleResult],
) -> Statistics:
    """Count everything once, for all outputs.

    ``regions``, ``runtimes`` (``container image`` for images), ``layers`` (layer version ARNs): functions for each. ``triggers``:
    wired or disabled (source, function) pairs by kind. ``resources``: functions for each service that the role's policies name in
    an Allow (``*`` for all services). ``roles``: different execution roles in use. What was not read counts as ``not read``.
    ``severities`` always has all five, ``verdicts`` all statuses.
    """
    functions = inventory.of(Function)
    severities = Counter(finding.severity for finding in findings)
    return Statistics(
        functions=len(functions),
        assets=_sorted(Counter(kind_of(asset) for asset in inventory.assets)),
        regions=_sorted(Counter(fn.region or NOT_READ for fn in functions)),
        runtimes=_sorted(Counter(_runtime(fn) for fn in functions)),
        triggers=_triggers(inventory, functions),
        resources=_resources(inventory, functions),
        layers=_sorted(Counter(arn for fn in functions for arn in _layers(fn))),
        roles=len({fn.role for fn in functions if isinstance(fn.role, str) and fn.role}),
        severities={severity.value: severities[severity] for severity in Severity},
        findings=len(findings),
        not_assessed=len(not_assessed),
        verdicts=_verdicts(rules),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _runtime(fn: Configured) -> str:
    if isinstance(fn.runtime, Unknown):
        return CONTAINER_IMAGE if fn.package_type == "Image" else NOT_READ
    return fn.runtime or CONTAINER_IMAGE


def _layers(fn: Configured) -> set[str]:
    return {NOT_READ} if isinstance(fn.layers, Unknown) else {layer.arn for layer in fn.layers}


def _triggers(inventory: Inventory, functions: Iterable[Function]) -> dict[str, int]:
    pairs = set()
    for fn in functions:
        for trigger in function_triggers(inventory, fn):
            if trigger["status"] in ("wired", "disabled"):
                pairs.add((trigger["kind"], trigger["source"] or trigger["name"], fn.id))
    return _sorted(Counter(kind for kind, _, _ in pairs))


def _resources(inventory: Inventory, functions: Iterable[Function]) -> dict[str, int]:
    by_role: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for fn in functions:
        role = fn.role if isinstance(fn.role, str) else ""
        if role not in by_role:
            by_role[role] = _services(inventory, role) if role else []
        counts.update([NOT_READ] if isinstance(fn.role, Unknown) else by_role[role])
    return _sorted(counts)


def _services(inventory: Inventory, role_id: str) -> list[str]:
    role = inventory.find(Role, role_id)
    if role is None:
        return []
    access = role if isinstance(role, Unknown) else principal_access(inventory, role)
    return [NOT_READ] if isinstance(access, Unknown) else [row["service"] for row in access]


def _verdicts(rules: Iterable[RuleResult]) -> dict[str, int]:
    counts = dict.fromkeys((status.value for status in Status), 0)
    for rule in rules:
        counts[Status.FAIL] += rule.failed
        counts[Status.PASS] += rule.passed
        counts[Status.UNKNOWN] += rule.unknown
        counts[Status.NOT_APPLICABLE] += rule.not_applicable
        counts[Status.ERROR] += rule.error
    return counts
