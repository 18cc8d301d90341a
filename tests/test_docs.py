"""The documentation keeps up with the code: every setting, route, command, system and metric stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from prometheus_client import Counter
from prometheus_client.registry import Collector
from starlette.routing import Route

from core import errors, inference, systems, telemetry
from core.__main__ import serve
from core.api import STATUS, app
from core.commands import cli
from core.settings import CHECKOUT, Settings
from core.telemetry import serving_names

DOCS = CHECKOUT / "docs"
PAGES = [CHECKOUT / "README.md", CHECKOUT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
OPERATIONS, API, GLOSSARY, ARCHITECTURE, BENCHMARKS = (
    (DOCS / f"{name}.md").read_text(encoding="utf-8")
    for name in ("operations", "api", "glossary", "architecture", "benchmarks")
)
COMMANDS = sorted({serve.__name__, *typer.main.get_group(cli).commands})
ROUTES = [route for route in app.routes if isinstance(route, Route) and route.path != "/docs/oauth2-redirect"]
METRICS = [
    metric
    for room in (telemetry, serving_names)
    for name, metric in vars(room).items()
    if hasattr(metric, "describe") and name.isupper()
]
METRICS += serving_names.STAGES.values()


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described_with_its_default(name: str) -> None:
    variable = name.upper() if name in ("host", "port") else f"LOOKOUT_{name.upper()}"
    row = re.search(rf"^\| `{variable}` \| (.*?) \| (.+) \|$", OPERATIONS, re.MULTILINE)
    assert row, f"docs/operations.md lacks a row for {variable}"
    default = Settings.model_fields[name].default
    if isinstance(default, str | float | int) and not isinstance(default, bool):
        assert f"`{default:g}`" == row[1] if isinstance(default, float) else f"`{default}`" == row[1]


def test_no_setting_is_described_that_does_not_exist() -> None:
    described = re.findall(r"^\| `LOOKOUT_(\w+)` \|", OPERATIONS, re.MULTILINE)
    assert {name.lower() for name in described} <= set(Settings.model_fields)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_every_route_of_the_api_is_described(route: Route) -> None:
    method = next(iter((route.methods or set()) - {"HEAD"}))
    assert f"`{method} {route.path}`" in API


@pytest.mark.parametrize("kind", STATUS, ids=lambda kind: kind.kind)
def test_every_refusal_of_the_api_is_described_with_its_status(kind: type[errors.LookoutError]) -> None:
    assert re.search(rf"^\| {STATUS[kind]} \| .*`{kind.kind}`", API, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_described(command: str) -> None:
    assert f"`python -m core {command}" in OPERATIONS


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.describe()[0].name)
def test_every_metric_is_described(metric: Collector) -> None:
    shown = metric.describe()[0].name + ("_total" if isinstance(metric, Counter) else "")
    assert f"`{shown}`" in OPERATIONS


def test_every_system_is_described() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for name, system in systems.all_systems().items():
        assert f"| `{name}` | {system.QUESTION} |" in readme
        assert f"python -m core predict {name}" in OPERATIONS


@pytest.mark.parametrize(("word", "bound"), inference.SCALES.items())
def test_the_glossary_states_the_bounds_of_the_words(word: str, bound: float) -> None:
    assert re.search(rf"^\| \*\*{word}\*\* \| score of {bound:.2f} or more", GLOSSARY, re.MULTILINE)


def test_every_module_of_core_is_described() -> None:
    modules = {path.stem for path in (CHECKOUT / "core").glob("*.py")} | {
        path.parent.name for path in (CHECKOUT / "core").glob("*/__init__.py")
    }
    assert {name for name in modules - {"__init__"} if f"`{name}`" not in ARCHITECTURE and name != "systems"} == set()


def test_every_benchmark_is_described_and_there_is() -> None:
    root = CHECKOUT / "benchmarks"
    scripts = {path.stem for path in root.glob("[a-z]*.py")} | {
        f"{folder}.{path.stem}" for folder in ("monitoring", "waste") for path in (root / folder).glob("[a-z]*.py")
    }
    scripts |= {path.parent.name for path in root.glob("*/__main__.py")}
    assert set(re.findall(r"^## `make bench-([a-z_.]+)`", BENCHMARKS, re.MULTILINE)) == scripts


def test_every_make_target_in_the_docs_exists() -> None:
    makefile = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"`make ([a-z]+)[` ]", page.read_text(encoding="utf-8"))
        assert set(named) - {"bench"} <= targets, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, heading = target.partition("#")
        file = (page.parent / path) if path else page
        assert file.exists(), f"{page.name} names {target}"
        if heading:
            assert heading in headings(file), f"{page.name} names {target}"


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
