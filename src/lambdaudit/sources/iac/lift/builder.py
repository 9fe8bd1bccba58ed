"""The inventory under construction from resources, and what every service needs to add to it."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from lambdaudit.iam.raw import UNRESOLVED
from lambdaudit.model.assets import AnyAsset, kind_of
from lambdaudit.model.base import Policy, Tags
from lambdaudit.model.functions import EnvironmentVariable
from lambdaudit.model.inventory import Missing
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.secrets import Judgement, fingerprint, judge_all
from lambdaudit.sources.aws.assemble.policies import Documents
from lambdaudit.sources.aws.assemble.text import clean, redacted
from lambdaudit.sources.iac.lift.estate import Estate, Perhaps
from lambdaudit.sources.iac.lift.identity import Identity
from lambdaudit.sources.iac.lift.places import Places
from lambdaudit.sources.iac.lift.props import Props, from_json, is_reference, odd
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import Map

AFTER_DEPLOYMENT = Unknown("known after the deployment")
MAX_DEPTH = 64


class Builder:
    """Collects what the services find. One id is given to one asset only: the first."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.documents = Documents()
        self.places = Places()
        self.assets: dict[str, AnyAsset] = {}
        self.missing: list[Missing] = []
        self.absent: set[str] = set()
        self.notes: list[str] = []
        self.code: dict[str, CodeLocation] = {}
        for resource in estate.resources.values():
            self.places.root(resource.where, estate.properties(resource))

    def each(self, *types: str) -> Iterator[tuple[Resource, Identity, Props]]:
        """The resources of some types with identity and properties."""
        for resource in self.estate.of_type(*types):
            yield resource, self.estate.identity(resource.address), self.props(resource)

    def props(self, resource: Resource) -> Props:
        """The settled properties of a resource."""
        return Props(self.estate.properties(resource), resource.where)

    def common(self, resource: Resource, identity: Identity, tags: str = "Tags") -> dict[str, Any]:
        """The fields that every asset has."""
        place = self.estate.place(resource)
        return {
            "id": identity.id,
            "name": identity.name,
            "where": resource.where,
            "account": place.account,
            "region": place.region,
            "tags": self.tags(self.props(resource), tags),
        }

    def tags(self, props: Props, name: str = "Tags") -> Maybe[Tags]:
        """Tags, as a list of pairs or as one object."""
        value = props.take(name)
        if isinstance(value, dict):
            pairs = list(value.items())
        elif isinstance(value, list):
            pairs = [(tag.get("Key"), tag.get("Value")) for tag in value if isinstance(tag, dict)]
        else:
            return () if value is None else odd(name, value)
        return tuple(
            sorted((redacted(clean(str(k))), "" if isinstance(v, Unknown | None) else redacted(clean(str(v)))) for k, v in pairs)
        )

    def add(self, asset: AnyAsset) -> None:
        """Keep an asset; a second one of the same id is noted."""
        present = self.assets.setdefault(asset.id, asset)
        if present is not asset:
            self.note(asset.where, f"is the {kind_of(asset)} {asset.name} once more, the first one is judged")

    def note(self, where: Where, message: str) -> None:
        """A line for the coverage."""
        place = f"{where.source}:{where.line}" if where.line else where.source
        self.notes.append(redacted(f"{place}: {where.subject}: {message}"))

    def plain(self, value: Any, fallback: Any, resource: Resource, kind: str) -> Any:
        """Open a field whose type in the model has no Unknown: an Unknown is told as missing, and `fallback` stands in."""
        if isinstance(value, Unknown):
            place = self.estate.place(resource)
            identity = self.estate.identity(resource.address)
            self.missing.append(
                Missing(kind=kind, unknown=value, subject=identity.id, account=place.account, region=place.region)
            )
            return fallback
        return value

    def opener(self, resource: Resource, kind: str) -> Callable[[Any, Any], Any]:
        """`plain` for one resource."""
        return lambda value, fallback: self.plain(value, fallback, resource, kind)

    def policy(self, value: Any, *, name: str, kind: str, where: Where, arn: str = "") -> Maybe[Policy]:
        """A policy document given as an object or as JSON text; what is open in it stays open there."""
        if isinstance(value, str) and not is_reference(value):
            parsed = from_json(value)
            if isinstance(parsed, str):
                return self.documents.policy(clean(str(parsed)), name=name, kind=kind, where=where, arn=arn)
            value = parsed
        if not isinstance(value, dict):
            return odd("the policy document", value)
        document = plain_json(value)
        if not isinstance(document, dict) or UNRESOLVED in document:
            return odd("the policy document", getattr(value, "rest", None) or Unknown("nests too deep"))
        return self.documents.policy(document, name=name, kind=kind, where=where, arn=arn)

    def resource_policy(self, props: Props, name: str, subject: str) -> Maybe[Policy | None]:
        """The resource-based policy in a property; None when there is none."""
        value = props.take(name)
        if value is None:
            return None
        return self.policy(value, name=subject, kind="resource", where=props.at(name))

    def open_policy(self, name: str, kind: str, where: Where, why: Unknown, arn: str = "") -> Policy:
        """A policy of which nothing is known but that it is there: it may allow and deny anything."""
        return Policy(name=clean(name), kind=kind, document={"Statement": {UNRESOLVED: why.reason}}, where=where, arn=arn)

    def variables(self, value: Any) -> Maybe[tuple[EnvironmentVariable, ...]]:
        """Environment variables, judged at once; a value that is not known is judged by what is known of it."""
        if value is None:
            return ()
        if not isinstance(value, dict):
            return odd("Variables", value)
        if rest := getattr(value, "rest", None):
            return odd("Variables", rest)
        known = {clean(str(name)): text for name, inner in value.items() if (text := _scalar(inner)) is not None}
        judged = judge_all(known)
        return tuple(
            self._variable(clean(str(name)), known.get(clean(str(name))), inner, judged) for name, inner in value.items()
        )

    def _variable(self, name: str, text: str | None, value: Any, judged: dict[str, Judgement]) -> EnvironmentVariable:
        if text is None:
            return unsettled_variable(name, value)
        judgement = judged[name]
        return EnvironmentVariable(
            name=name,
            length=len(text),
            kind=judgement.kind,
            confidence=judgement.confidence,
            reason=judgement.reason,
            value=text if judgement.public else None,
            references=tuple(map(str, judgement.references)),
            fingerprint=fingerprint(text, self.estate.settings.fingerprint_key),
        )

    def key(self, value: Any, resource: Resource) -> Maybe[str | None]:
        """The id of the KMS key that a reference in any form means; of its alias when that is of no key here."""
        if isinstance(value, Unknown) or not value:
            return value or None
        text = str(value)
        if not text.startswith("arn:"):
            text = self.estate.place(resource).arn("kms", text if text.startswith("alias/") else f"key/{text}")
        address = self.estate.address_of(text)
        target = self.estate.resources.get(address) if address else None
        if target is not None and target.type == "AWS::KMS::Alias":
            behind = self.estate.properties(target).get("TargetKeyId")
            return self.key(behind, target) if behind else text
        return text


