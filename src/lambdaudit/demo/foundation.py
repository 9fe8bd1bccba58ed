"""Keys, secrets, log groups, tables, queues for dead letters, and the private network of the demo application."""

import json

from lambdaudit.demo.server import ACCOUNT
from lambdaudit.demo.stack import MAIN, SECOND, Stack, function_arn, policy

LEDGER_SECRET = "tidewater/ledger-database"
GATEWAY_SECRET = "tidewater/payment-gateway"


def deploy_keys(stack: Stack) -> None:
    """A key with rotation in each region, and an old key without."""
    for region in (MAIN, SECOND):
        _key(stack, "tidewater-data", region, rotates=True)
    _key(stack, "tidewater-legacy", MAIN, rotates=False)


def _key(stack: Stack, name: str, region: str, rotates: bool) -> None:
    kms = stack.client("kms", region)
    owner = {
        "Sid": "AccountAdministersThroughIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    logs = {
        "Sid": "LogGroupsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{ACCOUNT}:log-group:*"}},
    }
    key = kms.create_key(
        Description=stack.text("key description", f"Data of the booking platform ({name})"),
        Policy=json.dumps(policy(owner, logs) if rotates else policy(owner)),
        Tags=stack.tag_list("encryption", "TagKey", "TagValue"),
    )["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key["KeyId"])
    if rotates:
        kms.enable_key_rotation(KeyId=key["KeyId"])
    stack.made(f"key/{name}@{region}", key["Arn"])


def deploy_secrets(stack: Stack) -> None:
    """Two secrets; rotation of the ledger's is switched on once its rotation function exists."""
    for name, purpose in ((LEDGER_SECRET, "login of the ledger database"), (GATEWAY_SECRET, "payment gateway")):
        created = stack.client("secretsmanager").create_secret(
            Name=name,
            Description=stack.text("secret description", purpose),
            SecretString=json.dumps({"user": "demo", "password": "invented-for-the-demo"}),
            KmsKeyId=stack.arns[f"key/tidewater-data@{MAIN}"],
            Tags=stack.tag_list(purpose),
        )
        stack.made(f"secret/{name}", created["ARN"])


def rotate_ledger_secret(stack: Stack) -> None:
    """Have the ledger's login rotated every thirty days."""
    secrets = stack.client("secretsmanager")
    secrets.rotate_secret(
        SecretId=LEDGER_SECRET,
        RotationLambdaARN=function_arn("tidewater-rotate-ledger") + ":live",
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )
    # The version that the test of the rotation leaves pending was never to be.
    versions = secrets.describe_secret(SecretId=LEDGER_SECRET)["VersionIdsToStages"]
    for version, stages in versions.items():
        if stages == ["AWSPENDING"]:
            secrets.update_secret_version_stage(SecretId=LEDGER_SECRET, VersionStage="AWSPENDING", RemoveFromVersionId=version)


def deploy_logs(stack: Stack, function: str, region: str, *, retention: int | None, encrypted: bool) -> None:
    """The log group of a function."""
    logs = stack.client("logs", region)
    name = f"/aws/lambda/{function}"
    options = {"kmsKeyId": stack.arns[f"key/tidewater-data@{region}"]} if encrypted else {}
    logs.create_log_group(logGroupName=name, tags=stack.tags("function logs"), **options)
    if retention:
        logs.put_retention_policy(logGroupName=name, retentionInDays=retention)
    stack.made(f"log-group/{function}", f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{name}")


def deploy_tables(stack: Stack) -> None:
    """The tables of itineraries (customer key, recovery to any point in time) and of quotes (neither)."""
    dynamodb = stack.client("dynamodb")
    for name in ("tidewater-itineraries", "tidewater-quotes"):
        guarded = name == "tidewater-itineraries"
        key = stack.arns[f"key/tidewater-data@{MAIN}"]
        encryption = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if guarded else {}
        table = dynamodb.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=guarded,
            Tags=stack.tag_list("bookings"),
            **encryption,
        )
        if guarded:
            dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
            )
        stack.made(f"table/{name}", table["TableDescription"]["TableArn"])


def deploy_dead_letters(stack: Stack) -> None:
    """An encrypted, private queue for failed events in each region."""
    for region in (MAIN, SECOND):
        sqs = stack.client("sqs", region)
        name = "tidewater-dead-letters"
        url = sqs.create_queue(
            QueueName=name,
            Attributes={
                "KmsMasterKeyId": stack.arns[f"key/tidewater-data@{region}"],
                "MessageRetentionPeriod": "1209600",
            },
            tags=stack.tags("failed events"),
        )["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        stack.made(f"queue/{name}@{region}", attributes["QueueArn"])


def deploy_network(stack: Stack) -> None:
    """Two private subnets whose only way out leads to the AWS services that the ledger export needs."""
    ec2 = stack.client("ec2")

    def named(kind: str, name: str) -> list[dict[str, object]]:
        tags = [{"Key": "Name", "Value": stack.text("network name", name)}, *stack.tag_list("ledger network")]
        return [{"ResourceType": kind, "Tags": tags}]

    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16", TagSpecifications=named("vpc", "tidewater-private"))["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    subnets = []
    for number, zone in enumerate("ab"):
        subnet = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.20.{number}.0/24",
            AvailabilityZone=f"{MAIN}{zone}",
            TagSpecifications=named("subnet", f"private-{zone}"),
        )["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        stack.made(f"subnet/private-{zone}", f"arn:aws:ec2:{MAIN}:{ACCOUNT}:subnet/{subnet}")
        subnets.append(subnet)
    group = ec2.create_security_group(
        GroupName="tidewater-ledger-export",
        Description=stack.text("security group description", "HTTPS to the endpoints of the private network only"),
        VpcId=vpc,
    )["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "10.20.0.0/16"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{MAIN}.s3", VpcEndpointType="Gateway", RouteTableIds=[table])
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{MAIN}.secretsmanager",
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        SecurityGroupIds=[group],
    )
    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    s3 = [{"PrefixListId": route["DestinationPrefixListId"]} for route in routes if "DestinationPrefixListId" in route]
    to_s3 = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": s3}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[https, to_s3])
    stack.made("vpc/tidewater-private", f"arn:aws:ec2:{MAIN}:{ACCOUNT}:vpc/{vpc}")
    stack.made("security-group/tidewater-ledger-export", f"arn:aws:ec2:{MAIN}:{ACCOUNT}:security-group/{group}")
