"""Decides a request: all policy layers, same-account and cross-account rules, keys, trust policies, special callers.

Sources: IAM user guide, "Policy evaluation logic" (single account, cross-account, the table of resource-based policies and
implicit denies), "Permissions boundaries", "Session policies"; Organizations guide, "Service control policies" and
"Resource control policies"; KMS developer guide, "Key policies".
"""

import enum
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from lambdaudit.iam.compiled import Prepared, compile_policy
from lambdaudit.iam.conditions import ContextValue, Tri, all_of, any_of
from lambdaudit.iam.language import Policy, PolicyKind, parse
from lambdaudit.iam.patterns import ARN_SEGMENTS, arn_segments
from lambdaudit.iam.principals import ACCOUNT, DIRECT, ROLE, Caller, CallerKind, derived_keys, read_caller
from lambdaudit.model.unknown import Unknown

if TYPE_CHECKING:
    from lambdaudit.iam.explain import Step


class Outcome(enum.Enum):
    """What becomes of a request."""

    ALLOWED = "Allowed"
    EXPLICIT_DENY = "ExplicitlyDenied"
    IMPLICIT_DENY = "ImplicitlyDenied"
    UNKNOWN = "Unknown"


class Request(msgspec.Struct, frozen=True):
    """One request.

    `principal` is an ARN (user, role, session, root …), an account id, a service name, an identity provider or
    ``anonymous``. `resource` is an ARN, or ``*`` for actions without a resource. `resource_account` owns the resource;
    when it is empty, the account in the ARN counts, or else the caller's own. `context` holds context keys in any
    letter case; a value may be Unknown, a key that is not there is absent from the request. Keys that follow from the
    principal (``aws:PrincipalArn`` …) and ``aws:ResourceAccount`` are filled in when absent. Give ``aws:PrincipalArn``
    for a session of a role with a path: the session's ARN does not tell the path.
    """

    principal: str
    action: str
    resource: str = "*"
    resource_account: str | Unknown = ""
    context: Mapping[str, ContextValue] = {}


class Attached(msgspec.Struct, frozen=True):
    """A policy with the name that reasons call it by."""

    name: str
    policy: Policy


Layer: TypeAlias = tuple[Attached | Unknown, ...] | Unknown
"""Policies that count together: one allow is enough. A member or the whole layer may be Unknown."""


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """All policies that a request meets. What is empty or None does not exist; what could not be read is Unknown.

    `scp` and `rcp` hold one layer for each level of the organisation, root first; leave them empty for the management
    account and outside an organisation. The session layer holds the policies passed when the session was made.
    """

    identity: Layer = ()
    resource: Attached | Unknown | None = None
    boundary: Layer = ()
    scp: tuple[Layer, ...] | Unknown = ()
    rcp: tuple[Layer, ...] | Unknown = ()
    session: Layer = ()
    endpoint: Layer = ()

    @classmethod
    def of(
        cls,
        *,
        identity: Iterable[Any] = (),
        resource: Any = None,
        boundary: Iterable[Any] = (),
        scp: Iterable[Iterable[Any]] = (),
        rcp: Iterable[Iterable[Any]] = (),
        session: Iterable[Any] = (),
        endpoint: Iterable[Any] = (),
        trust: bool = False,
    ) -> "Layers":
        """Build the layers from documents (JSON text, mappings, policies or Unknowns).

        `trust` says that the resource policy is the trust policy of a role.
        """
        return cls(
            identity=_attach("identity", identity, PolicyKind.IDENTITY),
            resource=None
            if resource is None
            else _attached("resource", resource, PolicyKind.TRUST if trust else PolicyKind.RESOURCE),
            boundary=_attach("boundary", boundary, PolicyKind.BOUNDARY),
            scp=tuple(_attach(f"scp[{i}]", level, PolicyKind.SCP) for i, level in enumerate(scp)),
            rcp=tuple(_attach(f"rcp[{i}]", level, PolicyKind.RCP) for i, level in enumerate(rcp)),
            session=_attach("session", session, PolicyKind.SESSION),
            endpoint=_attach("endpoint", endpoint, PolicyKind.ENDPOINT),
        )


def _attach(name: str, documents: Iterable[Any], kind: PolicyKind) -> tuple[Attached | Unknown, ...]:
    return tuple(_attached(f"{name}[{i}]", document, kind) for i, document in enumerate(documents))


def _attached(name: str, document: Any, kind: PolicyKind) -> Attached | Unknown:
    if isinstance(document, (Attached, Unknown)):
        return document
    return Attached(name, document if isinstance(document, Policy) else parse(document, kind))


