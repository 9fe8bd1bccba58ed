"""An account in the fake AWS with at least one asset of every kind, and secrets in every place that people put them."""

import json
from typing import Any

import boto3

ACCOUNT = "123456789012"
FRIEND = "444455556666"
HOME, OTHER = "us-east-1", "eu-west-1"
LAYER_OF_FRIEND = f"arn:aws:lambda:{HOME}:{FRIEND}:layer:tools:3"
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
PASSWORD = "correct-Horse7battery!staple"
DATABASE = f"postgres://app:{PASSWORD}@db.example.internal:5432/orders"
HOOK = "https://hooks.slack.com/services/T0A1B2C3D/B0A1B2C3D/aBcDeFgHiJkLmNoPqRsTuVwX"
SECRETS = (TOKEN, PASSWORD, "aBcDeFgHiJkLmNoPqRsTuVwX", "X-Amz-Signature", "X-Amz-Security-Token", "hunter2-in-a-secret")
"""No part of an inventory may hold one of these."""


def client(service: str, region: str = HOME) -> Any:
    return boto3.client(service, region_name=region)  # type: ignore[call-overload]


def arn(service: str, resource: str, region: str = HOME) -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{resource}"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(principal: Any, action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def deploy() -> None:
    """Create everything."""
    identities()
    keys()
    resources()
    functions()
    images()
    triggers()
    rest_api()
    http_apis()


def identities() -> None:
    iam = client("iam")
    boundary = iam.create_policy(
        PolicyName="limits",
        PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"}),
        Description=f"use {TOKEN}",
    )["Policy"]["Arn"]
    iam.create_role(
        RoleName="worker",
        Path="/app/",
        AssumeRolePolicyDocument=TRUST,
        PermissionsBoundary=boundary,
        Tags=[{"Key": "team", "Value": "orders"}, {"Key": "ci", "Value": TOKEN}],
    )
    iam.attach_role_policy(RoleName="worker", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    custom = iam.create_policy(
        PolicyName="orders", PolicyDocument=policy({"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"})
    )["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="worker", PolicyArn=custom)
    resources = [
        arn("sqs", "orders"), arn("sqs", "dead"), arn("sns", "events"), arn("kinesis", "stream/clicks"),
        "arn:aws:s3:::plain-bucket", "arn:aws:s3:::uploads-bucket/*", arn("secretsmanager", "secret:db-*"),
        arn("dynamodb", "table/orders"),
    ]  # fmt: skip
    inline = policy({"Effect": "Allow", "Action": ["sqs:*", "sns:*", "s3:*", "secretsmanager:*"], "Resource": resources})
    iam.put_role_policy(RoleName="worker", PolicyName="inline", PolicyDocument=inline)
    iam.create_group(GroupName="admins")
    iam.put_group_policy(
        GroupName="admins", PolicyName="all", PolicyDocument=policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    )
    iam.create_user(UserName="ann", Tags=[{"Key": "mail", "Value": "ann@example.com"}])
    iam.add_user_to_group(GroupName="admins", UserName="ann")
    iam.create_access_key(UserName="ann")
    iam.create_account_alias(AccountAlias="acme-prod")


def keys() -> None:
    kms = client("kms")
    data = kms.create_key(Description=f"data, password={PASSWORD}")["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=data)
    kms.create_alias(AliasName="alias/data", TargetKeyId=data)
    kms.create_grant(KeyId=data, GranteePrincipal=f"arn:aws:iam::{FRIEND}:root", Operations=["Decrypt"])
    client("kms").create_alias(AliasName="alias/signing", TargetKeyId=kms.create_key(
        KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"])  # fmt: skip


def key_arn(alias: str) -> str:
    return str(client("kms").describe_key(KeyId=f"alias/{alias}")["KeyMetadata"]["Arn"])


def resources() -> None:
    sqs = client("sqs")
    sqs.create_queue(QueueName="dead")
    sqs.create_queue(
        QueueName="orders",
        tags={"team": "orders"},
        Attributes={
            "KmsMasterKeyId": "alias/data",
            "VisibilityTimeout": "45",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn("sqs", "dead"), "maxReceiveCount": 3}),
            "Policy": policy(allow("*", "sqs:SendMessage", arn("sqs", "orders"))),
        },
    )
    client("sns").create_topic(Name="events", Attributes={"KmsMasterKeyId": "alias/data"})
    buckets()
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key_arn("data")},
        DeletionProtectionEnabled=True,
    )
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.put_resource_policy(
        ResourceArn=arn("dynamodb", "table/orders"),
        Policy=policy(allow({"AWS": f"arn:aws:iam::{FRIEND}:root"}, "dynamodb:GetItem", arn("dynamodb", "table/orders"))),
    )
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="clicks", EncryptionType="KMS", KeyId="alias/data")
    kinesis.put_resource_policy(
        ResourceARN=arn("kinesis", "stream/clicks"),
        Policy=policy(allow({"AWS": FRIEND}, "kinesis:PutRecord", arn("kinesis", "stream/clicks"))),
    )
    secrets = client("secretsmanager")
    made = secrets.create_secret(
        Name="db-login", SecretString="hunter2-in-a-secret", Description=f"token {TOKEN}", KmsKeyId="alias/data",
        Tags=[{"Key": "team", "Value": "orders"}],
    )["ARN"]  # fmt: skip
    secrets.put_resource_policy(SecretId=made, ResourcePolicy=policy(allow({"AWS": FRIEND}, "secretsmanager:GetSecretValue")))
    client("ssm").put_parameter(Name="/orders/db", Type="SecureString", Value=PASSWORD, KeyId="alias/data")
    client("ssm").put_parameter(Name="flat", Type="String", Value=PASSWORD, Description="x")
    ecr = client("ecr")
    ecr.create_repository(repositoryName="team/app", imageTagMutability="IMMUTABLE")
    ecr.set_repository_policy(repositoryName="team/app", policyText=policy(allow({"AWS": FRIEND}, "ecr:BatchGetImage")))


