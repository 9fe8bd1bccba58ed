"""How modules and handlers are found in a function's files."""

import pytest

from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.frontend import EntryPoint
from lambdaudit.code.javascript import JavaScriptFrontend
from lambdaudit.code.javascript.packages import module_of, region_of

from .trees import Tree, told, walked

FILES = frozenset(
    f"/var/task/{name}"
    for name in (
        "index.js",
        "src/app.ts",
        "src/lib/db.ts",
        "src/lib/index.ts",
        "src/util.mjs",
        "config.json",
        "lib/old.cjs",
        "shared/x/index.js",
        "node_modules/pg/index.js",
        "dist/api.js",
    )
) | {"/opt/nodejs/helpers.js", "/opt/nodejs/node_modules/axios/index.js"}
FRONTEND = JavaScriptFrontend()


@pytest.mark.parametrize(
    ("importer", "module", "file"),
    [
        ("src/app.ts", "./lib/db", "src/lib/db.ts"),
        ("src/app.ts", "./lib/db.js", "src/lib/db.ts"),
        ("src/app.ts", "./lib", "src/lib/index.ts"),
        ("src/app.ts", "../config", "config.json"),
        ("src/app.ts", "@/util.mjs", "src/util.mjs"),
        ("src/app.ts", "src/lib/db", "src/lib/db.ts"),
        ("index.js", "shared/x", "shared/x/index.js"),
        ("index.js", "./lib/old", "lib/old.cjs"),
        ("index.js", "/opt/nodejs/helpers", "/opt/nodejs/helpers.js"),
        ("index.js", "helpers", "/opt/nodejs/helpers.js"),
    ],
)
def test_own_files(importer: str, module: str, file: str) -> None:
    expected = file if file.startswith("/") else f"/var/task/{file}"
    assert FRONTEND.resolve(FILES, f"/var/task/{importer}", module, 0) == expected


@pytest.mark.parametrize("module", ["pg", "axios", "fs", "node:fs", "./missing", "../../../../etc/passwd", "", "x" * 9000])
def test_what_is_no_own_file(module: str) -> None:
    assert FRONTEND.resolve(FILES, "/var/task/index.js", module, 0) is None


@pytest.mark.parametrize(
    ("handler", "point"),
    [
        ("index.handler", EntryPoint("/var/task/index.js", "handler")),
        ("src/app.lambdaHandler", EntryPoint("/var/task/src/app.ts", "lambdaHandler")),
        ("dist/api.default", EntryPoint("/var/task/dist/api.js", "default")),
        ("build/app.main", EntryPoint("/var/task/src/app.ts", "main")),
        ("index.api.handler", EntryPoint("/var/task/index.js", "api.handler")),
    ],
)
def test_handler_settings(handler: str, point: EntryPoint) -> None:
    assert FRONTEND.entries(FILES, handler)[0] == point


def test_a_default_export_that_is_a_function_has_no_handler_in_it() -> None:
    found = walked({"index.mjs": "export default async (event) => eval(event.x);"}, "index.handler")
    assert not found.flows
    assert found.partial == ("the handler handler was not found in /var/task/index.mjs",)


def test_settings_that_lead_nowhere() -> None:
    assert [FRONTEND.entries(FILES, setting) for setting in ("", "index", "../index.handler.", "gone.handler", "config.handler")][
        3:
    ] == [(), ()]


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"index.js": "const h = async (event) => eval(event.x);\nmodule.exports = { handler: h };"}, "index.handler"),
        ({"index.js": "exports.main = exports.handler = async (event) => eval(event.x);"}, "index.handler"),
        (
            {"index.js": "module.exports = async (event) => eval(event.x);\nmodule.exports.handler = module.exports;"},
            "index.handler",
        ),
        ({"index.mjs": "export default async (event) => eval(event.x);"}, "index.default"),
        ({"index.mjs": "const handler = async (event) => eval(event.x);\nexport default { handler };"}, "index.handler"),
        ({"index.mjs": "const h = async (event) => eval(event.x);\nexport { h as handler };"}, "index.handler"),
        ({"index.mjs": "export const handler = run;\nasync function run(event) { eval(event.x) }"}, "index.handler"),
        (
            {"index.mjs": "export * from './a.mjs';", "a.mjs": "export async function handler(event) { eval(event.x) }"},
            "index.handler",
        ),
        (
            {"index.mjs": "export { go as handler } from './a.mjs';", "a.mjs": "export const go = (event) => eval(event.x);"},
            "index.handler",
        ),
        (
            {"index.js": "exports.handler = require('./a').run;", "a.js": "exports.run = (event) => eval(event.x);"},
            "index.handler",
        ),
        (
            {"index.js": "exports.handler = require('./a');", "a.js": "module.exports = (event) => eval(event.x);"},
            "index.handler",
        ),
        (
            {
                "index.ts": "import a from './a';\nexport const handler = a;",
                "a.ts": "export default (event: any) => eval(event.x);",
            },
            "index.handler",
        ),
        (
            {
                "index.ts": "import a = require('./a');\nexport = { handler: a.go };",
                "a.ts": "export const go = (e: any) => eval(e.x);",
            },
            "index.handler",
        ),
        ({"index.js": "class A { handler = async (event) => eval(event.x) }\nmodule.exports = new A();"}, "index.handler"),
        (
            {
                "index.js": "const { code } = require('./c.json');\nexports.handler = (e) => eval(code + e.x);",
                "c.json": '{"code": "1+"}',
            },
            "index.handler",
        ),
    ],
)
def test_exports_of_every_kind(files: dict[str, str | bytes], handler: str) -> None:
    assert {kind for kind, _ in told(walked(files, handler))} == {"code-evaluation"}


@pytest.mark.parametrize(
    "source",
    [
        "exports.handler = async (event) => eval(event.a);",
        "module.exports.process = (event, context) => eval(event.a);",
        "module.exports = { lambdaHandler: async function (e) { eval(e.a) } };",
        "const wrap = require('middy'); exports.handler = wrap(async (event) => eval(event.a));",
    ],
)
def test_handlers_are_found_without_a_setting(source: str) -> None:
    found = analyse(
        Tree({"lib/tools.js": "exports.add = (a, b) => a + b;", "src/fn.js": source}), handler=None, language="javascript"
    )
    assert {flow.kind for flow in found.flows} == {"code-evaluation"}
    assert found.entry is not None


def test_a_missing_handler_is_told() -> None:
    assert walked("exports.other = 1").partial
    assert walked({"index.js": ""}, "gone.handler").partial


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("node_modules/lodash/get.js", "lodash/get"),
        ("../node_modules/lodash/lodash.js", "lodash"),
        ("node_modules/@aws-sdk/client-s3/dist-es/S3Client.js", "@aws-sdk/client-s3"),
        ("node_modules/mysql2/promise.js", "mysql2/promise"),
        ("node_modules/pg/lib/index.js", "pg"),
        ("src/a.js", ""),
    ],
)
def test_modules_of_bundled_files(path: str, module: str) -> None:
    assert module_of(path) == module


def test_region_comments() -> None:
    assert region_of("// node_modules/x/index.js") == "node_modules/x/index.js"
    assert region_of("// CONCATENATED MODULE: ./src/a.ts + 3 modules") == "./src/a.ts"
    assert region_of('// external "fs"') == ""
    assert region_of("// see lib/x.js for details") is None
