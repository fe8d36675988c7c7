# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of the sorting methods."""

from __future__ import annotations

import unittest

import pytest

from sorting import (
    counting_sort,
    heap_sort,
    insertion_sort,
    largest,
    merge_sort,
    merge_sorted,
    natural_key,
    quickselect,
    radix_sort,
    sort_by_keys,
)


class ComparisonSortTests(unittest.TestCase):
    """Sorts that compare values with each other."""

    def test_insertion_sort_of_reversed_input(self) -> None:
        self.assertEqual(insertion_sort([4, 3, 2, 1]), [1, 2, 3, 4])

    def test_insertion_sort_keeps_negative_numbers(self) -> None:
        self.assertEqual(insertion_sort([0, -2, 2, -1]), [-2, -1, 0, 2])

    def test_heap_sort_with_equal_values(self) -> None:
        self.assertEqual(heap_sort([2, 9, 2, 9]), [2, 2, 9, 9])

    def test_heap_sort_of_one_value(self) -> None:
        self.assertEqual(heap_sort([3]), [3])

    def test_merge_sort_counts_inversions(self) -> None:
        self.assertEqual(merge_sort([3, 1, 2]), ([1, 2, 3], 2))

    def test_merge_sort_of_sorted_input(self) -> None:
        self.assertEqual(merge_sort([1, 2, 3, 4]), ([1, 2, 3, 4], 0))


class DigitSortTests(unittest.TestCase):
    """Sorts that look at the numbers themselves."""

    def test_counting_sort_uses_the_full_range(self) -> None:
        self.assertEqual(counting_sort([4, 0, 4, 2], 4), [0, 2, 4, 4])

    def test_counting_sort_refuses_large_numbers(self) -> None:
        with self.assertRaises(ValueError):
            counting_sort([1, 6], 5)

    def test_radix_sort_with_different_lengths(self) -> None:
        self.assertEqual(radix_sort([802, 2, 24, 45]), [2, 24, 45, 802])

    def test_radix_sort_in_base_sixteen(self) -> None:
        self.assertEqual(radix_sort([255, 16, 15], base=16), [15, 16, 255])


@pytest.mark.parametrize(
    "values, rank, expected",
    [
        ([5, 3, 1], 0, 1),
        ([5, 3, 1], 2, 5),
        ([2, 2, 2], 1, 2),
        ([8, 1, 9, 3, 7], 2, 7),
    ],
)
def test_quickselect(values: list[int], rank: int, expected: int) -> None:
    assert quickselect(values, rank) == expected


@pytest.mark.parametrize(
    "values, count, expected",
    [([1, 5, 3], 1, [5]), ([2, 2, 1], 2, [2, 2]), ([6], 3, [6])],
)
def test_largest(values: list[int], count: int, expected: list[int]) -> None:
    assert largest(values, count) == expected


def test_quickselect_refuses_a_rank_behind_the_end() -> None:
    with pytest.raises(IndexError):
        quickselect([1, 2], 2)


def test_merge_keeps_duplicates() -> None:
    assert list(merge_sorted([1, 3], [1, 2])) == [1, 1, 2, 3]


def test_merge_by_absolute_value() -> None:
    assert list(merge_sorted([-1, 4], [2, -3], key=abs)) == [-1, 2, -3, 4]


def test_rows_keep_their_order_on_ties() -> None:
    assert sort_by_keys([{"k": "b", "n": "1"}, {"k": "a"}, {"k": "b", "n": "0"}],
                        ["k"]) == [{"k": "a"}, {"k": "b", "n": "1"},
                                   {"k": "b", "n": "0"}]


def test_natural_key_joins_digits() -> None:
    assert natural_key("x07y") == [(1, 0, "x"), (0, 7, ""), (1, 0, "y")]


def test_natural_order_of_chapters() -> None:
    assert sorted(["ch12", "ch2", "ch1"], key=natural_key) == ["ch1", "ch2", "ch12"]
