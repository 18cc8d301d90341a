"""What a result was computed by: a digest of a module's source and of all that it imports within the project.

A cache that is named by this digest is missed as soon as any line changes that the result could depend on: constants
count as well as functions, however many imports away, because the imports are found and not listed.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from functools import cache
from pathlib import Path


def digest(*modules: str) -> str:
    """sha256 in hex of the sources of these modules and of their import closures within the project.

    modules: full names, such as "core.hydraulics.subgrid.solver". The project is the package before the first dot;
    what is installed from elsewhere does not count. Imports inside functions and for type checking count too. A package
    counts where a name is imported from it, not where one of its modules is.

    Raises ModuleNotFoundError for a module without source in an imported project.
    """
    names = frozenset().union(*map(closure, modules))
    return hashlib.sha256("".join(_file_digest(name) for name in sorted(names)).encode()).hexdigest()


@cache
def closure(module: str) -> frozenset[str]:
    """The module and every module of its project that it imports, directly or through others."""
    visited: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in visited:
            visited.add(name)
            waiting.extend(_imports(name))
    return frozenset(visited)


@cache
def _imports(module: str) -> frozenset[str]:
    """The modules of the same project that a module names in its import statements."""
    project = module.partition(".")[0]
    names: set[str] = set()
    for node in ast.walk(ast.parse(_source_of(module).read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                names.add(inner if source_file(inner) else base)
    return frozenset(name for name in names if name.partition(".")[0] == project and source_file(name))


def _absolute(module: str, node: ast.ImportFrom) -> str:
    """The full name of the module that a `from` statement names."""
    if not node.level:
        return node.module or ""
    package = module if _source_of(module).name == "__init__.py" else module.rpartition(".")[0]
    return importlib.util.resolve_name("." * node.level + (node.module or ""), package)


@cache
def source_file(module: str) -> Path | None:
    """Where a module's source stands, found without importing it; None for what is no module of an imported project."""
    project, *parts = module.split(".")
    for folder in getattr(sys.modules.get(project), "__path__", ()):
        path = Path(folder, *parts)
        for candidate in (path / "__init__.py", path.with_suffix(".py")) if parts else (path / "__init__.py",):
            if candidate.is_file():
                return candidate
    return None


def _source_of(module: str) -> Path:
    """Where a module's source stands; raises ModuleNotFoundError where there is none."""
    path = source_file(module)
    if path is None:
        raise ModuleNotFoundError(f"no source of {module}", name=module)
    return path


@cache
def _file_digest(module: str) -> str:
    """sha256 in hex of a module's source as it stands on disk."""
    return hashlib.sha256(_source_of(module).read_bytes()).hexdigest()
