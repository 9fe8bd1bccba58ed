"""Reading a live account for a verb: flags → request, progress on standard error, one clear line for every failure."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .errors import CommandError, plain

if TYPE_CHECKING:
    from lambdaudit.model.inventory import Inventory
    from lambdaudit.sources.aws.gather import Progress
    from lambdaudit.sources.aws.session import Account

MAX_LIST_BYTES = 16 * 1024**2


def collect_from(
    flags: dict[str, Any],
    *,
    show_progress: bool,
    on_account: "Callable[[Account], None] | None" = None,
    told_elsewhere: str = "",
) -> "Inventory":
    """Take the flags of `account_options` out of click's arguments and read the account; `on_account` gets it, once it answers.

    Problems are written to standard error, apart from that about the target `told_elsewhere`, of which the verb speaks itself.
    Raises CommandError, in one line, when it cannot be read at all.
    """
    from lambdaudit.sources.aws.collect import Request, collect
    from lambdaudit.sources.aws.session import SourceError

    source = flags.pop("functions_file", None)
    if flags.get("external_id") and not (flags.get("role_arn") or flags.get("member_role")):
        raise CommandError("--external-id goes with --role-arn or --member-role")
    if flags.get("mfa_serial") and not flags.get("role_arn"):
        raise CommandError("--mfa-serial goes with --role-arn; a profile has mfa_serial of its own")
    request = Request(
        profile=flags.pop("profile", None),
        role_arn=flags.pop("role_arn", None),
        external_id=flags.pop("external_id", None),
        mfa_serial=flags.pop("mfa_serial", None),
        regions=tuple(flags.pop("regions", ())),
        functions=(*flags.pop("functions", ()), *(f"tag:{tag}" for tag in flags.pop("tags", ()))),
        lines=None if source is None else _lines(source),
        source="standard input" if source == "-" else source or "",
        thorough=flags.pop("thorough", False),
        metrics=flags.pop("metrics", False),
        **_members(flags),
    )
    line = ProgressLine(show_progress)

    def on_problem(problem: str) -> None:
        if not (told_elsewhere and problem.startswith(f"{told_elsewhere}: ")):
            line.clear()
            sys.stderr.write(f"lambdaudit: {plain(problem)}\n")

    try:
        return collect(request, mfa_prompt=_ask, progress=line.show, on_problem=on_problem, on_account=on_account)
    except SourceError as error:
        raise CommandError(f"{error.message}; {error.hint}" if error.hint else error.message) from error
    finally:
        line.clear()


def is_empty(inventory: "Inventory") -> bool:
    """Whether there is nothing to audit: nothing that was chosen exists, and everything that could tell was read."""
    from lambdaudit.model.functions import Function

    told = ("lambda:", "resourcegroupstaggingapi:")
    failed = any(c.denied or c.failed or c.unsupported for c in inventory.coverage.calls if c.operation.startswith(told))
    left_out = all(missing.unknown.left_out for missing in inventory.missing_of(Function))
    return not inventory.of(Function) and left_out and not failed


def _members(flags: dict[str, Any]) -> dict[str, Any]:
    """The flags about several accounts, as members of a Request."""
    ids = tuple(one.strip() for given in flags.pop("accounts", ()) for one in given.split(",") if one.strip())
    found = {
        "accounts": ids,
        "organization": flags.pop("organization", False),
        "units": tuple(flags.pop("units", ())),
        "member_role": flags.pop("member_role", None) or "",
    }
    several = any(found[name] for name in ("accounts", "organization", "units"))
    for one in ids:
        if not (one.isdecimal() and len(one) == 12):
            raise CommandError(f"--accounts {plain(one)[:40]}: an account id has twelve digits")
    if several and not found["member_role"]:
        raise CommandError("--accounts, --org and --ou need --member-role NAME: the role to assume in each account")
    if found["member_role"] and not several:
        raise CommandError("--member-role goes with --accounts, --org or --ou")
    return found


def _lines(source: str) -> tuple[str, ...]:
    if source == "-":
        data = sys.stdin.buffer.read(MAX_LIST_BYTES + 1)
    else:
        try:
            with open(source, "rb") as file:
                data = file.read(MAX_LIST_BYTES + 1)
        except OSError as error:
            raise CommandError(f"cannot read the list {source}: {error.strerror}") from error
    if len(data) > MAX_LIST_BYTES:
        raise CommandError(f"the list {source} is larger than {MAX_LIST_BYTES // 1024**2} MiB")
    try:
        return tuple(data.decode("utf-8-sig").splitlines())
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise CommandError(f"{source}:{number}: not UTF-8 text") from error


def _ask(prompt: str) -> str:
    """The code of an MFA device; what is typed does not show, as with the AWS CLI. Off a terminal it is a line of the input."""
    import getpass
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", getpass.GetPassWarning)
        try:
            return getpass.getpass(plain(prompt) + " ").strip()
        except EOFError:
            sys.stderr.write("\n")
            raise


class ProgressLine:
    """One line on standard error that is written over; only on a terminal, and from the first second on."""

    def __init__(self, wanted: bool) -> None:
        self._on = wanted and sys.stderr.isatty()
        self._shown = False
        self._plain_at = time.monotonic() + 10 if wanted and not self._on else float("inf")

    def show(self, state: "Progress") -> None:
        """Draw where a collection stands. Off a terminal: a plain line every ten seconds."""
        if self._on:
            self._shown = True
            sys.stderr.write(f"\r\x1b[2K{self._text(state)[:110]}")
            sys.stderr.flush()
        elif time.monotonic() >= self._plain_at:
            self._plain_at = time.monotonic() + 10
            sys.stderr.write(self._text(state) + "\n")

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
            self._shown = False

    @staticmethod
    def _text(state: "Progress") -> str:
        functions = f"{state.functions} function{'' if state.functions == 1 else 's'}"
        left = "" if state.eta_seconds is None else f", {_duration(state.eta_seconds)} left"
        refused = f", {state.refused} throttled" if state.refused else ""
        return plain(
            f"reading: {functions}, {state.done} of {state.total_known} questions, "
            f"{state.rate:.0f}/s{left}{refused}: {state.current}"
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


class CodeLine:
    """Where a look at packages stands, on a terminal in one line that is written over, else a line every half minute."""

    def __init__(self, wanted: bool, what: str) -> None:
        self._what = what
        self._wanted = wanted
        self._terminal = wanted and sys.stderr.isatty()
        self._next = time.monotonic() + 30

    def show(self, done: int, total: int, name: str) -> None:
        """Draw it; `name` is what is being looked at."""
        text = plain(f"{self._what}: {done} of at most {total} packages: {name}")[:110]
        if self._terminal:
            sys.stderr.write(f"\r\x1b[2K{text}")
            sys.stderr.flush()
        elif self._wanted and time.monotonic() >= self._next:
            self._next = time.monotonic() + 30
            sys.stderr.write(text + "\n")

    def clear(self) -> None:
        """Remove the line."""
        if self._terminal:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
