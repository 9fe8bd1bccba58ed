"""Bundles with an AWS SDK inside: its modules are known by their texts, and the tables that it brings are not parsed."""

import io
import lzma
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import Part, compose
from lambdaudit.code.flow import analyse
from lambdaudit.code.flow.analysis import Analysis
from lambdaudit.code.javascript.cut import without_data
from lambdaudit.code.sdk.calls import calls_of

from .trees import BUNDLES, told, walked

MIB = 1024**2
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/orders"
FILES = sorted(path.name.removesuffix(".xz") for path in (BUNDLES / "sdk").glob("v?_*.xz"))


def _bundle(name: str) -> bytes:
    return lzma.decompress((BUNDLES / "sdk" / f"{name}.xz").read_bytes())


def _of(name: str, data: bytes) -> Analysis:
    return walked({name: data}, f"{name.rpartition('.')[0]}.handler", "httpapi")


def _actions(found: Analysis) -> set[tuple[tuple[str, ...], object]]:
    calls = calls_of(found.calls, environment={"QUEUE_URL": QUEUE}, account="111122223333", region="eu-west-1")
    return {(call.actions, resource) for call in calls for resource in call.resources}


def test_there_are_bundles() -> None:
    assert len(FILES) == 6


@pytest.mark.parametrize("name", FILES)
def test_flow_calls_and_resources_are_found_and_nothing_is_left_out(name: str) -> None:
    found = _of(name, _bundle(name))
    assert {(flow.kind, flow.sink, flow.source) for flow in found.flows} == {
        ("process", "child_process.execSync", "event.queryStringParameters.folder")
    }
    assert _actions(found) == {
        (("sqs:SendMessage",), "arn:aws:sqs:eu-west-1:111122223333:orders"),
        (("sqs:ListQueues",), "*"),
    }
    assert not found.partial


