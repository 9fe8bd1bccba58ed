"""Who a caller may be and what he can bring along: zones, written as formulas over the keys that a question uses.

Keys are sorted by who controls them. A stranger has his own account, organisation, network and unique ids; he picks
request data freely; facts of service calls are not his to set. A value is foreign when no policy of the question names
it. Sources: IAM user guide, "Global condition context keys"; S3 user guide, "The meaning of public" (address ranges).
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from decimal import Decimal
from typing import Final, cast

from lambdaudit.iam.automaton import ANY_BUT_COLON, DIGIT, STAR, STAR_BUT_COLON, WORD, Glob, Language, Token
from lambdaudit.iam.callers import (
    ANONYMOUS,
    CANONICAL,
    CANONICAL_QUESTION,
    DERIVED,
    PROVIDERS,
    ROLES,
    SERVICES,
    USER_ID,
    USER_NAME,
    WITH_ARN,
    in_account,
    user_name,
)
from lambdaudit.iam.formula import (
    PRESENT,
    PRINCIPAL,
    SESSION,
    Atom,
    Dim,
    Kind,
    Node,
    Quantifier,
    WithVariables,
    conj,
    disj,
    holds,
    lit,
    neg,
    present,
)
from lambdaudit.iam.keys import always_there, truth_valued
from lambdaudit.iam.language import Policy, PolicyKind

_NC: Final = STAR_BUT_COLON
ACCOUNT_ID: Final[Glob] = (DIGIT,) * 12
ORGANISATION_ID: Final[Glob] = (*"o-", *(WORD,) * 10)
EARLIEST: Final = Decimal(1795219200)
"""The day this engine was written (2026-11-21): conditions that ended before it are over."""

BOOLEANS: Final[Language] = (tuple("true"), tuple("false"))
ABSENT_IF_ANONYMOUS: Final = (
    "aws:assumedroot",
    "aws:calledvia",
    "aws:ec2instance",
    "aws:federatedprovider",
    "aws:multifactorauth",
    "aws:principalorg",
    "aws:principaltag/",
    "aws:sourceidentity",
    "aws:tokenissuetime",
    "aws:username",
    "ec2:sourceinstancearn",
    "kms:viaservice",
    "lambda:sourcefunctionarn",
    "s3:authtype",
    "s3:signatureage",
    "s3:signatureversion",
    "saml:",
    "sts:externalid",
)
SERVICE_CALL: Final = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
NETWORK: Final = ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths")
ACCOUNT_KEYS: Final = ("aws:vpceaccount", "s3:dataaccesspointaccount")
ARN_KEYS: Final = ("s3:dataaccesspointarn", "lambda:sourcefunctionarn", "ec2:sourceinstancearn", "aws:sourcevpcarn")

_PRIVATE: Final = (
    (4, 0x00000000, 0x00FFFFFF),
    (4, 0x0A000000, 0x0AFFFFFF),
    (4, 0x64400000, 0x647FFFFF),
    (4, 0x7F000000, 0x7FFFFFFF),
    (4, 0xA9FE0000, 0xA9FEFFFF),
    (4, 0xAC100000, 0xAC1FFFFF),
    (4, 0xC0A80000, 0xC0A8FFFF),
    (4, 0xE0000000, 0xFFFFFFFF),
    (6, 0, 1),
    (6, 0xFC << 120, (0xFE << 120) - 1),
    (6, 0xFE80 << 112, (0xFEC0 << 112) - 1),
    (6, 0xFF << 120, (1 << 128) - 1),
)
"""Addresses that no request from the internet comes from."""


def named_accounts(policies: Iterable[Policy]) -> frozenset[str]:
    """Every account id that stands anywhere in the principals, resources and conditions of the policies."""
    return frozenset(found for text in _texts(policies) for found in re.findall(r"(?<!\d)\d{12}(?!\d)", text))


def _texts(policies: Iterable[Policy]) -> Iterable[str]:
    for policy in policies:
        for statement in policy.statements:
            for principal in (*(statement.principals or ()), *(statement.not_principals or ())):
                yield principal.value
            for condition in statement.conditions:
                for entry in condition.values:
                    yield entry.raw


def named_organisations(policies: Iterable[Policy]) -> frozenset[str]:
    """Every organisation id in the conditions of the policies."""
    return frozenset(found for text in _texts(policies) for found in re.findall(r"\bo-[a-z0-9]{10,32}\b", text))


class Names:
    """What the policies of a question call by name; everything else is foreign to them.

    `roots` says that root users count as callers; they cannot assume roles.
    """

    def __init__(self, policies: Iterable[Policy], accounts: Iterable[str] = (), organisations: Iterable[str] = ()) -> None:
        policies = list(policies)
        self.roots = all(policy.kind is not PolicyKind.TRUST for policy in policies)
        self.accounts = sorted({*named_accounts(policies), *(a for a in accounts if a)})
        self.organisations = sorted({*named_organisations(policies), *organisations})

    def foreign_account(self, wrap: Callable[[Glob], Glob], dim: Dim) -> Node:
        """The dimension holds an account id that nobody named, in the text that `wrap` puts around it."""
        return conj([holds(dim, (wrap(ACCOUNT_ID),)), *(neg(holds(dim, (wrap(tuple(a)),))) for a in self.accounts)])

    def foreign_organisation(self, dim: Dim, tail: Glob = ()) -> Node:
        """The dimension holds an organisation id that nobody named."""
        quantifier = Quantifier.EVERY if dim.many else None
        named = [
            holds(dim, ((*organisation, *tail),), Quantifier.SOME if dim.many else None) for organisation in self.organisations
        ]
        return conj([present(dim), holds(dim, ((*ORGANISATION_ID, *tail),), quantifier), *map(neg, named)])


def universal(used: Iterable[Atom], fixed: Collection[str] = ()) -> Node:
    """What holds for every request: truth values are true or false, some keys are always there, principals exist.

    Nothing is said of keys that the question itself has `fixed`.
    """
    used = list(used)
    dims = [dim for dim in _dims(used) if dim.name not in fixed]
    parts = [user_name(atom) for atom in used if atom.dim == USER_NAME and atom.dim.name not in fixed]
    if any(dim == PRINCIPAL or dim.name in DERIVED or dim.name.startswith("aws:principal") for dim in dims):
        parts.append(holds(PRINCIPAL, EXISTING))
    for dim in dims:
        parts.extend(_of_key(dim))
    # A request through an endpoint in a network has no public address.
    addresses = [present(dim) for dim in dims if dim.name == "aws:sourceip"]
    networks = [present(dim) for dim in dims if dim.name in ("aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip")]
    if addresses and networks:
        parts.append(disj([neg(disj(addresses)), neg(disj(networks))]))
    return conj(parts)


def _of_key(dim: Dim) -> Iterator[Node]:
    """What holds for the values of one key in every request."""
    absent = neg(present(dim))
    if dim == SESSION:
        yield disj([absent, conj([holds(PRINCIPAL, ROLES), holds(SESSION, _SESSION_NAMES)])])
    if not dim.optional or dim == SESSION or dim.name in DERIVED:
        return
    if dim.kind is Kind.TEXT and not dim.many and truth_valued(dim.name):
        yield disj([absent, holds(dim, BOOLEANS)])
    if not dim.many and always_there(dim.name):
        yield present(dim)
    if dim.name == "aws:username":
        yield disj([absent, holds(PRINCIPAL, (_user(ACCOUNT_ID),))])
    if dim.name.startswith(("aws:principalorg", "aws:principaltag/")):
        yield disj([absent, holds(PRINCIPAL, WITH_ARN)])


_SESSION_NAMES: Final[Language] = ((ANY_BUT_COLON, ANY_BUT_COLON, _NC),)


_AWS: Final = (*"arn:aws", _NC)
"""The beginning of an ARN in any partition."""


def _user(account: Glob) -> Glob:
    return (*_AWS, *":iam::", *account, *":user/", ANY_BUT_COLON, _NC)


def _role(account: Glob) -> Glob:
    return (*_AWS, *":iam::", *account, *":role/", ANY_BUT_COLON, _NC)


def callers_of(account: Glob, *, roots: bool = True) -> Language:
    """The principals of an account that make requests: roles, users, federated users, the root user."""
    root = (*_AWS, *":iam::", *account, *":root")
    federated = (*_AWS, *":sts::", *account, *":federated-user/", ANY_BUT_COLON, _NC)
    return (_role(account), _user(account), federated, *((root,) if roots else ()))


EXISTING: Final[Language] = (*callers_of(ACCOUNT_ID), *SERVICES, *PROVIDERS, *CANONICAL, *ANONYMOUS)


def _dims(used: Iterable[Atom]) -> list[Dim]:
    return list(dict.fromkeys(atom.dim for atom in used if atom.dim.kind is not Kind.OPEN))


def anonymous(used: list[Atom], names: Names) -> Node:
    """Someone on the internet who signs nothing."""
    parts = [holds(PRINCIPAL, ANONYMOUS), _free_of_services(used), _from_outside(used, names), _resource_facts(used, names)]
    for dim in _dims(used):
        if dim.name.startswith(ABSENT_IF_ANONYMOUS) or dim == SESSION:
            parts.append(neg(present(dim)))
        if dim == USER_ID:
            parts.append(disj([neg(present(dim)), holds(dim, (tuple("anonymous"),))]))
        if dim.name == "lambda:functionurlauthtype":
            # An unsigned request gets through only when the URL asks for no signature.
            parts.append(neg(holds(dim, (tuple("AWS_IAM"),))))
        if dim.name == "lambda:invokedviafunctionurl":
            parts.append(holds(dim, (tuple("true"),)))
    return conj(parts)


def any_account(used: list[Atom], names: Names) -> Node:
    """A user or role of an account that nobody named, with whatever its owner can arrange."""
    account = names.foreign_account(in_account, PRINCIPAL)
    who = holds(PRINCIPAL, callers_of(ACCOUNT_ID, roots=names.roots))
    parts = [who, account, _free_of_services(used), _from_outside(used, names), _resource_facts(used, names)]
    for dim in _dims(used):
        if dim.name == "aws:principalorgid" and dim.kind is Kind.TEXT and not dim.many:
            parts.append(disj([neg(present(dim)), names.foreign_organisation(dim)]))
        if dim.name == "aws:principalorgpaths" and dim.kind is Kind.TEXT:
            parts.append(disj([neg(present(dim)), names.foreign_organisation(dim, ("/", STAR))]))
        if dim == USER_ID:
            parts.append(_foreign_user_id(used))
        if dim.name == "aws:federatedprovider":
            parts.append(neg(present(dim)))
    # Whose canonical ids the policy names is not known, but it is nobody whom the policy does not name.
    parts.extend(neg(present(dim)) for dim in _dims(used) if dim.name == "aws:principalservicenameslist")
    parts.extend(neg(lit(a)) for a in used if a.dim.kind is Kind.OPEN and a.dim.name.endswith(CANONICAL_QUESTION))
    return conj(parts)


def _foreign_user_id(used: list[Atom]) -> Node:
    """A unique id that is none of those which the policies name."""
    unique = (ANY_BUT_COLON,) * 17
    role = conj([holds(USER_ID, ((*"AROA", *unique, ":", ANY_BUT_COLON, _NC),)), holds(PRINCIPAL, ROLES)])
    user = conj([holds(USER_ID, ((*"AIDA", *unique),)), holds(PRINCIPAL, (_user(ACCOUNT_ID),))])
    ids = {name for atom in used if atom.dim == USER_ID for name in _unique_ids(atom)}
    return conj([disj([role, user]), *(neg(holds(USER_ID, ((*name, STAR),))) for name in sorted(ids))])


def _unique_ids(atom: Atom) -> Iterable[str]:
    """The ids in the literal beginnings of the texts of an atom; sixteen letters are enough to be one of its kind."""
    if atom.lang is PRESENT:
        return
    for glob in atom.lang.shape if isinstance(atom.lang, WithVariables) else cast(Language, atom.lang):
        start = "".join(_literal_start(glob)).partition(":")[0]
        if len(start) >= 16:
            yield start


def _literal_start(glob: Glob) -> Iterable[Token]:
    for token in glob:
        if len(token) != 1:
            return
        yield token


def _free_of_services(used: list[Atom]) -> Node:
    """A direct call: nothing of what services say about whom they act for."""
    return conj(neg(present(dim)) for dim in _dims(used) if dim.name in SERVICE_CALL)


def _from_outside(used: list[Atom], names: Names) -> Node:
    """Where a stranger's request comes from: an address of the internet, or an endpoint in a network of his own."""
    dims = {(dim.name, dim.kind): dim for dim in _dims(used)}
    parts: list[Node] = []
    address = dims.get(("aws:sourceip", Kind.ADDRESS))
    own_network: list[Node] = []
    internet: list[Node] = []
    if address is not None:
        internet.append(conj([present(address), neg(holds(address, _PRIVATE))]))
        own_network.append(neg(present(address)))
    text = dims.get(("aws:sourceip", Kind.TEXT))
    if text is not None and address is None:
        internet.append(present(text))
        own_network.append(neg(present(text)))
    for (name, _), dim in dims.items():
        if name in ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn") and not dim.many and dim.kind is Kind.TEXT:
            internet.append(neg(present(dim)))
            own_network.append(_foreign_network(dim, used))
        elif name in NETWORK and not dim.many and dim.kind is Kind.TEXT:
            internet.append(neg(present(dim)))
            own_network.append(
                names.foreign_organisation(dim) if name == "aws:vpceorgid" else names.foreign_account(lambda a: a, dim)
            )
        elif name == "aws:vpceorgpaths":
            internet.append(neg(present(dim)))
            own_network.append(names.foreign_organisation(dim, ("/", STAR)))
        elif name == "aws:vpcsourceip":
            internet.append(neg(present(dim)))
            own_network.append(present(dim))
    if internet:
        parts.append(disj([conj(internet), conj(own_network)]))
    return conj(parts)


