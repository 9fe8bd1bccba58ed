"""Calls of library functions: what they check, what they give, and how foreign data passes through them."""

from collections.abc import Callable
from typing import Any, ClassVar

from .. import ir
from .access import BoundValue
from .findings import Findings
from .invoke import Arguments
from .regexes import anchored_both, excluded
from .state import Object
from .values import (
    ALL,
    NONE,
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    FunctionRef,
    ObjectRef,
    Taint,
    Value,
    clean,
    join_all,
    limit,
)

MAX_NAME = 160
_FILLING = frozenset(
    {"append", "add", "put", "put_nowait", "write", "writelines", "writestr", "extend", "update", "feed", "push"}
)
_LOADING = frozenset(
    {"http.cookies.SimpleCookie().load", "configparser.ConfigParser().read_string", "email.parser.FeedParser().feed"}
)
"""Methods that read data into the thing itself."""
_ASKING = ("openai.", "anthropic.", "langchain")
"""Clients of language models: who writes a question has a say in the answer."""
_BROAD = frozenset(
    {"Exception", "BaseException", "ClientError", "BotoCoreError", "DatabaseError", "OperationalError", "SQLAlchemyError"}
)
_TELLING = frozenset({"builtins", "json", "pydantic", "marshmallow", "jsonschema"})
"""Exceptions of these say what is wrong with the input rather than what is inside."""
_DATA_SERVICES = frozenset({"s3", "dynamodb", "sqs", "sns", "glacier"})
"""Services whose resources hold data of others; elsewhere a list tells of what was set up in the account."""
Model = Callable[[Any, Arguments, ir.Node], Value | None]


