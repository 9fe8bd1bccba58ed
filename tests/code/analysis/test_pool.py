"""Worker processes: limits of time and memory, replacement, and files that several of them read at once."""

import random
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import pytest

from lambdaudit.code.analysis import unfinished
from lambdaudit.code.pool import Pool, Work, opened
from lambdaudit.model.functions import Function
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where
from tests.code.zips import zipped

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


def work(**more: Any) -> Work:
    fn = Function(id=ARN, name="orders", where=Where("x"), runtime="python3.13", handler="app.handler", layers=(), environment=())
    return Work(function=fn, **more)


@pytest.fixture
def package() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(zipped({"app.py": "def handler(event, context): pass\n", **{f"m{n}.py": f"x = {n}\n" for n in range(50)}}))
        file.flush()
        yield file


def test_one_file_is_read_by_several_workers_at_once(package: IO[bytes]) -> None:
    with Pool(2) as pool, ThreadPoolExecutor(4) as threads:
        jobs = [threads.submit(pool.run, work(layers=("l",)), [package.fileno()] * 2) for _ in range(8)]
        codes = [job.result().code for job in jobs]
    assert [code.files for code in codes if code] == [102] * 8
    assert not package.closed


def test_no_time_left_is_said_field_by_field(package: IO[bytes]) -> None:
    with Pool(1) as pool:
        code = pool.run(work(seconds=0.0), [package.fileno()]).code
    assert code is not None
    assert isinstance(code.extensions, Unknown)
    assert code.extensions.reason == "there was no time left for its extensions"
    assert unfinished(code)


def test_a_worker_that_does_not_answer_is_stopped_and_replaced(package: IO[bytes]) -> None:
    with Pool(1, grace=-3.0) as pool:
        assert pool.run(work(seconds=1.0), [package.fileno()]).problem == "its analysis took more than 1 s and was stopped"
        assert pool.run(work(seconds=1.0), [package.fileno()]).code is None
        fine = pool.run(work(seconds=20.0), [package.fileno()])
    assert fine.code is not None
    assert fine.problem == ""


def test_a_worker_without_memory_does_not_take_the_audit_with_it(package: IO[bytes]) -> None:
    with Pool(1, memory=40 * 1024**2) as pool:
        result = pool.run(work(), [package.fileno()])
    assert result.problem or (result.code and result.code.limits)


def test_workers_are_replaced_after_some_packages(package: IO[bytes]) -> None:
    with Pool(1, recycle=2) as pool:
        results = [pool.run(work(), [package.fileno()]) for _ in range(5)]
    assert all(result.code and not result.problem for result in results)


@pytest.mark.slow
def test_code_1_a_package_of_250_megabytes() -> None:
    chance = random.Random(1)
    with tempfile.TemporaryFile() as file, Pool(1, memory=512 * 1024**2) as pool:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("app.py", "import os\ndef handler(event, context):\n    os.system(event['x'])\n")
            for number in range(60):
                archive.writestr(f"lib{number}/native.so", b"\x7fELF" + chance.randbytes(2_000_000) + bytes(2_000_000))
        file.flush()
        code = pool.run(work(seconds=60.0), [file.fileno()]).code
    assert code is not None
    assert isinstance(code.flows, tuple)
    assert [flow.kind for flow in code.flows] == ["process"]
    assert (code.files, code.problems, code.limits) == (61, (), ())


def test_a_closed_pool_says_so(package: IO[bytes]) -> None:
    pool = Pool(1)
    pool.close()
    assert pool.run(work(), [package.fileno()]).problem == "interrupted"


def test_a_file_has_a_position_of_its_own(package: IO[bytes]) -> None:
    import os

    package.seek(0)
    first, second = opened(os.dup(package.fileno())), opened(os.dup(package.fileno()))
    with first, second:
        assert first.read(2) == second.read(2) == b"PK"
        first.seek(-4, 2)
        assert len(first.read()) == 4
        assert second.tell() == 2
