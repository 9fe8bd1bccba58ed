"""Calls of AWS in compiled code. ``calls.jar`` holds the class of ``Calls.java.txt``, compiled against interfaces of the SDKs."""

import io
from pathlib import Path
from typing import Any

from lambdaudit.code.analysis import analyse_function
from lambdaudit.code.filesystem import FileSystem, Part, compose
from lambdaudit.model.code import Code
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from tests.code.zips import zipped

HERE = Path(__file__).parent
FN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


def tree(files: dict[str, bytes | str]) -> FileSystem:
    return compose(Part(FN, io.BytesIO(zipped(files))))


def analysed(files: dict[str, bytes | str], runtime: str, handler: str) -> Code:
    given: dict[str, Any] = {"runtime": runtime, "handler": handler, "layers": (), "environment": ()}
    fn = Function(id=FN, name="orders", where=Where("x"), account="111122223333", region="eu-west-1", **given)
    return analyse_function(tree(files), function=fn)


def operations(code: Code) -> set[tuple[str, str, tuple[str, ...]]]:
    assert isinstance(code.calls, tuple), code.calls
    return {(call.service, call.operation, call.actions) for call in code.calls if call.service}


def test_calls_of_both_java_sdks_that_the_handler_gets_to() -> None:
    code = analysed({"lib/calls.jar": (HERE / "calls.jar").read_bytes()}, "java21", "com.shop.calls.App")
    assert operations(code) == {
        ("s3", "GetObject", ("s3:GetObject",)),
        ("stepfunctions", "StartExecution", ("states:StartExecution",)),
        ("dynamodb", "PutItem", ("dynamodb:PutItem",)),
        ("sqs", "SendMessage", ("sqs:SendMessage",)),
    }
    assert isinstance(code.calls, tuple)
    assert any(not call.service and isinstance(call.resources[0], Unknown) for call in code.calls)  # the list is not complete
    assert {call.where.line for call in code.calls if call.service == "sqs"} == {24}


NAMES = [
    b"github.com/aws/aws-sdk-go-v2/service/s3.(*Client).GetObject\0",
    b"github.com/aws/aws-sdk-go-v2/service/s3.(*Client).Options\0",
    b"github.com/aws/aws-sdk-go-v2/service/sqs.(*Client).SendMessage\0",
    b"github.com/aws/aws-sdk-go/service/dynamodb.(*DynamoDB).PutItemWithContext\0",
    b"github.com/aws/aws-sdk-go/service/dynamodb.(*DynamoDB).PutItem\0",
    b"github.com/aws/aws-sdk-go-v2/service/s3.(*GetObjectInput).String\0",
]


def test_operations_that_are_linked_into_a_go_program() -> None:
    program = b"\x7fELF" + b"\xff Go buildinf:" + bytes(65530) + b"".join(NAMES)
    code = analysed({"bootstrap": program}, "provided.al2023", "bootstrap")
    assert {(service, operation) for service, operation, _ in operations(code)} == {
        ("s3", "GetObject"), ("sqs", "SendMessage"), ("dynamodb", "PutItem"),
    }  # fmt: skip
    assert code.language == "go"


def test_a_program_that_keeps_every_operation_tells_nothing() -> None:
    names = b"".join(b"github.com/aws/aws-sdk-go-v2/service/ec2.(*Client).Operation%d\0" % n for n in range(300))
    code = analysed({"bootstrap": b"\x7fELF" + names}, "provided.al2023", "bootstrap")
    assert isinstance(code.calls, Unknown)
    assert any("holds all operations of ec2" in limit for limit in code.limits)
