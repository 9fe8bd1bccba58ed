"""State machines of Step Functions, by the functions that their definitions call."""

import json
import re
from typing import Any, Final

from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.invoked import add_invoker
from lambdaudit.sources.iac.lift.props import Props, is_reference
from lambdaudit.sources.iac.values import List, Map
from lambdaudit.sources.invoking import MAX_DEFINITION, functions_in

_HOLE: Final = re.compile(r"\$\{([A-Za-z0-9_.:-]{1,255})\}")
_BARE_HOLE: Final = re.compile(r"([:\[,]\s*)\$\{[A-Za-z0-9_.:-]{1,255}\}(?=\s*[,}\]])")
_MAX_DEPTH: Final = 100


def machines(b: Builder) -> None:
    """Add the state machines."""
    for resource, identity, props in b.each("AWS::StepFunctions::StateMachine"):
        kind = props.text("StateMachineType", "STANDARD")
        found = _functions(props, b.estate.place(resource).arn("lambda", "function:"))
        functions = [found] if isinstance(found, Unknown) else found
        detail = (("type", "not known" if isinstance(kind, Unknown) else kind),)
        add_invoker(b, resource, identity, "states", "state machine", functions, detail=detail)


def _functions(props: Props, prefix: str) -> Maybe[tuple[str, ...]]:
    definition = props.take("DefinitionString")
    if definition is None:
        definition = props.take("Definition")
    if definition is None:
        return Unknown("its definition is in S3" if props.has("DefinitionS3Location") else "it has no definition")
    given = props.take("DefinitionSubstitutions")
    if isinstance(given, Unknown):
        return given
    filling = _Filling(given if isinstance(given, dict) else {})
    if isinstance(definition, str):
        definition = filling.parsed(str(definition))
    try:
        return functions_in(filling.filled(definition, 0), prefix)
    except _TooLargeError:
        return Unknown("its definition is too large")


class _TooLargeError(Exception):
    """Values in place of ``${names}`` make more text than a definition may have."""


class _Filling:
    """Puts the values of ``DefinitionSubstitutions`` in the place of ``${names}``."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values
        self._left = MAX_DEFINITION

    def parsed(self, text: str) -> Any:
        """The tree of a definition that is a text; Unknown when it is none."""
        if is_reference(text):
            return Unknown("its definition is read at the deployment")
        if len(text) > MAX_DEFINITION:
            return Unknown("its definition is too large")
        try:
            # A name may stand for a number, without quotes around it.
            return json.loads(_BARE_HOLE.sub(r"\1null", text))
        except (ValueError, RecursionError):
            return Unknown("its definition is not JSON")

    def filled(self, value: Any, depth: int) -> Any:
        """A tree with the values in it; a text with one that is not known is Unknown."""
        if depth > _MAX_DEPTH:
            return Unknown("its definition nests too deep")
        if isinstance(value, dict):
            made = Map({key: self.filled(inner, depth + 1) for key, inner in value.items()})
            made.rest = getattr(value, "rest", None)
            return made
        if isinstance(value, list):
            rest = getattr(value, "rest", None)
            return List([*(self.filled(inner, depth + 1) for inner in value), *([rest] if rest else [])])
        return self._text(str(value)) if isinstance(value, str) else value

    def _text(self, text: str) -> Any:
        unread: list[Unknown] = []

        def put(hole: re.Match[str]) -> str:
            found = self._values.get(hole[1])
            if isinstance(found, Unknown):
                unread.append(found)
            if not isinstance(found, str | int | float):
                return hole[0]
            self._left -= len(str(found))
            if self._left < 0:
                raise _TooLargeError
            return str(found)

        made = _HOLE.sub(put, text)
        return unread[0] if unread else made
