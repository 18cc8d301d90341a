"""How loops are compiled: once per machine, without the interpreter's lock, and with plain IEEE arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import numba
from llvmlite import ir
from numba.core import types
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.cpu import CPUTargetOptions
from numba.extending import intrinsic

from core.hydraulics import source_digest

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
        stamp = source_digest.digest(function.__module__)
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
