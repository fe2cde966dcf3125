"""The page of a report, used as a reviewer would use it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

Browser = webdriver.Chrome

# The contrast of each visible text with what is behind it, as WCAG 2 counts it.
CONTRAST = """
const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
const light = ([r, g, b]) => { const f = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b); };
const behind = (node) => { for (let at = node; at; at = at.parentElement) {
  const c = parse(getComputedStyle(at).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
const bad = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode.parentElement;
  if (!walk.currentNode.textContent.trim() || !node.checkVisibility() || node.closest("script, option")) continue;
  const style = getComputedStyle(node);
  const svg = node.namespaceURI.endsWith("svg");
  const fg = parse(svg ? style.fill : style.color);
  let bg = behind(node);
  if (svg && node.parentElement.querySelector("rect:not(.bar, .track)") && node.parentElement.tagName === "g") {
    bg = parse(getComputedStyle(node.parentElement.querySelector("rect")).fill);
  }
  const [a, b] = [light(fg), light(bg)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) bad.push([ratio.toFixed(2), node.className.baseVal ?? node.className, walk.currentNode.textContent.slice(0, 30)]);
}
return bad;
"""


def wait(what: Callable[[], Any], seconds: float = 5) -> Any:
    """Wait until `what` holds, and return it."""
    end = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < end, "timed out"
        time.sleep(0.02)
    return value


def open_page(browser: Browser, page: Path) -> None:
    browser.get(page.as_uri())
    wait(lambda: result(browser))


def press(browser: Browser, keys: str) -> None:
    browser.switch_to.active_element.send_keys(keys)


def shown(browser: Browser) -> list[str]:
    script = "return [...document.querySelectorAll('.file:not([hidden])')].map((node) => node.ariaLabel)"
    return list(browser.execute_script(script))


def here(browser: Browser) -> str:
    return str(browser.execute_script("return document.querySelector('.here')?.textContent ?? ''"))


def result(browser: Browser) -> str:
    return browser.find_element(By.ID, "result").text


def emulate(browser: Browser, **features: str) -> None:
    listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": listed})


def phone(browser: Browser) -> None:
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def test_it_says_what_was_found(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "small.html")
    text = browser.find_element(By.TAG_NAME, "body").text
    for wanted in ["redis-ssot", "7,685", "references to rewrite", "held at a boundary"]:
        assert wanted in text
    assert len(browser.find_elements(By.CSS_SELECTOR, "svg[role=img][aria-label]")) == 2
    session = browser.find_element(By.CSS_SELECTOR, ".file[aria-label$='session_locks.py']")
    browser.execute_script("arguments[0].scrollIntoView()", session)
    wait(lambda: "pool_size" in session.text)
    assert "db." in "".join(node.text for node in session.find_elements(By.TAG_NAME, "del"))
    assert session.find_element(By.CSS_SELECTOR, ".said code").text == "uncovered-name"
    assert session.find_element(By.CSS_SELECTOR, "span.k").text == "import"


def test_landmarks_and_names(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "small.html")
    for landmark in ["header", "main", "nav[aria-label]", "[role=search][aria-label]", "[role=status][aria-live]"]:
        assert browser.find_elements(By.CSS_SELECTOR, landmark), landmark
    for control in browser.find_elements(By.CSS_SELECTOR, "button, input, select, progress"):
        if control.is_displayed():
            assert control.accessible_name, control.get_attribute("outerHTML")
    assert browser.execute_script("return document.documentElement.lang") == "en"
    press(browser, Keys.TAB)
    assert browser.switch_to.active_element.text == "Skip to the files"
    outline = browser.switch_to.active_element.value_of_css_property("outline-style")
    assert outline == "solid"


def test_filters(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "small.html")
    assert result(browser) == "7 files"
    path = browser.find_element(By.ID, "path")
    press(browser, "/")
    assert browser.switch_to.active_element == path
    path.send_keys("SESSION")
    wait(lambda: result(browser) == "1 of 7 files")
    assert shown(browser) == ["netra_backend/app/db/session_locks.py"]
    path.send_keys(Keys.ESCAPE)
    browser.find_element(By.ID, "clear").click()
    wait(lambda: result(browser) == "7 files")
    for control, value, count in [
        ("rule", "factory", 1),
        ("code", "decode-error", 1),
        ("severity", "error", 2),
        ("state", "rewritten", 2),
        ("state", "left", 6),
    ]:
        Select(browser.find_element(By.ID, control)).select_by_value(value)
        wait(lambda count=count: result(browser).startswith(f"{count} of 7"))
        browser.find_element(By.ID, "clear").click()
        wait(lambda: result(browser) == "7 files")
        assert Select(browser.find_element(By.ID, control)).first_selected_option.text == "all"
    path.send_keys("nowhere")
    wait(lambda: browser.find_element(By.ID, "none").is_displayed())


def test_keys(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "small.html")
    press(browser, "j")
    assert "boundary" in here(browser)
    press(browser, "j")
    assert "unexpected EOF" in here(browser)
    press(browser, "j")
    assert "cache.redis_cache_manager" in here(browser)
    press(browser, "j")
    assert "redis_factory" in here(browser)
    press(browser, "k")
    assert "cache.redis_cache_manager" in here(browser)
    press(browser, "n")
    current = browser.find_element(By.CSS_SELECTOR, "#index [aria-current]")
    assert "session_locks.py" in current.text
    press(browser, "p")
    press(browser, "p")
    assert "broken.py" in browser.find_element(By.CSS_SELECTOR, "#index [aria-current]").text
    press(browser, "u")
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "table.split"))
    assert not browser.find_elements(By.CSS_SELECTOR, "table.unified")
    press(browser, "?")
    dialog = browser.find_element(By.ID, "help")
    assert dialog.is_displayed()
    dialog.find_element(By.TAG_NAME, "button").click()
    assert not dialog.is_displayed()


def test_marks_stay(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "small.html")
    press(browser, "n")
    press(browser, "r")
    press(browser, "r")
    done = browser.find_element(By.ID, "done")
    assert done.text == "2 of 7"
    browser.refresh()
    wait(lambda: browser.find_element(By.ID, "done").text == "2 of 7")
    first = browser.find_element(By.ID, "f0")
    assert not first.find_elements(By.TAG_NAME, "table")
    browser.execute_script("scrollTo(0, 0)")
    press(browser, "n")
    first.find_element(By.CSS_SELECTOR, "input[type=checkbox]").click()
    assert first.find_elements(By.TAG_NAME, "table")
    browser.find_element(By.ID, "unreviewed").click()
    wait(lambda: result(browser) == "6 of 7 files")
    # A mark is for one content: the same path in another report has none.
    open_page(browser, pages / "netra.html")
    assert browser.find_element(By.ID, "done").text.startswith("0 of")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["unified", "split"])
def test_contrast(browser: Browser, pages: Path, scheme: str, view: str) -> None:
    emulate(browser, prefers_color_scheme=scheme)
    open_page(browser, pages / "small.html")
    if view == "split":
        press(browser, "u")
    for _ in range(7):
        press(browser, "n")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(CONTRAST) == []


def test_dark_by_choice_stays(browser: Browser, pages: Path) -> None:
    emulate(browser, prefers_color_scheme="light")
    open_page(browser, pages / "small.html")
    body = "return getComputedStyle(document.body).backgroundColor"
    assert browser.execute_script(body) == "rgb(255, 255, 255)"
    browser.find_element(By.ID, "theme").click()
    assert browser.execute_script(body) == "rgb(13, 17, 23)"
    browser.refresh()
    assert browser.execute_script(body) == "rgb(13, 17, 23)"


@pytest.mark.parametrize("page", ["small", "netra", "hostile"])
def test_a_phone_scrolls_one_way_only(browser: Browser, pages: Path, page: str) -> None:
    phone(browser)
    open_page(browser, pages / f"{page}.html")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    widths = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert widths[0] <= widths[1] == 390
    code = browser.find_element(By.CSS_SELECTOR, ".diff .code")
    assert float(code.value_of_css_property("font-size").removesuffix("px")) >= 11


def test_two_thousand_files(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "large.html")
    assert len(shown(browser)) == 2_000
    drawn = "return document.querySelectorAll('.file table').length"
    assert browser.execute_script(drawn) < 40
    timing = "const t = performance.getEntriesByType('navigation')[0]; return t.domContentLoadedEventEnd"
    assert browser.execute_script(timing) < 5_000
    for at in [1_999, 1_000, 1_500]:
        browser.execute_script(f"document.getElementById('f{at}').scrollIntoView()")
        wait(lambda at=at: browser.find_elements(By.CSS_SELECTOR, f"#f{at} table"))
    wait(lambda: browser.execute_script(drawn) < 40)
    browser.find_element(By.ID, "path").send_keys("module_1234")
    wait(lambda: result(browser) == "1 of 2,000 files")
    browser.find_element(By.ID, "clear").click()
    wait(lambda: result(browser) == "2,000 files")
    browser.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
    for _ in range(12):
        press(browser, "j")
    box = browser.execute_script(
        "const b = document.querySelector('.here').getBoundingClientRect(); return [b.top, b.bottom, innerHeight]"
    )
    assert 0 <= box[0] < box[1] <= box[2]


def test_hostile_names_and_lines_stay_text(browser: Browser, pages: Path) -> None:
    open_page(browser, pages / "hostile.html")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    text = browser.find_element(By.ID, "list").text
    assert "</script><img src=x onerror" in text
    assert "\\u{202e}" in text
    assert browser.title == "redis-migrate: dry run"
    assert not browser.find_elements(By.TAG_NAME, "img")
    assert len(browser.find_elements(By.TAG_NAME, "script")) == 2
    for control in ["rule", "code"]:
        assert Select(browser.find_element(By.ID, control)).options
    # Even script that got in would not run.
    browser.execute_script(
        "const s = document.createElement('script'); s.textContent = 'document.title = \"owned\"';"
        "document.body.append(s)"
    )
    assert browser.title == "redis-migrate: dry run"
    blocked = [entry for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert len(blocked) == 1


def test_no_request_leaves_the_page(browser: Browser, pages: Path) -> None:
    browser.get("about:blank")
    browser.get_log("performance")
    open_page(browser, pages / "small.html")
    for key in "jjnru":
        press(browser, key)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [(pages / "small.html").as_uri()]


def test_print_shows_all_files(browser: Browser, pages: Path) -> None:
    emulate(browser, prefers_color_scheme="dark")
    open_page(browser, pages / "netra.html")
    count = len(shown(browser))
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert len(pdf["data"]) > 10_000
    assert len(browser.find_elements(By.CSS_SELECTOR, ".file header")) == count
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    body = "return getComputedStyle(document.body).backgroundColor"
    assert browser.execute_script(body) == "rgb(255, 255, 255)"
    assert not browser.find_element(By.ID, "filters").is_displayed()
