"""A loopback front for a fake AWS: counts calls, adds latency, enforces quotas, injects faults, replays answers.

It is an HTTP/1.1 server and a forward proxy in one, so that ``AWS_ENDPOINT_URL`` and ``HTTP_PROXY`` may both point to
it: the proxy form serves S3 Control, whose clients put the account in front of the host name, and a request that would
leave the machine is refused and counted as an escape. It runs in a thread of its own beside the code that controls it.
"""

import asyncio
import contextlib
import threading
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol
from urllib.parse import urlsplit

from tests.support.faults import Fate, Fault, choose, spoil
from tests.support.lambda_state import PLACEHOLDER
from tests.support.quotas import Quota, TokenBucket
from tests.support.wire import PACKAGES, Answer, Call, error, identify, throttled

MAX_BODY = 80 * 1024 * 1024
MAX_HEAD = 64 * 1024
REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
CallCount = tuple[str, str]


class Backend(Protocol):
    """What answers a call that is not refused, spoilt or replayed."""

    def answer(self, call: Call) -> Answer:
        """Answer one call; called from one thread at a time."""


class Ledger:
    """Counts of (``service:Operation``, region): all calls, those above a quota, struck by a fault, not replayed.

    `requests` counts equal questions: operation, then all that makes two requests the same. `escaped` counts requests that
    would have left the machine, `broken` holds tracebacks of the lab itself.
    """

    def __init__(self) -> None:
        self.calls: Counter[CallCount] = Counter()
        self.requests: Counter[tuple[str, ...]] = Counter()
        self.refused: Counter[CallCount] = Counter()
        self.faulted: Counter[CallCount] = Counter()
        self.missed: Counter[CallCount] = Counter()
        self.escaped: Counter[str] = Counter()
        self.broken: list[str] = []

    def by_operation(self, counts: Mapping[CallCount, int] | None = None) -> Counter[str]:
        """Counts summed over regions, of all calls unless others are given."""
        summed: Counter[str] = Counter()
        for (name, _), count in (self.calls if counts is None else counts).items():
            summed[name] += count
        return summed


