"""The call table, Lambda: functions, versions, aliases, their policies and settings, layers, images, logs."""

from collections.abc import Iterator
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.call import (
    FUNCTION,
    INHABITED,
    SETTLED,
    VERSION,
    Call,
    Pages,
    Sight,
    Want,
    argument,
    fixed,
    once,
    the_function,
)
from lambdaudit.sources.aws.refs import exact, table, text

NOT_FOUND = frozenset({"ResourceNotFoundException"})
OLDER = "not asked: left to --thorough, as no alias uses the version and it is not among the newest"
NO_URL = "no statement of the function's policies allows calls through a URL"
NO_DESTINATION = "the execution role may write to no kind of destination"
DESTINATION_ACTIONS = ("sqs:SendMessage", "sns:Publish", "lambda:InvokeFunction", "events:PutEvents", "s3:PutObject")
"""What a role needs for a destination to work (Lambda developer guide, "Retaining records of asynchronous invocations")."""


def _pages(*lists: str) -> Pages:
    return Pages("Marker", "NextMarker", lists)


def _by_qualifier(subject: str) -> dict[str, Any]:
    """The arguments for a function or, when the ARN is qualified, for one of its versions or aliases."""
    parts = subject.split(":")
    if len(parts) == 8:
        return {"FunctionName": ":".join(parts[:7]), "Qualifier": parts[7]}
    return {"FunctionName": subject}


def _mappings(sight: Sight) -> Iterator[Want]:
    if sight.region in sight.scene.listed:
        yield Want(given={})


def _mappings_of_one(sight: Sight) -> Iterator[Want]:
    if sight.region not in sight.scene.listed:
        yield Want(sight.subject)


def _aliases(sight: Sight) -> Iterator[Want]:
    yield Want(sight.subject.rpartition(":")[0])


def _aliases_of_any(sight: Sight) -> Iterator[Want]:
    """Without a published version an alias can only point at $LATEST: rare, and a call for every function to find out."""
    if sight.scene.thorough:
        yield Want(sight.subject)


def _alias_policies(sight: Sight) -> Iterator[Want]:
    """Each alias, and each version that an alias sends calls to."""
    for alias in sight.items("Aliases"):
        routed = table(table(alias.get("RoutingConfig")).get("AdditionalVersionWeights"))
        for qualifier in (text(alias.get("Name")), text(alias.get("FunctionVersion")), *routed):
            if qualifier and qualifier != "$LATEST":
                yield Want(f"{sight.subject}:{qualifier}")


def _version_policies(sight: Sight) -> Iterator[Want]:
    """The newest published versions of every function of the region; with ``--thorough`` all of them."""
    for function in sight.scene.functions(sight.region):
        numbers = sorted((n for v in function.versions if (n := text(v.get("Version"))).isdigit()), key=int, reverse=True)
        for position, number in enumerate(numbers):
            read = sight.scene.thorough or position < sight.scene.versions
            yield Want(f"{function.arn}:{number}", later="" if read else OLDER)


def _urls(sight: Sight) -> Iterator[Want]:
    function = ":".join(sight.subject.split(":")[:7])
    if sight.scene.thorough or sight.grants.url:
        yield Want(function)
    elif function == sight.subject:
        yield Want(function, inferred=NO_URL)


def _async_settings(sight: Sight) -> Iterator[Want]:
    for function in sight.scene.functions(sight.region):
        role = text(function.configuration.get("Role")) if isinstance(function.configuration, dict) else ""
        asks = sight.scene.thorough or sight.scene.roles.may(role, DESTINATION_ACTIONS)
        yield Want(function.arn, inferred="" if asks else NO_DESTINATION)


def _code_signing(sight: Sight) -> Iterator[Want]:
    for config in sight.items("CodeSigningConfigs"):
        yield Want(text(config.get("CodeSigningConfigArn")))


def _own_layers(sight: Sight) -> Iterator[Want]:
    """The layers of this account that a function uses; with ``--thorough`` see :func:`_all_layers`."""
    for layer in sight.items("Layers"):
        arn = parse_arn(text(layer.get("Arn")))
        if arn is not None and arn.account == sight.scene.account and arn.resource.startswith("layer:"):
            yield Want(text(layer.get("Arn")).rpartition(":")[0])


def _own_layer(subject: str) -> dict[str, Any]:
    """The layer by its name: emulators take an ARN, which AWS would take too, for a name, and say that it has no versions."""
    return {"LayerName": subject.rpartition(":")[2]}


