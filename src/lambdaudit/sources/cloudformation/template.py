"""A template file, with the nested stacks and snippets that it names, as resources."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.arn import PLACEHOLDER_ACCOUNT
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.cloudformation import sam
from lambdaudit.sources.cloudformation.choices import choices_of
from lambdaudit.sources.cloudformation.code import Code
from lambdaudit.sources.cloudformation.evaluator import Evaluator, pseudo_parameters
from lambdaudit.sources.cloudformation.foreach import Loops, has_loops
from lambdaudit.sources.cloudformation.parameters import as_text
from lambdaudit.sources.iac.choices import Choice
from lambdaudit.sources.iac.documents import DocumentError, OtherDocument, parse, read_file
from lambdaudit.sources.iac.lift.estate import PLACEHOLDER_REGION
from lambdaudit.sources.iac.resources import Options, Read, Resource
from lambdaudit.sources.iac.values import Map, Span, Value, span_of

MAX_NESTING: Final = 8
MAX_RESOURCES: Final = 20_000
MAX_STACKS: Final = 200
"""Nested stacks of one template, with those that they nest."""
MAX_SNIPPETS: Final = 100
"""Local files that one stack includes; a snippet may include others."""
_GENERIC: Final = frozenset(("template", "stack", "main", "cloudformation", "cfn", "sam", "serverless", "index", "packaged"))
_KNOWN_TRANSFORMS: Final = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::Include", "AWS::SecretsManager-")
_SECTIONS: Final = ("Parameters", "Mappings", "Conditions", "Globals", "Resources", "Outputs")


def looks_like_template(value: Any) -> bool:
    """Whether a document is a CloudFormation or SAM template."""
    if not isinstance(value, dict):
        return False
    resources = value.get("Resources")
    if not isinstance(resources, dict):
        return False
    if "AWSTemplateFormatVersion" in value or "Transform" in value:
        return True
    types = [one.get("Type") for one in resources.values() if isinstance(one, dict)]
    return any(isinstance(kind, str) and kind.startswith(("AWS::", "Custom::", "Alexa::")) for kind in types)


def stack_name(path: Path, root: Path) -> str:
    """The name of a stack that nobody named: that of the file, or of its folder when the file's says nothing.

    The root itself has no part in it, so that a repository gives the same names wherever it is checked out.
    """
    stem = path.name.split(".")[0]
    folders = shown(path, root).split("/")[:-1]
    name = stem if stem.lower() not in _GENERIC else folders[-1] if folders else "stack"
    cleaned = "".join(c if c.isascii() and (c.isalnum() or c == "-") else "-" for c in name).strip("-")
    return cleaned[:40] or "stack"


def read_template(path: Path, options: Options, *, stack: str = "") -> Read:
    """The resources of a template file. Raises DocumentError with one line when it cannot be read or is no template."""
    source = shown(path, options.root)
    document = parse(read_file(path, source), source)
    if not isinstance(document.value, Map) or not looks_like_template(document.value):
        raise OtherDocument(source, 1, "is no CloudFormation template: it has no Resources of AWS")
    read = Read(notes=list(document.warnings))
    name = stack or stack_name(path, options.root)
    Stack(document.value, path, options, read, name=name, prefix=f"{source}#", given=options.parameters).add()
    return read


def shown(path: Path, root: Path) -> str:
    """A path as messages and findings show it: relative to the root, with forward slashes."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def inside(root: Path, base: Path, location: str) -> Path | None:
    """The file that a relative location means, when it is one and does not leave the root."""
    if not location or "://" in location or "\x00" in location or len(location) > 1024:
        return None
    try:
        found = (base / location).resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError, RuntimeError):
        return None


