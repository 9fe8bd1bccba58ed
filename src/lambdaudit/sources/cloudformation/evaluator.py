"""One template evaluated as far as it can be before a deployment: values keep what is open in them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.conditions import Conditions, Placeholder
from lambdaudit.sources.cloudformation.functions import TABLE
from lambdaudit.sources.cloudformation.parameters import values_of
from lambdaudit.sources.iac.choices import Decided
from lambdaudit.sources.iac.values import NO_VALUE, List, Map, Ref, Span, Str, Value, moved, span_of

MAX_STEPS: Final = 2_000_000
"""Values that are evaluated in one template; expressions that multiply each other end there."""
MAX_DEPTH: Final = 120
Outputs = Callable[[str, str], Value]
"""The value of an output of a nested stack, by the stack's logical id and the output's name."""


def pseudo_parameters(*, account: str, region: str, partition: str, stack: str, given: tuple[bool, bool]) -> dict[str, Any]:
    """The pseudo parameters; `given` says whether account and region are the real ones or placeholders."""
    place: tuple[type[Str], ...] = tuple(Str if known else Placeholder for known in given)
    suffix = "amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com"
    stack_id = f"arn:{partition}:cloudformation:{region}:{account}:stack/{stack}/00000000-0000-0000-0000-000000000000"
    return {
        "AWS::AccountId": place[0](account),
        "AWS::Region": place[1](region),
        "AWS::Partition": Str(partition),
        "AWS::StackName": Str(stack),
        "AWS::StackId": Str(stack_id),
        "AWS::URLSuffix": Str(suffix),
        "AWS::NotificationARNs": Unknown("AWS::NotificationARNs"),
        "AWS::NoValue": NO_VALUE,
    }


class Evaluator:
    """Values of one template. `prefix` stands before logical ids to make the addresses of resources.

    `given` are the parameters' values, `imports` the exports of other stacks, `outputs` asks nested stacks. `include` gives
    the content of a local file that ``AWS::Include`` names. `decided` are choices that are taken as made: the
    texts among them are values of parameters, too.
    """

    def __init__(
        self,
        template: Mapping[str, Any],
        *,
        pseudo: Mapping[str, Any],
        prefix: str,
        given: Mapping[str, Value] | None = None,
        imports: Mapping[str, Value] | None = None,
        outputs: Outputs | None = None,
        include: Callable[[str], Any] | None = None,
        nested: bool = False,
        file: Path | None = None,
        decided: Mapping[str, Decided] | None = None,
    ) -> None:
        self.pseudo = pseudo
        self.prefix = prefix
        self.file = file
        self.imports = imports or {}
        chosen = {name: value for name, value in (decided or {}).items() if isinstance(value, str)}
        self.parameters = values_of(template, {**chosen, **(given or {})}, nested=nested)
        mappings = template.get("Mappings")
        self.mappings: Mapping[str, Any] = mappings if isinstance(mappings, dict) else {}
        resources = template.get("Resources")
        self.resources: Mapping[str, Any] = resources if isinstance(resources, dict) else {}
        self.conditions = Conditions(template.get("Conditions"), self.value, decided)
        self._outputs = outputs
        self._include = include
        self._steps = 0
        self._depth = 0

    @property
    def steps(self) -> int:
        """How many values were evaluated."""
        return self._steps

    def value(self, node: Any) -> Value:
        """What an expression or a tree of them gives. Never raises; what is too large or deep is Unknown."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            return Unknown("the template's expressions are too large to be evaluated")
        if not isinstance(node, list | dict):
            return node
        if self._depth >= MAX_DEPTH:
            return Unknown(f"expressions nest deeper than {MAX_DEPTH} levels")
        self._depth += 1
        try:
            return self._list(node) if isinstance(node, list) else self._map(node)
        finally:
            self._depth -= 1

    def _list(self, node: list[Any]) -> Value:
        members = [value for one in node if (value := self.value(one)) is not NO_VALUE]
        return List(members, span_of(node), getattr(node, "rest", None))

    def _map(self, node: dict[str, Any]) -> Value:
        if len(node) == 1:
            (name,) = node
            function = TABLE.get(name)
            if function is not None:
                span = span_of(node) or (node.at(name) if isinstance(node, Map) else None)
                return moved(function(self, node[name], span), span)
            if isinstance(name, str) and name.startswith("Fn::"):
                return Unknown(f"the function {name[:80]} is not known")
        made = Map((), span_of(node), getattr(node, "keys_at", None), getattr(node, "rest", None))
        if "Fn::Transform" in node:
            node = self._with_transform(node, made)
        for key, inner in node.items():
            value = self.value(inner)
            if value is not NO_VALUE:
                made[key] = value
        return made

    def _with_transform(self, node: dict[str, Any], made: Map) -> dict[str, Any]:
        """An object with the content of the snippet that it includes; open when a macro may add anything."""
        rest = {key: inner for key, inner in node.items() if key != "Fn::Transform"}
        found = self.transformed(node["Fn::Transform"])
        if isinstance(found, dict):
            made.keys_at.update(getattr(found, "keys_at", {}))
            return {**found, **rest}
        made.rest = found if isinstance(found, Unknown) else Unknown("a transform gives no object")
        return rest

    def transformed(self, arguments: Any) -> Any:
        """The content that a transform gives: of a local file for ``AWS::Include``, else Unknown."""
        if not isinstance(arguments, dict):
            return Unknown("a transform that cannot be read")
        name = arguments.get("Name")
        if name != "AWS::Include":
            return Unknown(f"the macro {str(name)[:80]} decides")
        parameters = arguments.get("Parameters")
        location = self.value(parameters.get("Location")) if isinstance(parameters, dict) else None
        if not isinstance(location, str) or self._include is None:
            return Unknown("AWS::Include of a place that is not known")
        return self._include(location)

    def reference(self, name: str, span: Span | None) -> Value:
        """What Ref gives: a pseudo parameter, a parameter, or a resource's identity."""
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            value = self.parameters[name]
            # What a reader wants to see is where the value is used; the parameter is named there.
            return Str(value, span) if span is not None and type(value) is Str else value
        if name in self.resources:
            return self._of_resource(name, "Ref", span)
        return Unknown(f"Ref {name[:80]}: no parameter or resource is called so")

    def attribute(self, name: str, attribute: str, span: Span | None) -> Value:
        """What GetAtt gives."""
        if name not in self.resources:
            return Unknown(f"GetAtt {name[:80]}.{attribute[:80]}: no resource is called so")
        return self._of_resource(name, attribute, span)

    def _of_resource(self, name: str, attribute: str, span: Span | None) -> Value:
        if attribute.startswith("Outputs.") and self._outputs is not None:
            return self._outputs(name, attribute.removeprefix("Outputs."))
        if self.exists(name) is False:
            return Unknown(f"{name} is not created, its condition is false")
        return Ref(f"{self.prefix}{name}", attribute, span)

    def exists(self, name: str) -> bool | Unknown:
        """Whether a resource is created, by its condition."""
        resource = self.resources.get(name)
        condition = resource.get("Condition") if isinstance(resource, dict) else None
        return self.conditions.of(condition) if isinstance(condition, str) else True
