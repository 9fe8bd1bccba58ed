"""What CloudWatch measured of functions."""

from .base import Asset
from .unknown import Maybe, Unknown

_UNREAD = Unknown("not read")


class ExtensionTime(Asset, frozen=True, kw_only=True, tag="extension-time"):
    """How long the extensions of one function ran on after its code was done, over all of its versions.

    `id` is the function's unqualified ARN followed by ``:extension-time``. All is about the last `days` days: `calls` were
    made; extensions ran for `after` milliseconds once the code was done, all calls together, and `longest` milliseconds in the
    call in which it was most; `duration` is what CloudWatch counts as the function's time, extensions included (milliseconds).
    """

    function: str
    days: int
    calls: Maybe[int] = _UNREAD
    after: Maybe[float] = _UNREAD
    longest: Maybe[float] = _UNREAD
    duration: Maybe[float] = _UNREAD