class Decision:
    """The outcome of a request and, worked out when asked for, the steps that lead to it."""

    __slots__ = ("_because", "_layers", "_situation", "outcome")

    def __init__(self, outcome: Outcome, situation: "Situation", layers: Layers) -> None:
        self.outcome = outcome
        self._situation = situation
        self._layers = layers
        self._because: tuple[Step, ...] | None = None

    @property
    def because(self) -> "tuple[Step, ...]":
        """Each layer's say with the statement and the element that matched or failed, then the rule that decided."""
        if self._because is None:
            from lambdaudit.iam.explain import explain

            self._because = explain(self._situation, self._layers, self.outcome)
        return self._because

    def __repr__(self) -> str:
        return f"Decision({self.outcome.value})"


class Verdict(msgspec.Struct, frozen=True):
    """What one layer says: bits of a sure and of a possible allow, and whether it denies."""

    sure: int
    possible: int
    denies: Tri

    @property
    def allows(self) -> Tri:
        """Whether the layer allows at all."""
        return True if self.sure else None if self.possible else False

    def has(self, bits: int) -> Tri:
        """Whether the layer allows by one of these kinds of match."""
        return True if self.sure & bits else None if self.possible & bits else False


_ANY: Final = DIRECT | ROLE | ACCOUNT
NOT_THERE: Final = Verdict(0, 0, False)
NOT_KNOWN: Final = Verdict(0, _ANY, None)
UNLIMITED: Final = Verdict(_ANY, _ANY, False)


def weigh(layer: Layer, request: Prepared) -> Verdict:
    """What the policies of a layer say together."""
    if isinstance(layer, Unknown):
        return NOT_KNOWN
    sure = possible = 0
    denies: Tri = False
    for member in layer:
        if isinstance(member, Unknown):
            possible |= _ANY
            denied: Tri = None
        else:
            allow, perhaps, denied = compile_policy(member.policy).evaluate(request)
            sure |= allow
            possible |= perhaps
        if denied:
            denies = True
        elif denied is None and denies is False:
            denies = None
    return Verdict(sure, possible, denies)


class Situation:
    """A request together with what is known of its caller and its resource."""

    __slots__ = ("caller", "needs_resource_policy", "owner", "prepared", "request")

    def __init__(self, request: Request, layers: Layers) -> None:
        self.request = request
        self.caller = read_caller(request.principal, request.action)
        segments = arn_segments(request.resource)
        self.owner = _owner(request, segments, self.caller)
        action = request.action.lower()
        self.needs_resource_policy = len(segments) == ARN_SEGMENTS and (
            (segments[2] == "kms" and action.startswith("kms:") and segments[5].startswith("key/"))
            or (segments[2] == "iam" and action.startswith("sts:") and segments[5].startswith("role/"))
        )
        context: dict[str, ContextValue] = dict(derived_keys(self.caller))
        for key, value in request.context.items():
            context[key.lower()] = value
        self._resource_keys(context, action)
        bounded: Tri = None if isinstance(layers.boundary, Unknown) else bool(layers.boundary)
        self.prepared = Prepared(self.caller, request.action, request.resource, context, bounded)

    def _resource_keys(self, context: dict[str, ContextValue], action: str) -> None:
        if self.owner and self.request.resource not in ("", "*"):
            context.setdefault("aws:resourceaccount", self.owner)
            if action.startswith("s3:") and not isinstance(self.owner, Unknown):
                context.setdefault("s3:resourceaccount", self.owner)
        if action.startswith("kms:") and self.caller.account:
            context.setdefault("kms:calleraccount", self.caller.account)

    @property
    def same_account(self) -> Tri:
        """Whether the resource belongs to the caller's account."""
        return None if isinstance(self.owner, Unknown) else self.owner == self.caller.account

    @property
    def under_scp(self) -> bool:
        """Whether organisation policies for principals apply: to members, but not to service-linked roles."""
        return self.caller.in_account and not self.caller.service_linked

    @property
    def under_rcp(self) -> bool:
        """Whether organisation policies for resources apply: to the services that support them, one action excepted."""
        from lambdaudit.iam.actions import rcp_services

        service = self.prepared.action.partition(":")[0]
        if self.caller.service_linked or self.prepared.action == "kms:retiregrant":
            return False
        return service in rcp_services()


def _owner(request: Request, segments: tuple[str, ...], caller: Caller) -> str | Unknown:
    if request.resource_account:
        return request.resource_account
    account = segments[4] if len(segments) == ARN_SEGMENTS else ""
    return account if account.isdigit() else caller.account


