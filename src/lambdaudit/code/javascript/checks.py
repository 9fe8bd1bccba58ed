"""Places where a foreign value does harm in JavaScript, beyond the tests that all languages share."""

import re
from collections.abc import Callable
from typing import Any

from .. import ir
from ..flow.catalogue import Sink
from ..flow.invoke import Arguments
from ..flow.sinks import argv
from ..flow.values import External, FunctionRef, Value, pieces_of
from .aws import OPERATION_TARGETS, STATEMENTS, TARGETS, plain
from .prototypes import Prototypes

_LOGGING = re.compile(
    r"^(console\.(log|info|warn|error|debug|trace|dir|table)"
    r"|(@aws-lambda-powertools/logger\.Logger|pino|winston|bunyan|log4js|loglevel|tslog|lambda-log|signale|roarr)\b.*"
    r"\.(info|warn|error|debug|fatal|trace|log|verbose|silly|critical))$"
)
_TOKENS = re.compile(r"token|secret|password|passwd|api-?_?key|signature|digest|hmac|nonce|otp|session|csrf|reset", re.IGNORECASE)
_UNSAFE_SETTINGS = {"rejectUnauthorized": (False,), "strictSSL": (False,), "insecure": (True,)}
_OF_CONNECTIONS = frozenset({
    "connect", "ssl", "tls", "https", "agentOptions", "dialectOptions", "connection", "requestTls", "extra", "options",
    "tlsOptions",
})  # fmt: skip
"""Fields of options that hold options for TLS."""
_URL_KEYS = ("url", "uri", "hostname", "host", "baseURL", "baseUrl", "href", "socketPath", "origin")
_WEAK = frozenset({"none", "None", "NONE"})


