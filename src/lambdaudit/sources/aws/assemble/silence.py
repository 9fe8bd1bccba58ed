"""What silence means: which kinds were listed completely where, and what is missing from a list."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lambdaudit.model.arn import unqualified
from lambdaudit.model.assets import kind_of
from lambdaudit.model.inventory import Listed, Missing
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.builder import Builder
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import NOT_ASKED, Answer, Key

LEFT_OUT = "not asked: only the chosen functions are read"


class Base(NamedTuple):
    """Lists that together show every asset of some kinds in a region (or, if `wide`, in an account).

    `always`: the lists are asked wherever there are functions, so that a missing question is a gap. The others are asked only
    when something points at such assets.
    """

    kinds: tuple[str, ...]
    lists: tuple[tuple[str, str], ...]
    always: bool = True
    wide: bool = False


BASES = (
    Base(("function", "function-version", "alias"), (("lambda", "ListFunctions"),)),
    Base(("role", "user", "group", "managed-policy"), (("iam", "GetAccountAuthorizationDetails"),), wide=True),
    Base(("event-source-mapping",), (("lambda", "ListEventSourceMappings"),)),
    Base(("code-signing-config",), (("lambda", "ListCodeSigningConfigs"),)),
    Base(("region-settings",), (("lambda", "GetAccountSettings"),)),
    Base(("secret",), (("secretsmanager", "ListSecrets"),)),
    Base(("parameter",), (("ssm", "DescribeParameters"),)),
    Base(
        ("api", "route", "stage", "authorizer"),
        (("apigateway", "GetRestApis"), ("apigatewayv2", "GetApis")),
        always=False,
    ),
    Base(("event-bus", "event-rule"), (("events", "ListEventBuses"),), always=False),
    Base(("subnet",), (("ec2", "DescribeSubnets"),), always=False),
    Base(("route-table",), (("ec2", "DescribeRouteTables"),), always=False),
    Base(("security-group",), (("ec2", "DescribeSecurityGroups"),), always=False),
    Base(("vpc-endpoint",), (("ec2", "DescribeVpcEndpoints"),), always=False),
    Base(("nat-gateway",), (("ec2", "DescribeNatGateways"),), always=False),
)

PARTIAL = (
    ("bucket", "s3", "ListBuckets"),  # of all buckets, those that something names are read
    ("layer-version", "lambda", "ListLayers"),  # shows the newest version of each layer
    ("layer-version", "lambda", "ListLayerVersions"),
    ("topic", "sns", "ListSubscriptions"),  # shows the topics to which something of the account is subscribed
)

POINTERS = (
    ("lambda", "ListFunctions"),
    ("lambda", "GetFunction"),
    ("lambda", "GetPolicy"),
    ("lambda", "GetResourcePolicy"),
    ("lambda", "ListAliases"),
    ("lambda", "ListEventSourceMappings"),
    ("lambda", "ListFunctionEventInvokeConfigs"),
    ("iam", "GetAccountAuthorizationDetails"),
    ("events", "ListTargetsByRule"),
    ("sns", "ListSubscriptions"),
    ("s3", "GetBucketNotificationConfiguration"),
)
"""Answers that name the resources around functions: where one is not there, such resources may exist unseen."""

POINTED_AT = ("api", "authorizer", "bucket", "container-image", "event-bus", "event-rule", "image-repository", "layer-version",
              "log-group", "queue", "route", "secret", "stage", "stream", "table", "topic")  # fmt: skip
BESIDE_FUNCTIONS = (
    "code-signing-config", "event-source-mapping", "extension-time", "inspected-function", "inspector", "nat-gateway",
    "parameter", "region-settings", "route-table", "security-group", "subnet", "vpc-endpoint",
)  # fmt: skip
"""Kinds that are only read in regions where functions are known."""
KEY_POINTERS = (
    *POINTERS,
    ("sqs", "GetQueueAttributes"),
    ("sns", "GetTopicAttributes"),
    ("dynamodb", "DescribeTable"),
    ("kinesis", "DescribeStreamSummary"),
    ("s3", "GetBucketEncryption"),
    ("secretsmanager", "ListSecrets"),
    ("logs", "DescribeLogGroups"),
)


def judge_silence(b: Builder) -> list[Listed]:
    """Add a missing row for every list with a gap; the kinds that were listed completely."""
    complete: list[Listed] = []
    for base in BASES:
        for account, region in _places(b, base):
            gap = _gap(b, base, account, region)
            if gap is None:
                complete.extend(Listed(kind=kind, account=account, region=region) for kind in base.kinds)
            elif base.always or gap.reason != NOT_ASKED.reason:
                for kind in base.kinds:
                    b.miss(kind, gap, account, region)
    _partial_lists(b)
    whole = {(row.kind, row.account, row.region) for row in complete}
    _unseen(b, POINTED_AT, POINTERS, whole)
    _unseen(b, BESIDE_FUNCTIONS, (("lambda", "ListFunctions"),), whole)
    _unseen(b, ("key",), KEY_POINTERS, whole)
    hiding: dict[str, dict[tuple[str, str], Missing]] = {}
    for missing in b.missing:
        if not _is_present(b, missing):
            hiding.setdefault(missing.kind, {})[missing.account, missing.region] = missing
    return [row for row in complete if not _is_hidden(row, hiding.get(row.kind, {}).values())]


def _is_present(b: Builder, missing: Missing) -> bool:
    """Whether the row is about an asset that is in the inventory, only not in full."""
    asset = b.assets.get(missing.subject)
    return asset is not None and kind_of(asset) == missing.kind


def _is_hidden(listed: Listed, hiding: Iterable[Missing]) -> bool:
    return any(missing.covers(listed.account, listed.region) for missing in hiding)


def _places(b: Builder, base: Base) -> Iterator[tuple[str, str]]:
    """Accounts and regions that a base is about: all for functions, those with functions for what stands around them."""
    inhabited = {(seen.account, seen.region) for seen in b.raw.functions.values()}
    for account in b.raw.accounts.values():
        if base.wide:
            yield account.id, ""
            continue
        for region in account.regions:
            asked = any(Key(*name, account.id, region) in b.raw for name in base.lists)
            if asked or "function" in base.kinds or (account.id, region) in inhabited:
                yield account.id, region


def _gap(b: Builder, base: Base, account: str, region: str) -> Unknown | None:
    for service, operation in base.lists:
        answer = b.ask(Key(service, operation, account, region), operation, subject="")
        gap = answer if isinstance(answer, Unknown) else answer.rest
        if gap:
            return gap
    if "function" in base.kinds:
        listed = b.ask(Key("lambda", "ListFunctions", account, region), "ListFunctions")
        for item in listed.items("Functions") if isinstance(listed, Answer) else ():
            arn = item.get("FunctionArn") if isinstance(item, dict) else None
            if not isinstance(arn, str):
                return Unknown("odd record in the answer of lambda:ListFunctions")
            if unqualified(arn) not in b.raw.functions and arn not in b.raw.functions:
                return Unknown(LEFT_OUT)
    return None


def _partial_lists(b: Builder) -> None:
    """Tell the lists with a gap that show only some assets of a kind, so that it is never listed completely."""
    for kind, service, operation in PARTIAL:
        for key, gap in b.raw.gaps(service, operation):
            b.miss(kind, gap, key.account, key.region, clean(key.subject))


def _unseen(b: Builder, kinds: tuple[str, ...], pointers: tuple[tuple[str, str], ...], whole: set[tuple[str, str, str]]) -> None:
    """Tell the kinds that are read where something names them, once for each cause, wherever an answer that names is missing."""
    causes: dict[tuple[str, str, str], Unknown] = {}
    for service, operation in pointers:
        for key, gap in b.raw.gaps(service, operation):
            if not gap.left_out:
                reason = f"what names it was not read ({service}:{operation}): {gap.reason}"
                causes.setdefault(
                    (key.account, key.region, gap.need or f"{service}:{operation}"), Unknown(clean(reason), gap.need)
                )
    for (account, region, _), unknown in causes.items():
        for kind in kinds:
            if (kind, account, region) not in whole:
                b.miss(kind, unknown, account, "" if kind == "bucket" else region)
