"""The findings in the AWS Security Finding Format (2018-10-08), as an array: what BatchImportFindings of Security Hub takes.

With a baseline, what is fixed is in it as archived records, so that the hub closes it.

Security Hub takes 100 findings a call, so that a longer array goes there in parts. Verdicts that stay open are no findings and
are not in here. Lengths are those of the API.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from lambdaudit.model.arn import account_of
from lambdaudit.model.finding import Confidence, Finding, Report, Severity
from lambdaudit.version import __version__

from .closed import closed
from .json_report import encode, ordered
from .moments import moment
from .places import Places
from .text import cut

MOST_RESOURCES: Final = 32
MOST_REQUIREMENTS: Final = 32

_LABEL: Final = {
    Severity.CRITICAL: "CRITICAL",
    Severity.HIGH: "HIGH",
    Severity.MEDIUM: "MEDIUM",
    Severity.LOW: "LOW",
    Severity.INFO: "INFORMATIONAL",
}
_CONFIDENCE: Final = {Confidence.HIGH: 95, Confidence.MEDIUM: 70, Confidence.LOW: 40}
_TYPE: Final = {
    "account": "AwsAccount",
    "bucket": "AwsS3Bucket",
    "code": "AwsLambdaFunction",
    "container-image": "AwsEcrContainerImage",
    "event-bus": "AwsEventsEventbus",
    "function": "AwsLambdaFunction",
    "group": "AwsIamGroup",
    "image-repository": "AwsEcrRepository",
    "key": "AwsKmsKey",
    "layer-version": "AwsLambdaLayerVersion",
    "managed-policy": "AwsIamPolicy",
    "queue": "AwsSqsQueue",
    "role": "AwsIamRole",
    "secret": "AwsSecretsManagerSecret",
    "security-group": "AwsEc2SecurityGroup",
    "stream": "AwsKinesisStream",
    "subnet": "AwsEc2Subnet",
    "table": "AwsDynamoDbTable",
    "topic": "AwsSnsTopic",
    "user": "AwsIamUser",
}
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_PARTITIONS: Final = ("aws", "aws-cn", "aws-us-gov", "aws-us-iso", "aws-us-iso-b")


def render(report: Report) -> bytes:
    """The array as UTF-8 JSON, worst first. Equal reports give equal bytes."""
    report = ordered(report)
    at = moment(report.created).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    region = next((name for name in report.coverage.regions if _REGION.fullmatch(name)), "us-east-1")
    places = Places(report)
    made = [_finding(finding, at, region, places) for finding in report.findings]
    made += [_finding(finding, at, region, places) | {"RecordState": "ARCHIVED"} for finding in closed(report)]
    return msgspec.json.format(encode(made), indent=1) + b"\n"


def _finding(finding: Finding, at: str, region: str, places: Places) -> dict[str, Any]:
    partition = _partition(finding.asset)
    region = finding.region if _REGION.fullmatch(finding.region) else region
    account = finding.account or account_of(finding.asset) or ""
    account = account if re.fullmatch(r"\d{12}", account) else "000000000000"
    severity = {"Label": _LABEL[finding.severity], "Original": finding.severity.value}
    types = ["Software and Configuration Checks/AWS Security Best Practices"]
    if finding.asset_kind == "code":
        types = ["Software and Configuration Checks/Vulnerabilities"]
    made: dict[str, Any] = {
        "SchemaVersion": "2018-10-08",
        "Id": f"lambdaudit/{account}/{region}/{_filled(finding.fingerprint, 200)}",
        "ProductArn": f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default",
        "ProductName": "lambdaudit",
        "GeneratorId": f"lambdaudit/{_filled(finding.rule, 400)}",
        "AwsAccountId": account,
        "Region": region,
        "Types": types,
        "CreatedAt": at,
        "UpdatedAt": at,
        "Severity": severity,
        "Confidence": _CONFIDENCE[finding.confidence],
        "Title": _filled(finding.title.rstrip("."), 256),
        "Description": _filled(finding.message, 1_024),
        "Resources": list(_resources(finding, partition)),
        "Compliance": {"Status": "FAILED"},
        "FindingProviderFields": {"Severity": severity, "Types": types, "Confidence": _CONFIDENCE[finding.confidence]},
        "RecordState": "ACTIVE",
        "ProductFields": {
            "lambdaudit/version": __version__,
            "lambdaudit/place": _filled(str(places.of(finding)), 2_000),
            "lambdaudit/functions": str(len(finding.functions)),
        },
    }
    if finding.change:
        made["ProductFields"]["lambdaudit/change"] = finding.change.value
    if finding.maps:
        made["Compliance"]["RelatedRequirements"] = [_filled(name, 64) for name in finding.maps[:MOST_REQUIREMENTS]]
    advice = {"Text": _filled(finding.fix.text, 512)} if finding.fix.text.strip() else {}
    if see := next((address for address in finding.see if re.fullmatch(r"https://[!-~]{1,500}", address)), ""):
        advice["Url"] = see
    if advice:
        made["Remediation"] = {"Recommendation": advice}
    return made


def _resources(finding: Finding, partition: str) -> Iterator[dict[str, Any]]:
    """The asset, then the functions that are affected, each once."""
    kind = _TYPE.get(finding.asset_kind, "Other")
    identifier = finding.asset.removesuffix(":code") if finding.asset_kind == "code" else finding.asset
    yield _resource(kind, identifier, partition, finding.region)
    others = [function for function in finding.functions if function != identifier]
    for function in others[: MOST_RESOURCES - 1]:
        yield _resource("AwsLambdaFunction", function, partition, finding.region)


def _resource(kind: str, identifier: str, partition: str, region: str) -> dict[str, Any]:
    made = {"Type": kind, "Id": _filled(identifier, 512), "Partition": partition}
    if region.strip():
        made["Region"] = cut(region, 64)
    return made


def _partition(asset: str) -> str:
    named = asset.split(":", 2)[1] if asset.startswith("arn:") and asset.count(":") > 1 else "aws"
    return named if named in _PARTITIONS else "aws"


def _filled(text: str, limit: int) -> str:
    """Foreign text in one line that is not empty, as the API wants it."""
    return cut(text, limit).strip() or "-"
