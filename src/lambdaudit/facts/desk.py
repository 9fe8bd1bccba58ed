"""The part of a rule's desk that looks things up: assets, their users, accounts and organisations, the day."""

import datetime as dt
from collections.abc import Callable, Collection
from functools import cached_property
from typing import TypeVar, cast

from lambdaudit.config import Options
from lambdaudit.model.apis import Authorizer, Route, Stage
from lambdaudit.model.arn import PLACEHOLDER_ACCOUNT, account_of, parse_arn
from lambdaudit.model.assets import kind_of
from lambdaudit.model.base import Asset
from lambdaudit.model.functions import Alias, Configured, Function, FunctionVersion
from lambdaudit.model.identity import Account, Role
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.resources import Bucket, Key, LogGroup, Parameter, Queue, Secret, Stream, Table, Topic
from lambdaudit.model.unknown import NotKnown, Unknown, known

A = TypeVar("A", bound=Asset)
P = TypeVar("P", Authorizer, Route, Stage)
T = TypeVar("T")

_KEY_FIELDS: tuple[tuple[type[Asset], str], ...] = (
    (Function, "kms_key"),
    (FunctionVersion, "kms_key"),
    *((kind, "key") for kind in (Bucket, LogGroup, Parameter, Queue, Secret, Stream, Table, Topic)),
)
"""Where the key that encrypts an asset is named."""

_USED_THROUGH = {"role": "role", "layer-version": "layers", "code-signing-config": "code_signing"}
"""The setting of a function that names an asset of a kind."""


