"""Rules of docs/architecture.md that import-linter cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import warnings
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from core.settings import CHECKOUT

CORE, PAGES = CHECKOUT / "core", CHECKOUT / "pages"
SYSTEMS = sorted(path.parent.name for path in CORE.glob("systems/*/__init__.py"))
TOP_LEVEL = {
    "app.py", "pages", "core", "models", "tests", "requirements.txt",
    "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "deploy", "docs", "benchmarks",
}  # fmt: skip
CORE_TOP_LEVEL = {
    "contract", "inference", "training", "registry", "store", "migrations", "monitoring", "alerts", "batch", "jobs",
    "maps", "telemetry", "security", "settings", "errors", "api", "systems", "__main__", "__init__",
}  # fmt: skip
HEAVY = ("tensorflow", "keras")
LONGEST_MODULE = 300  # lines
LONGEST_PAGE = 150  # lines


def tracked() -> list[Path]:
    """The files in git, relative to the checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if listed.returncode or not listed.stdout:
        pytest.skip("this is not a git checkout")
    return [Path(name) for name in listed.stdout.split("\0") if name]


def imports(path: Path) -> set[str]:
    """The full names that a module imports, wherever in it the import stands; `from a import b` gives a and a.b."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def serving_modules() -> set[Path]:
    """app.py, the pages, core, and what the systems reach from their `__init__`: not what trains."""
    own = set(CORE.glob("*.py")) - {CORE / "networks.py"}  # reached by training alone
    waiting = [CHECKOUT / "app.py", *PAGES.rglob("*.py"), *own, *CORE.glob("migrations/**/*.py")]
    waiting += CORE.glob("systems/*/__init__.py")
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path.is_file() and path not in found:
            found.add(path)
            inside = [CHECKOUT.joinpath(*name.split(".")) for name in imports(path) if name.startswith("core.")]
            waiting += [place.with_suffix(".py") for place in inside]
    return found


def test_the_top_level_holds_nothing_but_what_the_layout_names() -> None:
    names = {path.parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_core_holds_nothing_but_what_the_layout_names_or_a_decision_explains() -> None:
    explained = " ".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "docs" / "adr").glob("*.md"))
    names = {
        path.parts[1].removesuffix(".py") for path in tracked() if path.parts[0] == "core" and path.suffix == ".py"
    }
    assert {name for name in names - CORE_TOP_LEVEL if f"core/{name}" not in explained} == set()


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_of_core_can_be_read_in_one_sitting(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_MODULE


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_of_core_says_in_its_first_line_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_pages_are_thin() -> None:
    long = {
        path.name: lines
        for path in PAGES.glob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_PAGE
    }
    if long:
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn(f"pages of more than {LONGEST_PAGE} lines: {long}", stacklevel=1)


def test_nothing_imports_a_page() -> None:
    pages = {f"pages.{path.stem}" for path in PAGES.glob("*.py")}
    pattern = re.compile(r"^\s*(?:from|import)\s+(pages\.\w+)", re.MULTILINE)
    code = [CHECKOUT / "app.py", *CORE.rglob("*.py"), *PAGES.rglob("*.py")]
    found = {(str(path), name) for path in code for name in pattern.findall(path.read_text(encoding="utf-8"))}
    assert {(path, name) for path, name in found if name in pages} == set()


@pytest.mark.parametrize("system", SYSTEMS)
def test_importing_a_system_does_not_import_tensorflow(system: str) -> None:
    program = f"""
import sys
from core.settings import CHECKOUT
from core import inference, systems
systems.get({system!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("part", ["train", "table"])
def test_importing_a_systems_training_or_tables_does_not_import_tensorflow(system: str, part: str) -> None:
    if not (CORE / "systems" / system / f"{part}.py").exists():
        pytest.skip(f"{system} answers no tables")
    program = f"""
import sys
from core import systems
systems.{"trainer" if part == "train" else "tables"}({system!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_what_serving_imports_is_in_the_requirements() -> None:
    required = {
        re.split(r"[\[=;]", line)[0].strip().lower()
        for line in (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    }
    owners = packages_distributions()
    missing = {
        (str(path.relative_to(CHECKOUT)), package)
        for path in serving_modules()
        for package in {name.partition(".")[0] for name in imports(path)}
        - set(sys.stdlib_module_names)
        - {"core", "pages"}
        if not required & {name.lower().replace("_", "-") for name in owners.get(package, [package])}
    }
    assert missing == set()


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (CHECKOUT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    wanted += [line for extra in project["optional-dependencies"].values() for line in extra]
    assert [line for line in wanted if "==" not in line.partition(";")[0]] == []
