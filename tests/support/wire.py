"""What travels on the wire: a request with the AWS operation it stands for, an answer, and AWS's error shapes.

The operation comes from the request alone: ``X-Amz-Target`` (json), ``Action=`` (query, ec2), ``/operation/NAME``
(rpc-v2-cbor) or method and path against botocore's service models (rest-json, rest-xml). The region comes from the
credential scope of the SigV4 signature.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode
from xml.sax.saxutils import escape

import botocore.loaders

ACCOUNT = "123456789012"

# Signing names that differ from botocore's service name, or that several services share. S3 Control signs as S3 too.
SERVICES_BY_SIGNING_NAME: Mapping[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "elasticfilesystem": ("efs",),
    "elasticloadbalancing": ("elbv2", "elb"),
    "email": ("ses",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "ses": ("sesv2", "ses"),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
# X-Amz-Target prefixes that name another service than the signature does.
SERVICES_BY_TARGET: Mapping[str, str] = {"DynamoDBStreams_20120810": "dynamodbstreams"}
READ_PREFIXES = (
    *("Get", "List", "Describe", "Head", "BatchGet", "BatchDescribe", "Search", "Lookup"),
    *("Simulate", "Generate", "Decode", "Filter", "Test", "Validate"),
)
PACKAGES = "/_packages/"


@dataclass(frozen=True)
class Route:
    """One operation of a REST service: its method, path pattern and the query keys that tell it from its siblings."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: tuple[tuple[str, str], ...]
    weight: tuple[int, int, int, int]


@dataclass(frozen=True)
class Answer:
    """An HTTP response: status, headers (names as sent) and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first header of that name, or an empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def json(self) -> Any:
        """The body read as JSON; an empty body is an empty object."""
        return json.loads(self.body or b"{}")

    def with_json(self, value: object) -> "Answer":
        """The same answer with another JSON body."""
        return replace(self, body=json.dumps(value).encode())


@dataclass(frozen=True)
class Call:
    """One request and the API operation it stands for; `service` is botocore's name of the service."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    service: str = "unknown"
    operation: str = "Unknown"
    region: str = ""
    protocol: str = "json"
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """``service:Operation``, as counters, quotas and faults spell it."""
        return f"{self.service}:{self.operation}"

    @property
    def reads(self) -> bool:
        """Whether the operation leaves the account as it was."""
        return self.operation.startswith(READ_PREFIXES)

    @cached_property
    def arguments(self) -> dict[str, str]:
        """Query string and form body, first value of each key."""
        text = self.query
        if self._has_form:
            text = f"{text}&{self.body.decode('utf-8', 'replace')}"
        return {key: values[0] for key, values in parse_qs(text, keep_blank_values=True).items()}

    @cached_property
    def content(self) -> dict[str, Any]:
        """The JSON body; empty when there is none."""
        value = json.loads(self.body) if self.body else {}
        return value if isinstance(value, dict) else {}

    def with_content(self, content: Mapping[str, Any]) -> "Call":
        """The same call with another JSON body."""
        body = json.dumps(content).encode()
        return replace(self, body=body, headers={**self.headers, "content-length": str(len(body))})

    def with_arguments(self, **changes: str | None) -> "Call":
        """The same call with arguments of its query string, or of its form body, set, or dropped where None."""

        def edit(text: str) -> str:
            pairs = [(key, value) for key, value in parse_qsl(text, keep_blank_values=True) if key not in changes]
            return urlencode(pairs + [(key, value) for key, value in changes.items() if value is not None])

        if not self._has_form:
            return replace(self, query=edit(self.query))
        body = edit(self.body.decode("utf-8", "replace")).encode()
        return replace(self, body=body, headers={**self.headers, "content-length": str(len(body))})

    @property
    def _has_form(self) -> bool:
        return bool(self.body) and self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")

    @cached_property
    def key(self) -> tuple[str, ...]:
        """What makes two requests the same question: everything but signature, dates and retry counters."""
        headers = self.headers
        return (
            self.region,
            self.method,
            re.split("[.:]", headers.get("host", ""))[0] if self.service == "s3control" else "",
            self.path,
            "&".join(sorted(self.query.split("&"))),
            headers.get("x-amz-target", ""),
            headers.get("x-amz-account-id", ""),
            self.body.decode("latin-1"),
            self.service,
            headers.get("range", ""),
        )


@cache
def service_model(service: str) -> dict[str, Any]:
    """botocore's description of a service, or an empty one for a service that it does not know."""
    try:
        model: dict[str, Any] = botocore.loaders.Loader().load_service_model(service, "service-2")
    except botocore.exceptions.UnknownServiceError:
        return {"metadata": {}, "operations": {}, "shapes": {}}
    return model


