"""Who may do what to which asset: all policies that meet in one request, put together from the inventory."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.context import USUAL, Context, keys_of, of_account, of_caller, of_resource, unread_of, written_keys
from lambdaudit.model.arn import account_of, parse_arn, unqualified
from lambdaudit.model.base import Asset, Policy
from lambdaudit.model.identity import Account, Principal, Role, User
from lambdaudit.model.unknown import NotKnown, Unknown

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Attached, Layers, Request
    from lambdaudit.iam.explain import Step
    from lambdaudit.iam.language import Policy as Parsed
    from lambdaudit.iam.verdicts import Verdict, Witness

WITH_POLICY = frozenset(
    {
        "acm-pca", "apigateway", "aoss", "backup", "bedrock", "codeartifact", "codebuild", "dynamodb", "ecr", "elasticfilesystem",
        "es", "events", "execute-api", "glacier", "glue", "iot", "kafka", "kinesis", "kms", "lambda", "lex", "logs", "mediastore",
        "mq", "network-firewall", "organizations", "outposts", "ram", "rekognition", "s3", "s3-object-lambda", "s3-outposts",
        "s3express", "s3tables", "s3vectors", "schemas", "secretsmanager", "serverlessrepo", "ses", "signer", "sns", "sqs",
        "ssm-contacts", "ssm-incidents", "sts", "verifiedpermissions", "vpc-lattice", "xray",
    }
)  # fmt: skip
"""Services whose resources can have a policy of their own, so that one that was not read leaves a question open."""

_FOLLOWING = frozenset(
    {
        "aws:principalarn", "aws:principalaccount", "aws:principaltype", "aws:principalisawsservice", "aws:principalservicename",
        "aws:principalservicenameslist", "aws:userid", "aws:username", "aws:resourceaccount", "s3:resourceaccount",
        "kms:calleraccount", "aws:currenttime", "aws:epochtime",
    }
)  # fmt: skip
"""Keys that follow from the request itself and need not be told."""


class Who(NamedTuple):
    """A caller: how requests name it, its asset if it has one, and the layers that are its own."""

    text: str
    name: str
    asset: Principal | None
    layers: "Layers"

    @property
    def account(self) -> str:
        """The caller's account; empty for services and anonymous callers."""
        return account_of(self.text)


class What(NamedTuple):
    """A resource: its ARN (`*` stands for anything), its owner's account as far as it is known, its asset and its policy."""

    arn: str
    owner: str
    asset: Asset | None
    policy: Policy | Unknown | None


class Answer(NamedTuple):
    """`answer` is yes, no or unknown. `because` are the evaluator's reasons, `request` the request that they are about.

    `circumstances` are context keys that a yes depends on; `assumes` says what a yes takes for granted; `unknown` is what was not
    read and decides.
    """

    answer: str
    because: "tuple[Step, ...]"
    request: "Request | None"
    circumstances: Mapping[str, Any]
    assumes: tuple[str, ...]
    unknown: Unknown | None


class Grant(NamedTuple):
    """One principal, or sort of principals, that may do something; `sort` is role, user, service or how a stranger is called."""

    sort: str
    name: str
    id: str
    statements: tuple[str, ...]
    circumstances: Mapping[str, Any]
    request: "Request"


class Open(NamedTuple):
    """A principal, or a list of them, for which the question stays open."""

    subject: str
    unknown: Unknown


def policy_of(asset: Asset) -> Policy | Unknown | None:
    """The resource-based policy of an asset, for a role its trust policy; None when it has none or can have none."""
    if isinstance(asset, Role):
        return asset.trust
    return getattr(asset, "policy", None)


def what(arn: str, audit: Audit) -> What:
    """The resource of an ARN. Its policy is Unknown when it may have one and was not read."""
    asset = _owner_asset(arn, audit)
    parsed = parse_arn(arn)
    if asset is not None:
        return What(arn, account_of(arn) or asset.account, asset, policy_of(asset))
    service = "sts" if parsed and parsed.service == "iam" and parsed.resource.startswith("role/") else parsed and parsed.service
    open_policy = Unknown(f"{arn} is not in the inventory, so its own policy was not read") if service in WITH_POLICY else None
    return What(arn, account_of(arn), None, open_policy)


