"""What a way up is: the requests that it needs, the words and commands for it, and what it comes to."""

import shlex
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from lambdaudit.facts.context import USUAL
from lambdaudit.model.finding import Confidence, Severity

EVERYTHING: Final = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
"""The policy that attackers write where they may write one."""

ADMINISTRATOR: Final = "arn:{p}:iam::aws:policy/AdministratorAccess"


class Ask(NamedTuple):
    """A request that has to be allowed.

    `on` is the resource: a template such as ``{role}`` for something that exists, or a glob for what the attacker names
    himself. Globs that contain the same ``<name>`` have to be allowed for one and the same name. `context` fixes context keys,
    with templates as values; None says that the key is not there.
    """

    action: str
    on: str = "*"
    context: Mapping[str, str | None] = {}


class Technique(NamedTuple):
    """A way up. `ref` lists its ids in collections of such techniques, `text` completes "the role can …".

    `group` joins techniques that are one weakness in several clothes. `commands` are what an attacker types: templates, with
    what he chooses in angle brackets.
    """

    id: str
    ref: tuple[str, ...]
    group: str
    text: str
    asks: tuple[Ask, ...]
    commands: tuple[str, ...]
    confidence: Confidence = Confidence.HIGH

    @property
    def actions(self) -> frozenset[str]:
        """The actions without which it does not work."""
        return frozenset(ask.action for ask in self.asks)


class Step(NamedTuple):
    """A request that the IAM engine has shown to be allowed.

    `sure` is false when it hangs on context that is not known. `principal` makes it; empty: the one whose ways up these are.
    """

    action: str
    resource: str
    context: Mapping[str, Any]
    sure: bool = True
    principal: str = ""

    def request(self, me: str) -> dict[str, Any]:
        """The request as a case that can be replayed; `me` is the one whose ways up these are."""
        who = self.principal or me
        return {"principal": who, "action": self.action, "resource": self.resource, "context": dict(self.context)}

    def __str__(self) -> str:
        """The request in words."""
        telling = {key: value for key, value in self.context.items() if key not in USUAL and "tag/" not in key.lower()}
        extra = ", ".join(f"{key} {_shown(value)}" for key, value in sorted(telling.items()))
        who = f" by {self.principal}" if self.principal else ""
        return f"{self.action} on {self.resource}{who}" + (f" with {extra}" if extra else "")


class Way(NamedTuple):
    """One technique that works, with its proved requests. `won` says in words what more the attacker may do."""

    technique: Technique
    text: str
    severity: Severity
    confidence: Confidence
    steps: tuple[Step, ...]
    commands: tuple[str, ...]
    won: str

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the worst first, then the surest."""
        return (self.severity.rank, list(Confidence).index(self.confidence))


class Path(NamedTuple):
    """The best way of a group of techniques, and in `others` the remaining ones in words.

    `text` completes "the role can …", `won` completes "and is then …"; `steps` are the requests in order, each proved allowed;
    `commands` is what an attacker would type.
    """

    id: str
    text: str
    severity: Severity
    confidence: Confidence
    steps: tuple[Step, ...]
    commands: tuple[str, ...]
    technique: Technique
    won: str
    others: tuple[str, ...] = ()


def filled(template: str, names: Mapping[str, str]) -> str:
    """A template with its names put in; angle brackets stay."""
    for name, value in names.items():
        template = template.replace(f"{{{name}}}", value)
    return template


def command(template: str, names: Mapping[str, str]) -> str:
    """A command line with its names put in, each quoted for a shell where it needs to be."""
    return filled(template, {name: shlex.quote(value) for name, value in names.items()})


def _shown(value: object) -> str:
    return value if isinstance(value, str) else ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
