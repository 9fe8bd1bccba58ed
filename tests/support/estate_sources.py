"""What calls the functions of an estate: queues, topics, buckets, tables, streams, rules, URLs."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.support.estate_plan import Function
from tests.support.wire import ACCOUNT

if TYPE_CHECKING:
    from tests.support.estate import Site


def open_to_all(action: str, arn: str) -> str:
    """A resource-based policy that lets anyone do it."""
    statement = {"Sid": "all", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def let(site: "Site", one: Function, service: str, source: str, **more: str) -> None:
    """Let a service call the function for one source."""
    site.client("lambda", one.region).add_permission(
        FunctionName=one.name,
        StatementId=f"{service}-calls",
        Action="lambda:InvokeFunction",
        Principal=f"{service}.amazonaws.com",
        **({"SourceArn": source} if source else {}),
        **more,
    )


def listen(site: "Site", one: Function, source: str, **settings: Any) -> str:
    """An event source mapping; its ARN."""
    functions = site.client("lambda", one.region)
    made = functions.create_event_source_mapping(FunctionName=one.name, EventSourceArn=source, **settings)
    return f"arn:aws:lambda:{one.region}:{ACCOUNT}:event-source-mapping:{made['UUID']}"


def queue(site: "Site", one: Function) -> None:
    sqs = site.client("sqs", one.region)
    arn = f"arn:aws:sqs:{one.region}:{ACCOUNT}:{one.name}"
    dead = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{one.region}:{ACCOUNT}:dead-letters", "maxReceiveCount": 5})
    url = sqs.create_queue(QueueName=one.name, Attributes={"RedrivePolicy": dead})["QueueUrl"]
    if "open-queue" in one.weaknesses:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": open_to_all("sqs:SendMessage", arn)})
        site.plant(one, "open-queue", arn)
    mapping = listen(site, one, arn, BatchSize=10)
    if "dead-end-source" in one.weaknesses:
        sqs.delete_queue(QueueUrl=url)
        site.plant(one, "dead-end-source", mapping)


def topic(site: "Site", one: Function) -> None:
    sns = site.client("sns", one.region)
    arn = sns.create_topic(Name=one.name)["TopicArn"]
    if "open-topic" in one.weaknesses:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=open_to_all("SNS:Publish", arn))
        site.plant(one, "open-topic", arn)
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=one.arn)
    let(site, one, "sns", arn)


def bucket(site: "Site", one: Function) -> None:
    s3 = site.client("s3", one.region)
    name = f"shop-{one.name}"
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": one.region}}
    s3.create_bucket(Bucket=name, **({} if one.region == "us-east-1" else elsewhere))
    if "open-bucket" in one.weaknesses:
        s3.put_bucket_policy(Bucket=name, Policy=open_to_all("s3:PutObject", f"arn:aws:s3:::{name}/*"))
        site.plant(one, "open-bucket", f"arn:aws:s3:::{name}")
    else:
        blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))
        controls = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=controls)
    if "confused-deputy" in one.weaknesses:
        let(site, one, "s3", "")
        site.plant(one, "confused-deputy", one.arn)
    else:
        let(site, one, "s3", f"arn:aws:s3:::{name}", SourceAccount=ACCOUNT)
    calls = [{"LambdaFunctionArn": one.arn, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": calls})


def table(site: "Site", one: Function) -> None:
    made = site.client("dynamodb", one.region).create_table(
        TableName=one.name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    listen(site, one, made["TableDescription"]["LatestStreamArn"], StartingPosition="LATEST")


def stream(site: "Site", one: Function) -> None:
    site.client("kinesis", one.region).create_stream(StreamName=one.name, ShardCount=1)
    listen(site, one, f"arn:aws:kinesis:{one.region}:{ACCOUNT}:stream/{one.name}", StartingPosition="LATEST")


def rule(site: "Site", one: Function) -> None:
    events = site.client("events", one.region)
    arn = events.put_rule(Name=one.name, ScheduleExpression="rate(15 minutes)")["RuleArn"]
    events.put_targets(Rule=one.name, Targets=[{"Id": "function", "Arn": one.arn}])
    let(site, one, "events", arn)


def url(site: "Site", one: Function) -> None:
    """A function URL: for signed requests, or for all when planted, with the two statements it then needs."""
    functions = site.client("lambda", one.region)
    public = "public-url" in one.weaknesses
    kind = "NONE" if public else "AWS_IAM"
    functions.create_function_url_config(FunctionName=one.name, AuthType=kind)
    if not public:
        if "url-with-iam" in one.controls:
            site.plant(one, "url-with-iam", one.arn)
        return
    everyone = {"FunctionName": one.name, "Principal": "*"}
    functions.add_permission(StatementId="url", Action="lambda:InvokeFunctionUrl", FunctionUrlAuthType="NONE", **everyone)
    functions.add_permission(StatementId="invoke", Action="lambda:InvokeFunction", InvokedViaFunctionUrl=True, **everyone)
    site.plant(one, "public-url", one.arn)


BUILDERS: dict[str, Callable[["Site", Function], None]] = {
    "queue": queue,
    "topic": topic,
    "bucket": bucket,
    "table": table,
    "stream": stream,
    "rule": rule,
    "url": url,
    "url-iam": url,
}


def deploy_source(site: "Site", one: Function) -> None:
    """Build what calls the function; APIs are built by region, and some functions are called by hand."""
    builder = BUILDERS.get(one.trigger)
    if builder:
        builder(site, one)
