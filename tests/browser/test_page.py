import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from lambdaudit.model.finding import Report
from lambdaudit.reporters import json_report
from lambdaudit.reporters.terminal import print_summary
from tests.reporters.factory import report

from .conftest import Opened, script

Opener = Callable[..., Opened]


def _address(page: str, item: str) -> str:
    return f"#/{page}/{quote(item, safe='')}"


def test_it_opens_from_a_file_without_a_complaint_or_a_request(open_report: Opener, made: Report) -> None:
    opened = open_report(made)
    for address in (
        "#/findings",
        "#/functions",
        "#/assets",
        "#/coverage",
        "#/rules",
        _address("function", made.functions[0]["id"]),
    ):
        opened.go(address)
        assert opened.text("h1")
    assert opened.messages == []
    assert opened.requests == [opened.path.as_uri()]


def test_the_security_policy_is_in_force(open_report: Opener, made: Report) -> None:
    opened = open_report(made)
    blocked = opened.page.evaluate(script("policy"))
    assert blocked[1] is None
    assert {"require-trusted-types-for", "img-src", "style-src-attr", "connect-src"} <= set(blocked[0])


def _shown_numbers(opened: Opened) -> dict[str, int]:
    stats: dict[str, str] = opened.page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('[data-stat]')].map((e) => [e.dataset.stat, e.textContent]))"
    )
    return {name: int(value.replace(",", "")) for name, value in stats.items()}


def test_page_json_and_terminal_show_the_same_numbers(open_report: Opener, made: Report) -> None:
    stats = json.loads(json_report.render(made))["statistics"]
    opened = open_report(made)
    shown = _shown_numbers(opened)
    assert shown == stats["severities"] | {
        "functions": stats["functions"],
        "roles": stats["roles"],
        "not_assessed": stats["not_assessed"],
        "accounts": len(made.coverage.accounts),
        "regions": len(made.coverage.regions),
    }
    stream = io.StringIO()
    print_summary(made, stream)
    printed = stream.getvalue()
    for severity, number in stats["severities"].items():
        assert f"{number} {severity}" in printed
    for name, word in (("functions", "functions"), ("roles", "roles"), ("not_assessed", "not assessed")):
        assert f"{shown[name]} {word}" in printed
    for button in opened.page.locator("button.more").all():
        button.click()
    for chart in ("regions", "runtimes", "triggers", "resources", "layers", "assets", "verdicts"):
        rows = opened.page.locator(f"[data-chart={chart}] li").evaluate_all(
            "(rows) => rows.map((r) => [r.dataset.name, +r.dataset.amount])"
        )
        assert dict(rows) == stats[chart], chart


