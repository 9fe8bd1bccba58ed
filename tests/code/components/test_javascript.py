"""JavaScript: installed packages, lock files, and bundles in which everything is one file."""

import base64
import json

import pytest

from .bag import listed, read


def test_installed_packages_nested_and_scoped() -> None:
    files: dict[str, bytes | str] = {
        "package.json": '{"name": "app", "version": "1.0.0", "dependencies": {"express": "4.17.1", "@aws-sdk/client-s3": "^3"}}',
        "package-lock.json": "{}",
        "node_modules/express/package.json": '{"name": "express", "version": "4.17.1", "license": "MIT"}',
        "node_modules/express/node_modules/qs/package.json": '{"name": "qs", "version": "6.7.0", "licenses": [{"type": "BSD-3-Clause"}]}',  # noqa: E501
        "node_modules/@aws-sdk/client-s3/package.json": '{"name": "@aws-sdk/client-s3", "version": "3.10.0"}',
        "node_modules/@aws-sdk/client-s3/dist-es/package.json": '{"type": "module"}',
        "node_modules/express/test/fixtures/package.json": '{"name": "evil", "version": "0.0.1"}',
        "/opt/nodejs/node_modules/uuid/package.json": '\ufeff{"name": "uuid", "version": "v9.0.0", "license": {"type": "MIT"}}',
    }
    rows = {(c.purl, c.licence, c.direct) for c in read(files).components}
    assert rows == {
        ("pkg:npm/express@4.17.1", "MIT", True), ("pkg:npm/qs@6.7.0", "BSD-3-Clause", False),
        ("pkg:npm/%40aws-sdk/client-s3@3.10.0", "", True), ("pkg:npm/uuid@9.0.0", "MIT", None),
    }  # fmt: skip


LOCKS: list[tuple[str, str, set[tuple[str, str]]]] = [
    ("package-lock.json", json.dumps({"lockfileVersion": 1, "dependencies": {"a": {"version": "1.0.0", "dependencies": {
        "b": {"version": "2.0.0"}}}, "c": {"version": "git+https://x"}}}), {("a", "1.0.0"), ("b", "2.0.0")}),
    ("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {"": {"version": "1"}, "node_modules/a": {"version": "1.0.0"},  # noqa: E501
        "node_modules/a/node_modules/@s/b": {"version": "2.0.0"}, "node_modules/l": {"link": True, "version": "1"}, "node_modules/d": {"dev": True, "version": "1"}}}),  # noqa: E501
     {("a", "1.0.0"), ("@s/b", "2.0.0")}),
    ("yarn.lock", '# yarn lockfile v1\n\n"@s/b@^1.0.0", "@s/b@^1.1":\n  version "1.2.0"\n  dependencies:\n    x "1"\n\na@1:\n  version "1.0.1"\n',  # noqa: E501
     {("@s/b", "1.2.0"), ("a", "1.0.1")}),
    ("yarn.lock", '__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.5.0\n  resolution: "a@npm:1.5.0"\n\n"app@workspace:.":\n  version: 0.0.0-use.local\n',  # noqa: E501
     {("a", "1.5.0")}),
    ("pnpm-lock.yaml", "lockfileVersion: 5.4\n\npackages:\n\n  /a/1.0.0:\n    resolution: {}\n\n  /@s/b/2.0.0_peer@1:\n    dev: false\n",  # noqa: E501
     {("a", "1.0.0"), ("@s/b", "2.0.0")}),
    ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n\npackages:\n\n  a@1.0.0:\n    x: 1\n\n  '@s/b@2.0.0':\n    x: 1\n\nsnapshots:\n\n  c@1.0.0(d@1.0.0):\n    x: 1\n",  # noqa: E501
     {("a", "1.0.0"), ("@s/b", "2.0.0"), ("c", "1.0.0")}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "wanted"), LOCKS)
def test_lock_files(name: str, text: str, wanted: set[tuple[str, str]]) -> None:
    found = read({name: text})
    assert {(c.name, c.version) for c in found.declared} == wanted
    assert not found.components


