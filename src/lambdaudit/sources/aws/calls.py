"""The call table: every AWS API operation that lambdaudit can call. What is not in it cannot be sent.

The rows are in ``calls_*.py`` by field; their form is :class:`~lambdaudit.sources.aws.call.Call`.
"""

from collections import defaultdict
from typing import Final

from lambdaudit.sources.aws.call import Ask, Call
from lambdaudit.sources.aws.calls_identity import IDENTITY, NETWORK
from lambdaudit.sources.aws.calls_images import IMAGES
from lambdaudit.sources.aws.calls_keys import KEYS
from lambdaudit.sources.aws.calls_lambda import LAMBDA
from lambdaudit.sources.aws.calls_metrics import METERED
from lambdaudit.sources.aws.calls_resources import RESOURCES
from lambdaudit.sources.aws.calls_triggers import TRIGGERS

CALLS: Final[tuple[Call, ...]] = (*IDENTITY, *LAMBDA, *TRIGGERS, *RESOURCES, *IMAGES, *KEYS, *NETWORK, *METERED)

BY_NAME: Final[dict[str, Call]] = {call.name: call for call in CALLS}
"""Every row by ``service:Operation``."""

CREDENTIAL_CALLS: Final[frozenset[str]] = frozenset(
    {
        "signin:CreateOAuth2Token",
        "sso-oidc:CreateToken",
        "sso:GetRoleCredentials",
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    }
)
"""What the SDK itself sends to obtain credentials; never part of a collection."""

CODE_CALLS: Final[dict[str, str]] = {
    "ecr:BatchGetImage": "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer": "ecr:GetDownloadUrlForLayer",
    "lambda:GetFunction": "lambda:GetFunction",
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
}
"""What ``--code`` sends, after a collection, with the right that it needs."""


def _listeners() -> dict[str, list[tuple[Call, Ask]]]:
    found: dict[str, list[tuple[Call, Ask]]] = defaultdict(list)
    for call in CALLS:
        for event, ask in call.when.items():
            found[event].append((call, ask))
    return dict(found)


LISTENERS: Final[dict[str, list[tuple[Call, Ask]]]] = _listeners()
"""By event: the rows that may follow, each with the function that decides."""


def row(service: str, operation: str) -> Call:
    """The row of an operation. Raises KeyError when the table has none."""
    return BY_NAME[f"{service}:{operation}"]
