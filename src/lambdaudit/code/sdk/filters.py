"""Parameters that name a resource in more than one way: URLs, partial ARNs, aliases, copy sources."""

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

from lambdaudit.code.flow.calls import Argument
from lambdaudit.code.sdk.values import NOTHING, World, texts
from lambdaudit.model.unknown import Maybe, Unknown

Found = Iterator[Maybe[str]]
Filter = Callable[[tuple[Argument, ...], World], Found]
"""From the argument (and a second one where the template names two) to texts that go into the template, or whole ARNs."""

_QUEUE: Final = re.compile(r"https?://(?:sqs\.([^./]+)\.[^/]+|([^./]+)\.queue\.[^/]+|[^/]+)/([0-9*]+)/([^/?#]+)")
_FUNCTION: Final = re.compile(r"(?:([0-9]{12}):)?(?:function:)?([A-Za-z0-9_*-]+)(?::([A-Za-z0-9$_*-]+))?")
_ADDRESS: Final = re.compile(r"[^<>\s\"]+@([^<>\s\"]+)")
_PROFILE: Final = re.compile(r"(?:us|eu|apac|global|us-gov|jp|au|ca|sa|mx|il|af|me)\.(.+)")


def _arn(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        if isinstance(text, Unknown) or text.startswith("arn:"):
            yield text
        else:
            yield Unknown(f"{text[:80]} is no ARN")


def _queue(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        if isinstance(text, Unknown) or not text.startswith("http"):
            yield text
        elif found := _QUEUE.match(text):
            region = found[1] or found[2] or world.region
            yield f"arn:{world.partition}:sqs:{region}:{found[3]}:{found[4]}"
        else:
            yield Unknown("not decided in the code")


def _key(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        alias = isinstance(text, str) and (text.startswith("alias/") or ":alias/" in text)
        yield Unknown(f"the key behind {str(text)[:80]}") if alias else text


def _function(arguments: tuple[Argument, ...], world: World) -> Found:
    qualifiers: tuple[Maybe[str], ...] = texts(arguments[1], world) if len(arguments) > 1 and arguments[1] != NOTHING else ("",)
    for text in texts(arguments[0], world):
        for qualifier in qualifiers:
            tail = "" if not qualifier else ":*" if isinstance(qualifier, Unknown) else f":{qualifier}"
            if isinstance(text, Unknown):
                yield text
            elif text.startswith("arn:"):
                yield text if text.count(":") > 6 else text + tail
            elif found := _FUNCTION.fullmatch(text):
                own = f":{found[3]}" if found[3] else tail
                yield f"arn:{world.partition}:lambda:{world.region}:{found[1] or world.account}:function:{found[2]}{own}"
            else:
                yield Unknown("not decided in the code")


def _group(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        yield text.removesuffix(":*") if isinstance(text, str) else text


def _secret(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        yield text if isinstance(text, Unknown) or text.startswith("arn:") or text.endswith("*") else f"{text}-??????"


def _parameter(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        if isinstance(text, str) and not text.startswith("arn:"):
            text = text.removeprefix("/").partition(":")[0]
        yield text


def _last(arguments: tuple[Argument, ...], world: World) -> Found:
    """What stands behind the last slash: ids that a service also takes as paths (``/hostedzone/Z1``)."""
    for text in texts(arguments[0], world):
        yield text.rpartition("/")[2] if isinstance(text, str) and not text.startswith("arn:") else text


def _role(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        bare = isinstance(text, str) and not text.startswith("arn:")
        yield f"arn:{world.partition}:iam::{world.account}:role/{text}" if bare else text


def _bus(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world) if arguments[0] != NOTHING else ("default",):
        name = "*" if isinstance(text, Unknown) else text.rpartition("/")[2] if text.startswith("arn:") else text
        yield "" if name in ("default", "") else "*" if name == "*" else f"{name}/"


def _sources(argument: Argument, world: World, versions: bool) -> Found:
    """The objects that a copy reads: ``bucket/key?versionId=…`` or a mapping of Bucket, Key and VersionId."""
    if argument.fields:
        if (argument.field("VersionId") is not None) is not versions:
            return
        for bucket in texts(argument.field("Bucket") or NOTHING, world):
            for key in texts(argument.field("Key") or NOTHING, world):
                yield _object(bucket, "*" if isinstance(key, Unknown) else key, world)
        return
    for text in texts(argument, world):
        if isinstance(text, Unknown):
            if not versions:
                yield text
            continue
        plain, _, version = text.partition("?versionId=")
        if bool(version) is versions:
            if plain.startswith("arn:"):
                yield plain
                continue
            bucket, _, key = unquote(plain).removeprefix("/").partition("/")
            yield _object(bucket, key or "*", world)


def _object(bucket: Maybe[str], key: str, world: World) -> Maybe[str]:
    if isinstance(bucket, Unknown) or bucket.startswith("*"):
        return Unknown("not decided in the code") if isinstance(bucket, str) else bucket
    if bucket.startswith("arn:"):
        return f"{bucket}/object/{key}"
    return f"arn:{world.partition}:s3:::{bucket}/{key}"


def _copy_source(arguments: tuple[Argument, ...], world: World) -> Found:
    return _sources(arguments[0], world, False)


def _copy_version(arguments: tuple[Argument, ...], world: World) -> Found:
    return _sources(arguments[0], world, True)


def _address(arguments: tuple[Argument, ...], world: World) -> Found:
    """The sender's address and its domain: whichever of them is verified."""
    for text in texts(arguments[0], world):
        found = _ADDRESS.search(text) if isinstance(text, str) else None
        if isinstance(text, str) and found and not found[0].startswith("*"):
            yield found[0]
            if not found[1].startswith("*"):
                yield found[1]
        else:
            yield text if isinstance(text, Unknown) else Unknown("not decided in the code")


def _model(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        if isinstance(text, Unknown) or text.startswith("arn:"):
            yield text
        elif profile := _PROFILE.fullmatch(text):
            yield f"arn:{world.partition}:bedrock:{world.region}:{world.account}:inference-profile/{text}"
            yield f"arn:{world.partition}:bedrock:*::foundation-model/{profile[1]}"
        else:
            yield f"arn:{world.partition}:bedrock:{world.region}::foundation-model/{text}"


def _document(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        shared = isinstance(text, str) and text.startswith(("AWS-", "Amazon"))
        yield f"arn:{world.partition}:ssm:{world.region}::document/{text}" if shared else text


def _definition(arguments: tuple[Argument, ...], world: World) -> Found:
    for text in texts(arguments[0], world):
        if isinstance(text, str) and ":" not in text.rpartition("/")[2]:
            text = text if text.endswith("*") else f"{text}:*"
        yield text


def _plain(arguments: tuple[Argument, ...], world: World) -> Found:
    yield from texts(arguments[0], world)


FILTERS: Final[dict[str, Filter]] = {
    "": _plain,
    "address": _address,
    "arn": _arn,
    "bus": _bus,
    "copy-source": _copy_source,
    "copy-version": _copy_version,
    "definition": _definition,
    "document": _document,
    "function": _function,
    "group": _group,
    "key": _key,
    "last": _last,
    "model": _model,
    "parameter": _parameter,
    "queue": _queue,
    "role": _role,
    "secret": _secret,
}
"""The filters that templates name."""
