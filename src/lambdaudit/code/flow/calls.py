"""Raw calls to AWS clients as the walk meets them: what was called on what, with abstract arguments.

The reader of these turns them into IAM actions and resources. One record stands for one call site and one chain that made the
receiver; a call inside a helper that is used with two clients gives two records.
"""

from typing import Literal

import msgspec

from ...model.where import Where

ReceiverKind = Literal["client", "resource", "session", "collection", "paginator", "waiter", "command", "unknown"]


class Env(msgspec.Struct, frozen=True):
    """A piece of a text that is the environment variable `name`; `default` is what the code takes when it is not set."""

    name: str
    default: str | None = None


class Hole(msgspec.Struct, frozen=True):
    """A piece of a text that is not decided in the code; `source` names where it comes from if it is foreign."""

    label: str = ""
    source: str = ""


Piece = str | Env | Hole


class Text(msgspec.Struct, frozen=True):
    """One possible text of a value: its pieces in order, literal pieces merged. ``("orders-", Env("STAGE"))``."""

    pieces: tuple[Piece, ...]

    @property
    def constant(self) -> str | None:
        """The text itself if it is decided."""
        if not self.pieces:
            return ""
        return self.pieces[0] if len(self.pieces) == 1 and isinstance(self.pieces[0], str) else None

    @property
    def prefix(self) -> str:
        """The literal text at the start."""
        return self.pieces[0] if self.pieces and isinstance(self.pieces[0], str) else ""

    def resolved(self, environment: "dict[str, str]") -> "Text":
        """The same with the variables of `environment` put in."""
        pieces: list[Piece] = []
        for piece in self.pieces:
            text: Piece = environment.get(piece.name, piece) if isinstance(piece, Env) else piece
            if isinstance(text, str) and pieces and isinstance(pieces[-1], str):
                pieces[-1] += text
            else:
                pieces.append(text)
        return Text(tuple(pieces))


class Argument(msgspec.Struct, frozen=True):
    """What is known about an argument.

    `texts` are its possible texts, empty when nothing is known; `whole` says that there are no others. `value` is a literal
    that is no text (numbers, booleans); `fields` those of a mapping, `items` those of a sequence (one item may stand for many
    when `whole` is false), `receiver` is the AWS object itself where one is passed.
    """

    texts: tuple[Text, ...] = ()
    whole: bool = False
    value: int | float | bool | None = None
    fields: tuple[tuple[str, "Argument"], ...] = ()
    items: tuple["Argument", ...] = ()
    receiver: "Receiver | None" = None

    @property
    def constants(self) -> frozenset[str]:
        """The texts that are decided."""
        return frozenset(text.constant for text in self.texts if text.constant is not None)

    def field(self, name: str) -> "Argument | None":
        """The field of that name of a mapping."""
        return next((value for key, value in self.fields if key == name), None)


class Receiver(msgspec.Struct, frozen=True):
    """The object that a call is made on.

    `kind` and `service` (botocore's name) as made by ``boto3.client("s3")``; `sub` for an object made from another one: the
    resource type (``Table``, ``Bucket``, ``Object``, ``Queue``), the collection (``objects``), the paginated or awaited
    operation in the client's spelling (``list_objects_v2``). `arguments` and `keywords` are those of the call that made it,
    `parent` the object it was made from. `service` is "" where it was not decided in the code. `options` are those of client
    and session (``region_name``, ``endpoint_url``); values of credentials are never kept.
    """

    kind: ReceiverKind
    service: str
    sub: str = ""
    arguments: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    parent: "Receiver | None" = None
    options: tuple[tuple[str, Argument], ...] = ()
    library: str = "boto3"


class RawCall(msgspec.Struct, frozen=True):
    """One call.

    `method` as written (``put_item``, ``paginate``, ``send``; ``all``, ``filter``, ``delete`` on collections; ``load`` or an
    attribute that makes a request). For JavaScript commands the method is ``send`` and the argument's receiver is of the kind
    ``command`` with the command class in `sub`. `chain` tells who called the function that the call is in, innermost last.
    """

    receiver: Receiver
    method: str
    where: Where
    arguments: tuple[Argument, ...] = ()
    keywords: tuple[tuple[str, Argument], ...] = ()
    chain: tuple[Where, ...] = ()

    def keyword(self, name: str) -> Argument | None:
        """The keyword argument of that name."""
        return next((value for key, value in self.keywords if key == name), None)
