"""``lambdaudit policy simulate``."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import click

from .asking import say
from .errors import EXIT_CLEAN, EXIT_ERROR, CommandError
from .policy import open_binary

_CHUNK = 1 << 20


@click.command(name="simulate", short_help="Decide requests against policies, in batch.")
@click.argument("cases")
@click.option("--text", "as_text", is_flag=True, help="One plain line for each case instead of JSON.")
@click.option("--no-because", is_flag=True, help="Leave the reasons out: faster.")
@click.pass_context
def command(context: click.Context, /, cases: str, as_text: bool, no_because: bool) -> None:
    """Decide the requests in CASES (- reads standard input), one JSON object a line in and out.

    In: {"id", "policies": {"identity": [doc], "resource": doc, "boundary": [doc], "scp": [[doc]], "rcp": [[doc]],
    "session": [doc], "endpoint": [doc]}, "request": {"principal", "action", "resource", "resource_account", "context"}};
    scp and rcp have a list for each level, root first. A document is an object or its text, {"unknown": "why"} one that could
    not be read.

    Out: {"id", "decision": "Allowed|ExplicitlyDenied|ImplicitlyDenied|Unknown", "because": [...]}, or {"id", "line", "error"}
    for a line that is no case; the others are decided all the same.

    Exit codes: 0 every line was decided, 2 a line was no case or the file cannot be read.
    """
    from lambdaudit.iam.simulate import MAX_LINE, simulate

    wrong = total = 0
    with open_binary(cases) as file:
        for result in simulate(_lines(file, MAX_LINE), explain=as_text or not no_because):
            total += 1
            wrong += "error" in result
            if as_text:
                say(_told(result))
            else:
                click.echo(json.dumps(result, ensure_ascii=True))
    if wrong:
        raise CommandError(f"{wrong} of {total} lines in {cases} are no cases", EXIT_ERROR)
    context.exit(EXIT_CLEAN)


def _lines(file: BinaryIO, limit: int) -> Iterator[bytes]:
    """The lines of a file; of a line that is longer than the limit only so much that it counts as too long."""
    while line := file.readline(limit + 1):
        if len(line) > limit and not line.endswith(b"\n"):
            while (rest := file.readline(_CHUNK)) and not rest.endswith(b"\n"):
                pass
        yield line


def _told(result: dict[str, Any]) -> str:
    name = result.get("id")
    if "error" in result:
        return f"line {result['line']}: {result['error']}"
    steps = result.get("because") or [{}]
    return f"{name if name is not None else '-'}: {result['decision']}: {steps[-1].get('text', '')}"