def _models(size: int, shape: str) -> str:
    """Modules with tables like those of the AWS SDK 2, `size` bytes together."""
    operation = 'Op%d:{input:{type:"structure",required:["Name","Value"],members:{Name:{},Value:{type:"list",member:{}}}}}'
    operations = ",".join(operation % number for number in range(400))
    table = '{version:"2.0",metadata:{apiVersion:"2020-01-01",serviceId:"X"},operations:{' + operations + "}}"
    one = shape % table
    return "".join(one.replace("NUMBER", str(number)) for number in range(size // len(one) + 1))


def test_a_bundle_with_all_tables_of_version_2_is_read() -> None:
    """The whole SDK makes 9.5 MB; here as many tables are put into a bundle of one service."""
    source = _bundle("v2_esbuild_min.js").decode()
    helper = source.split("=", 1)[0].removeprefix("var ")
    tables = _models(9 * MIB, f"var table$NUMBER={helper}((e,t)=>{{t.exports=%s}});")
    first = source.index(";var ") + 1
    whole = (source[:first] + tables + source[first:]).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.js", whole)
    files = compose(Part("arn:aws:lambda:eu-west-1:111122223333:function:f", packed))
    found = analyse(files, handler="index.handler", triggers=frozenset({"httpapi"}))
    assert len(whole) > 9 * MIB
    assert not found.partial
    assert [flow.kind for flow in found.flows] == ["process"]
    assert {actions for actions, _ in _actions(found)} == {("sqs:SendMessage",), ("sqs:ListQueues",)}


def test_code_over_the_limit_is_left_out_and_told() -> None:
    source = "exports.handler=async(e)=>{require('child_process').exec(e.x)};" + "f();" * (9 * MIB // 4)
    assert any("larger than 8 MiB" in why for why in walked(source).partial)


@pytest.mark.parametrize("shape", ["x.exports=%s;", "x.exports = %s;", "var a=%s,b=1;", "export default %s;"])
def test_data_is_taken_out_and_code_beside_it_stays(shape: str) -> None:
    data = _models(30_000, shape)
    source = f"before();{data}after(`{data[:40]}`);"
    cut, left = without_data(source.encode())
    assert len(cut) == len(source)
    assert left < 1_000
    assert cut.startswith(b"before();")
    assert cut.endswith(b"`);")
    assert b"JSON.parse()" in cut


def test_a_parsed_text_is_taken_out() -> None:
    source = b"""e.exports=JSON.parse('{"version":"2.0","metadata":{"a":1}}');f();g=JSON.parse('{"own":1}')"""
    cut, _ = without_data(source)
    assert cut.replace(b" ", b"") == b"""e.exports=JSON.parse();f();g=JSON.parse('{"own":1}')"""


@pytest.mark.parametrize("inside", ["a:f()", "[`${x}`]:1", "a:b.c", "a:()=>1", "get a(){}", "a:/x/", "a:b=1", "...a"])
def test_a_table_with_code_in_it_stays(inside: str) -> None:
    rows = ",".join(f'k{number}:"v{number}"' for number in range(5_000))
    source = f"x.exports={{{rows},{inside},{rows}}};".encode()
    assert without_data(source) == (source, len(source))


SPELT = [
    "{",
    "}",
    "[",
    "]",
    "x={",
    'version:"2.0",metadata:',
    "JSON.parse('",
    "')",
    "'",
    '"',
    "\\",
    "\n",
    "a:1,",
    "f()",
    "`",
    " " * 30,
]


def test_brackets_without_end_behind_a_table_are_read_once() -> None:
    source = b'x.exports={version:"2.0",metadata:{}}' + b"}" * 4 * MIB
    cut, left = without_data(source)
    assert len(cut) == len(source)
    assert left >= 4 * MIB


@given(st.lists(st.sampled_from(SPELT), max_size=60))
@settings(max_examples=150, deadline=None)
def test_places_stay_where_they_are(pieces: list[str]) -> None:
    data = "".join(pieces).encode()
    cut, left = without_data(data)
    assert len(cut) == len(data)
    assert [at for at, byte in enumerate(cut) if byte == 10] == [at for at, byte in enumerate(data) if byte == 10]
    assert 0 <= left <= len(data)


TABLE = """
(()=>{var t={1:(e,t,r)=>{%s},7:e=>{e.exports=require("child_process")}};var c={};
function n(o){var l=c[o];if(l!==undefined){return l.exports}var d=c[o]={exports:{}};
t[o].call(d.exports,d,d.exports,n);return d.exports}
n.d=(e,t)=>{for(var r in t){Object.defineProperty(e,r,{enumerable:true,get:t[r]})}};
var r={};(()=>{var e=r;var q=n(1);%s})();module.exports=r})();
"""
CLIENT = """const{resolveUserAgentConfig:a,resolveRetryConfig:b}=r(2);class SQSClient extends a{}
class aa extends(mk(x,y,"SendMessage",S)){}const p=mp(SQSClient,aa,"NextToken","NextToken","MaxResults");
t.Zx=SQSClient;t.$b=aa;t.qQ=p;"""


def test_renamed_exports_of_a_client_get_their_names_back() -> None:
    source = TABLE % (CLIENT, 'const s=new q.Zx({});e.handler=async e=>{await s.send(new q.$b({QueueUrl:"u"}))}')
    assert {actions for actions, _ in _actions(walked(source))} == {("sqs:SendMessage",)}


def test_own_code_joined_with_a_client_is_walked() -> None:
    """What a bundler joined with a library in one module may hold own code: it is not taken for the library."""
    inside = CLIENT + 'r.d(t,{go:()=>go});const{exec:z}=r(7);function go(f){z("ls "+f)}'
    assert {kind for kind, _ in told(walked(TABLE % (inside, "e.handler=async e=>{q.go(e.folder)}")))} == {"process"}


def test_a_bundle_in_a_bundle_is_walked() -> None:
    inside = CLIENT + 'var w=(a,b)=>()=>(b||a((b={exports:{}}).exports,b),b.exports);t.go=f=>r(7).exec("ls "+f);'
    assert {kind for kind, _ in told(walked(TABLE % (inside, "e.handler=async e=>{q.go(e.folder)}")))} == {"process"}


def test_libraries_of_a_minified_bundle_are_known_by_their_texts() -> None:
    found = _of("libraries_ncc_min.js", _bundle("libraries_ncc_min.js"))
    assert {(flow.kind, flow.sink, flow.source) for flow in found.flows} == {
        ("deserialisation", "node-serialize.unserialize", "event.body"),
        ("template", "ejs.render", "event.queryStringParameters.template"),
        ("template", "lodash.template", "event.queryStringParameters.text"),
    }
    assert not found.partial


EXPRESS = """var n=r(2);t=e.exports=function(){var i=function(e,t,r){i.handle(e,t,r)};return i};
t.application=n;t.request=n;t.response=n;t.Route=n.Route;t.Router=n;t.json=n.json;t["static"]=n;t.urlencoded=n.urlencoded"""
SERVERLESS = """const i={requestId:"x-request-id"};e.exports=function(e,t){const r=Object.assign({},i,t);const o=f(e);
return p(r)(async(e,...t)=>{await z(e,r.request,...t);const n=await o(e);await z(n,r.response,...t);return n})}"""


def test_routes_of_express_in_a_minified_bundle_are_walked() -> None:
    both = EXPRESS + "},8:(e,t,r)=>{" + SERVERLESS
    main = 'const a=q();a.get("/x",(e,t)=>{n(7).exec("ls "+e.query.x)});e.handler=n(8)(a)'
    assert {kind for kind, _ in told(walked(TABLE % (both, main)))} == {"process"}


def test_own_code_that_uses_express_is_no_library() -> None:
    own = 'const x=r(9);t.go=f=>{const a=x();a.use(x.urlencoded());a.application=x.Router();r(7).exec("ls "+f)};'
    assert {kind for kind, _ in told(walked(TABLE % (own, "e.handler=async e=>{q.go(e.folder)}")))} == {"process"}


COMMENTED = """
var __webpack_modules__ = ({
/***/ 31: /***/ ((module) => { module.exports = { s$: function (text) { for (const x of text) { } } }; /***/ }),
});
function __nccwpck_require__(id) {
  var module = { exports: {} };
  __webpack_modules__[id](module, module.exports);
  return module.exports;
}
// EXTERNAL MODULE: ./node_modules/node-serialize/lib/serialize.js
var serialize = __nccwpck_require__(31);
module.exports.handler = async (event) => (0,serialize/* unserialize */.s$)(event.body);
"""


def test_comments_tell_libraries_and_the_names_of_their_exports() -> None:
    assert {kind for kind, _ in told(walked(COMMENTED))} == {"deserialisation"}


def test_a_long_file_without_traces_of_a_bundler_is_a_bundle() -> None:
    """Rollup leaves none: its classes of an SDK are known all the same, and its start has a budget."""
    lines = "\n".join(f"class Part{number} {{ run(x) {{ return x + {number}; }} }}" for number in range(4_000))
    client = (
        "class C { send(x) { return this.h(x); } }\nclass B { static classBuilder() { return new B(); } n() { return this; } }\n"
    )
    command = 'class Send extends B.classBuilder().n("SQSClient", "SendMessageCommand").build() {}\n'
    handler = (
        'const queues = new C();\nexport const handler = async (e) => { await queues.send(new Send({ QueueUrl: "u" })); };\n'
    )
    found = walked({"index.mjs": lines + client + command + handler}, "index.handler", "invoke")
    assert {actions for actions, _ in _actions(found)} == {("sqs:SendMessage",)}
