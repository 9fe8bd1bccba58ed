"""Well-known modules of the registry, when they are not here: summaries written for this tool, as small modules of their own.

A summary makes the resources that matter to an audit, by the module's documented inputs and outputs. What it makes is told at
the place of the module call.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.values import Float, Int, List, Map, OneOf, Ref, Span, Str, Text, Value

from .config import Config, config_of
from .module import Module
from .syntax import Block

LABEL = "summary:"
"""What the names of summaries begin with, where a file's name would stand."""
_SOURCE = re.compile(r"(?:registry\.terraform\.io/)?terraform-aws-modules/([a-z0-9-]+)/aws(?://modules/([a-z0-9-]+))?/?")
_NAMES = {
    ("lambda", ""): "lambda",
    ("sqs", ""): "sqs",
    ("sns", ""): "sns",
    ("dynamodb-table", ""): "dynamodb-table",
    ("s3-bucket", ""): "s3-bucket",
    ("apigateway-v2", ""): "apigateway-v2",
    ("eventbridge", ""): "eventbridge",
    ("step-functions", ""): "step-functions",
    ("kms", ""): "kms",
    ("iam", "iam-assumable-role"): "iam-role",
    ("iam", "iam-role"): "iam-role",
    ("iam", "iam-policy"): "iam-policy",
    ("iam", "iam-user"): "iam-user",
}


def summary_of(
    source: str,
    prefix: str,
    parent: Module,
    given: dict[str, Callable[[], Value]],
    block: Block,
    providers: dict[str, str],
    undecided: Unknown | None,
) -> Module | None:
    """The summary of a registry module as a module; None when there is none."""
    match = _SOURCE.fullmatch(source)
    name = _NAMES.get((match[1], match[2] or "")) if match else None
    if name is None:
        return None
    if source not in parent.run.summarised:
        parent.run.summarised[source] = block.at
    made = Module(parent.run, _config(name), prefix, given, parent, block, providers, undecided)
    made.summary = True
    return made


@cache
def _config(name: str) -> Config:
    path = Path(__file__).parent / "registry" / f"{name}.tf"
    return config_of(path.parent, f"{LABEL}{name}", path.read_bytes())


def at_call(value: Value, at: Span) -> Value:
    """A value with the place of the module call wherever it has a place in a summary."""
    if isinstance(value, Map):
        made = Map({key: at_call(inner, at) for key, inner in value.items()}, _place(value.span, at), None, value.rest)
        made.keys_at = {key: _place(span, at) or at for key, span in value.keys_at.items()}
        return made
    if isinstance(value, List):
        return List([at_call(inner, at) for inner in value], _place(value.span, at), value.rest)
    if isinstance(value, Text) and hasattr(value, "tree"):
        from .partial import JsonText

        return JsonText(value.parts, _place(value.span, at), at_call(value.tree, at))
    if isinstance(value, Str) and hasattr(value, "tree"):
        from .partial import JsonStr

        text = JsonStr(value, _place(value.span, at))
        text.tree = at_call(value.tree, at)
        return text
    if isinstance(value, Str | Int | Float):
        return type(value)(value, _place(value.span, at)) if _inside(value.span) else value  # type: ignore[arg-type]
    if isinstance(value, Text):
        return Text(value.parts, _place(value.span, at))
    if isinstance(value, OneOf):
        return OneOf(tuple((label, at_call(inner, at)) for label, inner in value.options), _place(value.span, at))
    if isinstance(value, Ref):
        return Ref(value.address, value.attribute, _place(value.span, at))
    return value


def _inside(span: Span | None) -> bool:
    return span is not None and span.source.startswith(LABEL)


def _place(span: Span | None, at: Span) -> Span | None:
    return at if _inside(span) else span
