"""Amazon Resource Names of every partition, qualified or not."""

import re
from typing import NamedTuple

_ACCOUNT = re.compile(r"\d{12}")
SERVICE_PRINCIPAL = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com)")
"""The name of an AWS service as a principal (``lambda.amazonaws.com``)."""


PLACEHOLDER_ACCOUNT = "000000000000"
"""Stands for the account that templates are deployed to when nobody says which one it is."""


class Arn(NamedTuple):
    """The six parts of an ARN. `resource` keeps its own colons and slashes."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        """The ARN as text."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def name(self) -> str:
        """The last part of the resource: a role's, key's or table's name, a function's name without qualifier."""
        if self.service == "lambda" and self.resource.startswith(("function:", "layer:")):
            return self.resource.split(":")[1]
        return re.split(r"[:/]", self.resource)[-1]

    @property
    def qualifier(self) -> str:
        """A function's version or alias, or an empty text."""
        parts = self.resource.split(":")
        return parts[2] if self.service == "lambda" and parts[0] == "function" and len(parts) > 2 else ""


def parse_arn(text: str) -> Arn | None:
    """Split an ARN into its parts; None when `text` is not one (six parts, at most 2,048 characters)."""
    if not isinstance(text, str) or len(text) > 2048 or not text.startswith("arn:"):
        return None
    parts = text.split(":", 5)
    if len(parts) != 6 or not parts[1] or not parts[2] or not parts[5]:
        return None
    return Arn(*parts[1:])


def account_of(text: str) -> str:
    """The twelve-digit account in an ARN, or the text itself when it is an account id; otherwise an empty text."""
    if _ACCOUNT.fullmatch(text):
        return text
    arn = parse_arn(text)
    return arn.account if arn and _ACCOUNT.fullmatch(arn.account) else ""


def unqualified(function_arn: str) -> str:
    """A function's ARN without version or alias; other ARNs come back as they are."""
    parts = function_arn.split(":")
    return ":".join(parts[:7]) if len(parts) == 8 and parts[2] == "lambda" and parts[5] == "function" else function_arn
