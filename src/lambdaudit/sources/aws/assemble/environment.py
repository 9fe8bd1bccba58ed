"""Environment variables, judged at once: a value leaves this module only when it is certainly harmless."""

from lambdaudit.model.functions import EnvironmentVariable
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.secrets import Judgement, fingerprint, judge_all
from lambdaudit.sources.aws.assemble.fields import Fields
from lambdaudit.sources.aws.assemble.text import clean, redacted


class Environments:
    """Judges environments, equal ones once: published versions mostly have that of their function.

    `key` keys the fingerprints of the values. Holds values only as long as the assembler runs.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._judged: dict[tuple[tuple[str, str], ...], tuple[EnvironmentVariable, ...]] = {}

    def of(self, record: Fields) -> Maybe[tuple[EnvironmentVariable, ...]]:
        """The variables in a function's record."""
        whole = record.take("Environment")
        if whole is None:
            return ()
        if not isinstance(whole, dict):
            return Unknown("odd value: Environment is not an object")
        if error := whole.get("Error"):
            code = error.get("ErrorCode") if isinstance(error, dict) else None
            said = f" ({redacted(code)})" if isinstance(code, str) else ""
            return Unknown(f"Lambda could not decrypt the environment{said}", "kms:Decrypt")
        variables = whole.get("Variables")
        if variables is None and not whole.keys() - {"Variables", "Error"}:
            return ()
        if not isinstance(variables, dict):
            return Unknown("odd value: Environment/Variables is not an object")
        if any(not isinstance(value, str) for value in variables.values()):
            return Unknown("odd value: an environment variable is not a text")
        pairs = tuple([(clean(str(name)), clean(value)) for name, value in variables.items()])
        found = self._judged.get(pairs)
        if found is None:
            found = self._judged[pairs] = self._judge(pairs)
        return found

    def _judge(self, pairs: tuple[tuple[str, str], ...]) -> tuple[EnvironmentVariable, ...]:
        judgements = judge_all(dict(pairs))
        return tuple([self._variable(name, value, judgements[name]) for name, value in pairs])

    def _variable(self, name: str, value: str, judgement: Judgement) -> EnvironmentVariable:
        return EnvironmentVariable(
            name=name,
            length=len(value),
            kind=judgement.kind,
            confidence=judgement.confidence,
            reason=judgement.reason,
            value=value if judgement.public else None,
            references=tuple(map(str, judgement.references)),
            fingerprint=fingerprint(value, self._key),
        )
