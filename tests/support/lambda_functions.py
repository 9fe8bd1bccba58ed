"""Lambda's functions, versions, code, layers and event source mappings as AWS answers them, on top of moto."""

import re
import uuid
from dataclasses import replace
from typing import Any

from tests.support.gaps import Forward, corrects, missing, ok, page, question
from tests.support.lambda_state import KEPT, MODIFIED, LabState, Settings, parts_of, revision, split
from tests.support.wire import ACCOUNT, Answer, Call, error


def plain(call: Call) -> Call:
    """The same call with the bare function name in its path and the qualifier as argument: moto knows that form."""
    name, qualifier = split(call.labels["FunctionName"])
    call = replace(call, path=re.sub(r"(/functions/)[^/]+", lambda match: match[1] + name, call.path, count=1))
    return call.with_arguments(Qualifier=qualifier) if qualifier else call


def like_aws(state: LabState, config: dict[str, Any], *, listed: bool) -> dict[str, Any]:
    """A function configuration as AWS gives it: no nulls, kept settings merged, what lists leave out left out."""
    region, name, qualifier = parts_of(config["FunctionArn"])
    settings = state.functions[region, name]
    version = config["Version"] if config["Version"] in settings.extras else "$LATEST"
    extras = settings.extras[version]
    sizes = {layer["Arn"]: layer for layer in config.get("Layers") or ()}
    config = {key: value for key, value in config.items() if value not in (None, [])}
    config |= {key: value for key, value in extras.items() if key in KEPT and value}
    if not any(config.get("ImageConfigResponse", {}).get("ImageConfig", {}).values()):
        config.pop("ImageConfigResponse", None)
    config["LastModified"] = MODIFIED
    config["RevisionId"] = revision(config["FunctionArn"], config["Version"], settings.changes)
    config["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{name}"} | extras.get("LoggingConfig", {})
    on = extras.get("SnapStart", {}).get("ApplyOn", "None")
    config["SnapStart"] = {"ApplyOn": on, "OptimizationStatus": "On" if on != "None" and qualifier.isdigit() else "Off"}
    if extras.get("Layers"):
        unknown = {"CodeSize": 4096}
        config["Layers"] = [
            sizes.get(arn) or {"Arn": arn, "CodeSize": state.foreign_layers.get(arn, unknown)["CodeSize"]}
            for arn in extras["Layers"]
        ]
    if vpc := config.get("VpcConfig"):
        config["VpcConfig"] = {**vpc, "VpcId": extras.get("VpcId", ""), "Ipv6AllowedForDualStack": False}
    if listed:
        return {key: value for key, value in config.items() if key not in ("State", "LastUpdateStatus")}
    if config.get("PackageType") == "Zip":
        arn = f"arn:aws:lambda:{region}::runtime:{uuid.uuid5(uuid.NAMESPACE_OID, config['Runtime']).hex * 2}"
        config["RuntimeVersionConfig"] = {"RuntimeVersionArn": arn}
    return config


@corrects(
    "lambda:CreateFunction",
    "lambda:UpdateFunctionConfiguration",
    moto="drops dead-letter, file-system, logging, SnapStart settings; refuses layers of other accounts; made-up VpcId",
    lab="keeps and answers them, layers of other accounts too; the VPC of the subnets",
)
def configure(state: LabState, call: Call, forward: Forward) -> Answer:
    content = call.content
    layers = content.get("Layers")
    if layers:
        content = {**content, "Layers": [arn for arn in layers if arn.split(":")[4] == ACCOUNT]}
    creating = call.operation == "CreateFunction"
    answer = forward((call if creating else plain(call)).with_content(content))
    if answer.status >= 300:
        return answer
    config = answer.json()
    key = (call.region, config["FunctionName"])
    settings = state.functions.setdefault(key, Settings(*key))
    settings.changes += 1
    extras = {name: content[name] for name in KEPT if name in content}
    if layers is not None:
        extras["Layers"] = layers
    if subnets := content.get("VpcConfig", {}).get("SubnetIds"):
        extras["VpcId"] = _vpc_of(subnets[0], call.region, forward)
    if creating:
        extras["Package"] = state.keep_package(content.get("Code", {}))
        extras["Image"] = content.get("PackageType") == "Image"
        settings.signing = content.get("CodeSigningConfigArn", "")
    settings.extras["$LATEST"] = settings.extras["$LATEST"] | extras
    if creating and content.get("Publish"):
        settings.extras["1"] = dict(settings.extras["$LATEST"])
    return answer.with_json(like_aws(state, config, listed=False))


def _vpc_of(subnet: str, region: str, forward: Forward) -> str:
    asked = question("ec2", region, "DescribeSubnets", "2016-11-15", **{"SubnetId.1": subnet})
    match = re.search(rb"<vpcId>([^<]+)<", forward(asked).body)
    return match[1].decode() if match else ""


