"""What a role may read and change, with the names of the tables, buckets and secrets where its policies name them."""

import re
from typing import Final

from lambdaudit.facts.audit import Audit
from lambdaudit.facts.power import sensitive
from lambdaudit.model.identity import Role

_MOST: Final = 2
_NAMED: Final = (
    ("read secrets", "read secret {}", re.compile(r"[^:]+:[^:]+:secretsmanager:[^:]*:[^:]*:secret:([^*?]+?)(?:-\?{6}|-\*)?$"),
     ("secretsmanager:GetSecretValue",)),
    ("read objects in S3", "read objects of bucket {}", re.compile(r"arn:[^:]+:s3:::([^/*?]+)(?:/.*)?$"), ("s3:GetObject",)),
    ("write objects in S3", "write objects of bucket {}", re.compile(r"arn:[^:]+:s3:::([^/*?]+)(?:/.*)?$"),
     ("s3:PutObject", "s3:DeleteObject")),
    ("read tables", "read table {}", re.compile(r"[^:]+:[^:]+:dynamodb:[^:]*:[^:]*:table/([^/*?]+)(?:/.*)?$"),
     ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan")),
    ("change tables", "change table {}", re.compile(r"[^:]+:[^:]+:dynamodb:[^:]*:[^:]*:table/([^/*?]+)(?:/.*)?$"),
     ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")),
)  # fmt: skip
"""The words of an ability, those with a name in them, where the name stands in the resource, and the actions."""


def abilities(role: Role, audit: Audit) -> tuple[str, ...]:
    """What a role may do beyond writing its log, in words; resources are named when they are few and no pattern.

    Raises NotKnown when a policy of the role was not read.
    """
    return audit.once(("abilities with names", role.id), lambda: _abilities(role, audit))


def _abilities(role: Role, audit: Audit) -> tuple[str, ...]:
    found = [ability.text for ability in sensitive(role, audit)]
    wanted = [row for row in _NAMED if row[0] in found]
    if not wanted:
        return tuple(found)
    from lambdaudit.iam.access import what_can

    reach = what_can(audit.layers(role), principal=role.id, actions=[action for row in wanted for action in row[3]])
    if reach.open:
        return tuple(found)
    words = {}
    for text, named, pattern, actions in wanted:
        resources = {r for access in reach.access if set(actions) & set(access.actions) for r in access.resources}
        names = sorted({match[1] for r in resources if (match := pattern.match(r))})
        if 0 < len(names) <= _MOST and all(map(pattern.match, resources)):
            words[text] = named.format(" and ".join(names))
    return tuple(words.get(text, text) for text in found)
