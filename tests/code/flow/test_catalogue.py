"""Every entry of the Python catalogue is reached by code that uses it the ordinary way."""

from collections.abc import Iterator

import pytest

from lambdaudit.code.flow.catalogue import Sink, of_language
from tests.code.flow.trees import analysis_of

CATALOGUE = of_language("python")
ORIGINS: dict[str, str] = {}
for _name, _kind in CATALOGUE.types.items():
    if (
        "[" not in _name
        and "()" not in _name
        and _name.split(".")[0] not in {k.split(".")[0] for k in ("db.x", "mongo.x", "aws.x")}
    ):
        ORIGINS.setdefault(_kind, _name)
ORIGINS["mongo.database"] = "mongo.client.get_database"
ORIGINS["mongo.collection"] = "mongo.database.get_collection"
ORIGINS["db.cursor"] = "db.connection.cursor"
EXTRA = {"shell": "shell=True", "yaml": "Loader=yaml.Loader", "numpy": "allow_pickle=True"}
VALUES = {"document": "json.loads(event['body'])['x']"}


def made(name: str) -> str:
    """Code that gives the thing that a dotted name stands for."""
    for kind in sorted(ORIGINS, key=len, reverse=True):
        if name.startswith(f"{kind}.") or name == kind:
            rest = name[len(kind) :]
            origin = ORIGINS[kind]
            return f"{origin if origin == kind else made(origin)}('a'){rest}"
    if name.startswith("aws."):
        parts = name.split(".")
        if parts[1] == "client":
            return f"boto3.client({parts[2]!r})." + ".".join(parts[3:])
        if parts[1] == "session":
            return "boto3.Session()." + parts[2]
        if parts[1] == "paginator":
            return f"boto3.client({parts[2]!r}).get_paginator({parts[3]!r}).{parts[4]}"
        arguments = "('a')" if len(parts) > 4 else ""
        return f"boto3.resource({parts[2]!r}).{parts[3]}{arguments}" + "".join(f".{part}" for part in parts[4:])
    return name.replace("builtins.", "").replace("*.", "something().")


def call(sink: Sink) -> str:
    """A handler that passes a part of the event to the sink."""
    value = VALUES.get(sink.check, "event['body']")
    place = sink.arguments[0] if sink.arguments else 0
    target = made(sink.name)
    if place == "self":
        receiver, _, method = target.rpartition(".")
        owner = f"{receiver.split('(')[0]}({value})"
        return f"{owner}.{method}()"
    if sink.check == "argv":
        return f"{target}({', '.join([value] * 4)})"
    arguments = ["'a'"] * place + [value] if isinstance(place, int) else [f"{place}={value}"]
    return f"{target}({', '.join([*arguments, *filter(None, [EXTRA.get(sink.check)])])})"


def entries() -> Iterator[Sink]:
    for sinks in (*CATALOGUE.sinks.values(), *CATALOGUE.by_method.values()):
        yield from (sink for sink in sinks if sink.kind not in ("log", "sent"))


def source(sink: Sink) -> str:
    tops = {"boto3", "json", "yaml"}
    target = made(sink.name)
    head = target.split("(")[0]
    modules = {".".join(head.split(".")[:count]) for count in range(1, head.count(".") + 1)}
    imports = "".join(f"import {module}\n" for module in sorted(tops | modules) if module)
    return f"{imports}from helper import something\ndef handler(event, context):\n    return {call(sink)}\n"


@pytest.mark.parametrize("kind", sorted({sink.kind for sink in entries()}))
def test_every_sink_of_a_kind_is_reached(kind: str) -> None:
    silent = []
    for sink in entries():
        if sink.kind != kind:
            continue
        code = source(sink)
        if kind not in {flow.kind for flow in analysis_of(code, "url").flows if not flow.constant}:
            silent.append(f"{sink.name}: {call(sink)}")
    assert silent == []


@pytest.mark.parametrize("name", sorted(CATALOGUE.cleaners))
def test_every_cleaner_cleans(name: str) -> None:
    """The result of a cleaner does none of the harm that it is there for."""
    kinds = CATALOGUE.cleaners[name]
    sinks = {
        "process": "os.system('x ' + {})",
        "path": "open('/srv/' + {})",
        "code-evaluation": "eval({})",
        "sql": "db.execute({})",
    }
    for kind, sink in sinks.items():
        if kind not in kinds and "*" not in kinds:
            continue
        target = made(name)
        value = f"{target}(event['body'])"
        head = target.split("(")[0]
        modules = {".".join(head.split(".")[:count]) for count in range(1, head.count(".") + 1)} | {"os", "sqlite3"}
        imports = "".join(f"import {module}\n" for module in sorted(modules) if module)
        code = f"{imports}db = sqlite3.connect('a')\ndef handler(event, context):\n    {sink.format(f'str({value})')}\n"
        assert kind not in {flow.kind for flow in analysis_of(code, "url").flows if not flow.constant}, code
