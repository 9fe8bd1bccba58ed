"""Comparisons of credentials, and what is special in authorizers."""

import re
from typing import Any

from ...model.where import Where
from .. import ir
from .contents import Contents
from .values import Value

_CREDENTIAL = re.compile(
    r"authori[sz]ation(token)?$|token$|api[-_]?key$|x-auth|(?:^|[._-])(?:secret|passw(?:or)?d|passphrase)$"
    r"|headers\.(?![\w-]*(?:idempot|cache|websocket|partition))[\w-]*(?:key|secret)$",
    re.IGNORECASE,
)
_SHARED = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)(?:_?\d)?$", re.IGNORECASE)
"""Names of environment variables that hold what a caller must know."""
_COMPARED = "A credential is compared in a time that depends on its content"
_SCHEMES = frozenset({"bearer", "basic", "digest", "token", "apikey", "negotiate", "jwt"})


def _is_shared_secret(value: Value) -> bool:
    """Whether a value is a secret of the deployment: one that was fetched, or a variable of the environment named like one."""
    name = value.symbol.removeprefix("env:") if value.symbol.startswith("env:") else ""
    return any(taint.label == "secret" for taint in value.taints) or bool(_SHARED.search(name))


class Comparisons(Contents):
    """Tests of equality, and headers that are read."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.compares: list[tuple[Where, ir.Node, bool]] = []
        self.headers_read: dict[str, tuple[Where, ir.Node]] = {}
        self.authorizer = False

    def compared(self, left: Value, right: Value, node: ir.Compare) -> None:
        """A test of equality: kept when a credential of the caller is compared, not when only its scheme is."""
        if any(text.strip().lower() in _SCHEMES for side in (left, right) for text in side.strings()):
            return
        for one, two in ((left, right), (right, left)):
            if any(taint.label == "signature" for taint in two.taints) and self._by_caller(one):
                self.issue("token-comparison", node, "A signature is compared in a time that depends on its content", "medium")
            for taint in one.taints:
                if taint.label == "event" and _CREDENTIAL.search(taint.source.rstrip("[]")) and len(self.compares) < 50:
                    constant = bool(two.strings()) and all(len(text) > 2 for text in two.strings()) and not two.taints
                    secret = any(t.label in ("secret", "environment", "stored") for t in two.taints) or two.symbol.startswith(
                        "env:"
                    )
                    if constant or secret:
                        self.compares.append((self.where(node), node, constant))
                    if _is_shared_secret(two):
                        self.issue("token-comparison", node, _COMPARED, "medium")

    def _by_caller(self, value: Value) -> bool:
        """Whether a value is what a caller gave, and not known to be one of a few."""
        return any(taint.label == "event" and self.alive(taint, "token-comparison") for taint in value.taints)

    def entering(self, path: str, node: ir.Node) -> Any:
        """A part of the event is read; headers are remembered by their spelling."""
        if path.startswith("event.headers.") and self.module.path:
            name = path.removeprefix("event.headers.")
            if name != name.lower() and "." not in name:
                self.headers_read.setdefault(name, (self.where(node), node))
        return super().entering(path, node)

    def conclude_authorizer(self) -> None:
        """Tells what is wrong in a function that answers as an authorizer."""
        for where, node, constant in self.compares:
            if constant:
                self.issue("authorizer-token", node, "The authorizer accepts a token that stands in the code", where=where)
            self.issue("token-comparison", node, _COMPARED, "medium", where)
        http_only = bool(self.triggers) and self.triggers <= {"httpapi", "url"}
        for name, (where, node) in self.headers_read.items():
            if http_only and name.lower() in ("authorization", "x-api-key", "cookie"):
                text = f"The header is read as {name[:40]}, but this payload format has header names in lower case"
                self.issue("authorizer-header-case", node, text, where=where)
