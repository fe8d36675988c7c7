# SPDX-License-Identifier: MIT OR Apache-2.0
"""Tests of dates, spans, schedules, prices and summaries."""

from __future__ import annotations

import pytest

from dates import (
    InvalidDate,
    add_months,
    age_on,
    check_date,
    days_in_month,
    format_duration,
    from_ordinal,
    is_leap,
    nth_weekday,
    parse_duration,
    to_ordinal,
    weekday,
)
from intervals import (
    assign_rooms,
    busiest_moment,
    find_gaps,
    format_pages,
    merge_spans,
    parse_pages,
    subtract_spans,
)
from measures import histogram, longest_streak, median, modes, moving_average, ranks
from pricing import add_tax, format_money, parse_money, round_half_even, tiered_price
from schedules import backoff_delays, next_time, parse_cron_field, round_robin


@pytest.mark.parametrize("year, expected", [(2020, True), (2100, False), (2400, True)])
def test_is_leap(year: int, expected: bool) -> None:
    assert is_leap(year) == expected


@pytest.mark.parametrize(
    "date, months, expected",
    [
        ((2023, 1, 31), 1, (2023, 2, 28)),
        ((2023, 12, 1), 1, (2024, 1, 1)),
        ((2023, 1, 1), -1, (2022, 12, 1)),
        ((2024, 2, 29), 12, (2025, 2, 28)),
    ],
)
def test_add_months(
    date: tuple[int, int, int], months: int, expected: tuple[int, int, int]
) -> None:
    assert add_months(date, months) == expected


@pytest.mark.parametrize(
    "date, name", [((2023, 10, 1), "Sun"), ((1969, 7, 20), "Sun"), ((2000, 2, 29), "Tue")]
)
def test_weekday(date: tuple[int, int, int], name: str) -> None:
    assert weekday(date) == name


def test_calendar() -> None:
    assert days_in_month(2000, 2) == 29
    assert to_ordinal((2, 3, 1)) == 425
    assert from_ordinal(425) == (2, 3, 1)
    assert nth_weekday(2023, 5, "Mon", -1) == (2023, 5, 29)
    assert age_on((1999, 12, 31), (2000, 12, 30)) == 0


def test_dates_that_do_not_exist() -> None:
    with pytest.raises(InvalidDate):
        check_date((2023, 4, 31))


def test_durations() -> None:
    assert parse_duration("1d 2h") == 93600
    assert format_duration(93600) == "1d 2h"
    assert format_duration(59) == "59s"


def test_spans() -> None:
    assert merge_spans([(1, 4), (2, 3), (4, 6), (8, 9)]) == [(1, 6), (8, 9)]
    assert find_gaps([(2, 3)], (0, 5)) == [(0, 2), (3, 5)]
    assert subtract_spans([(0, 9)], [(1, 2), (4, 5)]) == [(0, 1), (2, 4), (5, 9)]
    assert busiest_moment([(0, 3), (1, 2), (1, 4)]) == (1, 3)
    assert assign_rooms([(1, 3), (2, 4), (3, 5), (2, 3)]) == [0, 2, 0, 1]


@pytest.mark.parametrize(
    "text, pages", [("1,3-4", [1, 3, 4]), ("9-9,8", [9, 8]), ("2-3,3-4", [2, 3, 4])]
)
def test_parse_pages(text: str, pages: list[int]) -> None:
    assert parse_pages(text) == pages


def test_format_pages_joins_runs() -> None:
    assert format_pages([10, 12, 11, 1]) == "1,10-12"


@pytest.mark.parametrize(
    "values, expected", [([3, 1, 2], 2), ([1, 2], 1.5), ([-5, -5, 10, 0], -2.5)]
)
def test_median(values: list[float], expected: float) -> None:
    assert median(values) == expected


def test_summaries() -> None:
    assert modes([4, 4, 7, 7, 1]) == [4, 7]
    assert ranks([9, 9, 1]) == [2.5, 2.5, 1.0]
    assert histogram([1, 2, 3, 4], [1, 3, 5]) == [2, 2]
    assert moving_average([1, 2, 3], 2) == [1.0, 1.5, 2.5]
    assert longest_streak([3, 4, 1, 2, 3]) == (2, 3)


@pytest.mark.parametrize(
    "text, low, high, expected",
    [("1,2", 0, 5, [1, 2]), ("*/2", 0, 5, [0, 2, 4]), ("2-4", 0, 5, [2, 3, 4])],
)
def test_parse_cron_field(text: str, low: int, high: int, expected: list[int]) -> None:
    assert parse_cron_field(text, low, high) == expected


def test_schedules() -> None:
    assert next_time((8, 59), "0", "9-17") == (9, 0)
    assert backoff_delays(6, first=10) == [10, 20, 40, 60, 60]
    assert round_robin({"x": 2, "y": 2}, 1) == [("x", 3), ("y", 4)]


@pytest.mark.parametrize(
    "cents, text", [(1, "$0.01"), (100000, "$1,000.00"), (-99999, "-$999.99")]
)
def test_format_money(cents: int, text: str) -> None:
    assert format_money(cents) == text


def test_money() -> None:
    assert parse_money("1.000,00") == 100000
    assert parse_money("7") == 700
    assert round_half_even(25, 10) == 2
    assert round_half_even(35, 10) == 4
    assert add_tax(12345, 19) == (2346, 14691)
    assert tiered_price(15, [(10, 5), (10, 4)]) == 70
