# SPDX-License-Identifier: MIT OR Apache-2.0
"""Calendar arithmetic on plain numbers, without any clock.

A date is a tuple of year, month and day of the Gregorian calendar, which sorts
correctly by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

Date = tuple[int, int, int]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class InvalidDate(ValueError):
    """A date that is not in the calendar.

    :param date: the offending date

    >>> InvalidDate((2021, 2, 29)).date
    (2021, 2, 29)
    >>> str(InvalidDate((1999, 13, 1)))
    '1999-13-01 does not exist'
    >>> raise InvalidDate((2020, 0, 7))
    Traceback (most recent call last):
    ...
    dates.InvalidDate: 2020-00-07 does not exist
    """

    def __init__(self, date: Date) -> None:
        year, month, day = date
        super().__init__(f"{year}-{month:02}-{day:02} does not exist")
        self.date = date


def is_leap(year: int) -> bool:
    """Say whether a year has a 29th of February.

    >>> is_leap(2024)
    True
    >>> is_leap(1900)
    False
    >>> is_leap(2000)
    True
    >>> is_leap(2023)
    False
    """
    # A year of 365.2425 days needs 97 leap days in 400 years.
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """Return the length of a month.

    >>> days_in_month(2023, 2)
    28
    >>> days_in_month(2024, 2)
    29
    >>> days_in_month(2023, 11)
    30
    >>> days_in_month(2023, 13)
    Traceback (most recent call last):
    ...
    ValueError: no month 13
    """
    if not 1 <= month <= 12:
        raise ValueError(f"no month {month}")
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def check_date(date: Date) -> Date:
    """Return a date unchanged, or refuse one that does not exist.

    :param date: the date to check
    :returns: the same date, so that the check can stand inside an expression
    :raises InvalidDate: if month or day is out of range

    >>> check_date((2024, 2, 29))
    (2024, 2, 29)
    >>> check_date((2023, 12, 31))
    (2023, 12, 31)
    >>> check_date((2023, 2, 29))
    Traceback (most recent call last):
    ...
    dates.InvalidDate: 2023-02-29 does not exist
    >>> check_date((2023, 0, 1))
    Traceback (most recent call last):
    ...
    dates.InvalidDate: 2023-00-01 does not exist
    """
    year, month, day = date
    # The month is checked first because the length of month 13 is undefined.
    if not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        raise InvalidDate(date)
    return date


def to_ordinal(date: Date) -> int:
    """Count the days since the end of the year zero.

    Differences between dates become plain subtraction once both are counted.

    :param date: the date
    :returns: the number of the day, one for the first day of year one

    >>> to_ordinal((1, 1, 1))
    1
    >>> to_ordinal((1970, 1, 1))
    719163
    >>> to_ordinal((2024, 3, 1)) - to_ordinal((2024, 2, 28))
    2
    >>> to_ordinal((4, 12, 31))
    1461
    """
    year, month, day = check_date(date)
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    for earlier in range(1, month):
        days += days_in_month(year, earlier)
    return days + day


def from_ordinal(ordinal: int) -> Date:
    """Turn a count of days back into a date.

    The first guess assumes long years and so is never too late; it is then
    corrected upwards.

    :param ordinal: a number of a day, at least one
    :returns: the date

    >>> from_ordinal(1)
    (1, 1, 1)
    >>> from_ordinal(719163)
    (1970, 1, 1)
    >>> from_ordinal(366)
    (2, 1, 1)
    >>> from_ordinal(to_ordinal((2000, 12, 31)))
    (2000, 12, 31)
    """
    year = ordinal // 366 + 1
    while to_ordinal((year + 1, 1, 1)) <= ordinal:
        year += 1
    rest = ordinal - to_ordinal((year, 1, 1)) + 1
    month = 1
    while rest > days_in_month(year, month):
        rest -= days_in_month(year, month)
        month += 1
    return year, month, rest


def weekday(date: Date) -> str:
    """Name the day of the week.

    >>> weekday((2024, 2, 29))
    'Thu'
    >>> weekday((1970, 1, 1))
    'Thu'
    >>> weekday((2000, 1, 1))
    'Sat'
    >>> weekday((1, 1, 1))
    'Mon'
    """
    # The calendar was laid out so that the very first day is a Monday.
    return WEEKDAYS[(to_ordinal(date) - 1) % 7]


def add_months(date: Date, months: int) -> Date:
    """Move a date by whole months, as subscriptions are renewed.

    A day that the target month lacks becomes its last day. Therefore moving
    forth and back does not always return to the start.

    :param date: the date to move
    :param months: how far, negative for the past
    :returns: the moved date

    >>> add_months((2024, 1, 31), 1)
    (2024, 2, 29)
    >>> add_months((2023, 11, 15), 3)
    (2024, 2, 15)
    >>> add_months((2024, 3, 31), -1)
    (2024, 2, 29)
    >>> add_months((2024, 1, 5), -13)
    (2022, 12, 5)
    >>> add_months((2020, 6, 30), 0)
    (2020, 6, 30)
    """
    year, month, day = check_date(date)
    # Counting months from zero lets one division handle both directions.
    year, index = divmod(year * 12 + month - 1 + months, 12)
    month = index + 1
    return year, month, min(day, days_in_month(year, month))


def age_on(birth: Date, today: Date) -> int:
    """Count the completed years of life.

    :param birth: the day of birth
    :param today: the day to count on
    :returns: the age
    :raises ValueError: if the birth lies in the future

    >>> age_on((1990, 6, 15), (2020, 6, 14))
    29
    >>> age_on((1990, 6, 15), (2020, 6, 15))
    30
    >>> age_on((2000, 2, 29), (2001, 2, 28))
    0
    >>> age_on((2020, 1, 2), (2020, 1, 1))
    Traceback (most recent call last):
    ...
    ValueError: not born yet
    """
    if today < birth:
        raise ValueError("not born yet")
    years = today[0] - birth[0]
    # The year is complete only if month and day have been reached.
    if today[1:] < birth[1:]:
        years -= 1
    return years


def working_days(start: Date, end: Date, holidays: set[Date]) -> int:
    """Count the days from Monday to Friday that are no holidays.

    :param start: the first day of the span
    :param end: the day behind the span
    :param holidays: days off, whichever day of the week they fall on
    :returns: the count, zero for an empty span

    >>> working_days((2024, 4, 29), (2024, 5, 6), {(2024, 5, 1)})
    4
    >>> working_days((2024, 6, 1), (2024, 6, 3), set())
    0
    >>> working_days((2024, 6, 3), (2024, 6, 5), {(2024, 6, 8)})
    2
    >>> working_days((2024, 6, 5), (2024, 6, 1), set())
    0
    """
    count = 0
    for ordinal in range(to_ordinal(start), to_ordinal(end)):
        # Ordinals are taken modulo a week from a Monday, as in weekday().
        if (ordinal - 1) % 7 < 5 and from_ordinal(ordinal) not in holidays:
            count += 1
    return count


def nth_weekday(year: int, month: int, day: str, nth: int) -> Date:
    """Find a date such as the second Tuesday or the last Friday of a month.

    :param year: the year
    :param month: the month
    :param day: a name of a day such as ``Fri``
    :param nth: counted from one, or from the end if negative
    :returns: the date
    :raises InvalidDate: if the month has fewer such days

    >>> nth_weekday(2024, 11, "Thu", 4)
    (2024, 11, 28)
    >>> nth_weekday(2024, 3, "Sun", -1)
    (2024, 3, 31)
    >>> nth_weekday(2024, 7, "Mon", 1)
    (2024, 7, 1)
    >>> nth_weekday(2024, 2, "Fri", 5)
    Traceback (most recent call last):
    ...
    dates.InvalidDate: 2024-02-30 does not exist
    """
    wanted = WEEKDAYS.index(day)
    if nth > 0:
        first = WEEKDAYS.index(weekday((year, month, 1)))
        number = 1 + (wanted - first) % 7 + 7 * (nth - 1)
    else:
        length = days_in_month(year, month)
        last = WEEKDAYS.index(weekday((year, month, length)))
        number = length - (last - wanted) % 7 + 7 * (nth + 1)
    return check_date((year, month, number))


def repeat_monthly(start: Date, until: Date) -> Iterator[Date]:
    """Yield the due dates of a monthly payment.

    Each date is computed from the start and not from the one before it, or a
    single short month would shift all later payments.

    :param start: the first due date
    :param until: the last possible due date
    :returns: the dates in order

    >>> list(repeat_monthly((2023, 1, 31), (2023, 4, 1)))
    [(2023, 1, 31), (2023, 2, 28), (2023, 3, 31)]
    >>> list(repeat_monthly((2023, 12, 5), (2024, 1, 5)))
    [(2023, 12, 5), (2024, 1, 5)]
    >>> list(repeat_monthly((2023, 5, 2), (2023, 5, 1)))
    []
    """
    months = 0
    due = start
    while due <= until:
        yield due
        months += 1
        due = add_months(start, months)


def easter(year: int) -> Date:
    """Compute Easter Sunday of a Gregorian year.

    The method of the anonymous correspondent to Nature follows the tables of
    the church, not the real moon.

    >>> easter(2024)
    (2024, 3, 31)
    >>> easter(2000)
    (2000, 4, 23)
    >>> easter(1818)
    (1818, 3, 22)
    >>> easter(2038)
    (2038, 4, 25)
    """
    golden = year % 19
    century, rest = divmod(year, 100)
    # Centuries that are no leap years delay the moon by a day each.
    shift = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    moon = shift - (shift // 28) * (1 - (29 // (shift + 1)) * ((21 - golden) // 11))
    sunday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    offset = moon - sunday
    month = 3 + (offset + 40) // 44
    return year, month, offset + 28 - 31 * (month // 4)


def parse_duration(text: str) -> int:
    """Read a duration such as ``1h 30m`` in seconds.

    Units must fall in size and may not repeat, as ``5m 1h`` is more likely a
    mistake than a wish.

    :param text: counts with the units d, h, m and s
    :returns: the number of seconds
    :raises ValueError: for unknown, repeated or badly ordered units

    >>> parse_duration("1h 30m")
    5400
    >>> parse_duration("2d")
    172800
    >>> parse_duration("")
    0
    >>> parse_duration("5m 1h")
    Traceback (most recent call last):
    ...
    ValueError: 'h' may not follow here
    >>> parse_duration("10x")
    Traceback (most recent call last):
    ...
    ValueError: bad duration '10x'
    """
    allowed = list(SECONDS)
    total = 0
    for part in text.split():
        count, unit = part[:-1], part[-1]
        if unit not in SECONDS or not count.isdigit():
            raise ValueError(f"bad duration {part!r}")
        if unit not in allowed:
            raise ValueError(f"{unit!r} may not follow here")
        total += int(count) * SECONDS[unit]
        # Only the units behind this one are left for later parts.
        allowed = allowed[allowed.index(unit) + 1:]
    return total


def format_duration(seconds: int, parts: int = 2) -> str:
    """Write a duration with its most important units.

    Nobody wants to read the seconds of a wait of three days, so small units are
    cut off and not rounded.

    :param seconds: the duration, not negative
    :param parts: how many units to show at most
    :returns: the text

    >>> format_duration(5400)
    '1h 30m'
    >>> format_duration(90061)
    '1d 1h'
    >>> format_duration(90061, parts=4)
    '1d 1h 1m 1s'
    >>> format_duration(0)
    '0s'
    >>> format_duration(3601)
    '1h 1s'
    """
    words: list[str] = []
    for unit, size in SECONDS.items():
        count, seconds = divmod(seconds, size)
        if count and len(words) < parts:
            words.append(f"{count}{unit}")
    return " ".join(words) or "0s"
