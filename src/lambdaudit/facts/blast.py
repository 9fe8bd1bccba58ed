"""What somebody who controls a function holds in his hands: everything that its execution role gives away, in plain words."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from lambdaudit.facts import escalation, power
from lambdaudit.facts.access import Who, abroad, circumstances, may, of_principal, policy_of, what
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.blast_table import BEYOND, DEEDS, STRANGE, Deed
from lambdaudit.facts.context import USUAL, keys_of, policies_of, unread_of, without_tags
from lambdaudit.facts.power import FRESH
from lambdaudit.model.arn import parse_arn
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Severity
from lambdaudit.model.functions import Configured
from lambdaudit.model.identity import Role
from lambdaudit.model.unknown import NotKnown, Unknown, known

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Request

SECTIONS = {
    "up": "ways up",
    "readable": "data that can be read",
    "writable": "data and things that can be changed",
    "destructive": "what can be destroyed",
    "out": "ways out",
    "accounts": "other accounts",
}
MOST_ASSETS = 1_000
"""Assets of a kind that are asked about one by one; beyond it the answer says so."""


class Item(NamedTuple):
    """One thing that can be done. `assets` are the ids of the assets that it can be done to; `every` says that it is all."""

    section: str
    damage: Severity
    text: str
    assets: tuple[str, ...] = ()
    every: bool = False
    detail: tuple[str, ...] = ()


class Blast(NamedTuple):
    """What a function gives away: items sorted by damage, and what is not known."""

    function: str
    role: str
    items: tuple[Item, ...]
    unknown: tuple[Unknown, ...]
    assumes: tuple[str, ...]


def blast(fn: Configured, role: Role, audit: Audit) -> Blast:
    """Everything that a function's execution role gives to whoever controls the function, the worst first."""
    asked = _Asked(role, audit)
    items: list[Item] = []
    for search in (asked.administrator, asked.ways_up, asked.deeds, asked.beyond, asked.foreign, partial(asked.network, fn)):
        items.extend(asked.guarded(search))
    others = tuple(f for f in audit.functions_of(role.id) if f != fn.id)
    assumes = [] if audit.guardrails_known(role.account) else [f"the service control policies over {role.account} were not read"]
    if others:
        assumes.append(f"{len(others)} more functions run with the same role")
    order = list(SECTIONS)
    items.sort(key=lambda item: (item.damage.rank, order.index(item.section), not item.every, item.text))
    return Blast(fn.id, role.id, tuple(items), tuple(dict.fromkeys(asked.unknown)), tuple(assumes))


