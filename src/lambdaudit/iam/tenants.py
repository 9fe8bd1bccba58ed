"""Identity providers that serve many tenants: which claims tell a stranger's token from the tokens of the owner.

With such a provider a role is open to the whole world unless its trust policy binds a claim to a tenant. Sources: IAM user
guide, "Identity-provider controls for shared OIDC providers" and the token documentation of each provider.
"""

import re
from collections.abc import Iterable
from typing import Final, cast

import msgspec

from lambdaudit.iam.automaton import ANY, ANY_BUT_COLON, STAR, STAR_BUT_COLON, Glob, Language
from lambdaudit.iam.formula import PRESENT, PRINCIPAL, Atom, Dim, Kind, Node, WithVariables, conj, disj, holds, neg, present


class Tenancy(msgspec.Struct, frozen=True):
    """How a shared provider names tenants: the claims that do, and the shape of the subject."""

    claims: frozenset[str]
    label: str = ""
    divider: str = ""

    @property
    def subject(self) -> Language:
        """The subjects of all tenants: ``repo:tenant/…`` and the like."""
        if not self.label:
            return _NOT_EMPTY
        return ((*self.label, ANY_BUT_COLON, STAR_BUT_COLON, self.divider, STAR),)


_NOT_EMPTY: Final[Language] = ((ANY, STAR),)


def _tenancy(claims: str, label: str = "", divider: str = "") -> Tenancy:
    return Tenancy(frozenset(claims.split()), label, divider)


SHARED: Final = {
    "accounts.google.com": _tenancy("sub aud oaud azp email"),
    "agent.buildkite.com": _tenancy("sub organization_id organization_slug pipeline_id", "organization:", ":"),
    "app.terraform.io": _tenancy("sub terraform_organization_id terraform_organization_name", "organization:", ":"),
    "cognito-identity.amazonaws.com": _tenancy("aud sub"),
    "gitlab.com": _tenancy(
        "sub namespace_id namespace_path project_id project_path user_id user_login user_email", "project_path:", "/"
    ),
    "graph.facebook.com": _tenancy("app_id id"),
    "oidc.vercel.com": _tenancy("sub owner owner_id project project_id", "owner:", ":"),
    "token.actions.githubusercontent.com": _tenancy(
        "sub actor actor_id enterprise enterprise_id job_workflow_ref repository repository_id repository_owner "
        "repository_owner_id workflow_ref",
        "repo:",
        "/",
    ),
    "www.amazon.com": _tenancy("app_id user_id"),
}
"""Providers whose tokens anyone can get for himself, by host."""

_PROVIDER: Final = re.compile(r"(?:arn:[^:]+:iam::\d{12}:oidc-provider/)?([^/]+).*", re.DOTALL)


def shared_host(provider: str) -> str | None:
    """The host of a provider that serves everyone, or None."""
    found = _PROVIDER.fullmatch(provider)
    return found[1] if found and found[1] in SHARED and "/" not in provider.partition("oidc-provider/")[2] else None


def stranger_with_token(used: list[Atom], provider: str, host: str) -> Node:
    """Someone with a token of the provider for a tenant of his own: tenant claims are none that the policy names."""
    tenancy = SHARED[host]
    parts: list[Node] = [holds(PRINCIPAL, ((*"fed:", *provider),))]
    for dim in dict.fromkeys(atom.dim for atom in used):
        prefix, colon, claim = dim.name.rpartition(":")
        if colon and prefix == host and dim.kind is Kind.TEXT and not dim.many and claim in tenancy.claims:
            parts.append(_foreign(dim, used, tenancy, is_subject=claim == "sub"))
        elif dim.name == "aws:federatedprovider":
            parts.append(holds(dim, (tuple(provider),)))
    return conj(parts)


def _foreign(dim: Dim, used: Iterable[Atom], tenancy: Tenancy, *, is_subject: bool) -> Node:
    """A claim with a value for another tenant: outside of every tenant that a text of the policy spells out."""
    label, divider = (tenancy.label, tenancy.divider) if is_subject else ("", "/")
    named: dict[Glob, None] = {}
    for atom in used:
        if atom.dim == dim and atom.lang is not PRESENT and not isinstance(atom.lang, WithVariables):
            for text in cast(Language, atom.lang):
                named.update((glob, None) for glob in _tenant(text, label, divider or "/"))
    shape = tenancy.subject if is_subject else _NOT_EMPTY
    foreign = conj([holds(dim, shape), *(neg(holds(dim, (glob,))) for glob in named)])
    return foreign if is_subject else disj([neg(present(dim)), foreign])


def _tenant(glob: Glob, label: str, divider: str) -> list[Glob]:
    """All texts of the tenant that a text of the policy names, or begins to name."""
    start = ""
    for token in glob:
        if len(token) != 1 and not token.startswith("~"):
            break
        start += token[-1]
    body = start.removeprefix(label)
    end = body.find(divider)
    if end >= 0:
        return [(*start[: len(start) - len(body) + end + 1], STAR)]
    if not body or (label and body == start):
        return [tuple(start)] if len(start) == len(glob) else []
    return [tuple(start), (*start, divider, STAR)]
