"""The lift: resources of a template as the assets of a live account, with exact relations and honest gaps."""

from typing import Any

import pytest

from lambdaudit.model.apis import Api, Authorizer, Route, Stage
from lambdaudit.model.functions import Alias, CodeSigningConfig, Function, FunctionVersion, LayerVersion
from lambdaudit.model.identity import Account, Group, ManagedPolicy, Role, User
from lambdaudit.model.network import NatGateway, RouteTable, SecurityGroup, Subnet, VpcEndpoint
from lambdaudit.model.resources import (
    Bucket,
    Bus,
    EventRule,
    EventSourceMapping,
    ImageRepository,
    Key,
    LogGroup,
    Parameter,
    Queue,
    Secret,
    Stream,
    Table,
    Topic,
)
from lambdaudit.model.unknown import Unknown

from .conftest import Reader
from .judging import findings, judge, named, one

FUNCTION = """\
    Resources:
      Fn:
        Type: AWS::Lambda::Function
        Properties:
          Handler: index.handler
          Runtime: python3.14
          Role: !GetAtt Role.Arn
          Code: {ZipFile: "def handler(e, c): pass"}
      Role:
        Type: AWS::IAM::Role
        Properties:
          AssumeRolePolicyDocument:
            Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
"""


def test_identity_without_an_account(read: Reader) -> None:
    lifted = read(FUNCTION)
    function = one(lifted, Function)
    assert function.id == "arn:aws:lambda:us-east-1:000000000000:function:app-Fn"
    assert function.role == one(lifted, Role).id == "arn:aws:iam::000000000000:role/app-Role"
    assert (function.timeout, function.memory, function.tracing, function.package_type) == (3, 128, "PassThrough", "Zip")
    assert function.policy is None
    assert isinstance(function.code_sha256, Unknown)
    assert one(lifted, Account).account == "000000000000"


def test_identity_with_account_and_region(read: Reader) -> None:
    lifted = read(FUNCTION, account="123456789012", region="eu-west-1", stack="prod")
    assert one(lifted, Function).id == "arn:aws:lambda:eu-west-1:123456789012:function:prod-Fn"
    inventory = lifted.inventory(source="x")
    assert inventory.coverage.accounts == ("123456789012",)


def test_names_that_meet(read: Reader) -> None:
    lifted = read("""\
        Parameters: {Stage: {Type: String, Default: dev}}
        Resources:
          Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${Stage}-jobs", FifoQueue: true}}
          Fn:
            Type: AWS::Lambda::Function
            Properties:
              FunctionName: !Sub "${Stage}-orders"
              Role: !Sub "arn:aws:iam::${AWS::AccountId}:role/elsewhere"
              DeadLetterConfig: {TargetArn: !GetAtt Queue.Arn}
          Mapping:
            Type: AWS::Lambda::EventSourceMapping
            Properties:
              FunctionName: !Ref Fn
              EventSourceArn: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:dev-jobs.fifo"
              Enabled: false
              FilterCriteria: {Filters: [{Pattern: "{}"}]}
        """)
    function, queue, mapping = one(lifted, Function), one(lifted, Queue), one(lifted, EventSourceMapping)
    assert function.name == "dev-orders"
    assert function.dead_letter == queue.id == mapping.source
    assert (mapping.function, mapping.state, mapping.filters, mapping.source_kind) == (function.id, "Disabled", 1, "sqs")
    role = lifted.inventory(source="x").find(Role, str(function.role))
    assert isinstance(role, Unknown), "a role that is not in the template may exist"


