# SPDX-License-Identifier: MIT OR Apache-2.0
"""Spans between two numbers: opening hours, bookings and ranges of pages.

All spans include their start and exclude their end, so that neighbours can touch
without sharing anything.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

Pair = tuple[int, int]


@dataclass(frozen=True, order=True)
class Span:
    """A stretch from a start up to, but not including, an end.

    Freezing the dataclass makes spans usable as dictionary keys; ordering it
    makes a plain ``sorted`` put them in order of time.

    Raises:
        ValueError: If the end comes before the start.

    Examples:
        >>> Span(9, 12).length()
        3
        >>> 12 in Span(9, 12), 9 in Span(9, 12)
        (False, True)
        >>> Span(9, 12).intersect(Span(11, 15))
        Span(start=11, end=12)
        >>> Span(1, 2).intersect(Span(2, 3)) is None
        True
        >>> sorted([Span(2, 3), Span(1, 9)])[0]
        Span(start=1, end=9)
        >>> Span(5, 4)
        Traceback (most recent call last):
        ...
        ValueError: a span cannot run from 5 back to 4
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a span cannot run from {self.start} back to {self.end}")

    def __contains__(self, point: int) -> bool:
        return self.start <= point < self.end

    def length(self) -> int:
        """Return the size of the span."""
        return self.end - self.start

    def intersect(self, other: Span) -> Span | None:
        """Return what both spans cover, or None if that is nothing."""
        start = max(self.start, other.start)
        end = min(self.end, other.end)
        # Touching spans would give an empty one, which is no common ground.
        return Span(start, end) if start < end else None


def merge_spans(spans: list[Pair]) -> list[Pair]:
    """Unite spans that overlap or touch.

    After sorting by start, a span can only reach back into the last one of the
    result, so a single pass is enough.

    Args:
        spans: The spans in any order.

    Returns:
        Separate spans in order.

    Examples:
        >>> merge_spans([(5, 7), (1, 3), (2, 4)])
        [(1, 4), (5, 7)]
        >>> merge_spans([(1, 2), (2, 3)])
        [(1, 3)]
        >>> merge_spans([(1, 10), (2, 3)])
        [(1, 10)]
        >>> merge_spans([])
        []
    """
    merged: list[Pair] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            # The earlier span may reach further than the later one.
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def find_gaps(busy: list[Pair], window: Pair, least: int = 1) -> list[Pair]:
    """List the free stretches of a window, such as a working day.

    Args:
        busy: What is taken, in any order; it may reach beyond the window.
        window: The time to look at.
        least: The shortest stretch that is of any use.

    Returns:
        The free stretches in order.

    Examples:
        >>> find_gaps([(10, 11), (13, 15)], (9, 17))
        [(9, 10), (11, 13), (15, 17)]
        >>> find_gaps([(10, 11), (13, 15)], (9, 17), least=2)
        [(11, 13), (15, 17)]
        >>> find_gaps([(0, 24)], (9, 17))
        []
        >>> find_gaps([], (9, 17))
        [(9, 17)]
    """
    opening, closing = window
    gaps: list[Pair] = []
    free_from = opening
    # An entry of no length at the closing hour ends the last gap.
    for start, end in sorted(busy) + [(closing, closing)]:
        gap_end = min(start, closing)
        if gap_end - free_from >= least:
            gaps.append((free_from, gap_end))
        free_from = max(free_from, end)
    return gaps


def subtract_spans(spans: list[Pair], holes: list[Pair]) -> list[Pair]:
    """Cut pieces out of spans.

    Args:
        spans: What there is.
        holes: What to remove.

    Returns:
        What remains, in order.

    Examples:
        >>> subtract_spans([(0, 10)], [(3, 5)])
        [(0, 3), (5, 10)]
        >>> subtract_spans([(0, 4), (6, 9)], [(2, 7)])
        [(0, 2), (7, 9)]
        >>> subtract_spans([(1, 2)], [(0, 5)])
        []
        >>> subtract_spans([(1, 2)], [])
        [(1, 2)]
    """
    remaining: list[Pair] = []
    cuts = merge_spans(holes)
    for start, end in merge_spans(spans):
        for hole_start, hole_end in cuts:
            if hole_end <= start or hole_start >= end:
                continue
            if hole_start > start:
                remaining.append((start, hole_start))
            # Whatever comes next can only begin behind this hole.
            start = hole_end
        if start < end:
            remaining.append((start, end))
    return remaining


def busiest_moment(spans: list[Pair]) -> tuple[int, int]:
    """Find when the most spans are open at once.

    Hosts size a server by this peak. Ends sort before starts of the same moment
    because a span does not include its end.

    Args:
        spans: The spans in any order.

    Returns:
        The first moment of the peak and its height.

    Examples:
        >>> busiest_moment([(1, 5), (2, 6), (5, 8)])
        (2, 2)
        >>> busiest_moment([(1, 2), (2, 3)])
        (1, 1)
        >>> busiest_moment([(0, 9), (3, 4), (3, 5)])
        (3, 3)
        >>> busiest_moment([])
        (0, 0)
    """
    changes: list[Pair] = []
    for start, end in spans:
        changes.append((start, 1))
        changes.append((end, -1))
    open_now = peak = moment = 0
    for time, change in sorted(changes):
        open_now += change
        if open_now > peak:
            peak, moment = open_now, time
    return moment, peak


