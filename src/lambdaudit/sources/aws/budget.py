"""How fast an API may be asked: one token bucket per account, region and API group, near the documented quota.

Sources of the rates, all per account and region unless said otherwise:

* Lambda quotas page, "API requests": GetFunction 100/s, GetPolicy 15/s, the rest of the control plane 15/s together;
  none of them can be raised.
* API Gateway quotas page: all operations 10/s with a burst of 40, GetResources 5 in two seconds.
* Secrets Manager quotas page: resource policy calls 50/s together.
* IAM publishes no figure; 20/s per account is an assumption that has held. What is not listed is asked at 10/s.
"""

from dataclasses import dataclass

USE = 0.97
"""Share of a quota that a run takes; what is left absorbs clocks that differ."""

RECOVERY = 10.0
"""Seconds after which a bucket that was slowed to nothing is back at full speed."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A quota: requests per second, requests at once, and the group whose quota these requests also draw on."""

    per_second: float
    burst: float = 1.0
    also: str = ""


RATES: dict[str, Rate] = {
    "lambda": Rate(15, 4),
    "lambda:GetPolicy": Rate(15, 4),
    "lambda:GetFunction": Rate(100, 8),
    "iam": Rate(20),
    "apigateway": Rate(10, 2),
    "apigateway:GetResources": Rate(2.5, 1, also="apigateway"),
    "dynamodb": Rate(50, 5),
    "ec2": Rate(20, 8),
    "kms": Rate(25, 5),
    "s3": Rate(50, 5),
    "secretsmanager": Rate(50, 5),
    "sns": Rate(25, 5),
    "sqs": Rate(50, 5),
}
OTHER = Rate(10, 3)


class Bucket:
    """A token bucket that slows down when the service says so. Times are seconds of any monotonic clock.

    Kept as the time at which the next request is due, so that a change of speed needs no bookkeeping: a request may go
    up to `burst - 1` intervals early. A refusal halves the speed, at most once a second and never below a twentieth;
    it then climbs back by a tenth of the full speed each second.
    """

    __slots__ = ("_due", "_floor_rate", "_slowed_at", "burst", "full", "parent", "refused")

    def __init__(self, rate: Rate, parent: "Bucket | None" = None) -> None:
        self.full = rate.per_second * USE
        self.burst = max(1.0, rate.burst)
        self.parent = parent
        self.refused = 0
        self._due = float("-inf")
        self._floor_rate = self.full
        self._slowed_at = float("-inf")

    def speed(self, now: float) -> float:
        """Requests per second that the bucket gives at `now`."""
        return min(self.full, self._floor_rate + max(0.0, now - self._slowed_at) * self.full / RECOVERY)

    def ready_at(self, now: float) -> float:
        """The earliest time for the next request, `now` or later."""
        early = (self.burst - 1) / self.speed(now)
        mine = max(now, self._due - early)
        return mine if self.parent is None else max(mine, self.parent.ready_at(now))

    def full_at(self, now: float) -> float:
        """When the whole burst may go at once, `now` or later: who waits until then loses nothing, who waits longer does."""
        mine = max(now, self._due)
        return mine if self.parent is None else max(self.ready_at(now), min(mine, self.parent.full_at(now)))

    def take(self, now: float) -> None:
        """Account for one request sent at `now`."""
        self._due = max(now, self._due) + 1 / self.speed(now)
        if self.parent is not None:
            self.parent.take(now)

    def slow_down(self, now: float) -> None:
        """The service refused a request for its rate: halve the speed, and let the next request wait."""
        self.refused += 1
        self._brake(now)
        if self.parent is not None:
            self.parent._brake(now)

    def _brake(self, now: float) -> None:
        speed = self.speed(now)
        if now - self._slowed_at >= 1.0:
            speed = max(self.full / 20, speed / 2)
            self._floor_rate, self._slowed_at = speed, now
        self._due = max(self._due, now + self.burst / speed)


class Budget:
    """The buckets of a run, made on first use. `rates` are by group; the one under ``""`` is for all others."""

    def __init__(self, rates: dict[str, Rate] | None = None) -> None:
        self._rates = RATES if rates is None else rates
        self._other = self._rates.get("", OTHER)
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    def bucket(self, account: str, region: str, group: str) -> Bucket:
        """The bucket that a group of calls draws on in one region of one account (region "" for global services)."""
        key = (account, region, group)
        found = self._buckets.get(key)
        if found is None:
            rate = self._rates.get(group, self._other)
            parent = self.bucket(account, region, rate.also) if rate.also else None
            found = self._buckets[key] = Bucket(rate, parent)
        return found

    @property
    def refused(self) -> int:
        """Requests that a service refused for their rate, over the whole run."""
        return sum(b.refused for b in self._buckets.values())
