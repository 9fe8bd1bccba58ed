"""Places where a foreign value does harm: which calls, which arguments, and the tests that go beyond "is foreign"."""

import re
from collections.abc import Callable, Iterable

from .. import ir
from .aws import Aws
from .calls import Env, Hole
from .catalogue import Sink
from .core import external_names
from .invoke import Arguments
from .values import External, FunctionRef, Taint, Value, pieces_of

_FIXED_HOST = re.compile(r"[a-zA-Z][\w+.-]*://[^/?#\\@]+[/?#]")
_AT_HOST = re.compile(r"[a-zA-Z][\w+.-]*://[^/?#]*$")
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ash", "ksh", "cmd", "cmd.exe", "powershell", "pwsh"})
_INTERPRETERS = frozenset({"python", "python3", "node", "perl", "ruby", "php", "lua"})
_OPTION_TAKERS = frozenset(
    {"git", "curl", "wget", "ssh", "scp", "rsync", "tar", "find", "zip", "psql", "mysql", "xargs", "awk", "sed"}
)
_FILES = ("io.", "file", "tempfile.", "gzip.", "archive", "requests.", "httpx.", "urllib", "aws.")
"""What is passed in place of a path when it is an open file or an answer."""
_AUTH = re.compile(
    r"^(proxy-)?authorization(token)?$|^set-cookie$|^cookies?$|api[-_]?key$|(access|refresh|id|auth|session)[-_]?token$|^token$"
    r"|passw(or)?d$|^secret$|client[-_]?secret$",
    re.IGNORECASE,
)


