"""Rules of docs/architecture.md that import-linter cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from core.settings import CHECKOUT
from tests.support import import_graph

CORE, PAGES = CHECKOUT / "core", CHECKOUT / "pages"
SYSTEMS = sorted(path.parent.name for path in CORE.glob("systems/*/__init__.py"))
TOP_LEVEL = {
    "app.py", "pages", "core", "models", "tests", "requirements.txt",
    "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "deploy", "docs", "benchmarks",
}  # fmt: skip
CORE_TOP_LEVEL = {
    "contract", "inference", "training", "registry", "store", "migrations", "monitoring", "alerts", "batch", "jobs",
    "maps", "telemetry", "security", "settings", "errors", "api", "systems", "commands", "tables", "evaluation",
    "artefacts", "hydraulics", "__main__", "__init__",
}  # fmt: skip
HEAVY = ("tensorflow", "keras")
MAX_LINES = 300  # of a file
MAX_PAGE_LINES = 150  # of a page
MAX_CHAIN = 8  # modules that import one another in a row
MAX_MODULES = 15  # in a folder, its __init__ included
MAP = CHECKOUT / "docs" / "architecture.md"


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


def file_of(module: str) -> Path | None:
    """The file of a module of the checkout; None for what is no module, such as a class in one."""
    path = CHECKOUT.joinpath(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def serving_modules() -> set[Path]:
    """app.py, the pages, core, and what the systems reach from their `__init__`: not what trains."""
    waiting = [CHECKOUT / "app.py", *PAGES.rglob("*.py"), *CORE.glob("*.py"), *CORE.glob("migrations/**/*.py")]
    waiting += CORE.glob("systems/*/__init__.py")
    serving: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in serving:
            serving.add(path)
            waiting += [file for name in imports(path) if name.startswith("core.") and (file := file_of(name))]
    return serving


def code(root: Path) -> list[Path]:
    """The Python files and scripts of a checkout's folders."""
    folders = [root / name for name in ("core", "pages", "tests", "benchmarks")]
    return sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".js"))


def too_long(root: Path) -> set[str]:
    """Files of more than MAX_LINES, and pages of more than MAX_PAGE_LINES."""
    pages = set((root / "pages").glob("*.py"))
    return {
        f"{path.relative_to(root)}: {lines} lines"
        for path in code(root)
        if (lines := len(path.read_text(encoding="utf-8").splitlines()))
        > (MAX_PAGE_LINES if path in pages else MAX_LINES)
    }


def too_full(root: Path) -> set[str]:
    """Folders of more than MAX_MODULES."""
    counts = Counter(path.parent for path in code(root) if path.suffix == ".py")
    return {f"{folder.relative_to(root)}: {count}" for folder, count in counts.items() if count > MAX_MODULES}


def not_on_the_map(root: Path, text: str) -> tuple[set[str], set[str]]:
    """Modules and packages of core and pages without a place in the map, and what stands in the map and is none.

    text: Markdown whose block ```map``` has a line for each folder: its path, a colon, and the names of its modules.
    """
    block = re.search(r"```map\n(.*?)```", text, re.DOTALL)
    lines = [line.partition(":") for line in block[1].splitlines() if line.strip()] if block else []
    named = {f"{folder}/{name}" for folder, _, names in lines for name in names.split()}
    files = [path.relative_to(root) for path in [*(root / "core").rglob("*.py"), *(root / "pages").rglob("*.py")]]
    modules = {str(path.with_suffix("")) for path in files if path.name != "__init__.py"}
    packages = {str(path.parent) for path in files if path.name == "__init__.py"}
    return (modules - named) | (packages - {folder for folder, _, _ in lines}), named - modules


