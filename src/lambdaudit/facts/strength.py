"""How strong a principal is: administrator or not, and what it may do that an attacker wants.

An ability counts twice: on at least one resource ("read secrets"), and on a resource that no policy can have named ("read every
secret"). Both come from two questions to the IAM engine over all abilities at once.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from lambdaudit.facts.context import USUAL, Context, keys_of, unread_of, without_tags
from lambdaudit.facts.power import FRESH, TELLING
from lambdaudit.model.unknown import NotKnown, Unknown

if TYPE_CHECKING:
    from lambdaudit.iam.decide import Layers


class _Ability(NamedTuple):
    some: str
    every: str
    actions: tuple[str, ...]
    on: str = ""


_LAMBDA = "arn:{p}:lambda:{r}:{a}:function:*"
_ABILITIES = (
    _Ability("read secrets", "read every secret", ("secretsmanager:GetSecretValue",), "arn:{p}:secretsmanager:{r}:{a}:secret:*"),
    _Ability("read parameters", "read every parameter", ("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
             "arn:{p}:ssm:{r}:{a}:parameter/*"),
    _Ability("read objects in S3", "read every object in S3", ("s3:GetObject",), "arn:{p}:s3:::*/*"),
    _Ability("change objects in S3", "change every object in S3", ("s3:PutObject", "s3:DeleteObject"), "arn:{p}:s3:::*/*"),
    _Ability("read tables", "read every table", ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
             "arn:{p}:dynamodb:{r}:{a}:table/*"),
    _Ability("change tables", "change every table", ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
             "arn:{p}:dynamodb:{r}:{a}:table/*"),
    _Ability("delete tables", "delete every table", ("dynamodb:DeleteTable",), "arn:{p}:dynamodb:{r}:{a}:table/*"),
    _Ability("read queues and streams", "read every queue and stream", ("sqs:ReceiveMessage", "kinesis:GetRecords"),
             "arn:{p}:sqs:{r}:{a}:*"),
    _Ability("decrypt with KMS", "decrypt with every KMS key", ("kms:Decrypt",), "arn:{p}:kms:{r}:{a}:key/*"),
    _Ability("change functions", "change every function", ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"),
             _LAMBDA),
    _Ability("pass roles", "pass every role", ("iam:PassRole",), "arn:{p}:iam::{a}:role/*"),
    _Ability("assume roles", "assume every role that lets it", ("sts:AssumeRole",), "arn:{p}:iam::{a}:role/*"),
    _Ability("change rights", "change the rights of every role", (
        "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey", "iam:AddUserToGroup",
        "iam:PutGroupPolicy", "iam:AttachGroupPolicy", "iam:UpdateLoginProfile",
    ), "arn:{p}:iam::{a}:role/*"),
    _Ability("run commands on instances", "run commands on every instance", ("ssm:SendCommand", "ssm:StartSession"),
             "arn:{p}:ec2:{r}:{a}:instance/i-*"),
    _Ability("change stacks", "change every stack", ("cloudformation:UpdateStack", "cloudformation:ExecuteChangeSet"),
             "arn:{p}:cloudformation:{r}:{a}:stack/*/*"),
    _Ability("copy or change databases", "copy or change every database", ("rds:ModifyDBInstance", "rds-data:ExecuteStatement"),
             "arn:{p}:rds:{r}:{a}:db:*"),
)  # fmt: skip
_SOME = tuple(dict.fromkeys(action for ability in _ABILITIES for action in ability.actions))
_EVERY = tuple({**{action: ability.on for ability in _ABILITIES for action in ability.actions}, **dict(TELLING)}.items())
_TELLING = frozenset(action for action, _ in TELLING)

CHANGES_RIGHTS = "change rights"
"""The ability without which nobody writes policies, not even his own."""


class Strength(NamedTuple):
    """`abilities` in words. `rises`: not administrator yet, but able to become so by rights over itself alone."""

    administrator: bool
    abilities: frozenset[str]
    rises: bool = False

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sorts the strongest first."""
        return (not self.administrator, not self.rises, -len(self.abilities))

    def beyond(self, other: "Strength") -> tuple[str, ...]:
        """The abilities that the other has not, in the order of the table; those on every resource instead of on some."""
        new = self.abilities - other.abilities
        found = []
        for ability in _ABILITIES:
            if ability.every in new:
                found.append(ability.every)
            elif ability.some in new:
                found.append(ability.some)
        return tuple(found)


def strength_of(layers: "Layers", principal: str, *, region: str, context: Context) -> Strength:
    """How strong a principal with these layers is. `principal` is its ARN, `region` one in which it works.

    Raises NotKnown when a policy that was not read could make it stronger than what is found.
    """
    found, unread = allowed_at_all(layers, principal, _SOME, context)
    some = set(found)
    every = _on_every(layers, principal, region, context, some) if some else set()
    abilities = {a.some for a in _ABILITIES if some & set(a.actions)} | {a.every for a in _ABILITIES if every & set(a.actions)}
    administrator = every >= _TELLING
    if unread and not administrator:
        raise NotKnown(unread_of(layers) or Unknown(unread))
    return Strength(administrator, frozenset(abilities))


def allowed_at_all(layers: "Layers", principal: str, actions: Collection[str], context: Context) -> tuple[frozenset[str], str]:
    """Those of the actions that a principal may call on anything at all, and why there may be more (empty: there are not)."""
    from lambdaudit.iam.questions import what_can
    from lambdaudit.iam.shortcuts import abilities_of

    abilities = abilities_of(principal, layers, principal.split(":")[4])
    asked = [action for action in actions if not abilities.never(action)]
    some = set() if keys_of(layers) else {action for action in asked if abilities.at_once(action, "*", delegated=True)}
    rest = [action for action in asked if action not in some]
    if not rest:
        return frozenset(some), ""
    reach = what_can(layers, principal=principal, actions=rest, context=context)
    more = {action for access in reach.access for action in access.actions}
    return frozenset(some | more), reach.open[0] if reach.open else ""


def _on_every(layers: "Layers", principal: str, region: str, context: Context, some: set[str]) -> set[str]:
    """The actions that are allowed on names that nobody uses and nobody has tagged: by a plain request, or under conditions."""
    from lambdaudit.iam.decide import Outcome, Request, decide
    from lambdaudit.iam.questions import Violated, grants
    from lambdaudit.iam.replay import delegating
    from lambdaudit.iam.shortcuts import abilities_of

    segments = principal.split(":")
    abilities = abilities_of(principal, layers, segments[4])
    keys = keys_of(layers)
    facts = {**context, **without_tags(keys)}
    plain = {key: value for key, value in {**USUAL, **facts}.items() if value is not None}
    found: set[str] = set()
    for action, on in _EVERY:
        if action not in some and (action in _SOME or not found & _TELLING):
            continue
        resource = on.format(p=segments[1], a=segments[4], r=region).replace("*", FRESH)
        if abilities.never_on(action, resource):
            continue
        request = Request(principal=principal, action=action, resource=resource, context=plain)
        own = delegating(layers, segments[4], request) if action.startswith("kms:") else layers
        allowed = decide(request, own).outcome is Outcome.ALLOWED
        if not allowed and (keys or action.startswith("kms:")):
            answer = grants(layers, actions=(action,), resources=(resource,), principal=principal, context=facts)
            allowed = isinstance(answer, Violated)
        if allowed:
            found.add(action)
    return found
