"""The common tree that a language's front end lowers a source file to, and that the flow engine walks.

Rules for front ends:

* Every node has `line` and `column` (from 1) of its first character; names of fields are the same for all languages.
* Names have function scope. A front end for a language with block scope renames an inner binding that shadows another one
  (``x`` -> ``x%2``), and lists every name that a function binds in `Function.locals`; a name that is in no `locals` on the way
  out belongs to the module, then to the language (``open``, ``JSON``).
* Nothing is evaluated here, except that adjacent literal texts are one `Constant` and signs of numbers are folded in.
* Nesting is bounded by the front end: what is deeper than `DEPTH` becomes `Opaque`, and is told in `Module.problems`.
  Left-leaning operator chains do not count: lower them with a loop (the engine walks `Binary.left` with a loop, too).
"""

from typing import TypeAlias

import msgspec

DEPTH = 150
"""How deep expressions and statements may nest in a module before a front end gives up on what is inside."""


class Node(msgspec.Struct, eq=False):
    """A piece of source; equal only to itself, so that nodes are keys."""

    line: int
    column: int


# ---- expressions


class Constant(Node, eq=False):
    """A literal: text, bytes, number, boolean or None (JavaScript: null, and undefined with `undefined` set)."""

    value: str | bytes | int | float | bool | None
    undefined: bool = False


class Name(Node, eq=False):
    """A variable, read or, in a pattern, bound. JavaScript's ``this`` and ``super`` are the names ``this`` and ``super``."""

    id: str


class Attribute(Node, eq=False):
    """``value.name``; `optional` for ``value?.name``. In a pattern: stores there."""

    value: "Expr"
    name: str
    optional: bool = False


class Index(Node, eq=False):
    """``value[index]``; `optional` for ``value?.[index]``. In a pattern: stores there."""

    value: "Expr"
    index: "Expr"
    optional: bool = False


class Slice(Node, eq=False):
    """``value[start:stop:step]``."""

    value: "Expr"
    start: "Expr | None" = None
    stop: "Expr | None" = None
    step: "Expr | None" = None


class Argument(Node, eq=False):
    """One argument of a call: positional, named (`name`), or spread (`spread` is ``*`` for a sequence, ``**`` for a mapping)."""

    value: "Expr"
    name: str = ""
    spread: str = ""


class Call(Node, eq=False):
    """``function(arguments)``; `optional` for ``function?.()``, `new` for ``new Class(…)``.

    A tagged template is a call of the tag with one `Template`.
    """

    function: "Expr"
    arguments: list[Argument]
    optional: bool = False
    new: bool = False


class Binary(Node, eq=False):
    """``left op right`` for arithmetic, text and bits: ``+ - * / // % ** @ << >> >>> & | ^``."""

    op: str
    left: "Expr"
    right: "Expr"


class Compare(Node, eq=False):
    """``first op second [op third …]``.

    Operators: ``== != < <= > >= is is-not in not-in instanceof``. JavaScript's ``===`` is ``==``, and its ``in`` is ``in``.
    """

    first: "Expr"
    rest: list[tuple[str, "Expr"]]


class Boolean(Node, eq=False):
    """``a and b and …``: `op` is ``and``, ``or`` or ``??``."""

    op: str
    values: list["Expr"]


class Unary(Node, eq=False):
    """``op operand``: ``not``, ``-``, ``+``, ``~``, ``typeof``, ``void``, ``delete``."""

    op: str
    operand: "Expr"


class Conditional(Node, eq=False):
    """``then if test else otherwise``, ``test ? then : otherwise``."""

    test: "Expr"
    then: "Expr"
    otherwise: "Expr"


class Template(Node, eq=False):
    """A text with holes, in order: literal parts are text Constants. Format specifications are dropped."""

    parts: list["Expr"]


class Sequence(Node, eq=False):
    """A list, tuple or set display (`kind`: ``list``, ``tuple``, ``set``); items may be `Spread`. An array is a list."""

    items: list["Expr"]
    kind: str = "list"


class Spread(Node, eq=False):
    """``*value`` in a display, ``...value`` in an array; in a pattern: binds the rest."""

    value: "Expr"


class Mapping(Node, eq=False):
    """A dict display or object literal: (key, value) in order, key None for a spread (``**value``, ``...value``).

    ``{a: 1}`` has the text Constant ``a`` as key; methods and accessors are `Lambda` values.
    """

    entries: list[tuple["Expr | None", "Expr"]]


class Lambda(Node, eq=False):
    """A function as a value."""

    function: "Function"


class ClassValue(Node, eq=False):
    """A class as a value."""

    definition: "Class"


class Await(Node, eq=False):
    """``await value``."""

    value: "Expr"


class Yield(Node, eq=False):
    """``yield value``; `all` for ``yield from`` / ``yield*``."""

    value: "Expr | None" = None
    all: bool = False


