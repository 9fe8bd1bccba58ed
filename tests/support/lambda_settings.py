"""Lambda's policies, URLs, invoke configurations, concurrency and code signing as AWS answers them.

moto keeps one policy and one URL per function whatever the qualifier, and has no code signing configurations, so the
lab keeps all of these itself.
"""

import json
from typing import Any

from tests.support.gaps import Forward, corrects, missing, ok, page
from tests.support.lambda_state import MODIFIED, LabState, Settings, revision
from tests.support.wire import ACCOUNT, Answer, Call, error

CREATED = 1768465800.0


def principal_of(principal: str) -> Any:
    """A Principal element as Lambda writes it from AddPermission's string."""
    if principal == "*":
        return "*"
    if principal.isdigit():
        return {"AWS": f"arn:aws:iam::{principal}:root"}
    return {"AWS": principal} if principal.startswith("arn:") else {"Service": principal}


def statement_of(content: dict[str, Any], arn: str) -> dict[str, Any]:
    """The statement that AddPermission or AddLayerVersionPermission adds."""
    condition: dict[str, dict[str, str]] = {}
    for key, operator, name in (
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("OrganizationId", "StringEquals", "aws:PrincipalOrgID"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
    ):
        if key in content:
            value = content[key]
            condition.setdefault(operator, {})[name] = str(value).lower() if isinstance(value, bool) else value
    statement = {
        "Sid": content["StatementId"],
        "Effect": "Allow",
        "Principal": principal_of(content["Principal"]),
        "Action": content["Action"],
        "Resource": arn,
    }
    return statement | ({"Condition": condition} if condition else {})


def _document(statements: list[dict[str, Any]]) -> Answer:
    policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return ok({"Policy": json.dumps(policy), "RevisionId": revision(statements)})


def _unknown(call: Call) -> Answer:
    arn = f"arn:aws:lambda:{call.region}:{ACCOUNT}:function:{call.labels.get('FunctionName', '')}"
    return missing(call, f"Function not found: {arn}")


@corrects(
    "lambda:AddPermission",
    "lambda:RemovePermission",
    moto="one policy whatever the qualifier; function-URL, organisation and event-source-token conditions misspelt",
    lab="a policy per qualifier with the conditions that AWS writes",
)
def change_policy(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    statements = settings.policies.setdefault(qualifier, [])
    if call.operation == "RemovePermission":
        left = [statement for statement in statements if statement["Sid"] != call.labels["StatementId"]]
        if len(left) == len(statements):
            return missing(call)
        settings.policies[qualifier] = left
        return Answer(204, (), b"")
    statement = statement_of(call.content, settings.arn(qualifier))
    if any(statement["Sid"] == other["Sid"] for other in statements):
        message = f"The statement id ({statement['Sid']}) provided already exists."
        return error(call, 409, "ResourceConflictException", message)
    statements.append(statement)
    return ok({"Statement": json.dumps(statement)}, 201)


@corrects(
    "lambda:GetPolicy",
    "lambda:GetResourcePolicy",
    moto="one policy whatever the qualifier, no GetResourcePolicy",
    lab="the policy of the function, version or alias that was asked for; 404 where there is none",
)
def get_policy(state: LabState, call: Call, forward: Forward) -> Answer:
    if call.operation == "GetResourcePolicy":
        labels = {"FunctionName": call.labels["ResourceArn"]}
        call = Call(call.method, call.path, call.query, call.headers, b"", **_identity(call), labels=labels)
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    statements = settings.policies.get(qualifier)
    return _document(statements) if statements else missing(call)


def _identity(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in ("service", "operation", "region", "protocol")}


@corrects(
    "lambda:AddLayerVersionPermission",
    "lambda:GetLayerVersionPolicy",
    moto="principals and organisation conditions as they came",
    lab="as AWS writes them",
)
def layer_policy(state: LabState, call: Call, forward: Forward) -> Answer:
    name = call.labels["LayerName"].rpartition(":layer:")[2]
    arn = f"arn:aws:lambda:{call.region}:{ACCOUNT}:layer:{name}:{call.labels['VersionNumber']}"
    if call.operation == "GetLayerVersionPolicy":
        statements = state.layer_policies.get(arn)
        return _document(statements) if statements else missing(call)
    if arn not in state.layer_packages:
        return missing(call, f"Layer version {arn} does not exist.")
    statement = statement_of(call.content, arn)
    state.layer_policies.setdefault(arn, []).append(statement)
    return ok({"Statement": json.dumps(statement), "RevisionId": revision(arn, statement)}, 201)


@corrects(
    "lambda:CreateFunctionUrlConfig",
    "lambda:UpdateFunctionUrlConfig",
    "lambda:GetFunctionUrlConfig",
    "lambda:DeleteFunctionUrlConfig",
    "lambda:ListFunctionUrlConfigs",
    moto="one URL whatever the qualifier, no list, status 201 on reading, unknown invoke mode `Buffered`",
    lab="a URL per function or alias, 50 a page",
)
def url_config(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    if call.operation == "ListFunctionUrlConfigs":
        items, marker = page(list(settings.urls.values()), call, cap=50, size="MaxItems")
        return ok({"FunctionUrlConfigs": items, "NextMarker": marker})
    known = settings.urls.get(qualifier)
    if call.operation == "CreateFunctionUrlConfig":
        if known:
            return error(call, 409, "ResourceConflictException", "FunctionUrlConfig exists for this Lambda function")
        host = revision("url", settings.arn(qualifier)).replace("-", "")
        known = {"FunctionUrl": f"https://{host}.lambda-url.{call.region}.on.aws/", "InvokeMode": "BUFFERED"}
        known |= {"FunctionArn": settings.arn(qualifier), "CreationTime": MODIFIED, "LastModifiedTime": MODIFIED}
    if known is None:
        return missing(call)
    if call.operation == "DeleteFunctionUrlConfig":
        del settings.urls[qualifier]
        return Answer(204, (), b"")
    if call.operation != "GetFunctionUrlConfig":
        known |= {key: value for key, value in call.content.items() if value is not None}
        settings.urls[qualifier] = known
    return ok(known, 201 if call.operation == "CreateFunctionUrlConfig" else 200)


@corrects(
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:UpdateFunctionEventInvokeConfig",
    "lambda:GetFunctionEventInvokeConfig",
    "lambda:DeleteFunctionEventInvokeConfig",
    "lambda:ListFunctionEventInvokeConfigs",
    moto="one configuration whatever the qualifier, everything on one page",
    lab="one per function, version or alias with its qualified ARN, 50 a page",
)
def invoke_config(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    if call.operation == "ListFunctionEventInvokeConfigs":
        items, marker = page(list(settings.invokes.values()), call, cap=50, size="MaxItems")
        return ok({"FunctionEventInvokeConfigs": items, "NextMarker": marker})
    known = settings.invokes.get(qualifier)
    if call.operation == "PutFunctionEventInvokeConfig":
        destinations: dict[str, dict[str, str]] = {"OnSuccess": {}, "OnFailure": {}}
        known = {"FunctionArn": settings.arn(qualifier or "$LATEST"), "LastModified": CREATED}
        known["DestinationConfig"] = destinations
    if known is None:
        message = f"The function {settings.arn(qualifier or '$LATEST')} doesn't have an EventInvokeConfig"
        return missing(call, message)
    if call.operation == "DeleteFunctionEventInvokeConfig":
        del settings.invokes[qualifier]
        return Answer(204, (), b"")
    if call.operation != "GetFunctionEventInvokeConfig":
        changes = {key: value for key, value in call.content.items() if value is not None}
        changes["DestinationConfig"] = known["DestinationConfig"] | changes.get("DestinationConfig", {})
        known |= changes
        settings.invokes[qualifier] = known
    return ok(known)


@corrects(
    "lambda:PutFunctionConcurrency",
    "lambda:GetFunctionConcurrency",
    "lambda:DeleteFunctionConcurrency",
    moto="answers null where nothing is reserved and forgets a reservation of 0",
    lab="an empty answer where nothing is reserved",
)
def concurrency(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, _ = state.find(call)
    if settings is None:
        return _unknown(call)
    if call.operation == "DeleteFunctionConcurrency":
        settings.reserved = None
        return Answer(204, (), b"")
    if call.operation == "PutFunctionConcurrency":
        settings.reserved = call.content["ReservedConcurrentExecutions"]
    return ok({} if settings.reserved is None else {"ReservedConcurrentExecutions": settings.reserved})


@corrects(
    "lambda:PutProvisionedConcurrencyConfig",
    "lambda:GetProvisionedConcurrencyConfig",
    "lambda:ListProvisionedConcurrencyConfigs",
    moto="missing",
    lab="kept by qualifier; ProvisionedConcurrencyConfigNotFoundException where there is none",
)
def provisioned(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    if call.operation == "PutProvisionedConcurrencyConfig":
        settings.provisioned[qualifier] = call.content["ProvisionedConcurrentExecutions"]

    def entry(count: int) -> dict[str, Any]:
        keys = ("Requested", "Available", "Allocated")
        return {f"{key}ProvisionedConcurrentExecutions": count for key in keys} | {
            "Status": "READY",
            "LastModified": MODIFIED,
        }

    if call.operation == "ListProvisionedConcurrencyConfigs":
        all_of = [entry(count) | {"FunctionArn": settings.arn(key)} for key, count in settings.provisioned.items()]
        items, marker = page(all_of, call, cap=50, size="MaxItems")
        return ok({"ProvisionedConcurrencyConfigs": items, "NextMarker": marker})
    if qualifier not in settings.provisioned:
        message = "No Provisioned Concurrency Config found for this function"
        return error(call, 404, "ProvisionedConcurrencyConfigNotFoundException", message)
    return ok(entry(settings.provisioned[qualifier]))


@corrects(
    "lambda:PutFunctionRecursionConfig",
    "lambda:GetFunctionRecursionConfig",
    "lambda:PutRuntimeManagementConfig",
    "lambda:GetRuntimeManagementConfig",
    moto="missing",
    lab="what was put, else AWS's defaults (Terminate, Auto)",
)
def management(state: LabState, call: Call, forward: Forward) -> Answer:
    settings, qualifier = state.find(call)
    if settings is None:
        return _unknown(call)
    if "Recursion" in call.operation:
        settings.recursion = call.content.get("RecursiveLoop", settings.recursion)
        return ok({"RecursiveLoop": settings.recursion})
    if call.operation.startswith("Put"):
        settings.runtime_management[qualifier] = call.content
    kept = settings.runtime_management.get(qualifier, {"UpdateRuntimeOn": "Auto"})
    return ok({"RuntimeVersionArn": None, **kept, "FunctionArn": settings.arn(qualifier or "$LATEST")})


@corrects(
    "lambda:CreateCodeSigningConfig",
    "lambda:GetCodeSigningConfig",
    "lambda:ListCodeSigningConfigs",
    moto="missing",
    lab="kept per region, 50 a page",
)
def signing_config(state: LabState, call: Call, forward: Forward) -> Answer:
    prefix = f"arn:aws:lambda:{call.region}:{ACCOUNT}:code-signing-config:"
    here = [config for arn, config in state.signing.items() if arn.startswith(prefix)]
    if call.operation == "ListCodeSigningConfigs":
        items, marker = page(here, call, cap=50, size="MaxItems")
        return ok({"CodeSigningConfigs": items, "NextMarker": marker})
    if call.operation == "CreateCodeSigningConfig":
        identity = f"csc-{revision('signing', call.region, len(here)).replace('-', '')[:17]}"
        policies = {"UntrustedArtifactOnDeployment": "Warn"} | call.content.get("CodeSigningPolicies", {})
        config = {"CodeSigningConfigId": identity, "CodeSigningConfigArn": prefix + identity, "LastModified": MODIFIED}
        config |= {"Description": call.content.get("Description", ""), "CodeSigningPolicies": policies}
        config["AllowedPublishers"] = call.content["AllowedPublishers"]
        state.signing[prefix + identity] = config
        return ok({"CodeSigningConfig": config}, 201)
    known = state.signing.get(call.labels["CodeSigningConfigArn"])
    return ok({"CodeSigningConfig": known}) if known else missing(call)


@corrects(
    "lambda:PutFunctionCodeSigningConfig",
    "lambda:GetFunctionCodeSigningConfig",
    "lambda:DeleteFunctionCodeSigningConfig",
    "lambda:ListFunctionsByCodeSigningConfig",
    moto="remembers what CreateFunction named; answers null where there is none, for images too",
    lab="both directions; an error for container images, as AWS does",
)
def function_signing(state: LabState, call: Call, forward: Forward) -> Answer:
    if call.operation == "ListFunctionsByCodeSigningConfig":
        wanted = call.labels["CodeSigningConfigArn"]
        if wanted not in state.signing:
            return missing(call)
        arns = [one.arn() for one in state.functions.values() if one.signing == wanted]
        items, marker = page(arns, call, cap=50, size="MaxItems")
        return ok({"FunctionArns": items, "NextMarker": marker})
    settings, _ = state.find(call)
    if settings is None:
        return _unknown(call)
    if settings.extras["$LATEST"].get("Image"):
        message = "Code signing is not supported for functions created with container images."
        return error(call, 400, "InvalidParameterValueException", message)
    if call.operation == "DeleteFunctionCodeSigningConfig":
        settings.signing = ""
        return Answer(204, (), b"")
    if call.operation.startswith("Put"):
        settings.signing = call.content["CodeSigningConfigArn"]
    return ok({"CodeSigningConfigArn": settings.signing, "FunctionName": settings.name})


@corrects("lambda:GetAccountSettings", moto="missing", lab="AWS's default limits and the usage of the region")
def account_settings(state: LabState, call: Call, forward: Forward) -> Answer:
    here: list[Settings] = [one for one in state.functions.values() if one.region == call.region]
    digests = [extras.get("Package", "") for one in here for extras in one.extras.values()]
    used = sum(len(state.packages.get(digest, b"")) for digest in digests)
    reserved = sum(one.reserved or 0 for one in here)
    limit = {"TotalCodeSize": 80530636800, "CodeSizeUnzipped": 262144000, "CodeSizeZipped": 52428800}
    limit |= {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 1000 - reserved}
    return ok({"AccountLimit": limit, "AccountUsage": {"TotalCodeSize": used, "FunctionCount": len(here)}})
