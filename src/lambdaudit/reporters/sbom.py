"""Bills of materials: CycloneDX 1.6 and SPDX 2.3, both as JSON and the same for the same content."""

import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambdaudit.model.code import Component
from lambdaudit.version import __version__

if TYPE_CHECKING:
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component as Part

_NAMESPACE = uuid.UUID("6f0a4b8e-2f0c-5c55-9d1b-3f6a4e6ad0f1")
_DECLARED = "lock file"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a bill is about: a function, a folder or a package. `id` is an ARN or a path, `notes` say what was left out."""

    id: str
    name: str
    components: tuple[Component, ...]
    version: str = ""
    provided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


FORMATS = ("cyclonedx", "spdx")


def render(subjects: Iterable[Subject], form: str, *, title: str, created: str) -> bytes:
    """One document about all subjects, in `form` ``cyclonedx`` or ``spdx``.

    `title` names the whole where there are several subjects, `created` is a time as ``2026-11-21T12:00:00+00:00``. Raises
    ValueError for another form.
    """
    rows = tuple(sorted(subjects, key=lambda s: s.id))
    if form == "cyclonedx":
        return _cyclonedx(rows, title, created)
    if form == "spdx":
        return _spdx(rows, title, created)
    raise ValueError(f"{form} is no form of a bill of materials: {', '.join(FORMATS)}")


def _identity(subjects: tuple[Subject, ...], title: str) -> uuid.UUID:
    """A number for exactly this content."""
    text = json.dumps(
        [title, [[s.id, s.version, sorted(f"{c.purl} {c.origin} {c.path} {c.how}" for c in s.components)] for s in subjects]]
    )
    return uuid.uuid5(_NAMESPACE, text)


def _by_purl(subject: Subject) -> dict[str, list[Component]]:
    groups: dict[str, list[Component]] = {}
    for component in subject.components:
        groups.setdefault(component.purl, []).append(component)
    return groups


def _all_by_purl(subjects: tuple[Subject, ...]) -> dict[str, list[Component]]:
    groups: dict[str, list[Component]] = {}
    for subject in subjects:
        for purl, components in _by_purl(subject).items():
            groups.setdefault(purl, []).extend(c for c in components if c not in groups.get(purl, ()))
    return groups


# CycloneDX


def _cyclonedx(subjects: tuple[Subject, ...], title: str, created: str) -> bytes:
    import datetime as dt

    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component as Part
    from cyclonedx.model.component import ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    bom = Bom(serial_number=_identity(subjects, title))
    bom.metadata.timestamp = dt.datetime.fromisoformat(created)
    bom.metadata.tools.components.add(Part(name="lambdaudit", version=__version__, type=ComponentType.APPLICATION))
    parts = {purl: _part(components) for purl, components in sorted(_all_by_purl(subjects).items())}
    bom.components.update(parts.values())
    own = [_subject_part(subject) for subject in subjects]
    if len(subjects) == 1:
        bom.metadata.component = own[0]
    else:
        bom.metadata.component = Part(name=title, type=ComponentType.PLATFORM, bom_ref="lambdaudit:all")
        bom.components.update(own)
        bom.register_dependency(bom.metadata.component, own)
    for subject, part in zip(subjects, own, strict=True):
        bom.register_dependency(part, [parts[p] for p in _by_purl(subject)])
    return _written(bom, JsonV1Dot6)


def _written(bom: "Bom", output: Any) -> bytes:
    return (str(output(bom).output_as_string(indent=2)) + "\n").encode()


def _subject_part(subject: Subject) -> "Part":
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component as Part
    from cyclonedx.model.component import ComponentType

    properties = [Property(name="lambdaudit:note", value=text) for text in subject.notes]
    properties += [Property(name="lambdaudit:provided-by-runtime", value=text) for text in subject.provided]
    return Part(
        name=subject.name, version=subject.version or None, type=ComponentType.APPLICATION, bom_ref=f"lambdaudit:{subject.id}",
        properties=properties,
    )  # fmt: skip


def _part(components: list[Component]) -> "Part":
    """One component with all its places."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component as Part
    from cyclonedx.model.component import ComponentType
    from cyclonedx.model.component_evidence import ComponentEvidence, Occurrence
    from packageurl import PackageURL

    first = components[0]
    group, name = _split(first)
    rows = {("how", c.how) for c in components} | {("origin", c.origin) for c in components if c.origin}
    rows |= {("reached", str(c.reached).lower()) for c in components if c.reached is not None}
    rows |= {("direct", str(c.direct).lower()) for c in components if c.direct is not None}
    places = sorted({c.path for c in components if c.path})
    return Part(
        name=name,
        group=group or None,
        version=first.version or None,
        type=ComponentType.LIBRARY if first.ecosystem else ComponentType.APPLICATION,
        purl=PackageURL.from_string(first.purl),
        bom_ref=first.purl,
        scope=_scope(components),
        licenses=[
            LicenseFactory().make_from_string(text) for text in [next((c.licence for c in components if c.licence), "")] if text
        ],
        hashes=[HashType(alg=HashAlgorithm(kind), content=value) for c in components for kind, value in c.hashes],
        properties=[Property(name=f"lambdaudit:{key}", value=value) for key, value in sorted(rows)],
        evidence=ComponentEvidence(occurrences=[Occurrence(location=path, bom_ref=f"{first.purl}#{path}") for path in places])
        if places
        else None,
    )


