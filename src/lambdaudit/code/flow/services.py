"""What the lower parts of the walk ask of the upper ones."""

from typing import TYPE_CHECKING, Any, NoReturn

from .. import ir
from .core import Core

if TYPE_CHECKING:
    from collections.abc import Callable

    from .state import Object, Scope
    from .values import ClassRef, External, FunctionRef, ModuleRef, ObjectRef, Value


def _above() -> NoReturn:
    raise NotImplementedError("defined in a part of the walk that stands above")


class Services(Core):
    """Declarations; each is defined in the part of the walk that is named."""

    # expressions and conditions
    def value(self, node: ir.Expr) -> "Value":
        """The value of an expression."""
        _above()

    def text_of(self, parts: "list[Value]", node: ir.Node) -> "Value":
        """A text made of parts."""
        _above()

    def format_percent(self, left: "Value", right: "Value", node: ir.Node) -> "Value":
        """``left % right`` for texts (texts)."""
        _above()

    # access
    def lookup(self, name: str) -> "Value | None":
        """The variable of that name."""
        _above()

    def assign_name(self, name: str, value: "Value") -> None:
        """Sets a variable."""
        _above()

    def external_base(self, owner: "ClassRef") -> str:
        """The name of a library class that a class derives from."""
        _above()

    def member(self, owner: "ClassRef", name: Any, depth: int = 0) -> "Value | None":
        """A member of a class or of its bases."""
        _above()

    def bound_to_instance(self, member: "Value", instance: "Value", node: ir.Node) -> "Value":
        """A member read through an instance."""
        _above()

    def all_fields(self, owner: "ClassRef", depth: int = 0) -> list[str]:
        """The fields of a data class."""
        _above()

    # statements
    def block(self, body: list[ir.Stmt]) -> None:
        """Runs statements until the path ends."""
        _above()

    def branch(self, test: ir.Expr, then: "Callable[[], None]", otherwise: "Callable[[], None]") -> None:
        """Runs both arms of a test."""
        _above()

    def closure(self, function: ir.Function) -> "Value":
        """A function with its scope."""
        _above()

    def make_class(self, definition: ir.Class) -> "Value":
        """A class."""
        _above()

    # invoke
    def call_node(self, node: ir.Call) -> "Value":
        """A call in the source."""
        _above()

    def invoke(self, ref: "FunctionRef", arguments: Any, node: ir.Node) -> "Value":
        """Runs an own function."""
        _above()

    def call(self, target: "Value", arguments: Any, node: ir.Node) -> "Value":
        """Calls a value."""
        _above()

    awaited: set[int]
    """The calls that are waited for (invoke)."""

    def no_arguments(self, node: ir.Node) -> Any:
        """A call without arguments."""
        _above()

    def some_arguments(self, values: "list[Value]", node: ir.Node) -> Any:
        """A call with positional arguments."""
        _above()

    def module_attribute(self, ref: "ModuleRef", name: str) -> "Value":
        """A name of an own module."""
        _above()

    def decorated(self, decorator: ir.Expr, value: "Value", function: ir.Function | None) -> "Value":
        """What a decorator makes of a function or class."""
        _above()

    def dynamic_import(self, node: ir.DynamicImport) -> "Value":
        """An import as a value."""
        _above()

    def do_import(self, node: ir.Import) -> None:
        """An import statement."""
        _above()

    def do_export(self, node: ir.Export) -> None:
        """An export statement."""
        _above()

    def annotated(self, annotation: ir.Expr, default: ir.Expr | None, value: "Value", node: ir.Node) -> "Value":
        """A value that was made to fit an annotation (library)."""
        _above()

    def wrapped(self, ref: "External", decorator: ir.Expr, value: "Value", function: ir.Function | None) -> "Value | None":
        """What a library's decorator makes of a function (library)."""
        _above()

    # methods and libraries
    def method(self, owner: "Value", name: str, arguments: Any, node: ir.Node) -> "Value":
        """A method of something that is no own class."""
        _above()

    def unknown_method(self, owner: "Value", name: str, arguments: Any, node: ir.Node) -> None:
        """A method of something that is not known."""
        _above()

    def call_external(self, ref: "External", arguments: Any, node: ir.Node, target: "Value") -> "Value":
        """Calls a library's function."""
        _above()

    def aws_attribute(self, ref: "External", name: str, node: ir.Node) -> "Value | None":
        """An attribute of an AWS object."""
        _above()

    def external_element(self, ref: "External", value: "Value", node: ir.Node) -> "Value":
        """An item of a library thing."""
        _above()

    def external_written(self, ref: "External", key: Any, value: "Value", node: ir.Node) -> None:
        """A field of a library thing is set."""
        _above()

    def iterated(self, ref: "ObjectRef", made: "Object", node: ir.Node) -> "Value":
        """An item of an instance."""
        _above()

    def entered(self, value: "Value", node: ir.Node) -> "Value":
        """What ``with`` binds."""
        _above()

    def caught(self, handler: ir.Handler, types: "Value | None") -> "Value":
        """The exception in a handler."""
        _above()

    # findings
    def library_called(self, name: str, ref: "External", arguments: Any, node: ir.Node, target: "Value") -> None:
        """A library call, whatever it gets."""
        _above()

    def dynamic_module(self, value: "Value", node: ir.Node) -> None:
        """A module is loaded by a name that is not constant."""
        _above()

    def compared(self, left: "Value", right: "Value", node: ir.Compare) -> None:
        """A test of equality."""
        _above()

    def global_written(self, name: str, value: "Value", scope: "Scope") -> None:
        """A variable of a module is set in a function."""
        _above()

    def field_written(self, container: "Value", key: Any, value: "Value", node: ir.Node) -> None:
        """A field is set."""
        _above()

    def object_changed(self, number: int, value: "Value | None", node: ir.Node) -> None:
        """Something is put into an object on the heap by a method."""
        _above()

    def named_assignment(self, targets: "list[ir.Pattern]", value: "Value", node: ir.Node) -> None:
        """A variable gets a value."""
        _above()

    def named_entry(self, key: "Value", value: "Value", node: ir.Node) -> None:
        """An entry of a mapping gets a value."""
        _above()

    def returned_at(self, node: ir.Return, value: "Value") -> None:
        """A function returns."""
        _above()

    def written(self, target: "Value", content: "Value", node: ir.Node) -> None:
        """Something is written to a file object."""
        _above()

    def buffer_method(self, number: int, made: "Object", name: str, arguments: Any, node: ir.Node) -> "Value":
        """A method of a buffer (contents)."""
        _above()

    def opened(self, arguments: Any, node: ir.Node) -> "Value | None":
        """A file is opened."""
        _above()