def buckets() -> None:
    s3 = client("s3")
    for name in ("uploads-bucket", "plain-bucket"):
        s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.put_public_access_block(
        Bucket="plain-bucket", PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True}
    )
    s3.put_bucket_policy(Bucket="uploads-bucket", Policy=policy(allow("*", "s3:GetObject", "arn:aws:s3:::uploads-bucket/*")))
    s3.put_bucket_acl(Bucket="uploads-bucket", ACL="public-read")
    s3.put_bucket_encryption(
        Bucket="uploads-bucket",
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn("data")}}]
        },
    )
    client("s3control").put_public_access_block(
        AccountId=ACCOUNT,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False,
        },
    )  # fmt: skip


def vpc() -> dict[str, list[str]]:
    ec2 = client("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="app", Description="app", VpcId=network)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])  # fmt: skip
    table = ec2.create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    ec2.create_vpc_endpoint(
        VpcId=network, ServiceName=f"com.amazonaws.{HOME}.s3", RouteTableIds=[table], VpcEndpointType="Gateway",
        PolicyDocument=policy(allow("*", "s3:*")),
    )  # fmt: skip
    return {"SubnetIds": [subnet], "SecurityGroupIds": [group]}


def functions() -> None:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): pass")
    code = {"ZipFile": buffer.getvalue()}
    role = f"arn:aws:iam::{ACCOUNT}:role/app/worker"
    lam = client("lambda")
    layer = lam.publish_layer_version(
        LayerName="common", Content=code, CompatibleRuntimes=["python3.13"], LicenseInfo="MIT", Description="shared"
    )["LayerVersionArn"]
    lam.add_layer_version_permission(
        LayerName="common", VersionNumber=1, StatementId="share", Action="lambda:GetLayerVersion", Principal="*"
    )
    signing = lam.create_code_signing_config(
        AllowedPublishers={"SigningProfileVersionArns": [arn("signer", "/signing-profiles/team/abc")]},
        CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Enforce"},
    )["CodeSigningConfig"]["CodeSigningConfigArn"]
    lam.create_function(
        FunctionName="orders", Runtime="python3.13", Handler="app.handler", Role=role, Code=code, Timeout=20, MemorySize=256,
        Description=f"Deployed with {TOKEN}", KMSKeyArn=key_arn("data"), Layers=[layer, LAYER_OF_FRIEND],
        Environment={"Variables": {
            "DATABASE_URL": DATABASE, "GITHUB_TOKEN": TOKEN, "SLACK": HOOK, "TABLE": arn("dynamodb", "table/orders"),
            "DEBUG": "true",
        }},
        DeadLetterConfig={"TargetArn": arn("sqs", "dead")}, TracingConfig={"Mode": "Active"}, VpcConfig=vpc(),
        FileSystemConfigs=[{"Arn": arn("elasticfilesystem", "access-point/fsap-1"), "LocalMountPath": "/mnt/data"}],
        EphemeralStorage={"Size": 1024}, Architectures=["arm64"], CodeSigningConfigArn=signing,
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN"},
        Tags={"team": "orders", "deploy": f"password={PASSWORD}"}, Publish=True,
    )  # fmt: skip
    lam.update_function_configuration(FunctionName="orders", Description="second")
    lam.publish_version(FunctionName="orders")
    lam.create_alias(
        FunctionName="orders", Name="live", FunctionVersion="2", Description="what runs",
        RoutingConfig={"AdditionalVersionWeights": {"1": 0.25}},
    )  # fmt: skip
    lam.put_function_concurrency(FunctionName="orders", ReservedConcurrentExecutions=7)
    lam.put_function_recursion_config(FunctionName="orders", RecursiveLoop="Allow")
    lam.put_function_event_invoke_config(
        FunctionName="orders", MaximumRetryAttempts=1, MaximumEventAgeInSeconds=120,
        DestinationConfig={"OnFailure": {"Destination": arn("sqs", "dead")}, "OnSuccess": {"Destination": arn("sns", "events")}},
    )  # fmt: skip
    lam.put_function_event_invoke_config(FunctionName="orders", Qualifier="live", MaximumRetryAttempts=0)
    lam.create_function_url_config(
        FunctionName="orders", Qualifier="live", AuthType="NONE", InvokeMode="RESPONSE_STREAM",
        Cors={"AllowOrigins": ["*"], "AllowMethods": ["GET"], "AllowCredentials": True},
    )  # fmt: skip
    permit = {"Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"}
    lam.add_permission(FunctionName="orders", Qualifier="live", StatementId="url", **permit)
    lam.add_permission(
        FunctionName="orders", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::uploads-bucket",
    )  # fmt: skip
    for statement, service in (("api", "apigateway"), ("sns", "sns"), ("events", "events"), ("logs", "logs")):
        source = {"logs": arn("logs", "log-group:/app/audit:*"), "sns": arn("sns", "events")}.get(service)
        lam.add_permission(
            FunctionName="orders", StatementId=statement, Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com", **({"SourceArn": source} if source else {}),
        )  # fmt: skip
    image = f"{ACCOUNT}.dkr.ecr.{HOME}.amazonaws.com/team/app:prod"
    lam.create_function(
        FunctionName="image", Role=role, PackageType="Image", Code={"ImageUri": image},
        ImageConfig={"EntryPoint": ["/boot", f"--token={TOKEN}"], "Command": ["app.handler"], "WorkingDirectory": "/srv"},
    )  # fmt: skip
    other = client("lambda", OTHER)
    other.create_function(FunctionName="plain", Runtime="nodejs22.x", Handler="index.handler", Role=role, Code=code)


