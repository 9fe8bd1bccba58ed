"""Versions and aliases: what callers really reach."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lambdaudit.facts import Audit
from lambdaudit.model.apis import Route
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

if TYPE_CHECKING:
    from lambdaudit.iam.language import Statement

_EDGE = {"edgelambda.amazonaws.com", "replicator.lambda.amazonaws.com"}
"""Services that Lambda@Edge lets copy a version: its functions are always called by version."""


def _name(function: str) -> str:
    return function.rpartition(":")[2]


def _number(version: str) -> int:
    """The number of a published version, given as such or as its ARN; 0 for anything else."""
    text = _name(version)
    return int(text) if text.isdecimal() and len(text) <= 18 else 0


@rule(Severity.LOW, maps=("OWASP:S6:2017",))
def alias_on_latest(alias: Alias, audit: Audit) -> Outcome:
    """An alias points at $LATEST, so every upload goes live at once.

    Why: Whoever may update the function's code changes what all callers of the alias run, without publishing or moving anything
    that a review or an alarm would see.
    Fix: Publish a version and point the alias at it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html
    """
    if alias.version == "$LATEST":
        yield fail(f"alias {alias.name} of {_name(alias.function)} points at $LATEST", at=alias.where / "FunctionVersion")


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("OWASP:S6:2017",))
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
                f"alias {alias.name} of {_name(alias.function)} sends {share:.0%} of its calls to version {version} "
                f"and the rest to {alias.version}",
                at=alias.where / "RoutingConfig" / "AdditionalVersionWeights",
                key=version,
            )


@rule(Severity.LOW, maps=("CWE-250", "OWASP:S6:2017"))
def alias_runs_other_role(alias: Alias, audit: Audit) -> Outcome:
    """An alias runs code with another execution role than the function shows.

    Why: A published version keeps the role that it was published with: taking rights away from the function's role, or giving it
    a smaller one, changes nothing for those who call the alias.
    Fix: Publish a version with the present role and move the alias to it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    function = audit.function(alias)
    if function is None:
        return skip("its function does not exist")
    for number in _used(alias):
        version = audit.find(FunctionVersion, f"{alias.function}:{number}")
        if version is None:
            continue
        old, new = known(version.role) or "", known(function.role) or ""
        if old != new:
            yield fail(
                f"alias {alias.name} runs version {number} of {function.name} with role {old.rpartition('/')[2] or 'none'}, "
                f"the function has {new.rpartition('/')[2] or 'none'}",
                at=version.where / "Role",
                key=number,
                evidence=(Evidence(where=version.where / "Role", text=old), Evidence(where=function.where / "Role", text=new)),
            )


def _used(alias: Alias) -> list[str]:
    """The published versions that an alias sends calls to."""
    return [v for v in dict.fromkeys((alias.version, *(w for w, share in alias.weights if share > 0))) if v.isdecimal()]


@rule(Severity.LOW, maps=("OWASP:S6:2017",))
def route_pinned_to_version(route: Route, audit: Audit) -> Outcome:
    """An API route calls a fixed published version of a function that has newer code.

    Why: Fixes that are deployed to the function never reach the callers of this route until somebody changes the integration.
    Fix: Let the integration name an alias, and move the alias when you deploy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    arn = known(route.function)
    if not arn:
        return skip("no function stands behind it")
    if not route.qualifier.isdecimal():
        return None
    function = audit.find(Function, arn)
    version = audit.find(FunctionVersion, f"{arn}:{route.qualifier}")
    if function is None or version is None:
        return skip("the function or the version does not exist, which trigger-target-gone reports")
    newest = max(map(_number, known(function.versions)), default=0)
    newer = newest > _number(route.qualifier)
    if newer or known(function.code_sha256) != known(version.code_sha256):
        yield fail(
            f"{route.name} calls version {route.qualifier} of {function.name}, "
            f"{f'version {newest}' if newer else '$LATEST'} is newer",
            at=route.where,
            evidence=(Evidence(where=route.where, text=f"{route.method} {route.path} → {arn}:{route.qualifier}"),),
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-284", "OWASP:S5:2017"))
def version_open_to_callers(version: FunctionVersion, audit: Audit) -> Outcome:
    """An old published version has a resource-based policy of its own that lets others call it.

    Why: Old code with old flaws and old variables stays callable by its number, whatever the aliases point at.
    Fix: Remove the permission from the version, or delete the version when no alias uses it.
    See: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    policy = known(version.policy)
    if policy is None:
        return skip("it has no policy of its own")
    function = audit.function(version)
    if function is None:
        return skip("its function does not exist")
    if _number(version.version) >= max(map(_number, known(function.versions)), default=0):
        return None
    aliases = [audit.find(Alias, arn) for arn in known(function.aliases)]
    if version.version in {number for a in aliases if a for number in _used(a)}:
        return None
    statements = audit.document(policy).statements
    open_ = [s for s in statements if s.effect and s.effect.value == "Allow" and not _is_for_edge(s)]
    if open_:
        yield fail(
            f"version {version.version} of {function.name} can be called by others, and no alias uses it",
            at=policy.where,
            commands=(f"aws lambda get-policy --function-name {function.id} --qualifier {version.version}",),
        )
    elif any(s.effect is None for s in statements):
        known(Unknown("the version's policy could not be read in full"))


def _is_for_edge(statement: "Statement") -> bool:
    return bool(statement.principals) and all(p.value in _EDGE for p in statement.principals or ())


@rule(Severity.INFO, persona="strict", maps=("OWASP:S6:2017",), aliases=("function-has-no-alias",))
def function_called_as_latest(fn: Function, audit: Audit) -> Outcome:
    """Others call the function without version or alias: every upload goes live at once.

    Why: Whoever may update the code changes what all callers run in the same moment; there is nothing to roll back to.
    Fix: Publish versions, give callers an alias, and move it when you deploy.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
    """
    ways = list(_ways_in(fn, audit))
    if ways:
        yield fail(f"{fn.name} is called as $LATEST: {', '.join(ways)}", at=fn.where)


def _ways_in(fn: Function, audit: Audit) -> Iterator[str]:
    """How others call the function unqualified."""
    policy = known(fn.policy)
    if policy is not None and audit.document(policy).statements:
        yield "its policy lets others in"
    if known(fn.url):
        yield "it has a function URL"
    mappings = [m for m in audit.every(EventSourceMapping) if m.function == fn.id and not m.qualifier]
    if mappings:
        yield f"{len(mappings)} event source{'s' if len(mappings) > 1 else ''}"
