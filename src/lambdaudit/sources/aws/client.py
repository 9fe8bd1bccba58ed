"""The only way to AWS: clients of a guarded session, which send nothing that is not in the call table."""

import json
import platform
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import botocore
from botocore import xform_name
from botocore.config import Config
from botocore.session import Session

from lambdaudit.sources.aws.call import Call
from lambdaudit.sources.aws.calls import BY_NAME, CODE_CALLS, CREDENTIAL_CALLS
from lambdaudit.sources.aws.errors import Failure, judge

CONNECT_SECONDS = 5
READ_SECONDS = 30
USER_AGENT = f"lambdaudit Botocore/{botocore.__version__} Python/{platform.python_version()}"
"""In full, because the SDK otherwise puts its own together anew for every request, an eighth of the time of a call."""

_last = threading.local()


class ForbiddenCall(Exception):
    """An API operation that is not in the call table was about to be sent. It was not."""


def _refuse_unlisted(**event: Any) -> None:
    model = event["model"]
    name = f"{model.service_model.service_name}:{model.name}"
    if name not in BY_NAME and name not in CREDENTIAL_CALLS and name not in CODE_CALLS:
        raise ForbiddenCall(f"{name} is not in the call table and was not sent")


def _keep_body(**event: Any) -> None:
    response_dict = event["response_dict"]
    _last.body = response_dict.get("body")
    _last.status = response_dict.get("status_code")
    if getattr(_last, "verbatim", False) and _succeeded(_last.status):
        response_dict["body"] = b"{}"  # it is taken as it came: the SDK need not parse it, too


def timestamp(value: object) -> str:
    """A time in a response as ISO 8601 text in UTC; what is no time stays as it is, as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            moment = datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        except (OverflowError, OSError, ValueError):
            return str(value)
    else:
        try:
            moment = datetime.fromisoformat(str(value)[:40])
        except ValueError:
            return str(value)
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _without_account_host(**event: Any) -> None:
    """S3 Control puts the account before the host's name, which an endpoint of one's own cannot answer to."""
    request = event["request"]
    parts = urlsplit(request.url)
    label, dot, rest = parts.netloc.partition(".")
    if dot and len(label) == 12 and label.isdigit():
        request.url = parts._replace(netloc=rest).geturl()


def guard(session: Session) -> Session:
    """Make a session refuse every call that is not in the table, whoever makes clients of it; times become text.

    The check sits on the session's own event bus, of which each client gets a copy, so no client can be without it.
    """
    session.register("before-call", _refuse_unlisted, unique_id="lambdaudit-read-only")
    session.register("before-parse", _keep_body, unique_id="lambdaudit-body")
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=timestamp)
    return session


class Caller:
    """Sends single requests. One client per service and region, shared by all threads, made when first needed."""

    def __init__(self, session: Session, *, custom_endpoint: bool = False, connections: int = 32) -> None:
        self._session = session
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        # An endpoint of one's own has neither a host per bucket nor one per account.
        own: dict[str, Any] = {"s3": {"addressing_style": "path"}, "inject_host_prefix": False}
        if custom_endpoint:
            session.register("before-sign.s3-control", _without_account_host, unique_id="lambdaudit-s3-control")
        self._config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=connections,
            user_agent=USER_AGENT,
            **(own if custom_endpoint else {}),
        )

    def _client(self, service: str, region: str) -> Any:
        found = self._clients.get((service, region))
        if found is None:
            with self._lock:
                found = self._clients.get((service, region))
                if found is None:
                    found = self._session.create_client(service, region_name=region, config=self._config)
                    self._clients[service, region] = found
        return found

    def client(self, service: str, region: str) -> Any:
        """The guarded client of a service, for libraries that want one: it sends nothing that is not in the table either."""
        return self._client(service, region)

    def send(self, call: Call, region: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Send one request and give the response without its metadata and without what must not be kept.

        Raises Failure, always: whatever goes wrong between here and the service is said in its terms.
        """
        return self.send_apart(call, region, arguments)[0]

    def send_apart(self, call: Call, region: str, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """The same, and beside the response, by path, what must not be kept: for one who needs it at once and then forgets it.

        Raises Failure, always.
        """
        _last.body, _last.verbatim = None, call.verbatim
        try:
            client = self._client(call.service, region)
            page = self._answer(call, client, arguments)
            if call.inside:
                page = dict(page[call.inside])
        except Failure:
            raise
        except Exception as error:  # the SDK's parsers raise anything on a hostile answer; all of it is told
            raise judge(error, call.absent) from error
        finally:
            # With the answer parsed nobody needs its text, in which links to code stand, too.
            _last.body, _last.verbatim = None, False
        apart = {path: _drop(page, path) for path in call.drop}
        return page, apart

    def _answer(self, call: Call, client: Any, arguments: dict[str, Any]) -> dict[str, Any]:
        method: Callable[..., dict[str, Any]] = getattr(client, xform_name(call.operation))
        try:
            page = method(**arguments)
        except (ValueError, TypeError, AttributeError, KeyError):
            # A member of a type that the SDK's parser does not expect: take the JSON as it came rather than lose the page.
            found = _plain_json()
            if found is None:
                raise
            return found
        metadata = page.pop("ResponseMetadata", None)
        if call.verbatim or (not page and client.meta.service_model.resolved_protocol in ("json", "rest-json")):
            # The SDK takes a body that is no JSON for an empty answer; "nothing there" must not come from that.
            plain = _plain_json()
            if plain is None:
                status = (metadata or {}).get("HTTPStatusCode", "no status")
                raise Failure("passing", "UnreadableAnswer", f"the answer ({status}) is not JSON")
            return plain if call.verbatim else page
        return page


def _succeeded(status: object) -> bool:
    return isinstance(status, int) and 200 <= status < 300


def _plain_json() -> dict[str, Any] | None:
    body, status = getattr(_last, "body", None), getattr(_last, "status", 0)
    if not isinstance(body, bytes) or not _succeeded(status):
        return None
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return page if isinstance(page, dict) else None


def _drop(page: dict[str, Any], path: str) -> Any:
    *parents, last = path.split(".")
    place: Any = page
    for parent in parents:
        place = place.get(parent) if isinstance(place, dict) else None
    return place.pop(last, None) if isinstance(place, dict) else None
