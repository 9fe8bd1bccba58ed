"""Ids and ARNs that a state knows, as references between its resources."""

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.values import List, Map, Ref, Text, Value

from .references import ATTRIBUTES

if TYPE_CHECKING:
    from .show import Row

MAX_OPAQUE = 5_000
_OPAQUE = re.compile(
    r"(?:vpc|subnet|sg|rtb|igw|nat|eigw|vpce|fs|fsap|tgw)-[0-9a-f]{8,17}|[0-9a-z]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
_SEPARATE = {
    "aws_sqs_queue": ("aws_sqs_queue_policy", "queue_url"),
    "aws_sns_topic": ("aws_sns_topic_policy", "arn"),
    "aws_s3_bucket": ("aws_s3_bucket_policy", "bucket"),
    "aws_secretsmanager_secret": ("aws_secretsmanager_secret_policy", "secret_arn"),
    "aws_kms_key": ("aws_kms_key_policy", "key_id"),
    "aws_api_gateway_rest_api": ("aws_api_gateway_rest_api_policy", "rest_api_id"),
}
"""Resources whose policy a state shows twice, and what sets it."""


_SHORT = {
    "authorizer_id": ("aws_api_gateway_authorizer", "aws_apigatewayv2_authorizer"),
    "resource_id": ("aws_api_gateway_resource", "aws_api_gateway_rest_api"),
    "parent_id": ("aws_api_gateway_resource", "aws_api_gateway_rest_api"),
    "deployment_id": ("aws_api_gateway_deployment", "aws_apigatewayv2_deployment"),
    "request_validator_id": ("aws_api_gateway_request_validator",),
    "target": ("aws_apigatewayv2_integration",),
}
"""Arguments that hold ids too short to be recognised anywhere else, and the types of what they name."""


def place_of(rows: "list[Row]", document: Map, settings: Settings) -> Settings:
    """The account and region that most ARNs name, where none was given."""
    accounts: Counter[str] = Counter()
    regions: Counter[str] = Counter()
    partitions: Counter[str] = Counter()
    for row in rows:
        arn = parse_arn(row.values.get("arn", ""))
        if arn is not None:
            accounts[arn.account] += 1
            regions[arn.region] += 1
            partitions[arn.partition] += 1
    account = next((a for a, _ in accounts.most_common() if a.isdigit()), "")
    region = next((r for r, _ in regions.most_common() if r), "") or _configured_region(document)
    partition = next((p for p, _ in partitions.most_common()), settings.partition)
    return replace(
        settings,
        account=account if account and settings.account == PLACEHOLDER_ACCOUNT else settings.account,
        region=region if region and settings.region == PLACEHOLDER_REGION else settings.region,
        partition=partition,
    )


def _configured_region(document: Map) -> str:
    """The region of the provider in a plan's configuration: a constant, or the value of a variable."""
    current: Value = document
    for name in ("configuration", "provider_config", "aws", "expressions", "region"):
        current = current.get(name) if isinstance(current, dict) else None
    if not isinstance(current, dict):
        return ""
    if isinstance(current.get("constant_value"), str):
        return str(current["constant_value"])
    variables = document.get("variables")
    for reference in current.get("references") or ():
        name = str(reference).removeprefix("var.")
        found = variables.get(name) if isinstance(variables, dict) else None
        if isinstance(found, dict) and isinstance(found.get("value"), str):
            return str(found["value"])
    return ""


class Known:
    """The texts by which the resources of a state name each other."""

    def __init__(self, rows: "list[Row]") -> None:
        self.exact: dict[str, Ref] = {}
        self.short: dict[tuple[str, str], Ref] = {}
        opaque: dict[str, Ref] = {}
        self.policies: set[tuple[str, str]] = set()
        self.inline: dict[str, set[str]] = {}
        for row in rows:
            for name, attribute in ATTRIBUTES.get(row.type, {}).items():
                value = row.values.get(name)
                if not isinstance(value, str) or not value:
                    continue
                reference = Ref(row.address, attribute)
                if name in ("id", "root_resource_id"):
                    self.short.setdefault((row.type, str(value)), reference)
                if value.startswith(("arn:", "https://")):
                    self.exact.setdefault(str(value), reference)
                elif name in ("id", "key_id") and _OPAQUE.fullmatch(value) and len(opaque) < MAX_OPAQUE:
                    opaque.setdefault(str(value), reference)
            for kind, (other, by) in _SEPARATE.items():
                if row.type == other and isinstance(row.values.get(by), str):
                    self.policies.add((kind, str(row.values[by])))
            if row.type == "aws_iam_role_policy" and isinstance(row.values.get("role"), str):
                self.inline.setdefault(str(row.values["role"]), set()).add(str(row.values.get("name", "")))
        self.opaque = opaque
        pattern = "|".join(sorted(map(re.escape, opaque), key=len, reverse=True))
        self._pattern = re.compile(rf"(?<![0-9a-zA-Z-])(?:{pattern})(?![0-9a-zA-Z-])") if pattern else None

    def home(self, row: "Row") -> tuple[str, str]:
        """Region and account in the ARN of a resource."""
        arn = parse_arn(row.values.get("arn", ""))
        if arn is None:
            return "", ""
        return arn.region, arn.account if arn.account.isdigit() else ""

    def linked(self, row: "Row", settings: Map) -> Map:
        """Settings with the ids and ARNs of other resources as references, without what only repeats other resources."""
        made = Map((), settings.span, settings.keys_at, settings.rest)
        for name, value in settings.items():
            if name == "policy" and any(
                (row.type, str(row.values.get(own))) in self.policies for own in ("id", "arn", "url", "key_id")
            ):
                continue
            if name == "inline_policy" and isinstance(value, List):
                names = self.inline.get(str(row.values.get("name")), set())
                value = List([v for v in value if not (isinstance(v, Map) and str(v.get("name")) in names)], value.span)
            short = self._short(name, value)
            made[name] = self._linked(value, row.address, 0) if short is None else short
        return made

    def _short(self, name: str, value: Value) -> Value:
        """What an argument with a short id refers to; None when it has none."""
        if not isinstance(value, str) or name not in _SHORT:
            return None
        head, slash, last = value.rpartition("/")
        for kind in _SHORT[name]:
            found = self.short.get((kind, last))
            if found is not None:
                return Text((f"{head}/", found), getattr(value, "span", None)) if slash else found
        return None

    def _linked(self, value: Value, own: str, depth: int) -> Value:
        if depth > 60:
            return value
        if isinstance(value, str):
            return self._text(value, own)
        if isinstance(value, Map):
            made = Map((), value.span, value.keys_at, value.rest)
            made.update({key: self._linked(inner, own, depth + 1) for key, inner in value.items() if inner is not None})
            return made
        if isinstance(value, List):
            return List([self._linked(inner, own, depth + 1) for inner in value], value.span, value.rest)
        return value

    def _text(self, value: str, own: str) -> Value:
        span = getattr(value, "span", None)
        exact = self.exact.get(value)
        if exact is not None and exact.address != own:
            return Ref(exact.address, exact.attribute, span)
        if self._pattern is None or len(value) > 200_000:
            return value
        parts: list[Value] = []
        position = 0
        for match in self._pattern.finditer(value):
            reference = self.opaque[match[0]]
            if reference.address == own:
                continue
            parts += [value[position : match.start()], Ref(reference.address, reference.attribute, span)]
            position = match.end()
        if not parts:
            return value
        parts.append(value[position:])
        kept = [p for p in parts if p != ""]
        return kept[0] if len(kept) == 1 else Text(tuple(kept), span)
