"""A layer that could not be read leaves the question open: it is never taken for "allows nothing" or "denies nothing"."""

import pytest

from lambdaudit.iam import questions
from lambdaudit.iam.decide import Attached, Layers
from lambdaudit.iam.language import parse
from lambdaudit.model.unknown import Unknown

ROLE = "arn:aws:iam::111122223333:role/app"
ALL = Attached("all", parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
NONE = Attached("none", parse({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}))
LOST = Unknown("access denied", "iam:GetPolicyVersion")

OPEN = {
    "all identity policies": Layers(identity=LOST),
    "the only identity policy": Layers(identity=(LOST,)),
    "one of two identity policies": Layers(identity=(ALL, LOST)),
    "the boundary": Layers(identity=(ALL,), boundary=(LOST,)),
    "the session policy": Layers(identity=(ALL,), session=(LOST,)),
    "service control policies": Layers(identity=(ALL,), scp=LOST),
    "one level of service control policies": Layers(identity=(ALL,), scp=((ALL,), (LOST,))),
    "resource control policies": Layers(identity=(ALL,), rcp=LOST),
    "the endpoint policy": Layers(identity=(ALL,), endpoint=(LOST,)),
}


@pytest.mark.parametrize("layers", OPEN.values(), ids=OPEN.keys())
def test_an_unread_layer_leaves_the_question_open(layers: Layers) -> None:
    verdict = questions.grants(layers, actions=("s3:GetObject",), resources=("arn:aws:s3:::photos/cat",), principal=ROLE)
    assert isinstance(verdict, Unknown), verdict


def test_a_deny_settles_it_whatever_was_not_read() -> None:
    layers = Layers(identity=(NONE, LOST), boundary=(LOST,), scp=LOST)
    verdict = questions.grants(layers, actions=("s3:GetObject",), resources=("arn:aws:s3:::photos/cat",), principal=ROLE)
    assert isinstance(verdict, questions.Proved)
