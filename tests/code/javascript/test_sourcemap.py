"""Source maps: exact places, hostile input."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.javascript.sourcemap import Place, find_map, package_of, plain_path, read_map

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(numbers: list[int]) -> str:
    """Numbers as base 64 VLQ, written independently of the decoder."""
    text = ""
    for number in numbers:
        value = (-number << 1) | 1 if number < 0 else number << 1
        while True:
            digit, value = value & 31, value >> 5
            text += _ALPHABET[digit | (32 if value else 0)]
            if not value:
                break
    return text


Segment = tuple[int, int, int, int]
rows = st.lists(
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 3), st.integers(0, 100_000), st.integers(0, 5000)),
        max_size=6,
        unique_by=lambda segment: segment[0],
    ).map(sorted),
    max_size=8,
)


def encode(table: list[list[Segment]]) -> str:
    last = [0, 0, 0]
    lines = []
    for row in table:
        start = 0
        parts = []
        for column, *rest in row:
            parts.append(vlq([column - start, *(now - before for now, before in zip(rest, last, strict=True))]))
            start, last = column, rest
        lines.append(",".join(parts))
    return ";".join(lines)


def made(mappings: str, **more: Any) -> bytes:
    file = {"version": 3, "sources": ["a.js", "b.js", "c.js", "d.js"], "names": [], "mappings": mappings, **more}
    return json.dumps(file).encode()


@given(rows)
@settings(max_examples=150, deadline=None)
def test_every_segment_is_found_again(table: list[list[Segment]]) -> None:
    found = read_map(made(encode(table)))
    if not encode(table):
        assert found is None
        return
    assert found is not None
    for number, row in enumerate(table, start=1):
        for column, source, line, place in row:
            assert found.original(number, column + 1) == Place("abcd"[source] + ".js", line + 1, place + 1)


@given(st.text(alphabet=_ALPHABET + ",;=!\u00e9", max_size=400), st.integers(-5, 50), st.integers(-5, 5000))
@settings(max_examples=200, deadline=None)
def test_any_mappings_are_read(text: str, line: int, column: int) -> None:
    found = read_map(made(text))
    place = found.original(line, column) if found else None
    assert place is None or (place.line > 0 and place.column > 0 and place.path)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_no_map_or_one(data: bytes) -> None:
    found = read_map(data)
    assert found is None or found.sources is not None


@pytest.mark.parametrize(
    "data",
    [b"[" * 200_000, b'{"sections":' * 50_000, made("gggggggggggggggggggggg"), made("AAAA", sources=["x"] * 30_000), b"{}"],
)
def test_hostile_maps_end(data: bytes) -> None:
    found = read_map(data)
    assert found is None or found.original(1, 1) is None


def test_names_and_indexed_maps() -> None:
    first = json.loads(made(vlq([4, 0, 2, 1, 0]), names=["total"]))
    whole = json.dumps({"version": 3, "sections": [{"offset": {"line": 2, "column": 10}, "map": first}]}).encode()
    found = read_map(whole)
    assert found is not None
    assert found.original(3, 15) == Place("a.js", 3, 2)
    assert found.name(3, 15) == "total"
    assert found.original(1, 15) is None


def test_where_a_map_is_looked_for() -> None:
    data = made("AAAA")
    inline = b"x\n//# sourceMappingURL=data:application/json;charset=utf-8;base64," + base64.b64encode(data)
    files = {"/var/task/dist/maps/a.map": data, "/var/task/b.js.map": data}
    assert find_map("/var/task/a.js", inline, files.get) is not None
    assert find_map("/var/task/dist/a.js", b"//# sourceMappingURL=maps/a.map\n", files.get) is not None
    assert find_map("/var/task/b.js", b"", files.get) is not None
    assert find_map("/var/task/c.js", b"//# sourceMappingURL=https://example.com/c.map", files.get) is None
    assert find_map("/var/task/c.js", b"//# sourceMappingURL=data:application/json;base64,%%%", files.get) is None


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("webpack://shop/./src/a.ts?1f2e", "src/a.ts"),
        ("webpack:///./node_modules/x/y.js", "node_modules/x/y.js"),
        ("../../src/a.ts", "src/a.ts"),
        ("file:///home/me/a.js", "home/me/a.js"),
        ("a\x1b[31m\u202e.js", "a?[31m?.js"),
        ("..\\..\\src\\a.js", "src/a.js"),
    ],
)
def test_paths_are_made_plain(path: str, plain: str) -> None:
    assert plain_path(path) == plain


def test_packages_of_paths() -> None:
    assert package_of("a/node_modules/@scope/b/node_modules/@x/y/lib/z.js") == "@x/y"
    assert package_of("node_modules/.pnpm/lodash@4/node_modules/lodash/get.js") == "lodash"
    assert package_of("src/a.js") == ""
