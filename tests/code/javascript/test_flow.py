"""What flows through the parts of the language: each row is a handler's body and the kinds of harm in it."""

import pytest

from .trees import body, told, walked

FLOWS = [
    ("eval(event.a)", True),
    ("eval('1')", False),
    ("const { a: { b: [, c] = [] } = {} } = event; eval(c)", True),
    ("const { a, ...rest } = event; eval(rest.b)", True),
    ("let x = '1'; x = event.a; eval(x)", True),
    ("let x = event.a; x = '1'; eval(x)", False),
    ("let x = event.a; { let x = '1'; eval(x) }", False),
    ("let x = '1'; { let x = event.a; eval(x) }", True),
    ("let x = '1'; { const x = event.a; } eval(x)", False),
    ("var x = '1'; if (event.b) { var x = event.a } eval(x)", True),
    ("for (const k in event) eval(event[k])", True),
    ("for (const [k, v] of Object.entries(event)) eval(v)", True),
    ("for (let i = 0; i < event.items.length; i++) eval(event.items[i])", True),
    ("event.items.map(String).forEach((x) => eval(x))", True),
    ("eval(event.items.filter((x) => x === 'a')[0])", False),
    ("eval(event.items.filter(Boolean).join(';'))", True),
    ("eval(event.items.reduce((all, one) => all + one, ''))", True),
    ("const f = (x) => () => eval(x); f(event.a)()", True),
    ("function f() { eval(this.x) } f.call({ x: event.a })", True),
    ("const o = { x: event.a, go() { eval(this.x) } }; o.go()", True),
    ("const o = { get x() { return event.a } }; eval(o.x)", True),
    ("class A { #x = event.a; run() { eval(this.#x) } } new A().run()", True),
    ("class A { constructor(x) { this.x = x } } class B extends A { run() { eval(this.x) } } new B(event.a).run()", True),
    ("class A { static go(x) { eval(x) } } A.go(event.a)", True),
    ("class A { set x(v) { this.y = v } } const a = new A(); a.x = event.a; eval(a.y)", True),
    ("function A(x) { this.x = x } A.prototype.go = function () { eval(this.x) }; new A(event.a).go()", True),
    ("eval(await Promise.resolve(event.a))", True),
    ("const [a, b] = await Promise.all([event.a, '1']); eval(b)", False),
    ("const [a, b] = await Promise.all([event.a, '1']); eval(a)", True),
    ("await new Promise((resolve) => resolve(event.a)).then((x) => eval(x))", True),
    ("await Promise.reject(new Error('x')).catch(() => event.a).then(eval)", True),
    ("function* g() { yield event.a } for (const x of g()) eval(x)", True),
    ("async function* g() { yield* event.items } for await (const x of g()) eval(x)", True),
    ("eval(`${event.a}`)", True),
    ("eval(String.raw`${event.a}`)", True),
    ("eval(event?.a?.b ?? '1')", True),
    ("eval((0, event.a))", True),
    ("eval(Number(event.a) + 1)", False),
    ("eval(parseInt(event.a, 10))", False),
    ("eval(+event.a)", False),
    ("eval(event.a.length)", False),
    ("eval(event.a ? '1' : '2')", False),
    ("eval({ a: '1', b: '2' }[event.a])", False),
    ("eval(new Map([['a', '1']]).get(event.a))", False),
    ("if (!['1', '2'].includes(event.a)) return; eval(event.a)", False),
    ("if (['1', '2'].indexOf(event.a) < 0) throw new Error(); eval(event.b)", True),
    ("if (['1', '2'].indexOf(event.a) < 0) throw new Error(); eval(event.a)", False),
    ("if (['1', '2'].indexOf(event.a) === -1) { eval(event.a) }", True),
    ("if (['1', '2'].indexOf(event.a) > -1) { eval(event.a) }", False),
    ("if (typeof event.a !== 'number') return; eval(event.a)", False),
    ("if (typeof event.a !== 'string') return; eval(event.a)", True),
    ("if (!/^\\w+$/.test(event.a)) return; eval(event.a)", False),
    ("if (!/\\w+/.test(event.a)) return; eval(event.a)", True),
    ("switch (event.a) { case '1': eval(event.a); break; default: }", False),
    ("switch (event.a) { case '1': break; default: eval(event.a) }", True),
    ("try { throw event.a } catch { } finally { eval(event.a) }", True),
    ("return; eval(event.a)", False),
    ("label: for (;;) { if (event.x) break label; eval(event.a) }", True),
    ("const x = {}; x[event.k] = event.a; eval(x.y)", True),
    ("const x = Object.assign({}, { a: '1' }, event); eval(x.b)", True),
    ("const x = { ...event, a: '1' }; eval(x.a)", False),
    ("const x = { ...event, a: '1' }; eval(x.b)", True),
    ("const f = (...all) => eval(all[1]); f('1', event.a)", True),
    ("const f = (a, b = event.a) => eval(b); f('1')", True),
    ("const f = eval.bind(null, event.a); f()", True),
    ("eval(JSON.parse(JSON.stringify(event)).a)", True),
    ("eval(Buffer.from(event.a, 'base64').toString())", True),
    ("const s = new Set(); s.add(event.a); for (const x of s) eval(x)", True),
    ("const m = new Map(); m.set('k', event.a); eval(m.get('k'))", True),
    ("const u = require('util'); const f = u.promisify(require('child_process').exec); await f('ls ' + event.a)", "process"),
    ("const e = new (require('events'))(); e.on('x', (v) => eval(event.a)); ", True),
    ("process.nextTick(() => eval(event.a))", True),
    ("label(event); function label(e) { eval(e.a) }", True),
    ("eval(arguments[0].a)", False),
]


