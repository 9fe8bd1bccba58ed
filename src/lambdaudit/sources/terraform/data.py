"""Data sources that are answered without a deployment."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lambdaudit.model.arn import parse_arn
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.iac.hidden import Hidden
from lambdaudit.sources.iac.values import List, Str, Value, located

from .partial import Invalid, json_dumps, text

if TYPE_CHECKING:
    from .module import Instance

    Answer = Callable[["Instance", str], Value]

_POLICY = "aws_iam_policy_document"


_SECRET = frozenset(
    (
        ("aws_secretsmanager_secret_version", "secret_string"),
        ("aws_secretsmanager_random_password", "random_password"),
        ("aws_kms_secrets", "plaintext"),
    )
)


class ArchivePath(Str):
    """The path of an archive that Terraform will build; `archive` tells what from."""

    __slots__ = ("archive",)
    archive: "Instance"


def data_attribute(instance: "Instance", name: str) -> Value:
    """An attribute of a data source."""
    kind = instance.type
    if kind == _POLICY and name in ("json", "minified_json"):
        from .policy_document import document

        return document(instance)
    if kind in _FIXED:
        found = _FIXED[kind](instance, name)
        if found is not None:
            return found
    written = instance.written(name)
    if written is not None and name not in ("filter",):
        return written
    if (kind, name) in _SECRET:
        return Hidden(f"{instance.address}.{name} is read from where secrets are kept")
    if kind in ("terraform_remote_state", "external", "http"):
        return Unknown(f"{instance.address}.{name} is read from elsewhere")
    return Unknown(f"{instance.address}.{name} is read at the deployment")


def account_of(instance: "Instance") -> str:
    """The account in which a resource or data source stands."""
    return instance.provider().account or instance.module.run.settings.account


def region_of(instance: "Instance") -> str:
    """The region in which a resource or data source stands."""
    return instance.provider().region or instance.module.run.settings.region


def _caller(instance: "Instance", name: str) -> Value:
    account = account_of(instance)
    if name in ("account_id", "id"):
        return Str(account)
    return Unknown("the identity of whoever deploys") if name in ("arn", "user_id") else None


def _region(instance: "Instance", name: str) -> Value:
    written = instance.written("region") or instance.written("name")
    region = str(written) if isinstance(written, str) else region_of(instance)
    if name in ("name", "id", "region"):
        return Str(region)
    return f"ec2.{region}.amazonaws.com" if name == "endpoint" else None


def _partition(instance: "Instance", name: str) -> Value:
    partition = instance.module.run.settings.partition
    china = partition == "aws-cn"
    fixed = {
        "partition": partition,
        "id": partition,
        "dns_suffix": "amazonaws.com.cn" if china else "amazonaws.com",
        "reverse_dns_prefix": "cn.com.amazonaws" if china else "com.amazonaws",
    }
    return fixed.get(name)


def _managed_policy(instance: "Instance", name: str) -> Value:
    arn, policy = instance.written("arn"), instance.written("name")
    if isinstance(arn, str) and name in ("arn", "id"):
        return arn
    if name == "policy":
        return _managed_document(_managed_policy(instance, "arn"), instance)
    if isinstance(arn, str) and name == "name":
        return arn.rsplit("/", 1)[-1]
    if isinstance(policy, str) and name in ("arn", "id"):
        return _policy_arn(str(policy), instance)
    return None


def _managed_document(arn: Value, instance: "Instance") -> Value:
    """The document of an AWS managed policy from the shipped catalogue."""
    from lambdaudit.iam.actions import managed_policy

    found = managed_policy(str(arn)) if isinstance(arn, str) else None
    if found is None:
        return Unknown(f"the document of {instance.address} is read at the deployment")
    return json_dumps(located(dict(found.document), instance.at), instance.at)


def _arn(instance: "Instance", name: str) -> Value:
    """The parts of an ARN."""
    arn = instance.written("arn")
    parsed = parse_arn(arn) if isinstance(arn, str) else None
    if parsed is None:
        return arn if isinstance(arn, Unknown) else None
    return parsed._asdict().get(name)


def _policy_arn(name: str, instance: "Instance") -> Value:
    """The ARN of an AWS managed policy by its name; Unknown for one that is none."""
    from lambdaudit.iam.actions import managed_policies

    partition = instance.module.run.settings.partition
    for arn, title in managed_policies().items():
        if title == name:
            return arn.replace("arn:aws:", f"arn:{partition}:", 1)
    return Unknown(f"the policy {name} is read at the deployment")


def _archive(instance: "Instance", name: str) -> Value:
    if name in ("output_path", "id"):
        path = instance.written("output_path")
        if isinstance(path, str):
            made = ArchivePath(str(path), getattr(path, "span", None))
            made.archive = instance
            return made
        return path
    if name.startswith("output_"):
        return Unknown("the archive is built at the deployment")
    return None


def _named(service: str, resource: str, by: str, *, regional: bool = True) -> "Answer":
    """A look-up of something that exists already, by its name: its ARN follows from it."""

    def answer(instance: "Instance", name: str) -> Value:
        own = instance.written(by)
        if own is None:
            return None
        if name == "arn" and not isinstance(own, Unknown):
            settings = instance.module.run.settings
            place = f"{region_of(instance)}:{account_of(instance)}" if regional else f":{account_of(instance)}"
            if service == "s3":
                place = ":"
            try:
                return text([f"arn:{settings.partition}:{service}:{place}:{resource}", own], getattr(own, "span", None))
            except Invalid:
                return None
        return own if name in ("id", "name", by) and service not in ("sqs", "sns") else None

    return answer


def _zones(instance: "Instance", name: str) -> Value:
    region = region_of(instance)
    if name == "names":
        return List([f"{region}{letter}" for letter in "abc"], instance.at, Unknown("the zones of the region"))
    return None


_FIXED: "dict[str, Answer]" = {
    "aws_caller_identity": _caller,
    "aws_region": _region,
    "aws_partition": _partition,
    "aws_arn": _arn,
    "aws_iam_policy": _managed_policy,
    "archive_file": _archive,
    "aws_availability_zones": _zones,
    "aws_iam_role": _named("iam", "role/", "name", regional=False),
    "aws_iam_user": _named("iam", "user/", "user_name", regional=False),
    "aws_lambda_function": _named("lambda", "function:", "function_name"),
    "aws_s3_bucket": _named("s3", "", "bucket"),
    "aws_sqs_queue": _named("sqs", "", "name"),
    "aws_sns_topic": _named("sns", "", "name"),
    "aws_dynamodb_table": _named("dynamodb", "table/", "name"),
    "aws_kinesis_stream": _named("kinesis", "stream/", "name"),
    "aws_cloudwatch_event_bus": _named("events", "event-bus/", "name"),
    "aws_cloudwatch_log_group": _named("logs", "log-group:", "name"),
    "aws_ecr_repository": _named("ecr", "repository/", "name"),
    "aws_sfn_state_machine": _named("states", "stateMachine:", "name"),
}
