"""Literals that other assets have already: variables of functions and of stages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lambdaudit.model.code import CodeSecret
from lambdaudit.model.functions import Configured
from lambdaudit.model.unknown import Unknown
from lambdaudit.secrets.names import SECRET_ROLES, read
from lambdaudit.sources.iac.values import OneOf, span_of

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted
    from lambdaudit.sources.iac.resources import Resource

_FUNCTIONS = frozenset(("AWS::Lambda::Function", "AWS::Serverless::Function"))
_STAGES = frozenset(("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"))
_SURE = ("high", "medium")
_Place = tuple[str, int, int]


class Reported:
    """The places of literals that a function's or stage's variable has, where the variable itself is judged a secret."""

    def __init__(self, lifted: "Lifted | None") -> None:
        self._places: set[_Place] = set()
        self._prints: set[str] = set()
        self._stages: set[_Place] = set()
        if lifted is None:
            return
        for asset in lifted.assets:
            if isinstance(asset, Configured) and not isinstance(asset.environment, Unknown):
                self._prints |= {v.fingerprint for v in asset.environment if v.kind and v.confidence in _SURE}
        judged = {(asset.where.source, asset.where.subject) for asset in lifted.assets}
        for resource in lifted.resources:
            if (resource.where.source, resource.where.subject) in judged:
                self._places |= set(_variables(resource))
                self._stages |= set(_stage_variables(resource))

    def without(self, secrets: tuple[CodeSecret, ...]) -> tuple[CodeSecret, ...]:
        """The secrets that nothing else tells."""
        return tuple(secret for secret in secrets if not self._told(secret))

    def _told(self, secret: CodeSecret) -> bool:
        place = (secret.where.source, secret.where.line, secret.where.column)
        return place in self._stages or (place in self._places and secret.fingerprint in self._prints)


def _variables(resource: "Resource") -> Iterator[_Place]:
    if resource.type in _FUNCTIONS:
        environment = resource.properties.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        for value in variables.values() if isinstance(variables, dict) else ():
            yield from _places(value)


def _stage_variables(resource: "Resource") -> Iterator[_Place]:
    if resource.type in _STAGES:
        variables = resource.properties.get("Variables", resource.properties.get("StageVariables"))
        for name, value in variables.items() if isinstance(variables, dict) else ():
            if read(str(name)).role in SECRET_ROLES:
                yield from _places(value)


def _places(value: Any) -> Iterator[_Place]:
    for one in [choice for _, choice in value.options] if isinstance(value, OneOf) else [value]:
        span = span_of(one)
        if span is not None and isinstance(one, str | int):
            yield span.source, span.line, span.column