PAD = "var filler = 1;\n" * 100
BUNDLE = (
    PAD + "/*! js-cookie v3.0.1 | MIT */\n/**\n * @license\n * Lodash <https://lodash.com/>\n */\n"
    "/*! https://mths.be/he v1.2.0 by @mathias | MIT license */\n/*! safe-buffer. MIT License. Feross */\n"
    "/** @license React v16.13.1\n * react.production.min.js\n */\n"
    "// node_modules/minimist/index.js\nmodule.exports = 1;\n"
    '// node_modules/.pnpm/ms@2.1.2/node_modules/ms/index.js\nvar x;\n"./node_modules/@s/deep/lib/a.js": 1,\n'
    'var HASH = "__lodash_hash_undefined__"; var VERSION = "4.17.20";\n'
    'var require_package = __commonJS({"node_modules/@aws-sdk/client-s3/package.json"(e,m){m.exports={name:"@aws-sdk/client-s3",'
    'description:"AWS SDK, S3",version:"3.188.0"}}});\n'
    "var FUNCFLAG = '_$$ND_FUNC$$_';\n"
)


def test_a_bundle_tells_its_packages() -> None:
    rows = {(c.name, c.version, c.how) for c in read({"index.js": BUNDLE}).components}
    assert rows >= {
        ("js-cookie", "3.0.1", "banner"), ("he", "1.2.0", "banner"), ("safe-buffer", "", "banner"), ("react", "16.13.1", "banner"),  # noqa: E501
        ("minimist", "", "bundle comment"), ("ms", "", "bundle comment"), ("@s/deep", "", "bundle comment"),
        ("lodash", "4.17.20", "content"), ("@aws-sdk/client-s3", "3.188.0", "bundle metadata"), ("node-serialize", "", "content"),
    }  # fmt: skip
    assert len(rows) == 10


def test_own_code_is_no_bundle() -> None:
    assert not listed(
        {"index.js": PAD + "/* handler v1.2.3 */ exports.handler = async () => ({version: '1.0.0'});\n/** Version 2.0.1 */"}
    )


SOURCES = {
    "version": 3,
    "sources": [
        "webpack:///./node_modules/.pnpm/qs@6.7.0/node_modules/qs/lib/index.js", "../node_modules/express/node_modules/debug/src/index.js",  # noqa: E501
        "../node_modules/left-pad/package.json", "../src/app.ts", None, "webpack:///.yarn/cache/uuid-npm-8.3.2-eca0baba53.zip/node_modules/uuid/x.js",
    ],
    "sourcesContent": ["", "", '{\n  "name": "left-pad",\n  "version": "1.3.0"}', "", None, ""],
}  # fmt: skip
MAPPED = {("qs", "6.7.0"), ("debug", ""), ("left-pad", "1.3.0"), ("uuid", "8.3.2")}


def test_source_maps_beside_within_and_in_parts() -> None:
    text = json.dumps(SOURCES)
    assert listed({"index.js.map": text}) == MAPPED
    inline = base64.b64encode(text.encode()).decode()
    assert listed({"index.js": f"{PAD}\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,{inline}\n"}) == MAPPED
    assert listed({"index.mjs.map": json.dumps({"version": 3, "sections": [{"offset": {}, "map": SOURCES}]})}) == MAPPED


def test_versions_come_from_a_lock_file_that_names_only_one() -> None:
    lock = json.dumps({"packages": {"node_modules/debug": {"version": "2.6.9"}, "node_modules/x": {"version": "1.0.0"}}})
    found = read({"index.js.map": json.dumps(SOURCES), "package-lock.json": lock})
    (debug,) = [c for c in found.components if c.name == "debug"]
    assert (debug.version, debug.how, debug.purl) == ("2.6.9", "source map, lock file", "pkg:npm/debug@2.6.9")
    assert {c.name for c in found.declared} == {"x"}


def test_damaged_files_are_told() -> None:
    found = read(
        {"node_modules/a/package.json": "{", "a.js.map": "[]", "package-lock.json": '{"packages": {"node_modules/a": 1}}'}
    )
    assert not found.components
    assert len(found.limits) == 3
