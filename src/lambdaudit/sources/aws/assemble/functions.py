"""Functions with their published versions and aliases, and what is set on each: policies, URLs, destinations."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.base import Tags
from lambdaudit.model.functions import Alias, Configured, Cors, Function, FunctionUrl, FunctionVersion, InvokeConfig
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.configuration import configured
from lambdaudit.sources.aws.assemble.fields import EMPTY, Fields, sure
from lambdaudit.sources.aws.assemble.signing import Signing
from lambdaudit.sources.aws.assemble.tags import tags_of_map
from lambdaudit.sources.aws.assemble.text import bounded, clean
from lambdaudit.sources.aws.raw import Answer, Key, Seen

T = TypeVar("T")

CONFIGURED = tuple(name for name in Configured.__struct_fields__ if name not in ("id", "name", "where", "account", "region"))
NO_CONFIGURATION = tuple(name for name in CONFIGURED if name not in ("version", "tags", "extra"))
"""Fields that are Unknown when no record of the function could be read."""
BESIDE = ("GetRuntimeManagementConfig", "ListProvisionedConcurrencyConfigs")
"""Reads that the model has no field for; what they say goes to `extra`."""


def functions(b: Builder) -> None:
    """Add every chosen function, its versions and aliases."""
    places = dict(_places(b))
    signing = Signing(b)
    for seen in b.raw.functions.values():
        _OneFunction(b, seen, places, signing).add()


def _places(b: Builder) -> Iterator[tuple[str, Where]]:
    """Where each configuration record of a list stands, by its FunctionArn; `$LATEST` under the unqualified ARN."""
    for operation, field in (("ListFunctions", "Functions"), ("ListVersionsByFunction", "Versions")):
        for key, answer in b.raw.each("lambda", operation):
            for number, item in enumerate(answer.items(field) if isinstance(answer, Answer) else ()):
                arn = item.get("FunctionArn") if isinstance(item, dict) else None
                if isinstance(arn, str):
                    yield arn.removesuffix(":$LATEST"), place(key, field, number, subject=arn.removesuffix(":$LATEST"))
    for key, answer in b.raw.each("lambda", "GetFunctionConfiguration"):
        if isinstance(answer, Answer):
            yield key.subject, place(key)


class _OneFunction:
    """One function on its way from answers to assets."""

    def __init__(self, b: Builder, seen: Seen, places: dict[str, Where], signing: Signing) -> None:
        self.b = b
        self.seen = seen
        self.places = places
        self.signing = signing
        self.arn = clean(seen.arn)
        parsed = parse_arn(self.arn)
        self.name = parsed.name if parsed else self.arn
        self.key = Key("lambda", "GetFunction", seen.account, seen.region, seen.arn)
        self.details = b.ask(self.key, self.key.operation)
        self.urls = _ByArn(b, self.key, "ListFunctionUrlConfigs", "FunctionUrlConfigs", _url)
        self.settings = _ByArn(b, self.key, "ListFunctionEventInvokeConfigs", "FunctionEventInvokeConfigs", _invoke_config)

    def add(self) -> None:
        """Add the function and what belongs to it."""
        versions = self._versions()
        aliases = self._aliases()
        record = self._record()
        extra: dict[str, Any] = {}
        if isinstance(record, Fields):
            listed = record.where.source in ("lambda:ListFunctions", "lambda:ListVersionsByFunction")
            code = self.b.single(self.key, self.details, "Code")
            fields = configured(record, name=self.name, listed=listed, code=code, environments=self.b.environments)
            where = record.where
            extra = record.extra()
        else:
            fields = dict.fromkeys(NO_CONFIGURATION, record)
            where = Where("lambda:GetFunctionConfiguration", self.arn)
        for operation in BESIDE:
            answer = self.b.ask(self.key, operation)
            if isinstance(answer, Answer):
                said = {name: value for name, value in answer.data.items() if name != "FunctionArn" and value not in EMPTY}
                extra |= {operation: bounded(said)} if said else {}
        self.b.add(
            Function(
                id=self.arn,
                name=self.name,
                where=where,
                account=self.seen.account,
                region=self.seen.region,
                tags=self._tags(),
                extra=extra,
                policy=self._policy(self.arn),
                url=self.urls.of(self.arn),
                invoke_config=self.settings.of(self.arn),
                reserved_concurrency=self._concurrency(),
                code_signing=self.signing.of(self.seen),
                versions=versions,
                aliases=aliases,
                recursion=self._recursion(),
                **fields,
            )
        )

    def _record(self) -> Fields | Unknown:
        """The configuration: GetFunction's when it was answered, else the record of the list."""
        if isinstance(self.details, Answer):
            record = self.b.single(self.key, self.details, "Configuration")
            if isinstance(record, Fields) and record.data:
                return record
        listed = self.seen.configuration
        if isinstance(listed, Unknown):
            return listed
        if isinstance(listed, dict) and listed:
            return Fields(listed, self.places.get(self.arn, Where("lambda:ListFunctions", self.arn)))
        return Unknown("odd value: the configuration is not an object")

    def _policy(self, arn: str) -> Any:
        answer = self.b.ask(self.key, "GetPolicy", subject=arn)
        name = arn.partition(":function:")[2] or self.name
        return self.b.documents.resource(answer, "Policy", name=name, where=Where("lambda:GetPolicy", arn))

    def _tags(self) -> Maybe[Tags]:
        if isinstance(self.details, Unknown):
            return self.details
        if self.details.data.get("TagsError"):
            return Unknown("GetFunction could not read the tags", "lambda:ListTags")
        return tags_of_map(Fields(self.details.data, place(self.key)), "Tags")

    def _concurrency(self) -> Maybe[int | None]:
        if isinstance(self.details, Unknown):
            return self.details
        fields = Fields(self.details.data, place(self.key))
        return fields.build("Concurrency", lambda f: sure(f.integer("ReservedConcurrentExecutions", None)), None)

    def _recursion(self) -> Maybe[str]:
        answer = self.b.ask(self.key, "GetFunctionRecursionConfig")
        if isinstance(answer, Unknown):
            return answer
        fields = Fields(answer.data, place(self.key))
        # AWS stops recursive loops unless the function is set to allow them.
        return fields.text("RecursiveLoop", "Terminate")

    def _versions(self) -> Maybe[tuple[str, ...]]:
        """Add the published versions; their ids, or Unknown when the list may not be whole."""
        found = []
        gap = self._versions_gap()
        for item in self.seen.versions:
            record = Fields(item if isinstance(item, dict) else {}, Where("lambda:ListFunctions", self.arn))
            arn = self._own(record.text("FunctionArn", ""), record.text("Version", ""))
            if not arn:
                gap = gap or Unknown("odd record: a published version without a version number")
                self.b.note(self.seen.region, self.arn, "odd record: a published version without a version number")
                continue
            record.where = self.places.get(arn, record.where)
            self._add_version(arn, record)
            found.append(arn)
        if gap:
            self.b.miss("function-version", gap, self.seen.account, self.seen.region, self.arn)
        return gap or tuple(found)

    def _versions_gap(self) -> Unknown | None:
        """Why versions may be missing: the list that shows them broke off, failed, or was never asked."""
        single = self.b.ask(self.key, "ListVersionsByFunction")
        if isinstance(single, Answer):
            return single.rest
        whole = self.b.ask(self.key, "ListFunctions", subject="")
        if isinstance(whole, Answer):
            return whole.rest
        return single if self.key._replace(operation="ListVersionsByFunction") in self.b.raw else whole

    def _add_version(self, arn: str, record: Fields) -> None:
        fields = configured(record, name=self.name, listed=True, code=None, environments=self.b.environments)
        version = arn.rpartition(":")[2]
        self.b.add(
            FunctionVersion(
                id=arn,
                name=f"{self.name}:{version}",
                where=record.where,
                account=self.seen.account,
                region=self.seen.region,
                version=version,
                function=self.arn,
                policy=self._policy(arn),
                invoke_config=self.settings.of(arn),
                extra=record.extra(),
                **fields,
            )
        )

    def _aliases(self) -> Maybe[tuple[str, ...]]:
        """Add the aliases; their ids, or Unknown when the list could not be read whole."""
        answer = self.b.ask(self.key, "ListAliases")
        if isinstance(answer, Unknown):
            self.b.miss("alias", answer, self.seen.account, self.seen.region, self.arn)
            return answer
        gap = answer.rest
        found = []
        key = self.key._replace(operation="ListAliases")
        for number, item in enumerate(answer.items("Aliases")):
            record = Fields(item if isinstance(item, dict) else {}, place(key, "Aliases", number))
            arn = self._own(record.text("AliasArn", ""), record.text("Name", ""))
            if arn:
                self._add_alias(arn, record)
                found.append(arn)
            else:
                gap = gap or Unknown("odd record: an alias without a name")
                self.b.note(self.seen.region, self.arn, "odd record: an alias without a name")
        if gap:
            self.b.miss("alias", gap, self.seen.account, self.seen.region, self.arn)
        return gap or tuple(found)

    def _add_alias(self, arn: str, record: Fields) -> None:
        record.ignore("RevisionId")
        routing = record.build("RoutingConfig", _weights, ())
        alias = Alias(
            id=arn,
            name=arn.rpartition(":")[2],
            where=record.where,
            account=self.seen.account,
            region=self.seen.region,
            function=self.arn,
            version=record.plain(record.text("FunctionVersion", record.unsaid), ""),
            weights=record.plain(routing, ()),
            policy=self._policy(arn),
            url=self.urls.of(arn),
            invoke_config=self.settings.of(arn),
            extra=record.extra(),
        )
        self.b.add(alias, record)

    def _own(self, arn: str | Unknown, qualifier: str | Unknown) -> str:
        """The qualified ARN that a version's or alias's record gives, if it is one of this function; else an empty text."""
        prefix = f"{self.arn}:"
        for text in (arn, f"{prefix}{qualifier}" if isinstance(qualifier, str) and qualifier else ""):
            rest = text.removeprefix(prefix) if isinstance(text, str) and text.startswith(prefix) else ""
            if rest and ":" not in rest and rest != "$LATEST":
                return f"{prefix}{rest}"
        return ""


