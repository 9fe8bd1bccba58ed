"""Why an answer about policies stays open: what a configuration leaves undecided in them."""

from collections.abc import Iterable, Iterator

from lambdaudit.iam.raw import UNRESOLVED
from lambdaudit.model.base import Policy
from lambdaudit.model.unknown import Unknown

UNREAD = "a part of the policy could not be read"
"""What the engine says when a part without a value decides."""
_MAX_NODES = 20_000


def explained(unknown: Unknown, policies: Iterable[Policy | Unknown | None]) -> Unknown:
    """An Unknown of the engine with what is open in the policies, as far as they say it, instead of that something is."""
    if unknown.reason != UNREAD:
        return unknown
    for policy in policies:
        if isinstance(policy, Policy):
            for reason in _open(policy):
                return Unknown(f"a part of the policy {policy.name[:60]} is open: {reason}", unknown.need)
    return unknown


def _open(policy: Policy) -> Iterator[str]:
    """The reasons in a document, in the order in which they stand there."""
    stack: list[object] = [policy.document]
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, dict):
            reason = node.get(UNRESOLVED)
            if isinstance(reason, str):
                yield reason
            stack.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            stack.extend(reversed(node))
