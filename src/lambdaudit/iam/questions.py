"""Questions about policies, each answered with a proof, a confirmed witness, or Unknown."""

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Final

import msgspec

from lambdaudit.iam import zones
from lambdaudit.iam.access import Access, Reach, grants, what_can, who_can
from lambdaudit.iam.automaton import STAR
from lambdaudit.iam.compare import Dead, compare, dead_statements
from lambdaudit.iam.exposure import (
    NO_FACTS,
    Caller,
    Document,
    Facts,
    ResourceQuestion,
    as_policy,
    keys_of,
)
from lambdaudit.iam.language import Policy, PolicyKind, PrincipalKind
from lambdaudit.iam.replay import STRANGER, allowed
from lambdaudit.iam.tenants import shared_host, stranger_with_token
from lambdaudit.iam.verdicts import Proved, Verdict, Violated, Witness
from lambdaudit.model.arn import account_of
from lambdaudit.model.unknown import Unknown

__all__ = [
    "SERVICES_WITHOUT_SOURCE",
    "Access",
    "Dead",
    "Facts",
    "Proved",
    "Reach",
    "Verdict",
    "Violated",
    "Witness",
    "compare",
    "confused_deputy",
    "dead_statements",
    "grants",
    "outside_access",
    "public_access",
    "what_can",
    "who_can",
]


def _kind(resource: str) -> PolicyKind:
    segments = resource.split(":", 5)
    is_role = len(segments) == 6 and segments[2] == "iam" and segments[5].startswith("role/")
    return PolicyKind.TRUST if is_role else PolicyKind.RESOURCE


def public_access(
    policy: Document,
    *,
    resource: str,
    account: str,
    actions: Collection[str] | None = None,
    context: Facts = NO_FACTS,
    explain: bool = True,
) -> Verdict:
    """Whether an anonymous caller, or any account that nobody named, can use the resource through its policy.

    Customers who drive a service that the policy does not name count as well; users of identity providers are left to
    `outside_access`.

    `account` owns the resource. `actions` defaults to those of the resource's service. `context` holds keys whose
    value is known for every request. An address range of more than 16.7 million addresses (a /8) is no limit; private
    ranges never match a request from the internet. Without `explain` a proof does not say what limits each statement.
    """
    document = as_policy(policy, _kind(resource))
    if isinstance(document, Unknown):
        return document
    question = ResourceQuestion(document, resource=resource, account=account, actions=actions, facts=context)
    callers = _public_callers(question)
    why = "no statement lets in a caller that the policy does not name"
    return question.verdict(_each_once(question, callers), callers, why, explain=explain)


def _each_once(question: ResourceQuestion, callers: Iterable[Caller]) -> list[Witness]:
    """Witnesses for the callers; what one sort of them may do is not listed again for the next."""
    found: list[Witness] = []
    done = 0
    for caller in callers:
        for part, witness in question.witnesses(caller, done):
            done |= part
            found.append(witness)
    return found


def _public_callers(question: ResourceQuestion) -> list[Caller]:
    names = question.names
    return [
        Caller(
            "anonymous",
            partial(zones.anonymous, names=names),
            "anyone on the internet",
            "anonymous",
            actions=_unsigned(question),
        ),
        Caller("any-account", partial(zones.any_account, names=names), "any AWS account", STRANGER),
        Caller("any-service", partial(zones.unnamed_service, names=names), _ANY_SERVICE, "svc:sns.amazonaws.com"),
    ]


def _strangers_with_tokens(question: ResourceQuestion) -> Iterator[Caller]:
    for provider in sorted(_principals(question.policy, PrincipalKind.FEDERATED)):
        host = shared_host(provider)
        if host is not None:
            zone = partial(stranger_with_token, provider=provider, host=host)
            signed = question.space.union(_WITH_TOKEN)
            yield Caller("any-federated", zone, f"any user of {host}", "fed:" + provider, provider, actions=signed)


