"""The import of AWS's SAM translator: without the AWS SDK that it could call AWS with, and in half the time for it."""

import gc
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple


class NoNetwork(RuntimeError):
    """The translator wanted to ask AWS."""


class _Refused:
    """Stands for a session, client or configuration of the SDK."""

    def __init__(self, *_: object, **__: object) -> None:
        raise NoNetwork("the SAM translator is not allowed to call AWS")


class Translator(NamedTuple):
    """What is used of the translator."""

    translator: Any
    parser: Any
    macro: Any
    invalid_document: type[Exception]


@cache
def load() -> Translator:
    """Import the translator, once."""
    with _quick(), _without_sdk():
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.model.sam_resources import SamResourceMacro
        from samtranslator.parser.parser import Parser
        from samtranslator.translator import translator
    # The translator reads and checks its own table of policy templates anew for each template, which takes most of its time.
    translator.make_policy_template_for_function_plugin = cache(translator.make_policy_template_for_function_plugin)
    return Translator(translator.Translator, Parser, SamResourceMacro, InvalidDocumentException)


@contextmanager
def _quick() -> Iterator[None]:
    """Without the garbage collector, which finds nothing while thousands of classes are made."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def _without_sdk() -> Iterator[None]:
    """With stand-ins for the SDK, which the translator imports for questions that are never asked here.

    Nothing is replaced when the SDK is loaded already, or another thread could be importing it.
    """
    if "boto3" in sys.modules or "botocore" in sys.modules or threading.active_count() > 1:
        yield
        return
    names = {
        "boto3": ("Session", "client"),
        "botocore": (),
        "botocore.client": ("BaseClient",),
        "botocore.config": ("Config",),
        "botocore.exceptions": ("ClientError", "EndpointConnectionError"),
    }
    modules = {}
    for name, members in names.items():
        modules[name] = ModuleType(name)
        for member in members:
            stand_in = NoNetwork if name.endswith("exceptions") else _Refused
            setattr(modules[name], member, type(member, (stand_in,), {}))
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
