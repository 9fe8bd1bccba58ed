"""Which identity each resource gets: its ARN, what Ref gives, and the attributes that only its name decides.

A resource whose name is known has the ARN that it will have; another one a name made of the stack's and its own, so that
references between resources still meet. What only a deployment gives (ids, addresses) is made from a hash of the address.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.resources import Resource


class Place(NamedTuple):
    """Partition, region and account in which a resource stands."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """An ARN here; `region` and `account` False leave them out, as IAM and S3 do."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account if account else ''}:{resource}"

    @property
    def suffix(self) -> str:
        """The domain of the services."""
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"


class Identity(NamedTuple):
    """`id` is the ARN (or an ARN-like text) that the model wants; `attributes` what Ref (under ``Ref``) and GetAtt give."""

    id: str
    name: str
    attributes: Mapping[str, str]


class Named(NamedTuple):
    """A resource with the texts that its identity is made of."""

    resource: Resource
    place: Place
    name: str
    ask: Callable[[str], str]
    """The text of a property when it is known, else an empty one."""
    of: Callable[[str, str], str]
    """The ARN of the function that a property names, by kind (``function``)."""
    number: int = 1
    """Counts the versions of a function."""

    def hashed(self, length: int) -> str:
        """Lower-case hexadecimal digits that stand for the address of the resource."""
        return hashed(self.resource.address, length)


def hashed(address: str, length: int) -> str:
    """Lower-case hexadecimal digits that stand for an address."""
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:length]


NAMES: Final[Mapping[str, str]] = {
    "AWS::ApiGateway::RestApi": "Name",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::ApiGatewayV2::Api": "Name",
    "AWS::ApiGatewayV2::Stage": "StageName",
    "AWS::AppSync::DataSource": "Name",
    "AWS::AppSync::GraphQLApi": "Name",
    "AWS::Cognito::UserPool": "UserPoolName",
    "AWS::Config::ConfigRule": "ConfigRuleName",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Policy": "PolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::IoT::TopicRule": "RuleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Alias": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
}
"""The property that holds a resource's own name."""

UNIQUE: Final = frozenset(NAMES) - {"AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api", "AWS::EC2::SecurityGroup"}
"""Types whose name is their identity in an account and region."""


def _simple(service: str, resource: str, ref: str, *extra: str, region: bool = True, account: bool = True) -> Any:
    """A maker for the usual case: an ARN of the name; `ref` ``name`` or ``arn``; `extra` more attributes that are the ARN."""

    def make(n: Named) -> Identity:
        arn = n.place.arn(service, resource.format(name=n.name), region=region, account=account)
        attributes = {"Ref": n.name if ref == "name" else arn, "Arn": arn, **dict.fromkeys(extra, arn)}
        return Identity(arn, n.name, attributes)

    return make


def _id(service: str, resource: str, prefix: str, *extra: str) -> Any:
    """A maker for what has an id that the service gives: ``vpc-0123…``."""

    def make(n: Named) -> Identity:
        identifier = f"{prefix}{n.hashed(17)}"
        arn = n.place.arn(service, f"{resource}/{identifier}")
        return Identity(arn, identifier, {"Ref": identifier, "Id": identifier, "Arn": arn, **dict.fromkeys(extra, identifier)})

    return make


def _iam(kind: str) -> Any:
    def make(n: Named) -> Identity:
        path = n.ask("Path")
        path = path if path.startswith("/") and path.endswith("/") else "/"
        arn = n.place.arn("iam", f"{kind}{path}{n.name}", region=False)
        ref = arn if kind == "policy" else n.name
        unique = f"{'AROA' if kind == 'role' else 'AIDA'}{n.hashed(16).upper()}"
        return Identity(arn, n.name, {"Ref": ref, "Arn": arn, "PolicyArn": arn, "RoleId": unique})

    return make


