"""The run that asks: executes the call table over accounts and regions, concurrently, within the rate budgets.

One thread, the caller's, holds all state: it takes answers, decides with the table what to ask next, and hands requests to
the threads of a :class:`~lambdaudit.sources.aws.workers.Pool` as the budgets allow. Nothing is printed, and nothing that a
service answers can raise: every question ends in the raw store and in the coverage ledger.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.budget import Bucket, Budget
from lambdaudit.sources.aws.call import SETTLED, START, Ask, Call, Scene, Sight, Want, no_arguments
from lambdaudit.sources.aws.calls import LISTENERS
from lambdaudit.sources.aws.discover import Discovery
from lambdaudit.sources.aws.errors import REGION_OFF, Failure, redact
from lambdaudit.sources.aws.options import TICK, Meter, Options, Progress
from lambdaudit.sources.aws.raw import PENDING, AccountFacts, Answer, Key, Note, Raw
from lambdaudit.sources.aws.session import Account
from lambdaudit.sources.aws.targets import Selection
from lambdaudit.sources.aws.threads import calm_threads, interrupts, one_processor
from lambdaudit.sources.aws.workers import Lanes, Outcome, Pool, Task

__all__ = ["Options", "Progress", "Run", "gather"]

MAX_PAGES = 2000
"""Pages of one list that are read; what follows is Unknown."""
MAX_DOUBTS = 5
"""How often a detour may say "there is none" before it has ever given an answer; then it is not taken any more."""
INTERRUPTED = Unknown("interrupted")


class Run:
    """One collection. :func:`gather` is the way to use it."""

    def __init__(
        self,
        accounts: Sequence[Account],
        selection: Selection,
        regions: Sequence[str],
        options: Options,
        progress: Callable[[Progress], None] | None,
        stop: threading.Event,
    ) -> None:
        self.raw = Raw()
        self._selection = selection
        self._regions = list(regions)
        self._options = options
        self._stop = stop
        self._stop_reason = INTERRUPTED
        self._clock = time.monotonic
        self._budget = Budget(options.rates)
        self._lanes = Lanes()
        self._pool = Pool(options.workers, self._clock)
        self._discovery = Discovery(self.raw, selection, self._want, self._emit)
        self._accounts = {account.id: account for account in accounts}
        self._scenes: dict[str, Scene] = {}
        self._asked: dict[Key, None] = {}
        self._listeners: dict[tuple[str, str], list[tuple[Call, Ask]]] = {}
        self._unsettled: dict[tuple[str, str], int] = {}
        self._settled: set[tuple[str, str]] = set()
        self._unreachable: dict[tuple[str, str, str], list[Failure]] = {}
        self._doubts: dict[tuple[str, str], int] = {}
        """By account and region: answers that a detour failed to give, far below zero once it has given one."""
        self._done = 0
        self._meter = Meter(progress)

    # Asking

    def _want(self, scene: Scene, call: Call, want: Want, event_region: str) -> None:
        """Put one question, unless it was put before or another answer settles it."""
        region = "" if call.home != "region" else event_region if want.region is None else want.region
        if not want.subject and want.given is None and call.arguments is not no_arguments:
            return
        if call.home == "region" and region not in scene.regions:
            return
        key = Key(call.service, call.operation, scene.account, region, want.subject)
        if key in self._asked:
            return
        need = call.actions[0]
        if want.inferred or want.later:
            self._leave(key, want, need)
            return
        tally = self.raw.tally(key, need)
        if isinstance(self.raw.get(key), Unknown):
            tally.skipped -= 1  # it had been left for later
        tally.asked += 1
        self._asked[key] = None
        given = dict(call.fixed) | (call.arguments(want.subject) if want.given is None else want.given)
        account = self._accounts[scene.account]
        target = region or (scene.bucket_region(want.subject) if call.home == "bucket" else "") or account.home
        task = Task(key, call, scene, account.caller, target, given)
        task.settles = call.settles or self._discovery.is_look_up(call, want.subject)
        if task.settles:
            self._unsettled[key.account, key.region] = self._unsettled.get((key.account, key.region), 0) + 1
        self._choose_way(task)
        self._queue(task)

    def _choose_way(self, task: Task) -> None:
        """Send a question by its row's detour when that budget is less busy, until it has been refused there."""
        detour, key = task.call.detour, task.key
        if detour is None or self._is_closed(task):
            return
        now = self._clock()
        own, other = (self._lanes.backlog(self._bucket(task, call), now) for call in (task.call, detour))
        if other < own:
            task.via, task.arguments = detour, detour.arguments(key.subject)

    def _is_closed(self, task: Task) -> bool:
        """Whether detours have shown that they lead nowhere, in the region of a question."""
        return self._doubts.get((task.key.account, task.key.region), 0) > MAX_DOUBTS

    def _back_to_own_way(self, task: Task) -> None:
        """The detour gave no answer: ask the question's own operation."""
        task.via, task.arguments = task.call, dict(task.call.fixed) | task.call.arguments(task.key.subject)
        task.refusals = task.tries = 0
        self._queue(task)

    def _bucket(self, task: Task, call: Call) -> Bucket:
        """The rate budget that a question draws on when it is sent by `call`."""
        region = {"region": task.key.region, "bucket": task.region}.get(call.home, "")
        return self._budget.bucket(task.key.account, region, call.budget)

    def _leave(self, key: Key, want: Want, need: str) -> None:
        """A question that is not put: its answer follows from others, or it is left for later."""
        if key in self.raw:
            return
        if want.inferred:
            self.raw.put(key, Answer({}, inferred=want.inferred))
        else:
            self.raw.put(key, Unknown(want.later, need))
            self.raw.tally(key, need).skipped += 1

    def _queue(self, task: Task, wait: float = 0.0) -> None:
        now = self._clock()
        self._lanes.add(task, self._bucket(task, task.via), now, wait)

    def _emit(self, event: str, scene: Scene, region: str, subject: str, page: dict[str, Any] | None) -> None:
        """Announce an event to the rows that follow it."""
        sight = Sight(scene, region, subject, page)
        for call, ask in self._rows(scene, event):
            try:
                for want in ask(sight):
                    self._want(scene, call, want, region)
            except Exception as error:  # noqa: BLE001 - an odd record must not end the run; it is told instead
                message = f"{call.name} could not follow {event}: {redact(str(error), 120)}"
                self.raw.notes.append(Note("record", scene.account, region, subject[:200], message))

    def _rows(self, scene: Scene, event: str) -> list[tuple[Call, Ask]]:
        """The rows of the table that follow an event in this run."""
        found = self._listeners.get((scene.account, event))
        if found is None:
            found = [(call, ask) for call, ask in LISTENERS.get(event, ()) if scene.wants(call)]
            self._listeners[scene.account, event] = found
        return found

    # Answers

    def _handle(self, task: Task, outcome: dict[str, Any] | Failure) -> None:
        self.raw.calls += 1
        place = (task.key.account, task.region, task.call.service)
        if isinstance(outcome, Failure):
            if outcome.kind != "unreachable":
                self._unreachable.pop(place, None)
            self._handle_failure(task, outcome)
            return
        self._unreachable.pop(place, None)
        self._handle_page(task, outcome)

    def _doubt(self, task: Task) -> bool:
        """Count a detour's failure, or its "there is none" before it ever gave anything; whether to ask again without."""
        place = (task.key.account, task.key.region)
        if task.via is task.call or self._doubts.get(place, 0) < 0:
            return False
        self._doubts[place] = self._doubts.get(place, 0) + 1
        return True

    def _handle_page(self, task: Task, page: dict[str, Any]) -> None:
        if task.via is not task.call:
            self._doubts[task.key.account, task.key.region] = -1
        following = self._merge(task, page)
        self._tell(task, page)
        if following is None:
            self._finish(task, Answer(task.data or {}))
        elif following == task.token or task.pages >= MAX_PAGES:
            reason = "the service repeats a page" if following == task.token else f"more than {MAX_PAGES} pages"
            self._finish(task, Answer(task.data or {}, rest=Unknown(reason, task.call.actions[0])), failed=reason)
        else:
            task.token = following
            task.refusals = task.tries = 0
            self._queue(task)

    def _merge(self, task: Task, page: dict[str, Any]) -> str | None:
        """Join a page to what came before; the token of the next one, or None when this was the last."""
        task.pages += 1
        pages = task.call.pages
        token: Any = None
        if pages is not None:
            token = page.pop(pages.out, None)
            if pages.more and page.pop(pages.more, None) is not True:
                token = None
        if task.data is None:
            task.data = {k: list(v) if isinstance(v, list) else v for k, v in page.items()}
            self.raw.put(task.key, Answer(task.data, rest=PENDING))
        elif pages is not None:
            for name in pages.lists:
                more, sofar = page.get(name), task.data.setdefault(name, [])
                if isinstance(more, list) and isinstance(sofar, list):
                    sofar.extend(more)
        return token if isinstance(token, str) and token else None

    def _tell(self, task: Task, page: dict[str, Any] | None) -> None:
        """Let discovery and the rows that follow see an answer."""
        key = task.key
        self._discovery.on_answer(task.call.name, task.scene, key.region, key.subject, page)
        self._emit(task.call.name, task.scene, key.region, key.subject, page)

    def _handle_failure(self, task: Task, failure: Failure) -> None:
        now = self._clock()
        if failure.kind == "throttled":
            task.refusals += 1
            self._bucket(task, task.via).slow_down(now)
            if task.refusals <= self._options.refusals:
                self._queue(task)
                return
        elif failure.kind in ("passing", "unreachable"):
            task.tries += 1
            if failure.kind == "unreachable":
                place = (task.key.account, task.region, task.call.service)
                self._unreachable.setdefault(place, []).append(failure)
            if task.tries < self._options.tries:
                self._queue(task, wait=self._options.pause * 2 ** (task.tries - 1))
                return
        elif failure.kind == "expired":
            self._stop_reason = Unknown(f"the credentials expired: {failure.message}")
            self.raw.notes.append(Note("account", task.key.account, "", "", self._stop_reason.reason))
            self._stop.set()
        elif failure.kind == "absent" and task.data is None and not self._doubt(task):
            self.raw.put(task.key, Answer({}, absent=True))
            self._tell(task, {})
            self._finish(task, Answer({}, absent=True))
            return
        if task.via is task.call or failure.kind == "expired":
            self._give_up(task, failure)
            return
        if failure.kind != "absent":
            self._doubts[task.key.account, task.key.region] = MAX_DOUBTS + 1
        self._back_to_own_way(task)

    def _give_up(self, task: Task, failure: Failure) -> None:
        """Store that a question was not answered, or not wholly."""
        tally = self.raw.tally(task.key, task.call.actions[0])
        reason = {
            "denied": f"access denied: {failure.message}",
            "throttled": f"throttled too often: {failure.message}",
            "unsupported": f"not supported there: {failure.message}",
        }.get(failure.kind, f"failed: {failure.message}")
        if failure.code.removeprefix("Client.") in REGION_OFF and task.key.region:
            reason = f"the region is not enabled for the account, or refuses its credentials: {failure.message}"
        tally.message = tally.message or failure.message
        unknown = Unknown(reason, task.call.actions[0])
        value = unknown if task.data is None else Answer(task.data, rest=unknown)
        self.raw.put(task.key, value)
        self._tell(task, None)
        outcome = failure.kind if failure.kind in ("denied", "throttled", "unsupported") else "failed"
        self._finish(task, value, outcome)

    def _finish(self, task: Task, value: Answer | Unknown, outcome: str = "", failed: str = "") -> None:
        """A question has come to its end: store it, count it, and see whether its region is settled by that."""
        self.raw.put(task.key, value)
        tally = self.raw.tally(task.key, task.call.actions[0])
        if failed:
            outcome, tally.message = "failed", tally.message or failed
        if not outcome:
            outcome = "absent" if isinstance(value, Answer) and value.absent else "answered"
        setattr(tally, outcome, getattr(tally, outcome) + 1)
        self._done += 1
        self._discovery.on_end(task.call.name, task.scene, task.key.region)
        if task.call.name == "account:ListRegions" or (task.call.name == "ec2:DescribeRegions" and outcome == "answered"):
            self._begin_regions(task.scene, _enabled_regions(value))
        if task.settles:
            self._unsettled[task.key.account, task.key.region] -= 1
            self._settle(task.scene)

    def _settle(self, scene: Scene) -> None:
        """Announce the regions whose functions, and the account's roles and lists, have all been read."""
        if self._unsettled.get((scene.account, "")):
            return
        for region in self._discovery.inhabited(scene.account):
            place = (scene.account, region)
            if place not in self._settled and not self._unsettled.get(place):
                self._settled.add(place)
                self._emit(SETTLED, scene, region, "", {})

    # The run

    def _begin(self) -> None:
        fixed = self._selection.fixed_regions()
        for account in self._accounts.values():
            scene = Scene(
                self.raw,
                account.id,
                account.partition,
                thorough=self._options.thorough,
                metrics=self._options.metrics,
                versions=self._options.versions,
            )
            self._scenes[account.id] = scene
            scene.bulk_identity = not self._selection.only_named()
            chosen = fixed if fixed is not None else self._regions
            scene.regions.update(chosen)
            self._note_account(scene)
            if fixed != []:  # an empty selection asks nothing
                self._emit(START, scene, "", "", {})
            if chosen:
                self._begin_regions(scene, list(chosen))

    def _note_account(self, scene: Scene) -> None:
        account = self._accounts[scene.account]
        regions = tuple(sorted(scene.regions))
        self.raw.accounts[account.id] = AccountFacts(account.id, account.partition, account.arn, regions, account.name)

    def _begin_regions(self, scene: Scene, regions: list[str]) -> None:
        if not regions:
            regions = self._accounts[scene.account].known_regions()
            message = f"the enabled regions could not be listed; all {len(regions)} that the SDK knows are tried"
            self.raw.notes.append(Note("region", scene.account, "", "", message))
        own = self._accounts[scene.account].of_partition(regions)
        scene.regions.update(own)
        self._note_account(scene)
        for region in own:
            self._discovery.begin_region(scene, region)

    def execute(self) -> Raw:
        """Ask until there is nothing left to ask, or until the run is stopped."""
        try:
            with interrupts(self._stop), calm_threads(), one_processor():
                self._begin()
                self._loop()
        except KeyboardInterrupt:
            self._stop.set()
        if self._stop.is_set():
            self._abandon()
        self._pool.close()
        for scene in self._scenes.values():
            self._discovery.lost_targets(scene)
        self.raw.notes.extend(Note("target", "", "", "", problem) for problem in self._selection.problems)
        self._report(self._clock(), final=True)
        return self.raw

    def _loop(self) -> None:
        while not self._stop.is_set():
            now = self._clock()
            due = self._lanes.next_due(now)
            if due is not None and due <= now:
                self._lanes.rally(now)
            while due is not None and due <= now and len(self._pool.busy) < self._pool.size:
                task = self._lanes.take(now)
                if task is None:
                    break
                self._send(task, now)
            due = self._lanes.next_due(now)
            if due is None and not self._pool.busy:
                return
            free = due is not None and len(self._pool.busy) < self._pool.size
            pause = min(TICK, max(0.0, due - self._clock())) if free and due is not None else TICK
            self._collect(self._pool.wait(pause))
            for late in self._pool.overdue(now - self._options.deadline):
                self._handle(late, Failure("failed", "Timeout", f"no answer within {self._options.deadline:.0f} seconds"))
            self._report(now)

    def _send(self, task: Task, now: float) -> None:
        """Hand a request to a thread, unless its service has not answered from there several times in a row."""
        silent = self._unreachable.get((task.key.account, task.region, task.call.service), [])
        if len(silent) > self._options.tries:
            self._give_up(task, silent[-1])
        elif task.via is not task.call and self._is_closed(task):
            self._back_to_own_way(task)
        else:
            self._pool.send(task, now)

    def _collect(self, outcome: Outcome | None) -> None:
        while outcome is not None:
            self._handle(*outcome)
            outcome = self._pool.wait(0)

    def _abandon(self) -> None:
        """Keep what has come, wait briefly for what is out, and mark the rest."""
        until = self._clock() + self._options.grace
        try:
            while self._pool.busy and self._clock() < until:
                self._collect(self._pool.wait(min(TICK, max(0.0, until - self._clock()))))
        except KeyboardInterrupt:
            pass
        for task in [*self._pool.busy, *self._lanes.drain()]:
            need = task.call.actions[0]
            left = Unknown(self._stop_reason.reason, need)
            self.raw.put(task.key, left if task.data is None else Answer(task.data, rest=left))
            self.raw.tally(task.key, need).interrupted += 1
        self.raw.interrupted = True

    def _report(self, now: float, final: bool = False) -> None:
        if not final and not self._meter.is_due(now):
            return
        seconds, current = self._lanes.longest(now)
        listing = any(self._unsettled.values()) or not any(s.regions for s in self._scenes.values())
        eta = 0.0 if final else None if listing else seconds
        self._meter.show(now, self._done, len(self._asked), eta, current, self._budget.refused, len(self.raw.functions))


def _enabled_regions(value: Answer | Unknown) -> list[str]:
    """The regions in an answer of ec2 DescribeRegions or account ListRegions."""
    if not isinstance(value, Answer):
        return []
    names = [r.get("RegionName") for r in value.items("Regions") if isinstance(r, dict)]
    return [name for name in names if isinstance(name, str)]


def gather(
    accounts: Sequence[Account],
    *,
    selection: Selection | None = None,
    regions: Sequence[str] = (),
    options: Options | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: threading.Event | None = None,
) -> Raw:
    """Read the chosen functions of the accounts and everything around them.

    Without `regions` every region is read that is enabled for the account. `progress` is called about ten times a
    second from this thread. Setting `stop`, or Ctrl-C, ends the run early: what was read stays, the rest is Unknown.
    Raises nothing that comes from a service; what could not be read is in the result and its ledger.
    """
    return Run(accounts, selection or Selection(), regions, options or Options(), progress, stop or threading.Event()).execute()