def test_permissions_in_every_form(read: Reader) -> None:
    lifted = read(
        FUNCTION
        + """\
      ByArn:
        Type: AWS::Lambda::Permission
        Properties:
          FunctionName: !GetAtt Fn.Arn
          Action: lambda:InvokeFunction
          Principal: "210987654321"
      ByName: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Fn, Action: lambda:InvokeFunction, Principal: "*"}}
      Bound:
        Type: AWS::Lambda::Permission
        Properties:
          FunctionName: !Ref Fn
          Action: lambda:InvokeFunction
          Principal: s3.amazonaws.com
          SourceArn: arn:aws:s3:::bucket
          SourceAccount: "123456789012"
      Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Fn}}
      Alias:
        Type: AWS::Lambda::Alias
        Properties:
          FunctionName: !Ref Fn
          Name: live
          FunctionVersion: !GetAtt Version.Version
          RoutingConfig: {AdditionalVersionWeights: [{FunctionVersion: "7", FunctionWeight: 0.25}]}
      OnAlias:
        Type: AWS::Lambda::Permission
        Properties: {FunctionName: !Ref Alias, Action: lambda:InvokeFunction, Principal: events.amazonaws.com}
      Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref Fn, Qualifier: live, AuthType: AWS_IAM}}
      Async:
        Type: AWS::Lambda::EventInvokeConfig
        Properties: {FunctionName: !Ref Fn, Qualifier: $LATEST, MaximumRetryAttempts: 0}
"""
    )
    function, alias = one(lifted, Function), one(lifted, Alias)
    assert function.policy is not None
    assert not isinstance(function.policy, Unknown)
    assert [s["Principal"] for s in function.policy.document["Statement"]] == [
        {"AWS": "arn:aws:iam::210987654321:root"},
        "*",
        {"Service": "s3.amazonaws.com"},
    ]
    assert function.policy.document["Statement"][2]["Condition"] == {
        "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"},
        "StringEquals": {"AWS:SourceAccount": "123456789012"},
    }
    assert alias.policy is not None
    assert not isinstance(alias.policy, Unknown)
    assert alias.policy.document["Statement"][0]["Resource"] == alias.id
    assert (alias.version, alias.weights) == ("1", (("7", 0.25),))
    assert alias.url is not None
    assert not isinstance(alias.url, Unknown)
    assert alias.url.auth_type == "AWS_IAM"
    assert function.url is None
    assert function.invoke_config is not None
    assert not isinstance(function.invoke_config, Unknown)
    assert function.invoke_config.retries == 0
    assert function.versions == (one(lifted, FunctionVersion).id,) == (f"{function.id}:1",)
    lines = {(f.rule, f.where.subject, f.where.line) for f in findings(lifted) if f.rule == "function-public"}
    assert lines == {("function-public", "Fn", 20)}
    proofs = [e.where.line for f in judge(lifted).findings if f.rule == "function-public" for e in f.evidence]
    assert proofs == [20]


def test_permission_on_a_function_that_is_not_known_is_noted(read: Reader) -> None:
    lifted = read("""\
        Parameters: {Name: {Type: String}}
        Resources:
          P: {Type: AWS::Lambda::Permission, Properties: {FunctionName: !Ref Name, Action: "*", Principal: "*"}}
        """)
    assert any("hangs on a function that is not known" in note and "--param Name=…" in note for note in lifted.notes)


def test_environment_is_judged_and_not_kept(read: Reader) -> None:
    lifted = read("""\
        Parameters:
          Password: {Type: String, NoEcho: true}
          Mode: {Type: String}
        Resources:
          Table: {Type: AWS::DynamoDB::Table}
          Fn:
            Type: AWS::Lambda::Function
            Properties:
              Environment:
                Variables:
                  API_TOKEN: ghp_x9QmT2vLk4RbW8sYd1NfZc6HgJ0pEuAiOt3V
                  TABLE: !Ref Table
                  LIMIT: 25
                  DB_PASSWORD: "{{resolve:secretsmanager:db:SecretString:password}}"
                  OTHER_PASSWORD: !Ref Password
                  MODE: !Ref Mode
        """)
    function = one(lifted, Function)
    assert not isinstance(function.environment, Unknown)
    variables = {variable.name: variable for variable in function.environment}
    assert variables["API_TOKEN"].kind is not None
    assert variables["API_TOKEN"].value is None
    assert (variables["LIMIT"].value, variables["LIMIT"].kind) == ("25", None)
    assert variables["DB_PASSWORD"].kind is None, "a reference is no secret"
    assert variables["OTHER_PASSWORD"].kind == "password", "a hidden parameter ends in the clear"
    assert variables["MODE"].kind is None
    assert "--param Mode=…" in variables["MODE"].reason
    assert "ghp_x9Qm" not in repr(lifted.assets)
    (found,) = [finding for finding in judge(lifted).findings if finding.rule == "environment-secret"]
    assert "OTHER_PASSWORD" in found.evidence[0].text
    assert "characters" not in found.evidence[0].text, "how long it is going to be nobody knows"


