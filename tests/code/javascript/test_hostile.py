"""Bad and hostile sources: never an exception, always an end, and what was left out is told."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.code import ir
from lambdaudit.code.flow.core import Limits
from lambdaudit.code.flow.frontend import FILE_LIMIT
from lambdaudit.code.javascript import JavaScriptFrontend

from .trees import BUNDLES, Tree, walked

PIECES = [
    "event", "a", "x => x", "async", "await", "(", ")", "{", "}", "[", "]", ";", ",", ".", "?.", "=>", "=", "+", "...",
    "`", "${", "'q'", "1", "function", "class", "extends", "A", "new", "return", "if", "else", "for", "of", "in", "let",
    "const", "var", "switch", "case", ":", "try", "catch", "finally", "throw", "yield", "*", "import", "export",
    "default", "from", "this", "super", "#p", "get", "static", "/r/g", "??=", "&&", "exports.handler", "module.exports",
    "require('./b')", "eval(", "__webpack_require__", "__commonJS", "// node_modules/x/y.js\n", "\n",
]  # fmt: skip
BUNDLE = (BUNDLES / "webpack_prod.js").read_text()


def nodes(module: ir.Module) -> int:
    """Looks at the whole tree, lazy parts included."""
    stack: list[object] = [module]
    count = 0
    while stack:
        at = stack.pop()
        if isinstance(at, ir.Node):
            count += 1
            assert at.line > 0
            assert at.column > 0
            stack += [getattr(at, name) for name in at.__struct_fields__ if name != "make"]
        elif isinstance(at, list | tuple):
            stack += at
    return count


@given(st.lists(st.sampled_from(PIECES), max_size=60).map(" ".join), st.sampled_from(["js", "ts", "tsx", "mjs"]))
@settings(max_examples=250, deadline=None)
def test_any_tokens_are_lowered(source: str, suffix: str) -> None:
    assert nodes(JavaScriptFrontend().parse(f"/var/task/index.{suffix}", source.encode())) > 0


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_tokens_are_walked(source: str) -> None:
    found = walked(f"exports.handler = async (event) => {{ {source} }};\n{source}")
    assert found.partial is not None


@given(st.integers(0, len(BUNDLE)), st.integers(0, 40), st.text(alphabet="(){}[];,=>.:\"'` xe1\n", max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_bundles_are_walked(at: int, cut: int, put: str) -> None:
    found = walked({"index.js": BUNDLE[:at] + put + BUNDLE[at + cut :]})
    assert found.partial is not None


@given(st.binary(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_parsed(data: bytes) -> None:
    assert nodes(JavaScriptFrontend().parse("/var/task/a.js", data)) > 0


DEEP = 4_000
NESTED = {
    "brackets": "(" * DEEP + "event" + ")" * DEEP,
    "arrays": "[" * DEEP + "]" * DEEP,
    "objects": "{a:" * DEEP + "1" + "}" * DEEP,
    "calls": "f(" * DEEP + ")" * DEEP,
    "members": "event" + ".a" * DEEP,
    "chain": "event" + ".then(x)" * DEEP,
    "ternaries": "event ? 1 : " * DEEP + "2",
    "arrows": "a => " * DEEP + "a",
    "functions": "function () { return " * DEEP + "1" + "}" * DEEP,
    "templates": "`${" * DEEP + "1" + "}`" * DEEP,
    "plus": "+".join(["event.a"] * DEEP),
    "ands": "&&".join(["event.a"] * DEEP),
    "commas": ",".join(["event.a"] * DEEP),
    "not": "!" * DEEP + "event",
    "awaits": "await " * DEEP + "event",
    "unary": "- " * DEEP + "event",
}


@pytest.mark.parametrize("kind", NESTED)
def test_deep_nesting(kind: str) -> None:
    source = f"exports.handler = async (event) => {{ eval(event.first); let x = ({NESTED[kind]}); }};"
    found = walked(source)
    assert any(flow.kind == "code-evaluation" for flow in found.flows)


@pytest.mark.parametrize(
    "source", ["if (event.a) {" * 3000 + "}" * 3000, "if (event) x(); else " * 3000 + ";", "{" * 5000 + "}" * 5000]
)
def test_deep_statements(source: str) -> None:
    found = walked(f"exports.handler = async (event) => {{ eval(event.first); {source} }};")
    assert any(flow.kind == "code-evaluation" for flow in found.flows)
    assert any("nest" in why for why in found.partial)


def test_a_broken_part_leaves_the_rest() -> None:
    found = walked("const x = {{{ ;\nexports.handler = async (event) => { eval(event.a) };\nfunction broken( { }")
    assert any("syntax" in why for why in found.partial)


def test_large_files_are_told() -> None:
    assert JavaScriptFrontend().parse("/var/task/a.js", b"/" * (FILE_LIMIT + 1)).problems


@pytest.mark.parametrize("source", ["a(b);" * 100_000, "x = [" + "1," * 400_000 + "]"], ids=["statements", "items"])
def test_more_code_than_is_looked_at_is_told(source: str) -> None:
    made = JavaScriptFrontend().parse("/var/task/a.js", source.encode())
    assert any("more code" in problem for problem in made.problems)


def test_files_that_require_each_other_end() -> None:
    files: dict[str, str | bytes] = {
        "index.js": "const b = require('./b'); exports.handler = async (event) => b.run(event);",
        "b.js": "const i = require('./index'); exports.run = (e) => { eval(e.a); return i.handler(e); };",
    }
    assert any(flow.where.source.endswith("b.js") for flow in walked(files).flows)


def test_limits_end_the_walk() -> None:
    from lambdaudit.code.flow import analyse

    source = (
        "exports.handler = async (event) => {"
        + "".join(f"const f{n} = (x) => [x, f{n - 1}?.(x)];" for n in range(1, 200))
        + "f199(event) }"
    )
    found = analyse(Tree({"index.js": source}), handler="index.handler", limits=Limits(steps=500), language="javascript")
    assert found.partial


def test_many_escapes_and_odd_literals() -> None:
    source = (
        r"exports.handler = (e) => eval('\u{110000}\ud800\x41' + 0x_ + 1e999 + 0b2 + 99999999999999999999999n + '"
        + "\\\n" * 50
        + "');"
    )
    assert walked(source).partial is not None
