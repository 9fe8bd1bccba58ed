"""Assemblies of the AWS CDK: what ``cdk synth`` left in ``cdk.out``, read without running the app."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdaudit.sources.iac.resources import Options, Read

__all__ = ["read_cdk"]


def read_cdk(folder: Path, options: "Options") -> "Read":
    """The resources of an assembly; see :func:`lambdaudit.sources.cdk.read.read_cdk`."""
    from lambdaudit.sources.cdk.read import read_cdk as read

    return read(folder, options)
