"""DEP-20, DEP-21: images of functions, from ECR and from archives, layer on layer, whatever they are made of."""

import io
import json
import random
import tarfile
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambdaudit.code.filesystem import FileSystem
from lambdaudit.code.image import Image, ImageError, ImageFacts, assemble, opened
from lambdaudit.code.image.ecr import image, reference
from tests.secrets.secret_cases import build

from .images import Ecr, Row, docker_save, index_of, layer, manifest_of, oci_layout, packed, served, sha

FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/orders"
KEY = b"0123456789abcdef"
CONFIG: dict[str, Any] = {"architecture": "amd64", "os": "linux", "config": {"WorkingDir": "/var/task", "Cmd": ["app.handler"]}}


def put_together(*layers: bytes, config: dict[str, Any] | None = None) -> tuple[FileSystem, ImageFacts]:
    return assemble(json.dumps(config or CONFIG).encode(), [io.BytesIO(x) for x in layers], FN)


def contents(*layers: bytes, config: dict[str, Any] | None = None) -> dict[str, bytes | None]:
    files, _ = put_together(*layers, config=config)
    return {path: files.read(path) for path in files.files()}


def kinds(files: FileSystem) -> set[str]:
    return {problem.kind for problem in files.problems}


@pytest.mark.parametrize("packing", ["gzip", "zstd", ""])
@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_layers_of_every_packing_and_form(packing: str, form: int) -> None:
    deep = "var/task/" + "d" * 60 + "/" + "e" * 60 + "/module.py"
    rows: list[Row] = [("var/task/app.py", "file", "x" * 70_000), (deep, "file", "y"), ("usr/lib/big.so", "file", bytes(9000))]
    assert contents(layer(*rows, packing=packing, form=form)) == {"/var/task/app.py": b"x" * 70_000, f"/{deep}": b"y"}


def test_names_longer_than_a_header() -> None:
    name = "var/task/" + "n" * 180 + ".py"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert contents(layer((name, "file", "1"), form=form)) == {f"/{name}": b"1"}


def test_whiteouts_opaque_folders_and_replacements() -> None:
    base = layer(
        ("var/task/a.py", "file", "a"), ("var/task/b.py", "file", "b"), ("var/task/lib/x.py", "file", "x"),
        ("opt/old/1", "file", "1"), ("opt/old/2", "file", "2"), ("opt/tool", "file", "t"), ("opt/d/f", "file", "f"),
    )  # fmt: skip
    top = layer(
        ("var/task/.wh.a.py", "file", ""), ("var/task/.wh.lib", "file", ""), ("opt/old/3", "file", "3"),
        ("opt/old/.wh..wh..opq", "file", ""), ("opt/tool/inner", "file", "i"), ("opt/d", "file", "now a file"),
        ("var/task/b.py", "file", "new b"),
    )  # fmt: skip
    assert contents(base, top) == {
        "/var/task/b.py": b"new b", "/opt/old/3": b"3", "/opt/tool/inner": b"i", "/opt/d": b"now a file",
    }  # fmt: skip


def test_a_whiteout_and_the_same_file_in_one_layer_keep_the_file() -> None:
    base = layer(("var/task/a.py", "file", "old"))
    assert contents(base, layer(("var/task/a.py", "file", "new"), ("var/task/.wh.a.py", "file", "")))["/var/task/a.py"] == b"new"


def test_links_hard_and_symbolic() -> None:
    base = layer(
        ("opt/lib/a.so.1", "file", "elf"), ("opt/lib/a.so", "link", "a.so.1"), ("opt/lib/hard", "hard", "opt/lib/a.so.1")
    )
    top = layer(
        ("var/task/mod.py", "hard", "opt/lib/hard"),
        ("var/task/x", "link", "/etc/passwd"),
        ("var/lib/rpm", "link", "../../usr/lib/sysimage/rpm"),
        ("usr/lib/sysimage/rpm/rpmdb.sqlite", "file", "db"),
    )
    files, _ = put_together(base, top)
    for path in ("/opt/lib/a.so", "/opt/lib/hard", "/var/task/mod.py"):
        assert files.read(path) == b"elf"
    assert files.read("/var/lib/rpm/rpmdb.sqlite") == b"db"
    assert files.read("/var/task/x") is None
    assert files.origin("/opt/lib/a.so") == FN


