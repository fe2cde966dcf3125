"""A headless Chromium, and pages for it, made by the Rust tests from sample reports."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

ROOT = Path(__file__).resolve().parents[2]
HOW = "the page's tests need Chromium and its driver: apt-get install chromium chromium-driver"
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,1000",
]


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of sample pages; REDIS_MIGRATE_SAMPLE_PAGES names one that is there."""
    given = os.environ.get("REDIS_MIGRATE_SAMPLE_PAGES")
    folder = Path(given) if given else tmp_path_factory.mktemp("pages")
    if not (folder / "large.html").exists():
        subprocess.run(
            ["cargo", "test", "--quiet", "--test", "it", "report::sample_pages"],
            cwd=ROOT,
            env={**os.environ, "REDIS_MIGRATE_SAMPLE_PAGES": str(folder)},
            check=True,
        )
    return folder


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """Return the paths of the browser and its driver, or say how to get them."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    if os.environ.get("CI") == "true":
        pytest.fail(HOW)
    pytest.skip(HOW)


@pytest.fixture(scope="session")
def driver(chromium: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """Start a browser with a profile of its own."""
    options = webdriver.ChromeOptions()
    options.binary_location = chromium[0]
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(chromium[1]))
    yield started
    started.quit()


@pytest.fixture
def browser(driver: webdriver.Chrome, pages: Path) -> Iterator[webdriver.Chrome]:
    """Lend the browser, as if new; nothing may have gone wrong on the page."""
    driver.get((pages / "small.html").as_uri())
    driver.execute_script("localStorage.clear()")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    light = {"name": "prefers-color-scheme", "value": "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [light]})
    driver.get_log("browser")
    yield driver
    assert driver.get_log("browser") == []
