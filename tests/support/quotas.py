"""AWS's published request quotas as token buckets.

Lambda quotas page: GetFunction 100 a second, GetPolicy 15 a second, the remaining control plane 15 a second across all
of its operations, per region. IAM publishes none and API Gateway 10 a second with a burst of 40 per account: 20 and 10
are assumptions, and so is that a bucket holds one second's worth.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Quota:
    """Calls whose ``service:Operation`` fits one of the globs share a bucket, per region unless not `regional`."""

    patterns: tuple[str, ...]
    rate: float
    burst: float
    regional: bool = True

    def fits(self, name: str) -> bool:
        """Whether calls of that name draw on this quota."""
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


class TokenBucket:
    """Holds at most `burst` tokens and gains `rate` of them a second; a refused call takes none."""

    def __init__(self, rate: float, burst: float) -> None:
        self.rate = rate
        self.burst = burst
        self.tokens = burst
        self.filled: float | None = None

    def take(self, now: float) -> bool:
        """Take one token at time `now` (seconds, never decreasing); False when there is none."""
        if self.filled is not None:
            self.tokens = min(self.burst, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


AWS_QUOTAS: tuple[Quota, ...] = (
    Quota(("lambda:GetFunction",), 100, 100),
    Quota(("lambda:GetPolicy",), 15, 15),
    Quota(("lambda:*",), 15, 15),
    Quota(("iam:*",), 20, 20, regional=False),
    Quota(("apigateway:*", "apigatewayv2:*"), 10, 40),
)