class Sinks(Aws):
    """Checks of arguments."""

    led_away = False
    """Whether the call that was checked last asks an address that the caller names."""

    def check_call(self, name: str, arguments: Arguments, node: ir.Node, receiver: Value | None) -> None:
        """Checks a call of a library's function against the catalogue."""
        rows = self.catalogue.sinks.get(name)
        if rows is None:
            rows = self.catalogue.by_method.get(name.rsplit(".", 1)[-1]) if "." in name else None
            if rows is not None and (name.startswith("aws.") or self.known_type(name)):
                rows = None
        for sink in rows or ():
            self.check(sink, arguments, node, receiver)

    def known_type(self, name: str) -> bool:
        """Whether a method is of a type that the catalogue knows, so that no guess by the method's name is needed."""
        owner = name.rsplit(".", 1)[0]
        return any(sink.startswith(owner + ".") for sink in self.catalogue.sinks)

    def check(self, sink: Sink, arguments: Arguments, node: ir.Node, receiver: Value | None = None) -> None:
        """Checks one call against one sink."""
        values = list(self.picked(sink, arguments, receiver))
        special = _CHECKS.get(sink.check)
        if special is not None:
            special(self, sink, arguments, values, node)
            return
        hit = False
        for value in values:
            hit = self.hits(sink, value, node) or hit
        if not hit and sink.kind in ("code-evaluation", "deserialisation") and values:
            self.pattern(sink, node)

    def picked(self, sink: Sink, arguments: Arguments, receiver: Value | None) -> Iterable[Value]:
        """The arguments that the sink looks at."""
        if not sink.arguments:
            yield from arguments.all()
            return
        done: set[int] = set()
        for place in sink.arguments:
            value: Value | None = None
            if place == "self":
                value = receiver
            elif place == "*":
                yield from arguments.positional
                continue
            elif isinstance(place, int):
                value = arguments.get(place)
            else:
                value = arguments.keywords.get(place)
                if value is None and arguments.rest_keywords is not None:
                    value = self.unpacked(arguments.rest_keywords, place, arguments.node)
                if value is None and self.frontend.language != "python" and arguments.positional:
                    value = self.option(arguments.positional, place)
            if value is not None and id(value) not in done:
                done.add(id(value))
                yield value

    def unpacked(self, value: Value, name: str, node: ir.Node) -> Value:
        """One keyword out of an unpacked mapping."""
        if value.path.endswith(".*"):
            return self.load_path(value.but(path=value.path.removesuffix(".*")), name, node)
        return value

    def option(self, positional: list[Value], name: str) -> Value | None:
        """A field of the options object of a call (JavaScript)."""
        for value in positional:
            for found in self.objects(value):
                if name in found.fields:
                    return found.fields[name]
        return None

    def live(self, sink: Sink, value: Value) -> list[Taint]:
        """The foreign parts of a value that can do the harm of the sink."""
        taints = value.taints if not value.refs else self.deep_taints(value)
        return [taint for taint in taints if taint.label in sink.labels and self.alive(taint, sink.kind)]

    def hits(self, sink: Sink, value: Value, node: ir.Node, trust: int | None = None, note: str = "") -> bool:
        """Reports what can do harm in a value; whether there was something."""
        found = self.live(sink, value)
        for taint in found:
            self.report(sink.kind, sink.name, node, taint, min(sink.trust, 2 if trust is None else trust), note or sink.note)
        return bool(found)

    def disclosed(self, taint: Taint, how: str, sink: str, node: ir.Node) -> None:
        """A secret or much of the event goes where others read it: ``log`` or ``response``."""
        kind = {"secret": "log-secret" if how == "log" else "secret-disclosed", "environment": "environment-disclosed"}.get(
            taint.label
        )
        if kind is not None:
            if self.alive(taint, kind):
                self.report(kind, sink, node, taint)
        elif how == "log" and taint.label == "event":
            whole = taint.source in ("event", "event.headers", "event.multiValueHeaders")
            if whole and self.alive(taint, "log-secret"):
                self.report("log-secret", sink, node, taint, 0, "the event carries the headers of the request, tokens among them")
            elif _AUTH.search(taint.source.rsplit(".", 1)[-1]) and self.alive(taint, "log-secret"):
                self.report("log-secret", sink, node, taint, 1)
            elif self.alive(taint, "log-injection"):
                self.report("log-injection", sink, node, taint, 0)

    # ---- texts

    def text_can_leave(self, taint: Taint, value: Value) -> bool:
        """Whether a foreign part of a file path can lead out of the folder that the text names."""
        if not self.alive(taint, "path"):
            return False
        starts = [_before_hole(text, taint) for text in pieces_of(value)]
        no_dots = self._says(taint, "dotdot")
        fixed = "joined" not in taint.clean and all(start for start in starts if start is not None)
        if no_dots and (self._says(taint, "absolute") or fixed):
            return False
        return any(start is None or not start or start.endswith("/") for start in starts)

    def _says(self, taint: Taint, fact: str) -> bool:
        facts = self.here.facts
        return fact in taint.clean or any(fact in facts.get(symbol, frozenset()) for symbol in taint.via)

    def host_open(self, taint: Taint, value: Value, kind: str) -> int:
        """How sure it is that a foreign part decides the host of an address: 2 sure, 1 likely, 0 no."""
        facts = self.here.facts
        if not self.alive(taint, kind) or any("*" in facts.get(f"host:{symbol}", frozenset()) for symbol in taint.via):
            return 0
        best = 0
        slash = self._says(taint, "slash")
        local = slash and self._says(taint, "one-slash")
        for text in pieces_of(value):
            if kind == "redirect" and _after_slash(text, taint):
                single = self._says(taint, "one-slash") or self._says(taint, "no-slash")
                best = max(best, 0 if single else 2)
                continue
            starts = bool(text) and isinstance(text[0], Hole)
            if not (local if starts else slash):
                best = max(best, _host_in(text, taint))
        return best


def _before_hole(text: tuple[object, ...], taint: Taint) -> str | None:
    """The literal right before the first hole of a foreign part; None when there is no such hole."""
    previous: object = ""
    for piece in text:
        if isinstance(piece, Hole) and (piece.source == taint.source or not piece.label):
            if isinstance(previous, str):
                return previous
            return "?"
        previous = piece
    return None


def _after_slash(text: tuple[object, ...], taint: Taint) -> bool:
    """Whether a text is one slash and a foreign part: ``/`` and ``/evil.example`` are the address of another host."""
    return len(text) > 1 and text[0] == "/" and isinstance(text[1], Hole) and text[1].source == taint.source


def _host_in(text: tuple[object, ...], taint: Taint) -> int:
    known = ""
    for index, piece in enumerate(text):
        if isinstance(piece, str):
            known += piece
        elif isinstance(piece, Env):
            if not known:
                return 0
            known += "env"
        elif isinstance(piece, Hole):
            if _FIXED_HOST.match(known):
                return 0
            if piece.label and (piece.source == taint.source or piece.label == taint.label):
                if known.startswith("/") and not known.startswith("//"):
                    return 0
                if index and known and not known.endswith(("://", "//", "@", ".")) and _AT_HOST.match(known):
                    return 1
                return 2
            known += "unknown"
        if _FIXED_HOST.match(known):
            return 0
    return 0


