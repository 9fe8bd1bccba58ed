"""CloudFormation and SAM templates: from files to the typed inventory."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lambdaudit.sources.iac.lift import Lifted

__all__ = ["read_cloudformation"]


def read_cloudformation(
    path: Path,
    *,
    parameters: Mapping[str, str] | None = None,
    account: str = "",
    region: str = "",
    root: Path | None = None,
    stack: str = "",
) -> "Lifted":
    """The assets of one CloudFormation or SAM template, with its nested stacks in the same tree.

    `parameters` are values by name; `account`, `region` and `stack` those of the deployment where they are known. `root` is
    the folder that no reference may leave, by default the template's. What cannot be read is in `errors`, one line each.
    """
    from lambdaudit.sources.cloudformation.template import read_template
    from lambdaudit.sources.iac.discover import lifted, patient_collector
    from lambdaudit.sources.iac.documents import DocumentError
    from lambdaudit.sources.iac.resources import Options, Read

    options = Options(root or path.resolve().parent, dict(parameters or {}), account, region)
    with patient_collector():
        try:
            read = read_template(path, options, stack=stack)
        except DocumentError as error:
            read = Read(errors=[str(error)])
        return lifted(read, options)
