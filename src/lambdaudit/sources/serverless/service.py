"""A service as its parts: the resolved configuration, and the template that its expansion fills."""

from collections.abc import Iterator, Mapping
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, Text, Value, span_of
from lambdaudit.sources.serverless import names
from lambdaudit.sources.serverless.variables import joined

FUNCTION_ACTION = "lambda:InvokeFunction"


def obj(span: Span | None, **members: Any) -> Map:
    """An object without the members that are None; each member stands where its value does, else at `span`."""
    return record(span, members)


def record(span: Span | None, members: Mapping[str, Any]) -> Map:
    """`obj` for names that are no identifiers."""
    kept = {name: value for name, value in members.items() if value is not None}
    at = {name: place for name, value in kept.items() if (place := span_of(value) or span)}
    return Map(kept, span, at)


def as_map(value: Any) -> Map:
    """The value when it is an object, else an empty one."""
    return value if isinstance(value, Map) else Map(value) if isinstance(value, dict) else Map()


def members(value: Any) -> list[Any]:
    """The members of a list; the value itself as the only one; nothing for None. Lists inside lists are flattened."""
    if value is None:
        return []
    if not isinstance(value, list):
        return [value]
    found: list[Any] = []
    for inner in value:
        found.extend(inner if isinstance(inner, list) else [inner])
    if rest := getattr(value, "rest", None):
        found.append(rest)
    return found


def word(value: Any) -> str:
    """The text of a text or number; an empty one for everything else."""
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def get(table: Any, *path: str) -> Any:
    """What stands at a path of keys, or None."""
    for key in path:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def sub(text: str) -> Map:
    """``Fn::Sub``."""
    return Map({"Fn::Sub": text})


def ref(name: str) -> Map:
    """``Ref``."""
    return Map({"Ref": name})


def attribute(name: str, attribute: str = "Arn") -> Map:
    """``Fn::GetAtt``."""
    return Map({"Fn::GetAtt": List([name, attribute])})


def join(delimiter: str, *parts: Any) -> Map:
    """``Fn::Join``; a part with ``${…}`` is a ``Fn::Sub`` of its own."""
    made = [sub(part) if isinstance(part, str) and "${" in part else part for part in parts]
    return Map({"Fn::Join": List([delimiter, List(made)])})


def is_function_call(value: Any) -> bool:
    """Whether a value is a function of CloudFormation."""
    return isinstance(value, dict) and len(value) == 1 and (next(iter(value)) == "Ref" or next(iter(value)).startswith("Fn::"))


def is_arn(value: Any) -> bool:
    """Whether a value is an ARN, or something of CloudFormation or with holes that may be one."""
    return (isinstance(value, str) and value.startswith("arn:")) or is_function_call(value) or isinstance(value, Text)


class Function:
    """A function of the service: its key, its settings and where they stand."""

    def __init__(self, key: str, settings: Map, span: Span | None) -> None:
        self.key = key
        self.settings = settings
        self.span = span
        self.id = names.function(key)

    @property
    def arn(self) -> Map:
        """The ARN of the function, of its alias when it has provisioned concurrency or snapshots."""
        return join(":", attribute(self.id), self.alias) if self.alias else attribute(self.id)

    @property
    def alias(self) -> str:
        """The alias that events go to."""
        concurrency = self.settings.get("provisionedConcurrency")
        if concurrency is not None and concurrency != 0:
            return "provisioned"
        return "snapstart" if self.settings.get("snapStart") is True else ""

    def events(self) -> Iterator[tuple[int, str, Any, Span | None]]:
        """Number from 1, kind, settings and place of every event; an Unknown has an empty kind."""
        for number, event in enumerate(members(self.settings.get("events")), 1):
            if isinstance(event, str):
                yield number, str(event), None, span_of(event) or self.span
            elif isinstance(event, dict) and event:
                kind = next(iter(event))
                place = event.at(kind) if isinstance(event, Map) else None
                yield number, str(kind), event[kind], place or span_of(event) or self.span
            else:
                yield number, "", event, span_of(event) or self.span