def outside_access(
    policy: Document,
    *,
    resource: str,
    account: str,
    trusted_accounts: Collection[str] = frozenset(),
    organizations: Collection[str] = frozenset(),
    actions: Collection[str] | None = None,
    context: Facts = NO_FACTS,
    explain: bool = True,
) -> Verdict:
    """Whether anyone outside the account can use the resource through its policy.

    `trusted_accounts` and `organizations` (ids such as ``o-a1b2c3d4e5``) count as inside. Each witness names its sort
    of caller in `kind` and the foreign account, organisation or identity provider in `caller`. A provider that serves
    everyone gives a witness of the kind ``any-federated`` when a stranger's token for it is enough. AWS services count
    where the policy names the other account that they act for (kind ``account-service``); those that act for just any
    customer are left to `confused_deputy`. Without `explain` a proof does not say what limits each statement.
    """
    document = as_policy(policy, _kind(resource))
    if isinstance(document, Unknown):
        return document
    question = ResourceQuestion(
        document,
        resource=resource,
        account=account,
        actions=actions,
        facts=context,
        accounts=trusted_accounts,
        organisations=organizations,
    )
    strangers = _public_callers(question)
    named = list(_named_callers(question, {account, *trusted_accounts}, frozenset(organizations)))
    found = _each_once(question, strangers)
    for caller in named:
        found.extend(witness for _, witness in question.witnesses(caller) if not _for_anybody(question, witness))
    why = "every statement is limited to the account and to what is trusted"
    return question.verdict(found, [*strangers, *named], why, explain=explain)


def _named_callers(question: ResourceQuestion, inside: Collection[str], organisations: frozenset[str]) -> Iterator[Caller]:
    names, policy = question.names, question.policy
    yield from _strangers_with_tokens(question)
    accounts = sorted(zones.named_accounts([policy]) - set(inside))
    yield from _services_for(question, accounts, sorted(organisations))
    for account in accounts:
        zone = partial(zones.in_named_account, names=names, account=account, trusted=sorted(organisations))
        yield Caller("account", zone, f"the account {account}", f"arn:aws:iam::{account}:role/example", account)
    for organisation in sorted(zones.named_organisations([policy]) - organisations):
        zone = partial(zones.in_organisation, names=names, organisation=organisation)
        yield Caller("organization", zone, f"every account of the organization {organisation}", STRANGER, organisation)
    signed = question.space.union(_WITH_TOKEN)
    for provider in sorted(_principals(policy, PrincipalKind.FEDERATED)):
        zone = partial(zones.with_provider, provider=provider)
        yield Caller("federated", zone, f"users of {provider}", "fed:" + provider, provider, actions=signed)
    for user in sorted(_principals(policy, PrincipalKind.CANONICAL)):
        yield Caller("canonical", partial(zones.canonical_user, user=user), f"canonical user {user}", "canon:" + user, user)


def _services_for(question: ResourceQuestion, accounts: Iterable[str], organisations: list[str]) -> Iterator[Caller]:
    """The services that a policy names, or any if it lets in everyone, acting for other accounts that it names."""
    services = {name: tuple(name) for name in sorted(_services(question.policy) - SERVICES_WITHOUT_SOURCE)}
    if any(p.value == "*" for s in question.policy.statements for p in s.principals or ()):
        services["sns.amazonaws.com"] = (STAR,)
    for account in accounts:
        for service, names in services.items():
            zone = partial(zones.service_for_account, names=question.names, service=names, account=account, trusted=organisations)
            through = "an AWS service" if names == (STAR,) else service
            yield Caller("account-service", zone, f"the account {account}, through {through},", "svc:" + service, account)


def _for_anybody(question: ResourceQuestion, witness: Witness) -> bool:
    """Whether a service may do for any customer what it may do for the account of the witness: a confused deputy."""
    if witness.kind != "account-service":
        return False
    told = witness.request.context
    context = {
        key: value.replace(witness.caller, account_of(STRANGER)) if key.startswith(zones.SERVICE_CALL) and isinstance(value, str)
        else value
        for key, value in told.items()
    }  # fmt: skip
    return allowed(msgspec.structs.replace(witness.request, context=context), question.layers)


