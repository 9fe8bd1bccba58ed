"""Calls of AWS in compiled code: from the names of SDK classes and methods in it, without arguments."""

import re
from collections.abc import Iterable, Iterator

from lambdaudit.code.filesystem import OPT, TASK, FileSystem
from lambdaudit.code.flow.calls import RawCall, Receiver
from lambdaudit.model.where import Where

from .classfile import Call
from .found import Found

_JAVA = re.compile(r"software/amazon/awssdk/services/[\w/]+/(\w+?)(?:Async)?Client$")
_JAVA_OLD = re.compile(r"com/amazonaws/services/[\w/]+/(?:Amazon|AWS)(\w+?)(?:Async)?(?:Client)?$")
_JAVA_QUIET = re.compile(
    r"^(?:builder|create|close|shutdown|serviceName|utilities|waiter|<init>|standard|defaultClient|\w+Paginator)$"
)
_GO = re.compile(rb"github\.com/aws/aws-sdk-go(?:-v2)?/service/([a-z0-9]{2,40})\.\(\*(\w{1,40})\)\.([A-Z]\w{1,80})\x00")
_GO_OTHERS = re.compile(r"(?:Request|WithContext|Pages|PagesWithContext|Middlewares)$|^(?:Options|String|GoString|Validate)$")
_MOST_GO = 120
"""Operations of one service; a binary with more keeps them all, whether they are used or not."""
_OVERLAP = 200


def java_call(call: Call, path: str, origin: str) -> RawCall | None:
    """A call on a client of either Java SDK as a raw call; None for all others."""
    match = _JAVA.match(call.owner) or _JAVA_OLD.match(call.owner)
    if match is None or _JAVA_QUIET.match(call.name):
        return None
    return sdk_call(match[1], call.name, Where(path, subject=origin, line=call.line))


def sdk_call(service: str, method: str, where: Where) -> RawCall:
    """A call of a method (``getObject``) on a client of a service, however the SDK spells that; its arguments are not known."""
    receiver = Receiver(kind="client", service=_service(service), library="aws-sdk")
    return RawCall(receiver=receiver, method=method, where=where)


def _service(name: str) -> str:
    from lambdaudit.code.sdk.index import find_service

    return find_service(name) or find_service(f"{name}Client") or find_service(f"AWS.{name}") or name


def go_calls(files: FileSystem) -> Found:
    """Operations of the Go SDKs that are linked into programs of the package: the linker keeps only what may be called."""
    found = Found()
    for path in (f"{TASK}/bootstrap", f"{TASK}/main", f"{OPT}/bootstrap"):
        if path not in files or not files.head(path, 4).startswith(b"\x7fELF"):
            continue
        where = Where(path, subject=files.origin(path))
        for service, methods in sorted(_linked(files.chunks(path)).items()):
            if len(methods) > _MOST_GO:
                found.limits.append(f"{path} holds all operations of {service}, so which ones it calls is not known")
                continue
            found.raw += (sdk_call(service, method, where) for method in sorted(methods))
        if found.raw:
            found.limits.append(f"{path} was read by the names of SDK operations in it; how data move was not followed")
    return found


def _linked(chunks: Iterable[bytes]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for service, method in _names(chunks):
        if not _GO_OTHERS.search(method):
            found.setdefault(service, set()).add(method[0].lower() + method[1:])
    return found


def _names(chunks: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        for match in _GO.finditer(text):
            owner = match[2].decode()
            if owner == "Client" or owner.lower().replace("_", "") == match[1].decode():
                yield match[1].decode(), match[3].decode()
        rest = text[-_OVERLAP:]


__all__ = ["go_calls", "java_call", "sdk_call"]
