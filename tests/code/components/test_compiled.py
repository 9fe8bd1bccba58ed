"""Java, Go, Rust, .NET, Ruby, PHP and programs."""

import json
import struct
import zlib

import pytest

from lambdaudit.code.components import owner_of
from tests.code.zips import zipped

from .bag import listed, read


def elf(*sections: tuple[bytes, bytes], body: bytes = b"") -> bytes:
    """A 64-bit ELF file with sections; `body` is loaded at address 0x400000."""
    names = b"\0" + b"".join(name + b"\0" for name, _ in sections) + b".shstrtab\0"
    contents = [*sections, (b".shstrtab", names)]
    head = 64 + 56
    data = bytearray(body)
    rows = [(0, 0, 0, 0, 0, 0)]
    at = 1
    for name, content in contents:
        rows.append((at, 1, 0, 0, head + len(data), len(content)))
        data += content
        at += len(name) + 1
    table = head + len(data)
    header = struct.pack(
        "<4sBBBB8xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 2, 62, 1, 0, 64, table, 0, 64, 56, 1, 64, len(rows), len(rows) - 1
    )
    program = struct.pack("<IIQQQQQQ", 1, 5, head, 0x400000, 0x400000, len(data), len(data), 1)
    padding = b"\0" * 20_000
    return header + program + bytes(data) + b"".join(struct.pack("<IIQQQQIIQQ", *row, 0, 0, 1, 0) for row in rows) + padding


def varint(text: bytes) -> bytes:
    size, out = len(text), b""
    while size >= 0x80:
        out += bytes([size & 0x7F | 0x80])
        size >>= 7
    return out + bytes([size]) + text


MODULES = (
    b"path\texample.com/fn\nmod\texample.com/fn\t(devel)\t\n"
    b"dep\tgithub.com/aws/aws-lambda-go\tv1.41.0\th1:x=\ndep\tgolang.org/x/net\tv0.1.0\th1:y=\n=>\tgolang.org/x/net\tv0.10.0\th1:z=\n"
    b"dep\texample.com/local\tv1.0.0\n=>\t./local\t\nbuild\t-compiler=gc\n"
)
WRAPPED = b"0123456789abcdef" + MODULES + b"fedcba9876543210"
GO = {
    ("stdlib", "1.21.3"),
    ("github.com/aws/aws-lambda-go", "v1.41.0"),
    ("golang.org/x/net", "v0.10.0"),
    ("example.com/local", "v1.0.0"),
}


def test_go_programs_tell_modules_and_toolchain() -> None:
    info = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + varint(b"go1.21.3") + varint(WRAPPED)
    found = read({"bootstrap": elf((b".go.buildinfo", info))})
    assert {(c.name, c.version) for c in found.components} == GO
    assert {c.purl for c in found.components} >= {"pkg:golang/stdlib@1.21.3", "pkg:golang/golang.org/x/net@v0.10.0"}


def test_go_programs_before_1_18_point_to_their_texts() -> None:
    base = 0x400000
    texts = b"go1.21.3" + WRAPPED
    headers = struct.pack("<QQQQ", base, 8, base + 8, len(WRAPPED))
    info = b"\xff Go buildinf:" + bytes([8, 0]) + struct.pack("<QQ", base + len(texts), base + len(texts) + 16)
    assert listed({"main": elf((b".go.buildinfo", info), body=texts + headers)}) == GO


def test_a_released_go_program_is_a_component_itself() -> None:
    text = b"0123456789abcdef" + b"path\texample.com/agent\nmod\texample.com/agent\tv1.2.3\th1:x=\n" + b"fedcba9876543210"
    info = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + varint(b"go1.22.0 X:nocoverageredesign") + varint(text)
    found = listed({"extensions/agent": elf((b".go.buildinfo", info))})
    assert found == {("stdlib", "1.22.0"), ("example.com/agent", "v1.2.3")}


@pytest.mark.parametrize("cut", [16, 20, 40, 45, 60])
def test_damaged_go_programs_are_told(cut: int) -> None:
    info = b"\xff Go buildinf:" + bytes([8, 2]) + b"\0" * 16 + b"\xff\xff\xff\xff\x7f" + varint(WRAPPED)
    found = read({"bootstrap": b"\x7fELF" + b"\0" * 20_000 + info[:cut]})
    assert not found.components
    assert found.limits == ("bootstrap: its Go build information is damaged",)


