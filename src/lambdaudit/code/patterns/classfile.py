"""Java class files: the calls that each method makes, read from constant pool and bytecode. Nothing is run or loaded.

Layout: The Java Virtual Machine Specification, chapter 4; instructions: chapter 6. Every count and length is bounded by the file.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

MAGIC = b"\xca\xfe\xba\xbe"
MOST_BYTES = 2 * 1024**2
_MOST_CALLS = 4000
_WIDTHS = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
"""Bytes of constants behind their tag; texts (tag 1) have a length of their own."""
_INVOKE = {0xB6, 0xB7, 0xB8, 0xB9}
_LOADS = {*range(0x15, 0x36), 0xB2, 0xB4}
"""Values from variables, array elements and fields."""
_STORES = {*range(0x36, 0x4F), 0x57, 0x58}
"""A value goes into a variable or away: a statement ends."""
_LONG = {
    **dict.fromkeys((0x10, 0x12, *range(0x15, 0x1A), *range(0x36, 0x3B), 0xA9, 0xBC), 2),
    **dict.fromkeys((0x11, 0x13, 0x14, 0x84, *range(0x99, 0xA9), *range(0xB2, 0xB9), 0xBB, 0xBD, 0xC0, 0xC1, 0xC6, 0xC7), 3),
    0xC5: 4, **dict.fromkeys((0xB9, 0xBA, 0xC8, 0xC9), 5),
}  # fmt: skip
"""Lengths of instructions that have operands; all others but the two switches and ``wide`` are one byte."""


class ClassError(Exception):
    """The file is no class file, or broken."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call in a method: class (with slashes), method, descriptor, line (0: not known); `constant`: with constants only."""

    owner: str
    name: str
    descriptor: str
    line: int = 0
    constant: bool = False


@dataclass(slots=True)
class Method:
    """A method: its calls, and its bytecode (short ones only) for telling empty bodies."""

    name: str
    descriptor: str
    calls: list[Call] = field(default_factory=list)
    code: bytes = b""


