"""NestJS: controllers, what is injected into them, and what their parameters get."""

from typing import TYPE_CHECKING

from .. import ir
from ..flow.invoke import Arguments
from ..flow.state import Object
from ..flow.values import ALL, UNKNOWN, ClassRef, External, FunctionRef, Value, clean, external

if TYPE_CHECKING:
    from .frameworks import Frameworks

_ROUTES = frozenset({
    "Get", "Post", "Put", "Patch", "Delete", "All", "Options", "Head", "Sse", "Query", "Mutation", "ResolveField",
    "Subscription", "MessagePattern", "EventPattern",
})  # fmt: skip
_SOURCES = {
    "Query": "query", "Param": "params", "Body": "body", "Headers": "headers", "Args": "body.args", "Payload": "body.payload",
    "Cookies": "cookies", "UploadedFile": "file", "RawBody": "body",
}  # fmt: skip
_WHOLE = frozenset({"Req", "Request"})
_CLEAN_PIPES = ("ParseIntPipe", "ParseUUIDPipe", "ParseBoolPipe", "ParseFloatPipe", "ParseEnumPipe", "ParseDatePipe")
_INJECTED = {
    "InjectRepository": "typeorm.manager", "InjectDataSource": "typeorm.manager", "InjectEntityManager": "typeorm.manager",
    "InjectModel": "mongo.collection", "InjectKnex": "knex.instance", "InjectRedis": "ioredis()",
}  # fmt: skip
_TYPES = {
    "Repository": "typeorm.manager", "DataSource": "typeorm.manager", "EntityManager": "typeorm.manager",
    "PrismaClient": "prisma.client", "Sequelize": "sequelize.connection", "Model": "mongo.collection",
}  # fmt: skip
_HARMLESS = frozenset({
    "IsInt", "IsNumber", "IsEnum", "IsUUID", "IsBoolean", "IsDate", "IsIn", "IsPositive", "IsMongoId", "IsAlphanumeric",
    "IsNumberString", "IsDateString", "IsISO8601", "IsAlpha", "IsHexadecimal", "Equals", "IsBooleanString", "IsULID",
})  # fmt: skip


def routes(walk: "Frameworks") -> list[FunctionRef]:
    """The methods of controllers and resolvers that are called for requests."""
    found: list[FunctionRef] = []
    for name, _, value in walk.registered:
        package, _, decorator = name.removesuffix("()").rpartition(".")
        if package in ("@nestjs/common", "@nestjs/graphql", "@nestjs/microservices") and decorator in _ROUTES:
            found += [ref for ref in value.refs if isinstance(ref, FunctionRef) and ref.owner is not None]
    return found


def call_route(walk: "Frameworks", ref: FunctionRef) -> Value:
    """Runs one method with an instance of its class and what its decorators put into its parameters."""
    if ref.owner is None:
        return UNKNOWN
    instance = _instance(walk, ref.owner, 0)
    bound = FunctionRef(ref.function, ref.scope, ref.module, ref.owner, instance)
    outer = (walk.scope, walk.module)
    walk.scope, walk.module = ref.scope, ref.module
    given = [_given(walk, parameter) for parameter in ref.function.parameters]
    walk.scope, walk.module = outer
    return walk.invoke(bound, Arguments(given, {}, ref.function), ref.function)


def _decorators(node: ir.Parameter | ir.Declared) -> list[tuple[str, list[ir.Argument]]]:
    found = []
    for decorator in node.decorators:
        arguments = decorator.arguments if isinstance(decorator, ir.Call) else []
        function = decorator.function if isinstance(decorator, ir.Call) else decorator
        name = function.id if isinstance(function, ir.Name) else function.name if isinstance(function, ir.Attribute) else ""
        found.append((name, arguments))
    return found


