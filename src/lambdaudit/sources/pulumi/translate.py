"""One stack's resources in CloudFormation's shape: names, references and code, by the tables of Terraform and CloudFormation."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from lambdaudit.model.where import Where
from lambdaudit.sources.cdk.places import moved_to
from lambdaudit.sources.cloudformation.code import Code
from lambdaudit.sources.iac.lift import PLACEHOLDER_REGION, Settings
from lambdaudit.sources.iac.lift.identity import NAMES
from lambdaudit.sources.iac.resources import CodeLocation, Resource
from lambdaudit.sources.iac.values import List, Map, Ref, Str, Value, span_of
from lambdaudit.sources.terraform.collect import Collector, Source
from lambdaudit.sources.terraform.known import place_of
from lambdaudit.sources.terraform.partial import Invalid, JsonStr
from lambdaudit.sources.terraform.read import _tagged as tagged
from lambdaudit.sources.terraform.show import Row as Shown

from .files import Packages, Project
from .links import Depends, Links, Target, arns, attribute_of, terraform_type
from .names import Names, names_of, renamed, snake
from .stacks import Row, Stack
from .values import UNKNOWN, Asset, opened

_RANDOM: Final = re.compile(r"[-_]?[0-9a-f]{7,8}")
_OBJECTS: Final = ("aws_s3_object", "aws_s3_bucket_object")
_INTERNAL: Final = ("pulumi:pulumi:", "pulumi:providers:")


@dataclass(slots=True)
class _Part:
    """A resource that is translated: as Pulumi has it, what its type means, its arguments and what is known of it."""

    row: Row
    names: Names
    settings: Map
    known: Map


def translate(stack: Stack, settings: Settings, root: Path) -> tuple[Collector, Settings]:
    """The resources of a stack; the settings have the account and region that most ARNs or the configuration name."""
    parts = [_Part(row, names, *_settings(row, names)) for row in stack.rows.values() if (names := _names(row)) is not None]
    shown = [_shown(part) for part in parts]
    settings = place_of(shown, Map(), settings)
    providers = _providers(stack)
    if settings.region == PLACEHOLDER_REGION:
        region = _region(stack.region) or next((p["region"] for p in providers.values() if p["region"]), "")
        settings = replace(settings, region=region or settings.region, partition=_partition(region or settings.region))
    translator = _Translator(stack, settings, root, parts, shown, providers)
    return translator.run(), settings


def _names(row: Row) -> Names | None:
    return names_of(row.token) if row.custom else None


def _partition(region: str) -> str:
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def _region(value: Value) -> str:
    """The name of a region; empty for anything else."""
    return str(value) if isinstance(value, str) and re.fullmatch(r"[a-z]{2,4}(?:-[a-z]{2,12}){1,2}-\d{1,2}", value) else ""


def _settings(row: Row, names: Names) -> tuple[Map, Map]:
    """The arguments of a resource by the other language's names, and what is known of it: plain texts."""
    inputs = _dropped(row, names)
    value = opened(inputs, row.name)
    settings = renamed(names, value if isinstance(value, Map) else Map((), row.at))
    settings.span = row.at
    outputs = opened(row.outputs, row.name)
    known = renamed(names, outputs) if isinstance(outputs, Map) else Map()
    plain = Map({name: inner for name, inner in {**known, **settings}.items() if isinstance(inner, str)})
    if names.native and "Arn" in plain:
        plain["arn"] = plain["Arn"]
    if row.id and row.made and row.id not in UNKNOWN:
        plain["id"] = row.id
    return settings, plain


def _dropped(row: Row, names: Names) -> Map:
    """The inputs without what the engine adds: marks, empty values, and names that a preview makes up anew each time."""
    made = Map((), row.inputs.span or row.at, row.inputs.keys_at, row.inputs.rest)
    defaults = row.inputs.get("__defaults")
    for name, value in row.inputs.items():
        if name.startswith("__") or value is None or value == "":
            continue
        if not row.made and isinstance(value, str) and isinstance(defaults, list) and name in defaults and _made_up(row, value):
            continue
        if not row.made and names.native and isinstance(value, str) and _made_up(row, value):
            continue
        made[name] = value
    return made


