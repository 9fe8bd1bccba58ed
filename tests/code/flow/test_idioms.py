"""Idioms of Python and of frameworks: the lines with a mark reach the shell, no other does."""

import re

import pytest

from tests.code.flow.trees import kinds

DATA_CLASSES = """\
import os
from aws_lambda_powertools.utilities.data_classes import event_source, APIGatewayProxyEvent, SQSEvent, S3Event
from aws_lambda_powertools.utilities.parser import event_parser, parse, BaseModel
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
processor = BatchProcessor(event_type=EventType.SQS)
class Order(BaseModel):
    id: int
    name: str
def record_handler(record):
    os.system("a " + record.body)  # shell
@event_source(data_class=APIGatewayProxyEvent)
def handler(event, context):
    os.system("x " + event.get_query_string_value("q"))  # shell
    os.system("x " + event.json_body["a"])  # shell
    os.system("x " + event.request_context.account_id)
    e = S3Event(event)
    for r in e.records:
        os.system("x" + r.s3.get_object.key)  # shell
        os.system("x" + r.s3.bucket.name)
    o = parse(event=event, model=Order)
    os.system("x" + o.name)  # shell
    os.system("x" + str(o.id))
    return process_partial_response(event=event, record_handler=record_handler, processor=processor, context=context)
"""

IDIOMS = """\
import os, json, boto3, sys
from functools import partial, reduce
sys.path.insert(0, "/opt/python")
def run(cmd, flag): os.system(cmd)  # shell
class Base:
    registry = {}
    def __init_subclass__(cls, **kw): Base.registry[cls.__name__] = cls
    def go(self, e): raise NotImplementedError
class Kid(Base):
    def go(self, e):
        run(e["x"], 1)
H = {"kid": Kid}
class Ctx:
    def __enter__(self): return self
    def __exit__(self, *a): pass
    def do(self, x): os.popen(x)  # shell
def handler(event, context):
    H[event["k"]]().go(event)
    p = partial(run, flag=2)
    p(event["a"])
    with Ctx() as c: c.do(event["b"])
    f = lambda x: os.system(x)  # shell
    list(map(f, event["list"]))
    getattr(sys.modules[__name__], "run")(event["c"], 3)
    x, *rest = event["vals"]
    os.system(rest[0])  # shell
    d = {**event, "z": 1}
    os.system(d["q"])  # shell
    d2 = dict(event); d2.pop("a")
    os.system(d2.get("w", ""))  # shell
    s = "%(a)s" % event
    os.system(s)  # shell
    t = "{a}".format(**event)
    os.system(t)  # shell
    (y := event["y"])
    os.system(y)  # shell
    os.system(str(event.get("n", 0) + 1))
    for k, v in event.items(): os.system(v)  # shell
    parts = [p for p in event["p"].split(",") if p in ("a", "b")]
    os.system(parts[0])
    match event:
        case {"cmd": c}: os.system(c)  # shell
    try:
        v = event["v"]
    except KeyError:
        v = "x"
    os.system(v)  # shell
    while event["more"]:
        os.system(event["more"]); break  # shell
    os.system(f"{event['r']!s:>10}")  # shell
    os.system("".join(reversed(event["s"])))  # shell
    os.system(json.loads(event["body"])["a"])  # shell
    os.system(event["a"] if event["a"] in ("x", "y") else "z")
    cmd = {"a": "b"}.get(event["k"])
    os.system(cmd)
"""

INSTANCE = """\
import boto3, os, json
class Handler:
    def __init__(self): self.t = boto3.resource("dynamodb").Table(os.environ["T"]); self.cmd = None
    def __call__(self, event, context):
        self.cmd = event["c"]
        return self.run()
    def run(self):
        os.system(self.cmd)  # shell
        self.t.put_item(Item={"a": 1})
handler = Handler()
"""

CHECKS = """\
import os
ALLOWED = ["a"]
def handler(event, context):
    x = event["x"]
    if x in ALLOWED:
        x = event["y"]
        os.system(x)  # shell
    y = event["z"]
    while y not in ALLOWED:
        y = "a"
    os.system(y)
    ALLOWED.append(event["q"])
    if event["w"] in ALLOWED: os.system(event["w"])  # shell
"""

IMPORTS = """\
import os
try:
    import ujson as json
except ImportError:
    import json
if os.environ.get("X"):
    from os import system as go
else:
    go = os.system
def handler(event, context):
    go(json.loads(event["body"])["a"])  # shell
"""


@pytest.mark.parametrize("source", [DATA_CLASSES, IDIOMS, INSTANCE, CHECKS, IMPORTS])
def test_idioms(source: str) -> None:
    marked = {number for number, line in enumerate(source.splitlines(), start=1) if re.search(r"# shell$", line)}
    assert {line for kind, line, _ in kinds(source) if kind == "process"} == marked
