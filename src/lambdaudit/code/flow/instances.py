"""Instances of own classes and what decorators make."""

from .. import ir
from .access import CONTAINERS
from .arguments import Arguments
from .loading import Loading
from .state import Object
from .values import (
    ALL,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    FunctionRef,
    ObjectRef,
    Partial,
    Value,
    clean,
)


def _decorator(node: ir.Expr) -> str:
    function = node.function if isinstance(node, ir.Call) else node
    return function.name if isinstance(function, ir.Attribute) else function.id if isinstance(function, ir.Name) else ""


def _called_with(member: FunctionRef) -> list[ir.Argument]:
    return [argument for d in member.function.decorators if isinstance(d, ir.Call) for argument in d.arguments]


def _texts_in(arguments: list[ir.Argument]) -> set[str]:
    values = [argument.value.value for argument in arguments if isinstance(argument.value, ir.Constant)]
    return {value for value in values if isinstance(value, str)}


class Instances(Loading):
    """Classes and decorators."""

    def instantiate(self, owner: ClassRef, arguments: Arguments, node: ir.Node) -> Value:
        """Makes an instance of an own class."""
        base = self.external_base(owner)
        short = base.rsplit(".", 1)[-1]
        if "Enum" in short or short.endswith("Flag"):
            given = arguments.get(0)
            if given is not None and given.symbol:
                self.here.learn(((given.symbol, ALL),))
            return clean(given, ALL) if given is not None else UNKNOWN
        made = Object("instance", {}, None, owner, f"{base}()" if base else "")
        if short in ("BaseModel", "SQLModel", "BaseSettings"):
            return self.model_instance(owner, arguments, node)
        value = self.new_object(made)
        for field in owner.definition.fields:
            for target in field.targets:
                if isinstance(target, ir.Name):
                    self.store_field(value, target.id, self.value(field.value), node)
        if base in CONTAINERS:
            self._fill_container(value, arguments, node)
        init = self.member(owner, "__init__") or self.member(owner, "constructor")
        if init is not None:
            self.call(self.bound_to_instance(init, value, node), arguments, node)
        elif owner.fields:
            self._fill_fields(owner, value, arguments, node)
        elif base and base not in CONTAINERS:
            for index, part in enumerate(arguments.all()):
                self.store_field(value, f"args{index}", part, node)
        after = self.member(owner, "__post_init__")
        if after is not None and self.state is not None:
            self.call(self.bound_to_instance(after, value, node), self.no_arguments(node), node)
        return value

    def _fill_container(self, value: Value, arguments: Arguments, node: ir.Node) -> None:
        """An instance of a class that is a dictionary or list holds what it is made of."""
        for number in value.objects():
            made = self.object(number)
            if made is None:
                continue
            for given in arguments.positional:
                several = any(found.kind in ("list", "tuple") for found in self.objects(given))
                made = made.with_rest(self.element(given, node)) if several else self.absorbed(made, given, node)
            for name, part in arguments.keywords.items():
                made = made.with_field(name, part)
            self.here.cells[number] = made.with_rest(arguments.rest_keywords) if arguments.rest_keywords is not None else made

    def all_fields(self, owner: ClassRef, depth: int = 0) -> list[str]:
        """The annotated fields of a data class, those of its bases first."""
        found: list[str] = []
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    found += self.all_fields(ref, depth + 1)
        return found + [name for name in owner.fields if name not in found]

    def _fill_fields(self, owner: ClassRef, value: Value, arguments: Arguments, node: ir.Node) -> None:
        for index, name in enumerate(self.all_fields(owner)):
            given = arguments.get(index, name)
            if given is not None and given is arguments.rest_keywords and given.path:
                given = self.load_path(given.but(path=given.path.removesuffix(".*")), name, node)
            default = self.member(owner, name)
            self.store_field(
                value, name, self._converted(owner, name, given, node) if given is not None else default or UNKNOWN, node
            )
        self._validated(owner, value, node)

    def _validated(self, owner: ClassRef, value: Value, node: ir.Node) -> None:
        """Runs the methods that are validators of fields (attrs: ``@name.validator``), once all fields are there."""
        for member in self._decorated_members(owner, ("validator",)):
            for decorator in member.function.decorators:
                field = decorator.value.id if isinstance(decorator, ir.Attribute) and isinstance(decorator.value, ir.Name) else ""
                given = next((made.fields.get(field) for made in self.objects(value)), None)
                if given is not None and self.state is not None:
                    bound = FunctionRef(member.function, member.scope, member.module, member.owner, value)
                    self.invoke(bound, Arguments([UNKNOWN, given], {}, node), node)

    def _converted(self, owner: ClassRef, name: str, value: Value, node: ir.Node) -> Value:
        """A field after the ``converter`` and ``validator`` of its definition (attrs)."""
        for statement in owner.definition.body:
            call = statement.value if isinstance(statement, ir.Assign) else None
            if not isinstance(call, ir.Call) or not isinstance(statement, ir.Assign):
                continue
            if not any(isinstance(target, ir.Name) and target.id == name for target in statement.targets):
                continue
            for argument in call.arguments:
                if argument.name == "converter" and self.state is not None:
                    value = self.call(self.value(argument.value), Arguments([value], {}, node), node)
                elif argument.name == "validator":
                    value = clean(value, self.validated(argument.value))
        return value

    def validated(self, validator: ir.Expr) -> frozenset[str]:
        """What a value that a validator let through cannot do (library)."""
        return frozenset()

    def model_instance(self, owner: ClassRef, arguments: Arguments, node: ir.Node) -> Value:
        """An instance of a validating model: fields are checked by their annotations."""
        source = arguments.rest_keywords or arguments.get(0)
        made = Object("instance", {}, None, owner, "pydantic.BaseModel()")
        for name in self.all_fields(owner):
            part = arguments.keywords.get(name)
            if part is None and source is not None:
                whole = source.but(path=source.path.removesuffix(".*")) if source.path else source
                part = self.load_path(whole, name, node) if whole.path else self.field(whole, name, node)
            part = part if part is not None else UNKNOWN
            made = made.with_field(name, self._own_validators(owner, name, self.checked_by(owner, name, part, node), node))
        value = self.new_object(made)
        for member in self._decorated_members(owner, ("model_validator", "root_validator")):
            if self.state is not None and "after" in _texts_in(_called_with(member)):
                self.call(self.bound_to_instance(Value(refs=(member,)), value, node), self.no_arguments(node), node)
        return value

    def _own_validators(self, owner: ClassRef, name: str, value: Value, node: ir.Node) -> Value:
        """A field of a model after the validators that the class defines for it."""
        for member in self._decorated_members(owner, ("field_validator", "validator")):
            told = _texts_in([argument for argument in _called_with(member) if not argument.name])
            if self.state is None or not {name, "*"} & told:
                continue
            bound = FunctionRef(member.function, member.scope, member.module, member.owner, Value(refs=(owner,)))
            result = self.invoke(bound, Arguments([value], {}, node), node)
            value = result if self.state is not None else value
        return value

    def _decorated_members(self, owner: ClassRef, names: tuple[str, ...], depth: int = 0) -> list[FunctionRef]:
        found: list[FunctionRef] = []
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                found += self._decorated_members(ref, names, depth + 1) if isinstance(ref, ClassRef) else []
        for member in owner.members.values():
            for part in member.refs:
                if isinstance(part, FunctionRef) and any(_decorator(d) in names for d in part.function.decorators):
                    found.append(part)
        return found

    def checked_by(self, owner: ClassRef, name: str, value: Value, node: ir.Node) -> Value:
        """A field of a model after its annotation was enforced."""
        for statement in owner.definition.body:
            if isinstance(statement, ir.Assign) and statement.annotation is not None:
                for target in statement.targets:
                    if isinstance(target, ir.Name) and target.id == name:
                        return self.annotated(statement.annotation, statement.value, value, node)
        return value

    # ---- decorators

    def decorated(self, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value:
        """What a decorator makes of a function or class."""
        made = self.value(decorator)
        if self.state is None:
            return value
        arguments: tuple[Value, ...] = ()
        for ref in made.refs:
            if isinstance(ref, FunctionRef | ObjectRef | Partial):
                result = self.call(made, Arguments([value], {}, decorator), decorator)
                return result if any(not isinstance(r, External) for r in result.refs) else value
            if isinstance(ref, BoundExternal):
                self.call(made, Arguments([value], {}, decorator), decorator)
                return value
            if isinstance(ref, External):
                if isinstance(decorator, ir.Call):
                    arguments = tuple(
                        self.value(argument.value)
                        for argument in decorator.arguments[:2]
                        if not argument.name or argument.name == "rule"
                    )
                    self.registered.append((ref.name, arguments, value))
                else:
                    self.registered.append((f"{ref.name}()", arguments, value))
                wrapped = self.wrapped(ref, decorator, value, function)
                if wrapped is not None:
                    return wrapped
        return value
