"""How long the code of packages takes, and how much memory: typical packages made here, through the real pool.

Run: ``.venv/bin/python -m bench.code_bench [--packages 1000] [--workers 2]``. Prints one line of JSON.
"""

import argparse
import base64
import hashlib
import io
import json
import random
import resource
import statistics
import tempfile
import threading
import time
import zipfile
from typing import Any

import msgspec

from lambdaudit.code.inspect import CodeOptions, review_code
from lambdaudit.code.pool import Work, perform
from lambdaudit.model.code import Code
from lambdaudit.model.code_link import CodeLink
from lambdaudit.model.functions import Function
from lambdaudit.model.inventory import Inventory
from lambdaudit.model.unknown import Unknown
from lambdaudit.model.where import Where

HANDLER = '''
import json, os, boto3
from helpers import {name}

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
s3 = boto3.client("s3")


def handler(event, context):
    """Handles {name}."""
    body = json.loads(event.get("body") or "{{}}")
    item = table.get_item(Key={{"id": body.get("id")}}).get("Item")
    if not item:
        return {{"statusCode": 404}}
    s3.put_object(Bucket=os.environ["BUCKET"], Key=f"out/{{body['id']}}.json", Body=json.dumps({name}(item)))
    return {{"statusCode": 200, "body": json.dumps(item, default=str)}}
'''
HELPER = '''
def {name}(item):
    """A helper."""
    result = {{}}
    for key, value in sorted(item.items()):
        if isinstance(value, str) and value.startswith("x"):
            result[key] = value.upper()
        elif isinstance(value, list):
            result[key] = [str(part) for part in value]
        else:
            result[key] = value
    return result

'''


def package(number: int, chance: random.Random) -> bytes:
    """A package as they are deployed: own code, and in most of them installed libraries (2 to 8 MB of them)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", HANDLER.format(name=f"f{number}"))
        archive.writestr("helpers.py", "".join(HELPER.format(name=f"f{n}") for n in (number, *range(chance.randrange(2, 30)))))
        for lib in range(chance.choice([0, 2, 5, 12])):
            name = f"lib{lib}"
            archive.writestr(f"{name}-1.{lib}.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.{lib}.0\n")
            rows = [f"{name}/m{n}.py" for n in range(chance.randrange(5, 40))]
            archive.writestr(f"{name}-1.{lib}.0.dist-info/RECORD", "".join(f"{row},sha256=x,100\n" for row in rows))
            for row in rows:
                archive.writestr(row, HELPER.format(name="x") * chance.randrange(1, 60))
        if chance.random() < 0.3:
            archive.writestr("lib0/native.so", chance.randbytes(400_000))
    return buffer.getvalue()


def function(number: int, data: bytes) -> Function:
    arn = f"arn:aws:lambda:eu-west-1:111122223333:function:f{number}"
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    given: dict[str, Any] = {
        "runtime": "python3.13",
        "handler": "app.handler",
        "layers": (),
        "environment": (),
        "code_sha256": digest,
    }
    return Function(id=arn, name=f"f{number}", where=Where("bench"), account="111122223333", region="eu-west-1", **given)


def one_by_one(packages: list[bytes]) -> dict[str, float]:
    """Milliseconds for one package in this process, its first one (which loads the tables) left out."""
    times = []
    for number, data in enumerate(packages[:60]):
        with tempfile.TemporaryFile() as file:
            file.write(data)
            start = time.perf_counter()
            perform(Work(function=function(number, data)), [file])
            times.append((time.perf_counter() - start) * 1000)
    times = times[1:]
    return {"median_ms": round(statistics.median(times), 1), "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 1)}


def all_together(packages: list[bytes], workers: int) -> dict[str, float]:
    """Seconds and megabytes for all of them, through links, threads and worker processes."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Store(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = packages[int(self.path.strip("/"))]
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    functions = [function(number, data) for number, data in enumerate(packages)]
    numbers = {fn.id: number for number, fn in enumerate(functions)}

    def locate(arn: str) -> CodeLink | Unknown:
        return CodeLink(f"http://127.0.0.1:{server.server_port}/{numbers[arn]}")

    start = time.perf_counter()
    found = review_code(Inventory(functions), locate, CodeOptions(workers=workers))
    seconds = time.perf_counter() - start
    codes = found.of(Code)
    own, children = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    held = sum(map(len, packages)) / 1024**2
    return {
        "packages": len(codes),
        "seconds": round(seconds, 1),
        "unknown": sum(isinstance(code.flows, Unknown) for code in codes),
        "worker_peak_mb": round(children),
        "rss_mb_without_the_bench_packages": round(own - held + workers * children),
        "facts_mb": round(len(msgspec.json.encode(codes)) / 1024**2, 1),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--packages", type=int, default=1000)
    options.add_argument("--workers", type=int, default=2)
    given = options.parse_args()
    chance = random.Random(7)
    packages = [package(number, chance) for number in range(given.packages)]
    print(json.dumps({**all_together(packages, given.workers), **one_by_one(packages)}))


if __name__ == "__main__":
    main()
