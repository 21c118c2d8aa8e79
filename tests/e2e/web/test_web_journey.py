"""First visit to accepted hypothesis in a real browser; restart, two users, keyboard, width, accessibility."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib import resources
from typing import Any

import httpx
import numpy as np
import pytest

from agent.workspace import Workspace, open_workspace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

DRUG = "Trialdrug-001"
PAGES = ("/", "/drug/Examplinib", "/chat", "/search?q=seen+together", "/review", "/data", "/jobs", "/settings", "/help",
         "/document/note%3A1?start=0&end=9", "/nowhere", "/api/docs")  # fmt: skip
PLOTS = ("ranking", "gene", "stability", "null", "replication")


@pytest.fixture(scope="module")
def served(
    trial_base: tuple[Workspace, str], serve: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Any:
    root = tmp_path_factory.mktemp("journey") / "ws"
    shutil.copytree(trial_base[0].root, root)
    return serve(open_workspace(root)), open_workspace(root), trial_base[1]


def ask(page: Any, question: str) -> Any:
    """Ask in the open thread and wait for the whole answer; return its box."""
    before = page.locator(".message.assistant").count()
    page.fill("#question", question)
    page.keyboard.press("Enter")
    answer = page.locator(".message.assistant").nth(before)
    answer.locator("h3").first.wait_for()
    page.locator(".message.assistant[aria-busy]").wait_for(state="detached")
    return answer


def test_first_visit_to_accepted_hypothesis_kept_over_reload_and_restart(served, serve, visit) -> None:  # type: ignore[no-untyped-def]
    server, workspace, gene = served
    page, watch = visit(server.url)
    page.goto(server.url + "/")
    page.fill("#filter-text", "trialdrug-001")
    page.locator("#drug-rows tr:not([hidden])").first.wait_for()
    assert page.locator("#drug-rows tr:not([hidden])").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/drug/Trialdrug-001")
    page.locator(".finding").wait_for()
    page.locator("#ranking ~ .chart[data-drawn]").wait_for()

    page.goto(server.url + "/chat")
    page.fill("#question", f"is {gene} known for {DRUG}?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    thread = page.url
    page.locator(".message.assistant .open-passage").first.wait_for()
    quote = page.locator(".message.assistant .quote").first.inner_text()
    page.locator(".message.assistant .open-passage").first.click()
    marked = page.locator("mark#quote")
    marked.wait_for()
    assert marked.inner_text() in quote and len(marked.inner_text()) > 10
    page.go_back()
    page.locator(".message.assistant h3").first.wait_for()
    draft = ask(page, f"draft a hypothesis for {gene} and {DRUG}")
    assert gene in draft.inner_text()

    page.goto(f"{server.url}/drug/{DRUG}")
    page.get_by_role("button", name="Review its hypotheses").click()
    page.wait_for_url("**/review?drug=*")
    page.locator("article h2 a").first.click()
    page.fill("#accept-note", "worth a try")
    page.locator("form[aria-label='Accept'] button").click()
    page.locator("[data-status]", has_text="accepted").wait_for()
    item = page.url
    page.reload()
    page.locator("[data-status]", has_text="accepted").wait_for()
    watch.clean()

    assert server.stop() == 0
    again = serve(workspace)
    watch.base = again.url
    page.goto(item.replace(server.url, again.url))
    page.locator("[data-status]", has_text="accepted").wait_for()
    assert "worth a try" in page.locator("#history ~ .scroll").inner_text()
    page.goto(thread.replace(server.url, again.url))
    page.locator(".message.assistant h3").first.wait_for()
    assert page.locator(".message.user").count() == 2
    served_again.append(again)


served_again: list[Any] = []


@pytest.fixture
def now(served: Any) -> Any:
    """The server that runs now, workspace and gene."""
    return (served_again[-1] if served_again else served[0]), served[1], served[2]


def test_two_users_at_once_do_not_see_each_others_threads(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, _, gene = now
    (one, watch_one), (two, watch_two) = visit(server.url), visit(server.url)
    for page, words in ((one, "first"), (two, "second")):
        page.goto(server.url + "/chat")
        page.fill("#question", f"{words}: does {gene} matter for {DRUG}?")
    one.keyboard.press("Enter")
    two.keyboard.press("Enter")
    for page, own, other in ((one, "first", "second"), (two, "second", "first")):
        page.wait_for_url("**/chat/*")
        page.locator(".message.assistant h3").first.wait_for()
        listed = page.locator(".threads").inner_text()
        assert own in listed and other not in listed
    two.goto(one.url)
    two.get_by_role("heading", name="Not found").wait_for()
    assert "matter" not in two.locator("#main").inner_text()
    watch_one.clean()
    # A page that is not there is an error line of the console, and the only one.
    assert all("404" in line for line in watch_two.errors) or watch_two.errors == []
    assert watch_two.outside == []


def test_every_plot_opens_with_its_table_and_follows_the_gene(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, _, _ = now
    page, watch = visit(server.url)
    page.goto(server.url + "/drug/Examplinib")
    for name in PLOTS:
        section = page.locator(f"section:has(> #{name})")
        chart = section.locator(".chart[data-drawn]")
        chart.wait_for()
        assert chart.locator("svg.main-svg").count() >= 1
        assert len(chart.get_attribute("aria-label")) > 30
        section.locator("summary").click()
        assert section.locator("tbody tr").count() >= 2
    page.select_option("#gene-choice", "GENB")
    page.get_by_role("button", name="Draw").click()
    page.get_by_role("heading", name="GENB and the response").wait_for()
    page.locator("#gene ~ .chart[data-drawn]").wait_for()
    watch.clean()


def test_a_job_shows_its_end_and_why(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, _, _ = now
    page, watch = visit(server.url)
    page.goto(server.url + "/drug/Erlotinib")
    page.get_by_role("button", name="Explain this drug").click()
    page.locator(".job .chip", has_text="failed").wait_for()
    assert "Erlotinib" in page.locator(".job").first.inner_text()
    page.goto(f"{server.url}/drug/{DRUG}")
    page.get_by_role("button", name="All further parts").click()
    row = page.locator(".job").first
    row.locator(".chip").wait_for()
    row.get_by_role("button", name="Cancel").click()
    row.locator(".chip", has_text="cancelled").wait_for()
    assert row.get_by_role("button", name="Resume").is_visible()
    watch.clean()


def test_a_table_is_uploaded_checked_and_deleted(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, _, _ = now
    page, watch = visit(server.url)
    page.goto(server.url + "/data")
    rows = "line,drug,ln_ic50\n" + "".join(f"L{i},D,{i / 10 - 3}\n" for i in range(70))
    page.set_input_files("#u-file", {"name": "mine.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_role("button", name="Upload and check").click()
    page.locator("article .chip", has_text="can be used").wait_for()
    page.get_by_role("button", name="Delete").click()
    page.locator("article").wait_for(state="detached")
    watch.clean()
    page.set_input_files("#u-file", {"name": "mine.exe", "mimeType": "text/csv", "buffer": b"x"})
    page.get_by_role("button", name="Upload and check").click()
    page.locator("[data-upload-fault]", has_text="no known ending").wait_for()


def test_an_own_screen_is_made_explained_cancelled_resumed_and_shown_as_ones_own(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, workspace, _ = now
    page, watch = visit(server.url)
    values = np.random.default_rng(11).standard_normal((70, 12))
    matrix = "line," + ",".join(f"OWN{g}" for g in range(12)) + "\n"
    matrix += "".join(f"L{i}," + ",".join(f"{v:.4f}" for v in values[i]) + "\n" for i in range(70))
    response = "line,drug,ln_ic50\n" + "".join(f"L{i},<b>Mine</b>,{values[i, 3]:.4f}\n" for i in range(70))
    page.goto(server.url + "/data")
    for name, text in (("own_matrix.csv", matrix), ("own_response.csv", response)):
        page.locator("#u-file").wait_for()
        page.set_input_files("#u-file", {"name": name, "mimeType": "text/csv", "buffer": text.encode()})
        page.get_by_role("button", name="Upload and check").click()
        page.locator("article h2", has_text=name).wait_for()
    page.fill("#s-name", "GDSC2")
    page.get_by_role("button", name="Make the screen").click()
    page.get_by_role("alert").filter(has_text="public screen").wait_for()
    page.fill("#s-name", "Our screen")
    page.select_option("#s-expression", label="own_matrix.csv")
    page.select_option("#s-response", label="own_response.csv")
    page.get_by_role("button", name="Make the screen").click()
    card = page.get_by_role("article", name="Screen Our screen")
    card.wait_for()
    assert "70 lines × 12 genes" in card.inner_text()
    card.get_by_label("with null runs").check()
    card.get_by_role("button", name="Explain").click()
    row = card.locator(".job").first
    row.get_by_role("button", name="Cancel").click()
    row.locator(".chip", has_text="cancelled").wait_for()
    row.get_by_role("button", name="Resume").click()
    card.get_by_label("with null runs").uncheck()
    # One job works at a time: the one that was resumed is stopped again, so that the short one gets its turn.
    row.locator(".chip", has_text="running").wait_for()
    row.get_by_role("button", name="Cancel").click()
    row.locator(".chip", has_text="cancelled").wait_for()
    card.get_by_role("button", name="Explain").click()
    card.locator(".job .chip", has_text="done").wait_for()
    card.locator(".job a", has_text="Open").click()
    page.locator(".finding").wait_for()
    page.locator("h1", has_text="<b>Mine</b>").wait_for()
    assert page.locator(".meta .chip.own").inner_text() == "your own screen"
    assert "Our screen" in page.locator("#main .meta").last.inner_text() and "OWN3" in page.locator(".big").inner_text()
    page.locator("#ranking ~ .chart[data-drawn]").wait_for()
    watch.clean()

    other, watch_other = visit(server.url)
    other.goto(server.url + "/")
    other.fill("#filter-text", "our screen")
    other.locator("#drug-rows tr:not([hidden]) .chip.own", has_text="Our screen").wait_for()
    other.goto(server.url + "/data")
    other.get_by_role("article", name="Screen Our screen").wait_for()
    assert "own_matrix.csv" not in other.locator("#main").inner_text()
    assert other.get_by_role("button", name="Delete this screen").count() == 0
    watch_other.clean()

    page.goto(server.url + "/data")
    page.get_by_role("button", name="Delete this screen").click()
    page.get_by_role("article", name="Screen Our screen").wait_for(state="detached")
    assert not list((workspace.root / "screens").glob("*"))
    page.goto(f"{server.url}/drug/%3Cb%3EMine%3C%2Fb%3E")
    page.get_by_text("not here any more").wait_for()
    assert page.get_by_role("button", name="Write the brief").count() == 0
    watch.clean()


def test_by_keyboard_alone(now, visit) -> None:  # type: ignore[no-untyped-def]
    server, _, _ = now
    page, _ = visit(server.url)
    page.goto(server.url + "/")
    page.locator("#filter-text").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "filter-text"
    page.keyboard.type("examplinib")
    page.keyboard.press("Enter")
    page.wait_for_url("**/drug/Examplinib")
    page.locator("header .theme").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    page.locator(".finding").wait_for()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_accessibility_fault_and_no_sideways_scrolling_at_phone_width(now, visit, theme) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed: pip install -e .[dev]")
    axe = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    server, _, gene = now
    page, watch = visit(server.url, color_scheme=theme, viewport={"width": 390, "height": 844})
    page.goto(server.url + "/chat")
    page.fill("#question", f"is {gene} known for {DRUG}?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    page.locator(".message.assistant h3").first.wait_for()
    page.goto(server.url + "/review")
    page.locator("article h2 a").first.wait_for()
    item = page.locator("article h2 a").first.get_attribute("href")
    faults: dict[str, list[str]] = {}
    for path in (*PAGES, item, f"/drug/{DRUG}"):
        page.goto(server.url + path)
        page.locator("h1").first.wait_for()
        if path.startswith("/drug"):
            page.locator(".chart[data-drawn]").last.wait_for()
        width, inner = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        if width > inner:
            faults.setdefault(path, []).append(f"{width} px wide on {inner}")
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        faults.setdefault(path, []).extend(
            f"{v['impact']} {v['id']}: {v['nodes'][0]['html'][:160]} ({v['nodes'][0]['failureSummary'][:200]})"
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        )
    assert {path: told for path, told in faults.items() if told} == {}
    assert watch.outside == [] and watch.dialogs == []


def test_a_server_with_a_token_asks_for_it(now, serve, visit) -> None:  # type: ignore[no-untyped-def]
    _, workspace, _ = now
    server = serve(workspace, "--token")
    token = next(line.split("token: ")[1].strip() for line in server.said if line.startswith("token: "))
    page, watch = visit(server.url)
    page.goto(server.url + "/review")
    page.fill("#name", "Ada")
    page.fill("#token", token)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/review")
    page.locator(".who", has_text="Ada").wait_for()
    watch.clean()
    assert httpx.get(f"{server.url}/api/drugs").status_code == 401
    strange = {"Origin": "http://evil.example", "Connection": "Upgrade", "Upgrade": "websocket",
               "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}  # fmt: skip
    assert (
        httpx.get(f"{server.url}/_nicegui_ws/socket.io/?EIO=4&transport=websocket", headers=strange).status_code == 403
    )
    assert server.stop() == 0