def _role(read: Reader, policies: str, **options: Any) -> Any:
    return read(
        f"""\
        Parameters:
          Open: {{Type: String}}
          Prod: {{Type: String, AllowedValues: ["true", "false"]}}
        Conditions: {{IsProd: !Equals [!Ref Prod, "true"]}}
        Resources:
          Role:
            Type: AWS::IAM::Role
            Properties:
              AssumeRolePolicyDocument:
                Statement: [{{Effect: Allow, Principal: {{Service: lambda.amazonaws.com}}, Action: sts:AssumeRole}}]
              {policies}
          Fn: {{Type: AWS::Lambda::Function, Properties: {{Role: !GetAtt Role.Arn}}}}
        """,
        **options,
    )


def _said(lifted: Any, rule: str) -> tuple[int, int]:
    """How often a rule failed and how often it could not be judged."""
    report = judge(lifted)
    return sum(f.rule == rule for f in report.findings), sum(row.rule == rule for row in report.not_assessed)


ADMIN = "{PolicyName: a, PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: '*'}]}}"


@pytest.mark.parametrize(
    ("policies", "administrator"),
    [
        (f"Policies: [{ADMIN}]", (1, 0)),
        ("Policies: []", (0, 0)),
        # One open leaf leaves one statement open, and only that.
        (
            "Policies: [{PolicyName: a, PolicyDocument: {Statement: ["
            "{Effect: Allow, Action: '*', Resource: '*'}, "
            "{Effect: Allow, Action: s3:GetObject, Resource: !Sub 'arn:aws:s3:::${Open}/*'}]}}]",
            (1, 0),
        ),
        (
            "Policies: [{PolicyName: a, PolicyDocument: {Statement: "
            "[{Effect: Allow, Action: s3:GetObject, Resource: !Sub 'arn:aws:s3:::${Open}/*'}]}}]",
            (0, 0),
        ),
        (
            "Policies: [{PolicyName: a, PolicyDocument: {Statement: [{Effect: Allow, Action: !Ref Open, Resource: '*'}]}}]",
            (0, 1),
        ),
        # The same for a document that is written as a text.
        (
            'Policies: [{PolicyName: a, PolicyDocument: !Sub \'{"Statement": ['
            '{"Effect": "Allow", "Action": "*", "Resource": "*"},'
            '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${Open}/*"}]}\'}]',
            (1, 0),
        ),
        (
            'Policies: [{PolicyName: a, PolicyDocument: !Sub \'{"Statement": ['
            '{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${Open}/*"}]}\'}]',
            (0, 0),
        ),
        ("Policies: [{PolicyName: a, PolicyDocument: !Sub '{\"Statement\": ${Open}}'}]", (0, 1)),
        # A condition that nobody decided: in some of the deployments.
        (f"Policies: !If [IsProd, [{ADMIN}], []]", (0, 1)),
        (
            "Policies: [{PolicyName: a, PolicyDocument: {Statement: ["
            "!If [IsProd, {Effect: Allow, Action: '*', Resource: '*'}, !Ref 'AWS::NoValue']]}}]",
            (0, 1),
        ),
        ("ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]", (1, 0)),
        ("ManagedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]", (0, 0)),
        # Either of two policies: neither makes an administrator.
        (
            "ManagedPolicyArns: [!If [IsProd, arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, "
            "arn:aws:iam::aws:policy/AmazonSQSFullAccess]]",
            (0, 0),
        ),
        (
            "ManagedPolicyArns: [!If [IsProd, arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess, "
            "arn:aws:iam::aws:policy/AdministratorAccess]]",
            (0, 1),
        ),
        (f"Policies: [!If [IsProd, {ADMIN}, {ADMIN}]]", (1, 0)),
        (
            "Policies: [{PolicyName: a, PolicyDocument: {Statement: ["
            "!If [IsProd, {Effect: Allow, Action: 's3:*', Resource: '*'}, !Ref 'AWS::NoValue']]}}]",
            (0, 0),
        ),
        ("ManagedPolicyArns: [!Ref Open]", (0, 1)),
        ("ManagedPolicyArns: [!ImportValue shared-policy]", (0, 1)),
    ],
)
def test_what_is_open_in_a_policy_stays_open(read: Reader, policies: str, administrator: tuple[int, int]) -> None:
    assert _said(_role(read, policies), "role-administrator") == administrator


