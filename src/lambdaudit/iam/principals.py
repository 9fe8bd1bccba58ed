"""Who makes a request, and which entries of a Principal element speak of him.

Sources: IAM user guide, "Principal", "NotPrincipal", "Policy evaluation logic" (what a role, a session, a user and an
account named in a resource-based policy each mean), "Global condition context keys" (keys derived from the caller).
"""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from lambdaudit.iam.conditions import Context
from lambdaudit.iam.language import Principal, PrincipalKind
from lambdaudit.iam.patterns import ArnPattern, arn_pattern, arn_segments


class CallerKind(enum.Enum):
    """What makes a request. The value is that of ``aws:PrincipalType``, where the guide names one."""

    ROOT = "Account"
    USER = "User"
    ROLE = "AssumedRole"
    """A session of a role whose session name is not said."""
    SESSION = "AssumedRole session"
    FEDERATED_USER = "FederatedUser"
    SERVICE = "Service"
    FEDERATED = "Federated"
    """Someone who proves his identity by a token of an identity provider and has no AWS credentials yet."""
    CANONICAL = "Canonical"
    ANONYMOUS = "Anonymous"


class Caller(msgspec.Struct, frozen=True):
    """The maker of a request. `account` is empty for services, providers and anonymous callers.

    `name` is the name of the user, role, service or provider; `role_arn` the role's ARN as far as it is known: a session
    ARN does not tell the path of the role.
    """

    kind: CallerKind
    text: str
    account: str = ""
    name: str = ""
    role_arn: str = ""

    @property
    def in_account(self) -> bool:
        """Whether the caller belongs to an account, so that identity policies and organisation policies apply."""
        return bool(self.account)

    @property
    def service_linked(self) -> bool:
        """Whether the caller is a service-linked role. Their names and their path are reserved."""
        return self.kind in (CallerKind.ROLE, CallerKind.SESSION) and (
            "/aws-service-role/" in self.role_arn or self.name.startswith("AWSServiceRoleFor")
        )


class BadPrincipal(ValueError):
    """The text names no principal that can make a request."""


_PROVIDERS: Final = frozenset({"accounts.google.com", "www.amazon.com", "graph.facebook.com"})
_SHARED_NAMES: Final = frozenset({"cognito-identity.amazonaws.com"})
"""Names that are both a service principal and an identity provider."""
_ARN: Final = re.compile(r"arn:[^:]+:(iam|sts)::(\d{12}|aws):(.+)", re.ASCII | re.DOTALL)


def read_caller(text: str, action: str = "") -> Caller:
    """Who is meant by an ARN, an account id, a service name, an identity provider or ``anonymous``.

    `action` decides about names that are both a service and an identity provider. Raises BadPrincipal on other texts.
    """
    return _read(text, action.lower() in _WITH_TOKEN)


_WITH_TOKEN: Final = frozenset({"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"})


@lru_cache(maxsize=8192)
def _read(text: str, web_identity: bool) -> Caller:
    if text in ("anonymous", "*"):
        return Caller(CallerKind.ANONYMOUS, "anonymous")
    found = _ARN.fullmatch(text)
    if found:
        caller = _from_arn(text, found[1], found[2], found[3])
        if caller is not None:
            return caller
    if re.fullmatch(r"\d{12}", text, re.ASCII):
        return Caller(CallerKind.ROOT, f"arn:aws:iam::{text}:root", account=text)
    if text in _PROVIDERS or (text in _SHARED_NAMES and web_identity):
        return Caller(CallerKind.FEDERATED, text, name=text)
    if re.fullmatch(r"[0-9a-f]{64}", text):
        return Caller(CallerKind.CANONICAL, text, name=text)
    if re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", text):
        return Caller(CallerKind.SERVICE, text, name=text)
    raise BadPrincipal(f"{text[:80]!a} is no principal: an ARN, an account id, a service name or 'anonymous'")