def test_only_what_matters_is_kept() -> None:
    files, facts = put_together(
        layer(
            ("usr/bin/apt-get", "file", "x"), ("bin/nc", "file", "x"), ("usr/bin/python3", "file", "x"),
            ("usr/share/doc/x", "file", "x"), ("root/.aws/credentials", "file", "k"),
            ("var/lib/dpkg/status", "file", "Package: x"), ("lib/apk/db/installed", "file", "P:x"),
            ("usr/lib/python3.13/site-packages/x-1.dist-info/METADATA", "file", "Name: x"), ("srv/app/main.py", "file", "m"),
            ("home/lambda/entry.sh", "file", "#!/bin/sh"),
        ),
        config={"config": {"WorkingDir": "/srv/app", "Entrypoint": ["/home/lambda/entry.sh"]}},
    )  # fmt: skip
    assert set(files.files()) == {
        "/var/lib/dpkg/status", "/lib/apk/db/installed", "/root/.aws/credentials", "/srv/app/main.py", "/home/lambda/entry.sh",
        "/usr/lib/python3.13/site-packages/x-1.dist-info/METADATA",
    }  # fmt: skip
    (issue,) = facts.issues(FN)
    assert (issue.kind, issue.text) == ("image-tools", "the image holds apt-get, nc")


def test_deleted_private_files_stay_in_the_image() -> None:
    _, facts = put_together(
        layer(("var/task/.env", "file", "A=1"), ("var/task/x.py", "file", "")), layer(("var/task/.wh..env", "file", ""))
    )
    (issue,) = facts.issues(FN)
    assert (issue.kind, issue.where.source) == ("deleted-file-kept", "/var/task/.env")


def test_secrets_in_files_that_a_later_layer_hides_are_told() -> None:
    token = build("⟦ghsum ghp⟧", "layers")
    files, facts = put_together(
        layer(
            ("var/task/deleted.py", "file", f"TOKEN = '{token}'\n"),
            ("var/task/replaced.yaml", "file", f"a: 1\ntoken: {token}\n"),
            ("var/task/same.py", "file", f"TOKEN = '{token}'\n"), ("var/task/node_modules/x/a.js", "file", f"a = '{token}'\n"),
        ),
        layer(
            ("var/task/.wh.deleted.py", "file", ""), ("var/task/replaced.yaml", "file", "a: 1\n"),
            ("var/task/.wh.node_modules", "file", ""),
            ("var/task/same.py", "file", f"TOKEN = '{token}'\n"),
        ),
    )  # fmt: skip
    assert "/var/task/deleted.py" not in files
    told = facts.secrets(FN, b"0123456789abcdef")
    assert [(s.where.source, s.where.line) for s in told] == [("/var/task/deleted.py", 1), ("/var/task/replaced.yaml", 2)]
    assert all("the image still holds it" in s.reason and token not in repr(s) for s in told)


def test_g_16_keys_in_variables_labels_and_build_arguments() -> None:
    key_id, secret = build("⟦akid AKIA⟧", "g16"), build("⟦b64 40⟧", "g16")
    token = build("⟦ghsum ghp⟧", "g16")
    config = {
        "config": {
            "Env": ["PATH=/usr/bin", f"AWS_ACCESS_KEY_ID={key_id}", f"AWS_SECRET_ACCESS_KEY={secret}"],
            "Labels": {"token": token},
        },
        "history": [
            {"created_by": "COPY app.py /var/task"},
            {"created_by": f"|2 AWS_SECRET_ACCESS_KEY={secret} STAGE=prod /bin/sh -c aws s3 cp s3://x /y"},
        ],
    }
    _, facts = put_together(layer(("var/task/app.py", "file", "")), config=config)
    found = facts.secrets(FN, KEY)
    places = {s.where.pointer for s in found}
    assert {"/config/Env/2", "/config/Labels/token", "/history/1/created_by"} <= places
    assert "/config/Env/0" not in places
    for value in (key_id, secret, token):
        assert value not in repr(found)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (layer(("../../etc/cron.d/x", "file", "1")), "path"),
        (layer(("var/task/x", "hard", "../../etc/shadow")), "link"),
        (layer(("var/task/x", "hard", "usr/bin/not-kept")), "link"),
        (layer(("var/task/pipe", "fifo", "")), "link"),
        (packed(b"not a tar" * 100, "gzip"), "broken"),
        (layer(("var/task/a", "file", "1" * 5000))[:60], "broken"),
        (layer(("var/task/a", "file", "1" * 5000), packing="zstd")[:60], "broken"),
        (b"\x1f\x8b garbage", "broken"),
        (b"\x28\xb5\x2f\xfd garbage", "broken"),
    ],
    ids=["path", "hard-link", "hard-link-inside", "pipe", "not-a-tar", "gzip-cut", "zstd-cut", "gzip-garbage", "zstd-garbage"],
)
def test_tricks_become_problems(data: bytes, kind: str) -> None:
    files, _ = put_together(layer(("var/task/app.py", "file", "x")), data)
    assert kind in kinds(files)
    assert files.read("/var/task/app.py") == b"x"
    assert all(problem.origin == FN for problem in files.problems)