class _ByArn:
    """What one list says about a function and each of its qualifiers, by the FunctionArn in its records."""

    def __init__(self, b: Builder, key: Key, operation: str, field: str, build: Callable[[Fields], Any]) -> None:
        answer = b.ask(key, operation)
        self._gap: Unknown | None = None
        self._found: dict[str, Any] = {}
        if isinstance(answer, Unknown):
            self._gap = answer
            return
        self._gap = answer.rest
        key = key._replace(operation=operation)
        for record in b.items(key, answer, field):
            arn = record.text("FunctionArn", record.unsaid)
            if isinstance(arn, Unknown):
                # It belongs to the function or to one of its qualifiers, and nobody knows to which.
                self._gap = self._gap or arn
            else:
                self._found[arn.removesuffix(":$LATEST")] = record.attempt(build)
        if len(answer.items(field)) != sum(isinstance(item, dict) for item in answer.items(field)):
            self._gap = self._gap or Unknown(f"odd record in the answer of {operation}")

    def of(self, arn: str) -> Any:
        """What the list says about an ARN; None when it says that there is nothing."""
        return self._found.get(arn, self._gap)


def _weights(routing: Fields) -> tuple[tuple[str, float], ...]:
    weights = routing.take("AdditionalVersionWeights")
    if weights is None:
        return ()
    if not isinstance(weights, dict) or not all(map(_is_share, weights.values())):
        return sure(routing.strange("AdditionalVersionWeights", weights))
    return tuple((clean(str(version)), float(weight)) for version, weight in weights.items())


