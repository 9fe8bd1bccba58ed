"""The Markdown page: what it says, and that nothing foreign in it is markup, link, mention or HTML."""

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lambdaudit.model.finding import Severity
from lambdaudit.reporters import markdown, sarif
from lambdaudit.reporters.markup import code, fenced, prose

from .cases import EVERY, compared, finding, flow, of_templates
from .factory import report

PARSER = MarkdownIt("commonmark").enable("table")
OURS = re.compile(r"<!-- lambdaudit -->|<details><summary>[\w ,]+</summary>|</details>")
ALIVE = re.compile(r"@|#\d|\bGH-\d|://|www\.|\b[0-9a-f]{7,40}\b|:\w+:|\$", re.IGNORECASE)
"""What GitHub and GitLab act on in plain text."""


def tokens(text: str) -> list[Token]:
    found = []
    for token in PARSER.parse(text):
        found += [token, *(token.children or ())]
    return found


def assert_harmless(text: str) -> None:
    for token in tokens(text):
        assert token.type not in ("link_open", "image", "html_inline", "em_open", "autolink", "s_open"), token
        if token.type == "html_block":
            assert not OURS.sub("", token.content).strip(), token.content
        if token.type == "text":
            assert not ALIVE.search(token.content), token.content


@pytest.mark.parametrize("name", EVERY)
def test_nothing_foreign_is_active(name: str) -> None:
    assert_harmless(markdown.render(EVERY[name]).decode())


@given(st.text(max_size=60))
def test_any_text_stays_text(text: str) -> None:
    assert_harmless(f"- {prose(text)}")
    assert_harmless(f"- {code(text)}")
    (block,) = [token for token in tokens(f"a\n\n{fenced(text, 'diff')}\n\nb") if token.type == "fence"]
    assert block.info == "diff"


@pytest.mark.parametrize(
    "text",
    [
        "@octocat", "see #12", "GH-12", "https://evil.example", "www.evil.example", "a@b.example", "deadbeefcafe", ":tada:",
        "<img src=x>", "[a](b)", "![a](b)", "*a*", "_a_", "~~a~~", "`a`", "``a", "&lt;", "| a |", "\\", "JIRA-1", "$x$", "<!--",
        "http:evil", "(@octocat)", "org/repo#1", "a\n# heading", "- [ ] task", "user/repo@deadbeef",
    ],
)  # fmt: skip
def test_each_active_form(text: str) -> None:
    assert_harmless(f"- before {prose(text)} after")


def test_usual_sentences_stay_readable() -> None:
    assert prose("stack-Orders answers (nearly) anyone, at its URL: AWS_IAM, please.") == (
        "stack-Orders answers (nearly) anyone, at its URL: `AWS_IAM`, please."
    )


def test_worst_first_with_place_and_patch() -> None:
    page = markdown.render(of_templates(finding(), flow(), folder="infra")).decode()
    assert page.startswith(f"{markdown.MARKER}\n## lambdaudit: 1 critical, 1 high\n")
    assert page.index("### critical") < page.index("### high")
    assert "`infra/src/lib.py:3`" in page
    assert "+        AuthType: AWS_IAM" in page
    assert "lambdaudit explain function-url-public" in page


def test_only_what_is_new_with_a_baseline() -> None:
    made = compared()
    page = markdown.render(made).decode()
    known = [f.message for f in made.findings if f not in made.fresh and f.message not in {g.message for g in made.fresh}]
    assert known
    assert all(prose(message) not in page for message in known)
    assert "new since `main.json`" in page
    assert "### Fixed\n\n- " in page
    assert "the door is open" in page


def test_it_never_grows_beyond_what_a_comment_takes() -> None:
    many = of_templates(*(finding(f"rule-{n}", fingerprint=str(n), message="x " * 900, why="y " * 900) for n in range(300)))
    page = markdown.render(many)
    assert len(page) < 65_536
    assert "does not fit" in page.decode()
    assert_harmless(page.decode().rpartition("*The rest")[0])


def test_silence_is_not_called_safe() -> None:
    nothing = msgspec.structs.replace(report(20), findings=())
    page = markdown.render(nothing).decode()
    assert "no findings (not everything could be judged)" in page
    assert "`lambda:GetPolicy`" in page


def test_the_help_of_rules_in_sarif_is_harmless_too() -> None:
    for name in ("hostile", "hostile template"):
        for rule in json.loads(sarif.render(EVERY[name]))["runs"][0]["tool"]["driver"]["rules"]:
            for token in tokens(rule["help"]["markdown"]):
                assert token.type not in ("image", "html_inline", "html_block")
    page = markdown.render(of_templates(finding(severity=Severity.LOW))).decode()
    assert "### low" in page
