"""Pages for list operations that moto answers in one piece, by botocore's own description of their paginators."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree import ElementTree

import botocore.exceptions
import botocore.loaders

from tests.support.wire import Answer, Call, service_model

Forward = Callable[[Call], Answer]

# Operations whose pages moto does not cut: (items unless asked otherwise, items at most), as each API reference says.
# apigatewayv2 documents neither; 25 and 500 are those of apigateway.
SIZES: dict[str, tuple[int, int]] = {
    "apigateway:GetApiKeys": (25, 500),
    "apigateway:GetDomainNames": (25, 500),
    "apigateway:GetResources": (25, 500),
    "apigateway:GetRestApis": (25, 500),
    "apigateway:GetUsagePlans": (25, 500),
    "apigateway:GetVpcLinks": (25, 500),
    "apigatewayv2:GetApis": (25, 500),
    "apigatewayv2:GetAuthorizers": (25, 500),
    "apigatewayv2:GetDomainNames": (25, 500),
    "apigatewayv2:GetIntegrations": (25, 500),
    "apigatewayv2:GetRoutes": (25, 500),
    "apigatewayv2:GetStages": (25, 500),
    "dynamodb:ListTables": (100, 100),
    "inspector2:ListFindings": (100, 100),
    "kms:ListAliases": (50, 100),
    "kms:ListGrants": (50, 100),
    "kms:ListKeys": (100, 1000),
    "kms:ListResourceTags": (50, 50),
    "ssm:DescribeParameters": (10, 50),
}


@dataclass(frozen=True)
class Pager:
    """How an operation pages: wire names of its arguments and members; `size` and `more` are empty where it has none."""

    size: str
    token_in: str
    token_out: str
    more: str
    result: str
    in_body: bool


@cache
def pager(service: str, operation: str) -> Pager | None:
    """The operation's pager; None if it has none, several results, or a token that is more than a member."""
    try:
        described = botocore.loaders.Loader().load_service_model(service, "paginators-1")["pagination"]
    except botocore.exceptions.UnknownServiceError:
        return None
    entry = described.get(operation, {})
    names = [entry.get(key, "") for key in ("input_token", "output_token", "result_key")]
    if not all(isinstance(name, str) and name.isidentifier() for name in names):
        return None
    limit = entry.get("limit_key", "")
    model = service_model(service)
    spec = model["operations"][operation]
    inputs = model["shapes"][spec["input"]["shape"]]["members"]
    outputs = model["shapes"][spec["output"]["shape"]]["members"]

    def wire(members: dict[str, Any], name: str) -> str:
        return str(members.get(name, {}).get("locationName", name))

    more = entry.get("more_results", "")
    in_body = inputs[names[0]].get("location") != "querystring"
    size, token = wire(inputs, limit), wire(inputs, names[0])
    return Pager(size, token, wire(outputs, names[1]), more, wire(outputs, names[2]), in_body)


def argument(call: Call, one: Pager, name: str) -> Any:
    """A paging argument as the call carries it, or None."""
    if one.in_body and call.protocol not in ("query", "ec2"):
        return call.content.get(name)
    return call.arguments.get(name)


def with_argument(call: Call, one: Pager, name: str, value: int | str | None) -> Call:
    """The call with a paging argument set, or dropped where None."""
    if one.in_body and call.protocol not in ("query", "ec2"):
        content = {key: item for key, item in call.content.items() if key != name}
        return call.with_content(content if value is None else {**content, name: value})
    return call.with_arguments(**{name: None if value is None else str(value)})


def forced(call: Call, size: int) -> Call:
    """The call asking for at most so many items a page, if it is one that pages."""
    one = pager(call.service, call.operation)
    if one is None or not one.size:
        return call
    asked = argument(call, one, one.size)
    return with_argument(call, one, one.size, min(int(asked), size) if asked else size)


def token(offset: int) -> str:
    """An opaque marker."""
    return base64.b32encode(f"lab-{offset:08}".encode()).decode().rstrip("=")


def offset_of(text: str | None) -> int:
    """The offset in a marker of ours; 0 without one."""
    if not text:
        return 0
    return int(base64.b32decode(text + "=" * (-len(text) % 8)).decode().removeprefix("lab-"))


def paged(call: Call, forward: Forward, default: int, cap: int) -> Answer:
    """Answer one page: ask moto for everything, following its own pages, and cut."""
    one = pager(call.service, call.operation)
    assert one
    first = offset_of(argument(call, one, one.token_in))
    count = min(int((argument(call, one, one.size) if one.size else None) or default), cap)
    question = with_argument(call, one, one.token_in, None)
    if one.size:
        question = with_argument(question, one, one.size, None)
    reader = Xml(one) if call.protocol in ("query", "ec2", "rest-xml") else Json(one)
    answer = forward(question)
    if answer.status >= 300:
        return answer
    items, following = reader.read(answer)
    while following:
        more, following = reader.read(forward(with_argument(question, one, one.token_in, following)))
        items += more
    end = first + count
    return reader.write(answer, items[first:end], token(end) if end < len(items) else None)


class Json:
    """Reads and writes pages of the JSON protocols."""

    def __init__(self, one: Pager) -> None:
        self.one = one

    def read(self, answer: Answer) -> tuple[list[Any], str | None]:
        """Items and moto's own token."""
        value = answer.json()
        return list(value.get(self.one.result) or []), value.get(self.one.token_out)

    def write(self, answer: Answer, items: list[Any], following: str | None) -> Answer:
        """The first page's answer with other items."""
        value = answer.json()
        value[self.one.result] = items
        value.pop(self.one.token_out, None)
        if following:
            value[self.one.token_out] = following
        if self.one.more:
            value[self.one.more] = following is not None
        return answer.with_json(value)


class Xml:
    """Reads and writes pages of the XML protocols."""

    def __init__(self, one: Pager) -> None:
        self.one = one

    def _find(self, root: ElementTree.Element, name: str) -> ElementTree.Element | None:
        return next((node for node in root.iter() if node.tag.rpartition("}")[2].lower() == name.lower()), None)

    def read(self, answer: Answer) -> tuple[list[Any], str | None]:
        """Items and moto's own token."""
        root = ElementTree.fromstring(answer.body)
        result, following = self._find(root, self.one.result), self._find(root, self.one.token_out)
        return list(result) if result is not None else [], following.text if following is not None else None

    def write(self, answer: Answer, items: list[Any], following: str | None) -> Answer:
        """The first page's answer with other items."""
        root = ElementTree.fromstring(answer.body)
        namespace = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
        result = self._find(root, self.one.result)
        if result is None:
            return answer
        result[:] = items
        parent = next(node for node in root.iter() if result in list(node))
        for name, text in ((self.one.token_out, following), (self.one.more, str(following is not None).lower())):
            old = self._find(root, name) if name else None
            if old is not None and old in list(parent):
                parent.remove(old)
            if name and text:
                ElementTree.SubElement(parent, namespace + name).text = text
        if namespace:
            ElementTree.register_namespace("", namespace[1:-1])
        return Answer(answer.status, answer.headers, ElementTree.tostring(root, encoding="utf-8"))