def _is_share(weight: object) -> bool:
    return isinstance(weight, int | float) and not isinstance(weight, bool) and 0 <= weight <= 1


def _url(url: Fields) -> FunctionUrl:
    return FunctionUrl(
        url=sure(url.text("FunctionUrl", "")),
        auth_type=sure(url.text("AuthType", url.unsaid)),
        where=url.where,
        invoke_mode=sure(url.text("InvokeMode", "BUFFERED")),
        cors=sure(url.build("Cors", _cors, None)),
    )


def _cors(cors: Fields) -> Cors:
    return Cors(
        origins=sure(cors.texts("AllowOrigins", ())),
        methods=sure(cors.texts("AllowMethods", ())),
        headers=sure(cors.texts("AllowHeaders", ())),
        credentials=sure(cors.flag("AllowCredentials", False)),
    )


def _invoke_config(config: Fields) -> InvokeConfig:
    destinations = sure(config.record("DestinationConfig"))
    return InvokeConfig(
        where=config.where,
        on_success=sure(destinations.build("OnSuccess", _destination, "")) if destinations else "",
        on_failure=sure(destinations.build("OnFailure", _destination, "")) if destinations else "",
        retries=sure(config.integer("MaximumRetryAttempts", None)),
        max_age=sure(config.integer("MaximumEventAgeInSeconds", None)),
    )


def _destination(destination: Fields) -> str:
    return sure(destination.text("Destination", ""))
