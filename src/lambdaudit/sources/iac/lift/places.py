"""The line of anything that an asset's pointers name, found in the values that the asset was made of."""

from typing import Any

import msgspec

from lambdaudit.model.finding import Evidence, Finding, Report
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.where import Where
from lambdaudit.sources.iac.values import Map, Span, span_of


class Places:
    """Values by where they stand: a finding's pointer is followed into them, as far as it goes."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str, str], tuple[Any, Span | None]] = {}
        self._sources: set[str] = set()

    def root(self, where: Where, properties: Map) -> None:
        """The properties of the resource at `where`, which an empty pointer means."""
        self._sources.add(where.source)
        span = Span(where.source, where.line, where.column or 1) if where.line else properties.span
        self._values.setdefault((where.source, where.subject, where.pointer), (properties, span))

    def link(self, where: Where, value: Any, span: Span | None = None) -> None:
        """What a pointer means that is not in the properties of its own resource (statements made of several resources)."""
        self._values.setdefault((where.source, where.subject, where.pointer), (value, span or span_of(value)))

    def merge(self, other: "Places") -> None:
        """Take the values of another one too."""
        for key, value in other._values.items():
            self._values.setdefault(key, value)
        self._sources |= other._sources

    def locate(self, where: Where) -> Where:
        """The place with the line and column of the deepest value that its pointer reaches; unchanged when it reaches none."""
        pointer, rest = where.pointer, list[str]()
        while (found := self._values.get((where.source, where.subject, pointer))) is None:
            if not pointer:
                return where
            pointer, _, segment = pointer.rpartition("/")
            rest.append(segment.replace("~1", "/").replace("~0", "~"))
        value, span = found
        for segment in reversed(rest):
            # A segment that only an API's answer has (``Attributes``) is passed over.
            if (step := _step(value, segment)) is not None:
                value, span = step[0], step[1] or span
        if span is None:
            return where
        return msgspec.structs.replace(where, source=span.source, line=span.line, column=span.column)

    def relocate(self, report: Report, inventory: Inventory) -> Report:
        """The report with the line of every finding and proof; what names no file gets the place of its asset."""
        return msgspec.structs.replace(report, findings=tuple(self._finding(finding, inventory) for finding in report.findings))

    def _finding(self, finding: Finding, inventory: Inventory) -> Finding:
        asset = inventory.get(finding.asset)
        own = asset.where if asset is not None else finding.where

        def place(where: Where) -> Where:
            if where.source in self._sources:
                return self.locate(where)
            if where.line or (where.file and not where.pointer and where.source != own.source):  # a file of its own: code
                return where
            return self.locate(Where(own.source, own.subject, where.pointer, own.line, own.column)) if where.pointer else own

        evidence = tuple(
            msgspec.structs.replace(one, where=place(one.where)) if _in_source(one, self._sources) else one
            for one in finding.evidence
        )
        return msgspec.structs.replace(finding, where=place(finding.where), evidence=evidence)


def _in_source(evidence: Evidence, sources: set[str]) -> bool:
    return evidence.where.source in sources


def _step(value: Any, segment: str) -> tuple[Any, Span | None] | None:
    """The member that one segment of a pointer names, and its place if that is known; services and templates differ in letter
    case. None: there is no such member.
    """  # noqa: D205 - one sentence
    if isinstance(value, dict):
        name = segment if segment in value else next((k for k in value if str(k).lower() == segment.lower()), None)
        if name is None:
            return None
        inner = value[name]
        return inner, value.at(name) if isinstance(value, Map) else span_of(inner)
    if isinstance(value, list) and segment.isdecimal() and int(segment[:9]) < len(value):
        inner = value[int(segment[:9])]
        return inner, span_of(inner) or span_of(value)
    if segment == "0" and value is not None:
        # A single value where AWS also takes a list.
        return value, span_of(value)
    return None
