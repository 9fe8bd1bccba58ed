"""What is known of the context of a request before it is made: tags, MFA, direct calls. Values as the IAM engine takes them."""

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from lambdaudit.model.base import Asset
from lambdaudit.model.identity import Account, Principal, User
from lambdaudit.model.unknown import Unknown

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Layers
    from lambdaudit.iam.language import Policy

Context: TypeAlias = "Mapping[str, str | tuple[str, ...] | None]"
"""Context keys in lower case with their values; None means that the key is never there. Keys that are left out are open."""

USUAL: Context = {"aws:securetransport": "true", "aws:viaawsservice": "false"}
"""What every request of a program that calls AWS directly brings along."""

_DIRECT: Context = {"aws:calledvia": None, "aws:calledviafirst": None, "aws:calledvialast": None, "aws:federatedprovider": None}
_NO_MFA: Context = {"aws:multifactorauthpresent": None, "aws:multifactorauthage": None}
_PRINCIPAL_TAG = "aws:principaltag/"
_RESOURCE_TAGS = ("aws:resourcetag/", "iam:resourcetag/", "lambda:resourcetag/")


def policies_of(layers: "Layers") -> "Iterator[Policy]":
    """Every policy of the layers that was read."""
    from lambdaudit.iam.decide import Attached

    groups = [layers.identity, layers.boundary, layers.session, (layers.resource,) if layers.resource else ()]
    groups.extend(() if isinstance(layers.scp, Unknown) else layers.scp)
    for group in groups:
        for member in () if isinstance(group, Unknown) else group:
            if isinstance(member, Attached):
                yield member.policy


def unread_of(layers: "Layers") -> Unknown | None:
    """The first policy of the layers that was not read: it names the missing right, which the engine's answer cannot."""
    groups = [layers.identity, layers.boundary, (layers.resource,) if layers.resource else ()]
    for group in groups:
        for member in (group,) if isinstance(group, Unknown) else group:
            if isinstance(member, Unknown):
                return member
    return None


def keys_of(layers: "Layers") -> frozenset[str]:
    """Every context key, in lower case, that the policies of the layers read in conditions or in variables."""
    from lambdaudit.iam.exposure import keys_of as keys_of_policy

    return frozenset(key.lower() for policy in policies_of(layers) for key in keys_of_policy(policy))


def written_keys(layers: "Layers") -> dict[str, str]:
    """Context keys in lower case, and as the policies of the layers spell them."""
    return {
        condition.key: condition.written_key
        for policy in policies_of(layers)
        for statement in policy.statements
        for condition in statement.conditions
    }


def of_caller(principal: Principal, keys: Collection[str], *, mfa: bool = False) -> Context:
    """What is known of a principal's own requests; `keys` are those that its policies read.

    Requests of functions and with access keys carry no MFA; with `mfa` it is left open. Tags count where they were read.
    """
    facts = {**USUAL, **_DIRECT, **({} if mfa else _NO_MFA)}
    if not isinstance(principal, User):
        facts["aws:username"] = None
    if not isinstance(principal.tags, Unknown):
        facts |= _tags(principal.tags, keys, (_PRINCIPAL_TAG,))
    return facts


def of_account(account: Account | None) -> Context:
    """What the account says about the requests of its principals: the organisation that it is in, as far as that was read."""
    if account is None or isinstance(account.organization, Unknown):
        return {}
    inside = account.organization is not None
    paths: Context = {} if inside else {"aws:principalorgpaths": None}
    return {"aws:principalorgid": account.organization, **paths}


def of_resource(asset: Asset, keys: Collection[str]) -> Context:
    """What is known of an asset's tags; nothing when they were not read."""
    return {} if isinstance(asset.tags, Unknown) else _tags(asset.tags, keys, _RESOURCE_TAGS)


def without_tags(keys: Collection[str]) -> Context:
    """The context of a request to a resource that has no tags."""
    return {key: None for key in keys if key.startswith(_RESOURCE_TAGS)}


def reads_resource_tags(keys: Collection[str]) -> bool:
    """Whether any of the keys is a tag of the resource."""
    return any(key.startswith(_RESOURCE_TAGS) for key in keys)


def _tags(tags: tuple[tuple[str, str], ...], keys: Collection[str], prefixes: tuple[str, ...]) -> dict[str, str | None]:
    values = {name.lower(): value for name, value in tags}
    return {key: values.get(key.partition("/")[2]) for key in keys if key.startswith(prefixes)}