class Service:
    """One service and what is made of it. `resources` is the template's section, in the order in which it is filled."""

    def __init__(self, config: Map, *, name: Value, stage: str, region: str) -> None:
        self.config = config
        self.provider = as_map(config.get("provider"))
        self.name = name
        self.stage = stage
        self.region = region
        self.resources = Map()
        self.statements: list[Any] = []
        self.counts: dict[str, int] = {}
        self.trusted: list[str] = ["lambda.amazonaws.com"]
        self.notes: list[str] = []
        self.functions: dict[str, Function] = {}
        self.custom_statements: list[Any] = []

    @property
    def prefix(self) -> Any:
        """``service-stage``."""
        return joined([self.name, "-", self.stage], None)

    @property
    def stack(self) -> str:
        """The stack's name; what is not known of the service's name is left out."""
        own = self.provider.get("stackName")
        if isinstance(own, str) and own:
            return str(own)
        return str(self.prefix) if isinstance(self.prefix, str) else f"service-{self.stage}"

    def text(self, *parts: Any) -> Any:
        """A text of parts that may be open."""
        return joined(parts, None)

    def add(self, name: str, kind: str, properties: Map, span: Span | None = None, **more: Any) -> Map:
        """Add a resource, unless one of the name is there already. Returns its properties."""
        present = self.resources.get(name)
        if isinstance(present, Map):
            return as_map(present.get("Properties"))
        self.resources[name] = Map({"Type": kind, "Properties": properties, **more}, span)
        if span is not None:
            self.resources.keys_at[name] = span
            if properties.span is None:
                properties.span = span
        return properties

    def count(self, what: str) -> int:
        """How often this was asked, from 1: the number in logical ids that are counted."""
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what]

    def note(self, message: str, span: Span | None = None) -> None:
        """A line for the coverage."""
        place = f"{span.source}:{span.line}: " if span else ""
        self.notes.append(f"{place}{message}")

    def allow(self, actions: list[str], resources: Any, span: Span | None = None) -> None:
        """A statement of the role that functions share."""
        resources = resources if isinstance(resources, list) else List([resources])
        self.statements.append(statement(actions, resources, span))

    def permission(self, name: str, function: Any, principal: Any, span: Span | None, **more: Any) -> None:
        """Let a service call a function."""
        self.add(
            name,
            "AWS::Lambda::Permission",
            obj(span, FunctionName=function, Action=Str(FUNCTION_ACTION), Principal=principal, **more),
            span,
        )

    def function_of(self, value: Any) -> Any:
        """The ARN of the function that a key, ARN or expression means; Unknown for what is none of them."""
        if isinstance(value, str) and value in self.functions:
            return self.functions[value].arn
        if is_arn(value) or isinstance(value, Unknown):
            return value
        return Unknown(f"there is no function {word(value)[:80]}")


def statement(actions: list[str], resources: Any, span: Span | None = None, effect: str = "Allow") -> Map:
    """A policy statement."""
    return obj(span, Effect=Str(effect), Action=List([Str(action) for action in actions]), Resource=resources)


def copied(target: Map, source: Map, **names_: str) -> None:
    """Copy members under another name, with their places: ``copied(target, source, MemorySize="memorySize")``."""
    for name, key in names_.items():
        value = source.get(key)
        if value is not None:
            target[name] = value
            if place := source.keys_at.get(key) or span_of(value):
                target.keys_at[name] = place


def upper_keys(value: Any) -> Any:
    """An object with its keys in CloudFormation's case."""
    if isinstance(value, Map):
        keys = {names.upper_first(key): place for key, place in value.keys_at.items()}
        return Map({names.upper_first(key): inner for key, inner in value.items()}, value.span, keys, value.rest)
    return value
