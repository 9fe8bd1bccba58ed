"""No secret value, presigned address or session token gets into an inventory, wherever an answer holds it."""

from typing import Any

import pytest

from lambdaudit.model import snapshot
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown, known
from lambdaudit.sources.aws.assemble.inventory import assemble
from lambdaudit.sources.aws.raw import Answer, Key, Raw
from tests.aws.assemble import world
from tests.aws.assemble.conftest import CREATED, made
from tests.aws.assemble.test_denied import with_answer
from tests.aws.assemble.test_odd import changed_to, mutated, paths

ORDERS = world.arn("lambda", "function:orders")
PRESIGNED = (
    "https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/snapshots/1/orders?versionId=a&X-Amz-Security-Token="
    "IQoJb3JpZ2luX2VjEJr&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c"
)
VALUES = (*world.SECRETS[:3], "IQoJb3JpZ2luX2VjEJr", "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c", "hunter2-in-a-secret")


def leaks(inventory: Inventory) -> list[str]:
    data = snapshot.encode(inventory)
    return [secret for secret in VALUES if secret.encode() in data]


def test_what_people_wrote_in_every_corner_is_not_there(answers: Raw, inventory: Inventory) -> None:
    everything = str(dict(answers.items()))
    assert world.TOKEN in everything
    assert world.PASSWORD in everything, "the test would prove nothing"
    assert leaks(inventory) == []


def test_secrets_in_every_free_text_of_every_answer(answers: Raw) -> None:
    """Each text that a person can write is replaced by one with a secret; names of things are not texts of that kind."""
    free = ("Description", "description", "Tags", "tags", "Value", "LastProcessingResult", "Invented", "LicenseInfo")
    tried = 0
    for key, answer in answers.items():
        if not isinstance(answer, Answer) or key.service == "dynamodb":
            continue
        for path in paths(answer.data):
            value = _at(answer.data, path)
            if path and isinstance(value, str) and any(name in path for name in free) and path[-1] != "Key":
                tried += 1
                text = f"see {PRESIGNED} or use {world.TOKEN}"
                assert leaks(made(changed_to(answers, key, mutated(answer.data, path, text)))) == [], (key, path)
    assert tried > 20


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for segment in path:
        data = data[segment]
    return data


@pytest.mark.parametrize("name", ["Location", "Invented", "Description", "RuntimeVersionConfig", "State", "StateReason"])
def test_a_presigned_address_in_any_property(answers: Raw, name: str) -> None:
    key = Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS)
    answer = answers[key]
    assert isinstance(answer, Answer)
    for where in ("Configuration", "Code"):
        for value in (PRESIGNED, [PRESIGNED], {"Deep": {"er": [PRESIGNED, {"x": f"token={world.TOKEN}"}]}}):
            data = {**answer.data, where: {**answer.data[where], name: value}}
            if not (name == "State" and isinstance(value, str)):
                assert leaks(made(with_answer(answers, key, Answer(data)))) == [], (where, value)


@pytest.mark.parametrize("odd", [[world.DATABASE], {"A": [world.DATABASE]}, world.DATABASE, {"A": {"B": world.DATABASE}}])
def test_an_environment_of_an_odd_form_is_not_kept(answers: Raw, odd: Any) -> None:
    key = Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS)
    answer = answers[key]
    assert isinstance(answer, Answer)
    for environment in (odd, {"Variables": odd}, {"Variables": None, "Values": odd}):
        data = {**answer.data, "Configuration": {**answer.data["Configuration"], "Environment": environment}}
        after = made(with_answer(answers, key, Answer(data)))
        fn = after.get(ORDERS)
        assert isinstance(fn, Function)
        assert leaks(Inventory([fn])) == []
        assert isinstance(fn.environment, Unknown)


def test_an_environment_that_lambda_could_not_decrypt_is_not_empty(answers: Raw) -> None:
    key = Key("lambda", "GetFunction", world.ACCOUNT, world.HOME, ORDERS)
    answer = answers[key]
    assert isinstance(answer, Answer)
    error = {"Error": {"ErrorCode": "AccessDeniedException", "Message": f"key of {world.TOKEN}"}}
    data = {**answer.data, "Configuration": {**answer.data["Configuration"], "Environment": error}}
    after = made(with_answer(answers, key, Answer(data)))
    fn = after.get(ORDERS)
    assert isinstance(fn, Function)
    assert isinstance(fn.environment, Unknown)
    assert fn.environment.need == "kms:Decrypt"
    assert "AccessDeniedException" in fn.environment.reason
    assert leaks(after) == []


def test_fingerprints_depend_on_the_key_and_on_the_value(answers: Raw) -> None:
    def prints(key: bytes) -> dict[str, str]:
        fn = assemble(answers, created=CREATED, fingerprint_key=key).get(ORDERS)
        assert isinstance(fn, Function)
        return {variable.name: variable.fingerprint for variable in known(fn.environment)}

    assert prints(b"a" * 32) == prints(b"a" * 32)
    assert not set(prints(b"a" * 32).values()) & set(prints(b"b" * 32).values())
