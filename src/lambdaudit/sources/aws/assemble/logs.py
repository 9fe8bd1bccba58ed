"""CloudWatch log groups that functions write to, or that call functions."""

from lambdaudit.model.functions import Function
from lambdaudit.model.resources import LogGroup, SubscriptionFilter
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, sure
from lambdaudit.sources.aws.assemble.references import Keys
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key

LIST = "DescribeLogGroups"
_DULL = ("arn", "bearerTokenAuthenticationEnabled", "creationTime", "logGroupArn", "metricFilterCount", "storedBytes")


def log_groups(b: Builder, keys: Keys) -> None:
    """Add the log groups that were listed by prefix; functions must have been added before."""
    for key, record in b.records("logs", LIST, "logGroups", "log-group"):
        name = record.text("logGroupName", "")
        made = b.arn(key, "logs", f"log-group:{name}") if isinstance(name, str) and name else ""
        arn = made or b.identity(record, "logGroupArn", "logs", "log-group:").removesuffix(":*")
        if not arn:
            b.lost(("log-group",), key.account, key.region, record.where, "odd record: a log group without a name")
        elif arn not in b.assets:
            record.about(arn)
            _add(b, key, arn, record, keys)
    for key, answer in b.raw.each("logs", "DescribeSubscriptionFilters"):
        arn = b.arn(key, "logs", f"log-group:{clean(key.subject)}")
        if arn in b.assets:
            continue
        if isinstance(answer, Unknown):
            b.miss("log-group", answer, key.account, key.region, arn)
        elif answer.absent:
            b.absent.add(arn)
        else:
            b.add(_bare(b, key, arn))
    _judge_silence(b)


def _bare(b: Builder, key: Key, arn: str) -> LogGroup:
    """A log group of which only the subscription filters were asked for."""
    gap = Unknown("not asked", "logs:DescribeLogGroups")
    name = clean(key.subject)
    return LogGroup(
        id=arn,
        name=name,
        where=place(key),
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "logs:ListTagsForResource"),
        retention=gap,
        key=gap,
        filters=_filters(b, key, name),
        data_protection=gap,
    )


def _add(b: Builder, key: Key, arn: str, record: Fields, keys: Keys) -> None:
    record.ignore(*_DULL)
    status = record.text("dataProtectionStatus", "")
    name = arn.partition(":log-group:")[2]
    group = LogGroup(
        id=arn,
        name=name,
        where=record.where,
        account=key.account,
        region=key.region,
        tags=Unknown("not asked", "logs:ListTagsForResource"),
        retention=record.integer("retentionInDays", None),
        key=keys.id_of(record.text("kmsKeyId", None), key.account, key.region),
        filters=_filters(b, key, name),
        data_protection=status if isinstance(status, Unknown) else status == "ACTIVATED",
        extra=record.extra(),
    )
    b.add(group, record)


def _filters(b: Builder, key: Key, name: str) -> Maybe[tuple[SubscriptionFilter, ...]]:
    answer = b.ask(key, "DescribeSubscriptionFilters", subject=name)
    if isinstance(answer, Unknown):
        return answer
    if answer.rest:
        return answer.rest
    one = key._replace(operation="DescribeSubscriptionFilters", subject=name)
    return Fields(answer.data, place(one)).each("subscriptionFilters", _filter, ())


def _filter(record: Fields) -> SubscriptionFilter:
    return SubscriptionFilter(
        name=sure(record.text("filterName", "")),
        destination=sure(record.text("destinationArn", record.unsaid)),
        role=sure(record.text("roleArn", "")),
    )


def _judge_silence(b: Builder) -> None:
    """For each function's log group that did not come: does it not exist, or could it not be read?"""
    prefixes: dict[tuple[str, str], list[tuple[str, Answer | Unknown]]] = {}
    for key, answer in b.raw.each("logs", LIST):
        prefixes.setdefault((key.account, key.region), []).append((key.subject, answer))
    for fn in [a for a in b.assets.values() if isinstance(a, Function)]:
        if isinstance(fn.logging, Unknown):
            continue
        name = (fn.logging.group if fn.logging else "") or f"/aws/lambda/{fn.name}"
        key = Key("logs", LIST, fn.account, fn.region)
        arn = b.arn(key, "logs", f"log-group:{name}")
        if arn in b.assets:
            continue
        asked = [answer for prefix, answer in prefixes.get((fn.account, fn.region), ()) if name.startswith(prefix)]
        gaps = [answer if isinstance(answer, Unknown) else answer.rest for answer in asked]
        if asked and None in gaps:
            b.absent.add(arn)
        else:
            gap = next((g for g in gaps if g), Unknown("not asked", "logs:DescribeLogGroups"))
            b.miss("log-group", gap, fn.account, fn.region, arn)
