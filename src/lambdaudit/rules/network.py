"""Networks: what the internet reaches through functions."""

from lambdaudit.facts import Audit
from lambdaudit.model.finding import Evidence, Severity
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import known
from lambdaudit.rules.concurrency import open_urls
from lambdaudit.rules.contract import Outcome, fail, rule, skip


@rule(Severity.MEDIUM, maps=("CWE-668", "T1133"))
def public_url_reaches_vpc(fn: Function, audit: Audit) -> Outcome:
    """A function URL that anyone can call leads into a VPC.

    Why: A flaw in the handler puts the internet beside databases and hosts that nothing outside of the VPC was meant to reach.
    Fix: Require signed requests (AWS_IAM) or put an API with authorization in front; let the function's security group reach only
    what it needs.
    See: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    vpc = known(fn.vpc)
    if vpc is None:
        return skip("it is attached to no VPC")
    if urls := open_urls(fn, audit):
        yield fail(
            f"{fn.name} answers anyone at its URL and is attached to {vpc.vpc}",
            at=urls[0].where,
            evidence=(
                Evidence(where=urls[0].where / "AuthType", text="NONE"),
                Evidence(where=fn.where / "VpcConfig", text=f"{vpc.vpc}: {', '.join(vpc.subnets[:6])}"),
            ),
        )
