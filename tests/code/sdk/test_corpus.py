"""The corpus through the walk: recall, precision, no service that the code does not touch, targets as far as they are decided."""

import pytest

from lambdaudit.code.flow import frontends

from .handlers import Handler, calls, load, needs

HANDLERS = tuple(h for h in load() if h.language in {frontend.language for frontend in frontends()})
LANGUAGES = sorted({h.language for h in HANDLERS})


def _service(action: str) -> str:
    return action.partition(":")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_recall_and_precision(language: str) -> None:
    right = invented = missed = targets = 0
    for handler in HANDLERS:
        if handler.language == language:
            found = needs(calls(handler)[0])
            both = set(found) & set(handler.needs)
            right, invented, missed = (
                right + len(both),
                invented + len(set(found) - both),
                missed + len(set(handler.needs) - both),
            )
            targets += sum(found[action] == handler.needs[action] for action in both)
    assert right / (right + missed) >= 0.95
    assert right / (right + invented) >= 0.95
    assert targets / right >= 0.95


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda h: h.name)
def test_no_service_that_the_code_does_not_touch(handler: Handler) -> None:
    made, partial, _ = calls(handler)
    assert {_service(a) for a in needs(made)} <= {_service(a) for a in handler.needs}
    assert not partial
    assert all(call.service for call in made)


@pytest.mark.parametrize("handler", [h for h in HANDLERS if h.name == "python/no_aws.py" or not h.needs], ids=lambda h: h.name)
def test_code_without_calls_of_aws_has_none(handler: Handler) -> None:
    assert calls(handler)[0] == ()


def test_places_are_those_of_the_calls() -> None:
    handler = next(h for h in HANDLERS if h.name == "python/two_files")
    assert {(c.operation, c.where.source.rpartition("/")[2], c.where.line) for c in calls(handler)[0]} == {
        ("GetItem", "repository.py", 7),
        ("Publish", "app.py", 8),
    }