def assign_rooms(meetings: list[Pair]) -> list[int]:
    """Give each meeting a room so that as few rooms as possible are used.

    Serving meetings by start and reusing any free room never needs more rooms
    than meet at the busiest moment.

    Args:
        meetings: The meetings in any order.

    Returns:
        The number of the room of each meeting, in the given order.

    Examples:
        >>> assign_rooms([(9, 11), (10, 12), (11, 13)])
        [0, 1, 0]
        >>> assign_rooms([(3, 4), (1, 2)])
        [0, 0]
        >>> assign_rooms([(1, 5), (1, 5), (1, 5)])
        [0, 1, 2]
        >>> assign_rooms([])
        []
    """
    free_at: list[int] = []
    rooms = [0] * len(meetings)
    for index in sorted(range(len(meetings)), key=meetings.__getitem__):
        start, end = meetings[index]
        for room, time in enumerate(free_at):
            if time <= start:
                break
        else:
            # Every room is taken, so another one has to be opened.
            room = len(free_at)
            free_at.append(0)
        free_at[room] = end
        rooms[index] = room
    return rooms


def fewest_covering(spans: list[Pair], window: Pair) -> list[Pair] | None:
    """Cover a window with as few spans as possible.

    Among all spans that continue the covered part, the one reaching furthest
    can replace any other without loss.

    Args:
        spans: The spans to choose from.
        window: What must be covered.

    Returns:
        The chosen spans in order, or None if a gap remains.

    Examples:
        >>> fewest_covering([(0, 4), (3, 9), (2, 6), (6, 10)], (0, 10))
        [(0, 4), (3, 9), (6, 10)]
        >>> fewest_covering([(0, 3), (4, 9)], (0, 9)) is None
        True
        >>> fewest_covering([(0, 9), (2, 3)], (1, 5))
        [(0, 9)]
        >>> fewest_covering([], (4, 4))
        []
    """
    covered, goal = window
    chosen: list[Pair] = []
    while covered < goal:
        best: Pair | None = None
        for start, end in spans:
            if start <= covered < end and (best is None or end > best[1]):
                best = (start, end)
        if best is None:
            return None
        chosen.append(best)
        covered = best[1]
    return chosen


def parse_pages(text: str) -> list[int]:
    """Read a list of pages as typed into a print dialog.

    Duplicates are dropped, but the order is kept: some people print backwards
    on purpose.

    Args:
        text: Numbers and ranges, separated by commas.

    Returns:
        The pages to print.

    Raises:
        ValueError: If a part is no number and no rising range.

    Examples:
        >>> parse_pages("1-3, 7")
        [1, 2, 3, 7]
        >>> parse_pages("5,2-5")
        [5, 2, 3, 4]
        >>> parse_pages("4-4")
        [4]
        >>> parse_pages("3-1")
        Traceback (most recent call last):
        ...
        ValueError: bad range '3-1'
        >>> parse_pages("1,,2")
        Traceback (most recent call last):
        ...
        ValueError: bad range ''
    """
    pages: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        # A single number is a range that ends where it starts.
        last = last if dash else first
        if not (first.isdigit() and last.isdigit()) or int(first) > int(last):
            raise ValueError(f"bad range {part.strip()!r}")
        for page in range(int(first), int(last) + 1):
            if page not in pages:
                pages.append(page)
    return pages


def format_pages(pages: list[int]) -> str:
    """Write numbers in the shortest way, runs as ranges.

    Args:
        pages: The numbers in any order.

    Returns:
        Numbers and ranges, separated by commas.

    Examples:
        >>> format_pages([1, 2, 3, 7])
        '1-3,7'
        >>> format_pages([5, 4, 9, 8])
        '4-5,8-9'
        >>> format_pages([2, 2])
        '2'
        >>> format_pages([])
        ''
    """
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    parts: list[str] = []
    for first, last in runs:
        parts.append(str(first) if first == last else f"{first}-{last}")
    return ",".join(parts)


class RangeMap:
    """A table that assigns a label to every number from a lowest bound on.

    Only the lower bounds are stored, so ranges can neither overlap nor leave
    gaps: the usual defects of tables of tax rates or postage.

    Args:
        bounds: The lowest number of each label.

    Examples:
        >>> postage = RangeMap({0: "letter", 21: "large", 501: "parcel"})
        >>> postage.find(20), postage.find(21)
        ('letter', 'large')
        >>> postage.find(9999)
        'parcel'
        >>> postage.set_range(100, 200, "odd")
        >>> [postage.find(weight) for weight in (99, 100, 200)]
        ['large', 'odd', 'large']
        >>> postage.find(-1)
        Traceback (most recent call last):
        ...
        KeyError: -1
    """

    def __init__(self, bounds: dict[int, str]) -> None:
        self.starts = sorted(bounds)
        self.labels = [bounds[start] for start in self.starts]

    def find(self, number: int) -> str:
        """Return the label of a number."""
        place = bisect_right(self.starts, number) - 1
        if place < 0:
            raise KeyError(number)
        return self.labels[place]

    def set_range(self, start: int, end: int, label: str) -> None:
        """Relabel the numbers from start up to, but not including, end."""
        # What lay at the end must go on there after the change.
        resumed = self.find(end)
        kept = {
            bound: name
            for bound, name in zip(self.starts, self.labels)
            if not start <= bound <= end
        }
        kept[start] = label
        kept[end] = resumed
        self.starts = sorted(kept)
        self.labels = [kept[bound] for bound in self.starts]
