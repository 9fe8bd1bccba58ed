"""The choices that a root module leaves open: variables without a value of which only a few are possible or told apart."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from lambdaudit.secrets import redact
from lambdaudit.sources.iac.choices import MAX_CASES, Apart, Case, Choice, Decided, Other, dependents, of_comparisons, of_values
from lambdaudit.sources.iac.values import Value

from .config import Config
from .evaluate import Stopped
from .module import Module
from .syntax import Attr, Binary, Block, Body, Call, Items, Literal, Name
from .syntax import Choice as Conditional

_MAX_NODES: Final = 200_000
_MAX_DEPTH: Final = 8
_BOTH: Final = ("true", "false")


def choices_of(module: Module, *, scope: str, prefix: str) -> list[Choice]:
    """The choices of a root module, in the order of its files.

    A bool is true or false (one without a type that a condition asks for, too), what a `validation` lists is one of the list,
    and any other text is one of those that it is compared with, or none of them.
    """
    open_ones = [name for name, block in module.config.variables.items() if _is_open(module, name, block)]
    if not open_ones:
        return []
    try:
        uses, names = _Uses(module.config), _Dependents(module)
    except (Stopped, RecursionError):
        return []
    found = []
    for name in open_ones:
        cases = _cases(name, module.config.variables[name], uses)
        if 1 < len(cases) <= MAX_CASES:
            clean = tuple(Case(redact(case.label), case.value) for case in cases)
            found.append(Choice(scope, name, name, clean, names.of(module.config, [name]), prefix))
    return found


def choose(module: Module, decided: Mapping[str, Decided]) -> None:
    """Give variables of a root module the values that are decided for them, where they have none."""
    for name, value in decided.items():
        block = module.config.variables.get(name)
        if block is None or not _is_open(module, name, block) or isinstance(value, bool):
            continue
        module.given[name] = partial(_chosen, name, value)


def _chosen(name: str, value: str | Other) -> Value:
    if isinstance(value, str):
        return value
    shown = f"the variable {name} has no value: give it with --param {name}=… or in a variables file"
    return Apart(shown, than=value.than)


def _is_open(module: Module, name: str, block: Block) -> bool:
    return name not in module.given and "default" not in block.body.attributes


def _cases(name: str, block: Block, uses: "_Uses") -> tuple[Case, ...]:
    kind = block.body.attributes.get("type")
    typed = kind.value.name if kind and isinstance(kind.value, Name) else "" if kind is None else "other"
    if typed == "bool":
        return of_values(name, _BOTH)
    listed = _listed(name, block)
    if listed:
        return of_values(name, listed)
    if typed == "" and name in uses.conditions:
        return of_values(name, _BOTH)
    compared = uses.compared.get(name)
    return of_comparisons(name, compared) if compared and typed in ("", "string") else ()


def _listed(name: str, block: Block) -> list[str]:
    """The values that a `validation` lists: ``contains([…], var.name)``; the fewest of several."""
    lists = []
    for validation in block.body.of("validation"):
        condition = validation.body.attributes.get("condition")
        row = _contained(condition.value) if condition else None
        if row and row[0] == name:
            lists.append(row[1])
    return min(lists, key=len, default=[])


def _contained(node: Any) -> tuple[str, list[str]] | None:
    """The variable and the texts of ``contains([…], var.name)``."""
    if not isinstance(node, Call) or node.name != "contains" or len(node.arguments) != 2 or node.spread:
        return None
    options, name = node.arguments[0], _variable(node.arguments[1])
    if isinstance(options, Call) and options.name in ("toset", "tolist") and len(options.arguments) == 1:
        options = options.arguments[0]
    if not name or not isinstance(options, Items):
        return None
    texts = [text for one in options.items if (text := _literal(one)) is not None]
    return (name, texts) if len(texts) == len(options.items) else None


def _literal(node: Any) -> str | None:
    """A text, number or truth value as Terraform writes it as a text."""
    if not isinstance(node, Literal) or node.value is None:
        return None
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _variable(node: Any) -> str:
    is_variable = isinstance(node, Attr) and isinstance(node.of, Name) and node.of.name == "var"
    return node.name if is_variable else ""


class _Uses:
    """How the expressions of a module ask for its variables: as conditions, and the texts that they are compared with."""

    def __init__(self, config: Config) -> None:
        self.conditions: set[str] = set()
        self.compared: dict[str, list[str]] = {}
        for node in _nodes([*config.locals.values(), *_blocks(config)]):
            if isinstance(node, Conditional):
                self.conditions.add(_variable(node.condition))
            elif isinstance(node, Binary) and node.operator in ("==", "!="):
                self._compare(node.left, node.right)
                self._compare(node.right, node.left)
            elif row := _contained(node):
                self.compared.setdefault(row[0], []).extend(row[1])

    def _compare(self, one: Any, other: Any) -> None:
        if (name := _variable(one)) and isinstance(other, Literal) and isinstance(other.value, str):
            self.compared.setdefault(name, []).append(str(other.value))


def _blocks(config: Config) -> list[Block]:
    tables: tuple[dict[str, Block], ...] = (config.resources, config.data, config.modules, config.outputs)
    return [*(block for table in tables for block in table.values()), *config.providers]


def _nodes(roots: Any) -> Iterator[Any]:
    """Every node of some trees of expressions and blocks."""
    stack = [roots]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, list | tuple):
            stack.extend(reversed(node))
        elif isinstance(node, Body):
            stack.extend((*node.blocks, *node.attributes.values()))
        elif hasattr(node, "at") and hasattr(node, "__slots__"):
            yield node
            stack.extend(getattr(node, name) for name in reversed(node.__slots__) if name != "at")


def _named(roots: Any) -> Iterator[str]:
    """The variables and locals that expressions name."""
    for node in _nodes(roots):
        if isinstance(node, Attr) and isinstance(node.of, Name) and node.of.name in ("var", "local"):
            yield f"{node.of.name}.{node.name}"


class _Dependents:
    """The names by which expressions speak of variables: their own, of locals, and of the variables of modules that get them."""

    def __init__(self, module: Module) -> None:
        self._called = {
            (id(one.parent.config), one.call_block.labels[0]): one.config
            for one in module.walk()
            if isinstance(one, Module) and one.parent is not None and one.call_block is not None
        }
        self._users: dict[int, dict[str, list[str]]] = {}
        self._found: dict[tuple[int, tuple[str, ...]], frozenset[str]] = {}
        self._passed: dict[int, list[tuple[str, str, frozenset[str]]]] = {}

    def of(self, config: Config, variables: list[str], depth: int = 0) -> frozenset[str]:
        """The names for variables of a module, as expressions write them (``var.env``, ``local.is_prod``)."""
        key = id(config), tuple(variables)
        if key in self._found:
            return self._found[key]
        self._read(config)
        found = set(dependents([f"var.{name}" for name in variables], self._users[id(config)]))
        self._found[key] = frozenset(found)
        own = frozenset(found)
        calls: dict[str, list[str]] = {}
        for call, name, used in self._passed[id(config)] if depth < _MAX_DEPTH else ():
            if used & own:
                calls.setdefault(call, []).append(name)
        for call, given in calls.items():
            inner = self._called.get((id(config), call))
            if inner is not None:
                found |= self.of(inner, given, depth + 1)
        self._found[key] = frozenset(found)
        return self._found[key]

    def _read(self, config: Config) -> None:
        """Who names whom in a module, read once."""
        if id(config) in self._users:
            return
        users = self._users[id(config)] = {}
        for name, attribute in config.locals.items():
            for used in _named(attribute.value):
                users.setdefault(used, []).append(f"local.{name}")
        self._passed[id(config)] = [
            (call, name, frozenset(_named(attribute.value)))
            for call, block in config.modules.items()
            for name, attribute in block.body.attributes.items()
        ]