def _foreign_network(dim: Dim, used: list[Atom]) -> Node:
    """A network or endpoint id that no policy spells out."""
    stem = {"aws:sourcevpc": "vpc-", "aws:sourcevpce": "vpce-"}.get(dim.name, "arn:")
    named: dict[Glob, None] = {}
    for atom in used:
        if atom.dim == dim and atom.lang is not PRESENT and not isinstance(atom.lang, WithVariables):
            for glob in cast(Language, atom.lang):
                if all(len(token) == 1 for token in glob):
                    named[glob] = None
    shape: Language = ((*stem, *(WORD,) * 8),) if stem != "arn:" else ((*stem, STAR),)
    return conj([holds(dim, shape), *(neg(holds(dim, (glob,))) for glob in named)])


def _resource_facts(used: list[Atom], names: Names) -> Node:
    """Keys that tell another customer's resources from ours, and the clock."""
    parts: list[Node] = []
    for dim in _dims(used):
        if dim.name in ("aws:currenttime", "aws:epochtime") and dim.kind in (Kind.DATE, Kind.NUMBER):
            parts.append(holds(dim, ((EARLIEST, True, Decimal("Infinity"), False),)))
        if dim.name in ACCOUNT_KEYS and dim.name not in NETWORK and dim.kind is Kind.TEXT:
            parts.append(disj([neg(present(dim)), names.foreign_account(lambda a: a, dim)]))
        if dim.name in ARN_KEYS and dim.name not in NETWORK and dim.kind is Kind.TEXT:
            parts.append(disj([neg(present(dim)), names.foreign_account(_arn_of, dim)]))
        if dim.name == "elasticfilesystem:accessedviamounttarget":
            # Mount targets stand in the owner's network; only the file system's own hosts get there.
            parts.append(neg(holds(dim, (tuple("true"),))))
    return conj(parts)


