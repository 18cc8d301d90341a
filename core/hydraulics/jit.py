"""How loops are compiled: once per machine, without the interpreter's lock, and with plain IEEE arithmetic.

Machine code is kept under a digest of all that it was made of: the source of its module and of every module that this
imports within the project. The imports are found and not listed, so that any line counts that the code could depend on,
constants as well as functions, however many imports away. What else is computed by such code can be named by the same
digest: `source_digest`.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.cpu import CPUTargetOptions
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compile a loop to machine code, which is kept on disk for the next process where a folder can be written.

    No fast arithmetic: a sum keeps its order, so that symmetric terrain gives symmetric water to the last bit, and a
    NaN stays one. The function must make no list and no array; see `compiled_allocating`.
    """
    return _compiled(function)


def compiled_without_nan(function: Function) -> Function:
    """Compile a search for the largest of numbers that are never NaN: their order does not matter, so it may change."""
    return _compiled(function, fastmath={"nnan", "nsz"})


def compiled_allocating(function: Function) -> Function:
    """Compile a loop that makes lists or arrays of its own: their references are counted, which costs time."""
    return _compiled(function, _nrt=True)


def compiled_noalias(function: Function) -> Function:
    """Compile a loop whose written arrays share no memory with any other argument.

    The machine code need not find that out before it uses vector instructions. Arrays that do overlap give wrong
    numbers without an error.
    """
    return _compiled(function, noalias=True)


def compiled_forceinline(function: Function) -> Function:
    """Compile a function that is called once per row so that LLVM puts its machine code into the caller.

    A call hands over each array of a named tuple as seven numbers or more, some hundred in all.
    """
    return _compiled(function, forceinline=True)


def inlined(function: Function) -> Function:
    """Compile a formula that Numba puts into the caller before it infers types.

    The loop around the formula can then use vector instructions.
    """
    formula: Function = numba.njit(function, inline="always", error_model="numpy")
    return formula


CPUTargetOptions.noalias = CPUTargetOptions.Mapping("noalias")  # a flag that Numba has, but offers in no decorator


class _Cache(FunctionCache):  # type: ignore[misc]
    """Machine code on disk that counts only while nothing has changed that it is made of.

    Numba itself looks at the file of the function alone, and would go on with old code of those that it calls and with
    old values of the constants that are frozen into it.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__(function)
        stamp = source_digest(function.__module__)
        self._cache_file = IndexDataCacheFile(self._cache_path, self._impl.filename_base, stamp)


def _compiled(function: Function, **flags: object) -> Function:
    # Nothing is allocated: without counting references, which is atomic, a row's slices cost next to nothing.
    dispatcher = numba.njit(function, nogil=True, error_model="numpy", **{"_nrt": False, **flags})
    with suppress(RuntimeError):  # neither this folder nor the user's cache can be written: compiled in each process
        dispatcher._cache = _Cache(function)
    loop: Function = dispatcher
    return loop


@intrinsic
def bits_of(_context, _number):  # type: ignore[no-untyped-def]
    """The bits of a float32 as an integer."""
    return types.int32(types.float32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.IntType(32))


@intrinsic
def float_from_bits(_context, _bits):  # type: ignore[no-untyped-def]
    """The float32 that has the bits of an int32."""
    return types.float32(types.int32), lambda _c, builder, _s, args: builder.bitcast(args[0], ir.FloatType())


# What machine code is made of


def source_digest(*modules: str) -> str:
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
