"""Methods of texts and the formatting of texts."""

import re

from .. import ir
from .invoke import Arguments, Invoke
from .state import Object
from .values import ALL, BOOL, NUMBER, UNKNOWN, Value, clean, constant, pieces_of

KEEPING = frozenset({"strip", "encode", "decode", "lstrip", "rstrip", "removesuffix", "trim", "toString", "normalize", "valueOf"})
FOLDED = frozenset({"lower", "upper", "title", "capitalize", "casefold", "swapcase", "strip", "lstrip", "rstrip"})
PLAIN_CHECKS = frozenset({"isalnum", "isdigit", "isnumeric", "isdecimal", "isalpha", "isidentifier"})
NUMBERS = frozenset({"find", "rfind", "index", "rindex", "count", "__len__"})
SPLITS = frozenset({"split", "rsplit", "splitlines", "partition", "rpartition"})
_FIELD = re.compile(r"\{([^{}!:]*)(?:![a-z])?(?::[^{}]*)?\}")
_PERCENT = re.compile(r"%(?:\(([^)]*)\))?[#0\- +]*[\d*]*(?:\.\d+)?[a-zA-Z%]")


class Texts(Invoke):
    """Methods of texts."""

    def text_method(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        """``owner.name(arguments)`` where the owner is a text or not known."""
        if name in PLAIN_CHECKS:
            return BOOL.but(yes=((owner.symbol, ALL),)) if owner.symbol else BOOL
        if name in ("startswith", "startsWith", "endswith", "endsWith"):
            return self._affix(owner, name.lower() == "startswith", arguments)
        if name in NUMBERS:
            return NUMBER
        if name == "format":
            return self.format_braces(owner, arguments, node)
        if name == "format_map":
            return self.derived([owner, *arguments.all()], node, "put into a text", kind="text")
        if name == "join" and (owner.kind == "text" or owner.consts is not None):
            return self._join(owner, arguments, node)
        if name in SPLITS:
            return self._split(owner, name, arguments, node)
        if name == "replace":
            return self._replace(owner, arguments, node)
        single = owner.single
        if isinstance(single, str) and name in FOLDED and not arguments.all():
            return constant(str(getattr(single, name)()))
        if isinstance(single, str) and name == "encode":
            return owner
        if name in KEEPING and not self.names_of(owner):
            return owner if not owner.path else owner.but(kind="text" if name != "encode" else owner.kind)
        if name in ("read", "readlines", "readline", "json", "text", "getvalue") and owner.path:
            return owner
        return self.derived([owner, *arguments.all()], node, kind="text" if owner.kind == "text" else "")

    def _affix(self, owner: Value, start: bool, arguments: Arguments) -> Value:
        affix = arguments.get(0)
        if affix is None or not owner.symbol or not owner.taints or affix.taints:
            return BOOL
        text = affix.single
        kinds: set[str] = set()
        absent: set[str] = set()
        texts = [text] if isinstance(text, str) else []
        texts += [part.single for part in self.listed(affix) or [] if isinstance(part.single, str)]
        if start:
            if texts and all(re.match(r"https?://[^/?#@\\]+[/?#]", t) for t in texts):
                kinds |= {"request", "redirect"}
            if texts and "/" in texts:
                absent |= {"absolute"}
                kinds |= {"slash"} if len(texts) == 1 else set()
            if "//" in texts:
                absent |= {"one-slash"}
            if owner.symbol.startswith("relative:") and any(re.fullmatch(r"\.\.[/\\]?", t) for t in texts):
                return BOOL.but(no=((owner.symbol.removeprefix("relative:"), frozenset({"path"})),))
            if texts and all(len(t) >= 2 and not t.startswith("/") and t.rstrip("/") != "" for t in texts):
                kinds |= {"argument"}
        elif owner.symbol.startswith("host:") and texts and all(t.startswith(".") and t.count(".") > 1 for t in texts):
            return BOOL.but(yes=((owner.symbol, ALL),))
        inside = self.inside(owner) if start else ()
        return BOOL.but(
            yes=((owner.symbol, frozenset(kinds)), *inside) if kinds else inside,
            no=((owner.symbol, frozenset(absent)),) if absent else (),
        )

    def _split(self, owner: Value, name: str, arguments: Arguments, node: ir.Node) -> Value:
        separator = arguments.get(0)
        text, by = owner.single, separator.single if separator is not None else None
        if isinstance(text, str) and name in ("split", "rsplit") and (separator is None or (isinstance(by, str) and by)):
            parts = text.split(by if isinstance(by, str) else None)[:200]
            return self.new_object(Object("list", {index: constant(part) for index, part in enumerate(parts)}))
        part = self.derived([owner], node, kind="text")
        if by in ("/", "\\", "?", "#", "&"):
            tail = clean(part, frozenset({"path"})) if by in ("/", "\\") else part
            return self.new_object(Object("split", {-1: tail, 2: tail} if name == "rpartition" else {-1: tail}, part))
        if owner.texts is not None and isinstance(by, str) and len(owner.texts) == 1 and owner.texts[0]:
            first = owner.texts[0][0]
            if isinstance(first, str) and by in first:
                return self.new_object(Object("split", {0: constant(first.split(by)[0])}, part))
        return self.new_object(Object("list", {}, part))

    def _replace(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        old, new = arguments.get(0), arguments.get(1)
        one, two = (old.single if old is not None else None), (new.single if new is not None else None)
        text = owner.single
        if isinstance(text, str) and isinstance(one, str) and isinstance(two, str) and len(text) < 65536:
            return constant(text.replace(one, two)[:65536])
        if owner.texts is not None and isinstance(one, str) and one and new is not None and len(owner.texts) == 1:
            filled = self._filled(owner, one, new, node)
            if filled is not None:
                return filled
        made = self.derived([owner, *([new] if new is not None else [])], node, kind="text")
        if isinstance(one, str) and isinstance(two, str) and one not in two:
            kinds = {
                "/": frozenset({"path", "no-slash", "absolute"}),
                "\\": frozenset[str](),
                "..": frozenset({"dotdot"}),
                "\n": frozenset({"header", "log-injection"}),
                "\r": frozenset({"header", "log-injection"}),
                "<": frozenset({"xss"}),
            }.get(one)
            if kinds:
                made = clean(made, kinds)
        return made

    def _filled(self, owner: Value, mark: str, new: Value, node: ir.Node) -> Value | None:
        """A constant template whose mark is replaced by a value."""
        pieces = owner.texts[0] if owner.texts else ()
        if not all(isinstance(piece, str) for piece in pieces):
            return None
        parts: list[Value] = []
        for piece in pieces:
            for index, literal in enumerate(str(piece).split(mark)[:12]):
                if index:
                    parts.append(new)
                parts.append(constant(literal))
        return self.text_of(parts, node)

    def _join(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        given = arguments.get(0)
        if given is None:
            return UNKNOWN
        items = self.listed(given)
        if items is not None and len(items) <= 12:
            parts: list[Value] = []
            for index, item in enumerate(items):
                if index:
                    parts.append(owner)
                parts.append(item)
            return self.text_of(parts, node) if parts else constant("")
        element = self.element(given, node)
        if element.consts is not None and not element.taints:
            return Value(kind="text")
        return self.derived([owner, element], node, "put into a text", kind="text")

    def format_braces(self, owner: Value, arguments: Arguments, node: ir.Node) -> Value:
        """``"…{}…".format(…)``."""
        template = owner.single
        if not isinstance(template, str) or len(template) > 20000:
            return self.derived([owner, *arguments.all()], node, "put into a text", kind="text")
        parts: list[Value] = []
        position = automatic = 0
        for match in _FIELD.finditer(template):
            parts.append(constant(template[position : match.start()]))
            name = match.group(1)
            head = re.split(r"[.\[]", name, maxsplit=1)[0]
            if not head:
                value = arguments.get(automatic)
                automatic += 1
            else:
                value = arguments.get(int(head)) if head.isdigit() else arguments.get(None, head)
            parts.append(value if value is not None else UNKNOWN)
            position = match.end()
        parts.append(constant(template[position:]))
        return self.text_of(parts, node)

    def format_percent(self, left: Value, right: Value, node: ir.Node) -> Value:
        """``"…%s…" % values``."""
        template = left.single
        items = self.listed(right) if right.objects() else [right]
        mapping = next((found for found in self.objects(right) if found.kind == "dict"), None)
        if not isinstance(template, str) or (items is None and mapping is None):
            return self.derived([left, right], node, "put into a text", kind="text")
        parts: list[Value] = []
        position = count = 0
        for match in _PERCENT.finditer(template):
            parts.append(constant(template[position : match.start()]))
            position = match.end()
            if match.group(0).endswith("%"):
                parts.append(constant("%"))
                continue
            value: Value | None = None
            if mapping is not None and match.group(1):
                value = self.object_field(mapping, match.group(1))
            elif items is not None and count < len(items):
                value = items[count]
            count += 1
            if match.group(0)[-1] in "dixXofFeEgG" and value is not None:
                value = clean(value, ALL)
            parts.append(value if value is not None else UNKNOWN)
        parts.append(constant(template[position:]))
        return self.text_of(parts, node)

    # ---- texts of values for checks

    def leading(self, value: Value) -> list[str]:
        """The literal starts of the possible texts of a value."""
        return [text[0] if text and isinstance(text[0], str) else "" for text in pieces_of(value)]
