"""What ECR's own scanner and Amazon Inspector say, as findings of one form: bounded, redacted, the worst first."""

from typing import Final

from lambdaudit.model.arn import unqualified
from lambdaudit.model.resources import InspectedFunction, Inspector, ScanFinding, ScannedPackage
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.aws.assemble.builder import Builder, place
from lambdaudit.sources.aws.assemble.fields import Fields, Odd, sure
from lambdaudit.sources.aws.assemble.text import clean, redacted
from lambdaudit.sources.aws.calls_images import INSPECTOR_PAGES, OFF, page_of
from lambdaudit.sources.aws.raw import Answer, Key

MAX_FINDINGS: Final = 500
"""Findings that are kept of one image or function."""
MAX_PACKAGES: Final = 20
MAX_ALIASES: Final = 20
MAX_CHARACTERS: Final = 300
SEVERITIES: Final = ("CRITICAL", "HIGH", "MEDIUM", "UNTRIAGED", "UNDEFINED", "LOW", "INFORMATIONAL")
"""The words of both scanners, worst first; what nobody weighed may be anything and stands in the middle."""
_NO_FIX: Final = frozenset({"", "notavailable", "not available", "none"})


def worst(findings: list[ScanFinding]) -> tuple[tuple[ScanFinding, ...], Unknown | None]:
    """The worst findings, sorted, and why there are more than these."""
    ranks = {word: number for number, word in enumerate(SEVERITIES)}
    kept = sorted(set(findings), key=lambda f: (ranks.get(f.severity, 3), -(f.score or 0.0), f.name, f.path, f.line, f.packages))
    cut = Unknown(f"only the worst {MAX_FINDINGS} of {len(kept)} findings were kept") if len(kept) > MAX_FINDINGS else None
    return tuple(kept[:MAX_FINDINGS]), cut