def decide(request: Request, layers: Layers) -> Decision:
    """Decide a request.

    UNKNOWN comes out only when something that could not be read, or that the documentation leaves open, could change
    the outcome. Raises BadPrincipal when the principal of the request is none.
    """
    situation = Situation(request, layers)
    return Decision(_outcome(situation, layers), situation, layers)


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """The say of every layer; UNLIMITED stands for a layer that does not apply or does not exist."""

    identity: Verdict
    resource: Verdict
    boundary: Verdict
    session: Verdict
    endpoint: Verdict
    scp: tuple[Verdict, ...]
    rcp: tuple[Verdict, ...]

    @property
    def denies(self) -> Tri:
        """Whether any layer denies."""
        layers = (self.identity, self.resource, self.boundary, self.session, self.endpoint, *self.scp, *self.rcp)
        return any_of(layer.denies for layer in layers)


def verdicts(situation: Situation, layers: Layers) -> Verdicts:
    """Ask every layer that applies to the caller."""
    request, caller = situation.prepared, situation.caller
    resource = NOT_THERE
    if isinstance(layers.resource, Attached):
        resource = weigh((layers.resource,), request)
    elif layers.resource is not None or situation.needs_resource_policy:
        resource = NOT_KNOWN  # keys and roles always have a policy
    identity = boundary = session = UNLIMITED
    if caller.account and caller.kind is not CallerKind.ROOT:
        identity = weigh(layers.identity, request)
        boundary = _limit(layers.boundary, request)
        session = _limit(layers.session, request)
        if layers.session == () and caller.kind is CallerKind.FEDERATED_USER:
            session = NOT_THERE  # without session policies such a session has no permissions of its own
    return Verdicts(
        identity=identity,
        resource=resource,
        boundary=boundary,
        session=session,
        endpoint=_limit(layers.endpoint, request),
        scp=_levels(layers.scp, request) if layers.scp and situation.under_scp else (),
        rcp=_rcp(layers.rcp, request) if layers.rcp and situation.under_rcp else (),
    )


def _limit(layer: Layer, request: Prepared) -> Verdict:
    return weigh(layer, request) if layer else UNLIMITED


def _levels(levels: tuple[Layer, ...] | Unknown, request: Prepared) -> tuple[Verdict, ...]:
    if isinstance(levels, Unknown):
        return (NOT_KNOWN,)
    return tuple(_limit(level, request) for level in levels)


def _rcp(levels: tuple[Layer, ...] | Unknown, request: Prepared) -> tuple[Verdict, ...]:
    """Resource control policies only ever deny: the allow-all one is always attached and cannot be detached."""
    return tuple(Verdict(_ANY, _ANY, verdict.denies) for verdict in _levels(levels, request))


def granted(situation: Situation, said: Verdicts) -> Tri:
    """Whether identity and resource policy grant the request, with the boundary and the session policy that limit them."""
    caller = situation.caller
    if not caller.account:
        return said.resource.allows
    within = all_of((said.boundary.allows, said.session.allows))
    across = all_of((said.resource.allows, said.identity.allows, within))
    own = _granted_in_account(situation, said, within)
    same = situation.same_account
    if same is None:
        return own if own is across else None
    return own if same else across


def _granted_in_account(situation: Situation, said: Verdicts, within: Tri) -> Tri:
    identity: Tri = said.identity.allows
    if situation.needs_resource_policy:
        # Key and trust policies let identity policies count only by naming the account.
        identity = all_of((identity, said.resource.has(ACCOUNT)))
    limited = all_of((within, any_of((identity, said.resource.has(ROLE)))))
    return any_of((said.resource.has(DIRECT), limited))


def _outcome(situation: Situation, layers: Layers) -> Outcome:
    said = verdicts(situation, layers)
    denied = said.denies
    if denied:
        return Outcome.EXPLICIT_DENY
    if root_cannot(situation):
        return Outcome.IMPLICIT_DENY
    allowed = all_of((granted(situation, said), said.endpoint.allows, *(level.allows for level in said.scp)))
    if allowed is False:
        return Outcome.IMPLICIT_DENY
    return Outcome.ALLOWED if allowed and denied is False else Outcome.UNKNOWN


def root_cannot(situation: Situation) -> bool:
    """The root user of an account cannot assume roles, whatever the policies say."""
    return situation.caller.kind is CallerKind.ROOT and situation.prepared.action == "sts:assumerole"
