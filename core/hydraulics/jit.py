"""How loops are compiled: once per machine, without the interpreter's lock, and with plain IEEE arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.cpu import CPUTargetOptions
from numba.extending import intrinsic

from core.hydraulics import source_digest

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """`function` in machine code, kept on disk for the next process where a folder can be written.

    No fast arithmetic: a sum keeps its order, so that symmetric terrain gives symmetric water to the last bit, and a
    NaN stays one.
    """
    return _compiled(function)


def compiled_without_nan(function: Function) -> Function:
    """The same for a search for the largest of numbers that are never NaN, whose order does not matter."""
    return _compiled(function, fastmath={"nnan", "nsz"})


def compiled_allocating(function: Function) -> Function:
    """The same for a function that makes lists or arrays of its own; @compiled ones make none."""
    return _compiled(function, _nrt=True)


def compiled_apart(function: Function) -> Function:
    """The same for a loop whose arrays share no memory with one that it writes to: it need not find that out first."""
    return _compiled(function, noalias=True)


def compiled_within(function: Function) -> Function:
    """The same for a function that is called once per row: its code goes where it is called.

    A call hands over each array of a named tuple as seven numbers or more, some hundred in all.
    """
    return _compiled(function, forceinline=True)


def inlined(function: Function) -> Function:
    """A formula that stands where it is called, so that the loop around it can use vector instructions."""
    made: Function = numba.njit(function, inline="always", error_model="numpy")
    return made


CPUTargetOptions.noalias = CPUTargetOptions.Mapping("noalias")  # a flag that Numba has, and names to no decorator


class _Cache(FunctionCache):  # type: ignore[misc]
    """Machine code on disk that counts only while nothing has changed that it is made of.

    Numba itself looks at the file of the function alone, and would go on with old code of those that it calls and with
    old values of the constants that are frozen into it.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        stamp = source_digest.digest(function.__module__)
        self._cache_file = IndexDataCacheFile(self._cache_path, self._impl.filename_base, stamp)


def _compiled(function: Function, **flags: Any) -> Function:
    # Nothing is allocated: without counting references, which is atomic, a row's slices cost next to nothing.
    made: Any = numba.njit(function, nogil=True, error_model="numpy", **{"_nrt": False, **flags})
    with suppress(RuntimeError):  # neither this folder nor the user's cache can be written: compiled in each process
        made._cache = _Cache(function)
    result: Function = made
    return result


@intrinsic
def bits_of(_context, _number):  # type: ignore[no-untyped-def]
    """The bits of a float32 as an integer."""
    return types.int32(types.float32), lambda _c, builder, _s, given: builder.bitcast(given[0], ir.IntType(32))


@intrinsic
def number_of(_context, _bits):  # type: ignore[no-untyped-def]
    """The float32 of these bits."""
    return types.float32(types.int32), lambda _c, builder, _s, given: builder.bitcast(given[0], ir.FloatType())