def test_condition_decided_by_a_parameter(read: Reader) -> None:
    policies = f"Policies: !If [IsProd, [{ADMIN}], []]"
    assert _said(_role(read, policies, parameters={"Prod": "true"}), "role-administrator") == (1, 0)
    assert _said(_role(read, policies, parameters={"Prod": "false"}), "role-administrator") == (0, 0)


def test_policies_that_stand_in_resources_of_their_own(read: Reader) -> None:
    lifted = read("""\
        Resources:
          Role: {Type: AWS::IAM::Role, Properties: {RoleName: r, PermissionsBoundary: !Ref Limit, Path: /x/}}
          User: {Type: AWS::IAM::User, Properties: {Groups: [!Ref Group]}}
          Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}
          Group: {Type: AWS::IAM::Group}
          Limit:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument: {Statement: {Effect: Allow, Action: s3:*, Resource: "*"}}
              Users: [!Ref User]
          Inline:
            Type: AWS::IAM::Policy
            Properties:
              PolicyName: inline
              Roles: [!Ref Role]
              Groups: [!Ref Group]
              PolicyDocument: '{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}'
        """)
    role, user, group = one(lifted, Role), one(lifted, User), one(lifted, Group)
    managed = one(lifted, ManagedPolicy)
    assert role.id == "arn:aws:iam::000000000000:role/x/r"
    assert [policy.name for policy in role.policies] == ["inline"]  # type: ignore[union-attr]
    assert role.boundary is not None
    assert not isinstance(role.boundary, Unknown)
    assert (role.boundary.kind, role.boundary.arn) == ("boundary", managed.id)
    assert [policy.arn for policy in user.policies] == [managed.id]  # type: ignore[union-attr]
    assert user.groups == (group.id,)
    assert [key.status for key in user.access_keys] == ["Active"]  # type: ignore[union-attr]
    assert [policy.name for policy in group.policies] == ["inline"]  # type: ignore[union-attr]