def _function(n: Named) -> Identity:
    arn = n.place.arn("lambda", f"function:{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn})


def _version(n: Named) -> Identity:
    function = n.of("FunctionName", "function")
    number = str(n.number)
    arn = f"{function}:{number}"
    return Identity(arn, number, {"Ref": arn, "FunctionArn": arn, "Version": number})


def _alias(n: Named) -> Identity:
    arn = f"{n.of('FunctionName', 'function')}:{n.name}"
    return Identity(arn, n.name, {"Ref": arn, "AliasArn": arn})


def _url(n: Named) -> Identity:
    function = n.of("TargetFunctionArn", "function")
    url = f"https://{n.hashed(32)}.lambda-url.{n.place.region}.on.aws/"
    return Identity(f"{function}:url", n.name, {"Ref": function, "FunctionArn": function, "FunctionUrl": url})


def _layer(n: Named) -> Identity:
    arn = n.place.arn("lambda", f"layer:{n.name}:1")
    return Identity(arn, n.name, {"Ref": arn, "LayerVersionArn": arn, "Version": "1"})


def _mapping(n: Named) -> Identity:
    h = n.hashed(32)
    uuid = f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
    arn = n.place.arn("lambda", f"event-source-mapping:{uuid}")
    return Identity(arn, uuid, {"Ref": uuid, "Id": uuid, "EventSourceMappingArn": arn})


def _signing(n: Named) -> Identity:
    identifier = f"csc-{n.hashed(17)}"
    arn = n.place.arn("lambda", f"code-signing-config:{identifier}")
    return Identity(arn, identifier, {"Ref": arn, "CodeSigningConfigArn": arn, "CodeSigningConfigId": identifier})


def _access_key(n: Named) -> Identity:
    # Its id is no attribute: a made-up one in a variable would be judged as if it stood there.
    identifier = f"AKIA{n.hashed(16).upper()}"
    return Identity(n.place.arn("iam", f"access-key/{identifier}", region=False), identifier, {})


def _bucket(n: Named) -> Identity:
    name = n.name.lower()
    arn = n.place.arn("s3", name, region=False, account=False)
    region, suffix = n.place.region, n.place.suffix
    attributes = {
        "Ref": name,
        "Arn": arn,
        "DomainName": f"{name}.s3.{suffix}",
        "DualStackDomainName": f"{name}.s3.dualstack.{region}.{suffix}",
        "RegionalDomainName": f"{name}.s3.{region}.{suffix}",
        "WebsiteURL": f"http://{name}.s3-website-{region}.{suffix}",
    }
    return Identity(arn, name, attributes)


def _queue(n: Named) -> Identity:
    fifo = n.ask("FifoQueue") == "true" and not n.name.endswith(".fifo")
    name = f"{n.name}.fifo" if fifo else n.name
    arn = n.place.arn("sqs", name)
    url = f"https://sqs.{n.place.region}.{n.place.suffix}/{n.place.account}/{name}"
    return Identity(arn, name, {"Ref": url, "QueueUrl": url, "Arn": arn, "QueueName": name})


def _topic(n: Named) -> Identity:
    fifo = n.ask("FifoTopic") == "true" and not n.name.endswith(".fifo")
    name = f"{n.name}.fifo" if fifo else n.name
    arn = n.place.arn("sns", name)
    return Identity(arn, name, {"Ref": arn, "TopicArn": arn, "TopicName": name})


def _subscription(n: Named) -> Identity:
    topic = n.ask("TopicArn") or n.place.arn("sns", n.name)
    h = n.hashed(32)
    arn = f"{topic}:{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
    return Identity(arn, n.name, {"Ref": arn, "Arn": arn})


def _table(n: Named) -> Identity:
    arn = n.place.arn("dynamodb", f"table/{n.name}")
    stream = f"{arn}/stream/2000-01-01T00:00:00.000"
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn, "StreamArn": stream})


def _consumer(n: Named) -> Identity:
    stream = n.ask("StreamARN") or n.place.arn("kinesis", f"stream/{n.name}")
    arn = f"{stream}/consumer/{n.ask('ConsumerName') or n.name}:1"
    return Identity(arn, n.name, {"Ref": arn, "ConsumerARN": arn})


def _rule(n: Named) -> Identity:
    bus = n.ask("EventBusName").rpartition("/")[2]
    own = bus not in ("", "default")
    arn = n.place.arn("events", f"rule/{bus}/{n.name}" if own else f"rule/{n.name}")
    return Identity(arn, n.name, {"Ref": f"{bus}|{n.name}" if own else n.name, "Arn": arn})


