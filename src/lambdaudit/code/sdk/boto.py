"""What boto3 does on the wire: methods of clients, paginators, waiters, resources and collections as service operations."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from lambdaudit.code.flow.calls import Argument, RawCall, Receiver, Text
from lambdaudit.code.sdk.index import Service, service
from lambdaudit.code.sdk.values import NOTHING, Parameters


class Made(NamedTuple):
    """An operation that a call makes. `signed` is true where the code only signs it, for somebody else to send."""

    service: str
    operation: str
    parameters: Parameters
    signed: bool = False


_TRANSFERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "upload_file": ("PutObject", ("", "Bucket", "Key", "ExtraArgs")),
    "upload_fileobj": ("PutObject", ("", "Bucket", "Key", "ExtraArgs")),
    "download_file": ("GetObject", ("Bucket", "Key", "", "ExtraArgs")),
    "download_fileobj": ("GetObject", ("Bucket", "Key", "", "ExtraArgs")),
    "copy": ("CopyObject", ("CopySource", "Bucket", "Key", "ExtraArgs")),
}
"""Managed transfers of S3 with the order of their arguments; on a bucket or an object the first known names are left out."""

_TOKENS: Final[Mapping[tuple[str, str], str]] = {
    ("rds", "generate_db_auth_token"): "GenerateDBAuthToken",
    ("dsql", "generate_db_connect_auth_token"): "GenerateDbConnectAuthToken",
    ("dsql", "generate_db_connect_admin_auth_token"): "GenerateDbConnectAdminAuthToken",
}
"""Methods that sign a token for a database."""


def text(value: str) -> Argument:
    """A constant text as an argument."""
    return Argument(texts=(Text((value,)),), whole=True)


def made_by(call: RawCall) -> Iterator[Made]:
    """The operations of a call in Python. Nothing for methods that send no request."""
    found = service(call.receiver.service)
    if found is None:
        return
    match call.receiver.kind:
        case "client":
            yield from _client(call, found)
        case "paginator":
            yield from _named(call.receiver.sub, found, _parameters(call.keywords, call.arguments, ()))
        case "waiter":
            if operation := found.waiter(call.receiver.sub):
                yield Made(found.name, operation.name, _parameters(call.keywords, call.arguments, ()))
        case "resource":
            yield from _resource(call, found)
        case "collection":
            yield from _collection(call, found)


def _named(name: str, found: Service, parameters: Parameters) -> Iterator[Made]:
    if operation := found.operation(name):
        yield Made(found.name, operation.name, parameters)


def _parameters(
    keywords: tuple[tuple[str, Argument], ...], arguments: tuple[Argument, ...], order: tuple[str, ...]
) -> Parameters:
    """Keywords, and positional arguments in an order of names; a ``**`` mapping counts with what is known of it."""
    fields = {name: value for name, value in zip(order, arguments, strict=False) if name}
    open_ = False
    for name, value in keywords:
        if name in ("", "**"):
            fields |= dict(value.fields)
            open_ = open_ or not value.whole or not value.fields
        else:
            fields[name] = value
    return Parameters(fields, open_)


def _spread(parameters: Parameters, name: str) -> Parameters:
    """Parameters with those of a mapping among them (``ExtraArgs``, ``Params``) put beside the others."""
    inner = parameters.fields.get(name)
    if inner is None:
        return parameters
    rest = {key: value for key, value in parameters.fields.items() if key != name}
    return Parameters({**rest, **dict(inner.fields)}, parameters.open or not inner.fields)


def _client(call: RawCall, found: Service) -> Iterator[Made]:
    if found.name == "s3" and call.method in _TRANSFERS:
        operation, order = _TRANSFERS[call.method]
        yield Made("s3", operation, _spread(_parameters(call.keywords, call.arguments, order), "ExtraArgs"))
    elif call.method == "generate_presigned_url":
        yield from _presigned(call, found)
    elif call.method == "generate_presigned_post" and found.name == "s3":
        yield Made("s3", "PutObject", _parameters(call.keywords, call.arguments, ("Bucket", "Key")), signed=True)
    elif (token := _TOKENS.get((found.name, call.method))) is not None:
        order = ("DBHostname", "Port", "DBUsername", "Region")
        yield Made(found.name, token, _parameters(call.keywords, call.arguments, order), signed=True)
    else:
        yield from _named(call.method, found, _parameters(call.keywords, call.arguments, ()))


def _presigned(call: RawCall, found: Service) -> Iterator[Made]:
    given = _parameters(call.keywords, call.arguments, ("ClientMethod", "Params", "ExpiresIn", "HttpMethod"))
    method = given.fields.get("ClientMethod", NOTHING)
    inner = given.fields.get("Params")
    parameters = Parameters(dict(inner.fields) if inner else {}, inner is not None and not inner.fields)
    for name in sorted(method.constants):
        if operation := found.operation(name):
            yield Made(found.name, operation.name, parameters, signed=True)


# ---- resources


class _Thing(NamedTuple):
    """A resource object: its type and the identifiers that are known of it."""

    kind: str
    ids: Mapping[str, Argument]


def _thing(receiver: Receiver, found: Service) -> _Thing | None:
    """What a receiver is. The service resource has the kind ""; None for a type that boto3 does not have."""
    kind = receiver.sub
    parent = receiver.parent
    if parent is not None and parent.kind == "collection":
        return _item(parent, found)
    row = found.resources.get(kind)
    if row is None:
        return None
    if not kind:
        return _Thing("", {})
    above = _thing(parent, found) if parent is not None and parent.kind == "resource" else _Thing("", {})
    own = {**(above.ids if above and above.kind == kind else {})}
    sources = _sources_of(above, kind, receiver, found)
    given = list(receiver.arguments)
    named = {_snake(name): value for name, value in receiver.keywords}
    for name in row["ids"]:
        source = sources.get(name, "?")
        if above is not None and source.startswith("=") and source[1:] in above.ids:
            own[name] = above.ids[source[1:]]
        elif source.startswith("<"):
            own[name] = next((v for k, v in receiver.keywords if k == source[1:]), NOTHING)
        elif source == "?":
            own[name] = named.get(_snake(name)) or (given.pop(0) if given else NOTHING)
    return _Thing(kind, own)


def _sources_of(above: _Thing | None, kind: str, receiver: Receiver, found: Service) -> Mapping[str, str]:
    """Where the identifiers of a thing come from, by the reference of the thing above that has this type."""
    if above is None:
        return {}
    row = found.resources[above.kind]
    has: Mapping[str, Any] = row.get("has", {})
    if kind in has:
        sources: Mapping[str, str] = has[kind][1]
        return sources
    return next((s for t, s in has.values() if t == kind and (receiver.arguments or "?" not in s.values())), {})


def _item(collection: Receiver, found: Service) -> _Thing | None:
    """An element of a collection: what it has from the thing that the collection belongs to is known."""
    above, many = _listed(collection, found)
    if above is None or many is None:
        return None
    _, _, kind, sources = many
    ids = {name: above.ids[source[1:]] for name, source in sources.items() if source[1:] in above.ids}
    return _Thing(kind, {name: ids.get(name, NOTHING) for name in found.resources[kind]["ids"]})


def _listed(collection: Receiver, found: Service) -> tuple[_Thing | None, Any]:
    """The thing that a collection belongs to, and the row of the collection in it."""
    owner = collection.parent
    while owner is not None and owner.kind == "collection":
        owner = owner.parent
    above = _thing(owner, found) if owner is not None else None
    return above, found.resources[above.kind].get("many", {}).get(collection.sub) if above else None


def _snake(name: str) -> str:
    out = "".join(f"_{c.lower()}" if c.isupper() and i and not name[i - 1].isupper() else c.lower() for i, c in enumerate(name))
    return out.replace("__", "_")


def _filled(parameters: Mapping[str, str], thing: _Thing, given: Parameters) -> Parameters:
    """The parameters of a request: those that come from the thing's identifiers, and those that the call gives."""
    fields = dict(given.fields)
    for path, source in parameters.items():
        value = (
            text(source[1:])
            if source.startswith('"')
            else thing.ids.get(source[1:], NOTHING)
            if source.startswith("=")
            else NOTHING
        )
        _put(fields, path, value)
    return Parameters(fields, given.open)


