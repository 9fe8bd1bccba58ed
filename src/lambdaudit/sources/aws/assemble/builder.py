"""The inventory under construction: assets, what is missing, what does not exist, and the notes for the coverage."""

from collections.abc import Iterable, Iterator
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.assets import AnyAsset, kind_of
from lambdaudit.model.inventory import Missing
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where, escape_pointer
from lambdaudit.sources.aws.assemble.environment import Environments
from lambdaudit.sources.aws.assemble.fields import Fields
from lambdaudit.sources.aws.assemble.policies import Documents
from lambdaudit.sources.aws.assemble.text import clean, redacted
from lambdaudit.sources.aws.calls import BY_NAME
from lambdaudit.sources.aws.raw import NOT_ASKED, Answer, Key, Raw

LEFT_TO_THOROUGH = "not asked: left to --thorough"
"""The reason of what only a thorough run reads."""
MORE_WHEN_THOROUGH = frozenset({"lambda:ListAliases", "logs:DescribeSubscriptionFilters"})
"""Calls that a usual run makes where another answer points at something, and a thorough one everywhere."""
_PREFIXES = {
    "apigatewayv2": "apigateway",
    "dynamodbstreams": "dynamodb",
    "s3control": "s3",
    "stepfunctions": "states",
}


def source_of(service: str, operation: str) -> str:
    """An operation as findings and the coverage spell it: IAM's service prefix and the API's own name."""
    return f"{_PREFIXES.get(service, service)}:{operation}"


def place(key: Key, *path: str | int, subject: str = "") -> Where:
    """The place of an answer, or of a part of it; `subject` names the asset when the question was about a whole region."""
    pointer = "".join([f"/{escape_pointer(segment)}" for segment in path])
    return Where(source_of(key.service, key.operation), clean(subject or key.subject), pointer)


class Builder:
    """Collects what the topics find. One id is given to one asset only: the first."""

    def __init__(self, raw: Raw, fingerprint_key: bytes) -> None:
        self.raw = raw
        self.documents = Documents()
        self.environments = Environments(fingerprint_key)
        self.assets: dict[str, AnyAsset] = {}
        self.missing: list[Missing] = []
        self.absent: set[str] = set()
        self.notes: list[str] = []

    def partition(self, account: str) -> str:
        """The partition of an account (``aws``, ``aws-cn`` …)."""
        facts = self.raw.accounts.get(account)
        return facts.partition if facts and facts.partition else "aws"

    def arn(self, key: Key, service: str, resource: str, *, region: str | None = None) -> str:
        """The ARN of a resource in the account and region of a question."""
        return f"arn:{self.partition(key.account)}:{service}:{key.region if region is None else region}:{key.account}:{resource}"

    def add(self, asset: AnyAsset, fields: Fields | None = None) -> None:
        """Keep an asset. Odd values in fields that cannot be Unknown are told as a missing row for the asset."""
        present = self.assets.setdefault(asset.id, asset)
        if present is not asset:
            if present != asset:
                self.lost((kind_of(asset),), asset.account, asset.region, asset.where, f"a second record has the id {asset.id}")
            return
        for odd in fields.odd if fields else ():
            self.miss(kind_of(asset), odd, asset.account, asset.region, asset.id)
            self.note(asset.region, asset.id, odd.reason)

    def miss(self, kind: str, unknown: Unknown, account: str, region: str = "", subject: str = "") -> None:
        """Note that assets of a kind may exist that are not in the inventory."""
        self.missing.append(Missing(kind=kind, unknown=unknown, subject=subject, account=account, region=region))

    def lost(self, kinds: Iterable[str], account: str, region: str, where: Where, message: str) -> None:
        """Note a record that could not become an asset: something exists that the inventory does not show."""
        self.note(region, str(where), message)
        for kind in kinds:
            self.miss(kind, Unknown(f"{where.source}: {redacted(message)}"), account, region)

    def note(self, region: str, subject: str, message: str) -> None:
        """A line for the coverage."""
        self.notes.append(": ".join(redacted(part) for part in (region, subject, message) if part))

    def ask(self, key: Key, operation: str, *, service: str = "", subject: str | None = None) -> Answer | Unknown:
        """The answer to another question about the subject of `key`, or about another subject in its account and region."""
        name = service or key.service
        found = self.raw.ask(name, operation, key.account, key.region, key.subject if subject is None else subject)
        if found == NOT_ASKED:
            call = BY_NAME.get(f"{name}:{operation}")
            reason = LEFT_TO_THOROUGH if call and (call.thorough or call.name in MORE_WHEN_THOROUGH) else NOT_ASKED.reason
            return Unknown(reason, call.actions[0] if call else source_of(name, operation))
        return found

    def records(self, service: str, operation: str, field: str, *kinds: str) -> Iterator[tuple[Key, Fields]]:
        """Every record of a list, over all answers to an operation. `kinds` are told missing when a record is none."""
        for key, answer in self.raw.each(service, operation):
            if isinstance(answer, Answer):
                for fields in self.items(key, answer, field, *kinds):
                    yield key, fields

    def items(self, key: Key, answer: Answer, field: str, *kinds: str) -> Iterator[Fields]:
        """Every record of a list in one answer."""
        whole = place(key, field)
        value = answer.data.get(field)
        if value is not None and not isinstance(value, list):
            self.lost(kinds, key.account, key.region, whole, f"odd record: {field} is not a list")
        for number, item in enumerate(answer.items(field)):
            where = whole / number
            if isinstance(item, dict):
                yield Fields(item, where)
            else:
                self.lost(kinds, key.account, key.region, where, "odd record: not an object")

    def single(self, key: Key, answer: Answer | Unknown, *path: str) -> Fields | Unknown:
        """The record under `path` in an answer about one thing."""
        if isinstance(answer, Unknown):
            return answer
        value: Any = answer.data
        for segment in path:
            value = value.get(segment) if isinstance(value, dict) else None
        if isinstance(value, dict):
            return Fields(value, place(key, *path))
        return Unknown(f"odd value: the answer of {source_of(key.service, key.operation)} has no {'/'.join(path)}")

    def identity(self, fields: Fields, name: str, service: str, resource: str, otherwise: str = "") -> str:
        """The ARN in a record if it is one of `service` whose resource part starts with `resource`, else `otherwise`.

        So a record cannot take the id of an asset of another kind.
        """
        value = fields.text(name, "")
        arn = parse_arn(value) if isinstance(value, str) else None
        if arn and arn.service == service and arn.resource.startswith(resource) and len(arn.resource) > len(resource):
            return str(arn)
        return otherwise
