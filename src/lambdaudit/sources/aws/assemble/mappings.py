"""Event source mappings: what Lambda polls for which function."""

from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.raw import Key

KIND = "event-source-mapping"
_DULL = ("EventSourceMappingArn", "LastModified", "StateTransitionReason", "StartingPositionTimestamp")


def event_source_mappings(b: Builder) -> None:
    """Add the mappings of every region, or of each named function."""
    seen: set[str] = set()
    for key, record in b.records("lambda", "ListEventSourceMappings", "EventSourceMappings", KIND):
        uuid = record.text("UUID", "")
        made = b.arn(key, "lambda", f"{KIND}:{uuid}") if isinstance(uuid, str) and uuid else ""
        arn = b.identity(record, "EventSourceMappingArn", "lambda", f"{KIND}:", made)
        if not arn:
            b.lost((KIND,), key.account, key.region, record.where, "odd record: no UUID")
        elif arn not in seen:
            seen.add(arn)
            record.about(arn)
            _add(b, key, arn, record)


def _add(b: Builder, key: Key, arn: str, record: Fields) -> None:
    record.ignore(*_DULL)
    function = record.plain(record.text("FunctionArn", record.unsaid), "")
    parsed = parse_arn(function)
    source = record.plain(record.text("EventSourceArn", ""), "")
    origin = parse_arn(source)
    asset = EventSourceMapping(
        id=arn,
        name=arn.rpartition(":")[2],
        where=record.where,
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "lambda:ListTags"),
        function=unqualified(function),
        qualifier=parsed.qualifier if parsed else "",
        source=source,
        source_kind=origin.service if origin else "self-managed-kafka" if record.data.get("SelfManagedEventSource") else "",
        state=record.plain(record.text("State", ""), ""),
        batch_size=record.plain(record.integer("BatchSize", None), None),
        on_failure=record.plain(record.build("DestinationConfig", _on_failure, ""), ""),
        retries=record.plain(record.integer("MaximumRetryAttempts", None), None),
        filters=record.plain(record.build("FilterCriteria", _filters, 0), 0),
        report_failures="ReportBatchItemFailures" in record.plain(record.texts("FunctionResponseTypes", ()), ()),
        max_concurrency=record.plain(record.build("ScalingConfig", _concurrency, None), None),
        last_result=record.plain(record.prose("LastProcessingResult", ""), ""),
        extra=record.extra(),
    )
    b.add(asset, record)


def _on_failure(config: Fields) -> str:
    return sure(config.build("OnFailure", lambda f: sure(f.text("Destination", "")), ""))


def _filters(criteria: Fields) -> int:
    found = criteria.take("Filters")
    if found is None:
        return 0
    return len(found) if isinstance(found, list) else sure(criteria.strange("Filters", found))


def _concurrency(scaling: Fields) -> int | None:
    return sure(scaling.integer("MaximumConcurrency", None))
