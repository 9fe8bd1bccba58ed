"""Classes and calls of JavaScript: decorators, instances, ``super``, functions called with ``new``, tagged templates."""

from typing import Any

from .. import ir
from ..flow.definitions import ClassScope
from ..flow.invoke import Arguments
from ..flow.state import Object, Scope
from ..flow.values import UNKNOWN, ClassRef, External, FunctionRef, Partial, Value, constant, external
from .objects import Objects


class Classes(Objects):
    """Classes and calls."""

    # ---- decorators

    def decorated(self, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value:
        """As for any language; own decorators of methods are called with the class, once that is made."""
        if function is not None and isinstance(self.scope, ClassScope):
            made = self.value(decorator)
            if any(isinstance(ref, FunctionRef | Partial) for ref in made.refs):
                self.decorators.setdefault(self.scope.number, []).append((made, function.name, decorator))
                return value
        return super().decorated(decorator, value, function)

    def class_made(self, made: ClassRef, number: int) -> None:
        """A class is there: the own decorators of its methods run, innermost first."""
        for decorator, name, node in self.decorators.pop(number, ()):
            member = made.members.get(name)
            if self.state is None or member is None:
                return
            modern = any(_is_modern(ref.function) for ref in decorator.refs if isinstance(ref, FunctionRef))
            if modern:
                about = self.new_object(Object("dict", {"kind": constant("method"), "name": constant(name)}))
                result = self.call(decorator, Arguments([member, about], {}, node), node)
            else:
                how = self.new_object(Object("dict", {"value": member}))
                target = Value(refs=(made,))
                given = self.call(decorator, Arguments([target, constant(name), how], {}, node), node)
                result = self.field(given if given.objects() else how, "value", node)
            functions = tuple(ref for ref in result.refs if isinstance(ref, FunctionRef))
            if functions:
                made.members[name] = Value(refs=functions)

    # ---- static members

    def bound_to_class(self, member: Value, owner: ClassRef, node: ir.Node) -> Value:
        """A static member: its functions see the class that it is read through as ``this``, accessors are run."""
        return self._with_this(member, Value(refs=(owner,)), node)

    # ---- calls

    def call_ref(self, ref: Any, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls one thing; ``new`` makes an instance of a plain function, too."""
        if isinstance(ref, FunctionRef) and isinstance(node, ir.Call) and node.new and ref.function.kind == "function":
            return self._constructed(ref, arguments, node)
        if isinstance(ref, Partial):
            return self.call(ref.function, Arguments([*ref.arguments, *arguments.positional], {}, node, arguments.rest), node)
        return super().call_ref(ref, arguments, node, target)

    def _constructed(self, ref: FunctionRef, arguments: Arguments, node: ir.Node) -> Value:
        fields: dict[Any, Value] = {}
        prototype = self.here.cells.get(("function", id(ref.function), "prototype"))
        for found in self.objects(prototype) if isinstance(prototype, Value) else []:
            fields.update(found.fields)
        made = self.new_object(Object("dict", fields))
        bound = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, made)
        result = self.invoke(bound, arguments, node)
        return result if result.objects() else made

    def instantiate(self, owner: ClassRef, arguments: Arguments, node: ir.Node) -> Value:
        """Makes an instance: fields of all bases, then the nearest constructor."""
        command = self.inlined_command(owner, arguments)
        if command is not None:
            return command
        base = self.external_base(owner)
        value = self.new_object(Object("instance", {}, None, owner, f"{base}()" if base else ""))
        self._fields(owner, value, node)
        constructor = self.member(owner, "constructor")
        if constructor is not None:
            self.call(self.bound_to_instance(constructor, value, node), arguments, node)
        elif base:
            self.call(external(base), arguments, node)
        for made in self.objects(value):
            inner = made.fields.get("clientCommand")
            if inner is not None and any(ref.receiver is not None for ref in inner.externals()):
                return inner
        return value

    def inlined_command(self, owner: ClassRef, arguments: Arguments) -> Value | None:
        """The command of an SDK that a class of a bundle is (in the walk over handlers)."""
        return None

    def _fields(self, owner: ClassRef, value: Value, node: ir.Node, depth: int = 0) -> None:
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    self._fields(ref, value, node, depth + 1)
        if not owner.definition.fields:
            return
        outer, outer_module = self.scope, self.module
        self.scope = Scope(self.fresh(), frozenset({"this"}), owner.scope, owner.module)
        self.module = owner.module
        self.here.cells[(self.scope.number, "this")] = value
        try:
            for field in owner.definition.fields:
                for target in field.targets:
                    if isinstance(target, ir.Name) and self.state is not None:
                        self.store_field(value, target.id, self.value(field.value), field)
        finally:
            self.scope, self.module = outer, outer_module

    def call_node(self, node: ir.Call) -> Value:
        """A call in the source; ``super(…)`` and ``super.name(…)`` go to the base class."""
        function = node.function
        if isinstance(function, ir.Name) and function.id == "super":
            return self._super(None, node)
        if isinstance(function, ir.Attribute) and isinstance(function.value, ir.Name) and function.value.id == "super":
            return self._super(function.name, node)
        if len(node.arguments) == 1 and node.arguments[0].spread == "`":
            tagged = self._tagged(node)
            if tagged is not None:
                return tagged
        return super().call_node(node)

    def _tagged(self, node: ir.Call) -> Value | None:
        """A template with an own function before it: that gets the texts in a list, then the values; None for others."""
        template = node.arguments[0].value
        target = self.value(node.function)
        own = tuple(ref for ref in target.refs if isinstance(ref, FunctionRef))
        if not own or not isinstance(template, ir.Template) or self.state is None:
            return None
        texts = [constant(str(part.value)) for part in template.parts if isinstance(part, ir.Constant)]
        given = [self.value(part) for part in template.parts if not isinstance(part, ir.Constant)]
        strings = self.new_object(Object("list", dict(enumerate(texts))))
        return self.call(Value(refs=own), Arguments([strings, *given], {}, node), node)

    def _super(self, name: str | None, node: ir.Call) -> Value:
        arguments = self.arguments(node)
        frame = next((f for f in reversed(self.frames) if f.function is not None and f.function.owner is not None), None)
        this = self.lookup("this") or UNKNOWN
        if self.state is None or frame is None or frame.function is None or frame.function.owner is None:
            return UNKNOWN
        for base in frame.function.owner.bases:
            for ref in base.refs:
                if isinstance(ref, ClassRef):
                    member = self.member(ref, name or "constructor")
                    if member is not None:
                        return self.call(self.bound_to_instance(member, this, node), arguments, node)
                elif isinstance(ref, External) and name:
                    return self.call(external(f"{ref.name}().{name}"), arguments, node)
        return UNKNOWN


def _is_modern(function: ir.Function) -> bool:
    """Whether a decorator is one of the standard, which gets a function and a context, not one of older TypeScript."""
    second = function.parameters[1] if len(function.parameters) == 2 else None
    if second is None:
        return False
    name = second.target.id if isinstance(second.target, ir.Name) else ""
    kind = second.annotation.id if isinstance(second.annotation, ir.Name) else ""
    return kind.endswith("DecoratorContext") or name.partition("%")[0] in ("context", "ctx")