def _arn_of(account: Glob) -> Glob:
    inside = tuple(_NC if token == STAR else token for token in account)
    return (*"arn:", _NC, ":", _NC, ":", _NC, ":", *inside, ":", STAR)


def foreign_service(used: list[Atom], names: Names, service: Glob, *, reused_names: bool) -> Node:
    """An AWS service that acts for a customer whom nobody named.

    `reused_names` also counts sources whose ARN has no account and stands literally in the policy: someone else can
    own a bucket of that name only after it was deleted.
    """
    parts = [holds(PRINCIPAL, ((*"svc:", *service),)), _resource_facts(used, names), _from_outside(used, names)]
    for dim in _dims(used):
        name = dim.name
        absent = neg(present(dim))
        if name.startswith(ABSENT_IF_ANONYMOUS) or dim in (SESSION, USER_ID) or name in NETWORK:
            parts.append(absent)
        elif name == "aws:sourceaccount" and dim.kind is Kind.TEXT:
            parts.append(disj([absent, names.foreign_account(lambda a: a, dim)]))
        elif name == "aws:sourceorgid" and dim.kind is Kind.TEXT:
            parts.append(disj([absent, names.foreign_organisation(dim)]))
        elif name == "aws:sourceorgpaths":
            parts.append(disj([absent, names.foreign_organisation(dim, ("/", STAR))]))
        elif name == "aws:sourcearn" and dim.kind is Kind.TEXT:
            parts.append(disj([absent, _foreign_source(dim, used, names, reused_names)]))
        elif name == "lambda:eventsourcetoken":
            parts.append(disj([absent, conj(neg(holds(dim, (glob,))) for glob in _literals(dim, used))]))
    return conj(parts)


