"""Instances of modules and resources: what `var`, `local`, `data`, `module` and resources mean, computed when it is asked for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lambdaudit.model.arn import account_of
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.lift.estate import Settings
from lambdaudit.sources.iac.values import Map, Span, Str, Value, moved, span_of

from . import functions
from .blocks import blocks_of, body_values, collected, provider_name, repetition
from .config import Config, Files
from .evaluate import Scope, Work, attempt, evaluate
from .hcl import parse_template
from .partial import Invalid, Lazy
from .syntax import Block, Literal
from .types import convert

MAX_ALL = 20_000
"""Resources of one reading."""
MAX_MODULE_DEPTH = 16


@dataclass(slots=True)
class Provider:
    """A configuration of the AWS provider, as far as it matters for resources."""

    region: str = ""
    account: str = ""
    tags: Map | None = None


@dataclass(slots=True)
class Run:
    """What all modules of one root share."""

    files: Files
    settings: Settings
    root: Path
    workspace: str = "default"
    work: Work = field(default_factory=Work)
    count: int = 0
    manifest: dict[str, Path] = field(default_factory=dict)
    missing: dict[str, Span] = field(default_factory=dict)
    summarised: dict[str, Span] = field(default_factory=dict)


class Instance(Lazy):
    """One instance of a resource or data source. `undecided` says why it may not exist."""

    def __init__(self, module: "Module", block: Block, data: bool, suffix: str, scope: Scope, undecided: Unknown | None) -> None:
        self.module: Module = module
        self.block: Block = block
        self.data = data
        self.type, self.name = block.labels
        self.address: str = f"{module.prefix}{'data.' if data else ''}{self.type}.{self.name}{suffix}"
        self.scope = scope
        self.undecided = undecided
        self._values: dict[str, Value] = {}
        self._busy: set[str] = set()

    def __str__(self) -> str:
        return self.address

    def attribute(self, name: str) -> Value:
        """The value of an attribute: a reference, what the configuration says, or Unknown."""
        if name not in self._values:
            if name in self._busy:
                return Unknown(f"{self.address}.{name} depends on itself")
            self._busy.add(name)
            try:
                self._values[name] = self._compute(name)
            finally:
                self._busy.discard(name)
        return self._values[name]

    def _compute(self, name: str) -> Value:
        if self.data:
            from .data import data_attribute

            return data_attribute(self, name)
        from .references import reference

        return reference(self, name)

    def written(self, name: str) -> Value:
        """What the configuration says of an argument or nested block; None when it says nothing."""
        body = self.block.body
        if attribute := body.attributes.get(name):
            return moved(attempt(attribute.value, self.scope), attribute.value.at)
        return blocks_of(body, name, self.scope)

    def settings(self) -> Map:
        """Everything that the configuration says, without what is null."""
        return body_values(self.block.body, self.scope)

    def provider(self) -> Provider:
        """The provider's configuration that it uses."""
        attribute = self.block.body.attributes.get("provider")
        name = provider_name(attribute.value) if attribute else "aws"
        return self.module.provider(name or "aws")

    @property
    def at(self) -> Span:
        """Where its block begins."""
        return self.block.at


class _Names(Lazy):
    """``var``, ``local``, ``data``, ``module`` and resource types: things with names that are looked up one by one."""

    def __init__(self, label: str, look_up: Callable[[str], Value]) -> None:
        self.label = label
        self.look_up = look_up

    def __str__(self) -> str:
        return self.label

    def attribute(self, name: str) -> Value:
        """The thing of that name."""
        return self.look_up(name)


