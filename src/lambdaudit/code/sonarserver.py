"""What we ask of a SonarQube server's web API (version 10 or newer): projects, our own task, issues.

Source: the server's own page ``/web_api``, and docs.sonarsource.com, "Web API" and "Managing your tokens".
"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from lambdaudit.web import proxied, unlogged

PAGE = 500
MOST_ISSUES = 10_000
"""The search of the server gives no more, however it is paged."""
_MAX_ANSWER = 32 * 1024**2
_TASK = re.compile(r"[A-Za-z0-9_-]{1,100}")


class SonarError(Exception):
    """The analysis did not come about: what, where and what to do, in one line, without the token."""


class NotCreated(SonarError):
    """The server refused to make the project, so there is none to remove."""


class _Answered(SonarError):
    """The server answered, and the answer is no."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds: for one request, between two looks at a task, for a task in the server's queue, and for the scanner."""

    request: float = 30
    poll: float = 2
    task: float = 1800
    scanner: float = 1800


class Server:
    """One SonarQube server with the token of one user. Raises SonarError, from every method, in one line."""

    def __init__(self, url: str, token: str, timing: Timing | None = None) -> None:
        self.url = checked_url(url)
        self.timing = timing or Timing()
        self.token = token
        try:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "lambdaudit"}
            self._pool = proxied(self.url, headers=headers)
        except ValueError as error:
            raise SonarError("the proxy in the environment has an address that cannot be read") from error

    def check(self) -> None:
        """Make sure that the server answers and knows the token, before anything else is done."""
        if self._call("GET", "api/authentication/validate").get("valid") is not True:
            raise SonarError(f"SonarQube at {self.url} does not accept SONAR_TOKEN: use a user token that is not expired")

    def create(self, key: str, name: str) -> None:
        """Make an empty private project. Raises NotCreated when the server says no; after any other error it may exist."""
        try:
            self._call("POST", "api/projects/create", project=key, name=name, visibility="private")
        except _Answered as error:
            raise NotCreated(str(error)) from error

    def delete(self, key: str) -> None:
        """Remove a project with everything in it; one that is not there is fine."""
        self._call("POST", "api/projects/delete", absent=True, project=key)

    def wait(self, task: str, key: str) -> None:
        """Wait for this one task, which the scanner of this one project reported, whatever else is in the queue."""
        if not _TASK.fullmatch(task):
            raise SonarError("sonar-scanner reported a task id that cannot be one")
        until = time.monotonic() + self.timing.task
        while True:
            found = self._call("GET", "api/ce/task", id=task).get("task")
            found = found if isinstance(found, dict) else {}
            if found.get("componentKey", key) != key:
                raise SonarError("SonarQube says that the scanner's task belongs to another project")
            status = found.get("status")
            if status == "SUCCESS":
                return
            if status not in ("PENDING", "IN_PROGRESS"):
                raise SonarError(f"SonarQube could not process the analysis: task {task} is {str(status)[:40]}")
            if time.monotonic() > until:
                raise SonarError(f"SonarQube did not process the analysis within {self.timing.task:.0f} s")
            time.sleep(self.timing.poll)

    def issues(self, key: str) -> tuple[list[dict[str, Any]], int]:
        """(open issues of a project, how many the server says there are). It gives 10,000 at most."""
        found: list[dict[str, Any]] = []
        total = 0
        for page in range(1, MOST_ISSUES // PAGE + 1):
            # "components" has been the name since 10.2; servers before know the other one only, and ignore what they do not know.
            answer = self._call(
                "GET", "api/issues/search", components=key, componentKeys=key, resolved="false", ps=str(PAGE), p=str(page)
            )
            rows = answer.get("issues")
            paging = answer.get("paging")
            if not isinstance(rows, list) or not isinstance(paging, dict) or not isinstance(paging.get("total"), int):
                raise SonarError(f"SonarQube at {self.url} gave a list of issues that cannot be read")
            total = paging["total"]
            # A server that ignored both names would give the issues of every project.
            found += [row for row in rows if isinstance(row, dict) and row.get("project") == key]
            if not rows or page * PAGE >= total:
                break
        return found, total

    def _call(self, method: str, path: str, *, absent: bool = False, **fields: str) -> dict[str, Any]:
        import urllib3

        timeout = urllib3.Timeout(connect=min(10.0, self.timing.request), read=self.timing.request)
        url, form, headers = f"{self.url}/{path}", None, dict(self._pool.headers)
        if method == "GET":
            url += f"?{urlencode(fields)}" if fields else ""
        else:
            form = urlencode(fields).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        problem, status, body = "", 0, b""
        try:
            with unlogged():
                response = self._pool.request(
                    method, url, body=form, headers=headers,
                    preload_content=False, redirect=False, retries=False, timeout=timeout,
                )  # fmt: skip
                try:
                    status, body = response.status, response.read(_MAX_ANSWER + 1)
                finally:
                    response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            problem = type(error).__name__
        if problem:
            raise SonarError(f"SonarQube at {self.url} cannot be reached ({problem}): check --sonar-url and the network")
        return self._judged(path, status, body, absent=absent)

    def _judged(self, path: str, status: int, body: bytes, *, absent: bool) -> dict[str, Any]:
        if status == 401:
            raise _Answered(f"SonarQube at {self.url} does not accept SONAR_TOKEN: use a user token that is not expired")
        if status == 403:
            raise _Answered(f"SonarQube does not allow {path} to the user of SONAR_TOKEN: see docs/sonarqube.md for the rights")
        if status == 404 and absent:
            return {}
        if not 200 <= status < 300:
            raise _Answered(f"SonarQube at {self.url} answered {path} with status {status}{self._errors(body)}")
        if not body:
            return {}
        try:
            answer = json.loads(body) if len(body) <= _MAX_ANSWER else None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise SonarError(f"what answers at {self.url} is not SonarQube: no JSON from {path}")
        return answer

    def _errors(self, body: bytes) -> str:
        """The server's own words, where it has any."""
        try:
            rows = json.loads(body)["errors"]
            words = "; ".join(str(row["msg"]) for row in rows[:3])
        except (ValueError, RecursionError, KeyError, TypeError):
            return ""
        return f": {self.plain(words)[:200]}"

    def plain(self, text: str) -> str:
        """A text of the server or the scanner in one printable line, without the token."""
        return "".join(c if c.isprintable() else " " for c in text.replace(self.token, "…")).strip()


def checked_url(url: str) -> str:
    """The server's address without a slash at the end. Raises SonarError for what is none, or holds a password."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise SonarError("--sonar-url takes the address of a SonarQube server, such as https://sonarqube.example.com")
    if parts.username is not None or parts.password is not None:
        raise SonarError("--sonar-url must not hold a name or password: set SONAR_TOKEN instead")
    return url.rstrip("/")
