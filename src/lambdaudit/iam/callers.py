"""The caller of a request as one text dimension, and the condition keys that follow from the caller.

The principal is its own ARN for accounts, users and roles (a session is its role together with a session name),
``svc:name`` for services, ``fed:name`` for identity providers, ``canon:id`` for canonical users, or ``anonymous``.
Sources: IAM user guide, "Principal", "NotPrincipal", "Global condition context keys".
"""

import enum
from collections.abc import Iterable, Iterator
from typing import Final, cast

from lambdaudit.iam.automaton import (
    ANY,
    ANY_BUT_COLON,
    STAR,
    STAR_BUT_COLON,
    Glob,
    Language,
    Token,
    arn_glob_of,
    glob_of,
    matches,
)
from lambdaudit.iam.formula import (
    PRESENT,
    PRINCIPAL,
    SESSION,
    TRUE,
    Atom,
    Dim,
    Kind,
    Lang,
    Node,
    WithVariables,
    atoms,
    conj,
    disj,
    holds,
    lit,
    neg,
    open_question,
    present,
    replace,
)
from lambdaudit.iam.language import Principal, PrincipalKind
from lambdaudit.iam.patterns import parse_template
from lambdaudit.iam.principals import Caller, CallerKind

_NC: Final = STAR_BUT_COLON
WITH_ARN: Final[Language] = ((*"arn:", STAR),)
SERVICES: Final[Language] = ((*"svc:", STAR),)
PROVIDERS: Final[Language] = ((*"fed:", STAR),)
CANONICAL: Final[Language] = ((*"canon:", STAR),)
ANONYMOUS: Final[Language] = (tuple("anonymous"),)
ROLES: Final[Language] = ((*"arn:", _NC, *":iam::", _NC, *":role/", STAR),)
ROOTS: Final[Language] = ((*"arn:", _NC, *":iam::", _NC, *":root"),)

CANONICAL_QUESTION: Final = " canonical user"
USER_ID: Final = Dim("aws:userid")
PROVIDER_KEY: Final = Dim("aws:federatedprovider")

_TYPES: Final[tuple[tuple[str, Language], ...]] = (
    ("Account", ROOTS),
    ("User", ((*"arn:", _NC, *":iam::", _NC, *":user/", STAR),)),
    ("AssumedRole", ROLES),
    ("FederatedUser", ((*"arn:", _NC, *":sts::", _NC, *":federated-user/", STAR),)),
    ("Anonymous", ANONYMOUS),
)


def in_account(account: Iterable[Token]) -> Glob:
    """Every principal of the accounts that a glob matches."""
    inside = tuple({STAR: _NC, ANY: ANY_BUT_COLON}.get(token, token) for token in account)
    return (*"arn:", _NC, *":", _NC, *"::", *inside, *":", STAR)


def role_globs(account: str, name: str) -> Language:
    """A role by account and name, whatever its path: names are unique in an account."""
    start = (*"arn:", _NC, *f":iam::{account}:role/")
    return ((*start, *name), (*start, STAR, *f"/{name}"))


def _own(entry: Principal) -> Node:
    """Whether an entry names the caller himself; an account is only its root user."""
    if entry.kind is PrincipalKind.ACCOUNT:
        return holds(PRINCIPAL, ((*"arn:", _NC, *f":iam::{entry.account}:root"),))
    if entry.kind is PrincipalKind.CANONICAL:
        return conj([_entry(entry, False), disj([holds(PRINCIPAL, CANONICAL), holds(PRINCIPAL, ROOTS)])])
    return _entry(entry, False)


USER_NAME: Final = Dim("aws:username")


def user_name(atom: Atom) -> Node:
    """The user name is the end of the user's ARN; for a name with wildcards the ARN is only known to end like it."""
    if atom.lang is PRESENT:
        return TRUE
    language = atom.lang.shape if isinstance(atom.lang, WithVariables) else cast(Language, atom.lang)
    start = (*"arn:", _NC, *":iam::", _NC, *":user/")
    arns = tuple(glob for name in language for glob in ((*start, *name), (*start, STAR, "/", *name)))
    named, called = lit(atom), holds(PRINCIPAL, arns)
    literal = all(len(token) == 1 or token.startswith("~") for glob in language for token in glob)
    if not literal or isinstance(atom.lang, WithVariables):
        return disj([neg(named), called])
    return disj([conj([named, called]), conj([neg(named), neg(called)])])


class Match(enum.Enum):
    """How an entry speaks of a caller; it decides what else limits him (see the guide on evaluation logic)."""

    DIRECT = "direct"
    ROLE = "role"
    ACCOUNT = "account"


