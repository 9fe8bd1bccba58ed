"""How exact the search for literal secrets in files is, line by line. Run: python bench/secret_files_bench.py"""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent / "src")]

from lambdaudit.model.files import RepositoryFile, Template  # noqa: E402
from lambdaudit.sources.iac.literals import secret_files  # noqa: E402
from tests.iac.secrets.labelled import Case, load  # noqa: E402

FILES = ("leaks", "lookalikes", "hard")


def flagged(case: Case, folder: Path) -> set[int]:
    """The lines that are told to hold a secret."""
    path = folder / case.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(case.text, "utf-8")
    assets, _ = secret_files(folder)
    return {
        s.where.line
        for a in assets
        if isinstance(a, Template | RepositoryFile) and isinstance(a.secrets, tuple)
        for s in a.secrets
    }


def main(seeds: int = 5) -> None:
    """Print precision and recall by line, and every case that is judged wrong."""
    hits = alarms = secrets = cases = 0
    wrong: dict[str, str] = {}
    for name in FILES:
        for seed in range(seeds):
            for case in load(name, seed):
                with tempfile.TemporaryDirectory() as folder:
                    found = flagged(case, Path(folder))
                cases += 1
                hits += len(found & case.lines)
                alarms += len(found - case.lines)
                secrets += len(case.lines)
                if found != case.lines:
                    wrong[case.id] = f"missed {sorted(case.lines - found)}, false {sorted(found - case.lines)}"
    print(
        f"{cases // seeds} files, {secrets // seeds} secrets: precision {hits / (hits + alarms):.3f}, recall {hits / secrets:.3f}"
    )
    for identity, what in wrong.items():
        print(f"  {identity}: {what}")


if __name__ == "__main__":
    main()