def _made_up(row: Row, value: str) -> bool:
    """Whether a name is the resource's own with a random ending."""
    return value.startswith(row.name) and _RANDOM.fullmatch(value[len(row.name) :]) is not None


def _shown(part: _Part) -> Shown:
    """A resource as the reader of Terraform's states has it."""
    kind = terraform_type(part.names.type) if part.names.native else part.names.type
    return Shown(part.row.urn, "", kind, part.row.name, part.known, part.row.at)


def _providers(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """Region, account and default tags by the reference that resources have to a provider."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in stack.rows.values():
        if row.token in ("pulumi:providers:aws", "pulumi:providers:aws-native"):
            given = {
                name: _decoded(row.inputs.get(name)) for name in ("region", "allowedAccountIds", "defaultTags", "assumeRole")
            }
            accounts = given["allowedAccountIds"]
            account = str(accounts[0]) if isinstance(accounts, list) and len(accounts) == 1 else ""
            tags = given["defaultTags"].get("tags") if isinstance(given["defaultTags"], dict) else None
            account = account if re.fullmatch(r"[0-9]{12}", account) else ""
            found[row.urn] = {"region": _region(given["region"]), "account": account, "tags": tags}
    return found


def _decoded(value: Value) -> Value:
    """An argument of a provider: objects and lists stand there as JSON texts."""
    if isinstance(value, str) and value[:1] in ("{", "[") and len(value) < 100_000:
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


class _Translator:
    def __init__(
        self,
        stack: Stack,
        settings: Settings,
        root: Path,
        parts: list[_Part],
        shown: list[Shown],
        providers: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._stack = stack
        self._settings = settings
        self._root = root
        self._parts = parts
        self._providers = providers
        self._project = Project(stack.path, root)
        self._packages = Packages()
        self._objects: dict[str, Value] = {}
        self._shown = {one.address: one for one in shown}
        self._links = Links([one for one in shown if one.type], self._names())
        self._depends = Depends({one.address: Target(one.address, one.type, one.name) for one in shown if one.type}, settings)
        for part in parts:
            if part.names.native:
                for arn in arns(part.known, part.row.id):
                    kind = self._shown[part.row.urn].type
                    self._links.exact.setdefault(arn, Ref(part.row.urn, attribute_of(kind, "arn")))
        self.collector = Collector(settings)

    def _names(self) -> dict[str, Ref]:
        """Names with random endings that a preview made up, by what they stand for: other resources repeat them."""
        found: dict[str, Ref] = {}
        for part in self._parts:
            if part.row.made:
                continue
            for value in part.row.inputs.values():
                if isinstance(value, str) and 8 <= len(value) <= 200 and _made_up(part.row, str(value)):
                    kind = terraform_type(part.names.type) if part.names.native else part.names.type
                    found.setdefault(str(value), Ref(part.row.urn, attribute_of(kind, "id")))
        return found

    def run(self) -> Collector:
        for part in self._parts:
            if part.names.type in _OBJECTS:
                self._keep_object(part)
        for part in self._parts:
            if part.names.native:
                self._native(part)
            else:
                self._classic(part)
        for row in self._stack.rows.values():
            if row.custom and names_of(row.token) is None and not row.token.startswith(_INTERNAL):
                self.collector.unread[row.token] = self.collector.unread.get(row.token, 0) + 1
        self.collector.finish()
        return self.collector

    def _keep_object(self, part: _Part) -> None:
        """What an object in S3 is uploaded from; a key that two objects have tells nothing."""
        key, asset = part.settings.get("key"), part.settings.get("source")
        if isinstance(key, str) and isinstance(asset, Asset):
            self._objects[str(key)] = None if str(key) in self._objects else self._packages.name(asset, "")

    def _filled(self, part: _Part) -> Map:
        """The arguments with references: to what a state knows, and by dependencies."""
        row = part.row
        made = self._links.linked(self._shown[row.urn], part.settings)
        own = {renamed_name(part.names, name): urns for name, urns in row.by_property.items()}
        # Engines before 2018 tell only what a resource depends on as a whole.
        rest = () if row.by_property else row.dependencies
        kind = self._shown[row.urn].type
        for name, value in list(made.items()):
            short = snake(name) if part.names.native else name
            made[name] = self._depends.filled(kind, short, value, own.get(name, rest))
        return made

    def _place(self, part: _Part) -> tuple[str, str]:
        """Account and region of a resource, where they are not those of the stack."""
        provider = self._providers.get(part.row.provider.rpartition("::")[0], {})
        own = part.settings.get("region")
        region, account = self._links.home(self._shown[part.row.urn])
        region = region or _region(own) or str(provider.get("region") or "")
        account = account or str(provider.get("account") or "")
        here = self._settings
        return account if account != here.account else "", region if region != here.region else ""

    def _classic(self, part: _Part) -> None:
        row, kind = part.row, part.names.type
        settings = self._filled(part)
        for name, value in list(settings.items()):
            if isinstance(value, Asset):
                settings[name] = self._packages.name(value, str(settings.get("handler") or ""))
            elif isinstance(value, Map) and name.endswith(("policy", "policy_document", "definition", "event_pattern", "body")):
                settings[name] = _as_json(value)
        every = settings.pop("tags_all", None)
        own = settings.get("tags")
        if isinstance(every, Map) and (own is None or isinstance(own, Map)):
            # What the provider's default tags and the resource's own ones make together.
            settings["tags"] = Map({**every, **(own or {})}, every.span, every.keys_at)
        tags = self._providers.get(row.provider.rpartition("::")[0], {}).get("tags")
        tagged(settings, Map(tags, row.at) if isinstance(tags, dict) else None, kind)
        span = self._project.line(row, self._stack.rows)
        if span is not None:
            settings = moved_to(settings, span)
        account, region = self._place(part)
        source = Source(
            address=row.urn,
            type=kind,
            at=span or row.at,
            settings=settings,
            own_name=_own_name(row),
            account=account,
            region=region,
            locate=self._project.locate,
            archive=self._packages.archive,
            object_source=lambda _bucket, key: self._objects.get(key) if isinstance(key, str) else None,
        )
        try:
            self.collector.take(source)
        except Invalid as error:
            self.collector.note(source, f"is judged in part, a value does not fit: {error}")

    def _native(self, part: _Part) -> None:
        row, kind = part.row, part.names.type
        properties = self._filled(part)
        span = self._project.line(row, self._stack.rows)
        if span is not None:
            properties = moved_to(properties, span)
        at = span or row.at
        account, region = self._place(part)
        made = Resource(
            address=row.urn,
            type=kind,
            properties=properties,
            where=Where(at.source, row.urn, "", at.line, at.column),
            name=_native_name(row, kind, properties),
            account=account,
            region=region,
        )
        self.collector.add(made)
        location = self._native_code(made)
        if location is not None:
            self.collector.locations[row.urn] = location

    def _native_code(self, made: Resource) -> CodeLocation | None:
        code = made.properties.get("Code")
        key = code.get("S3Key") if isinstance(code, Map) else None
        found = self._objects.get(key) if isinstance(key, str) else None
        path = self._project.locate(found) if isinstance(found, str) else None
        located = Code(self._stack.path, self._root, None).locate(made.name, made)
        return replace(located, path=path, uri="") if located is not None and path is not None else located


def renamed_name(names: Names, name: str) -> str:
    """The other language's name of one property."""
    return next(iter(renamed(names, Map({name: None}))), name)


def _own_name(row: Row) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", row.name).strip("-")[:63] or "unnamed"


def _native_name(row: Row, kind: str, properties: Map) -> str:
    value = properties.get(NAMES.get(kind, ""))
    return str(value) if isinstance(value, str) and value else _own_name(row)


def _as_json(value: Map) -> Value:
    """An object where Terraform has a JSON text."""
    made = JsonStr(json.dumps(_plain(value)), span_of(value))
    made.tree = value
    return made


def _plain(value: Value) -> Any:
    if isinstance(value, Map):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, List):
        return [_plain(inner) for inner in value]
    if isinstance(value, Str):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