def _owner_asset(arn: str, audit: Audit) -> Asset | None:
    """The asset that an ARN names or belongs to: an object's bucket, an index' table, a version's function."""
    inventory = audit.inventory
    if found := inventory.get(arn) or inventory.get(unqualified(arn)):
        return found
    if ":::" in arn:
        return inventory.get(arn.partition("/")[0])
    head, slash, rest = arn.partition("/")
    if slash and ":dynamodb:" in head:
        return inventory.get(f"{head}/{rest.partition('/')[0]}")
    return inventory.get(arn.removesuffix(":*"))


def layers_on(who: Who, resource: What, audit: Audit) -> "Layers":
    """All layers that meet when a caller uses a resource."""
    return msgspec.structs.replace(who.layers, resource=_resource_layer(resource, audit))


def _resource_layer(resource: What, audit: Audit) -> "Attached | Unknown | None":
    from lambdaudit.iam.decide import Attached

    if resource.policy is None or isinstance(resource.policy, Unknown):
        return resource.policy
    name = "trust policy" if isinstance(resource.asset, Role) else "resource policy"
    return Attached(name, audit.document(resource.policy))


def of_principal(principal: Principal, audit: Audit) -> Who:
    """A role or user of the inventory as a caller."""
    return Who(principal.id, principal.name, principal, audit.layers(principal))


def of_stranger(text: str, audit: Audit) -> Who:
    """A caller that is no role or user of the inventory: a service, anybody, another account's principal, a root user."""
    from lambdaudit.iam.decide import Layers

    account = account_of(text)
    scp = _guardrails(account, audit)
    if not account or text.endswith(":root") or text == account:
        return Who(text, text, None, Layers(scp=scp))
    return Who(text, text, None, Layers(identity=Unknown(f"the policies of {text} were not read"), scp=scp))


def _guardrails(account: str, audit: Audit) -> "tuple[tuple[Attached | Unknown, ...], ...]":
    from lambdaudit.iam.decide import Attached

    found = account_asset(account, audit)
    if found is None or isinstance(found.scps, Unknown):
        return ()
    return tuple(tuple(Attached(policy.name, audit.document(policy)) for policy in level) for level in found.scps)


def account_asset(account: str, audit: Audit) -> Account | None:
    """An account of the inventory."""
    return next((found for found in audit.inventory.of(Account) if account and found.account == account), None)


def may(who: Who, action: str, resource: What, audit: Audit, context: "Context | None" = None) -> Answer:
    """Whether a caller may do something, by all policies of the inventory.

    `context` holds keys of the request; what it does not name is open, except for what is known of the caller and the resource.
    Raises BadPrincipal when the caller is none.
    """
    from lambdaudit.iam.decide import Outcome, Request, decide
    from lambdaudit.iam.questions import Violated, grants

    layers = layers_on(who, resource, audit)
    facts = _facts(who, resource, layers, context or {}, audit)
    given = {key: value for key, value in {**USUAL, **facts}.items() if value is not None}
    request = Request(principal=who.text, action=action, resource=resource.arn, resource_account=resource.owner, context=given)
    decision = decide(request, layers)
    if "*" not in resource.arn and decision.outcome is Outcome.ALLOWED:
        return Answer("yes", decision.because, request, {}, tuple(_assumptions(who, audit)), None)
    answer = grants(
        layers,
        actions=(action,),
        resources=(resource.arn,),
        principal=who.text,
        resource_account=resource.owner,
        delegated=resource.asset is None and "*" in resource.arn,
        context=facts,
    )
    if isinstance(answer, Unknown):
        return Answer("unknown", decision.because, request, {}, (), unread_of(layers) or answer)
    if isinstance(answer, Violated):
        found = answer.witnesses[0].request
        return Answer(
            "yes",
            decide(found, layers).because,
            found,
            circumstances(found, facts, layers),
            tuple(_assumptions(who, audit)),
            None,
        )
    return Answer("no", decision.because, request, {}, (), None)


def welcoming(layers: "Layers") -> "Layers":
    """Layers as they meet a resource of another account whose owner lets everybody in: an attacker's own, or the worst case."""
    from lambdaudit.iam.decide import Attached
    from lambdaudit.iam.language import PolicyKind, parse

    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    policy = parse({"Version": "2012-10-17", "Statement": statement}, PolicyKind.RESOURCE)
    return msgspec.structs.replace(layers, resource=Attached("the other account's policy", policy))


