"""An estate to measure against: deployed once, answered from memory, kept on disk for the next time."""

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from tests.support import estate
from tests.support.estate import Plan, Truth, deploy
from tests.support.fakeaws import FakeAws
from tests.support.lambda_state import split
from tests.support.proxy import Proxy
from tests.support.wire import Answer, Call, error, find_route

FORMAT = 1


def cache_folder() -> Path:
    """Where recordings are kept: $LAMBDAUDIT_BENCH_CACHE, else a private folder among the temporary files."""
    chosen = os.environ.get("LAMBDAUDIT_BENCH_CACHE")
    folder = Path(chosen) if chosen else Path(tempfile.gettempdir()) / f"lambdaudit-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to someone else; name another folder in LAMBDAUDIT_BENCH_CACHE")
    return folder


def content_hash(plan: Plan) -> str:
    """A name for what the estate's answers depend on: the plan, the lab's sources, the versions of moto and botocore."""
    digest = hashlib.sha256(f"{FORMAT} {version('moto')} {version('botocore')}".encode())
    digest.update(f"{plan.functions} {plan.regions} {plan.seed} {plan.density}".encode())
    for source in sorted(Path(estate.__file__).parent.glob("*.py")):
        if not source.name.startswith(("test_", "fixtures", "proxy", "quotas", "faults")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def policy_subject(call: Call) -> tuple[str, ...] | None:
    """Region, function and qualifier whose policy a call reads; None for any other call."""
    if call.name not in ("lambda:GetPolicy", "lambda:GetResourcePolicy"):
        return None
    name, qualifier = split(call.labels.get("FunctionName") or call.labels["ResourceArn"])
    return call.region, name, qualifier or call.arguments.get("Qualifier", "")


class Recorded:
    """Stands for moto while everything is answered from a recording.

    GetPolicy and GetResourcePolicy answer alike and have quotas of their own, so that a tool may share its questions out
    between them as time allows: one stands for the other. Any other question outside the recording is a failure.
    """

    def __init__(self, answers: Mapping[tuple[str, ...], Answer]) -> None:
        self.unknown = 0
        self._policies: dict[tuple[str, ...], Answer] = {}
        for key, answer in answers.items():
            region, method, _, path, query, *_, service, _ = key
            route = find_route(service, method, path, query) if service == "lambda" else None
            if route:
                call = Call(method, path, query, {}, b"", service, route[0], region, labels=route[1])
                if subject := policy_subject(call):
                    self._policies[subject] = answer

    def answer(self, call: Call) -> Answer:
        """The twin's answer, or an error that no retry mends."""
        subject = policy_subject(call)
        if subject in self._policies:
            return self._policies[subject]
        self.unknown += 1
        return error(call, 400, "NotRecorded", f"{call.name} is not in the recording")


class Stage:
    """The proxy over an estate. A context manager.

    `recorded` says that the answers come from disk; when `unknown` then grows, a tool asked for more: call
    :meth:`deploy` and measure again.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.file = cache_folder() / f"estate-{plan.functions}-{content_hash(plan)}.json.gz"
        self.proxy = Proxy(Recorded({}), replay=True)
        self.truth = Truth()
        self.recorded = False
        self._fake: FakeAws | None = None

    def __enter__(self) -> "Stage":
        self.proxy.start()
        if self.file.exists():
            self._load()
        else:
            self.deploy()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.proxy.stop()
        if self._fake:
            self._fake.close()

    @property
    def unknown(self) -> int:
        """How many questions the recording could not answer."""
        return self.proxy.backend.unknown if isinstance(self.proxy.backend, Recorded) else 0

    def deploy(self) -> None:
        """Build the estate anew; what was recorded of another building of it is dropped."""
        self._fake = FakeAws()
        self.proxy.backend = self._fake
        self.proxy.restore()
        self.truth = deploy(self.plan, self.proxy)
        self.proxy.answers.clear()
        self.recorded = False

    def save(self) -> None:
        """Keep the answers given so far for the next time."""
        answers = [
            [*key, answer.status, answer.headers, answer.body.decode("latin-1")] for key, answer in self.proxy.answers.items()
        ]
        value = {"plan": {"functions": self.plan.functions}, "truth": asdict(self.truth), "answers": answers}
        part = self.file.with_suffix(".part")
        with gzip.open(part, "wt", encoding="utf-8", compresslevel=3) as stream:
            json.dump(value, stream)
        part.replace(self.file)

    def _load(self) -> None:
        with gzip.open(self.file, "rt", encoding="utf-8") as stream:
            value = json.load(stream)
        self.truth = Truth.from_json(json.dumps(value["truth"]))
        for *key, status, headers, body in value["answers"]:
            pairs = tuple((name, text) for name, text in headers)
            self.proxy.answers[tuple(key)] = Answer(status, pairs, body.encode("latin-1"))
        self.proxy.backend = Recorded(self.proxy.answers)
        self.recorded = True
