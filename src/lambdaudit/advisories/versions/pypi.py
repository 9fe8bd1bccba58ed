"""Versions of Python packages: PEP 440, now the "Version specifiers" page of the packaging specifications."""

import re
from typing import Any

_VERSION = re.compile(
    r"v?(?:(?P<epoch>[0-9]+)!)?(?P<release>[0-9]+(?:\.[0-9]+)*)"
    r"(?:[-_.]?(?P<pre>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?P<pre_n>[0-9]*))?"
    r"(?:-(?P<post_short>[0-9]+)|(?P<post>[-_.]?(?:post|rev|r)[-_.]?(?P<post_n>[0-9]*)))?"
    r"(?P<dev>[-_.]?dev[-_.]?(?P<dev_n>[0-9]*))?"
    r"(?:\+(?P<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?",
    re.IGNORECASE | re.ASCII,
)
_PRE = {"alpha": "a", "beta": "b", "c": "rc", "pre": "rc", "preview": "rc"}


def key(version: str) -> tuple[Any, ...]:
    """Order of PEP 440: development, then pre-releases, then the release, then post-releases; local parts last."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise ValueError(f"{version!r} is no version of a Python package")
    part = found.groupdict()
    release = [int(n) for n in part["release"].split(".")]
    while len(release) > 1 and not release[-1]:
        release.pop()
    post = int(part["post_short"]) if part["post_short"] else int(part["post_n"] or 0) if part["post"] else -1
    dev: tuple[int, ...] = (0, int(part["dev_n"] or 0)) if part["dev"] else (1,)
    pre: tuple[Any, ...]
    if part["pre"]:
        name = part["pre"].lower()
        pre = (0, _PRE.get(name, name), int(part["pre_n"] or 0))
    else:
        pre = (-1,) if part["dev"] and post < 0 else (1,)
    return int(part["epoch"] or 0), tuple(release), pre, post, dev, _local(part["local"])


def _local(text: str | None) -> tuple[tuple[int, int, str], ...]:
    parts = re.split(r"[-_.]", text.lower()) if text else []
    return tuple((1, int(p), "") if p.isdigit() else (0, 0, p) for p in parts)
