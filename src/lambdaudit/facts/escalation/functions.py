"""Ways up through functions that run with a stronger role: changing them, opening them, feeding them."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from lambdaudit.facts.access import abroad, of_principal
from lambdaudit.facts.escalation.estate import Estate, Gain
from lambdaudit.facts.escalation.search import Desk, Goal, all_of, try_on
from lambdaudit.facts.escalation.technique import Ask, Step, Technique, Way
from lambdaudit.facts.power import FRESH
from lambdaudit.model.finding import Confidence, Severity
from lambdaudit.model.functions import CodeSigningConfig, Function
from lambdaudit.model.identity import Principal, Role
from lambdaudit.model.images import tag_can_move
from lambdaudit.model.resources import ImageRepository
from lambdaudit.model.unknown import NotKnown, Unknown, known

_MEDIUM: Final = Confidence.MEDIUM
_STRANGER: Final = "999988887777"
"""An account of the attacker's own."""

_CONFIGURE: Final = "lambda:UpdateFunctionConfiguration"
_FOREIGN_LAYER: Final = f"arn:{{p}}:lambda:{{r}}:{_STRANGER}:layer:attacker:1"
_CODE_LINE: Final = "aws lambda update-function-code --function-name {function} --zip-file fileb://<code.zip>"


def _change(identifier: str, ref: tuple[str, ...], text: str, asks: tuple[Ask, ...], *lines: str) -> Technique:
    return Technique(identifier, ref, "change-functions", text, asks, lines)


_REPLACE: Final = "replace the code of {function_name} and act as its role {role_name}"
UPDATE_CODE: Final = _change(
    "update-function-code", ("L06", "L07", "L08", "L09"), _REPLACE, (Ask("lambda:UpdateFunctionCode", "{function}"),), _CODE_LINE
)
UNSIGN: Final = tuple(
    _change(f"{word}-and-update-code", ("L21",), f"switch off code signing, {_REPLACE}",
            (Ask(action, on), Ask("lambda:UpdateFunctionCode", "{function}")), line, _CODE_LINE)
    for word, action, on, line in (
        ("drop-signing", "lambda:DeleteFunctionCodeSigningConfig", "{function}",
         "aws lambda delete-function-code-signing-config --function-name {function}"),
        ("swap-signing", "lambda:PutFunctionCodeSigningConfig", "{function}",
         "aws lambda put-function-code-signing-config --function-name {function} --code-signing-config-arn <lax configuration>"),
        ("loosen-signing", "lambda:UpdateCodeSigningConfig", "{signing}",
         "aws lambda update-code-signing-config --code-signing-config-arn {signing} "
         "--code-signing-policies UntrustedArtifactOnDeployment=Warn"),
    )
)  # fmt: skip
LAYER: Final = _change(
    "attach-layer", ("L10",), "attach a layer of its own to {function_name} and act as its role {role_name}",
    (Ask(_CONFIGURE, "{function}", {"lambda:Layer": _FOREIGN_LAYER}),),
    "aws lambda update-function-configuration --function-name {function} --layers <layer>",
)  # fmt: skip
START_HOOK: Final = _change(
    "start-hook", ("L11", "L13"), "put a start hook into {function_name} and act as its role {role_name}",
    (Ask(_CONFIGURE, "{function}", {"lambda:Layer": None}),),
    "aws lambda update-function-configuration --function-name {function} --environment 'Variables={<loader variable>}'",
)._replace(confidence=_MEDIUM)  # fmt: skip
IMAGE_ENTRY: Final = _change(
    "image-entry-point", ("L13",), "give the image of {function_name} another entry point and act as its role {role_name}",
    (Ask(_CONFIGURE, "{function}", {"lambda:Layer": None}),),
    "aws lambda update-function-configuration --function-name {function} --image-config EntryPoint=/bin/sh,-c,<script>",
)  # fmt: skip
_PUSH: Final = ("InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage")
PLANT_IMAGE: Final = _change(
    "plant-image", ("L23",), "push an image that {function_name} takes at its next deployment, and act as its role {role_name}",
    (*(Ask(f"ecr:{action}", "{repository}") for action in _PUSH), Ask("ecr:GetAuthorizationToken")),
    "aws ecr get-login-password", "docker push {image}",
)._replace(confidence=_MEDIUM)  # fmt: skip
READ_KEYS: Final = tuple(
    _change(f"read-environment-by-{word}", ("L25",), "read AWS keys in the environment of {function_name}",
            (Ask(action, on),), line)
    for word, action, on, line in (
        ("configuration", "lambda:GetFunctionConfiguration", "{function}",
         "aws lambda get-function-configuration --function-name {function}"),
        ("function", "lambda:GetFunction", "{function}", "aws lambda get-function --function-name {function}"),
        ("list", "lambda:ListFunctions", "*", "aws lambda list-functions"),
    )
)  # fmt: skip
SWAP_ROLE: Final = Technique(
    "swap-role", ("L12",), "pass-role", "give {function_name} the role {role_name} and act as it",
    (Ask("iam:PassRole", "{role}", {"iam:PassedToService": "lambda.amazonaws.com"}), Ask(_CONFIGURE, "{function}")),
    ("aws lambda update-function-configuration --function-name {function} --role {role}",),
)  # fmt: skip