def service_for_account(used: list[Atom], names: Names, service: Glob, account: str, trusted: Iterable[str]) -> Node:
    """An AWS service that acts for one named account, where the policy asks for whom it acts; otherwise nothing.

    The account does not belong to an organisation that is trusted. A source without account in its ARN may be the account's.
    """
    parts = [holds(PRINCIPAL, ((*"svc:", *service),)), _clock(used)]
    said: list[Node] = []
    for dim in _dims(used):
        name = dim.name
        if name.startswith(ABSENT_IF_ANONYMOUS) or dim in (SESSION, USER_ID) or name in NETWORK:
            parts.append(neg(present(dim)))
        elif name == "aws:sourceaccount" and dim.kind is Kind.TEXT:
            own = holds(dim, (tuple(account),))
            parts.append(disj([neg(present(dim)), own]))
            said.append(own)
        elif name == "aws:sourcearn" and dim.kind is Kind.TEXT:
            own = holds(dim, (_arn_of(tuple(account)),))
            without_account = holds(dim, ((*"arn:", _NC, ":", _NC, ":", _NC, *"::", STAR),))
            parts.append(disj([neg(present(dim)), own, without_account]))
            said.append(own)
        elif name == "aws:sourceorgid" and dim.kind is Kind.TEXT and not dim.many:
            parts.extend(neg(holds(dim, (tuple(organisation),))) for organisation in trusted)
        elif name == "aws:sourceorgpaths" and dim.kind is Kind.TEXT and dim.many:
            parts.extend(neg(holds(dim, ((*o, "/", STAR),), Quantifier.SOME)) for o in trusted)
    return conj([*parts, disj(said)])


