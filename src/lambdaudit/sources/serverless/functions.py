"""Functions, their versions, aliases, URLs and asynchronous settings, log groups and layers."""

from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.service import (
    FUNCTION_ACTION,
    Function,
    Service,
    as_map,
    attribute,
    copied,
    get,
    is_function_call,
    join,
    members,
    obj,
    ref,
    statement,
    sub,
    word,
)

DEFAULT_RUNTIME: Final = "nodejs20.x"
_URL_HEADERS: Final = (
    "Content-Type",
    "X-Amz-Date",
    "Authorization",
    "X-Api-Key",
    "X-Amz-Security-Token",
    "X-Amzn-Trace-Id",
)
_SENDS: Final = {"sns": "sns:Publish", "sqs": "sqs:SendMessage", "lambda": FUNCTION_ACTION, "events": "events:PutEvents"}


def function_name(s: Service, function: Function) -> Any:
    """The name of a function in Lambda."""
    own = function.settings.get("name")
    return own if own is not None else s.text(s.name, "-", s.stage, "-", function.key)


def add_function(s: Service, function: Function) -> None:
    """Everything that a function makes, but its events."""
    settings, provider, span = function.settings, s.provider, function.span
    made = Map((), settings.span or span)
    name = function_name(s, function)
    made["FunctionName"] = name
    if place := settings.keys_at.get("name") or span:
        made.keys_at["FunctionName"] = place
    made["Code"] = obj(span, S3Bucket=_bucket(s), S3Key=s.text(s.name, ".zip"))
    for source in (provider, settings):
        copied(made, source, Runtime="runtime", MemorySize="memorySize", Timeout="timeout", KmsKeyArn="kmsKeyArn")
        copied(made, source, RuntimeManagementConfig="runtimeManagement")
        if source.get("architecture") is not None:
            made["Architectures"] = List([source["architecture"]], source.keys_at.get("architecture"))
    if "KmsKeyArn" not in made and (key := get(s.config, "serviceObject", "awsKmsKeyArn")):
        made["KmsKeyArn"] = key
    made.setdefault("MemorySize", 1024)
    made.setdefault("Timeout", 6)
    copied(made, settings, Handler="handler", Description="description", ReservedConcurrentExecutions="reservedConcurrency")
    made.setdefault("Runtime", Str(DEFAULT_RUNTIME, span))
    _image(s, function, made)
    _tracing(s, function, made)
    _environment(s, function, made)
    _network(s, function, made)
    _storage(s, function, made)
    _dead_letter(s, function, made)
    tags = {**as_map(provider.get("tags")), **as_map(settings.get("tags"))}
    if tags:
        made["Tags"] = List([obj(span_of(value), Key=Str(key), Value=value) for key, value in tags.items()])
    layers = settings.get("layers") if settings.get("layers") is not None else provider.get("layers")
    if layers is not None:
        made["Layers"] = layers
        if place := settings.keys_at.get("layers") or provider.keys_at.get("layers"):
            made.keys_at["Layers"] = place
    if settings.get("snapStart") is True:
        made["SnapStart"] = obj(settings.keys_at.get("snapStart"), ApplyOn=Str("PublishedVersions"))
    if isinstance(made.get("KmsKeyArn"), str):
        # The framework adds this for ARNs only, not for references.
        s.allow(["kms:Decrypt"], made["KmsKeyArn"], made.at("KmsKeyArn"))
    made["Role"] = role_of(s, function)
    if place := settings.keys_at.get("role"):
        made.keys_at["Role"] = place
    s.add(function.id, "AWS::Lambda::Function", made, span)
    _log_group(s, function, name)
    _version(s, function)
    _url(s, function)
    _asynchronous(s, function)


def _bucket(s: Service) -> Any:
    bucket = s.provider.get("deploymentBucket")
    named = bucket.get("name") if isinstance(bucket, Map) and not is_function_call(bucket) else bucket
    return named if named is not None else ref("ServerlessDeploymentBucket")


def given_role(s: Service, function: Function) -> Any:
    """The role that the service gives a function instead of the shared one; None when it gives none."""
    own = function.settings.get("role")
    if own is not None:
        return own
    general = s.provider.get("role")
    if general is not None:
        return general
    inner = get(s.provider, "iam", "role")
    return inner if inner is not None and (not isinstance(inner, dict) or is_function_call(inner)) else None


def role_of(s: Service, function: Function) -> Any:
    """The role of a function: an ARN, an expression, or the resource that a logical id names."""
    role = given_role(s, function)
    if role is None:
        return attribute(names.ROLE)
    if isinstance(role, str) and ":" not in role:
        return Map({"Fn::GetAtt": List([str(role), "Arn"])}, span_of(role))
    return role


