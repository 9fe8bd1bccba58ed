"""Findings of a baseline that are fixed, for hubs that keep findings until they are told otherwise."""

from lambdaudit.model.finding import Confidence, Finding, Fix, Past, Report


def closed(report: Report) -> tuple[Finding, ...]:
    """What the baseline held and the audit found fixed, as far as findings say it: without proof and advice."""
    return tuple(map(_finding, report.baseline.fixed)) if report.baseline else ()


def _finding(past: Past) -> Finding:
    return Finding(
        fingerprint=past.fingerprint,
        rule=past.rule,
        title=past.title or past.rule,
        severity=past.severity,
        confidence=Confidence.HIGH,
        message=past.message,
        asset=past.asset,
        asset_kind=past.asset_kind,
        asset_name=past.asset_name,
        account=past.account,
        region=past.region,
        where=past.where,
        fix=Fix(text=""),
        address=past.address,
        identity=past.identity,
    )
