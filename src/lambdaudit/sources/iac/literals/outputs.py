"""Outputs of templates that print what is meant to be hidden."""

import re
from collections.abc import Iterator
from typing import Any, Final

from lambdaudit.model.code import CodeSecret
from lambdaudit.model.where import Where, escape_pointer
from lambdaudit.sources.iac.literals.judging import told
from lambdaudit.sources.iac.values import Map

_IN_TEXT: Final = re.compile(r"\$\{([A-Za-z0-9]{1,255})(?:\.([A-Za-z0-9.]{1,255}))?\}")
_SECRET_ATTRIBUTES: Final = {
    ("AWS::IAM::AccessKey", "SecretAccessKey"): "aws-secret-key",
    ("AWS::Cognito::UserPoolClient", "ClientSecret"): "client-secret",
}
_MOST: Final = 500


def disclosed(tree: Any, source: str) -> Iterator[CodeSecret]:
    """The outputs of a template that print a hidden parameter (NoEcho) or a secret that a resource gives.

    `name` is the output's, `reason` says what it prints. CloudFormation hides the value of a NoEcho parameter nowhere but in the
    list of parameters. Source: its user guide, "Parameters", on NoEcho.
    """
    if not isinstance(tree, dict):
        return
    # The Serverless Framework has a template under `resources`.
    for base in (tree, tree.get("resources")):
        if not isinstance(base, dict):
            continue
        outputs = base.get("Outputs")
        for name, output in list(outputs.items())[:_MOST] if isinstance(outputs, dict) else ():
            value = output.get("Value") if isinstance(output, dict) else None
            for kind, reason in _secrets(value, base):
                span = output.at("Value") if isinstance(output, Map) else None
                pointer = f"/Outputs/{escape_pointer(told(str(name)))}/Value"
                where = Where(source, "", pointer, span.line if span else 0, span.column if span else 0)
                yield CodeSecret(where=where, kind=kind, name=told(str(name)), reason=reason)
                break


def _secrets(value: Any, template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind of secret and what it is, for each reference in a value that gives one."""
    for name, attribute in _references(value):
        if not attribute:
            declared = _member(template, "Parameters", name)
            if declared.get("NoEcho") is True or str(declared.get("NoEcho")).lower() == "true":
                yield "hidden-parameter", f"the hidden parameter {told(name)}"
        else:
            kind = _SECRET_ATTRIBUTES.get((str(_member(template, "Resources", name).get("Type")), attribute))
            if kind:
                yield kind, f"the {attribute} of {told(name)}"


def _member(template: dict[str, Any], section: str, name: str) -> dict[str, Any]:
    found = template.get(section)
    one = found.get(name) if isinstance(found, dict) else None
    return one if isinstance(one, dict) else {}


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """Names and attributes that a value refers to; an empty attribute stands for Ref."""
    stack = [value]
    for _ in range(_MOST):
        if not stack:
            return
        one = stack.pop()
        if isinstance(one, list):
            stack += one
        elif isinstance(one, dict):
            got = one.get("Fn::GetAtt")
            if (isinstance(got, list) and len(got) == 2) or isinstance(got, str):
                name, _, attribute = got.partition(".") if isinstance(got, str) else (str(got[0]), "", str(got[1]))
                yield name, attribute
            if isinstance(one.get("Ref"), str):
                yield one["Ref"], ""
            given = one.get("Fn::Sub")
            text = given[0] if isinstance(given, list) and given else given
            if isinstance(text, str):
                yield from ((match[1], match[2] or "") for match in _IN_TEXT.finditer(text))
            stack += one.values()
