"""moto as a quiet server on the loopback interface that says plainly what it cannot do.

Imported only by :func:`lambdaudit.demo.server.running`: moto is an optional dependency, and takes a second to load.
"""

import json
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, cast

from flask import Flask
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.awslambda.responses import LambdaResponse
from moto.backends import SERVICE_NAMES
from moto.core.base_backend import BackendDict, backend_lock
from moto.core.responses import BaseResponse
from moto.core.utils import convert_to_flask_response
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends
from moto.iam.responses import IamResponse
from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import HTTP_METHODS, DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import FakeKey, s3_backends
from werkzeug.serving import ThreadedWSGIServer

from lambdaudit.demo import fake_gateway, fake_iam, fake_lambda

LOOPBACK = "127.0.0.1"
_SEED = 2026

AWS_POLICIES = (
    "AdministratorAccess",
    "AWSLambdaVPCAccessExecutionRole",
    "SecurityAudit",
)
"""The AWS-managed policies that the demo attaches. All 1,500 would make every reading of the account's IAM slow."""


class _SilentHandler(MotoRequestHandler):
    """Serves without a word on stderr."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Drop the line: the caller sees the answer and its status."""


class _Server(ThreadedWSGIServer):
    """A server that can also end the connections that clients keep open, and the threads that serve them."""

    def __init__(self, listening: socket.socket, app: Any) -> None:
        self.connections: dict[threading.Thread, socket.socket] = {}
        host, port = listening.getsockname()
        super().__init__(host, port, app, _SilentHandler, fd=listening.fileno())

    def log(self, type: str, message: str, *args: Any) -> None:
        """Drop the line, as the handler does."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up."""

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection in a thread of its own, known to :meth:`hang_up` while it lasts."""
        self.connections = {thread: held for thread, held in self.connections.items() if thread.is_alive()}
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        thread.start()
        self.connections[thread] = request

    def hang_up(self) -> None:
        """End all connections, and wait for their threads."""
        for thread, connection in self.connections.items():
            with suppress(OSError):  # the client may have been faster
                connection.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)


class Fake:
    """A running fake AWS. The ids that it gives out are the same in every run in which it is asked the same."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._randomness = mock_random.getstate()
        mock_random.seed(_SEED)
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="demo-aws", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address of the fake, the same for every service."""
        return f"http://{LOOPBACK}:{self._server.port}"

    def stop(self) -> None:
        """Close the port and all connections, and wait until every thread of the server has ended."""
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        mock_random.setstate(self._randomness)


def start() -> Fake:
    """Start a fake AWS on a free port of the loopback interface. Raises OSError when there is none."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listening:
        return Fake(_Server(listening, _plain_about_gaps(DomainDispatcherApplication(_service))))


def _service(name: SERVICE_NAMES) -> Flask:
    """The application that plays one AWS service, with our answers where they complete moto's."""
    app = create_backend_app(name)
    completed = _completed(name)
    for endpoint, view in app.view_functions.items():
        callback = cast(convert_to_flask_response, view).callback
        ours = completed.get(getattr(callback, "__self__", None))
        if ours is not None:
            app.view_functions[endpoint] = convert_to_flask_response(getattr(ours, callback.__name__))
    if LambdaResponse in completed:
        # Operations are told apart by botocore's model: one rule serves the paths that moto's list lacks.
        view = convert_to_flask_response(fake_lambda.Response.dispatch)
        app.add_url_rule("/<path:rest>", endpoint="rest", methods=HTTP_METHODS, view_func=view)
    return app


def _completed(name: str) -> dict[Any, type[BaseResponse]]:
    """By class of moto's that answers for a service: ours, which extends it. EC2 takes a second to load, so it comes late."""
    if name == "ec2":
        from moto.ec2.responses import EC2Response

        from lambdaudit.demo import fake_ec2

        return {EC2Response: fake_ec2.Response}
    if name == "iam":
        return {IamResponse: fake_iam.Response}
    if name == "awslambda":
        return {LambdaResponse: fake_lambda.Response}
    return {ApiGatewayV2Response: fake_gateway.Response} if name == "apigateway" else {}


def _plain_about_gaps(app: Any) -> Any:
    """Answer 501 to an operation that moto lacks: a 404 would say "no such resource", a 500 would be retried."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        def missing() -> Iterable[bytes]:
            start_response("501 Not Implemented", [("Content-Type", "text/html")])
            return [b"<html>This fake AWS does not have the operation.</html>"]

        if environ["PATH_INFO"].startswith(fake_lambda.CODE_PATH):
            content = fake_lambda.package(environ["PATH_INFO"])
            start_response("200 OK" if content else "404 Not Found", [("Content-Type", "application/zip")])
            return [content or b""]
        started: list[Any] = []
        try:
            body: Iterable[bytes] = app(environ, lambda *head: started.append(head))
        except NotImplementedError:
            return missing()
        status, headers = started[-1][:2]
        no_route = status.startswith("404") and any(
            name.lower() == "content-type" and value.startswith("text/html; charset") for name, value in headers
        )
        if no_route and b"<title>404 Not Found</title>" in (page := b"".join(body)):
            return missing()
        start_response(*started[-1])
        return [page] if no_route else body

    return answer


def provide_aws_policies(account: str) -> None:
    """Give an account the AWS-managed policies that its roles attach; every real account has them."""
    documents = json.loads(aws_managed_policies_data)
    iam = iam_backends[account]["aws"]
    iam.aws_managed_policies = [AWSManagedPolicy.from_data(name, account, "aws", documents[name]) for name in AWS_POLICIES]
    iam.managed_policies.update({policy.arn: policy for policy in iam.aws_managed_policies})


def forget(*accounts: str) -> None:
    """Remove all that the fake holds about the accounts; what other accounts of this process hold stays."""
    with backend_lock:
        for account in accounts:
            for s3 in s3_backends.pop(account, {}).values():
                for bucket in s3.buckets.values():
                    s3_backends.bucket_accounts.pop(bucket.name, None)
                    for key in bucket.keys.values():
                        if isinstance(key, FakeKey):
                            key.dispose()
            in_use: Any = BackendDict
            for service in list(in_use._instances):
                service.pop(account, None)
