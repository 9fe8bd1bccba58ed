"""What a question about policies comes to."""

from typing import TypeAlias

import msgspec

from lambdaudit.iam.decide import Request
from lambdaudit.model.unknown import Unknown


class Witness(msgspec.Struct, frozen=True):
    """A request that shows the violation; the concrete evaluator has confirmed it.

    `statements` are the positions of the statements that allow it, `text` is one plain sentence, `actions` lists every
    known action that is open in the same way. `kind` names the sort of caller: ``anonymous``, ``any-account``,
    ``any-service``, ``service``, ``reused-name``, ``account``, ``organization``, ``federated``, ``canonical``,
    ``principal``. `caller` is the account, organisation, provider or service that is meant, where there is one.
    """

    request: Request
    statements: tuple[int, ...]
    text: str
    actions: tuple[str, ...] = ()
    kind: str = "principal"
    caller: str = ""


class Proved(msgspec.Struct, frozen=True):
    """No request violates; `why` says in short what the proof rests on."""

    why: str


class Violated(msgspec.Struct, frozen=True):
    """At least one request violates: one witness for each sort of caller and class of actions, most telling first."""

    witnesses: tuple[Witness, ...]


Verdict: TypeAlias = Proved | Violated | Unknown
