"""Services as their authors write them: settings, roles, events, code, plugins, lines, and hostile files."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lambdaudit.model.apis import Api, Route, Stage
from lambdaudit.model.functions import Alias, Function, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Role
from lambdaudit.model.resources import Bucket, EventSourceMapping, Queue, Table
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.discover import lifted, read_directory
from lambdaudit.sources.iac.documents import DocumentError
from lambdaudit.sources.iac.lift import Lifted
from lambdaudit.sources.iac.resources import Options
from lambdaudit.sources.serverless import read_serverless

from ..judging import findings, named, one
from .same import statements

Service = Callable[..., Lifted]


def _function(found: Lifted, name: str) -> Function:
    (asset,) = [asset for asset in found.assets if isinstance(asset, Function) and asset.name == name]
    return asset


def _role(found: Lifted, name: str) -> list[str]:
    (asset,) = [asset for asset in found.assets if isinstance(asset, Role) and asset.name == name]
    assert isinstance(asset.policies, tuple)
    return [line for policy in asset.policies if policy.kind == "inline" for line in statements(policy)]


def test_old_syntax(service: Service) -> None:
    """Version 1: the provider as a text, statements beside the provider's settings, a role's name as a logical id."""
    found = service(
        """\
        service: {name: old, awsKmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/abc}
        provider:
          name: aws
          runtime: python3.12
          iamRoleStatements:
            - Effect: Allow
              Action: ["s3:*"]
              Resource: "*"
          iamManagedPolicies: ["arn:aws:iam::aws:policy/AmazonSQSFullAccess"]
        functions:
          - a: {handler: a.f}
          - b: {handler: b.f, role: Own, memorySize: 256}
        resources:
          - Resources:
              Own: {Type: AWS::IAM::Role, Properties: {AssumeRolePolicyDocument: {Statement: []}}}
          - Outputs: {X: {Value: 1}}
        """
    )
    assert found.errors == []
    assert found.notes == []
    a, b = _function(found, "old-dev-a"), _function(found, "old-dev-b")
    assert (a.memory, a.timeout, a.runtime, b.memory) == (1024, 6, "python3.12", 256)
    assert a.role == "arn:aws:iam::000000000000:role/old-dev-us-east-1-lambdaRole"
    assert b.role == named(found, "Own", Role).id
    assert any('"Action": "s3:*"' in line for line in _role(found, "old-dev-us-east-1-lambdaRole"))
    assert (a.kms_key, b.kms_key) == ("arn:aws:kms:us-east-1:123456789012:key/abc",) * 2


def test_stage_and_parameters_decide(service: Service) -> None:
    text = """\
        service: s
        provider: {name: aws, stage: "${opt:stage, 'dev'}", environment: {TABLE: "${self:custom.tables.${sls:stage}}"}}
        custom: {tables: {dev: t1, prod: t2}}
        functions: {f: {handler: h.f, environment: {URL: "https://${param:host}/x", DROP: null}}}
        """
    found = service(text, parameters={"stage": "prod", "host": "h.example"})
    assert named(found, "FLambdaFunction", Function).name == "s-prod-f"
    again = service(text)
    function = _function(again, "s-dev-f")
    assert isinstance(function.environment, tuple)
    (url,) = [one for one in function.environment if one.name == "URL"]
    assert "--param host=" in url.reason
    assert {one.name for one in function.environment} == {"TABLE", "URL"}


def test_an_unknown_stage_is_told(service: Service) -> None:
    found = service("service: s\nprovider: {name: aws, stage: '${ssm:/stage}'}\nfunctions: {f: {handler: h.f}}\n")
    assert _function(found, "s-dev-f")
    assert any("the stage is not known" in note and "--param stage=" in note for note in found.notes)


def test_lines(service: Service) -> None:
    found = service(
        """\
        service: s
        provider:
          name: aws
          runtime: python3.13
          iam:
            role:
              statements:
                - Effect: Allow
                  Action: iam:*
                  Resource: "*"
                - ${file(more.yml):statement}
        functions:
          open:
            handler: h.f
            runtime: nodejs12.x
            url: true
            events:
              - httpApi: "GET /x"
              - http:
                  path: y
                  method: get
        """,
        {"more.yml": "statement:\n  Effect: Allow\n  Action: 'lambda:*'\n  Resource: '*'\n"},
    )
    places = {(one.rule, one.where.source, one.where.line) for one in findings(found)}
    assert ("function-url-public", "serverless.yml", 16) in places
    assert ("runtime-deprecated", "serverless.yml", 15) in places
    assert ("route-without-authorization", "serverless.yml", 18) in places
    role = named(found, "IamRoleLambdaExecution", Role)
    assert isinstance(role, Role)
    assert isinstance(role.policies, tuple)
    (policy,) = role.policies
    own = [n for n, s in enumerate(policy.document["Statement"]) if s["Action"] in ("iam:*", "lambda:*")]
    first, second = (found.places.locate(policy.where / "Statement" / n / "Action") for n in own)
    assert (first.source, first.line, first.column) == ("serverless.yml", 9, 19)
    assert (second.source, second.line, second.column) == ("more.yml", 3, 11)


def test_url_forms(service: Service) -> None:
    found = service(
        """\
        service: s
        provider: {name: aws}
        functions:
          a: {handler: h.f, url: true}
          b: {handler: h.f, url: {authorizer: aws_iam, cors: {allowedOrigins: ["https://x.example"], allowCredentials: true}}}
          c: {handler: h.f, url: false}
          d: {handler: h.f, url: "${ssm:/url}"}
          e: {handler: h.f, provisionedConcurrency: 2, url: {invokeMode: RESPONSE_STREAM}}
        """
    )
    assert _function(found, "s-dev-a").url.auth_type == "NONE"  # type: ignore[union-attr]
    signed = _function(found, "s-dev-b").url
    assert (signed.auth_type, signed.cors.origins, signed.cors.credentials) == ("AWS_IAM", ("https://x.example",), True)  # type: ignore[union-attr]
    assert _function(found, "s-dev-b").policy is None
    assert _function(found, "s-dev-c").url is None
    assert isinstance(_function(found, "s-dev-d").url, Unknown)
    (alias,) = [asset for asset in found.assets if isinstance(asset, Alias)]
    assert alias.url.auth_type == "NONE"  # type: ignore[union-attr]
    assert sum(isinstance(asset, FunctionVersion) for asset in found.assets) == 5


def test_authorizers_that_are_not_known_stay_unknown(service: Service) -> None:
    found = service(
        """\
        service: s
        provider: {name: aws}
        functions:
          f:
            handler: h.f
            events:
              - http: {path: a, method: get, authorizer: "${ssm:/auth}"}
              - http: {path: b, method: get, authorizer: nobody}
              - httpApi: {path: /c, method: get, authorizer: {name: nobody}}
              - httpApi: {path: "${ssm:/path}", method: get}
              - websocket: {route: $connect, authorizer: nobody}
              - http: {path: "d/{id+}", method: "*", authorizer: {type: COGNITO_USER_POOLS, authorizerId: !Ref Pool}}
              - http: {path: e, method: get, authorizer: {name: other, arn: !GetAtt Other.Arn, type: request}}
        """
    )
    routes = {asset.name: asset.authorization for asset in found.assets if isinstance(asset, Route)}
    assert all(isinstance(routes[name], Unknown) for name in ("GET /a", "GET /b", "GET /c", "$connect"))
    assert routes["ANY /d/{id+}"] == "COGNITO_USER_POOLS"
    assert routes["GET /e"] == "CUSTOM"
    assert len(routes) == 7


def test_apis_of_another_service(service: Service) -> None:
    found = service(
        """\
        service: s
        provider:
          name: aws
          apiGateway: {restApiId: abc123, restApiRootResourceId: root1, restApiResources: {/users: res1}}
          httpApi: {id: def456}
        functions: {f: {handler: h.f, events: [{http: GET /users}, {httpApi: GET /x}]}}
        """
    )
    assert not [asset for asset in found.assets if isinstance(asset, Api | Stage)]
    assert sum("abc123 is not in the configuration" in note for note in found.notes)
    policy = statements(_function(found, "s-dev-f").policy)
    assert any("abc123/*/*" in line for line in policy)
    assert any("def456/*" in line for line in policy)


def test_stage_settings_that_the_framework_makes_after_the_deployment(service: Service) -> None:
    found = service(
        """\
        service: s
        provider:
          name: aws
          tracing: {apiGateway: true}
          logs: {restApi: {level: ERROR, fullExecutionData: false}}
        functions: {f: {handler: h.f, events: [{http: GET /}]}}
        """
    )
    stage = one(found, Stage)
    assert (stage.tracing, stage.execution_logging, stage.data_trace) == (True, "ERROR", False)
    assert stage.access_log.endswith(":log-group:/aws/api-gateway/s-dev")


def test_own_resources_join_what_is_generated(service: Service) -> None:
    found = service(
        """\
        service: s
        provider: {name: aws}
        functions:
          resize:
            handler: h.f
            environment: {T: !Ref Orders}
            events: [{s3: {bucket: pics}}, {stream: !GetAtt Orders.StreamArn}]
        resources:
          Conditions: {Never: !Equals [a, b]}
          Resources:
            S3BucketPics: {Properties: {VersioningConfiguration: {Status: Enabled}}}
            Orders: ${file(table.yml)}
            Gone: {Type: AWS::SQS::Queue, Condition: Never}
          extensions:
            ResizeLambdaFunction: {Properties: {ReservedConcurrentExecutions: 3}}
            IamRoleLambdaExecution: {Properties: {Policies: [{PolicyName: more, PolicyDocument: {Statement: [
              {Effect: Allow, Action: "sqs:*", Resource: "*"}]}}]}}
        """,
        {
            "table.yml": """\
            Type: AWS::DynamoDB::Table
            Properties: {StreamSpecification: {StreamViewType: NEW_IMAGE}, TableName: "${self:service}-t"}
            """
        },
    )
    assert found.errors == []
    assert one(found, Table).name == "s-t"
    assert [bucket.versioning for bucket in found.assets if isinstance(bucket, Bucket) and bucket.name == "pics"] == ["Enabled"]
    assert not [asset for asset in found.assets if isinstance(asset, Queue)]
    assert _function(found, "s-dev-resize").reserved_concurrency == 3
    assert one(found, EventSourceMapping).source.startswith(one(found, Table).id)
    assert any('"Action": "sqs:*"' in line for line in _role(found, "s-dev-us-east-1-lambdaRole"))


def test_files_of_a_service_are_not_read_again(service: Service) -> None:
    template = "Resources:\n  Jobs: {Type: AWS::SQS::Queue}\n"
    found = service("service: s\nprovider: {name: aws}\nresources: ['${file(res/jobs.yml)}']\n", {"res/jobs.yml": template})
    assert one(found, Queue).where.source == "res/jobs.yml"
    assert found.notes == []


def test_code(service: Service, tmp_path: Path) -> None:
    found = service(
        """\
        service: s
        provider:
          name: aws
          runtime: python3.13
          ecr:
            images:
              base: {path: ./image, file: Dockerfile.dev}
              ready: {uri: 1.dkr.ecr.eu-west-1.amazonaws.com/r@sha256:aa}
        package: {patterns: ["!tests/**"]}
        functions:
          plain: {handler: src/app.handler}
          packed: {handler: app.handler, package: {artifact: dist/app.zip}}
          away: {handler: app.handler, package: {artifact: ../../x.zip}}
          built: {image: base}
          ready: {image: {name: ready, command: [app.other]}}
          remote: {image: 1.dkr.ecr.eu-west-1.amazonaws.com/r:tag}
        layers: {libs: {path: layer, allowedAccounts: ["*"], compatibleRuntimes: [python3.13]}}
        """,
        {"src/app.py": "", "dist/app.zip": "", "image/Dockerfile.dev": "FROM x", "layer/a.py": ""},
    )
    code = {_name(found, identifier): place for identifier, place in found.code.items()}
    assert (code["s-dev-plain"].path, code["s-dev-plain"].handler) == (tmp_path, "src/app.handler")
    assert code["s-dev-packed"].path == tmp_path / "dist/app.zip"
    assert "is not in this folder" in code["s-dev-away"].unknown.reason  # type: ignore[union-attr]
    assert code["s-dev-built"].dockerfile == tmp_path / "image/Dockerfile.dev"
    assert code["s-dev-ready"].image.endswith("@sha256:aa")
    assert code["s-dev-remote"].image == "1.dkr.ecr.eu-west-1.amazonaws.com/r:tag"
    layer = one(found, LayerVersion)
    assert found.code[layer.id].path == tmp_path / "layer"
    assert '"Principal": {"": ["*"]}' in statements(layer.policy)[0]
    function = _function(found, "s-dev-ready")
    assert (function.package_type, function.image.command) == ("Image", ("app.other",))  # type: ignore[union-attr]


def _name(found: Lifted, identifier: str) -> str:
    return next(asset.name for asset in found.assets if asset.id == identifier)


def test_plugins(service: Service) -> None:
    found = service(
        """\
        service: s
        plugins:
          modules: [serverless-offline, serverless-iam-roles-per-function, serverless-plugin-warmup, serverless-lift]
        custom: {serverless-iam-roles-per-function: {defaultInherit: true}}
        provider: {name: aws, iam: {role: {statements: [{Effect: Allow, Action: "s3:Get*", Resource: "*"}]}}}
        constructs:
          jobs: {type: queue, worker: {handler: w.f}}
          files: {type: storage}
          site: {type: static-website, path: public}
        functions:
          own: {handler: h.f, iamRoleStatements: [{Effect: Allow, Action: "sns:*", Resource: "*"}]}
          shared: {handler: h.f}
        """
    )
    assert [note for note in found.notes if "modelled" in note] == [
        "serverless.yml:9: the construct site (static-website) of Lift is not modelled",
        "serverless.yml:2: the plugin serverless-plugin-warmup is not modelled, it may add or change resources",
    ]
    own = _role(found, "s-dev-own-us-east-1-lambdaRole")
    assert any("sns:*" in line for line in own)
    assert any("s3:Get*" in line for line in own)
    assert not any("sns:*" in line for line in _role(found, "s-dev-us-east-1-lambdaRole"))
    mapping = one(found, EventSourceMapping)
    assert mapping.function == _function(found, "s-dev-jobsWorker").id
    assert mapping.report_failures


def test_what_is_not_known_is_told(service: Service) -> None:
    found = service(
        """\
        service: s
        provider: {name: aws, iam: {role: {statements: "${file(./policies.js)}"}}}
        functions:
          - ${file(./functions.js)}
          - f: {handler: h.f, events: [{sqs: "${ssm:/queue}"}, {custom: x}, "${file(./e.ts)}"]}
          - g: ${ssm:/g}
        resources: ["${file(./resources.js)}"]
        """
    )
    text = "\n".join(found.notes)
    for part in ("functions are not known", "the function g is not known", "resources are not known", "custom is not modelled"):
        assert part in text
    assert all(note.startswith("serverless.yml") for note in found.notes)
    assert any("Unknown" in line for line in _role(found, "s-dev-us-east-1-lambdaRole"))


def test_packaged_output_stands_in_for_what_comes_out_of_code(service: Service, tmp_path: Path) -> None:
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "FunctionName": "s-dev-f",
            "Handler": "h.f",
            "Runtime": "nodejs22.x",
            "Role": "arn:aws:iam::123456789012:role/r",
            "Code": {"S3Bucket": {"Ref": "B"}, "S3Key": "serverless/s/dev/1/s.zip"},
        },
    }
    other = {**function, "Properties": {**function["Properties"], "FunctionName": "s-dev-known"}}  # type: ignore[dict-item]
    template = {"Resources": {"FLambdaFunction": function, "KnownLambdaFunction": other}}
    found = service(
        "service: s\nprovider: {name: aws}\nfunctions:\n  - ${file(./functions.js)}\n  - known: {handler: h.f}\n",
        {".serverless/cloudformation-template-update-stack.json": json.dumps(template), ".serverless/s.zip": "PK"},
    )
    assert any("read instead as it was last packaged" in note for note in found.notes)
    packaged, known = _function(found, "s-dev-f"), _function(found, "s-dev-known")
    assert packaged.where.source == ".serverless/cloudformation-template-update-stack.json"
    assert (known.where.source, known.where.line) == ("serverless.yml", 5)
    assert found.code[packaged.id].path == tmp_path / ".serverless/s.zip"


def test_another_cloud_is_told(service: Service) -> None:
    found = service("service: s\nprovider: {name: google}\nfunctions: {f: {handler: h}}\n")
    assert [asset for asset in found.assets if isinstance(asset, Function)] == []
    assert found.notes == ["serverless.yml: is a service of the provider google, which is not read"]


def test_json_services(tmp_path: Path) -> None:
    (tmp_path / "serverless.json").write_text(
        json.dumps({"service": "j", "provider": "aws", "functions": {"f": {"handler": "h.f"}}})
    )
    assert _function(read_directory(tmp_path, Options(tmp_path)), "j-dev-f")


@pytest.mark.parametrize("text", ["", "[]", "a: 1", "5", "service: [", "!!python/object:os.system x", "service: &a [*a]"])
def test_what_is_no_service(tmp_path: Path, text: str) -> None:
    path = tmp_path / "serverless.yml"
    path.write_text(text)
    with pytest.raises(DocumentError) as error:
        read_serverless(path, Options(tmp_path))
    assert "\n" not in str(error.value)


_EVENTS = [
    "activemq",
    "alb",
    "alexaSkill",
    "alexaSmartHome",
    "cloudFront",
    "cloudwatchEvent",
    "cloudwatchLog",
    "cognitoUserPool",
    "eventBridge",
    "http",
    "httpApi",
    "iot",
    "iotFleetProvisioning",
    "kafka",
    "msk",
    "rabbitmq",
    "s3",
    "schedule",
    "sns",
    "sqs",
    "stream",
    "websocket",
]
_ODD = ["null", "5", "[]", "{}", "x", "{a: b}", "true", "[[1]]", "${ssm:/x}", "{arn: {Ref: X}}", "{'Fn::GetAtt': [A, Arn]}", "''"]


@pytest.mark.parametrize("kind", _EVENTS)
def test_odd_events(service: Service, kind: str) -> None:
    events = "".join(f"      - {kind}: {value}\n" for value in _ODD)
    found = service(f"service: s\nprovider: {{name: aws}}\nfunctions:\n  f:\n    handler: h.f\n    events:\n{events}")
    assert found.errors == []
    assert _function(found, "s-dev-f")


_KEYS = [
    "description",
    "destinations",
    "disableLogs",
    "environment",
    "ephemeralStorageSize",
    "events",
    "fileSystemConfig",
    "image",
    "kmsKeyArn",
    "layers",
    "maximumEventAge",
    "memorySize",
    "name",
    "onError",
    "package",
    "provisionedConcurrency",
    "reservedConcurrency",
    "role",
    "runtime",
    "snapStart",
    "tags",
    "timeout",
    "tracing",
    "url",
    "vpc",
    "architecture",
    "iamRoleStatements",
]


@pytest.mark.parametrize("key", _KEYS)
def test_odd_settings(service: Service, key: str) -> None:
    functions = "".join(f"  f{n}:\n    handler: h.f\n    {key}: {value}\n" for n, value in enumerate(_ODD))
    found = service(f"service: s\nplugins: [serverless-iam-roles-per-function]\nprovider: {{name: aws}}\nfunctions:\n{functions}")
    assert found.errors == []
    assert sum(isinstance(asset, Function) for asset in found.assets) == len(_ODD)


_SECTIONS = [
    "service",
    "functions",
    "resources",
    "layers",
    "custom",
    "plugins",
    "constructs",
    "package",
    "params",
    "stepFunctions",
    "provider.iam",
    "provider.vpc",
    "provider.environment",
    "provider.tags",
    "provider.httpApi",
    "provider.apiGateway",
    "provider.logs",
    "provider.tracing",
    "provider.stackName",
    "provider.deploymentBucket",
    "provider.ecr",
    "provider.runtime",
    "provider.region",
    "provider.stage",
    "provider.layers",
    "provider.s3",
]


@pytest.mark.parametrize("section", _SECTIONS)
def test_odd_sections(tmp_path: Path, section: str) -> None:
    for value in _ODD:
        config = {
            "service": "s",
            "provider": {"name": "aws", "logs": {"restApi": True}},
            "plugins": ["serverless-step-functions", "serverless-lift"],
            "functions": {
                "f": {"handler": "h.f", "events": [{"http": "GET /"}, {"httpApi": "*"}, {"websocket": "$connect"}, {"s3": "b"}]}
            },
        }
        text = json.dumps(config)[:-1] + ', "MARK": 0}'
        if section.startswith("provider."):
            text = text.replace('"name": "aws"', f'"name": "aws", "{section.partition(".")[2]}": MARK').replace(
                '"MARK": 0', '"x": 0'
            )
        else:
            text = text.replace('"MARK": 0', f'"{section}": MARK')
        (tmp_path / "serverless.yml").write_text("# YAML\n" + text.replace("MARK", f"'{value}'" if "$" in value else value))
        read = read_serverless(tmp_path / "serverless.yml", Options(tmp_path))
        lifted(read, Options(tmp_path))
        assert all("\n" not in note for note in read.notes)
