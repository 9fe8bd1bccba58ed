"""The least IAM policy that a collection needs, generated from the call table."""

from collections.abc import Collection
from typing import Any, Final

from lambdaudit.sources.aws.call import METRICS, Call
from lambdaudit.sources.aws.calls import CALLS, CODE_CALLS

CORE: Final = "core"
THOROUGH: Final = "thorough"
CODE: Final = "code"

FEATURES: Final[dict[str, str]] = {
    CORE: "functions, versions, aliases, their policies and settings, and all of IAM in bulk",
    "roles": "execution roles read one by one, for single functions or where the bulk read is not allowed",
    "triggers": "what calls functions: mappings, APIs, rules, topics, schedules and other services",
    "resources": "what functions use: queues, topics, buckets, tables, streams, keys, secrets, log groups, images",
    "scans": "what ECR and Amazon Inspector found in the images and functions that they scanned",
    "network": "subnets, routes, security groups and endpoints of functions in a VPC",
    "tags": "functions chosen by tag",
    "organization": "the list of an organisation's accounts",
    THOROUGH: "what only --thorough asks",
    METRICS: "what CloudWatch measured of functions, for money, which only --metrics asks",
    CODE: "packages, layers and images, which --code looks into",
}
"""The parts of a collection that can be allowed separately, each with what it is for. ``core`` is always needed."""


def _wanted(call: Call, features: Collection[str]) -> bool:
    return call.feature in features and (not call.thorough or THOROUGH in features)


def policy_document(features: Collection[str] | None = None, partition: str = "aws") -> dict[str, Any]:
    """An IAM policy that allows exactly the calls of the table that `features` need; all of them by default.

    ``core`` is always in. Actions that are broader than the reads they stand for (API Gateway's ``GET``) are limited
    to the paths that are read. Raises ValueError for a feature that does not exist.
    """
    chosen = set(FEATURES) if features is None else {CORE, *features}
    unknown = chosen - set(FEATURES)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"there is no feature {names}; there are: {', '.join(FEATURES)}")
    anywhere = set(CODE_CALLS.values()) if CODE in chosen else set()
    limited: dict[str, set[str]] = {}
    for call in CALLS:
        if not _wanted(call, chosen):
            continue
        for action in call.actions:
            if call.resources == ("*",):
                anywhere.add(action)
            else:
                limited.setdefault(action, set()).update(r.format(partition=partition) for r in call.resources)
    statements = [{"Sid": "ReadConfiguration", "Effect": "Allow", "Action": sorted(anywhere), "Resource": "*"}]
    for action, resources in sorted(limited.items()):
        sid = "Read" + "".join(word.capitalize() for word in action.lower().split(":"))
        statements.append({"Sid": sid, "Effect": "Allow", "Action": [action], "Resource": sorted(resources)})
    return {"Version": "2012-10-17", "Statement": statements}