def _image(s: Service, function: Function, made: Map) -> None:
    image = function.settings.get("image")
    if image is None:
        return
    place = function.settings.keys_at.get("image") or function.span
    settings = as_map(image) if isinstance(image, dict) and not is_function_call(image) else Map()
    uri = settings.get("uri") if settings else image
    name = word(settings.get("name")) if settings else word(image)
    declared = get(s.provider, "ecr", "images", name) if name else None
    if declared is not None:
        uri = declared if not isinstance(declared, dict) else declared.get("uri")
    if uri is None:
        uri = Unknown("the image is built when it is deployed")
    made["PackageType"] = Str("Image", place)
    made["Code"] = obj(place, ImageUri=uri)
    for name in ("Handler", "Runtime"):
        made.pop(name, None)
    config = Map((), place)
    copied(config, settings, Command="command", EntryPoint="entryPoint", WorkingDirectory="workingDirectory")
    if config:
        made["ImageConfig"] = config


def _tracing(s: Service, function: Function, made: Map) -> None:
    own, general = function.settings.get("tracing"), get(s.provider, "tracing", "lambda")
    value = own if own is not None else general
    if value is None or value is False:
        return
    place = function.settings.keys_at.get("tracing") or as_map(s.provider.get("tracing")).keys_at.get("lambda")
    mode = Str("Active", place) if value is True else value
    made["TracingConfig"] = obj(place, Mode=mode)
    s.allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Str("*"), place)


def _environment(s: Service, function: Function, made: Map) -> None:
    found = Map()
    for source in (s.provider.get("environment"), function.settings.get("environment")):
        if isinstance(source, Map):
            for key, value in source.items():
                if value is None:
                    # A null takes a variable of the provider away.
                    found.pop(key, None)
                    continue
                found[key] = value
            found.keys_at.update(source.keys_at)
            found.span = found.span or source.span
            found.rest = found.rest or source.rest
        elif source is not None:
            found.rest = source if isinstance(source, Unknown) else Unknown("the environment is no object")
    if found or found.rest:
        made["Environment"] = obj(found.span or function.span, Variables=found)


def _network(s: Service, function: Function, made: Map) -> None:
    own = function.settings.get("vpc")
    value = own if own is not None else s.provider.get("vpc")
    if value is None or value == "" or value is False:
        return
    place = function.settings.keys_at.get("vpc") or s.provider.keys_at.get("vpc")
    if not isinstance(value, Map):
        made["VpcConfig"] = value if isinstance(value, Unknown) else Unknown("vpc is no object")
        return
    config = Map((), place)
    copied(
        config,
        value,
        SecurityGroupIds="securityGroupIds",
        SubnetIds="subnetIds",
    )
    if config:
        made["VpcConfig"] = config


def _storage(s: Service, function: Function, made: Map) -> None:
    mount = function.settings.get("fileSystemConfig")
    if isinstance(mount, Map):
        config = Map((), mount.span)
        copied(config, mount, Arn="arn", LocalMountPath="localMountPath")
        made["FileSystemConfigs"] = List([config], mount.span)
        s.allow(["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"], mount.get("arn"), mount.span)
    size = function.settings.get("ephemeralStorageSize")
    if size is not None:
        made["EphemeralStorage"] = obj(function.settings.keys_at.get("ephemeralStorageSize"), Size=size)


def _dead_letter(s: Service, function: Function, made: Map) -> None:
    target = function.settings.get("onError")
    if target is None:
        return
    place = function.settings.keys_at.get("onError")
    made["DeadLetterConfig"] = obj(place, TargetArn=target)
    if isinstance(target, str):
        s.allow(["sns:Publish"], target, place)


def _log_group(s: Service, function: Function, name: Any) -> None:
    if function.settings.get("disableLogs") is True:
        return
    days = function.settings.get("logRetentionInDays")
    days = s.provider.get("logRetentionInDays") if days is None else days
    group = obj(function.span, LogGroupName=s.text("/aws/lambda/", name), RetentionInDays=days)
    s.add(f"{names.normal(function.key)}LogGroup", "AWS::Logs::LogGroup", group, function.span)


def _version(s: Service, function: Function) -> None:
    """The version that every deployment publishes. Its logical id lacks the hash that the framework appends."""
    settings = function.settings
    wanted = settings.get("versionFunction")
    wanted = s.provider.get("versionFunctions") if wanted is None else wanted
    if wanted is False and not function.alias:
        return
    version = f"{names.normal(function.key)}LambdaVersion"
    s.add(
        version,
        "AWS::Lambda::Version",
        obj(function.span, FunctionName=ref(function.id), Description=settings.get("description")),
        function.span,
    )
    if not function.alias:
        return
    span = settings.keys_at.get("provisionedConcurrency") or settings.keys_at.get("snapStart") or function.span
    concurrency = settings.get("provisionedConcurrency")
    s.add(
        f"{names.normal(function.key)}{'ProvConc' if function.alias == 'provisioned' else 'SnapStart'}LambdaAlias",
        "AWS::Lambda::Alias",
        obj(
            span,
            FunctionName=ref(function.id),
            FunctionVersion=attribute(version, "Version"),
            Name=Str(function.alias),
            ProvisionedConcurrencyConfig=obj(span, ProvisionedConcurrentExecutions=concurrency) if concurrency else None,
        ),
        span,
    )


