"""Queues, streams and brokers that Lambda reads from for a function."""

from collections.abc import Callable
from typing import Any, Final

from lambdaudit.sources.iac.values import List, Map, Span, Str, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.roles import POLLS, stream_kind
from lambdaudit.sources.serverless.service import (
    Function,
    Service,
    as_map,
    copied,
    is_function_call,
    join,
    members,
    obj,
    ref,
    word,
)

_NETWORK: Final = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeVpcs",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups",
]
_SECRET: Final = ["secretsmanager:GetSecretValue"]
_ACCESS: Final = {
    "vpcSubnet": "VPC_SUBNET",
    "vpcSecurityGroup": "VPC_SECURITY_GROUP",
    "saslPlainAuth": "BASIC_AUTH",
    "saslScram256Auth": "SASL_SCRAM_256_AUTH",
    "saslScram512Auth": "SASL_SCRAM_512_AUTH",
    "clientCertificateTlsAuth": "CLIENT_CERTIFICATE_TLS_AUTH",
    "serverRootCaCertificate": "SERVER_ROOT_CA_CERTIFICATE",
}


def _table(settings: Any) -> Map:
    return settings if isinstance(settings, Map) and not is_function_call(settings) else Map()


def source_name(arn: Any, part: int = -1) -> str:
    """What an ARN or expression names, for logical ids: the resource of an expression, a part of a text."""
    if isinstance(arn, str):
        pieces = str(arn).replace("/", ":").split(":")
        return pieces[part] if -len(pieces) <= part < len(pieces) else pieces[-1]
    if is_function_call(arn):
        (inner,) = arn.values()
        if isinstance(inner, list) and inner and isinstance(inner[0], str) and "Fn::GetAtt" in arn:
            return str(inner[0])
        if isinstance(inner, str):
            return str(inner)
        if isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list) and inner[1]:
            last = inner[1][-1]
            return source_name(last) if isinstance(last, dict) else str(last)
    return "Open"


def _mapping(s: Service, function: Function, table: Map, name: str, properties: Map, span: Span | None) -> Map:
    """An event source mapping with the settings that all sources share."""
    properties["FunctionName"] = function.arn
    copied(
        properties,
        table,
        BatchSize="batchSize",
        Enabled="enabled",
        MaximumBatchingWindowInSeconds="maximumBatchingWindow",
    )
    filters = table.get("filterPatterns")
    if isinstance(filters, list):
        patterns = [obj(span_of(one), Pattern=Map({"Fn::ToJsonString": one})) for one in filters]
        properties["FilterCriteria"] = obj(span, Filters=List(patterns))
    return s.add(name, "AWS::Lambda::EventSourceMapping", properties, span)


