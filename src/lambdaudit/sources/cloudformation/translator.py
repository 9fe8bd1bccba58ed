"""The import of AWS's SAM translator: without the AWS SDK that it could call AWS with, and in a fraction of the time for it."""

import gc
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final, NamedTuple, cast


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
    with _quick(), _without_sdk(), _schemas_later():
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


def _passed(*_: object, **__: object) -> None:
    """Stands for the check of the translator's own table of policy templates against its schema."""


class _Later(ModuleType):
    """A module that is run when something asks for one of its names."""

    def __getattr__(self, name: str) -> Any:
        """What the module has under a name, once it ran. Raises AttributeError."""
        spec = self.__spec__
        if spec is None or spec.loader is None or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        self.__class__ = cast("type[_Later]", ModuleType)
        spec.loader.exec_module(self)
        return getattr(self, name)


class _Postponed(Loader):
    """Makes a module and leaves running it for later.

    The one of the standard library runs it as soon as somebody asks for its class, as `inspect` does.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """The module object that the real loader would make."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Hand the module to its real loader, for later."""
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__class__ = _Later


class _Schemas:
    """Finds the translator's schemas of resources, loaded when something asks for one of their names.

    They are hundreds of classes that check properties of a few kinds of resource; most templates have none of these.
    """

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What loads a module, or None for modules that are none of the schemas (see importlib.abc.MetaPathFinder)."""
        if not name.startswith(_SCHEMAS):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Postponed(spec.loader)
        return spec


@contextmanager
def _schemas_later() -> Iterator[None]:
    """With the schemas of resources left unread, where no other thread could be importing something."""
    if threading.active_count() > 1:
        yield
        return
    sys.meta_path.insert(0, _Schemas)
    try:
        yield
    finally:
        sys.meta_path.remove(_Schemas)


@contextmanager
def _without_sdk() -> Iterator[None]:
    """With stand-ins for packages that the translator imports and does not need here.

    The SDK is there for questions that are never asked; the checker of JSON schemas is used on the translator's own table only
    and may load a grammar for seconds. A package that is loaded already is not replaced, and none when another thread could
    be importing it.
    """
    modules = {}
    for package, names in _STAND_INS.items():
        if package in sys.modules or threading.active_count() > 1:
            continue
        for name, members in names.items():
            modules[name] = ModuleType(name)
            for member, stand_in in members.items():
                setattr(modules[name], member, stand_in)
    for name, module in modules.items():
        parent, _, child = name.rpartition(".")
        if parent in modules:
            setattr(modules[parent], child, module)
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name, module in modules.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _refusing(name: str) -> type:
    return type(name, (_Refused,), {})


_SCHEMAS: Final = "samtranslator.internal.schema_source.aws_"

_STAND_INS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "boto3": {"boto3": {"Session": _refusing("Session"), "client": _refusing("client")}},
    "botocore": {
        "botocore": {},
        "botocore.client": {"BaseClient": _refusing("BaseClient")},
        "botocore.config": {"Config": _refusing("Config")},
        "botocore.exceptions": {"ClientError": NoNetwork, "EndpointConnectionError": NoNetwork},
    },
    "jsonschema": {"jsonschema": {"validate": _passed}, "jsonschema.exceptions": {"ValidationError": ValueError}},
}
"""What is replaced, by package: modules and the names in them that the translator imports."""
