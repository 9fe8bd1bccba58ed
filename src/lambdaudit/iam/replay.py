"""From values found by the symbolic engine to a request, and back through the concrete evaluator.

Nothing that the concrete evaluator does not confirm is ever reported as a witness.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from lambdaudit.iam.callers import USER_ID
from lambdaudit.iam.compiled import Prepared, compile_policy
from lambdaudit.iam.conditions import ContextValue
from lambdaudit.iam.decide import Attached, Layers, Outcome, Request, Situation, decide
from lambdaudit.iam.formula import ACTION, PRINCIPAL, RESOURCE, SESSION, Dim
from lambdaudit.iam.language import Policy, PolicyKind, parse
from lambdaudit.iam.principals import BadPrincipal

Values = Mapping[Dim, str | tuple[str, ...] | None]

STRANGER: Final = "arn:aws:iam::999988887777:role/stranger"
SAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "principal": (
        STRANGER,
        "arn:aws:iam::999988887777:user/stranger",
        "arn:aws:iam::888877776666:role/stranger",
        "arn:aws:iam::111122223333:role/example",
        "svc:sns.amazonaws.com",
        "svc:events.amazonaws.com",
        "svc:s3.amazonaws.com",
    ),
    "session": ("session",),
    "aws:principalorgid": ("o-stranger0000",),
    "aws:principalorgpaths": ("o-stranger0000/r-ab12/ou-ab12-11111111/",),
    "aws:sourceaccount": ("999988887777",),
    "aws:sourcearn": (
        "arn:aws:sns:us-east-1:999988887777:their-topic",
        "arn:aws:events:us-east-1:999988887777:rule/their-rule",
        "arn:aws:s3:::their-bucket",
    ),
    "aws:sourcevpc": ("vpc-99998888",),
    "aws:sourcevpce": ("vpce-99998888",),
    "aws:userid": ("AROASTRANGERSTRANGERS:session", "AIDASTRANGERSTRANGERS"),
    "aws:username": ("stranger",),
    "aws:requestedregion": ("us-east-1",),
    "aws:useragent": ("curl/8.0",),
    "aws:referer": ("https://www.example.com/",),
}


def principal_text(encoded: str, session: str | None) -> str:
    """The principal of a request from its encoded text and the session name, if there is one."""
    prefix, colon, rest = encoded.partition(":")
    if colon and prefix in ("svc", "fed", "canon"):
        return rest
    if session is not None and ":role/" in encoded:
        head, _, path = encoded.partition(":role/")
        return f"{head.replace(':iam:', ':sts:')}:assumed-role/{path.rpartition('/')[2]}/{session}"
    return encoded


def request_of(
    values: Values,
    *,
    action: str,
    principal: str,
    resource: str,
    resource_account: str = "",
    pins: Mapping[str, tuple[str, ...]] | None = None,
) -> Request:
    """The request with these values; `principal` (encoded) and `resource` fill in where a question left them free."""
    encoded = values.get(PRINCIPAL) or principal
    session = values.get(SESSION)
    context: dict[str, ContextValue] = {}
    for key, texts in (pins or {}).items():
        if texts:
            context[key] = texts[0] if len(texts) == 1 else texts
    for dim, value in values.items():
        if dim in (PRINCIPAL, SESSION, RESOURCE, ACTION) or value is None or value == ():
            continue
        context[dim.name] = value
    assert isinstance(encoded, str)
    name = session if isinstance(session, str) else None
    encoded, name = _agreeing(encoded, name, context)
    if ":role/" in encoded and name is not None:
        context["aws:principalarn"] = encoded
    if encoded.startswith("arn:") and ":sns:" in resource:
        context["aws:sourceowner"] = encoded.split(":")[4]
    found = values.get(RESOURCE)
    return Request(
        principal=principal_text(encoded, name),
        action=action,
        resource=found if isinstance(found, str) and found else resource,
        resource_account=resource_account,
        context=context,
    )


def _agreeing(encoded: str, session: str | None, context: Mapping[str, ContextValue]) -> tuple[str, str | None]:
    """A principal in agreement with the keys that say the same thing: user name, session name in the unique id."""
    name = context.get("aws:username")
    if isinstance(name, str) and ":iam::" in encoded and encoded.startswith("arn:") and encoded != "":
        head, kind, path = encoded.partition(":user/")
        if kind:
            folder = path.rpartition("/")[0]
            encoded = f"{head}:user/{folder + '/' if folder else ''}{name}"
    user_id = context.get(USER_ID.name)
    if isinstance(user_id, str) and user_id.startswith("AROA") and ":role/" in encoded and session is None:
        session = user_id.partition(":")[2] or None
    return encoded, session


def allowed(request: Request, layers: Layers) -> bool:
    """Whether the concrete evaluator allows the request for sure."""
    try:
        return decide(request, layers).outcome is Outcome.ALLOWED
    except BadPrincipal:
        return False


def delegating(layers: Layers, account: str, request: Request) -> Layers:
    """The layers with the usual policy of a key or a role, which leaves the decision to the account's own policies.

    Unchanged for other requests, and where the resource's policy is given or could not be read.
    """
    if layers.resource is not None or not account or request.action.lower().partition(":")[0] not in ("kms", "sts"):
        return layers
    return msgspec.structs.replace(layers, resource=_usual(account))


@lru_cache(maxsize=256)
def _usual(account: str) -> Attached:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "*", "Resource": "*"}
    return Attached("delegation", parse({"Version": "2012-10-17", "Statement": [statement]}, PolicyKind.RESOURCE))


def prepared(request: Request) -> Prepared | None:
    """The request made ready for single policies, or None when its principal cannot make requests."""
    try:
        return Situation(request, Layers()).prepared
    except BadPrincipal:
        return None


def policy_says(policy: Policy, request: Prepared) -> bool | None:
    """Whether a policy alone allows the request: True, False, or None when that is open."""
    sure, possible, denies = compile_policy(policy).evaluate(request)
    if denies or not possible:
        return False
    return True if sure and denies is False else None


def allowing_statements(policy: Policy, request: Request) -> tuple[int, ...]:
    """The statements that allow the request for sure, by their position in the policy."""
    ready = prepared(request)
    if ready is None:
        return ()
    rules = compile_policy(policy).about(ready.action)
    return tuple(rule.statement.index for rule, about in rules if rule.allows and rule.match(ready, about)[0])
