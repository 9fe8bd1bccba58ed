"""Lambda functions with their versions, aliases, URLs, permissions, triggers, layers and code signing."""

from typing import Any, Final

import msgspec

from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import (
    Alias,
    Cors,
    FileSystemMount,
    Function,
    FunctionUrl,
    FunctionVersion,
    ImageConfig,
    InvokeConfig,
    LayerUse,
    Logging,
    VpcConfig,
)
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.iac.lift.builder import AFTER_DEPLOYMENT, Builder, plain_json
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.layers import layers
from lambdaudit.sources.iac.lift.mappings import destination, event_source_mappings
from lambdaudit.sources.iac.lift.props import Props, span_at, sure
from lambdaudit.sources.iac.resources import Resource

_CONDITIONS: Final = (
    ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
    ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
    ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
    ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
)
"""The conditions that Lambda writes into a statement for the parameters of AddPermission."""


def functions(b: Builder) -> None:
    """Add functions with everything that hangs on them."""
    hung = _Hung(b)
    for resource, identity, props in b.each("AWS::Lambda::Function"):
        _add_function(b, resource, identity, props, hung)
    for resource, identity, props in b.each("AWS::Lambda::Version"):
        _add_version(b, resource, identity, props, hung)
    for resource, identity, props in b.each("AWS::Lambda::Alias"):
        _add_alias(b, resource, identity, props, hung)
    layers(b)
    event_source_mappings(b)


class _Hung:
    """What other resources hang on a function or one of its qualifiers, by its ARN."""

    def __init__(self, b: Builder) -> None:
        self.b = b
        self.statements: dict[str, list[tuple[Resource, Props, dict[str, Any]]]] = {}
        self.urls: dict[str, FunctionUrl | Unknown] = {}
        self.configs: dict[str, InvokeConfig | Unknown] = {}
        self.versions: dict[str, list[str]] = {}
        self.aliases: dict[str, list[str]] = {}
        for resource, _, props in b.each("AWS::Lambda::Permission"):
            arn = self._target(resource, props, "FunctionName")
            if arn:
                self.statements.setdefault(arn, []).append((resource, props, _statement(props, arn)))
        for resource, identity, props in b.each("AWS::Lambda::Url"):
            arn = self._target(resource, props, "TargetFunctionArn", "Qualifier")
            if arn:
                self.urls[arn] = props.attempt(lambda p, i=identity: _url(p, i))  # type: ignore[misc]
        for resource, _, props in b.each("AWS::Lambda::EventInvokeConfig"):
            arn = self._target(resource, props, "FunctionName", "Qualifier")
            if arn:
                self.configs[arn] = props.attempt(_invoke_config)
        for kind, found in (("AWS::Lambda::Version", self.versions), ("AWS::Lambda::Alias", self.aliases)):
            for _, identity, _ in b.each(kind):
                found.setdefault(unqualified(identity.id), []).append(identity.id)

    def _target(self, resource: Resource, props: Props, name: str, qualifier: str = "") -> str:
        """The ARN that a resource hangs on; an empty text, and a note, when that is not known."""
        arn = self.b.estate.function_arn(props.text(name, None), self.b.estate.place(resource))
        if isinstance(arn, Unknown):
            self.b.note(resource.where, f"hangs on a function that is not known: {arn.reason}")
            return ""
        suffix = props.text(qualifier, "") if qualifier else ""
        if isinstance(suffix, str) and suffix and arn == unqualified(arn):
            arn = f"{arn}:{suffix}"
        return arn.removesuffix(":$LATEST")

    def policy(self, arn: str, where: Where, name: str) -> Policy | None:
        """The resource-based policy that the permissions on an ARN make; None when there is none."""
        found = self.statements.get(arn)
        if not found:
            return None
        where = msgspec.structs.replace(where, pointer=f"{where.pointer}/Policy")
        self.b.places.link(where, None, span_at(found[0][0], found[0][1]))
        for number, (resource, props, _) in enumerate(found):
            self.b.places.link(where / "Statement" / number, props.data, span_at(resource, props))
        statements = [statement for _, _, statement in found]
        document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return Policy(name=name, kind="resource", document=document, where=where)


