"""Web frameworks and middleware: what they call, with which values, and what becomes of the answers."""

import re
from typing import Any

from .. import ir
from ..flow.analysis import WEB
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import NONE, NOTHING, UNKNOWN, ClassRef, External, FunctionRef, Partial, Value, clean, external, hole
from . import nest
from .bots import bot_call, bot_values
from .checks import Checks
from .schemas import excluded_by, schema_facts

_ROUTES = frozenset(
    {"get", "post", "put", "delete", "patch", "all", "use", "options", "head", "route", "on", "param", "register", "any"}
)
_OF_ERRORS = frozenset({"onError", "setErrorHandler"})
_CONTAINERS = re.compile(r"(tsyringe|inversify|typedi|injection-js|diod|@nestjs/core)\b.*\.(resolve|get|create)")
"""Functions that make an instance of a class with what its constructor asks for."""
_MIDDLEWARE = frozenset({"use", "before", "after", "onError", "useAll"})
_WRAPPERS = frozenset({"middy", "@middy/core", "@middy/core.middy"})
_BODY_PARSERS = re.compile(r"(http-?json-?body-?parser|jsonBodyParser|httpJsonBodyParser|httpMultipartBodyParser)", re.IGNORECASE)
_EMITTER = re.compile(
    r"^(events|events\.EventEmitter|eventemitter3|mitt|emittery)\(\)\.(on|once|addListener|prependListener|emit)$"
)
_HOSTS = frozenset({
    "serverless-http", "@vendia/serverless-express", "serverless-express", "@codegenie/serverless-express",
    "aws-serverless-express.proxy", "aws-serverless-express.createServer", "aws-serverless-express",
    "@fastify/aws-lambda", "aws-lambda-fastify", "hono/aws-lambda.handle", "hono/lambda-edge.handle",
    "aws-serverless-koa", "@as-integrations/aws-lambda.startServerAndCreateLambdaHandler",
    "hono/aws-lambda.streamHandle", "lambda-api.createAPI",
})  # fmt: skip
_GRAPHS = frozenset({
    "@apollo/server.ApolloServer", "apollo-server-lambda.ApolloServer", "graphql-yoga.createYoga",
    "graphql-yoga.createSchema", "@graphql-tools/schema.makeExecutableSchema", "apollo-server.ApolloServer",
})  # fmt: skip
_CHECKED = ("checked",)
"""Marks things that say what was checked before a route runs."""
_ZOD_VALIDATORS = frozenset({"@hono/zod-validator.zValidator", "hono/validator.validator", "@hono/valibot-validator.vValidator"})
_SCHEMA_PARTS = {"params": "params", "querystring": "query", "query": "query", "body": "body", "headers": "headers"}
_PLACES = {"param": "params", "query": "query", "body": "body", "header": "headers", "cookie": "cookies"}
_ANSWERS = frozenset({"json", "send", "end", "write", "jsonp", "text", "body"})
_REQUEST = "event.request"
_PATHS = frozenset(
    {
        "event.rawPath",
        "event.path",
        "event.requestContext.http.path",
        "event.Records[].cf.request.uri",
        *(f"{_REQUEST}.{n}" for n in ("path", "originalUrl", "url")),
    }
)
"""Parts of requests that begin with a slash."""
_UPLOADED = re.compile(r"event\.request\.files?(\[\]|\.\w+)*\.(path|filename|destination|size|tempFilePath)")
"""What middleware for uploads makes up itself: where it has put a file."""
_NO_SECRET = re.compile(
    r"user(name)?|login|host(name)?|port|db(name)?|database|engine|schema|region|VersionId|ARN|Name|CreatedDate|VersionStages|\$metadata"
    r"|dbInstanceIdentifier|dbClusterIdentifier|proxy|driver|dialect",
    re.IGNORECASE,
)
"""Fields of a secret that are none by themselves."""


