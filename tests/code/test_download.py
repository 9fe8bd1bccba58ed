"""REG-19 and REG-21: packages are fetched within limits, through links that nobody gets to see."""

import base64
import hashlib
import io
import logging
import pickle
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lambdaudit.code.download import DownloadError, Limits, fetched
from lambdaudit.model.code_link import CodeLink

QUERY = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5e41d00d5e41d00d"
BODY = b"PK" + bytes(range(256)) * 4000


class Store(BaseHTTPRequestHandler):
    """Answers by path: the package, half of it, a drip, nothing, a refusal, another place."""

    def do_GET(self) -> None:
        name = self.path.split("?")[0]
        if name == "/hang":
            time.sleep(1)
            return
        self.send_response({"/denied": 403, "/moved": 302}.get(name, 200))
        self.send_header("Location", "/whole")
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        if name == "/drip":
            try:
                for _ in range(100):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.05)
            except OSError:
                return
        self.wfile.write(BODY[: len(BODY) // 2] if name == "/half" else BODY)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def sha(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_reg_21_a_package_comes_whole_and_leaves_nothing(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for memory in (10, 10**9):
        with fetched(CodeLink(f"{store}/whole?{QUERY}", sha(BODY)), Limits(memory=memory)) as file:
            assert file.read() == BODY
            assert list(tmp_path.iterdir()) == []  # a large package is in a file without a name
    assert file.closed


@pytest.mark.parametrize(
    ("path", "limits", "said"),
    [
        ("/denied", Limits(), "refused with status 403"),
        ("/moved", Limits(), "refused with status 302"),
        ("/half", Limits(), "download failed"),
        ("/hang", Limits(read=0.2), "timed out"),
        ("/drip", Limits(total=0.3), "took more than 0 s"),
        ("/whole", Limits(size=1000), "larger than 0 MiB"),
    ],
)
def test_reg_19_no_failure_shows_the_address(
    store: str, path: str, limits: Limits, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DownloadError, match=said) as caught, fetched(CodeLink(f"{store}{path}?{QUERY}"), limits):
        pass
    assert_hidden(caught.value, caplog)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x", "http://s3.example.com/x", "file:///etc/passwd", "https://[", "", "https://127.0.0.1:9/x"]
)
def test_reg_19_addresses_that_do_not_answer_or_are_none(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DownloadError) as caught, fetched(CodeLink(f"{address}?{QUERY}")):
        pass
    assert_hidden(caught.value, caplog)


def assert_hidden(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the error, nor in what hangs on to it, nor in any log record."""
    chain, text = error, ""
    while chain is not None:
        text += "".join(traceback.format_exception(chain)) + repr(chain)
        chain = chain.__cause__ or chain.__context__  # type: ignore[assignment]
    assert "X-Amz" not in text
    assert "X-Amz" not in caplog.text
    assert "5e41d00d" not in caplog.text + text


def test_another_package_than_announced_is_refused(store: str) -> None:
    with pytest.raises(DownloadError, match="other SHA-256"), fetched(CodeLink(f"{store}/whole", sha(b"other"))):
        pass


def test_reg_19_a_link_is_neither_shown_nor_stored() -> None:
    secret = CodeLink(f"https://example.com/?{QUERY}", "abc")
    assert secret.reveal().endswith(QUERY)
    for shown in (repr(secret), str(secret), f"{secret}", repr([secret]), repr({"a": secret})):
        assert "X-Amz" not in shown
    with pytest.raises(TypeError):
        pickle.dump(secret, io.BytesIO())
