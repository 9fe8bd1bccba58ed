"""Deploy an estate into the fake AWS through its proxy, and say what was planted in it.

with FakeAws() as fake, Proxy(fake) as proxy:
    truth = deploy(Plan(200), proxy)
    truth.planted["public-url"]      # [Planted(kind, arn, function)]
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from tests.support.estate_apis import deploy_apis
from tests.support.estate_plan import FOREIGN_LAYER, ORGANIZATION, Function, Plan, Role, allow, package
from tests.support.estate_sources import deploy_source
from tests.support.lambda_state import LabState
from tests.support.proxy import Proxy
from tests.support.wire import ACCOUNT

THREADS = 8
LAMBDA_TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}


@dataclass(frozen=True, order=True)
class Planted:
    """One weakness or control: its kind, the ARN of the thing that has it, the ARN of the function it was planted for.

    The thing is the API for an open method or route, the layer for a layer of another account.
    """

    kind: str
    arn: str
    function: str


@dataclass
class Truth:
    """What is in an estate: weaknesses and look-alikes by kind, and all functions by region."""

    planted: dict[str, list[Planted]] = field(default_factory=dict)
    controls: dict[str, list[Planted]] = field(default_factory=dict)
    functions: dict[str, list[str]] = field(default_factory=dict)
    roles: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """The same as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Truth":
        """Read what :meth:`to_json` wrote."""
        value = json.loads(text)
        for name in ("planted", "controls"):
            value[name] = {kind: [Planted(**item) for item in items] for kind, items in value[name].items()}
        return cls(**value)


@dataclass(frozen=True)
class Estate:
    """A deployed estate: what was planned, where it answers, what is true of it."""

    plan: Plan
    proxy: Proxy
    truth: Truth


class Site:
    """Where an estate is built: clients of every service and region, the truth so far, what regions share."""

    def __init__(self, plan: Plan, proxy: Proxy) -> None:
        self.plan = plan
        self.truth = Truth()
        self.shared: dict[tuple[str, str], str] = {}
        self._url = proxy.url
        self._session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "made-up", region_name="us-east-1")
        self._clients: dict[tuple[str, str], Any] = {}
        self._config = Config(max_pool_connections=THREADS, retries={"total_max_attempts": 1})

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """A client; the same one for the same service and region."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._session.client(  # type: ignore[call-overload]
                service, region_name=region, endpoint_url=self._url, config=self._config
            )
        return self._clients[key]

    def warm(self, *services: str) -> None:
        """Make the clients of all regions ahead: a boto3 session is not to be shared by threads."""
        for region in self.plan.regions:
            for service in services:
                self.client(service, region)

    def plant(self, one: Function, kind: str, arn: str) -> None:
        """Note that a thing has the weakness or control of the function."""
        book = self.truth.planted if kind in one.weaknesses else self.truth.controls
        book.setdefault(kind, []).append(Planted(kind, arn, one.arn))

    def each(self, work: Callable[..., None], items: Iterable[Any]) -> None:
        """Do the work for every item in a few threads; the first failure is raised."""
        with ThreadPoolExecutor(THREADS) as pool:
            for result in [pool.submit(work, self, item) for item in items]:
                result.result()


def deploy(plan: Plan, proxy: Proxy) -> Truth:
    """Build the estate; leaves no trace in the proxy's counts."""
    site = Site(plan, proxy)
    site.warm("lambda", "sqs", "sns", "s3", "dynamodb", "kinesis", "events", "apigateway", "apigatewayv2", "kms")
    site.warm("secretsmanager", "ssm", "logs", "ec2")
    site.client("iam")
    for region in plan.regions:
        register_foreign_layer(proxy, region)
    deploy_account(site)
    site.each(deploy_region, plan.regions)
    used = {role.name: role for role in plan.roles}
    site.each(deploy_role, used.values())
    site.each(deploy_function, plan.all)
    site.each(deploy_source, plan.all)
    site.each(deploy_apis, plan.regions)
    truth = site.truth
    for book in (truth.planted, truth.controls):
        for kind, found in sorted(book.items()):
            book[kind] = sorted(found)
    truth.functions = {region: sorted(one.arn for one in plan.all if one.region == region) for region in plan.regions}
    truth.roles = sorted(role.arn for role in plan.roles)
    proxy.clear()
    return truth


def register_foreign_layer(proxy: Proxy, region: str) -> None:
    """Let the layer of another account that planted functions use be readable, as a public layer is."""
    state = getattr(proxy.backend, "state", None)
    if isinstance(state, LabState):
        raw = package("python3.13", 0)
        digest = state.keep(raw)
        arn = FOREIGN_LAYER.format(region=region)
        state.foreign_layers[arn] = {"CodeSize": len(raw), "Package": digest, "Sha256": digest}


