"""What the CDK deploys for its own purposes: helper functions of custom resources, and what those do at deployment."""

import re
from typing import Any, Final

from lambdaudit.sources.cdk.places import Constructs
from lambdaudit.sources.iac.resources import Resource
from lambdaudit.sources.iac.values import List, Map, Ref

_HASH: Final = "[0-9a-fA-F]{20,}"
_SEGMENTS: Final = re.compile(
    rf".+CustomResourceProvider|AwsCliLayer|Custom::.+{_HASH}|(?:LogRetention|BucketNotificationsHandler|AWS){_HASH}"
    rf"|framework-(?:onEvent|isComplete|onTimeout)|waiter-state-machine|.*ResourceProvider{_HASH}|@aws-cdk--.+"
)
_LOGICAL: Final = re.compile(
    rf"\w+CustomResourceProvider(?:Handler|Role)\w*|(?:LogRetention|BucketNotificationsHandler|AWS){_HASH}\w*"
    rf"|CustomCDK\w+{_HASH}\w*|\w*framework(?:onEvent|isComplete|onTimeout)\w*"
)
_CONFIGURATIONS: Final = (
    ("LambdaFunctionConfigurations", "LambdaFunctionArn", "LambdaConfigurations", "Function"),
    ("QueueConfigurations", "QueueArn", "QueueConfigurations", "Queue"),
    ("TopicConfigurations", "TopicArn", "TopicConfigurations", "Topic"),
)


def is_generated(path: str, logical: str, constructs: Constructs) -> bool:
    """Whether a resource belongs to a helper of the CDK, by its construct's path, or by its logical id without one."""
    if not path:
        return _LOGICAL.fullmatch(logical) is not None
    if any(path == helper or path.startswith(f"{helper}/") for helper in constructs.helpers):
        return True
    return any(_SEGMENTS.fullmatch(segment) for segment in path.split("/"))


def apply_custom_resources(resources: list[Resource]) -> list[Resource]:
    """What helpers of the CDK do when they run, as properties and resources: notifications of buckets, retention of logs."""
    by_address = {resource.address: resource for resource in resources}
    added: list[Resource] = []
    for resource in resources:
        if resource.type == "Custom::S3BucketNotifications":
            bucket = resource.properties.get("BucketName")
            target = by_address.get(bucket.address) if isinstance(bucket, Ref) else None
            if target is not None and target.type == "AWS::S3::Bucket":
                _notify(target, resource.properties.get("NotificationConfiguration"))
        elif resource.type == "Custom::LogRetention":
            added.append(_log_group(resource))
    return added


def _notify(bucket: Resource, written: Any) -> None:
    configuration = bucket.properties.setdefault("NotificationConfiguration", Map())
    if not isinstance(written, Map) or not isinstance(configuration, Map):
        return
    if place := written.span:
        bucket.properties.keys_at.setdefault("NotificationConfiguration", place)
    for name, arn, target, key in _CONFIGURATIONS:
        for one in written.get(name) or ():
            if not isinstance(one, Map):
                continue
            for event in one.get("Events") or ():
                made = Map({"Event": event, key: one.get(arn)}, one.span)
                if rules := _rules(one.get("Filter")):
                    made["Filter"] = Map({"S3Key": Map({"Rules": rules})})
                configuration.setdefault(target, List()).append(made)
    if "EventBridgeConfiguration" in written:
        configuration["EventBridgeConfiguration"] = Map({"EventBridgeEnabled": True})


def _rules(written: Any) -> Any:
    key = written.get("Key") if isinstance(written, dict) else None
    return key.get("FilterRules") if isinstance(key, dict) else None


def _log_group(resource: Resource) -> Resource:
    kept = {name: resource.properties[name] for name in ("LogGroupName", "RetentionInDays") if name in resource.properties}
    properties = Map(kept, resource.properties.span, resource.properties.keys_at)
    return Resource(
        address=f"{resource.address}/LogGroup",
        type="AWS::Logs::LogGroup",
        properties=properties,
        where=resource.where / "LogGroup",
        name=f"{resource.name}-LogGroup",
        undecided=resource.undecided,
        unknown=resource.unknown,
        account=resource.account,
        region=resource.region,
        owner=resource.address,
    )
