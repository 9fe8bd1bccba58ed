"""IAM reasoning: the policy language, decisions with reasons, questions with proofs. Loaded on first use.

Three functions share the names of their modules and are imported from there: ``lambdaudit.iam.decide.decide``,
``lambdaudit.iam.lint.lint``, ``lambdaudit.iam.simulate.simulate``.
"""

from importlib import import_module

_PUBLIC = {
    "actions": (
        "AccessLevel",
        "access_level",
        "action_names",
        "actions_of",
        "all_actions",
        "condition_keys",
        "expand",
        "find_action",
        "is_stale",
        "managed_policies",
        "managed_policy",
        "resource_types",
        "services",
        "sources",
        "use_folder",
    ),
    "decide": ("Attached", "Decision", "Layers", "Outcome", "Request"),
    "explain": ("Step",),
    "language": (
        "Condition",
        "Effect",
        "Entry",
        "Operator",
        "Policy",
        "PolicyKind",
        "Principal",
        "PrincipalKind",
        "Problem",
        "Qualifier",
        "Statement",
        "parse",
    ),
    "lint": ("LintCheck", "LintFinding", "LintSeverity"),
    "principals": ("BadPrincipal",),
    "questions": ("compare", "confused_deputy", "grants", "outside_access", "public_access", "what_can", "who_can"),
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