def _open(identifier: str, ref: str, text: str, asks: tuple[Ask, ...], *lines: str) -> Technique:
    return Technique(identifier, (ref,), "open-functions", text, asks, lines, _MEDIUM)


OPEN: Final = (
    _open("add-permission", "L14", "let callers of its choice call {function_name}, which runs with role {role_name}",
          (Ask("lambda:AddPermission", "{function}"),),
          "aws lambda add-permission --function-name {function} --statement-id <id> --action lambda:InvokeFunction "
          "--principal <account>"),
    _open("replace-resource-policy", "L15", "replace the policy of {function_name}, which runs with role {role_name}",
          (Ask("lambda:PutResourcePolicy", "{function}"),),
          "aws lambda put-resource-policy --resource-arn {function} --policy file://<policy.json>"),
    _open("open-url", "L16", "give {function_name}, which runs with role {role_name}, an open URL",
          (Ask("lambda:CreateFunctionUrlConfig", "{function}", {"lambda:FunctionUrlAuthType": "NONE"}),
           Ask("lambda:AddPermission", "{function}", {"lambda:FunctionUrlAuthType": "NONE"})),
          "aws lambda create-function-url-config --function-name {function} --auth-type NONE",
          "aws lambda add-permission --function-name {function} --statement-id <id> --action lambda:InvokeFunctionUrl "
          "--principal '*' --function-url-auth-type NONE"),
)  # fmt: skip
FEED: Final = _open(
    "feed-function", "L17", "feed {function_name}, which runs with role {role_name}, from a queue of its own",
    (Ask("lambda:CreateEventSourceMapping", "*", {"lambda:FunctionArn": "{function}"}),),
    "aws lambda create-event-source-mapping --function-name {function} --event-source-arn <queue>",
)  # fmt: skip

TECHNIQUES: Final = (
    UPDATE_CODE, *UNSIGN, LAYER, START_HOOK, IMAGE_ENTRY, PLANT_IMAGE, *READ_KEYS, SWAP_ROLE, *OPEN, FEED,
)  # fmt: skip

RUN_AGAIN: Final = (
    (Ask("lambda:InvokeFunction", "{function}"), "aws lambda invoke --function-name {function} /dev/stdout"),
    (Ask("lambda:AddPermission", "{function}"),
     "aws lambda add-permission --function-name {function} --statement-id <id> --action lambda:InvokeFunction "
     "--principal <account>"),
    (Ask("lambda:CreateFunctionUrlConfig", "{function}"),
     "aws lambda create-function-url-config --function-name {function} --auth-type <type>"),
    (Ask("lambda:CreateEventSourceMapping", "*", {"lambda:FunctionArn": "{function}"}),
     "aws lambda create-event-source-mapping --function-name {function} --event-source-arn <queue>"),
)  # fmt: skip
"""Ways to make a changed function run at once, the simplest first."""

