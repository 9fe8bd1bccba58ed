"""What the AWS SDKs for JavaScript do on the wire: versions 2 and 3, their document clients, uploads, paginators and waiters."""

from collections.abc import Iterator, Mapping
from typing import Final

from lambdaudit.code.flow.calls import Argument, RawCall, Receiver
from lambdaudit.code.sdk.boto import Made
from lambdaudit.code.sdk.index import Service, find_service, service
from lambdaudit.code.sdk.values import NOTHING, Parameters

_DOCUMENT: Final[Mapping[str, str]] = {
    "get": "GetItem",
    "put": "PutItem",
    "update": "UpdateItem",
    "delete": "DeleteItem",
    "query": "Query",
    "scan": "Scan",
    "batchGet": "BatchGetItem",
    "batchWrite": "BatchWriteItem",
    "transactGet": "TransactGetItems",
    "transactWrite": "TransactWriteItems",
    "executeStatement": "ExecuteStatement",
    "batchExecuteStatement": "BatchExecuteStatement",
    "executeTransaction": "ExecuteTransaction",
}
"""The document clients' own names (``DocumentClient.get``, ``GetCommand`` of lib-dynamodb)."""

_SIGNING: Final = ("getSignedUrl", "getSignedUrlPromise")


def made_by(call: RawCall) -> Iterator[Made]:
    """The operations of a call in JavaScript. Nothing for methods that send no request."""
    receiver = call.receiver
    if receiver.kind == "command":
        yield from _command(receiver, receiver.service)
        return
    found = service(receiver.service)
    command = _command_in(call)
    if command is not None:
        signed = "sign" in call.method.lower()
        for made in _command(command, command.service or receiver.service):
            yield made._replace(signed=signed)
        return
    if found is None:
        return
    if receiver.kind == "paginator":
        yield from _named(receiver.sub.removeprefix("paginate"), found, _last(call))
    elif receiver.kind == "waiter":
        if operation := found.waiter(receiver.sub.removeprefix("waitUntil").removeprefix("waitFor")):
            yield Made(found.name, operation.name, _last(call))
    elif receiver.kind in ("client", "resource"):
        yield from _client(call, found)


def _command_in(call: RawCall) -> Receiver | None:
    """The command that is sent or signed."""
    for argument in call.arguments:
        if argument.receiver is not None and argument.receiver.kind == "command":
            return argument.receiver
    return None


def _named(name: str, found: Service, parameters: Parameters) -> Iterator[Made]:
    operation = found.operation(name) or (found.operation(_DOCUMENT.get(_lower(name), "")) if found.name == "dynamodb" else None)
    if operation:
        yield Made(found.name, operation.name, parameters)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _mapping(argument: Argument | None) -> Parameters:
    """An object as parameters; open where it is not seen whole."""
    if argument is None:
        return Parameters({})
    return Parameters(dict(argument.fields), not argument.fields)


def _last(call: RawCall) -> Parameters:
    """The input of a paginator or waiter: the second argument, or what it was made with."""
    given = call.arguments or call.receiver.arguments
    return _mapping(given[-1] if given else NOTHING)


def _command(command: Receiver, name: str) -> Iterator[Made]:
    """A command of version 3, or the upload of lib-storage."""
    found = service(find_service(name))
    given = command.arguments[0] if command.arguments else NOTHING
    if command.sub == "Upload":
        inner = given.field("params")
        yield Made("s3", "PutObject", _mapping(inner or NOTHING))
        return
    if found is None:
        return
    plain = command.sub.removesuffix("Command")
    yield from _named(plain, found, _mapping(given if command.arguments else None))


def _client(call: RawCall, found: Service) -> Iterator[Made]:
    """A method of a client of version 2, of a document client, or of an aggregated client of version 3."""
    method, first = call.method, call.arguments[0] if call.arguments else None
    second = call.arguments[1] if len(call.arguments) > 1 else None
    if found.name == "rds" and method == "getAuthToken":
        options = call.receiver.arguments[0] if call.receiver.arguments else NOTHING
        user = options.field("username")
        yield Made("rds", "GenerateDBAuthToken", Parameters({} if user is None else {"DBUsername": user}), signed=True)
    elif found.name == "s3" and method == "upload":
        yield Made("s3", "PutObject", _mapping(first or NOTHING))
    elif found.name == "s3" and method == "createPresignedPost":
        yield Made("s3", "PutObject", _post(first), signed=True)
    elif method in _SIGNING or method == "makeRequest":
        for name in sorted(first.constants) if first else ():
            for made in _named(name, found, _mapping(second)):
                yield made._replace(signed=method in _SIGNING)
    elif method == "waitFor":
        for name in sorted(first.constants) if first else ():
            if operation := found.waiter(name):
                yield Made(found.name, operation.name, _mapping(second))
    else:
        yield from _named(method, found, _mapping(first))


def _post(argument: Argument | None) -> Parameters:
    """The input of a presigned form: Bucket, and Fields.key in version 2, Key in version 3."""
    if argument is None:
        return Parameters({}, True)
    fields = dict(argument.fields)
    inner = fields.get("Fields")
    if inner is not None and "Key" not in fields:
        key = inner.field("key")
        fields["Key"] = key if key is not None else NOTHING
    return Parameters(fields, not fields)
