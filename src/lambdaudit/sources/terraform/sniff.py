"""Whether a file is a plan or state of Terraform, by how it begins."""

from pathlib import Path


def is_plan_or_state(path: Path) -> bool:
    """Whether a file begins like a plan or state that :func:`read_terraform` takes; nothing is parsed for it."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return False
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    return b'"terraform_version"' in head and (b'"format_version"' in head or b'"serial"' in head or b'"version": 4' in head)
