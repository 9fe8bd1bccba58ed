"""moto's Lambda, completed where it forgets or bends what an auditor reads.

moto drops dead-letter and logging settings, gives every VPC the same id, cannot attach another account's layer, keeps
one resource policy for all versions and aliases of a function, writes the auth type of a function URL outside of the
Condition, and has no code signing, recursion or account settings. Shapes follow botocore's model of the Lambda API,
policy statements the form in which AWS returns them.
"""

import copy
import json
import re
from typing import Any, cast
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

from moto.awslambda.exceptions import (
    FunctionAlreadyExists,
    GenericResourcNotFound,
    LambdaClientError,
    UnknownLayerVersionException,
)
from moto.awslambda.models import LambdaBackend, LambdaFunction, LayerVersion
from moto.awslambda.responses import LambdaResponse
from moto.awslambda.utils import get_backend
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

CODE_PATH = "/deployment-packages/"

_KEPT = ("DeadLetterConfig", "FileSystemConfigs", "LoggingConfig")
_LAYER_ARN = re.compile(r"arn:aws[\w-]*:lambda:([\w-]+):(\d{12}):layer:([\w-]+):(\d+)")
_signing_configs: WeakKeyDictionary[LambdaBackend, dict[str, dict[str, Any]]] = WeakKeyDictionary()

Answer = tuple[int, dict[str, Any], str]


def package(path: str) -> bytes | None:
    """The zip file behind the location that GetFunction or GetLayerVersion gave, or None when there is none."""
    parts = path.removeprefix(CODE_PATH).split("/")
    if len(parts) != 5:
        return None
    kind, account, region, name, version = parts
    try:
        if kind == "layer":
            return layer_version(f"arn:aws:lambda:{region}:{account}:layer:{name}:{version}").code_bytes
        function = get_backend(account, region).get_function(name, version)
    except (LambdaClientError, KeyError):  # no such layer or function; no such region
        return None
    return None if function.package_type == "Image" else function.code_bytes


class Function(LambdaFunction):
    """A function that remembers what it was told, and never runs."""

    def __init__(self, account_id: str, spec: dict[str, Any], region: str) -> None:
        self.kept = {key: spec[key] for key in _KEPT if key in spec}
        self.policies: dict[str, list[dict[str, Any]]] = {}
        self.urls: dict[str, dict[str, Any]] = {}
        self.recursion = "Terminate"
        super().__init__(account_id, spec, region, version="$LATEST")

    def __deepcopy__(self, memo: dict[int, Any]) -> "Function":
        """A listing copies functions to change their ARN; that must not copy the account's log groups along."""
        return copy.copy(self)

    @property
    def vpc_config(self) -> dict[str, Any] | None:
        """The network settings, with the id of the VPC that really holds the subnets."""
        if not self._vpc_config:
            return None
        from moto.ec2.models import ec2_backends

        subnets = ec2_backends[self.account_id][self.region].describe_subnets(self._vpc_config["SubnetIds"])
        return {**self._vpc_config, "VpcId": subnets[0].vpc_id, "Ipv6AllowedForDualStack": False}

    def _get_layers_data(self, layers_versions_arns: list[str]) -> list[Any]:
        return [{"Arn": arn, "CodeSize": layer_version(arn).code_size} for arn in layers_versions_arns]

    def get_configuration(self, on_create: bool = False) -> dict[str, Any]:
        """The function's configuration as the API answers it."""
        logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
        kept = {**self.kept, "LoggingConfig": {**logging, **self.kept.get("LoggingConfig", {})}}
        modified = f"{self.last_modified[:23]}+0000"
        return {**super().get_configuration(on_create), **kept, "LastModified": modified}

    def update_configuration(self, config_updates: dict[str, Any]) -> dict[str, Any]:
        """Change the configuration of $LATEST; versions that were published before keep theirs."""
        self.kept = {**self.kept, **{key: config_updates[key] for key in _KEPT if key in config_updates}}
        return super().update_configuration(config_updates)

    def _invoke_lambda(self, event: str | None = None) -> tuple[str, bool, str]:
        """Nothing of the demo's code is ever run: neither here nor in a container."""
        return "", False, ""