@pytest.mark.parametrize(("source", "bad"), FLOWS, ids=[source[:60] for source, _ in FLOWS])
def test_the_language(source: str, bad: bool | str) -> None:
    expected = {bad} if isinstance(bad, str) else {"code-evaluation"} if bad else set()
    assert body(source) - {"module-state"} == expected


COMPILED = """
exports.handler = function (event) { return __awaiter(void 0, void 0, void 0, function () {
  var x;
  return __generator(this, function (_a) { switch (_a.label) {
    case 0: return [4, load(event)];
    case 1: x = _a.sent(); eval(x); return [2];
  } }); }); };
function load(event) { return event.a; }
"""
BABEL = """
exports.handler = function () { var _ref = _asyncToGenerator(regeneratorRuntime.mark(function _callee(event) {
  var x;
  return regeneratorRuntime.wrap(function _callee$(_context) { while (1) { switch (_context.prev = _context.next) {
    case 0: _context.next = 2; return load(event);
    case 2: x = _context.sent; eval(x); return _context.abrupt("return", x);
    case 5: case "end": return _context.stop();
  } } }, _callee); }));
  return function (_x) { return _ref.apply(this, arguments); };
}();
function load(event) { return event.a; }
"""


@pytest.mark.parametrize("source", [COMPILED, BABEL], ids=["typescript", "babel"])
def test_async_functions_taken_apart(source: str) -> None:
    assert {kind for kind, _ in told(walked(source))} == {"code-evaluation"}


def test_typescript_forms() -> None:
    source = """
import type { Context } from 'aws-lambda';
enum Kind { A = 'a' }
namespace Tools { export const run = (x: string): void => { eval(x); }; }
class Service { constructor(private readonly text: string) {} go() { Tools.run(this.text); } }
export const handler = async (event: any, _: Context) => { new Service((<any>event).a!).go(); eval(Kind.A as string); };
"""
    assert told(walked({"index.ts": source})) == {("code-evaluation", 4)}


def test_names_of_steps_and_entry() -> None:
    found = walked(
        "const run = (cmd) => require('child_process').execSync(cmd);\nexports.handler = async (event) => run(event.a);"
    )
    assert found.entry is not None
    assert (found.entry.name, found.entry.where.line) == ("handler", 2)
    assert [step.where.line for step in found.flows[0].steps] == sorted(
        (s.where.line for s in found.flows[0].steps), reverse=True
    )
    assert any("passed to run() as cmd" in step.text for step in found.flows[0].steps)


def test_a_wrapped_handler_is_walked() -> None:
    source = "const { wrap } = require('@acme/telemetry');\nexports.handler = wrap(async (event) => eval(event.a));"
    assert told(walked(source)) == {("code-evaluation", 2)}
