"""Ways up by becoming a user, a member of an identity provider, or somebody in the identity centre."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import msgspec

from lambdaudit.facts.escalation.estate import Estate, Gain, attached, customer_policies
from lambdaudit.facts.escalation.itself import attaching, bounded, joinable, rewritten_strength
from lambdaudit.facts.escalation.search import Desk, Goal, all_of, try_on
from lambdaudit.facts.escalation.technique import EVERYTHING, Ask, Technique, Way
from lambdaudit.facts.strength import Strength
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.identity import Account, Group, Principal, Role, User
from lambdaudit.model.unknown import NotKnown, Unknown, known

_KEY: Final = Ask("iam:CreateAccessKey", "{user}")
_KEY_LINE: Final = "aws iam create-access-key --user-name {user_name}"
_LIMITED: Final = {"iam:PermissionsBoundary": "{boundary}"}
_MEDIUM: Final = Confidence.MEDIUM


def _user(identifier: str, ref: tuple[str, ...], text: str, asks: tuple[Ask, ...], *lines: str) -> Technique:
    return Technique(identifier, ref, "users", text, asks, lines)


NEW_KEY: Final = _user("create-access-key", ("I03",), "create access keys for user {user_name}", (_KEY,), _KEY_LINE)
ROTATE_KEY: Final = _user(
    "rotate-access-key", ("I04",), "replace an access key of user {user_name}",
    (Ask("iam:DeleteAccessKey", "{user}"), _KEY),
    "aws iam delete-access-key --user-name {user_name} --access-key-id <key>", _KEY_LINE,
)  # fmt: skip
NEW_LOGIN: Final = _user(
    "create-login", ("I05",), "set a console password for user {user_name}", (Ask("iam:CreateLoginProfile", "{user}"),),
    "aws iam create-login-profile --user-name {user_name} --password <password>",
)._replace(confidence=_MEDIUM)  # fmt: skip
RESET_LOGIN: Final = _user(
    "reset-login", ("I06",), "change the console password of user {user_name}", (Ask("iam:UpdateLoginProfile", "{user}"),),
    "aws iam update-login-profile --user-name {user_name} --password <password>",
)._replace(confidence=_MEDIUM)  # fmt: skip
ADD_MFA: Final = _user(
    "add-mfa-and-key", ("I27",), "give user {user_name} an MFA device and access keys of its own making",
    (_KEY, Ask("iam:CreateVirtualMFADevice", "arn:{p}:iam::{a}:mfa/<device>"), Ask("iam:EnableMFADevice", "{user}")),
    _KEY_LINE, "aws iam create-virtual-mfa-device --virtual-mfa-device-name <device> --outfile <qr> "
    "--bootstrap-method QRCodePNG",
    "aws iam enable-mfa-device --user-name {user_name} --serial-number <device> --authentication-code1 <code> "
    "--authentication-code2 <code>",
    "aws sts get-session-token --serial-number <device> --token-code <code>",
)  # fmt: skip
SERVICE_PASSWORD: Final = tuple(
    _user(f"{word}-service-credential", ("I29",), "make itself service credentials of user {user_name}",
          (Ask(f"iam:{word.capitalize()}ServiceSpecificCredential", "{user}"),), line)
    for word, line in (
        ("create", "aws iam create-service-specific-credential --user-name {user_name} --service-name <service>"),
        ("reset", "aws iam reset-service-specific-credential --user-name {user_name} --service-specific-credential-id <id>"),
    )
)  # fmt: skip
ATTACH_AND_KEY: Final = _user(
    "attach-user-and-key", ("I15",), "attach {attached_name} to user {user_name} and create access keys for it",
    (Ask("iam:AttachUserPolicy", "{user}", {"iam:PolicyARN": "{attached}", **_LIMITED}), _KEY),
    "aws iam attach-user-policy --user-name {user_name} --policy-arn {attached}", _KEY_LINE,
)  # fmt: skip
PUT_AND_KEY: Final = _user(
    "put-user-and-key", ("I16",), "write a policy that allows everything for user {user_name} and create access keys for it",
    (Ask("iam:PutUserPolicy", "{user}", _LIMITED), _KEY),
    "aws iam put-user-policy --user-name {user_name} --policy-name <name> --policy-document {everything}", _KEY_LINE,
)  # fmt: skip
VERSION_AND_KEY: Final = _user(
    "version-and-key", ("I01",), "rewrite policy {policy_name} of user {user_name} and create access keys for it",
    (Ask("iam:CreatePolicyVersion", "{policy}"), _KEY),
    "aws iam create-policy-version --policy-arn {policy} --policy-document {everything} --set-as-default", _KEY_LINE,
)  # fmt: skip
GROUP_AND_KEY: Final = {
    "put": _user("put-group-and-key", ("I11",),
                 "write a policy for group {group_name} of user {user_name} and create access keys",
                 (Ask("iam:PutGroupPolicy", "{group}"), _KEY),
                 "aws iam put-group-policy --group-name {group_name} --policy-name <name> --policy-document {everything}",
                 _KEY_LINE),
    "attach": _user("attach-group-and-key", ("I08",),
                    "attach {attached_name} to group {group_name} of user {user_name} and create access keys",
                    (Ask("iam:AttachGroupPolicy", "{group}", {"iam:PolicyARN": "{attached}"}), _KEY),
                    "aws iam attach-group-policy --group-name {group_name} --policy-arn {attached}", _KEY_LINE),
    "join": _user("join-group-and-key", ("I13",), "put user {user_name} into group {group_name} and create access keys for it",
                  (Ask("iam:AddUserToGroup", "{group}"), _KEY),
                  "aws iam add-user-to-group --group-name {group_name} --user-name {user_name}", _KEY_LINE),
}  # fmt: skip
_NEW: Final = "arn:{p}:iam::{a}:user/<user>"
CREATE_USER: Final = _user(
    "create-user", ("I15",), "create a user that may do everything, with access keys",
    (Ask("iam:CreateUser", _NEW, {"iam:PermissionsBoundary": None}),
     Ask("iam:AttachUserPolicy", _NEW, {"iam:PolicyARN": "{administrator}", "iam:PermissionsBoundary": None}),
     Ask("iam:CreateAccessKey", _NEW)),
    "aws iam create-user --user-name <user>",
    "aws iam attach-user-policy --user-name <user> --policy-arn {administrator}",
    "aws iam create-access-key --user-name <user>",
)  # fmt: skip

SAML: Final = Technique(
    "replace-saml-metadata", ("I28",), "identity-provider",
    "replace the metadata of identity provider {provider_name} and sign in as role {role_name}",
    (Ask("iam:UpdateSAMLProvider", "{provider}"),),
    ("aws iam update-saml-provider --saml-provider-arn {provider} --saml-metadata-document file://<metadata of the attacker>",
     "aws sts assume-role-with-saml --role-arn {role} --principal-arn {provider} --saml-assertion <assertion>"),
)  # fmt: skip
_INSTANCE: Final = "--instance-arn <instance>"
PERMISSION_SETS: Final = (
    Technique("new-permission-set", ("I30",), "identity-provider", "give a user of the identity centre a new permission set",
              (Ask("sso:CreatePermissionSet"), Ask("sso:AttachManagedPolicyToPermissionSet"), Ask("sso:CreateAccountAssignment")),
              (f"aws sso-admin create-permission-set {_INSTANCE} --name <name>",
               f"aws sso-admin attach-managed-policy-to-permission-set {_INSTANCE} --permission-set-arn <set> "
               "--managed-policy-arn {administrator}",
               f"aws sso-admin create-account-assignment {_INSTANCE} --target-id {{a}} --target-type AWS_ACCOUNT "
               "--permission-set-arn <set> --principal-type USER --principal-id <user>"), _MEDIUM),
    Technique("attach-to-permission-set", ("I30",), "identity-provider", "attach AdministratorAccess to a permission set",
              (Ask("sso:AttachManagedPolicyToPermissionSet"), Ask("sso:ProvisionPermissionSet")),
              (f"aws sso-admin attach-managed-policy-to-permission-set {_INSTANCE} --permission-set-arn <set> "
               "--managed-policy-arn {administrator}",
               f"aws sso-admin provision-permission-set {_INSTANCE} --permission-set-arn <set> "
               "--target-type ALL_PROVISIONED_ACCOUNTS"), _MEDIUM),
    Technique("put-in-permission-set", ("I30",), "identity-provider",
              "write a policy that allows everything into a permission set",
              (Ask("sso:PutInlinePolicyToPermissionSet"), Ask("sso:ProvisionPermissionSet")),
              (f"aws sso-admin put-inline-policy-to-permission-set {_INSTANCE} --permission-set-arn <set> "
               "--inline-policy {everything}",
               f"aws sso-admin provision-permission-set {_INSTANCE} --permission-set-arn <set> "
               "--target-type ALL_PROVISIONED_ACCOUNTS"), _MEDIUM),
)  # fmt: skip

TECHNIQUES: Final = (
    NEW_KEY, ROTATE_KEY, NEW_LOGIN, RESET_LOGIN, ADD_MFA, *SERVICE_PASSWORD, ATTACH_AND_KEY, PUT_AND_KEY, VERSION_AND_KEY,
    *GROUP_AND_KEY.values(), CREATE_USER, SAML, *PERMISSION_SETS,
)  # fmt: skip

_SERVICE_RIGHTS: Final = (
    ("read source code in CodeCommit", "codecommit:GitPull"),
    ("change source code in CodeCommit", "codecommit:GitPush"),
    ("read Keyspaces tables", "cassandra:Select"),
    ("change Keyspaces tables", "cassandra:Modify"),
    ("use Bedrock models", "bedrock:InvokeModel"),
)
"""What a user's service-specific credentials open."""

