"""What scanners found, for the fake AWS: findings in the shapes of the service models, put where moto looks for them."""

import json
from typing import Any

from tests.support.fakeaws import FakeAws
from tests.support.wire import ACCOUNT, Call


def _post(fake: FakeAws, path: str, body: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    call = Call("POST", f"/moto-api/static/{path}", "", headers, json.dumps(body).encode(), service="moto", operation="Plant")
    assert fake.moto.forward(call).status == 201


def inspector_says(fake: FakeAws, region: str, *findings: dict[str, Any]) -> None:
    """The next new question for Inspector's findings in a region is answered with these."""
    _post(fake, "inspector2/findings-results", {"results": [list(findings)], "region": region, "account_id": ACCOUNT})


def scan_says(fake: FakeAws, region: str, repository: str, digest: str, **told: Any) -> None:
    """The answer to DescribeImageScanFindings for an image of a repository: `told` are members of the response."""
    result = {"registryId": ACCOUNT, "repositoryName": repository, "imageId": {"imageDigest": digest}, **told}
    _post(fake, "ecr/scan-finding-results", {"results": [result], "region": region, "account_id": ACCOUNT})


def package(function: str, vulnerability: str, name: str, version: str, **more: Any) -> dict[str, Any]:
    """A finding of Inspector about a package of a function."""
    details = more.pop("details", {})
    vulnerable = {"name": name, "version": version, "packageManager": "PYTHONPKG", **more.pop("vulnerable", {})}
    return {
        "findingArn": f"arn:aws:inspector2:us-east-1:{ACCOUNT}:finding/{abs(hash((vulnerability, name))):032x}"[:100],
        "awsAccountId": ACCOUNT,
        "type": "PACKAGE_VULNERABILITY",
        "title": f"{vulnerability} - {name}",
        "description": "A weakness.",
        "severity": "HIGH",
        "status": "ACTIVE",
        "fixAvailable": "YES",
        "inspectorScore": 7.5,
        "resources": [{"type": "AWS_LAMBDA_FUNCTION", "id": f"{function}:$LATEST", "details": {}}],
        "packageVulnerabilityDetails": {
            "vulnerabilityId": vulnerability,
            "source": "NVD",
            "vulnerablePackages": [vulnerable],
            "relatedVulnerabilities": [],
            **details,
        },
        **more,
    }


def code(function: str, detector: str, path: str, line: int, **more: Any) -> dict[str, Any]:
    """A finding of Inspector about a line of a function's code."""
    return {
        "awsAccountId": ACCOUNT,
        "type": "CODE_VULNERABILITY",
        "title": "CWE-89 - SQL injection",
        "description": "Untrusted data reaches a query.",
        "severity": "HIGH",
        "status": "ACTIVE",
        "resources": [{"type": "AWS_LAMBDA_FUNCTION", "id": f"{function}:$LATEST"}],
        "remediation": {"recommendation": {"text": "Bind values as parameters."}},
        "codeVulnerabilityDetails": {
            "detectorId": detector,
            "detectorName": "SQL injection",
            "cwes": ["CWE-89"],
            "filePath": {"fileName": path.rpartition("/")[2], "filePath": path, "startLine": line, "endLine": line},
        },
        **more,
    }
