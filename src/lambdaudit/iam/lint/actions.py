"""Checks of Action and NotAction: unknown names, superfluous entries, missing companions."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from lambdaudit.iam import actions as catalogue
from lambdaudit.iam.language import Entry, PolicyKind
from lambdaudit.iam.lint.document import Document
from lambdaudit.iam.lint.registry import ERROR, SECURITY, SUGGESTION, WARNING, Found, check
from lambdaudit.iam.parsing import show
from lambdaudit.iam.patterns import Wild, action_pattern

_DEPRECATED: Final = {"lambda:InvokeAsync": "lambda:InvokeFunction"}


NEED_A_ROLE: Final = frozenset(
    {
        "codebuild:CreateProject",
        "codedeploy:CreateDeploymentGroup",
        "codepipeline:CreatePipeline",
        "dlm:CreateLifecyclePolicy",
        "glue:CreateCrawler",
        "glue:CreateJob",
        "kinesisanalytics:CreateApplication",
        "lambda:CreateFunction",
        "pipes:CreatePipe",
        "sagemaker:CreateNotebookInstance",
        "sagemaker:CreateProcessingJob",
        "sagemaker:CreateTrainingJob",
        "scheduler:CreateSchedule",
        "states:CreateStateMachine",
    }
)
"""Actions whose API call must name a role (required members in the service models), which takes iam:PassRole."""


def _wild(entry: Entry) -> bool:
    return any(isinstance(part, Wild) for part in entry.template.parts)


@lru_cache(maxsize=256)
def _names(service: str) -> dict[str, str]:
    return {name.lower(): name for name in catalogue.actions_of(service)}


def _meant(text: str, known: Mapping[str, str]) -> str:
    """A hint at the name that was meant; only for texts short enough to compare quickly."""
    near = get_close_matches(text, known, 1, 0.85) if len(text) < 100 else []
    if not near:
        return ""
    return f"; did you mean {near[0] if near[0] not in known or ':' not in near[0] else known[near[0]]}"


def _prefix(entry: Entry) -> str:
    return entry.raw.partition(":")[0].lower()


@check(ERROR, fix="Correct the service prefix.")
def unknown_service(document: Document) -> Found:
    """The service prefix of an action does not exist."""
    known = catalogue.services()
    for line in document.lines:
        for entry in line.action_entries:
            prefix = _prefix(entry)
            if ":" in entry.raw and prefix not in known and not {"*", "?"} & set(prefix):
                yield entry.pointer, f"No service is called {show(prefix)}{_meant(prefix, known)}."


@check(ERROR, fix="Correct the name, or remove it; it has no effect.")
def unknown_action(document: Document) -> Found:
    """An action does not exist in the service."""
    for line in document.lines:
        for entry in line.action_entries:
            known = _names(_prefix(entry))
            if known and not _wild(entry) and entry.raw.lower() not in known:
                yield entry.pointer, f"{show(entry.raw)} does not exist{_meant(entry.raw.lower(), known)}."


@check(ERROR, fix="Correct the pattern, or remove it; it has no effect.")
def pattern_without_action(document: Document) -> Found:
    """A pattern of action names matches no action."""
    services = catalogue.services()
    for line in document.lines:
        for entry in line.action_entries:
            if _wild(entry) and _prefix(entry) in services and not catalogue.expand([entry.raw]):
                yield entry.pointer, f"No action matches {show(entry.raw)}."


@check(ERROR, fix="Write one entry for each service.")
def wildcard_in_service_prefix(document: Document) -> Found:
    """A wildcard stands in the service prefix of an action."""
    for line in document.lines:
        for entry in line.action_entries:
            prefix = _prefix(entry)
            if ":" in entry.raw and {"*", "?"} & set(prefix) and prefix.strip("*"):
                yield entry.pointer, f"{show(entry.raw)}: IAM takes no wildcard before the colon."


@check(SUGGESTION, fix="Remove the second one.")
def duplicate_action(document: Document) -> Found:
    """An action is listed twice."""
    for line in document.lines:
        seen: set[str] = set()
        for entry in line.action_entries:
            if entry.raw.lower() in seen:
                yield entry.pointer, f"{show(entry.raw)} is listed already."
            seen.add(entry.raw.lower())


@check(SUGGESTION, fix="Remove the entry, or the wider one if that was not meant.")
def redundant_action(document: Document) -> Found:
    """An action is covered by a wider entry of the same list."""
    for line in document.lines:
        wide = [entry for entry in line.action_entries if _wild(entry)]
        matchers = [(entry, action_pattern(entry.raw)) for entry in wide[:50]]
        for entry in line.action_entries:
            for other, matches in matchers:
                text = entry.raw.replace("*", "\x00").replace("?", "\x00")
                if other.raw.lower() != entry.raw.lower() and matches(text):
                    yield entry.pointer, f"{show(entry.raw)} is covered by {show(other.raw)}."
                    break


@check(SUGGESTION, fix="Use the action that replaced it.")
def deprecated_action(document: Document) -> Found:
    """An action belongs to an API that its service calls deprecated."""
    for line in document.lines:
        for entry in line.action_entries:
            better = _DEPRECATED.get(catalogue.find_action(entry.raw) or "")
            if better:
                yield entry.pointer, f"{show(entry.raw)} is deprecated; {better} replaced it."


@check(SUGGESTION, fix="Allow the named actions as well, if the principal does not get them elsewhere.")
def dependent_action_missing(document: Document) -> Found:
    """An allowed action needs another one that the policy does not allow."""
    if document.kind is not PolicyKind.IDENTITY:
        return
    allowed = frozenset[str]().union(*(line.actions for line in document.allowing()))
    for line in document.allowing():
        for entry in line.action_entries if line.statement.actions is not None else ():
            found = catalogue.action(entry.raw)
            if found is None:
                continue
            needs = {*found.needs, *(need for used in found.resources if used.required for need in used.needs)}
            needs |= {"iam:PassRole"} if found.name in NEED_A_ROLE else set()
            missing = sorted(need for need in needs if need not in allowed and catalogue.find_action(need))
            if missing:
                yield entry.pointer, f"{found.name} also needs {', '.join(missing[:5])}."


@check(SECURITY, fix="List the actions that are needed.")
def allow_with_not_action(document: Document) -> Found:
    """Allow with NotAction grants everything that is not listed, later actions included."""
    for line in document.allowing():
        if line.statement.not_actions is not None and document.grants:
            levels = {catalogue.access_level(name) for name in line.actions}
            worst = "permissions management" if catalogue.AccessLevel.PERMISSIONS in levels else "write"
            yield line.pointer, f"The statement allows {len(line.actions):,} actions, {worst} among them."


@check(SECURITY, fix="List actions and resources.")
def allow_not_action_not_resource(document: Document) -> Found:
    """Allow with both NotAction and NotResource grants nearly everything."""
    for line in document.allowing():
        if line.statement.not_actions is not None and line.statement.not_resources is not None:
            yield line.pointer, "The statement allows all that neither list names."


@check(SECURITY, fix="List the actions and resources that are needed.")
def allow_everything(document: Document) -> Found:
    """All actions on all resources are allowed."""
    for line in document.allowing():
        if document.kind is PolicyKind.IDENTITY and line.on_everything and len(line.actions) == len(catalogue.all_actions()):
            text = "administrator" if not line.conditions else "administrator while the conditions hold"
            yield line.pointer, f"Whoever has this policy is {text}."


@check(WARNING, fix="List the actions that are needed, or at least the resources.")
def all_actions_of_service(document: Document) -> Found:
    """All actions of a service are allowed on all of its resources."""
    for line in document.allowing():
        if not (document.kind is PolicyKind.IDENTITY and line.on_everything and line.statement.actions is not None):
            continue
        for entry in line.action_entries:
            prefix, _, name = entry.raw.partition(":")
            if name and not name.strip("*") and prefix.lower() in catalogue.services():
                yield entry.pointer, f"{show(entry.raw)} on every resource."


@check(WARNING, fix="List the actions that are needed.")
def all_actions_in_resource_policy(document: Document) -> Found:
    """A resource policy allows all actions of the service, the changing of the policy itself included."""
    for line in document.allowing():
        if document.kind is not PolicyKind.RESOURCE or line.statement.actions is None:
            continue
        for entry in line.action_entries:
            prefix, _, name = entry.raw.partition(":")
            if not name.strip("*") and prefix.lower() != "kms":
                yield entry.pointer, f"{show(entry.raw)} includes the actions that change permissions."


@check(SUGGESTION, fix="Allow something, or delete the policy if another one already denies this.")
def policy_allows_nothing(document: Document) -> Found:
    """The policy holds only Deny statements."""
    if document.kind is PolicyKind.IDENTITY and document.lines and all(line.denies for line in document.lines):
        yield "/Statement", "The policy only denies; it needs other policies beside it."
