"""What can go wrong with a call: denied, throttled, failed, hung, cut, spoilt, odd. Deterministic by seed."""

import random
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fnmatch import fnmatchcase
from typing import Any, Literal
from xml.etree import ElementTree

from tests.support.wire import Answer, Call, denied, error, failed, service_model, throttled

Kind = Literal["denied", "throttled", "failed", "expired", "unsupported", "hang", "cut", "garbage", "truncated", "odd"]
INVENTED = "LAB_INVENTED"
# Members that tell which thing a record is about; an odd record keeps them, so that a test can ask where it went.
IDENTITY = re.compile(r"(Arn|Name|Id|Url|UUID|Version|Marker|Token|Position|Key|id|arn|name|nextToken|position)$")
# Asked again, these calls may go through; the others fail the same way each time.
PASSING = frozenset({"throttled", "failed", "hang", "cut"})


class Fate(Enum):
    """What happens to a call that gets no answer."""

    HANG = "hang"
    CUT = "cut"


@dataclass(frozen=True)
class Fault:
    """A share of the calls that fit goes wrong.

    Attributes:
        kind: what goes wrong. ``odd`` leaves valid answers with unknown enum values, missing optional fields and
            twenty invented keys a record; ``garbage`` is a body that does not parse; ``expired`` and ``unsupported``
            are the errors of an expired token and of a service without that operation in the region.
        operations: globs of ``service:Operation``.
        share: probability from 0 to 1. Drawn per request, and per attempt too for faults that a retry may survive.
        seed: another seed strikes other calls.
        regions: glob of regions; global services are called in us-east-1.
        containing: strike only requests with this text in path, query or body.
        attempts: strike only the first so many attempts of each request; None means all.
        seconds: how long a hung call hangs before the connection is cut.
    """

    kind: Kind
    operations: str | tuple[str, ...] = "*"
    share: float = 1.0
    seed: int = 0
    regions: str = "*"
    containing: str = ""
    attempts: int | None = None
    seconds: float = 3600.0

    def strikes(self, call: Call, attempt: int) -> bool:
        """Whether this call, asked for the `attempt`-th time (from 1), goes wrong."""
        patterns = (self.operations,) if isinstance(self.operations, str) else self.operations
        if not any(fnmatchcase(call.name, pattern) for pattern in patterns) or not fnmatchcase(call.region, self.regions):
            return False
        if self.containing and self.containing not in f"{call.path}?{call.query}\n{call.body.decode('latin-1')}":
            return False
        if self.attempts is not None and attempt > self.attempts:
            return False
        return self.share >= 1 or _draw(self.seed, self.kind, call, attempt if self.kind in PASSING else 0) < self.share

    def fate(self, call: Call) -> Answer | Fate | None:
        """The error in place of an answer, no answer at all, or None for an answer that :func:`spoil` changes."""
        if self.kind == "expired":
            code = "ExpiredToken" if call.protocol in ("query", "rest-xml") else "ExpiredTokenException"
            return error(call, 403, code, "The security token included in the request is expired")
        if self.kind == "unsupported":
            return error(call, 400, "UnknownOperationException", "The operation is not supported in this region")
        answers: dict[str, Callable[[Call], Answer]] = {"denied": denied, "throttled": throttled, "failed": failed}
        if self.kind in answers:
            return answers[self.kind](call)
        return {"hang": Fate.HANG, "cut": Fate.CUT}.get(self.kind)


def _draw(seed: int, kind: str, call: Call, attempt: int) -> float:
    text = "\0".join((str(seed), kind, call.name, str(attempt), *call.key))
    return zlib.crc32(text.encode("utf-8", "replace")) / 2**32


def choose(faults: Iterable[Fault], call: Call, attempt: int) -> Fault | None:
    """The first fault that strikes the call."""
    return next((fault for fault in faults if fault.strikes(call, attempt)), None)


def spoil(fault: Fault, call: Call, answer: Answer) -> Answer:
    """The answer with the damage that `garbage`, `truncated` or `odd` does to it; errors stay as they are."""
    if answer.status >= 300 or not answer.body:
        return answer
    if fault.kind == "garbage":
        return replace(answer, body=b"\x00\xff<<{[not an answer")
    if fault.kind == "truncated":
        return replace(answer, body=answer.body[: len(answer.body) // 2])
    draw = random.Random(f"{fault.seed}{call.key}")
    if call.protocol in ("json", "rest-json"):
        return _odd_json(call, answer, draw)
    return _odd_xml(call, answer, draw) if call.protocol in ("query", "ec2", "rest-xml") else answer


def _odd_json(call: Call, answer: Answer, draw: random.Random) -> Answer:
    model = service_model(call.service)
    output = model["operations"].get(call.operation, {}).get("output")
    if not output:
        return answer
    shapes = model["shapes"]
    return answer.with_json(_odd_value(answer.json(), shapes[output["shape"]], shapes, draw, top=True))


def _odd_value(value: Any, shape: Mapping[str, Any], shapes: Mapping[str, Any], draw: random.Random, *, top: bool = False) -> Any:
    if isinstance(value, list) and shape["type"] == "list":
        member = shapes[shape["member"]["shape"]]
        return [_odd_value(item, member, shapes, draw) for item in value]
    if isinstance(value, str) and shape.get("enum") and draw.random() < 0.5:
        return INVENTED
    if not isinstance(value, dict) or shape["type"] != "structure":
        return value
    members = {member.get("locationName", name): shapes[member["shape"]] for name, member in shape["members"].items()}
    changed = {key: _odd_value(item, members[key], shapes, draw) if key in members else item for key, item in value.items()}
    if top:
        return changed
    optional = [key for key in changed if key not in shape.get("required", ()) and not IDENTITY.search(key)]
    if optional:
        del changed[draw.choice(optional)]
    return changed | {f"LabInvented{number}": {"nested": [number, None, "x"]} for number in range(20)}


def _odd_xml(call: Call, answer: Answer, draw: random.Random) -> Answer:
    """XML carries no types, so enum members are found by name among all shapes of the service."""
    enums: dict[str, set[str]] = {}
    shapes = service_model(call.service)["shapes"]
    for shape in shapes.values():
        for name, member in shape.get("members", {}).items():
            if values := shapes[member["shape"]].get("enum"):
                enums.setdefault(member.get("locationName", name), set()).update(values)
    root = ElementTree.fromstring(answer.body)
    namespace = root.tag.partition("}")[0][1:] if root.tag.startswith("{") else ""
    prefix = f"{{{namespace}}}" if namespace else ""
    for element in list(root.iter()):
        tag = element.tag.rpartition("}")[2]
        if not len(element) and element.text in enums.get(tag, ()) and draw.random() < 0.5:
            element.text = INVENTED
        if tag in ("member", "item"):
            leaves = [leaf for leaf in element if not len(leaf) and not IDENTITY.search(leaf.tag)]
            if leaves:
                element.remove(draw.choice(leaves))
            if len(element):
                for number in range(20):
                    ElementTree.SubElement(element, f"{prefix}LabInvented{number}").text = "x"
    if namespace:
        ElementTree.register_namespace("", namespace)
    return replace(answer, body=ElementTree.tostring(root, encoding="utf-8"))