class Module:
    """One instance of a module. `given` are the values of its variables, computed when they are asked for."""

    def __init__(
        self,
        run: Run,
        config: Config,
        prefix: str = "",
        given: dict[str, Callable[[], Value]] | None = None,
        parent: "Module | None" = None,
        call: Block | None = None,
        providers: dict[str, str] | None = None,
        undecided: Unknown | None = None,
    ) -> None:
        self.run = run
        self.work = run.work
        self.config = config
        self.prefix = prefix
        self.given = given or {}
        self.parent = parent
        self.call_block = call
        self.passed = providers or {}
        self.undecided = undecided
        self.depth: int = parent.depth + 1 if parent else 0
        self.scope = Scope(self)
        self.summary = False
        self._memo: dict[tuple[str, str], Any] = {}
        self._busy: set[tuple[str, str]] = set()

    def _once(self, kind: str, name: str, compute: Callable[[], Value]) -> Value:
        key = (kind, name)
        if key not in self._memo:
            if key in self._busy:
                return Unknown(f"{kind}.{name} depends on itself")
            self._busy.add(key)
            try:
                self._memo[key] = compute()
            except Invalid as error:
                self._memo[key] = Unknown(f"{self.prefix}{kind}.{name}: {error}")
            finally:
                self._busy.discard(key)
        return self._memo[key]

    def root(self, name: str) -> Value:
        """The value of the first word of a traversal."""
        if name == "var":
            return _Names("var", self.variable)
        if name == "local":
            return _Names("local", self.local)
        if name == "data":
            return _Names("data", lambda kind: _Names(f"data.{kind}", lambda which: self.resource(kind, which, data=True)))
        if name == "module":
            return _Names("module", self.module)
        if name == "path":
            return Map({"module": self.path, "root": ".", "cwd": "."})
        if name == "terraform":
            return Map({"workspace": self.run.workspace, "env": self.run.workspace})
        if name in ("each", "count", "self"):
            raise Invalid(f"there is no {name} here")
        return _Names(name, lambda which: self.resource(name, which, data=False))

    @property
    def path(self) -> str:
        """``path.module``: relative to the root module."""
        import os

        path = Path(os.path.relpath(self.config.directory, self.run.root)).as_posix()
        return path or "."

    def variable(self, name: str) -> Value:
        """The value of an input variable."""
        block = self.config.variables.get(name)
        if block is None:
            raise Invalid(f"there is no variable {name!r}")
        return self._once("var", name, lambda: self._variable(name, block))

    def _variable(self, name: str, block: Block) -> Value:
        attributes = block.body.attributes
        value: Value = None
        supplied = name in self.given
        if supplied:
            value = self.given[name]()
        nullable = attributes.get("nullable")
        if not supplied or (value is None and nullable is not None and attempt(nullable.value, self.scope) is False):
            default = attributes.get("default")
            if default is None:
                if self._sensitive(block):
                    return Hidden(f"the variable {name} is sensitive and has no value here")
                if self.parent is None:
                    return Unknown(f"the variable {name} has no value: give it with --param {name}=… or in a variables file")
                return Unknown(f"the variable {name} of {self.prefix.rstrip('.')} has no value")
            value = moved(evaluate(default.value, self.scope), default.value.at)
        kind = attributes.get("type")
        return convert(value, kind.value if kind else None, lambda node: evaluate(node, self.scope))

    def _sensitive(self, block: Block) -> bool:
        marked = block.body.attributes.get("sensitive")
        return marked is not None and attempt(marked.value, self.scope) is True

    def local(self, name: str) -> Value:
        """The value of a local."""
        attribute = self.config.locals.get(name)
        if attribute is None:
            raise Invalid(f"there is no local {name!r}")
        return self._once("local", name, lambda: moved(evaluate(attribute.value, self.scope), attribute.value.at))

    def instances(self, kind: str, name: str, *, data: bool) -> tuple[str, list[tuple[str, Instance]], Unknown | None] | None:
        """The instances of a resource: shape, (suffix, instance) pairs, what else there may be; None when nobody declares it."""
        key = f"{kind}.{name}"
        block = (self.config.data if data else self.config.resources).get(key)
        if block is None:
            return None
        memo = ("data instances" if data else "instances", key)
        if memo not in self._memo:
            if memo in self._busy:
                return None
            self._busy.add(memo)
            try:
                rows = repetition(block.body, self.scope)
                made = []
                for suffix, names, undecided in rows.instances:
                    inner = Scope(self, names)
                    made.append((suffix, Instance(self, block, data, suffix, inner, undecided or self.undecided)))
                self._memo[memo] = (rows.shape, made, rows.rest)
            finally:
                self._busy.discard(memo)
        found: tuple[str, list[tuple[str, Instance]], Unknown | None] = self._memo[memo]
        return found

    def resource(self, kind: str, name: str, *, data: bool) -> Value:
        """The value of a reference to a resource or data source."""
        found = self.instances(kind, name, data=data)
        if found is None:
            declared = f"{kind}.{name}" in (self.config.data if data else self.config.resources)
            if declared:
                return Unknown(f"{kind}.{name} depends on itself")
            raise Invalid(f"there is no resource {kind}.{name}")
        shape, rows, rest = found
        if not rows and shape == "one":
            raise Invalid(f"there is no resource {kind}.{name}")
        block = (self.config.data if data else self.config.resources)[f"{kind}.{name}"]
        return collected(shape, list(rows), rest, block.at)

    def children(self, name: str) -> tuple[str, list[tuple[str, Any]], Unknown | None] | None:
        """The instances of a module call: shape, (suffix, module) pairs, what else there may be."""
        block = self.config.modules.get(name)
        if block is None:
            return None
        memo = ("modules", name)
        if memo not in self._memo:
            if memo in self._busy:
                return None
            self._busy.add(memo)
            try:
                from .calls import make_child

                rows = repetition(block.body, self.scope)
                made = [(s, make_child(self, name, block, s, Scope(self, n), u or self.undecided)) for s, n, u in rows.instances]
                self._memo[memo] = (rows.shape, made, rows.rest)
            finally:
                self._busy.discard(memo)
        found: tuple[str, list[tuple[str, Any]], Unknown | None] = self._memo[memo]
        return found

    def module(self, name: str) -> Value:
        """The value of a reference to a module call: its outputs."""
        found = self.children(name)
        if found is None:
            if name in self.config.modules:
                return Unknown(f"module.{name} depends on itself")
            raise Invalid(f"there is no module {name!r}")
        shape, rows, rest = found
        return collected(shape, [(suffix, child.outputs()) for suffix, child in rows], rest, self.config.modules[name].at)

    def outputs(self) -> Value:
        """The outputs, computed one by one."""
        return _Names(self.prefix.rstrip("."), self.output)

    def output(self, name: str) -> Value:
        """The value of an output."""
        block = self.config.outputs.get(name)
        if block is None:
            raise Invalid(f"{self.prefix.rstrip('.')} has no output {name!r}")
        value = block.body.attributes.get("value")
        return self._once("output", name, lambda: evaluate(value.value, self.scope) if value else None)

    def call(self, name: str, arguments: list[Value], at: Span) -> Value:
        """The result of a function."""
        return functions.call(name, arguments, at, self)

    def locate(self, path: str) -> Path | None:
        """The file of a path: relative to the root module, where Terraform runs."""
        if len(path) > 4096 or "\0" in path:
            return None
        return self.run.files.inside(self.run.root / path)

    def label(self, path: Path) -> str:
        """The name of a file in messages."""
        return self.run.files.label(path)

    def render(self, template: str, names: Map, at: Span) -> Value:
        """The value of a template with these names."""
        value = evaluate(parse_template(template, at), Scope(_Template(self), dict(names)))
        return Str(value, at) if isinstance(value, str) and span_of(value) is None else value

    def provider(self, name: str) -> Provider:
        """A configuration of the AWS provider by its name in this module."""
        key = ("provider", name)
        if key not in self._memo:
            if key in self._busy:
                return Provider()
            self._busy.add(key)
            try:
                self._memo[key] = self._provider(name)
            finally:
                self._busy.discard(key)
        found: Provider = self._memo[key]
        return found

    def _provider(self, name: str) -> Provider:
        kind, _, alias = name.partition(".")
        for block in self.config.providers:
            written = block.body.attributes.get("alias")
            own = written.value.value if written and isinstance(written.value, Literal) else ""
            if block.labels[0] == kind and (own or "") == alias:
                return self._configured(block)
        if self.parent is None:
            return Provider()
        if name in self.passed:
            return self.parent.provider(self.passed[name])
        return Provider() if alias else self.parent.provider(name)

    def _configured(self, block: Block) -> Provider:
        values = body_values(block.body, self.scope)
        region = values.get("region")
        made = Provider(str(region) if isinstance(region, str) else "")
        for role in _objects(values.get("assume_role")):
            arn = role.get("role_arn")
            made.account = account_of(arn) if isinstance(arn, str) else ""
        accounts = values.get("allowed_account_ids")
        if not made.account and isinstance(accounts, list) and len(accounts) == 1 and isinstance(accounts[0], str):
            made.account = account_of(accounts[0])
        for tags in _objects(values.get("default_tags")):
            inner = tags.get("tags")
            made.tags = inner if isinstance(inner, Map) else None
        return made

    def walk(self) -> Iterator["Module | Any"]:
        """This module and every one below it."""
        yield self
        for name in self.config.modules:
            found = self.children(name)
            for _, child in found[1] if found else ():
                yield from child.walk()


def _objects(value: Value) -> list[Map]:
    if isinstance(value, Map):
        return [value]
    return [v for v in value if isinstance(v, Map)] if isinstance(value, list) else []


class _Template:
    """What a template file can refer to: its names and functions, nothing of the module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.work = module.work

    def root(self, name: str) -> Value:
        raise Invalid(f"the template has no name {name!r}")

    def call(self, name: str, arguments: list[Value], at: Span) -> Value:
        if name in ("templatefile", "templatestring"):
            raise Invalid("a template cannot read templates")
        return self.module.call(name, arguments, at)