def layer_version(arn: str) -> LayerVersion:
    """A layer version of whichever account the ARN names. Raises moto's "not found" when there is none."""
    match = _LAYER_ARN.fullmatch(arn)
    found = get_backend(match[2], match[1]).layers_versions_by_arn(arn) if match else None
    if found is None:
        raise UnknownLayerVersionException([arn])
    return found


def permission(request: dict[str, Any], function_arn: str) -> dict[str, Any]:
    """The policy statement that AddPermission makes of its request."""
    principal = request["Principal"]
    if principal.endswith((".amazonaws.com", ".amazon.com")):
        principal = {"Service": principal}
    elif principal.isdigit():
        principal = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal != "*":
        principal = {"AWS": principal}
    conditions = {
        ("ArnLike", "AWS:SourceArn"): request.get("SourceArn"),
        ("StringEquals", "AWS:SourceAccount"): request.get("SourceAccount"),
        ("StringEquals", "aws:PrincipalOrgID"): request.get("PrincipalOrgID"),
        ("StringEquals", "lambda:EventSourceToken"): request.get("EventSourceToken"),
        ("StringEquals", "lambda:FunctionUrlAuthType"): request.get("FunctionUrlAuthType"),
        ("Bool", "lambda:InvokedViaFunctionUrl"): "true" if request.get("InvokedViaFunctionUrl") else None,
    }
    condition: dict[str, dict[str, str]] = {}
    for (operator, key), value in conditions.items():
        if value is not None:
            condition.setdefault(operator, {})[key] = value
    statement = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": principal,
        "Action": request["Action"],
        "Resource": function_arn,
    }
    return {**statement, "Condition": condition} if condition else statement


def _answer(content: Any, status: int = 200) -> Answer:
    return status, {"status": status}, json.dumps(content) if content is not None else ""


