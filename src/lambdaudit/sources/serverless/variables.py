"""Variables of a service resolved from what is in its folder; everything else stays open, with what would settle it."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import List, Map, Span, Str, Text, moved, span_of
from lambdaudit.sources.serverless.syntax import MAX_TEXT, Literal, Source, Variable, parts_of

MAX_DEPTH: Final = 150
MAX_VALUES: Final = 500_000
"""Values that variables may insert; references that double each other end there."""
MAX_STEPS: Final = 500_000
_CODE: Final = frozenset((".js", ".cjs", ".mjs", ".ts", ".mts", ".cts"))
_OUTSIDE: Final = {
    "ssm": "a parameter of the Parameter Store",
    "cf": "an output of another stack",
    "s3": "an object in S3",
    "output": "an output of another service",
    "state": "the state of another service",
    "git": "the state of the repository",
    "terraform": "an output of Terraform",
    "vault": "a secret of Vault",
}
_AWS_OUTSIDE: Final = ("ssm:", "cf:", "s3:")
DEFAULT_REGION: Final = "us-east-1"
DEFAULT_STAGE: Final = "dev"
MISSING: Final = object()


class Resolver:
    """Resolves the variables of one service.

    `root` is the configuration as written; `read` gives the content of a file by its path relative to the service: a value, a
    text, an Unknown, or MISSING when there is none. `given` are values given by hand, for options, parameters and environment
    variables alike.
    """

    def __init__(self, root: Map, read: Callable[[str], Any], given: Mapping[str, str], *, account: str, region: str) -> None:
        self._root = root
        self._read = read
        self._given = given
        self._account = account
        self._region = region
        self._depth = 0
        self._steps = 0
        self._inserted = 0
        self._memo: dict[str, tuple[Any, int]] = {}
        self._pending: set[str] = set()

    def stage(self) -> str | Unknown:
        """The stage: the one given, the provider's, or the framework's default."""
        if "stage" in self._given:
            return self._given["stage"]
        found = self._walk(self._root, "provider.stage", "self:provider.stage")
        if found is MISSING or found is None:
            return DEFAULT_STAGE
        return str(found) if isinstance(found, str) else _open(found, "the stage is no text")

    def region(self) -> str | Unknown:
        """The region: the one given, the provider's, or the framework's default."""
        if known := self._region or self._given.get("region", ""):
            return known
        found = self._walk(self._root, "provider.region", "self:provider.region")
        if found is MISSING or found is None:
            return DEFAULT_REGION
        return str(found) if isinstance(found, str) else _open(found, "the region is no text")

    def value(self, node: Any) -> Any:
        """A value with all variables in it resolved. Never raises."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            return Unknown("the configuration is too large to be resolved")
        if isinstance(node, str):
            return self._text(node) if "${" in node else node
        if not isinstance(node, list | dict):
            return node
        if self._depth >= MAX_DEPTH:
            return Unknown(f"values nest deeper than {MAX_DEPTH} levels")
        self._depth += 1
        try:
            return self._list(node) if isinstance(node, list) else self._map(node)
        finally:
            self._depth -= 1

    def _list(self, node: list[Any]) -> Any:
        made = List((), span_of(node), getattr(node, "rest", None))
        for inner in node:
            made.append(self.value(inner))
        return made

    def _map(self, node: dict[str, Any]) -> Any:
        made = Map((), span_of(node), getattr(node, "keys_at", None), getattr(node, "rest", None))
        for key, inner in node.items():
            made[key] = self.value(inner)
        return _spread_sub(made)

    def _text(self, node: str) -> Any:
        span = span_of(node)
        parts = parts_of(str(node))
        if self._depth >= MAX_DEPTH - 4:
            return Unknown(f"variables nest deeper than {MAX_DEPTH} levels")
        self._depth += 4
        try:
            if len(parts) == 1 and isinstance(parts[0], Variable):
                return _used(self._variable(parts[0]), span)
            return joined((part if isinstance(part, str) else self._variable(part) for part in parts), span)
        finally:
            self._depth -= 4

    def _variable(self, variable: Variable) -> Any:
        for source in variable.sources:
            found = self._literal(source) if isinstance(source, Literal) else self._source(source)
            if found is not MISSING and (found is not None or source is variable.sources[-1]):
                return found
        return Unknown(f"{variable.text[:120]} is not set{_hint(variable)}")

    def _literal(self, literal: Literal) -> Any:
        return self.value(literal.value) if isinstance(literal.value, str) else literal.value

    def _source(self, source: Source) -> Any:
        address = self.value(source.address)
        arguments = self.value(source.arguments)
        for part in (address, arguments):
            if not isinstance(part, str | int | float):
                return _open(part, f"${{{source.kind}: …}} has an address that is not known")
        return self._of(source.kind, str(arguments), str(address))

    def _of(self, kind: str, arguments: str, address: str) -> Any:
        match kind:
            case "self":
                return self._self(address)
            case "opt":
                return self._option(address)
            case "env":
                return self._given.get(address, MISSING)
            case "param":
                return self._parameter(address)
            case "file":
                return self._file(arguments, address)
            case "sls":
                return self.stage() if address == "stage" else Unknown(f"${{sls:{address[:80]}}} is known when it is deployed")
            case "aws":
                return self._aws(address)
            case "strToBool":
                return _truth(arguments)
        what = _OUTSIDE.get(kind.partition(".")[0], "a variable of a plugin or resolver")
        return Unknown(f"${{{kind[:40]}:{address[:120]}}}: {what}, which is not read")

    def _option(self, name: str) -> Any:
        if name == "region" and self._region:
            return self._region
        return self._given.get(name, MISSING)

    def _self(self, address: str) -> Any:
        if not address:
            return Unknown("${self:} means the whole configuration")
        found = self._walk(self._root, address, f"self:{address}")
        if found is MISSING and address == "provider.stage":
            return self.stage()
        if found is MISSING and address == "provider.region":
            return self.region()
        return found

    def _parameter(self, name: str) -> Any:
        if name in self._given:
            return self._given[name]
        stage = self.stage()
        if isinstance(stage, Unknown):
            return Unknown(f"the parameter {name[:80]} depends on the stage: {stage.reason}")
        for address in (
            f"stages.{stage}.params.{name}",
            f"params.{stage}.{name}",
            f"stages.default.params.{name}",
            f"params.default.{name}",
        ):
            found = self._walk(self._root, address, f"self:{address}")
            if found is not MISSING:
                return found
        return MISSING

    def _aws(self, address: str) -> Any:
        if address == "region":
            return self.region()
        if address == "accountId":
            return self._account or Map({"Ref": Str("AWS::AccountId")})
        if address.startswith(_AWS_OUTSIDE):
            return Unknown(f"${{aws:{address[:120]}}}: {_OUTSIDE[address.partition(':')[0]]}, which is not read")
        # ``${aws:username}`` is a variable of IAM, not of the framework.
        return f"${{aws:{address}}}"

    def _file(self, path: str, address: str) -> Any:
        path = path.strip().strip("'\"")
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in _CODE:
            return Unknown(f"{path[:200]} is code, which is not run")
        found = self._read(path)
        if not address or found is MISSING or isinstance(found, Unknown):
            return found if found is MISSING or isinstance(found, Unknown) else self._whole(found, path)
        return self._walk(found, address, f"file({path}):{address}")

    def _whole(self, content: Any, path: str) -> Any:
        return self._remember(f"file({path})", lambda: self.value(content))

    def _walk(self, node: Any, address: str, name: str) -> Any:
        """What stands at an address, resolved; variables on the way are resolved as far as the way needs it."""

        def find() -> Any:
            current = node
            for segment in address.split("."):
                if isinstance(current, str) and "${" in current:
                    current = self._text(current)
                if isinstance(current, Unknown):
                    return current
                inner = _member(current, segment)
                if inner is MISSING:
                    rest = getattr(current, "rest", None)
                    return rest or MISSING
                current = inner
            return self.value(current)

        return self._remember(name, find)

    def _remember(self, name: str, find: Callable[[], Any]) -> Any:
        """The value of an address, worked out once. What it adds is counted each time that it is inserted."""
        found = self._memo.get(name)
        if found is None:
            if name in self._pending:
                return Unknown(f"{name[:120]} refers to itself")
            self._pending.add(name)
            before = self._inserted
            value = find()
            self._pending.discard(name)
            found = (value, size_of(value, MAX_VALUES - before))
            self._memo[name] = found
        value, size = found
        self._inserted += size
        if self._inserted > MAX_VALUES:
            return Unknown(f"variables insert more than {MAX_VALUES:,} values")
        return value