class Frameworks(Checks):
    """Frameworks."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.routes: list[tuple[str, FunctionRef]] = []
        self.parsed_body = False
        self.listeners: list[tuple[Any, Value]] = []
        self.in_route = False
        self.validates = False
        self.checked: dict[FunctionRef, list[tuple[Any, ...]]] = {}
        self.valid: dict[str, Value] = {}
        self.inputs: dict[FunctionRef, Value] = {}
        self.graph_context: Value = UNKNOWN
        self.trpc_context: Value = UNKNOWN
        self.web = not self.triggers or bool(self.triggers & WEB)

    # ---- frameworks

    def framework_call(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
        """What a web framework or middleware does with a call; None for all others."""
        if name in _WRAPPERS:
            return arguments.get(0) if arguments.positional and arguments.positional[0].refs else external("middy()")
        if _EMITTER.match(name):
            return self._emitter(name.rpartition(".")[2], arguments, node)
        if name.startswith("middy()."):
            return self._middy(name.rpartition(".")[2], arguments, node)
        if _BODY_PARSERS.search(name):
            self.parsed_body = True
            return external(f"{name}()")
        if name == "awslambda.streamifyResponse":
            return arguments.get(0)
        if name in _HOSTS:
            self._host_context(arguments, node)
            return external("lambda.web")
        if name == "@nestjs/common.ValidationPipe":
            self.validates = True
            return None
        made = self._validator(name, ref, arguments, node)
        if made is not None:
            return made
        if name.startswith("@trpc/server."):
            return self._trpc(name, ref, arguments, node)
        made = bot_call(self, name, arguments, node)
        if made is not None:
            return made
        if _CONTAINERS.fullmatch(name):
            wanted = [ref for value in arguments.positional for ref in value.refs if isinstance(ref, ClassRef)]
            return nest.instance_of(self, wanted[0]) if wanted else None
        if name in _GRAPHS:
            self._resolvers(arguments, node)
            return external("lambda.web")
        if name.startswith("web."):
            return self._routed(name, arguments, node)
        if name.startswith(("http.response", "fastify.reply", "hono.context", "koa.context", "hono.request")):
            return self._context_call(name, ref, arguments, node, target)
        if name.startswith("lambda."):
            return self._lambda_call(name, arguments, node)
        return None

    def _emitter(self, method: str, arguments: Arguments, node: ir.Node) -> Value:
        """``emitter.on(name, listener)`` and ``emitter.emit(name, …values)``; emitters are not told apart."""
        name = arguments.get(0)
        key = name.single if name is not None else None
        if method == "emit":
            for known, listener in list(self.listeners):
                if known == key or known is None or key is None:
                    before = self.here.copy()
                    self.call(listener, Arguments(arguments.positional[1:], {}, node), node)
                    self.state = self.meet(before, self.state)
        elif len(arguments.positional) > 1 and len(self.listeners) < 60:
            self.listeners.append((key, arguments.positional[1]))
            self.call_back(Arguments(arguments.positional[1:], {}, node), UNKNOWN, node)
        return external("events()")

    def _middleware(self, arguments: Arguments) -> None:
        """``{ before, after, onError }``, or one of them, around a handler: they run when all is known."""
        for value in self._flattened(arguments.positional, ir.Node(1, 1)):
            for ref in value.refs:
                if isinstance(ref, FunctionRef) and len(self.routes) < 400:
                    self.routes.append(("middy", ref))

    def _middy_request(self) -> Value:
        """What middleware of middy gets."""
        fields = {"event": self.event(), "context": external("lambda.context"), "error": self.exception(ir.Node(1, 1))}
        return self.new_object(Object("dict", fields))

    def _middy(self, name: str, arguments: Arguments, node: ir.Node) -> Value:
        if name in _MIDDLEWARE:
            self._middleware(arguments)
        if name in ("handler", "lambdaHandler") and arguments.positional:
            return arguments.positional[0]
        return external("middy()")

    def method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """As for all values; middleware is put around a handler that stays what it is."""
        if name in _MIDDLEWARE and owner.refs and all(isinstance(ref, FunctionRef | Partial) for ref in owner.refs):
            self._middleware(arguments)
            return owner
        if name == "handler" and owner.refs and all(isinstance(ref, FunctionRef) for ref in owner.refs) and arguments.positional:
            return arguments.positional[0]
        return super().method(owner, name, arguments, node)

    def _routed(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        """``app.get(path, …handlers)``."""
        kind, _, method = name.removeprefix("web.").partition(".")
        method = method.rpartition(".")[2]
        if method in _OF_ERRORS:
            for value in arguments.positional:
                self.routes += [(f"{kind}-error", ref) for ref in value.refs if isinstance(ref, FunctionRef)]
            return external(f"web.{kind}")
        if method not in _ROUTES:
            self.call_back(arguments, UNKNOWN, node)
            return external(f"web.{kind}") if method != "fetch" else UNKNOWN
        if method == "register" and arguments.positional:
            plugin = arguments.positional[0]
            before = self.here.copy()
            given = [external(f"web.{kind}"), UNKNOWN, external("lambda.next")]
            self.call(plugin, Arguments(given, {}, node), node)
            self.state = self.meet(before, self.state)
            return external(f"web.{kind}")
        every = self._flattened(arguments.all(), node)
        checked = [ref.extra for value in every for ref in value.refs if isinstance(ref, External) and ref.extra[:1] == _CHECKED]
        schema = self.option(arguments.positional, "schema") if kind == "fastify" else None
        for found in self.objects(schema) if schema is not None else []:
            for name_of, place in _SCHEMA_PARTS.items():
                if name_of in found.fields:
                    facts = schema_facts(self, found.fields[name_of], f"{_REQUEST}.{place}")
                    checked += [(*_CHECKED, path, kinds) for path, kinds in facts]
        for value in every:
            for ref in value.refs:
                if isinstance(ref, FunctionRef) and len(self.routes) < 400:
                    self.routes.append((kind, ref))
                    if checked:
                        self.checked[ref] = checked
        return external(f"web.{kind}")

    def _validator(self, name: str, ref: External, arguments: Arguments, node: ir.Node) -> Value | None:
        """Middleware that checks a part of the request before a route runs; None for other calls."""
        first, second = arguments.get(0), arguments.get(1)
        if name in _ZOD_VALIDATORS and first is not None and second is not None:
            return Value(refs=(External("validator", None, (*_CHECKED, str(first.single), second)),))
        package, _, last = name.partition(".")
        if package == "express-validator" and last in _PLACES and first is not None and isinstance(first.single, str):
            path = f"{_REQUEST}.{_PLACES[last]}.{first.single}"
            return Value(refs=(External("express-validator.chain", None, (*_CHECKED, path, NONE)),))
        if name.startswith("express-validator.chain.") and ref.extra[:1] == _CHECKED:
            method = last.rpartition(".")[2]
            kinds = self.catalogue.checks.get(f"validator.{method}", NONE)
            if method == "matches":
                known = self.pattern_of(first)
                kinds = excluded_by(known[0]) if known is not None else NONE
            extra = (*_CHECKED, ref.extra[1], ref.extra[2] | kinds)
            return Value(refs=(External("express-validator.chain", None, extra),))
        if name == "@middy/validator":
            schema = self.option(arguments.positional, "eventSchema")
            for one in schema.refs if schema is not None else ():
                inner = one.extra[2] if isinstance(one, External) and one.extra[:1] == ("schema",) else schema
                self.here.learn(schema_facts(self, inner, "event") if inner is not None else ())
            return external("middy.validator")
        if name == "@middy/validator/transpile.transpileSchema" and first is not None:
            return Value(refs=(External("ajv.validator", None, ("schema", "json", first)),))
        return None

    def _apply_checks(self, ref: FunctionRef) -> None:
        """What middleware has checked before a route runs."""
        self.valid = {}
        for extra in self.checked.get(ref, ()):
            if isinstance(extra[2], Value):
                self.valid[str(extra[1])] = extra[2]
            elif extra[2]:
                self.here.learn(((str(extra[1]), extra[2]),))

    def _flattened(self, values: list[Value], node: ir.Node) -> list[Value]:
        found: list[Value] = []
        for value in values:
            found.append(value)
            for made in self.objects(value):
                found += [part for part in made.everything() if part.refs]
        return found

    def _host_context(self, arguments: Arguments, node: ir.Node) -> None:
        """``{ context: async ({ event }) => … }``: what resolvers get as their context."""
        made = self.option(arguments.positional, "context")
        if made is not None and made.refs and self.state is not None:
            given = self.new_object(Object("dict", {"event": self.event(), "context": external("lambda.context")}))
            before = self.here.copy()
            self.graph_context = self.call(made, Arguments([given], {}, node), node)
            self.state = self.meet(before, self.state)

    def _trpc(self, name: str, ref: External, arguments: Arguments, node: ir.Node) -> Value | None:
        """Procedures of tRPC: ``procedure.input(schema).query(({ input, ctx }) => …)``."""
        last = name.rpartition(".")[2]
        schema = ref.extra[1] if ref.extra[:1] == ("trpc",) else None
        if last == "input" and arguments.positional:
            return Value(refs=(External("@trpc/server.procedure", None, ("trpc", arguments.positional[0])),))
        if last in ("query", "mutation", "subscription"):
            for value in arguments.positional:
                for one in value.refs:
                    if isinstance(one, FunctionRef) and len(self.routes) < 400:
                        self.routes.append(("trpc", one))
                        if schema is not None:
                            self.inputs[one] = schema
            return external("@trpc/server.endpoint")
        if last == "awsLambdaRequestHandler":
            made = self.option(arguments.positional, "createContext")
            if made is not None and made.refs:
                given = self.new_object(Object("dict", {"event": self.event(), "context": external("lambda.context")}))
                before = self.here.copy()
                self.trpc_context = self.call(made, Arguments([given], {}, node), node)
                self.state = self.meet(before, self.state)
            return external("lambda.web")
        if last in ("middleware", "router", "use", "output", "meta", "concat", "context", "create", "mergeRouters"):
            return Value(refs=(External("@trpc/server.procedure", None, ref.extra),))
        return None

    def _trpc_values(self, ref: FunctionRef) -> list[Value]:
        """What a procedure of tRPC is called with."""
        given = self.event(f"{_REQUEST}.body", "json")
        schema = self.inputs.get(ref)
        if schema is not None:
            checked = [one for one in schema.refs if isinstance(one, FunctionRef)]
            if checked:
                given = self.call(schema, Arguments([given], {}, ref.function), ref.function)
            else:
                given = self.schema_value(schema, given, ref.function)
        return [self.new_object(Object("dict", {"input": given, "ctx": self.trpc_context, "rawInput": given}))]

    def _resolvers(self, arguments: Arguments, node: ir.Node) -> None:
        stack = [(value, 0) for value in arguments.positional]
        while stack:
            value, depth = stack.pop()
            for ref in value.refs:
                if isinstance(ref, FunctionRef) and len(self.routes) < 400:
                    self.routes.append(("graph", ref))
            for made in self.objects(value) if depth < 4 else []:
                stack += [(part, depth + 1) for part in made.everything()]

    def run_routes(self) -> None:
        """Runs each function that a framework calls, with what it calls it with."""
        done: set[FunctionRef] = set()
        self.routes += [("nest", ref) for ref in nest.routes(self)]
        while self.routes:
            kind, ref = self.routes.pop(0)
            if ref in done:
                continue
            done.add(ref)
            start = self.here.copy()
            self.frames, self.loops, self.catchers = [], [], []
            self.in_route = True
            self._apply_checks(ref)
            if kind == "nest":
                result = nest.call_route(self, ref)
            elif kind == "middy":
                result = self._middy_request()
                self.invoke(ref, Arguments([result], {}, ref.function), ref.function)
                if self.state is not None:
                    place = ir.Node(ref.function.line, ref.function.column)
                    self.answered(self.field(result, "response", place), place, self.web)
            else:
                result = self.invoke(ref, Arguments(self._route_values(kind, ref), {}, ref.function), ref.function)
            if self.state is not None and kind in ("fastify", "koa", "graph", "nest", "trpc"):
                self.told(result, ref.function)
            self.state = start

    def _route_values(self, kind: str, ref: FunctionRef) -> list[Value]:
        request = self.event(_REQUEST)
        count = len(ref.function.parameters)
        if kind.endswith("-error"):
            rest = self._route_values(kind.removesuffix("-error"), ref)
            return [self.exception(ref.function), *rest]
        if kind == "graph":
            known = self.graph_context.refs or self.graph_context.path
            context = self.graph_context if known else external("lambda.context")
            return [UNKNOWN, self.event("event.arguments"), context, UNKNOWN][: max(count, 1)]
        if kind == "trpc":
            return self._trpc_values(ref)
        of_bot = bot_values(self, kind, ref)
        if of_bot is not None:
            return of_bot[: max(count, 1)]
        if kind == "hono":
            return [external("hono.context"), external("lambda.next")]
        if kind == "koa":
            return [external("koa.context"), external("lambda.next")]
        if kind == "powertools":
            return [request.but(path="event"), external("lambda.context")]
        response = external("fastify.reply" if kind == "fastify" else "http.response")
        if kind == "express" and count == 4:
            return [self.exception(ref.function), request, response, external("lambda.next")]
        return [request, response, external("lambda.next")]

    # ---- what a framework gives

    def load_path(self, value: Value, key: Any, node: ir.Node) -> Value:
        """A part of outside data; bodies that a framework has parsed are JSON, what is in an address is text."""
        made = super().load_path(value, key, node)
        if _UPLOADED.fullmatch(made.path):
            return Value(kind="text")
        if made.path.startswith(f"{_REQUEST}.") and made.path not in _PATHS:
            rest = made.path.removeprefix(f"{_REQUEST}.")
            if rest.startswith(("params.", "headers.", "cookies.")) or rest in ("path", "url", "ip", "hostname", "originalUrl"):
                return made.but(kind="text")
            return made.but(kind="json") if rest.startswith(("body", "query.")) else made
        if made.path in _PATHS and made.taints:
            return clean(made.but(texts=((("/", hole(made))),)), frozenset({"slash"}))
        if made.path == "event.body" and self.parsed_body:
            return made.but(kind="json")
        if isinstance(key, str) and _NO_SECRET.fullmatch(key) and any(taint.label == "secret" for taint in made.taints):
            return made.but(taints=frozenset(taint for taint in made.taints if taint.label != "secret"))
        return made

    def external_attribute(self, ref: External, value: Value, name: str, node: ir.Node) -> Value:
        """As for all library things; contexts of frameworks hold the request."""
        if ref.name == "koa.context" and name in ("params", "query", "request", "headers"):
            return self.event(_REQUEST) if name == "request" else self.event(f"{_REQUEST}.{name}")
        if ref.name == "hono.context" and name == "req":
            return external("hono.request")
        if ref.name == "hono.request" and name in ("url", "path"):
            return self.event(f"{_REQUEST}.{name}", "text")
        if ref.name == "hono.context" and name == "env":
            return UNKNOWN
        return super().external_attribute(ref, value, name, node)

    def external_written(self, ref: External, key: Any, value: Value, node: ir.Node) -> None:
        """As for all library things; an answer of koa is set."""
        if ref.name == "koa.context" and key == "body":
            self.told(value, node)
        super().external_written(ref, key, value, node)

    def _context_call(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        kind, _, method = name.rpartition(".")
        if name.startswith("hono.request"):
            return self._hono_request(method, arguments)
        if kind == "koa.context" and method == "get" and arguments.positional:
            names = arguments.positional[0].strings()
            return self.event(f"{_REQUEST}.headers.{names[0] if names else '*'}", "text")
        self.check_call(name, arguments, node, target)
        if method in _ANSWERS or method in ("html", "send"):
            for value in arguments.all():
                self.told(value, node)
        if kind == "http.response" and method in ("writeHead", "set", "header"):
            for value in arguments.positional:
                for found in self.objects(value):
                    for key, part in found.fields.items():
                        self._headers({str(key).lower(): part}, node, None)
        self.call_back(arguments, UNKNOWN, node)
        base = ".".join(name.split(".")[:2])
        return external(base)

    def _hono_request(self, method: str, arguments: Arguments) -> Value:
        key = arguments.get(0)
        key_node = arguments.node
        said = key.single if key is not None and isinstance(key.single, str) else ""
        if method == "valid":
            where = {"param": "params", "query": "query", "header": "headers", "cookie": "cookies"}.get(said, "body")
            given = self.event(f"{_REQUEST}.{where}", "json")
            schema = self.valid.get(said)
            if schema is None:
                return given
            if any(isinstance(one, FunctionRef) for one in schema.refs):
                return self.call(schema, Arguments([given, external("hono.context")], {}, key_node), key_node)
            return self.schema_value(schema, given, key_node)
        if method in ("json", "parseBody", "formData"):
            return self.event(f"{_REQUEST}.body", "json")
        part = {"param": "params", "query": "query", "queries": "query", "header": "headers", "text": "body"}.get(method, method)
        return self.event(f"{_REQUEST}.{part}.{said}" if said else f"{_REQUEST}.{part}", "text")

    def told(self, value: Value, node: ir.Node) -> None:
        """Something is answered by way of a framework."""
        for taint in self.deep_taints(value):
            self._told(taint, node, True, None)

    # ---- Lambda itself

    def _lambda_call(self, name: str, arguments: Arguments, node: ir.Node) -> Value | None:
        answer = arguments.get(1) if name in ("lambda.callback", "lambda.context.done") else None
        if name in ("lambda.context.succeed", "lambda.context.fail"):
            answer = arguments.get(0)
        if answer is not None:
            self.answered(answer, node, self.web)
            return NOTHING
        if name.startswith("lambda.context."):
            return UNKNOWN
        return NOTHING if name in ("lambda.callback", "lambda.next") else None
