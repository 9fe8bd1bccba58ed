"""A service's file as resources: variables resolved, functions and events expanded, own resources merged, all evaluated."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.template import Stack, inside, shown, stack_name
from lambdaudit.sources.iac.documents import DocumentError, parse, read_file
from lambdaudit.sources.iac.resources import Options, Read
from lambdaudit.sources.iac.values import List, Map, Span, Str, Text, Value, span_of
from lambdaudit.sources.serverless.code import Packages
from lambdaudit.sources.serverless.events import add_events, finish_apis
from lambdaudit.sources.serverless.functions import add_function, add_layers
from lambdaudit.sources.serverless.packaged import find_packaged, read_packaged
from lambdaudit.sources.serverless.plugins import add_constructs, add_state_machines, names_of, note_plugins
from lambdaudit.sources.serverless.roles import (
    PER_FUNCTION,
    add_function_roles,
    add_helper_role,
    add_shared_role,
)
from lambdaudit.sources.serverless.service import Function, Service, as_map, is_function_call, members, obj, record, word
from lambdaudit.sources.serverless.variables import DEFAULT_REGION, DEFAULT_STAGE, MISSING, Resolver

MAX_FILES: Final = 500
_SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Outputs", "Rules", "Metadata")
_DATA: Final = (".yml", ".yaml", ".json")


def read_serverless(path: Path, options: Options) -> Read:
    """The resources of a service of the Serverless Framework, as it would deploy them.

    `options.parameters` are options, parameters and environment variables by name (``stage``, ``region`` …). No code of the
    project is run: what comes out of code, another stack or an account is Unknown. Raises DocumentError with one line when
    the file cannot be read or is no service.
    """
    source = shown(path, options.root)
    if path.suffix not in _DATA:
        return _of_program(path, source, options)
    document = parse(read_file(path, source), source)
    if not isinstance(document.value, Map) or not ("service" in document.value or "provider" in document.value):
        raise DocumentError(source, 1, "is no service of the Serverless Framework: it has neither service nor provider")
    read = Read(notes=list(document.warnings))
    reader = _Reader(path, options, read)
    reader.read(document.value)
    return read


def _of_program(path: Path, source: str, options: Options) -> Read:
    """What was packaged of a service that is written in code."""
    built = find_packaged(path.parent, options.root)
    if built is None:
        raise DocumentError(
            source,
            0,
            "is a service in code, which is not run: `serverless package` leaves in .serverless what is read here, or write it "
            "as YAML with `serverless print > serverless.yml`",
        )
    packaged = read_packaged(built, options, prefix=f"{source}#", stack=stack_name(path, options.root), spans={})
    packaged.notes.append(f"{source}: is a service in code, {shown(built, options.root)} is read instead as it was last packaged")
    return packaged


class _Reader:
    def __init__(self, path: Path, options: Options, read: Read) -> None:
        self._path = path
        self._options = options
        self._read = read
        self._files: dict[Path, Any] = {}
        self._source = shown(path, options.root)
        self._gaps = False

    def read(self, root: Map) -> None:
        o = self._options
        resolver = Resolver(root, self._content, o.parameters, account=o.account, region=o.region)
        stage = self._known(resolver.stage(), DEFAULT_STAGE, "stage")
        region = self._known(resolver.region(), DEFAULT_REGION, "region")
        config = resolver.value(root)
        if not isinstance(config, Map):
            self._note("cannot be resolved")
            return
        service = _service(config, stage, region)
        kind = word(service.provider.get("name")) or "aws"
        if kind != "aws":
            self._note(f"is a service of the provider {kind[:40]}, which is not read")
            return
        self._functions(service, config)
        template = self._expanded(service)
        self._read.notes += [note if note.startswith(self._source) else f"{self._source}: {note}" for note in service.notes]
        options = replace(o, region=region)
        if self._gaps and self._packaged(service, options, region):
            return
        before = len(self._read.resources)
        stack = Stack(
            template, self._path, options, self._read, name=service.stack[:100], prefix=f"{self._source}#", given=o.parameters
        )
        stack.add()
        packages = Packages(self._path.parent, o.root, service)
        for resource in self._read.resources[before:]:
            resource.region = resource.region or region
            located = packages.locate(resource)
            if located is not None:
                self._read.code[resource.address] = located

    def _packaged(self, service: Service, options: Options, region: str) -> bool:
        """Read what was packaged instead, where parts of the service are not known."""
        built = find_packaged(self._path.parent, options.root)
        if built is None:
            return False
        try:
            found = read_packaged(
                built, options, prefix=f"{self._source}#", stack=service.stack[:100], spans=service.resources.keys_at
            )
        except DocumentError as error:
            self._read.notes.append(str(error))
            return False
        for resource in found.resources:
            resource.region = resource.region or region
        self._note(f"parts of the service come out of code, {shown(built, options.root)} is read instead as it was last packaged")
        self._read.resources += found.resources
        self._read.code.update(found.code)
        self._read.exports.update(found.exports)
        self._read.nested |= found.nested
        self._read.notes += found.notes
        self._read.openings += found.openings
        self._read.effort += found.effort
        return True

    def _note(self, message: str, span: Span | None = None) -> None:
        place = f"{span.source}:{span.line}" if span else self._source
        self._read.notes.append(f"{place}: {message}")

    def _known(self, value: str | Unknown, default: str, what: str) -> str:
        if isinstance(value, Unknown):
            self._note(f"the {what} is not known ({value.reason}), {default} is assumed; --param {what}=… would settle it")
            return default
        return value

    def _content(self, written: str) -> Any:
        """The content of a file that a variable names."""
        found = inside(self._options.root, self._path.parent, written)
        if found is None:
            outside = Unknown(f"{written[:200]} is not a file of this folder")
            return outside if ".." in written or written.startswith(("/", "~")) else MISSING
        if found not in self._files:
            # What is a part of the service is no template of its own.
            self._read.nested.add(found)
            if len(self._files) >= MAX_FILES:
                return Unknown(f"variables name more than {MAX_FILES} files")
            self._files[found] = self._load(found)
        return self._files[found]

    def _load(self, path: Path) -> Any:
        source = shown(path, self._options.root)
        try:
            text = read_file(path, source)
            if not path.name.endswith(_DATA):
                return Str(text, Span(source, 1))
            document = parse(text, source)
        except DocumentError as error:
            self._read.notes.append(str(error))
            return Unknown(str(error))
        self._read.notes += document.warnings
        return document.value

    def _functions(self, service: Service, config: Map) -> None:
        for part in members(config.get("functions")):
            if not isinstance(part, dict):
                reason = part.reason if isinstance(part, Unknown) else "they are no object"
                self._gaps = True
                self._note(f"functions are not known: {reason}", config.keys_at.get("functions"))
                continue
            for key, settings in part.items():
                span = part.keys_at.get(key) if isinstance(part, Map) else None
                if not isinstance(settings, dict):
                    reason = settings.reason if isinstance(settings, Unknown) else "it is no object"
                    self._note(f"the function {key[:80]} is not known: {reason}", span)
                    continue
                service.functions[key] = Function(key, as_map(settings), span)

    def _expanded(self, service: Service) -> Map:
        plugins = names_of(service)
        _add_deployment_bucket(service)
        add_constructs(service, plugins)
        for function in service.functions.values():
            add_function(service, function)
        add_layers(service)
        add_events(service)
        add_state_machines(service, plugins)
        finish_apis(service)
        if PER_FUNCTION in plugins:
            add_function_roles(service)
        add_shared_role(service)
        add_helper_role(service)
        note_plugins(service, plugins)
        template = Map({"Resources": service.resources})
        for part in members(service.config.get("resources")):
            self._merge(template, part, service)
        return template

    def _merge(self, template: Map, part: Any, service: Service) -> None:
        """Merge the service's own resources, extensions and outputs into what was generated."""
        if not isinstance(part, Map):
            reason = part.reason if isinstance(part, Unknown) else "they are no object"
            self._gaps = True
            self._note(f"resources are not known: {reason}", service.config.keys_at.get("resources"))
            return
        for section in ("Resources", "extensions", *_SECTIONS):
            value = part.get(section)
            if value is None:
                continue
            for piece in members(value):
                if isinstance(piece, Map):
                    target = template.setdefault("Resources" if section == "extensions" else section, Map())
                    merge(target, piece)
                else:
                    reason = piece.reason if isinstance(piece, Unknown) else "it is no object"
                    self._note(f"{section} is not known: {reason}", part.keys_at.get(section))
        if "Transform" in part:
            template["Transform"] = part["Transform"]


