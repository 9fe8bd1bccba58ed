"""The SDK's clients know the operations of the call table, with all of their shapes, and no others."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.session import Session

from lambdaudit.sources.aws.calls import BY_NAME, CREDENTIAL_CALLS
from lambdaudit.sources.aws.models import trim


def tree(shape: Shape | None, above: tuple[str, ...] = ()) -> Any:
    """A shape with all that it is made of, as plain values; a shape within itself by its name alone."""
    if shape is None:
        return None
    told = (shape.name, shape.type_name, sorted(shape.serialization.items(), key=str), sorted(shape.metadata.items(), key=str))
    if shape.name in above:
        return shape.name
    above = (*above, shape.name)
    if isinstance(shape, StructureShape):
        return told, [(name, tree(member, above)) for name, member in shape.members.items()]
    if isinstance(shape, ListShape):
        return told, tree(shape.member, above)
    if isinstance(shape, MapShape):
        return told, tree(shape.key, above), tree(shape.value, above)
    return told


def described(operation: OperationModel) -> Any:
    """All that an operation's requests and answers are made of."""
    errors = [tree(error) for error in operation.error_shapes]
    return operation.http, operation.metadata, tree(operation.input_shape), tree(operation.output_shape), errors


@pytest.mark.parametrize("service", sorted({call.service for call in BY_NAME.values()}))
def test_operations_of_the_table_are_as_the_sdk_has_them(service: str) -> None:
    trimmed, whole = (session.get_service_model(service) for session in (trim(Session()), Session()))
    assert isinstance(trimmed, ServiceModel)
    assert trimmed.metadata == whole.metadata
    names = {call.operation for call in BY_NAME.values() if call.service == service}
    assert names <= set(trimmed.operation_names)
    for name in names:
        assert described(trimmed.operation_model(name)) == described(whole.operation_model(name))


def test_a_client_has_no_other_operations() -> None:
    client = trim(Session()).create_client("lambda", region_name="eu-west-1")
    assert not hasattr(client, "delete_function")
    assert not hasattr(client, "invoke")
    assert hasattr(client, "get_function")


def test_services_outside_the_table_and_credential_calls_are_there() -> None:
    session = trim(Session())
    assert "GetRoleCredentials" in session.get_service_model("sso").operation_names
    known = {f"sts:{name}" for name in session.get_service_model("sts").operation_names}
    assert {name for name in CREDENTIAL_CALLS if name.startswith("sts:")} <= known
    with pytest.raises(UnknownServiceError):
        session.get_service_model("nothing-of-the-kind")


@pytest.mark.parametrize("text", ["[]", '{"metadata": {}}', '{"operations": [], "shapes": 1}', "{"])
def test_a_broken_model_of_the_users_own_is_told_by_the_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    own = tmp_path / "lambda" / "2099-01-01"
    own.mkdir(parents=True)
    (own / "service-2.json").write_text(text)
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))

    def outcome(session: Session) -> str:
        try:
            return json.dumps(session.get_service_data("lambda"))
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is what is compared
            return type(error).__name__

    assert outcome(trim(Session())) == outcome(Session())
