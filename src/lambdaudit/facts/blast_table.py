"""What can be done to assets and accounts, in words, with the damage that it does."""

from typing import Final, NamedTuple

from lambdaudit.model.assets import KINDS
from lambdaudit.model.base import Asset
from lambdaudit.model.finding import Severity

_C, _H, _M, _L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW


class Deed(NamedTuple):
    """Something that can be done to a kind of asset.

    `section` is readable, writable, destructive or out. `fresh` is the ARN of such an asset with `*` for its name; `tail` is put
    behind an asset's ARN where the actions are about what is in it. `some` and `every` say how bad it is for single assets and
    for all of them.
    """

    kind: str
    section: str
    verb: str
    noun: str
    actions: tuple[str, ...]
    fresh: str
    tail: str
    some: Severity
    every: Severity

    def words(self, things: str) -> str:
        """The deed in words, done to some things."""
        return self.verb.format(things) if "{}" in self.verb else f"{self.verb} {things}"

    @property
    def cls(self) -> type[Asset]:
        """The asset class."""
        return KINDS[self.kind]


def _deeds(kind: str, noun: str, fresh: str, *rows: tuple[str, str, str, Severity, Severity]) -> tuple[Deed, ...]:
    """`rows` are section, verb, actions (a leading `/` puts `/*` behind the resource: its objects), some, every."""
    found = []
    for section, verb, actions, some, every in rows:
        tail = "/*" if actions.startswith("/") else ""
        names = tuple(actions.removeprefix("/").split())
        found.append(Deed(kind, section, verb, noun, names, fresh, tail, some, every))
    return tuple(found)


DEEDS: Final = (
    *_deeds(
        "secret", "secret", "arn:{p}:secretsmanager:{r}:{a}:secret:*",
        ("readable", "read", "secretsmanager:GetSecretValue", _M, _H),
        ("writable", "change", "secretsmanager:PutSecretValue secretsmanager:UpdateSecret", _M, _H),
        ("destructive", "delete", "secretsmanager:DeleteSecret", _M, _H),
        ("out", "open {} to other accounts", "secretsmanager:PutResourcePolicy", _M, _H),
    ),
    *_deeds(
        "parameter", "parameter", "arn:{p}:ssm:{r}:{a}:parameter/*",
        ("readable", "read", "ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath", _M, _H),
        ("writable", "change", "ssm:PutParameter", _L, _M),
        ("destructive", "delete", "ssm:DeleteParameter ssm:DeleteParameters", _L, _M),
    ),
    *_deeds(
        "bucket", "bucket", "arn:{p}:s3:::*",
        ("readable", "read objects of", "/s3:GetObject", _M, _H),
        ("writable", "write objects to", "/s3:PutObject", _M, _H),
        ("destructive", "delete objects of", "/s3:DeleteObject s3:DeleteObjectVersion", _M, _H),
        ("destructive", "delete", "s3:DeleteBucket", _M, _H),
        ("out", "open {} to anybody", "s3:PutBucketPolicy s3:PutBucketAcl", _M, _H),
        ("out", "copy {} to another account", "s3:PutReplicationConfiguration", _M, _H),
    ),
    *_deeds(
        "table", "table", "arn:{p}:dynamodb:{r}:{a}:table/*",
        ("readable", "read", "dynamodb:GetItem dynamodb:Query dynamodb:Scan dynamodb:BatchGetItem", _M, _H),
        ("writable", "change", "dynamodb:PutItem dynamodb:UpdateItem dynamodb:BatchWriteItem", _M, _H),
        ("destructive", "delete items of", "dynamodb:DeleteItem", _M, _H),
        ("destructive", "delete", "dynamodb:DeleteTable", _M, _H),
        ("out", "open {} to other accounts", "dynamodb:PutResourcePolicy", _M, _H),
        ("out", "export {} to any bucket", "dynamodb:ExportTableToPointInTime", _M, _H),
    ),
    *_deeds(
        "key", "KMS key", "arn:{p}:kms:{r}:{a}:key/*",
        ("readable", "decrypt with", "kms:Decrypt", _L, _M),
        ("destructive", "make useless", "kms:ScheduleKeyDeletion kms:DisableKey", _H, _H),
        ("out", "hand {} to others", "kms:PutKeyPolicy kms:CreateGrant", _M, _H),
    ),
    *_deeds(
        "function", "function", "arn:{p}:lambda:{r}:{a}:function:*",
        ("readable", "read the code and variables of", "lambda:GetFunction", _L, _M),
        ("writable", "call", "lambda:InvokeFunction", _L, _M),
        ("writable", "change", "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration", _H, _H),
        ("destructive", "delete", "lambda:DeleteFunction", _M, _H),
        ("out", "let others call {}", "lambda:AddPermission lambda:PutResourcePolicy", _M, _H),
        ("out", "send the results of {} elsewhere",
         "lambda:PutFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig", _L, _M),
    ),
    *_deeds(
        "queue", "queue", "arn:{p}:sqs:{r}:{a}:*",
        ("readable", "read", "sqs:ReceiveMessage", _L, _M),
        ("writable", "send to", "sqs:SendMessage", _L, _M),
        ("destructive", "empty or delete", "sqs:PurgeQueue sqs:DeleteQueue", _M, _M),
        ("out", "open {} to anybody", "sqs:AddPermission sqs:SetQueueAttributes", _M, _M),
    ),
    *_deeds(
        "topic", "topic", "arn:{p}:sns:{r}:{a}:*",
        ("readable", "subscribe to", "sns:Subscribe", _L, _M),
        ("writable", "publish to", "sns:Publish", _L, _M),
        ("destructive", "delete", "sns:DeleteTopic", _L, _M),
        ("out", "open {} to anybody", "sns:AddPermission sns:SetTopicAttributes", _M, _M),
    ),
    *_deeds(
        "stream", "stream", "arn:{p}:kinesis:{r}:{a}:stream/*",
        ("readable", "read", "kinesis:GetRecords", _L, _M),
        ("writable", "write to", "kinesis:PutRecord kinesis:PutRecords", _L, _M),
        ("destructive", "delete", "kinesis:DeleteStream", _M, _M),
        ("out", "open {} to other accounts", "kinesis:PutResourcePolicy", _M, _M),
    ),
    *_deeds(
        "event-bus", "event bus", "arn:{p}:events:{r}:{a}:event-bus/*",
        ("writable", "put events on", "events:PutEvents", _L, _M),
        ("destructive", "delete", "events:DeleteEventBus", _L, _M),
        ("out", "open {} to other accounts", "events:PutPermission", _M, _M),
    ),
    *_deeds(
        "log-group", "log group", "arn:{p}:logs:{r}:{a}:log-group:*",
        ("readable", "read", "logs:FilterLogEvents logs:GetLogEvents logs:StartQuery", _L, _M),
        ("destructive", "delete", "logs:DeleteLogGroup logs:DeleteLogStream", _M, _M),
        ("out", "send {} elsewhere", "logs:PutSubscriptionFilter", _M, _M),
    ),
    *_deeds(
        "image-repository", "image repository", "arn:{p}:ecr:{r}:{a}:repository/*",
        ("readable", "pull from", "ecr:BatchGetImage", _L, _M),
        ("writable", "push to", "ecr:PutImage", _M, _H),
        ("destructive", "delete images of", "ecr:BatchDeleteImage ecr:DeleteRepository", _M, _M),
        ("out", "open {} to other accounts", "ecr:SetRepositoryPolicy", _M, _M),
    ),
)  # fmt: skip
"""What can be done to the assets of the inventory."""


