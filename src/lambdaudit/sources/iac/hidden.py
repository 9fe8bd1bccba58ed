"""Values that their author hides."""

from lambdaudit.model.unknown import Unknown


class Hidden(Unknown, frozen=True, tag="unknown"):
    """A value that is not known here and that its author marks as a secret (NoEcho, sensitive, a generated access key)."""