def _short(value: Maybe[str], limit: int = MAX_CHARACTERS) -> str:
    """A text of a scanner; it may quote what an attacker wrote."""
    text = redacted(sure(value))
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _score(fields: Fields, name: str) -> float | None:
    value = fields.take(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10:
        return float(value)
    return None


def _word(fields: Fields) -> str:
    return _short(fields.text("severity", "UNDEFINED"), 40).upper()


def basic_finding(fields: Fields) -> ScanFinding:
    """A finding of ECR's basic scanning. Raises Odd when it is none."""
    attributes = sure(fields.each("attributes", lambda f: (sure(f.text("key", "")), sure(f.text("value", ""))), ()))
    told = dict(reversed(attributes))
    package = ScannedPackage(
        name=_short(told.get("package_name", "")),
        version=_short(told.get("package_version", "")),
        fixed=_fixed(told["patched_versions"]) if "patched_versions" in told else None,
        manager="OS",
    )
    return ScanFinding(
        name=_short(fields.text("name", ""), 128),
        severity=_word(fields),
        title=_short(fields.prose("description", "")),
        packages=(package,) if package.name else (),
    )


def _fixed(value: str) -> str:
    text = _short(value)
    return "" if text.strip().lower() in _NO_FIX else text


def inspector_finding(fields: Fields) -> ScanFinding:
    """A finding of Inspector, whether it came through ECR or from Inspector itself. Raises Odd when it is none."""
    is_code = sure(fields.text("type", "PACKAGE_VULNERABILITY")) == "CODE_VULNERABILITY"
    remedy = sure(fields.record("remediation"))
    advice = sure(remedy.record("recommendation")) if remedy else None
    common = {
        "severity": _word(fields),
        "title": _short(fields.prose("title", "")),
        "fix": _short(advice.prose("text", "")) if advice else "",
        "exploit": sure(fields.text("exploitAvailable", "NO")) == "YES",
        "score": _score(fields, "inspectorScore" if "inspectorScore" in fields.data else "score"),
    }
    details = sure(fields.record("codeVulnerabilityDetails" if is_code else "packageVulnerabilityDetails"))
    if details is None:
        raise Odd(Unknown("odd value: a finding of Inspector without details"))
    return _code(details, common) if is_code else _package(details, common, sure(fields.text("fixAvailable", "")) == "NO")


def _package(details: Fields, common: dict[str, object], unfixable: bool) -> ScanFinding:
    packages = sure(details.each("vulnerablePackages", lambda f: _vulnerable(f, unfixable), ()))
    aliases = sure(details.texts("relatedVulnerabilities", ()))
    return ScanFinding(
        name=_short(details.text("vulnerabilityId", ""), 128),
        aliases=tuple(_short(alias, 128) for alias in aliases[:MAX_ALIASES]),
        packages=tuple(packages[:MAX_PACKAGES]),
        **common,  # type: ignore[arg-type]
    )


def _vulnerable(fields: Fields, unfixable: bool) -> ScannedPackage:
    fixed = fields.text("fixedInVersion", "" if unfixable else None)
    version = _short(fields.text("version", ""))
    release = _short(fields.text("release", ""))
    return ScannedPackage(
        name=_short(fields.text("name", "")),
        version=f"{version}-{release}" if version and release else version,
        fixed=None if fixed is None else _fixed(sure(fixed)),
        manager=_short(fields.text("packageManager", ""), 40),
        path=_short(fields.text("filePath", "")),
        origin=_short(fields.text("sourceLambdaLayerArn", "")),
    )


def _code(details: Fields, common: dict[str, object]) -> ScanFinding:
    place_ = sure(details.record("filePath"))
    return ScanFinding(
        kind="code",
        name=_short(details.text("detectorId", details.unsaid), 128),
        aliases=(_short(details.text("detectorName", ""), 128),),
        path=_short(place_.text("filePath", "")) if place_ else "",
        line=max(0, sure(place_.integer("startLine", 0))) if place_ else 0,
        cwes=tuple(_short(cwe, 40) for cwe in sure(details.texts("cwes", ()))[:10]),
        **common,  # type: ignore[arg-type]
    )


def inspector(b: Builder) -> None:
    """Add the state of Amazon Inspector in each region with functions, and what it found in them."""
    for key, answer in b.raw.each("inspector2", "BatchGetAccountStatus"):
        _add_state(b, key, answer)
        _add_findings(b, key._replace(operation="ListFindings"), answer)


def _add_state(b: Builder, key: Key, answer: Answer | Unknown) -> None:
    states = _states(b, key, answer)
    name = b.arn(key, "inspector2", "inspector")
    fields = (
        dict.fromkeys(("lambda", "lambdaCode", "ecr"), states)
        if isinstance(states, Unknown)
        else {
            kind: states.build(kind, lambda f: sure(f.text("status", f.unsaid)), states.unsaid)
            for kind in ("lambda", "lambdaCode", "ecr")
        }
    )
    b.add(
        Inspector(
            id=name,
            name=f"Amazon Inspector in {key.region}",
            where=place(key, subject=name),
            account=key.account,
            region=key.region,
            packages=fields["lambda"],
            code=fields["lambdaCode"],
            images=fields["ecr"],
        )
    )


def _states(b: Builder, key: Key, answer: Answer | Unknown) -> Fields | Unknown:
    if isinstance(answer, Unknown):
        return answer
    accounts = list(b.items(key, answer, "accounts", "inspector"))
    state = accounts[0].record("resourceState") if accounts else None
    return state or Unknown(
        "odd value: the answer of inspector2:BatchGetAccountStatus has no state", "inspector2:BatchGetAccountStatus"
    )


def _add_findings(b: Builder, key: Key, state: Answer | Unknown) -> None:
    """Add what Inspector says about functions; a function of which it says nothing has no asset."""
    found: dict[str, list[ScanFinding]] = {}
    gap: Unknown | None = None
    number = 1
    token = True
    while token:
        answer = b.ask(key, "ListFindings", subject=page_of("", number))
        if isinstance(answer, Unknown) or number > INSPECTOR_PAGES:
            gap = answer if isinstance(answer, Unknown) and number <= INSPECTOR_PAGES else _bound()
            break
        if answer.inferred == OFF:
            return
        for record in b.items(key, answer, "findings", "inspected-function"):
            _sort_in(b, key, record, found)
        token, number = bool(answer.data.get("nextToken")), number + 1
    if gap is None and isinstance(state, Unknown) and not found:
        gap = state  # without it nobody knows whether an empty list means that Inspector looked
    if gap:
        b.miss("inspected-function", gap, key.account, key.region)
    for function, findings in sorted(found.items()):
        kept, cut = worst(findings)
        b.add(
            InspectedFunction(
                id=f"{function}:inspector",
                name=function.rpartition(":")[2],
                where=place(key, subject=function),
                account=key.account,
                region=key.region,
                function=function,
                findings=kept,
                unread=cut,
            )
        )


def _bound() -> Unknown:
    return Unknown(f"more than {INSPECTOR_PAGES} pages of findings; the worst were read")


def _sort_in(b: Builder, key: Key, record: Fields, found: dict[str, list[ScanFinding]]) -> None:
    """Give a finding to the functions that it is about, as far as they were chosen."""
    resources = record.each("resources", lambda f: (sure(f.text("type", "")), clean(sure(f.text("id", "")))), ())
    made = record.attempt(inspector_finding)
    if isinstance(made, Unknown) or isinstance(resources, Unknown):
        b.lost(("inspected-function",), key.account, key.region, record.where, "odd record: a finding of Amazon Inspector")
        return
    for kind, arn in resources:
        function = unqualified(arn)
        if kind == "AWS_LAMBDA_FUNCTION" and function in b.raw.functions:
            found.setdefault(function, []).append(made)
