"""What starts a function, in one word each: it decides which parts of the event strangers write."""

from collections.abc import Callable, Iterable, Iterator

from lambdaudit.model.apis import Api, Authorizer, Route
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.invokers import Invoker
from lambdaudit.model.resources import Bucket, EventRule, EventSourceMapping, LogGroup, Secret, Topic
from lambdaudit.model.unknown import Unknown

Services = Callable[[Policy], Iterable[str]]
"""The service principals that a resource-based policy lets in (``s3.amazonaws.com``)."""

_PROTOCOLS = {"REST": "apigateway", "HTTP": "httpapi", "WEBSOCKET": "websocket"}
_OF_ASSET: tuple[tuple[type[Asset], str], ...] = (
    (Bucket, "s3"),
    (Topic, "sns"),
    (LogGroup, "logs"),
    (Secret, "secretsmanager"),
    (Authorizer, "authorizer"),
)
_OF_SERVICE = {
    "apigateway": "apigateway",
    "elasticloadbalancing": "alb",
    "s3": "s3",
    "sns": "sns",
    "events": "eventbridge",
    "scheduler": "schedule",
    "cognito-idp": "cognito",
    "logs": "logs",
    "secretsmanager": "secretsmanager",
    "cloudformation": "cloudformation",
    "config": "config",
    "codecommit": "codecommit",
    "codepipeline": "codepipeline",
    "iot": "iot",
    "lex": "lex",
    "lexv2": "lex",
    "ses": "ses",
    "alexa-appkit": "alexa",
    "alexa-connectedhome": "alexa",
    "connect": "connect",
    "states": "stepfunctions",
    "bedrock": "bedrock",
    "appsync": "appsync",
    "vpc-lattice": "lattice",
    "edgelambda": "cloudfront",
    "cloudfront": "cloudfront",
}
_OTHERS = (
    "url", "websocket", "httpapi", "sqs", "kinesis", "dynamodb", "kafka", "mq", "docdb", "rds", "object-lambda",
    "schedule", "authorizer", "lambda",
    "unknown",
)  # fmt: skip
KINDS = frozenset((*_OTHERS, *_PROTOCOLS.values(), *_OF_SERVICE.values(), *(word for _, word in _OF_ASSET)))
"""Every word that :func:`triggers_of` gives, and ``unknown`` for anything."""


def triggers_of(inventory: Inventory, function: Function, services: Services | None = None) -> frozenset[str]:
    """What starts a function, its versions and aliases included.

    Words: ``url``, ``apigateway``, ``httpapi``, ``websocket``, ``alb``, ``s3``, ``sns``, ``sqs``, ``kinesis``, ``dynamodb``,
    ``kafka``, ``mq``, ``docdb``, ``eventbridge``, ``schedule``, ``logs``, ``secretsmanager``, ``authorizer``, ``lambda``
    (destination of another function), and what `services` finds in its policies. An empty set says that nothing is known to
    start it, not that nothing does.
    """
    return frozenset(_all(inventory, function, services))


def _all(inventory: Inventory, function: Function, services: Services | None) -> Iterator[str]:
    ends = [function.id, *_known(function.aliases), *_known(function.versions)]
    for end in ends:
        asset = inventory.get(end)
        if getattr(asset, "url", None) is not None and not isinstance(getattr(asset, "url", None), Unknown):
            yield "url"
        policy = getattr(asset, "policy", None)
        if services and isinstance(policy, Policy):
            for service in services(policy):
                yield from _word(service)
        for edge in inventory.to(end):
            cause = inventory.get(edge.via)
            if edge.relation == "triggers" and cause is not None:
                yield from _of_asset(inventory, cause)
            elif edge.relation == "sends" and isinstance(cause, Function | FunctionVersion | Alias):
                yield "lambda"


def _known(ids: tuple[str, ...] | Unknown) -> tuple[str, ...]:
    return () if isinstance(ids, Unknown) else ids


def _word(service: str) -> Iterator[str]:
    name = service.partition(".amazonaws.com")[0].partition(".amazon.com")[0]
    word = _OF_SERVICE.get(name)
    if word:
        yield word


def _of_asset(inventory: Inventory, cause: Asset) -> Iterator[str]:
    if isinstance(cause, EventSourceMapping):
        kind = cause.source_kind or (cause.source.split(":")[2] if cause.source.count(":") > 4 else "kafka")
        yield "kafka" if "kafka" in kind.lower() else kind
    elif isinstance(cause, EventRule):
        yield "schedule" if cause.schedule else "eventbridge"
    elif isinstance(cause, Route):
        api = inventory.get(cause.api)
        yield _PROTOCOLS.get(api.protocol, "apigateway") if isinstance(api, Api) else "apigateway"
    elif isinstance(cause, Invoker):
        yield from _word(cause.service)
        if cause.service == "pipes" and cause.source.count(":") > 4:
            yield {"kafka": "kafka"}.get(cause.source.split(":")[2], cause.source.split(":")[2])
    else:
        yield from (word for kind, word in _OF_ASSET if isinstance(cause, kind))


__all__ = ["KINDS", "Services", "triggers_of"]