def test_stores(read: Reader) -> None:
    lifted = read("""\
        Resources:
          Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true}}
          Alias: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/app, TargetKeyId: !Ref Key}}
          Queue:
            Type: AWS::SQS::Queue
            Properties:
              KmsMasterKeyId: alias/app
              RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: "3"}
          Dead: {Type: AWS::SQS::Queue, Properties: {SqsManagedSseEnabled: false}}
          Topic: {Type: AWS::SNS::Topic, Properties: {KmsMasterKeyId: !GetAtt Key.Arn}}
          Sub: {Type: AWS::SNS::Subscription, Properties: {TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Queue.Arn}}
          Bucket:
            Type: AWS::S3::Bucket
            Properties:
              AccessControl: PublicRead
              OwnershipControls: {Rules: [{ObjectOwnership: ObjectWriter}]}
              PublicAccessBlockConfiguration: {BlockPublicAcls: true}
              VersioningConfiguration: {Status: Enabled}
              BucketEncryption:
                ServerSideEncryptionConfiguration:
                  - ServerSideEncryptionByDefault: {SSEAlgorithm: "aws:kms", KMSMasterKeyID: !Ref Key}
              NotificationConfiguration:
                QueueConfigurations:
                  - Event: s3:ObjectCreated:*
                    Queue: !GetAtt Queue.Arn
                    Filter: {S3Key: {Rules: [{Name: prefix, Value: in/}]}}
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !Ref Key}
              StreamSpecification: {StreamViewType: KEYS_ONLY}
              PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
          Stream: {Type: AWS::Kinesis::Stream, Properties: {StreamEncryption: {EncryptionType: KMS, KeyId: alias/aws/kinesis}}}
          Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: app/db}}
          Rotation:
            Type: AWS::SecretsManager::RotationSchedule
            Properties: {SecretId: !Ref Secret, RotationRules: {ScheduleExpression: rate(45 days)}, RotationLambdaARN: rotate}
          Parameter: {Type: AWS::SSM::Parameter, Properties: {Name: /a/b, Type: String, Value: x}}
          Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: 30}}
          Feed:
            Type: AWS::Logs::SubscriptionFilter
            Properties: {LogGroupName: !Ref Logs, DestinationArn: !GetAtt Stream.Arn, FilterPattern: ""}
          Images:
            Type: AWS::ECR::Repository
            Properties: {ImageTagMutability: IMMUTABLE, ImageScanningConfiguration: {ScanOnPush: true}}
          Bus: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
          BusPolicy:
            Type: AWS::Events::EventBusPolicy
            Properties:
              EventBusName: !Ref Bus
              StatementId: s
              Statement: {Effect: Allow, Principal: "*", Action: events:PutEvents, Resource: !GetAtt Bus.Arn}
          Rule:
            Type: AWS::Events::Rule
            Properties:
              EventBusName: !Ref Bus
              EventPattern: {source: [orders]}
              Targets: [{Id: a, Arn: !GetAtt Queue.Arn}]
        """)
    key, queue = one(lifted, Key), named(lifted, "Queue", Queue)
    assert key.rotation is True
    assert key.aliases == ("app",)
    assert isinstance(queue, Queue)
    assert (queue.encryption, queue.key, queue.max_receive) == ("kms", key.id, 3)
    dead = named(lifted, "Dead", Queue)
    assert isinstance(dead, Queue)
    assert (queue.dead_letter, dead.encryption) == (dead.id, "none")
    topic = one(lifted, Topic)
    assert topic.key == key.id
    assert [s.endpoint for s in topic.subscriptions] == [queue.id]  # type: ignore[union-attr]
    bucket = one(lifted, Bucket)
    assert (bucket.public_access_block, bucket.ownership) == ((True, False, False, False), "ObjectWriter")
    assert (bucket.encryption, bucket.key, bucket.versioning) == ("aws:kms", key.id, "Enabled")
    assert [(n.target, n.prefix) for n in bucket.notifications] == [(queue.id, "in/")]  # type: ignore[union-attr]
    assert [g.permission for g in bucket.acl] == ["READ"]  # type: ignore[union-attr]
    table = one(lifted, Table)
    assert (table.encryption, table.key, table.point_in_time_recovery) == ("kms", key.id, True)
    assert isinstance(table.stream, str)
    assert one(lifted, Stream).key == "arn:aws:kms:us-east-1:000000000000:alias/aws/kinesis"
    secret = one(lifted, Secret)
    assert (secret.rotation, secret.rotation_days) == (True, 45)
    assert secret.rotation_function == "arn:aws:lambda:us-east-1:000000000000:function:rotate"
    assert one(lifted, Parameter).kind == "String"
    group = one(lifted, LogGroup)
    assert group.retention == 30
    assert [f.destination for f in group.filters] == [one(lifted, Stream).id]  # type: ignore[union-attr]
    assert one(lifted, ImageRepository).tag_mutability == "IMMUTABLE"
    rule, bus = one(lifted, EventRule), one(lifted, Bus)
    assert rule.bus == bus.id
    assert rule.id.startswith("arn:aws:events:us-east-1:000000000000:rule/orders/")
    public = {f.rule: f.where.line for f in findings(lifted)}
    assert public["event-bus-public"] == 52