def _from_arn(text: str, service: str, account: str, rest: str) -> Caller | None:
    kind, _, name = rest.partition("/")
    if service == "iam":
        if rest == "root":
            return Caller(CallerKind.ROOT, text, account=account)
        last = name.rpartition("/")[2]
        if kind == "user" and last:
            return Caller(CallerKind.USER, text, account=account, name=last)
        if kind == "role" and last:
            return Caller(CallerKind.ROLE, text, account=account, name=last, role_arn=text)
        if kind in ("saml-provider", "oidc-provider") and name:
            return Caller(CallerKind.FEDERATED, text, name=text)
        return None
    if kind == "federated-user" and name:
        return Caller(CallerKind.FEDERATED_USER, text, account=account, name=name)
    role, _, session = name.partition("/")
    if kind == "assumed-role" and role and session:
        partition = text.split(":", 2)[1]
        role_arn = f"arn:{partition}:iam::{account}:role/{role}"
        return Caller(CallerKind.SESSION, text, account=account, name=role, role_arn=role_arn)
    return None


@lru_cache(maxsize=8192)
def derived_keys(caller: Caller) -> Mapping[str, str | tuple[str, ...]]:
    """The context keys that follow from the caller, in lower case, as the guide says when each is present."""
    kind = caller.kind
    if kind is CallerKind.ANONYMOUS:
        return {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous"}
    if kind is CallerKind.SERVICE:
        return {
            "aws:principalisawsservice": "true",
            "aws:principalservicename": caller.name,
            "aws:principalservicenameslist": (caller.name,),
        }
    if kind is CallerKind.FEDERATED:
        return {"aws:federatedprovider": caller.name}
    if not caller.account:
        return {}
    keys: dict[str, str | tuple[str, ...]] = {
        "aws:principalisawsservice": "false",
        "aws:principalaccount": caller.account,
        "aws:principalarn": caller.role_arn or caller.text,
        "aws:principaltype": "AssumedRole" if kind is CallerKind.SESSION else kind.value,
    }
    if kind is CallerKind.USER:
        keys["aws:username"] = caller.name
    elif kind is CallerKind.ROOT:
        keys["aws:userid"] = caller.account
    elif kind is CallerKind.FEDERATED_USER:
        keys["aws:userid"] = f"{caller.account}:{caller.name}"
    return keys


DIRECT: Final = 1
"""The caller himself is named: user, session, service, provider, or everyone."""
ROLE: Final = 2
"""The role behind the session is named; its boundary and session policies still limit it."""
ACCOUNT: Final = 4
"""The caller's account is named; that delegates to the account's identity policies."""

Match = tuple[int, int]
"""How a caller is matched, as bits: for sure, and at most (never less than for sure)."""

NOBODY: Final[Match] = (0, 0)


class PrincipalSet:
    """The entries of a Principal element, arranged for look-up."""

    __slots__ = ("_canonical", "_everyone", "_exact", "_patterns", "_roles", "_unique_ids", "_user_accounts", "accounts")

    def __init__(self, entries: Sequence[Principal]) -> None:
        def values(*kinds: PrincipalKind) -> frozenset[str]:
            return frozenset(entry.value for entry in entries if entry.kind in kinds)

        self._everyone = any(entry.kind is PrincipalKind.EVERYONE for entry in entries)
        self.accounts = frozenset(entry.account for entry in entries if entry.kind is PrincipalKind.ACCOUNT)
        # Role names are unique in an account, whatever their path, and a session ARN does not say the path.
        self._roles = frozenset(
            (entry.account, entry.value.rpartition("/")[2]) for entry in entries if entry.kind is PrincipalKind.ROLE
        )
        self._exact: dict[CallerKind, frozenset[str]] = {
            CallerKind.USER: values(PrincipalKind.USER, PrincipalKind.OTHER),
            CallerKind.SESSION: values(PrincipalKind.SESSION),
            CallerKind.ROLE: values(PrincipalKind.SESSION),
            CallerKind.FEDERATED_USER: values(PrincipalKind.FEDERATED_USER),
            CallerKind.SERVICE: values(PrincipalKind.SERVICE),
            CallerKind.FEDERATED: values(PrincipalKind.FEDERATED),
            CallerKind.CANONICAL: values(PrincipalKind.CANONICAL),
        }
        self._patterns: list[ArnPattern] = [arn_pattern(entry.value) for entry in entries if entry.kind is PrincipalKind.PATTERN]
        self._user_accounts = frozenset(entry.account for entry in entries if entry.kind is PrincipalKind.USER)
        self._unique_ids = values(PrincipalKind.UNIQUE_ID)
        self._canonical = bool(self._exact[CallerKind.CANONICAL])

    def match(self, caller: Caller, context: Context) -> Match:
        """How the entries speak of the caller. `context` tells the unique id and the identity provider of a session."""
        if self._everyone:
            bits = DIRECT
        elif caller.kind is CallerKind.ANONYMOUS:
            return NOBODY
        else:
            bits = self._named(caller, context)
        if not caller.account:
            return bits, bits
        if caller.account in self.accounts:
            bits |= DIRECT | ACCOUNT if caller.kind is CallerKind.ROOT else ACCOUNT
        if caller.role_arn and (caller.account, caller.name) in self._roles:
            bits |= ROLE
        return bits, bits | self._possible(caller)

    def _named(self, caller: Caller, context: Context) -> int:
        kind = caller.kind
        exact = self._exact.get(kind, frozenset())
        if caller.text in exact or (kind in (CallerKind.SERVICE, CallerKind.FEDERATED) and "*" in exact):
            return ACCOUNT if kind is CallerKind.CANONICAL else DIRECT
        if self._patterns and caller.account:
            texts = [caller.text, caller.role_arn, f"arn:aws:iam::{caller.account}:root"]
            if any(pattern.matches(arn_segments(text)) for pattern in self._patterns for text in texts):
                return DIRECT
        if kind in (CallerKind.ROLE, CallerKind.SESSION):
            provider = context.get("aws:federatedprovider")
            if isinstance(provider, str) and provider in self._exact[CallerKind.FEDERATED]:
                return DIRECT
        if self._unique_ids:
            user_id = context.get("aws:userid")
            if isinstance(user_id, str):
                own, _, session = user_id.partition(":")
                if user_id in self._unique_ids:
                    return DIRECT
                return ROLE if session and own in self._unique_ids else 0
        return 0

    def _possible(self, caller: Caller) -> int:
        """What may hold beyond the sure bits."""
        bits = 0
        if caller.kind is CallerKind.ROLE and any(
            arn_segments(text)[4:5] == (caller.account,) and text.split("/")[1:2] == [caller.name]
            for text in self._exact[CallerKind.SESSION]
        ):
            bits |= DIRECT  # whoever assumes the role may choose the session name
        if caller.kind is CallerKind.FEDERATED_USER and caller.account in self._user_accounts:
            bits |= ROLE  # the user who federated may be named; the session's ARN does not tell who that is
        if self._canonical and caller.kind is not CallerKind.CANONICAL:
            bits |= ACCOUNT  # which account a canonical id belongs to is not known
        return bits

    @property
    def everyone(self) -> bool:
        """Whether everyone is named."""
        return self._everyone

    def own(self, caller: Caller, context: Context) -> tuple[bool, bool]:
        """Whether an entry names the caller himself, or the role behind him: for sure, and possibly."""
        sure, possible = self.match(caller, context)
        if caller.kind is CallerKind.ROOT:
            return bool(sure), bool(possible)
        return bool(sure & (DIRECT | ROLE)), bool(possible & (DIRECT | ROLE))


PrincipalMatcher = Callable[[Caller, Context], Match]


def match_principal(entries: Sequence[Principal], *, pattern_is_open: bool) -> PrincipalMatcher:
    """The matcher of a Principal element.

    IAM takes no partial wildcards, so what such an entry does is open. `pattern_is_open` says that it must not be
    counted on (a Deny); an Allow counts it, because the danger lies there.
    """
    every = PrincipalSet(entries)
    legal = [entry for entry in entries if entry.kind is not PrincipalKind.PATTERN]
    if not pattern_is_open or len(legal) == len(entries):
        return every.match
    sure = PrincipalSet(legal)
    return lambda caller, context: (sure.match(caller, context)[0], every.match(caller, context)[1])


def match_not_principal(entries: Sequence[Principal]) -> PrincipalMatcher:
    """The matcher of a NotPrincipal element.

    A caller of an account is looked at as the account, then the role, then himself (guide, "NotPrincipal"). He is
    exempt when he (or his role) and his account are both listed; listing the account alone does not exempt him, and
    what happens when the account is not listed depends on the service, so it stays open.
    """
    listed = PrincipalSet(entries)

    def match(caller: Caller, context: Context) -> Match:
        if listed.everyone:
            return NOBODY
        sure, possible = listed.own(caller, context)
        if not possible:
            return DIRECT, DIRECT
        exempt = sure and (not caller.account or caller.account in listed.accounts)
        return NOBODY if exempt else (0, DIRECT)

    return match
