"""Compiled .NET: an assembly of two tables, made here, because that is all the reader looks at."""

import io
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import Part, compose
from lambdaudit.code.patterns.dotnet import AssemblyError, Member, members_of, read_assembly
from lambdaudit.code.patterns.found import Found
from tests.code.zips import zipped

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
HANDLER = "Shop::Shop.Function::Handle"


def assembly(*members: tuple[str, str], wide: bool = False) -> bytes:
    """A PE file with the metadata tables Module, TypeRef and MemberRef; `wide` has large heaps, so four-byte indexes."""
    strings, places = bytearray(b"\0"), {}

    def at(text: str) -> int:
        if text not in places:
            places[text] = len(strings)
            strings.extend(text.encode() + b"\0")
        return places[text]

    types = list(dict.fromkeys(owner for owner, _ in members))
    s = "I" if wide else "H"
    rows = struct.pack(f"<H{s}{s}{s}{s}", 0, at("Shop.dll"), 1, 0, 0)
    for owner in types:
        space, _, name = owner.rpartition(".")
        rows += struct.pack(f"<H{s}{s}", 6, at(name), at(space))
    for owner, name in members:
        rows += struct.pack(f"<H{s}{s}", (types.index(owner) + 1) << 3 | 1, at(name), 0)
    valid = 1 << 0 | 1 << 1 | 1 << 10
    tables = (
        struct.pack("<IBBBBQQ", 0, 2, 0, 7 if wide else 0, 1, valid, 0) + struct.pack("<3I", 1, len(types), len(members)) + rows
    )
    version = b"v4.0.30319\0\0"
    head = struct.pack("<4sHHII", b"BSJB", 1, 1, 0, len(version)) + version + struct.pack("<HH", 0, 2)
    size = len(head) + 8 + 4 + 8 + 12
    root = (
        head
        + struct.pack("<II4s", size, len(tables), b"#~\0\0")
        + struct.pack("<II12s", size + len(tables), len(strings), b"#Strings")
    )
    root += tables + bytes(strings)
    cli = struct.pack("<IHHII", 72, 2, 5, 0x2000 + 72, len(root)) + bytes(72 - 16)
    optional = struct.pack("<H", 0x10B) + bytes(94) + bytes(14 * 8) + struct.pack("<II", 0x2000, 72) + bytes(8)
    section = struct.pack("<8s6I2HI", b".text", len(cli + root), 0x2000, len(cli + root), 0x200, 0, 0, 0, 0, 0)
    pe = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, 0, 0, 0, len(optional), 0) + optional + section
    return (b"MZ" + bytes(58) + struct.pack("<I", 64) + pe).ljust(0x200, b"\0") + cli + root


USED = (
    ("System.Runtime.Serialization.Formatters.Binary.BinaryFormatter", "Deserialize"),
    ("System.Diagnostics.Process", "Start"),
    ("System.Net.Http.HttpClientHandler", "get_DangerousAcceptAnyServerCertificateValidator"),
    ("Amazon.S3.IAmazonS3", "GetObjectAsync"),
    ("Amazon.DynamoDBv2.AmazonDynamoDBClient", "PutItemAsync"),
    ("Amazon.DynamoDBv2.AmazonDynamoDBClient", ".ctor"),
    ("System.String", "Concat"),
)


def read(data: bytes) -> Found:
    return read_assembly(compose(Part(FN, io.BytesIO(zipped({"Shop.dll": data, "Other.dll": b"MZ"})))), HANDLER)


@pytest.mark.parametrize("wide", [False, True])
def test_members_of_other_assemblies(wide: bool) -> None:
    assert members_of(assembly(*USED, wide=wide)) == [Member(*pair) for pair in USED]


def test_what_an_assembly_uses() -> None:
    found = read(assembly(*USED))
    assert [(f.kind, f.sink, f.constant, f.label) for f in found.flows] == [
        ("deserialisation", "BinaryFormatter.Deserialize", True, ""), ("process", "Process.Start", True, ""),
    ]  # fmt: skip
    assert [issue.kind for issue in found.issues] == ["tls-verification-off"]
    assert [(raw.receiver.service, raw.method) for raw in found.raw] == [("s3", "getObject"), ("dynamodb", "putItem")]
    assert {flow.where.source for flow in found.flows} == {"/var/task/Shop.dll"}


@pytest.mark.parametrize("data", [b"", b"MZ", b"MZ" + bytes(200), assembly(*USED)[:700], b"\x7fELF"])
def test_what_is_no_assembly_is_said(data: bytes) -> None:
    with pytest.raises(AssemblyError):
        members_of(data)
    found = read(data)
    assert (found.flows, found.raw) == ([], [])
    assert len(found.limits) == 1


@given(st.integers(0, 2**32), st.integers(1, 20))
@settings(max_examples=300, deadline=None)
def test_mutated_assemblies_end(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(assembly(*USED))
    for _ in range(changes):
        data[chance.randrange(60, len(data))] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    read(bytes(data))
