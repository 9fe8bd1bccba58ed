"""A SonarQube server as its web API page describes it, and a scanner that hands in to it. Both record what was done to them."""

import json
import stat
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "squ_0123456789abcdef0123456789abcdef01234567"  # made up

SCANNER = """#!{python}
import json, os, pathlib, sys, time, urllib.request
given = dict(a[2:].split("=", 1) for a in sys.argv[1:])
base = pathlib.Path(given["sonar.projectBaseDir"])
files = {{str(p.relative_to(base)): p.read_text("utf-8", "replace") for p in base.rglob("*") if p.is_file()}}
said = {{
    "arguments": sys.argv[1:], "folder": os.getcwd(), "files": files, "environment": dict(os.environ),
    "mode": base.stat().st_mode & 0o777, "pid": os.getpid(),
}}
pathlib.Path({record!r}).open("a").write(json.dumps(said) + "\\n")
{extra}
body = json.dumps({{"project": given["sonar.projectKey"]}}).encode()
request = urllib.request.Request(given["sonar.host.url"] + "/api/ce/submit", body, method="POST")
request.add_header("Authorization", "Bearer " + os.environ["SONAR_TOKEN"])
with urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request) as answer:
    task = json.load(answer)["taskId"]
report = "projectKey=%s\\nserverUrl=%s\\nceTaskId=%s\\n" % (given["sonar.projectKey"], given["sonar.host.url"], task)
pathlib.Path(given["sonar.scanner.metadataFilePath"]).write_text(report)
"""


def install_scanner(folder: Path, extra: str = "") -> Path:
    """Put a ``sonar-scanner`` into a folder for the PATH; `extra` is code before it hands in. The file that it records in."""
    folder.mkdir(exist_ok=True)
    record = folder / "record.jsonl"
    script = folder / "sonar-scanner"
    script.write_text(SCANNER.format(python=sys.executable, record=str(record), extra=extra))
    script.chmod(stat.S_IRWXU)
    return record


def recorded(record: Path) -> list[dict[str, Any]]:
    """What each run of the scanner saw."""
    return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []


def issue(
    path: str, line: int = 1, rule: str = "python:S2077", message: str = "Make sure that this is safe.", **more: Any
) -> dict[str, Any]:
    """An issue as the server gives it; the project is filled in by the server."""
    return {"rule": rule, "path": path, "line": line, "message": message, "severity": "MAJOR", "type": "VULNERABILITY", **more}


class SonarServer:
    """Context manager; `url` is its address. Every own task comes with a newer one of somebody else in the queue."""

    def __init__(self, issues: list[dict[str, Any]] | None = None) -> None:
        self.issues = issues or []
        self.token = TOKEN
        self.final = "SUCCESS"
        self.polls_until_done = 2
        self.projects: dict[str, dict[str, str]] = {"somebody-elses": {}}
        self.deleted: list[str] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.requests: list[str] = []
        self.status_for: dict[str, int] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                outer._serve(self, parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                path = urlsplit(self.path).path
                fields = json.loads(body) if path == "/api/ce/submit" else {k: v[0] for k, v in parse_qs(body).items()}
                outer._serve(self, path, fields)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "SonarServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, handler: BaseHTTPRequestHandler, path: str, fields: dict[str, str]) -> None:
        self.requests.append(path)
        if path in self.status_for:
            status, answer = self.status_for[path], {"errors": [{"msg": "as the test wants it"}]}
        elif handler.headers.get("Authorization") != f"Bearer {self.token}":
            status, answer = 401, {}
        else:
            status, answer = self._answer(path, fields)
        body = json.dumps(answer).encode() if answer is not None else b""
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def _answer(self, path: str, fields: dict[str, str]) -> tuple[int, Any]:
        if path == "/api/authentication/validate":
            return 200, {"valid": True}
        if path == "/api/projects/create":
            self.projects[fields["project"]] = fields
            return 200, {"project": {"key": fields["project"]}}
        if path == "/api/projects/delete":
            if self.projects.pop(fields["project"], None) is None:
                return 404, {"errors": [{"msg": "no such project"}]}
            self.deleted.append(fields["project"])
            return 204, None
        if path == "/api/ce/submit":
            return 200, {"taskId": self._submit(fields["project"])}
        if path == "/api/ce/task":
            return self._task(fields["id"])
        if path == "/api/issues/search":
            return self._issues(fields)
        return 404, {"errors": [{"msg": f"Unknown url : {path}"}]}

    def _submit(self, project: str) -> str:
        mine = f"AY-mine-{len(self.tasks)}"
        self.tasks[mine] = {"id": mine, "componentKey": project, "polls": 0}
        theirs = f"AZ-theirs-{len(self.tasks)}"
        self.tasks[theirs] = {"id": theirs, "componentKey": "somebody-elses", "polls": 99}
        return mine

    def _task(self, task: str) -> tuple[int, Any]:
        self.asked.append(task)
        if task not in self.tasks:
            return 404, {"errors": [{"msg": "no such task"}]}
        row = self.tasks[task]
        row["polls"] += 1
        status = self.final if row["polls"] > self.polls_until_done else ("PENDING" if row["polls"] == 1 else "IN_PROGRESS")
        return 200, {"task": {"id": task, "type": "REPORT", "componentKey": row["componentKey"], "status": status}}

    def _issues(self, fields: dict[str, str]) -> tuple[int, Any]:
        project = fields["components"]
        done = [t for t in self.tasks.values() if t["componentKey"] == project and t["polls"] > self.polls_until_done]
        size, page = int(fields["ps"]), int(fields["p"])
        if size * page > 10_000 or size > 500:
            return 400, {"errors": [{"msg": "Can return only the first 10000 results."}]}
        rows = [
            {k: v for k, v in row.items() if k != "path"} | {"component": f"{project}:src/{row['path']}", "project": project}
            for row in (self.issues if done else [])
        ]
        shown = rows[(page - 1) * size : page * size]
        return 200, {"paging": {"pageIndex": page, "pageSize": size, "total": len(rows)}, "issues": shown}