_AWS_KEYS: Final = ("aws-access-key", "aws-secret-key", "aws-session-token", "aws-temporary-key")
_IMAGE: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+):([^@]+)")


def functions(principal: Principal, estate: Estate) -> Iterator[Way]:
    """Ways up through existing functions."""
    from lambdaudit.facts.escalation import desk_of

    desk = desk_of(principal, estate)

    def on(technique: Technique, make: Callable[[Function, Role], Iterator[Goal]]) -> Callable[[], Iterator[Way]]:
        return partial(try_on, desk, technique, lambda: (goal for fn, role in _stronger(desk) for goal in make(fn, role)))

    yield from all_of(
        [
            on(UPDATE_CODE, lambda fn, role: _code(desk, fn, role, signed=False)),
            *(on(technique, lambda fn, role: _code(desk, fn, role, signed=True)) for technique in UNSIGN),
            on(LAYER, lambda fn, role: _code(desk, fn, role, signed=False) if fn.package_type == "Zip" else iter(())),
            on(START_HOOK, lambda fn, role: _runs(desk, fn, role) if fn.package_type == "Zip" else iter(())),
            on(IMAGE_ENTRY, lambda fn, role: _runs(desk, fn, role) if fn.package_type == "Image" else iter(())),
            on(PLANT_IMAGE, lambda fn, role: _images(desk, fn, role)),
            *(partial(try_on, desk, technique, lambda: _keys(desk)) for technique in READ_KEYS),
            partial(try_on, desk, SWAP_ROLE, lambda: _swaps(desk)),
            *(on(technique, lambda fn, role: _opened(desk, fn, role)) for technique in OPEN),
            on(FEED, lambda fn, role: _fed(desk, fn, role)),
        ]
    )


def _stronger(desk: Desk) -> list[tuple[Function, Role]]:
    """The functions with a role that is worth having, those with the strongest first."""
    me = desk.prover.me
    worth = {role.id for role in desk.estate.promising(me, desk.estate.roles, "roles")}
    return desk.estate.audit.once(
        ("stronger functions", me.id), lambda: [pair for pair in desk.estate.functions() if pair[1].id in worth]
    )


def _names(fn: Function, role: Role) -> dict[str, str]:
    return {"function": fn.id, "function_name": fn.name, "role": role.id, "role_name": role.name}


def _runs(desk: Desk, fn: Function, role: Role) -> Iterator[Goal]:
    """A function whose changed version will run: because the principal can make it, or because something calls it."""
    names = _names(fn, role)
    reached = partial(desk.estate.strength, role)
    for ask, line in RUN_AGAIN:
        if ask.action in desk.prover.may:
            proof = partial(desk.prover.prove, (ask,), {**desk.names, **names}, {"function": fn})
            yield Goal(names, reached, {"function": fn}, proof, (line,))
    called = any(edge.relation == "triggers" for edge in desk.estate.audit.inventory.to(fn.id))
    yield Goal(names, reached, {"function": fn}, confidence=Confidence.HIGH if called else _MEDIUM)


def _code(desk: Desk, fn: Function, role: Role, *, signed: bool) -> Iterator[Goal]:
    """A function that takes any code, or (`signed`) only code with the right signature."""

    def proof(goal: Goal, signing: CodeSigningConfig | None) -> tuple[Step, ...]:
        enforced = signing is not None and signing.untrusted == "Enforce"
        if enforced is not signed:
            return ()
        return goal.proof() if goal.proof else _NO_MORE

    for goal in _runs(desk, fn, role):
        yield goal._replace(names=partial(_signed_names, desk, fn, goal), proof=lambda goal=goal: proof(goal, _signing(desk, fn)))  # type: ignore[misc]


_NO_MORE: Final = (Step("", "", {}),)
"""Stands for "nothing further is needed", where an empty proof says that something is not allowed."""