def _scope(components: list[Component]) -> Any:
    from cyclonedx.model.component import ComponentScope

    there = [c for c in components if c.how != _DECLARED]
    if not there:
        return ComponentScope.EXCLUDED
    if any(c.reached for c in there):
        return ComponentScope.REQUIRED
    return ComponentScope.OPTIONAL if all(c.reached is False for c in there) else None


def _split(component: Component) -> tuple[str, str]:
    """Group and name, as CycloneDX tells them apart."""
    if component.ecosystem == "Maven":
        group, _, name = component.name.rpartition(":")
        return group, name
    if component.ecosystem in ("npm", "Packagist", "Go") and "/" in component.name:
        group, _, name = component.name.rpartition("/")
        return group, name
    return "", component.name


# SPDX


def _spdx(subjects: tuple[Subject, ...], title: str, created: str) -> bytes:
    import datetime as dt

    identity = _identity(subjects, title)
    name = subjects[0].name if len(subjects) == 1 else title
    groups = _all_by_purl(subjects)
    refs = {purl: _ref(purl, number) for number, purl in enumerate(sorted(groups))}
    subject_refs = {s.id: f"SPDXRef-Function-{number}" for number, s in enumerate(subjects)}
    time = dt.datetime.fromisoformat(created).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    relationships = [_relation("SPDXRef-DOCUMENT", "DESCRIBES", subject_refs[s.id]) for s in subjects]
    for subject in subjects:
        for purl, components in sorted(_by_purl(subject).items()):
            there = any(c.how != _DECLARED for c in components)
            relationships.append(_relation(subject_refs[subject.id], "CONTAINS" if there else "DEPENDS_ON", refs[purl]))
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/lambdaudit-{identity}",
        "creationInfo": {"created": time, "creators": [f"Tool: lambdaudit-{__version__}"]},
        "packages": [
            *(_spdx_subject(s, subject_refs[s.id]) for s in subjects),
            *(_spdx_package(groups[purl], refs[purl]) for purl in sorted(groups)),
        ],
        "relationships": relationships,
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _ref(purl: str, number: int) -> str:
    text = re.sub(r"[^A-Za-z0-9.-]+", "-", purl.removeprefix("pkg:"))[:80].strip("-")
    return f"SPDXRef-{number}-{text}"


def _relation(one: str, kind: str, other: str) -> dict[str, str]:
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def _spdx_subject(subject: Subject, ref: str) -> dict[str, Any]:
    provided = [f"provided by the runtime: {text}" for text in subject.provided]
    comment = "\n".join([subject.id, *provided, *subject.notes])
    return {
        "SPDXID": ref, "name": subject.name, **({"versionInfo": subject.version} if subject.version else {}), "comment": comment,
        "primaryPackagePurpose": "APPLICATION", "filesAnalyzed": False, "downloadLocation": "NOASSERTION",
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
    }  # fmt: skip


def _spdx_package(components: list[Component], ref: str) -> dict[str, Any]:
    first = components[0]
    licence = next((c.licence for c in components if c.licence), "")
    expression = _expression(licence)
    places = "; ".join(sorted({f"{c.how}: {c.path}" for c in components if c.path})[:20])
    checksums = [{"algorithm": kind.replace("-", ""), "checksumValue": value} for c in components for kind, value in c.hashes]
    package: dict[str, Any] = {
        "SPDXID": ref, "name": first.name, "filesAnalyzed": False, "downloadLocation": "NOASSERTION",
        "licenseConcluded": "NOASSERTION", "licenseDeclared": expression or "NOASSERTION", "copyrightText": "NOASSERTION",
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": first.purl}],
    }  # fmt: skip
    if first.version:
        package["versionInfo"] = first.version
    if places:
        package["sourceInfo"] = places
    if licence and not expression:
        package["licenseComments"] = f"stated as: {licence}"
    if checksums:
        package["checksums"] = checksums
    return package


def _expression(licence: str) -> str:
    """A licence as SPDX writes it; empty for text that is no expression of known ids."""
    from cyclonedx.spdx import fixup_id, is_expression

    if not licence:
        return ""
    return fixup_id(licence) or (licence if is_expression(licence) else "")
