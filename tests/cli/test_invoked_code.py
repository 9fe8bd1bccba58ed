"""``lambdaudit audit`` of functions that other services invoke: strangers write what the service puts into its event."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/, Handler: app.handler, Runtime: python3.13}}
"""
POOL = "  I: {Type: AWS::Cognito::UserPool, Properties: {LambdaConfig: {PreSignUp: !GetAtt F.Arn}}}\n"
GROUP = (
    "  I: {Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: {TargetType: lambda, Targets: [{Id: !GetAtt F.Arn}]}}\n"
)


@pytest.mark.parametrize(
    ("behind", "event", "found"),
    [
        (POOL, "['request']['userAttributes']['name']", True),
        (POOL, "['userPoolId']", False),
        (GROUP, "['queryStringParameters']['q']", True),
        (GROUP, "['requestContext']['elb']['targetGroupArn']", False),
    ],
)
def test_the_shape_of_the_event_is_that_of_the_service(run: Run, tmp_path: Path, behind: str, event: str, found: bool) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "template.yaml").write_text(FUNCTION + behind, "utf-8")
    code = f"import os\ndef handler(event, context):\n    os.system('x ' + event{event})\n"
    (tmp_path / "src" / "app.py").write_text(code, "utf-8")
    run("audit", ".", "-o", "out.json")
    rules = {one["rule"] for one in json.loads((tmp_path / "out.json").read_text("utf-8"))["findings"]}
    assert ("event-starts-process" in rules) is found