def _all_layers(sight: Sight) -> Iterator[Want]:
    if sight.scene.thorough:
        for layer in sight.items("Layers"):
            yield Want(text(layer.get("LayerArn")))


def _used_layer_policies(sight: Sight) -> Iterator[Want]:
    for layer in sight.items("Layers"):
        arn = parse_arn(text(layer.get("Arn")))
        if arn is not None and arn.account == sight.scene.account:
            yield Want(text(layer.get("Arn")))


def _latest_layer_policies(sight: Sight) -> Iterator[Want]:
    for layer in sight.items("Layers"):
        yield Want(text(table(layer.get("LatestMatchingVersion")).get("LayerVersionArn")))


def _all_layer_policies(sight: Sight) -> Iterator[Want]:
    if sight.scene.thorough:
        for version in sight.items("LayerVersions"):
            yield Want(text(version.get("LayerVersionArn")))


def _layer_version(subject: str) -> dict[str, Any]:
    name, _, number = subject.rpartition(":")
    return {"LayerName": name, "VersionNumber": int(number) if number.isascii() and number.isdigit() else 0}


def _foreign_layers(sight: Sight) -> Iterator[Want]:
    for layer in sight.items("Layers"):
        arn = parse_arn(text(layer.get("Arn")))
        if arn is not None and arn.account != sight.scene.account:
            yield Want(text(layer.get("Arn")))


def _log_groups(sight: Sight) -> Iterator[Want]:
    """Lambda's own prefix, and each configured log group outside it."""
    yield Want("/aws/lambda/")


def _configured_log_group(sight: Sight) -> Iterator[Want]:
    name = text(table((sight.page or {}).get("LoggingConfig")).get("LogGroup"))
    if name and not name.startswith("/aws/lambda/"):
        yield Want(name)


def _subscribed_groups(sight: Sight) -> Iterator[Want]:
    """The log groups from which a policy lets CloudWatch Logs call; ``…:log-group:NAME:*`` is how the console writes it."""
    for source in sight.grants.sources("logs"):
        arn = parse_arn(source)
        if arn is not None and arn.account == sight.scene.account and arn.resource.startswith("log-group:"):
            name = arn.resource.split(":")[1]
            if exact(name):
                yield Want(name)


def _every_group(sight: Sight) -> Iterator[Want]:
    if sight.scene.thorough:
        for group in sight.items("logGroups"):
            yield Want(text(group.get("logGroupName")))


def _function_call(operation: str, *actions: str, **more: Any) -> Call:
    """A row for a read of one function, with the arguments and the "not found" that all of them share."""
    defaults: dict[str, Any] = {"arguments": argument("FunctionName"), "absent": NOT_FOUND, "when": {FUNCTION: the_function}}
    return Call(service="lambda", operation=operation, actions=actions or (f"lambda:{operation}",), **defaults | more)


_RESOURCE_POLICY = _function_call(
    "GetResourcePolicy",
    when={},  # GetPolicy's detour: any function, version or alias by its ARN, from what the quota page calls the remainder
    arguments=argument("ResourceArn"),
    urgency=5,
)

