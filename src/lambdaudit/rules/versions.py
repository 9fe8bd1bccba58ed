"""Versions and aliases: what callers really reach."""

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Route
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.LOW, maps=("CWE-1104",))
def alias_on_latest(alias: Alias, audit: Audit) -> Outcome:
    """An alias points at $LATEST, so every upload goes live at once.

    Why: Whoever may update the function's code changes what all callers of the alias run, without publishing or moving anything
    that a review or an alarm would see.
    Fix: Publish a version and point the alias at it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
    """
    if alias.version == "$LATEST":
        yield fail(f"alias {alias.name} of {alias.function.split(':')[-1]} points at $LATEST", at=alias.where / "FunctionVersion")


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-1104",))
def alias_splits_traffic(alias: Alias, audit: Audit) -> Outcome:
    """An alias sends a share of the calls to a second version.

    Why: A weight that stays after a roll-out keeps an old or unreviewed version alive for a part of the callers, and hides code
    that answers only now and then.
    Fix: Finish or roll back the deployment: give the alias one version.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    for version, share in alias.weights:
        if share > 0:
            yield fail(
                f"alias {alias.name} of {alias.function.split(':')[-1]} sends {share:.0%} of its calls to version {version} "
                f"and the rest to {alias.version}",
                at=alias.where / "RoutingConfig" / "AdditionalVersionWeights",
                key=version,
            )


@rule(Severity.LOW, maps=("CWE-1104",))
def route_pinned_to_version(route: Route, audit: Audit) -> Outcome:
    """An API route calls a fixed published version of a function.

    Why: Fixes that are deployed to the function never reach the callers of this route until somebody changes the integration.
    Fix: Let the integration name an alias, and move the alias when you deploy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    function = known(route.function)
    if not function:
        return skip("no function stands behind it")
    if route.qualifier.isdecimal():
        yield fail(
            f"{route.name} calls version {route.qualifier} of {function.split(':')[-1]}",
            at=route.where,
            evidence=(Evidence(where=route.where, text=f"{route.method} {route.path} → {function}:{route.qualifier}"),),
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-1104",))
def version_open_to_callers(version: FunctionVersion, audit: Audit) -> Outcome:
    """An old published version still has a resource-based policy of its own that lets others call it.

    Why: Old code with old flaws and old variables stays callable by its number, whatever the aliases point at.
    Fix: Remove the permission from the version, or delete the version when no alias uses it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    policy = known(version.policy)
    function = audit.function(version)
    if function is None:
        return skip("its function does not exist")
    aliases = [audit.find(Alias, arn) for arn in known(function.aliases)]
    used = {v for a in aliases if a for v in (a.version, *(w for w, share in a.weights if share > 0))}
    if policy is not None and policy.document.get("Statement") and version.version not in used:
        yield fail(
            f"version {version.version} of {function.name} can be called by others, and no alias uses it",
            at=policy.where,
            commands=(f"aws lambda get-policy --function-name {function.name} --qualifier {version.version}",),
        )


@rule(Severity.INFO, persona="strict", maps=("CWE-1104",))
def function_has_no_alias(fn: Function, audit: Audit) -> Outcome:
    """The function has triggers but neither version nor alias: every upload goes live at once.

    Why: There is nothing to roll back to, and no step between an upload and its effect on all callers.
    Fix: Publish versions, give callers an alias, and move it when you deploy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    if not any(edge.relation == "triggers" for edge in audit.inventory.to(fn.id)):
        return skip("nothing triggers it")
    if not known(fn.aliases):
        yield fail(f"{fn.name} is triggered as $LATEST", at=fn.where)