def _put(fields: dict[str, Argument], path: str, value: Argument) -> None:
    """Put a value at a path such as ``Delete.Objects[].Key`` or ``Filters[0].Values[]``."""
    name, _, rest = path.partition(".")
    plain = name.partition("[")[0]
    inner = value
    if rest:
        deeper: dict[str, Argument] = {}
        _put(deeper, rest, value)
        inner = Argument(fields=tuple(deeper.items()), whole=True)
    if "[" in name:
        inner = Argument(items=(inner,), whole=True)
    old = fields.get(plain)
    fields[plain] = inner if old is None else _merged(old, inner)


def _merged(old: Argument, new: Argument) -> Argument:
    """Two parts of one structure put together."""
    if old.items and new.items:
        return Argument(items=(_merged(old.items[0], new.items[0]),), whole=True)
    if not old.fields or not new.fields:
        return new
    fields = dict(old.fields)
    for name, part in new.fields:
        fields[name] = _merged(fields[name], part) if name in fields else part
    return Argument(fields=tuple(fields.items()), whole=True)


def _resource(call: RawCall, found: Service) -> Iterator[Made]:
    if call.receiver.sub == "BatchWriter" and call.receiver.parent is not None:
        call = msgspec.structs.replace(call, receiver=call.receiver.parent, method="batch_writer")
    thing = _thing(call.receiver, found)
    if thing is None:
        return
    row = found.resources[thing.kind]
    given = _parameters(call.keywords, call.arguments, ())
    method = call.method
    if found.name == "s3" and method in _TRANSFERS and thing.kind in ("Bucket", "Object"):
        yield _transfer(call, thing)
    elif method == "batch_writer" and thing.kind == "Table":
        yield Made("dynamodb", "BatchWriteItem", Parameters({"RequestItems": NOTHING, "TableName": thing.ids["Name"]}))
    elif method in row.get("actions", {}):
        operation, parameters, _ = row["actions"][method]
        yield Made(found.name, operation, _filled(parameters, thing, given))
    elif method in row.get("batch", {}):
        operation, parameters, _ = row["batch"][method]
        yield Made(found.name, operation, _filled(parameters, thing, given))
    elif method in row.get("waiters", {}):
        waiter, parameters = row["waiters"][method]
        if awaited := found.waiter(waiter):
            yield Made(found.name, awaited.name, _filled(parameters, thing, given))
    elif method in _TAGS and found.name == "ec2":
        yield from _named(method, found, given)
    elif method in ("load", "reload") or method in row.get("attributes", ()):
        yield from _loaded(thing, found, row)


