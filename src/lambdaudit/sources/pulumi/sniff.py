"""What in a folder is Pulumi's or SST's, by name and content; nothing is parsed for it."""

from pathlib import Path
from typing import Final

MAX_SNIFFED: Final = 65_536
PROJECTS: Final = ("Pulumi.yaml", "Pulumi.yml", "sst.config.ts")
"""The files of a project."""
ASSEMBLIES: Final = (".sst/dist", ".build/cdk.out")
"""Where versions 2 and 1 of SST, which are apps of the CDK, build their assembly."""


def is_output(path: Path) -> bool:
    """Whether a file begins like a preview or state that :func:`read_pulumi` takes; nothing is parsed for it."""
    try:
        with path.open("rb") as file:
            head = file.read(MAX_SNIFFED)
    except OSError:
        return False
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    if b'"steps"' in head or b'"deployment"' in head or b'"checkpoint"' in head or b'"latest"' in head:
        return b'"urn:pulumi:' in head
    return False
