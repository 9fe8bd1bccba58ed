"""The coverage: what was asked, what was answered, and what nobody could read."""

from collections.abc import Iterable

from lambdaudit.model.finding import CallCount, Coverage
from lambdaudit.sources.aws.assemble.builder import Builder, source_of
from lambdaudit.sources.aws.assemble.text import redacted
from lambdaudit.sources.aws.raw import Note, Tally


def coverage(b: Builder) -> Coverage:
    """The coverage ledger of a run.

    Complete means that every question was answered and nothing was left out; what was left to ``--thorough`` is a note.
    """
    ledger = b.raw.ledger()
    notes = [*map(_note, b.raw.notes), *b.notes, *_skipped(ledger)]
    return Coverage(
        source="aws",
        accounts=tuple(sorted(b.raw.accounts)),
        regions=tuple(sorted({region for facts in b.raw.accounts.values() for region in facts.regions})),
        calls=tuple(map(_count, ledger)),
        notes=tuple(sorted(dict.fromkeys(notes))),
        complete=not (
            b.raw.interrupted or b.raw.notes or b.notes or any(line.asked != line.answered + line.absent for line in ledger)
        ),
        interrupted=b.raw.interrupted,
    )


def _count(line: Tally) -> CallCount:
    """A line of the ledger; "there is none" is an answer, and what was throttled for too long failed."""
    return CallCount(
        operation=source_of(line.service, line.operation),
        account=line.account,
        region=line.region,
        asked=line.asked,
        answered=line.answered + line.absent,
        denied=line.denied,
        failed=line.failed + line.throttled,
        unsupported=line.unsupported,
        interrupted=line.interrupted,
        need=line.need,
        error=redacted(line.message),
    )


def _note(note: Note) -> str:
    parts = (note.account if note.kind == "account" else "", note.region, note.subject, note.message)
    return ": ".join(redacted(part) for part in parts if part)


def _skipped(ledger: Iterable[Tally]) -> list[str]:
    """What was left to ``--thorough``, by operation over all regions."""
    counts: dict[str, int] = {}
    for line in ledger:
        if line.skipped:
            name = source_of(line.service, line.operation)
            counts[name] = counts.get(name, 0) + line.skipped
    return [f"{name}: left to --thorough for {count}" for name, count in counts.items()]
