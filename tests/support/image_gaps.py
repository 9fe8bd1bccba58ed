"""ECR and Inspector as AWS answers them, where moto differs in what a collector reads."""

from dataclasses import replace

from tests.support.gaps import Forward, corrects, ok, page
from tests.support.lambda_state import LabState
from tests.support.wire import ACCOUNT, Answer, Call, error

_OFF = {name: {"status": "DISABLED"} for name in ("ec2", "ecr", "lambda", "lambdaCode")}


@corrects(
    "ecr:DescribeImages",
    moto="finds an image of a foreign registry in the own one, or nowhere",
    lab="access to a foreign registry is denied, which holds until its owner allows it",
)
def describe_images(state: LabState, call: Call, forward: Forward) -> Answer:
    registry = str(call.content.get("registryId") or ACCOUNT)
    if registry != ACCOUNT:
        where = f"arn:aws:ecr:{call.region}:{registry}:repository/{call.content.get('repositoryName')}"
        message = f"User is not authorized to perform: ecr:DescribeImages on resource: {where}"
        return error(call, 400, "AccessDeniedException", message)
    return forward(call)


@corrects(
    "ecr:DescribeImageScanFindings",
    moto="all findings on one page",
    lab="pages of maxResults, 100 unless asked otherwise",
)
def scan_findings(state: LabState, call: Call, forward: Forward) -> Answer:
    answer = forward(call.with_content({k: v for k, v in call.content.items() if k not in ("nextToken", "maxResults")}))
    if answer.status >= 300:
        return answer
    value = answer.json()
    found = value.get("imageScanFindings", {})
    name = "enhancedFindings" if found.get("enhancedFindings") else "findings"
    sizes = {"nextToken": call.content.get("nextToken"), "maxResults": str(call.content.get("maxResults") or 100)}
    asked = replace(call, query="", body=b"", headers={}).with_arguments(**sizes)
    found[name], following = page(found.get(name, []), asked, cap=1000, size="maxResults", start="nextToken")
    return answer.with_json({**value, **({"nextToken": following} if following else {})})


@corrects(
    "inspector2:BatchGetAccountStatus",
    moto="nothing about an account that never enabled it",
    lab="the scans of such an account are disabled",
)
def account_status(state: LabState, call: Call, forward: Forward) -> Answer:
    value = forward(call).json()
    told = {entry["accountId"] for entry in value.get("accounts", [])}
    silent = [name for name in call.content.get("accountIds") or [ACCOUNT] if name not in told]
    off = [{"accountId": name, "resourceState": _OFF, "state": {"status": "DISABLED"}} for name in silent]
    return ok({"failedAccounts": [], **value, "accounts": [*value.get("accounts", []), *off]})
