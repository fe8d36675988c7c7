# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of whole-number arithmetic, bits and polynomials."""

from __future__ import annotations

import pytest

from bits import count_ones, decode_varints, encode_varint, gray_code, hamming_distance
from integers import (
    count_divisors,
    digit_cycle,
    extended_gcd,
    factorize,
    from_base,
    from_roman,
    gcd,
    integer_root,
    power_modulo,
    primes_below,
    to_base,
    to_roman,
)
from matrices import determinant, is_magic, saddle_points
from polynomials import divide, evaluate, format_polynomial, multiply, whole_roots


@pytest.mark.parametrize(
    "first, second, expected",
    [(12, 18, 6), (18, 12, 6), (35, 64, 1), (0, 5, 5), (-21, 14, 7)],
)
def test_gcd(first: int, second: int, expected: int) -> None:
    assert gcd(first, second) == expected


@pytest.mark.parametrize(
    "number, base, text",
    [(8, 2, "1000"), (-8, 3, "-22"), (1295, 36, "zz"), (0, 10, "0"), (511, 8, "777")],
)
def test_to_base(number: int, base: int, text: str) -> None:
    assert to_base(number, base) == text


@pytest.mark.parametrize(
    "text, base, number", [("1000", 2, 8), ("-22", 3, -8), ("7_77", 8, 511)]
)
def test_from_base(text: str, base: int, number: int) -> None:
    assert from_base(text, base) == number


@pytest.mark.parametrize(
    "number, text", [(4, "IV"), (49, "XLIX"), (944, "CMXLIV"), (2024, "MMXXIV")]
)
def test_to_roman(number: int, text: str) -> None:
    assert to_roman(number) == text


def test_roman_numerals_are_read_strictly() -> None:
    assert from_roman("XCIX") == 99
    with pytest.raises(ValueError):
        from_roman("IC")


def test_factors_of_a_square() -> None:
    assert factorize(36) == [(2, 2), (3, 2)]


def test_factors_of_a_product_of_two_primes() -> None:
    assert factorize(221) == [(13, 1), (17, 1)]


def test_primes_end_before_the_limit() -> None:
    assert primes_below(13) == [2, 3, 5, 7, 11]


def test_divisors_of_a_highly_composite_number() -> None:
    assert count_divisors(60) == 12


def test_bezout_coefficients() -> None:
    assert extended_gcd(99, 78) == (3, -11, 14)


def test_roots_are_rounded_down() -> None:
    assert integer_root(99) == 9
    assert integer_root(64, 3) == 4
    assert integer_root(63, 3) == 3


def test_powers_modulo() -> None:
    assert power_modulo(7, 4, 10) == 1
    assert power_modulo(2, 16, 17) == 1


def test_cycles_of_decimals() -> None:
    assert digit_cycle(1, 12) == ("08", "3")
    assert digit_cycle(2, 11) == ("", "18")


@pytest.mark.parametrize("number, expected", [(7, 3), (8, 1), (170, 4)])
def test_count_ones(number: int, expected: int) -> None:
    assert count_ones(number) == expected


def test_varints_at_the_borders_of_bytes() -> None:
    assert encode_varint(16383) == [255, 127]
    assert encode_varint(16384) == [128, 128, 1]
    assert decode_varints([128, 128, 1, 7]) == [16384, 7]


def test_gray_code_of_three_bits() -> None:
    assert gray_code(3) == ["000", "001", "011", "010", "110", "111", "101", "100"]


def test_distance_of_equal_words() -> None:
    assert hamming_distance("1011", "1011") == 0


@pytest.mark.parametrize(
    "rows, expected",
    [([[3]], 3), ([[1, 0], [0, 1]], 1), ([[0, 2], [3, 4]], -6), ([[2, 4], [1, 2]], 0)],
)
def test_determinant(rows: list[list[int]], expected: int) -> None:
    assert determinant(rows) == expected


def test_grids() -> None:
    assert is_magic([[8, 1, 6], [3, 5, 7], [4, 9, 2]]) is True
    assert saddle_points([[2, 3], [1, 0]]) == [(0, 0)]


@pytest.mark.parametrize(
    "coefficients, x, expected", [([1, 1, 1], 3, 13), ([0, 0, 2], -2, 8), ([4], 0, 4)]
)
def test_evaluate(coefficients: list[int], x: int, expected: int) -> None:
    assert evaluate(coefficients, x) == expected


def test_polynomials() -> None:
    assert multiply([1, 2], [1, -2]) == [1, 0, -4]
    assert divide([6, 5, 1], [2, 1]) == ([3, 1], [])
    assert format_polynomial([0, -1, 4]) == "4x^2 - x"
    assert whole_roots([-6, 1, 1]) == [-3, 2]
