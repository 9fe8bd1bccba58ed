"""Logs: whether they are written, kept and left where they belong."""

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Configured, Function
from lambdaudit.model.resources import LogGroup
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_WRITE = ("logs:CreateLogStream", "logs:PutLogEvents")


def _group_arn(fn: Configured) -> str:
    """The ARN of the log group that a function writes to: the configured one, or /aws/lambda/ and its name."""
    logging = known(fn.logging)
    group = logging.group if logging and logging.group else f"/aws/lambda/{fn.name}"
    partition = fn.id.split(":")[1]
    return f"arn:{partition}:logs:{fn.region}:{fn.account}:log-group:{group}"


@rule(Severity.MEDIUM, maps=("CWE-778", "OWASP:SLS-A10"))
def function_cannot_log(fn: Function, audit: Audit) -> Outcome:
    """The execution role may not write the function's log.

    Why: Attacks on the function leave no trace of what it printed; only metrics show that it ran.
    Fix: Allow logs:CreateLogStream and logs:PutLogEvents on the function's log group.
    See: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    role = audit.role(fn)
    if role is None:
        return skip("it has no execution role that exists")
    group = _group_arn(fn)
    for action in _WRITE:
        if audit.can(role, (action,), (f"{group}:log-stream:*",)):
            continue
        denied = audit.denied(role, action, f"{group}:log-stream:2026/11/21/[$LATEST]0")
        yield fail(
            f"{fn.name} cannot log: its role may not {action} on {group.split(':log-group:')[1]}"
            + ("; a statement denies it on purpose" if denied else ""),
            at=role.where,
            key="denied" if denied else "missing",
            evidence=(Evidence(where=role.where, text=f"{action} on {group}:log-stream:* is not allowed to {role.name}"),),
        )
        return None


@rule(Severity.LOW, maps=("CWE-778", "FSBP:CloudWatch.16"))
def log_group_kept_for_ever(group: LogGroup, audit: Audit) -> Outcome:
    """A function's log group never expires.

    Why: Event data, and whatever secrets were ever printed, stay readable for as long as the account exists.
    Fix: Set a retention that your rules ask for.
    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
    """
    if known(group.retention) is None:
        yield fail(
            f"log group {group.name} is kept for ever",
            at=group.where / "retentionInDays",
            severity=Severity.INFO,
            functions=_writers(group, audit),
            commands=(f"aws logs put-retention-policy --log-group-name {group.name} --retention-in-days 365",),
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-778",))
def log_group_kept_too_short(group: LogGroup, audit: Audit) -> Outcome:
    """A function's log group is kept for less than two weeks.

    Why: Intrusions are usually noticed weeks later; by then the log that would tell what happened is gone.
    Fix: Keep logs for at least 90 days, or ship them to a place that does.
    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
    """
    days = known(group.retention)
    if days is not None and days < 14 and not known(group.filters):
        yield fail(
            f"log group {group.name} is kept for {days} {'day' if days == 1 else 'days'} and shipped nowhere",
            at=group.where / "retentionInDays",
            functions=_writers(group, audit),
        )


@rule(Severity.MEDIUM, maps=("CWE-200", "T1537"))
def log_group_feeds_strangers(group: LogGroup, audit: Audit) -> Outcome:
    """A log group sends its events to another account.

    Why: Logs hold event data and errors; a subscription filter copies all of it out, quietly and at once.
    Fix: Remove the subscription filter, or name the account as trusted.
    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
    """
    for subscription in known(group.filters):
        if account := audit.foreign(subscription.destination):
            yield fail(
                f"log group {group.name} sends its events to {subscription.destination} in account {account}",
                at=group.where,
                key=subscription.name,
                functions=_writers(group, audit),
            )


def _writers(group: LogGroup, audit: Audit) -> tuple[str, ...]:
    own = [
        fn.id
        for fn in audit.inventory.of(Function)
        if (fn.account, fn.region) == (group.account, group.region)
        and (getattr(fn.logging, "group", "") or f"/aws/lambda/{fn.name}") == group.name
    ]
    return tuple(own)