class Reach(NamedTuple):
    """Something beyond the assets of the inventory: `section`, words, the actions, resources to ask about, damage."""

    section: str
    words: str
    actions: tuple[str, ...]
    on: tuple[str, ...]
    damage: Severity


STRANGE: Final = "999988887777"
"""An account of the attacker's."""
_FRESH: Final = "zq7fresh0name"

BEYOND: Final = (
    Reach("destructive", "delete databases", ("rds:DeleteDBInstance", "rds:DeleteDBCluster"), ("*",), _H),
    Reach("destructive", "terminate instances", ("ec2:TerminateInstances",), ("*",), _H),
    Reach("destructive", "delete backups",
          ("backup:DeleteRecoveryPoint", "rds:DeleteDBSnapshot", "ec2:DeleteSnapshot"), ("*",), _H),
    Reach("destructive", "delete stacks", ("cloudformation:DeleteStack",), ("*",), _H),
    Reach("destructive", "delete users or roles", ("iam:DeleteUser", "iam:DeleteRole"), ("*",), _H),
    Reach("destructive", "switch off audit logs", ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail"), ("*",), _H),
    Reach("readable", "read databases",
          ("rds-data:ExecuteStatement", "redshift-data:ExecuteStatement", "rds-db:connect"), ("*",), _M),
    Reach("readable", "read files of file systems", ("elasticfilesystem:ClientMount",), ("*",), _M),
    Reach("readable", "read source code", ("codecommit:GitPull",), ("*",), _M),
    Reach("readable", "list everything of IAM", ("iam:GetAccountAuthorizationDetails",), ("*",), _L),
    Reach("writable", "change source code", ("codecommit:GitPush",), ("*",), _H),
    Reach("writable", "start instances or tasks", ("ec2:RunInstances", "ecs:RunTask"), ("*",), _M),
    Reach("writable", "change DNS records", ("route53:ChangeResourceRecordSets",), ("*",), _M),
    Reach("out", "send mail in the account's name", ("ses:SendEmail", "ses:SendRawEmail"), ("*",), _M),
    Reach("out", "share snapshots and images with other accounts",
          ("ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute", "rds:ModifyDBSnapshotAttribute",
           "rds:ModifyDBClusterSnapshotAttribute"), ("*",), _M),
    Reach("out", "write objects to a bucket of any account", ("s3:PutObject",), (f"arn:{{p}}:s3:::{_FRESH}/*",), _M),
    Reach("accounts", "assume any role of other accounts that lets it", ("sts:AssumeRole",),
          (f"arn:{{p}}:iam::{STRANGE}:role/{_FRESH}",), _H),
    Reach("accounts", "call any function of other accounts that lets it", ("lambda:InvokeFunction",),
          (f"arn:{{p}}:lambda:{{r}}:{STRANGE}:function:{_FRESH}",), _L),
    Reach("accounts", "send to any queue or topic of other accounts that lets it", ("sqs:SendMessage", "sns:Publish"),
          (f"arn:{{p}}:sqs:{{r}}:{STRANGE}:{_FRESH}", f"arn:{{p}}:sns:{{r}}:{STRANGE}:{_FRESH}"), _L),
)  # fmt: skip
"""What can be done to what is not in the inventory."""
