"""How a run asks, and how it says where it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lambdaudit.sources.aws.budget import Rate

TICK = 0.1
"""Seconds between looks at the clock, the interrupt flag and the progress callback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run asks. `versions`: newest published versions per function whose policy is read without `thorough`.

    `metrics` lets calls be made that cost money.
    `refusals` and `tries` bound how often a request is repeated after a throttle and after a passing fault, the latter
    after `pause` seconds and twice as many each time;
    `deadline` is the most seconds that one request may take; `grace` how long an interrupted run waits for what is out.
    `rates` replaces the documented quotas.
    """

    thorough: bool = False
    metrics: bool = False
    versions: int = 1
    workers: int = 32
    refusals: int = 12
    tries: int = 3
    pause: float = 0.5
    deadline: float = 90.0
    grace: float = 1.0
    rates: dict[str, Rate] | None = None


class Progress(NamedTuple):
    """Where a run stands. `done` of `total_known` questions; `eta_seconds` is None until the lists are through."""

    done: int
    total_known: int
    rate: float
    eta_seconds: float | None
    current: str
    refused: int
    functions: int


class Meter:
    """Calls the progress callback about ten times a second, with the rate of the last five seconds."""

    def __init__(self, callback: Callable[[Progress], None] | None) -> None:
        self._callback = callback
        self._samples: list[tuple[float, int]] = []
        self._shown = float("-inf")

    def is_due(self, now: float) -> bool:
        """Whether it is time to call again."""
        return self._callback is not None and now - self._shown >= TICK

    def show(self, now: float, done: int, known: int, eta: float | None, current: str, refused: int, functions: int) -> None:
        """Call with the figures of `now`."""
        if self._callback is None:
            return
        self._shown = now
        self._samples.append((now, done))
        while now - self._samples[0][0] > 5.0:
            self._samples.pop(0)
        since, before = self._samples[0]
        rate = (done - before) / (now - since) if now > since else 0.0
        self._callback(Progress(done, known, rate, eta, current, refused, functions))
