"""Tidewater Bookings: an invented ferry company's platform, deployed through the ordinary SDK into the fake AWS."""

from collections.abc import Mapping
from dataclasses import dataclass

from lambdaudit.demo import apis, events, foundation, functions, identities
from lambdaudit.demo.server import Endpoint
from lambdaudit.demo.stack import Stack, Wording, plain


@dataclass(frozen=True)
class Deployment:
    """What was deployed: the ARN of every asset by its label, such as ``queue/tidewater-orders``."""

    arns: Mapping[str, str]


def deploy(endpoint: Endpoint, wording: Wording = plain) -> Deployment:
    """Deploy the whole application into a running fake AWS.

    The steps run one after the other, so that the fake gives every asset the same id in each run. `wording` gives the
    text of each free-text field; the demo uses its own.
    """
    stack = Stack(endpoint, wording)
    identities.deploy_auditor(stack)
    foundation.deploy_keys(stack)
    foundation.deploy_secrets(stack)
    foundation.deploy_tables(stack)
    foundation.deploy_dead_letters(stack)
    foundation.deploy_network(stack)
    identities.deploy_roles(stack)
    functions.deploy_layers(stack)
    functions.deploy_signing(stack)
    functions.deploy_functions(stack)
    events.deploy_queues(stack)
    events.deploy_topic(stack)
    events.deploy_public_bucket(stack)
    events.deploy_private_buckets(stack)
    events.deploy_schedules(stack)
    events.deploy_callers(stack)
    apis.deploy_rest_api(stack)
    apis.deploy_http_api(stack)
    foundation.rotate_ledger_secret(stack)
    return Deployment(dict(stack.arns))