def _statement(props: Props, arn: str) -> dict[str, Any]:
    """The statement that Lambda writes for a permission; what is open in it stays open."""

    def leaf(name: str) -> Any:
        return plain_json(props.text(name, None))

    principal = leaf("Principal")
    if isinstance(principal, str) and principal != "*":
        if principal.isdecimal() and len(principal) == 12:
            principal = {"AWS": f"arn:{arn.split(':')[1]}:iam::{principal}:root"}
        elif principal.startswith("arn:"):
            principal = {"AWS": principal}
        else:
            principal = {"Service": principal}
    conditions: dict[str, dict[str, Any]] = {}
    for name, operator, key in _CONDITIONS:
        if props.has(name):
            conditions.setdefault(operator, {})[key] = leaf(name)
    statement = {"Effect": "Allow", "Principal": principal, "Action": leaf("Action"), "Resource": arn}
    return {**statement, "Condition": conditions} if conditions else statement


def _url(props: Props, identity: Identity) -> FunctionUrl:
    return FunctionUrl(
        url=identity.attributes["FunctionUrl"],
        auth_type=sure(props.text("AuthType", Unknown("AuthType is not set"))),
        where=props.where,
        invoke_mode=sure(props.text("InvokeMode", "BUFFERED")),
        cors=sure(props.build("Cors", cors, None)),
    )


def cors(props: Props) -> Cors:
    """The cross-origin settings of a function URL or an HTTP API."""
    return Cors(
        origins=sure(props.texts("AllowOrigins", ())),
        methods=sure(props.texts("AllowMethods", ())),
        headers=sure(props.texts("AllowHeaders", ())),
        credentials=sure(props.flag("AllowCredentials", False)),
    )


def _invoke_config(props: Props) -> InvokeConfig:
    destinations = sure(props.record("DestinationConfig"))
    return InvokeConfig(
        where=props.where,
        on_success=sure(destinations.build("OnSuccess", destination, "")) if destinations else "",
        on_failure=sure(destinations.build("OnFailure", destination, "")) if destinations else "",
        retries=sure(props.integer("MaximumRetryAttempts", None)),
        max_age=sure(props.integer("MaximumEventAgeInSeconds", None)),
    )


def _role(b: Builder, props: Props, resource: Resource) -> Maybe[str | None]:
    role = props.text("Role", Unknown("Role is not set"))
    if isinstance(role, str) and role and not role.startswith("arn:"):
        # Tools that take a name in the place of the ARN mean a role of the account.
        return b.estate.place(resource).arn("iam", f"role/{role.lstrip('/')}", region=False)
    return role


def _configured(b: Builder, resource: Resource, props: Props, name: str) -> dict[str, Any]:
    package = props.text("PackageType", "Zip")
    code = props.record("Code")
    if isinstance(code, Props) and code.has("ImageUri"):
        package = "Image"
    unset: Any = None if package == "Image" else Unknown("it is not set")
    environment = props.record("Environment")
    return {
        "runtime": props.text("Runtime", unset),
        "handler": props.text("Handler", unset),
        "role": _role(b, props, resource),
        "description": props.prose("Description", ""),
        "package_type": package,
        "architectures": props.texts("Architectures", ("x86_64",)),
        "timeout": props.integer("Timeout", 3),
        "memory": props.integer("MemorySize", 128),
        "ephemeral_storage": props.build("EphemeralStorage", lambda f: sure(f.integer("Size", 512)), 512),
        "code_size": AFTER_DEPLOYMENT,
        "code_sha256": AFTER_DEPLOYMENT,
        "environment": b.variables(environment.take("Variables") if isinstance(environment, Props) else environment),
        "kms_key": b.key(props.text("KmsKeyArn", None), resource),
        "layers": _used_layers(props),
        "vpc": props.build("VpcConfig", lambda f: _vpc(b, f), None),
        "file_systems": props.each("FileSystemConfigs", _mount, ()),
        "tracing": props.build("TracingConfig", lambda f: sure(f.text("Mode", "PassThrough")), "PassThrough"),
        "dead_letter": props.build("DeadLetterConfig", lambda f: sure(f.text("TargetArn", "")) or None, None),
        "logging": props.build("LoggingConfig", lambda f: _logging(f, name), Logging(group=f"/aws/lambda/{name}")),
        "snap_start": props.build("SnapStart", lambda f: sure(f.text("ApplyOn", "None")), "None"),
        "image": _image(props, code) if package == "Image" else None,
        "signing_profile": AFTER_DEPLOYMENT,
    }


def _used_layers(props: Props) -> Maybe[tuple[LayerUse, ...]]:
    arns = props.texts("Layers", ())
    return arns if isinstance(arns, Unknown) else tuple(LayerUse(arn=arn) for arn in arns)


