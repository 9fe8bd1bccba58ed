"""Values of parameters: given by hand, from files of the usual tools, or a template's defaults."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.values import List, Map, Span, Str, Value, one_of, span_of

_MAX_ALLOWED: Final = 16
SAMCONFIGS: Final = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
"""The configuration files of the SAM CLI; the first one that exists counts."""


def parameters_from_file(path: Path) -> dict[str, str]:
    """Parameters in a file of the AWS CLI (list of objects), of CodePipeline or Git sync (``Parameters``), a plain object, or a
    configuration of the SAM CLI. What keeps the value of the last deployment is not given.

    Raises DocumentError with one line when the file cannot be read or is none of these.
    """  # noqa: D205 - the forms are one sentence
    if path.suffix == ".toml" or path.name in SAMCONFIGS:
        return sam_settings(path).parameters
    value = parse(read_file(path, str(path)), str(path)).value
    if isinstance(value, dict):
        value = next((value[key] for key in ("Parameters", "parameters") if isinstance(value.get(key), dict | list)), value)
    if isinstance(value, list) and all(isinstance(one, dict) and "ParameterKey" in one for one in value):
        return {str(one["ParameterKey"]): as_text(one["ParameterValue"]) for one in value if "ParameterValue" in one}
    if isinstance(value, list) and all(isinstance(one, str) and "=" in one for one in value):
        return {name: text for name, _, text in (one.partition("=") for one in value)}
    if isinstance(value, dict) and not any(isinstance(one, dict) for one in value.values()):
        return {str(name): as_text(one) for name, one in value.items()}
    raise DocumentError(str(path), 0, "holds no parameters in a known form")


def as_text(value: Any) -> str:
    """A parameter's value as the text that CloudFormation makes of it; lists are joined with commas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(as_text(one) for one in value)
    return "" if value is None else str(value)


class SamSettings:
    """What a samconfig file says: parameters, the stack's name, region."""

    def __init__(self, parameters: dict[str, str], stack: str = "", region: str = "") -> None:
        self.parameters = parameters
        self.stack = stack
        self.region = region


def sam_settings(path: Path, environment: str = "default") -> SamSettings:
    """The settings in a samconfig file: those of every command, overridden by those of ``deploy``. Raises DocumentError."""
    table = _toml(path) if path.suffix == ".toml" else parse(read_file(path, str(path)), str(path)).value
    commands = table.get(environment) if isinstance(table, dict) else None
    found: dict[str, Any] = {}
    for command in ("global", "deploy"):
        section = commands.get(command) if isinstance(commands, dict) else None
        settings = section.get("parameters") if isinstance(section, dict) else None
        if isinstance(settings, dict):
            found.update(settings)
    overrides = found.get("parameter_overrides", "")
    return SamSettings(_overrides(overrides), _text(found.get("stack_name")), _text(found.get("region")))


def _toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_file(path, str(path)))
    except tomllib.TOMLDecodeError as error:
        raise DocumentError(str(path), 0, f"is not TOML: {error}") from None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _overrides(value: Any) -> dict[str, str]:
    """``Name=value Other="two words"``, a list of those, or a table; also ParameterKey=…,ParameterValue=… pairs."""
    if isinstance(value, dict):
        return {str(name): as_text(one) for name, one in value.items()}
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError:
            return {}
    found = {}
    for one in value if isinstance(value, list) else ():
        text = as_text(one)
        if text.startswith("ParameterKey=") and ",ParameterValue=" in text:
            name, _, inner = text.removeprefix("ParameterKey=").partition(",ParameterValue=")
        else:
            name, _, inner = text.partition("=")
        found[name] = inner.strip('"')
    return found


def values_of(template: Mapping[str, Any], given: Mapping[str, Value], *, nested: bool = False) -> dict[str, Value]:
    """The value of every parameter that a template declares. `given` may hold values of any kind from a parent stack."""
    declared = template.get("Parameters")
    found: dict[str, Value] = {}
    for name, about in declared.items() if isinstance(declared, dict) else ():
        found[name] = _value(name, about if isinstance(about, dict) else Map(), given, nested)
    return found


def _value(name: str, about: Mapping[str, Any], given: Mapping[str, Value], nested: bool) -> Value:
    kind = about.get("Type") if isinstance(about.get("Type"), str) else "String"
    span = span_of(about.get("Default")) or span_of(about)
    settle = f"--param {name}=…"
    if str(kind).startswith("AWS::SSM::Parameter::Value"):
        shown = given.get(name, about.get("Default"))
        what = f" ({shown})" if isinstance(shown, str) else ""
        return Unknown(f"the parameter {name} is read from the Parameter Store{what}")
    if name in given:
        return _typed(given[name], str(kind), span)
    if about.get("Default") is not None:
        return _typed(about["Default"], str(kind), span)
    where = " and the parent stack gives none" if nested else ""
    if str(about.get("NoEcho")).lower() == "true":
        return Hidden(f"the parameter {name} is hidden (NoEcho) and has no default{where} (give {settle})")
    allowed = about.get("AllowedValues")
    if isinstance(allowed, list) and 0 < len(allowed) <= _MAX_ALLOWED:
        return one_of([(f"{name}={as_text(one)}", _typed(one, str(kind), span)) for one in allowed], span, f"give {settle}")
    return Unknown(f"the parameter {name} has no default{where} (give {settle})")


def _typed(value: Value, kind: str, span: Span | None) -> Value:
    if isinstance(value, str | int | float | None):
        text = as_text(value)
        place = span_of(value) or span
        if kind.startswith("List<") or kind == "CommaDelimitedList":
            return List([Str(one.strip(), place) for one in text.split(",")] if text else [], place)
        return Str(text, place)
    if isinstance(value, list) and not (kind.startswith("List<") or kind == "CommaDelimitedList"):
        return Str(as_text(value), span)
    return value
