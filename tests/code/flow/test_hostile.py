"""Source that attacks the analyser: it ends in time, never raises, and says what it left out."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lambdaudit.code.flow.core import Limits
from tests.code.flow.labelled import handlers
from tests.code.flow.trees import analysis_of

HEAD = "import os\ndef handler(event, context):\n"
LONG = {
    "sum": HEAD + "  x = event['a']" + "+event['b']" * 5000 + "\n  os.system(x)\n",
    "methods": HEAD + "  x = event['a']" + ".strip()" * 5000 + "\n  os.system(x)\n",
    "elif": HEAD
    + "  x=event['a']\n  if x=='0': pass\n"
    + "".join(f"  elif x=='{i}': y={i}\n" for i in range(3000))
    + "  os.system(x)\n",
    "growing list": HEAD + "  x=[event]\n" + "  x=x+x\n" * 60 + "  os.system(x[0]['b'])\n",
    "growing text": HEAD + "  x='a'\n" + "  x=x+x\n" * 60 + "  os.system(x+event['a'])\n",
    "huge numbers": HEAD + "  x='a'*10**9\n  y=10**10**9\n  w=1<<10**8\n  os.system(event['a'])\n",
    "cycles": HEAD + "  a=[]\n  a.append(a)\n  d={}\n  d['d']=d\n  d['e']=event['x']\n  os.system(str(d))\n",
    "imports itself": "import app\nfrom app import *\nimport os\n"
    "def handler(event, context):\n  app.handler(event, 1)\n  os.system(event['a'])\n",
    "class cycle": "class A(B): pass\nclass B(A): pass\nimport os\n"
    "def handler(event, context):\n  A().x()\n  os.system(event['a'])\n",
    "recursion": "import os\ndef a(x, n):\n  return b(x+'1', n-1)\ndef b(x, n):\n  if n: return a(x, n)\n  os.system(x)\n"
    "def handler(event, context):\n  a(event['q'], 9)\n",
}
DEEP: dict[str, str | bytes] = {
    "parentheses": HEAD + "  x = " + "(" * 4000 + "event" + ")" * 4000 + "\n",
    "lists": HEAD + "  x = " + "[" * 4000 + "event" + "]" * 4000 + "\n",
    "lambdas": HEAD + "  x = " + "lambda: " * 3000 + "event\n",
    "calls": "def f0(x): return x\n"
    + "".join(f"def f{i}(x):\n  f{i - 1}(x+'a')\n  f{i - 1}(x+'b')\n" for i in range(1, 40))
    + "def handler(event, context):\n  f39(event['a'])\n",
    "not Python": b"\x00\xff\xfe(((" * 5000,
}


@pytest.mark.parametrize("name", LONG)
def test_long_code_is_walked_to_its_sink(name: str) -> None:
    result = analysis_of(LONG[name])
    assert [flow.kind for flow in result.flows][:1] == ["process"]
    assert result.partial == ()


@pytest.mark.parametrize("name", DEEP)
def test_deep_code_is_told_as_incomplete(name: str) -> None:
    assert analysis_of(DEEP[name]).partial


def test_a_used_up_budget_is_told() -> None:
    source = HEAD + "  while True:\n" + "    event['a']=event['b']+event['c']\n" * 2000
    assert "steps" in analysis_of(source, limits=Limits(steps=1000)).partial[0]
    assert "longer" in analysis_of(source, limits=Limits(seconds=0.0)).partial[0]


def test_a_missing_handler_is_told() -> None:
    assert analysis_of("def other(event, context): pass\n").partial
    assert analysis_of("x = 1\n", handler="nowhere.handler").partial
    assert analysis_of("x = 1\n", handler=None).partial


ORIGINALS = [
    data for folder in ("python/known", "python/unseen", "python/second") for h in handlers(folder) for data in h.files.values()
]
PIECES = [
    b"(",
    b")",
    b"[",
    b"{",
    b"}",
    b":",
    b"\n",
    b"    ",
    b"'",
    b'"""',
    b"\\",
    b"lambda ",
    b"yield ",
    b"await ",
    b"\xff",
    b"*",
    b"=",
    b"def ",
    b"@",
]


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(ORIGINALS), st.randoms(use_true_random=False), st.integers(1, 12))
def test_mutated_sources_never_crash(original: bytes, chance: random.Random, changes: int) -> None:
    data = bytearray(original)
    for _ in range(changes):
        start = chance.randrange(len(data) + 1)
        other = chance.choice(ORIGINALS)
        cut = chance.randrange(len(other) + 1)
        new = chance.choice([chance.choice(PIECES), other[cut : cut + 60], b""])
        data[start : start + chance.choice([0, 1, 5, 40])] = new
    result = analysis_of(bytes(data), handler=None, limits=Limits(seconds=5))
    assert all(flow.where.line >= 1 for flow in result.flows)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_any_bytes_are_borne(data: bytes) -> None:
    analysis_of(data + b"\ndef handler(event, context):\n    return event\n")
