"""Random resource policies against random strangers: what is proved closed must stay closed for every one of them."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, decide
from lambdaudit.iam.language import PolicyKind, parse
from lambdaudit.iam.questions import Proved, Violated, confused_deputy, outside_access, public_access
from lambdaudit.model.unknown import Unknown

from .vocabulary import some

ACCOUNT, PARTNER, STRANGER = "111111111111", "222222222222", "987654321098"
ORGANIZATION, FOREIGN = "o-a1b2c3d4e5", "o-zzzzzzzzzz"
QUEUE = f"arn:aws:sqs:us-east-1:{ACCOUNT}:orders"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:news"
PRINCIPALS: tuple[Any, ...] = (
    "*",
    "*",
    {"AWS": "*"},
    {"AWS": ACCOUNT},
    {"AWS": PARTNER},
    {"AWS": [PARTNER, f"arn:aws:iam::{ACCOUNT}:role/app"]},
    {"AWS": "arn:aws:iam::*:role/app"},
    {"Service": "sns.amazonaws.com"},
    {"Service": ["events.amazonaws.com", "s3.amazonaws.com"], "AWS": f"arn:aws:iam::{PARTNER}:user/u"},
)
TESTS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("StringEquals", "StringNotEquals", "StringLike"), "aws:PrincipalOrgID", (ORGANIZATION, "o-*", "${aws:ResourceOrgID}")),
    (
        ("StringEquals", "StringNotEquals", "StringLike"),
        "aws:PrincipalAccount",
        (ACCOUNT, PARTNER, "1*", "${aws:ResourceAccount}"),
    ),
    (("ArnLike", "ArnNotLike", "StringLike"), "aws:PrincipalArn", (f"arn:aws:iam::{ACCOUNT}:*", "arn:aws:iam::*:role/*", "*")),
    (("ArnLike", "ArnNotEquals", "StringLike"), "aws:SourceArn", (TOPIC, "arn:aws:sns:*:*:*", "arn:aws:s3:::b", "*")),
    (("StringEquals", "StringNotEquals", "StringLike"), "aws:SourceAccount", (ACCOUNT, PARTNER, "*")),
    (("StringEquals", "StringNotEquals", "StringLike"), "aws:SourceVpce", ("vpce-1a2b3c4d", "vpce-*")),
    (("IpAddress", "NotIpAddress"), "aws:SourceIp", ("10.0.0.0/8", "203.0.113.0/24", "0.0.0.0/0", "::/0", "54.0.0.0/7")),
    (("StringEquals", "StringNotEquals", "StringLike"), "aws:PrincipalTag/team", ("red", "*", "")),
    (("StringEquals", "StringLike"), "aws:username", ("anna", "*")),
    (("Bool",), "aws:SecureTransport", ("true", "false")),
    (("Bool",), "aws:PrincipalIsAWSService", ("true", "false")),
    (("Bool",), "aws:MultiFactorAuthPresent", ("true", "false")),
    (("ForAnyValue:StringLike", "ForAllValues:StringLike"), "aws:PrincipalOrgPaths", (f"{ORGANIZATION}/*", "*")),
    (("StringLike", "StringNotLike"), "aws:userid", ("AROAQ3EGEXAMPLE5XAMPLE:*", "AIDA*", "*")),
)


def policy(source: random.Random) -> dict[str, Any]:
    statements = []
    for _ in range(source.randint(1, 3)):
        made: dict[str, Any] = {
            "Effect": source.choice(("Allow", "Allow", "Deny")),
            "Principal": source.choice(PRINCIPALS),
            "Action": source.choice(("sqs:*", "sqs:SendMessage")),
            "Resource": source.choice((QUEUE, "*")),
        }
        for _ in range(source.choice((0, 1, 1, 2, 3))):
            operators, key, values = source.choice(TESTS)
            operator = source.choice(operators) + source.choice(("", "", "IfExists"))
            made.setdefault("Condition", {}).setdefault(operator, {})[key] = some(source, values)
        statements.append(made)
    return {"Version": "2012-10-17", "Statement": statements}


def stranger(source: random.Random) -> Request:
    """A request of someone from outside, or of a service that acts for someone outside."""
    context: dict[str, Any] = {"aws:SecureTransport": source.choice(("true", "false")), "aws:ResourceOrgID": ORGANIZATION}
    sort = source.randrange(4)
    if source.random() < 0.3 and sort != 1:
        context.update({"aws:SourceVpce": "vpce-99999999", "aws:SourceVpc": "vpc-99999999"})
    else:
        context["aws:SourceIp"] = source.choice(("8.8.8.8", "54.9.9.9", "2a00:1450::1"))
    if sort == 0:
        return Request(principal="anonymous", action="sqs:SendMessage", resource=QUEUE, context=context)
    if sort == 1:
        sources = (("aws:SourceAccount", STRANGER), ("aws:SourceArn", f"arn:aws:sns:us-east-1:{STRANGER}:t"))
        context.update(item for item in sources if source.random() < 0.7)
        service = source.choice(("sns.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com", "config.amazonaws.com"))
        return Request(principal=service, action="sqs:SendMessage", resource=QUEUE, context=context)
    account = source.choice((STRANGER, STRANGER, PARTNER))
    principal = f"arn:aws:iam::{account}:{source.choice(('role/app', 'role/other', 'user/anna', 'user/u'))}"
    if source.random() < 0.5:
        context["aws:PrincipalOrgID"] = FOREIGN
        context["aws:PrincipalOrgPaths"] = (f"{FOREIGN}/r-ab12/ou-ab12-1/",)
    if source.random() < 0.5:
        context["aws:PrincipalTag/team"] = source.choice(("red", "blue"))
    context["aws:userid"] = "AIDA22222222222222222" if ":user/" in principal else "AROA22222222222222222:s"
    if source.random() < 0.5:
        context["aws:MultiFactorAuthPresent"] = source.choice(("true", "false"))
    return Request(principal=principal, action="sqs:SendMessage", resource=QUEUE, context=context)


EVERYTHING = parse({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})


def check(seed: int) -> Counter[str]:
    source = random.Random(seed)
    document = parse(policy(source), PolicyKind.RESOURCE)
    asked = {"resource": QUEUE, "account": ACCOUNT}
    public = public_access(document, **asked)  # type: ignore[arg-type]
    outside = outside_access(document, organizations={ORGANIZATION}, **asked)  # type: ignore[arg-type]
    deputy = confused_deputy(document, services=(), **asked)  # type: ignore[arg-type]
    layers = Layers(identity=(Attached("i", EVERYTHING),), session=(Attached("s", EVERYTHING),), resource=Attached("r", document))
    for verdict in (public, outside, deputy):
        for witness in verdict.witnesses if isinstance(verdict, Violated) else ():
            assert decide(witness.request, layers).outcome is Outcome.ALLOWED
    for _ in range(25):
        request = stranger(source)
        if decide(request, layers).outcome is not Outcome.ALLOWED:
            continue
        service = request.principal.endswith("amazonaws.com")
        if service:
            assert not isinstance(deputy, Proved), f"seed {seed}: {request}"
        elif PARTNER in request.principal:
            assert not isinstance(outside, Proved), f"seed {seed}: {request}"
        else:
            assert not isinstance(public, Proved), f"seed {seed}: {request}"
            assert not isinstance(outside, Proved), f"seed {seed}: {request}"
    verdicts = {"public": public, "outside": outside, "deputy": deputy}
    return Counter(f"{name} {type(verdict).__name__}" for name, verdict in verdicts.items())


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0, max_value=2**32))
def test_what_is_proved_closed_stays_closed(seed: int) -> None:
    check(seed)


@pytest.mark.slow
def test_what_is_proved_closed_stays_closed_many_times() -> None:
    verdicts: Counter[str] = sum((check(seed) for seed in range(5_000)), Counter())
    assert min(verdicts[f"{name} {sort}"] for name in ("public", "outside", "deputy") for sort in ("Proved", "Violated")) > 300
    assert sum(count for name, count in verdicts.items() if name.endswith(Unknown.__name__)) < 150
