"""Processes that analyse packages: a hostile one costs its own process at most, never the audit.

A worker is started afresh (spawn), has a limit of memory, is replaced after some packages, and killed when it does not answer in
time; what it had found by then is kept. Packages reach it as open files without a name.
"""

import io
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import recv_handle, send_handle
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec

from lambdaudit.model.code import Code
from lambdaudit.model.functions import Function

from .analysis import SECONDS, analyse_function
from .filesystem import FileSystem, Part, compose

if TYPE_CHECKING:
    from .image import ImageFacts

MEMORY = 1024**3
"""Bytes of address space for one worker."""
RECYCLE = 200
GRACE = 5.0
"""Seconds that a worker gets beyond its time, because parts are not stopped in the middle."""
_BUSY = 3.0
"""How much longer than its CPU time a worker may take on a busy machine."""
_EARLY = 0.5


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker is told. The open files are, in this order: the package (if `package`), one for each of `layers`.

    For an image, `config` is its configuration file, `image` the number of its layers, which are the files then.
    """

    function: Function
    triggers: tuple[str, ...] = ()
    digest: str = ""
    key: bytes = b""
    seconds: float = SECONDS
    package: bool = True
    layers: tuple[str, ...] = ()
    config: bytes = b""
    image: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: the facts, complete or as far as they were found; `problem` says what went wrong, if anything did."""

    code: Code | None
    problem: str = ""


class _File(io.RawIOBase):
    """An open file with a position of its own: several processes read the same one at once."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: os.fstat(self._handle).st_size if whence == 2 else 0}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        data = os.pread(self._handle, len(view), self._at)
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            os.close(self._handle)
        super().close()


def opened(handle: int) -> BinaryIO:
    """A buffered file over a handle, which it closes."""
    return cast(BinaryIO, io.BufferedReader(_File(handle), 64 * 1024))


def perform(work: Work, files: Sequence[BinaryIO]) -> Code:
    """Analyse in this process: for tests and for callers without packages from strangers."""
    return _perform(work, files, None)


def _perform(work: Work, files: Sequence[BinaryIO], connection: Connection | None) -> Code:
    start = time.process_time()

    def report(code: Code) -> None:
        if connection and time.process_time() - start > _EARLY:
            connection.send_bytes(b"P" + msgspec.msgpack.encode(code))

    tree, image = _tree(work, files)
    code = analyse_function(
        tree,
        function=work.function,
        triggers=work.triggers,
        environment=work.function.environment,
        digest=work.digest,
        key=work.key or None,
        seconds=work.seconds - (time.process_time() - start),
        told=report,
        image=image,
    )
    return msgspec.structs.replace(code, limits=(*work.notes, *code.limits)) if work.notes else code


def _tree(work: Work, files: Sequence[BinaryIO]) -> "tuple[FileSystem, ImageFacts | None]":
    if work.image:
        from .image import assemble

        return assemble(work.config, files, work.function.id)
    package = Part(work.function.id, files[0]) if work.package else None
    rest = files[1:] if work.package else files
    return compose(package, [Part(origin, file) for origin, file in zip(work.layers, rest, strict=True)]), None


def _serve(connection: Connection, memory: int) -> None:
    """The worker's life: one package after the other, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory)
    while True:
        try:
            work = msgspec.msgpack.decode(connection.recv_bytes(), type=Work)
            files = [opened(recv_handle(connection)) for _ in range(connection.recv())]
        except (EOFError, OSError):
            return
        try:
            answer = b"F" + msgspec.msgpack.encode(_perform(work, files, connection))
        except MemoryError:
            answer = b"Ethe memory for its analysis ran out"
        except Exception as error:  # noqa: BLE001 - whatever a package does to us is told, and the next one is taken
            answer = f"Eits analysis failed: {type(error).__name__}".encode()
        for file in files:
            file.close()
        try:
            connection.send_bytes(answer)
        except OSError:
            return


def _limit(memory: int) -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (memory if hard == resource.RLIM_INFINITY else min(memory, hard), hard))
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


class _Worker:
    """One process and the connection to it."""

    def __init__(self, memory: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe(duplex=True)
        self.process: BaseProcess = context.Process(target=_serve, args=(other, memory), daemon=True)
        self.process.start()
        other.close()
        self.served = 0

    def kill(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join(5)


class Pool:
    """Workers that are started when they are needed. :meth:`run` may be called from several threads; close it in the end."""

    def __init__(self, workers: int = 2, *, memory: int = MEMORY, recycle: int = RECYCLE, grace: float = GRACE) -> None:
        self._memory = memory
        self._recycle = recycle
        self._grace = grace
        self._idle: queue.Queue[_Worker | None] = queue.Queue()
        for _ in range(max(1, workers)):
            self._idle.put(None)
        self._busy: set[_Worker] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(self, work: Work, handles: Sequence[int]) -> Result:
        """Have one package analysed; waits for a free worker. Never raises for what a package does."""
        worker = self._take()
        if worker is None:
            return Result(None, "interrupted")
        result, sound = self._ask(worker, work, handles)
        with self._lock:
            self._busy.discard(worker)
        worker.served += 1
        if not sound or worker.served >= self._recycle or self._closed:
            worker.kill()
            self._idle.put(None)
        else:
            self._idle.put(worker)
        return Result(result.code, "interrupted") if self._closed and result.problem else result

    def _take(self) -> _Worker | None:
        worker = self._idle.get()
        with self._lock:
            if self._closed:
                self._idle.put(worker)
                return None
        if worker is not None and not worker.process.is_alive():
            worker.kill()
            worker = None
        try:
            worker = worker or _Worker(self._memory)
        except BaseException:
            self._idle.put(None)
            raise
        with self._lock:
            self._busy.add(worker)
        return worker

    def _ask(self, worker: _Worker, work: Work, handles: Sequence[int]) -> tuple[Result, bool]:
        """The answer, and whether the worker can be used on."""
        partial: Code | None = None
        try:
            worker.connection.send_bytes(msgspec.msgpack.encode(work))
            worker.connection.send(len(handles))
            for handle in handles:
                send_handle(worker.connection, handle, worker.process.pid or 0)
            end = time.monotonic() + work.seconds * _BUSY + self._grace
            while worker.connection.poll(max(0.0, end - time.monotonic())):
                kind, body = (answer := worker.connection.recv_bytes())[:1], answer[1:]
                if kind == b"E":
                    return Result(partial, body.decode()), True
                code = msgspec.msgpack.decode(body, type=Code)
                if kind == b"F":
                    return Result(code), True
                partial = code
        except (EOFError, OSError, ValueError):
            return Result(partial, "the process that analysed it ended early, most likely for want of memory"), False
        return Result(partial, f"its analysis took more than {work.seconds:.0f} s and was stopped"), False

    def close(self) -> None:
        """End all workers, those at work too."""
        with self._lock:
            self._closed = True
            busy = list(self._busy)
        for worker in busy:
            worker.process.kill()
        while True:
            try:
                idle = self._idle.get_nowait()
            except queue.Empty:
                break
            if idle is not None:
                idle.kill()
        self._idle.put(None)  # whoever still waits for a worker learns that there is none

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


__all__ = ["Pool", "Result", "Work", "opened", "perform"]
