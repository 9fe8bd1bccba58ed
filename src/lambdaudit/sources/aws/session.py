"""Credentials, accounts and regions: from the SDK's own chain to an account that can be read."""

import os
import threading
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from botocore import exceptions as boto
from botocore.credentials import AssumeRoleCredentialFetcher, CredentialProvider, DeferredRefreshableCredentials
from botocore.session import Session

from lambdaudit.model.arn import parse_arn
from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.client import Caller, guard
from lambdaudit.sources.aws.errors import Failure, redact
from lambdaudit.sources.aws.models import trim

FALLBACK_REGION = "us-east-1"
SESSION_NAME = "lambdaudit"
_creating = threading.Lock()
"""Sessions do not make clients for several threads at a time."""


_SIGN_IN: tuple[type[Exception], ...] = tuple(
    error
    for name in ("SSOError", "TokenRetrievalError", "LoginError")  # the last one is not in every SDK that we run with
    if (error := getattr(boto, name, None)) is not None
)


class SourceError(Exception):
    """A live account cannot be read at all: one clear line, and a hint what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Account:
    """One account that answers: its id, who we are in it, and the guarded way to call it."""

    def __init__(self, session: Session, caller: Caller, identity: dict[str, Any], home: str, name: str = "") -> None:
        arn = parse_arn(str(identity.get("Arn") or ""))
        self.session = session
        self.caller = caller
        self.id = str(identity.get("Account") or "")
        self.arn = str(identity.get("Arn") or "")
        self.partition = arn.partition if arn else session.get_partition_for_region(home)
        self.home = home
        """The region that global questions are sent from."""
        self.name = name

    def known_regions(self) -> list[str]:
        """Every region of the account's partition in which the installed SDK knows Lambda."""
        return sorted(self.session.get_available_regions("lambda", partition_name=self.partition))

    def of_partition(self, regions: Iterable[str]) -> list[str]:
        """The regions without those that the SDK knows to be in another partition: no credentials reach both."""
        other = {
            region
            for partition in self.session.get_available_partitions()
            if partition != self.partition
            for region in self.session.get_available_regions("lambda", partition)
        }
        return [region for region in regions if region not in other]


def check_regions(session: Session, regions: Iterable[str]) -> list[str]:
    """The given regions, each once, in order. Raises SourceError for one that the SDK knows in no partition."""
    known = {r for p in session.get_available_partitions() for r in session.get_available_regions("lambda", p)}
    found: list[str] = []
    for region in regions:
        name = region.strip().lower()
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else "regions look like eu-west-1"
            raise SourceError(f"there is no region {region[:40]!r}", hint + " A region newer than boto3 needs a newer boto3.")
        if name not in found:
            found.append(name)
    return found


def _custom_endpoint(session: Session) -> bool:
    """Whether requests go to an endpoint of the user's own (an emulator, a proxy)."""
    if any(name.startswith("AWS_ENDPOINT_URL") and value for name, value in os.environ.items()):
        return True
    scoped = session.get_scoped_config()
    return bool(scoped.get("endpoint_url") or scoped.get("services"))


def _explain(error: Exception, profile: str | None) -> SourceError:
    """One line for whatever kept the credentials from working."""
    used = f" of profile {profile!r}" if profile else ""
    message = redact(str(error))
    if isinstance(error, boto.ProfileNotFound):
        return SourceError(f"there is no profile {profile!r} in the AWS configuration", "list them: aws configure list-profiles")
    if isinstance(error, boto.NoCredentialsError):
        return SourceError("no AWS credentials found", "set AWS_PROFILE, pass --profile, or run: aws sso login")
    if isinstance(error, boto.PartialCredentialsError):
        return SourceError(f"the credentials{used} are incomplete: {message}", "a secret key or a key id is missing")
    if isinstance(error, boto.MissingDependencyException):
        return SourceError(f"the credentials{used} come from `aws login`", "pip install 'lambdaudit[login]' to use them")
    if isinstance(error, _SIGN_IN):
        return SourceError(f"the single sign-on session{used} has ended: {message}", "run: aws sso login")
    if isinstance(error, boto.CredentialRetrievalError | boto.InvalidConfigError | boto.InfiniteLoopConfigError):
        return SourceError(f"the credentials{used} could not be obtained: {message}", "check the profile's settings")
    if isinstance(error, boto.ConfigParseError | boto.ConfigNotFound):
        return SourceError(f"the AWS configuration file cannot be read: {message}", "check its syntax")
    return SourceError(f"AWS does not accept the credentials{used}: {message}", "check them with: aws sts get-caller-identity")


