"""What is wrong in the demo account, as data: tests compare reports with it, and the documentation lists it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """A weakness: its kind in words, the labels of the assets that have it, and what it comes to.

    Labels are those of :class:`lambdaudit.demo.application.Deployment`; the first names the asset to be changed.
    """

    kind: str
    assets: tuple[str, ...]
    story: str

    def arns(self, deployed: Mapping[str, str]) -> tuple[str, ...]:
        """The ARNs of the assets in one deployment."""
        return tuple(deployed[label] for label in self.assets)


PLANTED = (
    Planted(
        "public function URL",
        ("function/tidewater-admin-console",),
        "The operators' console answers anyone on the internet, without signing in.",
    ),
    Planted(
        "administrator role",
        ("role/tidewater-backend-admin", "function/tidewater-admin-console", "function/tidewater-order-intake"),
        "Whoever controls one of these functions controls the account.",
    ),
    Planted(
        "role shared by several functions",
        (
            "role/tidewater-backend-admin",
            "function/tidewater-admin-console",
            "function/tidewater-order-intake",
            "function/tidewater-nightly-reports",
        ),
        "Three functions with nothing in common have the same rights, in two regions.",
    ),
    Planted(
        "queue open to everyone",
        ("queue/tidewater-orders", "function/tidewater-order-intake"),
        "Any AWS account may read, inject, purge and delete orders.",
    ),
    Planted(
        "queue visibility below function timeout",
        ("queue/tidewater-orders", "function/tidewater-order-intake"),
        "Orders reappear after 30 s while the function may still work on them for 120 s.",
    ),
    Planted(
        "secret in environment variable",
        ("function/tidewater-payments",),
        "A database URL with its password and a payment key can be read by whoever may list functions.",
    ),
    Planted(
        "deprecated runtime",
        ("function/tidewater-payments", "function/tidewater-legacy-quotes"),
        "python3.8 and nodejs16.x get no security fixes any more.",
    ),
    Planted(
        "wildcard rights on all resources",
        ("role/tidewater-payments-role", "function/tidewater-payments"),
        "The role may do everything with every table, and read every secret.",
    ),
    Planted(
        "layer from another account",
        ("layer/imaging-tools:1", "function/tidewater-photo-resize"),
        "Code of an unknown account runs with the function's rights.",
    ),
    Planted(
        "service permission without source",
        ("function/tidewater-photo-resize", "function/tidewater-notify", "function/tidewater-search"),
        "Anyone's bucket, topic or API may have S3, SNS or API Gateway call these functions.",
    ),
    Planted(
        "invoke right for another account",
        ("function/tidewater-partner-sync",),
        "Every principal of an account outside of the organisation may invoke the function.",
    ),
    Planted(
        "public bucket",
        ("bucket/tidewater-guest-photos", "function/tidewater-photo-resize"),
        "Policy and access control list both let the world read guests' photos.",
    ),
    Planted(
        "function may trigger itself",
        ("function/tidewater-photo-resize", "bucket/tidewater-guest-photos"),
        "It writes to the bucket whose uploads start it, with loop detection switched off.",
    ),
    Planted(
        "topic open to everyone",
        ("topic/tidewater-booking-events", "function/tidewater-notify"),
        "Any AWS account may send booking events, and listen to them.",
    ),
    Planted(
        "REST route without authorization",
        ("rest-api/tidewater-public", "function/tidewater-search"),
        "GET /search is open while its neighbours want IAM or a signed-in user.",
    ),
    Planted(
        "HTTP route without authorization",
        ("http-api/tidewater-guests", "function/tidewater-legacy-quotes"),
        "GET /quotes/{id} is open while its neighbour wants a token.",
    ),
    Planted(
        "pass any role to a new function",
        ("role/tidewater-release-bot-role", "function/tidewater-release-bot"),
        "iam:PassRole on everything, with lambda:CreateFunction, reaches the administrator role.",
    ),
    Planted(
        "rewrite the policies of any role",
        ("role/tidewater-crew-provisioning-role", "function/tidewater-crew-provisioning"),
        "iam:PutRolePolicy on everything lets the function make itself an administrator.",
    ),
    Planted(
        "alias on $LATEST",
        ("function/tidewater-pricing:live", "function/tidewater-pricing"),
        "Callers of the alias get every change at once, tested or not.",
    ),
    Planted(
        "secret in an old version",
        ("function/tidewater-pricing:1", "function/tidewater-pricing"),
        "The access key was removed from $LATEST and stays readable in version 1.",
    ),
    Planted(
        "old version on a deprecated runtime",
        ("function/tidewater-pricing:1", "function/tidewater-pricing"),
        "Version 1 still runs on python3.8, and can still be invoked.",
    ),
    Planted(
        "wrapper script from a layer",
        ("function/tidewater-partner-sync", "layer/tidewater-telemetry:1"),
        "AWS_LAMBDA_EXEC_WRAPPER hands the start of the function to a file of a layer.",
    ),
    Planted(
        "dead-letter queue does not exist",
        ("function/tidewater-notify",),
        "Failed events are sent to a queue that is not there, and are lost.",
    ),
    Planted(
        "destination does not exist",
        ("function/tidewater-notify",),
        "Reports of failure go to a topic that is not there.",
    ),
    Planted(
        "key without rotation",
        ("key/tidewater-legacy@eu-west-1", "function/tidewater-payments"),
        "The key of the payment function's environment is never rotated.",
    ),
    Planted(
        "secret without rotation",
        ("secret/tidewater/payment-gateway",),
        "The login of the payment gateway is never changed.",
    ),
    Planted(
        "log group without retention",
        ("log-group/tidewater-legacy-quotes", "function/tidewater-legacy-quotes"),
        "Logs are kept for ever.",
    ),
    Planted(
        "no right to write logs",
        ("role/tidewater-legacy-quotes-role", "function/tidewater-legacy-quotes"),
        "The function leaves no trace of what it does.",
    ),
    Planted(
        "container image by moving tag",
        ("function/tidewater-receipts",),
        "The image is named by the tag latest, and its packages are the owner's to patch.",
    ),
)

CLEAN_FUNCTIONS = (
    "tidewater-itinerary",
    "tidewater-crew-roster",
    "tidewater-ledger-export",
    "tidewater-rotate-ledger",
    "tidewater-berth-map",
)
"""Well-built functions: a private one of each common kind (queue, IAM-signed URL, VPC and schedule, rotation, bucket).

Each has a role of its own with the rights that it needs, permissions bound to their source, a customer key that is
rotated, a supported runtime, signed code, a place for failed events, and an alias that names a version. No finding
above *info* may name one of them.
"""