def _bus(n: Named) -> Identity:
    arn = n.place.arn("events", f"event-bus/{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Name": n.name, "Arn": arn})


def _api(n: Named) -> Identity:
    identifier = n.hashed(10)
    arn = n.place.arn("execute-api", identifier)
    host = f"{identifier}.execute-api.{n.place.region}.{n.place.suffix}"
    scheme = "wss" if n.ask("ProtocolType") == "WEBSOCKET" else "https"
    attributes = {
        "Ref": identifier,
        "RestApiId": identifier,
        "ApiId": identifier,
        "RootResourceId": f"root{identifier}",
        "ApiEndpoint": f"{scheme}://{host}",
    }
    return Identity(arn, n.name, attributes)


def _part(length: int, *attributes: str) -> Any:
    """A part of an API, or another thing whose id is only ever compared."""

    def make(n: Named) -> Identity:
        identifier = n.hashed(length)
        return Identity(n.resource.address, identifier, {"Ref": identifier, **dict.fromkeys(attributes, identifier)})

    return make


def _stage(n: Named) -> Identity:
    return Identity(n.resource.address, n.name, {"Ref": n.name})


def _key(n: Named) -> Identity:
    h = n.hashed(32)
    identifier = f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
    arn = n.place.arn("kms", f"key/{identifier}")
    return Identity(arn, identifier, {"Ref": identifier, "KeyId": identifier, "Arn": arn})


def _key_alias(n: Named) -> Identity:
    name = n.name if n.name.startswith("alias/") else f"alias/{n.name}"
    return Identity(n.place.arn("kms", name), name, {"Ref": name, "AliasName": name})


def _secret(n: Named) -> Identity:
    arn = n.place.arn("secretsmanager", f"secret:{n.name}-{n.hashed(6)}")
    return Identity(arn, n.name, {"Ref": arn, "Id": arn, "Arn": arn})


def _secret_part(n: Named) -> Identity:
    secret = n.ask("SecretId") or n.name
    return Identity(n.resource.address, n.name, {"Ref": secret, "Id": secret})


def _parameter(n: Named) -> Identity:
    arn = n.place.arn("ssm", f"parameter{n.name}" if n.name.startswith("/") else f"parameter/{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn})


def _log_group(n: Named) -> Identity:
    arn = n.place.arn("logs", f"log-group:{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": f"{arn}:*"})


def _repository(n: Named) -> Identity:
    arn = n.place.arn("ecr", f"repository/{n.name}")
    uri = f"{n.place.account}.dkr.ecr.{n.place.region}.{n.place.suffix}/{n.name}"
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn, "RepositoryUri": uri})


def _state_machine(n: Named) -> Identity:
    arn = n.place.arn("states", f"stateMachine:{n.name}")
    return Identity(arn, n.name, {"Ref": arn, "Arn": arn, "Name": n.name})


def _user_pool(n: Named) -> Identity:
    identifier = f"{n.place.region}_{n.hashed(9)}"
    provider = f"cognito-idp.{n.place.region}.{n.place.suffix}/{identifier}"
    attributes = {
        "Ref": identifier,
        "UserPoolId": identifier,
        "Arn": n.place.arn("cognito-idp", f"userpool/{identifier}"),
        "ProviderName": provider,
        "ProviderURL": f"https://{provider}",
    }
    return Identity(attributes["Arn"], n.name, attributes)


