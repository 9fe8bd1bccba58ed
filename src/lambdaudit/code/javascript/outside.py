"""What is put in and comes out: buffers, patterns, addresses, files, processes, requests, templates, tokens, hashes."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import ir
from ..flow.invoke import Arguments
from ..flow.values import BOOL, UNKNOWN, External, FunctionRef, Value, clean, pieces_of

if TYPE_CHECKING:
    from .libraries import Libraries

Model = Callable[["Libraries", External, Arguments, ir.Node, Value], Value | None]


def _buffer(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    if ref.name == "Buffer.concat":
        return walk.element(first, node)
    return first if not first.objects() else walk.derived([first], node)


def _regex(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first, flags = arguments.get(0), arguments.get(1)
    text = first.single if first is not None else None
    if isinstance(text, str):
        return Value(
            refs=(External("regex", extra=(text, flags.single if flags is not None and isinstance(flags.single, str) else "")),)
        )
    return Value(refs=(External("regex"),))


def _regex_test(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return BOOL
    known = (str(ref.extra[0]), str(ref.extra[1])) if ref.extra else None
    return walk.matches(known, first) if known is not None else BOOL


def _regex_exec(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    first = arguments.get(0)
    if first is None:
        return UNKNOWN
    pattern = Value(refs=(External("regex", None, ref.extra),))
    return walk._matched(first, Arguments([pattern], {}, node), node)


_BELOW = re.compile(r"/[^/\\]|\./")
"""Addresses that stay on the host that they are resolved against."""


def _url(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A parsed address; what is known of its host is kept under a name of its own."""
    first, base = arguments.get(0), arguments.get(1)
    if first is None:
        return UNKNOWN
    if base is not None and ref.name == "URL" and base.consts != (None,):
        start = pieces_of(first)
        literal = all(text and isinstance(text[0], str) and _BELOW.match(text[0] + "x" * (len(text) == 1)) for text in start)
        parts = [base, first]
        made = walk.text_of(parts, node) if literal else walk.derived(parts, node, kind="text")
        symbol = first.symbol if first.symbol and not base.taints else made.symbol
        texts = made.texts if literal else None
        return Value(made.taints, texts=texts, refs=(External("url", None, ("url", "")),), symbol=symbol)
    made = walk.derived([first], node) if not first.taints else first
    return Value(
        first.taints, texts=first.texts, consts=None, refs=(External("url", None, ("url", made.symbol)),), symbol=first.symbol
    )


