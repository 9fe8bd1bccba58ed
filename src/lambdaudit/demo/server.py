"""Start and stop the fake AWS that holds the demo account."""

import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from lambdaudit.demo.environment import NEUTRAL, replaced

ACCOUNT = "111122223333"
PARTNER_ACCOUNT = "444455556666"
LAYER_ACCOUNT = "777788889999"
"""Account numbers that AWS's own documentation uses as examples; none is a customer's."""

REGIONS = ("eu-west-1", "us-east-1")
AUDITOR = "tidewater-auditor"

_one_at_a_time = threading.Lock()


class DemoUnavailable(Exception):
    """The demo account cannot be started; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class Endpoint:
    """Where the fake AWS listens, and the temporary credentials that make a caller belong to the demo account.

    `credentials` holds the keyword arguments of boto3.Session: aws_access_key_id, aws_secret_access_key and
    aws_session_token. They are invented, and mean nothing anywhere else.
    """

    url: str
    credentials: Mapping[str, str]
    regions: tuple[str, ...] = REGIONS
    account: str = ACCOUNT

    def environment(self) -> dict[str, str]:
        """The environment variables with which any AWS SDK or tool talks to the fake and to nothing else."""
        return {
            **NEUTRAL,
            **{name.upper(): value for name, value in self.credentials.items()},
            "AWS_ENDPOINT_URL": self.url,
            # The SDKs put the account id before the host of this service: here it lands in the part that names a user.
            "AWS_ENDPOINT_URL_S3_CONTROL": self.url.replace("://", "://account@"),
            "AWS_REGION": self.regions[0],
            "AWS_DEFAULT_REGION": self.regions[0],
        }


@contextmanager
def running() -> Iterator[Endpoint]:
    """Run an empty fake AWS on a free loopback port for as long as the block runs.

    Inside the block os.environ holds the demo's settings instead of the person's own (credentials, profile, endpoint,
    proxies), so that no client made there can reach a real account; afterwards it is as before, and the fake and all
    that it held is gone. Raises DemoUnavailable when moto is not installed, when no port can be opened, or when this
    process already runs a demo account.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise DemoUnavailable("the demo account is already running in this process: stop it first")
    try:
        with replaced(NEUTRAL):
            try:
                with warnings.catch_warnings(action="ignore"):
                    from lambdaudit.demo import fake_aws
            except ImportError as missing:
                raise DemoUnavailable(
                    f"the demo account needs moto ({missing.name} is missing): pip install 'lambdaudit[demo]'"
                ) from missing
            try:
                fake = fake_aws.start()
            except OSError as refused:
                raise DemoUnavailable(f"cannot open a port on 127.0.0.1: {refused.strerror}") from refused
            try:
                fake_aws.provide_aws_policies(ACCOUNT)
                endpoint = Endpoint(fake.url, assume(fake.url, f"arn:aws:iam::{ACCOUNT}:role/{AUDITOR}"))
                with replaced(endpoint.environment()):
                    yield endpoint
            finally:
                fake.stop()
                fake_aws.forget(ACCOUNT, PARTNER_ACCOUNT, LAYER_ACCOUNT)
    finally:
        _one_at_a_time.release()


def assume(url: str, role_arn: str) -> dict[str, str]:
    """Temporary credentials of a role, as boto3.Session arguments. The fake makes a role's account when it is new."""
    import boto3

    # A session of its own: boto3's default one would outlive the demo, and keep its settings.
    sts = cast(Any, boto3.Session)().client(
        "sts", endpoint_url=url, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    issued = sts.assume_role(RoleArn=role_arn, RoleSessionName="demo")["Credentials"]
    return {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }
