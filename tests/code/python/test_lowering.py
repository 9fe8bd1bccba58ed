"""The Python front end: every construct comes out as the tree says, in its place; imports find their files."""

import pytest

from lambdaudit.code import ir
from lambdaudit.code.python import PythonFrontend

FRONTEND = PythonFrontend()


def lowered(source: str) -> list[ir.Stmt]:
    module = FRONTEND.parse("/var/task/app.py", source.encode())
    assert module.problems == []
    return module.body


def expression(source: str) -> ir.Expr:
    statement = lowered(source)[0]
    assert isinstance(statement, ir.Expression)
    return statement.value


LITERALS = [
    ("'a' 'b'", "ab"),
    (r"'\n\x41\u00e9\N{DIGIT ONE}'", "\nAé1"),
    (r"r'\n'", r"\n"),
    (r"b'\x00a'", b"\x00a"),
    ("0x_ff", 255),
    ("-3", -3),
    ("1e3", 1000.0),
    ("0777", 511),
    ("None", None),
    ("...", None),
]


@pytest.mark.parametrize(("source", "value"), LITERALS)
def test_literals(source: str, value: object) -> None:
    found = expression(source)
    assert isinstance(found, ir.Constant)
    assert found.value == value


def test_formatted_texts_are_parts_in_order() -> None:
    found = expression("f'a{b!r:>{width}}c{{' 'd'")
    assert isinstance(found, ir.Template)
    assert [part.value if isinstance(part, ir.Constant) else type(part).__name__ for part in found.parts] == ["a", "Name", "c{d"]


def test_places_count_from_one() -> None:
    found = lowered("x = 1\nif x:\n    y = f(x)\n")[1]
    assert isinstance(found, ir.If)
    inner = found.then[0]
    assert isinstance(inner, ir.Assign)
    assert (found.line, found.column, inner.line, inner.column, inner.value.column) == (2, 1, 3, 5, 9)


def test_parameters_of_all_kinds_and_local_names() -> None:
    definition = lowered("async def f(a, /, b: int = 2, *rest, c=3, **more):\n    global g\n    g = d = 1\n    import os.path\n")[
        0
    ]
    assert isinstance(definition, ir.FunctionDefinition)
    function = definition.function
    assert [parameter.kind for parameter in function.parameters] == ["positional", "normal", "rest", "keyword", "keywords"]
    assert function.locals == {"a", "b", "rest", "c", "more", "d", "os"}
    assert function.is_async
    assert not function.is_generator


def test_a_generator_is_one_only_by_its_own_yield() -> None:
    outer, plain = lowered("def f():\n    yield 1\ndef g():\n    def h():\n        yield 1\n    return h\n")
    assert isinstance(outer, ir.FunctionDefinition)
    assert isinstance(plain, ir.FunctionDefinition)
    assert (outer.function.is_generator, plain.function.is_generator) == (True, False)


def test_matching() -> None:
    arms = ['"a" | "b" as c', '{"k": v, **rest} if v', "[1, y, *_]", "_"]
    source = "match x:\n" + "".join(f"    case {arm}: pass\n" for arm in arms)
    switch = lowered(source)[0]
    assert isinstance(switch, ir.Switch)
    first, second, third, last = switch.cases
    assert (len(first.tests), isinstance(first.binding, ir.Name)) == (2, True)
    assert isinstance(second.structural, ir.DictPattern)
    assert second.guard is not None
    assert isinstance(third.structural, ir.ListPattern)
    assert (last.tests, last.binding, last.structural) == ([], None, None)


def test_old_syntax_is_read() -> None:
    module = FRONTEND.parse("/var/task/old.py", b"print 'a', b\nexec code\n")
    calls = [s.value for s in module.body if isinstance(s, ir.Expression)]
    assert [call.function.id for call in calls if isinstance(call, ir.Call) and isinstance(call.function, ir.Name)] == [
        "print",
        "exec",
    ]


def test_what_does_not_parse_is_told_and_the_rest_is_read() -> None:
    module = FRONTEND.parse("/var/task/bad.py", b"x = 1\ndef (:\n    ?\ny = 2\n")
    assert module.problems
    assert any(isinstance(statement, ir.Assign) for statement in module.body)


IMPORTS = [
    ("/var/task/app.py", "lib", 0, "/var/task/lib/__init__.py"),
    ("/var/task/app.py", "lib.sub", 0, "/var/task/lib/sub.py"),
    ("/var/task/lib/sub.py", "", 1, "/var/task/lib/__init__.py"),
    ("/var/task/lib/sub.py", "other", 1, "/var/task/lib/other.py"),
    ("/var/task/lib/deep/x.py", "other", 2, "/var/task/lib/other.py"),
    ("/var/task/app.py", "plain", 0, "/var/task/plain/"),
    ("/var/task/app.py", "tool", 0, "/opt/python/tool.py"),
    ("/var/task/app.py", "yaml", 0, None),
    ("/var/task/app.py", "nowhere", 0, None),
    ("/home/me/src/app.py", "beside", 0, "/home/me/src/beside.py"),
]
PATHS = frozenset(
    {
        "/var/task/app.py",
        "/var/task/lib/__init__.py",
        "/var/task/lib/sub.py",
        "/var/task/lib/other.py",
        "/var/task/lib/deep/x.py",
        "/var/task/plain/part.py",
        "/var/task/yaml/__init__.py",
        "/var/task/PyYAML-6.0.dist-info/METADATA",
        "/opt/python/tool.py",
        "/home/me/src/app.py",
        "/home/me/src/beside.py",
    }
)


@pytest.mark.parametrize(("importer", "module", "level", "path"), IMPORTS)
def test_imports_find_files(importer: str, module: str, level: int, path: str | None) -> None:
    assert FRONTEND.resolve(PATHS, importer, module, level) == path


def test_own_files_are_those_that_no_distribution_brought() -> None:
    assert "/var/task/yaml/__init__.py" not in FRONTEND.own(PATHS)
    assert "/var/task/lib/sub.py" in FRONTEND.own(PATHS)