def by_match(entries: Iterable[Principal]) -> dict[Match, Node]:
    """Whom the Principal element of an Allow means, taken apart by how it speaks of them."""
    found: dict[Match, list[Node]] = {}
    for entry in entries:
        for match, node in _matches(entry):
            found.setdefault(match, []).append(node)
    return {match: disj(nodes) for match, nodes in found.items()}


def _matches(entry: Principal) -> Iterator[tuple[Match, Node]]:
    kind = entry.kind
    if kind is PrincipalKind.ACCOUNT:
        yield Match.ACCOUNT, _entry(entry, False)
        yield Match.DIRECT, conj([_entry(entry, False), holds(PRINCIPAL, ROOTS)])
    elif kind is PrincipalKind.CANONICAL:
        yield Match.ACCOUNT, _entry(entry, False)
    elif kind is PrincipalKind.ROLE:
        yield Match.ROLE, _entry(entry, False)
    elif kind is PrincipalKind.USER:
        yield Match.DIRECT, holds(PRINCIPAL, (tuple(entry.value),))
        yield Match.ROLE, _federated_by(entry)
    elif kind is PrincipalKind.UNIQUE_ID:
        signed = neg(holds(PRINCIPAL, ANONYMOUS))
        yield Match.DIRECT, conj([signed, holds(USER_ID, (tuple(entry.value),))])
        yield Match.ROLE, conj([signed, holds(USER_ID, ((*entry.value, ":", ANY, STAR),))])
    else:
        yield Match.DIRECT, _entry(entry, False)


def principal_formula(entries: Iterable[Principal], *, denies: bool) -> Node:
    """Whom a Principal element means. An entry with a partial wildcard counts for sure only in an Allow."""
    return disj(_entry(entry, denies) for entry in entries)


def not_principal_formula(entries: tuple[Principal, ...], *, denies: bool) -> Node:
    """Whom a NotPrincipal element means.

    Who is listed is exempt, if his account is listed as well; otherwise the outcome depends on the service.
    """
    if any(entry.kind is PrincipalKind.EVERYONE for entry in entries):
        return neg(TRUE)
    accounts = [entry.account for entry in entries if entry.kind is PrincipalKind.ACCOUNT]
    own = disj(_own(entry) for entry in entries)
    outside = neg(holds(PRINCIPAL, WITH_ARN))
    listed = disj([outside, *(holds(PRINCIPAL, (in_account(account),)) for account in accounts)])
    effect, names = "Deny" if denies else "Allow", " ".join(sorted(entry.value for entry in entries))
    question = f"{effect} with NotPrincipal without its account: {names}"
    return disj([neg(own), conj([neg(listed), open_question(question)])])


_PREFIXES: Final = {CallerKind.SERVICE: "svc:", CallerKind.FEDERATED: "fed:", CallerKind.CANONICAL: "canon:"}


def encoded(caller: Caller) -> tuple[str, str | None]:
    """A caller as text of the principal dimension, and the session name if it is a session with a known one."""
    if caller.kind is CallerKind.SESSION:
        return caller.role_arn, caller.text.rpartition("/")[2]
    prefix = _PREFIXES.get(caller.kind)
    return (caller.text if prefix is None else prefix + caller.name), None


def _entry(entry: Principal, denies: bool) -> Node:
    kind, value = entry.kind, entry.value
    if kind is PrincipalKind.EVERYONE:
        return TRUE
    if kind is PrincipalKind.ACCOUNT:
        return holds(PRINCIPAL, (in_account(entry.account),))
    if kind is PrincipalKind.ROLE:
        return holds(PRINCIPAL, role_globs(entry.account, value.rpartition("/")[2]))
    if kind is PrincipalKind.SESSION:
        return _session(entry)
    if kind is PrincipalKind.PATTERN:
        return _pattern(value, denies)
    if kind is PrincipalKind.SERVICE:
        return holds(PRINCIPAL, SERVICES if value == "*" else ((*"svc:", *value),))
    if kind is PrincipalKind.FEDERATED:
        by_role = conj([holds(PRINCIPAL, ROLES), holds(PROVIDER_KEY, (tuple(value),))])
        return disj([holds(PRINCIPAL, PROVIDERS if value == "*" else ((*"fed:", *value),)), by_role])
    if kind is PrincipalKind.CANONICAL:
        # Which account a canonical id belongs to is not known.
        unknown = conj([holds(PRINCIPAL, WITH_ARN), open_question(value + CANONICAL_QUESTION)])
        return disj([holds(PRINCIPAL, ((*"canon:", *value),)), unknown])
    if kind is PrincipalKind.UNIQUE_ID:
        return conj([neg(holds(PRINCIPAL, ANONYMOUS)), holds(USER_ID, (tuple(value), (*value, ":", ANY, STAR)))])
    itself = holds(PRINCIPAL, (tuple(value),))
    if kind is not PrincipalKind.USER:
        return itself
    return disj([itself, _federated_by(entry)])


