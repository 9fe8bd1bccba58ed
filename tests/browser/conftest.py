"""A report opened from a file in Debian's Chromium; everything that the browser complains about or asks for is recorded."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, sync_playwright

from lambdaudit.model.finding import Report
from lambdaudit.reporters import html
from tests.reporters.factory import report
from tests.reporters.hostile import hostile

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def script(name: str) -> str:
    """A script of this folder, as one expression."""
    text = Path(__file__).with_name("js").joinpath(f"{name}.js").read_text("utf-8")
    return text.split("\n", 1)[1].strip().removesuffix(";")


@dataclass
class Opened:
    """A page, and what happened on it."""

    page: Page
    path: Path
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def said(self, message: ConsoleMessage) -> None:
        self.messages.append(message.text)

    def failed(self, error: Exception) -> None:
        self.messages.append(str(error))

    def asked(self, request: Request) -> None:
        self.requests.append(request.url)

    def dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def go(self, address: str) -> None:
        """Show another part of the report."""
        self.page.evaluate("address => { location.hash = address }", address)
        self.page.wait_for_function("address => location.hash === address", arg=address)

    def text(self, selector: str = "main") -> str:
        """What is shown."""
        return self.page.locator(selector).first.inner_text()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield running
        running.close()


@pytest.fixture(scope="session")
def made() -> Report:
    return report(36)


@pytest.fixture(scope="session")
def attacked() -> Report:
    return hostile(report(14))


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Opened]]:
    contexts = []

    def opener(shown: Report, address: str = "", **options: Any) -> Opened:
        path = tmp_path / "report.html"
        path.write_bytes(html.render(shown))
        context = browser.new_context(**({"viewport": {"width": 1400, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        opened = Opened(page, path)
        page.on("console", opened.said)
        page.on("pageerror", opened.failed)
        page.on("request", opened.asked)
        page.on("dialog", opened.dialog)
        page.goto(path.as_uri() + address)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("html[data-ready]", state="attached")
        return opened

    yield opener
    for context in contexts:
        context.close()