def _instance(walk: "Frameworks", owner: ClassRef, depth: int) -> Value:
    """An instance whose constructor got what its parameters ask for."""
    constructor = walk.member(owner, "constructor")
    given: list[Value] = []
    for ref in constructor.refs if constructor is not None and depth < 6 else ():
        if isinstance(ref, FunctionRef):
            outer = (walk.scope, walk.module)
            walk.scope, walk.module = ref.scope, ref.module
            given = [_dependency(walk, parameter, depth) for parameter in ref.function.parameters]
            walk.scope, walk.module = outer
    made = walk.instantiate(owner, Arguments(given, {}, owner.definition), owner.definition)
    outer = (walk.scope, walk.module)
    walk.scope, walk.module = owner.scope, owner.module
    for field in owner.definition.declared if depth < 6 else ():
        if any(name in _INJECTED or name.lower().startswith(("inject", "autowired")) for name, _ in _decorators(field)):
            walk.store_field(made, field.name, _dependency(walk, field, depth), field)
    walk.scope, walk.module = outer
    return made


def instance_of(walk: "Frameworks", owner: ClassRef) -> Value:
    """An instance as a container of dependencies makes it."""
    return _instance(walk, owner, 0)


def _dependency(walk: "Frameworks", parameter: ir.Parameter | ir.Declared, depth: int) -> Value:
    for name, _ in _decorators(parameter):
        if name in _INJECTED:
            return external(_INJECTED[name])
    annotation = parameter.annotation
    if not isinstance(annotation, ir.Name):
        return UNKNOWN
    if annotation.id in _TYPES:
        return external(_TYPES[annotation.id])
    for ref in walk.value(annotation).refs:
        if isinstance(ref, ClassRef):
            return _instance(walk, ref, depth + 1)
        if isinstance(ref, External) and "." in ref.name:
            made = f"{ref.name}()"
            return external(walk.catalogue.types.get(made, made))
    return UNKNOWN


def _given(walk: "Frameworks", parameter: ir.Parameter) -> Value:
    """What a framework passes for one parameter of a route."""
    for name, arguments in _decorators(parameter):
        if name in _WHOLE:
            return walk.event("event.request", node=parameter)
        part = _SOURCES.get(name)
        if part is None:
            continue
        values = [walk.value(argument.value) for argument in arguments]
        key = values[0].single if values and isinstance(values[0].single, str) else ""
        path = f"event.request.{part}.{key}" if key else f"event.request.{part}"
        kind = "text" if part in ("params", "headers", "cookies") and key else "json"
        value = walk.event(path, kind, parameter)
        used = " ".join(text for argument in values for text in walk.names_of(argument))
        if any(pipe in used for pipe in _CLEAN_PIPES):
            return clean(value, ALL)
        return _as_declared(walk, parameter, value)
    return UNKNOWN


def _as_declared(walk: "Frameworks", parameter: ir.Parameter, value: Value) -> Value:
    """A body or query in the form of its class, where the application validates: fields are what their decorators say."""
    annotation = parameter.annotation
    if not isinstance(annotation, ir.Name) or not walk.validates:
        return value
    for ref in walk.value(annotation).refs:
        if isinstance(ref, ClassRef) and ref.definition.declared:
            fields: dict[object, Value] = {}
            for field in ref.definition.declared:
                part = walk.load_path(value, field.name, parameter)
                fields[field.name] = _field(walk, field, part)
            return walk.new_object(Object("dict", fields))
    return value.but(kind="text") if annotation.id == "string" else value


def _field(walk: "Frameworks", field: ir.Declared, value: Value) -> Value:
    from .schemas import excluded_by

    for name, arguments in _decorators(field):
        if name in _HARMLESS:
            return clean(value, ALL)
        if name == "Matches" and arguments:
            known = walk.pattern_of(walk.value(arguments[0].value))
            value = clean(value, excluded_by(known[0])) if known is not None else value
        if name in ("IsString", "Length", "IsEmail", "MaxLength", "MinLength", "IsUrl", "Matches"):
            value = value.but(kind="text")
    return value