def unnamed_service(used: list[Atom], names: Names) -> Node:
    """A service that no policy of the question names and that acts for a customer whom nobody named."""
    named = [glob for glob in _literals(PRINCIPAL, used) if glob[:4] == tuple("svc:")]
    named.extend((*"svc:", *glob) for glob in _literals(Dim("aws:principalservicename"), used))
    strangers = conj(neg(holds(PRINCIPAL, (glob,))) for glob in named)
    return conj([foreign_service(used, names, (STAR,), reused_names=False), strangers])


def _literals(dim: Dim, used: list[Atom]) -> list[Glob]:
    found: dict[Glob, None] = {}
    for atom in used:
        if atom.dim == dim and atom.lang is not PRESENT and not isinstance(atom.lang, WithVariables):
            found.update((glob, None) for glob in cast(Language, atom.lang) if all(len(t) == 1 for t in glob))
    return list(found)


_GIVEN_IDS: Final = (
    re.compile(r"arn:[^:]*:execute-api:[^:]*:[^:]*:(?P<id>[a-z0-9]{6,})"),
    re.compile(r"arn:[^:]*:cloudfront:[^:]*:[^:]*:distribution/(?P<id>[A-Z0-9]{6,})"),
    re.compile(r"arn:[^:]*:cognito-idp:[^:]*:[^:]*:userpool/(?P<id>[\w-]+)"),
)
"""Resources whose ids AWS hands out: whoever wants the same one cannot choose it."""


def _foreign_source(dim: Dim, used: list[Atom], names: Names, reused_names: bool) -> Node:
    without_account = holds(dim, ((*"arn:", _NC, ":", _NC, ":", _NC, *"::", STAR),))
    buckets = _buckets(dim, used)
    if not reused_names:
        literal = [*_literals(dim, used), *((*"arn:", _NC, *":s3:", _NC, *"::", *bucket) for bucket in buckets)]
        without_account = conj([without_account, *(neg(holds(dim, (glob,))) for glob in literal)])
    foreign = disj([names.foreign_account(_arn_of, dim), without_account])
    given = [neg(holds(dim, (glob,))) for glob in _given(dim, used)]
    given += [neg(holds(dim, ((*"arn:", _NC, *":s3:", _NC, ":", *ACCOUNT_ID, ":", *bucket),))) for bucket in buckets]
    return conj([foreign, *given])


