"""The models of Python's library by name; filled by the modules that define them."""

from collections.abc import Callable

from .library import Model

MODELS: dict[str, Model] = {}


def model(*names: str) -> Callable[[Model], Model]:
    """Registers a function for library names."""

    def register(function: Model) -> Model:
        for name in names:
            MODELS[name] = function
        return function

    return register
