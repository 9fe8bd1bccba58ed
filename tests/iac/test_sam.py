"""SAM templates: planted weaknesses at their lines, a clean twin, Globals, generated roles and permissions."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.functions import Alias, Function, FunctionVersion
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, EventRule, EventSourceMapping, Table, Topic
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation import read_cloudformation

from .conftest import Reader
from .judging import findings, judge, named, one

CASES = Path(__file__).parent / "cases"
OWN = "333344445555"
"""An account that the cases do not name: which accounts are foreign is known only when the own one is."""


def _planted() -> list[tuple[str, str, int]]:
    """The file, the rule and the line of every planted weakness."""
    found = []
    for name in ("planted.yaml", "more.yaml"):
        for number, line in enumerate((CASES / name).read_text("utf-8").splitlines(), 1):
            if match := re.search(r"  # ([a-z-]+)$", line):
                found.append((name, match[1], number))
    return found


@cache
def _found(name: str) -> set[tuple[str, int]]:
    return {(f.rule, f.where.line) for f in judge(read_cloudformation(CASES / name, account=OWN)).findings}


@pytest.mark.parametrize(("name", "rule", "line"), _planted())
def test_planted_weakness_is_found_at_its_line(name: str, rule: str, line: int) -> None:
    assert (rule, line) in _found(name)


def test_enough_is_planted() -> None:
    assert len({rule for _, rule, _ in _planted()}) >= 50


def test_clean_twin_has_no_finding() -> None:
    lifted = read_cloudformation(CASES / "clean.yaml")
    assert [(f.rule, f.where.line, f.message) for f in findings(lifted)] == []
    assert lifted.notes == []


def test_globals_and_the_expanded_template_give_the_same_findings(read: Reader) -> None:
    """checkov 2758 and 6471, cfn-guard 91: Globals that are not merged hide findings or make false ones."""
    head = "Transform: AWS::Serverless-2016-10-31\n"
    resources = """
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Environment: {Variables: {OWN: x}}
  Two:
    Type: AWS::Serverless::Function
    Properties: {Handler: a.b, Timeout: 100}
"""
    shared = """
Globals:
  Function:
    Runtime: python3.7
    CodeUri: src/
    Timeout: 900
    Environment: {Variables: {DB_PASSWORD: hunter2-of-the-base}}
"""
    expanded = """
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.7
      CodeUri: src/
      Timeout: 900
      Environment: {Variables: {OWN: x, DB_PASSWORD: hunter2-of-the-base}}
  Two:
    Type: AWS::Serverless::Function
    Properties:
      Handler: a.b
      Runtime: python3.7
      CodeUri: src/
      Timeout: 100
      Environment: {Variables: {DB_PASSWORD: hunter2-of-the-base}}
"""
    with_globals = read(head + shared + resources, name="a/template.yaml")
    written_out = read(head + expanded, name="b/template.yaml")
    said = [sorted((f.rule, f.asset, f.message, f.key) for f in judge(one).findings) for one in (with_globals, written_out)]
    assert said[0] == said[1]
    assert {rule for rule, *_ in said[0]} >= {"runtime-deprecated", "environment-secret"}


def test_value_of_globals_is_found_where_it_is_written(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Globals:
          Function:
            Runtime: python3.7
        Resources:
          Fn:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.b
              InlineCode: "def b(e, c): pass"
        """)
    lines = {f.rule: f.where.line for f in judge(lifted).findings}
    assert lines["runtime-deprecated"] == 4


EVENTS = """\
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Fn:
        Type: AWS::Serverless::Function
        Properties:
          Handler: a.b
          Runtime: python3.14
          CodeUri: src
          AutoPublishAlias: live
          Events:
            Upload:
              Type: S3
              Properties: {Bucket: !Ref Bucket, Events: s3:ObjectCreated:*}
            Nightly:
              Type: Schedule
              Properties: {Schedule: rate(1 day)}
            Rows:
              Type: DynamoDB
              Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}
            Http:
              Type: HttpApi
              Properties: {Path: /x, Method: POST}
      Bucket:
        Type: AWS::S3::Bucket
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          StreamSpecification: {StreamViewType: NEW_IMAGE}
    """


def test_events_become_triggers_with_permissions(read: Reader) -> None:
    lifted = read(EVENTS)
    function = one(lifted, Function)
    alias = one(lifted, Alias)
    assert function.aliases == (alias.id,)
    assert alias.version == one(lifted, FunctionVersion).version
    assert one(lifted, EventSourceMapping).source == one(lifted, Table).stream
    bucket = one(lifted, Bucket)
    assert not isinstance(bucket.notifications, Unknown)
    assert [note.target for note in bucket.notifications] == [alias.id]
    rule = one(lifted, EventRule)
    assert not isinstance(rule.targets, Unknown)
    assert [target.arn for target in rule.targets] == [alias.id]
    route = one(lifted, Route)
    assert (route.name, route.authorization, route.function, route.qualifier) == ("POST /x", "NONE", function.id, "live")
    assert alias.policy is not None
    assert not isinstance(alias.policy, Unknown)
    services = [statement["Principal"] for statement in alias.policy.document["Statement"]]
    assert {"Service": "s3.amazonaws.com"} in services
    assert {"Service": "events.amazonaws.com"} in services
    assert one(lifted, Stage).name == "$default"


