"""Which files of a function are libraries that were installed, and which are its own."""

import re
from collections.abc import Iterable, Mapping

from .components import owner_of
from .filesystem import FileSystem

_FOLDERS = re.compile(
    r"/(?:node_modules|site-packages|dist-packages|vendor|vendored|_vendor|third_party|bower_components|gems|\.venv|venv|env"
    r"|\.tox|\.serverless|\.aws-sam|__pycache__|\.yarn|\.pnpm)/"
)
_INFO = re.compile(r"^(.*)/([^/]+)\.(?:dist|egg)-info/([^/]+)$")
_MOST_RECORD = 4 * 1024**2
_LIST = {"RECORD", "installed-files.txt", "top_level.txt", "SOURCES.txt"}
_NAMES = {
    "pyyaml": "yaml", "pyjwt": "jwt", "beautifulsoup4": "bs4", "pillow": "PIL", "scikit_learn": "sklearn", "attrs": "attr",
    "psycopg2_binary": "psycopg2", "pycryptodome": "Crypto", "protobuf": "google", "opencv_python": "cv2",
    "python_dateutil": "dateutil", "python_jose": "jose",
}  # fmt: skip
_BUNDLED = ("boto3", "botocore", "s3transfer", "awscrt", "aws_sdk", "urllib3", "certifi", "charset_normalizer", "idna", "numpy")
"""Packages that nobody writes himself, for packages whose metadata were stripped."""


def is_library_folder(path: str) -> bool:
    """Whether a file lies in a folder that libraries are installed into, by the folder's name alone."""
    return _FOLDERS.search(path) is not None or ".dist-info/" in path or ".egg-info/" in path


class Vendored:
    """Answers whether a file is part of an installed library: its folder says so, or the metadata beside it claims it.

    `owners` are components that files were found to belong to by other signs, as `lambdaudit.code.components` gives them.
    """

    def __init__(self, files: FileSystem) -> None:
        self.owners: Mapping[str, str] = {}
        self._claimed: dict[str, set[str]] = {}
        infos: dict[tuple[str, str], set[str]] = {}
        for path in files.paths():
            if match := _INFO.match(path):
                infos.setdefault((match[1], match[2]), set()).add(match[3])
        for (root, name), members in infos.items():
            self._claimed.setdefault(root, set()).update(_claims(files, root, name, members))

    def __call__(self, path: str) -> bool:
        """Whether a file is not the function's own."""
        if is_library_folder(path) or owner_of(self.owners, path):
            return True
        folder = path
        while folder := folder.rpartition("/")[0]:
            top = path[len(folder) + 1 :].partition("/")[0]
            if top.removesuffix(".py") in _BUNDLED:
                return True
            claimed = self._claimed.get(folder)
            if claimed and (top in claimed or top.partition(".")[0] in claimed):
                return True
        return False

    def own(self, paths: Iterable[str]) -> list[str]:
        """Those of the paths that are the function's own, in their order."""
        return [path for path in paths if not self(path)]


def _claims(files: FileSystem, root: str, name: str, members: set[str]) -> set[str]:
    """First parts of the paths that an installed distribution brings, below its folder."""
    plain = re.sub(r"[-.]+", "_", name.rpartition("-")[0] or name.partition("-")[0]).lower()
    kind = next((k for k in (".dist-info", ".egg-info") if f"{root}/{name}{k}/{next(iter(members))}" in files), ".dist-info")
    found = {plain, _NAMES.get(plain, plain)}
    for member in sorted(members & _LIST):
        text = (files.read(f"{root}/{name}{kind}/{member}", _MOST_RECORD) or b"").decode("utf-8", "replace")
        for line in text.splitlines():
            top = line.split(",")[0].strip().removeprefix("../").partition("/")[0]
            if top and top not in (".", "..") and not top.endswith((".dist-info", ".egg-info")):
                found.add(top)
    return found - {"bin", "__pycache__", "tests", "test", "src"}


__all__ = ["Vendored", "is_library_folder"]
