"""The shop of tests/iac/parity as a Pulumi program with the same planted faults, in the names of the AWS provider 7."""

from typing import Any

from .stack import Made, Program, encoded, text

STRANGER = "210987654321"
MOUNT = "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0"


def document(*statements: dict[str, Any]) -> Any:
    """A policy as JSON text."""
    return encoded({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", principal: Any = None, **more: Any) -> dict[str, Any]:
    """A statement."""
    made = {"Effect": "Allow", "Action": action, **more}
    if resource is not None:
        made["Resource"] = resource
    return {**made, "Principal": principal} if principal is not None else made


def trust(*principals: Any, **more: Any) -> Any:
    """A trust policy."""
    return document(*({"Effect": "Allow", "Principal": p, "Action": "sts:AssumeRole", **more} for p in principals))


class Shop:
    """The program."""

    def __init__(self) -> None:
        self.p = Program()
        self.stores()
        self.functions()
        self.more_functions()
        self.rest_api()
        self.http_api()
        self.other_apis()

    def function(
        self, name: str, *, managed: tuple[str, ...] = ("AWSLambdaBasicExecutionRole",), policy: Any = None, **inputs: Any
    ) -> Made:
        """A function with a role and a log group of its own."""
        add = self.p.add
        role = add(
            "aws:iam/role:Role", f"{name}-role", name=f"{name}-role", assumeRolePolicy=trust({"Service": "lambda.amazonaws.com"})
        )
        for one in managed:
            arn = f"arn:aws:iam::aws:policy/service-role/{one}"
            add("aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"{name}-{one}", role=role.name, policyArn=arn)
        if policy is not None:
            add("aws:iam/rolePolicy:RolePolicy", f"{name}-own", name="own", role=role.id, policy=policy)
        retention = inputs.pop("retention", 30)
        package = {"runtime": "python3.13", "handler": "app.handler", "s3Bucket": "artifacts", "s3Key": f"{name}.zip"}
        if "imageUri" in inputs:
            package = {"packageType": "Image"}
        made = add("aws:lambda/function:Function", name, name=name, role=role.arn, timeout=10, **{**package, **inputs})
        days = {} if retention == 0 else {"retentionInDays": retention}
        made.group = add("aws:cloudwatch/logGroup:LogGroup", f"{name}-log", name=f"/aws/lambda/{name}", **days)
        return made

    def permit(self, name: str, function: Any, principal: str, **inputs: Any) -> None:
        inputs.setdefault("action", "lambda:InvokeFunction")
        self.p.add("aws:lambda/permission:Permission", name, function=function, principal=principal, **inputs)

    def stores(self) -> None:
        add = self.p.add
        self.jobs_queue = add("aws:sqs/queue:Queue", "jobs", name="jobs", visibilityTimeoutSeconds=5, sqsManagedSseEnabled=False)
        add(
            "aws:sqs/queuePolicy:QueuePolicy",
            "jobs",
            queueUrl=self.jobs_queue.id,
            policy=document(allow("sqs:*", self.jobs_queue.arn, "*")),
        )
        partner = "arn:aws:sqs:us-east-1:123456789012:partner"
        self.partner = add(
            "aws:sqs/queue:Queue",
            "partner",
            name="partner",
            sqsManagedSseEnabled=True,
            policy=document(
                allow("sqs:SendMessage", partner, {"AWS": f"arn:aws:iam::{STRANGER}:root"}),
                allow("sqs:SendMessage", partner, {"Service": "sns.amazonaws.com"}),
            ),
        )
        self.news = add("aws:sns/topic:Topic", "news", name="news")
        add(
            "aws:sns/topicPolicy:TopicPolicy",
            "news",
            arn=self.news.arn,
            policy=document(allow(["sns:Publish", "sns:Subscribe"], self.news.arn, {"AWS": "*"})),
        )
        for name, protocol, endpoint in (
            ("abroad", "sqs", f"arn:aws:sqs:us-east-1:{STRANGER}:copies"),
            ("in-the-clear", "http", "http://hooks.example.com/news"),
        ):
            add("aws:sns/topicSubscription:TopicSubscription", name, topic=self.news.arn, protocol=protocol, endpoint=endpoint)
        self.bus = add("aws:cloudwatch/eventBus:EventBus", "shop", name="shop")
        add(
            "aws:cloudwatch/eventBusPolicy:EventBusPolicy",
            "shop",
            eventBusName=self.bus.name,
            policy=document(allow("events:PutEvents", self.bus.arn, "*", Sid="everyone")),
        )
        self.clicks = add("aws:kinesis/stream:Stream", "clicks", name="clicks", shardCount=1)
        add(
            "aws:kinesis/resourcePolicy:ResourcePolicy",
            "clicks",
            resourceArn=self.clicks.arn,
            policy=document(allow(["kinesis:PutRecord", "kinesis:PutRecords"], self.clicks.arn, "*")),
        )
        self.carts = add(
            "aws:dynamodb/table:Table",
            "carts",
            name="carts",
            billingMode="PAY_PER_REQUEST",
            hashKey="id",
            streamEnabled=True,
            streamViewType="NEW_IMAGE",
            attributes=[{"name": "id", "type": "S"}],
        )
        add(
            "aws:dynamodb/resourcePolicy:ResourcePolicy",
            "carts",
            resourceArn=self.carts.arn,
            policy=document(allow("dynamodb:GetItem", self.carts.arn, "*")),
        )
        self.key = add(
            "aws:kms/key:Key",
            "open",
            enableKeyRotation=False,
            policy=document(
                allow("kms:*", "*", {"AWS": "arn:aws:iam::123456789012:root"}),
                allow(["kms:Decrypt", "kms:GenerateDataKey"], "*", "*"),
            ),
        )
        add("aws:kms/alias:Alias", "open", name="alias/open", targetKeyId=self.key.keyId)
        self.database = add("aws:secretsmanager/secret:Secret", "database", name="database")
        add(
            "aws:secretsmanager/secretPolicy:SecretPolicy",
            "database",
            secretArn=self.database.arn,
            policy=document(allow("secretsmanager:GetSecretValue", "*", "*")),
        )
        add("aws:ssm/parameter:Parameter", "password", name="/shop/database-password", type="String", value="changeme")
        self.images = add("aws:ecr/repository:Repository", "renderer", name="renderer")
        add(
            "aws:ecr/repositoryPolicy:RepositoryPolicy",
            "renderer",
            repository=self.images.name,
            policy=document(allow(["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"], None, "*")),
        )
        signing = f"arn:aws:signer:us-east-1:{STRANGER}:/signing-profiles/partner/abcdef0123"
        self.signing = add(
            "aws:lambda/codeSigningConfig:CodeSigningConfig",
            "warns",
            allowedPublishers={"signingProfileVersionArns": [signing]},
            policies={"untrustedArtifactOnDeployment": "Warn"},
        )
        vpc = add("aws:ec2/vpc:Vpc", "functions", cidrBlock="10.0.0.0/16")
        subnet = add("aws:ec2/subnet:Subnet", "functions", vpcId=vpc.id, cidrBlock="10.0.1.0/24")
        group = add("aws:ec2/securityGroup:SecurityGroup", "functions", description="functions", vpcId=vpc.id)
        self.network = {"subnetIds": [subnet.id], "securityGroupIds": [group.id]}

    def functions(self) -> None:
        add, permit = self.p.add, self.permit
        orders = self.function(
            "orders", managed=("AWSLambdaVPCAccessExecutionRole",), policy=document(allow("*")), vpcConfig=self.network
        )
        add(
            "aws:lambda/functionUrl:FunctionUrl",
            "orders",
            functionName=orders.name,
            authorizationType="NONE",
            cors={"allowOrigins": ["*"], "allowCredentials": True},
        )
        permit("orders-url", orders.name, "*", action="lambda:InvokeFunctionUrl", functionUrlAuthType="NONE")
        permit("orders-url-invoke", orders.name, "*", invokedViaFunctionUrl=True)
        self.reports = self.function("reports", runtime="python3.7", policy=document(allow("s3:*")))
        self.monolith = self.function(
            "monolith",
            policy=document(
                allow(["dynamodb:GetItem", "dynamodb:PutItem"], self.carts.arn),
                allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::shop-archive-123456789012/*"),
            ),
        )
        jobs = self.function(
            "jobs",
            runtime="nodejs22.x",
            managed=("AWSLambdaSQSQueueExecutionRole",),
            environment={"variables": {"STRIPE_KEY": "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "NODE_TLS_REJECT_UNAUTHORIZED": "0"}},
        )
        add(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "jobs",
            functionName=jobs.arn,
            eventSourceArn=self.jobs_queue.arn,
            batchSize=10,
        )
        self.function(
            "keys",
            policy=document(allow("secretsmanager:GetSecretValue")),
            environment={
                "variables": {
                    "UPLOADER_AWS_ACCESS_KEY_ID": "AKIAQ3EGRIRZWJ7TQ2LN",
                    "UPLOADER_AWS_SECRET_ACCESS_KEY": "4lXr8bT0sNfQpVd2YhKzJ6mGcE1wUoA9iRtS5xDq",
                    "AWS_ENDPOINT_URL": "https://aws.proxy.example.net",
                    "LD_PRELOAD": "/opt/hook.so",
                    "FLASK_DEBUG": "1",
                }
            },
        )
        permit("invoker-for-all", self.function("invoker", policy=document(allow("lambda:InvokeFunction"))).name, "*")
        climber = self.function(
            "climber",
            policy=document(allow("iam:PutRolePolicy")),
            environment={"variables": {"DATABASE": self.database.arn}},
            kmsKeyArn=f"arn:aws:kms:us-east-1:{STRANGER}:key/11111111-2222-3333-4444-555555555555",
        )
        permit("climber-abroad", climber.arn, STRANGER)
        shared = add(
            "aws:iam/role:Role",
            "shared-role",
            name="shared-role",
            assumeRolePolicy=trust(
                {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}, {"AWS": f"arn:aws:iam::{STRANGER}:root"}
            ),
        )
        for one in ("service-role/AWSLambdaBasicExecutionRole", "AmazonDynamoDBFullAccess"):
            add(
                "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
                f"shared-{one}",
                role=shared.name,
                policyArn=f"arn:aws:iam::aws:policy/{one}",
            )
        for name in ("first", "second"):
            key = {"kmsKeyArn": self.key.arn} if name == "first" else {}
            add(
                "aws:lambda/function:Function",
                name,
                name=name,
                role=shared.arn,
                runtime="python3.13",
                handler="app.handler",
                timeout=10,
                s3Bucket="artifacts",
                s3Key=f"{name}.zip",
                environment={"variables": {"PAYMENT_KEY": "sk_live_9vQe3LxTzB7RkWm2HsYdPn8c"}},
                **key,
            )
            add("aws:cloudwatch/logGroup:LogGroup", name, name=f"/aws/lambda/{name}", retentionInDays=30)
        self.buckets()
        self.events()

    def buckets(self) -> None:
        add = self.p.add
        bucket = add("aws:s3/bucket:Bucket", "uploads", bucket="shop-uploads-123456789012")
        add(
            "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
            "uploads",
            bucket=bucket.id,
            blockPublicAcls=True,
            ignorePublicAcls=True,
        )
        add(
            "aws:s3/bucketPolicy:BucketPolicy",
            "uploads",
            bucket=bucket.id,
            policy=document(allow("s3:GetObject", text(bucket.arn, "/*"), "*")),
        )
        uploads = self.function("uploads", policy=document(allow("s3:PutObject", text(bucket.arn, "/*"))))
        add(
            "aws:s3/bucketNotification:BucketNotification",
            "uploads",
            bucket=bucket.id,
            lambdaFunctions=[{"lambdaFunctionArn": uploads.arn, "events": ["s3:ObjectCreated:*"]}],
        )
        self.permit("uploads", uploads.name, "s3.amazonaws.com")

    def events(self) -> None:
        add = self.p.add
        audit = self.function("audit")
        everything = add(
            "aws:cloudwatch/eventRule:EventRule",
            "everything",
            name="everything",
            eventBusName=self.bus.name,
            eventPattern=encoded({"source": [{"prefix": ""}]}),
        )
        copy = add(
            "aws:cloudwatch/eventRule:EventRule",
            "copy",
            name="copy",
            eventBusName=self.bus.name,
            eventPattern=encoded({"source": ["shop.orders"]}),
        )
        role = add(
            "aws:iam/role:Role",
            "copy-role",
            name="copy-role",
            assumeRolePolicy=trust(
                {"Service": "events.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}
            ),
        )
        abroad = f"arn:aws:events:us-east-1:{STRANGER}:event-bus/default"
        rows: list[tuple[str, Made, Any, dict[str, Any]]] = [
            ("audit", everything, audit.arn, {}),
            ("copy", copy, abroad, {"roleArn": role.arn}),
            ("copy-to-audit", copy, audit.arn, {}),
        ]
        for name, rule, arn, more in rows:
            add("aws:cloudwatch/eventTarget:EventTarget", name, rule=rule.name, eventBusName=self.bus.name, arn=arn, **more)
        for name, rule in (("audit", everything), ("copy-to-audit", copy)):
            self.permit(name, audit.name, "events.amazonaws.com", sourceArn=rule.arn)
        add(
            "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
            "audit",
            functionName=audit.name,
            destinationConfig={"onFailure": {"destination": f"arn:aws:sqs:us-east-1:{STRANGER}:failed"}},
        )

    def more_functions(self) -> None:
        add, permit = self.p.add, self.permit
        layer = add(
            "aws:lambda/layerVersion:LayerVersion", "common", layerName="common", s3Bucket="artifacts", s3Key="common.zip"
        )
        add(
            "aws:lambda/layerVersionPermission:LayerVersionPermission",
            "common",
            layerName=layer.layerName,
            versionNumber=layer.version,
            principal="*",
            action="lambda:GetLayerVersion",
            statementId="all",
        )
        clicker = self.function(
            "clicker",
            managed=("AWSLambdaKinesisExecutionRole",),
            layers=[layer.arn, f"arn:aws:lambda:us-east-1:{STRANGER}:layer:helpers:3"],
        )
        add(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "clicks",
            functionName=clicker.name,
            eventSourceArn=self.clicks.arn,
            startingPosition="LATEST",
            maximumRetryAttempts=3,
        )
        vpc = ("AWSLambdaVPCAccessExecutionRole",)
        mount = {"vpcConfig": self.network, "fileSystemConfig": {"arn": MOUNT, "localMountPath": "/mnt/data"}}
        notify = self.function(
            "notify", managed=vpc, **mount, loggingConfig={"logFormat": "JSON", "applicationLogLevel": "DEBUG"}
        )
        permit("notify", notify.name, "sns.amazonaws.com", sourceArn=self.news.arn)
        add("aws:sns/topicSubscription:TopicSubscription", "notify", topic=self.news.arn, protocol="lambda", endpoint=notify.arn)
        quiet = self.function(
            "quiet",
            managed=(),
            reservedConcurrentExecutions=0,
            loggingConfig={"logFormat": "JSON", "applicationLogLevel": "FATAL"},
        )
        add("aws:lambda/functionRecursionConfig:FunctionRecursionConfig", "quiet", functionName=quiet.name, recursiveLoop="Allow")
        logs = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/looper:*"
        looper = self.function("looper", managed=(), retention=0, policy=document(allow("logs:*", logs)))
        log = looper.group
        assert log is not None
        permit("looper", looper.name, "logs.amazonaws.com", sourceArn=text(log.arn, ":*"), sourceAccount="123456789012")
        for name, target in (("self", looper.arn), ("abroad", f"arn:aws:logs:us-east-1:{STRANGER}:destination:all")):
            add(
                "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
                name,
                name=name,
                logGroup=log.name,
                filterPattern="",
                destinationArn=target,
            )
        released = self.function(
            "released",
            codeSigningConfigArn=self.signing.arn,
            deadLetterConfig={"targetArn": self.partner.arn},
            policy=document(allow("sqs:SendMessage", self.partner.arn)),
        )
        add("aws:lambda/alias:Alias", "latest", name="latest", functionName=released.name, functionVersion="$LATEST")
        add(
            "aws:lambda/alias:Alias",
            "canary",
            name="canary",
            functionName=released.name,
            functionVersion="1",
            routingConfig={"additionalVersionWeights": {"2": 0.1}},
        )
        self.function("renderer", imageUri=text(self.images.repositoryUrl, ":latest"))
        digest = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
        self.function("thumbs", imageUri=f"{STRANGER}.dkr.ecr.us-east-1.amazonaws.com/thumbs@sha256:{digest}")
        self.gate = self.function("gate", retention=3)
        excluder = self.function(
            "excluder",
            managed=("AWSLambdaMSKExecutionRole",),
            policy=document({"Effect": "Allow", "Action": "sns:*", "NotResource": "arn:aws:sns:*:*:private-*"}),
        )
        cluster = f"arn:aws:kafka:us-east-1:{STRANGER}:cluster/orders/0a1b2c3d-0000-1111-2222-333344445555-6"
        add(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "excluder",
            functionName=excluder.arn,
            eventSourceArn=cluster,
            topics=["orders"],
            startingPosition="LATEST",
            enabled=False,
        )
        self.carter = self.function(
            "carter",
            managed=(*vpc, "AWSLambdaDynamoDBExecutionRole"),
            **mount,
            policy=document(allow(["dynamodb:GetItem", "dynamodb:PutItem"], self.carts.arn)),
        )
        add(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            "carter",
            functionName=self.carter.arn,
            eventSourceArn=self.carts.streamArn,
            startingPosition="LATEST",
        )

    def method(self, name: str, api: Made, resource: Any, verb: str, authorization: str, function: Made) -> None:
        add = self.p.add
        method = add(
            "aws:apigateway/method:Method",
            name,
            restApi=api.id,
            resourceId=resource,
            httpMethod=verb,
            authorization=authorization,
        )
        add(
            "aws:apigateway/integration:Integration",
            name,
            restApi=api.id,
            resourceId=resource,
            httpMethod=method.httpMethod,
            integrationHttpMethod="POST",
            type="AWS_PROXY",
            uri=function.invokeArn,
        )

    def rest_api(self) -> None:
        add = self.p.add
        api = add("aws:apigateway/restApi:RestApi", "rest", name="rest", endpointConfiguration={"types": "REGIONAL"})
        for name, part in (("reports", "reports"), ("rest", "{proxy+}")):
            made = add("aws:apigateway/resource:Resource", name, restApi=api.id, parentId=api.rootResourceId, pathPart=part)
            verb, way, function = ("GET", "NONE", self.reports) if name == "reports" else ("ANY", "AWS_IAM", self.monolith)
            self.method(name, api, made.id, verb, way, function)
        self.permit("reports", self.reports.name, "apigateway.amazonaws.com", sourceArn=text(api.executionArn, "/*/GET/reports"))
        self.permit("monolith", self.monolith.name, "apigateway.amazonaws.com", sourceArn=text(api.executionArn, "/*/*/*"))
        deployment = add("aws:apigateway/deployment:Deployment", "rest", restApi=api.id)
        stage = add(
            "aws:apigateway/stage:Stage",
            "prod",
            restApi=api.id,
            deployment=deployment.id,
            stageName="prod",
            variables={"db_password": "hunter2hunter2"},
            cacheClusterEnabled=True,
            cacheClusterSize="0.5",
        )
        add(
            "aws:apigateway/methodSettings:MethodSettings",
            "all",
            restApi=api.id,
            stageName=stage.stageName,
            methodPath="*/*",
            settings={"loggingLevel": "INFO", "dataTraceEnabled": True, "cachingEnabled": True, "cacheDataEncrypted": False},
        )

    def http_api(self) -> None:
        add = self.p.add
        api = add(
            "aws:apigatewayv2/api:Api",
            "http",
            name="http",
            protocolType="HTTP",
            corsConfiguration={"allowOrigins": ["http://shop.example.com"], "allowMethods": ["GET"], "allowCredentials": True},
        )
        add("aws:apigatewayv2/stage:Stage", "default", apiId=api.id, name="$default", autoDeploy=True)
        header = ["$request.header.Authorization"]
        gate = add(
            "aws:apigatewayv2/authorizer:Authorizer",
            "gate",
            apiId=api.id,
            name="gate",
            authorizerType="REQUEST",
            authorizerUri=self.gate.invokeArn,
            authorizerPayloadFormatVersion="2.0",
            authorizerResultTtlInSeconds=300,
            enableSimpleResponses=True,
            identitySources=header,
        )
        self.permit(
            "gate", self.gate.name, "apigateway.amazonaws.com", sourceArn=text(api.executionArn, "/authorizers/", gate.id)
        )
        tokens = add(
            "aws:apigatewayv2/authorizer:Authorizer",
            "tokens",
            apiId=api.id,
            name="tokens",
            authorizerType="JWT",
            identitySources=header,
            jwtConfiguration={"issuer": "http://login.example.com"},
        )
        carter = add(
            "aws:apigatewayv2/integration:Integration",
            "carter",
            apiId=api.id,
            integrationType="AWS_PROXY",
            integrationUri=self.carter.invokeArn,
            payloadFormatVersion="2.0",
        )
        target = text("integrations/", carter.id)
        for verb, way, one in (("GET", "CUSTOM", gate), ("DELETE", "CUSTOM", gate), ("POST", "JWT", tokens)):
            add(
                "aws:apigatewayv2/route:Route",
                f"cart-{verb}",
                apiId=api.id,
                routeKey=f"{verb} /cart",
                authorizationType=way,
                authorizerId=one.id,
                target=target,
            )
        self.permit("carter", self.carter.name, "apigateway.amazonaws.com", sourceArn=text(api.executionArn, "/*/*/cart"))

    def other_apis(self) -> None:
        add = self.p.add
        inner = add("aws:apigateway/restApi:RestApi", "inner", name="inner", endpointConfiguration={"types": "PRIVATE"})
        add(
            "aws:apigateway/restApiPolicy:RestApiPolicy",
            "inner",
            restApiId=inner.id,
            policy=document(allow("execute-api:Invoke", "execute-api:/*", "*")),
        )
        partners = add(
            "aws:apigateway/restApi:RestApi",
            "partners",
            name="partners",
            endpointConfiguration={"types": "REGIONAL"},
            policy=document(allow("execute-api:Invoke", "execute-api:/*", {"AWS": f"arn:aws:iam::{STRANGER}:root"})),
        )
        for name, api in (("inner", inner), ("partners", partners)):
            self.method(name, api, api.rootResourceId, "GET", "AWS_IAM", self.monolith)
            self.permit(name, self.monolith.name, "apigateway.amazonaws.com", sourceArn=text(api.executionArn, "/*/GET/"))


def shop() -> Program:
    """The stack of the shop."""
    return Shop().p
