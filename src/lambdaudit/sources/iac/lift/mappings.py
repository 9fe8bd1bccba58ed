"""Event source mappings: what Lambda polls for which function."""

from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.resources import EventSourceMapping
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.props import Props, sure


def destination(props: Props) -> str:
    """The ARN of a destination."""
    return sure(props.text("Destination", ""))


def event_source_mappings(b: Builder) -> None:
    """Add the event source mappings."""
    for resource, identity, props in b.each("AWS::Lambda::EventSourceMapping"):
        kind = "event-source-mapping"
        plain = b.opener(resource, kind)
        function = plain(b.estate.function_arn(props.text("FunctionName", None), b.estate.place(resource)), "")
        parsed = parse_arn(function)
        source = plain(props.text("EventSourceArn", ""), "")
        origin = parse_arn(source)
        enabled = plain(props.flag("Enabled", True), True)
        destinations = props.build("DestinationConfig", lambda f: sure(f.build("OnFailure", destination, "")), "")
        b.add(
            EventSourceMapping(
                **b.common(resource, identity),
                function=unqualified(function),
                qualifier=parsed.qualifier if parsed else "",
                source=source,
                source_kind=origin.service if origin else "self-managed-kafka" if props.has("SelfManagedEventSource") else "",
                state="Enabled" if enabled else "Disabled",
                batch_size=plain(props.integer("BatchSize", None), None),
                on_failure=plain(destinations, ""),
                retries=plain(props.integer("MaximumRetryAttempts", None), None),
                filters=plain(props.build("FilterCriteria", _filters, 0), 0),
                report_failures="ReportBatchItemFailures" in plain(props.texts("FunctionResponseTypes", ()), ()),
                max_concurrency=plain(
                    props.build("ScalingConfig", lambda f: sure(f.integer("MaximumConcurrency", None)), None), None
                ),
            )
        )


def _filters(props: Props) -> int:
    found = props.take("Filters")
    return len(found) if isinstance(found, list) else 0
