"""Target groups of load balancers with functions in them."""

from collections.abc import Iterator
from typing import Final

from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.lift.builder import Builder
from lambdaudit.sources.iac.lift.invoked import add_invoker, function_in
from lambdaudit.sources.iac.lift.props import Props
from lambdaudit.sources.invoking import BALANCER

_OPEN: Final = "unknown"


def target_groups(b: Builder) -> None:
    """Add the target groups, with the load balancers whose listeners forward to them."""
    fronts = _Fronts(b)
    for resource, identity, props in b.each("AWS::ElasticLoadBalancingV2::TargetGroup"):
        kind = props.text("TargetType", "instance")
        if not isinstance(kind, Unknown) and kind != "lambda":
            continue
        functions = [function_in(one, "Id") for one in props.members("Targets")]
        schemes, names = fronts.of(identity.id)
        add_invoker(b, resource, identity, "elasticloadbalancing", "target group", functions,
                    detail=(("load balancers", ", ".join(names)),),
                    outside=BALANCER if schemes & {"internet-facing", _OPEN} else "")  # fmt: skip


class _Fronts:
    """Which load balancers forward to which target group."""

    def __init__(self, b: Builder) -> None:
        self._balancers: dict[str, tuple[str, str]] = {}
        for _, identity, props in b.each("AWS::ElasticLoadBalancingV2::LoadBalancer"):
            scheme = props.text("Scheme", "internet-facing")
            self._balancers[identity.id] = (_OPEN if isinstance(scheme, Unknown) else scheme, identity.name)
        self._of: dict[str, set[str]] = {}
        self._open = False
        for kind, actions in (("Listener", "DefaultActions"), ("ListenerRule", "Actions")):
            for _, identity, props in b.each(f"AWS::ElasticLoadBalancingV2::{kind}"):
                # The ARN of a listener or rule begins like that of its load balancer.
                named = props.text("LoadBalancerArn" if kind == "Listener" else "ListenerArn", "")
                balancer = "" if isinstance(named, Unknown) else _balancer_of(identity.id)
                for group in _groups(props, actions):
                    if isinstance(group, Unknown):
                        self._open = True
                    elif group:
                        self._of.setdefault(group, set()).add(balancer)

    def of(self, group: str) -> tuple[set[str], list[str]]:
        """The schemes and names of the load balancers before a target group, as far as they are known."""
        balancers = self._of.get(group, set())
        schemes, names = set[str](), set[str]()
        for one in balancers:
            # A name stands in the ARN also of a load balancer that is not in the configuration.
            scheme, name = self._balancers.get(one, (_OPEN, one.split("/")[2] if one.count("/") > 2 else ""))
            schemes.add(scheme)
            names.add(name)
        if not balancers and self._open:
            schemes.add(_OPEN)
        return schemes, sorted(filter(None, names))


def _balancer_of(arn: str) -> str:
    """The ARN of the load balancer that a listener or rule belongs to."""
    head, found, rest = arn.partition(":listener-rule/") if ":listener-rule/" in arn else arn.partition(":listener/")
    return f"{head}:loadbalancer/{'/'.join(rest.split('/')[:3])}" if found else ""


def _groups(props: Props, actions: str) -> Iterator[str | Unknown]:
    for action in props.members(actions):
        if isinstance(action, Unknown):
            yield action
            continue
        yield action.text("TargetGroupArn", "")
        forward = action.record("ForwardConfig")
        for one in forward.members("TargetGroups") if isinstance(forward, Props) else [forward]:
            yield function_in(one, "TargetGroupArn")
