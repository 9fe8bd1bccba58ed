"""What triggers the functions of the demo application: queues, topics, buckets, schedules, URLs, other accounts."""

import json
from typing import Any

from lambdaudit.demo.identities import PORTAL_ROLE
from lambdaudit.demo.server import ACCOUNT, PARTNER_ACCOUNT
from lambdaudit.demo.stack import MAIN, SECOND, Stack, function_arn, policy, role_arn


def permit(stack: Stack, function: str, principal: str, sid: str, region: str = MAIN, **more: Any) -> None:
    """Add a statement to a function's resource policy; `more` takes the other fields of AddPermission."""
    stack.client("lambda", region).add_permission(
        FunctionName=function,
        StatementId=stack.text("statement id", sid),
        Principal=principal,
        **{"Action": "lambda:InvokeFunction", **more},
    )


def deploy_queues(stack: Stack) -> None:
    """The order queue that is open to everyone, and the private queue of itinerary changes."""
    sqs, lambda_ = stack.client("sqs"), stack.client("lambda")
    orders = f"arn:aws:sqs:{MAIN}:{ACCOUNT}:tidewater-orders"
    anyone = {"Sid": stack.text("queue statement id", "Open"), "Effect": "Allow", "Principal": "*"}
    sqs.create_queue(
        QueueName="tidewater-orders",
        Attributes={
            "VisibilityTimeout": "30",
            "Policy": json.dumps(policy({**anyone, "Action": "sqs:*", "Resource": orders})),
        },
        tags=stack.tags("orders"),
    )
    lambda_.create_event_source_mapping(EventSourceArn=orders, FunctionName="tidewater-order-intake", BatchSize=10)
    changes = f"arn:aws:sqs:{MAIN}:{ACCOUNT}:tidewater-itinerary-updates"
    redrive = {"deadLetterTargetArn": stack.arns[f"queue/tidewater-dead-letters@{MAIN}"], "maxReceiveCount": 5}
    sqs.create_queue(
        QueueName="tidewater-itinerary-updates",
        Attributes={
            "VisibilityTimeout": "120",
            "KmsMasterKeyId": stack.arns[f"key/tidewater-data@{MAIN}"],
            "RedrivePolicy": json.dumps(redrive),
        },
        tags=stack.tags("itinerary changes"),
    )
    lambda_.create_event_source_mapping(
        EventSourceArn=changes,
        FunctionName=function_arn("tidewater-itinerary") + ":live",
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 5},
    )
    stack.made("queue/tidewater-orders", orders)
    stack.made("queue/tidewater-itinerary-updates", changes)


def deploy_topic(stack: Stack) -> None:
    """A topic to which everyone may publish and subscribe; its function trusts any topic of any account."""
    sns = stack.client("sns")
    topic = sns.create_topic(Name="tidewater-booking-events", Tags=stack.tag_list("booking events"))["TopicArn"]
    statement = {
        "Sid": stack.text("topic statement id", "Open"),
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["sns:Publish", "sns:Subscribe"],
        "Resource": topic,
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy(statement)))
    name = stack.text("topic display name", "Booking events")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue=name)
    permit(stack, "tidewater-notify", "sns.amazonaws.com", "topics")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function_arn("tidewater-notify"))
    stack.made("topic/tidewater-booking-events", topic)