def add_queue(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``sqs``: an ARN, or settings with one."""
    table = _table(settings)
    arn = table.get("arn") if table else settings
    made = obj(span, EventSourceArn=arn, BatchSize=10, Enabled=True)
    if table.get("functionResponseType") is not None:
        made["FunctionResponseTypes"] = List([table["functionResponseType"]])
    if table.get("maximumConcurrency") is not None:
        made["ScalingConfig"] = obj(span, MaximumConcurrency=table["maximumConcurrency"])
    name = f"{names.normal(function.key)}EventSourceMappingSQS{names.plain(source_name(arn))}"
    _mapping(s, function, table, name, made, span)
    s.allow(POLLS["sqs"], arn, span)


def add_stream(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``stream``: a stream of Kinesis or DynamoDB, with a consumer of its own where that is asked for."""
    table = _table(settings)
    arn = table.get("arn") if table else settings
    kind = stream_kind(settings)
    shown = source_name(arn, 6) if isinstance(arn, str) else source_name(arn)
    made = obj(span, EventSourceArn=arn, BatchSize=10, Enabled=True, StartingPosition=Str("TRIM_HORIZON"))
    copied(
        made,
        table,
        StartingPosition="startingPosition",
        StartingPositionTimestamp="startingPositionTimestamp",
        BisectBatchOnFunctionError="bisectBatchOnFunctionError",
        MaximumRecordAgeInSeconds="maximumRecordAgeInSeconds",
        MaximumRetryAttempts="maximumRetryAttempts",
        ParallelizationFactor="parallelizationFactor",
        TumblingWindowInSeconds="tumblingWindowInSeconds",
    )
    if table.get("functionResponseType") is not None:
        made["FunctionResponseTypes"] = List([table["functionResponseType"]])
    _failures(s, table, made)
    consumer = table.get("consumer")
    if kind == "kinesis" and consumer is not None and consumer is not False:
        made["EventSourceArn"] = _consumer(s, function, consumer, arn, shown, span)
    else:
        s.allow(POLLS[kind], arn, span)
    name = f"{names.normal(function.key)}EventSourceMapping{names.upper_first(kind)}{names.plain(shown)}"
    _mapping(s, function, table, name, made, span)


def _consumer(s: Service, function: Function, consumer: Any, arn: Any, shown: str, span: Span | None) -> Any:
    if consumer is not True and consumer != "true":
        s.allow(["kinesis:SubscribeToShard"], consumer, span)
        target = consumer
    else:
        title = f"{function.key}{shown}Consumer"
        name = f"{names.normal(title)}StreamConsumer"
        s.add(name, "AWS::Kinesis::StreamConsumer", obj(span, StreamARN=arn, ConsumerName=Str(title)), span)
        target = ref(name)
        s.allow(["kinesis:SubscribeToShard"], target, span)
    actions = ["kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStreamSummary", "kinesis:ListShards"]
    s.allow(actions, arn, span)
    return target


def _failures(s: Service, table: Map, made: Map) -> None:
    """Where records go that failed, which the role may send to."""
    target = as_map(table.get("destinations")).get("onFailure")
    if target is None:
        return
    settings = _table(target)
    arn = settings.get("arn") if settings else target
    kind = word(settings.get("type")) or (str(arn).split(":")[2] if isinstance(arn, str) and arn.count(":") > 2 else "")
    place = table.keys_at.get("destinations")
    made["DestinationConfig"] = obj(place, OnFailure=obj(place, Destination=arn))
    if kind == "sns":
        s.allow(["sns:Publish"], arn, place)
    elif kind == "sqs":
        s.allow(["sqs:ListQueues", "sqs:SendMessage"], arn, place)


def add_kafka(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``kafka``: a cluster of one's own."""
    table = _table(settings)
    made = obj(span, StartingPosition=Str("TRIM_HORIZON"), Topics=List([table["topic"]]) if "topic" in table else None)
    copied(made, table, StartingPosition="startingPosition")
    servers = obj(span, KafkaBootstrapServers=table.get("bootstrapServers"))
    made["SelfManagedEventSource"] = obj(span, Endpoints=servers)
    if table.get("consumerGroupId") is not None:
        made["SelfManagedKafkaEventSourceConfig"] = obj(span, ConsumerGroupId=table["consumerGroupId"])
    access, needs_network = [], False
    for key, value in as_map(table.get("accessConfigurations")).items():
        for one in members(value):
            access.append(obj(span_of(one), Type=Str(_ACCESS.get(key, key)), URI=_access_uri(key, one)))
            if key.startswith("vpc"):
                needs_network = True
            else:
                s.allow(_SECRET, one, span)
    made["SourceAccessConfigurations"] = List(access)
    if needs_network:
        s.allow(_NETWORK, Str("*"), span)
    name = f"{names.normal(function.key)}EventSourceMappingKafka{names.plain(word(table.get('topic')))[:158]}"
    _mapping(s, function, table, name, made, span)


def _access_uri(key: str, value: Any) -> Any:
    prefix = {"vpcSubnet": "subnet:", "vpcSecurityGroup": "security_group:"}.get(key)
    if prefix is None or not isinstance(value, str) or value.startswith(prefix):
        return value
    return Str(f"{prefix}{value}", span_of(value))


def add_msk(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
    """``msk``: a managed cluster of Kafka."""
    table = _table(settings)
    arn = table.get("arn")
    made = obj(span, EventSourceArn=arn, StartingPosition=Str("TRIM_HORIZON"))
    made["Topics"] = List([table["topic"]]) if "topic" in table else List()
    copied(made, table, StartingPosition="startingPosition")
    if table.get("saslScram512") is not None:
        made["SourceAccessConfigurations"] = List([obj(span, Type=Str("SASL_SCRAM_512_AUTH"), URI=table["saslScram512"])])
    if table.get("consumerGroupId") is not None:
        made["AmazonManagedKafkaEventSourceConfig"] = obj(span, ConsumerGroupId=table["consumerGroupId"])
    s.allow(["kafka:DescribeCluster", "kafka:GetBootstrapBrokers"], arn, span)
    s.allow(_NETWORK, Str("*"), span)
    cluster = str(arn).split("/")[1] if isinstance(arn, str) and arn.count("/") else source_name(arn)
    topic = names.plain(word(table.get("topic")))[:79]
    name = f"{names.normal(function.key)}EventSourceMappingMSK{names.plain(cluster)[:79]}{topic}"
    _mapping(s, function, table, name, made, span)


def add_broker(kind: str) -> Callable[[Service, Function, int, Any, Span | None], None]:
    """``activemq`` or ``rabbitmq``: a broker of Amazon MQ, and the rights that reading from it needs."""
    title = "ActiveMQ" if kind == "activemq" else "RabbitMQ"

    def add(s: Service, function: Function, number: int, settings: Any, span: Span | None) -> None:
        table = _table(settings)
        arn, secret = table.get("arn"), table.get("basicAuthArn")
        made = obj(span, EventSourceArn=arn, Queues=List([table["queue"]]) if "queue" in table else None)
        access = [obj(span, Type=Str("BASIC_AUTH"), URI=secret)]
        if table.get("virtualHost") is not None:
            access.append(obj(span, Type=Str("VIRTUAL_HOST"), URI=table["virtualHost"]))
        made["SourceAccessConfigurations"] = List(access)
        s.allow(_SECRET, secret, span)
        s.allow(["mq:DescribeBroker"], arn, span)
        s.allow(_NETWORK, Str("*"), span)
        queue = names.plain(word(table.get("queue")))[:150]
        _mapping(s, function, table, f"{names.normal(function.key)}EventSourceMapping{title}{queue}", made, span)

    return add


def queue_url(arn: Any) -> Any:
    """The URL of a queue by its ARN, as far as it is known."""
    if isinstance(arn, str) and arn.count(":") == 5:
        _, _, _, region, account, name = arn.split(":")
        return join("", f"https://sqs.{region}.", ref("AWS::URLSuffix"), f"/{account}/{name}")
    return arn
