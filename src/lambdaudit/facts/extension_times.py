"""When the time that extensions run on after a function's code is an outlier. All thresholds stand here."""

import re
from collections.abc import Mapping
from statistics import median
from typing import Final, NamedTuple

from lambdaudit.facts.audit import Audit
from lambdaudit.model.functions import Function
from lambdaudit.model.measured import ExtensionTime
from lambdaudit.model.unknown import Maybe, NotKnown, known

LEAST_CALLS: Final = 100
"""Calls below which nothing is said: cold starts and one slow flush decide the mean of fewer."""
LEAST: Final = 100.0
"""Milliseconds per call below which nothing is said: sending telemetry takes a round trip or two, tens of milliseconds."""
HALF: Final = 0.5
"""The share of the function's own time from which extensions take as long as all that they are there to watch."""
PEERS: Final = 5
"""Other functions with the same layers that it takes to say what is usual for these."""
TIMES: Final = 5.0
"""How many times the usual is an outlier: peers do the same after a call, and differ twofold or threefold by their memory."""
_VERSION: Final = re.compile(r":\d+\Z")
_TAG: Final = re.compile(r"(?:@sha256:[0-9a-f]+|:[^:/]+)\Z")


class Outlier(NamedTuple):
    """Milliseconds per call, their share of the function's time; where peers tell it, how many and their median."""

    mean: float
    share: float
    peers: int = 0
    usual: float = 0.0


def outlier(time: ExtensionTime, audit: Audit) -> Outlier | None:
    """Whether extensions run on for long: as long as the code itself, or far longer than after functions like it.

    None when they do not. To be asked for functions with :data:`LEAST_CALLS` calls. Raises NotKnown.
    """
    after = known(time.after)
    mean = after / max(1, known(time.calls))
    if mean < LEAST:
        return None
    share = after / max(after, known(time.duration))
    if share >= HALF:
        return Outlier(mean, share)
    peers = [other for name, other in _peers(time, audit).items() if name != time.id]
    if len(peers) >= PEERS and mean >= TIMES * median(peers):
        return Outlier(mean, share, len(peers), median(peers))
    return None


def _peers(time: ExtensionTime, audit: Audit) -> Mapping[str, float]:
    """Means of all functions of the region with the same layers or image repository, this one among them.

    Of the region, because layers and the ways to where they send are of a region. Raises NotKnown when any may be among them.
    """
    place = (time.account, time.region)
    groups = known(audit.once(("extension times", *place), lambda: _groups(*place, audit)))
    return next((group for group in groups.values() if time.id in group), {})


def _groups(account: str, region: str, audit: Audit) -> Maybe[dict[tuple[str, ...], dict[str, float]]]:
    groups: dict[tuple[str, ...], dict[str, float]] = {}
    try:
        for time in audit.every(ExtensionTime, account=account, region=region):
            calls, after = known(time.calls), known(time.after)
            brought = _brought(time, audit) if calls >= LEAST_CALLS else ()
            if brought:
                groups.setdefault(brought, {})[time.id] = after / calls
    except NotKnown as error:
        return error.unknown
    return groups


def _brought(time: ExtensionTime, audit: Audit) -> tuple[str, ...]:
    """What may have brought a function's extensions: its layers without their versions, or the repository of its image."""
    fn = audit.find(Function, time.function)
    if fn is None:
        return ()
    image = known(fn.image)
    if image is not None:
        return (_TAG.sub("", image.uri),)
    return tuple(sorted({_VERSION.sub("", layer.arn) for layer in known(fn.layers)}))
