"""Take the pictures of ``docs/screenshots``: every page in light, dark and at phone width, in a real Chromium.

Run: ``python -m benchmarks.web.pictures --workspace DIR [--drug NAME] [--tables EXPRESSION RESPONSE] [--only PAGE,…]``.
The workspace needs a bundle and a brief of the drug; it is written to (a thread of chat, uploads, an own screen), so
give a copy. Needs Debian's ``chromium`` and the ``dev`` extra.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

OUT = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
# Pages of which more than one screen is shown, and how much.
TALL = {"drug": 2600, "own-drug": 2600, "hypothesis": 2200, "data": 1500, "chat": 1500}
SCREEN = "Lab screen 2026"
WAIT_MS = 120_000


def serve(workspace: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the server; return its process and address."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from agent.cli.app import main; main()", "--workspace", str(workspace), "serve",
         "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ),
    )  # fmt: skip
    for line in process.stdout or ():
        found = re.search(r"open (http://\S+?)/ in a browser", line)
        if found:
            return process, found[1]
    raise RuntimeError("the server did not start")


def prepare(page: Any, url: str, drug: str, tables: list[str]) -> str:
    """Ask in a thread, upload tables, make and explain a screen of one's own; return the thread's address."""
    page.goto(url + "/chat")
    page.fill("#question", f"does BCL2 matter for {drug}, and is it known?")
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/*")
    page.locator(".message.assistant h3").nth(1).wait_for()
    thread = str(page.url)
    for path in tables:
        page.goto(url + "/data")
        page.locator("#u-file").wait_for()
        page.set_input_files("#u-file", path)
        page.get_by_role("button", name="Upload and check").click()
        page.locator("article h2", has_text=Path(path).name).wait_for()
    if tables:
        page.fill("#s-name", SCREEN)
        for field, path in zip(("expression", "response"), tables, strict=True):
            page.select_option(f"#s-{field}", label=Path(path).name)
        page.get_by_role("button", name="Make the screen").click()
        card = page.get_by_role("article", name=f"Screen {SCREEN}")
        card.wait_for()
        card.locator("select").select_option(drug)
        card.get_by_role("button", name="Explain").click()
        card.locator(".job .chip", has_text="done").wait_for()
    return thread


def pages(page: Any, url: str, drug: str, thread: str, own: bool) -> Iterator[tuple[str, str]]:
    """Name and address of each picture."""
    page.goto(thread)
    page.locator(".open-passage").first.wait_for()
    passage = page.locator(".open-passage").first.get_attribute("href")
    page.goto(f"{url}/review?drug={quote(drug)}")
    item = page.locator("article h2 a").first.get_attribute("href")
    yield "drugs", "/"
    yield "drug", f"/drug/{quote(drug)}"
    if own:
        page.goto(url + "/data")
        link = page.locator(".job a", has_text="Open").first
        link.wait_for()
        yield "own-drug", str(link.get_attribute("href"))
    yield "chat", thread.removeprefix(url)
    yield "document", passage
    yield "search", f"/search?q={quote(drug)}+resistance"
    yield "review", "/review"
    yield "hypothesis", item
    yield "data", "/data"
    yield "jobs", "/jobs"
    yield "settings", "/settings"
    yield "help", "/help"


def shoot(context: Any, url: str, name: str, path: str, look: str) -> None:
    """One picture; fails where the page is wider than the window."""
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(url + path)
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(600)
    if name in ("drug", "own-drug"):
        page.evaluate("document.querySelectorAll('.chart').forEach(c => c.scrollIntoView())")
        page.locator(".chart[data-drawn]").first.wait_for()
        for chart in page.locator(".chart:not([data-drawn])").all():
            chart.wait_for(state="detached")
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
    if name in ("data", "jobs"):
        page.wait_for_timeout(1500)
    width, inner = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    if width > inner:
        raise RuntimeError(f"{path} is {width} px wide on {inner}")
    target = OUT / f"{name}-{look}.png"
    if name in TALL:
        tall = min(TALL[name], page.evaluate("document.scrollingElement.scrollHeight"))
        page.set_viewport_size({"width": inner, "height": max(tall, 600)})
        page.wait_for_timeout(400)
    else:
        page.evaluate("document.querySelector('mark#quote') || scrollTo(0, 0)")
    page.screenshot(path=str(target))
    page.close()
    sys.stdout.write(f"{target.name}\n")


def main() -> int:
    """Take them all."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--drug", default="Venetoclax")
    parser.add_argument("--tables", nargs=2, metavar=("EXPRESSION", "RESPONSE"), default=[])
    parser.add_argument("--only", default="", help="Names of pages, with commas.")
    given = parser.parse_args()
    only = set(filter(None, given.only.split(",")))
    OUT.mkdir(parents=True, exist_ok=True)
    process, url = serve(given.workspace)
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            first = browser.new_context(**LOOKS["light"])
            page = first.new_page()
            page.set_default_timeout(WAIT_MS)
            thread = prepare(page, url, given.drug, given.tables)
            every = list(pages(page, url, given.drug, thread, bool(given.tables)))
            state = first.storage_state()
            for look, options in LOOKS.items():
                context = browser.new_context(storage_state=state, **options)
                for name, path in every:
                    if not only or name in only:
                        shoot(context, url, name, path, look)
                context.close()
            browser.close()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    return 0


if __name__ == "__main__":
    sys.exit(main())
