"""Which roles may do what, roughly: enough to decide what is worth asking, from the bulk answer or from single reads."""

from fnmatch import fnmatchcase
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.raw import Answer, Raw
from lambdaudit.sources.aws.refs import exact, several, statements, table, text

BULK = ("iam", "GetAccountAuthorizationDetails")


class Roles:
    """The permission and trust policies of an account's roles. A role that was not fully read may do anything."""

    def __init__(self, raw: Raw, account: str) -> None:
        self._documents: dict[str, list[Any]] = {}
        self._trusted: dict[str, list[str]] = {}
        self._whole = False
        self._allowed: dict[str, list[tuple[list[str], list[str]]] | None] = {}
        self._may: dict[tuple[str, tuple[str, ...]], bool] = {}
        self._resources: dict[str, dict[str, list[str]]] = {}
        bulk = raw.ask(*BULK, account)
        if isinstance(bulk, Answer) and bulk.rest is None:
            self._whole = True
            self._read_bulk(bulk)
        else:
            self._read_single(raw, account)

    def _read_bulk(self, bulk: Answer) -> None:
        managed: dict[str, Any] = {}
        for policy in map(table, bulk.items("Policies")):
            for version in map(table, several(policy.get("PolicyVersionList"))):
                if version.get("IsDefaultVersion") is True:
                    managed[text(policy.get("Arn"))] = version.get("Document")
        for role in map(table, bulk.items("RoleDetailList")):
            documents = [table(p).get("PolicyDocument") for p in several(role.get("RolePolicyList"))]
            attached = [text(table(p).get("PolicyArn")) for p in several(role.get("AttachedManagedPolicies"))]
            self._documents[text(role.get("Arn"))] = documents + [managed.get(arn) for arn in attached]
            self._add_trust(role)

    def _read_single(self, raw: Raw, account: str) -> None:
        for key, answer in raw.each("iam", "GetRole"):
            if key.account != account or not isinstance(answer, Answer):
                continue
            role = table(answer.data.get("Role"))
            inline = raw.ask("iam", "ListRolePolicies", account, subject=key.subject)
            attached = raw.ask("iam", "ListAttachedRolePolicies", account, subject=key.subject)
            lists = (inline, attached)
            documents: list[Any] = [None for one in lists if not isinstance(one, Answer) or one.rest is not None]
            if isinstance(inline, Answer):
                for name in inline.items("PolicyNames"):
                    own = raw.ask("iam", "GetRolePolicy", account, subject=f"{key.subject}/{name}")
                    documents.append(own.data.get("PolicyDocument") if isinstance(own, Answer) else None)
            if isinstance(attached, Answer):
                for policy in map(table, attached.items("AttachedPolicies")):
                    managed = raw.ask("iam", "GetPolicyVersion", account, subject=text(policy.get("PolicyArn")))
                    version = table(managed.data.get("PolicyVersion")) if isinstance(managed, Answer) else {}
                    documents.append(version.get("Document"))
            self._documents[text(role.get("Arn"))] = documents
            self._add_trust(role)

    def _add_trust(self, role: dict[str, Any]) -> None:
        for statement in statements(role.get("AssumeRolePolicyDocument")) or []:
            principal = statement.get("Principal")
            for service in several(table(principal).get("Service")):
                self._trusted.setdefault(text(service).split(".")[0], []).append(text(role.get("Arn")))

    def invoking(self, service: str) -> bool:
        """Whether `service` (its first label: ``pipes``) can call a function through some role; True when not known."""
        trusted = self._trusted.get(service, [])
        return not self._whole or any(self.may(role, ("lambda:InvokeFunction",)) for role in trusted)

    def trusting(self, service: str) -> bool:
        """Whether some role lets `service` assume it (its first label: ``edgelambda``); True when not known."""
        return not self._whole or service in self._trusted

    def _allows(self, role: str) -> list[tuple[list[str], list[str]]] | None:
        """Action and resource patterns of the role's Allow statements; None when they are not all known."""
        if role in self._allowed:
            return self._allowed[role]
        found: list[tuple[list[str], list[str]]] | None = []
        for document in self._documents.get(role, [None]):
            read = statements(document)
            if read is None or found is None:
                found = None
                break
            for statement in read:
                if statement.get("Effect") == "Allow":
                    actions = [text(a).lower() for a in several(statement.get("Action"))]
                    resources = [text(r) for r in several(statement.get("Resource"))]
                    found.append((actions if "Action" in statement else ["*"], resources))
        self._allowed[role] = found
        return found

    def may(self, role: str, actions: tuple[str, ...]) -> bool:
        """Whether an Allow statement of the role matches one of `actions` on anything; True when that is not known."""
        if (role, actions) not in self._may:
            allowed = self._allows(role)
            wanted = [a.lower() for a in actions]
            self._may[role, actions] = allowed is None or any(
                fnmatchcase(a, pattern) for patterns, _ in allowed for pattern in patterns for a in wanted
            )
        return self._may[role, actions]

    def resources(self, role: str, service: str) -> list[str]:
        """The resource patterns of `service` that the role's Allow statements name, except the bare ``*``."""
        if role not in self._resources:
            found: dict[str, dict[str, None]] = {}
            for _, resources in self._allows(role) or []:
                for resource in resources:
                    arn = parse_arn(resource)
                    if arn is not None:
                        found.setdefault(arn.service, {})[resource] = None
            self._resources[role] = {name: list(named) for name, named in found.items()}
        return self._resources[role].get(service, [])

    def named(self, role: str, service: str) -> list[str]:
        """Those of :meth:`resources` that name one thing each."""
        return [r for r in self.resources(role, service) if exact(r)]
