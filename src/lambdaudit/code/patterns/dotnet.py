""".NET assemblies: which members of other assemblies the handler's own one uses, from its metadata tables. Nothing is loaded.

Layout: ECMA-335, partition II, chapters 22 (tables) and 24 (file). Every offset and count is bounded by the file.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lambdaudit.code.filesystem import TASK, FileSystem
from lambdaudit.model.code import CodeIssue, Flow
from lambdaudit.model.where import Where

from .found import Found

MOST_BYTES = 16 * 1024**2
_MOST_ROWS = 200_000
_NOTE = "a name in a compiled assembly: whether the handler gets to it, and with which data, was not followed"
_SINKS = tuple((kind, re.compile(pattern)) for kind, pattern in (
    ("deserialisation", r"System\.Runtime\.Serialization\.Formatters\.(?:Binary\.BinaryFormatter|Soap\.SoapFormatter)"
                        r"\.(?:Unsafe)?Deserialize$"
                        r"|System\.Runtime\.Serialization\.NetDataContractSerializer\.(?:Deserialize|ReadObject)$"
                        r"|System\.Web\.UI\.(?:LosFormatter|ObjectStateFormatter)\.Deserialize$"),
    ("code-evaluation", r"Microsoft\.CodeAnalysis\.CSharp\.Scripting\.CSharpScript\.(?:EvaluateAsync|RunAsync|Create)$"
                        r"|System\.Reflection\.Assembly\.Load(?:From|File)?$|System\.CodeDom\.Compiler\.CodeDomProvider\.\w+$"),
    ("process", r"System\.Diagnostics\.Process\.Start$"),
))  # fmt: skip
_TRUST = re.compile(r"\.DangerousAcceptAnyServerCertificateValidator$|\.get_DangerousAcceptAnyServerCertificateValidator$")
_CLIENT = re.compile(r"^Amazon\.[\w.]+\.I?Amazon(\w+?)(?:Client)?$")
_ASYNC = re.compile(r"^([A-Z]\w+?)(?:Async)?$")
_QUIET = re.compile(r"^(?:get_|set_|add_|remove_|Dispose|Equals|ToString|GetHashCode|GetPreSignedURL|\.ctor)")


class AssemblyError(Exception):
    """The file is no .NET assembly, or broken."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of another assembly that is used: full name of the type, and the member."""

    type: str
    name: str


def members_of(data: bytes) -> list[Member]:
    """The members of other assemblies that an assembly names. Raises AssemblyError."""
    try:
        return list(_members(_metadata(data)))
    except (struct.error, IndexError, OverflowError) as error:
        raise AssemblyError("it ends too early, or is no .NET assembly") from error