def _open(value: Any, reason: str) -> Unknown:
    return value if isinstance(value, Unknown) else Unknown(reason)


def _hint(variable: Variable) -> str:
    names = [s.address for s in variable.sources if isinstance(s, Source) and s.kind in ("opt", "env", "param")]
    plain = [name for name in names if name and "$" not in name]
    return f"; --param {plain[0][:80]}=… would settle it" if plain else ""


def _member(value: Any, segment: str) -> Any:
    if isinstance(value, dict):
        return value.get(segment, MISSING)
    if isinstance(value, list) and segment.isascii() and segment.isdecimal() and int(segment[:9]) < len(value):
        return value[int(segment[:9])]
    return MISSING


def _truth(text: str) -> Any:
    word = text.strip().strip("'\"").lower()
    if word in ("true", "1"):
        return True
    if word in ("false", "0", "null", "undefined", ""):
        return False
    return Unknown("strToBool of a text that is neither true nor false")


def size_of(value: Any, limit: int) -> int:
    """The number of values in a tree, counted no further than just above `limit`."""
    count, stack = 0, [value]
    while stack and count <= limit:
        one = stack.pop()
        count += 1 + (len(one) // 1000 if isinstance(one, str) else 0)
        if isinstance(one, dict):
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return count


def _used(value: Any, span: Span | None) -> Any:
    """A value where a variable names it: texts and numbers stand where they are used, the rest where it was written."""
    if type(value) is Str or type(value) is str:
        return Str(value, span)
    if isinstance(value, Text):
        return Text(value.parts, span)
    if isinstance(value, Map) and value.span and span:
        return Map(value, value.span.applied(span), value.keys_at, value.rest)
    if isinstance(value, List) and value.span and span:
        return List(value, value.span.applied(span), value.rest)
    return moved(value, span)


def joined(parts: Iterable[Any], span: Span | None) -> Any:
    """The text that parts make; one with holes where a part is open, and ``Fn::Join`` where CloudFormation settles a part."""
    flat: list[Any] = []
    size, functions = 0, False
    for part in parts:
        for inner in part.parts if isinstance(part, Text) else (part,):
            if isinstance(inner, dict) and len(inner) == 1 and (("Ref" in inner) or next(iter(inner)).startswith("Fn::")):
                functions = True
                flat.append(inner)
                continue
            if isinstance(inner, list | dict):
                return Unknown("an object or a list stands where a text belongs")
            plain = inner if isinstance(inner, Unknown) else _as_text(inner)
            # A hole counts like a longer text: texts of nothing but holes end too.
            size += len(plain) if isinstance(plain, str) else 100
            if size > MAX_TEXT:
                return Unknown(f"a text longer than {MAX_TEXT:,} characters")
            if isinstance(plain, str) and flat and isinstance(flat[-1], str):
                flat[-1] += plain
            else:
                flat.append(plain)
    if functions:
        return Map({"Fn::Join": List([Str("", span), List(flat, span)], span)}, span)
    if not flat:
        return Str("", span)
    if len(flat) == 1:
        return Str(flat[0], span) if isinstance(flat[0], str) else flat[0]
    return Text(tuple(flat), span)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _spread_sub(node: Map) -> Map:
    """``Fn::Sub`` of a text with holes as the join of its parts, so that its known parts stay known."""
    arguments = node.get("Fn::Sub")
    if len(node) != 1 or arguments is None:
        return node
    text, *variables = arguments if isinstance(arguments, list) and arguments else [arguments]
    if isinstance(text, Map) and "Fn::Join" in text:
        pieces = text["Fn::Join"][1]
    elif isinstance(text, Text):
        pieces = list(text.parts)
    else:
        return node
    span = node.span
    parts = [Map({"Fn::Sub": List([piece, *variables], span)}, span) if isinstance(piece, str) else piece for piece in pieces]
    return Map({"Fn::Join": List([Str("", span), List(parts, span)], span)}, span)
