"""Who sends what when: questions wait in lanes, one per rate budget, and a few threads send them as their budgets allow."""

import heapq
import threading
from collections.abc import Callable, Iterator
from itertools import count
from queue import Empty, SimpleQueue
from typing import Any

from lambdaudit.sources.aws.budget import Bucket
from lambdaudit.sources.aws.call import Call, Scene
from lambdaudit.sources.aws.client import Caller
from lambdaudit.sources.aws.errors import Failure, redact
from lambdaudit.sources.aws.raw import Key

NEVER = float("inf")
NEXT_PAGE = -1
"""The urgency of a list that has begun, before that of every row."""


class Task:
    """A question on its way: where it goes, which pages have come, how often it was refused."""

    __slots__ = (
        "arguments",
        "call",
        "caller",
        "data",
        "key",
        "pages",
        "refusals",
        "region",
        "scene",
        "settles",
        "started",
        "token",
        "tries",
        "via",
    )

    def __init__(self, key: Key, call: Call, scene: Scene, caller: Caller, region: str, arguments: dict[str, Any]) -> None:
        self.key = key
        self.call = call
        self.via = call
        """The row that is sent: the question's own, or its detour."""
        self.scene = scene
        self.caller = caller
        self.region = region
        self.arguments = arguments
        self.data: dict[str, Any] | None = None
        self.token: str | None = None
        self.pages = 0
        self.refusals = 0
        self.tries = 0
        self.settles = call.settles
        self.started = 0.0

    def request(self) -> dict[str, Any]:
        """The request members, with the token of the page that comes next."""
        if self.token is None or self.call.pages is None:
            return self.arguments
        return {**self.arguments, self.call.pages.into: self.token}


class Lane:
    """The questions that draw on one bucket, the urgent ones first, otherwise in order."""

    __slots__ = ("bucket", "due", "tasks")

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self.tasks: list[tuple[int, int, Task]] = []
        self.due = NEVER
        """When the lane next sends."""

    def next(self, now: float) -> float:
        """When to send the next question: with a full queue behind it once a whole burst may go, which costs no time.

        A list that has begun goes as soon as it may: its next page brings more questions.
        """
        ready = self.bucket.ready_at(now)
        if ready <= now or len(self.tasks) < self.bucket.burst or self.tasks[0][0] == NEXT_PAGE:
            return ready
        return self.bucket.full_at(now)


