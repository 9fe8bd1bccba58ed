"""The application of this folder, built in an account by the calls of the SDK."""

import json
from typing import Any

import boto3

from tests.support.estate_plan import package
from tests.support.lambda_state import LabState
from tests.support.wire import ACCOUNT

REGION = "us-east-1"
STRANGER = "210987654321"
HELPERS = f"arn:aws:lambda:{REGION}:{STRANGER}:layer:helpers:3"
MOUNT = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:access-point/fsap-0123456789abcdef0"
KAFKA = f"arn:aws:kafka:{REGION}:{STRANGER}:cluster/orders/0a1b2c3d-0000-1111-2222-333344445555-6"
BASIC = "AWSLambdaBasicExecutionRole"
Json = dict[str, Any]


def allow(actions: Any, resources: Any = None, principal: Any = None, **more: Any) -> Json:
    """A statement that allows something."""
    stated = {"Effect": "Allow", "Action": actions, "Resource": resources, "Principal": principal, **more}
    return {name: value for name, value in stated.items() if value is not None}


def policy(*statements: Json) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Application:
    """Builds the application; the clients go where the environment points to."""

    def __init__(self, state: LabState) -> None:
        raw = package("python3.13", 0)
        digest = state.keep(raw)
        state.foreign_layers[HELPERS] = {"CodeSize": len(raw), "Package": digest, "Sha256": digest}
        self.raw = raw
        self.aws = {
            name: boto3.client(name, region_name=REGION)
            for name in (
                "iam", "lambda", "sqs", "sns", "s3", "dynamodb", "kinesis", "events", "logs", "kms", "ec2", "ecr",
                "secretsmanager", "ssm", "apigateway", "apigatewayv2", "inspector2",
            )
        }  # fmt: skip
        self.arns: dict[str, str] = {}
        self.statements = 0

    def build(self) -> None:
        """All of it."""
        self.network()
        self.stores()
        self.functions()
        self.triggers()
        self.rest_api()
        self.http_api()
        self.other_apis()

    def network(self) -> None:
        """A VPC with a subnet and a security group."""
        ec2 = self.aws["ec2"]
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(VpcId=vpc, GroupName="functions", Description="functions")["GroupId"]
        self.vpc = {"SubnetIds": [subnet], "SecurityGroupIds": [group]}

    def stores(self) -> None:
        """Queues, topics, buses, streams, tables, keys, secrets, repositories."""
        sqs, sns, events = self.aws["sqs"], self.aws["sns"], self.aws["events"]
        jobs, partner = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}" for name in ("jobs", "partner"))
        open_ = {"VisibilityTimeout": "5", "SqsManagedSseEnabled": "false", "Policy": policy(allow("sqs:*", jobs, "*"))}
        sqs.create_queue(QueueName="jobs", Attributes=open_)
        lets = policy(
            allow("sqs:SendMessage", partner, {"AWS": f"arn:aws:iam::{STRANGER}:root"}),
            allow("sqs:SendMessage", partner, {"Service": "sns.amazonaws.com"}),
        )
        sqs.create_queue(QueueName="partner", Attributes={"SqsManagedSseEnabled": "true", "Policy": lets})
        self.arns["news"] = news = sns.create_topic(Name="news")["TopicArn"]
        feeds = policy(allow(["sns:Publish", "sns:Subscribe"], news, {"AWS": "*"}))
        sns.set_topic_attributes(TopicArn=news, AttributeName="Policy", AttributeValue=feeds)
        sns.subscribe(TopicArn=news, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{STRANGER}:copies")
        sns.subscribe(TopicArn=news, Protocol="http", Endpoint="http://hooks.example.com/news")
        bus = events.create_event_bus(Name="shop")["EventBusArn"]
        events.put_permission(EventBusName="shop", Policy=policy(allow("events:PutEvents", bus, "*", Sid="everyone")))
        self.aws["kinesis"].create_stream(StreamName="clicks", ShardCount=1)
        clicks = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks"
        puts = policy(allow(["kinesis:PutRecord", "kinesis:PutRecords"], clicks, "*"))
        self.aws["kinesis"].put_resource_policy(ResourceARN=clicks, Policy=puts)
        self.arns["carts"] = self.table()
        self.secrets()

    def table(self) -> str:
        """The table; gives the ARN of its stream."""
        dynamodb = self.aws["dynamodb"]
        made = dynamodb.create_table(
            TableName="carts",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )["TableDescription"]
        dynamodb.put_resource_policy(
            ResourceArn=made["TableArn"], Policy=policy(allow("dynamodb:GetItem", made["TableArn"], "*"))
        )
        return str(made["LatestStreamArn"])

    def secrets(self) -> None:
        """A key, a secret and a parameter; a repository; the layer and who may sign."""
        owner = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        uses = policy(allow("kms:*", "*", owner), allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", "*"))
        key = self.aws["kms"].create_key(Policy=uses)["KeyMetadata"]["KeyId"]
        self.aws["kms"].create_alias(AliasName="alias/open", TargetKeyId=key)
        self.arns["key"] = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"
        secret = self.aws["secretsmanager"].create_secret(Name="database", SecretString="made-up")["ARN"]
        self.arns["database"] = secret
        self.aws["secretsmanager"].put_resource_policy(
            SecretId=secret, ResourcePolicy=policy(allow("secretsmanager:GetSecretValue", "*", "*"))
        )
        self.aws["ssm"].put_parameter(Name="/shop/database-password", Value="changeme", Type="String")
        self.aws["ecr"].create_repository(repositoryName="renderer")
        pulls = policy(allow(["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], None, "*"))
        self.aws["ecr"].set_repository_policy(repositoryName="renderer", policyText=pulls)
        layer = self.aws["lambda"].publish_layer_version(LayerName="common", Content={"ZipFile": self.raw})
        self.arns["common"] = layer["LayerVersionArn"]
        self.aws["lambda"].add_layer_version_permission(
            LayerName="common", VersionNumber=1, StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
        )
        signers = [f"arn:aws:signer:{REGION}:{STRANGER}:/signing-profiles/partner/abcdef0123"]
        signing = self.aws["lambda"].create_code_signing_config(
            AllowedPublishers={"SigningProfileVersionArns": signers},
            CodeSigningPolicies={"UntrustedArtifactOnDeployment": "Warn"},
        )
        self.arns["signing"] = signing["CodeSigningConfig"]["CodeSigningConfigArn"]

    def role(self, name: str, *statements: Json, managed: tuple[str, ...] = (BASIC,), trust: tuple[Json, ...] = ()) -> str:
        """An execution role."""
        iam = self.aws["iam"]
        trusted = trust or (allow("sts:AssumeRole", None, {"Service": "lambda.amazonaws.com"}),)
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(*trusted))["Role"]["Arn"])
        for one in managed:
            path = "" if "FullAccess" in one else "service-role/"
            iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{path}{one}")
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy(*statements))
        return arn

    def push(self, name: str) -> str:
        """Puts the image into the registry that a function runs, and has it scanned; gives its digest."""
        code = self.aws["lambda"].get_function(FunctionName=name)["Code"]
        repository, _, digest = code["ResolvedImageUri"].rpartition("/")[2].partition("@")
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        self.aws["ecr"].put_image(
            repositoryName=repository, imageManifest=json.dumps({"schemaVersion": 2, "mediaType": kind}), imageDigest=digest,
            imageManifestMediaType=kind, imageTag=code["ImageUri"].rpartition(":")[2],
        )  # fmt: skip
        self.aws["ecr"].start_image_scan(repositoryName=repository, imageId={"imageDigest": digest})
        self.aws["inspector2"].enable(accountIds=[ACCOUNT], resourceTypes=["LAMBDA", "LAMBDA_CODE"])
        return str(digest)

    def function(self, name: str, role: str, *, image: str = "", retention: int | None = 30, **settings: Any) -> None:
        """A function and its log group."""
        if image:
            code = {"PackageType": "Image", "Code": {"ImageUri": image}}
        else:
            runtime = settings.pop("Runtime", "python3.13")
            code = {"Runtime": runtime, "Handler": "app.handler", "Code": {"ZipFile": self.raw}}
        made = self.aws["lambda"].create_function(FunctionName=name, Role=role, Timeout=10, **code, **settings)
        self.arns[name] = made["FunctionArn"]
        self.aws["logs"].create_log_group(logGroupName=f"/aws/lambda/{name}")
        if retention:
            self.aws["logs"].put_retention_policy(logGroupName=f"/aws/lambda/{name}", retentionInDays=retention)

    def functions(self) -> None:
        """Functions with roles of their own, and two that share one."""
        table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/carts"
        archive, uploads = "arn:aws:s3:::shop-archive-123456789012/*", "arn:aws:s3:::shop-uploads-123456789012/*"
        own_log = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/looper:*"
        items = ["dynamodb:GetItem", "dynamodb:PutItem"]
        in_vpc, queue = "AWSLambdaVPCAccessExecutionRole", "AWSLambdaSQSQueueExecutionRole"
        mounts: Json = {"VpcConfig": self.vpc, "FileSystemConfigs": [{"Arn": MOUNT, "LocalMountPath": "/mnt/data"}]}
        role = self.role
        self.function("orders", role("orders-role", allow("*", "*"), managed=(in_vpc,)), VpcConfig=self.vpc)
        self.function("reports", role("reports-role", allow("s3:*", "*")), Runtime="python3.7")
        stores = (allow(items, table), allow(["s3:GetObject", "s3:PutObject"], archive))
        self.function("monolith", role("monolith-role", *stores))
        stripe = {"STRIPE_KEY": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}
        self.function("jobs", role("jobs-role", managed=(queue,)), Runtime="nodejs22.x", Environment={"Variables": stripe})
        keys = {
            "UPLOADER_AWS_ACCESS_KEY_ID": "AKIAQ3EGRIRZWJ7TQ2LN",
            "UPLOADER_AWS_SECRET_ACCESS_KEY": "4lXr8bT0sNfQpVd2YhKzJ6mGcE1wUoA9iRtS5xDq",
            "AWS_ENDPOINT_URL": "https://aws.proxy.example.net",
            "LD_PRELOAD": "/opt/hook.so",
            "FLASK_DEBUG": "1",
        }
        reads = allow("secretsmanager:GetSecretValue", "*")
        self.function("keys", role("keys-role", reads), Environment={"Variables": keys})
        self.function("invoker", role("invoker-role", allow("lambda:InvokeFunction", "*")))
        key = f"arn:aws:kms:{REGION}:{STRANGER}:key/11111111-2222-3333-4444-555555555555"
        climbs = role("climber-role", allow("iam:PutRolePolicy", "*"))
        self.function("climber", climbs, KMSKeyArn=key, Environment={"Variables": {"DATABASE": self.arns["database"]}})
        doors = (
            allow("sts:AssumeRole", None, {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}),
            allow("sts:AssumeRole", None, {"AWS": f"arn:aws:iam::{STRANGER}:root"}),
        )
        shared = role("shared-role", managed=(BASIC, "AmazonDynamoDBFullAccess"), trust=doors)
        payment = {"Variables": {"PAYMENT_KEY": "sk_live_9vQe3LxTzB7RkWm2HsYdPn8c"}}
        self.function("first", shared, Environment=payment, KMSKeyArn=self.arns["key"])
        self.function("second", shared, Environment=payment)
        self.function("uploads", role("uploads-role", allow("s3:PutObject", uploads)))
        self.function("audit", role("audit-role"))
        self.function(
            "clicker", role("clicker-role", managed=("AWSLambdaKinesisExecutionRole",)), Layers=[self.arns["common"], HELPERS]
        )
        debug = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}
        self.function("notify", role("notify-role", managed=(in_vpc,)), LoggingConfig=debug, **mounts)
        fatal = {"LogFormat": "JSON", "ApplicationLogLevel": "FATAL"}
        self.function("quiet", role("quiet-role", managed=()), LoggingConfig=fatal)
        self.function("looper", role("looper-role", allow("logs:*", own_log), managed=()), retention=None)
        partner = f"arn:aws:sqs:{REGION}:{ACCOUNT}:partner"
        released = role("released-role", allow("sqs:SendMessage", partner))
        self.function("released", released, DeadLetterConfig={"TargetArn": partner}, CodeSigningConfigArn=self.arns["signing"])
        renders, strangers = (f"{account}.dkr.ecr.{REGION}.amazonaws.com" for account in (ACCOUNT, STRANGER))
        digest = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
        self.function("renderer", role("renderer-role"), image=f"{renders}/renderer:latest")
        self.function("thumbs", role("thumbs-role"), image=f"{strangers}/thumbs@sha256:{digest}")
        self.function("gate", role("gate-role"), retention=3)
        most = {"Effect": "Allow", "Action": "sns:*", "NotResource": "arn:aws:sns:*:*:private-*"}
        self.function("excluder", role("excluder-role", most, managed=("AWSLambdaMSKExecutionRole",)))
        reads_changes = (in_vpc, "AWSLambdaDynamoDBExecutionRole")
        self.function("carter", role("carter-role", allow(items, table), managed=reads_changes), **mounts)

    def let(self, name: str, principal: str, action: str = "lambda:InvokeFunction", **more: Any) -> None:
        """Let somebody call a function."""
        self.statements += 1
        statement = f"statement-{self.statements}"
        self.aws["lambda"].add_permission(FunctionName=name, StatementId=statement, Action=action, Principal=principal, **more)

    def triggers(self) -> None:
        """URLs, permissions, event sources, subscriptions, settings of calls, versions and aliases."""
        fns, events, logs = self.aws["lambda"], self.aws["events"], self.aws["logs"]
        fns.create_function_url_config(
            FunctionName="orders", AuthType="NONE", Cors={"AllowOrigins": ["*"], "AllowCredentials": True}
        )
        self.let("orders", "*", "lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE")
        self.let("orders", "*", InvokedViaFunctionUrl=True)
        self.let("invoker", "*")
        self.let("climber", STRANGER)
        jobs = f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"
        fns.create_event_source_mapping(FunctionName="jobs", EventSourceArn=jobs, BatchSize=10)
        fns.create_event_source_mapping(
            FunctionName="excluder", EventSourceArn=KAFKA, Topics=["orders"], StartingPosition="LATEST", Enabled=False
        )
        fns.create_event_source_mapping(
            FunctionName="clicker",
            EventSourceArn=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks",
            StartingPosition="LATEST",
            MaximumRetryAttempts=3,
        )
        fns.create_event_source_mapping(FunctionName="carter", EventSourceArn=self.arns["carts"], StartingPosition="LATEST")
        self.bucket()
        rule = events.put_rule(Name="everything", EventBusName="shop", EventPattern='{"source": [{"prefix": ""}]}')["RuleArn"]
        events.put_targets(Rule="everything", EventBusName="shop", Targets=[{"Id": "audit", "Arn": self.arns["audit"]}])
        self.let("audit", "events.amazonaws.com", SourceArn=rule)
        failed = {"OnFailure": {"Destination": f"arn:aws:sqs:{REGION}:{STRANGER}:failed"}}
        fns.put_function_event_invoke_config(FunctionName="audit", DestinationConfig=failed)
        own = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
        trusts = allow("sts:AssumeRole", None, {"Service": "events.amazonaws.com"}, Condition=own)
        copies = self.role("copy-role", managed=(), trust=(trusts,))
        rule = events.put_rule(Name="copy", EventBusName="shop", EventPattern='{"source": ["shop.orders"]}')["RuleArn"]
        self.let("audit", "events.amazonaws.com", SourceArn=rule)
        abroad = {"Id": "abroad", "Arn": f"arn:aws:events:{REGION}:{STRANGER}:event-bus/default", "RoleArn": copies}
        events.put_targets(Rule="copy", EventBusName="shop", Targets=[abroad, {"Id": "audit", "Arn": self.arns["audit"]}])
        self.aws["sns"].subscribe(TopicArn=self.arns["news"], Protocol="lambda", Endpoint=self.arns["notify"])
        self.let("notify", "sns.amazonaws.com", SourceArn=self.arns["news"])
        fns.put_function_recursion_config(FunctionName="quiet", RecursiveLoop="Allow")
        fns.put_function_concurrency(FunctionName="quiet", ReservedConcurrentExecutions=0)
        self.destination()
        group = "/aws/lambda/looper"
        source = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
        self.let("looper", "logs.amazonaws.com", SourceArn=source, SourceAccount=ACCOUNT)
        for name, target in (("self", self.arns["looper"]), ("abroad", f"arn:aws:logs:{REGION}:{STRANGER}:destination:all")):
            logs.put_subscription_filter(logGroupName=group, filterName=name, filterPattern="", destinationArn=target)
        fns.publish_version(FunctionName="released")
        fns.update_function_configuration(FunctionName="released", Description="second")
        fns.publish_version(FunctionName="released")
        fns.create_alias(FunctionName="released", Name="latest", FunctionVersion="$LATEST")
        weights = {"AdditionalVersionWeights": {"2": 0.1}}
        fns.create_alias(FunctionName="released", Name="canary", FunctionVersion="1", RoutingConfig=weights)

    def destination(self) -> None:
        """Where the log goes: moto wants a log group of that name in the other account."""
        role = {"RoleArn": f"arn:aws:iam::{STRANGER}:role/logs", "RoleSessionName": "logs"}
        keys = boto3.client("sts", region_name=REGION).assume_role(**role)["Credentials"]
        session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"], REGION)
        session.client("logs").create_log_group(logGroupName="all")

    def bucket(self) -> None:
        """The bucket that calls a function which may write into it."""
        s3, name = self.aws["s3"], "shop-uploads-123456789012"
        s3.create_bucket(Bucket=name)
        blocks = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False}
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocks)
        s3.put_bucket_policy(Bucket=name, Policy=policy(allow("s3:GetObject", f"arn:aws:s3:::{name}/*", "*")))
        self.let("uploads", "s3.amazonaws.com")
        calls = [{"LambdaFunctionArn": self.arns["uploads"], "Events": ["s3:ObjectCreated:*"]}]
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": calls})

    def uri(self, name: str) -> str:
        """What an API calls a function by."""
        return f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self.arns[name]}/invocations"

    def rest_api(self) -> None:
        """An open route, a route for everything, a stage with all faults."""
        gateway = self.aws["apigateway"]
        api = gateway.create_rest_api(name="rest", endpointConfiguration={"types": ["REGIONAL"]})["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        for part, verb, kind, name in (("reports", "GET", "NONE", "reports"), ("{proxy+}", "ANY", "AWS_IAM", "monolith")):
            place = gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
            method = {"restApiId": api, "resourceId": place, "httpMethod": verb}
            gateway.put_method(authorizationType=kind, **method)
            gateway.put_integration(type="AWS_PROXY", integrationHttpMethod="POST", uri=self.uri(name), **method)
            path = "*/*/*" if verb == "ANY" else f"*/{verb}/{part}"
            source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{path}"
            self.let(name, "apigateway.amazonaws.com", SourceArn=source)
        deployment = gateway.create_deployment(restApiId=api)["id"]
        gateway.create_stage(
            restApiId=api,
            stageName="prod",
            deploymentId=deployment,
            variables={"db_password": "hunter2hunter2"},
            cacheClusterEnabled=True,
            cacheClusterSize="0.5",
        )
        settings = {
            "/*/*/logging/loglevel": "INFO",
            "/*/*/logging/dataTrace": "true",
            "/*/*/caching/enabled": "true",
            # What AWS answers where nothing was set: the account's own limits.
            "/*/*/throttling/rateLimit": "10000",
            "/*/*/throttling/burstLimit": "5000",
            "/*/*/caching/dataEncrypted": "false",
        }
        operations = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
        gateway.update_stage(restApiId=api, stageName="prod", patchOperations=operations)

    def http_api(self) -> None:
        """An HTTP API with an authorizer that remembers too much and one that trusts too much."""
        gateway = self.aws["apigatewayv2"]
        cors = {"AllowOrigins": ["http://shop.example.com"], "AllowCredentials": True, "AllowMethods": ["GET"]}
        api = gateway.create_api(Name="http", ProtocolType="HTTP", CorsConfiguration=cors)["ApiId"]
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        header = ["$request.header.Authorization"]
        gate = gateway.create_authorizer(
            ApiId=api,
            Name="gate",
            AuthorizerType="REQUEST",
            AuthorizerUri=self.uri("gate"),
            AuthorizerPayloadFormatVersion="2.0",
            AuthorizerResultTtlInSeconds=300,
            EnableSimpleResponses=True,
            IdentitySource=header,
        )["AuthorizerId"]
        tokens = gateway.create_authorizer(
            ApiId=api,
            Name="tokens",
            AuthorizerType="JWT",
            IdentitySource=header,
            JwtConfiguration={"Issuer": "http://login.example.com"},
        )["AuthorizerId"]
        base = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}"
        self.let("gate", "apigateway.amazonaws.com", SourceArn=f"{base}/authorizers/{gate}")
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=self.arns["carter"], PayloadFormatVersion="2.0"
        )["IntegrationId"]
        for verb, kind, authorizer in (("GET", "CUSTOM", gate), ("DELETE", "CUSTOM", gate), ("POST", "JWT", tokens)):
            gateway.create_route(
                ApiId=api,
                RouteKey=f"{verb} /cart",
                AuthorizationType=kind,
                AuthorizerId=authorizer,
                Target=f"integrations/{integration}",
            )
        self.let("carter", "apigateway.amazonaws.com", SourceArn=f"{base}/*/*/cart")

    def other_apis(self) -> None:
        """A private API of everybody and one for partners."""
        gateway = self.aws["apigateway"]
        for name, kind, principal in (
            ("inner", "PRIVATE", "*"),
            ("partners", "REGIONAL", {"AWS": f"arn:aws:iam::{STRANGER}:root"}),
        ):
            lets = policy(allow("execute-api:Invoke", "execute-api:/*", principal))
            api = gateway.create_rest_api(name=name, endpointConfiguration={"types": [kind]}, policy=lets)["id"]
            root = gateway.get_resources(restApiId=api)["items"][0]["id"]
            method = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
            gateway.put_method(authorizationType="AWS_IAM", **method)
            gateway.put_integration(type="AWS_PROXY", integrationHttpMethod="POST", uri=self.uri("monolith"), **method)
            source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/GET/"
            self.let("monolith", "apigateway.amazonaws.com", SourceArn=source)
