"""A fake AWS for collection: moto's HTTP server in a process of its own, and corrections where it differs from AWS.

Run ``python -m tests.support.fakeaws`` for the table of corrections.
"""

import http.client
import subprocess
import sys
from pathlib import Path
from types import TracebackType

from tests.support import iam_gaps, image_gaps, lambda_functions, lambda_settings, other_gaps
from tests.support.gaps import CORRECTIONS, GAPS
from tests.support.lambda_state import LabState
from tests.support.paging import forced, paged, pager
from tests.support.wire import Answer, Call, error

MODULES = (lambda_functions, lambda_settings, iam_gaps, image_gaps, other_gaps)
HOP = frozenset({"host", "connection", "expect", "accept-encoding", "transfer-encoding", "content-length"})


class MotoServer:
    """moto's server as a child process on a free loopback port; it ends with this process."""

    def __init__(self) -> None:
        script = Path(__file__).with_name("moto_server.py")
        environment = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            text=True,
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("moto's server did not start")
        self._connection = http.client.HTTPConnection("127.0.0.1", int(line), timeout=300)

    def forward(self, call: Call) -> Answer:
        """Ask moto."""
        target = f"{call.path}?{call.query}" if call.query else call.path
        headers = {key: value for key, value in call.headers.items() if key not in HOP}
        headers["host"] = f"{call.service}.{call.region}.amazonaws.com" if call.region else "127.0.0.1"
        for attempt in (1, 2):
            try:
                self._connection.request(call.method, target, call.body or None, headers)
                response = self._connection.getresponse()
                return Answer(response.status, tuple(response.getheaders()), response.read())
            except (http.client.HTTPException, ConnectionError):
                self._connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def stop(self) -> None:
        """End the child."""
        self._connection.close()
        assert self._process.stdin
        assert self._process.stdout
        self._process.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=30)


class FakeAws:
    """Answers calls as AWS would: by a correction where there is one, else by moto. A context manager.

    Set `page_size` to have every list operation that botocore knows how to page answer in pages of at most that size.
    """

    def __init__(self) -> None:
        self.moto = MotoServer()
        self.state = LabState()
        self.page_size: int | None = None

    def __enter__(self) -> "FakeAws":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End moto."""
        self.moto.stop()

    def reset(self) -> None:
        """An empty account again."""
        reset = Call("POST", "/moto-api/reset", "", {}, b"", service="moto", operation="Reset")
        self.moto.forward(reset)
        self.state = LabState()

    def answer(self, call: Call) -> Answer:
        """Answer one call. Not for several threads at a time: the proxy asks from one."""
        if not call.reads:
            self.state.lists.clear()
        correction = CORRECTIONS.get(call.name)
        if self.page_size and pager(call.service, call.operation):
            call = forced(call, self.page_size)
        elif self.page_size and call.operation == "GetAccountAuthorizationDetails":
            call = call.with_arguments(MaxItems=str(self.page_size))
        if correction:
            return correction(self.state, call, self.moto.forward)
        if self.page_size and pager(call.service, call.operation):
            answer = paged(call, self.moto.forward, self.page_size, self.page_size)
        else:
            answer = self.moto.forward(call)
        if answer.status in (404, 500) and answer.body.lower().startswith((b"<!doctype html", b"not yet implemented")):
            return error(call, 501, "NotImplemented", f"the lab does not answer {call.name}")
        return answer


def table() -> str:
    """The corrections as a Markdown table."""
    lines = ["| operations | moto 5.2.5 | the lab |", "| --- | --- | --- |"]
    lines += [f"| {', '.join(gap.operations)} | {gap.moto} | {gap.lab} |" for gap in GAPS]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
