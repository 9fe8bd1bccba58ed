"""Definitions of functions and classes: what their decorators, bases and metaclasses make of them."""

from .. import ir
from .arguments import Arguments
from .expressions import Expressions
from .state import Object, Scope
from .values import UNKNOWN, ClassRef, FunctionRef, Value, constant


class Definitions(Expressions):
    """Functions and classes."""

    def define_function(self, node: ir.FunctionDefinition) -> None:
        """``def``: the function, with what its decorators make of it, gets its name."""
        function = node.function
        value = self.closure(function)
        for decorator in reversed(function.decorators):
            value = self.decorated(decorator, value, function)
        self.assign_name(function.name, value)

    def closure(self, function: ir.Function) -> Value:
        """A function with the scope that it sees."""
        scope = self.scope
        while isinstance(scope, ClassScope) and scope.parent is not None:
            scope = scope.parent
        return Value(refs=(FunctionRef(function, scope, self.module),))

    def define_class(self, node: ir.ClassDefinition) -> None:
        """``class``: the class gets its name."""
        value = self.make_class(node.definition)
        self.assign_name(node.definition.name, value)

    def make_class(self, definition: ir.Class) -> Value:
        """Runs the body of a class and collects its members."""
        made = ClassRef(definition, self.module, self.scope)
        made.bases = [self.value(base) for base in definition.bases]
        keywords = {keyword.name: self.value(keyword.value) for keyword in definition.keywords}
        scope = ClassScope(self.fresh(), None, self.scope, self.module)
        outer, self.scope = self.scope, scope
        try:
            self.block(definition.body)
        finally:
            self.scope = outer
        cells = self.here.cells
        made.members = {key[1]: cells.pop(key) for key in list(cells) if isinstance(key, tuple) and key[0] == scope.number}
        made.fields = [
            target.id
            for statement in definition.body
            if isinstance(statement, ir.Assign) and (statement.annotation is not None or _is_field(statement.value))
            for target in statement.targets
            if isinstance(target, ir.Name)
        ]
        for member in made.members.values():
            for ref in member.refs:
                if isinstance(ref, FunctionRef) and ref.owner is None:
                    ref.owner = made
        value = Value(refs=(made,))
        self.class_made(made, scope.number)
        made.meta = keywords.pop("metaclass", UNKNOWN)
        self.note_subclass(made)
        self._subclassed(made, value, Arguments([], keywords, definition))
        self._by_metaclass(made, value, keywords)
        for decorator in reversed(definition.decorators):
            value = self.decorated(decorator, value, None)
        return value

    def class_made(self, made: ClassRef, number: int) -> None:
        """A class is there, the scope of whose body has this number."""

    def _subclassed(self, made: ClassRef, value: Value, arguments: Arguments) -> None:
        """``__init_subclass__`` of the bases runs for a new class, with the keywords of the class."""
        for base in made.bases:
            for ref in base.refs:
                hook = self.member(ref, "__init_subclass__") if isinstance(ref, ClassRef) else None
                self._run_hook(hook, value, arguments)

    def _by_metaclass(self, made: ClassRef, value: Value, keywords: dict[str, Value]) -> None:
        """``__new__`` and ``__init__`` of the metaclass run for a new class; for them, ``super()`` gives the class itself."""
        for ref in self.metaclass(made).refs:
            if not isinstance(ref, ClassRef):
                continue
            name, bases = constant(made.name), self.new_object(Object("tuple", dict(enumerate(made.bases))))
            given = [name, bases, self.new_object(Object("dict", dict(made.members)))]
            for hook, first in (("__new__", Value(refs=(ref,))), ("__init__", value)):
                outer, self.building = self.building, value
                try:
                    self._run_hook(self.member(ref, hook), first, Arguments(given, keywords, made.definition))
                finally:
                    self.building = outer

    def metaclass(self, owner: ClassRef, depth: int = 0) -> Value:
        """The metaclass of a class or of its bases."""
        if owner.meta.refs:
            return owner.meta
        for base in owner.bases if depth < 8 else ():
            for ref in base.refs:
                found = self.metaclass(ref, depth + 1) if isinstance(ref, ClassRef) else UNKNOWN
                if found.refs:
                    return found
        return UNKNOWN

    def _run_hook(self, hook: Value | None, first: Value, arguments: Arguments) -> None:
        for part in hook.refs if hook is not None else ():
            if isinstance(part, FunctionRef) and self.state is not None:
                bound = FunctionRef(part.function, part.scope, part.module, part.owner, first)
                self.invoke(bound, arguments, arguments.node)


def _is_field(node: ir.Expr | None) -> bool:
    """``attr.ib(…)``, ``attrs.field(…)``: a field without an annotation."""
    function = node.function if isinstance(node, ir.Call) else None
    name = function.name if isinstance(function, ir.Attribute) else function.id if isinstance(function, ir.Name) else ""
    return name in ("ib", "attrib", "field")


class ClassScope(Scope):
    """The scope of a class body, which its methods do not see."""

    __slots__ = ()