def test_the_top_level_holds_nothing_but_what_the_layout_names() -> None:
    names = {path.parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_core_holds_nothing_but_what_the_layout_names_or_a_decision_explains() -> None:
    explained = " ".join(path.read_text(encoding="utf-8") for path in (CHECKOUT / "docs" / "adr").glob("*.md"))
    names = {
        path.parts[1].removesuffix(".py") for path in tracked() if path.parts[0] == "core" and path.suffix == ".py"
    }
    assert {name for name in names - CORE_TOP_LEVEL if f"core/{name}" not in explained} == set()


def test_every_file_can_be_read_in_one_sitting_and_pages_are_thin() -> None:
    assert too_long(CHECKOUT) == set()


def test_no_folder_holds_more_modules_than_can_be_looked_over() -> None:
    assert too_full(CHECKOUT) == set()


def test_every_module_has_a_place_in_the_map_and_the_map_names_no_other() -> None:
    assert not_on_the_map(CHECKOUT, MAP.read_text(encoding="utf-8")) == (set(), set())


def test_the_rules_of_size_and_of_the_map_fail_when_they_should(tmp_path: Path) -> None:
    for name, lines in {"core/long": 301, "core/fits": 300, "pages/page": 151, "pages/parts/piece": 151}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.py").write_text("pass\n" * lines)
    assert too_long(tmp_path) == {"core/long.py: 301 lines", "pages/page.py: 151 lines"}
    (tmp_path / "core" / "full").mkdir()
    for number in range(MAX_MODULES):
        (tmp_path / "core" / "full" / f"m{number}.py").write_text("")
    assert too_full(tmp_path) == set()
    (tmp_path / "core" / "full" / "__init__.py").write_text("")
    assert too_full(tmp_path) == {f"core/full: {MAX_MODULES + 1}"}
    names = " ".join(f"m{number}" for number in range(MAX_MODULES))
    text = f"```map\ncore: fits long\ncore/full: {names}\npages: page gone\n```"
    assert not_on_the_map(tmp_path, text) == ({"pages/parts/piece"}, {"pages/gone"})


@pytest.mark.parametrize("path", sorted(CORE.rglob("*.py")), ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_of_core_says_in_its_first_line_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_there_is_no_circle_of_imports_even_for_types_alone() -> None:
    assert import_graph.circles(import_graph.read()) == []


def test_a_circle_is_seen_however_long_it_is() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert import_graph.circles(graph) == [{"a", "b", "c"}]
    assert import_graph.longest_chain({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == ["a", "b", "c"]


@pytest.mark.parametrize("package", ["core.hydraulics", "core.systems.flood"])
def test_chains_of_imports_stay_short_enough_to_follow(package: str) -> None:
    chain = import_graph.longest_chain(import_graph.inside(import_graph.read(), package))
    assert 0 < len(chain) <= MAX_CHAIN, chain  # none: there is a circle


def test_a_class_name_is_unique_in_the_project() -> None:
    names = Counter(
        node.name
        for path in [CHECKOUT / "app.py", *CORE.rglob("*.py"), *PAGES.rglob("*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )
    assert {name for name, count in names.items() if count > 1} == set()


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
from tests.support import import_graph
from core import inference, systems
systems.get({system!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("part", ["train", "table"])
def test_importing_a_systems_training_or_tables_does_not_import_tensorflow(system: str, part: str) -> None:
    if file_of(f"core.systems.{system}.{part}") is None:
        pytest.skip(f"{system} answers no tables")
    program = f"""
import sys
from core import systems
systems.{"trainer" if part == "train" else "tables"}({system!r})
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"


def test_what_home_is_made_of_imports_no_library_of_numbers() -> None:
    """The first page waits for every import: SciPy alone, which a rule for one name brought once, takes a second."""
    imports = re.findall(r"^from (?:core|pages)\S* import .+$", (PAGES / "home.py").read_text("utf-8"), re.MULTILINE)
    assert len(imports) > 5
    program = "\n".join(
        [
            "import sys, streamlit",
            *imports,
            'print([name for name in ("numpy", "pandas", "scipy") if name in sys.modules])',
        ]
    )
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