LAMBDA: tuple[Call, ...] = (
    _RESOURCE_POLICY,
    Call(
        service="lambda",
        operation="ListFunctions",
        actions=("lambda:ListFunctions",),
        when={},  # asked where the selection of functions needs it
        fixed=fixed(FunctionVersion="ALL", MaxItems=50),
        pages=_pages("Functions"),
        verbatim=True,
        settles=True,
        urgency=0,
    ),
    _function_call("GetFunctionConfiguration", when={}, verbatim=True, settles=True, urgency=1),
    _function_call(
        "ListVersionsByFunction",
        when={},  # asked for functions that are named instead of listed
        fixed=fixed(MaxItems=50),
        pages=_pages("Versions"),
        verbatim=True,
        settles=True,
        urgency=1,
    ),
    _function_call(
        "GetPolicy",
        arguments=_by_qualifier,
        group="lambda:GetPolicy",
        detour=_RESOURCE_POLICY,
        when={FUNCTION: the_function, "lambda:ListAliases": _alias_policies, SETTLED: _version_policies},
        urgency=1,
    ),
    _function_call(
        "GetFunction",
        "lambda:GetFunction",
        "lambda:ListTags",  # without it the answer has no tags
        group="lambda:GetFunction",
        drop=("Code.Location",),  # a link that anyone can download the code with
        verbatim=True,
    ),
    Call(
        service="lambda",
        operation="ListEventSourceMappings",
        actions=("lambda:ListEventSourceMappings",),
        when={INHABITED: _mappings, FUNCTION: _mappings_of_one},
        arguments=argument("FunctionName"),
        fixed=fixed(MaxItems=100),
        pages=_pages("EventSourceMappings"),
        urgency=1,
        feature="triggers",
    ),
    _function_call(
        "ListAliases",
        when={VERSION: _aliases, FUNCTION: _aliases_of_any},
        fixed=fixed(MaxItems=50),
        pages=_pages("Aliases"),
        urgency=2,
    ),
    _function_call(
        "ListFunctionUrlConfigs",
        when={"lambda:GetPolicy": _urls},
        fixed=fixed(MaxItems=50),
        pages=_pages("FunctionUrlConfigs"),
        urgency=3,
    ),
    _function_call(
        "ListFunctionEventInvokeConfigs",
        when={SETTLED: _async_settings},
        fixed=fixed(MaxItems=50),
        pages=_pages("FunctionEventInvokeConfigs"),
        urgency=6,
    ),
    _function_call("GetFunctionRecursionConfig", thorough=True, urgency=8),
    _function_call("GetRuntimeManagementConfig", thorough=True, urgency=8),
    _function_call(
        "ListProvisionedConcurrencyConfigs",
        thorough=True,
        fixed=fixed(MaxItems=50),
        pages=_pages("ProvisionedConcurrencyConfigs"),
        urgency=8,
    ),
    Call(
        service="lambda",
        operation="ListCodeSigningConfigs",
        actions=("lambda:ListCodeSigningConfigs",),
        when={INHABITED: once},
        fixed=fixed(MaxItems=100),
        pages=_pages("CodeSigningConfigs"),
        urgency=3,
    ),
    Call(
        service="lambda",
        operation="ListFunctionsByCodeSigningConfig",
        actions=("lambda:ListFunctionsByCodeSigningConfig",),
        when={"lambda:ListCodeSigningConfigs": _code_signing},
        arguments=argument("CodeSigningConfigArn"),
        fixed=fixed(MaxItems=100),
        pages=_pages("FunctionArns"),
        absent=NOT_FOUND,
        urgency=4,
    ),
    Call(
        service="lambda",
        operation="ListLayers",
        actions=("lambda:ListLayers",),
        when={INHABITED: once},
        fixed=fixed(MaxItems=50),
        pages=_pages("Layers"),
        urgency=3,
    ),
    Call(
        service="lambda",
        operation="ListLayerVersions",
        actions=("lambda:ListLayerVersions",),
        when={FUNCTION: _own_layers, VERSION: _own_layers, "lambda:ListLayers": _all_layers},
        arguments=_own_layer,
        fixed=fixed(MaxItems=50),
        pages=_pages("LayerVersions"),
        absent=NOT_FOUND,
        urgency=4,
    ),
    Call(
        service="lambda",
        operation="GetLayerVersionPolicy",
        actions=("lambda:GetLayerVersionPolicy",),
        when={
            FUNCTION: _used_layer_policies,
            VERSION: _used_layer_policies,
            "lambda:ListLayers": _latest_layer_policies,
            "lambda:ListLayerVersions": _all_layer_policies,
        },
        arguments=_layer_version,
        absent=NOT_FOUND,
        urgency=4,
    ),
    Call(
        service="lambda",
        operation="GetLayerVersionByArn",
        actions=("lambda:GetLayerVersion",),
        when={FUNCTION: _foreign_layers, VERSION: _foreign_layers},
        arguments=argument("Arn"),
        drop=("Content.Location",),
        absent=NOT_FOUND,
        thorough=True,
        urgency=8,
    ),
    Call(
        service="lambda",
        operation="GetAccountSettings",
        actions=("lambda:GetAccountSettings",),
        when={INHABITED: once},
        urgency=3,
    ),
    Call(
        service="logs",
        operation="DescribeLogGroups",
        actions=("logs:DescribeLogGroups",),
        when={INHABITED: _log_groups, FUNCTION: _configured_log_group},
        arguments=argument("logGroupNamePrefix"),
        fixed=fixed(limit=50),
        pages=Pages("nextToken", "nextToken", ("logGroups",)),
        feature="resources",
    ),
    Call(
        service="logs",
        operation="DescribeSubscriptionFilters",
        actions=("logs:DescribeSubscriptionFilters",),
        when={"lambda:GetPolicy": _subscribed_groups, "logs:DescribeLogGroups": _every_group},
        arguments=argument("logGroupName"),
        fixed=fixed(limit=50),
        pages=Pages("nextToken", "nextToken", ("subscriptionFilters",)),
        absent=NOT_FOUND,
        feature="triggers",
    ),
)
