"""What an analysis tells, and in which order, does not hang on the order that sets happen to have in a process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
SHOW = """
import sys
from tests.code.flow.labelled import handlers
for folder, name in zip(sys.argv[1::2], sys.argv[2::2]):
    print(next(handler for handler in handlers(folder) if handler.name == name).analysis())
"""
HANDLERS = ("javascript/fourth", "guestbook.mjs", "javascript/sixth", "shelf_api.mjs")


def test_the_same_code_gives_the_same_steps_in_every_process() -> None:
    def shown(seed: int) -> str:
        environment = os.environ | {"PYTHONHASHSEED": str(seed), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        command = [sys.executable, "-c", SHOW, *HANDLERS]
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT).stdout

    first, *others = map(shown, range(1, 5))
    assert first.count("reaches") >= 2
    assert others == [first] * 3