@cache
def routes(service: str) -> tuple[Route, ...]:
    """All operations of a REST service, the most specific first."""
    found = []
    for name, operation in service_model(service)["operations"].items():
        path, _, query = operation["http"]["requestUri"].partition("?")
        required = tuple((key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != "x-id")
        pattern = re.sub(
            r"\{([\w-]+)(\+?)\}",
            lambda match: f"(?P<{match[1].replace('-', '_')}>{'.+' if match[2] else '[^/]+'})",
            path.rstrip("/").replace(".", r"\.") or "",
        )
        weight = (
            -len(required),
            path.count("+}"),
            path.count("{") - path.count("/"),
            int(bool(operation.get("deprecated"))),
        )
        found.append(Route(name, operation["http"]["method"], re.compile(pattern + "/?"), required, weight))
    return tuple(sorted(found, key=lambda route: (route.weight, route.operation)))


def find_route(service: str, method: str, path: str, query: str) -> tuple[str, dict[str, str]] | None:
    """The operation that a REST request stands for, with its path labels decoded; None when none fits."""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    for route in routes(service):
        if route.method != method or any(asked.get(key) is None or (value and asked[key] != value) for key, value in route.query):
            continue
        if match := route.path.fullmatch(path):
            return route.operation, {key: unquote(value) for key, value in match.groupdict().items()}
    return None


def scope(headers: Mapping[str, str], query: str) -> tuple[str, str]:
    """(signing name, region) of a signed request; empty strings for an unsigned one."""
    match = re.search(r"Credential=([^,\s]+)", headers.get("authorization", ""))
    credential = match[1] if match else dict(parse_qsl(query)).get("X-Amz-Credential", "")
    parts = credential.split("/")
    return (parts[-2], parts[-3]) if len(parts) >= 5 else ("", "")


def identify(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Read a request as an API call. Header names must be lower-case."""
    if path.startswith(PACKAGES):
        return Call(method, path, query, headers, body, "lambda-package", "Download", path.split("/")[2], "rest-xml")
    signing, region = scope(headers, query)
    services = SERVICES_BY_SIGNING_NAME.get(signing, (signing,)) if signing else ()
    call = Call(method, path, query, headers, body, service=services[0] if services else "unsigned", region=region)
    target = headers.get("x-amz-target", "")
    if target:
        prefix, _, operation = target.rpartition(".")
        return replace(call, service=SERVICES_BY_TARGET.get(prefix, call.service), operation=operation)
    if match := re.fullmatch(r"/service/[^/]+/operation/(\w+)", path):
        return replace(call, operation=match[1], protocol="smithy-rpc-v2-cbor")
    if action := call.arguments.get("Action"):
        return replace(call, operation=action, protocol="ec2" if call.service == "ec2" else "query")
    for service in ("s3control",) if signing == "s3" and path.startswith("/v20180820/") else services:
        if found := find_route(service, method, path, query):
            protocol = service_model(service)["metadata"]["protocol"]
            return replace(call, service=service, operation=found[0], labels=found[1], protocol=protocol)
    return call


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return (bytes([0x78, len(raw)]) if len(raw) < 256 else b"\x79" + len(raw).to_bytes(2, "big")) + raw


def error(call: Call, status: int, code: str, message: str, **extra: str) -> Answer:
    """An error as the call's protocol spells it, so that botocore raises ClientError with that code."""
    request_id = ("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000")
    if call.protocol == "rest-json":
        body = json.dumps({"Message": message, "message": message, **extra}).encode()
        return Answer(status, (("Content-Type", "application/json"), ("x-amzn-ErrorType", code), request_id), body)
    if call.protocol == "json":
        body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
        headers = [("Content-Type", "application/x-amz-json-1.0"), request_id]
        if call.service == "sqs":
            headers.append(("x-amzn-query-error", f"{code};Sender"))
        return Answer(status, tuple(headers), body)
    if call.protocol == "smithy-rpc-v2-cbor":
        body = b"\xa2" + _cbor_text("__type") + _cbor_text(f"com.amazonaws#{code}")
        body += _cbor_text("message") + _cbor_text(message)
        return Answer(status, (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), request_id), body)
    inner = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    if call.protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>0</RequestID></Response>"
    elif call.service == "s3":
        text = "" if call.method == "HEAD" else f"<Error>{inner}<RequestId>0</RequestId><HostId>0</HostId></Error>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        text = f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error><RequestId>0</RequestId></ErrorResponse>"
    return Answer(status, (("Content-Type", "text/xml"), request_id), text.encode())


def denied(call: Call) -> Answer:
    """The answer to a caller without the right, in each service's own words."""
    message = f"User: arn:aws:iam::{ACCOUNT}:user/auditor is not authorized to perform: {call.name} on resource: *"
    special = {"ec2": "UnauthorizedOperation", "sns": "AuthorizationError"}
    if call.service in special:
        return error(call, 403, special[call.service], message)
    if call.protocol in ("query", "rest-xml"):
        return error(call, 403, "AccessDenied", message)
    return error(call, 403 if call.protocol == "rest-json" else 400, "AccessDeniedException", message)


def throttled(call: Call) -> Answer:
    """The answer to a call above the service's quota, in each service's own words."""
    if call.service in ("lambda", "apigateway", "apigatewayv2"):
        return error(call, 429, "TooManyRequestsException", "Rate exceeded", Reason="CallerRateLimitExceeded")
    if call.service == "ec2":
        return error(call, 503, "RequestLimitExceeded", "Request limit exceeded.")
    if call.service == "s3":
        return error(call, 503, "SlowDown", "Please reduce your request rate.")
    if call.protocol == "query":
        return error(call, 400, "Throttling", "Rate exceeded")
    if call.protocol == "rest-json":
        return error(call, 429, "ThrottlingException", "Rate exceeded")
    return error(call, 400, "ThrottlingException", "Rate exceeded")


def failed(call: Call) -> Answer:
    """An internal failure of the service."""
    code = {"lambda": "ServiceException", "iam": "ServiceFailure", "s3": "InternalError"}.get(call.service)
    return error(call, 500, code or "InternalFailure", "An internal error occurred.")
