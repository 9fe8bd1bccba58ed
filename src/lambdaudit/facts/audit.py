"""The desk a rule works at: neighbours of an asset and answers of the IAM engine, each worked out once."""

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, cast

from lambdaudit.facts.desk import Desk, may_be_own
from lambdaudit.facts.left_open import explained
from lambdaudit.facts.log_delivery import LOG_DELIVERY
from lambdaudit.model.arn import account_of
from lambdaudit.model.base import Policy
from lambdaudit.model.finding import Evidence
from lambdaudit.model.functions import Alias, Function, FunctionUrl
from lambdaudit.model.identity import Account, Group, Principal, Role
from lambdaudit.model.unknown import NotKnown, Unknown, known
from lambdaudit.model.where import Where

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Attached, Layers, Request
    from lambdaudit.iam.language import Policy as Parsed
    from lambdaudit.iam.questions import Verdict, Witness
    from lambdaudit.iam.shortcuts import Abilities


_KINDS = {"inline": "identity", "aws-managed": "identity", "customer-managed": "identity"}
"""The IAM engine's name for a policy's kind, where it differs from the model's."""


NOT_THROUGH_URL: dict[str, tuple[str, ...] | None] = {
    "lambda:InvokedViaFunctionUrl": ("false",),
    "lambda:FunctionUrlAuthType": None,
}
"""What holds when a service invokes a function for somebody: services call the Invoke API, never a function URL."""
STRANGER_CLAIMS: dict[str, dict[str, str]] = {
    "token.actions.githubusercontent.com": {
        "token.actions.githubusercontent.com:sub": "repo:stranger-org/stranger-repo:ref:refs/heads/main",
        "token.actions.githubusercontent.com:repository": "stranger-org/stranger-repo",
        "token.actions.githubusercontent.com:repository_owner": "stranger-org",
        "token.actions.githubusercontent.com:job_workflow_ref": "stranger-org/repo/.github/workflows/w.yml@refs/heads/main",
    },
    "gitlab.com": {"gitlab.com:sub": "project_path:stranger-group/stranger-project:ref_type:branch:ref:main"},
    "app.terraform.io": {"app.terraform.io:sub": "organization:stranger-org:project:p:workspace:w:run_phase:apply"},
    "accounts.google.com": {
        "accounts.google.com:aud": "strangers-app.apps.googleusercontent.com",
        "accounts.google.com:oaud": "strangers-app.apps.googleusercontent.com",
        "accounts.google.com:sub": "100000000000000000001",
    },
    "graph.facebook.com": {"graph.facebook.com:app_id": "1000000000000001", "graph.facebook.com:id": "1000000000000002"},
    "www.amazon.com": {"www.amazon.com:app_id": "amzn1.application-oa2-client.stranger", "www.amazon.com:user_id": "stranger"},
    "cognito-identity.amazonaws.com": {
        "cognito-identity.amazonaws.com:aud": "eu-west-1:00000000-0000-4000-8000-000000000000",
        "cognito-identity.amazonaws.com:sub": "eu-west-1:00000000-0000-4000-8000-000000000001",
    },
}
"""Public identity providers that anybody can get a token from, with the claims of a stranger's token."""


def _encrypts_for(witness: "Witness", account: str) -> bool:
    return any(
        key.lower().startswith("kms:encryptioncontext:aws:") and account_of(str(value)) == account
        for key, value in witness.request.context.items()
    )


def _first_unknown(layers: "Layers") -> Unknown | None:
    """The first policy of a principal that was not read: it names the missing right, which the engine's answer cannot."""
    for layer in (layers.identity, layers.boundary):
        for member in (layer,) if isinstance(layer, Unknown) else layer:
            if isinstance(member, Unknown):
                return member
    return None


_NO_ORGANIZATION = Unknown("which organization the account belongs to was not read", "organizations:DescribeOrganization")


