"""What a failed request means: denied, absent, too fast, passing, unsupported or broken; and what of it may be shown."""

import re
import ssl
from functools import cached_property
from typing import Any, Literal

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

Kind = Literal["denied", "absent", "throttled", "passing", "unreachable", "unsupported", "expired", "failed"]

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "AuthorizationErrorException",
        "AllAccessDisabled",
        "Forbidden",
        "ForbiddenException",
        "KMSAccessDeniedException",
        "KmsAccessDeniedException",
        "NotAuthorized",
        "NotAuthorizedException",
        "UnauthorizedException",
        "UnauthorizedOperation",
        "403",
    }
)
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "KmsThrottlingException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "TooManyRequestsException",
        "429",
    }
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
REGION_OFF = frozenset({"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId"})
"""Codes of a region that does not know the credentials: one that is not enabled for the account answers so."""
UNSUPPORTED = frozenset(
    {
        "InvalidAction",
        "NotImplemented",
        "OptInRequired",
        "SubscriptionRequiredException",
        "UnknownOperationException",
        "UnknownOperation",
        "UnsupportedOperation",
        "UnsupportedOperationException",
        "404",
        "405",
        "501",
    }
)
PASSING = frozenset(
    {
        "DependencyTimeoutException",
        "InternalError",
        "InternalErrorException",
        "InternalException",
        "InternalFailure",
        "InternalFailureException",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceError",
        "KMSInternalException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceException",
        "ServiceFailure",
        "ServiceFailureException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
    }
)

_SECRETS = (
    (re.compile(r"\b(A(?:KIA|SIA|IDA|ROA))[A-Z0-9]{12,}"), r"\1…"),
    (re.compile(r"(?i)(encoded authorization failure message:?)\s*\S+"), r"\1 …"),
    (re.compile(r"(?i)(\b(?:x-amz-)?(?:security-token|signature|credential)\b\s*[=:]\s*)\S+"), r"\1…"),
    (re.compile(r"[A-Za-z0-9+/_=-]{80,}"), "…"),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")


def redact(message: str, limit: int = 300) -> str:
    """A service's message without keys, tokens, signatures and control characters, cut to `limit` characters."""
    if "<!doctype html" in message[:200].lower() or "<html" in message[:200].lower():
        message = "a web page instead of an answer"
    shown = _CONTROL.sub(" ", message[: limit * 8])
    for pattern, instead in _SECRETS:
        shown = pattern.sub(instead, shown)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


class Failure(Exception):
    """A request that brought no answer. `kind` says what to do about it, `code` is the service's own word."""

    def __init__(self, kind: Kind, code: str, message: str) -> None:
        super().__init__(code)
        self.kind: Kind = kind
        self.code = code
        self._said = message

    @cached_property
    def message(self) -> str:
        """Code and message, fit to be shown. Most failures say "there is none" and are never told."""
        return redact(f"{self.code}: {redact(self._said)}" if self._said else self.code)

    def __str__(self) -> str:
        return self.message


def judge(error: Exception, absent: frozenset[str] = frozenset()) -> Failure:
    """Say what an exception of the SDK means; `absent` are the codes with which the operation says "there is none"."""
    if isinstance(error, boto.ClientError):
        return _judge_answer(error, absent)
    name = type(error).__name__
    if isinstance(error, boto.NoCredentialsError | boto.CredentialRetrievalError | boto.TokenRetrievalError):
        return Failure("expired", name, str(error))
    if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError | boto.ProxyConnectionError):
        return Failure("unreachable", name, str(error))
    if isinstance(error, boto.SSLError | ssl.SSLError):
        return Failure("failed", name, str(error))
    if isinstance(error, boto.HTTPClientError | boto.ResponseStreamingError | boto.IncompleteReadError | OSError):
        return Failure("passing", name, str(error))
    if isinstance(error, boto.UnknownEndpointError | boto.UnknownServiceError | boto.EndpointProviderError):
        return Failure("unsupported", name, str(error))
    if isinstance(error, ResponseParserError | ValueError):
        return Failure("passing", name, "the answer cannot be read")
    if isinstance(error, boto.ParamValidationError):
        return Failure("failed", name, "the name is not one that the service accepts")
    return Failure("failed", name, str(error))


def _judge_answer(error: boto.ClientError, absent: frozenset[str]) -> Failure:
    answer: dict[str, Any] = dict(error.response)
    detail = answer.get("Error") or {}
    code, message = str(detail.get("Code") or "?"), str(detail.get("Message") or "")
    status = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode", 0)
    return Failure(_kind(code, message, status, absent), code, message)


def _kind(code: str, message: str, status: object, absent: frozenset[str]) -> Kind:
    plain = code.removeprefix("Client.").removeprefix("Server.")
    if code in absent or plain in absent:
        return "absent"
    if plain in THROTTLED or status == 429 or "rate exceeded" in message.lower():
        return "throttled"
    known: tuple[tuple[frozenset[str], Kind], ...] = (
        (DENIED, "denied"),
        (EXPIRED, "expired"),
        (REGION_OFF, "failed"),
        (UNSUPPORTED, "unsupported"),
        (PASSING, "passing"),
    )
    for codes, kind in known:
        if plain in codes:
            return kind
    if status == 403:
        return "denied"
    return "passing" if isinstance(status, int) and status >= 500 and status != 501 else "failed"