MOST_KEYS: Final = 2


def other_users(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways to act as another user."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)

    def on(technique: Technique, make: Callable[[User], Iterator[Goal]]) -> Callable[[], Iterator[Way]]:
        return partial(try_on, desk, technique, lambda: (goal for user in _others(desk) for goal in make(user)))

    yield from all_of(
        [
            on(NEW_KEY, lambda user: _with_keys(desk, user, full=False)),
            on(ROTATE_KEY, lambda user: _with_keys(desk, user, full=True)),
            on(NEW_LOGIN, lambda user: _as_is(desk, user)),
            on(RESET_LOGIN, lambda user: _as_is(desk, user)),
            on(ADD_MFA, lambda user: _with_mfa(desk, user)),
            *(on(technique, lambda user: _service(desk, user)) for technique in SERVICE_PASSWORD),
            on(ATTACH_AND_KEY, lambda user: attaching(desk, user, **_names(user))),
            on(PUT_AND_KEY, lambda user: _raised(desk, user)),
            on(VERSION_AND_KEY, lambda user: _rewritten(desk, user)),
            on(GROUP_AND_KEY["put"], lambda user: _in_group(desk, user)),
            on(GROUP_AND_KEY["attach"], lambda user: _group_attached(desk, user)),
            on(GROUP_AND_KEY["join"], lambda user: joinable(desk, user, _groups(desk, user))),
            partial(try_on, desk, CREATE_USER, lambda: [_new(desk)]),
        ]
    )


def _others(desk: Desk) -> list[User]:
    return [user for user in desk.estate.users() if user.id != desk.prover.me.id]


def _names(user: User) -> dict[str, str]:
    return {"user": user.id, "user_name": user.name, "everything": EVERYTHING}


def _as_is(desk: Desk, user: User) -> Iterator[Goal]:
    yield Goal(_names(user), partial(desk.estate.strength, user), {"user": user})


def _with_keys(desk: Desk, user: User, *, full: bool) -> Iterator[Goal]:
    """A user with room for another access key, or without."""
    unread = isinstance(user.access_keys, Unknown)
    keys = () if isinstance(user.access_keys, Unknown) else user.access_keys
    if (len(keys) >= MOST_KEYS) is full:
        for goal in _as_is(desk, user):
            yield goal._replace(confidence=_MEDIUM) if unread else goal


def _with_mfa(desk: Desk, user: User) -> Iterator[Goal]:
    """A user with rights that count only after MFA."""

    def reached() -> Strength | None:
        before, after = desk.estate.strength(user), desk.estate.strength(user, mfa=True)
        return after if after.administrator > before.administrator or after.beyond(before) else None

    yield Goal(_names(user), reached, {"user": user})


def _service(desk: Desk, user: User) -> Iterator[Goal]:
    def reached() -> Gain | None:
        audit, me = desk.estate.audit, desk.prover.me
        new = [text for text, action in _SERVICE_RIGHTS if audit.can(user, (action,)) and not audit.can(me, (action,))]
        return Gain(Severity.HIGH, f"able to {', '.join(new)}") if new else None

    yield Goal(_names(user), reached, {"user": user})


def _raised(desk: Desk, user: User) -> Iterator[Goal]:
    yield Goal(partial(bounded, user, **_names(user)), partial(desk.estate.raised, user), {"user": user})


def _rewritten(desk: Desk, user: User) -> Iterator[Goal]:
    for policy in () if isinstance(user.policies, Unknown) else customer_policies(user):
        names = {**_names(user), "policy": policy.arn, "policy_name": policy.name}
        yield Goal(names, partial(rewritten_strength, desk, user, policy), {"user": user})


def _groups(desk: Desk, user: User) -> list[Group]:
    try:
        return desk.estate.groups_of(user)
    except NotKnown:
        return []


def _in_group(desk: Desk, user: User) -> Iterator[Goal]:
    for group in _groups(desk, user):
        names = {**_names(user), "group": group.id, "group_name": group.name}
        yield Goal(names, partial(desk.estate.raised, user), {"user": user})


def _group_attached(desk: Desk, user: User) -> Iterator[Goal]:
    for group in _groups(desk, user):
        yield from attaching(desk, user, **_names(user), group=group.id, group_name=group.name)


def _new(desk: Desk) -> Goal:
    me = desk.prover.me
    layers = desk.estate.audit.layers(me)
    free = msgspec.structs.replace(layers, identity=(attached(EVERYTHING),), boundary=())
    return Goal({"everything": EVERYTHING}, lambda: desk.estate.altered(me, free, "a new user"))


def providers(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways in by an identity provider or the identity centre that the principal may change."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)
    yield from all_of(
        [
            partial(try_on, desk, SAML, lambda: (goal for role in estate.roles() for goal in _trusting_saml(desk, role))),
            *(partial(try_on, desk, technique, lambda: _identity_centre(desk)) for technique in PERMISSION_SETS),
        ]
    )


def _trusting_saml(desk: Desk, role: Role) -> Iterator[Goal]:
    """The SAML providers whose users a role lets in."""
    from lambdaudit.iam.language import PrincipalKind

    if isinstance(role.trust, Unknown) or role.trust is None:
        return
    document = desk.estate.audit.document(role.trust)
    entries = (entry for statement in document.statements for entry in statement.principals or ())
    named = {entry.value for entry in entries if entry.kind is PrincipalKind.FEDERATED}
    for provider in sorted(value for value in named if f"::{role.account}:saml-provider/" in value):
        if _lets_in(desk, role, provider):
            names = {"provider": provider, "provider_name": provider.rpartition("/")[2], "role": role.id, "role_name": role.name}
            yield Goal(names, partial(desk.estate.strength, role))


def _lets_in(desk: Desk, role: Role, provider: str) -> bool:
    """Whether a role can be assumed with an assertion that the provider's owner writes as he likes."""
    from lambdaudit.iam.decide import Layers
    from lambdaudit.iam.questions import Violated, grants

    layers = Layers(resource=attached(desk.estate.audit.document(known(role.trust))))  # type: ignore[arg-type]
    answer = grants(
        layers, actions=("sts:AssumeRoleWithSAML",), resources=(role.id,), principal=provider, resource_account=role.account
    )
    return isinstance(answer, Violated)


def _identity_centre(desk: Desk) -> Iterator[Goal]:
    """The identity centre is managed from the management account of an organisation."""
    account = desk.estate.audit.inventory.get(f"arn:{desk.names['p']}:iam::{desk.estate.account}:root")
    if not isinstance(account, Account):
        raise NotKnown(Unknown("whether this is the management account of an organization was not read"))
    if known(account.management_account) == desk.estate.account:
        gain = Gain(Severity.CRITICAL, "administrator of every account of the organization")
        yield Goal({"everything": EVERYTHING}, lambda: gain)