class Audit(Desk):
    """What a rule may ask. Every answer that is not known raises NotKnown, which ends the rule as UNKNOWN."""

    def strangers_at(self, trust: Policy, role: Role) -> "tuple[Witness, ...]":
        """Proofs that anybody who signs in at a public identity provider can assume a role; empty: proved not."""
        from lambdaudit.iam import questions

        document = self.document(trust)
        found: list[Witness] = []
        providers = " ".join(p.value for s in document.statements for p in s.principals or ())
        for host, claims in STRANGER_CLAIMS.items():
            if host not in providers and not any(s.gaps for s in document.statements):
                continue
            witnesses = self._ask(
                ("strangers", trust.where, role.id, host),
                lambda claims=claims: questions.outside_access(  # type: ignore[misc]
                    document, resource=role.id, account=role.account, context=claims, explain=False
                ),
            )
            found.extend(w for w in witnesses if w.kind == "federated" and host in w.caller)
        return tuple(found)

    def open_url(self, fn: Function | Alias) -> FunctionUrl | None:
        """The function URL when anyone on the internet can call it, otherwise None."""
        url = known(fn.url)
        return url if url is not None and url.auth_type == "NONE" and self.callers_of_url(fn) else None

    def callers_of_url(self, fn: Function | Alias) -> "tuple[Witness, ...]":
        """Proofs that strangers may call the function URL, by its auth type: unsigned, or signed by any AWS account.

        Empty when there is no URL, or when it is proved that nobody but those whom the policy names may call it.
        """
        url = known(fn.url)
        if url is None:
            return ()
        facts = {"lambda:FunctionUrlAuthType": url.auth_type}
        return self.public(known(fn.policy), fn.id, fn.account, ("lambda:InvokeFunctionUrl",), facts)

    def public(
        self,
        policy: Policy | None,
        resource: str,
        account: str,
        actions: Collection[str] | None = None,
        context: Mapping[str, str] | None = None,
    ) -> "tuple[Witness, ...]":
        """Proofs that anonymous callers or any stranger's account may use a resource through its policy; empty: proved not.

        `context` holds what is known of every such request.
        """
        from lambdaudit.iam.shortcuts import names_everyone_it_lets_in

        if policy is None:
            return ()
        document = self.document(policy)
        if names_everyone_it_lets_in(document):
            return ()
        from lambdaudit.iam import questions

        return self._ask(
            ("public", policy.where, resource, account, frozenset(actions or ()), frozenset((context or {}).items())),
            lambda: questions.public_access(
                document, resource=resource, account=account, actions=actions, context=context or {}, explain=False
            ),
            policy,
        )

    def outside(self, policy: Policy | None, resource: str, account: str) -> "tuple[Witness, ...]":
        """Proofs that a principal outside our accounts and organisations may use a resource; empty: proved not."""
        from lambdaudit.iam.shortcuts import stays_inside

        if policy is None:
            return ()
        document = self.document(policy)
        inside = self.own_accounts | LOG_DELIVERY | {account}
        if stays_inside(document, inside):
            return ()
        from lambdaudit.iam import questions

        witnesses = self._ask(
            ("outside", policy.where, resource, account),
            lambda: questions.outside_access(
                document,
                resource=resource,
                account=account,
                trusted_accounts=inside,
                organizations=self.organizations,
                explain=False,
            ),
            policy,
        )
        if self.nowhere and witnesses:
            named = witnesses[0].caller
            witnesses = tuple(w for w in witnesses if w.kind not in ("account", "account-service"))
            if not witnesses:
                known(may_be_own(named))
        certain = tuple(w for w in witnesses if w.kind != "organization")
        if len(certain) < len(witnesses) and not certain and not self.organizations:
            known(next((a.organization for a in self.inventory.of(Account) if a.account == account), _NO_ORGANIZATION))
        return witnesses

    def deputies(self, policy: Policy | None, resource: str, account: str) -> "tuple[Witness, ...]":
        """Proofs that an AWS service named in a policy, driven by another customer, may use a resource; empty: proved not.

        Services that the policy lets in as "everyone" are left to :meth:`public`. A service that names one of our resources in
        the encryption context (``kms:EncryptionContext:aws:logs:arn``) acts for us: the service sets it, its customer cannot.
        """
        from lambdaudit.iam.shortcuts import services_act_for

        if policy is None:
            return ()
        document = self.document(policy)
        if services_act_for(document, account):
            return ()
        from lambdaudit.iam import questions

        witnesses = self._ask(
            ("deputy", policy.where, resource, account),
            lambda: questions.confused_deputy(
                document,
                resource=resource,
                account=account,
                context=NOT_THROUGH_URL if ":lambda:" in resource else {},
                explain=False,
            ),
            policy,
        )
        return tuple(w for w in witnesses if w.kind != "any-service" and not _encrypts_for(w, account))

    def can(self, principal: Principal, actions: Collection[str], resources: Collection[str] = ("*",)) -> "tuple[Witness, ...]":
        """Proofs that a role, user or group may do any of the actions (globs) on any of the resources (globs).

        Judged on effective permission: policies, boundary and service control policies together. Empty: proved that none is
        allowed.
        """
        abilities = self._abilities(principal)
        asked = tuple(action for action in actions if not abilities.never(action))
        if not asked:
            return ()
        for action in asked:
            for resource in resources:
                if witness := abilities.at_once(action, resource):
                    return (witness,)
        if all(abilities.never_on(action, resource) for action in asked for resource in resources):
            return ()
        from lambdaudit.iam import questions

        layers = self.layers(principal)
        try:
            return self._ask(
                ("can", principal.id, frozenset(asked), frozenset(resources)),
                lambda: questions.grants(layers, actions=asked, resources=tuple(resources), principal=principal.id),
            )
        except NotKnown as error:
            own = () if isinstance(principal.policies, Unknown) else principal.policies
            raise NotKnown(_first_unknown(layers) or explained(error.unknown, (*own, principal.boundary))) from error

    def _abilities(self, principal: Principal) -> "Abilities":
        from lambdaudit.iam.shortcuts import abilities_of

        key = ("abilities", principal.id)
        if key not in self._answers:
            self._answers[key] = abilities_of(principal.id, self.layers(principal), principal.account)
        return cast("Abilities", self._answers[key])

    def denied(self, principal: Principal, action: str, resource: str) -> bool:
        """Whether a statement of the principal's own layers denies a request explicitly (not merely fails to allow it)."""
        from lambdaudit.iam.decide import Outcome, Request, decide

        request = Request(principal=principal.id, action=action, resource=resource, resource_account=principal.account)
        return decide(request, self.layers(principal)).outcome is Outcome.EXPLICIT_DENY

    def document(self, policy: Policy) -> "Parsed":
        """A policy parsed by the IAM engine, once for each document."""
        from lambdaudit.iam.language import PolicyKind, parse

        key = ("document", policy.where, policy.kind, policy.arn)
        if key not in self._answers:
            self._answers[key] = parse(policy.raw or policy.document, PolicyKind(_KINDS.get(policy.kind, policy.kind)))
        return cast("Parsed", self._answers[key])

    def layers(self, principal: Principal) -> "Layers":
        """All that decides what a principal may do: its policies (a user's groups' too), boundary and guardrails.

        Service control policies that could not be read count as absent: they can only take rights away, so a right that is denied
        here is denied in any case, and one that is allowed may be stopped by them; :meth:`guardrails_known` tells.
        """
        return self.once(("layers", principal.id), lambda: self._layers(principal))

    def _layers(self, principal: Principal) -> "Layers":
        from lambdaudit.iam.decide import Layers

        identity = self._attached(principal.policies)
        groups = getattr(principal, "groups", ())
        for group_id in (groups,) if isinstance(groups, Unknown) else groups:
            group = group_id if isinstance(group_id, Unknown) else self.inventory.find(Group, group_id)
            if group is not None:
                identity += self._attached(group if isinstance(group, Unknown) else group.policies)
        account = self.inventory.get(f"arn:{principal.id.split(':')[1]}:iam::{principal.account}:root")
        scps = account.scps if isinstance(account, Account) else ()
        return Layers(
            identity=identity,
            boundary=self._attached((principal.boundary,) if principal.boundary is not None else ()),
            scp=() if isinstance(scps, Unknown) else tuple(self._attached(level) for level in scps),
        )

    def guardrails_known(self, account_id: str) -> bool:
        """Whether the service control policies over an account were read, or it is certain that there are none."""
        accounts = [a for a in self.inventory.of(Account) if a.account == account_id]
        return bool(accounts) and not isinstance(accounts[0].scps, Unknown)

    def _attached(self, policies: "tuple[Policy | Unknown, ...] | Unknown") -> "tuple[Attached | Unknown, ...]":
        from lambdaudit.iam.decide import Attached

        if isinstance(policies, Unknown):
            return (policies,)
        return tuple(p if isinstance(p, Unknown) else Attached(p.name, self.document(p)) for p in policies)

    def _ask(
        self, key: tuple[object, ...], question: "Callable[[], Verdict]", policy: Policy | None = None
    ) -> "tuple[Witness, ...]":
        """The witnesses of an answer. Raises NotKnown when it is open, with what is open in the policy that is asked about."""
        from lambdaudit.iam.questions import Violated

        if key not in self._answers:
            self._answers[key] = question()
        answer = cast("Verdict", self._answers[key])
        if isinstance(answer, Unknown):
            raise NotKnown(explained(answer, (policy,) if policy else ()))
        return answer.witnesses if isinstance(answer, Violated) else ()

    def proof(self, policy: Policy, witness: "Witness") -> tuple[Evidence, ...]:
        """Evidence of a witness against one policy: the statements that allow it, and the request that was replayed."""
        request = {
            "principal": witness.request.principal,
            "action": witness.request.action,
            "resource": witness.request.resource,
            "context": {k: v for k, v in witness.request.context.items() if not isinstance(v, Unknown)},
        }
        statements = witness.statements or (None,)
        return tuple(
            Evidence(
                where=policy.where if index is None else policy.where / "Statement" / index,
                text=witness.text,
                witness=request,
            )
            for index in statements
        )

    def grant(self, principal: Principal, witness: "Witness") -> Evidence:
        """Evidence of what a principal may do, at the statement of its own policies that allows it."""
        return Evidence(where=self.granting(principal, witness.request), text=witness.text)

    def granting(self, principal: Principal, request: "Request") -> Where:
        """The first statement of a principal's own policies that allows a request; the principal itself where none is found."""
        from lambdaudit.iam.decide import decide

        policies = () if isinstance(principal.policies, Unknown) else principal.policies
        written = {p.name: p.where for p in policies if not isinstance(p, Unknown) and p.kind != "aws-managed"}
        for step in decide(request, self.layers(principal)).because:
            if step.layer == "identity" and step.verdict == "allow" and step.statement is not None and step.policy in written:
                return written[step.policy] / "Statement" / step.statement
        return principal.where
