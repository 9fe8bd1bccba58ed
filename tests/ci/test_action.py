"""The GitHub action and the scripts for CI: run as a runner does, on a repository with a base and a change, names hostile."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lambdaudit.reporters.formats import SUFFIXES

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(event, context): return 1"
      Handler: index.handler
      Runtime: python3.13
      FunctionUrlConfig: {AuthType: NONE}
"""
BILLS = TEMPLATE.partition("Resources:\n")[2].replace("Orders", "Bills")
HOSTILE = "in fra;$(touch pwned)`touch pwned`'\"&|"


def git(folder: Path, *arguments: str) -> str:
    own = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "HOME": str(folder), "PATH": os.environ["PATH"]}
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]
    result = subprocess.run(["git", *who, *arguments], cwd=folder, env=own, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


class Repository:
    """A repository whose main has one open URL, and what a pull request makes of it."""

    def __init__(self, path: Path, folder: str) -> None:
        self.path = path
        self.folder = path / folder
        self.folder.mkdir(parents=True)
        self.commit(TEMPLATE, start=True)
        self.base = git(path, "rev-parse", "HEAD")

    def commit(self, template: str, *, start: bool = False) -> None:
        if start:
            git(self.path, "init", "-q")
        (self.folder / "template.yaml").write_text(template)
        git(self.path, "add", "-A")
        git(self.path, "commit", "-q", "-m", "x")

    def merged(self) -> None:
        """What actions/checkout gives on a pull request: the merge of the change into the base."""
        git(self.path, "checkout", "-q", "-b", "change;$(touch${IFS}pwned)")
        self.commit("# moved\n\n" + TEMPLATE + BILLS)
        git(self.path, "checkout", "-q", "main")
        git(self.path, "merge", "-q", "--no-ff", "-m", "merge", "change;$(touch${IFS}pwned)")


Step = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def step(tmp_path: Path) -> Step:
    """``step("audit", repository, inputs={…}, event="pull_request")`` runs a step of the action as a runner does."""
    runner = tmp_path / "runner"
    (runner / "lambdaudit" / "bin").mkdir(parents=True)
    command = runner / "lambdaudit" / "bin" / "lambdaudit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lambdaudit "$@"\n')
    command.chmod(0o755)

    def run(
        name: str, repository: Repository, *, inputs: dict[str, str] | None = None, event: str = "push", **context: str
    ) -> subprocess.CompletedProcess[str]:
        (one,) = [one for one in STEPS if one["name"].lower() == name]
        values = {f"inputs.{key}": str(value.get("default", "")) for key, value in ACTION["inputs"].items()}
        values |= {f"inputs.{key}": value for key, value in (inputs or {}).items()} | {
            f"github.{key.replace('__', '.')}": value for key, value in context.items()
        }
        env = {
            key: re.sub(r"\$\{\{ (\S+) \}\}", lambda m: values.get(m[1], ""), str(value))
            for key, value in one.get("env", {}).items()
        }
        env |= {"PATH": f"{runner}:{os.environ['PATH']}", "HOME": str(tmp_path), "RUNNER_TEMP": str(runner)}
        env |= {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_EVENT_NAME": event}
        env |= {
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
            "GITHUB_REPOSITORY": "owner/name",
            "PYTHONPATH": str(ROOT / "src"),
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", one["run"]],
            cwd=repository.path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def outputs(tmp_path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in (tmp_path / "output").read_text().splitlines())


def test_the_action_is_a_composite_one_whose_scripts_hold_no_expression() -> None:
    assert ACTION["runs"]["using"] == "composite"
    for one in STEPS:
        assert one["shell"] == "bash"
        assert "${{" not in one["run"], "what others choose comes through the environment only"
        assert "uses" not in one
    used = set(re.findall(r"inputs\.([\w-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])
    (audit,) = [one for one in STEPS if one.get("id") == "audit"]
    for output in ACTION["outputs"].values():
        assert re.fullmatch(r"\$\{\{ steps\.audit\.outputs\.[\w-]+ \}\}", output["value"])
    assert audit["name"] == "Audit"


@pytest.mark.parametrize("folder", [".", HOSTILE])
def test_only_what_a_pull_request_introduces_counts(step: Step, tmp_path: Path, folder: str) -> None:
    repository = Repository(tmp_path / "repository", folder)
    repository.merged()
    result = step("audit", repository, inputs={"path": folder, "args": "--select\nfunction-url-public"}, event="pull_request")
    assert result.returncode == 1, result.stderr
    assert "Bills answers unsigned requests" in result.stdout
    assert "Orders answers" not in result.stdout
    given = outputs(tmp_path)
    assert given["exit-code"] == "1"
    states = [one["baselineState"] for one in json.loads(Path(given["sarif"]).read_bytes())["runs"][0]["results"]]
    assert sorted(states) == ["new", "unchanged"]
    summary = (tmp_path / "summary").read_text()
    assert f"## lambdaudit: 1 high new since `HEAD^1 ({repository.base[:10]})`" in summary
    assert str(tmp_path) not in summary
    assert summary == Path(given["md"]).read_text()
    assert Path(given["junit"]).is_file()
    assert not list(tmp_path.rglob("pwned"))
    assert git(repository.path, "worktree", "list").count("\n") == 0, "the base is cleared away"


def test_a_change_that_introduces_nothing_passes(step: Step, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    repository.commit("# a comment\n" + TEMPLATE)
    result = step(
        "audit", repository, inputs={"path": "app"}, event="pull_request", event__pull_request__base__sha=repository.base
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "nothing new" in (tmp_path / "summary").read_text()


def test_without_a_base_everything_counts(step: Step, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    result = step("audit", repository, inputs={"path": "app"})
    assert result.returncode == 1
    assert "new since" not in (tmp_path / "summary").read_text()


def test_a_folder_that_is_new_is_new_as_a_whole(step: Step, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    (repository.path / "other").mkdir()
    (repository.path / "other" / "template.yaml").write_text(TEMPLATE)
    result = step("audit", repository, inputs={"path": "other/template.yaml", "baseline": "HEAD"})
    assert result.returncode == 1, result.stderr
    assert "1 high" in (tmp_path / "summary").read_text()


def test_one_template_is_compared_with_itself(step: Step, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    (repository.folder / "b.yaml").write_text(TEMPLATE)
    repository.commit(TEMPLATE)
    result = step("audit", repository, inputs={"path": "app/template.yaml", "baseline": "HEAD"})
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 fixed" in result.stdout


@pytest.mark.parametrize("base", ["nowhere", "--upload-pack=touch pwned", "$(touch pwned)", "f" * 40, "main:refs/heads/x"])
def test_a_base_that_is_not_there_is_an_error(step: Step, tmp_path: Path, base: str) -> None:
    repository = Repository(tmp_path / "repository", "app")
    result = step("audit", repository, inputs={"path": "app", "baseline": base})
    assert result.returncode == 2
    assert "to compare with is not here" in result.stderr
    assert outputs(tmp_path) == {"exit-code": "2"}
    assert not list(tmp_path.rglob("pwned"))


def test_a_shallow_clone_fetches_the_commit(step: Step, tmp_path: Path) -> None:
    origin = Repository(tmp_path / "origin", "app")
    origin.commit("# a comment\n" + TEMPLATE)
    git(origin.path, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{origin.path}", str(tmp_path / "clone"))
    clone = Repository.__new__(Repository)
    clone.path = tmp_path / "clone"
    result = step("audit", clone, inputs={"path": "app", "baseline": origin.base})
    assert result.returncode == 0, result.stdout + result.stderr


def test_merge_requests_of_gitlab_have_their_base(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    repository.commit(TEMPLATE + BILLS)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "src"), "LAMBDAUDIT_BASE": "auto"}
    command = tmp_path / "lambdaudit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lambdaudit "$@"\n')
    command.chmod(0o755)
    env |= {"LAMBDAUDIT": str(command), "LAMBDAUDIT_OUT": "reports", "CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.base}
    result = subprocess.run(
        ["bash", str(ROOT / "ci" / "audit.sh")], cwd=repository.path, env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1, result.stderr
    report = json.loads((repository.path / "reports" / "report.json").read_bytes())
    assert {f["address"] for f in report["findings"] if f["change"] == "new"} == {"app/template.yaml#Bills"}
    assert (repository.path / "reports" / "report.codeclimate.json").is_file()


GH = """\
#!/bin/sh
printf '%s\\n' "$*" >> "$HOME/calls"
case "$*" in *comments?per_page*) cat "$HOME/comments" ;; esac
"""


@pytest.mark.parametrize(
    ("page", "comments", "calls"),
    [
        ("## lambdaudit: 1 high new", "", ["POST repos/owner/name/issues/7/comments"]),
        ("## lambdaudit: 1 high new", "41\n42\n", ["PATCH repos/owner/name/issues/comments/41"]),
        ("## lambdaudit: nothing new since `main`", "41\n", ["PATCH repos/owner/name/issues/comments/41"]),
        ("## lambdaudit: nothing new since `main`", "", []),
    ],
)
def test_one_comment_updated_in_place(step: Step, tmp_path: Path, page: str, comments: str, calls: list[str]) -> None:
    repository = Repository(tmp_path / "repository", "app")
    runner = tmp_path / "runner"
    (runner / "gh").write_text(GH)
    (runner / "gh").chmod(0o755)
    (runner / "lambdaudit-report").mkdir()
    (runner / "lambdaudit-report" / "report.md").write_text(f"<!-- lambdaudit -->\n{page}\n")
    (tmp_path / "comments").write_text(comments)
    result = step("comment", repository, event="pull_request", event__pull_request__number="7", token="t")
    assert result.returncode == 0, result.stderr
    made = (tmp_path / "calls").read_text().splitlines()[1:]
    assert [call.partition(" -F ")[0].removeprefix("api --silent --method ") for call in made] == calls


def test_a_number_that_is_none_calls_nothing(step: Step, tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository", "app")
    result = step("comment", repository, event="pull_request", event__pull_request__number="7/../../x")
    assert result.returncode == 2
    assert not (tmp_path / "calls").exists()


def test_the_pre_commit_hook_is_a_command_that_works(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert re.search(hook["files"], "infra/template.yaml")
    assert re.search(hook["files"], "src/app.mjs")
    assert not re.search(hook["files"], "README.md")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    words = [*hook["entry"].split(), *hook["args"]]
    result = subprocess.run(
        [sys.executable, "-m", *words], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert result.returncode == 1, result.stderr


def test_the_documented_workflow_asks_for_little_and_runs_no_stranger() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    workflow, gitlab, hook = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    assert workflow["permissions"] == {}
    assert set(workflow[True]) == {"pull_request", "push"}, "never pull_request_target"
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "security-events": "write", "pull-requests": "write"}
    (own,) = [one for one in job["steps"] if "lambdaudit@" in one.get("uses", "")]
    assert set(own["with"]) <= set(ACTION["inputs"])
    assert set(re.findall(r"steps\.lambdaudit\.outputs\.([\w-]+)", page)) <= set(ACTION["outputs"])
    assert all("run" not in one for one in job["steps"])
    assert set(gitlab["lambdaudit"]["artifacts"]["reports"]) == {"junit", "codequality"}
    assert hook["repos"][0]["hooks"][0]["id"] == "lambdaudit"
    suffixes = set(re.findall(r"^\| `(\.[\w.]+)` \|", page, re.MULTILINE))
    assert suffixes == set(SUFFIXES)
