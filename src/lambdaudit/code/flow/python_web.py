"""Models of web frameworks and of Powertools: answers, and what decorators pass on."""

from typing import Any

from .. import ir
from .invoke import Arguments
from .library import Library
from .python_registry import model
from .state import Object
from .values import UNKNOWN, ClassRef, External, Partial, Value, constant

_HTML = constant("text/html")
_ENVELOPES = {
    "Sqs": ("Records[].body", True),
    "SnsSqs": ("Records[].body", True),
    "Sns": ("Records[].Sns.Message", True),
    "KinesisDataStream": ("Records[].kinesis.data", True),
    "KinesisFirehose": ("records[].data", True),
    "Kafka": ("records[].value", True),
    "CloudWatchLogs": ("awslogs.data", True),
    "EventBridge": ("detail", False),
    "ApiGateway": ("body", False),
    "ApiGatewayV2": ("body", False),
    "ApiGatewayWebSocket": ("body", False),
    "LambdaFunctionUrl": ("body", False),
    "VpcLattice": ("body", False),
    "VpcLatticeV2": ("body", False),
}
"""Where the envelopes of Powertools' parser find what they unpack, and whether it is a list."""


# ---- answers


def _answer(walk: Library, body: Value | None, kind: Value | None, headers: Value | None, status: Value | None) -> Value:
    """An answer as an object with the fields that an answer of Lambda has."""
    fields: dict[Any, Value] = {}
    for made in walk.objects(headers) if headers is not None else []:
        fields.update(made.fields)
    if kind is not None:
        fields.setdefault("Content-Type", kind)
    told: dict[Any, Value] = {"headers": walk.new_object(Object("dict", fields))}
    if body is not None:
        told["body"] = body
    if status is not None:
        told["status_code"] = status
    return walk.new_object(Object("instance", told, None, None, "web.response()"))


@model("chalice.Response", "chalice.app.Response")
def _chalice(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    return _answer(walk, arguments.get(0, "body"), None, arguments.get(1, "headers"), arguments.get(2, "status_code"))


@model(
    "aws_lambda_powertools.event_handler.Response",
    "aws_lambda_powertools.event_handler.api_gateway.Response",
)
def _powertools(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    kind = arguments.get(1, "content_type")
    if kind is not None and any(name.endswith("TEXT_HTML") for name in walk.names_of(kind)):
        kind = _HTML
    return _answer(walk, arguments.get(2, "body"), kind, arguments.get(3, "headers"), arguments.get(0, "status_code"))


@model("fastapi.Response", "fastapi.responses.Response", "starlette.responses.Response")
def _starlette(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    kind = arguments.get(3, "media_type")
    return _answer(walk, arguments.get(0, "content"), kind, arguments.get(2, "headers"), arguments.get(1, "status_code"))


@model("flask.Response", "flask.wrappers.Response", "werkzeug.Response", "werkzeug.wrappers.Response", "quart.Response")
def _flask(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    kind = arguments.get(4, "content_type") or arguments.get(3, "mimetype") or _HTML
    return _answer(walk, arguments.get(0, "response"), kind, arguments.get(2, "headers"), arguments.get(1, "status"))


# ---- decorators of Powertools


@model("aws_lambda_powertools.utilities.batch.batch_processor", "aws_lambda_powertools.utilities.batch.async_batch_processor")
def _batch(walk: Library, arguments: Arguments, node: ir.Node) -> Value | None:
    handler = arguments.get(3, "record_handler")
    if handler is not None and walk.state is not None:
        walk.call_apart(handler, Arguments([walk.event("event.Records[]", node=node)], {}, node), node)
    return Value(refs=(External("aws_lambda_powertools.utilities.batch.decorator"),))


def parsed(walk: Library, decorator: ir.Expr, value: Value) -> Value | None:
    """``@event_parser(model=M, envelope=E)``: the function gets an instance of the model in place of the event."""
    if not isinstance(decorator, ir.Call):
        return None
    given = {argument.name: walk.value(argument.value) for argument in decorator.arguments if argument.name}
    models = [ref for ref in given.get("model", UNKNOWN).refs if isinstance(ref, ClassRef)]
    if not models:
        return None
    envelope = next((name.rsplit(".", 1)[-1] for name in walk.names_of(given.get("envelope", UNKNOWN))), "")
    target = External("parser.call", extra=(value, models[0], envelope.removesuffix("()").removesuffix("Envelope")))
    return Value(refs=(Partial(Value(refs=(target,)), (), ()),))


def call_parsed(walk: Library, ref: External, arguments: Arguments, node: ir.Node) -> Value:
    """Calls a function with what its parser makes of the event."""
    function, owner, envelope = ref.extra
    event = arguments.get(0) or UNKNOWN
    path, several = _ENVELOPES.get(envelope, ("", False))
    source = event.but(kind="json")
    if path and event.path:
        source = walk.event(f"{event.path}.{path}", node=node).but(kind="json")
    made = walk.model_instance(owner, Arguments([source], {}, node), node)
    first = walk.new_object(Object("list", {}, made)) if several else made
    return walk.call(function, Arguments([first, *arguments.positional[1:]], arguments.keywords, node), node)
