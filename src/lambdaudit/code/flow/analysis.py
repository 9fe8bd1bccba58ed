"""One analysis: finds the entry, walks from there, and puts the results together."""

import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping

import msgspec

from ...model.code import CodeIssue, Entry, Flow
from ...model.where import Where
from .. import ir
from .calls import RawCall
from .core import Limits, Stop
from .findings import Findings
from .frontend import EntryPoint, FileTree, Frontend
from .invoke import Arguments
from .state import State
from .values import (
    UNKNOWN,
    BoundExternal,
    ClassRef,
    External,
    FunctionRef,
    ModuleRef,
    ObjectRef,
    Partial,
    Value,
    clean,
    external,
)

_STACK = 256 * 1024 * 1024
_RECURSION = 12_000
_FRAMEWORKS = (
    "chalice.app",
    "powertools.resolver",
    "flask.app",
    "fastapi.app",
    "bottle.app",
    "aws_lambda_powertools.event_handler",
)
_CONVERTER = re.compile(r"<(int|float|uuid|any\([^)]*\)):(\w+)>")
_FAILURES = (".errorhandler", ".app_errorhandler", ".exception_handler", ".error", ".not_found")
WEB = frozenset({"url", "apigateway", "httpapi", "alb", "websocket", "appsync", "lex", "alexa", "cloudfront", "unknown"})
_START = threading.Lock()


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What one analysis found.

    `flows` and `issues` in the order of their places, `calls` to AWS, `entry` the handler that was walked, `modules_reached`
    paths of own files that were run, `imports_reached` names of libraries that they import, `fed` those that event data is
    passed to, `partial` sentences about what was not analysed: empty means that the walk is complete.
    """

    flows: tuple[Flow, ...] = ()
    issues: tuple[CodeIssue, ...] = ()
    calls: tuple[RawCall, ...] = ()
    entry: Entry | None = None
    modules_reached: tuple[str, ...] = ()
    imports_reached: tuple[str, ...] = ()
    fed: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()


def run(
    sources: FileTree,
    frontend: Frontend,
    handler: str | None,
    triggers: frozenset[str],
    environment: Mapping[str, str | None],
    limits: Limits,
    subject: str = "",
) -> Analysis:
    """Analyses the code that one handler runs. Never raises on bad code; `partial` says what was not done."""
    made = frontend.walk()(sources, frontend, triggers, dict(environment), limits, subject)
    session = _Session(made, handler)
    _with_deep_stack(session.go)
    return session.result()


def _with_deep_stack(task: Callable[[], None]) -> None:
    """Runs a task in a thread whose stack bears deep recursion; what the task raises is raised here."""
    problem: list[BaseException] = []

    def body() -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - handed over to the caller's thread
            problem.append(error)

    with _START:
        if sys.getrecursionlimit() < _RECURSION:
            sys.setrecursionlimit(_RECURSION)
        before = threading.stack_size(_STACK)
        try:
            thread = threading.Thread(target=body, name="code-flow")
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    if problem:
        raise problem[0]


class _Session:
    """The steps of one analysis."""

    def __init__(self, walk: Findings, handler: str | None) -> None:
        self.walk, self.handler = walk, handler
        self.entry: Entry | None = None

    def go(self) -> None:
        """Walks everything; limits end it early."""
        walk = self.walk
        try:
            self._walk()
        except Stop as stop:
            walk.incomplete(str(stop))
        except RecursionError:
            walk.incomplete("the code nests deeper than is followed")
        try:
            walk.conclude()
        except (Stop, RecursionError):
            walk.incomplete("conclusions could not be drawn")

    def _walk(self) -> None:
        walk = self.walk
        points = walk.frontend.entries(walk.paths, self.handler) if self.handler else ()
        if self.handler and not points:
            walk.incomplete(f"no file for the handler {self.handler[:120]}")
        if self.handler is None:
            points = self._by_signature()
        done = False
        for point in points:
            if self._run_point(point):
                done = True
                if self.handler is not None:
                    break
        if points and not done:
            walk.incomplete(f"the handler {points[0].name[:80]} was not found in {points[0].path}")

    def _by_signature(self) -> tuple[EntryPoint, ...]:
        """Functions that look like handlers in a plain folder."""
        walk = self.walk
        found: list[EntryPoint] = []
        for path in walk.frontend.own(walk.paths)[: walk.limits.files]:
            loaded = walk.load_module(path)
            if loaded is None:
                continue
            found += [EntryPoint(path, name) for name in walk.handler_names(loaded)]
        if not found and walk.registered:
            paths = [path for path, module in walk.modules.items() if module is not None]
            found = [EntryPoint(paths[0], "")] if paths else []
        if not found:
            walk.incomplete("no function looks like a handler")
        return tuple(found[:40])

    def _run_point(self, point: EntryPoint) -> bool:
        walk = self.walk
        if walk.state is None:
            walk.state = State({}, {})
        loaded = walk.load_module(point.path)
        if loaded is None:
            return False
        value = Value(refs=(ModuleRef(point.path),))
        for part in point.name.split(".") if point.name else ():
            value = walk.attribute(value, part, loaded.tree)
        if point.name and not value.refs:
            return False
        if "." in point.name and all(isinstance(ref, BoundExternal) for ref in value.refs):
            return False
        walk.module, walk.scope = loaded, loaded.scope
        base = walk.here
        walk.note_globals()
        start = base.copy()
        self._call(value, point, loaded.tree)
        if walk.later:
            walk.state, walk.frames, walk.loops, walk.catchers = start, [], [], []
            walk.memo.clear()
            self._call(value, point, loaded.tree)
        walk.state = base
        walk.frames, walk.loops, walk.catchers = [], [], []
        return True

    def _call(self, value: Value, point: EntryPoint, node: ir.Node) -> None:
        walk = self.walk
        framework = next((name for name in walk.names_of(value)), "")
        refs = [ref for ref in value.refs if isinstance(ref, FunctionRef | ClassRef | Partial | ObjectRef)]
        place = next((ref.function for ref in refs if isinstance(ref, FunctionRef)), None)
        where = (
            Where(point.path, walk.subject, line=place.line, column=place.column)
            if place is not None
            else Where(point.path, walk.subject)
        )
        event, context = walk.event(node=place or node), external("lambda.context")
        web = not walk.triggers or bool(walk.triggers & WEB)
        marks = next((name for name in (r[0] for r in walk.registered) if name.startswith(_FRAMEWORKS)), "")
        self.entry = self.entry or Entry(where=where, name=point.name, framework=_framework(framework or marks))
        if refs:
            node = place or node
            result = walk.call(value.but(refs=tuple(refs)), Arguments([event, context], {}, node), node)
            if walk.state is not None:
                walk.answered(result, node, web)
        self._routes(node, web)

    def _routes(self, node: ir.Node, web: bool) -> None:
        """Functions that a framework calls for its routes and events."""
        walk = self.walk
        done: set[int] = set()
        for name, told, value in list(walk.registered):
            if not name.startswith(_FRAMEWORKS):
                continue
            for ref in value.refs:
                if isinstance(ref, FunctionRef) and id(ref.function) not in done:
                    done.add(id(ref.function))
                    start = walk.here.copy()
                    given = Arguments(self._route_arguments(ref, name, told=told), {}, ref.function)
                    others = next((p for p in ref.function.parameters if p.kind == "keywords"), None)
                    if others is not None:
                        whole = walk.event(node=others)
                        given.rest_keywords = whole.but(path=f"{whole.path}.*")
                    result = walk.invoke(ref, given, ref.function)
                    if walk.state is not None:
                        self._route_answer(result, ref.function, web, name)
                    walk.state = start

    def _route_answer(self, result: Value, node: ir.Node, web: bool, name: str) -> None:
        walk = self.walk
        walk.answered(result, node, web)
        if name.startswith(("flask.app", "bottle.app")) and web and result.kind == "text":
            walk._body(result, {"content-type": Value(consts=("text/html",))}, node)

    def _route_arguments(self, ref: FunctionRef, name: str, depth: int = 0, told: tuple[Value, ...] = ()) -> list[Value]:
        walk = self.walk
        found: list[Value] = []
        for parameter in ref.function.parameters[1 if ref.self_value is not None else 0 :]:
            if parameter.kind in ("rest", "keywords"):
                break
            target = parameter.target
            label = target.id if isinstance(target, ir.Name) else "value"
            if label in ("self", "request", "background_tasks", "response", "app", "db", "session"):
                found.append(walk.event("event.request", node=parameter) if label == "request" else UNKNOWN)
                continue
            if name.removesuffix("()").endswith(_FAILURES) and (
                label in ("error", "exc", "exception", "e", "ex", "err") or not found
            ):
                types = told[0] if told else None
                handler = ir.Handler(parameter.line, parameter.column, None, None, [])
                found.append(walk.caught(handler, types if types is not None and types.refs else None))
                continue
            injected = _injected(parameter)
            if injected is not None:
                found.append(self._dependency(injected, ref, name, depth))
                continue
            if ".on_s3_event" in name:
                found.append(walk.event("event.chalice-s3", node=parameter))
                continue
            value = walk.event("event" if label == "event" else f"event.{label}", "text" if label != "event" else "", parameter)
            if parameter.annotation is not None:
                outer = (walk.scope, walk.module)
                walk.scope, walk.module = ref.scope, ref.module
                value = self._annotated(parameter, value)
                walk.scope, walk.module = outer
            found.append(_converted(told, label, value))
        return found

    def _dependency(self, injected: ir.Expr, ref: FunctionRef, name: str, depth: int) -> Value:
        """What a function gives that a framework calls for a parameter; the yielded value of a generator."""
        walk = self.walk
        outer = (walk.scope, walk.module)
        walk.scope, walk.module = ref.scope, ref.module
        made = walk.value(injected)
        walk.scope, walk.module = outer
        for target in made.refs if depth < 4 and walk.state is not None else ():
            function = walk.member(target, "__init__") if isinstance(target, ClassRef) else Value(refs=(target,))
            for part in function.refs if function is not None else ():
                if isinstance(part, FunctionRef):
                    given = self._route_arguments(part, name, depth + 1)
                    given = given[1:] if isinstance(target, ClassRef) and part.self_value is None else given
                    result = walk.call(Value(refs=(target,)), Arguments(given, {}, injected), injected)
                    generator = any(made.kind == "generator" for made in walk.objects(result))
                    return walk.element(result, injected) if generator else result
        return UNKNOWN

    def _annotated(self, parameter: ir.Parameter, value: Value) -> Value:
        annotation = parameter.annotation
        if annotation is None:
            return value
        walk = self.walk
        made = walk.value(annotation) if not isinstance(annotation, ir.Constant) else UNKNOWN
        for ref in made.refs:
            if isinstance(ref, ClassRef) and walk.external_base(ref).endswith("BaseModel"):
                return walk.model_instance(ref, Arguments([value.but(kind="json")], {}, annotation), annotation)
            if isinstance(ref, External) and ref.name in ("builtins.int", "builtins.float", "builtins.bool", "uuid.UUID"):
                return clean(value, frozenset({"*"}))
            if isinstance(ref, External) and ref.name in ("builtins.dict", "typing.Dict"):
                return value.but(kind="json")
        return walk.annotated(annotation, parameter.default, value, annotation)

    def result(self) -> Analysis:
        """Everything in the order of its place."""
        walk = self.walk
        return Analysis(
            flows=tuple(sorted(_without_doubles(walk.found.values()), key=_place)),
            issues=tuple(sorted(walk.issues.values(), key=_place)),
            calls=tuple(walk.calls.values()),
            entry=self.entry,
            modules_reached=tuple(path for path, module in walk.modules.items() if module is not None and not path.endswith("/")),
            imports_reached=tuple(walk.imports),
            fed=tuple(walk.fed),
            partial=tuple(walk.partial),
        )


def _converted(route: tuple[Value, ...], name: str, value: Value) -> Value:
    """A parameter of a route whose path says that it is a number or one of a list (``/items/<int:number>``)."""
    for text in (text for part in route for text in part.strings()):
        if any(match.group(2) == name for match in _CONVERTER.finditer(text)):
            return clean(value, frozenset({"*"}))
    return value


def _injected(parameter: ir.Parameter) -> ir.Expr | None:
    """The function in ``= Depends(function)`` or ``Annotated[T, Depends(function)]``."""
    places = [parameter.default, parameter.annotation]
    if isinstance(parameter.annotation, ir.Index):
        inner = parameter.annotation.index
        places += inner.items if isinstance(inner, ir.Sequence) else [inner]
    for place in places:
        if isinstance(place, ir.Call) and isinstance(place.function, ir.Name | ir.Attribute):
            called = place.function.id if isinstance(place.function, ir.Name) else place.function.name
            if called in ("Depends", "Security"):
                return place.arguments[0].value if place.arguments else parameter.annotation
    return None


def _framework(name: str) -> str:
    for mark, told in (
        ("chalice", "chalice"),
        ("powertools.resolver", "powertools"),
        ("aws_lambda_powertools", "powertools"),
        ("flask", "flask"),
        ("fastapi", "fastapi"),
        ("bottle", "bottle"),
        ("wsgi.handler", "wsgi"),
    ):
        if name.startswith(mark):
            return told
    return ""


def _place(found: Flow | CodeIssue) -> tuple[str, int, int, str, bytes]:
    """The place; of several at one place the order of what they say, so that it is the same in every run."""
    return (found.where.source, found.where.line, found.where.column, found.kind, msgspec.json.encode(found))


def _without_doubles(flows: Iterable[Flow]) -> list[Flow]:
    """Drops patterns at places where there is a flow of the same kind."""
    every = list(flows)
    real = {(flow.kind, flow.where.source, flow.where.line) for flow in every if not flow.constant}
    return [flow for flow in every if not flow.constant or (flow.kind, flow.where.source, flow.where.line) not in real]