def bomb(size: int, claimed: int | None = None) -> bytes:
    info = tarfile.TarInfo("var/task/zeros")
    info.size = size if claimed is None else claimed
    return packed(info.tobuf() + bytes(size), "gzip")


def test_bombs_end_early_and_in_little_memory() -> None:
    data = bomb(150 * 1024**2)
    tracemalloc.start()
    files, _ = put_together(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert kinds(files) == {"bomb"}
    assert peak < 40 * 1024**2


def test_claims_of_size_are_not_believed() -> None:
    files, _ = put_together(bomb(1000, claimed=2**40))
    assert files.paths() == ()
    assert kinds(files) == {"too large", "broken"} or kinds(files) == {"too large"}


def test_an_extended_header_without_end() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    files, _ = put_together(packed(info.tobuf(tarfile.GNU_FORMAT) + bytes(10_000), ""))
    assert kinds(files) == {"broken"}


# The registry


@pytest.fixture
def ecr(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ecr]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    registry = Ecr()
    with served(registry):
        yield registry


def client(ecr: Ecr) -> Any:
    return boto3.client(
        "ecr", region_name="eu-west-1", endpoint_url=ecr.address, aws_access_key_id="x", aws_secret_access_key="x"
    )


def read_all(found: Image) -> FileSystem:
    return assemble(found.config, [file for _, file in found.layers], FN)[0]


APP = layer(("var/task/app.py", "file", "print(1)"))
ARM = layer(("var/task/app.py", "file", "arm"), packing="zstd")
SETTINGS = json.dumps(CONFIG).encode()


def test_an_image_comes_from_ecr_by_digest(ecr: Ecr) -> None:
    digest = ecr.push("v1", manifest_of(SETTINGS, [APP]), SETTINGS, APP)
    with image(client(ecr), f"{REPOSITORY}@{digest}") as found:
        assert read_all(found).read("/var/task/app.py") == b"print(1)"
    assert found.layers[0][1].closed
    assert ecr.asked == ["BatchGetImage", "GetDownloadUrlForLayer", "GetDownloadUrlForLayer"]


def test_the_right_architecture_of_an_index(ecr: Ecr) -> None:
    one, other = manifest_of(SETTINGS, [APP]), manifest_of(SETTINGS, [ARM])
    ecr.push("a", one, SETTINGS, APP)
    ecr.push("b", other, ARM)
    ecr.push("v1", index_of(amd64=one, arm64=other))
    with image(client(ecr), f"{REPOSITORY}:v1", "arm64") as found:
        assert read_all(found).read("/var/task/app.py") == b"arm"
    ecr.push("v2", index_of(amd64=one))
    with pytest.raises(ImageError, match="no manifest for linux and arm64"), image(client(ecr), f"{REPOSITORY}:v2", "arm64"):
        pass


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"{}", "no known form"),
        (b"not json", "no JSON"),
        (b'{"config": {"digest": "md5:1"}, "layers": []}', "another digest"),
        (manifest_of(SETTINGS, [b"never pushed"]), "could not be downloaded"),
        (
            json.dumps({"config": {"digest": sha(SETTINGS)}, "layers": [{"digest": sha(APP), "size": 2**40}]}).encode(),
            "larger than",
        ),
    ],
)
def test_broken_images_are_told_without_any_address(ecr: Ecr, manifest: bytes, said: str) -> None:
    ecr.push("v1", manifest, SETTINGS)
    with pytest.raises(ImageError, match=said) as caught, image(client(ecr), f"{REPOSITORY}:v1"):
        pass
    assert "X-Amz" not in str(caught.value) + repr(caught.value.__cause__)