def test_lists_hold_as_many_rows_as_the_statistics_say(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings")
    assert opened.text("#result") == f"{made.statistics.findings} rows"
    opened.go("#/findings?status=open")
    opened.page.wait_for_function(
        "n => document.querySelector('#result').textContent.startsWith(n)", arg=str(made.statistics.not_assessed)
    )
    opened.go("#/functions")
    opened.page.wait_for_function(
        "n => document.querySelector('#result').textContent.startsWith(n)", arg=str(made.statistics.functions)
    )


def test_findings_lead_to_functions_and_back(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings")
    page = opened.page
    first = json_report.ordered(made).findings[0]
    page.get_by_role("link", name=first.message).first.click()
    page.wait_for_selector("article.finding")
    assert page.url.endswith(_address("finding", first.fingerprint))
    name = first.functions[0].rsplit(":", 1)[1]
    page.locator("#affected").get_by_role("link", name=name).click()
    page.wait_for_selector("article.function")
    assert opened.text("h1") == name
    page.locator("#findings").get_by_role("link", name=first.message).click()
    page.wait_for_selector("article.finding")
    assert first.message in opened.text("h1")


def test_every_finding_names_its_functions_and_each_of_them_names_it(open_report: Opener, made: Report) -> None:
    opened = open_report(made)
    links = opened.page.evaluate(script("both_ways"))
    assert isinstance(links, int), f"finding {links} does not lead back"
    assert links > 5


def test_the_page_of_a_function_shows_every_value_of_it(open_report: Opener, made: Report) -> None:
    shown = [
        view | {"writers": ["arn:aws:iam::111122223333:role/ci"], "extra": {"NewKey": "value of a new key"}}
        for view in made.functions
    ]
    opened = open_report(_with_functions(made, shown), _address("function", shown[0]["id"]))
    assets = {asset["id"]: asset for asset in made.assets}
    for view in shown[:10]:
        opened.go(_address("function", view["id"]))
        opened.page.wait_for_function(
            "name => document.querySelector('article.function h1')?.textContent === name", arg=view["name"]
        )
        opened.page.evaluate("() => { for (const d of document.querySelectorAll('details')) d.open = true; }")
        opened.page.wait_for_timeout(60)
        main, titles = opened.page.locator("main"), opened.page.locator("main [title]")
        text = str(main.text_content()) + str(titles.evaluate_all("(all) => all.map((e) => e.title)"))
        role = assets[view["role"]]
        for value in _leaves({k: v for k, v in view.items() if k not in ("findings", "worst", "where", "code_size")}):
            assert value in text, f"{view['name']}: {value!r} is not on its page"
        for value in _leaves([role["policies"][1]["document"], role["trust"]["document"], role["access"]]):
            assert value.removeprefix("not:") in text, f"{view['name']}: {value!r} of its role is not on its page"


def _with_functions(made: Report, functions: list[dict[str, Any]]) -> Report:
    import msgspec

    return msgspec.structs.replace(made, functions=tuple(functions))


def _leaves(value: Any) -> list[str]:
    """Texts and numbers in a value, as they are shown; times and booleans have other words."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list | tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    if isinstance(value, bool) or value is None or value == 0:
        return []
    if isinstance(value, float):
        return [f"{value:.0%}".replace("%", " %")]
    if isinstance(value, int):
        return [f"{value:,}"]
    return [] if re.fullmatch(r"\d{4}-\d\d-\d\dT.*|in|out", value) else [_words(value)] if value else []


SHOWN = {
    "api": "API",
    "apigateway": "API Gateway",
    "dynamodb": "DynamoDB",
    "events": "EventBridge",
    "function-url": "function URL",
    "iam": "IAM",
    "lambda": "Lambda",
    "logs": "CloudWatch Logs",
    "s3": "S3",
    "sns": "SNS",
    "sqs": "SQS",
}


def _words(value: str) -> str:
    kinds = {"event-source-mapping", "log-group", "security-group", "layer-version", "event-rule", "aws-managed"}
    return value.replace("-", " ") if value in kinds else SHOWN.get(value, value)


def test_search_and_filters_narrow_and_stand_in_the_address(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings")
    page = opened.page

    def expect(test: Callable[[Any], bool]) -> None:
        number = sum(map(test, made.findings))
        page.wait_for_function("n => document.querySelector('#result').textContent.startsWith(n + ' row')", arg=str(number))
        assert number < len(made.findings)

    page.locator("#search").fill("db_password export")
    expect(lambda f: "DB_PASSWORD" in f.message and "export" in f.message)
    page.locator("#reset").first.click()
    page.locator("[data-severity=critical]").click()
    expect(lambda f: f.severity == "critical")
    page.locator("[data-severity=high]").click()
    expect(lambda f: f.severity in ("critical", "high"))
    page.locator("[data-filter=region]").select_option("eu-central-1")
    expect(lambda f: f.severity in ("critical", "high") and f.region == "eu-central-1")
    assert page.url.endswith("#/findings?severity=critical%2Chigh&region=eu-central-1")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(lambda f: f.severity in ("critical", "high") and f.region == "eu-central-1")
    page.locator("#reset").click()
    for name, value in (("rule", "env-secret"), ("account", "444455556666"), ("kind", "queue"), ("confidence", "low")):
        field = {"kind": "asset_kind"}.get(name, name)
        page.locator(f"[data-filter={name}]").select_option(value)
        expect(lambda f, field=field, value=value: getattr(f, field) == value)  # type: ignore[misc]
        page.locator("#reset").click()
    page.locator("[data-status=open]").click()
    page.locator("[data-filter=need]").select_option("kms:ListGrants")
    page.wait_for_function("() => document.querySelector('#result').textContent === '1 row'")


def test_nothing_found_is_said(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings?q=nothing-is-called-so")
    assert "Nothing matches" in opened.text()


def test_grouping_by_rule_folds_and_unfolds(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings?group=rule")
    rules = len({f.rule for f in made.findings})
    assert opened.page.locator(".group-row").count() == rules
    opened.page.locator("button.fold").first.click()
    opened.page.wait_for_selector(".member-row")
    opened.page.locator("button.fold").first.click()
    opened.page.wait_for_selector(".member-row", state="detached")


def test_functions_sort_and_filter(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/functions")
    page = opened.page
    names = ".vspace .c-main .main-text"
    assert page.locator(names).first.inner_text() != sorted(v["name"] for v in made.functions)[0]
    page.get_by_role("button", name="Function").click()
    page.wait_for_function("want => document.querySelector('.vspace .c-main .main-text').textContent === want",
                           arg=sorted(v["name"] for v in made.functions)[0])  # fmt: skip
    page.locator("[data-filter=runtime]").select_option("python3.9")
    number = made.statistics.runtimes["python3.9"]
    page.wait_for_function("n => document.querySelector('#result').textContent.startsWith(n + ' function')", arg=str(number))


def test_the_keyboard_reaches_everything(open_report: Opener, made: Report) -> None:
    opened = open_report(made)
    page = opened.page
    ordered = json_report.ordered(made).findings

    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.keyboard.type("gf")
    page.wait_for_selector(".vtable")
    page.keyboard.type("jjk")
    assert page.locator(".vrow.selected").get_attribute("aria-rowindex") == "2"
    page.keyboard.press("Enter")
    page.wait_for_selector("article.finding")
    assert ordered[0].message in opened.text("h1")
    page.keyboard.press("j")
    page.wait_for_function("text => document.querySelector('h1').textContent.includes(text)", arg=ordered[1].message)
    page.keyboard.press("Escape")
    page.wait_for_selector(".vtable")
    page.keyboard.press("/")
    assert page.evaluate("() => document.activeElement.id") == "search"
    page.keyboard.type("retention")
    page.wait_for_function("() => location.hash.includes('q=retention')")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("[role=dialog][aria-label=Keyboard]")
    page.keyboard.press("Escape")
    page.wait_for_selector("[role=dialog]", state="detached")
    page.keyboard.press("Control+k")
    page.wait_for_selector("[role=dialog] input")
    page.keyboard.type(made.functions[5]["id"])
    page.wait_for_function("() => document.querySelectorAll('#palette-list li').length >= 1")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "name => document.querySelector('article.function h1')?.textContent === name", arg=made.functions[5]["name"]
    )
    page.keyboard.type("gr")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Resources'")
    assert opened.messages == []


def test_letters_typed_into_the_search_are_not_commands(open_report: Opener, made: Report) -> None:
    opened = open_report(made, "#/findings")
    opened.page.locator("#search").click()
    opened.page.keyboard.type("jkt?")
    assert opened.page.locator("#search").input_value() == "jkt?"
    assert opened.page.locator("[role=dialog]").count() == 0


def test_dark_and_light(open_report: Opener, made: Report) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = open_report(made, color_scheme="light")
    dark = open_report(made, color_scheme="dark")
    bright, dim = light.page.evaluate(ground), dark.page.evaluate(ground)
    assert sum(map(int, re.findall(r"\d+", bright))) > 600
    assert sum(map(int, re.findall(r"\d+", dim))) < 150
    light.page.locator("#theme").click()
    assert light.page.evaluate(ground) == dim
    light.page.keyboard.press("t")
    assert light.page.evaluate(ground) == bright


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_and_controls_have_names(open_report: Opener, made: Report, scheme: str) -> None:
    opened = open_report(made, color_scheme=scheme)
    finding = json_report.ordered(made).findings[0]
    pages = ["overview", "findings", "findings?status=all&severity=high", "functions", "coverage", "rules", "assets"]
    items = (("function", finding.functions[0]), ("finding", finding.fingerprint), ("asset", finding.asset))
    for address in [f"#/{page}" for page in pages] + [_address(*item) for item in items]:
        opened.go(address)
        opened.page.wait_for_timeout(60)
        assert opened.page.evaluate(script("contrast")) == [], address
        assert opened.page.evaluate(script("nameless")) == [], address
        assert opened.page.locator("h1").count() == 1
        assert opened.page.locator("main").count() == 1


def test_links_can_be_shared(open_report: Opener, made: Report) -> None:
    finding = made.findings[3]
    opened = open_report(made, _address("finding", finding.fingerprint))
    assert finding.message in opened.text("h1")
    asset = made.assets[0]
    opened = open_report(made, _address("asset", asset["id"]))
    assert opened.text("h1") == asset["name"]
    assert "No such finding" in open_report(made, "#/finding/gone").text()
    assert "What an attacker can do" in open_report(made, "#/%E0%A4%A/nonsense?&&=").text()


def test_neighbours_can_be_walked(open_report: Opener, made: Report) -> None:
    view = next(v for v in made.functions if any(t["kind"] == "sqs" for t in v["triggers"]))
    opened = open_report(made, _address("function", view["id"]))
    opened.page.locator(".graph a.box", has_text="orders-in").first.click()
    opened.page.wait_for_function("() => document.querySelector('h1').textContent === 'orders-in'")
    opened.page.locator("#used").get_by_role("link", name=view["name"], exact=True).first.click()
    opened.page.wait_for_function("name => document.querySelector('h1').textContent === name", arg=view["name"])
    opened.page.locator("#role").get_by_role("link", name=view["role"].rsplit("/", 1)[1], exact=True).first.click()
    opened.page.wait_for_function("() => location.hash.startsWith('#/asset/')")
    assert "What its policies name" in opened.text()


def test_what_was_not_read_is_never_shown_as_none(open_report: Opener, made: Report) -> None:
    view = next(v for v in made.functions if isinstance(v["policy"], dict) and "unknown" in v["policy"])
    opened = open_report(made, _address("function", view["id"]))
    assert "function policy not read" in " ".join(opened.text("#access").split())
    assert "lambda:GetPolicy" in opened.text("#access")


def test_a_fix_can_be_copied(open_report: Opener, made: Report) -> None:
    finding = made.findings[0]
    opened = open_report(made, _address("finding", finding.fingerprint), permissions=["clipboard-read", "clipboard-write"])
    opened.page.locator("#fix .copy").first.click()
    opened.page.wait_for_function("() => document.getElementById('announce').textContent === 'Copied'")
    assert opened.page.evaluate("() => navigator.clipboard.readText()") == finding.fix.commands[0]


def test_thousands_of_rows_are_a_handful_of_elements(open_report: Opener) -> None:
    large = report(1_500, findings=4_000)
    opened = open_report(large, "#/findings")
    page = opened.page
    assert page.locator(".vspace .vrow").count() < 60
    page.keyboard.press("End")
    page.wait_for_function(
        "n => document.querySelector('.vrow.selected')?.getAttribute('aria-rowindex') === String(n + 1)", arg=len(large.findings)
    )
    assert page.locator(".vspace .vrow").count() < 60
    last = json_report.ordered(large).findings[-1]
    assert last.message in page.locator(".vrow.selected").inner_text()
    opened.go("#/functions")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Functions'")
    assert page.evaluate("() => document.querySelectorAll('*').length") < 3_000


def test_printing_shows_what_scrolling_hides(open_report: Opener, made: Report) -> None:
    opened = open_report(report(150), "#/findings", viewport={"width": 1200, "height": 500})
    before = opened.page.locator(".vspace .vrow").count()
    opened.page.emulate_media(media="print")
    opened.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    opened.page.wait_for_function("n => document.querySelectorAll('.vspace .vrow').length > n", arg=before)
    assert opened.page.locator(".vspace .vrow").count() == len(report(150).findings)
    assert not opened.page.locator(".side").is_visible()


@pytest.mark.parametrize("width", [390, 768, 1920])
def test_no_width_needs_sideways_scrolling(open_report: Opener, made: Report, width: int) -> None:
    opened = open_report(made, viewport={"width": width, "height": 800})
    for address in ("#/overview", "#/findings", "#/functions", "#/coverage", _address("function", made.functions[0]["id"])):
        opened.go(address)
        opened.page.wait_for_timeout(50)
        assert opened.page.evaluate(
            "() => document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth"
        ), address
        assert opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), address


def test_without_scripts_the_summary_is_shown(open_report: Opener, made: Report) -> None:
    opened = open_report(made, java_script_enabled=False)
    text = opened.text("body")
    assert f"Functions\t{made.statistics.functions}" in text
    assert json_report.ordered(made).findings[0].message in text


def test_an_empty_report_has_a_page(open_report: Opener) -> None:
    opened = open_report(report(0))
    assert "No function was found" in opened.text()
    for address in ("#/findings", "#/functions", "#/assets", "#/coverage", "#/rules"):
        opened.go(address)
    assert opened.messages == []
