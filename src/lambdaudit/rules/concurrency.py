"""Concurrency: who can use it up, and what is switched off."""

from shlex import quote

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Evidence, Severity
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.identity import RegionSettings
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_KEPT_FREE = 100
"""Executions that Lambda always keeps for functions without a reservation (developer guide, reserved concurrency)."""


@rule(Severity.MEDIUM, maps=("CWE-770", "OWASP:API4:2023", "T1499"))
def public_url_without_limit(fn: Function | Alias, audit: Audit) -> Outcome:
    """A function URL that anyone can call has no limit of its own.

    Why: Nothing stands in front of a function URL: one caller runs the function as often as the account allows, at your cost,
    and leaves no executions for the other functions.
    Fix: Reserve concurrency for the function (its URL then takes ten requests a second for each), or put a distribution with a
    web ACL in front and let only that call the URL.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
    """
    url = audit.open_url(fn)
    if url is None:
        return skip("it has no URL that anyone can call")
    function = fn if isinstance(fn, Function) else audit.function(fn)
    if function is not None and known(function.reserved_concurrency) is None:
        yield fail(
            f"{fn.id.partition(':function:')[2]} answers anyone at its URL, and no concurrency is reserved for it",
            at=url.where,
            evidence=(Evidence(where=url.where / "AuthType", text="NONE"),),
            commands=(
                f"aws lambda put-function-concurrency --function-name {quote(function.id)} --reserved-concurrent-executions 10",
            ),
        )


@rule(Severity.INFO, maps=("T1489",))
def function_switched_off(fn: Function, audit: Audit) -> Outcome:
    """The function is switched off: no concurrency is reserved for it.

    Why: Its triggers go on sending: events wait for hours and are lost. Switching a function off is also how somebody stops the
    one that watches or cleans up.
    Fix: Delete the reservation, or remove the function and its triggers if it is not needed.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    if known(fn.reserved_concurrency) == 0:
        yield fail(
            f"{fn.name} is switched off by a reservation of 0",
            at=fn.where / "ReservedConcurrentExecutions",
            commands=(f"aws lambda delete-function-concurrency --function-name {quote(fn.id)}",),
        )


@rule(Severity.LOW, maps=("CWE-770", "T1499"))
def concurrency_pool_small(settings: RegionSettings, audit: Audit) -> Outcome:
    """Several functions share the few executions that reservations leave over.

    Why: Who can call one of them often enough stops all of them, and whatever depends on them.
    Fix: Reserve less, ask AWS for a higher limit, or reserve for the functions that must always run.
    See: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
    """
    left = known(settings.unreserved)
    if left is None or left > _KEPT_FREE:
        return None
    functions = audit.every(Function, account=settings.account, region=settings.region)
    sharing = [fn.id for fn in functions if known(fn.reserved_concurrency) is None]
    if len(sharing) < 2:
        return skip("at most one function has no reservation")
    yield fail(
        f"{len(sharing)} functions in {settings.name} share {left} concurrent executions",
        at=settings.where,
        functions=tuple(sharing),
    )
