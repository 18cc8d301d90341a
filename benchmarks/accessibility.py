"""Each page as somebody with a keyboard, a screen reader or a small screen meets it: a table of figures, page by page.

Columns: serious findings of axe-core, of them those of contrast; layout shift while the page is drawn; stops of the Tab
key, of them those whose focus cannot be seen (an outline of less than 3 to 1), and steps of the Tab key that lead
back up; errors of the console; requests to another host; pixels that are cut off to the right.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from benchmarks.support import report, servers
from tests.support.browser import FLAGS, INSTRUCTIONS, find
from tests.support.settling import settle

SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
SERIOUS = ("serious", "critical")
MAX_STOPS = 120
TIMEOUT_MS = 120_000
EXAMPLES = {"waste": "Try an example", "crime": "Try an example", "flood": "Try an example"}
"""{page: the button that brings its first answer without a file}."""
INVENTED = "monitoring?log=invented&log-period=Last+30+days&log-system=Crime&tab="
TABS = tuple(f"{INVENTED}{tab}" for tab in ("Quality", "Drift", "Service", "Alerts", "Log"))
"""The parts of Monitoring, over a full log."""
FRAMEWORK = (
    # Streamlit draws the menu's groups as list items without a list around each.
    ('[data-testid="stSidebarNav"]', ("list", "listitem")),
)
"""What the framework's own markup is found guilty of: (selector, rules); named here and left out of the count."""
SHIFTS = """
window.lookoutShift = 0;
window.lookoutMoved = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    window.lookoutShift += entry.value;
    const node = entry.sources[0]?.node;
    const text = (node?.textContent || "").trim().slice(0, 40) || node?.dataset?.testid || "what is gone";
    if (entry.value > 0.02) window.lookoutMoved.push(`moved by ${entry.value.toFixed(3)}: ${text}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""
FROM_THE_TOP = """() => {
  document.body.tabIndex = -1;
  document.body.focus();  // or Tab goes on from the button that was pressed last
  document.body.removeAttribute("tabindex");
  scrollTo(0, 0);
}"""
FOCUSED = """() => {
  let element = document.activeElement;
  for (let inner; (inner = element?.contentDocument?.activeElement) && inner !== inner.ownerDocument.body;) {
    element = inner;  // within a frame of this server
  }
  if (!element || element === document.body) return null;
  const rgb = text => { const found = text.match(/[\\d.]+/g); return found ? found.map(Number) : [0, 0, 0, 0]; };
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let back = [255, 255, 255];
  for (let at = element.parentElement; at; at = at.parentElement) {
    const colour = rgb(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0.5) { back = colour; break; }
  }
  const ratio = colour => {
    const [high, low] = [light(colour), light(back)].sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const marks = [];
  for (let at = element, up = 0; at && up < 4; at = at.parentElement, up++) {
    const style = getComputedStyle(at);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) marks.push(rgb(style.outlineColor));
    const shadow = style.boxShadow.match(/rgba?\\([^)]*\\)/);
    if (shadow && up < 3) marks.push(rgb(shadow[0]));
    const over = getComputedStyle(at, "::after");  // a frame laid over a map
    if (!up && over.content !== "none" && parseFloat(over.borderWidth) >= 1) marks.push(rgb(over.borderColor));
    if (up && style.borderStyle !== "none" && parseFloat(style.borderWidth) >= 1) marks.push(rgb(style.borderColor));
  }
  const visible = marks.filter(mark => mark.length === 3 || mark[3] > 0.6).map(ratio);
  const box = element.getBoundingClientRect();
  let scrolled = 0;  // of the page's own frames: a stop further down is not above the one before it because they moved
  for (let at = element.parentElement; at; at = at.parentElement) scrolled += at.scrollTop;
  return {
    name: (element.getAttribute("aria-label") || element.innerText || element.tagName).trim().slice(0, 40),
    inMain: !!element.closest('[data-testid="stMain"]'), top: box.top + scrolled, left: box.left,
    ratio: visible.length ? Math.max(...visible) : 0,
  };
}"""


@dataclass
class PageFigures:
    """What was found on one page in one state, size and scheme."""

    page: str
    state: str
    size: str
    scheme: str
    serious: int = 0
    contrast: int = 0
    shift: float = 0.0
    stops: int = 0
    unseen: int = 0
    upward: int = 0
    errors: int = 0
    outside: int = 0
    cut_off: int = 0
    findings: list[str] = field(default_factory=list)


def main() -> None:
    """Print the table; the last line is one JSON object."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pages",
        nargs="*",
        help="paths of pages, such as flood; all of the menu and the tabs of Monitoring if left out",
    )
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each")
    chosen = parser.parse_args()
    path = find()
    if path is None:
        sys.exit(INSTRUCTIONS)
    with (
        TemporaryDirectory(prefix="lookout-bench-", ignore_cleanup_errors=True) as name,
        servers.server(Path(name)) as port,
        sync_playwright() as it,
    ):
        browser = it.chromium.launch(executable_path=path, args=list(FLAGS))
        base = f"http://127.0.0.1:{port}"
        pages = chosen.pages or [*_menu(browser, base), *TABS]
        rows = [
            figures
            for page in pages
            for size in SIZES
            for scheme in SCHEMES
            for figures in _examine(browser, Axe(), base, page, size, scheme, chosen.pictures)
        ]
        browser.close()
    _print(rows)
    report.print_figures(
        {
            "views": len(rows),
            "serious": sum(row.serious for row in rows),
            "worst_shift": max(row.shift for row in rows),
            "unseen_focus": sum(row.unseen for row in rows),
            "upward_steps": sum(row.upward for row in rows),
            "console_errors": sum(row.errors for row in rows),
            "requests_outside": sum(row.outside for row in rows),
            "cut_off": sum(row.cut_off > 0 for row in rows),
        }
    )


