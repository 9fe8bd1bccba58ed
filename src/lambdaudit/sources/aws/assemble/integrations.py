"""Which function an API Gateway integration or authorizer calls."""

import re
from typing import NamedTuple

from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.text import redacted

_INVOCATION = re.compile(
    r"arn:[^:]+:apigateway:[^:]*:lambda:path/[^/]+/functions/(?P<function>[^/]+)/(?:response-streaming-)?invocations"
)

ACCOUNT_RATE = 10_000
"""Requests a second that an account may make in a region; API Gateway answers it where a stage sets no rate of its own."""


class Callee(NamedTuple):
    """What an integration calls: the function's id (empty: none), its qualifier, and the address without secrets."""

    function: Maybe[str]
    qualifier: str
    address: str


def callee(uri: str) -> Callee:
    """The function in an integration's or authorizer's URI, in either form that API Gateway takes.

    A stage variable in the place of the function leaves it Unknown; in the place of the qualifier it stays as it is written.
    """
    address = redacted(uri)
    match = _INVOCATION.fullmatch(uri)
    target = match["function"] if match else uri
    if match is None and ":lambda:" not in uri and "${" not in uri:
        return Callee("", "", address)
    variable = target.find("${")
    if match is None and ":lambda:" not in uri:
        # The whole address is made of stage variables; it may be a function or an HTTP address.
        return Callee(Unknown("the integration's address depends on a stage variable") if variable == 0 else "", "", address)
    parts = target.split(":", 7)
    if variable >= 0 and "${" in ":".join(parts[:7]):
        return Callee(Unknown("the integration's function depends on a stage variable"), "", address)
    arn = parse_arn(target)
    if arn is None or arn.service != "lambda" or not arn.resource.startswith("function:"):
        return Callee(Unknown("odd value: the integration's address names no function that can be read"), "", address)
    return Callee(unqualified(target), redacted(parts[7]) if len(parts) == 8 else "", address)
