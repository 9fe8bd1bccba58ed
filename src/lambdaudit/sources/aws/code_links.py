"""Links to the code of functions and layers, asked for when they are needed, through the guarded transport like everything else.

A collection never sees them: the table drops them from the answers. Here they are taken from beside the answer, and leave as a
:class:`CodeLink`, which no output can show.
"""

import time
from typing import Any

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.code_link import CodeLink
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.errors import Failure
from lambdaudit.sources.aws.session import Account

ATTEMPTS = 4


def code_link(account: Account, arn: str) -> CodeLink | Unknown:
    """The link to the package of a function (unqualified ARN) or of a layer version; Unknown, with the right that it needs.

    The link works for ten minutes (Lambda API reference, GetFunction). Raises ValueError for any other ARN.
    """
    parsed = parse_arn(arn)
    if parsed is None or not parsed.resource.startswith(("function:", "layer:")):
        raise ValueError(f"{arn[:200]!r} is neither a function nor a layer version")
    if parsed.resource.startswith("function:"):
        return _ask(account, parsed.region, "GetFunction", "Code.Location", ("Configuration", "CodeSha256"), arn)
    return _ask(account, parsed.region, "GetLayerVersionByArn", "Content.Location", ("Content", "CodeSha256"), arn)


def _ask(account: Account, region: str, operation: str, path: str, hash_path: tuple[str, str], arn: str) -> CodeLink | Unknown:
    call = row("lambda", operation)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            page, apart = account.caller.send_apart(call, region, call.arguments(arn))
        except Failure as failure:
            if attempt < ATTEMPTS and failure.kind in ("throttled", "passing"):
                time.sleep(0.25 * 2**attempt)
                continue
            need = call.actions[0] if failure.kind == "denied" else ""
            return Unknown(f"the link to its code was not given: {failure.message}", need)
        address = apart[path]
        if not isinstance(address, str) or not address:
            return Unknown("the service gave no link to its code")
        return CodeLink(address, _hash(page, hash_path))
    raise AssertionError("every attempt returns or goes on")


def _hash(page: dict[str, Any], path: tuple[str, str]) -> str:
    outer = page.get(path[0])
    value = outer.get(path[1]) if isinstance(outer, dict) else None
    return value if isinstance(value, str) else ""