def _principals(policy: Policy, kind: PrincipalKind) -> set[str]:
    return {p.value for s in policy.statements for p in s.principals or () if p.kind is kind and p.value != "*"}


def _services(policy: Policy) -> set[str]:
    """The services that a policy names as principals or in conditions."""
    conditions = [condition for statement in policy.statements for condition in statement.conditions]
    named = [c for c in conditions if c.key in ("aws:principalservicename", "aws:principalservicenameslist")]
    literal = {entry.raw for condition in named for entry in condition.values if entry.template.literal is not None}
    return _principals(policy, PrincipalKind.SERVICE) | literal


SERVICES_WITHOUT_SOURCE: Final = frozenset(
    {"ec2.amazonaws.com", "edgelambda.amazonaws.com", "replicator.lambda.amazonaws.com", "secretsmanager.amazonaws.com"}
)
"""Services that say neither aws:SourceArn nor aws:SourceAccount, so that no policy can ask them to."""


def confused_deputy(
    policy: Document,
    *,
    resource: str,
    account: str,
    services: Collection[str] = SERVICES_WITHOUT_SOURCE,
    actions: Collection[str] | None = None,
    context: Facts = NO_FACTS,
    explain: bool = True,
) -> Verdict:
    """Whether another AWS customer can use the resource by way of an AWS service that the policy lets in.

    `services` are principals that cannot say for whom they act; they are not reported. A witness of the kind
    ``reused-name`` needs a source without account in its ARN (a bucket) to be deleted and taken by someone else.
    Without `explain` a proof does not say what limits each statement.
    """
    document = as_policy(policy, _kind(resource))
    if isinstance(document, Unknown):
        return document
    question = ResourceQuestion(document, resource=resource, account=account, actions=actions, facts=context)
    found: list[Witness] = []
    callers: list[Caller] = []
    for service in sorted(_services(document) - set(services)):
        deputies = _deputies(question, service)
        found.extend(_each_once(question, deputies))
        callers.extend(deputies)
    zone = partial(zones.unnamed_service, names=question.names)
    unnamed = Caller("any-service", zone, _ANY_SERVICE, "svc:sns.amazonaws.com")
    found.extend(witness for _, witness in question.witnesses(unnamed))
    why = "no service can be made to act for a customer whom the policy does not name"
    return question.verdict(found, [*callers, unnamed], why, explain=explain)


_ANY_SERVICE: Final = "any AWS customer, through an AWS service,"


def _deputies(question: ResourceQuestion, service: str) -> list[Caller]:
    names = question.names
    default = "svc:" + service
    strange = partial(zones.foreign_service, names=names, service=tuple(service), reused_names=False)
    reused = partial(zones.foreign_service, names=names, service=tuple(service), reused_names=True)
    again = f"whoever takes over the name of the source in the policy, once it is deleted, through {service},"
    return [
        Caller("service", strange, f"any AWS customer, through {service},", default, service),
        Caller("reused-name", reused, again, default, service),
    ]


_WITH_TOKEN: Final = ("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
_UNSIGNED: Final = ("es", "execute-api", "mediastore", "s3", "s3-object-lambda", "sns", "sqs")
"""Services that take requests without a signature when a policy allows it."""


def _unsigned(question: ResourceQuestion) -> int:
    """The actions that take requests without a signature."""
    space = question.space
    mask = space.union(["sts:AssumeRoleWithWebIdentity"])
    if question.query.pins.get("lambda:functionurlauthtype", ("NONE",)) == ("NONE",):
        mask |= space.mask("lambda:InvokeFunctionUrl")
    if "lambda:invokedviafunctionurl" in keys_of(question.policy):
        mask |= space.mask("lambda:InvokeFunction")
    for service in _UNSIGNED:
        mask |= space.service(service)
    return mask