def _menu(browser: Any, base: str) -> list[str]:
    """The paths of the pages in the sidebar; "" is Home."""
    page = browser.new_page(viewport=SIZES["wide"])
    page.goto(base)
    page.locator('[data-testid="stSidebarNavLink"]').first.wait_for(timeout=TIMEOUT_MS)
    links = page.eval_on_selector_all('[data-testid="stSidebarNavLink"]', "links => links.map(link => link.href)")
    page.close()
    return list(dict.fromkeys(urlsplit(link).path.strip("/") for link in links))


def _examine(
    browser: Any, axe: Any, base: str, path: str, size: str, scheme: str, pictures: Path | None
) -> list[PageFigures]:
    """The page on its first visit, and with the answer to its example where it has one."""
    page = browser.new_page(viewport=SIZES[size], color_scheme=scheme)
    page.set_default_timeout(TIMEOUT_MS)
    page.add_init_script(SHIFTS)
    outside: set[str] = set()
    errors: list[str] = []
    host = urlsplit(base).netloc
    page.on(
        "request", lambda request: outside.add(request.url) if urlsplit(request.url).netloc not in (host, "") else 0
    )
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{base}/{path}")
    settle(page, TIMEOUT_MS)
    views = []
    for state in ("first visit", "answered"):
        if state == "answered":
            button = page.get_by_role("button", name=EXAMPLES.get(path, "\0"))
            if not button.count():
                break
            button.first.click()
            page.wait_for_timeout(8000)
            settle(page, TIMEOUT_MS)
        figures = PageFigures(path.replace(INVENTED, "monitoring, ") or "home", state, size, scheme)
        figures.errors, figures.outside = len(errors), len(outside)
        figures.findings += [*errors[:3], *sorted(outside)[:3], *page.evaluate("window.lookoutMoved.splice(0)")]
        figures.shift = round(page.evaluate("window.lookoutShift"), 3)
        figures.cut_off = max(0, page.evaluate("document.documentElement.scrollWidth - innerWidth"))
        _ask_axe(axe, page, figures)
        _walk(page, figures)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            name = f"{figures.page}-{state}-{size}-{scheme}.png".replace(", ", "-").replace(" ", "-")
            page.screenshot(path=pictures / name, full_page=True)
        views.append(figures)
        print(f"{figures.page}, {state}, {size}, {scheme}", flush=True)
    page.close()
    return views


def _ask_axe(axe: Any, page: Any, figures: PageFigures) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)
    for violation in axe.run(page).response["violations"]:
        if violation["impact"] not in SERIOUS:
            continue
        for node in violation["nodes"]:
            if _of_framework(page, violation["id"], node["target"]):
                continue
            figures.serious += 1
            figures.contrast += violation["id"] == "color-contrast"
            figures.findings.append(f"{violation['id']}: {node['html'][:120]}")


def _of_framework(page: Any, rule: str, target: list[Any]) -> bool:
    """Whether a finding is about markup that the framework writes and no page can change."""
    if len(target) != 1 or not isinstance(target[0], str):
        return False
    return any(
        rule in rules and page.evaluate("([s, at]) => !!document.querySelector(at)?.closest(s)", [selector, target[0]])
        for selector, rules in FRAMEWORK
    )


def _walk(page: Any, figures: PageFigures) -> None:
    """Press Tab through the page and note what cannot be seen and what leads back up."""
    page.evaluate(FROM_THE_TOP)
    before = None
    seen: Counter[tuple[str, int]] = Counter()
    for _ in range(MAX_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            break
        where = (stop["name"], round(stop["left"]))
        seen[where] += 1
        if seen[where] > 3:
            break  # a trap, or the start again
        figures.stops += 1
        if stop["ratio"] < 3:
            figures.unseen += 1
            figures.findings.append(f"focus not seen ({stop['ratio']:.1f}): {stop['name']}")
        if before and before["inMain"] and stop["inMain"] and _leads_back(before, stop):
            figures.upward += 1
            figures.findings.append(f"back up: {before['name']} -> {stop['name']}")
        before = stop


def _leads_back(before: dict[str, Any], stop: dict[str, Any]) -> bool:
    """Whether a step goes up without going to the next column, which begins at the top."""
    return bool(stop["top"] < before["top"] - 60 and stop["left"] <= before["left"])


def _print(rows: list[PageFigures]) -> None:
    columns = ("serious", "contrast", "shift", "stops", "unseen", "upward", "errors", "outside", "cut_off")
    print("| page | state | size | scheme | " + " | ".join(columns) + " |")
    print("|---" * (4 + len(columns)) + "|")
    for row in rows:
        values = asdict(row)
        cells = [row.page, row.state, row.size, row.scheme, *(str(values[name]) for name in columns)]
        print("| " + " | ".join(cells) + " |")
    for finding, count in Counter(finding for row in rows for finding in row.findings).most_common():
        print(f"{count} x {finding}")


if __name__ == "__main__":
    main()
