"""Real bundles: the same handler is understood however it was bundled, libraries in it are known by name where anything tells."""

import pytest

from lambdaudit.code.flow.analysis import Analysis

from .trees import BUNDLES, told, walked

PLAIN = [
    "esbuild.js", "esbuild_min.js", "webpack_min.js", "webpack_prod.js", "webpack_dev.js", "rollup.js", "ncc_plain.mjs",
    "ncc_min.js", "parcel_min.js", "tsup_min.js",
]  # fmt: skip
MAPPED = ["esbuild_map.js", "esbuild_esm.mjs", "webpack_map.js", "webpack_dev_map.js", "rollup_min.mjs"]


def _walked(name: str) -> Analysis:
    files: dict[str, str | bytes] = {name: (BUNDLES / name).read_bytes()}
    side = BUNDLES / f"{name}.map"
    if side.exists():
        files[f"{name}.map"] = side.read_bytes()
    return walked(files, f"{name.rpartition('.')[0]}.handler", "httpapi")


@pytest.mark.parametrize("name", PLAIN + MAPPED)
def test_the_two_flows_and_the_call_are_found_and_nothing_else(name: str) -> None:
    found = _walked(name)
    flows = {(flow.kind, flow.sink, flow.source, flow.confidence) for flow in found.flows if not flow.constant}
    assert flows == {
        ("process", "child_process.exec", "event.queryStringParameters.folder", "high"),
        ("deserialisation", "node-serialize.unserialize", "event.body", "high"),
    }
    assert [(c.receiver.service, c.arguments[0].receiver.sub) for c in found.calls if c.arguments[0].receiver] == [
        ("dynamodb", "GetItemCommand")
    ]
    assert not found.partial


@pytest.mark.parametrize("name", MAPPED)
def test_places_are_those_of_the_files_that_were_written(name: str) -> None:
    found = _walked(name)
    assert {(f.where.source, f.where.line) for f in found.flows} == {("src/files.js", 7), ("src/handler.js", 11)}
    assert {(c.where.source, c.where.line) for c in found.calls} == {("src/handler.js", 14)}


@pytest.mark.parametrize("name", [*MAPPED, "esbuild.js", "webpack_dev.js"])
def test_libraries_in_the_bundle_are_named(name: str) -> None:
    assert {"tiny-text", "old-text", "node-serialize"} <= set(_walked(name).imports_reached)


def test_modules_as_evaluated_texts_are_told_as_left_out() -> None:
    assert any("evaluated" in why for why in _walked("webpack_eval.js").partial)


OLD_WEBPACK = """
module.exports=function(e){var t={};function n(r){if(t[r])return t[r].exports;var o=t[r]={i:r,l:!1,exports:{}};
return e[r].call(o.exports,o,o.exports,n),o.l=!0,o.exports}return n.m=e,n.c=t,n(n.s=1)}
([function(e,t){e.exports=require("child_process")},
function(e,t,n){"use strict";var r=n(0);t.handler=function(e,t,n){r.exec("ls "+e.folder,n)}}]);
"""


def test_webpack_4() -> None:
    assert told(walked(OLD_WEBPACK)) == {("process", 5)}


UNNAMED = """
var c=(e,t)=>()=>(t||e((t={exports:{}}).exports,t),t.exports);
var lib=c((exports,module)=>{ let x={}; for (let i=0;i<9;i++) { %s } module.exports={run:x}; });
var own=c((exports,module)=>{ const {exec}=require("child_process"); exports.go=(f)=>exec("ls "+f); });
lib(); exports.handler=async(event)=>{ own().go(event.folder) };
"""


def test_a_module_that_takes_long_is_left_out_and_told() -> None:
    found = walked(
        UNNAMED
        % " ".join(f"if (x[{n}] && Math.random() > x.a{n}) x = {{...x, b{n}: [x, {n}].map((y) => y)}};" for n in range(400))
    )
    assert told(found) == {("process", 4)}
    assert any("libraries" in why for why in found.partial)


INLINED = """
class c{send(e){return this.h(e)}}class D extends c{}class S extends c{}
const n="com.amazonaws.dynamodb",k=[9,n,"GetItem",0,()=>1,()=>2],mk=(a,b,o,s)=>class{constructor(e){this.input=e}};
class g extends(mk({},{},"GetItem",k)){}
class G{constructor(e){this.clientCommand=new g(e)}}
class B{static classBuilder(){return new B}n(a,b){return this}build(){return c}}
class o extends B.classBuilder().n("S3Client","GetObjectCommand").build(){}
const d=new D({}),s=new S({});
export const handler=async e=>{await d.send(new G({TableName:"t"}));await s.send(new o({Bucket:e.bucket,Key:"k"}))};
"""


def test_commands_of_an_sdk_in_a_minified_bundle_are_known_by_their_texts() -> None:
    found = walked({"index.mjs": INLINED + "/*" + "x" * 120_000 + "*/"}, "index.handler", "invoke")
    commands = [call.arguments[0].receiver for call in found.calls]
    sent = [(command.service, command.sub) for command in commands if command is not None]
    assert sent == [("dynamodb", "GetItemCommand"), ("s3", "GetObjectCommand")]
    assert [flow.kind for flow in found.flows] == ["cloud-target"]