class _Asked:
    def __init__(self, role: Role, audit: Audit) -> None:
        self.role, self.audit = role, audit
        self.who: Who = of_principal(role, audit)
        self.region = next(iter(audit.inventory.coverage.regions), "us-east-1")
        self.unknown: list[Unknown] = []
        if unread := unread_of(self.who.layers):
            self.unknown.append(unread)

    def guarded(self, search: Callable[[], Iterator[Item]]) -> Iterator[Item]:
        """The items of a search; what is not known ends it and is remembered."""
        try:
            yield from search()
        except NotKnown as error:
            self.unknown.append(error.unknown)

    def administrator(self) -> Iterator[Item]:
        """The role may do everything."""
        if power.administrator(self.role, self.audit):
            yield Item("up", Severity.CRITICAL, "everything: the role is administrator of the account", every=True)

    def ways_up(self) -> Iterator[Item]:
        """Ways to more rights, each with the commands."""
        for path in escalation.paths(self.role, self.audit):
            detail = (*map(str, path.steps), *(f"$ {line}" for line in path.commands))
            yield Item("up", path.severity, f"{path.text}, and is then {path.won}", detail=detail)

    def deeds(self) -> Iterator[Item]:
        """What can be done to the assets of the inventory."""
        for deed in DEEDS:
            yield from self.guarded(partial(self._deed, deed))

    def _deed(self, deed: Deed) -> Iterator[Item]:
        may_at_all = bool(self.audit.can(self.role, deed.actions))
        fresh = self._filled(deed.fresh.replace("*", FRESH) + deed.tail)
        if may_at_all and (request := self._allowed(deed.actions, fresh)):
            known_ones = tuple(asset.id for asset in self._assets(deed))
            always = self._when(circumstances(request, USUAL, self.who.layers))
            yield Item(deed.section, deed.every, deed.words(f"every {deed.noun}") + always, known_ones, every=True)
            return
        assets = [asset for asset in self._assets(deed) if may_at_all or self._is_named_by(asset)]
        can: dict[str, list[str]] = {}
        for asset in assets[:MOST_ASSETS]:
            when = self._may(deed, asset)
            if when is not None:
                can.setdefault(when, []).append(asset.id)
        for when, ids in can.items():
            more = f" (of the first {MOST_ASSETS:,} that were asked about)" if len(assets) > MOST_ASSETS else ""
            yield Item(deed.section, deed.some, deed.words(_count(len(ids), deed.noun)) + when + more, tuple(ids))
        if can:
            return
        if may_at_all:
            named = dict.fromkeys(pattern for action in deed.actions for pattern in self._patterns(action))
            text = deed.words(f"{_plural(deed.noun)} that the inventory does not hold")
            yield Item(deed.section, deed.some, text, detail=tuple(named)[:5])

    def _assets(self, deed: Deed) -> list[Asset]:
        return [asset for asset in self.audit.inventory.of(deed.cls) if asset.account in ("", self.role.account)]

    def _is_named_by(self, asset: Asset) -> bool:
        """Whether an asset's own policy may let the role in, which then needs no right of its own."""
        policy = policy_of(asset)
        if policy is None:
            return False
        if isinstance(policy, Unknown):
            return True
        entries = (p for statement in self.audit.document(policy).statements for p in statement.principals or ())
        return any(entry.value == "*" or entry.account == self.role.account for entry in entries)

    def _may(self, deed: Deed, asset: Asset) -> str | None:
        """Under which circumstances the role may do it to an asset, empty: always; None when it may not."""
        resource = what(asset.id, self.audit)._replace(arn=asset.id + deed.tail)
        for action in deed.actions:
            answer = may(self.who, action, resource, self.audit)
            if answer.answer == "yes":
                return self._when(answer.circumstances)
            if answer.unknown:
                text = f"all that it may do with {_plural(deed.noun)}: {_without(answer.unknown.reason, asset)}"
                self.unknown.append(Unknown(text, answer.unknown.need))
        return None

    @staticmethod
    def _when(context: Mapping[str, object]) -> str:
        shown = [f"{k} is {v if isinstance(v, str) else ', '.join(map(str, v))}" for k, v in sorted(context.items())]  # type: ignore[call-overload]
        return f" when {' and '.join(shown)}" if shown else ""

    def _patterns(self, action: str) -> tuple[str, ...]:
        from lambdaudit.iam.questions import what_can

        reach = what_can(self.who.layers, principal=self.role.id, actions=(action,))
        return tuple(pattern for access in reach.access for pattern in access.resources)

    def _filled(self, template: str) -> str:
        return template.format(p=self.role.id.split(":")[1], a=self.role.account, r=self.region)

    def _allowed(self, actions: tuple[str, ...], resource: str) -> "Request | None":
        """A request that is allowed on a resource without tags, if there is one."""
        from lambdaudit.iam.questions import Violated, grants

        context = without_tags(keys_of(self.who.layers))
        answer = grants(self.who.layers, actions=actions, resources=(resource,), principal=self.role.id, context=context)
        return answer.witnesses[0].request if isinstance(answer, Violated) else None

    def beyond(self) -> Iterator[Item]:
        """What can be done to things that the inventory does not hold."""
        for reach in BEYOND:
            resources = tuple(self._filled(resource) for resource in reach.on)
            if reach.section == "accounts":
                allowed = any(abroad(self.who, reach.actions, resource, STRANGE) for resource in resources)
            else:
                allowed = bool(self.audit.can(self.role, reach.actions, resources))
            if allowed:
                yield Item(reach.section, reach.damage, reach.words)

    def foreign(self) -> Iterator[Item]:
        """Accounts whose resources the role's policies name, and roles of other accounts that let it in."""
        for account, patterns in sorted(self._named_abroad().items()):
            found = [pattern for pattern in sorted(patterns) if abroad(self.who, ("*",), pattern, account)]
            if found:
                whose = "" if self.audit.is_own(account) else ", which is none of the audited ones"
                text = f"use resources of account {account}{whose}, as far as it lets the role in"
                yield Item("accounts", Severity.MEDIUM, text, detail=tuple(found[:5]))
        for other in self.audit.inventory.of(Role):
            if other.account == self.role.account:
                continue
            if may(self.who, "sts:AssumeRole", what(other.id, self.audit), self.audit).answer == "yes":
                yield Item("accounts", Severity.HIGH, f"assume role {other.name} of account {other.account}", (other.id,))

    def _named_abroad(self) -> dict[str, set[str]]:
        """Resources in other accounts that the role's policies name, by account."""
        named: dict[str, set[str]] = {}
        for policy in policies_of(self.who.layers):
            for entry in (entry for statement in policy.statements for entry in statement.resources or ()):
                arn = parse_arn(entry.raw)
                if arn and re.fullmatch(r"\d{12}", arn.account) and arn.account != self.role.account:
                    named.setdefault(arn.account, set()).add(entry.raw)
        return named

    def network(self, fn: Configured) -> Iterator[Item]:
        """Where stolen data can go."""
        if known(fn.vpc) is None:
            yield Item("out", Severity.MEDIUM, "send to any host on the internet: the function is in no VPC")
        else:
            self.unknown.append(Unknown("whether the function's subnets reach the internet is not judged here"))


def _without(text: str, asset: Asset) -> str:
    """A reason without the name of the asset, so that the same gap of many assets is told once."""
    return text.replace(asset.id, "an asset of them").replace(asset.name, "one of them") if len(asset.name) > 2 else text


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("ory") else f"{noun}es" if noun.endswith("s") else f"{noun}s"


def _count(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {_plural(noun)}"
