"""Feeds over https, from a server of this test with a certificate of its own."""

import contextlib
import datetime as dt
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lambdaudit.advisories.feeds import FeedError, open_feed
from lambdaudit.advisories.feeds.fetch import Limits, fetch

from .feed_samples import RSS


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that is its own authority, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "feeds")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = folder / "cert.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )
    return public, private


STOP = threading.Event()
BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


class _Feeds(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        places = {"/moved": "/feed", "/down": "http://127.0.0.1:1/feed", "/round": "/round", "/file": "file:///etc/passwd"}
        if self.path in places:
            self.send_response(302)
            self.send_header("Location", places[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while not STOP.wait(0.05):
                    self.wfile.write(b"<")
                    self.wfile.flush()
            return
        body = RSS if self.path == "/feed" else b"<" * 200_000 if self.path == "/large" else b""
        self.send_response(200 if body else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that end a connection early are what is tested here."""


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def server(paper: tuple[Path, Path]) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*paper)
    made = _Server(("127.0.0.1", 0), _Feeds)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{made.server_address[1]}"
    finally:
        STOP.set()
        made.shutdown()
        made.server_close()
        thread.join()


@pytest.fixture
def trusted(paper: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*BUNDLES, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(paper[0]))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("variable", BUNDLES)
def test_authorities_of_the_environment(
    server: str, paper: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv(variable, str(paper[0]))
    assert len(open_feed(f"{server}/feed").entries) == 2


@pytest.mark.usefixtures("trusted")
def test_a_feed_over_https(server: str) -> None:
    assert [len(open_feed(server + path).entries) for path in ("/feed", "/moved")] == [2, 2]


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/down", "only https"), ("/file", "only https"), ("/round", "redirects more than 5 times"), ("/gone", "status 404"),
        ("/large", "answers more than 100000 bytes"),
    ],
)  # fmt: skip
def test_answers_that_are_refused(server: str, path: str, words: str) -> None:
    with pytest.raises(FeedError, match=words):
        fetch(server + path, Limits(answer=100_000, timeout=10))


@pytest.mark.usefixtures("trusted")
def test_a_server_that_never_ends_is_not_waited_for(server: str) -> None:
    with pytest.raises(FeedError, match="within 1 seconds"):
        fetch(f"{server}/slow", Limits(total=1.0))


def test_an_unknown_certificate_is_refused(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in BUNDLES:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(FeedError, match="certificate verify failed"):
        fetch(f"{server}/feed")


@pytest.mark.parametrize(
    "address", ["http://feeds.example/x", "ftp://feeds.example/x", "file:///etc/passwd", "https://", "https://me:word@feeds.example/x",
                "https://[broken/x", "https://feeds.example:port/x"]
)  # fmt: skip
def test_addresses_that_are_not_asked(address: str) -> None:
    with pytest.raises(FeedError, match=r"only https|no address"):
        fetch(address)
