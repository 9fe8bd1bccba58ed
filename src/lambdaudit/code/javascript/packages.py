"""Which package a part of a bundle came from, and as which module the catalogue knows it."""

import re

from .sourcemap import package_of

REGION = re.compile(
    r"^//[ \t]?(?:CONCATENATED MODULE: )?((?:\(disabled\):)?[^\s*\"'`;]{1,280}\.(?:[cm]?[jt]sx?|json))(?: \+ \d+ modules)?\s*$"
)
"""A comment that names the module whose code follows."""
_INSIDE = frozenset({
    "lib", "dist", "dist-cjs", "dist-es", "dist-node", "dist-src", "src", "build", "cjs", "esm", "es", "es6", "es2015", "out",
    "main", "index", "module", "modules", "source", "bundle", "compiled", "package", "umd", "node", "release", "output",
})  # fmt: skip
_SUFFIX = re.compile(r"\.(?:[cm]?[jt]sx?|json)$")
_BY_FILE = frozenset({"lodash", "lodash-es", "aws-sdk", "rxjs", "date-fns", "uuid", "validator", "core-js", "express"})
"""Packages whose files are modules of their own."""


def module_of(path: str) -> str:
    """The name that code requires a bundled library file by: ``lodash/get``, ``express``; empty for own code."""
    package = package_of(path)
    if not package:
        return ""
    rest = path.replace("\\", "/").rpartition("node_modules/")[2][len(package) :].strip("/")
    rest = _SUFFIX.sub("", rest).removesuffix("/index")
    first = rest.split("/")[0]
    own_name = package.rpartition("/")[2]
    if not rest or first in _INSIDE or rest == own_name or (package not in _BY_FILE and rest.count("/") > 1):
        return package
    if package in ("lodash", "lodash-es") and rest in ("lodash", "lodash.min", "core"):
        return package
    return f"{package}/{rest}"


def region_of(comment: str) -> str | None:
    """The path that a region comment names, empty for what is not in the bundle; None when the comment is none."""
    if len(comment) > 320:
        return None
    if comment.startswith(("// external ", "// EXTERNAL MODULE")):
        return ""
    found = REGION.match(comment)
    return found.group(1) if found else None
