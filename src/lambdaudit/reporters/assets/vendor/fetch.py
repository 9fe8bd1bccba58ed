"""Fetches the vendored files of this folder from the npm registry, and checks what came by its hash.

htm 3.1.1, file preact/standalone.umd.js: htm (Apache-2.0) with Preact 10 (MIT) and its hooks in one file. Fetched 2026-11-21.
Run: python src/lambdaudit/reporters/assets/vendor/fetch.py
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

FILES = (
    ("htm@3.1.1", "package/preact/standalone.umd.js", "htm-preact.js", "62c4ffea400078c0eda7f435b22726b4961ebdf74c8506f188e92bec41d8ac51"),
    ("htm@3.1.1", "package/LICENSE", "LICENSE-htm.txt", "740725f7252e750af735d0028cc534970772f513331e9f68150fede8fb3ce00f"),
    ("preact@10.19.3", "package/LICENSE", "LICENSE-preact.txt", "1fe6958409c8c257a70c587a18b6f7f412b179b456630790d30b2ec9a8e4b7d4"),
)


def main() -> int:
    """Fetch every file; 1 when one has another hash than the one recorded here, and nothing is written then."""
    fetched = {}
    with tempfile.TemporaryDirectory() as folder:
        for package, member, name, digest in FILES:
            command = ["npm", "pack", package, "--silent", "--pack-destination", folder]
            archive = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
            with tarfile.open(Path(folder, archive)) as tar:
                file = tar.extractfile(member)
                data = file.read() if file else b""
            if hashlib.sha256(data).hexdigest() != digest:
                print(f"{package} {member}: not the recorded content", file=sys.stderr)
                return 1
            fetched[name] = data
    for name, data in fetched.items():
        Path(__file__).with_name(name).write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
