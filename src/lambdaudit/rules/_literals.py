"""Literal secrets of templates that functions have in their variables."""

from lambdaudit.facts import Audit
from lambdaudit.model.files import Template
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

_SURE = ("high", "medium")
_OF_RESOURCES = ("/Resources/", "/resource/", "/resources/", "/data/")


def written_values(audit: Audit) -> dict[str, Where]:
    """Where the values of secret variables are written when that is in no resource: parameters, locals, mappings, settings.

    By fingerprint. Such a value is one fault, which the rules over variables tell; the same text in a resource is another.
    """
    return audit.once(("written values of variables",), lambda: _written_values(audit))


def _written_values(audit: Audit) -> dict[str, Where]:
    variables = {
        variable.fingerprint
        for fn in audit.inventory.of(Function)
        for variable in (() if isinstance(fn.environment, Unknown) else fn.environment)
        if variable.kind and variable.fingerprint and variable.confidence in _SURE
    }
    found: dict[str, Where] = {}
    for template in audit.inventory.of(Template) if variables else ():
        for one in () if isinstance(template.secrets, Unknown) or template.format == "state" else template.secrets:
            if one.fingerprint in variables and not one.where.pointer.startswith(_OF_RESOURCES):
                found.setdefault(one.fingerprint, one.where)
    return found
