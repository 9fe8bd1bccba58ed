"""The stages of a Dockerfile: which variables hold what, which stage builds on or copies from which, what is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .syntax import Instruction, Parsed
from .words import EMPTY, Value, expanded, pairs, split

_PLATFORM = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT", "OSVERSION")
)
"""Arguments that the builder sets by itself."""
_MOST_VARIABLES = 2000
BASE_OF_LAMBDA = re.compile(r"^public\.ecr\.aws/lambda/|^(?:docker\.io/)?amazon/aws-lambda-")
"""AWS's base images: they set the variables below, and work in /var/task."""
_OF_LAMBDA = {"LAMBDA_TASK_ROOT": Value("/var/task"), "LAMBDA_RUNTIME_DIR": Value("/var/runtime")}


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable or label that an instruction sets: `keyword` ARG, ENV or LABEL, `offset` its place in the instruction.

    `default`: the value of an ARG is the one that the file gives, and a build may give another.
    """

    keyword: str
    name: str
    value: Value
    instruction: Instruction
    offset: int
    default: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """An image that a stage begins with or takes files from. `value` is its reference, `how` ``FROM``, ``COPY`` or ``RUN``."""

    value: Value
    instruction: Instruction
    how: str


@dataclass(frozen=True, slots=True)
class Copied:
    """Files that come from the build context, or from an address: the sources, their patterns of exceptions, the target."""

    sources: tuple[Value, ...]
    target: Value
    instruction: Instruction


@dataclass(frozen=True, slots=True)
class Step:
    """What changes the files of an image or says how it starts: COPY, ADD, WORKDIR, ENTRYPOINT, CMD, in the file's order.

    `words` with variables replaced, sources before the target; `origin` the number of the stage that files are taken from, -1 for
    an image, None for the build context.
    """

    instruction: Instruction
    words: tuple[Value, ...]
    origin: int | None = None


@dataclass(slots=True)
class Stage:
    """One stage. `parent` is the stage that it begins with, `needs` all stages that it takes something from."""

    name: str
    line: int
    parent: int | None = None
    needs: set[int] = field(default_factory=set)
    settings: list[Setting] = field(default_factory=list)
    images: list[Taken] = field(default_factory=list)
    copies: list[Copied] = field(default_factory=list)
    others: list[Instruction] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    variables: dict[str, Value] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    """Variables that ENV set, here or in the parent: an ARG does not replace them."""


@dataclass(slots=True)
class Plan:
    """What a build does. `kept` are the numbers of the stages that the image consists of, `used` those that it takes files from.

    `globals` are the ARGs before the first FROM; `faults` one line each.
    """

    stages: list[Stage] = field(default_factory=list)
    globals: list[Setting] = field(default_factory=list)
    kept: frozenset[int] = frozenset()
    used: frozenset[int] = frozenset()
    faults: list[str] = field(default_factory=list)


def planned(parsed: Parsed, *, target: str = "", arguments: Mapping[str, str | None] | None = None) -> Plan:
    """The plan of a build of the stage `target`, or of the last one.

    `arguments` are the build arguments, None for one whose value is not known.
    """
    plan = _Planner(parsed, arguments or {}).plan
    if not plan.stages:
        plan.faults.append("it has no FROM")
        return plan
    last = _number(plan, target) if target else len(plan.stages) - 1
    if last is None:
        plan.faults.append(f"it has no stage {target[:80]}")
        last = len(plan.stages) - 1
    kept: set[int] = set()
    step: int | None = last
    while step is not None and step not in kept:
        kept.add(step)
        step = plan.stages[step].parent
    used, waiting = set(kept), list(kept)
    while waiting:
        stage = plan.stages[waiting.pop()]
        for other in {*stage.needs, *(() if stage.parent is None else (stage.parent,))} - used:
            used.add(other)
            waiting.append(other)
    plan.kept, plan.used = frozenset(kept), frozenset(used)
    return plan


def _number(plan: Plan, name: str, before: int | None = None) -> int | None:
    """The stage of a name or a number; the last one of that name before a stage."""
    stages = plan.stages[:before]
    for number in range(len(stages) - 1, -1, -1):
        if stages[number].name and stages[number].name == name.lower():
            return number
    return int(name) if name.isdecimal() and len(name) < 6 and int(name) < len(stages) else None


class _Planner:
    """Goes through the instructions once."""

    def __init__(self, parsed: Parsed, arguments: Mapping[str, str | None]) -> None:
        self.plan = Plan()
        self._arguments = arguments
        self._escape = parsed.escape
        self._outside: dict[str, Value] = {name: Value("", frozenset((name,)), frozenset((name,))) for name in _PLATFORM}
        for instruction in parsed.instructions:
            self._take(instruction)

    def _take(self, instruction: Instruction) -> None:
        keyword, stages = instruction.keyword, self.plan.stages
        if instruction.trigger:
            if stages:
                stages[-1].others.append(instruction)
        elif keyword == "FROM":
            self._from(instruction)
        elif not stages:
            if keyword == "ARG":
                self._global(instruction)
            else:
                self.plan.faults.append(f"line {instruction.line}: {keyword} before the first FROM")
        elif keyword == "ARG":
            self._argument(stages[-1], instruction)
        elif keyword in ("ENV", "LABEL"):
            self._set(stages[-1], instruction)
        elif keyword in ("COPY", "ADD"):
            self._copy(stages[-1], instruction)
        else:
            if keyword == "RUN":
                self._mounts(stages[-1], instruction)
            elif keyword in ("WORKDIR", "CMD", "ENTRYPOINT"):
                stages[-1].steps.append(Step(instruction, (expanded(instruction.text, stages[-1].variables.get, self._escape),)))
            stages[-1].others.append(instruction)

    def _from(self, instruction: Instruction) -> None:
        words = [word for word, _ in split(instruction.text, self._escape)]
        name = words[2].lower() if len(words) > 2 and words[1].upper() == "AS" else ""
        value = expanded(words[0], self._outside.get, self._escape) if words else EMPTY
        stage = Stage(name, instruction.line)
        if not value.open and (parent := _number_by_name(self.plan, value.text)) is not None:
            stage.parent = parent
            before = self.plan.stages[parent]
            stage.variables, stage.own = dict(before.variables), before.own
        elif value.text != "scratch" or value.open:
            stage.images.append(Taken(value, instruction, "FROM"))
            if BASE_OF_LAMBDA.search(value.text):
                stage.variables.update(_OF_LAMBDA)
        if not words or (not value.text and not value.open):
            self.plan.faults.append(f"line {instruction.line}: FROM names no image")
            stage.images.clear()
        self.plan.stages.append(stage)

    def _global(self, instruction: Instruction) -> None:
        for word, at in split(instruction.text, self._escape):
            name, equals, written = word.partition("=")
            value = self._given(name, expanded(written, self._outside.get, self._escape) if equals else None)
            self._outside[name] = value
            self.plan.globals.append(Setting("ARG", name, value, instruction, at, default=bool(equals)))

    def _given(self, name: str, default: Value | None) -> Value:
        """The value of an ARG: the build's, else its default; open when there is neither."""
        if name in self._arguments:
            text = self._arguments[name]
            return Value("", frozenset((name,)), frozenset((name,))) if text is None else Value(text, given=frozenset((name,)))
        if default is None:
            return Value("", frozenset((name,)), frozenset((name,)))
        return default._replace(given=default.given | {name})

    def _argument(self, stage: Stage, instruction: Instruction) -> None:
        for word, at in split(instruction.text, self._escape):
            name, equals, written = word.partition("=")
            default = expanded(written, stage.variables.get, self._escape) if equals else None
            if default is None and name in self._outside and any(one.name == name for one in self.plan.globals):
                default = self._outside[name]
            value = self._given(name, default)
            stage.settings.append(Setting("ARG", name, value, instruction, at, default=default is not None))
            if name not in stage.own and len(stage.variables) < _MOST_VARIABLES:
                stage.variables[name] = value

    def _set(self, stage: Stage, instruction: Instruction) -> None:
        before = dict(stage.variables) if instruction.keyword == "ENV" else stage.variables
        for name, written, at in pairs(instruction.text, self._escape):
            value = expanded(written, before.get, self._escape)
            plain = expanded(name, before.get, self._escape).text
            stage.settings.append(Setting(instruction.keyword, plain, value, instruction, at))
            if instruction.keyword == "ENV" and len(stage.variables) < _MOST_VARIABLES:
                stage.variables[plain] = value
                stage.own |= {plain}

    def _copy(self, stage: Stage, instruction: Instruction) -> None:
        origin = instruction.flag("from")
        words = instruction.words if instruction.words is not None else [w for w, _ in split(instruction.text, self._escape)]
        plain = [word for word in words if not word.lstrip("0123456789").startswith("<<")]
        values = [expanded(word, stage.variables.get, self._escape) for word in plain]
        number = _number(self.plan, origin[-1], len(self.plan.stages) - 1) if origin else None
        stage.steps.append(Step(instruction, tuple(values), -1 if origin and number is None else number))
        if origin:
            self._other(stage, instruction, origin[-1], instruction.keyword)
            return
        if values and (len(values) > 1 or instruction.heredocs):
            stage.copies.append(Copied(tuple(values[:-1]), values[-1], instruction))
        stage.others.append(instruction)

    def _mounts(self, stage: Stage, instruction: Instruction) -> None:
        for mount in instruction.flag("mount"):
            options = dict(part.partition("=")[::2] for part in mount.split(","))
            if origin := options.get("from"):
                self._other(stage, instruction, origin, "RUN")

    def _other(self, stage: Stage, instruction: Instruction, origin: str, how: str) -> None:
        """Another stage or an image that files are taken from. Build arguments are not replaced there."""
        number = _number(self.plan, origin, len(self.plan.stages) - 1)
        if number is not None:
            stage.needs.add(number)
        elif "$" in origin:
            stage.images.append(Taken(expanded(origin, self._outside.get, self._escape), instruction, how))
        else:
            stage.images.append(Taken(Value(origin), instruction, how))


def _number_by_name(plan: Plan, name: str) -> int | None:
    """The stage that FROM means: by name only."""
    stages = plan.stages
    return next((n for n in range(len(stages) - 1, -1, -1) if stages[n].name and stages[n].name == name.lower()), None)


__all__ = ["BASE_OF_LAMBDA", "Copied", "Plan", "Setting", "Stage", "Step", "Taken", "planned"]