def test_new_bucket_is_closed_unless_told_otherwise(read: Reader) -> None:
    bucket = one(read("Resources: {B: {Type: AWS::S3::Bucket}}\n"), Bucket)
    assert bucket.public_access_block == (True, True, True, True)
    assert bucket.ownership == "BucketOwnerEnforced"


def test_rest_api_of_single_resources(read: Reader) -> None:
    lifted = read(
        FUNCTION
        + """\
      Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: shop, EndpointConfiguration: {Types: [PRIVATE]}}}
      Orders:
        Type: AWS::ApiGateway::Resource
        Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}
      Order: {Type: AWS::ApiGateway::Resource, Properties: {RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: "{id}"}}
      Guard:
        Type: AWS::ApiGateway::Authorizer
        Properties: {RestApiId: !Ref Api, Name: g, Type: COGNITO_USER_POOLS, ProviderARNs: [!GetAtt Pool.Arn], IdentitySource: a}
      Pool: {Type: AWS::Cognito::UserPool}
      Get:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !Ref Order
          HttpMethod: GET
          AuthorizationType: COGNITO_USER_POOLS
          AuthorizerId: !Ref Guard
          Integration:
            Type: AWS_PROXY
            Uri: !Sub arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Fn.Arn}/invocations
      Root:
        Type: AWS::ApiGateway::Method
        Properties: {RestApiId: !Ref Api, ResourceId: !GetAtt Api.RootResourceId, HttpMethod: ANY, Integration: {Type: MOCK}}
      Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
      Stage:
        Type: AWS::ApiGateway::Stage
        Properties:
          RestApiId: !Ref Api
          DeploymentId: !Ref Deployment
          StageName: prod
          TracingEnabled: true
          Variables: {b: x, a: y}
          MethodSettings: [{HttpMethod: "*", ResourcePath: "/*", DataTraceEnabled: true, ThrottlingRateLimit: 10}]
      Wall:
        Type: AWS::WAFv2::WebACLAssociation
        Properties:
          WebACLArn: arn:aws:wafv2:us-east-1:000000000000:regional/webacl/w/1
          ResourceArn: !Sub arn:aws:apigateway:${AWS::Region}::/restapis/${Api}/stages/${Stage}
"""
    )
    api = one(lifted, Api)
    assert (api.name, api.protocol, api.endpoint, api.policy) == ("shop", "REST", "PRIVATE", None)
    routes = {route.name: route for route in lifted.assets if isinstance(route, Route)}
    assert set(routes) == {"GET /orders/{id}", "ANY /"}
    assert routes["GET /orders/{id}"].function == one(lifted, Function).id
    assert routes["GET /orders/{id}"].authorizer == one(lifted, Authorizer).id
    assert routes["ANY /"].authorization == "NONE"
    stage = one(lifted, Stage)
    assert (stage.throttled, stage.data_trace, stage.tracing, stage.variables) == (True, True, True, ("a", "b"))
    assert stage.web_acl.endswith("webacl/w/1")