def _federated_by(entry: Principal) -> Node:
    """Sessions that a user made by federation: the session's ARN does not tell which user that is."""
    sessions = holds(PRINCIPAL, ((*"arn:", _NC, *f":sts::{entry.account}:federated-user/", STAR),))
    return conj([sessions, open_question(f"federated by {entry.value}")])


def _session(entry: Principal) -> Node:
    """One session of a role; for the role itself it is open which session name it will have."""
    _, _, rest = entry.value.partition("assumed-role/")
    role, _, session = rest.partition("/")
    at_role = holds(PRINCIPAL, role_globs(entry.account, role))
    unnamed = conj([neg(present(SESSION)), open_question(f"session name of {entry.value}")])
    return conj([at_role, disj([holds(SESSION, (tuple(session),)), unnamed])])


def _pattern(value: str, denies: bool) -> Node:
    """An ARN with wildcards. IAM refuses it; if it counted, it would mean principals or whole accounts."""
    glob = arn_glob_of(parse_template(value, variables=False).parts)
    parts = [holds(PRINCIPAL, (glob,))]
    segments = value.split(":", 5)
    if len(segments) == 6 and matches((_tokens(segments[5]),), "root"):
        parts.append(holds(PRINCIPAL, (in_account(_tokens(segments[4])),)))
    if "assumed-role" in value or "sts" in value:
        parts.append(conj([present(SESSION), open_question(f"session pattern {value}")]))
    found = conj([holds(PRINCIPAL, WITH_ARN), disj(parts)])
    return conj([found, open_question(f"principal wildcard {value}")]) if denies else found


def _tokens(text: str) -> Glob:
    return glob_of(parse_template(text, variables=False).parts)


def _lowered_globs(key: str, language: Language) -> Language:
    """The principals for which a derived key has a value in the language."""
    if key in ("aws:principalaccount", "kms:calleraccount", "aws:sourceowner"):
        anonymous = ANONYMOUS if key == "aws:principalaccount" and matches(language, "anonymous") else ()
        return (*(in_account(glob) for glob in language), *anonymous)
    if key == "aws:principaltype":
        return tuple(glob for text, globs in _TYPES if matches(language, text) for glob in globs)
    if key == "aws:principalisawsservice":
        service = SERVICES if matches(language, "true") else ()
        return (*service, *(WITH_ARN if matches(language, "false") else ()))
    if key == "aws:principalservicename":
        return tuple((*"svc:", *glob) for glob in language)
    return language


_PRESENT: Final[dict[str, Language]] = {
    "aws:principalarn": WITH_ARN,
    "aws:principalaccount": (*WITH_ARN, *ANONYMOUS),
    "kms:calleraccount": WITH_ARN,
    "aws:sourceowner": WITH_ARN,
    "aws:principaltype": (*WITH_ARN, *ANONYMOUS),
    "aws:principalisawsservice": (*WITH_ARN, *SERVICES),
    "aws:principalservicename": SERVICES,
}


DERIVED: Final = frozenset(_PRESENT)
"""Condition keys that follow from the principal."""


def derived_key(atom: Atom) -> bool:
    """Whether an atom speaks of a key that follows from the principal."""
    return atom.dim.name in DERIVED and atom.dim.kind is Kind.TEXT and not atom.dim.many


def lower(node: Node) -> Node:
    """Write atoms on keys that follow from the principal as atoms on the principal."""
    return replace(node, _lower_atom) if any(derived_key(atom) for atom in atoms(node)) else node


def _lower_atom(atom: Atom) -> Node | None:
    if not derived_key(atom):
        return None
    key = atom.dim.name
    there = holds(PRINCIPAL, _PRESENT[key])
    if atom.lang is PRESENT:
        return there
    lang = atom.lang
    if isinstance(lang, WithVariables):
        shape, opaque = _lowered_globs(key, lang.shape), _lowered_globs(key, lang.opaque)
        new: Lang = WithVariables((key, *lang.patterns), lang.fixed, shape, opaque if key == "aws:principalarn" else ())
        return conj([there, holds(PRINCIPAL, new)])
    globs = _lowered_globs(key, cast(Language, lang))
    return conj([there, holds(PRINCIPAL, globs)]) if globs else neg(TRUE)