def _explain_failure(failure: Failure, profile: str | None, role: str | None) -> SourceError:
    used = f" of profile {profile!r}" if profile else ""
    if role and failure.kind in ("denied", "failed"):
        return SourceError(f"the role {role} cannot be assumed: {failure.message}", "check its trust policy and external id")
    if failure.kind == "expired" or "Expired" in failure.code:
        return SourceError(f"the credentials{used} have expired: {failure.message}", "sign in again")
    if failure.kind == "unreachable":
        return SourceError(f"AWS cannot be reached: {failure.message}", "check the network, a proxy, AWS_ENDPOINT_URL")
    return SourceError(f"AWS does not accept the credentials{used}: {failure.message}", "check key id, secret and token")


def open_account(
    *,
    profile: str | None = None,
    region: str | None = None,
    role_arn: str | None = None,
    external_id: str | None = None,
    mfa_serial: str | None = None,
    mfa_prompt: Callable[[str], str] | None = None,
    duration_seconds: int = 3600,
    connections: int = 32,
    base: Session | None = None,
) -> Account:
    """Find credentials as the SDK does (or those of `profile`), assume `role_arn` with them if given, and see who we are.

    `base` is a guarded session to start from instead of the SDK's own chain. `mfa_prompt` is called with a text and
    gives the code, for roles that ask for one. Raises SourceError, in one line.
    """
    try:
        session = base or trim(guard(Session(profile=profile)))
        home = region or session.get_config_variable("region") or os.environ.get("AWS_REGION") or FALLBACK_REGION
        check_regions(session, [home])
        custom = _custom_endpoint(session)
        if session.get_credentials() is None:
            raise boto.NoCredentialsError
        if role_arn:
            session = _assume(session, home, role_arn, external_id, mfa_serial, mfa_prompt, duration_seconds)
        caller = Caller(session, custom_endpoint=custom, connections=connections)
        identity = caller.send(row("sts", "GetCallerIdentity"), home, {})
    except Failure as failure:
        cause = failure.__cause__
        if isinstance(cause, EOFError):
            raise SourceError("the code of the MFA device was not given", "it is read from the terminal") from failure
        if isinstance(cause, boto.BotoCoreError) and failure.kind != "unreachable":
            raise _explain(cause, profile) from failure
        raise _explain_failure(failure, profile, role_arn) from failure
    except boto.BotoCoreError as error:
        raise _explain(error, profile) from error
    return Account(session, caller, identity, home)


class _GivenRole(CredentialProvider):
    """Puts the credentials of the role that was asked for before all others of a session."""

    METHOD = "lambdaudit-role"
    CANONICAL_NAME = "lambdaudit-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._role = credentials

    def load(self) -> DeferredRefreshableCredentials:
        """The role's credentials."""
        return self._role


def _assume(
    base: Session,
    region: str,
    role_arn: str,
    external_id: str | None,
    mfa_serial: str | None,
    mfa_prompt: Callable[[str], str] | None,
    duration_seconds: int,
) -> Session:
    """A session with the role's credentials, renewed by themselves when they run out."""
    arn = parse_arn(role_arn)
    if arn is None or arn.service != "iam" or not arn.resource.startswith("role/"):
        raise SourceError(f"{role_arn!r} is not the ARN of a role", "it looks like arn:aws:iam::123456789012:role/NAME")
    extra: dict[str, Any] = {"RoleSessionName": SESSION_NAME, "DurationSeconds": duration_seconds}
    if external_id:
        extra["ExternalId"] = external_id
    if mfa_serial:
        extra["SerialNumber"] = mfa_serial

    def create_client(service: str, **more: Any) -> Any:
        with _creating:
            return base.create_client(service, region_name=region, **more)

    fetcher = AssumeRoleCredentialFetcher(
        client_creator=create_client,
        source_credentials=base.get_credentials(),
        role_arn=role_arn,
        extra_args=extra,
        mfa_prompter=mfa_prompt,
        cache={},
    )
    session = guard(Session(profile=base.profile))
    session.register_component("data_loader", base.get_component("data_loader"))  # service models are read once
    credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, _GivenRole.METHOD)
    session.get_component("credential_provider").providers.insert(0, _GivenRole(credentials))
    return session
