"""Who may change a function or its rights: users and roles of its account, by effective permission (POL-14).

Most principals either may touch every function or none, so each is first asked about a function that no policy can have named;
only those whose policies tell functions apart are asked about each one.
"""

from typing import Any

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.power import FRESH
from lambdaudit.model.assets import kind_of
from lambdaudit.model.functions import Function
from lambdaudit.model.identity import Principal, Role, User
from lambdaudit.model.unknown import NotKnown, Unknown, known

ACTIONS = (
    "lambda:AddPermission",
    "lambda:CreateFunctionUrlConfig",
    "lambda:DeleteFunction",
    "lambda:PutFunctionEventInvokeConfig",
    "lambda:UpdateAlias",
    "lambda:UpdateFunctionCode",
    "lambda:UpdateFunctionConfiguration",
    "lambda:UpdateFunctionUrlConfig",
)
"""Ways to change what a function does, who may call it, or what feeds it."""


class Writers:
    """Answers "who may change this function?" for many functions, asking each principal as seldom as possible."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._general: dict[str, tuple[str, ...] | None | Unknown] = {}
        self._able: dict[str, tuple[Principal, ...] | Unknown] = {}

    def of(self, fn: Function) -> list[dict[str, Any]] | Unknown:
        """Rows of id, name, kind and actions, sorted by id; Unknown when the principals of the account were not read.

        A principal whose rights could not be worked out has an ``unknown`` text instead of actions.
        """
        principals = self._principals(fn)
        if isinstance(principals, Unknown):
            return principals
        rows = []
        for principal in principals:
            actions = self._actions(principal, fn)
            if actions:
                row: dict[str, Any] = {"id": principal.id, "name": principal.name, "kind": kind_of(principal)}
                rows.append(row | ({"unknown": actions.reason} if isinstance(actions, Unknown) else {"actions": list(actions)}))
        return rows

    def _principals(self, fn: Function) -> tuple[Principal, ...] | Unknown:
        """The principals of the function's account that may change some function, or may for all that is known."""
        if fn.account not in self._able:
            try:
                principals: tuple[Principal, ...] = (
                    *self._audit.every(Role, account=fn.account),
                    *self._audit.every(User, account=fn.account),
                )
                self._able[fn.account] = tuple(p for p in principals if self._everywhere(p, fn) != ())
            except NotKnown as error:
                self._able[fn.account] = error.unknown
        return self._able[fn.account]

    def _actions(self, principal: Principal, fn: Function) -> tuple[str, ...] | Unknown:
        general = self._everywhere(principal, fn)
        if general is not None:
            return general
        return self._ask(principal, fn.id)

    def _everywhere(self, principal: Principal, fn: Function) -> tuple[str, ...] | Unknown | None:
        """The actions on any function at all; None when the principal's policies tell functions apart."""
        if principal.id not in self._general:
            whole = self._ask(principal, "*")
            if not whole or isinstance(whole, Unknown):
                self._general[principal.id] = whole
            else:
                fresh = self._ask(principal, f"{fn.id.rsplit(':', 1)[0]}:{FRESH}")
                same = fresh == whole and not _names_functions(principal, self._audit)
                self._general[principal.id] = whole if same else None
        return self._general[principal.id]

    def _ask(self, principal: Principal, resource: str) -> tuple[str, ...] | Unknown:
        try:
            return tuple(a for a in ACTIONS if self._audit.can(principal, (a,), (resource,)))
        except NotKnown as error:
            return error.unknown


def _names_functions(principal: Principal, audit: Audit) -> bool:
    """Whether a statement of the principal's policies is about some functions and not others, by name or condition."""
    for policy in known(principal.policies):
        for statement in audit.document(policy).statements:
            texts = [entry.raw for entry in (*(statement.resources or ()), *(statement.not_resources or ()))]
            touches = [
                text for text in texts if text.startswith(("arn:", "*")) and (":lambda:" in text or "*" in text.split(":")[2:3])
            ]
            if statement.conditions or any(not text.endswith((":*", "function:*", "*:*")) and text != "*" for text in touches):
                return True
    return False