class Checks(Prototypes):
    """Checks of calls."""

    def check_call(self, name: str, arguments: Arguments, node: ir.Node, receiver: Value | None) -> None:
        """Checks a call of a library's function against the catalogue, logging, TLS and tokens."""
        for sink in self.catalogue.sinks.get(name, ()):
            self.check(sink, arguments, node, receiver)
        if name.startswith("fs.") and arguments.positional:
            self._file(name.removeprefix("fs."), arguments, node)
        if _LOGGING.match(name):
            self._logged(name, arguments, node)
        for value in arguments.all():
            self._settings(value, node)
        if name in ("jsonwebtoken.decode", "jwt-decode", "jwt-decode.jwtDecode", "jose.decodeJwt", "jwt-simple.decode"):
            self._decoded(name, arguments, node)
        if name == "jsonwebtoken.verify":
            self._verified(arguments, node)

    def check(self, sink: Sink, arguments: Arguments, node: ir.Node, receiver: Value | None = None) -> None:
        """Checks one call against one sink."""
        special = _CHECKS.get(sink.check)
        if special is None:
            super().check(sink, arguments, node, receiver)
            return
        special(self, sink, arguments, list(self.picked(sink, arguments, receiver)), node)

    # ---- files

    def _file(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        """Files below ``/tmp`` that are written, read and removed."""
        place = arguments.positional[0]
        if name.startswith(("writeFile", "appendFile", "outputFile", "writeJson", "outputJson", "createWriteStream")):
            self._tmp_written(place, arguments.get(1) if name != "createWriteStream" else None, node)
        elif name.startswith(("unlink", "rm", "remove", "emptyDir")):
            for text in pieces_of(place):
                self.tmp_removed.add(text)
                if not text or not isinstance(text[0], str) or text in (("/tmp",), ("/tmp/",)):
                    self.removes_all = True
        elif name.startswith(("readFile", "createReadStream", "readJson")):
            for text in pieces_of(place):
                if len(text) == 1 and isinstance(text[0], str) and text[0].startswith("/tmp/") and text not in self.tmp:
                    self.tmp_read.setdefault(text, (self.where(node), node))

    # ---- logs

    def _logged(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        for value in arguments.all():
            for taint in self.deep_taints(value):
                if value.path.endswith(("VersionId", "ARN", "Name", "CreatedDate")) and taint.label == "secret":
                    continue
                self.disclosed(taint, "log", name, node)

    # ---- settings and tokens

    def _settings(self, value: Value, node: ir.Node, depth: int = 2) -> None:
        for found in self.objects(value):
            for key in _OF_CONNECTIONS & found.fields.keys() if depth else ():
                self._settings(found.fields[key], node, depth - 1)
            for key, bad in _UNSAFE_SETTINGS.items():
                set_to = found.fields.get(key)
                if set_to is not None and set_to.consts == bad:
                    self.issue("tls-verification-off", node, f"{key} is {str(bad[0]).lower()}: certificates are not verified")

    def _decoded(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        first, flag = arguments.get(0), arguments.get(2)
        if name == "jwt-simple.decode" and (flag is None or flag.consts != (True,)):
            return
        for taint in self.deep_taints(first) if first is not None else ():
            if taint.label == "event":
                self.report("token-not-verified", name, node, taint, 2, "the signature of the token is not checked")

    def _verified(self, arguments: Arguments, node: ir.Node) -> None:
        key, options = arguments.get(1), arguments.get(2)
        algorithms = self.field(options, "algorithms", node) if options is not None and options.objects() else None
        names = {item.single for item in (self.listed(algorithms) or [])} if algorithms is not None else set()
        if names & _WEAK:
            self.issue("token-not-verified", node, "tokens without a signature are taken: the algorithm none is allowed")
        if key is not None and isinstance(key.single, str) and 0 < len(key.single) < 200 and "BEGIN" not in key.single:
            self.issue("static-credentials", node, "Tokens are verified with a key that stands in the code")

    # ---- fields

    def external_written(self, ref: External, key: Any, value: Value, node: ir.Node) -> None:
        """Something of a library is set."""
        if ref.name == "os.environ" and key == "NODE_TLS_REJECT_UNAUTHORIZED" and value.single in ("0", 0):
            self.issue("tls-verification-off", node, "NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is verified")
        if ref.name == "Object.prototype" or ref.name.endswith(".prototype"):
            return
        if ref.name in ("document", "http.response") and key in ("innerHTML", "body"):
            for sink in self.catalogue.sinks.get("http.response.send", ()):
                self.check(sink, Arguments([value], {}, node), node)

    # ---- AWS requests

    def aws_request(self, service: str, operation: str, given: Value, node: ir.Node) -> None:
        """What a request names, and the programs for a service in it."""
        known = plain(service)
        told = f"{service}.{operation}"
        whole = Sink("cloud-target", told, {})
        if given.path or (given.taints and not given.objects()):
            self.hits(whole, given, node)
            return
        for found in self.objects(given):
            for key, value in found.fields.items():
                kind = STATEMENTS.get(key) if isinstance(key, str) else None
                if kind is not None and not value.objects():
                    self.hits(Sink(kind, told, {}), value, node)
                elif key in TARGETS.get(known, ()) or key in OPERATION_TARGETS.get(f"{known}.{operation}", ()):
                    self._target(Sink("cloud-target", told, {}), str(key), value, node)
            if found.rest is not None and found.rest.path.endswith(".*"):
                self.hits(whole, found.rest, node, 1)

    def _target(self, sink: Sink, key: str, value: Value, node: ir.Node) -> None:
        if key == "Key":
            _CLOUD_KEY(self, sink, value, node)
            return
        trust = 2 if any(not lead for lead in leading(value)) else 1
        for part in self._parts(value):
            self.hits(sink, part, node, trust)

    def _parts(self, value: Value, depth: int = 3) -> list[Value]:
        """A value and all that is in it."""
        inner = [part for found in self.objects(value) for part in found.everything()] if depth else []
        return [value, *(deep for part in inner[:60] for deep in self._parts(part, depth - 1))]

    def leading(self, value: Value) -> list[str]:
        """The literal that each possible text begins with."""
        return leading(value)

    def dynamic_module(self, value: Value, node: ir.Node) -> None:
        """``require(x)`` and ``import(x)`` of a name that is not constant."""
        sink = Sink("code-evaluation", "require", {})
        for taint in self.live(sink, value):
            if self.text_can_leave(taint, value) or any(not lead for lead in leading(value)) or not self._says(taint, "dotdot"):
                self.report(sink.kind, sink.name, node, taint, 2 if any(not lead for lead in leading(value)) else 1)

    def unknown_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> None:
        """A method of something that is not known."""
        if name in _BY_METHOD and not owner.taints and not owner.path and arguments.positional:
            kind, check = _BY_METHOD[name]
            if any(word in self.module_hints() for word in _HINTS[kind]):
                self.check(Sink(kind, name, {"arguments": [0], "check": check, "trust": 1}), arguments, node)

    def module_hints(self) -> set[str]:
        """The first words of all libraries that were imported."""
        return {re.split(r"[/.]", name.lstrip("@"))[0] for name in self.imports} | set(self.imports)


def leading(value: Value) -> list[str]:
    """The literal that each possible text of a value begins with."""
    return [str(text[0]) if text and isinstance(text[0], str) else "" for text in pieces_of(value)]


_BY_METHOD = {
    "query": ("sql", "sql"),
    "execute": ("sql", "sql"),
    "raw": ("sql", "sql"),
    "$queryRawUnsafe": ("sql", "sql"),
    "$executeRawUnsafe": ("sql", "sql"),
    "findOne": ("nosql", "filter"),
    "find": ("nosql", "filter"),
}
_HINTS = {
    "sql": {
        "mysql",
        "mysql2",
        "pg",
        "mssql",
        "knex",
        "sequelize",
        "typeorm",
        "sqlite3",
        "mariadb",
        "postgres",
        "prisma",
        "better-sqlite3",
    },
    "nosql": {"mongodb", "mongoose"},
}


def _options(walk: Checks, arguments: Arguments, name: str) -> Value | None:
    return walk.option(arguments.positional, name)


def _command(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A text for a shell."""
    hit = False
    for value in values:
        hit = walk.hits(sink, value, node) or hit


def _program(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A program and its list of arguments; with the option `shell` all of them are one text for a shell."""
    shell = _options(walk, arguments, "shell")
    if shell is not None and shell.consts not in ((False,), (None,)):
        for value in values:
            walk.hits(sink, value, node)
        return
    items: list[Value] = list(values[:1])
    for value in values[1:]:
        known = walk.listed(value) if value.objects() else None
        if known is not None:
            items += known
        elif any(made.kind == "list" for made in walk.objects(value)):
            items += [part for made in walk.objects(value) for part in made.everything()]
    argv(walk, sink, items, node)


def _url(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """An address, or options with one; only the host matters."""
    done: set[tuple[str, str]] = set()
    base = _options(walk, arguments, "baseURL") or _options(walk, arguments, "prefixUrl")
    for value in values:
        parts = [value]
        for made in walk.objects(value):
            parts = [made.fields[key] for key in _URL_KEYS if key in made.fields]
        if (
            base is not None
            and base not in parts
            and not any(re.match(r"https?://", lead) for lead in leading(parts[0]) if parts)
        ):
            parts = [base]
        for part in parts:
            for taint in walk.live(sink, part):
                sure = walk.host_open(taint, part, sink.kind)
                if sure and (taint.label, taint.source) not in done:
                    done.add((taint.label, taint.source))
                    walk.report(sink.kind, sink.name, node, taint, min(sure, sink.trust), sink.note)


def _sql(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """The text of a statement; a template of a tag, and values beside the text, are bound."""
    if _is_tagged(node):
        return
    for value in values:
        for made in walk.objects(value):
            for key in ("text", "sql", "query"):
                if key in made.fields:
                    walk.hits(sink, made.fields[key], node)
        if not value.objects() or value.taints:
            walk.hits(sink, value.but(refs=()) if value.objects() else value, node)


def _is_tagged(node: ir.Node) -> bool:
    """Whether a call is a tagged template: its one argument stands where the template stands and the call has no brackets."""
    return isinstance(node, ir.Call) and [argument.spread for argument in node.arguments] == ["`"]


def _filter(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A filter of a document database: operators come in where a value can be more than a text."""
    stack = [(value, 0) for value in values]
    while stack:
        value, depth = stack.pop()
        if value.objects() and depth < 5:
            for made in walk.objects(value):
                for key, part in made.fields.items():
                    if key in ("$where", "$function", "$accumulator", "$expr"):
                        walk.hits(sink, part, node)
                    elif key not in ("$eq", "projection", "sort", "limit"):
                        stack.append((part, depth + 1))
                if made.rest is not None:
                    stack.append((made.rest, depth + 1))
        if (value.path or not value.objects()) and value.kind not in ("text", "number", "bool") and value.texts is None:
            walk.hits(sink, value, node)


def _yaml(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """``yaml.load`` is safe since version 4, and with a safe schema; it is not with the full one."""
    schema = _options(walk, arguments, "schema")
    names = " ".join(walk.names_of(schema)) if schema is not None else ""
    if schema is None:
        if sink.name.endswith("safeLoad"):
            return
        return
    if "FULL" in names or ".extend" in names or "js-types" in names or "UNSAFE" in names:
        for value in values:
            walk.hits(sink, value, node)


def _property_path(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        walk.hits(sink, value, node, 2 if value.kind != "number" else 0)


def _merged(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A deep merge of data with foreign names in it."""
    for value in arguments.positional[1:] or arguments.positional:
        if value.path and value.kind in ("json", ""):
            walk.hits(sink, value, node)
        for made in walk.objects(value):
            if made.rest is not None and made.rest.path:
                walk.hits(sink, made.rest, node, 1)


def _markup(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A text in an answer that a browser may take for HTML."""
    for value in values:
        if value.objects() or not value.taints:
            continue
        for taint in walk.live(sink, value):
            texts = " ".join(str(piece) for text in pieces_of(value) for piece in text if isinstance(piece, str))
            if "<" in texts or sink.check == "markup-always":
                walk.report(sink.kind, sink.name, node, taint)
            elif value.path and value.kind in ("text", ""):
                walk.report(sink.kind, sink.name, node, taint, 1)


def _location(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        for taint in walk.live(sink, value):
            sure = walk.host_open(taint, value, sink.kind)
            if sure:
                walk.report(sink.kind, sink.name, node, taint, min(sure, sink.trust))


def _response_header(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    name = arguments.get(0)
    given = arguments.get(1)
    if name is not None and given is not None and isinstance(name.single, str):
        walk._headers({name.single.lower(): given}, node, None)


def _template_data(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Options of a template engine that come with the data: only when the whole object is foreign."""
    for value in values:
        if value.path and value.kind in ("json", "") and not value.objects():
            walk.hits(sink, value, node)


def _entities(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for name in ("noent", "replaceEntities"):
        flag = _options(walk, arguments, name)
        if flag is not None and flag.consts == (True,):
            for value in values:
                walk.hits(sink, value, node)


def _text_built(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        walk.hits(sink, value, node)


def _ldap(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        for made in walk.objects(value):
            if "filter" in made.fields and not made.fields["filter"].objects():
                walk.hits(sink, made.fields["filter"], node)
        if not value.objects():
            walk.hits(sink, value, node)


def _callback_text(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Timers: harm only with a text in place of a function."""
    for value in values[:1]:
        if not any(isinstance(ref, FunctionRef | External) for ref in value.refs) and not value.objects():
            walk.hits(sink, value, node)


def _archive(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        if not value.objects():
            for taint in walk.live(sink, value):
                if walk.text_can_leave(taint, value):
                    walk.report(sink.kind, sink.name, node, taint, sink.trust)


def _never(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    return


def _worker(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        walk.hits(sink, value, node)


def _native(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        walk.hits(sink, value, node, 1)


def _pattern(walk: Checks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        if not any(isinstance(ref, External) and ref.name == "regex" for ref in value.refs):
            walk.hits(sink, value, node)


def _CLOUD_KEY(walk: Checks, sink: Sink, value: Value, node: ir.Node) -> None:  # noqa: N802
    """The name of an object: what a notification names is what the function is there for; a fixed start limits the rest."""
    for taint in walk.live(sink, value):
        if re.search(r"\.s3\.|^event\.detail\.object|^event\.key$", taint.source):
            continue
        starts = [text[0] if text else "" for text in pieces_of(value)]
        open_start = any(not isinstance(start, str) and getattr(start, "label", "") != "identity" for start in starts)
        walk.report(sink.kind, sink.name, node, taint, 1 if open_start and taint.label != "identity" else 0)


Check = Callable[[Checks, Sink, Arguments, list[Value], ir.Node], None]
_CHECKS: dict[str, Check] = {
    "command": _command,
    "program": _program,
    "quoted-template": _never,
    "url": _url,
    "sql": _sql,
    "filter": _filter,
    "yaml": _yaml,
    "property-path": _property_path,
    "merged": _merged,
    "markup": _markup,
    "markup-always": _markup,
    "location": _location,
    "response-header": _response_header,
    "template-data": _template_data,
    "entities": _entities,
    "text-built": _text_built,
    "ldap": _ldap,
    "text": _callback_text,
    "archive": _archive,
    "never": _never,
    "worker": _worker,
    "native": _native,
    "pattern": _pattern,
}
