"""Programs in Pulumi's YAML: resources, variables and configuration, evaluated as far as a program alone decides.

Language: https://www.pulumi.com/docs/iac/languages-sdks/yaml/yaml-language-reference/. What other languages say only their
runtime knows: for those a preview or a state is needed.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.lift import PLACEHOLDER_ACCOUNT, PLACEHOLDER_REGION
from lambdaudit.sources.iac.resources import Options
from lambdaudit.sources.iac.values import List, Map, Ref, Span, Str, Value, moved, span_of
from lambdaudit.sources.terraform.partial import Invalid, json_dumps, text
from lambdaudit.sources.terraform.policy_document import document
from lambdaudit.sources.terraform.references import ATTRIBUTES

from .files import Project
from .links import attribute_of, terraform_type
from .names import names_of, snake
from .stacks import MAX_RESOURCES, Row, Stack
from .values import Asset

_STACK: Final = "dev"
"""The name of a stack where nothing says it."""
_MAX_DEPTH: Final = 60
_MAX_TEXT: Final = 1_000_000
_MAX_NODES: Final = 20_000
"""Largest value that is used in another one, in parts."""
_MAX_SPENT: Final = 1_000_000
"""Parts of values that are used in others, together."""
_HOLE: Final = re.compile(r"\$\$\{|\$\{([^{}]{1,1000})\}")
_PATH: Final = re.compile(r"\.?([A-Za-z_$][\w$-]*)|\[(\d{1,6})\]|\[\"([^\"]{1,300})\"\]")
_POLICY: Final = {
    "statements": "statement",
    "conditions": "condition",
    "sourcePolicyDocuments": "source_policy_documents",
    "overridePolicyDocuments": "override_policy_documents",
}


def read_program(path: Path, label: str, options: Options) -> Stack | None:
    """The stack that a project file in YAML makes; None when its program is in another language.

    `options.parameters` give configuration values. Raises DocumentError for a file that is malformed.
    """
    project = parse(read_file(path, label), label).value
    runtime = project.get("runtime") if isinstance(project, Map) else None
    runtime = runtime.get("name") if isinstance(runtime, Map) else runtime
    if not isinstance(project, Map) or runtime != "yaml":
        return None
    program = project
    main = path.with_name("Main.yaml")
    if "resources" not in project and main.is_file() and not main.is_symlink():
        found = parse(read_file(main, f"{label.rpartition('/')[0]}/Main.yaml".lstrip("/")), label).value
        program = found if isinstance(found, Map) else project
    name = project.get("name")
    stack_name, given = _stack_file(path, label)
    stack = Stack(path, label, (stack_name, clean(str(name)) if isinstance(name, str) else "project"), True, {})
    region = given.get("aws:region")
    stack.region = str(region) if isinstance(region, str) else ""
    _Program(stack, project, program, {**given, **options.parameters}, options).run()
    return stack


def _stack_file(path: Path, label: str) -> tuple[str, Mapping[str, Value]]:
    """Name and configuration of the stack, when there is the file of one and no other."""
    files = [one for one in sorted(path.parent.glob("Pulumi.*.yaml"))[:2] if one.is_file() and not one.is_symlink()]
    if len(files) != 1:
        return _STACK, {}
    shown = f"{label.rpartition('/')[0]}/{files[0].name}".lstrip("/")
    try:
        found = parse(read_file(files[0], shown), shown).value
    except DocumentError:
        return _STACK, {}
    config = found.get("config") if isinstance(found, Map) else None
    return clean(files[0].name[7:-5])[:100], config if isinstance(config, Map) else {}


class _Program:
    """One program. Values are worked out when they are asked for; a circle is not known."""

    def __init__(self, stack: Stack, project: Map, program: Map, given: Mapping[str, Value], options: Options) -> None:
        self._stack = stack
        self._given = given
        self._options = options
        self._files = Project(stack.path, options.root)
        self._resources = _section(program, "resources")
        self._variables = _section(program, "variables")
        self._config = {**_section(project, "config"), **_section(program, "configuration"), **_section(program, "config")}
        self._inputs: dict[str, Map] = {}
        self._known: dict[str, Value] = {}
        self._open: set[str] = set()
        self._spent = 0

    def run(self) -> None:
        for number, (name, body) in enumerate(self._resources.items()):
            if number >= MAX_RESOURCES or not isinstance(body, Map):
                continue
            token = body.get("type")
            if not isinstance(token, str) or "get" in body:
                continue
            options = body.get("options")
            row = Row(
                urn=self._urn(name),
                token=clean(str(token)),
                name=clean(str(name)),
                inputs=self._arguments(name),
                outputs=Map(),
                at=self._resources.keys_at.get(name) or body.span or Span(self._stack.label, 1),
                made=False,
            )
            if isinstance(options, Map) and isinstance(options.get("provider"), str):
                row.provider = f"{self._urn(str(options['provider']).strip('${}'))}::"
            self._stack.rows[row.urn] = row

    def _urn(self, name: str) -> str:
        body = self._resources.get(name)
        token = body.get("type") if isinstance(body, Map) else ""
        stack, project = self._stack.key
        return f"urn:pulumi:{stack}::{project}::{clean(str(token))}::{clean(str(name))}"

    def _arguments(self, name: str) -> Map:
        """The properties of a resource, evaluated once."""
        if name not in self._inputs:
            body = self._resources.get(name)
            properties = body.get("properties") if isinstance(body, Map) else None
            made = self._guarded(f"resource {name}", lambda: self._value(properties, 0)) if isinstance(properties, Map) else Map()
            # A list of properties that is not known is not an empty one.
            self._inputs[name] = made if isinstance(made, Map) else Map((), span_of(properties), None, _why(made))
        return self._inputs[name]

    def _guarded(self, key: str, compute: Callable[[], Value]) -> Value:
        if key in self._open:
            return Unknown(f"the {clean(key)[:100]} refers to itself")
        self._open.add(key)
        try:
            return compute()
        except RecursionError:
            return Unknown(f"the {clean(key)[:100]} nests too deep")
        finally:
            self._open.discard(key)

    def _variable(self, name: str) -> Value:
        """A variable, evaluated once."""
        if name not in self._known:
            self._known[name] = self._guarded(f"variable {name}", lambda: self._value(self._variables[name], 0))
        return self._charged(self._known[name])

    def _charged(self, value: Value) -> Value:
        """A value that is used once more; an Unknown when all uses together grow too large."""
        stack, nodes = [value], 0
        while stack and nodes < _MAX_NODES:
            one = stack.pop()
            nodes += 1
            if isinstance(one, list | dict):
                stack.extend(one.values() if isinstance(one, dict) else one)
        self._spent += nodes
        if stack or self._spent > _MAX_SPENT:
            return Unknown("a program whose values grow too large")
        return value

    def _value(self, value: Value, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            return Unknown("a value that nests too deep")
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, List):
            return List([self._value(one, depth + 1) for one in value], value.span)
        if not isinstance(value, Map):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name.lower().startswith("fn::"):
                return self._call(name[4:].lower(), argument, value.span, depth)
        made = Map((), value.span, value.keys_at)
        made.update({key: self._value(inner, depth + 1) for key, inner in value.items()})
        return made

    def _text(self, value: str) -> Value:
        """A text with ``${…}`` in it; ``$${`` is written for ``${``."""
        parts: list[Value] = []
        position = 0
        for found in _HOLE.finditer(value):
            parts.append(value[position : found.start()])
            parts.append("${" if found[1] is None else self._expression(found[1].strip()))
            position = found.end()
        if not parts:
            return value
        parts.append(value[position:])
        kept = [part for part in parts if not (isinstance(part, str) and part == "")]
        span = span_of(value)
        if len(kept) == 1:
            return moved(kept[0], span)
        try:
            return text(kept, span)
        except Invalid as error:
            return Unknown(f"a text: {error}")

    def _expression(self, written: str) -> Value:
        """``name``, ``name.property[0].inner``."""
        steps: list[str | int] = []
        position = 0
        while position < len(written):
            found = _PATH.match(written, position)
            if found is None or found.end() == position or len(steps) > 20:
                return Unknown(f"${{{clean(written)[:100]}}} is not understood")
            steps.append(int(found[2]) if found[2] else found[1] or found[3])
            position = found.end()
        if not steps or not isinstance(steps[0], str):
            return Unknown(f"${{{clean(written)[:100]}}} is not understood")
        name, rest = steps[0], steps[1:]
        if name == "pulumi":
            return self._pulumi(rest)
        if name in self._resources:
            return self._property(name, rest)
        if name in self._variables:
            return _member(self._variable(name), rest, written)
        return _member(self._configured(name), rest, written)

    def _pulumi(self, rest: list[str | int]) -> Value:
        known = {"stack": self._stack.key[0], "project": self._stack.key[1]}
        name = rest[0] if rest else ""
        return (
            known.get(name) or Unknown(f"pulumi.{name} is known when the program runs") if isinstance(name, str) else Unknown("?")
        )

    def _configured(self, name: str) -> Value:
        """A configuration value: given by hand or by the stack's file, else its default."""
        declared = self._config.get(name)
        for key in (name, f"{self._stack.key[1]}:{name}"):
            if key in self._given:
                found = self._given[key]
                return (
                    Hidden(f"{clean(name)} is a secret of the stack") if isinstance(found, Map) and "secure" in found else found
                )
        if isinstance(declared, Map):
            if declared.get("secret") is True:
                return Hidden(f"{clean(name)} is a secret of the stack")
            for key in ("value", "default"):
                if declared.get(key) is not None:
                    return declared[key]
        return Unknown(f"the configuration does not have {clean(name)[:100]}", f"--param {clean(name)[:100]}=…")

    def _property(self, name: str, rest: list[str | int]) -> Value:
        """A property of a resource: what it was given, a reference, or something that only the deployment knows."""
        body = self._resources[name]
        token = body.get("type") if isinstance(body, Map) else None
        names = names_of(str(token)) if isinstance(token, str) else None
        urn = self._urn(name)
        if not rest or not isinstance(rest[0], str):
            return Ref(urn, "Ref")
        own, unknown = rest[0], Unknown(f"{clean(name)}.{clean(str(rest[0]))} is known after the deployment")
        if own not in ("id", "arn") and own in self._arguments(name):
            return _member(self._charged(self._arguments(name)[own]), rest[1:], name)
        if names is None or "get" in body:
            return unknown
        kind = terraform_type(names.type) if names.native else names.type
        if own in ("id", "arn"):
            return Ref(urn, attribute_of(kind, own))
        place = f"{self._options.region or PLACEHOLDER_REGION}:{self._options.account or PLACEHOLDER_ACCOUNT}"
        if own == "executionArn":
            return text([f"arn:{self._options.partition}:execute-api:{place}:", Ref(urn, "Ref")], None)
        if own == "invokeArn" and kind in ("aws_lambda_function", "aws_lambda_alias"):
            prefix = f"arn:{self._options.partition}:apigateway:{place.partition(':')[0]}:lambda:path/2015-03-31/functions/"
            return text([prefix, Ref(urn, attribute_of(kind, "arn")), "/invocations"], None)
        known = ATTRIBUTES.get(kind, {})
        alias = {"name": "function_name"} if kind == "aws_lambda_function" else {}
        attribute = known.get(alias.get(own, snake(own)))
        return Ref(urn, attribute) if attribute else unknown

    def _call(self, name: str, argument: Value, span: Span | None, depth: int) -> Value:
        """A function of the language."""
        if name == "secret":
            return Hidden("a secret of the program")
        if name in ("filearchive", "fileasset", "stringasset", "remoteasset", "remotearchive", "assetarchive"):
            return self._asset(name, argument, span, depth)
        if name == "invoke":
            return self._invoke(argument, span, depth)
        value = self._value(argument, depth + 1)
        try:
            if name == "tojson":
                return json_dumps(value, span)
            if name == "join" and isinstance(value, List) and len(value) == 2 and isinstance(value[1], List):
                parts = [part for one in value[1] for part in (value[0], one)][1:]
                return text(parts, span)
            if name == "select" and isinstance(value, List) and len(value) == 2:
                return value[1][int(value[0])]
            if name == "split" and isinstance(value, List) and len(value) == 2:
                return List([Str(one, span) for one in str(value[1]).split(str(value[0]))], span)
            if name == "readfile" and isinstance(value, str):
                return self._file(str(value), span)
        except (Invalid, ValueError, TypeError, IndexError, KeyError) as error:
            return Unknown(f"fn::{name}: {clean(str(error))[:200]}")
        return Unknown(f"fn::{clean(name)[:60]} is not read")

    def _file(self, name: str, span: Span | None) -> Value:
        path = self._files.locate(name)
        if path is None or not path.is_file() or path.stat().st_size > _MAX_TEXT:
            return Unknown(f"{clean(name)[:200]} is not here")
        return Str(read_file(path, self._stack.label), span)

    def _asset(self, name: str, argument: Value, span: Span | None, depth: int) -> Value:
        value = self._value(argument, depth + 1)
        if name == "assetarchive" and isinstance(value, Map):
            return Asset(members={key: one for key, one in value.items() if isinstance(one, Asset)}, span=span)
        if not isinstance(value, str):
            return Unknown(f"what fn::{name} names is not known")
        if name == "stringasset":
            return Asset(text=str(value), span=span)
        return Asset(uri=str(value), span=span) if name.startswith("remote") else Asset(path=str(value), span=span)

    def _invoke(self, argument: Value, span: Span | None, depth: int) -> Value:
        """A look-up: policy documents, account, region and partition are answered, the rest is not known."""
        call = {key.lower(): value for key, value in argument.items()} if isinstance(argument, Map) else {}
        function = re.sub(r"/\w+:", ":", str(call.get("function", "")))
        arguments = self._value(call.get("arguments") or Map(), depth + 1)
        answers: Mapping[str, Callable[[], Value]] = {
            "aws:iam:getPolicyDocument": lambda: Map({"json": _policy(arguments, span)}, span),
            "aws:index:getCallerIdentity": lambda: Map({"accountId": self._options.account or PLACEHOLDER_ACCOUNT}),
            "aws:index:getRegion": lambda: Map(dict.fromkeys(("name", "id", "region"), self._region())),
            "aws:index:getPartition": lambda: Map({"partition": self._options.partition, "dnsSuffix": "amazonaws.com"}),
        }
        answer = answers.get(function) or answers.get(function.replace("aws:", "aws:index:", 1))
        if answer is None:
            return Unknown(f"what {clean(function)[:100]} finds is known when the program runs")
        found = answer()
        wanted = call.get("return")
        return found.get(str(wanted), Unknown("an answer that is not known")) if isinstance(wanted, str) else found

    def _region(self) -> str:
        return self._options.region or self._stack.region or PLACEHOLDER_REGION


def _section(program: Map, name: str) -> Map:
    found = program.get(name)
    return found if isinstance(found, Map) else Map()


def _why(value: Value) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown("the properties are no object")


def _member(value: Value, steps: list[str | int], written: str) -> Value:
    """A part of a value."""
    for step in steps:
        if isinstance(value, Unknown):
            return value
        fits = (
            isinstance(value, list) and step < len(value) if isinstance(step, int) else isinstance(value, dict) and step in value
        )
        if not fits:
            return Unknown(f"${{{clean(written)[:100]}}} is not known")
        value = value[step]
    return value


class _Policy:
    """The arguments of a policy document, as Terraform's data source has them."""

    def __init__(self, settings: Map, at: Span) -> None:
        self._settings = settings
        self.at = at

    def settings(self) -> Map:
        """The arguments."""
        return self._settings


def _policy(arguments: Value, span: Span | None) -> Value:
    if not isinstance(arguments, Map):
        return Unknown("a policy document whose arguments are not known")
    return document(cast(Any, _Policy(_blocks(arguments), span or arguments.span or Span("", 0))))


def _blocks(value: Value) -> Any:
    """Arguments by Terraform's names."""
    if isinstance(value, Map):
        made = Map((), value.span)
        for key, inner in value.items():
            name = _POLICY.get(key) or snake(key)
            made[name] = _blocks(inner)
            if place := value.keys_at.get(key):
                made.keys_at[name] = place
        return made
    return List([_blocks(one) for one in value], value.span) if isinstance(value, List) else value
