"""``lambdaudit code``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .asking import open_inventory, print_json, say, source_options
from .errors import EXIT_CLEAN, EXIT_FINDINGS, EXIT_INCOMPLETE, CommandError
from .writing import write_file

if TYPE_CHECKING:
    from lambdaudit.model.code import Code, Flow, SdkCall
    from lambdaudit.model.where import Where

_PARTS = ("flows", "issues", "calls", "secrets", "components", "extensions", "shadowed", "problems")
_LOCAL = "arn:aws:lambda:us-east-1:000000000000:function:"


@click.command(name="code", short_help="What the code of a function does: flows, faults, secrets, SDK calls.")
@click.argument("target")
@click.option("--handler", metavar="NAME", help="The handler, as in the function's settings (app.handler). Default: found.")
@click.option(
    "--trigger", "triggers", multiple=True, metavar="KIND",
    help="For sources: what invokes the function (url, apigateway, sqs, s3 …); repeat for more. Default: anything.",
)  # fmt: skip
@click.option("-o", "--output", metavar="FILE", help="Write everything to a .json file.")
@click.option("--strict", is_flag=True, help="Exit 4 when a part could not be established.")
@source_options
@click.pass_context
def command(
    context: click.Context,
    /,
    target: str,
    handler: str | None,
    triggers: tuple[str, ...],
    output: str | None,
    strict: bool,
    snapshot: str | None,
    as_json: bool,
    no_progress: bool,
    **flags: Any,
) -> None:
    """Say what code does with foreign data, step by step, what else is wrong with it, and which AWS calls it makes.

    TARGET is a folder, zip, jar, image archive or file with code, which needs neither account nor template; or else the name or
    ARN of a function, in the live account or in a snapshot that holds code.

    Exit codes: 0 nothing found, 1 flows, faults or secrets found, 2 TARGET cannot be read, 4 a part stays open and --strict.
    """
    from .running import check_writable

    if output:
        check_writable(output, (".json",))
    _check_triggers(triggers)
    if Path(target).exists():
        code = _here(Path(target), handler, triggers)
    else:
        if handler or triggers:
            raise CommandError(f"--handler and --trigger go with sources on this disk, and there is no file or folder {target}")
        code = _deployed(context, target, snapshot, no_progress, flags)
    found = {"function": code.function, **{name: getattr(code, name) for name in ("language", "entry", *_PARTS, "limits")}}
    if output:
        _write(found, output)
    if as_json:
        print_json(found)
    elif not output:
        _print(code)
    click.get_current_context().exit(_exit_code(code, strict))


def _check_triggers(triggers: tuple[str, ...]) -> None:
    """Raise CommandError for a word that is no kind of trigger: it would be taken for one that brings nothing foreign."""
    from lambdaudit.code.triggers import KINDS

    if wrong := [word for word in triggers if word not in KINDS]:
        raise CommandError(f"--trigger {wrong[0]}: there is no such kind of trigger; there are {', '.join(sorted(KINDS))}")


def _here(path: Path, handler: str | None, triggers: tuple[str, ...]) -> "Code":
    from lambdaudit.code.folder import SourceError
    from lambdaudit.code.local import look_at
    from lambdaudit.model.functions import Function
    from lambdaudit.model.where import Where

    name = path.resolve().name
    function = Function(
        id=f"{_LOCAL}{name}", name=name, where=Where(str(path)), account="000000000000", region="us-east-1", handler=handler,
        runtime=None, layers=(), environment=(),
    )  # fmt: skip
    try:
        return look_at(path, function, frozenset(triggers))
    except SourceError as error:
        raise CommandError(str(error)) from error


def _deployed(context: click.Context, name: str, snapshot: str | None, no_progress: bool, flags: dict[str, Any]) -> "Code":
    from lambdaudit.model.code import Code

    if snapshot:
        inventory = open_inventory(context, flags, snapshot, no_progress=no_progress)
    else:
        from .collecting import collect_from
        from .looking import looked_into

        accounts: list[Any] = []
        flags["functions"] = (*flags.get("functions", ()), name)
        inventory = collect_from(flags, show_progress=not no_progress, on_account=accounts.append)
        inventory = looked_into(inventory, accounts, show_progress=not no_progress)
    found = [code for code in inventory.of(Code) if name in (code.function, code.function.rpartition(":")[2])]
    if not found:
        raise CommandError(
            f"{snapshot} holds nothing about the code of {name!r}: make it with `collect aws --code`"
            if snapshot
            else f"there is no function {name!r}, and no file or folder either"
        )
    if len(found) > 1:
        raise CommandError(f"{name!r} may be {len(found)} functions, give an ARN: {', '.join(c.function for c in found[:4])}")
    return found[0]


def _write(found: dict[str, Any], output: str) -> None:
    import msgspec

    write_file(output, msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")


def _exit_code(code: "Code", strict: bool) -> int:
    from lambdaudit.model.code import NOT_ESTABLISHED, REMARKS
    from lambdaudit.model.unknown import Unknown

    none = {NOT_ESTABLISHED, *REMARKS}
    parts = [getattr(code, name) for name in _PARTS]
    if any(
        not isinstance(part, Unknown) and any(row.kind not in none and not getattr(row, "constant", False) for row in part)
        for part in (code.flows, code.issues, code.secrets)
    ):
        return EXIT_FINDINGS
    unread = not isinstance(code.problems, Unknown) and any(problem.kind != "twice" for problem in code.problems)
    open_parts = code.limits or unread or any(isinstance(part, Unknown) for part in parts)
    return EXIT_INCOMPLETE if strict and open_parts else EXIT_CLEAN


def _print(code: "Code") -> None:
    from lambdaudit.model.code import NOT_ESTABLISHED, REMARKS
    from lambdaudit.model.unknown import Unknown

    entry = code.entry
    if not isinstance(entry, Unknown) and entry is not None:
        say(f"handler {entry.name} in {_at(entry.where)}" + (f" ({entry.framework})" if entry.framework else ""))
    for flow in () if isinstance(code.flows, Unknown) else code.flows:
        if flow.kind != NOT_ESTABLISHED and not flow.constant:
            _print_flow(flow)
    issues = () if isinstance(code.issues, Unknown) else code.issues
    for issue in issues:
        if issue.kind != NOT_ESTABLISHED and issue.kind not in REMARKS:
            say()
            say(f"{issue.kind}  {_at(issue.where)}: {issue.text}")
    for secret in () if isinstance(code.secrets, Unknown) else code.secrets:
        say()
        say(f"secret  {_at(secret.where)}: {secret.kind}" + (f" in {secret.name}" if secret.name else ""))
    for flow in () if isinstance(code.flows, Unknown) else code.flows:
        if flow.constant:
            say()
            say(f"remark  {_at(flow.where)}: {flow.sink} gets nothing foreign ({flow.kind})")
    for issue in issues:
        if issue.kind in REMARKS:
            say()
            say(f"remark  {_at(issue.where)}: {issue.text}")
    _print_calls(code)
    if not isinstance(code.components, Unknown) and code.components:
        say()
        say(f"{len(code.components)} components; `lambdaudit deps` lists them")
    for problem in () if isinstance(code.problems, Unknown) else code.problems:
        say()
        say(f"package  {problem.path.removeprefix('/var/task/') or 'as a whole'}: {problem.text} ({problem.kind})")
    for limit in code.limits:
        say()
        say(f"not known: {limit}")


def _print_flow(flow: "Flow") -> None:
    say()
    say(f"{flow.kind}  {flow.source or flow.label} reaches {flow.sink} in {_at(flow.where)} (confidence {flow.confidence})")
    for step in flow.steps:
        say(f"{_at(step.where)}  {step.text}", 2)
    if flow.note:
        say(flow.note, 2)


def _print_calls(code: "Code") -> None:
    from lambdaudit.model.unknown import Unknown

    if isinstance(code.calls, Unknown) or not code.calls:
        return
    say()
    say("AWS calls")
    seen: dict[tuple[str, tuple[str, ...]], list[SdkCall]] = {}
    for call in code.calls:
        if call.operation:
            seen.setdefault((f"{call.service}:{call.operation}", call.actions), []).append(call)
    for (operation, actions), calls in sorted(seen.items()):
        say(f"{', '.join(actions) or f'{operation} (no right needed)'}", 2)
        targets = [t for call in calls for t in call.resources]
        arns = sorted({t for t in targets if not isinstance(t, Unknown)})
        reasons = sorted({t.reason for t in targets if isinstance(t, Unknown)})
        on = [f"on {'; '.join(arns)}"] if arns else []
        on += [f"not known: {'; '.join(reasons)}"] if reasons else []
        say(f"{'; '.join(on) or 'on nothing in particular'}; {', '.join(dict.fromkeys(_at(c.where) for c in calls[:4]))}", 4)
    libraries: dict[str, set[str]] = {}
    for call in code.calls:
        for target in call.resources if call.service and not call.operation else ():
            libraries.setdefault(getattr(target, "reason", ""), set()).add(call.service)
    for reason, services in sorted(libraries.items()):
        say(f"{', '.join(sorted(services))}: {reason}", 2)
    if any(not call.service for call in code.calls):
        say("others are not known", 2)


def _at(where: "Where") -> str:
    return f"{where.source.removeprefix('/var/task/')}:{where.line}" if where.line else where.source
