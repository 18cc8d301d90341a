"""Atomic reads and writes by which threads in machine code tell each other how far they are.

Each is one element of a one-dimensional int64 array that several threads share. A thread that observes what another
has published sees all that the other wrote before (release and acquire, as in C++11). Numba itself has none of these.
"""

from __future__ import annotations

from typing import Any

from numba.core import types, typing
from numba.extending import intrinsic

CACHE_LINE = 8  # elements: signals so far apart share no line of the processor's cache


@intrinsic
def publish(_context, array, _index, _value):  # type: ignore[no-untyped-def]
    """Set the element of `array` at `index` to `value`: who observes it sees all that was written before (release)."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        elements = context.make_array(signature.args[0])(context, builder, arguments[0])
        builder.store_atomic(arguments[2], builder.gep(elements.data, [arguments[1]]), "release", 8)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate


@intrinsic
def observe(_context, array, _index):  # type: ignore[no-untyped-def]
    """The element of `array` at `index`, which another thread may publish (acquire)."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        elements = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.load_atomic(builder.gep(elements.data, [arguments[1]]), "acquire", 8)

    return types.int64(array, types.int64), generate


@intrinsic
def compare_and_set(_context, array, _index, _expected, _value):  # type: ignore[no-untyped-def]
    """Set the element of `array` at `index` to `value` if it holds `expected`; returns whether it did.

    Of several threads that expect the same, one alone succeeds (acquire and release).
    """

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        elements = context.make_array(signature.args[0])(context, builder, arguments[0])
        element = builder.gep(elements.data, [arguments[1]])
        exchange = builder.cmpxchg(element, arguments[2], arguments[3], "acq_rel", "acquire")
        return builder.extract_value(exchange, 1)

    return types.boolean(array, types.int64, types.int64, types.int64), generate


sleep_for: Any = types.ExternalFunction("usleep", typing.signature(types.int32, types.uint32))  # [us]