class Assignment(Node, eq=False):
    """An assignment used as a value: ``(x := v)``, ``x = v``, ``x += v`` (`op` is ``+``), ``x ??= v``; ``x++`` adds Constant 1.

    `after` is false where the value before the change is the result (``x++``).
    """

    target: "Pattern"
    value: "Expr"
    op: str = ""
    after: bool = True


class Clause(Node, eq=False):
    """``for target in iterable if conditions`` of a comprehension."""

    target: "Pattern"
    iterable: "Expr"
    conditions: list["Expr"]


class Comprehension(Node, eq=False):
    """`kind`: ``list``, ``set``, ``dict`` (then `value` beside `element` as key) or ``generator``."""

    kind: str
    element: "Expr"
    clauses: list[Clause]
    value: "Expr | None" = None


class Regex(Node, eq=False):
    """A regular expression literal with its flags."""

    pattern: str
    flags: str = ""


class Comma(Node, eq=False):
    """``a, b``: all are evaluated, the last one is the value (JavaScript's comma operator)."""

    values: list["Expr"]


class DynamicImport(Node, eq=False):
    """``import(module)`` or ``require(module)`` as a value; `require` tells which."""

    module: "Expr"
    require: bool = False


class Opaque(Node, eq=False):
    """Something the front end does not lower; its parts are evaluated, and the result is made of all of them."""

    parts: list["Expr"]
    what: str = ""


Expr: TypeAlias = (
    Constant
    | Name
    | Attribute
    | Index
    | Slice
    | Call
    | Binary
    | Compare
    | Boolean
    | Unary
    | Conditional
    | Template
    | Sequence
    | Spread
    | Mapping
    | Lambda
    | ClassValue
    | Await
    | Yield
    | Assignment
    | Comprehension
    | Regex
    | Comma
    | DynamicImport
    | Opaque
)

# ---- patterns: what an assignment, loop, parameter or handler binds


class ListPattern(Node, eq=False):
    """``a, b, *rest``: items are patterns, None for a hole (``[, b]``), `Spread` of a pattern for the rest."""

    items: list["Pattern | None"]


class DictPattern(Node, eq=False):
    """``{key: target, ...rest}``; a key is an expression (a text Constant as a rule)."""

    entries: list[tuple["Expr", "Pattern"]]
    rest: "Pattern | None" = None


class DefaultPattern(Node, eq=False):
    """``target = default`` inside a pattern: the default is used where the value is missing."""

    target: "Pattern"
    default: "Expr"


Pattern: TypeAlias = Name | Attribute | Index | Slice | Spread | ListPattern | DictPattern | DefaultPattern | Opaque

# ---- statements


class Assign(Node, eq=False):
    """``target = target = value``. Declarations are assignments; one without a value (``let x;``) has an undefined Constant."""

    targets: list["Pattern"]
    value: "Expr"
    annotation: "Expr | None" = None


class AugmentedAssign(Node, eq=False):
    """``target op= value``; `op` without the equals sign, ``and``, ``or``, ``??`` for logical ones."""

    target: "Pattern"
    op: str
    value: "Expr"


class Expression(Node, eq=False):
    """A statement that is an expression."""

    value: "Expr"


class If(Node, eq=False):
    """``if test: then else: otherwise``; ``elif`` nests."""

    test: "Expr"
    then: list["Stmt"]
    otherwise: list["Stmt"]


class For(Node, eq=False):
    """A loop over `iterable`. `over`: ``values`` (Python ``for``, JavaScript ``for … of``) or ``keys`` (``for … in``)."""

    target: "Pattern"
    iterable: "Expr"
    body: list["Stmt"]
    otherwise: list["Stmt"]
    over: str = "values"


class While(Node, eq=False):
    """A loop on a condition; `first` if the body runs before the test (``do``); `update` runs after each turn.

    ``for (a; b; c)`` is the statement a followed by a While.
    """

    test: "Expr"
    body: list["Stmt"]
    otherwise: list["Stmt"]
    update: list["Expr"] = []
    first: bool = False


class Handler(Node, eq=False):
    """``except types as name`` / ``catch (pattern)``; `types` None catches everything."""

    types: "Expr | None"
    target: "Pattern | None"
    body: list["Stmt"]


class Try(Node, eq=False):
    """``try: body``, handlers, ``else: otherwise``, ``finally: final``."""

    body: list["Stmt"]
    handlers: list[Handler]
    otherwise: list["Stmt"]
    final: list["Stmt"]


class With(Node, eq=False):
    """``with context as target, …: body``."""

    items: list[tuple["Expr", "Pattern | None"]]
    body: list["Stmt"]


class Case(Node, eq=False):
    """One arm: `tests` are compared with the subject (none: default); `binding` is bound to the subject, then `guard` is tested.

    `structural` is a pattern that takes the subject apart (Python ``match`` on mappings and sequences).
    """

    tests: list["Expr"]
    body: list["Stmt"]
    guard: "Expr | None" = None
    binding: "Pattern | None" = None
    structural: "Pattern | None" = None