class Stack:
    """One stack: the root template's, or a nested one with the values that its parent gives.

    `template` is what the stack is made of, in whatever format it was written; `path` its file, from which nested templates
    and snippets are found; `name` the stack's own; `prefix` stands before logical ids in addresses; `given` are parameters by
    name. `add` puts what the stack holds into `read`; nothing is raised for what a template holds.
    """

    def __init__(
        self,
        template: Map,
        path: Path,
        options: Options,
        read: Read,
        *,
        name: str,
        prefix: str,
        given: Mapping[str, Value],
        parents: tuple[Path, ...] = (),
    ) -> None:
        self._path = path
        self._options = options
        self._read = read
        self._name = name
        self._prefix = prefix
        self._given = given
        self._parents = (*parents, path)
        self._source = shown(path, options.root)
        self._decided = {key: value for (scope, key), value in options.decided.items() if scope == prefix}
        self._nested: dict[str, Stack | Unknown] = {}
        self._pending: set[str] = set()
        self._snippets = 0
        self._written = template
        self.template = self._prepared(template)
        self._expanded = self._sam(self.template)
        self._e = self._evaluator(self._expanded.template if self._expanded else self.template)

    def _note(self, message: str, span: Span | None = None) -> None:
        place = f"{span.source}:{span.line}" if span else self._source
        self._read.notes.append(f"{place}: {message}")

    def _evaluator(self, template: Map) -> Evaluator:
        o = self._options
        pseudo = pseudo_parameters(
            account=o.account or PLACEHOLDER_ACCOUNT,
            region=o.region or PLACEHOLDER_REGION,
            partition=o.partition,
            stack=self._name,
            given=(bool(o.account), bool(o.region)),
        )
        return Evaluator(
            template,
            pseudo=pseudo,
            prefix=self._prefix,
            given=self._given,
            imports=o.imports,
            outputs=self._output,
            include=self._include,
            nested=len(self._parents) > 1,
            decided=self._decided,
        )

    def _prepared(self, template: Map) -> Map:
        """The template with local snippets included and loops written out."""
        made = template.copy()
        if "Fn::Transform" in made:
            made = self._with_snippet(made)
        for section in _SECTIONS:
            value = made.get(section)
            if isinstance(value, Map) and "Fn::Transform" in value:
                made[section] = self._with_snippet(value)
        if has_loops(made):
            plain = self._evaluator(made)
            loops = Loops(plain.value)
            made = loops.expand(made)
            for problem in loops.problems:
                self._note(problem)
        return made

    def _with_snippet(self, value: Map) -> Map:
        arguments = value["Fn::Transform"]
        rest = {key: inner for key, inner in value.items() if key != "Fn::Transform"}
        parameters = arguments.get("Parameters") if isinstance(arguments, dict) else None
        location = parameters.get("Location") if isinstance(parameters, dict) else None
        found: Any = Unknown("a macro decides on the content of a section")
        if isinstance(arguments, dict) and arguments.get("Name") == "AWS::Include" and isinstance(location, str):
            found = self._include(location)
        if isinstance(found, Map):
            return Map({**found, **rest}, value.span, {**found.keys_at, **value.keys_at}, value.rest)
        reason = found if isinstance(found, Unknown) else Unknown("a snippet is no object")
        self._note(f"not everything is read here: {reason.reason}", value.span)
        return Map(rest, value.span, value.keys_at, reason)

    def _include(self, location: str) -> Any:
        """The content of a local file, or an Unknown."""
        found = inside(self._options.root, self._path.parent, str(location))
        if found is None:
            return Unknown(f"{str(location)[:200]} is not a file of this folder")
        self._snippets += 1
        if self._snippets > MAX_SNIPPETS:
            return Unknown(f"more than {MAX_SNIPPETS} files are included")
        source = shown(found, self._options.root)
        try:
            return parse(read_file(found, source), source).value
        except DocumentError as error:
            self._read.notes.append(str(error))
            return Unknown(str(error))

    def _sam(self, template: Map) -> sam.Expanded | None:
        if not sam.is_sam(template):
            return None
        declared = template.get("Parameters")
        names = declared if isinstance(declared, dict) else {}
        chosen = {name: value for name, value in self._decided.items() if isinstance(value, str) and sam.uses(template, name)}
        given = {**chosen, **self._given}
        known = {name: as_text(v) for name, v in given.items() if name in names and isinstance(v, str | int | float | list)}
        region = self._options.region or PLACEHOLDER_REGION
        # What the translator makes depends on the file and on these values only, unless loops were written out before.
        kept = None if has_loops(self._written) else self._options.kept
        key = ("sam", self._prefix, region, tuple(sorted(known.items())))
        found: sam.Expanded | None = kept.get(key) if kept is not None else None
        if found is None:
            found = sam.expand(template, parameters=known, region=region, read_definition=self._include)
            if kept is not None:
                kept[key] = found
        for note in found.notes:
            self._note(note)
        return found

    def _macro(self) -> Unknown | None:
        """Why nothing that stands in the template is certain: a macro may change all of it."""
        transforms = self.template.get("Transform")
        for one in transforms if isinstance(transforms, list) else [transforms]:
            name = one.get("Name") if isinstance(one, dict) else one
            if name is not None and not str(name).startswith(_KNOWN_TRANSFORMS):
                return Unknown(f"the macro {str(name)[:80]} may change it")
        return None

    def add(self) -> None:
        """Add the stack's resources, code and exports to what is read."""
        macro = self._macro()
        code = Code(self._path, self._options.root, self._expanded)
        for name, body in self._e.resources.items():
            if len(self._read.resources) >= MAX_RESOURCES:
                self._note(f"holds more than {MAX_RESOURCES:,} resources, the rest is not read")
                return
            exists = self._e.exists(name)
            if exists is False:
                continue
            if not isinstance(body, dict) or not isinstance(body.get("Type"), str):
                self._note(f"the resource {name[:100]} has no Type", span_of(body))
                continue
            self._add(name, body, exists, macro, code)
        if rest := getattr(self._e.resources, "rest", None):
            self._note(f"more resources may exist: {rest.reason}")
        self._exports()
        self._read.effort += self._e.steps // 100
        self._read.openings.append(cache(self._choices))

    def _choices(self) -> list[Choice]:
        return choices_of(self._e, self.template, scope=self._prefix, given=self._given)

    def _add(self, name: str, body: dict[str, Any], exists: bool | Unknown, macro: Unknown | None, code: Code) -> None:
        kind = str(body["Type"])
        expanded = self._expanded
        unknown = expanded.unknown.get(name) if expanded else None
        properties = self._e.value(body.get("Properties") or Map())
        if isinstance(properties, Unknown):
            unknown = unknown or properties
        if not isinstance(properties, Map):
            properties = Map()
        if kind == "AWS::StepFunctions::StateMachine" and isinstance(written := properties.get("DefinitionS3Location"), str):
            # What `aws cloudformation package` takes from a file.
            properties["Definition"] = self._include(written)
        where = self._where(name, body)
        resource = Resource(
            address=f"{self._prefix}{name}",
            type=kind,
            properties=properties,
            where=where,
            name=f"{self._name}-{name}",
            undecided=Unknown(f"depends on {body['Condition']}: {exists.reason}") if isinstance(exists, Unknown) else None,
            unknown=unknown or macro,
            owner=f"{self._prefix}{expanded.owners.get(name, name)}" if expanded else "",
        )
        metadata = body.get("Metadata")
        if isinstance(metadata, dict):
            found = self._e.value(metadata)
            resource.metadata = found if isinstance(found, Map) else Map()
        self._read.resources.append(resource)
        located = code.locate(name, resource)
        if located is not None:
            self._read.code[resource.address] = located
        if kind == "AWS::CloudFormation::Stack" and not unknown:
            nested = self._child(name)
            if isinstance(nested, Stack):
                nested.add()
            else:
                self._note(f"the nested stack {name} is not read: {nested.reason}", span_of(body))

    def _where(self, name: str, body: Any) -> Where:
        resources = self.template.get("Resources")
        span = getattr(resources, "keys_at", {}).get(name)
        if self._expanded and name in self._expanded.spans:
            span = self._expanded.spans[name]
        span = span or span_of(body)
        if span is None:
            return Where(self._source, name)
        return Where(span.source, name, "", span.line, span.column)

    def _child(self, name: str) -> "Stack | Unknown":
        """The nested stack of a resource, read when it is first asked for."""
        found = self._nested.get(name)
        if found is None:
            if name in self._pending:
                return Unknown(f"the nested stack {name} needs its own outputs")
            self._pending.add(name)
            found = self._nested[name] = self._open(name)
            self._pending.discard(name)
        return found

    def _open(self, name: str) -> "Stack | Unknown":
        body = self._e.resources.get(name)
        properties = body.get("Properties") if isinstance(body, dict) else None
        url = self._e.value(properties.get("TemplateURL")) if isinstance(properties, dict) else None
        if not isinstance(url, str):
            return Unknown("its template's address is not known")
        path = inside(self._options.root, self._path.parent, str(url))
        if path is None:
            return Unknown(f"its template {str(url)[:200]} is not a file of this folder")
        if path in self._parents or len(self._parents) > MAX_NESTING:
            return Unknown("stacks nest in a circle or too deep")
        self._read.stacks += 1
        if self._read.stacks > MAX_STACKS:
            return Unknown(f"more than {MAX_STACKS} stacks are nested")
        source = shown(path, self._options.root)
        try:
            document = parse(read_file(path, source), source)
        except DocumentError as error:
            return Unknown(str(error))
        if not isinstance(document.value, Map) or not isinstance(document.value.get("Resources"), dict):
            return Unknown(f"{source} is no template")
        self._read.notes += document.warnings
        self._read.nested.add(path)
        given = self._e.value(properties.get("Parameters") or {}) if isinstance(properties, dict) else {}
        return Stack(
            document.value,
            path,
            self._options,
            self._read,
            name=f"{self._name}-{name}",
            prefix=f"{self._prefix}{name}/",
            given=given if isinstance(given, dict) else {},
            parents=self._parents,
        )

    def _output(self, name: str, output: str) -> Value:
        child = self._child(name)
        if isinstance(child, Unknown):
            return Unknown(f"the output {output} of the nested stack {name}: {child.reason}")
        return child.output(output)

    def output(self, name: str) -> Value:
        """The value of one of the stack's outputs."""
        outputs = self.template.get("Outputs")
        found = outputs.get(name) if isinstance(outputs, dict) else None
        if not isinstance(found, dict) or "Value" not in found:
            return Unknown(f"the nested stack has no output {name[:80]}")
        return self._e.value(found["Value"])

    def _exports(self) -> None:
        outputs = self.template.get("Outputs")
        for name, output in outputs.items() if isinstance(outputs, dict) else ():
            export = output.get("Export") if isinstance(output, dict) else None
            title = self._e.value(export.get("Name")) if isinstance(export, dict) else None
            if isinstance(title, str):
                self._read.exports[str(title)] = self.output(name)
