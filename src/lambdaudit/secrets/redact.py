"""Take secrets out of free text: the one gate that all outputs pass."""

import re

from . import shapes
from .lazily import lazy
from .scan import found
from .verdict import Context

_MARK = "[redacted]"
# What one pass leaves behind may read differently without its neighbour.
_PASSES = 4
_QUERY = lazy(
    r"(?P<name>[?&;](?:X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential)|AWSAccessKeyId|Signature|sig|sv_sig"
    r"|Key-Pair-Id|Policy|access_token|id_token|refresh_token|token|auth|api[_-]?key|apikey|key|code|client_secret|secret|password"
    r"|passwd|pwd|pass|session|sessionid|jwt)=)(?P<value>[^\s&;#\"'<>`\[\]]{1,8192})",
    re.I,
)
_USERINFO = lazy(r"(?P<head>://[^\s/@:\"'<>`]{0,256}:)(?P<value>[^\s@\"'<>`\[\]]{1,512})@")
_LONE_USER = lazy(r"(?P<head>https?://)(?P<value>[^\s/@:\"'<>`\[\]]{20,512})@")


def _query(match: re.Match[str]) -> str:
    return match["name"] + (match["value"] if shapes.is_reference(match["value"]) else _MARK)


def _user(match: re.Match[str]) -> str:
    return match["head"] + (match["value"] if shapes.is_reference(match["value"]) else _MARK) + "@"


def _once(text: str) -> str:
    if "://" in text:
        text = _QUERY.sub(_query, text)
        text = _LONE_USER.sub(_user, _USERINFO.sub(_user, text))
    parts: list[str] = []
    at = 0
    for span in sorted(found(text, Context.METADATA)):
        if span.start >= at:
            parts += [text[at : span.start], f"[redacted:{span.kind}]"]
        at = max(at, span.end)
    return "".join((*parts, text[at:])) if parts else text


def redact(text: str) -> str:
    """The text with every secret in it replaced by ``[redacted]`` or ``[redacted:kind]``.

    Removes what the detector finds in prose (tokens, keys, assigned passwords), the signatures and tokens in queries of URLs
    (presigned URLs above all), and passwords in URLs, even weak ones. Leaves names, ARNs and hosts. Where finds overlap, all of
    them go. Time is linear in the text. Never raises.
    """
    for _ in range(_PASSES):
        text, before = _once(text), text
        if text == before:
            break
    return text
