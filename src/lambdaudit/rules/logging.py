"""Logs: whether they are written, kept and left where they belong."""

from shlex import quote

from lambdaudit.facts import Audit, power
from lambdaudit.model.arn import unqualified
from lambdaudit.model.finding import Confidence, Evidence, Severity
from lambdaudit.model.functions import Configured, Function
from lambdaudit.model.identity import Role
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


@rule(Severity.MEDIUM, maps=("CWE-778", "OWASP:S10:2017"))
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
        stream = f"{group}:log-stream:2026/11/21/[$LATEST]0"
        if audit.can(role, (action,), (stream,)) or audit.can(role, (action,), (f"{group}:log-stream:*",)):
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


@rule(Severity.INFO, maps=("CWE-532", "OWASP:S3:2017"))
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
            functions=_writers(group, audit),
            commands=(f"aws logs put-retention-policy --log-group-name {quote(group.name)} --retention-in-days 365",),
        )


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-778", "OWASP:S10:2017", "SecurityHub:CloudWatch.16"))
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


@rule(Severity.MEDIUM, confidence=Confidence.MEDIUM, maps=("CWE-835", "OWASP:S6:2017"))
def log_group_triggers_its_function(group: LogGroup, audit: Audit) -> Outcome:
    """A function is called with the lines of the log that it writes itself.

    Why: Each call writes lines that call it again. Lambda does not detect loops through CloudWatch Logs: the function runs, and
    costs, until somebody notices, and whoever can make it print starts it.
    Fix: Remove the subscription, or let the function log to a group of its own.
    See: https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    """
    for subscription in known(group.filters):
        target = unqualified(subscription.destination)
        function = audit.find(Function, target) if ":function:" in target and not audit.elsewhere(target) else None
        if function and _group_arn(function) == group.id:
            yield fail(
                f"{function.name} is called with the lines of {group.name}, its own log",
                at=group.where,
                key=subscription.name,
                functions=(function.id,),
            )


@rule(Severity.LOW, maps=("T1562.008", "OWASP:S10:2017"))
def role_can_erase_logs(role: Role, audit: Audit) -> Outcome:
    """A function's role may delete the function's own log.

    Why: Whoever gets into the function wipes what it printed, and with it the traces of how he came in.
    Fix: Take logs:DeleteLogGroup and logs:DeleteLogStream away; writing a log needs neither.
    See: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
    """
    users = audit.users(role)
    if not users:
        return skip("no function runs with it")
    if power.administrator(role, audit):
        return skip("it may do everything, which role-administrator reports")
    erased: list[tuple[Function, Evidence]] = []
    for arn in users:
        function = audit.find(Function, arn)
        if function is None:
            continue
        group = _group_arn(function)
        if witnesses := audit.can(role, ("logs:DeleteLogGroup", "logs:DeleteLogStream"), (group, f"{group}:*")):
            erased.append((function, audit.grant(role, witnesses[0])))
    if erased:
        names = ", ".join(fn.name for fn, _ in erased[:4]) + (" …" if len(erased) > 4 else "")
        yield fail(
            f"{role.name} may delete the log of {names}",
            at=role.where,
            evidence=tuple(evidence for _, evidence in erased[:8]),
            functions=tuple(fn.id for fn, _ in erased),
        )


@rule(Severity.LOW, maps=("CWE-532", "OWASP:S3:2017"))
def function_logs_debug(fn: Function, audit: Audit) -> Outcome:
    """The function's log level lets debugging output through.

    Why: Debugging output holds events, tokens and personal data; everyone who may read logs has them.
    Fix: Set the application log level to INFO or higher outside of development.
    See: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    logging = known(fn.logging)
    if logging is None or logging.format != "JSON" or not logging.application_level:
        return skip("Lambda filters no levels for it")
    if logging.application_level in ("TRACE", "DEBUG"):
        at = fn.where / "LoggingConfig" / "ApplicationLogLevel"
        yield fail(f"{fn.name} logs from level {logging.application_level} on", at=at)


@rule(Severity.LOW, maps=("CWE-778", "OWASP:S10:2017"))
def function_hides_errors(fn: Function, audit: Audit) -> Outcome:
    """The function's log level drops errors.

    Why: What attackers provoke shows first in errors and warnings; with the level FATAL none of them is kept.
    Fix: Set the application log level to WARN or lower.
    See: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    """
    logging = known(fn.logging)
    if logging is None or logging.format != "JSON" or not logging.application_level:
        return skip("Lambda filters no levels for it")
    if logging.application_level == "FATAL":
        yield fail(f"{fn.name} logs only fatal errors", at=fn.where / "LoggingConfig" / "ApplicationLogLevel")


@rule(Severity.INFO, persona="strict")
def log_group_without_key(group: LogGroup, audit: Audit) -> Outcome:
    """A function's log group has no KMS key of yours.

    Why: Everyone with the right to read logs reads them; with a key of your own, its policy decides as well.
    Fix: Associate a KMS key with the log group where its contents are confidential.
    See: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    if known(group.key) is None:
        yield fail(f"log group {group.name} has no KMS key", at=group.where / "kmsKeyId", functions=_writers(group, audit))


def _writers(group: LogGroup, audit: Audit) -> tuple[str, ...]:
    """Ids of the functions that write to a log group, as far as their settings are known."""
    writers = audit.once(("writers of log groups",), lambda: _by_group(audit.inventory.of(Function)))
    return tuple(writers.get((group.account, group.region, group.name), ()))


def _by_group(functions: tuple[Function, ...]) -> dict[tuple[str, str, str], list[str]]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for fn in functions:
        name = getattr(fn.logging, "group", "") or f"/aws/lambda/{fn.name}"
        found.setdefault((fn.account, fn.region, name), []).append(fn.id)
    return found
