"""The call table, metrics: how long extensions run on after the code of their functions, as CloudWatch measured it.

Only with ``--metrics``, because CloudWatch charges for every metric that GetMetricData is asked for ($0.01 for a thousand, in
most regions, not in the free tier): four for a function, so that a thousand functions cost at most four cents. Extensions come
from layers or are in a container image, hence only functions that have one or the other are asked about, with ``--thorough``
all. The metrics and what they mean: Lambda's developer guide, "Types of metrics for Lambda functions"; that Duration counts
extensions, too: there, "Lambda execution environment".
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final

from lambdaudit.sources.aws.call import METRICS, SETTLED, Call, Pages, Sight, Want, fixed
from lambdaudit.sources.aws.calls_images import page_of
from lambdaudit.sources.aws.raw import Seen

DAYS: Final = 14
"""Days that are looked at, today included: two weeks show weekly work twice, and CloudWatch keeps them by the minute."""
DAY: Final = 24 * 60 * 60
QUERIES: Final = 500
"""Queries that one GetMetricData takes, says its API reference."""
POINTS: Final = 100_800
"""Data points that one answer may hold, the most that CloudWatch gives; there are at most 500 × 14."""
MEASURES: Final[dict[str, tuple[str, str]]] = {
    "calls": ("Invocations", "Sum"),
    "after": ("PostRuntimeExtensionsDuration", "Sum"),
    "longest": ("PostRuntimeExtensionsDuration", "Maximum"),
    "duration": ("Duration", "Sum"),
}
"""Metric and statistic by the field that they fill. Sums of days can be added, averages could not."""
BATCH: Final = QUERIES // len(MEASURES)
"""Functions that one question is about."""


def may_have_extensions(function: Seen) -> bool:
    """Whether a function, or one of its versions, has layers or runs an image, where alone extensions can be."""
    records = (function.configuration, *function.versions)
    return any(not isinstance(r, dict) or bool(r.get("Layers")) or r.get("PackageType") == "Image" for r in records)


def _batches(sight: Sight) -> Iterator[Want]:
    scene = sight.scene
    chosen = sorted(fn.arn for fn in scene.functions(sight.region) if scene.thorough or may_have_extensions(fn))
    for number, start in enumerate(range(0, len(chosen), BATCH), start=1):
        names = [arn.rpartition(":")[2] for arn in chosen[start : start + BATCH]]
        yield Want(page_of("", number), given=_request(names))


def _request(names: list[str]) -> dict[str, Any]:
    """All measures of some functions by day. The label of a query says which function an answer is about."""
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    queries = [
        {"Id": f"{measure}_{number}", "Label": name, "MetricStat": _statistic(name, *MEASURES[measure])}
        for number, name in enumerate(names)
        for measure in MEASURES
    ]
    return {
        "MetricDataQueries": queries,
        "StartTime": midnight - dt.timedelta(days=DAYS - 1),
        "EndTime": midnight + dt.timedelta(days=1),
    }


def _statistic(name: str, metric: str, statistic: str) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": name}]
    of = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Metric": of, "Period": DAY, "Stat": statistic}


METERED: Final[tuple[Call, ...]] = (
    Call(
        service="cloudwatch",
        operation="GetMetricData",
        actions=("cloudwatch:GetMetricData",),
        when={SETTLED: _batches},
        fixed=fixed(MaxDatapoints=POINTS),
        pages=Pages("NextToken", "NextToken", ("MetricDataResults", "Messages")),
        urgency=8,
        feature=METRICS,
    ),
)
