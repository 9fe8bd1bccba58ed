"""What functions have that a bulletin can name: packages, runtimes, AWS services and features, weaknesses known of them."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, NamedTuple

from lambdaudit.advisories.ecosystems import normal_name
from lambdaudit.advisories.matching import Source, looked_up
from lambdaudit.advisories.osv import verdict
from lambdaudit.facts.audit import Audit
from lambdaudit.facts.dependencies import Use, uses
from lambdaudit.facts.external import parts
from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.code import Code
from lambdaudit.model.external import ExternalReport
from lambdaudit.model.functions import Function, FunctionVersion
from lambdaudit.model.resources import ContainerImage, InspectedFunction, ScanFinding
from lambdaudit.model.unknown import Maybe, Unknown

_SEPARATORS: Final = re.compile(r"[-_.\s]+")
_SILENT: Final = frozenset(("iam", "lambda"))
"""Services of neighbours that every function has: its role, and other functions."""


class Told(NamedTuple):
    """What somebody else established: a weakness by its ids, the functions that have it, and who says so of what."""

    ids: tuple[str, ...]
    functions: tuple[str, ...]
    text: str
    certain: bool = True
    subject: str = ""


class Known(NamedTuple):
    """Whether a weakness is one of a package or of functions: True, False, or None when it cannot be told."""

    subject: str
    functions: tuple[str, ...]
    affected: bool | None
    text: str
    fixed: str = ""


class Estate:
    """The functions of an inventory, by what a bulletin can name.

    `more_services` names further uses of services (prefix → function ids) and `told` weaknesses that an earlier audit found,
    for inventories that are made of a report.
    """

    def __init__(
        self, audit: Audit, *, more_services: Mapping[str, Collection[str]] | None = None, told: Iterable[Told] = ()
    ) -> None:
        self.audit = audit
        self._more_services = more_services or {}
        self._told = tuple(told)

    @cached_property
    def names(self) -> dict[str, str]:
        """Functions, folders and packages: id → name."""
        inventory = self.audit.inventory
        return {code.function: code.name for code in inventory.of(Code)} | {fn.id: fn.name for fn in inventory.of(Function)}

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every component with the functions that carry it."""
        return tuple(uses(self.audit).values())

    @cached_property
    def by_package(self) -> dict[tuple[str, str], list[Use]]:
        """Components by ecosystem (without a release) and the name that advisories use."""
        found: dict[tuple[str, str], list[Use]] = {}
        for use in self.uses:
            base = use.component.ecosystem.partition(":")[0]
            for name in {use.component.name, looked_up(use.component)[0]}:
                found.setdefault((base, normal_name(base, name)), []).append(use)
        return found

    @cached_property
    def by_name(self) -> dict[str, list[Use]]:
        """Components by every name that a text could call them by, see :func:`spoken`."""
        found: dict[str, list[Use]] = {}
        for use in self.uses:
            name = use.component.name
            for word in {spoken(name), spoken(re.split(r"[:/]", name)[-1]), spoken(looked_up(use.component)[0])}:
                found.setdefault(word, []).append(use)
        return found

    @cached_property
    def runtimes(self) -> dict[str, tuple[str, ...]]:
        """Managed runtimes by id, with the functions that run on them, in their published versions too."""
        found: dict[str, set[str]] = {}
        inventory = self.audit.inventory
        for fn in (*inventory.of(Function), *inventory.of(FunctionVersion)):
            if isinstance(fn.runtime, str) and fn.runtime and fn.package_type != "Image":
                found.setdefault(fn.runtime, set()).add(unqualified(fn.id))
        return {name: tuple(sorted(ids)) for name, ids in found.items()}

    @cached_property
    def services(self) -> dict[str, tuple[str, ...]]:
        """IAM's prefixes of services, with the functions that call them, are triggered by them or are tied to them."""
        found: dict[str, set[str]] = {name: set(ids) for name, ids in self._more_services.items()}
        inventory = self.audit.inventory
        for fn in inventory.of(Function):
            found.setdefault("lambda", set()).add(fn.id)
            for edge in (*inventory.from_(fn.id), *inventory.to(fn.id)):
                service = service_of(edge.target if edge.source == fn.id else edge.source)
                if service:
                    found.setdefault(service, set()).add(fn.id)
        for code in inventory.of(Code):
            for call in code.calls if isinstance(code.calls, tuple) else ():
                for action in call.actions:
                    found.setdefault(action.partition(":")[0].lower(), set()).add(code.function)
        return {name: tuple(sorted(ids)) for name, ids in sorted(found.items())}

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions of which the configuration is known."""
        return self.audit.inventory.of(Function)

    @property
    def source(self) -> Source | None:
        """Where known weaknesses are looked up; None when no advisories were given."""
        return self.audit.options.advisories

    def known(self, wanted: Collection[str]) -> dict[str, list[Known]]:
        """Of these ids of weaknesses what the advisory database, AWS's scanners, imported reports and earlier audits say."""
        wanted = frozenset(wanted)
        found: dict[str, list[Known]] = {}
        for ids, row in (*self._of_database(wanted), *self._of_scanners(), *self._of_reports(), *self._of_audits()):
            for name in ids:
                if name in wanted:
                    found.setdefault(name, []).append(row)
        return found

    def _of_database(self, wanted: frozenset[str]) -> Iterator[tuple[set[str], Known]]:
        source = self.source
        if source is None or not wanted:
            return
        for use in self.uses:
            (name, version), eco = looked_up(use.component), use.component.ecosystem
            for record in source.about(eco, normal_name(eco, name)) if eco else ():
                upstream = record.upstream if len(record.upstream) == 1 else ()
                ids = {record.id, *record.aliases, *upstream} & wanted
                if not ids or record.withdrawn:
                    continue
                if not version:
                    yield ids, Known(use.component.purl, use.functions, None, f"{record.id}: the version is not known")
                    continue
                said = verdict(record, eco, name, version)
                text = f"by {record.id} of the advisory database" + (f": {said.why}" if said.why else "")
                yield ids, Known(use.component.purl, use.functions, said.affected, text, next(iter(said.fixed), ""))

    def _of_scanners(self) -> Iterator[tuple[set[str], Known]]:
        inventory = self.audit.inventory
        listed: list[tuple[tuple[str, ...], ScanFinding]] = []
        for asset in inventory.of(InspectedFunction):
            listed += [((asset.function,), f) for f in _read(asset.findings)]
        for image in inventory.of(ContainerImage):
            listed += [(image.functions, f) for f in _read(image.findings)]
        for functions, finding in listed:
            if finding.kind == "package" and functions:
                parts_ = ", ".join(f"{p.name} {p.version}".strip() for p in finding.packages[:3]) or "a package"
                yield {finding.name, *finding.aliases}, Known(parts_, functions, True, "found by a scanner of AWS")

    def _of_reports(self) -> Iterator[tuple[set[str], Known]]:
        for report in self.audit.inventory.of(ExternalReport):
            for part in parts(report, self.audit):
                for told, issue in part.issues:
                    subject = part.use.component.purl if part.use else f"{issue.package} {issue.version}".strip()
                    yield {issue.rule, *issue.ids}, Known(subject, part.functions, True, f"reported by {told.tool}", issue.fixed)

    def _of_audits(self) -> Iterator[tuple[set[str], Known]]:
        for told in self._told:
            certain = True if told.certain else None
            yield set(told.ids), Known(told.subject or told.text, told.functions, certain, told.text)


def spoken(name: str) -> str:
    """A name as texts spell it in one way or another: small letters, separators alike."""
    return _SEPARATORS.sub("-", name.lower()).strip("-")


def service_of(arn: str) -> str:
    """The service of a neighbour; empty for what every function has, and for what is no ARN."""
    found = parse_arn(arn)
    if found is None or found.service in _SILENT:
        return ""
    return "vpc" if found.service == "ec2" else found.service


def _read(findings: Maybe[tuple[ScanFinding, ...]]) -> tuple[ScanFinding, ...]:
    """What a scanner told; nothing where that could not be read, which is no claim."""
    return () if isinstance(findings, Unknown) else findings