def abroad(who: Who, actions: tuple[str, ...], resource: str, account: str) -> "tuple[Witness, ...]":
    """Proofs that a caller's own side allows one of the actions on a resource of another account, which lets it in."""
    from lambdaudit.iam.questions import Violated, grants

    layers = welcoming(who.layers)
    answer = grants(layers, actions=actions, resources=(resource,), principal=who.text, resource_account=account)
    return answer.witnesses if isinstance(answer, Violated) else ()


def _facts(who: Who, resource: What, layers: "Layers", context: Context, audit: Audit) -> Context:
    keys = keys_of(layers)
    facts: dict[str, str | tuple[str, ...] | None] = {"aws:securetransport": "true"}
    if who.asset is not None:
        facts |= of_caller(who.asset, keys, mfa=isinstance(who.asset, User))
        facts |= of_account(account_asset(who.account, audit))
    if resource.asset is not None:
        facts |= of_resource(resource.asset, keys)
    return {**facts, **{key.lower(): value for key, value in context.items()}}


def _assumptions(who: Who, audit: Audit) -> Iterator[str]:
    if who.asset is not None and not audit.guardrails_known(who.account):
        yield f"the service control policies over account {who.account} were not read; they may forbid it"
    if who.asset is not None and isinstance(who.asset.tags, Unknown):
        yield f"the tags of {who.name} were not read"


def circumstances(request: "Request", facts: Context, layers: "Layers") -> dict[str, Any]:
    """What a request brings along beyond what is known of every such request."""
    spelt = written_keys(layers)
    return {
        spelt.get(key, key): value
        for key, value in sorted(request.context.items())
        if key not in USUAL and key not in _FOLLOWING and facts.get(key) != value and value and not isinstance(value, Unknown)
    }


def who_can(action: str, resource: What, audit: Audit) -> tuple[list[Grant], list[Open]]:
    """Every principal that may do something to a resource, with the statements that allow it, and what stays open.

    Roles and users of the inventory by effective permission; strangers, accounts, organisations, identity providers and AWS
    services through the resource's own policy. Root users are left out: they may do everything that no policy denies.
    """
    from lambdaudit.iam import questions

    found: list[Grant] = []
    left: list[Open] = []
    unread = resource.policy if isinstance(resource.policy, Unknown) else None
    seen = resource._replace(policy=None) if unread else resource
    callers = {who.text: who for who in (*_callers(audit), *_named_services(resource, audit))}
    layers = {text: layers_on(who, seen, audit) for text, who in callers.items()}
    delegated = unread is not None or (resource.asset is None and "*" in resource.arn)
    answers = dict(_at_once(layers, action, resource))
    rest = {text: own for text, own in layers.items() if text not in answers}
    answers |= dict(questions.who_can(rest, action, resource.arn, resource_account=resource.owner, delegated=delegated))
    for text, verdict in answers.items():
        grant = _grant(callers[text], action, seen, verdict, layers[text], audit)
        if isinstance(grant, Open):
            left.append(grant)
        elif grant and unread:
            left.append(Open(text, Unknown(f"its own policies allow it; {unread.reason}", unread.need)))
        elif grant:
            found.append(grant)
    found.extend(_strangers(action, resource, audit, left))
    left.extend(_not_listed(resource, audit))
    return sorted(found, key=lambda grant: (_SORTS.index(grant.sort), grant.id)), left


def _at_once(layers: "Mapping[str, Layers]", action: str, resource: What) -> "Iterator[tuple[str, Verdict]]":
    """Those of the callers for whom a plain request without any context shows that they may."""
    from lambdaudit.iam.questions import Violated
    from lambdaudit.iam.shortcuts import Abilities

    for text, own in layers.items():
        account = account_of(text)
        if not account or keys_of(own) or resource.owner not in ("", account):
            continue
        if witness := Abilities(text, own, account).at_once(action, resource.arn):
            yield text, Violated((witness,))