_BUCKET: Final = re.compile(r"arn:[^:]*:(?:s3|\*):[^:]*:[^:]*:([a-z0-9][a-z0-9.-]{2,62})")
"""The ARN of a bucket that a policy spells out; region and account stand empty in real ones, whatever the policy has there."""


def _buckets(dim: Dim, used: list[Atom]) -> list[Glob]:
    hits = (_BUCKET.fullmatch(_text(glob)) for glob in _globs(dim, used))
    return [tuple(name) for name in dict.fromkeys(hit[1] for hit in hits if hit)]


def _globs(dim: Dim, used: list[Atom]) -> Iterator[Glob]:
    """The texts, wildcards included, that a dimension is compared with."""
    for atom in used:
        if atom.dim == dim and atom.lang is not PRESENT and not isinstance(atom.lang, WithVariables):
            yield from cast(Language, atom.lang)


def _text(glob: Glob) -> str:
    """A glob as it is written, with one kind of wildcard."""
    return "".join(token[-1] if len(token) < 3 else "*" for token in glob)


def _given(dim: Dim, used: list[Atom]) -> list[Glob]:
    """Globs of sources that hold an id which only the owner of the policy has."""
    found: dict[Glob, None] = {}
    for glob in _globs(dim, used):
        for pattern in _GIVEN_IDS:
            if hit := pattern.match(_text(glob)):
                found[(*(_NC if char == "*" else char for char in hit[0]), STAR)] = None
    return list(found)


def in_named_account(used: list[Atom], names: Names, account: str, trusted: Iterable[str]) -> Node:
    """A user or role of one named account, which does not belong to an organisation that is trusted."""
    parts = [holds(PRINCIPAL, callers_of(tuple(account), roots=names.roots)), _free_of_services(used)]
    parts.append(_clock(used))
    for dim in _dims(used):
        if dim.name == "aws:principalorgid" and dim.kind is Kind.TEXT and not dim.many:
            parts.extend(neg(holds(dim, (tuple(organisation),))) for organisation in trusted)
        if dim.name == "aws:principalorgpaths" and dim.kind is Kind.TEXT and dim.many:
            parts.extend(neg(holds(dim, ((*o, "/", STAR),), Quantifier.SOME)) for o in trusted)
    return conj(parts)


def in_organisation(used: list[Atom], names: Names, organisation: str) -> Node:
    """A user or role of an account that nobody named, in one named organisation."""
    who = holds(PRINCIPAL, callers_of(ACCOUNT_ID, roots=names.roots))
    parts = [who, names.foreign_account(in_account, PRINCIPAL), _free_of_services(used), _clock(used)]
    for dim in _dims(used):
        if dim.name == "aws:principalorgid" and dim.kind is Kind.TEXT and not dim.many:
            parts.append(holds(dim, (tuple(organisation),)))
        if dim.name == "aws:principalorgpaths" and dim.kind is Kind.TEXT and dim.many:
            parts.append(conj([present(dim), holds(dim, ((*organisation, "/", STAR),), Quantifier.EVERY)]))
        if dim == USER_ID:
            parts.append(_foreign_user_id(used))
    return conj(parts)


def _clock(used: list[Atom]) -> Node:
    dims = [d for d in _dims(used) if d.name in ("aws:currenttime", "aws:epochtime") and d.kind in (Kind.DATE, Kind.NUMBER)]
    return conj(holds(dim, ((EARLIEST, True, Decimal("Infinity"), False),)) for dim in dims)


def with_provider(used: list[Atom], provider: str) -> Node:
    """Someone with a token of an identity provider."""
    return conj([holds(PRINCIPAL, ((*"fed:", *provider),)), _free_of_services(used), _clock(used)])


def canonical_user(used: list[Atom], user: str) -> Node:
    """An account that is named by its canonical user id."""
    return conj([holds(PRINCIPAL, ((*"canon:", *user),)), _free_of_services(used), _clock(used)])
