"""The Serverless Framework: services read as written, expanded to the resources that the framework would deploy."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdaudit.sources.iac.resources import Options, Read

__all__ = ["read_serverless"]


def read_serverless(path: Path, options: "Options") -> "Read":
    """The resources of a service; see :func:`lambdaudit.sources.serverless.read.read_serverless`."""
    from lambdaudit.sources.serverless.read import read_serverless as read

    return read(path, options)