def test_a_layer_with_other_content_than_its_digest_is_refused(ecr: Ecr) -> None:
    ecr.push("v1", manifest_of(SETTINGS, [APP]), SETTINGS)
    ecr.blobs[sha(APP)] = ARM
    with pytest.raises(ImageError, match="other SHA-256"), image(client(ecr), f"{REPOSITORY}:v1"):
        pass


def test_an_image_that_is_gone(ecr: Ecr) -> None:
    with pytest.raises(ImageError, match="ImageNotFound"), image(client(ecr), f"{REPOSITORY}:v9"):
        pass


@pytest.mark.parametrize(
    "uri", ["public.ecr.aws/lambda/python:3.13", "docker.io/x", "", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/"]
)
def test_references_that_are_not_in_ecr(uri: str) -> None:
    assert reference(uri) is None


def test_parts_of_a_reference() -> None:
    found = reference(f"{REPOSITORY}:v1@{sha(b'')}")
    assert found == {
        "account": "111122223333",
        "region": "eu-west-1",
        "repository": "shop/orders",
        "tag": "v1",
        "digest": sha(b""),
    }


# Archives


@pytest.mark.parametrize("packing", ["", "gzip", "zstd"])
def test_archives_of_both_forms(tmp_path: Path, packing: str) -> None:
    one, other = manifest_of(SETTINGS, [APP]), manifest_of(SETTINGS, [ARM])
    saved = tmp_path / "saved.tar"
    saved.write_bytes(packed(docker_save(SETTINGS, [APP]), packing))
    layout = tmp_path / "layout.tar"
    top = json.dumps(
        {"manifests": [{"mediaType": "application/vnd.oci.image.index.v1+json", "digest": sha(index_of(amd64=one, arm64=other))}]}
    )
    layout.write_bytes(oci_layout([SETTINGS, APP, ARM, one, other, index_of(amd64=one, arm64=other)], top.encode(), packing))
    for path, architecture, expected in (
        (saved, "x86_64", b"print(1)"),
        (layout, "x86_64", b"print(1)"),
        (layout, "arm64", b"arm"),
    ):
        with opened(path, architecture) as found:
            assert read_all(found).read("/var/task/app.py") == expected


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an image archive"),
        (b"x" * 2000, "not an image archive"),
        (layer(("manifest.json", "file", "[{}]"), packing=""), "neither"),
        (layer(("manifest.json", "file", "nonsense"), packing=""), "no JSON"),
        (layer(("manifest.json", "file", '[{"Config": "c", "Layers": []}]'), packing=""), "missing"),
        (layer(("index.json", "file", '{"manifests": []}'), packing=""), "no manifest"),
    ],
)
def test_archives_that_are_none(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "x.tar"
    path.write_bytes(data)
    with pytest.raises(ImageError, match=said), opened(path):
        pass


SAMPLE = layer(
    ("var/task/app.py", "file", "x" * 700), ("var/task/l", "link", "app.py"), ("opt/h", "hard", "var/task/app.py"),
    ("opt/.wh.z", "file", ""), ("opt/" + "n" * 150, "file", "1"), packing="",
)  # fmt: skip


@given(st.integers(0, 2**32), st.integers(1, 30), st.sampled_from(["", "gzip", "zstd"]), st.booleans())
@settings(max_examples=200, deadline=None)
def test_mutated_layers_raise_nothing(seed: int, changes: int, packing: str, before: bool) -> None:
    chance = random.Random(seed)
    data = bytearray(SAMPLE if before else packed(SAMPLE, packing))
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.choice([0, 0x31, 0x37, 0x7F, 0x80, 0xFF, chance.randrange(256)])
    files, _ = put_together(layer(("opt/z", "file", "z")), packed(bytes(data), packing) if before else bytes(data))
    for path in files.paths():
        files.read(path)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda x: (
            st.lists(x, max_size=3)
            | st.dictionaries(
                st.sampled_from(["config", "Env", "Labels", "history", "created_by", "WorkingDir", "Entrypoint", "Cmd"]),
                x,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_any_configuration_is_taken(config: Any) -> None:
    files, facts = assemble(json.dumps(config).encode(), [io.BytesIO(layer(("var/task/app.py", "file", "x")))], FN)
    assert files.read("/var/task/app.py") == b"x"
    assert isinstance(facts.secrets(FN, KEY), tuple)
