"""Resource-based policies that stand in a resource of their own."""

from lambdaudit.model.base import Policy
from lambdaudit.model.unknown import Maybe, Unknown
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.identity import Identity


def hung_policies(b: Builder, kind: str, target: str, document: str) -> dict[str, list[Maybe[Policy]]]:
    """Policies that stand in a resource of their own, by the id, name or URL of what they are about."""
    found: dict[str, list[Maybe[Policy]]] = {}
    for resource, identity, props in b.each(kind):
        targets = props.texts(target, ())
        if isinstance(targets, Unknown):
            b.note(resource.where, f"is about something that is not known: {targets.reason}")
            continue
        policy = b.policy(props.take(document), name=identity.name, kind="resource", where=props.at(document))
        for one in targets:
            found.setdefault(one, []).append(policy)
    return found


def policy_of(found: dict[str, list[Maybe[Policy]]], identity: Identity, *names: str) -> Maybe[Policy | None]:
    """The one policy that another resource sets for this; None when there is none."""
    for name in (identity.id, identity.name, *identity.attributes.values(), *names):
        if policies := found.get(name):
            # Two documents for one resource overwrite each other in an order that nobody knows.
            return policies[0] if len(policies) == 1 else Unknown("several documents are set for one resource")
    return None
