"""The path of data through handler code: from what an event brings to where it does harm."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from .frontend import EntryPoint, FileTree, Frontend

if TYPE_CHECKING:
    from .analysis import Analysis
    from .core import Limits

__all__ = ["EntryPoint", "FileTree", "Frontend", "analyse", "frontends"]


def frontends(sources: FileTree | None = None, installed: Collection[str] = ()) -> tuple[Frontend, ...]:
    """The languages that can be walked; `sources` also holds what belongs to a source file, such as source maps."""
    from ..javascript import JavaScriptFrontend
    from ..python import PythonFrontend

    return PythonFrontend(installed), JavaScriptFrontend(sources.read if sources is not None else None)


def analyse(
    sources: FileTree,
    *,
    handler: str | None,
    triggers: frozenset[str] = frozenset(),
    environment: Mapping[str, str | None] | None = None,
    limits: "Limits | None" = None,
    subject: str = "",
    language: str = "",
    installed: Collection[str] = (),
) -> "Analysis":
    """Walks the code that a handler runs, and tells the flows of foreign data, other faults, and calls to AWS.

    `handler` is the Handler setting, None for a folder of sources without one (functions that look like handlers are walked).
    `triggers` are the kinds of what invokes the function (``url``, ``apigateway``, ``sqs``, ``s3`` …; empty or ``unknown``: any).
    `environment` are the function's variables, None where the value is not known. `subject` is put into each Where. `language`
    (``python``, ``javascript``) chooses the front end; otherwise it is told by the files. `installed` are Python packages and
    modules (their paths without suffix) that are libraries although no metadata say so. Bad or hostile code never raises: see
    `Analysis.partial`.
    """
    from .analysis import Analysis, run
    from .core import Limits

    paths = frozenset(sources.paths())
    chosen: Frontend | None = None
    for frontend in frontends(sources, installed):
        if language and frontend.language != language:
            continue
        if (handler and frontend.entries(paths, handler)) or (not handler and frontend.own(paths)):
            chosen = frontend
            break
    if chosen is None:
        what = f"for the handler {handler[:120]} there is no" if handler else "there is no own"
        return Analysis(partial=(f"{what} Python, JavaScript or TypeScript file, and data flow is followed in these only",))
    return run(sources, chosen, handler, triggers, environment or {}, limits or Limits(), subject)
