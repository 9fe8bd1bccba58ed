"""A deployed demo account as the tests see it: through the SDK only."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import boto3

from lambdaudit.demo import Deployment, Endpoint, deploy, running
from lambdaudit.demo.stack import Wording, plain


@dataclass(frozen=True)
class Account:
    """The demo account while it runs."""

    endpoint: Endpoint
    deployment: Deployment
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = "eu-west-1") -> Any:
        """A client of the demo account."""
        if (service, region) not in self._clients:
            session = cast(Any, boto3.Session)(**self.endpoint.credentials)
            self._clients[service, region] = session.client(service, region_name=region, endpoint_url=self.endpoint.url)
        return self._clients[service, region]

    def arn(self, label: str) -> str:
        """The ARN of an asset by its label."""
        return self.deployment.arns[label]

    def function(self, name: str, qualifier: str = "") -> Any:
        """The configuration of a function or of one of its versions and aliases."""
        region = self.arn(f"function/{name}").split(":")[3]
        options = {"Qualifier": qualifier} if qualifier else {}
        return self.client("lambda", region).get_function_configuration(FunctionName=name, **options)

    def statements(self, name: str, qualifier: str = "") -> list[dict[str, Any]]:
        """The statements of a function's resource policy."""
        region = self.arn(f"function/{name}").split(":")[3]
        options = {"Qualifier": qualifier} if qualifier else {}
        answer = self.client("lambda", region).get_policy(FunctionName=name, **options)
        return cast(list[dict[str, Any]], json.loads(answer["Policy"])["Statement"])

    def role(self, name: str) -> list[dict[str, Any]]:
        """The statements of a role's inline policies."""
        iam = self.client("iam")
        found: list[dict[str, Any]] = []
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            found += iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        return found


@contextmanager
def deployed(wording: Wording = plain) -> Iterator[Account]:
    """The demo account, deployed with the given wording."""
    with running() as endpoint:
        yield Account(endpoint, deploy(endpoint, wording))
