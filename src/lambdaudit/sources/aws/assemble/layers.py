"""Layer versions: those that a chosen function or one of its versions uses, and those that the account publishes."""

from collections.abc import Iterator

from lambdaudit.model.arn import Arn, parse_arn
from lambdaudit.model.base import Policy
from lambdaudit.model.functions import Configured, LayerVersion
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.model.where import Where
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields
from lambdaudit.sources.aws.assemble.text import clean
from lambdaudit.sources.aws.raw import Answer, Key

_DULL = ("LayerVersionArn", "LayerArn", "Version", "Content", "CompatibleArchitectures")


def layers(b: Builder) -> None:
    """Add every layer version that is used or published; functions must have been added before."""
    listed = dict(_listed(b))
    wanted: dict[str, tuple[str, str]] = {}
    for asset in list(b.assets.values()):
        if isinstance(asset, Configured) and not isinstance(asset.layers, Unknown):
            for use in asset.layers:
                wanted.setdefault(use.arn, (asset.account, asset.region))
    for arn, (key, _) in listed.items():
        wanted.setdefault(arn, (key.account, key.region))
    for arn, (account, region) in wanted.items():
        _add(b, arn, Key("lambda", "GetLayerVersionPolicy", account, region, arn), listed)


def _listed(b: Builder) -> Iterator[tuple[str, tuple[Key, Fields]]]:
    """Records of layer versions by their ARN."""
    for key, record in b.records("lambda", "ListLayers", "Layers", "layer-version"):
        latest = record.record("LatestMatchingVersion")
        if isinstance(latest, Fields):
            yield from _with_arn(b, key, latest)
    for key, record in b.records("lambda", "ListLayerVersions", "LayerVersions", "layer-version"):
        yield from _with_arn(b, key, record)
    for key, answer in b.raw.each("lambda", "GetLayerVersionByArn"):
        if isinstance(answer, Answer) and not answer.absent:
            yield clean(key.subject), (key, Fields(answer.data, place(key)))


def _with_arn(b: Builder, key: Key, record: Fields) -> Iterator[tuple[str, tuple[Key, Fields]]]:
    arn = b.identity(record, "LayerVersionArn", "lambda", "layer:")
    if arn and _parts(arn):
        record.about(arn)
        yield arn, (key, record)
    else:
        b.lost(("layer-version",), key.account, key.region, record.where, "odd record: no LayerVersionArn")


def _parts(arn: str) -> tuple[Arn, str, int] | None:
    """The parsed ARN of a layer version, the ARN of its layer, the version; None for another ARN."""
    parsed = parse_arn(arn)
    pieces = parsed.resource.split(":") if parsed else []
    if parsed and parsed.service == "lambda" and len(pieces) == 3 and pieces[0] == "layer" and pieces[2].isdecimal():
        return parsed, arn.rpartition(":")[0], int(pieces[2][:18])
    return None


def _add(b: Builder, arn: str, key: Key, listed: dict[str, tuple[Key, Fields]]) -> None:
    parts = _parts(arn)
    if parts is None:
        b.lost(("layer-version",), key.account, key.region, Where("lambda:ListFunctions", arn), "odd ARN of a layer version")
        return
    parsed, layer, version = parts
    record = listed[arn][1] if arn in listed else None
    if record:
        record.ignore(*_DULL)
    elif parsed.account == key.account:
        _tell_absence(b, key, arn, layer)
        return
    foreign = _foreign(b, key, parsed)
    b.add(
        LayerVersion(
            id=arn,
            name=parsed.name,
            where=record.where if record else Where("lambda:ListLayerVersions", layer),
            account=parsed.account,
            region=parsed.region,
            layer=layer,
            version=version,
            compatible_runtimes=record.texts("CompatibleRuntimes", ()) if record else foreign,
            license=record.prose("LicenseInfo", "") if record else foreign,
            created=record.time("CreatedDate", "") if record else foreign,
            latest=_latest(b, key, layer, parsed),
            policy=_policy(b, key, arn, parsed),
            extra=record.extra() if record else {},
        )
    )


def _tell_absence(b: Builder, key: Key, arn: str, layer: str) -> None:
    """A version of the account's own that no list shows: it was deleted (functions keep running it), or nobody could look."""
    answer = b.ask(key, "ListLayerVersions", subject=layer)
    gap = answer if isinstance(answer, Unknown) else answer.rest
    if gap:
        b.miss("layer-version", gap, key.account, key.region, arn)
    else:
        b.absent.add(arn)


def _foreign(b: Builder, key: Key, parsed: Arn) -> Unknown:
    """Why nothing is known of another account's version."""
    answer = b.ask(key, "GetLayerVersionByArn")
    if isinstance(answer, Unknown) and key._replace(operation="GetLayerVersionByArn") in b.raw:
        return answer
    return Unknown(f"the layer belongs to account {parsed.account}", "lambda:GetLayerVersion")


def _latest(b: Builder, key: Key, layer: str, parsed: Arn) -> Maybe[int | None]:
    """The newest version of the layer; None when every version was deleted."""
    if parsed.account != key.account:
        return Unknown(f"the layer belongs to account {parsed.account}", "lambda:ListLayerVersions")
    one = b.ask(key, "ListLayerVersions", subject=layer)
    every = b.ask(key, "ListLayers", subject="")
    shown: list[object] = [_version(item) for item in one.items("LayerVersions")] if isinstance(one, Answer) else []
    listed = every.items("Layers") if isinstance(every, Answer) else []
    shown += [_version(i.get("LatestMatchingVersion")) for i in listed if isinstance(i, dict) and i.get("LayerArn") == layer]
    numbers = [number for number in shown if isinstance(number, int) and not isinstance(number, bool)]
    if len(numbers) != len(shown):
        return Unknown("odd value: a layer's version is not a number")
    if numbers:
        return max(numbers)
    gaps = [answer if isinstance(answer, Unknown) else answer.rest for answer in (one, every)]
    return None if None in gaps else gaps[0]


def _version(item: object) -> object:
    return item.get("Version") if isinstance(item, dict) else None


def _policy(b: Builder, key: Key, arn: str, parsed: Arn) -> Maybe[Policy | None]:
    if parsed.account != key.account:
        return Unknown(f"the layer belongs to account {parsed.account}", "lambda:GetLayerVersionPolicy")
    answer = b.ask(key, "GetLayerVersionPolicy", subject=arn)
    where = Where("lambda:GetLayerVersionPolicy", arn)
    return b.documents.resource(answer, "Policy", name=parsed.name, where=where)
