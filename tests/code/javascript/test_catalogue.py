"""Each entry of the JavaScript catalogue: a handler that gives it foreign data is found, cleaners keep their promise."""

import re
from typing import Any

import pytest

from lambdaudit.code.flow.catalogue import load

from .trees import told, walked

SINKS: dict[str, list[dict[str, Any]]] = load("javascript/sinks")
TYPES: dict[str, list[str]] = load("javascript/types")["types"]
FLOWS: dict[str, list[dict[str, Any]]] = load("javascript/flows")
_GLOBAL = re.compile(
    r"^(eval|Function|AsyncFunction|GeneratorFunction|setTimeout|setInterval|setImmediate|RegExp|fetch|WebSocket|global\w*|Sequelize|doT)\b"
)
_MODULES = ("hogan.js", "js-yaml-js-types", "lodash.defaultsdeep", "lodash.mergewith")
_OF_FRAMEWORKS = ("http.response", "fastify.reply", "hono.context", "koa.context")
ARGUMENTS = {
    "entities": ("event.x", "{ noent: true }"),
    "yaml": ("event.x", "{ schema: require('js-yaml').DEFAULT_FULL_SCHEMA }"),
    "property-path": ("{}", "event.x", "1"),
    "merged": ("{}", "JSON.parse(event.body)"),
    "filter": ("JSON.parse(event.body)",),
    "template-data": ("'text'", "JSON.parse(event.body)"),
}


def expression(name: str, depth: int = 0) -> str | None:
    """Source that gives the library thing of that name; None for what a framework hands to the code."""
    if name.startswith(_OF_FRAMEWORKS) or depth > 6:
        return None
    for kind in sorted(TYPES, key=len, reverse=True):
        if kind not in ("fs", "path") and re.match(re.escape(kind) + r"(?=[.(\[]|$)", name):
            base = expression(TYPES[kind][0], depth + 1)
            return base + name[len(kind) :].replace("()", "({})") if base else None
    known = next((module for module in _MODULES if name.startswith(module)), None)
    module = known or re.match(r"(@[^/]+/[^.(]+|[^.(\[]+)", name).group(1)  # type: ignore[union-attr]
    rest = name[len(module) :].replace("()", "({})")
    return module + rest if _GLOBAL.match(name) else f"require('{module}'){rest}"


ROWS = [
    (kind, name, row)
    for kind, rows in SINKS.items()
    for row in rows
    for name in row["calls"]
    if row.get("check") not in ("never", "quoted-template") and expression(name) and row.get("trust", 2)
]


@pytest.mark.parametrize("group", sorted({kind for kind, _, _ in ROWS}))
def test_every_sink_of_a_kind_is_found(group: str) -> None:
    silent = []
    for kind, name, row in ROWS:
        if kind != group:
            continue
        made = expression(name) or ""
        given = ARGUMENTS.get(row.get("check", ""), ("event.x", "event.y"))
        last = name.rpartition(".")[2]
        call = f"new ({made})" if last[:1].isupper() and "()" not in last else made
        if kind not in {k for k, _ in told(walked(f"exports.handler = async (event) => {{ {call}({', '.join(given)}); }};"))}:
            silent.append(name)
    assert not silent


CLEANERS = [(kind, name) for row in FLOWS["cleaners"] for name in row["calls"] for kind in row["kinds"] if expression(name)]
USES = {
    "sql": "new (require('pg').Pool)().query('select ' + {})",
    "process": "require('child_process').execSync('ls ' + {})",
    "regex": "new RegExp({})",
    "path": "require('fs').readFileSync('/data/' + {})",
    "code-evaluation": "eval({})",
    "*": "eval({})",
    "request": "fetch('https://' + {})",
}


@pytest.mark.parametrize("group", sorted({kind for kind, _ in CLEANERS if kind in USES}))
def test_every_cleaner_of_a_kind_works(group: str) -> None:
    loud = [
        name
        for kind, name in CLEANERS
        if kind == group
        and name not in ("String",)
        and told(walked(f"exports.handler = async (event) => {{ {USES[group].format(f'{expression(name)}(event.x)')}; }};"))
    ]
    assert not loud
