"""The expression tree of HCL, with the place of every node.

Only structure: :mod:`.hcl` builds it from native syntax, :mod:`.tfjson` from JSON, :mod:`.evaluate` computes values from it.
"""

from dataclasses import dataclass, field
from typing import Any

from lambdaudit.sources.iac.values import Span


@dataclass(slots=True)
class Literal:
    """A number, a truth value, null, or a string without interpolation."""

    at: Span
    value: str | int | float | bool | None


@dataclass(slots=True)
class Template:
    """A string with interpolations and directives. `parts` are texts and nodes."""

    at: Span
    parts: "tuple[str | Expr | TemplateIf | TemplateFor, ...]"


@dataclass(slots=True)
class TemplateIf:
    """``%{ if … }…%{ else }…%{ endif }`` inside a template."""

    at: Span
    condition: "Expr"
    then: Template
    otherwise: Template


@dataclass(slots=True)
class TemplateFor:
    """``%{ for key, value in … }…%{ endfor }`` inside a template; `key` is empty when it is not asked for."""

    at: Span
    key: str
    value: str
    collection: "Expr"
    body: Template


@dataclass(slots=True)
class Items:
    """``[a, b]``."""

    at: Span
    items: "tuple[Expr, ...]"


@dataclass(slots=True)
class Pairs:
    """``{ a = b }``: pairs of key and value, in order. A bare word as a key is a Literal."""

    at: Span
    pairs: "tuple[tuple[Expr, Expr], ...]"


@dataclass(slots=True)
class Name:
    """The first word of a traversal: ``var``, ``local``, ``aws_lambda_function``, or the variable of a ``for``."""

    at: Span
    name: str


@dataclass(slots=True)
class Attr:
    """``of.name``."""

    at: Span
    of: "Expr"
    name: str


@dataclass(slots=True)
class Index:
    """``of[key]``."""

    at: Span
    of: "Expr"
    key: "Expr"


@dataclass(slots=True)
class Splat:
    """``of[*]…`` or ``of.*…``: `steps` are applied to each element: a name, an expression for an index, a splat inside."""

    at: Span
    of: "Expr"
    steps: "tuple[Step, ...]"


@dataclass(slots=True)
class Call:
    """A function call; `spread` when the last argument is followed by ``...``."""

    at: Span
    name: str
    arguments: "tuple[Expr, ...]"
    spread: bool = False


@dataclass(slots=True)
class Choice:
    """``condition ? then : otherwise``."""

    at: Span
    condition: "Expr"
    then: "Expr"
    otherwise: "Expr"


@dataclass(slots=True)
class Binary:
    """An operation of two operands."""

    at: Span
    operator: str
    left: "Expr"
    right: "Expr"


@dataclass(slots=True)
class Unary:
    """``!x`` or ``-x``."""

    at: Span
    operator: str
    operand: "Expr"


@dataclass(slots=True)
class ForItems:
    """``[for key, value in collection : item if condition]``."""

    at: Span
    key: str
    value: str
    collection: "Expr"
    item: "Expr"
    condition: "Expr | None"


@dataclass(slots=True)
class ForPairs:
    """``{for key, value in collection : name => item if condition}``; `grouped` for ``item...``."""

    at: Span
    key: str
    value: str
    collection: "Expr"
    name: "Expr"
    item: "Expr"
    grouped: bool
    condition: "Expr | None"


@dataclass(slots=True)
class Bad:
    """Something that is no expression; `reason` in words."""

    at: Span
    reason: str


Expr = (
    Literal | Template | Items | Pairs | Name | Attr | Index | Splat | Call | Choice | Binary | Unary | ForItems | ForPairs | Bad
)


Step = str | Expr | tuple[Any, ...]
"""A step of a splat: a name, the expression of an index, or the steps of a splat inside the splat."""


@dataclass(slots=True)
class Attribute:
    """``name = value`` in a body."""

    at: Span
    name: str
    value: Expr


@dataclass(slots=True)
class Block:
    """A block: its type, labels and body."""

    at: Span
    type: str
    labels: tuple[str, ...]
    body: "Body"


@dataclass(slots=True)
class Body:
    """What stands between the braces of a block, or in a file. `end` is the last line of it."""

    at: Span
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    end: int = 0

    def of(self, block_type: str) -> list[Block]:
        """The blocks of one type, in order."""
        return [block for block in self.blocks if block.type == block_type]

    def literal(self, name: str) -> str:
        """The value of an attribute that must be a plain string; empty when it is not there or not plain."""
        attribute = self.attributes.get(name)
        if attribute and isinstance(attribute.value, Literal) and isinstance(attribute.value.value, str):
            return attribute.value.value
        return ""