_TAGS: Final = ("create_tags", "delete_tags")


def _loaded(thing: _Thing, found: Service, row: Mapping[str, Any]) -> Iterator[Made]:
    """The request that fills in the attributes of a thing."""
    if "load" in row:
        operation, parameters = row["load"]
        yield Made(found.name, operation, _filled(parameters, thing, Parameters({})))
    elif found.name == "s3" and thing.kind == "Bucket":
        yield Made("s3", "ListBuckets", Parameters({}))
    elif found.name == "s3" and thing.kind == "ObjectSummary":
        fields = {"Bucket": thing.ids["BucketName"], "Key": thing.ids["Key"]}
        yield Made("s3", "HeadObject", Parameters(fields))


def _transfer(call: RawCall, thing: _Thing) -> Made:
    operation, order = _TRANSFERS[call.method]
    fields = {"Bucket": thing.ids.get("Name") or thing.ids["BucketName"]}
    left = [name for name in order if name != "Bucket"]
    if thing.kind == "Object":
        fields["Key"] = thing.ids["Key"]
        left.remove("Key")
    given = _spread(_parameters(call.keywords, call.arguments, tuple(left)), "ExtraArgs")
    return Made("s3", operation, Parameters({**given.fields, **fields}, given.open))


_LISTING: Final = ("all", "filter", "limit", "page_size", "pages", "__iter__", "for", "iterate", "")


def _collection(call: RawCall, found: Service) -> Iterator[Made]:
    """A collection is listed when it is walked; its batch actions list it first."""
    receiver = call.receiver
    above, many = _listed(receiver, found)
    if above is None or many is None:
        return
    operation, parameters, kind, _ = many
    narrowed = _parameters((*receiver.keywords, *call.keywords) if call.method == "filter" else receiver.keywords, (), ())
    batch = found.resources[kind].get("batch", {}).get(call.method)
    if batch is None and call.method not in _LISTING:
        return
    yield Made(found.name, operation, _filled(parameters, above, narrowed))
    item = _item(receiver, found)
    if batch is not None and item is not None:
        yield Made(found.name, batch[0], _filled(batch[1], item, _parameters(call.keywords, (), ())))
