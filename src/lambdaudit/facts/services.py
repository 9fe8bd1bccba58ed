"""Which AWS services a resource-based policy lets in, for what decides by who calls."""

from lambdaudit.model.base import Policy


def services_let_in(policy: Policy) -> tuple[str, ...]:
    """The service principals of a policy's Allow statements (``s3.amazonaws.com``), sorted; conditions do not matter here."""
    from lambdaudit.iam.language import Effect, PolicyKind, PrincipalKind, parse

    document = parse(policy.raw or policy.document, PolicyKind.RESOURCE)
    return tuple(
        sorted(
            {
                entry.value
                for statement in document.statements
                if statement.effect is Effect.ALLOW
                for entry in statement.principals or ()
                if entry.kind is PrincipalKind.SERVICE
            }
        )
    )
