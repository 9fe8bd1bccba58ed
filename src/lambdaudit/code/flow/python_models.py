"""The walk that knows Python's library."""

from typing import Any, ClassVar

from .. import ir
from . import python_builtins, python_calls, python_files, python_web
from .invoke import Arguments
from .library import Library, Model
from .python_data import group_of, groups_of, matched, path_method, substituted
from .python_registry import MODELS
from .python_schemas import checked_before, checked_by_schema, loaded, validator_kinds
from .regexes import excluded
from .state import Object
from .values import (
    UNKNOWN,
    ClassRef,
    External,
    FunctionRef,
    Value,
    clean,
)

_VERBS = ("get", "post", "put", "delete", "patch", "head", "dispatch_request")
_PLAIN = frozenset({"builtins.str", "builtins.dict", "builtins.bytes", "builtins.list"})
"""Types whose methods are also called with the thing as first argument: ``str.lower(text)``."""
_OUTCOMES = frozenset({"status_code", "status", "ok", "is_success", "is_error", "elapsed", "getcode"})
_CLIENTS = ("requests.", "httpx.", "aiohttp.", "urllib3.", "urllib.request.")
"""What of the answer of a server says no more than how it went."""
_WHOLE = ("pathlib.", "urllib.parse.", "re.", "file", "tempfile.")
"""Things whose attributes say something of the whole."""
_READS = frozenset({"read", "read1", "readline", "readlines", "readall", "__iter__", "__next__"})
MODELLED = (python_builtins, python_calls, python_files, python_web)
"""Modules that fill the table of models when they are imported."""