# ---- tests beyond "is foreign"


def _shell(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """``subprocess`` with and without a shell."""
    flag = arguments.keywords.get("shell")
    program = next((str(item.single) for item in (walk.listed(values[0]) or values[:1]) if item.single), "") if values else ""
    fed = arguments.keywords.get("input")
    if fed is not None and program.rsplit("/", 1)[-1] in _SHELLS | _INTERPRETERS:
        walk.hits(sink, fed, node)
    shell = flag is not None and flag.consts != (False,) and flag.consts != (None,)
    for value in values:
        items = walk.listed(value) if value.objects() else None
        if items is None and value.objects():
            items = [part for found in walk.objects(value) for part in found.everything()]
        if shell:
            for part in items if items is not None else [value]:
                if not walk.hits(sink, part, node) and sink.trust == 2 and part.consts:
                    walk.pattern(sink, node)
        elif items is not None:
            argv(walk, sink, items, node)
        elif value.path:
            walk.hits(sink, value, node)
        else:
            _program(walk, sink, value, node)


def _program(walk: Sinks, sink: Sink, value: Value, node: ir.Node) -> None:
    leads = walk.leading(value)
    if any(not lead for lead in leads):
        walk.hits(sink, value, node)
    elif any(" " in lead for lead in leads):
        walk.hits(sink, value, node, 1, "a text with spaces is split or fails without a shell")


def argv(walk: Sinks, sink: Sink, items: list[Value], node: ir.Node) -> None:
    """A program with its arguments in a list: the program itself, code for a shell, and options that begin with a dash."""
    if not items:
        return
    if walk.hits(sink, items[0], node):
        return
    program = str(items[0].single or "").rsplit("/", 1)[-1]
    words = [item.single for item in items]
    ended = False
    for index, item in enumerate(items[1:], start=1):
        before = words[index - 1]
        ended = ended or before == "--"
        code = (
            program in _SHELLS and isinstance(before, str) and before.startswith(("-", "/")) and before.endswith(("c", "C"))
        ) or (program in _INTERPRETERS and before in ("-c", "-e", "-r"))
        if code:
            walk.hits(sink, item, node)
        elif program in _OPTION_TAKERS and not ended and any(not lead for lead in walk.leading(item)):
            for taint in walk.live(sink, item):
                if walk.alive(taint, "argument"):
                    walk.report(
                        "argument", sink.name, node, taint, 0, f"{program} takes options that run programs or write files"
                    )


def _exec_list(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Functions that take program and arguments one by one or as a list."""
    items: list[Value] = []
    for value in values:
        known = walk.listed(value) if value.objects() else None
        items += known if known is not None else [value]
    argv(walk, sink, items, node)


def _url(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        for taint in walk.live(sink, value):
            sure = walk.host_open(taint, value, sink.kind)
            if sure:
                walk.led_away = True
                walk.report(sink.kind, sink.name, node, taint, min(sure, sink.trust), sink.note)


def _path(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        names = external_names(value)
        if names and all(name.startswith(_FILES) for name in names):
            continue
        if any(found.kind == "buffer" for found in walk.objects(value)):
            continue
        for taint in walk.live(sink, value):
            if walk.text_can_leave(taint, value):
                walk.report(sink.kind, sink.name, node, taint, sink.trust, sink.note)


def _archive(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Members of an archive that are written to where they say: unless a filter refuses, or their names were checked."""
    used = arguments.keywords.get("filter")
    if used is not None and (used.single in ("data", "tar") or any(n.endswith("_filter") for n in external_names(used))):
        return
    chosen = arguments.keywords.get("members") or (arguments.get(0, "member") if sink.name.endswith(".extract") else None)
    for value in values[:1]:
        for taint in walk.live(sink, value):
            told = walk.deep_taints(chosen) if chosen is not None else frozenset({taint})
            if not told or any(walk.alive(part, "member") and walk.alive(part, "path") for part in told):
                walk.report(sink.kind, sink.name, node, taint, sink.trust, sink.note)


def _yaml(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    loader = arguments.get(1, "Loader")
    names = external_names(loader) if loader is not None else []
    if any("Safe" in name or name.endswith("BaseLoader") for name in names):
        return
    trust = 2 if any(part in name for name in names for part in ("Unsafe", "Full", ".Loader", "CLoader")) else 1
    hit = [walk.hits(sink, value, node, trust) for value in values[:1]]
    if not any(hit) and loader is not None:
        walk.pattern(sink, node)


def _pickled_numpy(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    allow = arguments.get(2, "allow_pickle")
    if allow is None or allow.consts in ((False,), (None,)):
        return
    hit = [walk.hits(sink, value, node) for value in values]
    if not any(hit):
        walk.pattern(sink, node)


def _torch(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    only = arguments.keywords.get("weights_only")
    if only is not None and only.consts == (True,):
        return
    for value in values:
        walk.hits(sink, value, node, 1)


def _document(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Filters of document databases: operators come in where a value can be more than a text."""
    for value in values:
        found: list[Value] = [value]
        depth = 0
        while found and depth < 4:
            inner: list[Value] = []
            for part in found:
                if part.objects():
                    for made in walk.objects(part):
                        where = made.fields.get("$where")
                        if where is not None:
                            walk.hits(sink, where, node)
                        inner += [sub for key, sub in made.fields.items() if key != "$where"]
                        inner += [made.rest] if made.rest is not None else []
                if (part.path or not part.objects()) and part.kind not in ("text", "number", "bool") and part.texts is None:
                    walk.hits(sink, part, node)
            found = inner[:60]
            depth += 1


def _constant_text(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A text that should be constant; one that a mapping or list is made of does not count."""
    for value in values:
        if not value.objects() or value.taints:
            walk.hits(sink, value.but(refs=()) if value.objects() else value, node)


def _statements(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """A statement, or a list of statements with parameters of their own, which do no harm."""
    for value in values:
        told = [value]
        for _ in range(2):
            told = [part for one in told for part in _statement_in(walk, one)]
        for one in told:
            walk.hits(sink, one, node)


def _statement_in(walk: Sinks, value: Value) -> list[Value]:
    found: list[Value] = []
    for made in walk.objects(value):
        if made.kind == "dict" and "Statement" in made.fields:
            found.append(made.fields["Statement"])
        else:
            found += made.everything()
    return found if value.objects() else [value]


def _xml(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    parser = arguments.get(1, "parser")
    resolves = True
    for ref in parser.refs if parser is not None else ():
        if isinstance(ref, External) and ref.extra[:1] == ("entities",):
            resolves = bool(ref.extra[1])
    if resolves:
        for value in values[:1]:
            walk.hits(sink, value, node)


def _logged(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    for value in values:
        for taint in walk.deep_taints(value):
            walk.disclosed(taint, "log", sink.name, node)


def _sent(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """What leaves the function: the environment as a whole, or the role's credentials."""
    for value in values:
        for taint in walk.deep_taints(value):
            if taint.label == "environment" and walk.alive(taint, "environment-disclosed"):
                walk.report("environment-disclosed", sink.name, node, taint)


def _callback(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Timers and their like: harm only with a text in place of a function."""
    for value in values[:1]:
        if not any(isinstance(ref, FunctionRef) for ref in value.refs):
            walk.hits(sink, value, node)


def _key(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Names of objects: what a notification names is what the function is there for; a fixed start limits what is reached."""
    for value in values:
        for taint in walk.live(sink, value):
            if re.search(r"\.s3\.|^event\.detail\.object|^event\.key$", taint.source.replace("_", "")):
                continue
            open_start = any(not lead for lead in walk.leading(value))
            walk.report(sink.kind, sink.name, node, taint, min(sink.trust, 1 if open_start else 0), sink.note)


def _name(walk: Sinks, sink: Sink, arguments: Arguments, values: list[Value], node: ir.Node) -> None:
    """Names of resources: sure where the whole name is foreign, likely where a fixed start is put before it."""
    for value in values:
        trust = 2 if any(not lead for lead in walk.leading(value)) else 1
        walk.hits(sink, value, node, trust)


Check = Callable[[Sinks, Sink, Arguments, list[Value], ir.Node], None]
_CHECKS: dict[str, Check] = {
    "shell": _shell,
    "argv": _exec_list,
    "url": _url,
    "path": _path,
    "archive": _archive,
    "yaml": _yaml,
    "numpy": _pickled_numpy,
    "torch": _torch,
    "document": _document,
    "text": _constant_text,
    "statement": _statements,
    "xml": _xml,
    "log": _logged,
    "sent": _sent,
    "callback": _callback,
    "key": _key,
    "name": _name,
}
