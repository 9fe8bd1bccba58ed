"""What the walk finds beside flows into calls: state kept between invocations, files left, answers that tell too much, habits."""

import re
from typing import Any

from ...model.where import Where
from .. import ir
from .calls import Hole
from .comparisons import Comparisons
from .core import LoadedModule
from .invoke import Arguments
from .state import Object, Scope
from .values import ClassRef, External, ModuleRef, ObjectRef, Taint, Text, Value, join, join_all, pieces_of

_SECRET_NAME = re.compile(
    r"token|passw|secret|otp|nonce|session_?id|api_?key|csrf|salt|verification_code|reset_code", re.IGNORECASE
)
_PASSWORD = re.compile(r"passw|pwd|pin_?code|secret", re.IGNORECASE)
_WEAK = ("hashlib.md5", "hashlib.sha1")
_DOWNLOADS = {
    "aws.client.s3.download_file": 2,
    "aws.resource.s3.Bucket.download_file": 1,
    "aws.resource.s3.Object.download_file": 0,
}
_FILLS = {
    "aws.client.s3.download_fileobj": (2, "Fileobj", "stored"),
    "aws.resource.s3.Bucket.download_fileobj": (1, "Fileobj", "stored"),
    "aws.resource.s3.Object.download_fileobj": (0, "Fileobj", "stored"),
    "shutil.copyfileobj": (1, "fdst", "value"),
    "pickle.dump": (1, "file", "value"),
    "marshal.dump": (1, "file", "value"),
    "joblib.dump": (1, "filename", "value"),
    "shutil.copyfile": (1, "dst", "file"),
    "shutil.copy": (1, "dst", "file"),
    "shutil.copy2": (1, "dst", "file"),
    "shutil.move": (1, "dst", "file"),
    "os.rename": (1, "dst", "file"),
    "os.replace": (1, "dst", "file"),
}
"""Calls that put something into an argument: its position and name; what: data of S3, the first argument, the file it names."""
_NOT_VERIFIED = "The certificate of the server is not checked"


class TmpFile:
    """A file below ``/tmp`` that the code writes."""

    __slots__ = ("label", "named_by", "node", "removed", "text", "where")

    def __init__(self, text: Text, where: Where, node: ir.Node, label: str, named_by: str) -> None:
        self.text, self.where, self.node, self.label, self.named_by = text, where, node, label, named_by
        self.removed = False