@corrects("lambda:UpdateFunctionCode", moto="keeps the package to itself", lab="the package can be downloaded")
def update_code(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, _ = state.find(call)
    answer = forward(plain(call))
    if answer.status >= 300 or settings is None:
        return answer
    settings.changes += 1
    settings.extras["$LATEST"]["Package"] = state.keep_package(call.content)
    return answer.with_json(like_aws(state, answer.json(), listed=False))


@corrects("lambda:DeleteFunction", moto="knows nothing of the lab's settings", lab="forgets them too")
def delete(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    answer = forward(plain(call))
    if answer.status < 300 and settings and not qualifier:
        del state.functions[settings.region, settings.name]
    return answer


@corrects("lambda:PublishVersion", moto="versions share what moto keeps", lab="a version keeps the settings of its time")
def publish(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, _ = state.find(call)
    answer = forward(plain(call))
    if answer.status >= 300 or settings is None:
        return answer
    config = answer.json()
    settings.extras.setdefault(config["Version"], dict(settings.extras["$LATEST"]))
    return answer.with_json(like_aws(state, config, listed=False))


@corrects(
    "lambda:GetFunction",
    "lambda:GetFunctionConfiguration",
    moto="package address does not resolve, reserved concurrency 0 is left out, an alias answers with its version's ARN",
    lab="a package address of the lab, Concurrency whenever it is set, the ARN that was asked for",
)
def get(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    answer = forward(plain(call))
    if settings is None or answer.status >= 300:
        return answer
    value = answer.json()
    whole = call.operation == "GetFunction"
    config = like_aws(state, value["Configuration"] if whole else value, listed=False)
    config["FunctionArn"] = settings.arn(qualifier)
    if not whole:
        return answer.with_json(config)
    value["Configuration"] = config
    package = settings.extras.get(config["Version"], settings.extras["$LATEST"]).get("Package")
    if package:
        value["Code"] = {"RepositoryType": "S3", "Location": state.location(settings.region, package)}
    value.pop("Concurrency", None)
    if settings.reserved is not None:
        value["Concurrency"] = {"ReservedConcurrentExecutions": settings.reserved}
    return answer.with_json(value)


@corrects(
    "lambda:ListFunctions",
    moto="everything on one page, nulls, fields that AWS leaves to GetFunction",
    lab="50 a page at most, Marker and NextMarker, the documented subset of fields",
)
def list_functions(state: LabState, call: Call, forward: Forward) -> Answer:
    which = call.arguments.get("FunctionVersion", "")
    key = (call.region, call.operation, which)
    if key not in state.lists:
        answer = forward(call.with_arguments(Marker=None, MaxItems=None))
        if answer.status >= 300:
            return answer
        state.lists[key] = [like_aws(state, config, listed=True) for config in answer.json()["Functions"]]
    items, marker = page(state.lists[key], call, cap=50, size="MaxItems")
    return ok({"Functions": items, "NextMarker": marker})


@corrects(
    "lambda:ListVersionsByFunction",
    "lambda:ListAliases",
    moto="everything on one page; an ARN as function name finds nothing; no FunctionVersion filter",
    lab="50 a page at most, names in all forms, aliases by version",
)
def list_of_function(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, _ = state.find(call)
    if settings is None:
        return missing(call, f"Function not found: {call.labels['FunctionName']}")
    answer = forward(plain(call).with_arguments(Marker=None, MaxItems=None, FunctionVersion=None))
    if answer.status >= 300:
        return answer
    if call.operation == "ListVersionsByFunction":
        key, items = "Versions", [like_aws(state, config, listed=True) for config in answer.json()["Versions"]]
    else:
        wanted = call.arguments.get("FunctionVersion")
        aliases = [item for item in answer.json()["Aliases"] if wanted in (None, item["FunctionVersion"])]
        key, items = "Aliases", [{name: value for name, value in item.items() if value is not None} for item in aliases]
    items, marker = page(items, call, cap=50, size="MaxItems")
    return ok({key: items, "NextMarker": marker})


@corrects("lambda-package:Download", moto="has no such address", lab="the zip that was uploaded")
def download(state: LabState, call: Call, forward: Forward) -> Answer:
    raw = state.packages.get(call.path.rpartition("/")[2].removesuffix(".zip"))
    if raw is None:
        return error(replace(call, service="s3"), 404, "NoSuchKey", "The specified key does not exist.")
    return Answer(200, (("Content-Type", "application/zip"),), raw)


@corrects("lambda:PublishLayerVersion", moto="keeps the package to itself", lab="the package can be downloaded")
def publish_layer(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call)
    if answer.status >= 300:
        return answer
    layer = answer.json()
    state.layer_packages[layer["LayerVersionArn"]] = state.keep_package(call.content.get("Content", {}))
    return answer.with_json(_layer(state, call, layer))


def _layer(state: LabState, call: Call, layer: dict[str, Any]) -> dict[str, Any]:
    package = state.layer_packages.get(layer["LayerVersionArn"], "")
    return {**layer, "Content": {**layer["Content"], "Location": state.location(call.region, package)}}


@corrects(
    "lambda:GetLayerVersion",
    "lambda:GetLayerVersionByArn",
    moto="package address does not resolve, no look-up by ARN, no layers of other accounts",
    lab="a package address of the lab; a registered public layer of another account answers, any other is denied",
)
def get_layer(state: LabState, call: Call, forward: Forward) -> Answer:
    arn = call.arguments.get("Arn") or f"{call.labels['LayerName']}:{call.labels.get('VersionNumber', '')}"
    if arn.startswith("arn:") and arn.split(":")[4] != ACCOUNT:
        known = state.foreign_layers.get(arn)
        if known is None:
            message = f"User is not authorized to perform: lambda:GetLayerVersion on resource: {arn}"
            return error(call, 403, "AccessDeniedException", message)
        location = state.location(call.region, known["Package"])
        content = {"Location": location, "CodeSize": known["CodeSize"], "CodeSha256": known["Sha256"]}
        base, version = arn.rsplit(":", 1)
        return ok({"LayerArn": base, "LayerVersionArn": arn, "Version": int(version), "Content": content})
    name, version = arn.rsplit(":", 1)
    path = f"/2018-10-31/layers/{name.rpartition(':')[2]}/versions/{version}"
    answer = forward(replace(call, path=path, query=""))
    return answer if answer.status >= 300 else answer.with_json(_layer(state, call, answer.json()))


@corrects(
    "lambda:ListLayers",
    "lambda:ListLayerVersions",
    moto="everything on one page, with the content that AWS leaves out",
    lab="50 a page at most, the documented fields",
)
def list_layers(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call.with_arguments(Marker=None, MaxItems=None))
    if answer.status >= 300:
        return answer
    (key, items), *_ = answer.json().items()
    for item in items:
        version = item.get("LatestMatchingVersion", item)
        version.pop("Content", None)
        version.pop("LayerArn", None)
    items, marker = page(items, call, cap=50, size="MaxItems")
    return ok({key: items, "NextMarker": marker})


@corrects(
    "lambda:CreateEventSourceMapping",
    moto="knows queues, tables and streams only; an alias answers with its version's ARN",
    lab="Kafka, MQ, DocumentDB and self-managed sources too; the ARN that was asked for",
)
def create_mapping(state: LabState, call: Call, forward: Forward) -> Answer:
    content = call.content
    name, qualifier = split(content["FunctionName"])
    settings = state.functions.get((call.region, name))
    if settings is None:
        return missing(call, f"Function not found: {content['FunctionName']}")
    source = content.get("EventSourceArn", "")
    if source and source.split(":")[2] in ("sqs", "dynamodb", "kinesis"):
        answer = forward(call.with_content({**content, "FunctionName": name}))
        if answer.status >= 300:
            return answer
        value = answer.json()
        state.mapping_targets[value["UUID"]] = settings.arn(qualifier)
        return answer.with_json(_mapping(state, value))
    identity = revision(name, len(state.mappings), source)
    value = {key: item for key, item in content.items() if key not in ("FunctionName", "Enabled", "Tags")}
    value |= {"UUID": identity, "FunctionArn": settings.arn(qualifier), "LastModified": 1768465800.0}
    value |= {"State": "Enabled" if content.get("Enabled", True) else "Disabled", "BatchSize": 100}
    value["EventSourceMappingArn"] = f"arn:aws:lambda:{call.region}:{ACCOUNT}:event-source-mapping:{identity}"
    state.mappings[call.region, identity] = value
    return ok(_mapping(state, value), 202)


def _mapping(state: LabState, value: dict[str, Any]) -> dict[str, Any]:
    arn = state.mapping_targets.get(value["UUID"], value["FunctionArn"])
    kept = {key: item for key, item in value.items() if item not in (None, {}) and key != "Tags"}
    return kept | {"FunctionArn": arn, "StateTransitionReason": "USER_INITIATED"}


@corrects(
    "lambda:ListEventSourceMappings",
    moto="everything on one page",
    lab="100 a page at most, Marker and NextMarker, function names in all forms",
)
def list_mappings(state: LabState, call: Call, forward: Forward) -> Answer:
    key = (call.region, call.operation)
    if key not in state.lists:
        answer = forward(call.with_arguments(Marker=None, MaxItems=None, FunctionName=None, EventSourceArn=None))
        if answer.status >= 300:
            return answer
        own = [value for (region, _), value in state.mappings.items() if region == call.region]
        state.lists[key] = [_mapping(state, value) for value in (*answer.json()["EventSourceMappings"], *own)]
    items = state.lists[key]
    if wanted := call.arguments.get("FunctionName"):
        name, qualifier = split(wanted)
        items = [item for item in items if parts_of(item["FunctionArn"])[1:] == (name, qualifier)]
    if source := call.arguments.get("EventSourceArn"):
        items = [item for item in items if item.get("EventSourceArn") == source]
    items, marker = page(items, call, cap=100, size="MaxItems")
    return ok({"EventSourceMappings": items, "NextMarker": marker})


@corrects("lambda:GetEventSourceMapping", moto="knows only its own sources", lab="the others too")
def get_mapping(state: LabState, call: Call, forward: Forward) -> Answer:
    own = state.mappings.get((call.region, call.labels["UUID"]))
    if own:
        return ok(_mapping(state, own))
    answer = forward(call)
    return answer if answer.status >= 300 else answer.with_json(_mapping(state, answer.json()))
