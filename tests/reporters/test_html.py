import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from typing import Any

import msgspec
import pytest

from lambdaudit.model.finding import Report
from lambdaudit.reporters import html, json_report

from .factory import report
from .hostile import PAYLOADS, hostile


class _Page(HTMLParser):
    """The elements of a page as a parser without scripts sees them."""

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data

    @property
    def policy(self) -> str:
        return next(a["content"] or "" for t, a in self.elements if a.get("http-equiv") == "Content-Security-Policy")


def _data(page: bytes) -> Any:
    block = re.search(rb'<script type="application/json" id="data" data-encoding="(\w+)">(.*?)</script>', page, re.DOTALL)
    assert block
    raw = block[2] if block[1] == b"json" else gzip.decompress(base64.b64decode(block[2]))
    return json.loads(raw)


@pytest.mark.parametrize("made", [report(), hostile(report()), report(300, findings=900)], ids=["usual", "hostile", "large"])
def test_the_policy_allows_exactly_the_scripts_and_the_style_of_the_page(made: Report) -> None:
    page = _Page(html.render(made))
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.texts["script"][1:]]
    style = base64.b64encode(hashlib.sha256(page.texts["style"][0].encode()).digest()).decode()
    assert len(hashes) == 2
    assert page.policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{hashes[0]}' 'sha256-{hashes[1]}';" in page.policy
    assert f"style-src 'sha256-{style}';" in page.policy
    assert "unsafe" not in page.policy
    assert [attrs.get("type") for tag, attrs in page.elements if tag == "script"] == ["application/json", None, None]


@pytest.mark.parametrize("made", [report(), hostile(report())], ids=["usual", "hostile"])
def test_nothing_is_loaded_and_nothing_is_inline_but_hashed(made: Report) -> None:
    page = _Page(html.render(made))
    allowed = {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "noscript",
        "div",
        "script",
        "h1",
        "h2",
        "p",
        "table",
        "caption",
        "tr",
        "th",
        "td",
        "ul",
        "li",
    }
    assert {tag for tag, _ in page.elements} <= allowed
    for tag, attrs in page.elements:
        assert not {"src", "href", "srcset", "style", "action"} & set(attrs), tag
        assert not [name for name in attrs if name.startswith("on")], tag


def test_the_page_never_writes_markup_from_data() -> None:
    app = "".join(html._asset(f"app/{name}.js") for name in html._SCRIPT)
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttp",
        "import(",
        "dangerously",
    ):
        assert word not in app


def test_the_data_is_the_report() -> None:
    made = report()
    data = _data(html.render(made))
    assert data["report"] == json.loads(json_report.render(made))


def test_big_data_is_compressed_and_small_data_readable() -> None:
    small, big = html.render(report(5)), html.render(report(400, findings=2_000))
    assert b'data-encoding="json"' in small
    assert b"lambda:GetFunction" in small or b"lambda:ListFunctions" in small
    assert b'data-encoding="gzip"' in big
    assert len(_data(big)["report"]["functions"]) == 400


def test_equal_reports_give_equal_bytes() -> None:
    made = report()
    turned = msgspec.structs.replace(made, findings=made.findings[::-1], functions=made.functions[::-1])
    assert html.render(made) == html.render(turned) == html.render(made)


def test_in_the_data_block_nothing_can_end_it() -> None:
    page = html.render(hostile(report())).decode()
    block = page.split('data-encoding="json">', 1)[1].split("</script>", 1)[0] if 'data-encoding="json">' in page else ""
    assert not set("<>&\u2028\u2029") & set(block)
    text = json.dumps(_data(page.encode()), ensure_ascii=False)
    assert "</script><img src=x onerror=window.__hit=2>" in text, "the attack is kept as text"
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u2066]", text)


def test_without_scripts_there_is_a_summary() -> None:
    made = report()
    page = html.render(made).decode()
    summary = page.split("<noscript>", 1)[1].split("</noscript>", 1)[0]
    for severity, number in made.statistics.severities.items():
        assert f'<th scope="row">{severity.capitalize()}</th><td>{number}</td>' in summary
    assert f'<th scope="row">Functions</th><td>{made.statistics.functions}</td>' in summary
    assert "lambda:GetPolicy 3 functions" in summary
    assert summary.count("<tr><td>") == len(made.findings)


def test_the_summary_without_scripts_is_escaped() -> None:
    page = html.render(hostile(report())).decode()
    summary = page.split("<noscript>", 1)[1].split("</noscript>", 1)[0]
    assert "&lt;script&gt;window.__hit=1&lt;/script&gt;" in summary
    for payload in PAYLOADS:
        if "<" in payload:
            assert payload not in summary


def test_three_thousand_functions_stay_far_below_25_megabytes() -> None:
    made = report(3_000, findings=7_500)
    assert len(made.findings) > 10_000
    assert len(html.render(made)) < 25_000_000


def test_the_vendored_library_is_the_recorded_one_with_its_licences() -> None:
    fetch = html._asset("vendor/fetch.py")
    recorded = re.findall(r'"([\w.-]+\.(?:js|txt))",\s*"([0-9a-f]{64})"', fetch)
    assert {name for name, _ in recorded} == {"htm-preact.js", "LICENSE-htm.txt", "LICENSE-preact.txt"}
    folder = resources.files("lambdaudit.reporters").joinpath("assets", "vendor")
    for name, digest in recorded:
        assert hashlib.sha256(folder.joinpath(name).read_bytes()).hexdigest() == digest
