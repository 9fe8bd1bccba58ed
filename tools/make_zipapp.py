"""Makes ``lambdaudit.pyz``, lambdaudit with all that it needs in one file for the Python that runs this. See ``make zipapp``.

Native modules cannot be imported out of a zip, so pex packs them and unpacks them on the first run; it must be installed beside
this Python. What comes before it is ``zipapp_start.py``.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

CHECKOUT = Path(__file__).parent.parent
ROOT = "~/.cache/lambdaudit/zipapp"
"""Where the file's shell head looks for what was unpacked; the folder of zipapp_start.py unless XDG_CACHE_HOME is set."""


def main() -> None:
    """Read the command line and write the file."""
    arguments = argparse.ArgumentParser(description="Pack lambdaudit into one file that Python runs.")
    arguments.add_argument("-o", "--output", type=Path, default=CHECKOUT / "dist" / "lambdaudit.pyz")
    arguments.add_argument("--extras", default="", help="extras to pack too: demo, login, or both with a comma")
    given = arguments.parse_args()
    given.output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.output.parent) as scratch:
        packed = Path(scratch) / "packed.pyz"
        started = Path(scratch) / "started.pyz"
        pack(packed, given.extras)
        put_first(packed, started, start_text())
        started.chmod(0o755)
        os.replace(started, given.output)
    sys.stdout.write(f"{given.output}: {given.output.stat().st_size / 1e6:.1f} MB\n")


def pack(output: Path, extras: str) -> None:
    """Have pip build the wheel, and pex pack it with what it needs. Raises CalledProcessError.

    pex does not get the checkout itself: it would copy all that lies in it, environments too.
    """
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*quiet, "wheel", "--no-deps", "--wheel-dir", str(output.parent), str(CHECKOUT)], check=True)
    (wheel,) = output.parent.glob("*.whl")
    wanted = f"{wheel}[{extras}]" if extras else str(wheel)
    command = [sys.executable, "-m", "pex", wanted, "--console-script", "lambdaudit", "--venv", "--sh-boot"]
    subprocess.run([*command, "--runtime-pex-root", ROOT, "--output-file", str(output)], check=True)


def start_text() -> str:
    """The text of zipapp_start.py with the call for this Python."""
    text = Path(__file__).with_name("zipapp_start.py").read_text("utf-8")
    return f"{text}\n\nprepare({sys.version_info[:2]!r})\n"


def put_first(packed: Path, output: Path, text: str) -> None:
    """Copy a zip with its shell head, and `text` before what its ``__main__.py`` holds."""
    with zipfile.ZipFile(packed) as source:
        entries = source.infolist()
        with packed.open("rb") as head:
            output.write_bytes(head.read(min(entry.header_offset for entry in entries)))
        with zipfile.ZipFile(output, "a") as target:
            for entry in entries:
                data = source.read(entry)
                if entry.filename == "__main__.py":
                    data = text.encode("utf-8") + data
                target.writestr(entry, data)


if __name__ == "__main__":
    main()