def _grant(who: Who, action: str, resource: What, verdict: "Verdict", layers: "Layers", audit: Audit) -> Grant | Open | None:
    """What a verdict on one caller comes to, with what is known of the caller's own requests."""
    from lambdaudit.iam.decide import decide
    from lambdaudit.iam.questions import Violated

    sort = "service" if who.asset is None else "user" if isinstance(who.asset, User) else "role"
    if isinstance(verdict, Violated) and not keys_of(layers):
        request = verdict.witnesses[0].request
        return Grant(sort, who.name, who.text, _allowing(decide(request, layers).because), {}, request)
    answer = may(who, action, resource, audit)
    if answer.answer == "unknown":
        return Open(who.text, answer.unknown or Unknown("not decided"))
    if answer.answer == "no" or answer.request is None:
        return None
    return Grant(sort, who.name, who.text, _allowing(answer.because), answer.circumstances, answer.request)


_SORTS = (
    "anonymous", "any-account", "any-service", "organization", "account", "account-service", "federated", "canonical", "service",
    "reused-name", "user", "role",
)  # fmt: skip

_SAID = {"anonymous": "everyone, unsigned", "any-account": "every AWS account", "any-service": "every AWS service"}


def _callers(audit: Audit) -> Iterator[Who]:
    for principal in (*audit.inventory.of(Role), *audit.inventory.of(User)):
        yield of_principal(principal, audit)


def _named_services(resource: What, audit: Audit) -> Iterator[Who]:
    from lambdaudit.iam.language import PrincipalKind

    if resource.policy is None or isinstance(resource.policy, Unknown):
        return
    entries = (p for statement in audit.document(resource.policy).statements for p in statement.principals or ())
    for name in sorted({entry.value for entry in entries if entry.kind is PrincipalKind.SERVICE and entry.value != "*"}):
        yield of_stranger(name, audit)


def _strangers(action: str, resource: What, audit: Audit, left: list[Open]) -> Iterator[Grant]:
    """Callers from outside who get in through the resource's own policy."""
    from lambdaudit.iam.decide import Layers
    from lambdaudit.iam.questions import Violated, outside_access

    if resource.policy is None or isinstance(resource.policy, Unknown) or resource.asset is None:
        return
    owner = resource.owner or resource.asset.account
    document = audit.document(resource.policy)
    verdict = outside_access(
        document,
        resource=resource.arn.removesuffix("/*"),
        account=owner,
        trusted_accounts=audit.own_accounts | {owner},
        actions=(action,),
    )
    if isinstance(verdict, Unknown):
        left.append(Open("principals outside the account", verdict))
    for witness in verdict.witnesses if isinstance(verdict, Violated) else ():
        statements = tuple(_statement(resource, document, index) for index in witness.statements)
        name = witness.caller or _SAID.get(witness.kind, witness.kind)
        if witness.kind == "account-service":
            name = f"{name} through {witness.request.principal}"
        own = ("aws:source", "aws:principal")  # the stranger's own, put in by the engine
        context = circumstances(witness.request, {}, Layers(resource=_resource_layer(resource, audit)))
        told = {key: value for key, value in context.items() if not key.lower().startswith(own)}
        yield Grant(witness.kind, name, witness.caller, statements, told, witness.request)


def _statement(resource: What, document: "Parsed", index: int) -> str:
    sid = next((statement.sid for statement in document.statements if statement.index == index), "")
    layer = "trust policy" if isinstance(resource.asset, Role) else "resource policy"
    return f"{layer} statement {index}{f' ({sid})' if sid else ''}"


def _allowing(because: "tuple[Step, ...]") -> tuple[str, ...]:
    """The statements that allow a request, as policy, position and statement id."""
    said = []
    for step in because:
        if step.verdict in ("allow", "allow or deny") and step.layer in ("identity", "resource"):
            sid = f" ({step.sid})" if step.sid else ""
            said.append(f"{step.policy} statement {step.statement}{sid}")
    return tuple(dict.fromkeys(said))


def _not_listed(resource: What, audit: Audit) -> Iterator[Open]:
    for kind, word in ((Role, "roles"), (User, "users")):
        try:
            audit.every(kind, account=resource.owner)
        except NotKnown as error:
            yield Open(f"{word} of the account", error.unknown)
    if isinstance(resource.policy, Unknown):
        yield Open("whoever the policy of the resource itself lets in", resource.policy)