def _schedule(n: Named) -> Identity:
    arn = n.place.arn("scheduler", f"schedule/{n.ask('GroupName') or 'default'}/{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn})


def _graphql_api(n: Named) -> Identity:
    identifier = n.hashed(26)
    arn = n.place.arn("appsync", f"apis/{identifier}")
    url = f"https://{n.hashed(26)}.appsync-api.{n.place.region}.{n.place.suffix}/graphql"
    return Identity(arn, n.name, {"Ref": arn, "Arn": arn, "ApiId": identifier, "GraphQLUrl": url})


def _data_source(n: Named) -> Identity:
    arn = n.place.arn("appsync", f"apis/{n.ask('ApiId') or n.hashed(26)}/datasources/{n.name}")
    return Identity(arn, n.name, {"Ref": arn, "DataSourceArn": arn, "Name": n.name})


def _balancer(n: Named) -> Identity:
    kind = {"network": "net", "gateway": "gwy"}.get(n.ask("Type"), "app")
    full = f"{kind}/{n.name}/{n.hashed(16)}"
    arn = n.place.arn("elasticloadbalancing", f"loadbalancer/{full}")
    host = f"{n.name}-{n.hashed(10)}.{n.place.region}.elb.{n.place.suffix}"
    attributes = {"LoadBalancerArn": arn, "LoadBalancerFullName": full, "LoadBalancerName": n.name, "DNSName": host}
    return Identity(arn, n.name, {"Ref": arn, "Arn": arn, **attributes})


def _target_group(n: Named) -> Identity:
    full = f"targetgroup/{n.name}/{n.hashed(16)}"
    arn = n.place.arn("elasticloadbalancing", full)
    attributes = {"TargetGroupArn": arn, "TargetGroupFullName": full, "TargetGroupName": n.name}
    return Identity(arn, n.name, {"Ref": arn, "Arn": arn, **attributes})


def _listener(parent: str, noun: str, own: str, attribute: str) -> Any:
    """A maker for a part of a load balancer, whose ARN is that of what it belongs to with an id of its own."""

    def make(n: Named) -> Identity:
        of = n.ask(parent) or n.place.arn("elasticloadbalancing", f"{noun}/app/{n.name}/{n.hashed(16)}")
        arn = f"{of.replace(f':{noun}/', f':{own}/', 1)}/{n.hashed(16)}"
        return Identity(arn, n.name, {"Ref": arn, "Arn": arn, attribute: arn})

    return make


def _config_rule(n: Named) -> Identity:
    identifier = f"config-rule-{n.hashed(6)}"
    arn = n.place.arn("config", f"config-rule/{identifier}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn, "ConfigRuleId": identifier})


def _distribution(n: Named) -> Identity:
    identifier = f"E{n.hashed(13).upper()}"
    arn = n.place.arn("cloudfront", f"distribution/{identifier}", region=False)
    return Identity(
        arn, n.name, {"Ref": identifier, "Id": identifier, "Arn": arn, "DomainName": f"{n.hashed(14)}.cloudfront.net"}
    )


MAKERS: Final[Mapping[str, Callable[[Named], Identity]]] = {
    "AWS::ApiGateway::Authorizer": _part(6, "AuthorizerId"),
    "AWS::ApiGateway::Deployment": _part(6, "DeploymentId"),
    "AWS::ApiGateway::RequestValidator": _part(6, "RequestValidatorId"),
    "AWS::ApiGateway::Resource": _part(8, "ResourceId"),
    "AWS::ApiGateway::RestApi": _api,
    "AWS::ApiGateway::Stage": _stage,
    "AWS::ApiGatewayV2::Api": _api,
    "AWS::ApiGatewayV2::Authorizer": _part(6, "AuthorizerId"),
    "AWS::ApiGatewayV2::Deployment": _part(6, "DeploymentId"),
    "AWS::ApiGatewayV2::Integration": _part(7, "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _part(7, "RouteId"),
    "AWS::ApiGatewayV2::Stage": _stage,
    "AWS::AppSync::DataSource": _data_source,
    "AWS::AppSync::GraphQLApi": _graphql_api,
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Cognito::UserPoolClient": _part(26, "ClientId"),
    "AWS::Config::ConfigRule": _config_rule,
    "AWS::DynamoDB::GlobalTable": _table,
    "AWS::DynamoDB::Table": _table,
    "AWS::EC2::EgressOnlyInternetGateway": _id("ec2", "egress-only-internet-gateway", "eigw-"),
    "AWS::EC2::InternetGateway": _id("ec2", "internet-gateway", "igw-", "InternetGatewayId"),
    "AWS::EC2::NatGateway": _id("ec2", "natgateway", "nat-", "NatGatewayId"),
    "AWS::EC2::RouteTable": _id("ec2", "route-table", "rtb-", "RouteTableId"),
    "AWS::EC2::SecurityGroup": _id("ec2", "security-group", "sg-", "GroupId"),
    "AWS::EC2::Subnet": _id("ec2", "subnet", "subnet-", "SubnetId"),
    "AWS::EC2::TransitGateway": _id("ec2", "transit-gateway", "tgw-"),
    "AWS::EC2::VPC": _id("ec2", "vpc", "vpc-", "VpcId"),
    "AWS::EC2::VPCEndpoint": _id("ec2", "vpc-endpoint", "vpce-"),
    "AWS::ECR::Repository": _repository,
    "AWS::EFS::AccessPoint": _id("elasticfilesystem", "access-point", "fsap-", "AccessPointId"),
    "AWS::EFS::FileSystem": _id("elasticfilesystem", "file-system", "fs-", "FileSystemId"),
    "AWS::ElasticLoadBalancingV2::Listener": _listener("LoadBalancerArn", "loadbalancer", "listener", "ListenerArn"),
    "AWS::ElasticLoadBalancingV2::ListenerRule": _listener("ListenerArn", "listener", "listener-rule", "RuleArn"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group,
    "AWS::Events::EventBus": _bus,
    "AWS::Events::Rule": _rule,
    "AWS::IAM::AccessKey": _access_key,
    "AWS::IAM::Group": _iam("group"),
    "AWS::IAM::InstanceProfile": _iam("instance-profile"),
    "AWS::IAM::ManagedPolicy": _iam("policy"),
    "AWS::IAM::Role": _iam("role"),
    "AWS::IAM::User": _iam("user"),
    "AWS::IoT::TopicRule": _simple("iot", "rule/{name}", "name"),
    "AWS::KMS::Alias": _key_alias,
    "AWS::KMS::Key": _key,
    "AWS::KMS::ReplicaKey": _key,
    "AWS::Kinesis::Stream": _simple("kinesis", "stream/{name}", "name"),
    "AWS::Kinesis::StreamConsumer": _consumer,
    "AWS::KinesisFirehose::DeliveryStream": _simple("firehose", "deliverystream/{name}", "name"),
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::CodeSigningConfig": _signing,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Url": _url,
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::Pipes::Pipe": _simple("pipes", "pipe/{name}", "name"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Scheduler::ScheduleGroup": _simple("scheduler", "schedule-group/{name}", "name"),
    "AWS::SecretsManager::RotationSchedule": _secret_part,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SecretsManager::SecretTargetAttachment": _secret_part,
    "AWS::StepFunctions::StateMachine": _state_machine,
}

_SERVICES: Final[Mapping[str, str]] = {
    "ApplicationAutoScaling": "application-autoscaling",
    "CertificateManager": "acm",
    "CloudWatch": "cloudwatch",
    "Cognito": "cognito-identity",
    "EFS": "elasticfilesystem",
    "ElasticLoadBalancing": "elasticloadbalancing",
    "ElasticLoadBalancingV2": "elasticloadbalancing",
    "KinesisFirehose": "firehose",
    "MSK": "kafka",
    "OpenSearchService": "es",
    "Elasticsearch": "es",
    "StepFunctions": "states",
}


def other(n: Named) -> Identity:
    """The identity of a type that the model does not have: its ARN names one thing, whatever form the real one has."""
    parts = n.resource.type.split("::")
    if parts[0] != "AWS" or parts[1:2] == ["CloudFormation"]:
        # A custom resource gives what its function pleases.
        return Identity(n.resource.address, n.name, {})
    service = _SERVICES.get(parts[1], parts[1].lower()) if len(parts) == 3 else "custom"
    kind = parts[-1].lower()
    arn = n.place.arn(service, f"{kind}/{n.name}")
    return Identity(arn, n.name, {"Ref": n.name, "Arn": arn})


def not_before_deployment(resource: Resource, attribute: str) -> Unknown:
    """Why an attribute is not known."""
    return Unknown(f"{resource.where.subject or resource.address}.{attribute} is known after the deployment")
