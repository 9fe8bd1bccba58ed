"""Secrets Manager: whether secrets change, and whether what changes them still works."""

import datetime as dt

from lambdaudit.facts import Audit
from lambdaudit.model.arn import account_of, unqualified
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.resources import Secret
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.rules.contract import Outcome, fail, rule, skip

_GRACE = dt.timedelta(days=7)
_SELDOM = 180
"""Days: twice the ninety that AWS's own control (SecretsManager.4) takes as its default."""


@rule(Severity.LOW, confidence=Confidence.MEDIUM, maps=("CWE-262", "FSBP:SecretsManager.1"))
def secret_not_rotated(secret: Secret, audit: Audit) -> Outcome:
    """A secret has no rotation.

    Why: A secret that leaked once works until somebody changes it by hand.
    Fix: Set up rotation with a rotation function, or let the owning service manage it.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """
    if service := known(secret.owning_service):
        return skip(f"{service} manages it")
    if known(secret.rotation) is False:
        yield fail(f"secret {secret.name} is not rotated", at=secret.where)


@rule(Severity.LOW, maps=("CWE-263", "FSBP:SecretsManager.4"))
def secret_rotates_seldom(secret: Secret, audit: Audit) -> Outcome:
    """A secret rotates less often than twice a year.

    Why: A secret that leaked works for months before it changes.
    Fix: Shorten the rotation schedule; thirty days is usual, ninety the most that many rules allow.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    if not known(secret.rotation):
        return skip("rotation is off, which secret-not-rotated reports")
    days = known(secret.rotation_days)
    if days is None:
        return skip("its schedule is not in days")
    if days > _SELDOM:
        yield fail(f"secret {secret.name} rotates every {days} days", at=secret.where / "RotationRules")


@rule(Severity.MEDIUM, maps=("CWE-324", "FSBP:SecretsManager.2"))
def secret_rotation_fails(secret: Secret, audit: Audit) -> Outcome:
    """A secret's rotation is on, but the last one is older than its schedule.

    Why: Rotation fails or its function is gone; everybody believes that the secret changes, and it does not.
    Fix: Read the rotation function's log, mend it, and rotate once by hand.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot_rotation.html
    """
    if not known(secret.rotation):
        return skip("rotation is off, which secret-not-rotated reports")
    days, last = known(secret.rotation_days), known(secret.last_rotated)
    if not days or not last:
        return skip("no schedule in days, or never rotated yet")
    try:
        due = dt.datetime.fromisoformat(last).date() + dt.timedelta(days=days) + _GRACE
    except (ValueError, OverflowError):
        due = known(Unknown(f"the last rotation ({last[:40]}) or the schedule is not a date"))
    if due < audit.today:
        yield fail(
            f"secret {secret.name} should rotate every {days} days, the last time was {last[:10]}",
            at=secret.where / "LastRotatedDate",
        )


@rule(Severity.LOW, maps=("CWE-672",))
def secret_rotation_function_gone(secret: Secret, audit: Audit) -> Outcome:
    """A secret names a rotation function that does not exist.

    Why: The secret cannot rotate, and whoever may create a function of that name receives it.
    Fix: Deploy the rotation function again or choose another one.
    See: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html
    """
    arn = known(secret.rotation_function)
    if not known(secret.rotation) or not arn or not audit.is_own(account_of(arn)):
        return skip("it has no rotation function in an audited account")
    if audit.find(Function, unqualified(arn)) is None:
        yield fail(f"secret {secret.name} is rotated by {arn}, which does not exist", at=secret.where / "RotationLambdaARN")