def test_policies_in_all_forms_become_the_role(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Fn:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.b
              Runtime: python3.14
              CodeUri: src
              Tracing: Active
              Policies:
                - AmazonS3ReadOnlyAccess
                - SQSSendMessagePolicy: {QueueName: jobs}
                - arn:aws:iam::123456789012:policy/ours
                - Version: "2012-10-17"
                  Statement: {Effect: Allow, Action: s3:PutObject, Resource: "*"}
        """)
    role = one(lifted, Role)
    assert not isinstance(role.policies, Unknown)
    kinds = [(policy.kind, policy.name) for policy in role.policies]
    assert ("aws-managed", "AmazonS3ReadOnlyAccess") in kinds
    assert ("aws-managed", "AWSLambdaBasicExecutionRole") in kinds
    assert ("customer-managed", "ours") in kinds
    assert sum(kind == "inline" for kind, _ in kinds) == 2
    ours = next(policy for policy in role.policies if policy.name == "ours")
    assert "not in the configuration" in str(ours.document)
    assert role.where.line == 10


def test_authorizers_of_an_api(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties:
              StageName: prod
              Auth:
                DefaultAuthorizer: Own
                Authorizers:
                  Own: {FunctionArn: !GetAtt Guard.Arn, Identity: {ReauthorizeEvery: 0}}
          Guard:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src}
          Fn:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.b
              Runtime: python3.14
              CodeUri: src
              Events:
                Guarded:
                  Type: Api
                  Properties: {Path: /in, Method: get, RestApiId: !Ref Api}
                Open:
                  Type: Api
                  Properties: {Path: /out, Method: any, RestApiId: !Ref Api, Auth: {Authorizer: NONE}}
        """)
    authorizer = one(lifted, Authorizer)
    guard = named(lifted, "Guard", Function)
    assert (authorizer.kind, authorizer.function, authorizer.ttl) == ("TOKEN", guard.id, 0)
    routes = {route.name: route for route in lifted.assets if isinstance(route, Route)}
    assert routes["GET /in"].authorization == "CUSTOM"
    assert routes["GET /in"].authorizer == authorizer.id
    assert routes["ANY /out"].authorization == "NONE"
    assert one(lifted, Api).policy is None


def test_local_definition_is_inlined_with_its_lines(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.0.1\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n"
        "      x-amazon-apigateway-integration:\n        type: aws_proxy\n        httpMethod: POST\n"
        "        uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations\n"
    )
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties: {StageName: prod, DefinitionUri: api.yaml}
          Fn:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src}
        """)
    route = one(lifted, Route)
    assert (route.name, route.function) == ("GET /a", one(lifted, Function).id)
    found = [f for f in judge(lifted).findings if f.rule == "route-without-authorization"]
    assert [(f.where.source, f.where.line) for f in found] == [("api.yaml", 5)]


def test_definition_in_s3_leaves_the_routes_unknown(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties: {StageName: prod, DefinitionUri: "s3://bucket/api.yaml"}
        """)
    assert {missing.kind for missing in lifted.missing} == {"route", "authorizer"}


def test_resource_that_sam_refuses_is_unknown_and_the_others_are_judged(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Bad:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src, Nonsense: {Ref: X}}
          Worse:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src, Events: {E: {Type: Nothing}}}
          Good:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.7, CodeUri: src}
        """)
    for name in ("Bad", "Worse"):
        function = named(lifted, name, Function)
        assert isinstance(function, Function)
        assert isinstance(function.runtime, Unknown)
        assert "SAM does not take it" in function.runtime.reason
    assert [f.asset_name for f in findings(lifted) if f.rule == "runtime-deprecated"] == ["app-Good"]
    assert any("Bad: is not known" in note for note in lifted.notes)


def test_a_setting_of_globals_that_sam_does_not_know_leaves_the_rest_known(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Globals:
          Function: {Runtime: python3.7, Handler: a.b, InlineCode: x, Wrong: 1}
          StateMachine: {Tracing: {Enabled: false}}
          Queue: {KmsMasterKeyId: x}
        Resources:
          F: {Type: AWS::Serverless::Function}
          T: {Type: AWS::SNS::Topic}
        """)
    assert [f.rule for f in findings(lifted) if f.rule == "runtime-deprecated"] == ["runtime-deprecated"]
    for path in ("Globals.Function.InlineCode", "Globals.Function.Wrong", "Globals.StateMachine.Tracing", "Globals.Queue"):
        assert any(f"SAM does not take {path}," in note for note in lifted.notes)
    assert named(lifted, "T", Topic).subscriptions == ()