@dataclass(slots=True)
class ClassFile:
    """A class: its name (with slashes), what it is built on, its methods, and all texts of its constant pool."""

    name: str
    parent: str
    interfaces: tuple[str, ...]
    methods: list[Method]
    source: str = ""
    strings: tuple[str, ...] = ()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise ClassError("it ends too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def u1(self) -> int:
        return self.take(1)[0]

    def u2(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def u4(self) -> int:
        return int.from_bytes(self.take(4), "big")


class _Pool:
    """The constant pool: entries by index, resolved on demand."""

    def __init__(self, reader: _Reader) -> None:
        self._entries: dict[int, tuple[int, bytes]] = {}
        count, at = reader.u2(), 1
        while at < count:
            tag = reader.u1()
            if tag == 1:
                self._entries[at] = (tag, reader.take(reader.u2()))
            elif tag in _WIDTHS:
                self._entries[at] = (tag, reader.take(_WIDTHS[tag]))
            else:
                raise ClassError("it has a constant of an unknown kind")
            at += 2 if tag in (5, 6) else 1

    def tag(self, index: int) -> int:
        return self._entries.get(index, (0, b""))[0]

    def text(self, index: int) -> str:
        tag, data = self._entries.get(index, (0, b""))
        return data.decode("utf-8", "replace") if tag == 1 else ""

    def class_name(self, index: int) -> str:
        tag, data = self._entries.get(index, (0, b""))
        return self.text(int.from_bytes(data, "big")) if tag == 7 else ""

    def member(self, index: int) -> tuple[str, str, str]:
        """Class, name and descriptor of a method reference."""
        tag, data = self._entries.get(index, (0, b""))
        if tag not in (10, 11):
            return "", "", ""
        owner, pair = struct.unpack(">HH", data)
        pair_tag, pair_data = self._entries.get(pair, (0, b""))
        if pair_tag != 12:
            return "", "", ""
        name, descriptor = struct.unpack(">HH", pair_data)
        return self.class_name(owner), self.text(name), self.text(descriptor)

    def strings(self) -> Iterator[str]:
        for tag, data in self._entries.values():
            if tag == 8 and (text := self.text(int.from_bytes(data, "big"))):
                yield text


def read_class(data: bytes) -> ClassFile:
    """A class file. Raises ClassError when it is none, or broken."""
    if data[:4] != MAGIC or len(data) > MOST_BYTES:
        raise ClassError("it is no class file, or too large")
    reader = _Reader(data)
    reader.take(8)
    pool = _Pool(reader)
    reader.take(2)
    name, parent = pool.class_name(reader.u2()), pool.class_name(reader.u2())
    interfaces = tuple(pool.class_name(reader.u2()) for _ in range(reader.u2()))
    for _ in range(reader.u2()):
        reader.take(6)
        for _ in _attributes(reader, pool):
            pass
    methods = [_method(reader, pool) for _ in range(reader.u2())]
    source = ""
    for kind, body in _attributes(reader, pool):
        if kind == "SourceFile" and len(body) == 2:
            source = pool.text(int.from_bytes(body, "big"))
    return ClassFile(name, parent, interfaces, methods, source, tuple(pool.strings()))


def _attributes(reader: _Reader, pool: _Pool) -> Iterator[tuple[str, bytes]]:
    for _ in range(reader.u2()):
        name = pool.text(reader.u2())
        yield name, reader.take(reader.u4())


def _method(reader: _Reader, pool: _Pool) -> Method:
    reader.take(2)
    method = Method(pool.text(reader.u2()), pool.text(reader.u2()))
    for kind, body in _attributes(reader, pool):
        if kind == "Code":
            _code(_Reader(body), pool, method)
    return method


def _code(reader: _Reader, pool: _Pool, method: Method) -> None:
    reader.take(4)
    code = reader.take(reader.u4())
    reader.take(8 * reader.u2())
    lines: list[tuple[int, int]] = []
    for kind, body in _attributes(reader, pool):
        if kind == "LineNumberTable":
            rows = body[2 : 2 + 4 * int.from_bytes(body[:2], "big")]
            lines += struct.iter_unpack(">HH", rows[: len(rows) // 4 * 4])
    lines.sort()
    method.code = code[:16]
    starts = {at for at, _ in lines}
    last = loaded = False
    for at, opcode in _instructions(code):
        if at in starts:
            loaded = False
        if opcode in _INVOKE and at + 3 <= len(code):
            owner, name, descriptor = pool.member(int.from_bytes(code[at + 1 : at + 3], "big"))
            if name and len(method.calls) < _MOST_CALLS:
                method.calls.append(Call(owner, name, descriptor, _line(lines, at), last or not loaded))
            loaded = loaded or (
                descriptor.endswith((")Ljava/lang/String;", ")Ljava/lang/Object;", ";", ")[B")) and "Runtime" not in name
            )
        elif opcode in _STORES:
            loaded = False
        elif opcode in _LOADS:
            loaded = True
        # Numbers and null (01 to 11), texts and classes from the pool (12 to 14), pushed right before a call: its last argument.
        last = 0x01 <= opcode <= 0x14


def _line(lines: list[tuple[int, int]], at: int) -> int:
    import bisect

    index = bisect.bisect_right(lines, (at, 0xFFFF)) - 1
    return lines[index][1] if index >= 0 else 0


def _instructions(code: bytes) -> Iterator[tuple[int, int]]:
    """Place and opcode of each instruction; ends at what is none."""
    at = 0
    while at < len(code):
        opcode = code[at]
        yield at, opcode
        if opcode == 0xC4:
            at += 6 if code[at + 1 : at + 2] == b"\x84" else 4
        elif opcode in (0xAA, 0xAB):
            base = (at + 4) & ~3
            words = struct.unpack_from(">3i", code, base) if base + 12 <= len(code) else (0, 0, -1)
            rows = (words[2] - words[1] + 1) if opcode == 0xAA else words[1]
            if rows < 0 or rows > len(code):
                return
            at = base + (12 + 4 * rows if opcode == 0xAA else 8 + 8 * rows)
        else:
            at += _LONG.get(opcode, 1)


__all__ = ["MAGIC", "MOST_BYTES", "Call", "ClassError", "ClassFile", "Method", "read_class"]
