"""What the parts of the demo application share: clients, names, free text, and the ARNs of what was made."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import boto3

from lambdaudit.demo.server import ACCOUNT, REGIONS, Endpoint

MAIN, SECOND = REGIONS
PREFIX = "tidewater"

Wording = Callable[[str, str], str]
"""Gives the text to deploy for a field (``"function description"``) and the text that the demo has in mind."""


def plain(field: str, text: str) -> str:
    """The demo's own wording, unchanged."""
    return text


def function_arn(name: str, region: str = MAIN) -> str:
    """The ARN of one of the application's functions."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


def role_arn(name: str) -> str:
    """The ARN of one of the application's roles."""
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A policy statement that allows the actions on the resource or resources."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


class Stack:
    """The application while it is being deployed."""

    def __init__(self, endpoint: Endpoint, wording: Wording = plain) -> None:
        self.endpoint = endpoint
        self.text = wording
        self.arns: dict[str, str] = {}
        session = cast(Any, boto3.Session)(**endpoint.credentials)
        self.client: Callable[..., Any] = cache(
            lambda service, region=MAIN: session.client(service, region_name=region, endpoint_url=endpoint.url)
        )

    def made(self, label: str, arn: str) -> str:
        """Note the ARN of an asset under a label (``queue/tidewater-orders``), and give it back."""
        self.arns[label] = arn
        return arn

    def tags(self, purpose: str) -> dict[str, str]:
        """The tags of a well-kept resource."""
        return {self.text("tag key", key): self.text("tag value", value) for key, value in _tags(purpose)}

    def tag_list(self, purpose: str, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
        """The same tags in the list form that many services want; those let fewer characters through."""
        return [
            {key: self.text("listed tag key", name), value: self.text("listed tag value", text)} for name, text in _tags(purpose)
        ]


def _tags(purpose: str) -> list[tuple[str, str]]:
    return [("owner", "bookings-platform"), ("data-class", "internal"), ("purpose", purpose)]