def deploy_account(site: Site) -> None:
    """People, groups and roles that are not Lambda's: an auditor, developers, a pipeline."""
    iam = site.client("iam")
    for team in sorted({role.name.partition("-")[0] for role in site.plan.roles}):
        document = allow(["ssm:GetParameter", "xray:PutTraceSegments"], f"arn:aws:ssm:*:{ACCOUNT}:parameter/{team}/*")
        iam.create_policy(PolicyName=f"{team}-shared", PolicyDocument=json.dumps(document))
    iam.create_user(UserName="auditor")
    iam.attach_user_policy(UserName="auditor", PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    reads = json.dumps(allow(["lambda:GetFunction", "lambda:GetLayerVersion", "iam:SimulateCustomPolicy"], "*"))
    read = iam.create_policy(PolicyName="audit-lambda", PolicyDocument=reads)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="auditor", PolicyArn=read)
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    iam.create_user(UserName="ana")
    iam.add_user_to_group(GroupName="developers", UserName="ana")
    provider = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"}
    subject = {"token.actions.githubusercontent.com:sub": "repo:example/shop:ref:refs/heads/main"}
    trust = {
        "Effect": "Allow",
        "Principal": provider,
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": subject},
    }
    trusting = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="pipeline", AssumeRolePolicyDocument=trusting)
    deploys = json.dumps(allow("lambda:UpdateFunctionCode", f"arn:aws:lambda:*:{ACCOUNT}:function:*"))
    iam.put_role_policy(RoleName="pipeline", PolicyName="deploy", PolicyDocument=deploys)


def deploy_region(site: Site, region: str) -> None:
    """What the functions of a region share: network, key, layer, dead-letter queue, event bus, code signing."""
    ec2 = site.client("ec2", region)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{part}.0/24")["Subnet"]["SubnetId"] for part in (1, 2)]
    group = ec2.create_security_group(VpcId=vpc, GroupName="lambda", Description="functions")["GroupId"]
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.s3")
    site.shared[region, "subnets"], site.shared[region, "group"] = ",".join(subnets), group
    kms = site.client("kms", region)
    key = kms.create_key(Description="environment of functions")["KeyMetadata"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.create_alias(AliasName="alias/functions", TargetKeyId=key["KeyId"])
    site.shared[region, "key"] = key["Arn"]
    content = {"ZipFile": package("python3.13", 1)}
    layer = site.client("lambda", region).publish_layer_version(LayerName="common", Description="shared", Content=content)
    site.shared[region, "common"] = layer["LayerVersionArn"]
    site.client("sqs", region).create_queue(QueueName="dead-letters")
    events = site.client("events", region)
    bus = events.create_event_bus(Name="shop")["EventBusArn"]
    statement = {
        "Sid": "org",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": bus,
        "Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    events.put_permission(EventBusName="shop", Policy=policy)
    publishers = {"SigningProfileVersionArns": [f"arn:aws:signer:{region}:{ACCOUNT}:/signing-profiles/shop/abcdef0123"]}
    signing = site.client("lambda", region).create_code_signing_config(AllowedPublishers=publishers)
    site.shared[region, "signing"] = signing["CodeSigningConfig"]["CodeSigningConfigArn"]
    site.client("ssm", region).put_parameter(Name="/shop/flags", Value="on", Type="String")


def deploy_role(site: Site, role: Role) -> None:
    """An execution role with rights for what triggers its functions."""
    iam = site.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [LAMBDA_TRUST, *role.trust]})
    iam.create_role(RoleName=role.name, AssumeRolePolicyDocument=trust)
    functions = [one for one in site.plan.all if one.role is role]
    managed = list(role.managed)
    if role.logs and any(one.vpc for one in functions):
        managed.append("arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole")
    if role.logs and any(one.trigger == "queue" for one in functions):
        managed.append("arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole")
    for arn in dict.fromkeys(managed):
        iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)
    team = functions[0].name.partition("-")[0] if functions else "spare"
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{team}-data"
    inline = {"data": allow(["dynamodb:GetItem", "dynamodb:PutItem"], table)} | role.inline
    for name, document in inline.items():
        iam.put_role_policy(RoleName=role.name, PolicyName=name, PolicyDocument=json.dumps(document))