def merge(target: Map, source: Map) -> None:
    """Merge one object into another: objects member by member, lists one after the other, everything else replaced."""
    for key, value in source.items():
        present = target.get(key)
        if isinstance(present, Map) and isinstance(value, Map) and not is_function_call(value) and not is_function_call(present):
            merge(present, value)
            continue
        if isinstance(present, list) and isinstance(value, list):
            target[key] = List([*present, *value], span_of(present) or span_of(value), getattr(value, "rest", None))
            continue
        target[key] = value
        if key in source.keys_at:
            target.keys_at[key] = source.keys_at[key]


def _service(config: Map, stage: str, region: str) -> Service:
    written = config.get("service")
    name: Value = written.get("name") if isinstance(written, dict) else written
    if not isinstance(name, str | Text | Unknown):
        name = Unknown("the service has no name")
    if isinstance(config.get("provider"), str):
        config["provider"] = Map({"name": config["provider"]})
    if isinstance(written, dict):
        config["serviceObject"] = written
    return Service(config, name=name, stage=stage, region=region)


def _add_deployment_bucket(service: Service) -> None:
    """The bucket that packages go to, with its policy, unless the service names one."""
    bucket = service.provider.get("deploymentBucket")
    named = bucket.get("name") if isinstance(bucket, Mapping) else bucket
    span = service.config.keys_at.get("provider")
    if named is not None:
        return
    encryption = obj(None, ServerSideEncryptionByDefault=obj(None, SSEAlgorithm=Str("AES256")))
    made = obj(span, BucketEncryption=obj(span, ServerSideEncryptionConfiguration=List([encryption])))
    service.add("ServerlessDeploymentBucket", "AWS::S3::Bucket", made, span)
    if isinstance(bucket, Mapping) and bucket.get("skipPolicySetup") is True:
        return
    arn = "arn:${AWS::Partition}:s3:::${ServerlessDeploymentBucket}"
    denied = record(
        span,
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": List([Map({"Fn::Sub": f"{arn}/*"}), Map({"Fn::Sub": arn})]),
            "Condition": Map({"Bool": Map({"aws:SecureTransport": False})}),
        },
    )
    policy = obj(span, Bucket=Map({"Ref": "ServerlessDeploymentBucket"}), PolicyDocument=obj(span, Statement=List([denied])))
    service.add("ServerlessDeploymentBucketPolicy", "AWS::S3::BucketPolicy", policy, span)
