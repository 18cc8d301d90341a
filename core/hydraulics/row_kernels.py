"""Compiled arithmetic on rows of numbers that all schemes share: copies, searches, and the inverse cube root.

Every function takes one-dimensional arrays of equal length. Constants of single precision stand here too: a Python
float in a compiled formula would turn the whole of it into double precision, which takes twice the time.
"""

from __future__ import annotations

import numpy as np

from core.hydraulics.jit import bits_of, compiled, compiled_noalias, compiled_without_nan, float_from_bits, inlined

NEVER = np.float32(np.inf)
ZERO, ONE, TWO, FOUR = np.float32(0), np.float32(1), np.float32(2), np.float32(4)
HALF, THIRD = np.float32(1 / 2), np.float32(1 / 3)
GUESS_BITS = 0x548C2B4B  # with these, and with the coefficients, the first step is good to 3e-5
GUESS_1, GUESS_2, GUESS_3 = np.float32(1.752319676), np.float32(1.2509524245), np.float32(0.5093818292)


@inlined
def inverse_cube_root(x: np.float32) -> np.float32:
    """The inverse cube root x ** (-1/3), with a relative error of at most 2e-7: Moroz et al. (2021), Energies 14, 1058.

    A guess from the bits of x and one step of third order, then one Newton step. It holds no branch and no call, so
    that a loop around it uses vector instructions.

    x: positive and normal, neither zero nor subnormal, float32.
    """
    y = float_from_bits(np.int32(GUESS_BITS - np.int32(np.float32(bits_of(x)) * THIRD)))
    y *= GUESS_1 - x * y * y * y * (GUESS_2 - GUESS_3 * (x * y * y * y))
    return np.float32(y * (ONE + THIRD * (ONE - x * y * y * y)))


@compiled_noalias
def copy(source: np.ndarray, target: np.ndarray) -> None:
    """Copy a row into another; a slice's assignment would check shapes, and takes longer to compile."""
    for index in range(source.shape[0]):
        target[index] = source[index]


@compiled
def fill(target: np.ndarray, number: float) -> None:
    """Set a row to one number."""
    for index in range(target.shape[0]):
        target[index] = number


@compiled_noalias
def merge_marks(marks: np.ndarray, others: np.ndarray) -> None:
    """Mark, in place, what is marked in either row; both uint8, 0 or 1."""
    for index in range(marks.shape[0]):
        marks[index] |= others[index]


@compiled_without_nan
def largest(numbers: np.ndarray) -> float:
    """The largest of numbers that are neither negative nor NaN, in their precision; zero for an empty row."""
    maximum: float = numbers.dtype.type(0)
    for index in range(numbers.shape[0]):
        maximum = max(maximum, numbers[index])
    return maximum
