"""IAM reasoning: the policy language, decisions with reasons, questions with proofs. Loaded on first use."""

from importlib import import_module

_PUBLIC = {
    "language": ("Effect", "Operator", "Policy", "PolicyKind", "Problem", "Statement", "parse"),
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    module = _HOME.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return list(__all__)
