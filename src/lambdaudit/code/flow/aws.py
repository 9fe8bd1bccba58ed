"""AWS clients: how they are made and passed on, calls on them, and what they bring."""

from typing import Any

from .. import ir
from .calls import Argument, RawCall, Receiver, Text
from .helpers import HELPERS
from .invoke import Arguments
from .objects import Objects
from .state import Object
from .values import UNKNOWN, External, Value

_SESSIONS = {
    "boto3.Session": "boto3",
    "boto3.session.Session": "boto3",
    "aioboto3.Session": "aioboto3",
    "aioboto3.session.Session": "aioboto3",
    "aiobotocore.session.get_session": "aiobotocore",
    "aiobotocore.session.AioSession": "aiobotocore",
    "aiobotocore.get_session": "aiobotocore",
    "botocore.session.get_session": "botocore",
    "botocore.session.Session": "botocore",
    "boto3._get_default_session": "boto3",
}
_CREDENTIALS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
_COLLECTION = frozenset({"all", "filter", "limit", "page_size", "pages", "delete"})
_SECRETS = frozenset({"get_secret_value", "batch_get_secret_value", "decrypt"})
_STORED = {
    "s3": (
        "get_object",
        "download_fileobj",
        "list_objects",
        "list_objects_v2",
        "head_object",
        "select_object_content",
        "get",
        "Body",
    ),
    "dynamodb": (
        "get_item",
        "query",
        "scan",
        "batch_get_item",
        "transact_get_items",
        "execute_statement",
        "update_item",
        "delete_item",
        "put_item",
    ),
    "sqs": ("receive_message", "receive_messages"),
    "kinesis": ("get_records",),
    "rds-data": ("execute_statement", "batch_execute_statement"),
    "athena": ("get_query_results",),
    "redshift-data": ("get_statement_result",),
    "logs": ("filter_log_events", "get_log_events", "get_query_results"),
    "textract": ("detect_document_text", "analyze_document"),
    "rekognition": ("detect_text",),
    "bedrock-runtime": ("invoke_model", "converse", "invoke_model_with_response_stream"),
    "transcribe": (),
}


_GIVES = {
    ("sqs", "get_queue_by_name"): "Queue",
    ("sqs", "create_queue"): "Queue",
    ("sqs", "receive_messages"): "Message[]",
    ("dynamodb", "create_table"): "Table",
    ("s3", "create_bucket"): "Bucket",
    ("sns", "create_topic"): "Topic",
    ("sns", "create_platform_application"): "PlatformApplication",
    ("ec2", "create_instances"): "Instance[]",
    ("iam", "create_role"): "Role",
    ("iam", "create_user"): "User",
    ("glacier", "create_vault"): "Vault",
}
"""Methods of resources that give a resource, or a list of them (``[]``)."""


def of_another(value: Value) -> bool:
    """Whether credentials are not the execution role's own: a constant, or what STS gave for another role."""
    constant = isinstance(value.single, str) and bool(value.single)
    return constant or any(taint.source.startswith("sts.") for taint in value.taints)


