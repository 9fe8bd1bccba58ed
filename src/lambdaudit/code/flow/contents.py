"""What is put into buffers, queues and files, so that it is known when it is read again."""

from typing import TYPE_CHECKING, Any

from .. import ir
from .calls import Hole
from .sinks import Sinks
from .state import Object
from .values import UNKNOWN, ObjectRef, Text, Value, constant, join, join_all, pieces_of

if TYPE_CHECKING:
    from .arguments import Arguments

_NOTHING_PUT = frozenset(
    {"seek", "tell", "close", "flush", "truncate", "isatty", "fileno", "task_done", "join", "empty", "full", "qsize"}
)
_PUTS = frozenset({
    "write", "writelines", "put", "put_nowait", "append", "extend", "writestr", "writerow", "writerows", "writeheader",
    "send", "feed",
})  # fmt: skip


class Contents(Sinks):
    """Buffers and files.

    `starved` are the places of queues that were read while nothing was in them (a worker that is started first), `later` what
    was put there afterwards: with it, the handler is walked once more.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.starved: set[str] = set()
        self.later: dict[str, Value] = {}

    def new_queue(self, node: ir.Node) -> Value:
        """A queue; what another worker puts in later is in it when that is known."""
        place = f"{self.module.path}:{node.line}:{node.column}"
        return self.new_buffer("queue.Queue()", self.later.get(place), {"place": constant(place)})

    def new_buffer(self, base: str, content: Value | None = None, fields: dict[Any, Value] | None = None) -> Value:
        """A thing that holds what is written to it; `base` is its name in the library."""
        return self.new_object(Object("buffer", fields or {}, content, None, base))

    def filled(self, target: Value, content: Value, node: ir.Node) -> None:
        """Something is written into a buffer or into the file that is open."""
        for number in target.objects():
            found = self.object(number)
            if found is not None and found.kind == "buffer":
                self.here.cells[number] = found.with_rest(content)
                self.object_changed(number, content, node)
                place = found.fields["place"].single if "place" in found.fields else None
                if isinstance(place, str) and place in self.starved and place not in self.later and self.deep_taints(content):
                    self.later[place] = self.derived([content], node)
                inner = found.fields.get("into")
                if inner is not None and (inner.objects() or inner.externals()):
                    self.filled(inner, content, node)
                elif inner is not None:
                    self.keep_content(inner, content)
                if "name" in found.fields:
                    self.keep_content(found.fields["name"], content)
        self.written(target, content, node)

    def buffer_method(self, number: int, made: Object, name: str, arguments: "Arguments", node: ir.Node) -> Value:
        """A method of a buffer: what is put in is kept, what is read is all that was put in."""
        this = Value(refs=(ObjectRef(number),))
        if name in _PUTS:
            for value in arguments.all():
                self.filled(this, self.element(value, node) if name in ("writelines", "extend", "writerows") else value, node)
            return UNKNOWN
        if name in _NOTHING_PUT:
            return UNKNOWN
        if made.rest is None and "place" in made.fields:
            self.starved.add(str(made.fields["place"].single))
        content = self.held(made)
        if name == "readinto":
            for value in arguments.positional:
                self.filled(value, content, node)
            return Value(kind="number")
        if name in ("__enter__", "__aenter__", "detach"):
            return this
        if name in ("readlines", "__iter__"):
            return self.new_object(Object("list", {}, content))
        return content

    def held(self, made: Object) -> Value:
        """All that is in a buffer, and in the file behind it."""
        parts = [made.rest] if made.rest is not None else []
        if "name" in made.fields:
            parts.append(self.content_of(made.fields["name"]))
        return join_all(parts) if parts else UNKNOWN

    # ---- files

    def keep_content(self, path: Value, content: Value | None) -> None:
        """Remembers what a file holds; for the same text of its path it is found again."""
        if content is None or self.frontend.language != "python" or not self.deep_taints(content):
            return
        content = content if not content.objects() else self.derived([content], ir.Node(0, 0))
        for text in pieces_of(path):
            if not _named(text):
                continue
            key = ("file", text)
            old = self.here.cells.get(key)
            self.here.cells[key] = join(old, content) if isinstance(old, Value) else content

    def content_of(self, path: Value) -> Value:
        """What this invocation has written to the file at a path; UNKNOWN when it is not known."""
        found = [cell for text in pieces_of(path) if isinstance(cell := self.here.cells.get(("file", text)), Value)]
        return join_all(found) if found else UNKNOWN

    def read_from(self, arguments: "Arguments") -> list[Value]:
        """The contents of the files that a call is given by path."""
        found = [self.content_of(value) for value in arguments.positional[:1] if not value.objects()]
        return [content for content in found if content.taints]


def _named(text: Text) -> bool:
    """Whether a path says anything: an unknown one would be every file."""
    return any(isinstance(piece, str) or (isinstance(piece, Hole) and piece.source) for piece in text)
