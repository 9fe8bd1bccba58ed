"""The AWS SDKs for JavaScript, versions 2 and 3: how clients are made, and calls on them as the reader of calls wants them."""

from typing import Any

from .. import ir
from ..flow.aws import of_another
from ..flow.calls import Argument, Receiver
from ..flow.helpers import HELPERS, Helper
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import UNKNOWN, External, ObjectRef, Value
from .comparisons import Comparisons

V2_DOCUMENT = "DocumentClient"
UNNAMED = "bundled-library"
"""The name of library code in a bundle that nothing tells the name of."""
_V3 = "@aws-sdk/client-"
_V3_OTHER = {
    "@aws-sdk/lib-dynamodb": "dynamodb",
    "@aws-sdk/lib-storage": "s3",
    "@aws-sdk/s3-presigned-post": "s3",
    "@aws-sdk/s3-request-presigner": "s3",
    "@aws-sdk/rds-signer": "rds",
}
_WRAPPERS = frozenset({"captureAWSv3Client", "captureAWSClient", "captureAWS"})
_ANOTHER = "aws.credentials of another"
_OWN_CREDENTIALS = frozenset({
    "fromEnv", "fromNodeProviderChain", "fromContainerMetadata", "fromInstanceMetadata", "fromHttp", "defaultProvider",
    "EnvironmentCredentials", "CredentialProviderChain", "EC2MetadataCredentials", "ECSCredentials", "RemoteCredentials",
})  # fmt: skip
"""Providers that give the credentials of the execution role; the others give those of somebody else."""
_EMPTY = Object("list", {})
_QUIET = frozenset({"promise", "destroy", "use", "on", "config", "middlewareStack", "createReadStream", "eachPage", "abort"})
_SECRETS = frozenset({"getSecretValue", "GetSecretValue", "BatchGetSecretValue", "Decrypt", "decrypt", "batchGetSecretValue"})
_PARAMETERS = frozenset({"getParameter", "getParameters", "getParametersByPath"})
_ROLES = frozenset({"assumeRole", "assumeRoleWithWebIdentity", "getSessionToken"})
_STORED = {
    "s3": frozenset({"getObject", "listObjects", "listObjectsV2", "headObject", "selectObjectContent"}),
    "dynamodb": frozenset({"get", "getItem", "query", "scan", "batchGet", "batchGetItem", "transactGet", "executeStatement"}),
    "sqs": frozenset({"receiveMessage"}),
    "kinesis": frozenset({"getRecords"}),
    "rdsdata": frozenset({"executeStatement", "batchExecuteStatement"}),
    "athena": frozenset({"getQueryResults"}),
    "bedrockruntime": frozenset({"invokeModel", "converse"}),
    "textract": frozenset({"detectDocumentText", "analyzeDocument"}),
}
TARGETS = {
    "s3": ("Bucket", "Key", "CopySource"),
    "dynamodb": ("TableName",),
    "lambda": ("FunctionName",),
    "sqs": ("QueueUrl",),
    "sns": ("TopicArn", "TargetArn"),
    "sts": ("RoleArn",),
    "secretsmanager": ("SecretId",),
    "ssm": ("Name", "Names", "Path"),
    "kms": ("KeyId",),
    "stepfunctions": ("stateMachineArn",),
    "kinesis": ("StreamName", "StreamARN"),
    "firehose": ("DeliveryStreamName",),
    "iam": ("RoleName", "UserName", "PolicyArn", "GroupName", "PolicyDocument"),
    "ec2": ("InstanceIds", "InstanceId"),
    "ecs": ("taskDefinition", "cluster"),
    "cognitoidp": ("UserPoolId",),
    "events": ("EventBusName",),
    "cloudformation": ("StackName", "TemplateURL", "TemplateBody"),
}
"""Parameters that say what a call is about, by service."""
OPERATION_TARGETS = {
    "ssm.sendCommand": ("InstanceIds", "DocumentName", "Parameters"),
    "ssm.startAutomationExecution": ("DocumentName", "Parameters"),
    "batch.submitJob": ("jobDefinition", "containerOverrides"),
    "codebuild.startBuild": ("projectName", "buildspecOverride"),
    "ecs.runTask": ("overrides",),
    "glue.startJobRun": ("JobName",),
    "ec2.runInstances": ("UserData", "ImageId"),
    "ecr.deleteRepository": ("repositoryName",),
}
"""Parameters that say what a call is about, by service and operation."""
STATEMENTS = {
    "Statement": "sql",
    "sql": "sql",
    "QueryString": "sql",
    "Sql": "sql",
    "FilterExpression": "nosql",
    "KeyConditionExpression": "nosql",
    "ConditionExpression": "nosql",
    "UpdateExpression": "nosql",
    "ProjectionExpression": "nosql",
    "queryString": "sql",
    "Expression": "sql",
}
"""Parameters whose text is a program for the service."""