class Aws(Objects):
    """boto3 and its asynchronous forms."""

    def aws_made(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """``boto3.client(…)`` and its like; None for other names."""
        library = _SESSIONS.get(name)
        if library is not None:
            return self.aws_value(Receiver("session", "", options=self._options(arguments, node), library=library), "aws.session")
        for module in ("boto3", "aioboto3", "aiobotocore"):
            if name == f"{module}.client":
                return self._client("client", arguments, node, None, module)
            if name == f"{module}.resource":
                return self._client("resource", arguments, node, None, module)
        if (helper := HELPERS.get(name)) is not None:
            given = arguments.get(helper.position, helper.keyword)
            keywords = {helper.parameter: given} if helper.parameter and given is not None else {}
            for method in helper.methods:
                self.record_call(Receiver("client", helper.service), method, Arguments([], keywords, node), node)
        return None

    def aws_value(self, receiver: Receiver, name: str) -> Value:
        """An AWS object as a value."""
        return Value(refs=(External(name, receiver),))

    def _client(self, kind: Any, arguments: Arguments, node: ir.Node, parent: Receiver | None, library: str) -> Value:
        given = arguments.get(0, "service_name")
        services = given.strings() if given is not None else []
        options = self._options(arguments, node)
        refs = [
            External(f"aws.{kind}.{service}", Receiver(kind, service, parent=parent, options=options, library=library))
            for service in (services or [""])[:6]
        ]
        return Value(refs=tuple(refs))

    def _options(self, arguments: Arguments, node: ir.Node) -> tuple[tuple[str, Argument], ...]:
        keys = [arguments.keywords[name] for name in _CREDENTIALS[:2] if name in arguments.keywords]
        if any(value.single and isinstance(value.single, str) for value in keys):
            self.issue("static-credentials", node, "An AWS client is made with access keys that stand in the code")
        verify = arguments.keywords.get("verify")
        if verify is not None and verify.consts == (False,):
            self.issue("tls-verification-off", node, "An AWS client does not verify the certificate of the service")
        kept = ("region_name", "endpoint_url", "profile_name", "config")
        told = tuple((name, self.argument(value)) for name, value in arguments.keywords.items() if name in kept)
        return (*told, ("credentials", Argument())) if any(of_another(value) for value in keys) else told

    def aws_attribute(self, ref: External, name: str, node: ir.Node) -> Value | None:
        """An attribute of an AWS object: a method, a collection, or the client behind a resource."""
        receiver = ref.receiver
        if receiver is None:
            return None
        if ref.extra[:1] == ("method",) and receiver.kind in ("resource", "collection") and name in _COLLECTION:
            made = Receiver("collection", receiver.service, str(ref.extra[1]), parent=receiver, library=receiver.library)
            return Value(refs=(External(f"{ref.name}.{name}", made, ("method", name)),))
        if name == "meta":
            return Value(refs=(External(f"{ref.name}.meta", receiver, ("meta",)),))
        if name == "client" and ref.extra == ("meta",):
            return self.aws_value(
                Receiver("client", receiver.service, parent=receiver, library=receiver.library), f"aws.client.{receiver.service}"
            )
        if name in ("exceptions", "__name__"):
            return Value(refs=(External(f"{ref.name}.{name}"),))
        if ref.extra[:1] == ("method",):
            return Value(refs=(External(f"{ref.name}.{name}"),))
        return Value(refs=(External(f"{ref.name}.{name}", receiver, ("method", name)),))

    def aws_call(self, ref: External, arguments: Arguments, node: ir.Node) -> Value | None:
        """A method call on an AWS object; None when `ref` is none."""
        receiver = ref.receiver
        if receiver is None or ref.extra[:1] != ("method",):
            return None
        method = str(ref.extra[1])
        if receiver.kind == "session":
            return self._session_call(receiver, method, arguments, node)
        if method == "get_paginator":
            return self._of_operation("paginator", receiver, arguments)
        if method == "get_waiter":
            return self._of_operation("waiter", receiver, arguments)
        if receiver.kind == "resource" and method[:1].isupper():
            made = Receiver(
                "resource",
                receiver.service,
                method,
                tuple(self.argument(value) for value in arguments.positional),
                tuple((key, self.argument(value)) for key, value in arguments.keywords.items()),
                receiver,
                library=receiver.library,
            )
            return self.aws_value(made, f"aws.resource.{receiver.service}.{method}")
        if method in ("batch_writer",):
            made = Receiver("resource", receiver.service, "BatchWriter", parent=receiver, library=receiver.library)
            return self.aws_value(made, f"aws.resource.{receiver.service}.BatchWriter")
        if method in ("__aenter__", "__enter__", "close", "can_paginate", "get_available_subresources"):
            return Value(refs=(External(ref.name.rsplit(".", 1)[0], receiver),))
        self.record_call(receiver, method, arguments, node)
        if receiver.kind == "collection" and method != "delete":
            return Value(refs=(External(ref.name, receiver, ("method", receiver.sub)),))
        return self._result(ref, receiver, method, arguments, node)

    def _session_call(self, receiver: Receiver, method: str, arguments: Arguments, node: ir.Node) -> Value:
        if method in ("client", "create_client"):
            return self._client("client", arguments, node, receiver, receiver.library)
        if method == "resource":
            return self._client("resource", arguments, node, receiver, receiver.library)
        if method in ("get_credentials", "get_frozen_credentials"):
            return self.label("secret", "credentials of the role", node, "credentials of the role read")
        return UNKNOWN

    def _of_operation(self, kind: Any, receiver: Receiver, arguments: Arguments) -> Value:
        given = arguments.get(0, "operation_name" if kind == "paginator" else "waiter_name")
        names = given.strings() if given is not None else []
        refs = [
            External(
                f"aws.{kind}.{receiver.service}.{name}",
                Receiver(kind, receiver.service, name, parent=receiver, library=receiver.library),
            )
            for name in (names or [""])[:6]
        ]
        return Value(refs=tuple(refs))

    def record_call(self, receiver: Receiver, method: str, arguments: Arguments, node: ir.Node) -> None:
        """Notes a call for the reader that turns it into IAM actions."""
        chain = tuple(frame.call for frame in self.frames if frame.call is not None)[-8:]
        call = RawCall(
            receiver,
            method,
            self.where(node),
            tuple(self.argument(value) for value in arguments.positional),
            tuple((name, self.argument(value)) for name, value in arguments.keywords.items()),
            chain,
        )
        key = (call.where, receiver, method, call.arguments, call.keywords)
        if len(self.calls) < 4000:
            self.calls.setdefault(key, call)

    def _result(self, ref: External, receiver: Receiver, method: str, arguments: Arguments, node: ir.Node) -> Value:
        service = receiver.service
        operation = receiver.sub if receiver.kind == "paginator" else method
        plain = Value(refs=(External(f"{ref.name}()"),))
        gives = _GIVES.get((service, method)) if receiver.kind == "resource" else None
        if gives is not None:
            return self._given(receiver, gives, method, arguments, node)
        if method in _SECRETS:
            return self.label(
                "secret", f"{service}.{operation}", node, f"a secret is read with {operation}()", path=f"{service}.{operation}()"
            )
        if service == "ssm" and method.startswith("get_parameter"):
            decrypt = arguments.get(None, "WithDecryption")
            if decrypt is not None and decrypt.consts != (False,):
                return self.label(
                    "secret", f"ssm.{operation}", node, "a parameter is read and decrypted", path=f"ssm.{operation}()"
                )
        if service == "sts" and method.startswith("assume_role"):
            return self.label("secret", f"sts.{operation}", node, "credentials of a role are taken", path=f"sts.{operation}()")
        if operation in _STORED.get(service, ()) or (receiver.kind == "resource" and method in ("get", "receive_messages")):
            return self.label(
                "stored",
                f"{service}.{operation}",
                node,
                f"data is read with {operation}()",
                trust=1,
                path=f"{service}.{operation}()",
            )
        if method == "generate_presigned_url":
            return UNKNOWN
        return plain

    def _given(self, receiver: Receiver, gives: str, method: str, arguments: Arguments, node: ir.Node) -> Value:
        """The resource that a method of a resource gives, or a list of such."""
        sub = gives.removesuffix("[]")
        keywords = tuple((key, self.argument(value)) for key, value in arguments.keywords.items())
        made = Receiver("resource", receiver.service, sub, (), keywords, receiver, library=receiver.library)
        value = self.aws_value(made, f"aws.resource.{receiver.service}.{sub}")
        if sub == "Message":
            source = f"{receiver.service}.{method}"
            value = self.label("stored", source, node, f"data is read with {method}()", trust=1).but(refs=value.refs)
        return self.new_object(Object("list", {}, value)) if gives.endswith("[]") else value

    # ---- arguments as told to others

    def argument(self, value: Value, depth: int = 4) -> Argument:
        """What is known about a value, in the form that leaves the engine. Secret texts are not in it."""
        receiver = next((ref.receiver for ref in value.refs if isinstance(ref, External) and ref.receiver is not None), None)
        if receiver is not None:
            return Argument(receiver=receiver)
        texts: tuple[Text, ...] = ()
        whole = False
        if value.texts is not None:
            texts = tuple(Text(pieces) for pieces in value.texts)
            whole = True
        elif value.consts and any(isinstance(const, str) for const in value.consts):
            texts = tuple(Text((const,)) for const in value.consts if isinstance(const, str))
            whole = all(isinstance(const, str) or const is None for const in value.consts)
        single = value.single
        number = single if isinstance(single, int | float) else None
        found = self.objects(value) if depth else []
        if len(found) == 1 and found[0].kind == "dict":
            fields = tuple((key, self.argument(part, depth - 1)) for key, part in found[0].fields.items() if isinstance(key, str))
            return Argument(fields=fields[:60], whole=found[0].rest is None)
        if len(found) == 1 and found[0].kind in ("list", "tuple", "set"):
            items = tuple(self.argument(part, depth - 1) for part in found[0].everything()[:40])
            return Argument(items=items, whole=found[0].rest is None)
        return Argument(texts, whole, number)
