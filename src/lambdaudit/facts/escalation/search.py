"""Tries a technique on one target after the other, the strongest first, until it works."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from lambdaudit.facts.escalation.estate import Estate, Gain
from lambdaudit.facts.escalation.prover import Prover
from lambdaudit.facts.escalation.technique import Step, Technique, Way, command, filled
from lambdaudit.facts.strength import Strength
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Confidence
from lambdaudit.model.unknown import NotKnown


class Goal(NamedTuple):
    """A target of a technique: its names in templates, the assets whose tags count, and what it comes to.

    What has to be read for that, and may not have been, is worked out by functions, so that one target's gap is not another's.
    `proof` gives further requests that have to be allowed (nothing: they are not); `more` are further commands.
    """

    names: "Mapping[str, str] | Callable[[], Mapping[str, str]]"
    reached: "Callable[[], Strength | Gain | None]"
    assets: Mapping[str, Asset] = {}
    proof: "Callable[[], tuple[Step, ...]] | None" = None
    more: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH


class Desk(NamedTuple):
    """The principal in question with all that is asked about it."""

    prover: Prover
    estate: Estate

    @property
    def names(self) -> dict[str, str]:
        """The names that every template knows."""
        me = self.prover.me
        return {
            "self": me.id,
            "self_name": me.name,
            "p": me.id.split(":")[1],
            "a": me.account,
            "r": self.estate.region,
            "administrator": f"arn:{me.id.split(':')[1]}:iam::aws:policy/AdministratorAccess",
        }


def try_on(desk: Desk, technique: Technique, goals: "Callable[[], Iterable[Goal]]") -> Iterator[Way]:
    """The technique on the first goal on which it works and brings something; at most one way.

    Raises NotKnown when there is none and something was not known.
    """
    if not desk.prover.possible(technique.actions):
        return
    unknown: NotKnown | None = None
    for goal in goals():
        try:
            way = _attempt(desk, technique, goal)
        except NotKnown as error:
            unknown = unknown or error
            continue
        if way:
            yield way
            return
    if unknown:
        raise unknown


def _attempt(desk: Desk, technique: Technique, goal: Goal) -> Way | None:
    """The technique on one goal: first whether it is worth it, which was often worked out before, then whether it is allowed."""
    gain: Gain | None | NotKnown
    try:
        reached = goal.reached()
        gain = desk.estate.gain(desk.prover.me, reached) if isinstance(reached, Strength) else reached
    except NotKnown as error:
        gain = error
    if gain is None:
        return None
    names = {**desk.names, **(goal.names() if callable(goal.names) else goal.names)}
    steps = desk.prover.prove(technique.asks, names, goal.assets)
    if not steps:
        return None
    if goal.proof is not None:
        further = goal.proof()
        if not further:
            return None
        steps = (*steps, *(step for step in further if step.action))
    if isinstance(gain, NotKnown):
        raise gain
    return way_of(technique, names, steps, gain, goal)


def way_of(technique: Technique, names: Mapping[str, str], steps: tuple[Step, ...], gain: Gain, goal: Goal) -> Way:
    """A technique that works, with its templates filled."""
    order = list(Confidence)
    confidences = [technique.confidence, goal.confidence, *(Confidence.MEDIUM for step in steps if not step.sure)]
    return Way(
        technique,
        filled(technique.text, names),
        gain.severity,
        max(confidences, key=order.index),
        steps,
        tuple(command(line, names) for line in (*technique.commands, *goal.more)),
        gain.words,
    )


def all_of(searches: "Iterable[Callable[[], Iterator[Way]]]") -> Iterator[Way]:
    """The ways of several searches. Raises NotKnown at the end when none was found and something was not known."""
    unknown: NotKnown | None = None
    found = False
    for search in searches:
        try:
            for way in search():
                found = True
                yield way
        except NotKnown as error:
            unknown = unknown or error
    if unknown and not found:
        raise unknown
