"""What ``dist/lambdaudit.pyz`` does before pex unpacks it: checks the Python, and keeps what is unpacked from other users.

``make_zipapp.py`` puts this text at the head of the file's ``__main__`` and adds the call.
"""

import os
import stat
import sys


def prepare(python: "tuple[int, int]") -> None:
    """Have pex unpack into ``lambdaudit/zipapp`` of the user's cache folder, which nobody else can enter; else exit, in one line.

    `python` is the version that the native parts are compiled for. A PEX_ROOT that is set already is left alone. The cache
    folder is $XDG_CACHE_HOME, or ~/.cache when that is not set to an absolute path.
    """
    if sys.version_info[:2] != python:
        version = ".".join(map(str, python))
        sys.exit(f"lambdaudit.pyz: made for Python {version}: run it with python{version}")
    if os.environ.get("PEX_ROOT"):
        return
    given = os.environ.get("XDG_CACHE_HOME", "")
    cache = given if os.path.isabs(given) else os.path.expanduser("~/.cache")
    own = os.path.join(cache, "lambdaudit")
    folder = os.path.join(own, "zipapp")
    try:
        os.makedirs(cache, exist_ok=True)
        for path in (own, folder):
            if not os.path.lexists(path):
                os.mkdir(path, 0o700)
        found = os.lstat(folder)
        # Code is run from there: whoever else could write into it would run theirs as this user.
        if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
            sys.exit(f"lambdaudit.pyz: {folder} is not a folder of yours: remove it, or set XDG_CACHE_HOME")
        os.chmod(folder, 0o700)
    except OSError as error:
        why = error.strerror or error
        sys.exit(f"lambdaudit.pyz: cannot unpack into {folder}: {why}: set XDG_CACHE_HOME")
    os.environ["PEX_ROOT"] = folder
