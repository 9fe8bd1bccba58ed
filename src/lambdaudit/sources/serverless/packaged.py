"""What ``serverless package`` left in ``.serverless``: read where the service itself comes out of code that is not run."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.cloudformation.template import Stack, inside, shown
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.resources import CodeLocation, Options, Read
from lambdaudit.sources.iac.values import Map, Span

FOLDER: Final = ".serverless"
TEMPLATE: Final = f"{FOLDER}/cloudformation-template-update-stack.json"


def find_packaged(folder: Path, root: Path) -> Path | None:
    """The packaged template of the service in a folder; None when it was not packaged."""
    return inside(root, folder, TEMPLATE)


def read_packaged(template: Path, options: Options, *, prefix: str, stack: str, spans: dict[str, Span]) -> Read:
    """The resources of a packaged template, with the archives beside it as code.

    `spans` are the places in the service's file by logical id, for the resources that it shows. Raises DocumentError with one
    line when the template cannot be read.
    """
    source = shown(template, options.root)
    document = parse(read_file(template, source), source)
    if not isinstance(document.value, Map) or not isinstance(document.value.get("Resources"), dict):
        raise DocumentError(source, 1, "is no packaged service: it has no Resources")
    read = Read(nested={template})
    Stack(document.value, template, options, read, name=stack, prefix=prefix, given=options.parameters).add()
    for resource in read.resources:
        logical = resource.address.removeprefix(prefix)
        if span := spans.get(logical):
            resource.where = Where(span.source, logical, "", span.line, span.column)
        code = read.code.get(resource.address)
        if code is not None and code.path is None and not code.inline:
            read.code[resource.address] = _archive(code, resource.properties, template.parent, options.root)
    return read


def _archive(code: CodeLocation, properties: Map, folder: Path, root: Path) -> CodeLocation:
    """The archive that a key in the deployment bucket means: it lies beside the template under its last name."""
    written: Any = properties.get("Code") or properties.get("Content")
    key = written.get("S3Key") if isinstance(written, dict) else None
    found = inside(root, folder, str(key).rpartition("/")[2]) if isinstance(key, str) else None
    if found is None:
        return replace(code, unknown=code.unknown or (None if code.uri or code.image else Unknown("the archive is not here")))
    return replace(code, path=found, uri="", unknown=None)
