"""From the raw tree of a document to `Policy`: one builder, which collects the problems on its way."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from lambdaudit.iam.language import (
    ALL_GAPS,
    Condition,
    Effect,
    Entry,
    Operator,
    Policy,
    PolicyKind,
    Principal,
    PrincipalKind,
    Problem,
    Statement,
)
from lambdaudit.iam.patterns import parse_template
from lambdaudit.iam.raw import Node, Number, Object, Unreadable, read_mapping, read_text
from lambdaudit.iam.spelling import classify_principal, read_operator
from lambdaudit.model.unknown import Unknown

OLD_VERSION: Final = "2008-10-17"
VERSIONS: Final = (OLD_VERSION, "2012-10-17")
MAX_PROBLEMS: Final = 1_000
"""A hostile document could hold one for every byte; the rest is counted in a last one."""

_CACHE_ENTRIES: Final = 4_096
_CACHE_TEXT: Final = 64_000
_cache: dict[tuple[str, PolicyKind], Policy] = {}
_cache_lock: Final = Lock()


def parse_document(document: str | bytes | Mapping[str, Any], kind: PolicyKind) -> Policy:
    """See `lambdaudit.iam.language.parse`."""
    try:
        if isinstance(document, Mapping):
            tree, digest = read_mapping(document)
        elif isinstance(document, (str, bytes)):
            tree, digest = read_text(document)
        else:
            raise Unreadable("wrong-type", f"A policy is JSON text or a mapping, not {type(document).__name__}.")
    except Unreadable as error:
        return _unreadable(kind, Problem(error.code, str(error), ""), repr(document)[:200])
    key = (digest, kind)
    policy = _cache.get(key)
    if policy is None:
        policy = _Builder(kind).policy(tree, digest)
        if isinstance(document, Mapping) or len(document) <= _CACHE_TEXT:
            with _cache_lock:
                if len(_cache) >= _CACHE_ENTRIES:
                    _cache.clear()
                _cache[key] = policy
    return policy


def _unreadable(kind: PolicyKind, problem: Problem, seed: str) -> Policy:
    anything = Statement(index=0, pointer="", gaps=ALL_GAPS)
    digest = f"unreadable:{problem.code}:{problem.text}:{seed}"
    return Policy(kind=kind, statements=(anything,), problems=(problem,), version="", variables=True, id="", digest=digest)


def show(value: object) -> str:
    """A foreign value for a message: short, quoted, without control characters."""
    if isinstance(value, Unknown):
        return f"unknown ({value.reason})"
    text = str(value) if isinstance(value, Number) else ascii(value)
    return text if len(text) <= 80 else text[:77] + "…"


def escape(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


_STATEMENT_ELEMENTS: Final = {
    name.lower(): name
    for name in (
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    )
}
_POLICY_ELEMENTS: Final = {name.lower(): name for name in ("Version", "Id", "Statement")}
_PRINCIPAL_ELEMENTS: Final = {name.lower(): name for name in ("AWS", "Service", "Federated", "CanonicalUser", "*")}


class _Builder:
    def __init__(self, kind: PolicyKind) -> None:
        self.kind = kind
        self.problems: list[Problem] = []
        self.unlisted = 0
        self.variables = True

    def problem(self, code: str, pointer: str, text: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(code, text, pointer))
        else:
            self.unlisted += 1

    def policy(self, tree: Node, digest: str) -> Policy:
        if not isinstance(tree, Object):
            return _unreadable(self.kind, self._not_an(tree, "A policy document", "object", ""), digest)
        elements, doubtful = self.elements(tree, _POLICY_ELEMENTS, "")
        version = self.version(elements.get("Version"), "Version" in doubtful)
        identifier = elements.get("Id", ("", ""))[1]
        if not isinstance(identifier, str):
            self.problem("wrong-type", "/Id", f"Id is text, not {show(identifier)}.")
            identifier = ""
        statements = self.statements(elements.get("Statement"), "Statement" in doubtful)
        if self.unlisted:
            self.problems.append(Problem("too-many-problems", f"{self.unlisted} further problems are not listed.", ""))
        return Policy(
            kind=self.kind,
            statements=statements,
            problems=tuple(self.problems),
            version=version,
            variables=self.variables,
            id=str(identifier),
            digest=digest,
        )

    def _not_an(self, value: Node, what: str, wanted: str, pointer: str) -> Problem:
        if isinstance(value, Unknown):
            return Problem("unresolved", f"{what} is {show(value)}.", pointer)
        return Problem("wrong-type", f"{what} is an {wanted}, not {show(value)}.", pointer)

    def elements(self, tree: Object, known: Mapping[str, str], pointer: str) -> tuple[dict[str, tuple[str, Node]], set[str]]:
        """The elements by their proper names, each with the name as written; and those that stand there twice.

        Unknown names are reported and come back as doubtful under the name ``other``.
        """
        found: dict[str, tuple[str, Node]] = {}
        doubtful: set[str] = set()
        for written, value in tree.items():
            name = known.get(written.lower())
            place = f"{pointer}/{escape(written)}"
            if name is None:
                doubtful.add("other")
                self.problem("unknown-element", place, f"There is no element {show(written)} here.")
                continue
            if name in found or written in tree.duplicates:
                doubtful.add(name)
                self.problem("duplicate-key", place, f"{name} stands here more than once.")
            elif name != written:
                self.problem("letter-case", place, f"{show(written)} is spelled {name}.")
            found[name] = (written, value)
        return found, doubtful

    def version(self, element: tuple[str, Node] | None, doubtful: bool) -> str:
        if element is None:
            self.variables = False
            return ""
        value = element[1]
        if isinstance(value, str) and value in VERSIONS and not doubtful:
            self.variables = value != OLD_VERSION
            return str(value)
        self.problem("bad-version", "/Version", f"Version is one of {' and '.join(VERSIONS)}, not {show(value)}.")
        return str(value) if isinstance(value, str) and not doubtful else ""

    def statements(self, element: tuple[str, Node] | None, doubtful: bool) -> tuple[Statement, ...]:
        if element is None:
            self.problem("missing-element", "", "The policy has no Statement.")
            return ()
        written, value = element
        place = f"/{escape(written)}"
        if doubtful:
            return (Statement(index=0, pointer=place, gaps=ALL_GAPS),)
        if isinstance(value, list):
            if not value:
                self.problem("empty-list", place, "The list of statements is empty.")
            return tuple(self.statement(inner, i, f"{place}/{i}") for i, inner in enumerate(value))
        return (self.statement(value, 0, place),)

    def statement(self, tree: Node, index: int, pointer: str) -> Statement:
        if not isinstance(tree, Object):
            problem = self._not_an(tree, "A statement", "object", pointer)
            self.problem(problem.code, pointer, problem.text)
            return Statement(index=index, pointer=pointer, gaps=ALL_GAPS)
        elements, doubtful = self.elements(tree, _STATEMENT_ELEMENTS, pointer)
        gaps = {"other"} & doubtful
        reader = _StatementReader(self, pointer, elements, doubtful, gaps)
        sid = elements.get("Sid", ("", ""))[1]
        if not isinstance(sid, str):
            self.problem("wrong-type", f"{pointer}/Sid", f"Sid is text, not {show(sid)}.")
            sid = ""
        effect = reader.effect()
        principals, not_principals = reader.principals()
        actions, not_actions = reader.texts("Action", self._action_problem)
        resources, not_resources = reader.texts("Resource", self._resource_problem)
        conditions = reader.conditions()
        return Statement(
            index=index,
            pointer=pointer,
            sid=str(sid),
            effect=effect,
            principals=principals,
            not_principals=not_principals,
            actions=actions,
            not_actions=not_actions,
            resources=resources,
            not_resources=not_resources,
            conditions=conditions,
            gaps=frozenset(gaps),
        )

    def _action_problem(self, text: str) -> str:
        if text.strip("*") == "" and text:
            return ""
        if not re.fullmatch(r"[A-Za-z0-9*?_-]+:[A-Za-z0-9*?_-]+", text):
            return f"An action is * or service:Name, not {show(text)}."
        return ""

    def _resource_problem(self, text: str) -> str:
        if text and text.strip("*") == "":
            return ""
        if text.startswith(("arn:", "execute-api:/")) or (self.variables and text.startswith("${")):
            return ""
        return f"A resource is * or an ARN, not {show(text)}."


class _StatementReader:
    """Reads the elements of one statement; what it cannot read goes to the gaps."""

    def __init__(
        self,
        builder: _Builder,
        pointer: str,
        elements: dict[str, tuple[str, Node]],
        doubtful: set[str],
        gaps: set[str],
    ) -> None:
        self.builder = builder
        self.pointer = pointer
        self.elements = elements
        self.doubtful = doubtful
        self.gaps = gaps

    def place(self, name: str) -> str:
        return f"{self.pointer}/{escape(self.elements[name][0])}"

    def gap(self, element: str, code: str, pointer: str, text: str) -> None:
        self.gaps.add(element)
        self.builder.problem(code, pointer, text)

    def effect(self) -> Effect | None:
        if "Effect" not in self.elements:
            self.gap("effect", "missing-element", self.pointer, "The statement has no Effect.")
            return None
        value = self.elements["Effect"][1]
        if "Effect" not in self.doubtful and isinstance(value, str):
            for effect in Effect:
                if value == effect.value:
                    return effect
        self.gap("effect", "bad-effect", self.place("Effect"), f"Effect is Allow or Deny, not {show(value)}.")
        return None

    def _pair(self, name: str) -> str | None:
        """Which of an element and its Not form is there; None when neither or both are, which is reported."""
        negated = f"Not{name}"
        if name in self.elements and negated in self.elements:
            self.gap(name.lower(), "both-forms", self.pointer, f"{name} and {negated} cannot stand in the same statement.")
            return None
        return name if name in self.elements else negated if negated in self.elements else None

    def texts(self, name: str, illegal: Callable[[str], str]) -> tuple[tuple[Entry, ...] | None, tuple[Entry, ...] | None]:
        """The entries of Action or Resource and of their Not forms."""
        present = self._pair(name)
        gap = name.lower()
        if present is None:
            if gap not in self.gaps and (name == "Action" or self.builder.kind.needs_resource):
                text = f"The statement has neither {name} nor Not{name}."
                self.gap(gap, "missing-element", self.pointer, text)
            return None, None
        variables = name == "Resource" and self.builder.variables
        entries = []
        for value, place in self._list(present, gap):
            if not isinstance(value, str) or isinstance(value, Number):
                code = "unresolved" if isinstance(value, Unknown) else "wrong-type"
                self.gap(gap, code, place, f"{present} holds texts, not {show(value)}.")
                continue
            problem = illegal(value)
            if problem:
                self.gap(gap, f"bad-{gap}", place, problem)
            entries.append(Entry(parse_template(value, variables=variables), place))
        return (tuple(entries), None) if present == name else (None, tuple(entries))

    def _list(self, element: str, gap: str) -> list[tuple[Node, str]]:
        """The values of an element that is one value or a list, with their places; nothing when it stands there twice."""
        place = self.place(element)
        if element in self.doubtful:
            self.gaps.add(gap)
            return []
        return self.spread(self.elements[element][1], place)

    def spread(self, value: Node, place: str) -> list[tuple[Node, str]]:
        if not isinstance(value, list):
            return [(value, place)]
        if not value:
            self.builder.problem("empty-list", place, "The list is empty.")
        return [(inner, f"{place}/{i}") for i, inner in enumerate(value)]

    def principals(self) -> tuple[tuple[Principal, ...] | None, tuple[Principal, ...] | None]:
        present = self._pair("Principal")
        wanted = self.builder.kind.names_principals
        if present is None:
            if wanted and "principal" not in self.gaps:
                self.gap("principal", "missing-element", self.pointer, "The statement names no Principal.")
            return None, None
        if not wanted:
            text = f"A policy of the kind {self.builder.kind.value} cannot name a {present}."
            self.gap("principal", "principal-not-allowed", self.place(present), text)
        entries = self._principal_entries(present)
        return (entries, None) if present == "Principal" else (None, entries)

    def _principal_entries(self, present: str) -> tuple[Principal, ...]:
        value, place = self.elements[present][1], self.place(present)
        if present in self.doubtful:
            self.gaps.add("principal")
            return ()
        if value == "*":
            return (Principal(PrincipalKind.EVERYONE, "*", "*", "", place),)
        if not isinstance(value, Object):
            self.gap("principal", "wrong-type", place, f"{present} is * or an object, not {show(value)}.")
            return tuple(self._principal("AWS", value, place)) if isinstance(value, (str, list)) else ()
        elements, doubtful = self.builder.elements(value, _PRINCIPAL_ELEMENTS, place)
        if doubtful:
            self.gaps.add("principal")
        if not value:
            self.builder.problem("empty-list", place, f"{present} is empty.")
        found: list[Principal] = []
        for name, (written, inner) in elements.items():
            if name not in doubtful:
                found.extend(self._principal(name, inner, f"{place}/{escape(written)}"))
        return tuple(found)

    def _principal(self, element: str, value: Node, pointer: str) -> list[Principal]:
        found = []
        for text, place in self.spread(value, pointer):
            if isinstance(text, Number) and element == "AWS" and text.isdigit() and len(text) <= 12:
                text = text.zfill(12)
                self.builder.problem("number-as-account", place, "An account id is text; as a number it loses zeros.")
            if not isinstance(text, str) or isinstance(text, Number):
                code = "unresolved" if isinstance(text, Unknown) else "wrong-type"
                self.gap("principal", code, place, f"A principal is text, not {show(text)}.")
                continue
            kind, account = classify_principal(element, text)
            if kind is PrincipalKind.OTHER and not text.startswith("arn:"):
                self.gap("principal", "bad-principal", place, f"{show(text)} is no principal of the type {element}.")
            if kind is PrincipalKind.PATTERN:
                message = "A wildcard in a principal stands for everyone or for nothing: IAM takes no partial ones."
                self.builder.problem("principal-wildcard", place, message)
            found.append(Principal(kind, element, str(text), account, place))
        return found

    def conditions(self) -> tuple[Condition, ...]:
        if "Condition" not in self.elements:
            return ()
        value, place = self.elements["Condition"][1], self.place("Condition")
        if "Condition" in self.doubtful or not isinstance(value, Object):
            self.gap("condition", "wrong-type", place, f"Condition is one object, not {show(value)}.")
            return ()
        found: list[Condition] = []
        for written, keys in value.items():
            where = f"{place}/{escape(written)}"
            if written in value.duplicates:
                self.gap("condition", "duplicate-key", where, f"{show(written)} stands here more than once.")
            elif not isinstance(keys, Object):
                self.gap("condition", "wrong-type", where, f"An operator holds an object, not {show(keys)}.")
            else:
                found.extend(self._operator(written, keys, where))
        return tuple(found)

    def _operator(self, written: str, keys: Object, pointer: str) -> list[Condition]:
        operator, qualifier, if_exists = read_operator(written)
        if operator is None:
            self.builder.problem("unknown-operator", pointer, f"There is no condition operator {show(written)}.")
        if not keys:
            self.builder.problem("empty-list", pointer, "The operator has no key.")
        spelled = Counter(key.lower() for key in keys)
        found = []
        for key, value in keys.items():
            where = f"{pointer}/{escape(key)}"
            twice = key in keys.duplicates or spelled[key.lower()] > 1
            if twice:
                self.builder.problem("duplicate-key", where, f"The key {show(key)} stands here more than once.")
            values, gap = self._values(operator, value, where)
            found.append(
                Condition(
                    operator=operator,
                    qualifier=qualifier,
                    if_exists=if_exists,
                    key=key.lower(),
                    values=() if twice else values,
                    written_operator=written,
                    written_key=key,
                    pointer=where,
                    gap=gap or twice or operator is None,
                )
            )
        return found

    def _values(self, operator: Operator | None, value: Node, pointer: str) -> tuple[tuple[Entry, ...], bool]:
        wildcards = operator is not None and operator.takes_wildcards
        variables = operator is not None and operator.takes_variables and self.builder.variables
        found, gap = [], False
        for text, place in self.spread(value, pointer):
            if isinstance(text, bool):
                text = "true" if text else "false"
            if not isinstance(text, str):
                code = "unresolved" if isinstance(text, Unknown) else "wrong-type"
                self.builder.problem(code, place, f"A condition value is text, number or truth value, not {show(text)}.")
                gap = True
                continue
            found.append(Entry(parse_template(str(text), wildcards=wildcards, variables=variables), place))
        return tuple(found), gap