def _scalar(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(str(value)) if isinstance(value, str | int | float) else None


def unsettled_variable(name: str, value: Any) -> EnvironmentVariable:
    """A variable whose value is not known. One that its author hides (NoEcho) is a secret, whatever it will be."""
    from lambdaudit.sources.iac.hidden import Hidden

    reason = value.reason if isinstance(value, Unknown) else "it is no text"
    if not isinstance(value, Hidden):
        # Not empty and without a value: a rule that needs the value says that it does not know it.
        unread = Unknown(f"the value of the variable {name} is not known: {reason}")
        return EnvironmentVariable(name=name, length=1, reason=unread.reason, unread=unread)
    kind = judge_all({name: "Zq7#kf2LwP9xTb4v"})[name].kind or "password"
    return EnvironmentVariable(
        name=name, length=1, kind=kind, confidence="medium", reason=f"a hidden value in the clear: {reason}"
    )


def undecided(statement: Any, why: Unknown) -> Any:
    """A statement that may be there or not: with a condition of which nobody knows whether it holds."""
    if not isinstance(statement, dict) or UNRESOLVED in statement:
        return statement
    conditions = statement.get("Condition")
    conditions = conditions if isinstance(conditions, dict) and UNRESOLVED not in conditions else {}
    tests = conditions.get("Bool")
    open_test = {"lambdaudit:Deployed": {UNRESOLVED: why.reason}}
    return {**statement, "Condition": {**conditions, "Bool": {**(tests if isinstance(tests, dict) else {}), **open_test}}}


def undecided_policy(policy: Policy, why: Unknown) -> Policy:
    """A policy that may be attached or not."""
    statements = policy.document.get("Statement")
    several = statements if isinstance(statements, list) else [statements]
    if policy.raw or statements is None:
        return msgspec.structs.replace(policy, document={"Statement": {UNRESOLVED: why.reason}}, raw="")
    document = {**policy.document, "Statement": [undecided(one, why) for one in several]}
    return msgspec.structs.replace(policy, document=document)


def plain_json(value: Any, depth: int = 0) -> Any:
    """A settled tree as plain JSON; what is open becomes ``{"Fn::Unknown": reason}``."""
    if depth > MAX_DEPTH:
        return {UNRESOLVED: "nests too deep"}
    if isinstance(value, Unknown):
        return {UNRESOLVED: value.reason}
    if isinstance(value, Perhaps):
        return undecided(plain_json(value.value, depth + 1), value.why)
    if isinstance(value, dict):
        if isinstance(value, Map) and value.rest:
            return {UNRESOLVED: value.rest.reason}
        return {clean(str(key)): plain_json(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        members = [plain_json(inner, depth + 1) for inner in value]
        rest = getattr(value, "rest", None)
        return [*members, {UNRESOLVED: rest.reason}] if isinstance(rest, Unknown) else members
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        if is_reference(value):
            return {UNRESOLVED: f"read at the deployment from {redacted(clean(str(value)))[:200]}"}
        return clean(str(value))
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    return float(value) if isinstance(value, float) else {UNRESOLVED: "no JSON value"}
