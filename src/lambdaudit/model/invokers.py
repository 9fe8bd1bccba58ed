"""Things in other services that invoke functions, of which nothing else is audited."""

from .base import Asset
from .unknown import Maybe, Unknown


class Invoker(Asset, frozen=True, kw_only=True, tag="invoker"):
    """A pipe, schedule, user pool, target group, topic rule, state machine … that is set up to invoke functions.

    `service` is IAM's prefix (``pipes``, ``scheduler``, ``states``, ``appsync``, ``cognito-idp``, ``elasticloadbalancing``,
    ``iot``, ``config``, ``ses``, ``cloudfront``), `kind` what it is in words. `targets` are ARNs of functions, versions or
    aliases, `source` the ARN of what feeds it (a pipe's queue), `schedule` when it acts by itself. `detail` is what is worth
    showing, as pairs. `outside` says in words who outside of the account may reach the function through it, where that cannot
    be decided from what was read; empty where nobody can.
    """

    service: str
    kind: str
    targets: Maybe[tuple[str, ...]] = Unknown("not read")
    state: str = ""
    source: str = ""
    schedule: str = ""
    detail: tuple[tuple[str, str], ...] = ()
    outside: str = ""

    @property
    def disabled(self) -> bool:
        """Whether it is switched off."""
        return self.state.upper() in ("DISABLED", "STOPPED", "DISABLING", "STOPPING", "DELETING")
