"""An assembly as resources: its templates evaluated in the order of deployment, each resource with its construct."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.cdk.code import Assets
from lambdaudit.sources.cdk.generated import apply_custom_resources, is_generated
from lambdaudit.sources.cdk.manifest import Artifact, read_assembly
from lambdaudit.sources.cdk.marks import GENERATED
from lambdaudit.sources.cdk.places import Constructs, moved_to
from lambdaudit.sources.cloudformation.template import Stack, inside, shown
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.resources import Options, Read, Resource
from lambdaudit.sources.iac.values import Map, Value


def read_cdk(folder: Path, options: Options) -> Read:
    """The resources of a ``cdk.out`` folder, with those of its nested assemblies and stacks.

    Accounts and regions are those of the manifest where it fixes them. The subject of a resource is its construct's path; its
    place is the author's code that made it when the assembly tells and the file is in the tree, else the template. Raises
    DocumentError with one line when the manifest cannot be read.
    """
    assembly = read_assembly(folder, options.root)
    read = Read(errors=list(assembly.problems))
    imports: dict[str, Value] = dict(options.imports)
    for artifact in assembly.stacks:
        part = Read()
        try:
            _read_stack(artifact, replace(options, imports=imports), part)
        except DocumentError as error:
            read.errors.append(str(error))
            continue
        imports.update(part.exports)
        read.resources += part.resources
        read.code.update(part.code)
        read.exports.update(part.exports)
        read.nested |= part.nested
        read.notes += part.notes
        read.errors += part.errors
        read.openings += part.openings
        read.effort += part.effort
    return read


def _read_stack(artifact: Artifact, options: Options, read: Read) -> None:
    account, region = artifact.account or options.account, artifact.region or options.region
    here = replace(options, account=account, region=region)
    source = shown(artifact.template, options.root)
    document = parse(read_file(artifact.template, source), source)
    if not isinstance(document.value, Map):
        raise DocumentError(source, 1, "is no CloudFormation template")
    if not isinstance(document.value.get("Resources"), dict):
        return
    constructs = Constructs(artifact, options.root)
    scopes: dict[str, str] = {f"{source}#": artifact.path}
    _AssemblyStack(
        document.value,
        artifact.template,
        here,
        read,
        name=artifact.name[:120],
        prefix=f"{source}#",
        given=options.parameters,
        constructs=constructs,
        scope=artifact.path,
        scopes=scopes,
    ).add()
    assets = Assets(artifact, options.root)
    for resource in read.resources:
        prefix, logical = _split(resource.address)
        _place(resource, logical, scopes.get(prefix, artifact.path), constructs)
        resource.account, resource.region = artifact.account, artifact.region
        located = assets.locate(resource, read.code.get(resource.address))
        if located is not None:
            read.code[resource.address] = located
        if (body := assets.body(resource, read.notes)) is not None:
            resource.properties = resource.properties.copy()
            resource.properties["Body"] = body
    read.resources += apply_custom_resources(read.resources)


def _split(address: str) -> tuple[str, str]:
    """The prefix and the logical id of an address; nested stacks are separated by slashes after the file."""
    file, _, rest = address.rpartition("#")
    scope, slash, logical = rest.rpartition("/")
    return f"{file}#{scope}{slash}", logical


def _place(resource: Resource, logical: str, scope: str, constructs: Constructs) -> None:
    """Give a resource its construct's path and the author's line."""
    path = _text(resource.metadata.get("aws:cdk:path")) or constructs.path(logical, scope)
    if is_generated(path, logical, constructs):
        resource.metadata[GENERATED] = "the AWS CDK"
    if not path:
        return
    span = constructs.span(path)
    where = resource.where
    if span is None:
        resource.where = Where(where.source, path, "", where.line, where.column)
        return
    resource.where = Where(span.source, path, "", span.line, span.column)
    moved = moved_to(resource.properties, span)
    if isinstance(moved, Map):
        resource.properties = moved


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str) else ""


class _AssemblyStack(Stack):
    """A stack whose nested stacks are files of the assembly, named by metadata instead of their address."""

    def __init__(self, *arguments: Any, constructs: Constructs, scope: str, scopes: dict[str, str], **keywords: Any) -> None:
        self._constructs = constructs
        self._scope = scope
        self._scopes = scopes
        super().__init__(*arguments, **keywords)

    def _file(self, name: str, body: dict[str, Any]) -> tuple[str, str]:
        """The file and the construct path of a nested stack."""
        path = self._constructs.path(name, self._scope)
        scope = path.rpartition("/")[0].removesuffix(".NestedStack")
        metadata = body.get("Metadata")
        named = _text(metadata.get("aws:asset:path")) if isinstance(metadata, dict) else ""
        return named or self._constructs.templates.get(scope, ""), scope or self._scope

    def _open(self, name: str) -> "Stack | Unknown":
        body = self._e.resources.get(name)
        if not isinstance(body, dict):
            return Unknown("its resource is no object")
        written, scope = self._file(name, body)
        path = inside(self._options.root, self._path.parent, written)
        if path is None:
            return super()._open(name)
        if path in self._parents or len(self._parents) > 8:
            return Unknown("stacks nest in a circle or too deep")
        source = shown(path, self._options.root)
        try:
            document = parse(read_file(path, source), source)
        except DocumentError as error:
            return Unknown(str(error))
        if not isinstance(document.value, Map) or not isinstance(document.value.get("Resources"), dict):
            return Unknown(f"{source} is no template")
        self._read.nested.add(path)
        properties = body.get("Properties")
        given = self._e.value(properties.get("Parameters") or Map()) if isinstance(properties, dict) else Map()
        prefix = f"{self._prefix}{name}/"
        self._scopes[prefix] = scope
        return _AssemblyStack(
            document.value,
            path,
            self._options,
            self._read,
            name=f"{self._name}-{name}",
            prefix=prefix,
            given=given if isinstance(given, dict) else {},
            parents=self._parents,
            constructs=self._constructs,
            scope=scope,
            scopes=self._scopes,
        )
