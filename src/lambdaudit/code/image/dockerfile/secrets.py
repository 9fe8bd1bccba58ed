"""Secrets that a build puts into an image: written in the Dockerfile, or given to it as arguments that the image remembers.

BuildKit and the classic builder keep every ARG of the final stages with its value in the image's history, ENV and LABEL in its
configuration, the text of RUN in the history. What stands in an earlier stage does not reach the image. See
https://docs.docker.com/build/building/secrets/ and https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lambdaudit.model.dockerfile import BuildSecret
from lambdaudit.model.where import Where
from lambdaudit.secrets import Context, Hit, Shape, fingerprint, judge, scan_text
from lambdaudit.secrets.names import SECRET_ROLES, Role, read

from .stages import Plan, Setting
from .syntax import Instruction

_AWS = {
    "AWS_ACCESS_KEY_ID": "aws-access-key",
    "AWS_SECRET_ACCESS_KEY": "aws-secret-key",
    "AWS_SESSION_TOKEN": "aws-session-token",
    "AWS_SECURITY_TOKEN": "aws-session-token",
}
_TO_COME = (Shape.EMPTY, Shape.PLACEHOLDER, Shape.EXAMPLE)
"""What stands in place of a value that the build gives."""
_MOST = 200
_MOST_PLACES = 20
_NAMES = 100
GIVEN = "the image keeps the value that the build is given"


@dataclass(slots=True)
class _Secret:
    """One secret, wherever the file has it; `values` is what it is, never handed on."""

    kind: str
    name: str
    confidence: str
    reason: str
    given: bool
    kept: bool
    places: list[Where]
    best: Where
    values: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


class Secrets:
    """Collects the secrets of one build. `source` is the shown path, `key` that of the fingerprints."""

    def __init__(self, source: str, key: bytes) -> None:
        self._source = source
        self._key = key
        self._found: list[_Secret] = []
        self.full = False

    def result(self) -> tuple[BuildSecret, ...]:
        """All that was found, in the order of their first places."""
        return tuple(
            BuildSecret(
                where=one.best,
                kind=one.kind,
                name=one.name[:_NAMES],
                confidence=one.confidence,
                reason=one.reason,
                fingerprint=fingerprint(min(one.values), self._key) if one.values else "",
                places=tuple(dict.fromkeys(one.places))[:_MOST_PLACES],
                given=one.given,
                kept=one.kept,
            )
            for one in self._found
        )

    def take(self, plan: Plan) -> None:
        """Everything in the stages of a build, and in what stands before them."""
        for setting in plan.globals:
            self._literal(setting, kept=False)
        for number, stage in enumerate(plan.stages):
            kept = number in plan.kept
            for setting in stage.settings:
                self._setting(setting, kept=kept)
            for instruction in stage.others:
                self._text(instruction, kept=kept)

    def arguments(self, given: Mapping[str, tuple[str, Where]], plan: Plan) -> None:
        """Secrets among the build arguments that a template writes out, with their places."""
        declared = {s.name for n in plan.kept for s in plan.stages[n].settings if s.keyword == "ARG"}
        for name, (value, where) in given.items():
            self._judged(name, value, where, kept=name in declared)

    def _setting(self, setting: Setting, *, kept: bool) -> None:
        if self._literal(setting, kept=kept) or not kept or setting.keyword == "LABEL":
            return
        where = self._place(setting)
        if setting.keyword == "ARG":
            kind = promised(setting.name)
            if kind and (setting.value.open or _to_come(setting)):
                self._given(kind, setting.name, where, {setting.name})
            return
        origins = {name for name in setting.value.given if promised(name)}
        known = next((s for s in self._found if s.given and s.names & origins), None)
        kind = promised(setting.name) or (promised(min(origins)) if origins else "")
        if known is not None:
            self._given(known.kind, known.name, where, origins)
        elif kind and setting.value.open:
            self._given(kind, setting.name, where, set(setting.value.open) | {setting.name})

    def _place(self, setting: Setting) -> Where:
        return setting.instruction.where(self._source, setting.offset if setting.offset else None)

    def _literal(self, setting: Setting, *, kept: bool) -> bool:
        """Whether a value that the file writes out is a secret; it is noted then."""
        if not setting.value.text:
            return False
        return self._judged(setting.name, setting.value.text, self._place(setting), kept=kept, origins=setting.value.given)

    def _judged(self, name: str, value: str, where: Where, *, kept: bool, origins: frozenset[str] = frozenset()) -> bool:
        verdict = judge(name, value, context=Context.IMAGE)
        if not verdict.kind:
            return False
        for one in self._found:
            if value in one.values:
                self._again(one, where, kept=kept)
                return True
        self._add(
            _Secret(
                kind=verdict.kind, name=name, confidence=verdict.confidence, reason=verdict.reason, given=False, kept=kept,
                places=[where], best=where, values={value}, names={name, *origins},
            )
        )  # fmt: skip
        return True

    def _given(self, kind: str, name: str, where: Where, names: set[str]) -> None:
        for one in self._found:
            if one.given and one.names & names:
                one.names |= names
                self._again(one, where, kept=True)
                one.best = where
                return
        self._add(
            _Secret(
                kind=kind, name=name, confidence="medium", reason=GIVEN, given=True, kept=True, places=[where], best=where,
                names=set(names),
            )
        )  # fmt: skip

    def _again(self, one: _Secret, where: Where, *, kept: bool) -> None:
        one.places.append(where)
        if kept and (not one.kept or one.best.source != self._source):
            one.kept, one.best = True, where

    def _add(self, secret: _Secret) -> None:
        if len(self._found) < _MOST:
            self._found.append(secret)
        else:
            self.full = True

    def _text(self, instruction: Instruction, *, kept: bool) -> None:
        """Secrets in commands, addresses and here-documents."""
        for hit in scan_text(instruction.text, path="Dockerfile", context=Context.CONFIG, most=_MOST):
            self._hit(hit, instruction.text, instruction.where(self._source, hit.start), kept=kept)
        for document in instruction.heredocs:
            for hit in scan_text(document.text, path="Dockerfile", context=Context.CONFIG, most=_MOST):
                where = Where(self._source, line=document.line + hit.line - 1, column=hit.column)
                self._hit(hit, document.text, where, kept=kept)

    def _hit(self, hit: Hit, text: str, where: Where, *, kept: bool) -> None:
        value = text[hit.start : hit.end]
        if value.startswith("$"):
            return
        known = next((one for one in self._found if value in one.values), None)
        if known:
            self._again(known, where, kept=kept)
            return
        self._add(
            _Secret(
                kind=hit.kind, name=hit.name, confidence=hit.confidence, reason=hit.reason, given=False, kept=kept,
                places=[where], best=where, values={value},
            )
        )  # fmt: skip


def _to_come(setting: Setting) -> bool:
    """Whether the value of an argument is left for the build: nothing or a placeholder stands there."""
    return judge(setting.name, setting.value.text, context=Context.IMAGE).shape in _TO_COME


def promised(name: str) -> str:
    """The kind of secret that the name of an argument or variable promises; empty for others and for names of stores."""
    if name in _AWS:
        return _AWS[name]
    word = read(name)
    return word.kind if word.role in SECRET_ROLES and word.role is not Role.VAULT else ""


__all__ = ["GIVEN", "Secrets", "promised"]