def test_rust_programs_by_audit_data_and_by_source_paths() -> None:
    audit = {"packages": [
        {"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1]},
        {"name": "serde", "version": "1.0.1", "source": "crates.io"}, {"name": "cc", "version": "1.0.0", "source": "crates.io", "kind": "build"},  # noqa: E501
    ]}  # fmt: skip
    (one,) = read({"bootstrap": elf((b".dep-v0", zlib.compress(json.dumps(audit).encode())))}).components
    assert (one.purl, one.direct, one.how) == ("pkg:cargo/serde@1.0.1", True, "build info")
    paths = b"/root/.cargo/registry/src/index.crates.io-6f17d22bba15001f/tokio-util-0.7.10/src/lib.rs\0x"
    assert listed({"bootstrap": elf((b".rodata", paths))}) == {("tokio-util", "0.7.10")}
    found = read({"bootstrap": elf((b".dep-v0", b"junk"))})
    assert found.limits == ("bootstrap: its list of crates is damaged",)


def test_a_bomb_in_audit_data_is_bounded() -> None:
    bomb = zlib.compress(b" " * (64 * 1024**2))
    assert read({"bootstrap": elf((b".dep-v0", bomb))}).limits == ("bootstrap: its list of crates is damaged",)


@pytest.mark.parametrize(
    ("path", "text", "name", "version"),
    [
        ("bin/ffmpeg", b"x\0FFmpeg version 4.4.1-static\0", "ffmpeg", "4.4.1"), ("lib/libcrypto.so.1.1", b"OpenSSL 1.1.1k  25 Mar 2021", "openssl", "1.1.1k"),  # noqa: E501
        ("lib/libssl-81259c47.so.1.1.1k", b"OpenSSL 1.1.1k  FIPS 25 Mar 2021", "openssl", "1.1.1k"),
        ("lib/libcrypto.so.10", b"OpenSSL 1.0.2k-fips  26 Jan 2017", "openssl", "1.0.2k"),
        ("bin/git", b"\0git/2.30.2\0", "git", "2.30.2"), ("lib/libcurl.so.4", b"\0libcurl/7.79.1\0", "curl", "7.79.1"),
        ("bin/headless_shell", b"HeadlessChrome/64.0.3282.167", "chromium", "64.0.3282.167"),
        ("lib/libz.so.1", b" inflate 1.2.11 Copyright 1995", "zlib", "1.2.11"),
    ],
)  # fmt: skip
def test_well_known_programs_state_their_version(path: str, text: bytes, name: str, version: str) -> None:
    (one,) = read({path: elf((b".rodata", text))}).components
    assert (one.purl, one.how) == (f"pkg:generic/{name}@{version}", "content")


POM = "#Generated\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"


def test_jars_by_maven_files_manifest_and_name() -> None:
    log4j = zipped({"META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties": POM})
    files: dict[str, bytes | str] = {
        "lib/log4j-core-2.14.1.jar": log4j,
        "app.jar": zipped({"BOOT-INF/lib/inner.jar": log4j, "META-INF/maven/g/shaded/pom.properties": "version=1.0\ngroupId=g\nartifactId=shaded"}),  # noqa: E501
        "lib/snakeyaml-1.26.jar": zipped({"META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nBundle-Version: 1.26.0\r\n"}),
        "lib/jackson-core-2.9.8.jar": zipped({"META-INF/MANIFEST.MF": "Bundle-SymbolicName: com.fasterxml.jack\n son.core.jackson-core\nImplementation-Version: 2.9.8\n"}),  # noqa: E501
        "lib/own-code.jar": zipped({"a.class": b"x"}),
        "META-INF/maven/g/unpacked/pom.properties": "version=3\n",
    }  # fmt: skip
    found = read(files)
    rows = {(c.purl, c.how) for c in found.components}
    assert rows == {
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", "metadata"), ("pkg:maven/g/shaded@1.0", "metadata"),
        ("pkg:maven/org.yaml/snakeyaml@1.26", "metadata"), ("pkg:maven/com.fasterxml.jackson.core/jackson-core@2.9.8", "metadata"),  # noqa: E501
        ("pkg:maven/g/unpacked@3", "metadata"),
    }  # fmt: skip
    assert {c.name for c in found.components} >= {"org.apache.logging.log4j:log4j-core"}
    assert owner_of(found.owners, "lib/snakeyaml-1.26.jar!/org/yaml/A.class") == "pkg:maven/org.yaml/snakeyaml@1.26"


def test_a_jar_with_the_pom_alone() -> None:
    pom = (
        "<project><!-- <version>9</version> --><parent><groupId>g</groupId><version>{}</version></parent>"
        "<groupId>g</groupId>{}<dependencies><dependency><version>7</version></dependency></dependencies></project>"
    )
    jar = zipped(
        {
            "META-INF/maven/g/own/pom.xml": pom.format("1.0", "<version>2.9.8</version>"),
            "META-INF/maven/g/inherited/pom.xml": pom.format("1.5", ""),
            "META-INF/maven/g/both/pom.xml": pom.format("1.0", "<version>3.0</version>"),
            "META-INF/maven/g/both/pom.properties": "version=3.1\ngroupId=g\nartifactId=both\n",
        }
    )
    assert listed({"/var/task/lib/all.jar": jar}) == {("g:own", "2.9.8"), ("g:inherited", "1.5"), ("g:both", "3.1")}


def test_a_jar_that_is_no_archive_is_told() -> None:
    assert "lib/x-1.0.jar: the package: it is not a zip archive, or its end is missing" in read({"lib/x-1.0.jar": b"junk"}).limits


def test_net_ruby_and_php() -> None:
    deps = {
        "targets": {".NETCoreApp,Version=v8.0": {
            "App/1.0.0": {"dependencies": {"Newtonsoft.Json": "12.0.1"}},
            "Newtonsoft.Json/12.0.1": {"runtime": {"lib/netstandard2.0/Newtonsoft.Json.dll": {}}}}},
        "libraries": {"App/1.0.0": {"type": "project"}, "Newtonsoft.Json/12.0.1": {"type": "package", "sha512": "sha512-AAAA"},
                      "System.X/4.0.0": {"type": "package"}},
    }  # fmt: skip
    found = read({
        "App.deps.json": json.dumps(deps),
        "packages.lock.json": '{"version": 1, "dependencies": {"net8.0": {"Serilog": {"type": "Direct", "resolved": "2.0.0"}}}}',
        "vendor/bundle/ruby/3.2.0/specifications/nokogiri-1.11.0-x86_64-linux.gemspec": 's.name = "nokogiri".freeze\n  s.version = "1.11.0"\n  s.licenses = ["MIT".freeze]\n',  # noqa: E501
        "Gemfile.lock": "GEM\n  remote: https://x/\n  specs:\n    rack (2.2.3)\n      dep (>= 1)\n    nokogiri (1.11.0-x86_64-linux)\n\nPLATFORMS\n  ruby\n",  # noqa: E501
        "vendor/composer/installed.json": '{"packages": [{"name": "guzzlehttp/guzzle", "version": "v7.4.0", "license": ["MIT"]}]}',  # noqa: E501
    })  # fmt: skip
    rows = {(c.purl, c.licence, c.direct) for c in found.components}
    assert rows == {
        ("pkg:nuget/Newtonsoft.Json@12.0.1", "", True), ("pkg:nuget/System.X@4.0.0", "", False),
        ("pkg:gem/nokogiri@1.11.0", "MIT", None), ("pkg:composer/guzzlehttp/guzzle@7.4.0", "MIT", None),
    }  # fmt: skip
    assert next(c.hashes for c in found.components if c.name == "Newtonsoft.Json") == (("SHA-512", "000000"),)
    assert {(c.name, c.version) for c in found.declared} == {("Serilog", "2.0.0"), ("rack", "2.2.3")}
    assert owner_of(found.owners, "Newtonsoft.Json.dll") == "pkg:nuget/Newtonsoft.Json@12.0.1"