class Switch(Node, eq=False):
    """``match`` / ``switch``. With `falls` an arm that does not break goes on into the next one."""

    subject: "Expr"
    cases: list[Case]
    falls: bool = False


class Return(Node, eq=False):
    """``return value``."""

    value: "Expr | None" = None


class Raise(Node, eq=False):
    """``raise value`` / ``throw value``; None raises again. A failed ``assert`` is an If with a Raise."""

    value: "Expr | None" = None


class Break(Node, eq=False):
    """Leaves the loop or switch (with a `label`: the one of that name; labels are otherwise ignored)."""

    label: str = ""


class Continue(Node, eq=False):
    """Goes on with the next turn of the loop."""

    label: str = ""


class Delete(Node, eq=False):
    """``del a, b.c, d[e]`` / ``delete a.b``."""

    targets: list["Expr"]


class Binding(Node, eq=False):
    """One name that an import brings: `name` of the module (``default`` for the default, ``*`` for all) as `alias` here."""

    name: str
    alias: str


class Import(Node, eq=False):
    """An import.

    `names` empty: the module itself is bound to `alias` (``import a.b`` binds ``a``: alias ``a`` and `top` set; with
    ``as c`` alias is ``c``; alias "" runs it only). `level` counts leading dots of Python. ``import x, {y} from "m"`` is one
    Import with the names ``default`` and ``y``; ``import * as m`` and ``const m = require("m")`` bind the module to `alias`
    (`require` set for the latter).
    """

    module: str
    names: list[Binding]
    alias: str = ""
    level: int = 0
    top: bool = False
    require: bool = False


class Export(Node, eq=False):
    """An export.

    `value` under `name` (``default``, a name; ``=`` replaces all exports: ``module.exports = value``). ``export {a as b}`` has
    Name a as value. ``export * from "m"`` is an Import with Binding ``*`` and `module` here set instead of a value;
    ``export {a} from "m"`` is an Import of a hidden alias and an Export of it. ``exports.a = value`` may be lowered to this or
    to an Assign to ``exports.a``: the engine knows ``exports`` and ``module``.
    """

    name: str
    value: "Expr | None" = None
    module: str = ""


class Global(Node, eq=False):
    """``global`` / ``nonlocal`` names. They are not in `Function.locals`."""

    names: list[str]
    nonlocal_: bool = False


class Parameter(Node, eq=False):
    """A parameter: `target` a Name or a destructuring pattern.

    `kind`: ``normal``, ``positional`` (before ``/``), ``keyword`` (after ``*``), ``rest`` (``*args``, ``...args``),
    ``keywords`` (``**kwargs``).
    """

    target: "Pattern"
    default: "Expr | None" = None
    kind: str = "normal"
    annotation: "Expr | None" = None
    decorators: list["Expr"] = []


class Function(Node, eq=False):
    """A function, method, lambda or arrow. A body that is one expression is a Return.

    `kind`: ``function``, ``arrow`` (keeps ``this``), ``method``, ``static``, ``getter``, ``setter``, ``constructor``; Python
    methods are ``function``: the engine reads their decorators, and `self` is their first parameter. `has_inner`: whether
    functions or classes are made in it, None when the parser does not tell.
    """

    name: str
    parameters: list[Parameter]
    body: list["Stmt"]
    locals: frozenset[str] = frozenset()
    kind: str = "function"
    decorators: list["Expr"] = []
    is_async: bool = False
    is_generator: bool = False
    has_inner: bool | None = None


class FunctionDefinition(Node, eq=False):
    """A named function that is bound to its name. JavaScript: hoisted, put first in its block."""

    function: Function


class Class(Node, eq=False):
    """A class.

    `body`: FunctionDefinition for methods, Assign for class members, any statement that Python allows. `fields` are assigned
    on each instance when it is made (JavaScript field definitions: targets are Names). `keywords` are Python's class keywords.
    """

    name: str
    bases: list["Expr"]
    body: list["Stmt"]
    decorators: list["Expr"] = []
    fields: list[Assign] = []
    keywords: list[Argument] = []
    declared: list["Declared"] = []


class Declared(Node, eq=False):
    """A field that a class of TypeScript declares: `name`, its type, and the decorators on it."""

    name: str
    annotation: "Expr | None" = None
    decorators: list["Expr"] = []


class ClassDefinition(Node, eq=False):
    """A named class that is bound to its name."""

    definition: Class


class Block(Node, eq=False):
    """Statements in a row (a JavaScript block; scope is by function, see the module's text)."""

    body: list["Stmt"]


Stmt: TypeAlias = (
    Assign
    | AugmentedAssign
    | Expression
    | If
    | For
    | While
    | Try
    | With
    | Switch
    | Return
    | Raise
    | Break
    | Continue
    | Delete
    | Import
    | Export
    | Global
    | FunctionDefinition
    | ClassDefinition
    | Block
)


class Module(Node, eq=False):
    """A source file. `language` is ``python`` or ``javascript``; `problems` are sentences about what was not lowered."""

    path: str
    language: str
    body: list[Stmt]
    problems: list[str] = []
