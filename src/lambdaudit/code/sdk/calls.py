"""From the raw calls of a walk over the code to calls of AWS with their IAM actions and resources."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from lambdaudit.code.flow.calls import RawCall, Receiver
from lambdaudit.code.sdk import aws_js, boto
from lambdaudit.code.sdk.actions import Need, actions_of
from lambdaudit.code.sdk.boto import Made
from lambdaudit.code.sdk.index import find_service, service
from lambdaudit.code.sdk.libraries import ANY, callers
from lambdaudit.code.sdk.values import World, texts
from lambdaudit.model.code import SdkCall
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where

_TOKENS: Final = {
    "GenerateDBAuthToken": ("rds-db:connect", "arn:$p:rds-db:$r:$a:dbuser:*/$u"),
    "GenerateDbConnectAuthToken": ("dsql:DbConnect", "arn:$p:dsql:$r:$a:cluster/*"),
    "GenerateDbConnectAdminAuthToken": ("dsql:DbConnectAdmin", "arn:$p:dsql:$r:$a:cluster/*"),
}
_SCRIPTS: Final = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".jsx", ".tsx")


def calls_of(
    raw: Iterable[RawCall],
    *,
    environment: Mapping[str, str | None] | None,
    account: str,
    region: str,
    partition: str = "aws",
    imports: Iterable[str] = (),
) -> tuple[SdkCall, ...]:
    """The calls of AWS that raw calls make, one for each set of actions, sorted and without doubles.

    `environment` has the function's variables, None for values that are not known; None where the variables were not read.
    A client whose service the code does not tell is matched by its methods with services that the same code uses. A call that
    stays open is in the list without service and actions, and an Unknown resource says why, so that nobody takes the list for
    complete. `imports` are the libraries that the code reaches: one that calls AWS on its own is in the list with its services
    (IAM's prefixes; "" for any), without operation and actions.
    """
    rows = [_named(call) for call in raw]
    used = frozenset(call.receiver.service for call in rows if call.receiver.service)
    found: dict[SdkCall, None] = {}
    for call in rows:
        if _elsewhere(call.receiver):
            continue
        made = list(_made(call, used))
        if not made:
            if sentence := _unclear(call):
                found[SdkCall(service="", operation="", actions=(), where=call.where, resources=(Unknown(sentence),))] = None
            continue
        world = World(partition, _region(call.receiver, region, partition, environment), account, environment)
        for each in made:
            for need in _needs(each, world):
                found[_told(each, need, call, world)] = None
    calls = sorted(found, key=lambda c: (c.where.source, c.where.line, c.where.column, c.service, c.operation, c.actions))
    return (*_joined(calls), *_by_libraries(imports))


def _by_libraries(imports: Iterable[str]) -> Iterator[SdkCall]:
    """Libraries that call AWS on their own, as calls without operation."""
    for name, services in callers(imports).items():
        why = Unknown(f"the library {name} calls AWS on its own")
        for each in services:
            yield SdkCall(service="" if each == ANY else each, operation="", actions=(), where=Where("code"), resources=(why,))


def _elsewhere(receiver: Receiver | None) -> bool:
    """Whether a client has credentials of its own: what it does is not done with the execution role."""
    while receiver is not None:
        if any(name == "credentials" for name, _ in receiver.options):
            return True
        receiver = receiver.parent
    return False


def _joined(calls: Iterable[SdkCall]) -> Iterator[SdkCall]:
    """Calls at one place that differ only in their resources as one: a helper that is used with several clients."""
    rows: dict[tuple[object, ...], SdkCall] = {}
    for call in calls:
        key = (call.where, call.service, call.operation, call.actions, call.region, call.account)
        first = rows.get(key)
        both = call.resources if first is None else tuple(dict.fromkeys((*first.resources, *call.resources)))
        rows[key] = msgspec.structs.replace(call, resources=both)
    yield from rows.values()


def _named(call: RawCall) -> RawCall:
    """The call with botocore's names of services in its receiver, whatever spelling the code has."""
    receiver = _spelt(call.receiver)
    return call if receiver is call.receiver else msgspec.structs.replace(call, receiver=receiver)


def _spelt(receiver: Receiver) -> Receiver:
    name = find_service(receiver.service) if receiver.service else ""
    parent = _spelt(receiver.parent) if receiver.parent is not None else None
    if name == receiver.service and parent is receiver.parent:
        return receiver
    return msgspec.structs.replace(receiver, service=name or receiver.service, parent=parent)


def _made(call: RawCall, used: frozenset[str]) -> Iterator[Made]:
    language = aws_js if call.where.source.endswith(_SCRIPTS) or _in_script(call) else boto
    if call.receiver.service or call.receiver.kind == "command":
        yield from language.made_by(call)
        return
    for name in sorted(used):
        guess = msgspec.structs.replace(call.receiver, service=name, kind="client")
        yield from language.made_by(msgspec.structs.replace(call, receiver=guess))


def _in_script(call: RawCall) -> bool:
    return call.receiver.library.startswith(("aws-sdk", "@aws-sdk"))


_QUIET: Final = frozenset(
    (
        "client", "resource", "Session", "session", "get_paginator", "get_waiter", "close", "can_paginate", "exceptions",
        "meta", "register", "on", "use", "add", "remove", "get_available_services", "get_credentials", "get_available_regions",
        "get_frozen_credentials", "destroy", "middlewareStack", "config", "from", "promise", "abort", "get_available_resources",
        "get_partition_for_region", "get_available_subresources", "events",
    )
)  # fmt: skip
"""Methods of sessions and clients that send nothing."""


def _unclear(call: RawCall) -> str:
    """A sentence about a call of which nothing came out, when it may be one of AWS; empty for those that send nothing."""
    receiver = call.receiver
    if receiver.kind in ("session", "unknown") or call.method in _QUIET:
        return ""
    place = f"{call.where.source}:{call.where.line}"
    if not receiver.service and receiver.kind != "command":
        return f"the service of {call.method}() at {place} is not decided in the code"
    if service(receiver.service) is None:
        return f"{place} calls a service that is not known: {receiver.service or receiver.sub}"[:200]
    if receiver.kind == "client" and call.method == "send" and call.arguments:
        return f"the command sent at {place} is not decided in the code"
    return ""


def _region(receiver: Receiver, own: str, partition: str, environment: Mapping[str, str | None] | None) -> str:
    """The region that a client is made for: its own option when that is decided, else the function's."""
    step: Receiver | None = receiver
    while step is not None:
        for name, value in step.options:
            if name in ("region_name", "region"):
                said = texts(value, World(partition, own, "", environment))
                one = said[0] if len(said) == 1 else Unknown("")
                return one if isinstance(one, str) and "*" not in one else "*"
        step = step.parent
    return own or "*"


def _needs(made: Made, world: World) -> tuple[Need, ...]:
    if token := _TOKENS.get(made.operation):
        users = made.parameters.at("DBUsername") if "DBUsername" in made.parameters.fields else ()
        said = [text if isinstance(text, str) else "*" for user in users for text in texts(user, world)] or ["*"]
        named = (token[1].replace("$p", world.partition).replace("$r", world.region).replace("$a", world.account),)
        return (Need((token[0],), tuple(dict.fromkeys(text.replace("$u", user) for text in named for user in said))),)
    return actions_of(made.service, made.operation, made.parameters, world)


def _told(made: Made, need: Need, call: RawCall, world: World) -> SdkCall:
    resources: tuple[Maybe[str], ...] = need.resources
    return SdkCall(
        service=made.service,
        operation=made.operation,
        actions=need.actions,
        where=call.where,
        resources=resources,
        region=world.region if world.region != "*" else "",
        account=world.account,
    )