def deploy_function(site: Site, one: Function) -> None:
    """The function itself: code, versions, alias, permissions, log group, key and secret."""
    functions = site.client("lambda", one.region)
    settings: dict[str, Any] = {"Environment": {"Variables": one.environment}}
    if key := key_of(site, one):
        settings["KMSKeyArn"] = key
    if one.secret:
        one.environment["SECRET_ARN"] = secret_of(site, one)
    if one.vpc:
        subnets = site.shared[one.region, "subnets"].split(",")
        settings["VpcConfig"] = {"SubnetIds": subnets, "SecurityGroupIds": [site.shared[one.region, "group"]]}
    if one.dead_letters:
        settings["DeadLetterConfig"] = {"TargetArn": f"arn:aws:sqs:{one.region}:{ACCOUNT}:dead-letters"}
    if one.image:
        uri = f"{ACCOUNT}.dkr.ecr.{one.region}.amazonaws.com/shop:{one.name}"
        settings |= {"PackageType": "Image", "Code": {"ImageUri": uri}}
    else:
        handler = {"python": "app.handler", "nodejs": "app.handler"}.get(one.runtime.rstrip("0123456789.x"), "bootstrap")
        settings |= {"Runtime": one.runtime, "Handler": handler, "Code": {"ZipFile": one.code}}
        settings["Layers"] = [layer_of(site, one, name) for name in one.layers]
        if one.runtime == "java21":
            settings["CodeSigningConfigArn"] = site.shared[one.region, "signing"]
    if one.old_environment:
        settings["Environment"] = {"Variables": one.old_environment}
    functions.create_function(FunctionName=one.name, Role=one.role.arn, Tags={"team": one.name.split("-")[0]}, **settings)
    deploy_versions(site, one)
    for number, permission in enumerate(one.permissions):
        functions.add_permission(
            FunctionName=one.name, StatementId=f"extra-{number}", Action="lambda:InvokeFunction", **permission
        )
    if one.reserved is not None:
        functions.put_function_concurrency(FunctionName=one.name, ReservedConcurrentExecutions=one.reserved)
    if one.dead_letters:
        functions.put_function_event_invoke_config(FunctionName=one.name, MaximumRetryAttempts=1)
    logs, group = site.client("logs", one.region), f"/aws/lambda/{one.name}"
    logs.create_log_group(logGroupName=group)
    if one.retention:
        logs.put_retention_policy(logGroupName=group, retentionInDays=one.retention)
    note_function(site, one)


def deploy_versions(site: Site, one: Function) -> None:
    """Published versions, the first with the old environment where there is one, and an alias to the last."""
    functions = site.client("lambda", one.region)
    for number in range(1, one.versions + 1):
        functions.publish_version(FunctionName=one.name)
        functions.update_function_configuration(
            FunctionName=one.name, Description=f"release {number}", Environment={"Variables": one.environment}
        )
    if one.versions:
        functions.create_alias(FunctionName=one.name, Name="live", FunctionVersion=str(one.versions))


def note_function(site: Site, one: Function) -> None:
    """Note weaknesses and controls that are the function's or the role's own."""
    for kind in (*one.weaknesses, *one.controls):
        if kind.endswith("-role") or kind in ("no-logging-rights", "wildcard-region-resource", "partner-with-external-id"):
            site.plant(one, kind, one.role.arn)
        elif kind == "foreign-layer":
            site.plant(one, kind, one.layers[0])
        elif kind == "secret-in-old-version":
            site.plant(one, kind, f"{one.arn}:1")
        elif kind in FUNCTION_KINDS:
            site.plant(one, kind, one.arn)


FUNCTION_KINDS = frozenset(("public-function", "cross-account", "secret-in-environment", "old-runtime", "dangerous-code")) | {
    "loader-variable",
    "organization-permission",
    "harmless-names",
    "source-account-only",
}


def key_of(site: Site, one: Function) -> str:
    """The key that encrypts the environment: none, the region's, or one with a weakness."""
    if one.key not in ("key-without-rotation", "open-key"):
        return site.shared[one.region, "key"] if one.key else ""
    kms = site.client("kms", one.region)
    arn = str(kms.create_key(Description=one.name)["KeyMetadata"]["Arn"])
    if one.key == "open-key":
        kms.enable_key_rotation(KeyId=arn)
        statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=policy)
    site.plant(one, one.key, arn)
    return arn


def secret_of(site: Site, one: Function) -> str:
    """A secret that the environment refers to by ARN."""
    secrets = site.client("secretsmanager", one.region)
    arn = str(secrets.create_secret(Name=f"{one.name}/database", SecretString="made-up")["ARN"])
    if one.secret == "open-secret":
        statement = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
        site.plant(one, "open-secret", arn)
    elif one.secret == "secret-by-reference":
        site.plant(one, "secret-by-reference", one.arn)
    return arn


def layer_of(site: Site, one: Function, name: str) -> str:
    """A layer's ARN: another account's, the region's common one, or one that this function made public."""
    if name.startswith("arn:"):
        return name
    if name == "common":
        return site.shared[one.region, "common"]
    functions = site.client("lambda", one.region)
    layer = functions.publish_layer_version(
        LayerName=name, Description="made public", Content={"ZipFile": package("python3.13", 2)}
    )
    functions.add_layer_version_permission(
        LayerName=name, VersionNumber=layer["Version"], StatementId="all", Action="lambda:GetLayerVersion", Principal="*"
    )
    site.plant(one, "public-layer", layer["LayerVersionArn"])
    return str(layer["LayerVersionArn"])


__all__ = ["Estate", "Plan", "Planted", "Truth", "deploy"]