def deploy_public_bucket(stack: Stack) -> None:
    """Guests' photos, readable by everyone; every upload starts a function that writes to the same bucket."""
    s3, name = stack.client("s3"), "tidewater-guest-photos"
    arn = stack.made(f"bucket/{name}", f"arn:aws:s3:::{name}")
    s3.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": MAIN},
        ObjectOwnership="ObjectWriter",
    )
    s3.put_bucket_acl(Bucket=name, ACL="public-read")
    _encrypt(s3, name, {"SSEAlgorithm": "AES256"})
    read = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{arn}/*"}
    sid = stack.text("bucket statement id", "PublicRead")
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy({"Sid": sid, **read})))
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": stack.tag_list("guests' photos")})
    permit(stack, "tidewater-photo-resize", "s3.amazonaws.com", "photos")
    _notify(stack, name, MAIN, function_arn("tidewater-photo-resize"))


def deploy_private_buckets(stack: Stack) -> None:
    """Three private, encrypted buckets; uploads of charts start one function, which writes to another bucket."""
    _private_bucket(stack, "tidewater-ledger-archive", MAIN)
    _private_bucket(stack, "tidewater-map-tiles", SECOND)
    charts = _private_bucket(stack, "tidewater-charts", SECOND)
    permit(
        stack,
        "tidewater-berth-map",
        "s3.amazonaws.com",
        "charts",
        SECOND,
        SourceArn=charts,
        SourceAccount=ACCOUNT,
        Qualifier="live",
    )
    _notify(stack, "tidewater-charts", SECOND, function_arn("tidewater-berth-map", SECOND) + ":live", "incoming/")


def _private_bucket(stack: Stack, name: str, region: str) -> str:
    s3 = stack.client("s3", region)
    location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced", **location)
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    _encrypt(s3, name, {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": stack.arns[f"key/tidewater-data@{region}"]})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    arn = stack.made(f"bucket/{name}", f"arn:aws:s3:::{name}")
    plain_http = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy(plain_http)))
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": stack.tag_list("bookings")})
    return arn


def _encrypt(s3: Any, bucket: str, how: dict[str, str]) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": how, "BucketKeyEnabled": how["SSEAlgorithm"] == "aws:kms"}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _notify(stack: Stack, bucket: str, region: str, function: str, prefix: str = "") -> None:
    target: dict[str, Any] = {
        "Id": stack.text("notification id", "uploads"),
        "LambdaFunctionArn": function,
        "Events": ["s3:ObjectCreated:*"],
    }
    if prefix:
        target["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": prefix}]}}
    stack.client("s3", region).put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
    )


def deploy_schedules(stack: Stack) -> None:
    """A nightly schedule in each region, each allowed to invoke just its own function."""
    _schedule(stack, "tidewater-ledger-export", MAIN, "live")
    _schedule(stack, "tidewater-nightly-reports", SECOND, "")


def _schedule(stack: Stack, function: str, region: str, qualifier: str) -> None:
    events = stack.client("events", region)
    rule = events.put_rule(
        Name=f"{function}-nightly",
        ScheduleExpression="cron(30 2 * * ? *)",
        Description=stack.text("rule description", "Every night"),
        Tags=stack.tag_list("schedule"),
    )["RuleArn"]
    target = function_arn(function, region) + (f":{qualifier}" if qualifier else "")
    events.put_targets(Rule=f"{function}-nightly", Targets=[{"Id": "function", "Arn": target}])
    options: dict[str, Any] = {"Qualifier": qualifier} if qualifier else {}
    permit(stack, function, "events.amazonaws.com", "nightly", region, SourceArn=rule, SourceAccount=ACCOUNT, **options)
    stack.made(f"rule/{function}-nightly", rule)


def deploy_callers(stack: Stack) -> None:
    """Who else may call: the whole internet, a foreign account, one role of this account, the secret's rotation."""
    lambda_ = stack.client("lambda")
    lambda_.create_function_url_config(
        FunctionName="tidewater-admin-console",
        AuthType="NONE",
        Cors={"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"]},
    )
    url: dict[str, Any] = {"Action": "lambda:InvokeFunctionUrl"}
    direct: dict[str, Any] = {"InvokedViaFunctionUrl": True}
    permit(stack, "tidewater-admin-console", "*", "public-url", FunctionUrlAuthType="NONE", **url)
    permit(stack, "tidewater-admin-console", "*", "public-invoke", **direct)
    permit(stack, "tidewater-partner-sync", f"arn:aws:iam::{PARTNER_ACCOUNT}:root", "partner")
    lambda_.create_function_url_config(
        FunctionName="tidewater-crew-roster",
        AuthType="AWS_IAM",
        Qualifier="live",
        Cors={"AllowOrigins": ["https://crew.tidewater.example"], "AllowMethods": ["GET"]},
    )
    live: dict[str, Any] = {"Qualifier": "live"}
    portal = role_arn(PORTAL_ROLE)
    permit(stack, "tidewater-crew-roster", portal, "portal-url", FunctionUrlAuthType="AWS_IAM", **url, **live)
    permit(stack, "tidewater-crew-roster", portal, "portal-invoke", **direct, **live)
    permit(
        stack,
        "tidewater-rotate-ledger",
        "secretsmanager.amazonaws.com",
        "rotation",
        SourceArn=stack.arns["secret/tidewater/ledger-database"],
        SourceAccount=ACCOUNT,
        **live,
    )