def _url(s: Service, function: Function) -> None:
    url = function.settings.get("url")
    if url is None or url is False:
        return
    span = function.settings.keys_at.get("url") or function.span
    settings = as_map(url)
    written = settings.get("authorizer")
    kind: Any = Str("NONE", span)
    if isinstance(url, Unknown):
        kind = url
    elif isinstance(written, str):
        kind = Str("AWS_IAM" if written.lower() == "aws_iam" else "NONE", span_of(written))
    elif written is not None:
        kind = written
    made = obj(span, AuthType=kind, TargetFunctionArn=function.arn, Cors=_url_cors(settings))
    copied(made, settings, InvokeMode="invokeMode")
    if place := settings.keys_at.get("authorizer"):
        made.keys_at["AuthType"] = place
    s.add(f"{names.normal(function.key)}LambdaFunctionUrl", "AWS::Lambda::Url", made, span)
    if kind == "NONE" or not isinstance(kind, str):
        public = obj(
            span, FunctionName=function.arn, Action=Str("lambda:InvokeFunctionUrl"), Principal=Str("*"), FunctionUrlAuthType=kind
        )
        s.add(f"{names.normal(function.key)}LambdaPermissionFnUrl", "AWS::Lambda::Permission", public, span)


def _url_cors(settings: Map) -> Map | None:
    cors = settings.get("cors")
    if cors is None or cors is False:
        return None
    place = settings.keys_at.get("cors")
    if not isinstance(cors, Map):
        everything = obj(place, AllowHeaders=List(map(Str, _URL_HEADERS)), AllowMethods=List(["*"]), AllowOrigins=List(["*"]))
        return everything if cors is True else Map((), place, rest=Unknown("cors is not known"))
    made = Map((), place)
    made["AllowHeaders"] = List(map(Str, _URL_HEADERS))
    made["AllowMethods"] = List(["*"])
    made["AllowOrigins"] = List(["*"])
    copied(
        made,
        cors,
        AllowHeaders="allowedHeaders",
        AllowMethods="allowedMethods",
        AllowOrigins="allowedOrigins",
        AllowCredentials="allowCredentials",
        ExposeHeaders="exposedResponseHeaders",
        MaxAge="maxAge",
    )
    return made


def _asynchronous(s: Service, function: Function) -> None:
    settings = function.settings
    destinations = as_map(settings.get("destinations"))
    made = Map((), function.span)
    copied(made, settings, MaximumEventAgeInSeconds="maximumEventAge", MaximumRetryAttempts="maximumRetryAttempts")
    found = Map((), settings.keys_at.get("destinations"))
    for name, key in (("OnSuccess", "onSuccess"), ("OnFailure", "onFailure")):
        target = destinations.get(key)
        if target is not None:
            place = destinations.keys_at.get(key)
            found[name] = obj(place, Destination=_destination(s, target, place))
    if found:
        made["DestinationConfig"] = found
    if not made:
        return
    made["FunctionName"] = ref(function.id)
    made["Qualifier"] = Str(function.alias or "$LATEST")
    span = settings.keys_at.get("destinations") or function.span
    s.add(f"{names.normal(function.key)}LambdaEvConf", "AWS::Lambda::EventInvokeConfig", made, span)


def _destination(s: Service, target: Any, span: Span | None) -> Any:
    """The ARN of a destination, which the shared role may send to."""
    if isinstance(target, str) and target in s.functions:
        other = s.functions[target]
        arn = sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:")
        s.statements.append(statement([FUNCTION_ACTION], join("", arn, function_name(s, other)), span))
        return other.arn
    kind = ""
    if isinstance(target, dict) and not is_function_call(target):
        kind, target = word(target.get("type")), target.get("arn")
    elif isinstance(target, str) and target.count(":") >= 3:
        kind = target.split(":")[2]
    if kind in ("sns", "sqs", "eventBridge", "events", "lambda", "function"):
        service = {"eventBridge": "events", "function": "lambda"}.get(kind, kind)
        s.statements.append(statement([_SENDS[service]], target, span))
    return target


def add_layers(s: Service) -> None:
    """The layers that the service publishes."""
    layers = as_map(s.config.get("layers"))
    for key, value in layers.items():
        settings = as_map(value)
        span = layers.keys_at.get(key)
        made = obj(span, LayerName=settings.get("name") if settings.get("name") is not None else Str(key, span))
        made["Content"] = obj(span, S3Bucket=_bucket(s), S3Key=s.text(s.name, "/", f"{key}.zip"))
        copied(
            made,
            settings,
            Description="description",
            LicenseInfo="licenseInfo",
            CompatibleRuntimes="compatibleRuntimes",
            CompatibleArchitectures="compatibleArchitectures",
        )
        name = f"{names.normal(key)}LambdaLayer"
        s.add(name, "AWS::Lambda::LayerVersion", made, span)
        for account in members(settings.get("allowedAccounts")):
            written = word(account)
            permission = obj(
                span_of(account) or span,
                Action=Str("lambda:GetLayerVersion"),
                LayerVersionArn=ref(name),
                Principal=Str(written) if written else account,
            )
            suffix = written.replace("*", "Wild") or "Open"
            s.add(
                f"{names.normal(key)}{suffix}LambdaLayerPermission",
                "AWS::Lambda::LayerVersionPermission",
                permission,
                span_of(account) or span,
            )
