"""SARIF 2.1.0, which most analysers can write (OASIS, Static Analysis Results Interchange Format)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from lambdaudit.model.external import ExternalIssue
from lambdaudit.model.where import Where

from .shape import Told, advisory_ids, from_score, mapping, number, rows, severity, text, texts, weaknesses

_NOT_A_RESULT = frozenset(("pass", "notApplicable", "informational"))
_SECRET_WORDS = ("secret", "credential", "password", "token", "api-key", "apikey")


def recognises(data: Any) -> bool:
    """Whether it is a SARIF log."""
    return isinstance(data, dict) and isinstance(data.get("runs"), list) and text(data.get("version")).startswith("2.")


def read(data: Any) -> list[Told]:
    """One entry for each run. Results that the tool suppressed, passed or marked as gone are left out."""
    return [_run(run) for run in rows(data["runs"])]


def _run(run: dict[str, Any]) -> Told:
    driver = mapping(mapping(run.get("tool")).get("driver"))
    told = Told(text(driver.get("name"), 80) or "SARIF", text(driver.get("semanticVersion") or driver.get("version"), 40))
    components = [driver, *rows(mapping(run.get("tool")).get("extensions"))]
    described = {text(rule.get("id")): rule for component in components for rule in rows(component.get("rules"))}
    in_order = list(rows(driver.get("rules")))
    bases = {name: text(mapping(base).get("uri"), 4096) for name, base in mapping(run.get("originalUriBaseIds")).items()}
    artifacts = list(rows(run.get("artifacts")))
    for result in rows(run.get("results")):
        if _counts(result):
            rule = _rule(result, described, in_order)
            told.issues.append(_issue(result, rule, bases, artifacts))
    return told


def _counts(result: dict[str, Any]) -> bool:
    suppressed = any(row.get("status", "accepted") == "accepted" for row in rows(result.get("suppressions")))
    return not (suppressed or text(result.get("kind")) in _NOT_A_RESULT or result.get("baselineState") == "absent")


def _rule(result: dict[str, Any], described: dict[str, dict[str, Any]], in_order: list[dict[str, Any]]) -> dict[str, Any]:
    reference = mapping(result.get("rule"))
    name = text(result.get("ruleId") or reference.get("id"))
    if name in described:
        return described[name]
    index = result.get("ruleIndex", reference.get("index"))
    if not name and isinstance(index, int) and 0 <= index < len(in_order):
        return in_order[index]
    return described.get(name.rpartition("/")[0], {"id": name})


def _issue(result: dict[str, Any], rule: dict[str, Any], bases: dict[str, str], artifacts: list[dict[str, Any]]) -> ExternalIssue:
    name = text(result.get("ruleId"), 200) or text(rule.get("id"), 200)
    more = mapping(rule.get("properties"))
    tags = texts(more.get("tags"))
    message = mapping(result.get("message"))
    described = text(mapping(rule.get("shortDescription")).get("text"))
    words = text(message.get("text")) or _template(message, rule) or described or name
    related = [text(mapping(mapping(r.get("target"))).get("id")) for r in rows(rule.get("relationships"))]
    ids = (*weaknesses(list(tags), more.get("cwe"), more.get("CWE"), related), *advisory_ids(name, list(tags), words))
    return ExternalIssue(
        kind="secret" if _secret(name, tags, ids) else "code",
        rule=name,
        text=words,
        where=_where(result, bases, artifacts),
        severity=_severity(result, rule, more),
        ids=ids,
    )


def _template(message: dict[str, Any], rule: dict[str, Any]) -> str:
    """A message that stands at the rule, with its numbered places filled."""
    words = text(mapping(mapping(rule.get("messageStrings")).get(text(message.get("id")))).get("text"))
    for position, value in enumerate(texts(message.get("arguments"))):
        words = words.replace(f"{{{position}}}", value)
    return words


def _severity(result: dict[str, Any], rule: dict[str, Any], more: dict[str, Any]) -> str:
    """GitHub's security-severity where there is one, else the level: of the result, of the rule, or SARIF's default."""
    own = mapping(result.get("properties")).get("security-severity")
    scored = from_score(own) or from_score(more.get("security-severity"))
    level = result.get("level") or mapping(rule.get("defaultConfiguration")).get("level") or "warning"
    return scored or severity(level)


def _secret(name: str, tags: tuple[str, ...], ids: tuple[str, ...]) -> bool:
    return bool({"CWE-798", "CWE-259", "CWE-321"} & set(ids)) or any(
        word in one.lower() for one in (name, *tags) for word in _SECRET_WORDS
    )


def _where(result: dict[str, Any], bases: dict[str, str], artifacts: list[dict[str, Any]]) -> Where:
    for location in rows(result.get("locations")):
        physical = mapping(location.get("physicalLocation"))
        artifact = mapping(physical.get("artifactLocation"))
        index = artifact.get("index")
        if not artifact.get("uri") and isinstance(index, int) and 0 <= index < len(artifacts):
            artifact = mapping(artifacts[index].get("location"))
        region = mapping(physical.get("region"))
        path = _path(artifact, bases)
        if path:
            return Where(path, line=number(region.get("startLine")), column=number(region.get("startColumn")))
    return Where("")


def _path(artifact: dict[str, Any], bases: dict[str, str]) -> str:
    """A path out of an address: ``file:`` addresses lose their scheme, relative ones get their base where that is a file's."""
    address = text(artifact.get("uri"), 4096)
    for candidate in _joined(address, bases.get(text(artifact.get("uriBaseId")), "")):
        try:
            parts = urlsplit(candidate)
        except ValueError:
            continue
        if parts.scheme in ("", "file"):
            return unquote(parts.path)
    return ""


def _joined(address: str, base: str) -> Iterator[str]:
    if base and ":" not in address.partition("/")[0] and not address.startswith("/"):
        yield base.rstrip("/") + "/" + address
    yield address
