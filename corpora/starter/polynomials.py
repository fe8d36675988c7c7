# SPDX-License-Identifier: MIT OR Apache-2.0
"""Polynomials, exact fractions and the search for roots.

A polynomial is a list of coefficients, the constant first, so that the index of a
coefficient is its power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from integers import gcd


@dataclass(frozen=True)
class Ratio:
    """An exact fraction, always in lowest terms.

    Reducing at once keeps equal fractions equal as data, and the numbers small
    through long calculations.

    Raises:
        ZeroDivisionError: If the lower number is zero.

    Examples:
        >>> Ratio(1, 2) + Ratio(1, 3)
        Ratio(upper=5, lower=6)
        >>> Ratio(4, -6)
        Ratio(upper=-2, lower=3)
        >>> Ratio(2, 4) == Ratio(1, 2)
        True
        >>> str(Ratio(1, 2) * Ratio(4, 1)), str(Ratio(1, 3) / Ratio(2, 3))
        ('2', '1/2')
        >>> Ratio(1, 3) < Ratio(2, 5)
        True
        >>> Ratio(1, 0)
        Traceback (most recent call last):
        ...
        ZeroDivisionError: ratio with zero below
    """

    upper: int
    lower: int = 1

    def __post_init__(self) -> None:
        if self.lower == 0:
            raise ZeroDivisionError("ratio with zero below")
        divisor = gcd(self.upper, self.lower)
        if self.lower < 0:
            divisor = -divisor
        # A frozen dataclass can only be completed behind its own back.
        object.__setattr__(self, "upper", self.upper // divisor)
        object.__setattr__(self, "lower", self.lower // divisor)

    def __add__(self, other: Ratio) -> Ratio:
        upper = self.upper * other.lower + other.upper * self.lower
        return Ratio(upper, self.lower * other.lower)

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(self.upper * other.upper, self.lower * other.lower)

    def __truediv__(self, other: Ratio) -> Ratio:
        return Ratio(self.upper * other.lower, self.lower * other.upper)

    def __lt__(self, other: Ratio) -> bool:
        return self.upper * other.lower < other.upper * self.lower

    def __str__(self) -> str:
        return str(self.upper) if self.lower == 1 else f"{self.upper}/{self.lower}"


def trim(coefficients: list[int]) -> list[int]:
    """Drop the zeros in front of the highest power.

    >>> trim([1, 2, 0, 0])
    [1, 2]
    >>> trim([0, 0])
    []
    >>> trim([0, 3])
    [0, 3]
    >>> trim([])
    []
    """
    end = len(coefficients)
    while end > 0 and coefficients[end - 1] == 0:
        end -= 1
    return coefficients[:end]


def evaluate(coefficients: list[int], x: int) -> int:
    """Compute the value of a polynomial by Horner's rule.

    Factoring out the variable step by step needs one product for each power and
    no powers at all.

    >>> evaluate([1, 2, 3], 2)
    17
    >>> evaluate([5], 100)
    5
    >>> evaluate([], 3)
    0
    >>> evaluate([-1, 0, 1], -1)
    0
    """
    value = 0
    for coefficient in reversed(coefficients):
        value = value * x + coefficient
    return value


def multiply(first: list[int], second: list[int]) -> list[int]:
    """Multiply two polynomials.

    >>> multiply([1, 1], [-1, 1])
    [-1, 0, 1]
    >>> multiply([2], [3, 4])
    [6, 8]
    >>> multiply([], [1, 2])
    []
    >>> multiply([1, 2, 1], [1, 1])
    [1, 3, 3, 1]
    """
    product = [0] * max(len(first) + len(second) - 1, 0)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            # Powers add up, and so do the indices that stand for them.
            product[i + j] += a * b
    return trim(product)


def divide(dividend: list[int], divisor: list[int]) -> tuple[list[int], list[int]]:
    """Divide polynomials as on paper, returning quotient and remainder.

    Args:
        dividend: The polynomial to divide.
        divisor: A polynomial whose highest coefficient is one, which keeps all
            numbers whole.

    Returns:
        Quotient and remainder.

    Raises:
        ValueError: If the highest coefficient of the divisor is not one.

    Examples:
        >>> divide([-1, 0, 1], [-1, 1])
        ([1, 1], [])
        >>> divide([5, 0, 2], [1, 1])
        ([-2, 2], [7])
        >>> divide([3], [0, 1])
        ([], [3])
        >>> divide([1, 2], [1, 2])
        Traceback (most recent call last):
        ...
        ValueError: the divisor must begin with one
    """
    if not divisor or divisor[-1] != 1:
        raise ValueError("the divisor must begin with one")
    rest = list(dividend)
    quotient = [0] * max(len(dividend) - len(divisor) + 1, 0)
    for shift in range(len(quotient) - 1, -1, -1):
        factor = rest[shift + len(divisor) - 1]
        quotient[shift] = factor
        # This clears the highest power that is still in the remainder.
        for index, coefficient in enumerate(divisor):
            rest[shift + index] -= factor * coefficient
    return trim(quotient), trim(rest)


def derivative(coefficients: list[int], times: int = 1) -> list[int]:
    """Differentiate a polynomial, several times if wanted.

    >>> derivative([7, 3, 5])
    [3, 10]
    >>> derivative([1, 1, 1, 1], times=2)
    [2, 6]
    >>> derivative([4])
    []
    >>> derivative([1, 2], times=0)
    [1, 2]
    """
    result = list(coefficients)
    for _ in range(times):
        result = [power * c for power, c in enumerate(result)][1:]
    return result


def format_polynomial(coefficients: list[int]) -> str:
    """Write a polynomial in the notation of textbooks.

    Factors of one and powers below two are not written, and a negative sign
    takes the place of the plus between terms.

    >>> format_polynomial([1, -2, 3])
    '3x^2 - 2x + 1'
    >>> format_polynomial([0, 1])
    'x'
    >>> format_polynomial([-1, 0, 0, -1])
    '-x^3 - 1'
    >>> format_polynomial([])
    '0'
    """
    text = ""
    for power in range(len(coefficients) - 1, -1, -1):
        coefficient = coefficients[power]
        if coefficient == 0:
            continue
        variable = "" if power == 0 else "x" if power == 1 else f"x^{power}"
        size = abs(coefficient)
        number = "" if size == 1 and variable else str(size)
        if text:
            text += " - " if coefficient < 0 else " + "
        elif coefficient < 0:
            # In front of the first term the sign stands without blanks.
            text = "-"
        text += number + variable
    return text or "0"


def whole_roots(coefficients: list[int]) -> list[int]:
    """Find all whole-number roots of a polynomial.

    A root must divide the constant, which leaves few candidates. A constant of
    zero means that zero itself is a root and can be divided away.

    >>> whole_roots([6, -5, 1])
    [2, 3]
    >>> whole_roots([0, -4, 0, 1])
    [-2, 0, 2]
    >>> whole_roots([1, 0, 1])
    []
    >>> whole_roots([-1, 0, 1])
    [-1, 1]
    >>> whole_roots([])
    Traceback (most recent call last):
    ...
    ValueError: every number is a root
    """
    rest = trim(coefficients)
    if not rest:
        raise ValueError("every number is a root")
    roots: list[int] = []
    if rest[0] == 0:
        roots.append(0)
    while rest[0] == 0:
        rest = rest[1:]
    limit = abs(rest[0])
    for size in range(1, limit + 1):
        if limit % size == 0:
            roots += [x for x in (-size, size) if evaluate(rest, x) == 0]
    return sorted(roots)


def interpolate(points: list[tuple[int, int]], x: int) -> Ratio:
    """Evaluate the polynomial through given points at another place.

    Lagrange's form needs no coefficients: each point contributes a term that
    vanishes at all other points.

    Args:
        points: Pairs of place and value with different places.
        x: The place to evaluate at.

    Returns:
        The exact value.

    Raises:
        ZeroDivisionError: If two points share a place.

    Examples:
        >>> str(interpolate([(0, 1), (1, 3)], 2))
        '5'
        >>> str(interpolate([(0, 0), (2, 4), (4, 16)], 3))
        '9'
        >>> str(interpolate([(0, 0), (2, 1)], 1))
        '1/2'
        >>> str(interpolate([(1, 1), (1, 2)], 0))
        Traceback (most recent call last):
        ...
        ZeroDivisionError: ratio with zero below
    """
    total = Ratio(0)
    for i, (place, value) in enumerate(points):
        term = Ratio(value)
        for j, (other, _) in enumerate(points):
            if i != j:
                # Both differences are zero only at the other points' places.
                term = term * Ratio(x - other, place - other)
        total = total + term
    return total


def bisect_root(
    function: Callable[[float], float], low: float, high: float, steps: int = 20
) -> float:
    """Close in on a root between two places with values of different sign.

    Halving is slow but cannot run away, unlike methods that follow the slope.

    Args:
        function: A continuous function.
        low: A place to the left of the root.
        high: A place to the right of the root.
        steps: How often to halve at most.

    Returns:
        A place near the root, or exactly on it if it was hit.

    Raises:
        ValueError: If both ends lie on the same side of zero.

    Examples:
        >>> bisect_root(lambda x: x - 3, 0, 4)
        3.0
        >>> bisect_root(lambda x: x * x - 2, 0, 2, steps=4)
        1.4375
        >>> bisect_root(lambda x: 1 - x, 0, 8, steps=1)
        2.0
        >>> bisect_root(lambda x: x + 1, 0, 5)
        Traceback (most recent call last):
        ...
        ValueError: no change of sign between 0 and 5
    """
    falling = function(low) > 0
    if falling == (function(high) > 0):
        raise ValueError(f"no change of sign between {low} and {high}")
    middle = (low + high) / 2
    for _ in range(steps):
        value = function(middle)
        if value == 0:
            break
        # The half that still contains a change of sign is kept.
        if (value > 0) == falling:
            low = middle
        else:
            high = middle
        middle = (low + high) / 2
    return middle
