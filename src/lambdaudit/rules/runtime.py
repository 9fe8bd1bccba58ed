"""Runtimes: who patches them, and until when."""

import datetime as dt
from shlex import quote

from lambdaudit.facts import Audit, runtimes
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Configured, Function, FunctionVersion
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_NOTICE = dt.timedelta(days=180)
_URGENT = dt.timedelta(days=90)


def _runtime(fn: Configured) -> str | None:
    """The managed runtime of a function, None for container images, which bring their own."""
    return None if known(fn.package_type) == "Image" else known(fn.runtime)


@rule(Severity.MEDIUM, maps=("CWE-1104", "FSBP:Lambda.2", "CIS-Compute:4.11", "OWASP:S9:2017"))
def runtime_deprecated(fn: Function, audit: Audit) -> Outcome:
    """The runtime is past its deprecation date: AWS patches it no longer.

    Why: Flaws in the interpreter or the operating system below the code stay open for whoever reaches the function.
    Fix: Move the function to the successor runtime, publish, and repoint its aliases; delete versions that nothing calls.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    name = _runtime(fn)
    life = runtimes.lifecycle(name) if name else None
    if life and _is_over(life, audit):
        blocked = life.block_update and life.block_update <= audit.today
        yield fail(
            f"{fn.name} runs on {name}, deprecated since {life.deprecated}"
            + (f"; since {life.block_update} it cannot be updated any more" if blocked else ""),
            at=fn.where / "Runtime",
            severity=Severity.HIGH if blocked else Severity.MEDIUM,
            fix=f"Move to {life.successor}." if life.successor else "",
            commands=(f"aws lambda update-function-configuration --function-name {quote(fn.id)} --runtime {life.successor}",)
            if life.successor
            else (),
        )
    old: dict[str, list[FunctionVersion]] = {}
    for version in (audit.find(FunctionVersion, arn) for arn in known(fn.versions)):
        published = _runtime(version) if version else None
        if version and published and published != name:
            old.setdefault(published, []).append(version)
    for published, versions in old.items():
        life = runtimes.lifecycle(published)
        if life and _is_over(life, audit):
            numbers = ", ".join(v.version for v in versions[:8]) + (" …" if len(versions) > 8 else "")
            yield fail(
                f"version{'s' if len(versions) > 1 else ''} {numbers} of {fn.name} run{'s' if len(versions) == 1 else ''} on "
                f"{published}, deprecated since {life.deprecated}",
                at=versions[0].where / "Runtime",
                key=f"versions {published}",
                severity=Severity.LOW,
            )
    if not name:
        return skip("container images and custom code bring their own runtime")
    return None if runtimes.lifecycle(name) else skip(f"no life-cycle dates are known for runtime {name}")


def _is_over(life: runtimes.Lifecycle, audit: Audit) -> bool:
    return life.deprecated is not None and life.deprecated <= audit.today


@rule(Severity.LOW, maps=("CWE-1104", "OWASP:S9:2017"))
def runtime_ends_soon(fn: Function, audit: Audit) -> Outcome:
    """The runtime will be deprecated within 180 days.

    Why: After that date AWS ships no security patches; moving takes time, and later updates of the function are blocked.
    Fix: Plan the move to the successor runtime now.
    See: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
    """
    name = _runtime(fn)
    life = runtimes.lifecycle(name) if name else None
    if life is None or life.deprecated is None:
        return skip("no deprecation date applies to it")
    left = life.deprecated - audit.today
    if dt.timedelta(0) < left <= _NOTICE:
        yield fail(
            f"{fn.name} runs on {name}, which is deprecated on {life.deprecated}, in {left.days} days",
            at=fn.where / "Runtime",
            severity=Severity.LOW if left <= _URGENT else Severity.INFO,
            fix=f"Move to {life.successor}." if life.successor else "",
        )


@rule(Severity.INFO, maps=("OWASP:S9:2017",))
def runtime_is_yours_to_patch(fn: Function, audit: Audit) -> Outcome:
    """The function brings its own runtime or image: you patch it, not AWS.

    Why: AWS updates neither the bootstrap of an OS-only runtime's code nor a container image after it is deployed.
    Fix: Rebuild and redeploy on a schedule from a current base, and scan what is deployed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    """
    if known(fn.package_type) == "Image":
        yield fail(f"{fn.name} is a container image: its operating system and runtime change only when you deploy", at=fn.where)
    elif (name := known(fn.runtime)) and name.startswith("provided"):
        yield fail(f"{fn.name} brings its own runtime on {name}", at=fn.where / "Runtime")
