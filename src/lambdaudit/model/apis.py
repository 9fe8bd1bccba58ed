"""API Gateway: REST, HTTP and WebSocket APIs, their routes, stages and authorizers."""

from .base import Asset, Policy
from .functions import Cors
from .unknown import Maybe, Unknown

_UNREAD = Unknown("not read")


class Api(Asset, frozen=True, kw_only=True, tag="api"):
    """An API. `protocol`: ``REST``, ``HTTP`` or ``WEBSOCKET``; `endpoint` ``EDGE``, ``REGIONAL`` or ``PRIVATE``.

    `id` is ``arn:aws:execute-api:region:account:api-id``.
    """

    api_id: str
    protocol: str
    endpoint: Maybe[str] = "REGIONAL"
    vpc_endpoints: Maybe[tuple[str, ...]] = ()
    policy: Maybe[Policy | None] = _UNREAD
    cors: Maybe[Cors | None] = None
    default_endpoint_disabled: Maybe[bool] = False


class Authorizer(Asset, frozen=True, kw_only=True, tag="authorizer"):
    """An authorizer. `kind`: ``TOKEN``, ``REQUEST``, ``COGNITO_USER_POOLS``, ``JWT``. `ttl` in seconds, None when not said.

    `function` is the authorizer function's ARN or an empty text.
    """

    api: str
    authorizer_id: str
    kind: str
    function: str = ""
    identity_sources: tuple[str, ...] = ()
    ttl: int | None = None
    simple_responses: bool = False
    audience: tuple[str, ...] = ()
    issuer: str = ""


class Route(Asset, frozen=True, kw_only=True, tag="route"):
    """One method of one path (REST) or one route key (HTTP, WebSocket).

    `authorization`: ``NONE``, ``AWS_IAM``, ``CUSTOM``, ``COGNITO_USER_POOLS``, ``JWT``. `function` is the id of the function
    behind it (empty: another integration), `qualifier` the version or alias in the integration.
    """

    api: str
    method: str
    path: str
    authorization: Maybe[str] = _UNREAD
    authorizer: str = ""
    api_key_required: bool = False
    scopes: tuple[str, ...] = ()
    function: Maybe[str] = ""
    qualifier: str = ""
    integration: str = ""
    request_validator: str = ""


class Stage(Asset, frozen=True, kw_only=True, tag="stage"):
    """A deployed stage. `web_acl` is the ARN of its web ACL or an empty text; `throttled` says whether a rate limit is set."""

    api: str
    access_log: str = ""
    web_acl: str = ""
    throttled: bool = False
    cache_encrypted: bool | None = None
    execution_logging: str = ""
    data_trace: bool = False
    tracing: bool = False
    variables: tuple[str, ...] = ()