def spelled(service: str) -> str:
    """Botocore's name of a service in the spelling of either SDK; the spelling itself where it is not known."""
    from ..sdk.index import find_service

    return find_service(service) or service


def plain(service: str) -> str:
    """A service's name without case and dashes: ``client-secrets-manager`` and ``SecretsManager`` are the same."""
    return service.lower().replace("-", "").replace("_", "")


class JsAws(Comparisons):
    """AWS clients of both SDKs."""

    def aws_made(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """A client, command, or helper of an SDK that a call makes; None for other names."""
        if name.startswith("@aws-sdk/"):
            return self._v3(name, arguments, node)
        if name.startswith(("aws-sdk", "AWS.")):
            return self._v2(name, arguments, node)
        if name.startswith(f"{UNNAMED}."):
            return self._unnamed(name, arguments, node)
        if (helper := HELPERS.get(name)) is not None:
            self._helped(helper, arguments, node)
            return None
        last = name.rpartition(".")[2]
        if last in _WRAPPERS and arguments.positional:
            return arguments.positional[0]
        return None

    def _helped(self, helper: Helper, arguments: Arguments, node: ir.Node) -> None:
        """The calls that a library's function makes, as client methods of the SDK."""
        given = arguments.get(helper.position)
        if given is not None and given.objects():
            given = self.field(given, helper.keyword, node)
        made = Object("dict", {helper.parameter: given} if helper.parameter and given is not None else {})
        for method in helper.methods:
            first, *rest = method.split("_")
            name = first + "".join(word.capitalize() for word in rest)
            receiver = Receiver("client", helper.service, library="@aws-sdk")
            self.record_call(receiver, name, Arguments([self.new_object(made)], {}, node), node)

    def _v3(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        package, _, made = name.partition(".")
        service = spelled(package) if package.startswith(_V3) else _V3_OTHER.get(package, "")
        last = made.rpartition(".")[2]
        if package in ("@aws-sdk/credential-providers",) or package.startswith("@aws-sdk/credential-provider"):
            return self._credentials(last, arguments, node)
        if not service or not made:
            return None
        if made.startswith(("DynamoDBDocumentClient.", "DynamoDBDocument.")) and last == "from":
            client = arguments.get(0)
            receiver = self._receiver_of(client) if client is not None else None
            return self._client_value(
                "dynamodb", V2_DOCUMENT if made.startswith("DynamoDBDocument.") else "", (), package, receiver
            )
        if last.endswith("Command") or last == "Upload":
            command = Receiver("command", service, last, self._passed(arguments), library=package)
            return Value(refs=(External(f"aws.command.{last}", command),), taints=frozenset())
        if last.startswith(("paginate", "waitUntil")):
            return self._helper(last, service, package, arguments, node)
        if last in ("getSignedUrl", "createPresignedPost"):
            return self._signed(last, service, arguments, node)
        if last[:1].isupper() and "." not in made and isinstance(node, ir.Call) and node.new:
            return self._client_value(service, "", self._options(arguments, node), package, None)
        return None

    def _unnamed(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """Commands and clients out of a library whose name a bundler took away: their own names tell."""
        from ..sdk.index import find_service

        last = name.rpartition(".")[2]
        if name.endswith(("DynamoDBDocumentClient.from", "DynamoDBDocument.from")):
            return self._client_value("dynamodb", V2_DOCUMENT if "Client" not in name else "", (), "@aws-sdk/lib-dynamodb", None)
        if not isinstance(node, ir.Call) or not node.new or not last[:1].isupper():
            return None
        if last.endswith("Command") and len(last) > 7:
            command = Receiver("command", "", last, self._passed(arguments), library="@aws-sdk")
            return Value(refs=(External(f"aws.command.{last}", command),))
        service = find_service(last) if last.endswith("Client") else ""
        return self._client_value(service, "", self._options(arguments, node), "@aws-sdk", None) if service else None

    def _v2(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        if not isinstance(node, ir.Call) or not node.new:
            return None
        if name.startswith("aws-sdk/clients/"):
            service = name.removeprefix("aws-sdk/clients/")
            service, _, sub = service.partition(".")
        else:
            service = name.removeprefix("aws-sdk/global.").removeprefix("aws-sdk.").removeprefix("AWS.")
            service, _, sub = service.partition(".")
        if (
            service in ("Credentials", "Config", "Endpoint", "SharedIniFileCredentials", "HttpRequest", "aws-sdk")
            or "()" in service
        ):
            return None
        if service.endswith("Credentials"):
            return self._credentials(service, arguments, node)
        options = self._options(arguments, node)
        if sub in ("Converter",):
            return None
        return self._client_value(spelled(service), sub, options, "aws-sdk", None)

    def _client_value(
        self, service: str, sub: str, options: tuple[tuple[str, Argument], ...], library: str, parent: Receiver | None
    ) -> Value:
        receiver = Receiver("client", service, sub, options=options or (parent.options if parent else ()), library=library)
        return Value(refs=(External(f"aws.client.{service}", receiver),))

    def _credentials(self, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """Credentials that come from taking a role are a call of STS."""
        given = arguments.get(0)
        if name in _OWN_CREDENTIALS:
            return Value(refs=(External("aws.credentials"),))
        if name in ("fromTemporaryCredentials", "ChainableTemporaryCredentials", "TemporaryCredentials", "fromWebToken"):
            params = self.field(given, "params", node) if given is not None else UNKNOWN
            inner = params if params.objects() or params.path else given or UNKNOWN
            receiver = Receiver("client", "sts", library="@aws-sdk/credential-providers")
            self.record_call(receiver, "assumeRole", Arguments([inner], {}, node), node)
            self.aws_request("sts", "assumeRole", inner, node)
        return Value(refs=(External(_ANOTHER),))

    def _passed(self, arguments: Arguments) -> tuple[Argument, ...]:
        return tuple(self.argument(value) for value in arguments.positional)

    def _options(self, arguments: Arguments, node: ir.Node) -> tuple[tuple[str, Argument], ...]:
        given = arguments.get(0)
        kept: list[tuple[str, Argument]] = []
        for found in self.objects(given) if given is not None else []:
            self._static_keys(found.fields, node)
            nested = found.fields.get("credentials")
            inside = self.objects(nested) if nested is not None else []
            for inner in inside:
                self._static_keys(inner.fields, node)
            keys = [part.fields["accessKeyId"] for part in (found, *inside) if "accessKeyId" in part.fields]
            elsewhere = nested is not None and any(isinstance(ref, External) and ref.name == _ANOTHER for ref in nested.refs)
            if elsewhere or any(of_another(key) for key in keys):
                kept.append(("credentials", Argument()))
            kept += [
                (name, self.argument(found.fields[name])) for name in ("region", "endpoint", "profile") if name in found.fields
            ]
        return tuple(kept)

    def _static_keys(self, fields: dict[Any, Value], node: ir.Node) -> None:
        values = [fields.get("accessKeyId"), fields.get("secretAccessKey")]
        if any(value is not None and isinstance(value.single, str) and len(value.single) > 8 for value in values):
            self.issue("static-credentials", node, "An AWS client is made with access keys that stand in the code")

    def argument(self, value: Value, depth: int = 4) -> Argument:
        """What is known about a value; of several arrays, of which only one holds anything, that one."""
        made = [ref for ref in value.refs if isinstance(ref, ObjectRef) and (self.object(ref.number) or _EMPTY).everything()]
        if len(made) == 1 and len(value.objects()) > 1:
            return super().argument(Value(refs=(made[0],)), depth)
        return super().argument(value, depth)

    # ---- attributes and calls of clients

    def _receiver_of(self, value: Value) -> Receiver | None:
        return next((ref.receiver for ref in value.refs if isinstance(ref, External) and ref.receiver is not None), None)

    def aws_attribute(self, ref: External, name: str, node: ir.Node) -> Value | None:
        """A method of a client."""
        receiver = ref.receiver
        if receiver is None:
            return None
        if ref.extra[:1] == ("method",):
            return Value(refs=(External(f"{ref.name}.{name}"),))
        return Value(refs=(External(f"{ref.name}.{name}", receiver, ("method", name)),))

    def aws_call(self, ref: External, arguments: Arguments, node: ir.Node) -> Value | None:
        """A method call on a client or command; None when `ref` is none."""
        receiver = ref.receiver
        if receiver is None or ref.extra[:1] != ("method",):
            return None
        method = str(ref.extra[1])
        if receiver.kind == "command":
            return self._upload(receiver, method, arguments, node)
        if method in _QUIET:
            return Value(refs=(External(ref.name.rsplit(".", 1)[0], receiver),))
        if method == "send":
            return self._send(receiver, arguments, node)
        self.record_call(receiver, method, arguments, node)
        given = (
            arguments.get(1) if method in ("getSignedUrl", "getSignedUrlPromise", "makeRequest", "waitFor") else arguments.get(0)
        )
        result = self._requested(receiver.service, method, given if given is not None else UNKNOWN, node)
        self.call_back(arguments, result, node)
        return result

    def _send(self, receiver: Receiver, arguments: Arguments, node: ir.Node) -> Value:
        given = arguments.get(0)
        if given is None:
            return UNKNOWN
        results = []
        commands = [ref for ref in given.refs if isinstance(ref, External) and ref.receiver is not None]
        for one in commands:
            self.record_call(receiver, "send", Arguments([Value(refs=(one,))], {}, node), node)
        if not commands:
            self.record_call(receiver, "send", arguments, node)
        for ref in commands:
            command = ref.receiver
            if command is not None and command.kind == "command":
                inner = self.here.cells.get(("command", id(command)))
                name = command.sub.removesuffix("Command")
                params = inner if isinstance(inner, Value) else UNKNOWN
                results.append(self._requested(command.service or receiver.service, name[:1].lower() + name[1:], params, node))
        self.call_back(arguments, results[0] if results else UNKNOWN, node)
        return results[0] if results else UNKNOWN

    def _upload(self, receiver: Receiver, method: str, arguments: Arguments, node: ir.Node) -> Value:
        if receiver.sub == "Upload" and method == "done":
            self.record_call(receiver, method, arguments, node)
            inner = self.here.cells.get(("command", id(receiver)))
            params = self.field(inner, "params", node) if isinstance(inner, Value) else UNKNOWN
            return self._requested("s3", "putObject", params, node)
        return UNKNOWN

    def remember_command(self, value: Value, arguments: Arguments) -> Value:
        """Keeps the input of a command as a value, for the checks when it is sent."""
        receiver = self._receiver_of(value)
        if receiver is not None and receiver.kind == "command" and arguments.positional:
            self.here.cells[("command", id(receiver))] = arguments.positional[0]
        return value

    def _helper(self, name: str, service: str, library: str, arguments: Arguments, node: ir.Node) -> Value:
        """``paginateListObjectsV2({client}, input)`` and ``waitUntilBucketExists({client}, input)``."""
        kind: Any = "paginator" if name.startswith("paginate") else "waiter"
        receiver = Receiver(kind, service, name, library=library)
        self.record_call(receiver, name, arguments, node)
        given = arguments.get(1)
        operation = name.removeprefix("paginate")
        result = self._requested(service, operation[:1].lower() + operation[1:], given if given is not None else UNKNOWN, node)
        return self.new_object(Object("list", {}, result))

    def _signed(self, name: str, service: str, arguments: Arguments, node: ir.Node) -> Value:
        client, command = arguments.get(0), arguments.get(1)
        receiver = (self._receiver_of(client) if client is not None else None) or Receiver("client", service)
        rest = Arguments(arguments.positional[1:], {}, node)
        self.record_call(receiver, name, rest, node)
        made = self._receiver_of(command) if command is not None else None
        inner = self.here.cells.get(("command", id(made))) if made is not None else command
        if isinstance(inner, Value):
            self.aws_request(service, "getSignedUrl", inner, node)
        return UNKNOWN

    def _requested(self, service: str, operation: str, given: Value, node: ir.Node) -> Value:
        """What a request brings; what goes into it is checked."""
        self.aws_request(service, operation, given, node)
        known = plain(service)
        told = f"{service}.{operation}"
        if operation in _SECRETS:
            return self.label("secret", told, node, f"a secret is read with {operation}()", path=f"{told}()")
        if known == "ssm" and operation in _PARAMETERS:
            decrypt = self.field(given, "WithDecryption", node) if given.objects() else UNKNOWN
            if decrypt.consts == (True,):
                return self.label("secret", told, node, "a parameter is read and decrypted", path=f"{told}()")
            return Value(refs=(External(f"aws.{told}()"),))
        if known == "sts" and operation in _ROLES:
            return self.label("secret", told, node, "credentials of a role are taken", path=f"{told}()")
        if operation in _STORED.get(known, ()):
            return self.label("stored", told, node, f"data is read with {operation}()", trust=1, path=f"{told}()")
        return Value(refs=(External(f"aws.{told}()"),))

    def aws_request(self, service: str, operation: str, given: Value, node: ir.Node) -> None:
        """Called for every request with its input (in the checks)."""
        raise NotImplementedError

    def call_back(self, arguments: Arguments, result: Value, node: ir.Node) -> None:
        """Runs functions that were given away, as Node does: ``(error, result)`` (in the library models)."""
        raise NotImplementedError