def _metadata(data: bytes) -> dict[str, bytes]:
    """The streams of the metadata by name."""
    if data[:2] != b"MZ" or len(data) > MOST_BYTES:
        raise AssemblyError("it is no program file, or too large")
    (pe,) = struct.unpack_from("<I", data, 0x3C)
    if data[pe : pe + 4] != b"PE\0\0":
        raise AssemblyError("it is no program file")
    sections, optional = struct.unpack_from("<H12xH", data, pe + 6)
    (magic,) = struct.unpack_from("<H", data, pe + 24)
    (cli,) = struct.unpack_from("<I", data, pe + 24 + (112 if magic == 0x20B else 96) + 14 * 8)
    table = [struct.unpack_from("<4I", data, pe + 24 + optional + 40 * n + 8) for n in range(min(sections, 96))]

    def place(address: int) -> int:
        for size, start, raw_size, raw in table:
            if start <= address < start + max(size, raw_size):
                return int(raw + address - start)
        raise AssemblyError("it has no metadata")

    if not cli:
        raise AssemblyError("it is no .NET assembly")
    (root,) = struct.unpack_from("<I", data, place(cli) + 8)
    root = place(root)
    if data[root : root + 4] != b"BSJB":
        raise AssemblyError("its metadata are broken")
    (version,) = struct.unpack_from("<I", data, root + 12)
    (count,) = struct.unpack_from("<H", data, root + 16 + version + 2)
    at, streams = root + 20 + version, {}
    for _ in range(min(count, 16)):
        offset, size = struct.unpack_from("<2I", data, at)
        end = data.index(b"\0", at + 8, at + 8 + 33) if b"\0" in data[at + 8 : at + 8 + 33] else at + 8
        if root + offset + size > len(data):
            raise AssemblyError("it ends too early")
        streams[data[at + 8 : end].decode("ascii", "replace")] = data[root + offset : root + offset + size]
        at += 8 + ((end - at - 8) // 4 + 1) * 4
    return streams


def _members(streams: dict[str, bytes]) -> Iterator[Member]:
    tables, texts = streams.get("#~", b""), streams.get("#Strings", b"")
    heaps = tables[6]
    (valid,) = struct.unpack_from("<Q", tables, 8)
    rows, at = {}, 24
    for number in range(64):
        if valid >> number & 1:
            (rows[number],) = struct.unpack_from("<I", tables, at)
            at += 4
    if sum(rows.get(n, 0) for n in range(11)) > _MOST_ROWS * 10 or rows.get(10, 0) > _MOST_ROWS:
        raise AssemblyError("it has too many rows")
    s, g, b = (4 if heaps & bit else 2 for bit in (1, 2, 4))

    def index(table: int) -> int:
        return 4 if rows.get(table, 0) > 0xFFFF else 2

    def coded(bits: int, *targets: int) -> int:
        return 4 if max(rows.get(t, 0) for t in targets) >= 1 << (16 - bits) else 2

    type_or_ref = coded(2, 2, 1, 27)
    scope, parent = coded(2, 0, 26, 35, 1), coded(3, 2, 1, 26, 6, 27)
    widths = {
        0: 2 + s + 3 * g, 1: scope + 2 * s, 2: 4 + 2 * s + type_or_ref + index(4) + index(6), 3: index(4), 4: 2 + s + b,
        5: index(6), 6: 8 + s + b + index(8), 7: index(8), 8: 4 + s, 9: index(2) + type_or_ref, 10: parent + s + b,
    }  # fmt: skip
    starts = {}
    for number in range(11):
        starts[number] = at
        at += widths[number] * rows.get(number, 0)

    if at > len(tables):
        raise AssemblyError("it ends too early")

    def number_at(place: int, width: int) -> int:
        return int.from_bytes(tables[place : place + width], "little")

    def text(offset: int) -> str:
        end = texts.find(b"\0", offset, offset + 1024)
        return texts[offset:end].decode("utf-8", "replace") if offset < len(texts) else ""

    for row in range(rows.get(10, 0)):
        place = starts[10] + row * widths[10]
        owner = number_at(place, parent)
        if owner & 7 == 1 and 0 < owner >> 3 <= rows.get(1, 0):
            reference = starts[1] + ((owner >> 3) - 1) * widths[1] + scope
            name, space = text(number_at(reference, s)), text(number_at(reference + s, s))
            yield Member(f"{space}.{name}" if space else name, text(number_at(place + parent, s)))


def read_assembly(files: FileSystem, handler: str) -> Found:
    """What the assembly of the Handler setting (``Shop::Shop.Function::Handle``) uses."""
    found = Found()
    path = f"{TASK}/{handler.partition('::')[0]}.dll"
    data = files.read(path, MOST_BYTES)
    if data is None:
        return found
    where = Where(path, subject=files.origin(path))
    try:
        members = dict.fromkeys(members_of(data))
    except AssemblyError as error:
        found.limits.append(f"{path} was not read: {error}")
        return found
    for member in members:
        _take(member, where, found)
    found.limits.append("compiled .NET was read by the names in it; how data move was not followed")
    return found


def _take(member: Member, where: Where, found: Found) -> None:
    from .sdk import sdk_call

    name = f"{member.type}.{member.name}"
    if _TRUST.search(name):
        found.issues.append(CodeIssue(kind="tls-verification-off", where=where, text="it accepts any certificate"))
    kind = next((kind for kind, pattern in _SINKS if pattern.match(name)), "")
    if kind:
        sink = ".".join(name.split(".")[-2:])
        found.flows.append(Flow(kind=kind, sink=sink, where=where, confidence="low", note=_NOTE, constant=True))
    client, method = _CLIENT.match(member.type), _ASYNC.match(member.name)
    if client and method and not _QUIET.match(member.name):
        found.raw.append(sdk_call(client[1], method[1][0].lower() + method[1][1:], where))


__all__ = ["AssemblyError", "Member", "members_of", "read_assembly"]