class Findings(Comparisons):
    """Findings that are no flow into a call."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.tmp: dict[Text, TmpFile] = {}
        self.tmp_read: dict[Text, tuple[Where, ir.Node]] = {}
        self.tmp_removed: set[Text] = set()
        self.removes_all = False
        self.globals: set[int] = set()
        self.random_told: set[str] = set()
        self.returned_from: dict[int, Where] = {}

    # ---- state between invocations

    def global_written(self, name: str, value: Value, scope: Scope) -> None:
        """A variable of a module is set while the handler runs."""
        self._kept(name, value, None)

    def field_written(self, container: Value, key: Any, value: Value, node: ir.Node) -> None:
        """A field is set: of an object that outlives the call, or of a response."""
        if not self.in_handler:
            return
        for number in container.objects():
            if number in self.globals:
                self._kept(key if isinstance(key, str) else "", value, node)
        for ref in container.refs:
            if isinstance(ref, ClassRef | ModuleRef):
                self._kept(key if isinstance(key, str) else "", value, node)

    def object_changed(self, number: int, value: Value | None, node: ir.Node) -> None:
        """Something is put into an object by a method."""
        if value is not None and number in self.globals:
            self._kept("", value, node)

    @property
    def in_handler(self) -> bool:
        """Whether the handler is running (not the start of a module)."""
        return bool(self.globals_known)

    globals_known = False

    def _kept(self, name: str, value: Value, node: ir.Node | None) -> None:
        if not self.in_handler:
            return
        for taint in self.deep_taints(value):
            if taint.label in ("event", "identity") and self.alive(taint, "module-state"):
                steps = taint.trace
                place = Where(
                    self.module.path,
                    self.subject,
                    line=node.line if node else steps.line,
                    column=node.column if node else steps.column,
                )
                at = node if node is not None else ir.Node(steps.line, steps.column)
                self.report("module-state", f"module variable {name[:60]}".strip(), at, taint, 1, where=place)

    def note_globals(self) -> None:
        """Remembers the objects that exist before the handler runs."""
        self.globals = {key for key in self.here.cells if isinstance(key, int)}
        self.globals_known = True

    # ---- files below /tmp

    def written(self, target: Value, content: Value, node: ir.Node) -> None:
        """Something is written to a file object."""
        for ref in target.refs:
            if isinstance(ref, External) and ref.name == "file" and ref.extra:
                self._tmp_written(ref.extra[0], content, node)

    def _tmp_written(self, path: Value, content: Value | None, node: ir.Node) -> None:
        self.keep_content(path, content)
        labels = {t.label for t in self.deep_taints(content)} if content is not None else set()
        label = next((found for found in ("secret", "identity", "event", "stored") if found in labels), "")
        for text in pieces_of(path):
            if not text or not isinstance(text[0], str) or not text[0].startswith("/tmp"):
                continue
            named = next((piece.source for piece in text if isinstance(piece, Hole) and piece.label == "event"), "")
            known = self.tmp.get(text)
            if known is None:
                self.tmp[text] = TmpFile(text, self.where(node), node, label, named)
            elif label and not known.label:
                known.label = label

    def _file_call(self, name: str, arguments: Arguments, node: ir.Node, target: Value) -> None:
        if name in ("os.remove", "os.unlink", "shutil.rmtree", "pathlib.Path.unlink", "os.rmdir"):
            given = target if name.startswith("pathlib") else arguments.get(0)
            for text in pieces_of(given) if given is not None else ():
                self.tmp_removed.add(text)
                if not text or not isinstance(text[0], str) or text in (("/tmp",), ("/tmp/",)):
                    self.removes_all = True
            if name == "shutil.rmtree":
                self.tmp_removed.add(("tree",))
        elif name in _DOWNLOADS:
            place = arguments.get(_DOWNLOADS[name], "Filename")
            if place is not None:
                self._tmp_written(place, self.label("stored", "s3", node, "downloaded"), node)
        elif name in ("pathlib.Path.write_text", "pathlib.Path.write_bytes"):
            self._tmp_written(target, arguments.get(0), node)
        elif name in _FILLS:
            self._fills(name, arguments, node)

    def _fills(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        """A call that puts what it reads into an argument."""
        place, keyword, source = _FILLS[name]
        into, content = arguments.get(place, keyword), arguments.get(0)
        if source == "stored":
            content = self.label("stored", "s3.download_fileobj", node, "data is read with download_fileobj()", trust=1)
        elif source == "file" and content is not None:
            content = self.content_of(content)
        if into is None or content is None:
            return
        if into.objects() or into.externals():
            self.filled(into, content, node)
        else:
            self.keep_content(into, content)

    def opened(self, arguments: Arguments, node: ir.Node) -> Value | None:
        """``open(path, mode)``: a file whose content is foreign when it was opened to be read."""
        path = arguments.get(0, "file")
        mode = arguments.get(1, "mode")
        if path is None:
            return None
        text = mode.single if mode is not None else "r"
        writes = isinstance(text, str) and any(letter in text for letter in "wax+")
        if not writes:
            for pieces in pieces_of(path):
                if len(pieces) == 1 and isinstance(pieces[0], str) and pieces[0].startswith("/tmp/") and pieces not in self.tmp:
                    self.tmp_read.setdefault(pieces, (self.where(node), node))
        else:
            self._tmp_written(path, None, node)
        content = self.content_of(path)
        return Value(content.taints, refs=(External("file", extra=(path, writes)),), symbol=content.symbol)

    # ---- named things

    def named_assignment(self, targets: list[ir.Pattern], value: Value, node: ir.Node) -> None:
        """A variable with a telling name gets a value, or has one put to it."""
        if not self._random(value):
            return
        for target in targets:
            name = target.id if isinstance(target, ir.Name) else target.name if isinstance(target, ir.Attribute) else ""
            if _SECRET_NAME.search(name):
                self._weak_random(value, node, f"{name[:60]} is made")

    def _random(self, value: Value) -> set[str]:
        """The places of predictable random numbers in a value that were not told yet."""
        found = {s for t in value.taints if t.label == "random" for s in t.via if s.startswith("random")}
        return set() if found & self.random_told else found

    def _weak_random(self, value: Value, node: ir.Node, what: str) -> None:
        self.random_told |= self._random(value)
        self.issue("weak-random", node, f"{what} with a random generator that can be predicted")

    def named_entry(self, key: Value, value: Value, node: ir.Node) -> None:
        """An entry of a mapping with a telling key."""
        name = key.single
        if isinstance(name, str) and _SECRET_NAME.search(name) and self._random(value):
            self._weak_random(value, node, f"{name[:60]} is made")

    def returned_at(self, node: ir.Return, value: Value) -> None:
        """A function returns: its name can tell what the value is."""
        for number in value.objects():
            self.returned_from.setdefault(number, self.where(node))
        if self.frames and self.frames[-1].function is not None:
            name = self.frames[-1].function.function.name
            if _SECRET_NAME.search(name) and self._random(value):
                self._weak_random(value, node, f"{name[:60]}() gives something made")

    # ---- habits

    def library_called(self, name: str, ref: External, arguments: Arguments, node: ir.Node, target: Value) -> None:
        """Library calls that are wrong whatever data they get."""
        self._file_call(name, arguments, node, target)
        keywords = arguments.keywords
        verify = keywords.get("verify", keywords.get("verify_ssl", keywords.get("ssl_verify")))
        if verify is not None and verify.consts == (False,) and not name.startswith(("jwt.", "jose.", "aws.", "boto3")):
            self.issue("tls-verification-off", node, _NOT_VERIFIED)
        requirement = keywords.get("cert_reqs")
        if requirement is not None and (
            "CERT_NONE" in requirement.strings() or any(n.endswith("CERT_NONE") for n in self.names_of(requirement))
        ):
            self.issue("tls-verification-off", node, _NOT_VERIFIED)
        if name == "ssl._create_unverified_context":
            self.issue("tls-verification-off", node, _NOT_VERIFIED)
        if name in _WEAK:
            self._weak_hash(name, arguments, node)
        if name in ("jwt.decode", "jose.jwt.decode", "jwt.api_jwt.decode", "jwt.decode_complete"):
            self._token_decoded(arguments, node)
        if name in ("jose.jwt.get_unverified_claims", "jwt.get_unverified_claims"):
            self.issue("token-not-verified", node, "Claims of a token are read without checking its signature", "medium")
        if name.endswith(".set_missing_host_key_policy") and any(
            n.endswith("AutoAddPolicy") for v in arguments.positional for n in (*self.names_of(v),)
        ):
            self.issue("host-key-not-verified", node, "Any host key of an SSH server is accepted")
        debug = keywords.get("debug")
        if (
            debug is not None
            and debug.consts == (True,)
            and name in ("flask.app.run", "fastapi.FastAPI", "bottle.run", "bottle.app.run", "chalice.Chalice")
        ):
            self.issue("debug-mode", node, "Debugging is on: errors show code and values to the caller")
        if name == "file.write" or name == "file.writelines":
            self._write_method(target, arguments, node)

    def _write_method(self, target: Value, arguments: Arguments, node: ir.Node) -> None:
        function = node.function if isinstance(node, ir.Call) else None
        if isinstance(function, ir.Attribute):
            owner = self.value(function.value)
            for content in arguments.positional:
                self.written(owner, content, node)

    def _weak_hash(self, name: str, arguments: Arguments, node: ir.Node) -> None:
        given = arguments.get(0)
        security = arguments.keywords.get("usedforsecurity")
        if given is None or (security is not None and security.consts == (False,)):
            return
        told = [taint.source.rsplit(".", 1)[-1] for taint in given.taints]
        told += [argument.value.id for argument in arguments.nodes if isinstance(argument.value, ir.Name)]
        for argument in arguments.nodes:
            inner = argument.value
            if (
                isinstance(inner, ir.Call)
                and isinstance(inner.function, ir.Attribute)
                and isinstance(inner.function.value, ir.Name)
            ):
                told.append(inner.function.value.id)
        if any(_PASSWORD.search(text) for text in told):
            self.issue("weak-hash", node, f"A password is hashed with {name.rsplit('.', 1)[-1]}")

    def _token_decoded(self, arguments: Arguments, node: ir.Node) -> None:
        if not self.token_is_checked(arguments):
            self.issue("token-not-verified", node, "A token is decoded without checking its signature")

    def token_is_checked(self, arguments: Arguments) -> bool:
        """Whether decoding a token checks its signature."""
        verify = arguments.keywords.get("verify")
        options = arguments.keywords.get("options")
        off = verify is not None and verify.consts == (False,)
        for found in self.objects(options) if options is not None else []:
            signature = found.fields.get("verify_signature")
            off = off or (signature is not None and signature.consts == (False,))
        algorithms = arguments.get(2, "algorithms")
        none = algorithms is not None and any("none" in part.strings() for part in self.listed(algorithms) or [])
        return not (off or none)

    def dynamic_module(self, value: Value, node: ir.Node) -> None:
        """A module is loaded by a name that is not constant."""
        for taint in value.taints:
            if taint.label in ("event", "stored") and self.alive(taint, "code-evaluation"):
                self.report("code-evaluation", "import", node, taint)

    def handler_names(self, loaded: LoadedModule) -> list[str]:
        """The functions of a module that look like handlers, for folders without a Handler setting."""
        functions = [statement.function for statement in loaded.tree.body if isinstance(statement, ir.FunctionDefinition)]
        return [function.name for function in functions if self.frontend.is_handler(function)]

    # ---- the answer

    def answered(self, value: Value, node: ir.Node, web: bool) -> None:
        """Checks what the handler gives back."""
        for number in value.objects():
            found = self.object(number)
            if found is None:
                continue
            place = self.returned_from.get(number)
            if "isAuthorized" in found.fields or "policyDocument" in found.fields:
                self.authorizer = True
            headers: dict[str, Value] = {}
            for name in ("headers", "multiValueHeaders"):
                part = found.fields.get(name)
                for made in self.objects(part) if part is not None else []:
                    headers.update(self._of_headers(made))
            if web:
                self._headers(headers, node, place)
                body = found.fields.get("body")
                if body is not None:
                    self._body(body, headers, node, place)
        if web and value.path:
            self._headers(self._set_headers(value.path), node, None)
        for number in value.objects():
            place = self.returned_from.get(number)
            for taint in self.deep_taints(Value(refs=(ObjectRef(number),))):
                self._told(taint, node, web, place)
        for taint in value.taints:
            self._told(taint, node, web, None)

    def _of_headers(self, made: Object) -> dict[str, Value]:
        """Headers by their name in lower case; a list stands for its items, ``{key, value}`` of CloudFront for its value."""
        headers: dict[str, Value] = {}
        for key, given in made.fields.items():
            items = [part for found in self.objects(given) for part in found.everything()] or [given]
            for item in items:
                pairs = [found.fields for found in self.objects(item) if "value" in found.fields]
                name = next((pair["key"].single for pair in pairs if "key" in pair), None)
                value = join_all([pair["value"] for pair in pairs]) if pairs else item
                name = str(name if isinstance(name, str) and not isinstance(key, str) else key).lower()
                headers[name] = join(headers[name], value) if name in headers else value
        return headers

    def _set_headers(self, path: str) -> dict[str, Value]:
        """The headers that were set in an answer that came with the event."""
        start = f"{path}.headers."
        cells = self.here.cells.items()
        fields = {
            key[1].removeprefix(start): value
            for key, value in cells
            if isinstance(key, tuple) and key[0] == "path" and key[1].startswith(start) and isinstance(value, Value)
        }
        return self._of_headers(Object("dict", fields))

    def _headers(self, headers: dict[str, Value], node: ir.Node, place: Where | None) -> None:
        for name, value in headers.items():
            for taint in self.deep_taints(value):
                if taint.label != "event":
                    continue
                where = place or self._place_of(taint, node)
                if name == "location":
                    sure = self.host_open(taint, value, "redirect")
                    if sure:
                        self.report("redirect", "Location header", node, taint, sure, where=where)
                elif name == "access-control-allow-origin":
                    if self.alive(taint, "cors"):
                        self.report("cors", "Access-Control-Allow-Origin header", node, taint, 1, where=where)
                elif self.alive(taint, "header"):
                    self.report("header", f"{name[:40]} header", node, taint, 0, where=where)

    def _body(self, body: Value, headers: dict[str, Value], node: ir.Node, place: Where | None = None) -> None:
        kind = headers.get("content-type")
        if kind is None or not any("html" in text or "svg" in text for text in kind.strings()):
            return
        for taint in body.taints:
            if taint.label in ("event", "stored") and self.alive(taint, "xss"):
                self.report("xss", "HTML in the response", node, taint, where=place or self._place_of(taint, node))

    def _told(self, taint: Taint, node: ir.Node, web: bool, place: Where | None) -> None:
        kind = {"exception": "error-disclosed", "environment": "environment-disclosed", "secret": "secret-disclosed"}.get(
            taint.label
        )
        if kind is None or not self.alive(taint, kind):
            return
        if taint.label == "exception" and not web:
            return
        certain = 2 if taint.label != "exception" or (self.triggers and "unknown" not in self.triggers) else 1
        self.report(kind, "response", node, taint, certain, where=place or self._place_of(taint, node))

    def _place_of(self, taint: Taint, node: ir.Node) -> Where:
        """Where the answer was put together: the last return on the way."""
        for step in reversed(taint.trace.steps()):
            if step.text == "returned":
                return Where(step.path, self.subject, line=step.line, column=step.column)
        return self.where(node)

    # ---- the end

    def conclude(self) -> None:
        """Findings that need the whole walk."""
        if self.authorizer:
            self.conclude_authorizer()
        every = self.removes_all
        for file in self.tmp.values():
            if every or file.text in self.tmp_removed or self._tree_removed(file.text):
                continue
            name = "".join(piece if isinstance(piece, str) else "…" for piece in file.text)[:80]
            if file.label == "secret":
                self.issue("tmp-left", file.node, f"A secret is written to {name} and not removed", where=file.where)
            elif file.label in ("event", "identity"):
                self.issue("tmp-left", file.node, f"Data of the event is written to {name} and not removed", "medium", file.where)
            elif file.label:
                self.issue("tmp-left", file.node, f"{name} is written and not removed", "low", file.where)
        for text, (where, node) in self.tmp_read.items():
            if text not in self.tmp:
                name = str(text[0])[:80]
                self.issue("tmp-read", node, f"{name} is read, which an earlier invocation may have written", "low", where)
            elif self.tmp[text].where.line > where.line and self.tmp[text].where.source == where.source:
                self.issue("tmp-read", node, f"{text[0]!s:.80} is read before this invocation has written it", "low", where)

    def _tree_removed(self, text: Text) -> bool:
        first = text[0] if text else ""
        return any(
            isinstance(first, str)
            and removed
            and isinstance(removed[0], str)
            and len(removed[0]) > 5
            and first.startswith(removed[0])
            for removed in self.tmp_removed
        )
