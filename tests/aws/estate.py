"""An account in the fake AWS that gives the collector every reason to ask that the call table knows."""

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3

from tests.support.fakeaws import FakeAws
from tests.support.proxy import Proxy

ACCOUNT = "123456789012"
HOME = "us-east-1"
OTHER = "eu-west-1"
QUIET = "eu-west-2"
"""A region with a few functions and nothing around them."""
FOREIGN_LAYER = f"arn:aws:lambda:{HOME}:580247275435:layer:LambdaInsightsExtension:14"


def client(service: str, region: str = HOME) -> Any:
    """A client of the fake AWS."""
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


@contextlib.contextmanager
def small_pages(proxy: Proxy, size: int) -> Iterator[None]:
    """Let every list of the fake AWS answer in pages of that size."""
    assert isinstance(proxy.backend, FakeAws)
    proxy.backend.page_size, proxy.replay = size, False
    try:
        yield
    finally:
        proxy.backend.page_size, proxy.replay = None, True


def function_arn(name: str, region: str = HOME) -> str:
    """The unqualified ARN of a function of the estate."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"


@cache
def code() -> bytes:
    """A package with a handler that does nothing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    return buffer.getvalue()


def trust(*services: str) -> str:
    """A trust policy for services."""
    principals = [f"{service}.amazonaws.com" for service in services]
    return policy({"Effect": "Allow", "Principal": {"Service": principals}, "Action": "sts:AssumeRole"})


def policy(*statements: dict[str, Any]) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def role(name: str, *services: str, allow: tuple[str, ...] = (), on: tuple[str, ...] = ("*",), **more: Any) -> str:
    """A role with one inline policy; gives its ARN."""
    iam = client("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(*services), **more)["Role"]["Arn"]
    if allow:
        document = policy({"Effect": "Allow", "Action": list(allow), "Resource": list(on)})
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document)
    return str(arn)


def function(name: str, role_arn: str, region: str = HOME, **settings: Any) -> str:
    """A function; gives its unqualified ARN."""
    if "Code" not in settings:
        settings = {"Code": {"ZipFile": code()}, "Runtime": "python3.12", "Handler": "app.handler"} | settings
    client("lambda", region).create_function(FunctionName=name, Role=role_arn, **settings)
    return function_arn(name, region)


def permit(name: str, service: str, source: str = "", region: str = HOME, **more: Any) -> None:
    """A statement in the function's policy that lets a service call."""
    number = abs(hash((service, source, more.get("Qualifier"))))
    extra = {"SourceArn": source} | more if source else more
    client("lambda", region).add_permission(
        FunctionName=name,
        StatementId=f"s{number}",
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        **extra,
    )


def full() -> None:
    """Everything at once."""
    _identities()
    resources = _resources()
    _functions(resources)
    _triggers()


def _identities() -> None:
    iam = client("iam")
    managed = policy({"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    arn = iam.create_policy(PolicyName="logging", PolicyDocument=managed)["Policy"]["Arn"]
    limit = iam.create_policy(PolicyName="limit", PolicyDocument=managed)["Policy"]["Arn"]
    role("worker", "lambda", PermissionsBoundary=limit)
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    invoke = ("lambda:InvokeFunction",)
    for service in ("pipes", "scheduler", "states", "appsync", "apigateway"):
        role(f"{service}-calls", service, allow=invoke)


def _resources() -> dict[str, str]:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    queue = f"arn:aws:sqs:{HOME}:{ACCOUNT}:jobs"
    client("sqs").create_queue(QueueName="jobs", Attributes={"KmsMasterKeyId": key})
    topic = client("sns").create_topic(Name="news")["TopicArn"]
    s3 = client("s3")
    s3.create_bucket(Bucket="uploads-of-ours")
    s3.create_bucket(Bucket="named-in-env", ObjectOwnership="BucketOwnerEnforced")
    where = {"LocationConstraint": OTHER}
    client("s3", OTHER).create_bucket(Bucket="far-away", CreateBucketConfiguration=where)
    table = client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    secret = client("secretsmanager").create_secret(Name="db", SecretString="not read by anyone")["ARN"]
    client("secretsmanager").create_secret(Name="of-other-programs", SecretString="not read by anyone either")
    client("logs").create_log_group(logGroupName="/aws/lambda/main")
    client("ecr").create_repository(repositoryName="images")
    names = {
        "key": key,
        "queue": queue,
        "topic": topic,
        "table": table["TableArn"],
        "stream": table["LatestStreamArn"],
        "clicks": f"arn:aws:kinesis:{HOME}:{ACCOUNT}:stream/clicks",
        "secret": secret,
    }
    on = (names["table"], "arn:aws:s3:::far-away/*", secret[:-6] + "??????")
    document = policy({"Effect": "Allow", "Action": ["sqs:SendMessage", "s3:*", "dynamodb:*"], "Resource": list(on)})
    client("iam").put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=document)
    return names


def _functions(names: dict[str, str]) -> None:
    worker = f"arn:aws:iam::{ACCOUNT}:role/worker"
    ec2, functions = client("ec2"), client("lambda")
    subnet = ec2.describe_subnets()["Subnets"][0]
    group = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [subnet["VpcId"]]}])["SecurityGroups"][0]
    layer = functions.publish_layer_version(LayerName="common", Content={"ZipFile": code()})["LayerVersionArn"]
    signing = functions.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [f"arn:aws:signer:{HOME}:{ACCOUNT}:/signing-profiles/p/1"]}
    )["CodeSigningConfig"]["CodeSigningConfigArn"]
    function(
        "main",
        worker,
        VpcConfig={"SubnetIds": [subnet["SubnetId"]], "SecurityGroupIds": [group["GroupId"]]},
        Layers=[layer, FOREIGN_LAYER],
        Environment={"Variables": {"BUCKET": "named-in-env", "TOPIC": names["topic"], "TOKEN": "hush"}},
        DeadLetterConfig={"TargetArn": names["queue"]},
        CodeSigningConfigArn=signing,
        Tags={"team": "red"},
        LoggingConfig={"LogGroup": "/other/group"},
    )
    functions.publish_version(FunctionName="main")
    functions.create_alias(FunctionName="main", Name="live", FunctionVersion="1")
    image = f"{ACCOUNT}.dkr.ecr.{HOME}.amazonaws.com/images:v1"
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind})
    client("ecr").put_image(repositoryName="images", imageManifest=manifest, imageManifestMediaType=kind, imageTag="v1")
    function("boxed", worker, PackageType="Image", Code={"ImageUri": image})
    digest = functions.get_function(FunctionName="boxed")["Code"]["ResolvedImageUri"].partition("@")[2]
    again = json.dumps({"schemaVersion": 2, "mediaType": kind, "layers": []})
    client("ecr").put_image(
        repositoryName="images", imageManifest=again, imageManifestMediaType=kind, imageTag="run", imageDigest=digest
    )
    client("ecr").start_image_scan(repositoryName="images", imageId={"imageDigest": digest})
    client("inspector2").enable(accountIds=[ACCOUNT], resourceTypes=["LAMBDA"])
    function("far", worker, OTHER)
    plain = role("plain", "lambda", allow=("dynamodb:GetItem",))
    for name, tags in (("api-v1", {"team": "red"}), ("api-v2", {}), ("batch", {"team": "red", "cost": "1"})):
        function(name, plain, QUIET, Tags=tags)
    for memory in (256, 512):
        client("lambda", QUIET).update_function_configuration(FunctionName="api-v2", MemorySize=memory)
        client("lambda", QUIET).publish_version(FunctionName="api-v2")
    for source in (names["queue"], names["stream"], names["clicks"]):
        start = {} if source == names["queue"] else {"StartingPosition": "LATEST"}
        functions.create_event_source_mapping(FunctionName="main", EventSourceArn=source, **start)
    functions.create_function_url_config(FunctionName="main", AuthType="NONE")
    functions.add_permission(
        FunctionName="main",
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )


def _triggers() -> None:
    arn = function_arn("main")
    permit("main", "s3", "arn:aws:s3:::uploads-of-ours", SourceAccount=ACCOUNT)
    permit("main", "sns", f"arn:aws:sns:{HOME}:{ACCOUNT}:news")
    permit("main", "logs", f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:/aws/lambda/main:*")
    events = client("events")
    rule = events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)")["RuleArn"]
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": arn}])
    permit("main", "events", rule)
    _apis(arn)
    pool = client("cognito-idp").create_user_pool(PoolName="people", LambdaConfig={"PreSignUp": arn})["UserPool"]["Arn"]
    permit("main", "cognito-idp", pool)
    permit("boxed", "cognito-idp", f"arn:aws:cognito-idp:{HOME}:{ACCOUNT}:userpool/*")
    group = client("elbv2").create_target_group(Name="behind", TargetType="lambda")["TargetGroups"][0]["TargetGroupArn"]
    permit("main", "elasticloadbalancing", group)
    action = {"lambda": {"functionArn": arn}}
    client("iot").create_topic_rule(ruleName="sensor", topicRulePayload={"sql": "select *", "actions": [action]})
    permit("main", "iot", f"arn:aws:iot:{HOME}:{ACCOUNT}:rule/sensor")
    permit("boxed", "iot")
    permit("main", "config", SourceAccount=ACCOUNT)
    permit("main", "ses", SourceAccount=ACCOUNT)
    machine = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Task", "Resource": arn, "End": True}}})
    calls = f"arn:aws:iam::{ACCOUNT}:role/states-calls"
    client("stepfunctions").create_state_machine(name="flow", definition=machine, roleArn=calls)
    client("appsync").create_graphql_api(name="graph", authenticationType="API_KEY")


def _apis(arn: str) -> None:
    rest, http = client("apigateway"), client("apigatewayv2")
    api = rest.create_rest_api(name="rest")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    uri = f"arn:aws:apigateway:{HOME}:lambda:path/2015-03-31/functions/{arn}/invocations"
    authorizer = rest.create_authorizer(restApiId=api, name="a", type="TOKEN", authorizerUri=uri, identitySource="x")["id"]
    method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**method, authorizationType="CUSTOM", authorizerId=authorizer)
    rest.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    permit("main", "apigateway", f"arn:aws:execute-api:{HOME}:{ACCOUNT}:{api}/*/GET/")
    web = http.create_api(Name="http", ProtocolType="HTTP")["ApiId"]
    guard = http.create_authorizer(
        ApiId=web,
        AuthorizerType="REQUEST",
        AuthorizerPayloadFormatVersion="2.0",
        Name="g",
        AuthorizerUri=uri,
        IdentitySource=["$request.header.x"],
    )["AuthorizerId"]
    http.create_route(ApiId=web, RouteKey="GET /", AuthorizationType="CUSTOM", AuthorizerId=guard)
    permit("main", "apigateway", f"arn:aws:execute-api:{HOME}:{ACCOUNT}:{web}/*/*/")