def _now() -> str:
    return utcnow().strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Response(LambdaResponse):
    """The operations that moto lacks, or answers differently from AWS."""

    def _named(self) -> tuple[Function, str]:
        """The function that the request names, by name or ARN, and the qualifier: "" means the function itself."""
        name = unquote(self.uri_match["FunctionName"]).split(":function:")[-1]
        name, _, qualifier = name.partition(":")
        return cast(Function, self.backend.get_function(name)), qualifier or self.querystring.get("Qualifier", [""])[0]

    def _location(self, *parts: str) -> str:
        """Where a package can be fetched for a few minutes: on AWS a signed link to S3, here a path of the fake."""
        path = quote("/".join(parts))
        return f"http://{self.headers['Host']}{CODE_PATH}{path}?X-Amz-Expires=600&X-Amz-Signature=demo"

    def create_function(self) -> Answer:
        """CreateFunction."""
        spec = self.json_body
        if any(spec["FunctionName"] == fn.function_name for fn in self.backend.list_functions()):
            raise FunctionAlreadyExists(spec["FunctionName"])
        make: Any = Function  # two hooks for CloudFormation are abstract in all of moto's models
        function: Function = make(self.current_account, spec, self.region)
        self.backend._lambdas.put_function(function)
        if signing := self._configs().get(function.code_signing_config_arn or ""):
            # The fake takes every package that must be signed for signed.
            function.signing_profile_version_arn = signing["AllowedPublishers"]["SigningProfileVersionArns"][0]
        configuration = function.get_configuration(on_create=True)
        if spec.get("Publish"):
            published: Any = self.backend.publish_version(function.function_name)
            configuration["Version"] = str(published.version)
        return _answer(configuration, 201)

    def get_function(self) -> str:
        """GetFunction, with a code location that stays on this machine."""
        found = json.loads(super().get_function())
        if found.get("Code", {}).get("RepositoryType") == "S3":
            configuration = found["Configuration"]
            name, version = configuration["FunctionName"], configuration["Version"]
            found["Code"]["Location"] = self._location("function", self.current_account, self.region, name, version)
        return json.dumps(found)

    def create_event_source_mapping(self) -> Answer:
        """CreateEventSourceMapping: it names the alias that was asked for, not the version behind it."""
        body = super().create_event_source_mapping()[-1]
        name, _, qualifier = self.json_body["FunctionName"].split(":function:")[-1].partition(":")
        mapping: Any = self.backend.get_event_source_mapping(json.loads(body)["UUID"])
        arn = self.backend.get_function(name).function_arn
        mapping.function_arn = f"{arn}:{qualifier}" if qualifier else arn
        return _answer(mapping.get_configuration(), 201)

    # Resource policies: one of each qualifier.

    def add_permission(self) -> str:
        """AddPermission."""
        function, qualifier = self._named()
        statements = function.policies.setdefault(qualifier, [])
        if any(statement["Sid"] == self.json_body["StatementId"] for statement in statements):
            raise LambdaClientError("ResourceConflictException", "The statement id provided already exists.")
        arn = f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn
        statements.append(permission(self.json_body, arn))
        return json.dumps({"Statement": json.dumps(statements[-1])})

    def get_policy(self) -> str:
        """GetPolicy."""
        function, qualifier = self._named()
        if not (statements := function.policies.get(qualifier)):
            raise GenericResourcNotFound()
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return json.dumps({"Policy": json.dumps(policy), "RevisionId": function.policy.revision})

    def remove_permission(self) -> Answer:
        """RemovePermission."""
        function, qualifier = self._named()
        sid = unquote(self.uri_match["StatementId"])
        statements = function.policies.get(qualifier, [])
        kept = [statement for statement in statements if statement["Sid"] != sid]
        if len(kept) == len(statements):
            raise GenericResourcNotFound()
        function.policies[qualifier] = kept
        return _answer(None, 204)

    # Function URLs: one of each alias.

    def create_function_url_config(self) -> Answer:
        """CreateFunctionUrlConfig."""
        function, qualifier = self._named()
        created = _now()
        function.urls[qualifier] = {
            "FunctionUrl": f"https://{mock_random.uuid4().hex}.lambda-url.{self.region}.on.aws/",
            "FunctionArn": f"{function.function_arn}:{qualifier}" if qualifier else function.function_arn,
            "AuthType": self.json_body["AuthType"],
            "Cors": self.json_body.get("Cors"),
            "CreationTime": created,
            "LastModifiedTime": created,
            "InvokeMode": self.json_body.get("InvokeMode", "BUFFERED"),
        }
        return _answer(function.urls[qualifier], 201)

    def get_function_url_config(self) -> Answer:
        """GetFunctionUrlConfig."""
        function, qualifier = self._named()
        if qualifier not in function.urls:
            raise GenericResourcNotFound()
        return _answer(function.urls[qualifier])

    def list_function_url_configs(self) -> Answer:
        """ListFunctionUrlConfigs."""
        return _answer({"FunctionUrlConfigs": list(self._named()[0].urls.values())})

    def update_function_url_config(self) -> str:
        """UpdateFunctionUrlConfig."""
        function, qualifier = self._named()
        if qualifier not in function.urls:
            raise GenericResourcNotFound()
        changes: dict[str, Any] = {
            key: self.json_body[key] for key in ("AuthType", "Cors", "InvokeMode") if key in self.json_body
        }
        function.urls[qualifier].update(changes, LastModifiedTime=_now())
        return json.dumps(function.urls[qualifier])

    def delete_function_url_config(self) -> Answer:
        """DeleteFunctionUrlConfig."""
        function, qualifier = self._named()
        if function.urls.pop(qualifier, None) is None:
            raise GenericResourcNotFound()
        return _answer(None, 204)

    # Code signing.

    def _configs(self) -> dict[str, dict[str, Any]]:
        return _signing_configs.setdefault(self.backend, {})

    def _config(self) -> dict[str, Any]:
        arn = unquote(self.uri_match["CodeSigningConfigArn"])
        if arn not in self._configs():
            raise GenericResourcNotFound()
        return self._configs()[arn]

    def list_aliases(self) -> Answer:
        """Aliases of a function that is named by its ARN, too."""
        function, _ = self._named()
        return _answer({"Aliases": [alias.to_json() for alias in self.backend.list_aliases(function.function_name)]})

    def create_code_signing_config(self) -> Answer:
        """CreateCodeSigningConfig."""
        name = f"csc-{mock_random.get_random_hex(17)}"
        arn = f"arn:aws:lambda:{self.region}:{self.current_account}:code-signing-config:{name}"
        self._configs()[arn] = {
            "CodeSigningConfigId": name,
            "CodeSigningConfigArn": arn,
            "Description": self.json_body.get("Description", ""),
            "AllowedPublishers": self.json_body["AllowedPublishers"],
            "CodeSigningPolicies": self.json_body.get("CodeSigningPolicies", {"UntrustedArtifactOnDeployment": "Warn"}),
            "LastModified": _now(),
        }
        return _answer({"CodeSigningConfig": self._configs()[arn]}, 201)

    def get_code_signing_config(self) -> Answer:
        """GetCodeSigningConfig."""
        return _answer({"CodeSigningConfig": self._config()})

    def list_code_signing_configs(self) -> Answer:
        """ListCodeSigningConfigs."""
        return _answer({"CodeSigningConfigs": list(self._configs().values())})

    def list_functions_by_code_signing_config(self) -> Answer:
        """ListFunctionsByCodeSigningConfig."""
        arn = self._config()["CodeSigningConfigArn"]
        functions = [fn.function_arn for fn in self.backend.list_functions() if fn.code_signing_config_arn == arn]
        return _answer({"FunctionArns": functions})

    # Settings that the demo leaves at their defaults, except recursion.

    def get_account_settings(self) -> Answer:
        """GetAccountSettings."""
        functions = list(self.backend.list_functions())
        size = sum(fn.code_size for fn in functions)
        reserved = sum(fn.reserved_concurrency or 0 for fn in functions)
        limit = {
            "TotalCodeSize": 80530636800,
            "CodeSizeUnzipped": 262144000,
            "CodeSizeZipped": 52428800,
            "ConcurrentExecutions": 1000,
            "UnreservedConcurrentExecutions": 1000 - reserved,
        }
        usage = {"TotalCodeSize": size, "FunctionCount": len(functions)}
        return _answer({"AccountLimit": limit, "AccountUsage": usage})

    def get_runtime_management_config(self) -> Answer:
        """GetRuntimeManagementConfig."""
        return _answer({"UpdateRuntimeOn": "Auto", "FunctionArn": self._named()[0].function_arn})

    def get_function_recursion_config(self) -> Answer:
        """GetFunctionRecursionConfig."""
        return _answer({"RecursiveLoop": self._named()[0].recursion})

    def put_function_recursion_config(self) -> Answer:
        """PutFunctionRecursionConfig."""
        function, _ = self._named()
        function.recursion = self.json_body["RecursiveLoop"]
        return _answer({"RecursiveLoop": function.recursion})

    def list_provisioned_concurrency_configs(self) -> Answer:
        """ListProvisionedConcurrencyConfigs: the demo has none."""
        self._named()
        return _answer({"ProvisionedConcurrencyConfigs": []})

    # Layers.

    def _layer(self, layer: LayerVersion) -> str:
        answer = layer.get_layer_version()
        answer["Content"]["Location"] = self._location("layer", layer.account_id, layer.region, layer.name, str(layer.version))
        return json.dumps(answer)

    def get_layer_version(self) -> str:
        """GetLayerVersion, with a location that stays on this machine."""
        name = unquote(self.uri_match["LayerName"])
        return self._layer(self.backend.get_layer_version(name, self.uri_match["VersionNumber"]))

    def get_layer_version_by_arn(self) -> str:
        """GetLayerVersionByArn: of another account only where the layer's policy shares it with everyone."""
        layer = layer_version(unquote(self.querystring["Arn"][0]))
        shared = any(statement.get("Principal") == "*" for statement in layer.policy.statements)
        if layer.account_id != self.current_account and not shared:
            raise LambdaClientError("AccessDeniedException", "You may not read this layer version.")
        return self._layer(layer)
