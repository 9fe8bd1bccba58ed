"""Which functions there are, and which of them are meant: from lists, from single look-ups, from tags."""

from collections.abc import Callable
from typing import Any

from lambdaudit.model.arn import parse_arn, unqualified
from lambdaudit.model.unknown import Unknown
from lambdaudit.sources.aws.call import FUNCTION, INHABITED, VERSION, Call, Scene, Want
from lambdaudit.sources.aws.calls import row
from lambdaudit.sources.aws.raw import Note, Raw, Seen
from lambdaudit.sources.aws.refs import table, text
from lambdaudit.sources.aws.targets import Selection

UNSEEN = Unknown("the list shows versions of the function, but not its current state")
UNDECIDED = "its tags could not be read, so it is not known whether it is meant"

AskFor = Callable[[Scene, Call, Want, str], None]
Emit = Callable[[str, Scene, str, str, dict[str, Any] | None], None]


class Discovery:
    """Turns answers into chosen functions, and announces each once. `ask` puts a question, `emit` announces an event."""

    def __init__(self, raw: Raw, selection: Selection, ask: AskFor, emit: Emit) -> None:
        self._raw = raw
        self._selection = selection
        self._ask = ask
        self._emit = emit
        self._inhabited: set[tuple[str, str]] = set()
        self._chosen: dict[str, bool | None] = {}
        self._held: dict[str, list[dict[str, Any]]] = {}
        self._tagged: dict[tuple[str, str], set[str] | None] = {}
        self._tag_questions: dict[tuple[str, str], int] = {}
        self._named: set[str] = set()

    def begin_region(self, scene: Scene, region: str) -> None:
        """Start to look for functions in a region."""
        if self._selection.lists(scene.account, region):
            scene.listed.add(region)
            if self._selection.tags:
                self._ask_tags(scene, region)
            else:
                self._ask(scene, row("lambda", "ListFunctions"), Want(), region)
        else:
            self._look_up(scene, region)

    def _ask_tags(self, scene: Scene, region: str) -> None:
        filters = self._selection.tag_filters()
        self._tagged[scene.account, region] = set()
        self._tag_questions[scene.account, region] = len(filters)
        call = row("resourcegroupstaggingapi", "GetResources")
        for number, one in enumerate(filters):
            given = dict(call.fixed) | {"TagFilters": [one]}
            self._ask(scene, call, Want(f"{number}:{one['Key']}", given=given), region)

    def _look_up(self, scene: Scene, region: str) -> None:
        for name in self._selection.named(scene.account, region):
            arn = f"arn:{scene.partition}:lambda:{region}:{scene.account}:function:{name}"
            self._named.add(arn)
            self._ask(scene, row("lambda", "GetFunction"), Want(arn), region)

    def is_look_up(self, call: Call, subject: str) -> bool:
        """Whether a question decides that a function exists or is meant, so that the region is not settled before."""
        return call.operation == "GetFunction" and (subject in self._named or self._chosen.get(subject, True) is None)

    def on_answer(self, name: str, scene: Scene, region: str, subject: str, page: dict[str, Any] | None) -> None:
        """Look at one answer (a page, or None for a failure) of any call."""
        if name == "lambda:ListFunctions":
            self._on_list(scene, region, page)
        elif name == "lambda:ListVersionsByFunction" and page is not None:
            for record in page.get("Versions") or []:
                self._on_record(scene, region, record)
        elif name == "lambda:GetFunction":
            self._on_function(scene, region, subject, page)
        elif name == "lambda:GetFunctionConfiguration" and subject in self._named:
            self._on_configuration(scene, region, subject, page)
        elif name == "resourcegroupstaggingapi:GetResources":
            self._on_tags(scene, region, page)

    def on_end(self, name: str, scene: Scene, region: str) -> None:
        """A question has come to its end, all pages included."""
        if name == "resourcegroupstaggingapi:GetResources":
            self._tag_questions[scene.account, region] -= 1
            if not self._tag_questions[scene.account, region]:
                self._ask(scene, row("lambda", "ListFunctions"), Want(), region)

    def _on_tags(self, scene: Scene, region: str, page: dict[str, Any] | None) -> None:
        found = self._tagged.get((scene.account, region))
        if page is None:
            self._tagged[scene.account, region] = None
        elif found is not None:
            found.update(text(table(r).get("ResourceARN")) for r in page.get("ResourceTagMappingList") or [])

    def _on_list(self, scene: Scene, region: str, page: dict[str, Any] | None) -> None:
        if page is None:
            if not self._selection.everything:
                scene.listed.discard(region)
                self._look_up(scene, region)
            return
        records = page.get("Functions")
        for record in records if isinstance(records, list) else []:
            self._on_record(scene, region, record)

    def _on_function(self, scene: Scene, region: str, subject: str, page: dict[str, Any] | None) -> None:
        if subject in self._named:
            configuration = (page or {}).get("Configuration")
            if isinstance(configuration, dict):
                self._on_configuration(scene, region, subject, configuration)
            elif page is None:
                self._ask(scene, row("lambda", "GetFunctionConfiguration"), Want(subject), region)
        elif self._chosen.get(subject, True) is None:
            held = self._held.pop(subject, [])
            if page is None:
                self._note(scene, region, "target", subject, UNDECIDED)
            self._chosen[subject] = self._selection.means_tagged((page or {}).get("Tags"))
            for record in held:
                self._on_record(scene, region, record)

    def _on_configuration(self, scene: Scene, region: str, arn: str, configuration: dict[str, Any] | None) -> None:
        if configuration is not None and not configuration:
            return  # there is no such function
        self._chosen[arn] = True
        if configuration is None:
            if any(t.region for t in self._selection.targets if t.covers(scene.account, region, arn.split(":")[6])):
                need = "lambda:GetFunctionConfiguration"
                self._announce(scene, region, arn, Unknown("its configuration could not be read", need))
        else:
            self._on_record(scene, region, {**configuration, "FunctionArn": arn, "Version": "$LATEST"})
        self._ask(scene, row("lambda", "ListVersionsByFunction"), Want(arn), region)

    def _on_record(self, scene: Scene, region: str, record: Any) -> None:
        """One function record: an unpublished state or a published version, of a function that may be meant or not."""
        if not isinstance(record, dict):
            self._note(scene, region, "record", "", f"a function record is {type(record).__name__}, not an object")
            return
        arn = self._arn_of(scene, region, record)
        if not arn:
            return
        chosen = self._chosen.get(arn, False)
        if arn not in self._chosen:
            chosen = self._chosen[arn] = self._choose(scene, region, arn)
            if chosen is None:
                self._ask(scene, row("lambda", "GetFunction"), Want(arn), region)
        if chosen is None:
            self._held.setdefault(arn, []).append(record)
        elif chosen:
            version = text(record.get("Version")) or "$LATEST"
            if version == "$LATEST":
                self._announce(scene, region, arn, record)
            else:
                self._announce_version(scene, region, arn, version, record)

    def _arn_of(self, scene: Scene, region: str, record: dict[str, Any]) -> str:
        """The function's unqualified ARN; rebuilt from the name when the record has none, which is noted."""
        given = record.get("FunctionArn")
        arn = parse_arn(given) if isinstance(given, str) else None
        if arn is not None and arn.service == "lambda" and arn.resource.startswith("function:"):
            return unqualified(text(given))
        name = text(record.get("FunctionName"))
        self._note(scene, region, "record", name[:140], "a function record has no usable FunctionArn")
        return f"arn:{scene.partition}:lambda:{region}:{scene.account}:function:{name}" if name else ""

    def _choose(self, scene: Scene, region: str, arn: str) -> bool | None:
        if self._selection.means(scene.account, region, arn.split(":")[6]):
            return True
        if self._selection.tags:
            tagged = self._tagged.get((scene.account, region))
            return None if tagged is None else arn in tagged
        return False

    def _announce(self, scene: Scene, region: str, arn: str, configuration: dict[str, Any] | Unknown) -> None:
        seen = self._raw.functions.get(arn)
        if seen is not None and seen.configuration is not UNSEEN:
            return
        versions = seen.versions if seen is not None else []
        self._raw.functions[arn] = Seen(scene.account, region, arn, configuration, versions)
        self._inhabit(scene, region)
        self._emit(FUNCTION, scene, region, arn, configuration if isinstance(configuration, dict) else None)

    def _announce_version(self, scene: Scene, region: str, arn: str, version: str, record: dict[str, Any]) -> None:
        seen = self._raw.functions.get(arn)
        if seen is None:
            seen = self._raw.functions[arn] = Seen(scene.account, region, arn, UNSEEN, [])
        if all(v.get("Version") != version for v in seen.versions):
            seen.versions.append(record)
            self._inhabit(scene, region)
            self._emit(VERSION, scene, region, f"{arn}:{version}", record)

    def _inhabit(self, scene: Scene, region: str) -> None:
        if (scene.account, region) not in self._inhabited:
            self._inhabited.add((scene.account, region))
            self._emit(INHABITED, scene, region, "", {})

    def inhabited(self, account: str) -> list[str]:
        """The regions of an account in which a chosen function was found."""
        return sorted(region for owner, region in self._inhabited if owner == account)

    def _note(self, scene: Scene, region: str, kind: str, subject: str, message: str) -> None:
        self._raw.notes.append(Note(kind, scene.account, region, subject, message))

    def lost_targets(self, scene: Scene) -> None:
        """Note the targets for which no function was found in the account."""
        found = [f for f in self._raw.functions.values() if f.account == scene.account]
        for target in self._selection.targets:
            if target.account not in ("", scene.account):
                message = f"it is in account {target.account}, which this run does not read"
            elif any(target.form == "tag" or target.covers(scene.account, f.region, f.arn.split(":")[6]) for f in found):
                continue
            else:
                message = "no such function in what could be read"
            self._note(scene, target.region, "target", target.text, message)
