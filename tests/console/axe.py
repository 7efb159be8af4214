"""axe-core, which finds what a page keeps from people who cannot see, hear or point well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from ntpd112.console import build

_RUN = """
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
  .then((found) => JSON.stringify(found.violations.map((one) => [one.id, one.impact,
    one.nodes.slice(0, 5).map((node) => node.target.join(" "))])))
"""


def source(cache_dir: Path) -> str:
    """Return axe-core's program, of the version that the page's lock names."""
    file = build.tools(cache_dir) / "node_modules" / "axe-core" / "axe.min.js"
    return file.read_text(encoding="utf-8")


async def violations(page: Page, axe: str) -> list[Any]:
    """Return what is wrong with a page as it is. The page's own rules about scripts hold for the page alone."""
    session = await page.context.new_cdp_session(page)
    await session.send("Runtime.evaluate", {"expression": axe})
    told = await session.send("Runtime.evaluate", {"expression": _RUN, "awaitPromise": True, "returnByValue": True})
    found: list[Any] = json.loads(told["result"]["value"])
    return found