def _promisify(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return arguments.get(0)


def _spread_request(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """The answer to an outbound request: data of somebody else."""
    made = Value(refs=(External("http.answer"),))
    walk.call_back(arguments, made, node)
    return made


def _read_file(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    made = Value(refs=(External("fs.content"),))
    walk.call_back(arguments, made, node)
    return made


def _process(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """What a child process writes."""
    made = Value(refs=(External("process.output"),))
    walk.call_back(arguments, made, node)
    return made


_RAW = re.compile(r"<%-|\{\{\{|\|\s*safe|!\{|!=|<%_|\{\{&|~\}")


def _rendered(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """A page made of a template: engines escape what they put in, unless the template says otherwise."""
    template = arguments.get(0)
    given = [value for value in arguments.positional[1:] if not any(isinstance(r, FunctionRef) for r in value.refs)]
    if ref.extra[:1] == ("template",):
        template, given = ref.extra[1], arguments.positional
    text = template.single if template is not None else None
    made = walk.derived([*given, *([template] if template is not None else [])], node, "put into a text", kind="text")
    if isinstance(text, str) and not _RAW.search(text):
        made = clean(made, frozenset({"xss"}))
    walk.call_back(arguments, made, node)
    return made


def _compiled(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return Value(refs=(External("template.compiled", None, ("template", arguments.get(0))),))


def _verified(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Claims of a token whose signature was checked: who the caller is, as the issuer says."""
    made = walk.label("identity", "verified token", node, "a token is verified", path="token")
    walk.call_back(arguments, made, node)
    return made


def _unverified(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """Claims of a token whose signature was not checked: text of the caller."""
    return walk.label("event", "claims", node, "a token is decoded", path="claims", kind="json")


def _random(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    return walk.label("random", "random", node, "a number that can be predicted is made", kind="number")


_WEAK_HASHES = re.compile(r"md[45]|sha-?1|ripemd", re.IGNORECASE)
_PASSWORD = re.compile(r"passw|pwd|passphrase|pin_?code", re.IGNORECASE)


def _hash(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``crypto.createHash(algorithm)``: the algorithm is kept for what is put in."""
    name = arguments.get(0)
    return Value(refs=(External("hash", None, ("hash", name.strings()[0] if name is not None and name.strings() else "")),))


def _hashed(walk: "Libraries", ref: External, arguments: Arguments, node: ir.Node, target: Value) -> Value | None:
    """``hash.update(password)``, ``md5(password)``: a password is hashed with what is quick to try."""
    algorithm = str(ref.extra[1]) if ref.extra[:1] == ("hash",) else ref.name.rpartition(".")[2]
    called = node.arguments if isinstance(node, ir.Call) else []
    names = [part for argument in called for part in _names_in(argument.value)]
    names += [taint.source.rpartition(".")[2] for value in arguments.positional for taint in value.taints]
    if _WEAK_HASHES.match(algorithm) and any(_PASSWORD.search(name) for name in names):
        walk.issue("weak-hash", node, f"A password is hashed with {algorithm[:20]}")
    return Value(refs=(External("hash", None, ref.extra),)) if ref.extra[:1] == ("hash",) else None


def _names_in(node: ir.Expr, depth: int = 4) -> list[str]:
    """The names in an expression that is put together out of few parts."""
    if isinstance(node, ir.Name):
        return [node.id]
    if isinstance(node, ir.Attribute):
        return [node.name]
    parts: list[ir.Expr] = []
    if isinstance(node, ir.Binary):
        parts = [node.left, node.right]
    elif isinstance(node, ir.Template):
        parts = node.parts
    elif isinstance(node, ir.Call):
        parts = [argument.value for argument in node.arguments]
    return [name for part in parts[:8] for name in _names_in(part, depth - 1)] if depth else []


OUTSIDE: dict[str, Model] = {
    "Buffer.from": _buffer,
    "Buffer": _buffer,
    "Buffer.concat": _buffer,
    "Uint8Array": _buffer,
    "TextDecoder().decode": _buffer,
    "TextEncoder().encode": _buffer,
    "zlib.gunzipSync": _buffer,
    "zlib.gunzip": _buffer,
    "zlib.inflateSync": _buffer,
    "zlib.unzipSync": _buffer,
    "RegExp": _regex,
    "regex.test": _regex_test,
    "regex.exec": _regex_exec,
    "URL": _url,
    "url.URL": _url,
    "url.parse": _url,
    "util.promisify": _promisify,
    "pify": _promisify,
    "ejs.render": _rendered,
    "pug.render": _rendered,
    "nunjucks.renderString": _rendered,
    "mustache.render": _rendered,
    "eta.render": _rendered,
    "template.compiled": _rendered,
    "ejs.compile": _compiled,
    "pug.compile": _compiled,
    "handlebars.compile": _compiled,
    "nunjucks.compile": _compiled,
    "lodash.template": _compiled,
    "jsonwebtoken.verify": _verified,
    "jsonwebtoken.decode": _unverified,
    "jwt-decode": _unverified,
    "jwt-decode.jwtDecode": _unverified,
    "jose.decodeJwt": _unverified,
    "jose.jwtVerify": _verified,
    "aws-jwt-verify.CognitoJwtVerifier.create().verify": _verified,
    "aws-jwt-verify.JwtVerifier.create().verify": _verified,
    "aws-jwt-verify.JwtRsaVerifier.create().verify": _verified,
    "google-auth-library.OAuth2Client().verifyIdToken": _verified,
    "crypto.createHash": _hash,
    "hash.update": _hashed,
    "md5": _hashed,
    "sha1": _hashed,
    "crypto-js.MD5": _hashed,
    "crypto-js.SHA1": _hashed,
    "crypto-js/md5": _hashed,
    "crypto-js/sha1": _hashed,
    "Math.random": _random,
    "lodash.random": _random,
    "child_process.exec": _process,
    "child_process.execSync": _process,
    "child_process.spawn": _process,
    "child_process.spawnSync": _process,
    "child_process.execFile": _process,
    "child_process.execFileSync": _process,
    "child_process.fork": _process,
    "execa": _process,
    "execa.execa": _process,
    "fs.readFile": _read_file,
    "fs.readFileSync": _read_file,
    "fs.createReadStream": _read_file,
    "fs.readdir": _read_file,
    "fetch": _spread_request,
    "http.request": _spread_request,
    "https.request": _spread_request,
    "http.get": _spread_request,
    "https.get": _spread_request,
    "axios": _spread_request,
    "axios.get": _spread_request,
    "axios.post": _spread_request,
    "axios.request": _spread_request,
    "axios.client.get": _spread_request,
    "axios.client.post": _spread_request,
    "node-fetch": _spread_request,
    "got": _spread_request,
    "undici.request": _spread_request,
    "undici.fetch": _spread_request,
}
"""Models of calls, by the name of the function."""
