"""Networks: what the internet reaches through functions."""

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Evidence, Severity
from lambdaudit.model.functions import Alias, Function
from lambdaudit.model.unknown import known
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.MEDIUM, maps=("CWE-668", "T1133"))
def public_url_reaches_vpc(fn: Function | Alias, audit: Audit) -> Outcome:
    """A function URL that anyone can call leads into a VPC.

    Why: A flaw in the handler puts the internet beside databases and hosts that nothing outside of the VPC was meant to reach.
    Fix: Require signed requests (AWS_IAM) or put an API with authorization in front; let the function's security group reach only
    what it needs.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    url = audit.open_url(fn)
    if url is None:
        return skip("it has no URL that anyone can call")
    function = fn if isinstance(fn, Function) else audit.function(fn)
    vpc = known(function.vpc) if function else None
    if function and vpc:
        yield fail(
            f"{fn.id.partition(':function:')[2]} answers anyone at its URL and is attached to {vpc.vpc}",
            at=url.where,
            evidence=(
                Evidence(where=url.where / "AuthType", text="NONE"),
                Evidence(where=function.where / "VpcConfig", text=f"{vpc.vpc}: {', '.join(vpc.subnets[:6])}"),
            ),
        )
