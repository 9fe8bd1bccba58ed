"""Products that Lambda's managed runtimes bring: interpreters, whose exact version AWS decides."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from lambdaudit.advisories.feeds.entry import Claim
from lambdaudit.advisories.feeds.ranges import meets
from lambdaudit.facts import runtimes

if TYPE_CHECKING:
    from .estate import Estate

_PRODUCTS: Final = {
    ("nodejs", "node.js"): "nodejs", ("nodejs", "node"): "nodejs", ("nodejs", "nodejs"): "nodejs", ("python", "python"): "python",
    ("python", "cpython"): "python", ("python_software_foundation", "cpython"): "python", ("ruby-lang", "ruby"): "ruby",
    ("ruby", "ruby"): "ruby", ("oracle", "openjdk"): "java", ("oracle", "jdk"): "java", ("amazon", "corretto"): "java",
    ("microsoft", ".net"): "dotnet", ("microsoft", ".net_core"): "dotnet", ("microsoft", "dotnet"): "dotnet",
}  # fmt: skip
"""(vendor, product) of CPE names and CVE records, and the family of runtimes that brings it."""
_RUNTIME: Final = re.compile(r"(nodejs|python|ruby|java|dotnet)(?:core)?(\d{1,3})(?:\.(\d{1,3}|x))?(?:\.al2|\.x)?")


class Met(NamedTuple):
    """A runtime, whether any version that it could bring is in a claim's range, and what to say of it."""

    runtime: str
    met: bool
    text: str


def runtimes_of(claim: Claim, estate: "Estate") -> Iterator[Met]:
    """The runtimes in use that bring a claim's product."""
    vendor, product = claim.vendor.lower().replace(" ", "_"), claim.name.lower().replace(" ", "_")
    family = _PRODUCTS.get((vendor, product))
    for runtime in estate.runtimes if family else ():
        span = _span(runtime, family)
        if span is None:
            continue
        low, high = span
        if _outside(claim, low, high):
            yield Met(runtime, False, f"it names {product} in other versions than this runtime brings")
            continue
        life = runtimes.lifecycle(runtime)
        ended = life is not None and life.deprecated is not None and life.deprecated <= estate.audit.today
        patched = "AWS patches it no longer" if ended else "AWS decides its exact version, and patches it"
        yield Met(runtime, True, f"the managed runtime brings {product} {low}; {patched}")


def _span(runtime: str, family: str | None) -> tuple[str, str] | None:
    """The versions that a runtime may bring: from the first, up to the second without it. None for another family."""
    found = _RUNTIME.fullmatch(runtime)
    if not found or found[1] != family or (family == "java" and found[2] == "8"):
        return None
    if family in ("python", "ruby") and found[3]:
        return f"{found[2]}.{found[3]}", f"{found[2]}.{int(found[3]) + 1}"
    return found[2], str(int(found[2]) + 1)


def _outside(claim: Claim, low: str, high: str) -> bool:
    """Whether the claim certainly has no affected version between two: then it is about others."""
    if claim.default != "unaffected":
        return False
    try:
        return not any(meets(row, "semver", low, high) for row in claim.rows if row.status != "unaffected")
    except ValueError:
        return False
