"""How long extensions run on after the code of their functions: CloudWatch's answers, added up for each function."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from lambdaudit.model.measured import ExtensionTime
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.fields import MAX_ITEMS, Fields, sure
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.calls_metrics import DAYS, MEASURES, may_have_extensions
from lambdaudit.sources.aws.raw import NOT_ASKED, Answer, Key, Seen

KIND: Final = "extension-time"
NEED: Final = "cloudwatch:GetMetricData"
LEFT_TO_METRICS: Final = Unknown("not asked: left to --metrics", NEED)
NO_RESULT: Final = Unknown("the answer of cloudwatch:GetMetricData does not hold all that was asked for", NEED)
_MOST: Final = 1e15
"""Milliseconds (and calls) of two weeks that no function can reach; above it a number is odd."""


class _Measured:
    """What an answer tells of one function, by measure; `where` is the first of its results."""

    def __init__(self, seen: Seen, first: Fields) -> None:
        self.seen = seen
        first.about(clean(seen.arn))
        self.where = first.where
        self.values: dict[str, list[float]] = defaultdict(list)
        self.open: dict[str, Unknown] = {}

    def take(self, measure: str, record: Fields) -> None:
        """Add a result. A measure can come in parts: the last of them says whether it is whole."""
        self.open.pop(measure, None)
        values = record.attempt(_numbers)
        status = record.text("StatusCode", "")
        if isinstance(values, Unknown):
            self.open[measure] = values
            return
        self.values[measure].extend(values)
        if status != "Complete":
            self.open[measure] = Unknown(f"CloudWatch gave only a part of it ({clean(str(status))[:40]})", NEED)

    def of(self, measure: str) -> Maybe[float]:
        """The sum of all days, or the greatest of them; nothing was measured where there are no values."""
        if measure in self.open or measure not in self.values:
            return self.open.get(measure, NO_RESULT)
        values = self.values[measure]
        whole = max(values, default=0.0) if MEASURES[measure][1] == "Maximum" else math.fsum(values)
        return round(whole, 3)


def extension_times(b: Builder) -> None:
    """Add what CloudWatch says about functions; a region about which nothing was asked, though it could be, is told missing."""
    gaps: dict[tuple[str, str], Unknown] = {}
    for key, answer in b.raw.each("cloudwatch", "GetMetricData"):
        gap = answer if isinstance(answer, Unknown) else answer.rest
        if gap:
            gaps[key.account, key.region] = gap
            b.miss(KIND, gap, key.account, key.region)
        if isinstance(answer, Answer):
            for measured in _by_function(b, key, answer):
                b.add(_asset(measured, gap))
    _tell_the_rest(b, gaps)


def _tell_the_rest(b: Builder, gaps: dict[tuple[str, str], Unknown]) -> None:
    """Functions that may have extensions and of which nothing is known: one row for a region that was not asked about."""
    asked = {(key.account, key.region) for key, _ in b.raw.each("cloudwatch", "GetMetricData")}
    silent: dict[tuple[str, str], None] = {}
    for seen in b.raw.functions.values():
        region = (seen.account, seen.region)
        if region in gaps or not may_have_extensions(seen) or _id(seen) in b.assets:
            continue
        if region in asked:
            b.miss(KIND, NO_RESULT, *region, subject=_id(seen))
        else:
            silent[region] = None
    for account, region_name in silent:
        why = b.raw.ask("cloudwatch", "GetMetricData", account, region_name)
        open_ = Unknown(why.reason, NEED) if isinstance(why, Unknown) and why != NOT_ASKED else LEFT_TO_METRICS
        b.miss(KIND, open_, account, region_name)


def _id(seen: Seen) -> str:
    return f"{clean(seen.arn)}:{KIND}"


def _by_function(b: Builder, key: Key, answer: Answer) -> Iterable[_Measured]:
    """The results of an answer by function. One that is about no chosen function is odd."""
    here = [seen for seen in b.raw.functions.values() if (seen.account, seen.region) == (key.account, key.region)]
    chosen = {seen.arn.rpartition(":")[2]: seen for seen in here}
    found: dict[str, _Measured] = {}
    for record in b.items(key, answer, "MetricDataResults", KIND):
        name, id_ = record.text("Label", ""), record.text("Id", "")
        measure = id_.partition("_")[0] if isinstance(id_, str) else ""
        if not isinstance(name, str) or name not in chosen or measure not in MEASURES:
            b.lost((KIND,), key.account, key.region, record.where, "odd record: a metric that was not asked for")
            continue
        if name not in found:
            found[name] = _Measured(chosen[name], record)
        found[name].take(measure, record)
    return found.values()


def _asset(measured: _Measured, gap: Unknown | None) -> ExtensionTime:
    seen = measured.seen
    calls = gap or measured.of("calls")
    return ExtensionTime(
        id=_id(seen),
        name=clean(seen.arn).rpartition(":")[2],
        where=measured.where,
        account=seen.account,
        region=seen.region,
        function=clean(seen.arn),
        days=DAYS,
        calls=calls if isinstance(calls, Unknown) else round(calls),
        after=gap or measured.of("after"),
        longest=gap or measured.of("longest"),
        duration=gap or measured.of("duration"),
    )


def _numbers(record: Fields) -> list[float]:
    """The values of a result. Raises Odd when one of them is no duration or count."""
    values = record.take("Values")
    if not isinstance(values, list) or len(values) > MAX_ITEMS or not all(map(_is_amount, values)):
        sure(record.strange("Values", values))
        return []
    return [float(value) for value in values]


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST
