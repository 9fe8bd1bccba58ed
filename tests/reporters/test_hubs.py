"""The Security Hub format against the API model of botocore, OCSF against its schema."""

import json
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema  # type: ignore[import-untyped]
import pytest
from botocore.validate import ParamValidator

from lambdaudit.model.finding import Report
from lambdaudit.reporters import asff, ocsf

from .cases import EVERY, finding, flow, of_account

OCSF = json.loads((Path(__file__).parent / "schemas" / "ocsf-1.6.0-compliance_finding.json").read_bytes())


@pytest.fixture(scope="module")
def shape() -> Any:
    model = botocore.session.get_session().get_service_model("securityhub")
    return model.operation_model("BatchImportFindings").input_shape


def findings(made: Report) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(asff.render(made))
    return loaded


@pytest.mark.parametrize("name", EVERY)
def test_security_hub_takes_it(shape: Any, name: str) -> None:
    for start in range(0, len(made := findings(EVERY[name])), 100):
        errors = ParamValidator().validate({"Findings": made[start : start + 100]}, shape)
        assert not errors.has_errors(), errors.generate_report()
    for one in made:
        for key, most in (("Title", 256), ("Description", 1024), ("Id", 512), ("GeneratorId", 512)):
            assert 1 <= len(one[key].strip()) <= most
        assert 1 <= len(one["Resources"]) <= 32
        assert all(resource["Id"].strip() for resource in one["Resources"])
        assert len(one.get("Remediation", {"Recommendation": {"Text": ""}})["Recommendation"].get("Text", "")) <= 512
        assert len(one["ProductFields"]) <= 50
        assert all(len(v) <= 2048 for v in one["ProductFields"].values())
        assert len(json.dumps(one)) < 240_000
        assert one["ProductArn"].endswith(f":product/{one['AwsAccountId']}/default")
        assert one["Severity"]["Label"] in ("INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL")


def test_the_model_refuses_what_is_wrong(shape: Any) -> None:
    (one,) = findings(of_account(finding()))
    del one["Title"]
    assert ParamValidator().validate({"Findings": [one]}, shape).has_errors()


def test_code_is_a_vulnerability_of_its_function() -> None:
    by_rule = {one["GeneratorId"]: one for one in findings(of_account(finding(), flow()))}
    code = by_rule["lambdaudit/event-reaches-code-evaluation"]
    assert code["Types"] == ["Software and Configuration Checks/Vulnerabilities"]
    assert code["Resources"] == [{"Type": "AwsLambdaFunction", "Id": finding().asset, "Partition": "aws", "Region": "eu-west-1"}]
    assert code["ProductArn"] == "arn:aws:securityhub:eu-west-1:111122223333:product/111122223333/default"


def test_ids_are_unique_in_an_account() -> None:
    made = findings(EVERY["usual"])
    assert len({one["Id"] for one in made}) == len(made)


def test_what_is_fixed_is_archived_and_closed() -> None:
    made = EVERY["compared"]
    assert made.baseline is not None
    (gone,) = made.baseline.fixed
    (archived,) = [one for one in findings(made) if one["RecordState"] == "ARCHIVED"]
    assert archived["Id"].endswith(f"/{gone.fingerprint}")
    assert archived["AwsAccountId"] == gone.account
    over = [event for event in json.loads(ocsf.render(made)) if event["activity_id"] == 3]
    assert [(event["status"], event["compliance"]["status"]) for event in over] == [("Resolved", "Pass")]
    assert {event["activity_id"] for event in json.loads(ocsf.render(made))} == {1, 2, 3}


@pytest.mark.parametrize("name", EVERY)
def test_ocsf_keeps_to_its_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(OCSF)
    for event in json.loads(ocsf.render(EVERY[name])):
        validator.validate(event)
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]


def test_the_ocsf_schema_refuses_what_is_wrong() -> None:
    (event,) = json.loads(ocsf.render(of_account(finding())))
    del event["compliance"]
    assert list(jsonschema.Draft202012Validator(OCSF).iter_errors(event))