def images() -> None:
    """The image that a function runs, scanned; Inspector looks at functions."""
    lam, ecr = client("lambda"), client("ecr")
    digest = lam.get_function(FunctionName="image")["Code"]["ResolvedImageUri"].partition("@")[2]
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    ecr.put_image(
        repositoryName="team/app", imageManifest=json.dumps({"schemaVersion": 2, "mediaType": kind}), imageTag="prod",
        imageManifestMediaType=kind, imageDigest=digest,
    )  # fmt: skip
    ecr.start_image_scan(repositoryName="team/app", imageId={"imageDigest": digest})
    rule = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "team/*", "filterType": "WILDCARD"}]}
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[rule])
    client("inspector2").enable(accountIds=[ACCOUNT], resourceTypes=["LAMBDA"])


def triggers() -> None:
    lam = client("lambda")
    target = arn("lambda", "function:orders")
    lam.create_event_source_mapping(
        EventSourceArn=arn("sqs", "orders"), FunctionName=f"{target}:live", BatchSize=5,
        FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 4},
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"body": {"token": [TOKEN]}})}]},
    )  # fmt: skip
    stream = client("dynamodb").describe_table(TableName="orders")["Table"]["LatestStreamArn"]
    lam.create_event_source_mapping(
        EventSourceArn=stream, FunctionName="orders", StartingPosition="LATEST", MaximumRetryAttempts=2,
        DestinationConfig={"OnFailure": {"Destination": arn("sqs", "dead")}},
    )  # fmt: skip
    lam.create_event_source_mapping(
        EventSourceArn=arn("kinesis", "stream/clicks"), FunctionName="orders", StartingPosition="LATEST"
    )
    lam.create_event_source_mapping(
        FunctionName="orders", Topics=["clicks"], StartingPosition="LATEST",
        SelfManagedEventSource={"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka.example.com:9092"]}},
    )  # fmt: skip
    sns = client("sns")
    sns.subscribe(TopicArn=arn("sns", "events"), Protocol="lambda", Endpoint=target)
    sns.subscribe(TopicArn=arn("sns", "events"), Protocol="https", Endpoint=f"https://u:{PASSWORD}@hook.example.com/in")
    notification: dict[str, Any] = {
        "LambdaFunctionArn": target, "Events": ["s3:ObjectCreated:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".csv"}]}},
    }  # fmt: skip
    client("s3").put_bucket_notification_configuration(
        Bucket="uploads-bucket", NotificationConfiguration={"LambdaFunctionConfigurations": [notification]}
    )
    events = client("events")
    bus = events.create_event_bus(Name="shop")["EventBusArn"]
    events.put_permission(EventBusName="shop", Action="events:PutEvents", Principal="*", StatementId="all")
    events.put_rule(Name="paid", EventBusName="shop", EventPattern=json.dumps({"source": ["shop"], "detail": {"token": [TOKEN]}}))
    events.put_targets(Rule="paid", EventBusName="shop", Targets=[
        {"Id": "orders", "Arn": target, "DeadLetterConfig": {"Arn": arn("sqs", "dead")}, "Input": f'"{TOKEN}"'}])  # fmt: skip
    events.put_rule(Name="nightly", ScheduleExpression="rate(1 day)", State="DISABLED")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": target}])
    assert bus
    trust = TRUST.replace("lambda.amazonaws.com", "scheduler.amazonaws.com")
    caller = client("iam").create_role(RoleName="nightly", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    call = policy({"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "*"})
    client("iam").put_role_policy(RoleName="nightly", PolicyName="call", PolicyDocument=call)
    client("scheduler").create_schedule(
        Name="sweep", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": caller, "Input": f'"{TOKEN}"'},
    )  # fmt: skip
    logs = client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/orders", kmsKeyId=key_arn("data"))
    logs.put_retention_policy(logGroupName="/aws/lambda/orders", retentionInDays=90)
    logs.create_log_group(logGroupName="/app/audit")
    logs.put_subscription_filter(logGroupName="/app/audit", filterName="f", filterPattern="", destinationArn=target)


def uri(function: str, region: str = HOME) -> str:
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"


def rest_api() -> None:
    gateway = client("apigateway")
    document = policy(allow("*", "execute-api:Invoke", "execute-api:/*"))
    api = gateway.create_rest_api(
        name="shop", policy=document, endpointConfiguration={"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]},
        tags={"team": "shop"}, description="The shop",
    )["id"]  # fmt: skip
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    target = arn("lambda", "function:orders")
    token = gateway.create_authorizer(
        restApiId=api, name="tokens", type="TOKEN", authorizerUri=uri(f"{target}:live"),
        identitySource="method.request.header.Authorization", authorizerResultTtlInSeconds=60,
    )["id"]  # fmt: skip
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
    for verb, address, more in (
        ("GET", uri(f"{target}:live"), {"authorizationType": "NONE", "apiKeyRequired": True}),
        ("POST", uri(target), {"authorizationType": "CUSTOM", "authorizerId": token}),
        ("PUT", uri(target + ":${stageVariables.alias}"), {"authorizationType": "AWS_IAM"}),
        ("DELETE", uri(arn("lambda", "function:${stageVariables.fn}")), {"authorizationType": "AWS_IAM"}),
        ("PATCH", f"https://back:{PASSWORD}@backend.example.com/x", {"authorizationType": "AWS_IAM"}),
    ):
        gateway.put_method(restApiId=api, resourceId=resource, httpMethod=verb, **more)
        kind = "HTTP_PROXY" if address.startswith("https") else "AWS_PROXY"
        gateway.put_integration(
            restApiId=api, resourceId=resource, httpMethod=verb, type=kind, integrationHttpMethod="POST", uri=address
        )
    gateway.put_method(restApiId=api, resourceId=resource, httpMethod="OPTIONS", authorizationType="NONE")
    gateway.put_integration(restApiId=api, resourceId=resource, httpMethod="OPTIONS", type="MOCK")
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(
        restApiId=api, stageName="prod", deploymentId=deployment, tracingEnabled=True,
        variables={"alias": "live", "key": PASSWORD}, cacheClusterEnabled=True, cacheClusterSize="0.5",
    )  # fmt: skip
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[
        {"op": "replace", "path": f"/*/*/{name}", "value": value}
        for name, value in (("logging/loglevel", "INFO"), ("logging/dataTrace", "true"), ("throttling/rateLimit", "50"),
                            ("caching/enabled", "true"), ("caching/dataEncrypted", "true"))])  # fmt: skip


def http_apis() -> None:
    gateway = client("apigatewayv2")
    target = arn("lambda", "function:orders")
    api = gateway.create_api(
        Name="app", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"], "AllowMethods": ["GET"]}, Description="d"
    )["ApiId"]
    plain = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=f"{target}:live", PayloadFormatVersion="2.0"
    )["IntegrationId"]
    jwt = gateway.create_authorizer(
        ApiId=api, Name="users", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Audience": ["app"], "Issuer": "https://issuer.example.com"},
    )["AuthorizerId"]  # fmt: skip
    gateway.create_authorizer(
        ApiId=api, Name="lambdas", AuthorizerType="REQUEST", IdentitySource=["$request.header.Key"],
        AuthorizerUri=uri(target), EnableSimpleResponses=True, AuthorizerPayloadFormatVersion="2.0",
        AuthorizerResultTtlInSeconds=300,
    )  # fmt: skip
    gateway.create_route(ApiId=api, RouteKey="GET /items", Target=f"integrations/{plain}")
    gateway.create_route(
        ApiId=api, RouteKey="POST /items", Target=f"integrations/{plain}", AuthorizationType="JWT", AuthorizerId=jwt,
        AuthorizationScopes=["write"],
    )  # fmt: skip
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, DefaultRouteSettings={"ThrottlingRateLimit": 10.0})
    chat = gateway.create_api(Name="chat", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")["ApiId"]
    made = gateway.create_integration(ApiId=chat, IntegrationType="AWS_PROXY", IntegrationUri=uri(target))["IntegrationId"]
    gateway.create_route(ApiId=chat, RouteKey="$connect", Target=f"integrations/{made}")