class Proxy:
    """The front. Use as a context manager; `url` is its address once started.

    Args:
        backend: what answers calls.
        latency: seconds that every answer takes at least, the backend's own time included.
        quotas: token buckets; the first whose pattern fits a call counts it.
        faults: what goes wrong, tried in order; the first that strikes wins.
        replay: remember answers to reading calls and give them again without the backend.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        latency: float = 0.0,
        quotas: Sequence[Quota] = (),
        faults: Iterable[Fault] = (),
        replay: bool = False,
    ) -> None:
        self.backend = backend
        self.latency = latency
        self.faults = list(faults)
        self.replay = replay
        self.answers: dict[tuple[str, ...], Answer] = {}
        self.ledger = Ledger()
        self.url = ""
        self._quotas = tuple(quotas)
        self._buckets: dict[tuple[Quota, str], TokenBucket] = {}
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="fake-aws")
        self._thread = threading.Thread(target=self._run, name="aws-proxy", daemon=True)

    @property
    def quotas(self) -> tuple[Quota, ...]:
        """The quotas in force."""
        return self._quotas

    @quotas.setter
    def quotas(self, quotas: Sequence[Quota]) -> None:
        self._quotas = tuple(quotas)
        self._buckets = {}

    def __enter__(self) -> "Proxy":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen on a free loopback port."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def stop(self) -> None:
        """Drop all connections, hung ones too, and stop."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._worker.shutdown()

    def clear(self) -> None:
        """Forget counts, attempts and spent quota; faults, quotas and remembered answers stay."""
        self.ledger = Ledger()
        self._attempts = Counter()
        self._buckets = {}

    def restore(self) -> None:
        """As after the start, but for `replay` and its answers: no latency, quotas, faults or counts."""
        self.latency = 0.0
        self.quotas = ()
        self.faults = []
        self.clear()

    def environment(self, region: str = "us-east-1") -> dict[str, str]:
        """Environment variables that send any AWS SDK here and nowhere else, with made-up credentials."""
        proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"), self.url)
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1")
        return (
            proxies
            | direct
            | {
                "AWS_ENDPOINT_URL": self.url,
                "AWS_ENDPOINT_URL_S3_CONTROL": self.url.replace("127.0.0.1", "localhost"),
                "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "made-up",
                "AWS_SESSION_TOKEN": "made-up",
                "AWS_REGION": region,
                "AWS_DEFAULT_REGION": region,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            }
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MAX_HEAD, backlog=512)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _close(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
            writer.transport.abort()
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve one request; False when the connection is to be closed."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head[:-4].split("\r\n")
        method, target, version = request.split(" ", 2)
        headers = {key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
        if method == "CONNECT":
            self.ledger.escaped[target] += 1
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await self._body(reader, headers)
        arrived = time.monotonic()
        if target.startswith("http"):
            parts = urlsplit(target)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        path, _, query = target.partition("?")
        call = identify(method, path, query, headers, body)
        answer = await self._judge(call, arrived)
        if answer is None:
            writer.transport.abort()
            return False
        close = headers.get("connection", "").lower() == "close" or version == "HTTP/1.0"
        writer.write(self._render(call, answer, close=close))
        await writer.drain()
        return not close

    async def _body(self, reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", ""):
            chunks = b""
            while size := int((await reader.readline()).split(b";")[0], 16):
                chunks += await reader.readexactly(size)
                await reader.readline()
            await reader.readline()
            del headers["transfer-encoding"]
            return chunks
        length = int(headers.get("content-length") or 0)
        if length > MAX_BODY:
            raise ValueError("request body too long")
        return await reader.readexactly(length)

    def _render(self, call: Call, answer: Answer, *, close: bool) -> bytes:
        body = answer.body
        if call.service == "lambda" and PLACEHOLDER.encode() in body:
            body = body.replace(PLACEHOLDER.encode(), self.url.encode())
        lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Status')}"]
        skip = (
            ("connection", "transfer-encoding")
            if call.method == "HEAD"
            else ("connection", "transfer-encoding", "content-length")
        )
        lines += [f"{key}: {value}" for key, value in answer.headers if key.lower() not in skip]
        if call.method != "HEAD":
            lines.append(f"Content-Length: {len(body)}")
        elif not answer.header("content-length"):
            lines.append("Content-Length: 0")
        lines.append("Connection: close" if close else "Connection: keep-alive")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + (b"" if call.method == "HEAD" else body)

    async def _judge(self, call: Call, arrived: float) -> Answer | None:
        """Count the call, then refuse, spoil or answer it; None cuts the connection."""
        count = (call.name, call.region)
        if call.service == "unsigned":
            self.ledger.escaped[call.headers.get("host", "") + call.path] += 1
            return error(call, 403, "AccessDenied", "unsigned request")
        self.ledger.calls[count] += 1
        self.ledger.requests[(call.name, *call.key)] += 1
        if not self._admit(call):
            self.ledger.refused[count] += 1
            await self._wait(arrived)
            return throttled(call)
        self._attempts[call.key] += 1
        fault = choose(self.faults, call, self._attempts[call.key])
        if fault:
            self.ledger.faulted[count] += 1
            fate = fault.fate(call)
            if fate is Fate.HANG:
                await asyncio.sleep(fault.seconds)
                return None
            await self._wait(arrived)
            if fate is Fate.CUT:
                return None
            if isinstance(fate, Answer):
                return fate
        answer = await self._answer(call)
        await self._wait(arrived)
        return spoil(fault, call, answer) if fault else answer

    def _admit(self, call: Call) -> bool:
        quota = next((quota for quota in self._quotas if quota.fits(call.name)), None)
        if quota is None:
            return True
        place = call.region if quota.regional else ""
        bucket = self._buckets.setdefault((quota, place), TokenBucket(quota.rate, quota.burst))
        return bucket.take(time.monotonic())

    async def _wait(self, arrived: float) -> None:
        left = arrived + self.latency - time.monotonic()
        if left > 0:
            await asyncio.sleep(left)

    async def _answer(self, call: Call) -> Answer:
        if self.replay and (known := self.answers.get(call.key)):
            return known
        self.ledger.missed[call.name, call.region] += 1
        try:
            answer = await self._loop.run_in_executor(self._worker, self.backend.answer, call)
        except Exception:  # noqa: BLE001 - a fault of the lab must be told from one of the tool under test
            self.ledger.broken.append(f"{call.name} {call.path}\n{traceback.format_exc()}")
            return error(call, 500, "LabFailure", f"the lab failed to answer {call.name}: see Ledger.broken")
        if not (call.reads or call.path.startswith(PACKAGES)):
            self.answers.clear()
        elif self.replay and answer.status < 500:
            self.answers[call.key] = answer
        return answer


@contextlib.contextmanager
def faults_of(proxy: Proxy, *faults: Fault) -> Iterator[Proxy]:
    """Let these faults strike inside the block, with fresh counts, and restore what was there."""
    before = proxy.faults
    proxy.clear()
    proxy.faults = list(faults)
    try:
        yield proxy
    finally:
        proxy.faults = before
        proxy.clear()