class Desk:
    """What an audit knows without asking the IAM engine. Every answer that is not known raises NotKnown."""

    def __init__(self, inventory: Inventory, options: Options | None = None) -> None:
        self.inventory = inventory
        self.options = options or Options()
        self._answers: dict[tuple[object, ...], object] = {}

    @cached_property
    def today(self) -> dt.date:
        """The day that life cycles are judged by: the option's, or the one on which the inventory was collected."""
        if self.options.today:
            return self.options.today
        return dt.datetime.fromisoformat(self.inventory.created).date() if self.inventory.created else dt.date.today()

    @cached_property
    def own_accounts(self) -> frozenset[str]:
        """Accounts that count as ours: the audited ones and those named in the options."""
        return frozenset(self.inventory.coverage.accounts) | self.options.trusted_accounts

    @cached_property
    def organizations(self) -> frozenset[str]:
        """Ids of our organisations, as far as they are known."""
        ids = {a.organization for a in self.inventory.of(Account) if isinstance(a.organization, str)}
        return frozenset(ids) | self.options.organizations

    def find(self, cls: type[A], asset_id: str) -> A | None:
        """The asset with this id; None when it certainly does not exist. Raises NotKnown when nobody could look."""
        return known(self.inventory.find(cls, asset_id))

    def every(self, cls: type[A], *, account: str = "", region: str = "") -> tuple[A, ...]:
        """All assets of a class. Raises NotKnown when the list is incomplete: for claims about absence."""
        return self.inventory.every(cls, account=account, region=region)

    def role(self, fn: Configured) -> Role | None:
        """The execution role of a function or version; None when it names none or the role was deleted."""
        arn = known(fn.role)
        return self.find(Role, arn) if arn else None

    def function(self, asset: FunctionVersion | Alias) -> Function | None:
        """The function that a version or alias belongs to."""
        return self.find(Function, asset.function)

    def functions_of(self, asset_id: str) -> tuple[str, ...]:
        """Ids of the functions that depend on an asset."""
        return self.once(("functions", asset_id), lambda: self.inventory.functions_of(asset_id))

    def users(self, asset: Asset) -> tuple[str, ...]:
        """Ids of the functions that run with a role, layer or code signing configuration, for rules that only matter in use.

        Raises NotKnown when no function is known to use it and one may: its setting, or the list of functions, was not read.
        """
        functions = self.functions_of(asset.id)
        if not functions:
            field = _USED_THROUGH[kind_of(asset)]
            for kind in (Function, FunctionVersion) if field != "code_signing" else (Function,):
                for fn in self.every(kind, account=asset.account if field == "role" else ""):
                    known(getattr(fn, field))
        return functions

    def encrypted_with(self, key: Key) -> tuple[str, ...]:
        """Ids of what a KMS key encrypts. Raises NotKnown when nothing is known to name it and something may."""
        found = tuple(edge.target for edge in self.inventory.from_(key.id) if edge.relation == "encrypts")
        if not found:
            for kind, field in _KEY_FIELDS:
                for asset in self.every(kind):
                    known(getattr(asset, field))
        return found

    def of_api(self, cls: type[P], api: str) -> tuple[P, ...]:
        """The routes, stages or authorizers of one API. Raises NotKnown when their list is not complete."""
        arn = parse_arn(api)
        for missing in self.inventory.missing_of(cls):
            if not missing.subject and missing.covers(arn.account if arn else "", arn.region if arn else ""):
                raise NotKnown(missing.unknown)
            if missing.subject == api or missing.subject.startswith(f"{api}/"):
                raise NotKnown(missing.unknown)
        return tuple(self.once(("of_api", cls), lambda: _by_api(self.inventory.of(cls))).get(api, ()))

    def once(self, key: tuple[object, ...], work: "Callable[[], T]") -> T:
        """What `work` gives, worked out the first time that this key is asked for in the audit."""
        if key not in self._answers:
            self._answers[key] = work()
        return cast("T", self._answers[key])

    def is_own(self, account: str) -> bool:
        """Whether an account id is one of ours."""
        return account in self.own_accounts

    def elsewhere(self, arn: str) -> str:
        """The account in an ARN (or image URI) when it is not known as one of ours, otherwise an empty text."""
        account = account_of(arn)
        return account if account and not self.is_own(account) else ""

    def foreign(self, arn: str) -> str:
        """The account in an ARN when it is none of ours, otherwise an empty text. Raises NotKnown when it may be the own one."""
        account = self.elsewhere(arn)
        if account and self.nowhere:
            known(may_be_own(account))
        return account

    @cached_property
    def nowhere(self) -> bool:
        """Whether templates were read for no account in particular, so that any account they name may be the own one."""
        return PLACEHOLDER_ACCOUNT in self.inventory.coverage.accounts

    def judged(self, cls: type[A]) -> tuple[A, ...]:
        """The assets of a class that rules look at: all, or those that the run is about."""
        return self.once(("judged", cls), lambda: tuple(a for a in self.inventory.of(cls) if not self.is_beside(a)))

    def is_beside(self, asset: Asset) -> bool:
        """Whether an asset belongs to functions that the run is not about: lists show it with those of the chosen ones."""
        if not self._chosen:
            return False
        functions = self.functions_of(asset.id)
        if not functions and isinstance(asset, LogGroup):
            return asset.name.startswith("/aws/lambda/")
        return self.are_others(functions)

    @cached_property
    def _chosen(self) -> frozenset[str]:
        """Ids of the functions, when others were left out on purpose; otherwise empty."""
        if not any(missing.unknown.left_out for missing in self.inventory.missing_of(Function)):
            return frozenset()
        return frozenset(fn.id for fn in self.inventory.of(Function))

    def are_others(self, functions: Collection[str]) -> bool:
        """Whether these are functions, all of which the run is not about."""
        return bool(functions and self._chosen) and self._chosen.isdisjoint(functions)


def may_be_own(account: str) -> Unknown:
    """Why it is open whether an account is foreign: nobody said which one templates are for."""
    return Unknown(f"whether {account} is the account itself is not known (give --account, or --trusted-account)")


def _by_api(parts: "tuple[P, ...]") -> "dict[str, list[P]]":
    found: dict[str, list[P]] = {}
    for part in parts:
        found.setdefault(part.api, []).append(part)
    return found
