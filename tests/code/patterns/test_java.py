"""Compiled Java. ``orders.jar`` holds the classes of ``Orders.java.txt``, made with ``javac --release 11``."""

import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import FileSystem, Part, compose
from lambdaudit.code.handler import missing_handler
from lambdaudit.code.patterns.classfile import ClassError, read_class
from lambdaudit.code.patterns.found import Found
from lambdaudit.code.patterns.java import read_classes
from tests.code.zips import zipped

HERE = Path(__file__).parent
JAR = (HERE / "orders.jar").read_bytes()
LINES = (HERE / "Orders.java.txt").read_text("utf-8").splitlines()
FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
HANDLER = "com.shop.orders.App::handleRequest"
APP = "com/shop/orders/App.class"


def classes() -> dict[str, bytes | str]:
    with zipfile.ZipFile(io.BytesIO(JAR)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def tree(files: dict[str, bytes | str]) -> FileSystem:
    return compose(Part(FN, io.BytesIO(zipped(files))))


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(LINES, 1) if text in line)


EXPECTED = {
    ("deserialisation", "ObjectInputStream.readObject", line_of("ObjectInputStream(new")),
    ("process", "ProcessBuilder.new", line_of('ProcessBuilder("ls", folder)')),
    ("sql", "Statement.executeQuery", line_of('id = " + id')),
}


@pytest.mark.parametrize("files", [classes(), {"lib/orders.jar": JAR}], ids=["classes", "jar"])
@pytest.mark.parametrize("handler", [HANDLER, "com.shop.orders.App"])
def test_what_the_handler_gets_to_is_told_with_its_lines_and_little_confidence(
    files: dict[str, bytes | str], handler: str
) -> None:
    found = read_classes(tree(files), handler)
    assert {(flow.kind, flow.sink, flow.where.line) for flow in found.flows} == EXPECTED
    assert {flow.confidence for flow in found.flows} == {"low"}
    assert all("was not followed" in flow.note for flow in found.flows)
    assert {flow.where.subject for flow in found.flows} == {FN}


def test_certificates_that_are_not_checked() -> None:
    found = read_classes(tree({"lib/orders.jar": JAR}), HANDLER)
    told = sorted((issue.kind, issue.where.source.rpartition("/")[2], issue.text) for issue in found.issues)
    assert told == [
        ("tls-verification-off", "App$AnyHost.class", "its host name verifier accepts any name"),
        ("tls-verification-off", "App$Trusting.class", "its trust manager accepts any certificate"),
    ]


def test_only_the_handlers_packages_count() -> None:
    found: Found = read_classes(tree({"lib/orders.jar": JAR}), "org.other.Main::handle")
    assert (found.flows, found.issues) == ([], [])


def test_the_handlers_class_is_found_in_package_and_jar() -> None:
    packages: list[dict[str, bytes | str]] = [classes(), {"lib/orders.jar": JAR}]
    for files in packages:
        assert missing_handler(tree(files), "java21", HANDLER) == ""
    assert (
        missing_handler(tree({"lib/orders.jar": JAR}), "java21", "com.shop.Other")
        == "no class com/shop/Other.class for the handler com.shop.Other"
    )


def test_parts_of_a_class_file() -> None:
    data = classes()[APP]
    assert isinstance(data, bytes)
    one = read_class(data)
    assert (one.name, one.parent, one.source) == ("com/shop/orders/App", "java/lang/Object", "App.java")
    assert "select 1" in one.strings
    handle = next(m for m in one.methods if m.name == "handleRequest")
    assert ("java/lang/Runtime", "exec", True) in {(c.owner, c.name, c.constant) for c in handle.calls}


@pytest.mark.parametrize("data", [b"", b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbe" + b"\xff" * 200, b"no class"])
def test_what_is_no_class_file_is_refused(data: bytes) -> None:
    with pytest.raises(ClassError):
        read_class(data)


@given(st.integers(0, 2**32), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_mutated_class_files_end(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    files = {name: bytearray(data) for name, data in classes().items() if isinstance(data, bytes)}
    for _ in range(changes):
        data = chance.choice(list(files.values()))
        data[chance.randrange(8, len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xAA, 0xAB, 0xC4, 0xFF, chance.randrange(256)])
    read_classes(tree({name: bytes(data) for name, data in files.items()}), HANDLER)


def test_without_a_setting_handlers_are_found_by_their_method() -> None:
    found = read_classes(tree({**classes(), "org/springframework/boot/Handler.class": classes()[APP]}), "")
    assert {(flow.kind, flow.sink, flow.where.line) for flow in found.flows} >= EXPECTED
    assert all(flow.where.source.startswith("/var/task/com/shop/") for flow in found.flows)