def _vpc(b: Builder, props: Props) -> VpcConfig | None:
    subnets = sure(props.texts("SubnetIds", ()))
    groups = sure(props.texts("SecurityGroupIds", ()))
    vpc = ""
    for identifier in (*subnets, *groups):
        target = b.estate.resources.get(b.estate.address_of(identifier))
        inner = b.estate.properties(target).get("VpcId") if target is not None else None
        if isinstance(inner, str):
            vpc = str(inner)
            break
    return VpcConfig(vpc=vpc, subnets=subnets, security_groups=groups) if subnets or groups else None


def _mount(props: Props) -> FileSystemMount:
    return FileSystemMount(arn=sure(props.text("Arn", Unknown("Arn is not set"))), path=sure(props.text("LocalMountPath", "")))


def _logging(props: Props, name: str) -> Logging:
    return Logging(
        group=sure(props.text("LogGroup", f"/aws/lambda/{name}")),
        format=sure(props.text("LogFormat", "Text")),
        application_level=sure(props.text("ApplicationLogLevel", "")),
        system_level=sure(props.text("SystemLogLevel", "")),
    )


def _image(props: Props, code: Props | Unknown | None) -> Maybe[ImageConfig | None]:
    if isinstance(code, Unknown):
        return code

    def build(props: Props) -> ImageConfig:
        config = sure(props.record("ImageConfig"))
        return ImageConfig(
            uri=sure(code.text("ImageUri", "")) if code else "",
            entry_point=tuple(map(redacted, sure(config.texts("EntryPoint", ())))) if config else (),
            command=tuple(map(redacted, sure(config.texts("Command", ())))) if config else (),
            working_directory=sure(config.text("WorkingDirectory", "")) if config else "",
        )

    return props.attempt(build)


def _add_function(b: Builder, resource: Resource, identity: Identity, props: Props, hung: _Hung) -> None:
    arn = identity.id
    b.add(
        Function(
            **b.common(resource, identity),
            **_configured(b, resource, props, identity.name),
            policy=hung.policy(arn, resource.where, identity.name),
            url=hung.urls.get(arn),
            invoke_config=hung.configs.get(arn),
            reserved_concurrency=props.integer("ReservedConcurrentExecutions", None),
            code_signing=props.text("CodeSigningConfigArn", None),
            versions=tuple(hung.versions.get(arn, ())),
            aliases=tuple(hung.aliases.get(arn, ())),
            recursion=props.text("RecursiveLoop", "Terminate"),
        )
    )


def _function_of(b: Builder, arn: str) -> Resource | None:
    found = b.estate.resources.get(b.estate.address_of(arn))
    return found if found is not None and found.type == "AWS::Lambda::Function" else None


def _add_version(b: Builder, resource: Resource, identity: Identity, props: Props, hung: _Hung) -> None:
    function = unqualified(identity.id)
    source = _function_of(b, function)
    name = parsed.name if (parsed := parse_arn(function)) else function
    fields = _configured(b, source, b.props(source), name) if source else {}
    b.add(
        FunctionVersion(
            **{**b.common(resource, identity), "name": f"{name}:{identity.name}"},
            **fields,
            version=identity.name,
            function=function,
            policy=hung.policy(identity.id, resource.where, f"{name}:{identity.name}"),
            invoke_config=hung.configs.get(identity.id),
        )
    )


def _add_alias(b: Builder, resource: Resource, identity: Identity, props: Props, hung: _Hung) -> None:
    version = props.text("FunctionVersion", Unknown("FunctionVersion is not set"))
    weights = props.build("RoutingConfig", _weights, ())
    b.add(
        Alias(
            **b.common(resource, identity),
            function=unqualified(identity.id),
            version=b.plain(version, "", resource, "alias"),
            weights=b.plain(weights, (), resource, "alias"),
            policy=hung.policy(identity.id, resource.where, identity.name),
            url=hung.urls.get(identity.id),
            invoke_config=hung.configs.get(identity.id),
        )
    )


def _weights(props: Props) -> tuple[tuple[str, float], ...]:
    def one(weight: Props) -> tuple[str, float]:
        share = weight.take("FunctionWeight")
        if isinstance(share, str | int | float) and not isinstance(share, bool):
            try:
                return sure(weight.text("FunctionVersion", "")), float(share)
            except ValueError:
                return sure(Unknown("odd value: FunctionWeight is no number"))
        return sure(share if isinstance(share, Unknown) else Unknown("FunctionWeight is not set"))

    return sure(props.each("AdditionalVersionWeights", one, ()))
