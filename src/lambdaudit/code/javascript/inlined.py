"""Commands of the AWS SDK whose classes are in the bundle itself, under names that a minifier made.

What a minifier leaves is told by the texts in the class: the operation (``makeCommand(…, "GetItem", schema)``) and the namespace
in its schema (``com.amazonaws.dynamodb``), in older versions ``.n("DynamoDBClient", "GetItemCommand")``.
"""

import re
from typing import TYPE_CHECKING

from .. import ir
from ..flow.calls import Receiver
from ..flow.invoke import Arguments
from ..flow.values import ClassRef, External, Value

if TYPE_CHECKING:
    from .aws import JsAws

_OPERATION = re.compile(r"[A-Z][A-Za-z0-9]{2,60}")
_NAMESPACE = re.compile(r"com\.amazonaws\.([a-z0-9.]+)")


def command_of(walk: "JsAws", owner: ClassRef, arguments: Arguments) -> Value | None:
    """The command that an instance of a class of the bundle is; None for other classes."""
    base = owner.definition.bases[0] if len(owner.definition.bases) == 1 else None
    if not isinstance(base, ir.Call):
        return None
    found = _classic(base) or _schema(walk, owner, base)
    if found is None:
        return None
    service, operation = found
    receiver = Receiver("command", service, f"{operation}Command", walk._passed(arguments), library="@aws-sdk")
    return walk.remember_command(Value(refs=(External(f"aws.command.{operation}Command", receiver),)), arguments)


def _constants(node: ir.Call) -> list[str]:
    return [
        argument.value.value
        for argument in node.arguments
        if isinstance(argument.value, ir.Constant) and isinstance(argument.value.value, str)
    ]


def _classic(base: ir.Expr) -> tuple[str, str] | None:
    """``Command.classBuilder()….n("S3Client", "GetObjectCommand")….build()``."""
    from ..sdk.index import find_service

    for _ in range(12):
        if not isinstance(base, ir.Call):
            return None
        texts = _constants(base)
        if len(texts) == 2 and texts[0].endswith("Client") and texts[1].endswith("Command"):
            service = find_service(texts[0])
            return (service, texts[1].removesuffix("Command")) if service else None
        base = base.function.value if isinstance(base.function, ir.Attribute) else ir.Constant(1, 1, None)
    return None


def _schema(walk: "JsAws", owner: ClassRef, base: ir.Call) -> tuple[str, str] | None:
    """``makeCommand(parameters, middleware, "GetItem", [9, "com.amazonaws.dynamodb", "GetItem", …])``."""
    from ..sdk.index import find_service

    texts = [text for text in _constants(base) if _OPERATION.fullmatch(text)]
    if len(texts) != 1 or walk.state is None:
        return None
    outer = (walk.scope, walk.module)
    walk.scope, walk.module = owner.scope, owner.module
    values = [walk.value(argument.value) for argument in base.arguments if isinstance(argument.value, ir.Name)]
    walk.scope, walk.module = outer
    for value in values:
        for made in walk.objects(value):
            namespace = made.fields.get(1)
            match = _NAMESPACE.fullmatch(str(namespace.single)) if namespace is not None else None
            if match is not None:
                service = find_service(match.group(1).split(".")[-1])
                return (service, texts[0]) if service else None
    return None


def sent(walk: "JsAws", arguments: Arguments, node: ir.Node) -> Value | None:
    """The answer to ``client.send(command)`` where the client is a class of the bundle, too; None when nothing is sent."""
    given = arguments.get(0)
    for ref in given.refs if given is not None else ():
        receiver = ref.receiver if isinstance(ref, External) else None
        if receiver is not None and receiver.kind == "command" and receiver.service:
            return walk._send(Receiver("client", receiver.service, library="@aws-sdk"), arguments, node)
    return None
