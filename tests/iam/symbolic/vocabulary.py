"""Random policies and requests from a small vocabulary, so that matches, near misses and corner cases are frequent."""

import copy
import random
from typing import Any

from lambdaudit.iam.decide import Request

ACCOUNTS = ("111111111111", "222222222222")
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage")
ACTION_PATTERNS = (*ACTIONS, "s3:*", "s3:Get*", "*", "sqs:?endMessage", "s3:*Object", "S3:getobject")
RESOURCES = (
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/x",
    "arn:aws:s3:::a/x/y",
    "arn:aws:s3:::ab",
    "arn:aws:sqs:us-east-1:111111111111:q",
    "*",
)
RESOURCE_PATTERNS = (
    *RESOURCES[:5],
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::?/x",
    "arn:*:s3:::*/x*",
    "arn:aws:s*",
    "arn:aws:sqs:*:111111111111:*",
    "arn:aws:s3:::a/${aws:username}",
    "arn:aws:s3:::a/${aws:PrincipalTag/t}/*",
    "arn:aws:s3:::${aws:PrincipalTag/t, 'a'}/x",
)
TEXTS = ("a", "b", "ab", "A", "a/x", "", "true", "x")
TEXT_PATTERNS = (*TEXTS, "a*", "*", "?", "*b", "${aws:username}", "${aws:PrincipalTag/t}", "${*}", "x${aws:username}*")
ARNS = ("arn:aws:sns:us-east-1:111111111111:t", "arn:aws:s3:::a", "arn:aws:sns:us-east-1:222222222222:t", "nonsense")
ARN_PATTERNS = (*ARNS, "arn:aws:sns:*:111111111111:*", "arn:aws:s*:*:*:*:t", "arn:aws:s3:::${aws:username}", "*", "arn:aws:sns")
NUMBERS = ("0", "1", "2", "2.5", "10", "-1", "1e1", "many")
DATES = ("2026-01-01T00:00:00Z", "2026-06-01", "1767225600", "2027", "never")
ADDRESSES = ("10.0.0.1", "10.1.0.1", "198.51.100.9", "2001:db8::1", "nowhere")
NETWORKS = ("10.0.0.0/8", "10.0.0.0/16", "0.0.0.0/0", "198.51.100.9", "::/0", "2001:db8::/32", "10.0.0.300")
TEXT_KEYS = (
    "aws:username",
    "aws:PrincipalTag/t",
    "s3:prefix",
    "aws:SourceVpc",
    "aws:userid",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
)
SET_KEYS = ("aws:TagKeys", "aws:CalledVia", "dynamodb:LeadingKeys")
BOOL_KEYS = ("aws:SecureTransport", "aws:MultiFactorAuthPresent")
STRING_OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
)
ARN_OPERATORS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
NUMERIC_OPERATORS = (
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
)
DATE_OPERATORS = tuple(name.replace("Numeric", "Date") for name in NUMERIC_OPERATORS)
PRINCIPALS = (
    "arn:aws:iam::111111111111:role/r",
    "arn:aws:iam::111111111111:role/path/r",
    "arn:aws:sts::111111111111:assumed-role/r/s",
    "arn:aws:iam::111111111111:user/u",
    "arn:aws:iam::222222222222:user/u",
    "arn:aws:iam::111111111111:root",
    "arn:aws:sts::111111111111:federated-user/f",
    "sns.amazonaws.com",
    "anonymous",
)
PRINCIPAL_ENTRIES: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": "111111111111"},
    {"AWS": ["arn:aws:iam::111111111111:role/r", "222222222222"]},
    {"AWS": "arn:aws:iam::111111111111:user/u"},
    {"AWS": "arn:aws:sts::111111111111:assumed-role/r/s"},
    {"AWS": "arn:aws:iam::*:root"},
    {"AWS": "arn:aws:iam::111111111111:role/*"},
    {"Service": "sns.amazonaws.com"},
    {"Service": ["s3.amazonaws.com", "sns.amazonaws.com"], "AWS": "222222222222"},
    {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
    {"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::111111111111:role/r"]},
    {"AWS": "AIDAQ3EGEXAMPLE5XAMPLE"},
    {"AWS": "arn:aws:sts::111111111111:federated-user/f"},
)


def some(source: random.Random, values: tuple[Any, ...], most: int = 2) -> Any:
    chosen = [source.choice(values) for _ in range(source.randint(1, most))]
    return chosen[0] if len(chosen) == 1 else chosen


