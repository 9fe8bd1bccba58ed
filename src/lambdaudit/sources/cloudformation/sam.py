"""SAM templates to CloudFormation with AWS's own translator, kept off the network, with the author's lines and owners."""

import logging
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.cloudformation.sam_places import place
from lambdaudit.sources.cloudformation.stand_ins import plain, referred, restored, stand_in, undecided
from lambdaudit.sources.cloudformation.translator import load
from lambdaudit.sources.iac.values import Map, Span, Str, span_of

LOCAL_BUCKET: Final = "lambdaudit-local-code"
"""Stands for a folder of this machine while the translator runs, which takes addresses in S3 only; the key is a number."""
MAX_RESOURCES: Final = 600
"""SAM resources that are translated: CloudFormation deploys 500 resources, and the translator's time grows with the square."""
_MAX_ROUNDS: Final = 25
_TELLING: Final = 4
"""Letters of a logical id that is found as the begin of a word, too."""
_LOCK: Final = threading.Lock()
_URIS: Final = {
    "AWS::Serverless::Function": ("CodeUri",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::Serverless::GraphQLApi": ("SchemaUri",),
}
_SHARED: Final = re.compile(r"'Globals' section is invalid\. '([^']+)' is not (?:a supported property of '([^']+)'|supported)")
"""How SAM names what it does not know in Globals."""
_IMPLICIT: Final = re.compile(r"^Resource with id \[Serverless(HttpApi|RestApi)\] is invalid")
_SECTION: Final = {"HttpApi": "HttpApi", "RestApi": "Api"}
_BODIES: Final = ("AWS::Serverless::Api", "AWS::Serverless::HttpApi")
_OF_BODIES: Final = ("Auth", "Cors", "CorsConfiguration", "GatewayResponses", "Models", "MergeDefinitions")
"""Settings of an API that SAM writes into its body."""
_PLAIN: Final = {
    "AWS::Serverless::Function": "AWS::Lambda::Function",
    "AWS::Serverless::LayerVersion": "AWS::Lambda::LayerVersion",
    "AWS::Serverless::StateMachine": "AWS::StepFunctions::StateMachine",
    "AWS::Serverless::SimpleTable": "AWS::DynamoDB::Table",
    "AWS::Serverless::Api": "AWS::ApiGateway::RestApi",
    "AWS::Serverless::HttpApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::WebSocketApi": "AWS::ApiGatewayV2::Api",
    "AWS::Serverless::Application": "AWS::CloudFormation::Stack",
}
"""What a SAM resource is in the first place, for those that could not be translated."""


@dataclass(slots=True)
class Expanded:
    """A translated template.

    `owners` are the logical ids that the author wrote, by those of generated resources; `spans` the places of resources
    that do not stand in the file; `code` the local addresses by their number in the bucket that stands for them; `unknown`
    the resources that could not be translated, with the reason.
    """

    template: Map
    owners: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    code: list[Any] = field(default_factory=list)
    unknown: dict[str, Unknown] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def is_sam(template: Mapping[str, Any]) -> bool:
    """Whether a template asks for the SAM transform or holds resources that need it."""
    transforms = template.get("Transform")
    names = transforms if isinstance(transforms, list) else [transforms]
    if any(isinstance(name, str) and name.startswith("AWS::Serverless-") for name in names):
        return True
    resources = template.get("Resources")
    return isinstance(resources, dict) and any(
        isinstance(one, dict) and str(one.get("Type")).startswith("AWS::Serverless::") for one in resources.values()
    )


def uses(template: Mapping[str, Any], parameter: str) -> bool:
    """Whether what the translator makes of a template may depend on the value of a parameter."""
    resources = template.get("Resources")
    ours = [
        one
        for one in (resources.values() if isinstance(resources, dict) else ())
        if isinstance(one, dict) and str(one.get("Type")).startswith("AWS::Serverless::")
    ]
    names = frozenset((parameter,))
    return any(True for _ in referred([*ours, template.get("Globals")], names))


def expand(
    template: Map,
    *,
    parameters: Mapping[str, str],
    region: str,
    read_definition: Callable[[str], Any],
) -> Expanded:
    """The template with its SAM resources translated. Never raises for what a template holds.

    `read_definition` gives the content of a local OpenAPI file, or an Unknown.
    """
    work = deepcopy(template)
    found = Expanded(template)
    resources = work.get("Resources")
    if not isinstance(resources, dict):
        return found
    for name in [name for name, one in resources.items() if not isinstance(one, dict) or not isinstance(one.get("Type"), str)]:
        del resources[name]
    _drop_applications(resources, found)
    _cut(resources, found)
    _Local(found, read_definition).rewrite(work)
    if not _translate(work, template, found, dict(parameters), region):
        # What is left needs no transform.
        found.template = Map(template, template.span, template.keys_at)
        found.template["Resources"] = Map(resources, span_of(resources), getattr(resources, "keys_at", None))
    _put_back(found, template)
    return found


def _translate(work: Map, template: Map, found: Expanded, values: dict[str, str], region: str) -> bool:
    """Run the translator until it takes what is left: without the resources and settings that it refuses, in `work`.

    False: of what SAM translates nothing is left.
    """
    resources = work["Resources"]
    for _ in range(_MAX_ROUNDS):
        if not any(_translated(one) for one in resources.values()):
            return False
        run = _Run(work, values, region)
        translated, culprits = run.translate()
        if translated is not None:
            found.template = _as_map(restored(translated), template)
            found.owners = {plain(made): owner for made, owner in run.owners.items()}
            found.spans = place(found.template, template, found.owners)
            return True
        if _without_shared(work, culprits, found):
            continue
        open_ones = undecided(work, values)
        if wanted := {one for name in culprits for one in referred(resources.get(name), open_ones)}:
            # Perhaps it is only that a parameter has no value before the deployment.
            values.update({name: stand_in(name) for name in wanted})
            continue
        for name in culprits.keys() & resources.keys():
            refused = resources.pop(name)
            if refused["Type"] in _BODIES and name not in found.unknown:
                # Its functions name it in their events: they are judged as far as they can be without it.
                resources[name] = _bare(refused)
            found.unknown[name] = Unknown(f"SAM does not take it: {plain(culprits[name])}")
        if not any(name in found.unknown for name in culprits):
            _refuse_all(resources, found, next(iter(culprits.values()), "it failed"))
    else:
        _refuse_all(resources, found, f"it names something wrong {_MAX_ROUNDS} times")
    return False


def _translated(resource: dict[str, Any]) -> bool:
    """Whether a resource is one that SAM translates."""
    return str(resource["Type"]).startswith("AWS::Serverless::") or "Connectors" in resource


def _refuse_all(resources: dict[str, Any], found: Expanded, reason: str) -> None:
    """Take out what SAM translates; the other resources are what they are without it."""
    for name in [name for name, one in resources.items() if _translated(one)]:
        del resources[name]
        found.unknown[name] = Unknown(f"SAM does not take the template: {reason}")


def _without_shared(work: Map, culprits: Mapping[str, str], found: Expanded) -> bool:
    """Whether a setting of Globals was taken out that SAM does not know; a deployment would fail on it, the rest is plain."""
    shared = work.get("Globals")
    for message in culprits.values():
        if (implicit := _IMPLICIT.search(message)) and isinstance(shared, dict) and (section := _SECTION[implicit[1]]) in shared:
            # What makes the implicit API wrong is in Globals: how its routes are protected is not known.
            found.unknown[f"Serverless{implicit[1]}"] = Unknown(f"SAM does not take it: {message}")
            del shared[section]
            return True
        refused = _SHARED.search(message)
        holder = shared if refused is None or not refused[2] else (shared or {}).get(refused[2])
        if refused is None or not isinstance(holder, dict) or refused[1] not in holder:
            continue
        path = f"Globals.{refused[2]}.{refused[1]}" if refused[2] else f"Globals.{refused[1]}"
        found.notes.append(f"SAM does not take {path}, the template is read without it")
        del holder[refused[1]]
        return True
    return False


def _put_back(found: Expanded, template: Map) -> None:
    """The resources that could not be translated, so that what refers to them still finds them."""
    original = template.get("Resources")
    resources = found.template.get("Resources")
    if not isinstance(original, dict) or not isinstance(resources, dict):
        return
    for name in found.unknown:
        one = original.get(name)
        kind = str(one.get("Type")) if isinstance(one, dict) else ""
        resources.setdefault(name, Map({"Type": _PLAIN.get(kind, kind), "Properties": Map()}, span_of(one)))


def _drop_applications(resources: dict[str, Any], found: Expanded) -> None:
    """Take out applications of the Serverless Application Repository: the translator would ask AWS about them."""
    for name, one in list(resources.items()):
        if one.get("Type") != "AWS::Serverless::Application":
            continue
        properties = one.get("Properties")
        location = properties.get("Location") if isinstance(properties, dict) else None
        if not isinstance(location, str):
            del resources[name]
            found.unknown[name] = Unknown("an application of the Serverless Application Repository, which is not read")


def _cut(resources: dict[str, Any], found: Expanded) -> None:
    """Take out all SAM resources of a template that holds more than could ever be deployed."""
    ours = [name for name, one in resources.items() if one["Type"].startswith("AWS::Serverless::")]
    if len(ours) > MAX_RESOURCES:
        for name in ours:
            del resources[name]
            found.unknown[name] = Unknown(f"the template holds more than {MAX_RESOURCES} SAM resources")


class _Local:
    """Replaces local addresses, which the translator refuses, by numbered ones that map back."""

    def __init__(self, found: Expanded, read_definition: Callable[[str], Any]) -> None:
        self._found = found
        self._read = read_definition

    def rewrite(self, template: Map) -> None:
        globals_ = template.get("Globals")
        shared = globals_.get("Function") if isinstance(globals_, dict) else None
        has_code = isinstance(shared, dict) and "CodeUri" in shared
        if isinstance(shared, dict) and "CodeUri" in shared:
            self._uri(shared, "CodeUri")
        for name, resource in template["Resources"].items():
            kind = resource.get("Type")
            properties = resource.get("Properties")
            if not isinstance(properties, dict):
                if kind not in _URIS:
                    continue
                properties = resource["Properties"] = Map()
            if kind == "AWS::Serverless::StateMachine":
                self._definition(properties)
            for field_name in _URIS.get(kind, ()):
                if field_name in properties:
                    self._uri(properties, field_name)
            if kind == "AWS::Serverless::Function":
                self._function(name, properties, shared, has_code)
            if kind in _BODIES:
                self._body(properties)

    def _placeholder(self, value: Any) -> str:
        self._found.code.append(value)
        return f"s3://{LOCAL_BUCKET}/{len(self._found.code) - 1}"

    def _uri(self, properties: dict[str, Any], name: str) -> None:
        value = properties[name]
        if isinstance(value, str) and value.startswith("s3://"):
            return
        if isinstance(value, dict) and "Bucket" in value and "Key" in value:
            return
        properties[name] = Str(self._placeholder(value), span_of(value))

    def _function(self, name: str, properties: dict[str, Any], shared: Any, has_code: bool) -> None:
        package = properties.get("PackageType") or (shared.get("PackageType") if isinstance(shared, dict) else None)
        if package == "Image":
            if not properties.get("ImageUri") and not (isinstance(shared, dict) and shared.get("ImageUri")):
                properties["ImageUri"] = f"{LOCAL_BUCKET}/{name.lower()}"
        elif not has_code and not any(key in properties for key in ("CodeUri", "InlineCode", "ImageUri")):
            properties["CodeUri"] = self._placeholder(None)

    def _definition(self, properties: dict[str, Any]) -> None:
        """The definition of a state machine that stands in a file beside the template."""
        uri = properties.get("DefinitionUri")
        if isinstance(uri, str) and not uri.startswith("s3://") and "Definition" not in properties:
            body = self._read(uri)
            if isinstance(body, dict):
                del properties["DefinitionUri"]
                properties["Definition"] = body

    def _body(self, properties: dict[str, Any]) -> None:
        written = properties.get("DefinitionBody")
        rest: dict[str, Any] = {}
        uri: Any
        if isinstance(written, dict) and "Fn::Transform" in written:
            # CloudFormation includes snippets before SAM sees the template.
            uri = _included(written["Fn::Transform"])
            rest = {key: value for key, value in written.items() if key != "Fn::Transform"}
            del properties["DefinitionBody"]
        else:
            uri = properties.get("DefinitionUri")
            if not isinstance(uri, str) or uri.startswith("s3://"):
                return
            del properties["DefinitionUri"]
        body = self._read(uri) if uri and not uri.startswith("s3://") else None
        if isinstance(body, dict):
            properties["DefinitionBody"] = Map({**body, **rest}, span_of(body), getattr(body, "keys_at", None))
            return
        # A body that is not read leaves the routes unknown; what SAM would write into it is of no use without it.
        properties["DefinitionUri"] = f"s3://{LOCAL_BUCKET}/definition"
        for name in _OF_BODIES:
            properties.pop(name, None)


def _bare(api: dict[str, Any]) -> Map:
    """An API of which nothing is known but its kind."""
    settings = {"StageName": "unknown"} if api["Type"] == "AWS::Serverless::Api" else {}
    properties = Map({**settings, "DefinitionUri": f"s3://{LOCAL_BUCKET}/definition"})
    return Map({"Type": api["Type"], "Properties": properties, "IgnoreGlobals": "*"})


def _included(transform: Any) -> str:
    """The address of the snippet that ``AWS::Include`` names; an empty text for one that is not known."""
    parameters = transform.get("Parameters") if isinstance(transform, dict) and transform.get("Name") == "AWS::Include" else None
    location = parameters.get("Location") if isinstance(parameters, dict) else None
    return str(location) if isinstance(location, str) else ""


def _parts(name: str, resource: dict[str, Any]) -> set[str]:
    """The ids that a resource's events and connectors get."""
    properties = resource.get("Properties")
    tables = (properties.get("Events") if isinstance(properties, dict) else None, resource.get("Connectors"))
    return {f"{name}{part}" for table in tables if isinstance(table, dict) for part in table}


class _Session:
    """What the translator wants to know of a session: the region, so that it asks nobody."""

    def __init__(self, region: str) -> None:
        self.region_name = region


class _Run:
    """One run of the translator: its result, or the resources that it names as wrong."""

    def __init__(self, template: Map, parameters: Mapping[str, str], region: str) -> None:
        self._template = template
        self._parameters = dict(parameters)
        self._region = region
        self._current = ""
        self.owners: dict[str, str] = {}

    def translate(self) -> tuple[dict[str, Any] | None, dict[str, str]]:
        """The translated template, or None and what is wrong by logical id."""
        sam = load()
        logging.getLogger("samtranslator").setLevel(logging.CRITICAL + 1)
        template = deepcopy(self._template)
        with _LOCK, self._recording():
            try:
                translator = sam.translator({}, sam.parser(), boto_session=_Session(self._region))
                found = translator.translate(
                    template, parameter_values=dict(self._parameters), passthrough_metadata=True, get_managed_policy_map=dict
                )
            except sam.invalid_document as error:
                return None, self._culprits(error)
            except Exception as error:  # noqa: BLE001 - the translator falls over on templates that its checks let pass
                return None, {self._current: f"the translator failed: {type(error).__name__}: {str(error)[:200]}"}
        return found, {}

    def _culprits(self, error: Any) -> dict[str, str]:
        found = {}
        ours = {name: one for name, one in self._template["Resources"].items() if _translated(one)}
        names = sorted(ours, key=len, reverse=True)
        for cause in error.causes:
            message = " ".join(str(getattr(cause, "message", cause)).split())[:300]
            name = getattr(cause, "_logical_id", None)
            if name not in self._template["Resources"]:
                words = set(re.findall(r"[A-Za-z0-9]+", message))
                # An event's id begins with that of its function, a connector's with that of its source.
                name = next((n for n in names if n in words or not words.isdisjoint(_parts(n, ours[n]))), None) or next(
                    (n for n in names if len(n) >= _TELLING and any(word.startswith(n) for word in words)), ""
                )
            found[str(name)] = message
        return found

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Record what each resource is translated into, for as long as the run takes."""
        macro = load().macro
        originals: dict[type, Any] = {}
        stack: list[type] = [macro]
        while stack:
            kind = stack.pop()
            stack.extend(kind.__subclasses__())
            if "to_cloudformation" in vars(kind) and kind not in originals and kind is not macro:
                originals[kind] = vars(kind)["to_cloudformation"]
                kind.to_cloudformation = self._recorder(originals[kind])  # type: ignore[attr-defined]
        try:
            yield
        finally:
            for kind, original in originals.items():
                kind.to_cloudformation = original  # type: ignore[attr-defined]

    def _recorder(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(macro: Any, **arguments: Any) -> Any:
            owner = self._current = macro.logical_id
            made = original(macro, **arguments)
            for one in made:
                self.owners.setdefault(one.logical_id, owner)
            self._current = ""
            return made

        return recorded


def _as_map(value: dict[str, Any], template: Map) -> Map:
    made = Map(value, template.span, template.keys_at)
    resources = value.get("Resources")
    original = template.get("Resources")
    if isinstance(resources, dict):
        keys_at = getattr(original, "keys_at", {})
        made["Resources"] = Map(resources, span_of(original), {k: v for k, v in keys_at.items() if k in resources})
    return made
