"""SAM templates that are complete only at the deployment: parameters without a value, bodies elsewhere, refused APIs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambdaudit.model.apis import Route
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.stand_ins import plain, restored, stand_in

from .conftest import Reader
from .judging import findings, judge, named, one

FUNCTION = """\
    Transform: AWS::Serverless-2016-10-31
    Parameters: {{Stage: {{Type: String}}, Suffix: {{Type: String, Default: x}}}}
    Resources:
      Fn:
        Type: AWS::Serverless::Function
        Properties:
          Handler: app.handler
          Runtime: python3.14
          CodeUri: src/
          Policies: [AdministratorAccess]
          {more}
      Api:
        Type: AWS::Serverless::Api
        Properties: {{StageName: prod, {api}}}
"""
EVENT = "Events: {Get: {Type: Api, Properties: {RestApiId: !Ref Api, Path: /orders, Method: get}}}"
BODY = """\
openapi: 3.0.1
info: {title: orders, version: "1"}
paths:
  /orders:
    get:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
"""


def _rules(found: object) -> set[str]:
    return {finding.rule for finding in findings(found)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "more",
    ["AutoPublishAlias: !Ref Stage", "AutoPublishAlias: live\n          AutoPublishCodeSha256: !Ref Stage"],
)
def test_a_parameter_without_a_value_does_not_hide_the_function(read: Reader, more: str) -> None:
    lifted = read(FUNCTION.format(more=more, api="Name: orders"))
    assert "role-administrator" in _rules(lifted)
    assert one(lifted, Alias).function == one(lifted, Function).id


def test_the_value_stays_open_where_it_is_used(read: Reader) -> None:
    more = "AutoPublishAlias: !Ref Stage\n          FunctionName: !Sub '${Stage}-orders-${Suffix}'\n          "
    lifted = read(FUNCTION.format(more=more + "Environment: {Variables: {STAGE: !Ref Stage}}", api="Name: orders"))
    function = one(lifted, Function)
    assert not isinstance(function.environment, Unknown)
    (variable,) = function.environment
    assert variable.unread is not None
    assert "Stage" in variable.unread.reason
    assert "LAMBDAUDIT" not in repr(lifted.assets)


def test_given_values_are_used(read: Reader) -> None:
    lifted = read(FUNCTION.format(more="AutoPublishAlias: !Ref Stage", api="Name: orders"), parameters={"Stage": "live"})
    assert one(lifted, Alias).name == "live"


def test_a_body_that_includes_a_file_of_the_folder_has_its_routes(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(BODY, "utf-8")
    include = "Cors: \"'*'\", DefinitionBody: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: openapi.yaml}}}"
    lifted = read(FUNCTION.format(more=EVENT, api=include))
    assert {"role-administrator", "route-without-authorization"} <= _rules(lifted)
    (route,) = [asset for asset in lifted.assets if isinstance(asset, Route) and asset.method == "GET"]
    assert (route.where.source, route.where.line) == ("openapi.yaml", 5)


@pytest.mark.parametrize("place", ["s3://bucket/openapi.yaml", "missing.yaml"])
def test_a_body_that_is_included_from_elsewhere_leaves_the_routes_unknown(read: Reader, place: str) -> None:
    include = f"Cors: \"'*'\", DefinitionBody: {{Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: '{place}'}}}}}}"
    lifted = read(FUNCTION.format(more=EVENT, api=include))
    report = judge(lifted)
    assert "role-administrator" in {finding.rule for finding in report.findings}
    assert any(row.rule == "route-without-authorization" for row in report.not_assessed)


def test_functions_of_an_api_that_sam_refuses_are_judged(read: Reader) -> None:
    lifted = read(FUNCTION.format(more=EVENT, api="Cors: \"'*'\", DefinitionUri: s3://bucket/key"))
    assert "role-administrator" in _rules(lifted)
    assert any("SAM does not take it" in note and "Api" in note for note in lifted.notes)
    assert named(lifted, "Fn", Function)


@given(st.from_regex(r"[A-Za-z0-9]{1,20}", fullmatch=True), st.text("ab-${}!", max_size=12), st.text("ab-${}!", max_size=12))
def test_what_is_put_in_comes_out_again(name: str, before: str, after: str) -> None:
    assert restored(stand_in(name)) == {"Ref": name}
    assert plain(before + stand_in(name) + after) == before + name + after
    found = restored(
        [{"DependsOn": "A" + stand_in(name)}, {"Fn::Sub": "x-" + stand_in(name) + "-${F" + stand_in(name) + ".Arn}"}]
    )
    assert found == [{"DependsOn": "A" + name}, {"Fn::Sub": "x-${" + name + "}-${F" + name + ".Arn}"}]