class PythonWalk(Library):
    """The walk with Python's library."""

    models: ClassVar[dict[str, Model]] = MODELS

    def external_attribute(self, ref: External, value: Value, name: str, node: ir.Node) -> Value:
        """Attributes of library things that need more than a name."""
        if ref.name == "super" and len(ref.extra) == 2:
            return self.super_attribute(ref, name, node)
        if name in _OUTCOMES and ref.name.startswith(_CLIENTS):
            return Value(kind="number")
        if name == "__class__" and ref.name == "exception":
            return Value(refs=(External("exception.type"),))
        if ref.name == "urllib.parse.result" and name in ("hostname", "netloc", "host", "registered_domain", "fqdn"):
            made = super().external_attribute(ref, value, name, node)
            local = ((value.symbol, frozenset({"request", "redirect"})),)
            return made.but(symbol=f"host:{value.symbol}", refs=(), no=local) if value.symbol else made
        if ref.name == "urllib.parse.result" and name in ("scheme", "port", "path", "query"):
            return self.derived([value], node, kind="text")
        if ref.name == "re.Match" and ref.extra and name in ("string",):
            return value.but(refs=())
        if ref.name == "pathlib.Path" and name in ("name", "stem", "suffix"):
            return clean(self.derived([value], node, kind="text"), frozenset({"path", "no-slash", "absolute"}))
        if ref.name == "pathlib.Path" and name == "parents":
            return Value(value.taints, refs=(External("pathlib.parents", extra=(value.symbol,)),), symbol=value.symbol)
        if ref.name == "pathlib.Path" and name == "parent":
            return value
        if ref.name == "tempfile.TemporaryDirectory()" and name == "name":
            return value.but(refs=())
        if ref.name == "pathlib.Path" and value.texts is not None:
            return super().external_attribute(ref, value, name, node).but(texts=value.texts)
        made = super().external_attribute(ref, value, name, node)
        apart = made.taints and made.symbol and made.symbol == value.symbol and not ref.name.startswith(_WHOLE)
        return self.one_of(made, name) if apart else made

    def external_item(self, ref: External, value: Value, key: Any, key_value: Value | None, node: ir.Node) -> Value:
        """Groups of matches; then items of library things."""
        if ref.name == "re.Match" and ref.extra:
            return group_of(ref, key)
        return super().external_item(ref, value, key, key_value, node)

    def call_external(self, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value:
        """Methods of patterns, paths, matches and futures; then the library."""
        owner, _, method = ref.name.rpartition(".")
        receiver = target
        if owner in _PLAIN and arguments.positional:
            return self.method(
                arguments.positional[0], method, Arguments(arguments.positional[1:], arguments.keywords, node), node
            )
        if ref.name == "jsonschema.validator" or owner == "jsonschema.validator":
            known = checked_by_schema(self, ref, "" if ref.name == "jsonschema.validator" else method, arguments)
            if known is not None:
                return known
        if method == "bindparams" and owner.endswith("text()"):
            return target
        if owner == "hmac.digest":
            return Value(target.taints, refs=(External("hmac.digest"),))
        if ref.name == "parser.call":
            return python_web.call_parsed(self, ref, arguments, node)
        if ref.name == "class.new":
            return ref.extra[0] if isinstance(ref.extra[0], Value) else UNKNOWN
        if ref.name in python_files.OPENERS:
            self.check_call(ref.name, arguments, node, target)
            return self.opened(arguments, node) or UNKNOWN
        if owner == "file" and method in _READS:
            content = self.content_of(ref.extra[0]) if ref.extra else UNKNOWN
            return content if content.taints else self.derived([target.but(refs=())], node)
        if owner == "re.Pattern":
            pattern = ref.extra[0] if ref.extra else None
            text = arguments.get(1 if method in ("sub", "subn") else 0)
            if text is not None and method in ("match", "fullmatch", "search"):
                return matched(self, method, pattern, text, node)
            if text is not None and method in ("sub", "subn"):
                return substituted(self, pattern, arguments.get(0), text, node)
            if text is not None and method in ("findall", "finditer", "split"):
                kinds = excluded(pattern, True) if isinstance(pattern, str) else frozenset[str]()
                made = clean(self.derived([text], node, kind="text"), kinds)
                return self.new_object(Object("list", {}, made))
        if owner == "re.Match" and method in ("group", "groups", "groupdict", "__getitem__") and ref.extra:
            if method in ("groups", "groupdict"):
                return groups_of(self, ref, method == "groupdict")
            wanted = [value.single for value in arguments.positional]
            if len(wanted) > 1:
                return self.new_object(Object("tuple", {index: group_of(ref, one) for index, one in enumerate(wanted)}))
            return group_of(ref, wanted[0] if wanted else 0)
        if owner == "pathlib.Path" and method in ("open", "read_text", "read_bytes"):
            self.check_call(ref.name, arguments, node, target)
            if method == "open":
                mode = arguments.get(0, "mode")
                return self.opened(Arguments([target, *([mode] if mode is not None else [])], {}, node), node) or UNKNOWN
            return self.content_of(target)
        if owner == "pathlib.Path":
            known = path_method(self, receiver, method, arguments, node)
            if known is not None:
                return known
        if owner == "future" and method in ("result",) and ref.extra and isinstance(ref.extra[0], Value):
            return ref.extra[0]
        if ref.name.startswith("aws_lambda_powertools.utilities.data_classes.") or ref.name.endswith("current_event.json_body"):
            given = arguments.get(0, "data")
            if given is not None and given.path:
                return given
        if method == "model_validate" or method in ("parse_obj", "parse_raw", "model_validate_json"):
            function = node.function if isinstance(node, ir.Call) else None
            if isinstance(function, ir.Attribute):
                classes = [r for r in self.value(function.value).refs if isinstance(r, ClassRef)]
                given = arguments.get(0)
                if classes and given is not None:
                    return self.model_instance(
                        classes[0], Arguments([given.but(kind="json") if given.path else given], {}, node), node
                    )
        if method in ("as_view", "add_resource"):
            self._view(method, arguments, node)
        if owner.startswith("marshmallow.") and method in ("load", "loads"):
            function = node.function if isinstance(node, ir.Call) else None
            held = self.value(function.value) if isinstance(function, ir.Attribute) else UNKNOWN
            for schema in self.objects(held):
                result = loaded(self, schema.owner, arguments, node) if schema.owner is not None else None
                if result is not None:
                    return result
        return super().call_external(ref, arguments, node, target)

    def method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """Methods of functions and classes; then those of everything."""
        if name == "register" and any(isinstance(ref, FunctionRef) for ref in owner.refs) and len(arguments.all()) == 1:
            given = arguments.all()[0]
            if not any(isinstance(ref, FunctionRef) for ref in given.refs):
                return Value(refs=(External("overload", extra=(owner,)),))
        if name == "__subclasses__":
            found = [
                made for ref in owner.refs if isinstance(ref, ClassRef) for made in self.subclasses.get(id(ref.definition), ())
            ]
            if found:
                return self.new_object(Object("list", {index: Value(refs=(made,)) for index, made in enumerate(found)}))
        return super().method(owner, name, arguments, node)

    def wrapped(self, ref: External, decorator: ir.Expr, value: Value, function: ir.Function | None) -> Value | None:
        """Decorators that say something of the event, or give the function another one."""
        if ref.name.startswith("aws_lambda_powertools.utilities.validation."):
            checked_before(self, decorator)
        if ref.name.startswith("aws_lambda_powertools.utilities.parser.event_parser"):
            return python_web.parsed(self, decorator, value) or value
        return super().wrapped(ref, decorator, value, function)

    def validated(self, validator: ir.Expr) -> frozenset[str]:
        """What a value that a validator of attrs or marshmallow let through cannot do."""
        return validator_kinds(self, validator)

    def _view(self, method: str, arguments: Arguments, node: ir.Node) -> None:
        """A class whose methods answer requests: ``View.as_view(name)``, ``api.add_resource(View, …)``."""
        function = node.function if isinstance(node, ir.Call) else None
        given = self.value(function.value) if method == "as_view" and isinstance(function, ir.Attribute) else arguments.get(0)
        for ref in given.refs if given is not None else ():
            if isinstance(ref, ClassRef) and self.state is not None:
                instance = self.instantiate(ref, self.no_arguments(node), node)
                for name in _VERBS:
                    member = self.member(ref, name)
                    if member is not None:
                        self.registered.append(("flask.app.view", (), self.bound_to_instance(member, instance, node)))