def test_http_api_of_single_resources(read: Reader) -> None:
    lifted = read(
        FUNCTION
        + """\
      Api:
        Type: AWS::ApiGatewayV2::Api
        Properties: {Name: web, ProtocolType: HTTP, CorsConfiguration: {AllowOrigins: ["*"], AllowCredentials: false}}
      Jwt:
        Type: AWS::ApiGatewayV2::Authorizer
        Properties:
          ApiId: !Ref Api
          Name: j
          AuthorizerType: JWT
          IdentitySource: [$request.header.Authorization]
          JwtConfiguration: {Issuer: https://issuer, Audience: [me]}
      Call:
        Type: AWS::ApiGatewayV2::Integration
        Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Fn.Arn}
      Get:
        Type: AWS::ApiGatewayV2::Route
        Properties:
          ApiId: !Ref Api
          RouteKey: GET /x
          Target: !Sub integrations/${Call}
          AuthorizationType: JWT
          AuthorizerId: !Ref Jwt
          AuthorizationScopes: [read]
      Stage:
        Type: AWS::ApiGatewayV2::Stage
        Properties:
          ApiId: !Ref Api
          StageName: $default
          DefaultRouteSettings: {ThrottlingRateLimit: 5}
          AccessLogSettings: {DestinationArn: !GetAtt Logs.Arn}
      Logs: {Type: AWS::Logs::LogGroup}
"""
    )
    route, authorizer, stage = one(lifted, Route), one(lifted, Authorizer), one(lifted, Stage)
    assert (route.method, route.path, route.function) == ("GET", "/x", one(lifted, Function).id)
    assert (route.authorization, route.authorizer, route.scopes) == ("JWT", authorizer.id, ("read",))
    assert (authorizer.issuer, authorizer.audience) == ("https://issuer", ("me",))
    assert (stage.name, stage.throttled) == ("$default", True)
    assert stage.access_log == f"{one(lifted, LogGroup).id}:*"


def test_network(read: Reader) -> None:
    lifted = read("""\
        Resources:
          Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
          Gateway: {Type: AWS::EC2::InternetGateway}
          Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24}}
          Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
          Out:
            Type: AWS::EC2::Route
            Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}
          Link: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}}
          Nat: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref Subnet}}
          Group:
            Type: AWS::EC2::SecurityGroup
            Properties:
              VpcId: !Ref Vpc
              GroupDescription: x
              SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}]
          More:
            Type: AWS::EC2::SecurityGroupIngress
            Properties: {GroupId: !Ref Group, IpProtocol: "-1", SourceSecurityGroupId: !Ref Group}
          Endpoint:
            Type: AWS::EC2::VPCEndpoint
            Properties: {VpcId: !Ref Vpc, ServiceName: !Sub "com.amazonaws.${AWS::Region}.s3", RouteTableIds: [!Ref Table]}
          Fn:
            Type: AWS::Lambda::Function
            Properties: {VpcConfig: {SubnetIds: [!Ref Subnet], SecurityGroupIds: [!GetAtt Group.GroupId]}}
        """)
    subnet, table, group = one(lifted, Subnet), one(lifted, RouteTable), one(lifted, SecurityGroup)
    assert table.subnets == (subnet.name,)
    assert [route.target[:4] for route in table.routes] == ["igw-"]
    assert [(rule.direction, rule.peers) for rule in group.rules] == [
        ("ingress", ("0.0.0.0/0",)),
        ("ingress", (group.name,)),
        ("egress", ("0.0.0.0/0",)),
    ]
    assert one(lifted, NatGateway).vpc == subnet.vpc
    assert one(lifted, VpcEndpoint).service == "com.amazonaws.us-east-1.s3"
    function = one(lifted, Function)
    assert function.vpc is not None
    assert not isinstance(function.vpc, Unknown)
    assert (function.vpc.vpc, function.vpc.subnets, function.vpc.security_groups) == (subnet.vpc, (subnet.name,), (group.name,))
    edges = {edge.source for edge in lifted.inventory(source="x").to(function.id)}
    assert {subnet.id, group.id} <= edges