def test_what_is_no_business_of_sam_stays_known_when_it_refuses_the_template(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Globals: [wrong]
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {Runtime: python3.14, Handler: a.b, CodeUri: src}
          Q: {Type: AWS::SQS::Queue}
          Policy:
            Type: AWS::SQS::QueuePolicy
            Properties:
              Queues: [!Ref Q]
              PolicyDocument: {Statement: {Effect: Allow, Principal: "*", Action: "sqs:*", Resource: !GetAtt Q.Arn}}
        """)
    assert isinstance(named(lifted, "F", Function).runtime, Unknown)
    assert "queue-public" in [finding.rule for finding in findings(lifted)]


def test_globals_that_break_the_implicit_api_do_not_hide_its_functions(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Globals:
          HttpApi:
            Auth: {DefaultAuthorizer: Nobody}
            CorsConfiguration: {AllowOrigins: ["*"], AllowCredentials: true}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.7
              Handler: a.b
              CodeUri: src
              Events: {Call: {Type: HttpApi}}
        """)
    report = judge(lifted)
    assert [f.rule for f in report.findings if f.severity.value != "info"] == ["runtime-deprecated"]
    assert "route-without-authorization" in [row.rule for row in report.not_assessed]


def test_repository_application_is_noted_and_never_asked_for(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Bought:
            Type: AWS::Serverless::Application
            Properties:
              Location: {ApplicationId: "arn:aws:serverlessrepo:us-east-1:1:applications/x", SemanticVersion: 1.0.0}
          Fn:
            Type: AWS::Serverless::Function
            Properties:
              Handler: a.b
              Runtime: python3.14
              CodeUri: src
              Environment: {Variables: {T: !GetAtt Bought.Outputs.Table}}
        """)
    assert one(lifted, Function).handler == "a.b"
    assert any("Serverless Application Repository" in note for note in lifted.notes)


def test_connector_grants_rights(read: Reader) -> None:
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Fn:
            Type: AWS::Serverless::Function
            Connectors:
              Store: {Properties: {Destination: {Id: Table}, Permissions: [Write]}}
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src}
          Table:
            Type: AWS::DynamoDB::Table
        """)
    role = one(lifted, Role)
    assert not isinstance(role.policies, Unknown)
    table = one(lifted, Table)
    assert any("dynamodb:PutItem" in str(p.document) and table.id in str(p.document) for p in role.policies)


def test_code_of_functions_is_located(read: Reader, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / ".aws-sam" / "build" / "Built").mkdir(parents=True)
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "Dockerfile").write_text("FROM scratch\n")
    lifted = read("""\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Local:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: src/}
          Built:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: nowhere/}
          Inline:
            Type: AWS::Serverless::Function
            Properties:
              Handler: index.handler
              Runtime: nodejs24.x
              InlineCode: |
                exports.handler = async () => 1
          Away:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: "s3://bucket/key.zip"}
          Outside:
            Type: AWS::Serverless::Function
            Properties: {Handler: a.b, Runtime: python3.14, CodeUri: ../../../../../../etc}
          Image:
            Type: AWS::Serverless::Function
            Metadata: {DockerContext: docker, Dockerfile: Dockerfile, DockerTag: v1}
            Properties: {PackageType: Image}
        """)
    code = {named_id.rpartition("-")[2]: place for named_id, place in lifted.code.items()}
    assert code["Local"].path == tmp_path / "src"
    assert (code["Local"].handler, code["Local"].runtime) == ("a.b", "python3.14")
    assert code["Built"].path == tmp_path / ".aws-sam" / "build" / "Built"
    assert code["Inline"].inline.startswith("exports.handler")
    assert (code["Inline"].inline_name, code["Inline"].where.line) == ("index.js", 15)
    assert code["Away"].uri == "s3://bucket/key.zip"
    assert code["Outside"].path is None
    assert code["Outside"].unknown is not None
    assert code["Image"].dockerfile == tmp_path / "docker" / "Dockerfile"


def test_templates_read_one_after_another_do_not_mix(read: Reader) -> None:
    """The translator's table of policy templates is shared by all templates of a run."""

    def granted(table: str) -> str:
        lifted = read(f"""\
            Transform: AWS::Serverless-2016-10-31
            Resources:
              Fn:
                Type: AWS::Serverless::Function
                Properties:
                  Handler: a.b
                  Runtime: python3.14
                  CodeUri: src
                  Policies: [DynamoDBCrudPolicy: {{TableName: {table}}}]
            """)
        role = one(lifted, Role)
        assert not isinstance(role.policies, Unknown)
        return " ".join(str(policy.document) for policy in role.policies)

    first, second, again = granted("orders"), granted("people"), granted("orders")
    assert "table/orders" in first
    assert "table/orders" not in second
    assert first == again


def test_translator_leaves_no_stand_in_behind() -> None:
    code = (
        "from lambdaudit.sources.cloudformation.translator import load; load()\n"
        "import sys; assert not {'boto3', 'botocore', 'jsonschema'} & set(sys.modules)\n"
        "import boto3, jsonschema\n"
        "boto3.Session(region_name='us-east-1').client('sqs')\n"
        "jsonschema.validate({}, {'type': 'object'})\n"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""