def _signing(desk: Desk, fn: Function) -> CodeSigningConfig | None:
    arn = known(fn.code_signing)
    return desk.estate.audit.find(CodeSigningConfig, arn) if arn else None


def _signed_names(desk: Desk, fn: Function, goal: Goal) -> dict[str, str]:
    assert not callable(goal.names)
    return {**goal.names, "signing": known(fn.code_signing) or "none"}


def _images(desk: Desk, fn: Function, role: Role) -> Iterator[Goal]:
    """A function that was deployed from a tag that can be moved."""
    if isinstance(fn.image, Unknown) or fn.image is None:
        return
    found = _IMAGE.fullmatch(fn.image.uri)
    if not found:
        return
    account, region, name, tag = found.groups()
    repository = desk.estate.audit.inventory.get(f"arn:{desk.names['p']}:ecr:{region}:{account}:repository/{name}")
    if not isinstance(repository, ImageRepository) or isinstance(repository.tag_mutability, Unknown):
        return
    exclusions = () if isinstance(repository.tag_exclusions, Unknown) else repository.tag_exclusions
    if tag_can_move(repository.tag_mutability, exclusions, tag):
        names = {**_names(fn, role), "repository": repository.id, "image": fn.image.uri}
        yield Goal(names, partial(desk.estate.strength, role))


def _keys(desk: Desk) -> Iterator[Goal]:
    """Functions with AWS keys in their environment, which is not encrypted with a key of theirs."""
    for fn in desk.estate.every(Function):
        variables = () if isinstance(fn.environment, Unknown) else fn.environment
        if fn.kms_key is None and fn.role != desk.prover.me.id and any(v.kind in _AWS_KEYS for v in variables):
            gain = Gain(Severity.HIGH, "able to do what those keys allow, which was not read")
            names = {"function": fn.id, "function_name": fn.name}
            yield Goal(names, lambda gain=gain: gain, {"function": fn}, confidence=_MEDIUM)  # type: ignore[misc]


def _swaps(desk: Desk) -> Iterator[Goal]:
    """A stronger role for a function that the principal may configure; its own functions first."""
    me = desk.prover.me
    pairs = sorted(desk.estate.functions(), key=lambda pair: pair[1].id != me.id)
    changeable = next((fn for fn, _ in pairs if _may_configure(desk, fn)), None)
    if changeable is None:
        return
    takers = partial(desk.estate.trusted_by, "lambda.amazonaws.com")
    for role in desk.estate.promising(me, takers, "roles of lambda.amazonaws.com"):
        assets = {"function": changeable, "role": role}
        yield Goal(_names(changeable, role), partial(desk.estate.strength, role), assets)


def _may_configure(desk: Desk, fn: Function) -> bool:
    try:
        return bool(desk.prover.prove(SWAP_ROLE.asks[1:], {**desk.names, "function": fn.id}, {"function": fn}))
    except NotKnown:
        return False


def _opened(desk: Desk, fn: Function, role: Role) -> Iterator[Goal]:
    """A stronger function whose callers the attacker chooses: how bad that is depends on what its code does with events."""
    yield Goal(_names(fn, role), partial(_indirect, desk, role), {"function": fn})


def _indirect(desk: Desk, role: Role) -> Gain | None:
    gain = desk.estate.gain(desk.prover.me, desk.estate.strength(role))
    return gain and Gain(Severity.MEDIUM, f"able to drive a function that is {gain.words}")


def _fed(desk: Desk, fn: Function, role: Role) -> Iterator[Goal]:
    """A function whose role may read a queue in the attacker's account."""
    queue = f"arn:{desk.names['p']}:sqs:{fn.region}:{_STRANGER}:{FRESH}"

    def proof() -> tuple[Step, ...]:
        witnesses = abroad(of_principal(role, desk.estate.audit), ("sqs:ReceiveMessage",), queue, _STRANGER)
        return tuple(Step("sqs:ReceiveMessage", queue, {}, principal=role.id) for _ in witnesses[:1])

    yield Goal(_names(fn, role), partial(_indirect, desk, role), {"function": fn}, proof)
