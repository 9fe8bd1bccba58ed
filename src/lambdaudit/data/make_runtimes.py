"""Writes runtimes.json, the life-cycle table of Lambda runtimes, from the runtime dates that cfn-lint ships (MIT-0).

Run ``python src/lambdaudit/data/make_runtimes.py YYYY-MM-DD`` with the day on which cfn-lint's file was made; the day is stored,
and lambdaudit warns when it is older than 120 days. AWS moves these dates now and then, so take a fresh cfn-lint first.
"""

import json
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

SOURCE = "data/AdditionalSpecs/LmbdRuntimeLifecycle.json"


def main(day: str) -> None:
    """Write the table beside this script: runtime → deprecation, block-create and block-update dates and the successor."""
    rows = json.loads(files("cfnlint").joinpath(SOURCE).read_text("utf-8"))
    table = {
        name: {
            "deprecated": row["deprecated"] or "",
            "block_create": row["create-block"] or "",
            "block_update": row["update-block"] or "",
            "successor": row["successor"] or "",
        }
        for name, row in sorted(rows.items())
    }
    text = json.dumps({"source": f"cfn-lint {version('cfn-lint')}", "date": day, "runtimes": table}, indent=1)
    Path(__file__).with_name("runtimes.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