class Lanes:
    """All lanes, ordered by when they next send.

    Requests leave together as far as the budgets allow: a thread that runs right after another finds the interpreter's data in
    the processor's caches, and takes two thirds of the time (measured).
    """

    def __init__(self) -> None:
        self._order = count()
        self._lanes: dict[Bucket, Lane] = {}
        self._due: list[tuple[float, int, Lane]] = []
        """A heap. An entry counts while its time is the lane's."""
        self._later: list[tuple[float, int, Task, Bucket]] = []

    def add(self, task: Task, bucket: Bucket, now: float, wait: float = 0.0) -> None:
        """Queue a question, `wait` seconds from now at the earliest."""
        if wait > 0:
            heapq.heappush(self._later, (now + wait, next(self._order), task, bucket))
            return
        lane = self._lanes.get(bucket)
        if lane is None:
            lane = self._lanes[bucket] = Lane(bucket)
        urgency = NEXT_PAGE if task.data is not None else task.via.urgency
        heapq.heappush(lane.tasks, (urgency, next(self._order), task))
        if lane.due == NEVER or urgency == NEXT_PAGE:
            self._schedule(lane, now)

    def _schedule(self, lane: Lane, now: float) -> None:
        lane.due = lane.next(now) if lane.tasks else NEVER
        if lane.tasks:
            heapq.heappush(self._due, (lane.due, next(self._order), lane))

    def backlog(self, bucket: Bucket, now: float) -> float:
        """How many seconds what waits for a bucket will take."""
        lane = self._lanes.get(bucket)
        return len(lane.tasks) / bucket.speed(now) if lane is not None else 0.0

    def next_due(self, now: float) -> float | None:
        """When the next question may go; None when none waits."""
        while self._later and self._later[0][0] <= now:
            _, _, task, bucket = heapq.heappop(self._later)
            self.add(task, bucket, now)
        later = self._later[0][0] if self._later else None
        return min((due for due in (self._first(), later) if due is not None), default=None)

    def rally(self, now: float) -> None:
        """One lane sends now: whatever else may go by now goes with it."""
        for _, _, lane in self._due.copy():
            if lane.due > now and lane.tasks and lane.bucket.ready_at(now) <= now:
                self._schedule(lane, now)

    def _first(self) -> float | None:
        """When the first lane sends; entries of lanes that were put forward since go."""
        while self._due and self._due[0][0] != self._due[0][2].due:
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else None

    def take(self, now: float) -> Task | None:
        """The next question that may go at `now`, its budget charged; None when none may."""
        while (due := self._first()) is not None and due <= now:
            lane = heapq.heappop(self._due)[2]
            if lane.bucket.ready_at(now) > now:
                self._schedule(lane, now)
                continue
            task = heapq.heappop(lane.tasks)[2]
            lane.bucket.take(now)
            self._schedule(lane, now)
            return task
        return None

    def drain(self) -> Iterator[Task]:
        """Take out everything that still waits."""
        for lane in self._lanes.values():
            while lane.tasks:
                yield heapq.heappop(lane.tasks)[2]
        while self._later:
            yield heapq.heappop(self._later)[2]
        self._due.clear()

    def longest(self, now: float) -> tuple[float, str]:
        """How many seconds the fullest lane needs at its present speed, and what waits in it."""
        worst, what = 0.0, ""
        for lane in self._lanes.values():
            seconds = self.backlog(lane.bucket, now)
            if seconds > worst:
                first = lane.tasks[0][2]
                worst, what = seconds, f"{first.call.service} {first.call.operation} {first.key.region}".rstrip()
        return worst, what


Outcome = tuple[Task, dict[str, Any] | Failure]


class Pool:
    """Threads that send. They are daemons: a request that hangs is given up, and its thread with it."""

    def __init__(self, size: int, clock: Callable[[], float]) -> None:
        self.size = size
        self._clock = clock
        self._todo: SimpleQueue[Task | None] = SimpleQueue()
        self._done: SimpleQueue[Outcome] = SimpleQueue()
        self._threads = 0
        self.busy: dict[Task, None] = {}

    def send(self, task: Task, now: float) -> None:
        """Hand a question to a thread; there must be a free one."""
        task.started = now
        self.busy[task] = None
        if self._threads < len(self.busy):
            self._threads += 1
            threading.Thread(target=self._work, name="lambdaudit-aws", daemon=True).start()
        self._todo.put(task)

    def _work(self) -> None:
        while (task := self._todo.get()) is not None:
            outcome: dict[str, Any] | Failure
            try:
                outcome = task.caller.send(task.via, task.region, task.request())
            except Failure as failure:
                outcome = failure
            except Exception as error:  # noqa: BLE001 - a thread must answer, whatever happened
                outcome = Failure("failed", type(error).__name__, redact(str(error)))
            self._done.put((task, outcome))

    def wait(self, seconds: float) -> Outcome | None:
        """The next outcome of a question that has not been given up, or None after `seconds`."""
        until = self._clock() + seconds
        while True:
            try:
                task, outcome = self._done.get(timeout=max(0.0, until - self._clock()))
            except Empty:
                return None
            if self.busy.pop(task, 0) is None:
                return task, outcome

    def overdue(self, deadline: float) -> list[Task]:
        """Questions that were sent before `deadline` and have not come back; they are given up."""
        late = [task for task in self.busy if task.started < deadline]
        for task in late:
            del self.busy[task]
            self._threads -= 1  # its thread may never come back; another takes its place
        return late

    def close(self) -> None:
        """Let the threads end."""
        for _ in range(self._threads):
            self._todo.put(None)
