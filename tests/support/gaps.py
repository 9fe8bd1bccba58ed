"""The registry of corrections: where moto differs from AWS, what AWS does, and the code that answers like AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.support.paging import offset_of, token
from tests.support.wire import Answer, Call, error

Forward = Callable[[Call], Answer]


@dataclass(frozen=True)
class Gap:
    """One difference: the operations it touches, what moto does and what the lab answers instead."""

    operations: tuple[str, ...]
    moto: str
    lab: str


GAPS: list[Gap] = []
CORRECTIONS: dict[str, Callable[[Any, Call, Forward], Answer]] = {}


def corrects(
    *operations: str, moto: str, lab: str
) -> Callable[[Callable[[Any, Call, Forward], Answer]], Callable[[Any, Call, Forward], Answer]]:
    """Register a function that answers these operations; it gets the state, the call and the way to moto."""

    def register(function: Callable[[Any, Call, Forward], Answer]) -> Callable[[Any, Call, Forward], Answer]:
        GAPS.append(Gap(operations, moto, lab))
        for operation in operations:
            CORRECTIONS[operation] = function
        return function

    return register


def ok(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(status, (("Content-Type", "application/json"),), b"").with_json(value)


def missing(call: Call, message: str = "The resource you requested does not exist.") -> Answer:
    """Lambda's answer to a question about something that is not there."""
    return error(call, 404, "ResourceNotFoundException", message, Type="User")


def page(items: list[Any], call: Call, *, cap: int, size: str, start: str = "Marker") -> tuple[list[Any], str | None]:
    """One page of a list and the marker of the next; `size` and `start` name the call's arguments."""
    first = offset_of(call.arguments.get(start))
    count = min(int(call.arguments.get(size) or cap), cap)
    more = first + count < len(items)
    return items[first : first + count], token(first + count) if more else None


def question(service: str, region: str, action: str, version: str, **arguments: str) -> Call:
    """A query-protocol call that the lab itself asks moto."""
    scope = f"AWS4-HMAC-SHA256 Credential=LAB/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"authorization": scope, "content-type": "application/x-www-form-urlencoded"}
    body = urlencode({"Action": action, "Version": version, **arguments}).encode()
    return Call("POST", "/", "", headers, body, service, action, region, "query")
