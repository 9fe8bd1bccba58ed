"""The OSV service as its documentation describes it, over records of a test: batches, pages, single advisories, faults."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from lambdaudit.advisories.osv import Record, verdict


@dataclass
class Osv:
    """`faults` are (path, status, headers, body) that are answered first, one each; `seen` keeps every request."""

    records: list[dict[str, Any]]
    page: int = 1000
    faults: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)
    seen: list[tuple[str, str, Any]] = field(default_factory=list)
    address: str = ""
    endless: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def query(self, question: dict[str, Any]) -> dict[str, Any]:
        package = question["package"]
        hits = [
            {"id": r["id"], "modified": r.get("modified", "")}
            for r in self.records
            if verdict(msgspec.convert(r, Record), package["ecosystem"], package["name"], question["version"]).affected
        ]
        start = int(question.get("page_token") or 0)
        result: dict[str, Any] = {"vulns": hits[start : start + self.page]} if hits else {}
        if self.endless or start + self.page < len(hits):
            result["next_page_token"] = str(start + self.page)
        return result


@contextmanager
def serve(osv: Osv) -> Iterator[Osv]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def fault(self) -> bool:
            with osv.lock:
                for at, (path, status, headers, body) in enumerate(osv.faults):
                    if self.path.startswith(path):
                        del osv.faults[at]
                        self.answer(status, body, headers)
                        return True
            return False

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            osv.seen.append(("POST", self.path, body))
            if not self.fault():
                self.answer(200, json.dumps({"results": [osv.query(q) for q in body["queries"]]}).encode())

        def do_GET(self) -> None:
            osv.seen.append(("GET", self.path, None))
            if self.fault():
                return
            found = [r for r in osv.records if self.path == f"/v1/vulns/{r['id']}"]
            self.answer(200, json.dumps(found[0]).encode()) if found else self.answer(404, b'{"code": 5}')

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    osv.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield osv
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