def condition(source: random.Random) -> tuple[str, str, Any]:
    qualifier = source.choice(("", "", "", "ForAnyValue:", "ForAllValues:"))
    suffix = source.choice(("", "", "IfExists"))
    sort = source.randrange(8)
    key_pool = TEXT_KEYS + SET_KEYS if qualifier or source.random() < 0.1 else TEXT_KEYS
    if sort <= 2:
        return qualifier + source.choice(STRING_OPERATORS) + suffix, source.choice(key_pool), some(source, TEXT_PATTERNS, 3)
    if sort == 3:
        keys = ("aws:SourceArn", "aws:PrincipalArn")
        return (
            qualifier + source.choice(ARN_OPERATORS) + suffix,
            source.choice(keys),
            some(source, (*ARN_PATTERNS, *PRINCIPALS[:4])),
        )
    if sort == 4:
        return source.choice(NUMERIC_OPERATORS) + suffix, "s3:max-keys", some(source, NUMBERS)
    if sort == 5:
        return source.choice(DATE_OPERATORS) + suffix, "aws:TokenIssueTime", some(source, DATES)
    if sort == 6:
        return source.choice(("IpAddress", "NotIpAddress")) + suffix, "aws:SourceIp", some(source, NETWORKS)
    if source.random() < 0.5:
        return "Null", source.choice(key_pool + SET_KEYS), source.choice(("true", "false", ["true", "false"], "maybe"))
    return qualifier + "Bool" + suffix, source.choice(BOOL_KEYS), source.choice(("true", "false", "TRUE", "yes"))


def statement(source: random.Random, *, principals: bool) -> dict[str, Any]:
    action, resource = some(source, ACTION_PATTERNS), some(source, RESOURCE_PATTERNS, 3)
    made: dict[str, Any] = {
        "Effect": source.choice(("Allow", "Allow", "Deny")),
        source.choice(("Action", "Action", "Action", "NotAction")): action,
        source.choice(("Resource", "Resource", "Resource", "NotResource")): resource,
    }
    if principals:
        made[source.choice(("Principal", "Principal", "Principal", "NotPrincipal"))] = source.choice(PRINCIPAL_ENTRIES)
    conditions: dict[str, dict[str, Any]] = {}
    for _ in range(source.choice((0, 0, 1, 1, 2, 3))):
        operator, key, values = condition(source)
        conditions.setdefault(operator, {})[key] = values
    if conditions:
        made["Condition"] = conditions
    return made


def policy(source: random.Random, *, principals: bool = False, most: int = 4) -> dict[str, Any]:
    version = "2008-10-17" if source.random() < 0.1 else "2012-10-17"
    return {"Version": version, "Statement": [statement(source, principals=principals) for _ in range(source.randint(1, most))]}


def request(source: random.Random, *, clean: bool = False) -> Request:
    """A request; a clean one holds only values of the right type."""
    context: dict[str, Any] = {}

    def put(key: str, values: tuple[str, ...], chance: float = 0.5) -> None:
        if source.random() < chance:
            context[key] = source.choice(values)

    principal = source.choice(PRINCIPALS)
    for key in ("aws:PrincipalTag/t", "s3:prefix", "aws:SourceVpc"):
        put(key, TEXTS)
    if ":user/" in principal:
        context["aws:username"] = principal.rpartition("/")[2] if clean else source.choice((*TEXTS, "u"))
    put("aws:userid", ("AIDAQ3EGEXAMPLE5XAMPLE", "AROAQ3EGEXAMPLE5XAMPLE:s"), 0.3)
    put("aws:SourceArn", ARNS)
    put("s3:max-keys", NUMBERS[:-1] if clean else NUMBERS)
    put("aws:TokenIssueTime", DATES[:-1] if clean else DATES)
    put("aws:SourceIp", ADDRESSES[:-1] if clean else ADDRESSES)
    for key in BOOL_KEYS:
        put(key, ("true", "false"))
    for key in SET_KEYS:
        if source.random() < 0.5:
            context[key] = tuple(source.sample(("a", "b", "ab", "x"), source.randint(0, 3)))
    return Request(principal=principal, action=source.choice(ACTIONS), resource=source.choice(RESOURCES), context=context)


def changed(source: random.Random, document: dict[str, Any]) -> dict[str, Any]:
    """The document with one statement added, taken away, or made narrower or wider."""
    made = copy.deepcopy(document)
    chosen = source.choice(made["Statement"])
    sort = source.randrange(4)
    if sort == 0 and len(made["Statement"]) > 1:
        made["Statement"].remove(chosen)
    elif sort == 1:
        made["Statement"].append(statement(source, principals="Principal" in chosen or "NotPrincipal" in chosen))
    elif sort == 2:
        chosen.pop("Condition", None)
    else:
        operator, key, values = condition(source)
        chosen.setdefault("Condition", {}).setdefault(operator, {})[key] = values
    return made
