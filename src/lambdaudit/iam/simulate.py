"""An offline policy simulator: one case a line in, one decision a line out.

In:  ``{"id", "policies": {"identity": [doc], "resource": doc|null, "boundary": [doc], "scp": [[doc]], "rcp": [[doc]],
"session": [doc], "endpoint": [doc]}, "request": {"principal", "action", "resource", "resource_account", "context"}}``.
Out: ``{"id", "decision": "Allowed|ExplicitlyDenied|ImplicitlyDenied|Unknown", "because": [...]}``, or for a line that is
no case ``{"id", "line", "error"}``. A document is an object or its text. A bad line never stops the others.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from lambdaudit.iam.decide import Layers, Request, decide
from lambdaudit.iam.principals import BadPrincipal
from lambdaudit.iam.raw import Number, Object
from lambdaudit.model.unknown import Unknown

MAX_LINE: Final = 8_000_000
"""A longer line is not read: it could not be a case whose documents are within their own limit."""

_LISTS: Final = ("identity", "boundary", "session", "endpoint")
_LEVELS: Final = ("scp", "rcp")
_POLICIES: Final = frozenset({*_LISTS, *_LEVELS, "resource"})
_REQUEST: Final = frozenset({"principal", "action", "resource", "resource_account", "context"})


class BadCase(ValueError):
    """A line that is no case; the text says what is wrong with it."""


def simulate(lines: Iterable[str | bytes], *, explain: bool = True) -> Iterator[dict[str, Any]]:
    """Decide each case as it comes.

    Gives one object for each line that is not blank; `explain` leaves the reasons out when false. Never raises on input.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        identifier: object = None
        try:
            case = _object(_read(line), "a case")
            identifier = _identifier(case)
            yield _decided(case, explain)
        except BadCase as error:
            yield {"id": identifier, "line": number, "error": str(error)}


def simulate_case(case: Mapping[str, Any], *, explain: bool = True) -> dict[str, Any]:
    """Decide one case. Raises BadCase when it is none."""
    return _decided(case, explain)


def read_case(case: Mapping[str, Any]) -> tuple[Request, Layers]:
    """The request and the layers of a case. Raises BadCase when it is none."""
    if "request" not in case:
        raise BadCase("the case has no request")
    request = _request(_object(case["request"], "request"))
    policies = _object(case.get("policies") or {}, "policies")
    strange = sorted(set(policies) - _POLICIES)
    if strange:
        raise BadCase(f"policies has no member {strange[0]!a}; it has {', '.join(sorted(_POLICIES))}")
    lists = {name: _documents(policies.get(name), name) for name in _LISTS}
    levels = {name: [_documents(level, f"a level of {name}") for level in _list(policies.get(name), name)] for name in _LEVELS}
    resource = policies.get("resource")
    layers = Layers.of(
        **lists,
        **levels,
        resource=None if resource is None else _document(resource, "resource"),
        trust=request.action.lower().startswith("sts:"),
    )
    return request, layers


def _read(line: str | bytes) -> Any:
    if len(line) > MAX_LINE:
        raise BadCase(f"the line is longer than {MAX_LINE:,} characters")
    try:
        return json.loads(line, object_pairs_hook=Object, parse_int=Number, parse_float=Number)
    except RecursionError:
        raise BadCase("the line nests too deep") from None
    except ValueError as error:
        raise BadCase(f"the line is not JSON: {error}") from None


def _decided(case: Mapping[str, Any], explain: bool) -> dict[str, Any]:
    request, layers = read_case(case)
    try:
        decision = decide(request, layers)
    except BadPrincipal as error:
        raise BadCase(str(error)) from None
    result: dict[str, Any] = {"id": _identifier(case), "decision": decision.outcome.value}
    if explain:
        result["because"] = [msgspec.to_builtins(step) for step in decision.because]
    return result


def _identifier(case: Mapping[str, Any]) -> object:
    """The id as it was given; numbers were read as text."""
    return _plain(case.get("id"))


def _plain(value: object) -> object:
    if isinstance(value, Number):
        return json.loads(value) if len(value) < 100 else str(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _object(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadCase(f"{what} is a JSON object, not {_kind(value)}")
    return value


def _list(value: object, what: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadCase(f"{what} is a list, not {_kind(value)}")
    return value


def _documents(value: object, what: str) -> list[Any]:
    return [_document(document, what) for document in _list(value, what)]


def _document(value: object, what: str) -> Any:
    """A document, or Unknown for one that was marked as not readable: ``{"unknown": "why"}``."""
    if _is_text(value):
        return value
    document = _object(value, f"a document of {what}")
    if set(document) == {"unknown"}:
        return Unknown(str(document["unknown"]))
    return document


def _request(request: Mapping[str, Any]) -> Request:
    strange = sorted(set(request) - _REQUEST)
    if strange:
        raise BadCase(f"request has no member {strange[0]!a}; it has {', '.join(sorted(_REQUEST))}")
    for name in ("principal", "action"):
        if not _is_text(request.get(name)) or not request[name]:
            raise BadCase(f"request needs the text {name}")
    if ":" not in request["action"]:
        raise BadCase(f"{request['action'][:80]!a} is no action: service:Name")
    account = request.get("resource_account")
    resource = request.get("resource")
    for name, value in (("resource", resource), ("resource_account", account)):
        if value is not None and not _is_text(value):
            raise BadCase(f"{name} is a text, not {_kind(value)}")
    return Request(
        principal=request["principal"],
        action=request["action"],
        resource=resource or "*",
        resource_account=account or "",
        context=_context(_object(request.get("context") or {}, "context")),
    )


_KINDS: Final = {Number: "a number", bool: "a truth value", str: "a text", list: "a list", Object: "an object"}


def _kind(value: object) -> str:
    return "nothing" if value is None else _KINDS.get(type(value), type(value).__name__)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def _context(context: Mapping[str, Any]) -> dict[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {}
    twice = context.duplicates if isinstance(context, Object) else frozenset()
    for key, value in context.items():
        if value is None:
            continue
        folded = key.lower()
        if folded in found or key in twice:
            raise BadCase(f"the context key {key[:80]!a} stands there twice")
        found[folded] = tuple(_text(item, key) for item in value) if isinstance(value, list) else _text(value, key)
    return found


def _text(value: object, key: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)  # a plain text also for a number that was kept as written
    raise BadCase(f"the context key {key[:80]!a} holds a text or a list of texts, not {_kind(value)}")
