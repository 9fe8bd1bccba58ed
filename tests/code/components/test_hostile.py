"""Whatever a file holds, reading never fails, stays bounded, and gives the same answer again."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.components import Folder, provided_by, read_components, with_reach
from lambdaudit.code.components.found import MOST_COMPONENTS

from .bag import Bag, read

NAMES = [
    "x-1.dist-info/METADATA", "x-1.dist-info/RECORD", "x.egg-info", "requests/__init__.py", "requirements.txt", "Pipfile.lock", "poetry.lock",  # noqa: E501
    "package.json", "node_modules/a/package.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "index.js", "index.js.map",
    "a-1.0.jar", "META-INF/maven/g/a/pom.properties", "bootstrap", "lib/libssl.so.1", "specifications/a-1.0.gemspec", "Gemfile.lock",  # noqa: E501
    "a.deps.json", "packages.lock.json", "vendor/composer/installed.json", "composer.lock", "go.sum", "Cargo.lock",
    "var/lib/dpkg/status", "lib/apk/db/installed", "var/lib/rpm/rpmdb.sqlite", "etc/os-release", ".env", "id_rsa",
]  # fmt: skip
jsons = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.sampled_from(["", "a", "1.0.0", "@s/x", "\x1b[31m", "../../etc"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["name", "version", "dependencies", "packages", "libraries", "targets", "sources", "sections", "map", "default", "license",  # noqa: E501
             "node_modules/a", "sourcesContent", "type", "resolved"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
contents = st.one_of(
    st.binary(max_size=200),
    jsons.map(lambda v: json.dumps(v).encode()),
    st.sampled_from([b"\x7fELF\x02\x01", b"\x7fELF\x01\x02", b"PK\x03\x04", b"Name: a\nVersion: 1\n"]).flatmap(
        lambda start: st.binary(max_size=80).map(lambda rest: start + rest)
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), contents, max_size=6))
def test_any_content_is_read_or_told(files: dict[str, bytes]) -> None:
    padded = {p: d + b"\0" * 20_000 if d.startswith(b"\x7fELF") else d for p, d in files.items()}
    found = read(dict(padded))
    assert found == read(dict(padded))
    for text in (*found.limits, *(t for c in found.components for t in (c.name, c.version, c.purl))):
        assert text.isprintable()


HOSTILE = [
    ("ansi \x1b[31m", "1.0"), ("x" * 500, "1.0"), ("name", "1.0 && rm"), ("na\u202eme", "1.0\u202e"), ("<script>", "1"), ("", "1"), ("a", "9" * 200),  # noqa: E501
]  # fmt: skip


@pytest.mark.parametrize(("name", "version"), HOSTILE)
def test_names_that_are_none_are_told_not_kept(name: str, version: str) -> None:
    found = read({"node_modules/x/package.json": json.dumps({"name": name, "version": version})})
    kept = [c for c in found.components if not c.name.isprintable() or len(c.name) > 214 or not c.version.isprintable()]
    assert not kept
    assert len(found.components) + len(found.limits) == 1


def test_a_lock_file_of_a_million_lines_is_cut() -> None:
    found = read({"requirements.txt": "".join(f"p{n}==1\n" for n in range(MOST_COMPONENTS * 3))})
    assert len(found.declared) == MOST_COMPONENTS


def test_deep_json_is_told() -> None:
    assert read({"package-lock.json": '{"dependencies":' * 200_000 + "{}" + "}" * 200_000}).limits


MANY = 40_000
SLOW = {
    "index.js": [
        "/*! " + "a" * 200_000, "/*! " * MANY, "/*!http://" * MANY, "/*!" + " " * 400_000, "node_modules/" * MANY, "name:" * MANY,
        "name: " + " " * 400_000, "/** @license " * MANY, "////////" * MANY + "node_modules/a/b " * MANY, "VERSION = " * MANY + "isAxiosError",  # noqa: E501
    ],
    "requests/__init__.py": ["__version__ = " * MANY, "__version__" + " " * 400_000, "version_info:" + " " * 400_000, "VERSION = (" + "1," * MANY,  # noqa: E501
                             "\n" * 400_000, " \n" * MANY],
    "requirements.txt": ["a" * 400_000, "a" + "==" * 400_000, "a\\\n" * MANY, "a @ https://" + "@" * 400_000, "# " * MANY],
    "yarn.lock": ['"a@' + ": " * MANY, "a@" + ":" * 400_000],
    "pnpm-lock.yaml": ["packages:\n  " + "a@" * MANY],
    "specifications/a-1.0.gemspec": ["\n" * 400_000, " " * 400_000, "s.name = " * MANY],
    "var/lib/dpkg/status": ["Package: \n" * MANY, "\n" * 400_000],
    "bootstrap": ["\x7fELF" + "registry/src/" * MANY, "\x7fELF" + "\xff Go buildinf:" * MANY],
    "x/" + "test/" * 200 + "a.txt": [""],
}  # fmt: skip


@pytest.mark.parametrize(("path", "text"), [(path, text) for path, texts in SLOW.items() for text in texts])
def test_long_texts_are_read_in_linear_time(path: str, text: str) -> None:
    found = read({path: text.encode("latin-1"), "six.py": '__version__ = "1.16.0"'})
    assert ("six", "1.16.0") in {(c.name, c.version) for c in found.components}


def test_no_credentials_of_an_address_are_told() -> None:
    found = read({"requirements.txt": "git+https://user:ghp_secret@example.com/x.git\n"})
    assert [i.text for i in found.issues] == [
        "git+https://example.com/x.git comes from an address, without a commit or a checksum"
    ]


def test_a_folder_is_read_without_following_links(tmp_path: Path) -> None:
    (tmp_path / "six.py").write_text('__version__ = "1.16.0"\n')
    outside = tmp_path.parent / "outside"
    outside.mkdir()
    (outside / "bottle.py").write_text('__version__ = "0.12"\n')
    (tmp_path / "link").symlink_to(outside)
    (tmp_path / "bottle.py").symlink_to(outside / "bottle.py")
    found = read_components(Folder(tmp_path, "arn:x"))
    assert [(c.name, c.origin) for c in found.components] == [("six", "arn:x")]


def test_what_the_handler_reaches_is_marked() -> None:
    files: dict[str, bytes | str] = {}
    files |= {
        f"{n}-1.dist-info/METADATA": f"Name: {n}\nVersion: 1\n" for n in ("one", "two")
    } | {f"{n}-1.dist-info/RECORD": f"{n}/__init__.py,,\n" for n in ("one", "two")}  # fmt: skip
    files["index.js"] = "/*! js-cookie v3.0.1 */" + " " * 2000
    found = read(files)
    rows = {c.name: (c.reached, c.fed) for c in with_reach(found.components, found.owners, {"one/x.py"}, {"one/x.py"})}
    assert rows == {"one": (True, True), "two": (False, False), "js-cookie": (None, None)}


def test_layers_keep_their_origin_and_runtimes_are_noted_apart() -> None:
    files: dict[str, bytes | str] = {
        "/var/task/a-1.dist-info/METADATA": "Name: a\nVersion: 1\n", "/opt/python/a-1.dist-info/METADATA": "Name: a\nVersion: 1\n",  # noqa: E501
    }  # fmt: skip
    tree = Bag(files, {"/var/task": "arn:function", "/opt": "arn:layer"})
    assert {(c.purl, c.origin) for c in read_components(tree).components} == {
        ("pkg:pypi/a@1", "arn:function"), ("pkg:pypi/a@1", "arn:layer"),
    }  # fmt: skip
    assert ("PyPI", "boto3") in provided_by("python3.12")
    assert provided_by("nodejs16.x") == (("npm", "aws-sdk"),)
    assert provided_by("nodejs22.x") == (("npm", "@aws-sdk/*"),)
    assert provided_by("provided.al2023") == ()


UNPINNED = [
    ("requirements.txt", "requests\nflask>=2\nboto3==1.0\nx @ https://h/x.zip\ngit+https://h/r.git@" + "a" * 40 + "\n",
     ["flask >=2 fixes no version", "requests comes in any version", "x comes from an address, without a commit or a checksum"]),
    ("requirements.txt", "--index-url http://h/simple\nboto3==1.*\na~=1.0\n-e .\n./local\nb==1 \\\n  --hash=sha256:00\n",
     ["--index-url fetches packages over plain HTTP", "a ~=1.0 fixes no version", "boto3 ==1.* fixes no version"]),
    ("package.json", '{"dependencies": {"a": "^1.0.0", "b": "1.0.0", "c": "github:o/r", "d": "file:../d", "e": "latest"}}',
     ["a ^1.0.0 fixes no version, and there is no lock file", "c comes from an address, without a commit",
      "e latest fixes no version, and there is no lock file"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "faults"), UNPINNED)
def test_open_manifests(name: str, text: str, faults: list[str]) -> None:
    assert sorted(i.text for i in read({name: text}).issues) == faults


def test_a_lock_file_closes_ranges() -> None:
    assert not read({"package.json": '{"dependencies": {"a": "^1.0.0"}}', "package-lock.json": "{}"}).issues


def test_files_that_do_not_belong() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nx\n"
    files: dict[str, bytes | str] = {
        ".env": "A=1", ".env.example": "", ".git/config": "", "tests/test_app.py": "", "id_rsa": key, "cert.pem": "-----BEGIN CERTIFICATE-----",  # noqa: E501
        "node_modules/x/test/a.test.js": "", "node_modules/jest/package.json": '{"name": "jest", "version": "29.0.0"}',
        "terraform.tfstate": "", "app.py": "", "lib-1.dist-info/METADATA": "Name: lib\nVersion: 1\n", "lib-1.dist-info/RECORD": "lib/tests/test_a.py,,\n",  # noqa: E501
        "lib/tests/test_a.py": "",
    }  # fmt: skip
    assert {(i.kind, i.text) for i in read(files).issues} == {
        ("development-files", "environment file: .env"), ("development-files", "version-control: .git/config"),
        ("development-files", "tests: tests/test_app.py"), ("development-files", "infrastructure state: terraform.tfstate"),
        ("development-files", "development tool: jest 29.0.0"), ("private-key-file", "a private key"),
    }  # fmt: skip
