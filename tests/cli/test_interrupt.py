"""Ctrl-C keeps what was collected: the partial result is judged, written and shown, and the exit code says so."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.support.estate import Estate


def test_ctrl_c_during_collection_leaves_a_usable_partial_result(estate_large: Estate, tmp_path: Path) -> None:
    proxy = estate_large.proxy
    proxy.latency = 0.25
    env = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | proxy.environment() | {"HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "lambdaudit", "audit", "aws", "-o", "partial.json", "--snapshot", "partial.snapshot.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=tmp_path,
    )
    deadline = time.monotonic() + 60
    while proxy.ledger.by_operation()["lambda:GetPolicy"] < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    report = json.loads((tmp_path / "partial.json").read_text())
    assert report["coverage"]["interrupted"] is True
    assert report["statistics"]["functions"] > 0
    assert any("interrupted" in n["reason"] for n in report["not_assessed"])
    assert "interrupted" in out
    assert json.loads((tmp_path / "partial.snapshot.json").read_text())["coverage"]["interrupted"] is True