class Library(Findings):
    """Library calls."""

    models: ClassVar[dict[str, Model]] = {}
    """Functions of the language's library whose result is worth more than "made of its arguments"."""

    def call_external(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Calls a library's function."""
        name = ref.name
        self._feed(name, arguments)
        self.led_away = False
        self.check_call(name, arguments, node, target)
        if name in self.catalogue.reading:
            arguments = self._file_read(name, arguments, node, target)
        self.library_called(name, ref, arguments, node, target)
        if name in self.catalogue.ends:
            self.dies()
            return UNKNOWN
        made = self.aws_call(ref, arguments, node)
        if made is None:
            made = self.aws_made(name, arguments, node)
        if made is not None:
            return made
        model = self.models.get(name)
        if model is not None:
            answer = model(self, arguments, node)
            if answer is not None:
                return answer
        return self._generic(ref, arguments, node, target)

    def _file_read(self, name: str, arguments: Arguments, node: ir.Node, target: Value) -> Arguments:
        """A call that is given the path of a file that this invocation has written gets its content."""
        contents = self.read_from(arguments)
        if not contents:
            return arguments
        read = Arguments([contents[0], *arguments.positional[1:]], arguments.keywords, node)
        for sink in self.catalogue.sinks.get(name, ()):
            if sink.kind in ("deserialisation", "xml"):
                self.check(sink, read, node, target)
        return read

    def _generic(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        name = ref.name
        source = self.catalogue.sources.get(name)
        if source is not None:
            return self.from_source(source, name, node)
        if name.rsplit(".", 1)[-1] in _FILLING or name in _LOADING:
            self._filled_by_call(arguments, node)
        first = arguments.get(0)
        checked = self.catalogue.checks.get(name)
        if checked is not None and first is not None and first.symbol:
            self.here.learn(((first.symbol, checked),))
        self._run_own(name, arguments, node)
        if self.state is None:
            return UNKNOWN
        cleaned = self.catalogue.cleaners.get(name)
        if cleaned is None and name in self.catalogue.texts:
            return self.derived(arguments.all(), node, kind="text")
        if cleaned is not None:
            made = self.derived(arguments.all(), node)
            return clean(made.but(kind="text" if "*" not in cleaned else ""), cleaned)
        kind = self.catalogue.types.get(name) or self.catalogue.suffixes.get(name.rsplit(".", 1)[-1])
        if kind:
            self.origins.setdefault(kind.split(".")[0], name.split(".")[0])
        result = External(kind or f"{name[:MAX_NAME]}()")
        if self.catalogue.is_silent(name) or self.catalogue.is_silent(result.name):
            if self.led_away and not kind:
                told = self.label(
                    "stored", f"answer of {name[:80]}", node, "an answer of an address that the caller names", trust=1
                )
                return told.but(refs=(result,))
            if name.startswith(_ASKING) and self._asked(arguments):
                return self.label("stored", f"answer of {name[:80]}", node, "a model answers what it is asked", trust=1).but(
                    refs=(result,)
                )
            return Value(refs=(result,))
        receiver = target.but(refs=()) if target.taints else UNKNOWN
        made = self.derived([receiver, *[v for v in arguments.all() if not _is_function(v)]], node)
        if made.taints and not name.startswith(self.catalogue.passing) and not kind:
            made = made.but(taints=frozenset(_less(taint) for taint in made.taints))
        self._fill_callbacks(arguments, made, node)
        returned = self._decorating(arguments)
        if returned is not None:
            return returned
        return made.but(refs=(result,))

    def _asked(self, arguments: Arguments) -> bool:
        """Whether foreign data are in a question."""
        return any(t.label in ("event", "stored") for value in arguments.all() for t in self.deep_taints(value))

    def _fill_callbacks(self, arguments: Arguments, content: Value, node: ir.Node) -> None:
        """``ftp.retrbinary(command, buffer.write)``: what a library reads is put where a method that was given away says."""
        for value in arguments.all() if content.taints else ():
            for ref in value.refs:
                if isinstance(ref, BoundExternal) and ref.name in _FILLING and ref.owner.objects():
                    self.method(ref.owner, ref.name, Arguments([content], {}, node), node)

    def _filled_by_call(self, arguments: Arguments, node: ir.Node) -> None:
        """What is put into a library's container or buffer is in the variable that holds it from then on."""
        function = node.function if isinstance(node, ir.Call) else None
        owner = function.value if isinstance(function, ir.Attribute) else None
        taints = frozenset[Taint]().union(*(self.deep_taints(value) for value in arguments.all()))
        if isinstance(owner, ir.Attribute) and taints:
            kept = self.value(owner)
            if not kept.objects() and not kept.path:
                self.store_field(self.value(owner.value), owner.name, kept.but(taints=limit(kept.taints | taints)), node)
            return
        held = self.lookup(owner.id) if isinstance(owner, ir.Name) and taints else None
        if held is not None and isinstance(owner, ir.Name):
            self.here.cells[(self.scope_of(owner.id).number, owner.id)] = held.but(taints=limit(held.taints | taints), symbol="")

    def _decorating(self, arguments: Arguments) -> Value | None:
        """A library's call with nothing but one own function gives that function back (a decorator)."""
        if len(arguments.all()) == 1 and _is_function(arguments.all()[0]):
            return arguments.all()[0]
        return None

    def _run_own(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        if len(arguments.all()) > 1 or not name.endswith(")"):
            only = len(arguments.all()) == 1 and _is_function(arguments.all()[0])
            if not only:
                self.run_callbacks(arguments, node)

    def _feed(self, name: str, arguments: Arguments) -> None:
        """Notes which libraries get event data."""
        top = name.split(".")[0].removesuffix("()")
        module = self.module_behind(top)
        if top in ("builtins", "aws") or module in self.fed:
            return
        if any(t.label == "event" for value in arguments.all() for t in self.deep_taints(value)):
            self.fed[module] = None

    def module_behind(self, top: str) -> str:
        """The library's name for a type of the catalogue."""
        return self.origins.get(top, top)

    def external_element(self, ref: External, value: Value, node: ir.Node) -> Value:
        """Any item of a library thing that is iterated over."""
        receiver = ref.receiver
        if receiver is not None and receiver.kind == "collection":
            from .calls import Receiver

            if ref.extra[:1] == ("method",) and ref.extra[1] == receiver.sub:
                pass
            made = Receiver("resource", receiver.service, f"{receiver.sub}[]", parent=receiver, library=receiver.library)
            trust = 1 if receiver.service in _DATA_SERVICES else 0
            stored = self.label("stored", f"{receiver.service}.{receiver.sub}", node, "data is listed", trust=trust)
            return stored.but(refs=(External(f"aws.resource.{receiver.service}.{receiver.sub}[]", made),))
        if value.path:
            return self.load_path(value, 0, node)
        if ref.name == "os.environ":
            return Value(kind="text")
        dotted = f"{ref.name}[]"
        return Value(
            value.taints,
            refs=(External(self.catalogue.types.get(dotted) or dotted[:MAX_NAME], None, ref.extra),),
            symbol=value.symbol,
        )

    def external_written(self, ref: External, key: Any, value: Value, node: ir.Node) -> None:
        """A field of a library thing is set."""
        if ref.name == "ssl.context" and key == "check_hostname" and value.consts == (False,):
            self.issue("tls-verification-off", node, "Host names of certificates are not checked")
        elif (key == "verify_mode" and any(name.endswith("CERT_NONE") for name in self.names_of(value))) or (
            key == "verify" and value.consts == (False,) and "session" in ref.name.lower()
        ):
            self.issue("tls-verification-off", node, "Certificates are not checked")

    def unknown_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> None:
        """Methods that are known by name alone, on things of unknown type."""
        if name == "register":
            self._overloaded(owner, arguments)
        rows = self.catalogue.by_method.get(name, ()) if not owner.objects() else ()
        for sink in rows:
            self.check(sink, arguments, node, owner)
        function = node.function if isinstance(node, ir.Call) else None
        hinted = function.value if isinstance(function, ir.Attribute) else None
        label = hinted.id if isinstance(hinted, ir.Name) else hinted.name if isinstance(hinted, ir.Attribute) else ""
        kind = self.catalogue.hints.get(label.strip("_"))
        if kind and not owner.taints and not rows:
            for sink in self.catalogue.sinks.get(f"{kind}.{name}", ()):
                self.check(sink, arguments, node, owner)

    def _overloaded(self, owner: Value, arguments: Arguments) -> None:
        """``@function.register`` of ``functools.singledispatch``: one more function that a call may run."""
        given = [ref for value in arguments.positional for ref in value.refs if isinstance(ref, FunctionRef)]
        for ref in owner.refs:
            if isinstance(ref, FunctionRef) and given:
                self.overloads.setdefault(id(ref.function), []).extend(given)

    # ---- sequences and iteration over instances

    def iterated(self, ref: ObjectRef, made: Object, node: ir.Node) -> Value:
        """An item of an instance of an own class."""
        member = self.member(made.owner, "__iter__") if made.owner is not None else None
        if member is None:
            return join_all(made.everything()) if made.base and made.everything() else UNKNOWN
        result = self.call(self.bound_to_instance(member, Value(refs=(ref,)), node), self.no_arguments(node), node)
        if ref in result.refs:
            following = self.member(made.owner, "__next__") if made.owner is not None else None
            if following is not None:
                return self.call(self.bound_to_instance(following, Value(refs=(ref,)), node), self.no_arguments(node), node)
            return UNKNOWN
        return self.element(result, node)

    def entered(self, value: Value, node: ir.Node) -> Value:
        """What ``with`` binds."""
        found: list[Value] = []
        for ref in value.refs:
            if isinstance(ref, ObjectRef):
                made = self.object(ref.number)
                member = None
                if made is not None and made.owner is not None:
                    member = self.member(made.owner, "__enter__") or self.member(made.owner, "__aenter__")
                if member is not None:
                    found.append(
                        self.call(self.bound_to_instance(member, Value(refs=(ref,)), node), self.no_arguments(node), node)
                    )
                elif made is not None and made.kind == "generator":
                    found.append(made.rest or UNKNOWN)
        return join_all(found) if found else value

    # ---- exceptions

    def caught(self, handler: ir.Handler, types: Value | None) -> Value:
        """The exception in a handler: what it says comes from deep inside, unless it is the code's own."""
        names: list[str] = []
        own = False
        if types is not None:
            parts = [types] if types.refs and not types.objects() else (self.listed(types) or [types])
            for part in parts:
                names += self.names_of(part)
                own = own or any(isinstance(ref, ClassRef) for ref in part.refs)
        if own and not names:
            return UNKNOWN
        broad = not names or any(name.rsplit(".", 1)[-1] in _BROAD or name.split(".")[0] not in _TELLING for name in names)
        return self.label("exception", "exception", handler, "an exception is caught", trust=2 if broad else 0).but(
            refs=(External("exception"),)
        )

    def wrapped(self, ref: External, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value | None:
        """Decorators of libraries give back the function, as far as data flow is concerned."""
        if ref.name == "overload" and isinstance(ref.extra[0], Value):
            self._overloaded(ref.extra[0], Arguments([value], {}, decorator))
        return value

    def super_attribute(self, ref: External, name: str, node: ir.Node) -> Value:
        """``super().name``."""
        owner, instance = ref.extra
        if name == "__new__" and self.building is not None:
            return Value(refs=(External("class.new", extra=(self.building,)),))
        for base in owner.bases:
            for part in base.refs:
                if isinstance(part, ClassRef):
                    member = self.member(part, name)
                    if member is not None:
                        return self.bound_to_instance(member, instance, node)
        base_name = self.external_base(owner)
        return Value(refs=(External(f"{base_name}.{name}"),)) if base_name else BoundValue(UNKNOWN, name)

    def annotated(self, annotation: ir.Expr, default: ir.Expr | None, value: Value, node: ir.Node) -> Value:
        """A value that a validating model made fit an annotation."""
        names = _names_in(annotation)
        patterns = [*_patterns(default), *_patterns(annotation)] if default is not None else _patterns(annotation)
        for pattern in patterns:
            text = self.value(pattern).single
            value = clean(value, ALL if not isinstance(text, str) else excluded(text, False) if anchored_both(text) else NONE)
        for function in _functions(annotation):
            value = self.call(self.value(function), Arguments([value], {}, node), node) if self.state is not None else value
        if names & {"Literal", "UUID", "UUID4", "date", "datetime", "IPvAnyAddress", "PositiveInt", "conint", "condecimal"}:
            return clean(value, ALL)
        if names and names <= {
            "int",
            "float",
            "bool",
            "Optional",
            "List",
            "list",
            "Decimal",
            "None",
            "set",
            "tuple",
            "Annotated",
            "Field",
        }:
            return clean(value, ALL)
        inner = _told_type(annotation)
        target = self.value(inner) if not isinstance(inner, ir.Constant) else UNKNOWN
        for ref in target.refs:
            if isinstance(ref, External) and ref.extra[:1] == ("annotation",) and ref.extra[1] is not annotation:
                return self.annotated(ref.extra[1], None, value, node)
            if isinstance(ref, ClassRef):
                base = self.external_base(ref)
                if "Enum" in base:
                    return clean(value, ALL)
                if base.rsplit(".", 1)[-1] == "BaseModel":
                    return self.model_instance(ref, Arguments([value], {}, node), node)
        if (
            ("str" in names and names <= {"str", "None", "Optional", "Annotated", "Union"})
            or "EmailStr" in names
            or "constr" in names
            or "HttpUrl" in names
        ):
            return value.but(kind="text")
        return value


def _is_function(value: Value) -> bool:
    return any(isinstance(ref, FunctionRef | ClassRef) for ref in value.refs)


def _less(taint: Taint) -> Taint:
    """A flow through a library that is not known is likely, not sure."""
    return Taint(taint.label, taint.source, taint.via, taint.clean, taint.trace, min(taint.trust, 1))


def _told_type(annotation: ir.Expr) -> ir.Expr:
    """The type in ``Annotated[T, …]``, ``Optional[T]`` and ``T | None``."""
    for _ in range(4):
        if isinstance(annotation, ir.Index) and _names_in(annotation.value) & {"Annotated", "Optional"}:
            inner = annotation.index
            annotation = inner.items[0] if isinstance(inner, ir.Sequence) and inner.items else inner
        elif isinstance(annotation, ir.Binary) and annotation.op == "|":
            left = isinstance(annotation.left, ir.Constant) and annotation.left.value is None
            annotation = annotation.right if left else annotation.left
        else:
            break
    return annotation


def _names_in(annotation: ir.Expr, depth: int = 0) -> set[str]:
    if isinstance(annotation, ir.Name):
        return {annotation.id}
    if isinstance(annotation, ir.Attribute):
        return {annotation.name}
    if isinstance(annotation, ir.Constant):
        return {str(annotation.value)} if isinstance(annotation.value, str) else {"None"}
    if depth > 6:
        return set()
    if isinstance(annotation, ir.Index):
        base = _names_in(annotation.value, depth + 1)
        if base & {"Annotated"} and isinstance(annotation.index, ir.Sequence) and annotation.index.items:
            return base | _names_in(annotation.index.items[0], depth + 1)
        return base if base & {"Literal"} else base | _names_in(annotation.index, depth + 1)
    if isinstance(annotation, ir.Sequence):
        return set().union(*(_names_in(item, depth + 1) for item in annotation.items))
    if isinstance(annotation, ir.Binary):
        return _names_in(annotation.left, depth + 1) | _names_in(annotation.right, depth + 1)
    if isinstance(annotation, ir.Call):
        return _names_in(annotation.function, depth + 1)
    return set()


def _patterns(node: ir.Expr, depth: int = 0) -> list[ir.Expr]:
    """The patterns in ``Field(pattern=…)`` and its like."""
    if isinstance(node, ir.Call):
        return [argument.value for argument in node.arguments if argument.name in ("pattern", "regex")]
    if isinstance(node, ir.Index) and depth < 5:
        return _patterns(node.index, depth + 1)
    if isinstance(node, ir.Sequence) and depth < 5:
        return [found for item in node.items for found in _patterns(item, depth + 1)]
    if isinstance(node, ir.Binary) and depth < 5:
        return [*_patterns(node.left, depth + 1), *_patterns(node.right, depth + 1)]
    return []


def _functions(annotation: ir.Expr) -> list[ir.Expr]:
    """The functions in ``Annotated[T, AfterValidator(function)]``."""
    inner = annotation.index if isinstance(annotation, ir.Index) else None
    calls = [item for item in inner.items if isinstance(item, ir.Call)] if isinstance(inner, ir.Sequence) else []
    named = [call for call in calls if _names_in(call.function) & {"AfterValidator", "BeforeValidator", "PlainValidator"}]
    return [call.arguments[0].value for call in named if call.arguments]