def test_layers_and_signing(read: Reader) -> None:
    lifted = read("""\
        Resources:
          Layer: {Type: AWS::Lambda::LayerVersion, Properties: {LayerName: tools, Content: {S3Bucket: b, S3Key: k}}}
          Everyone:
            Type: AWS::Lambda::LayerVersionPermission
            Properties:
              {LayerVersionArn: !Ref Layer, Action: lambda:GetLayerVersion, Principal: "*", OrganizationId: o-1234567890}
          Signing:
            Type: AWS::Lambda::CodeSigningConfig
            Properties:
              AllowedPublishers: {SigningProfileVersionArns: [arn:aws:signer:us-east-1:000000000000:/signing-profiles/p/1]}
              CodeSigningPolicies: {UntrustedArtifactOnDeployment: Enforce}
          Fn:
            Type: AWS::Lambda::Function
            Properties:
              Layers: [!Ref Layer, arn:aws:lambda:us-east-1:580247275435:layer:Insights:14]
              CodeSigningConfigArn: !Ref Signing
        """)
    function, layer = one(lifted, Function), named(lifted, "Layer", LayerVersion)
    assert not isinstance(function.layers, Unknown)
    assert function.layers[0].arn == layer.id == "arn:aws:lambda:us-east-1:000000000000:layer:tools:1"
    assert layer.policy is not None
    assert not isinstance(layer.policy, Unknown)
    assert layer.policy.document["Statement"][0]["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
    config = one(lifted, CodeSigningConfig)
    assert (function.code_signing, config.untrusted) == (config.id, "Enforce")


def test_two_resources_of_one_name_are_both_judged(read: Reader) -> None:
    lifted = read("""\
        Parameters: {Prod: {Type: String}}
        Conditions: {P: !Equals [!Ref Prod, x], N: !Not [!Condition P]}
        Resources:
          A: {Type: AWS::Lambda::Function, Condition: P, Properties: {FunctionName: same, Runtime: python3.7}}
          B: {Type: AWS::Lambda::Function, Condition: N, Properties: {FunctionName: same, Runtime: python3.7}}
        """)
    found = [f for f in findings(lifted) if f.rule == "runtime-deprecated"]
    assert {f.where.line for f in found} == {4, 5}
    assert any("a name of its own" in note for note in lifted.notes)


def test_undecided_resource_is_judged_with_a_note(read: Reader) -> None:
    lifted = read("""\
        Parameters: {Prod: {Type: String}}
        Conditions: {P: !Equals [!Ref Prod, x]}
        Resources:
          A: {Type: AWS::Lambda::Function, Condition: P, Properties: {Runtime: python3.7}}
        """)
    assert any(f.rule == "runtime-deprecated" for f in findings(lifted))
    assert any("as if it were created" in note and "--param Prod=…" in note for note in lifted.notes)


def test_unknown_says_what_would_settle_it(read: Reader) -> None:
    lifted = read("""\
        Parameters: {Stage: {Type: String, AllowedValues: [dev, prod]}}
        Conditions: {Prod: !Equals [!Ref Stage, prod]}
        Resources:
          Fn: {Type: AWS::Lambda::Function, Properties: {Runtime: !If [Prod, python3.14, python3.7]}}
        """)
    function = one(lifted, Function)
    assert function.runtime == Unknown("depends on Prod: depends on Stage=dev or Stage=prod: give --param Stage=…")


def test_macro_leaves_everything_unknown_and_nothing_passes(read: Reader) -> None:
    lifted = read("""\
        Transform: [Ours]
        Resources:
          Fn: {Type: AWS::Lambda::Function, Properties: {Runtime: python3.14}}
        """)
    function = one(lifted, Function)
    assert isinstance(function.runtime, Unknown)
    report = judge(lifted)
    assert "runtime-deprecated" in {row.rule for row in report.not_assessed}


def test_id_of_an_access_key_is_not_made_up(read: Reader) -> None:
    lifted = read(
        FUNCTION.replace(
            "          Code:",
            "          Environment: {Variables: {DB_USER_ACCESS_KEY: !Ref Key}}\n          Code:",
        )
        + "      User: {Type: AWS::IAM::User}\n      Key: {Type: AWS::IAM::AccessKey, Properties: {UserName: !Ref User}}\n"
    )
    function = one(lifted, Function)
    assert not isinstance(function.environment, Unknown)
    (variable,) = function.environment
    assert variable.kind is None
    assert variable.unread is not None
    assert len(one(lifted, User).access_keys) == 1  # type: ignore[arg-type]
