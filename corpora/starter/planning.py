# SPDX-License-Identifier: MIT OR Apache-2.0
"""Choosing the best plan: dynamic programming and greedy scheduling."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from typing import NamedTuple


class Activity(NamedTuple):
    """Something that occupies a room from a start up to an end hour.

    Sharing the boundary hour is not a conflict, because one meeting may begin
    when another ends.

    Attributes:
        name: A label for people.
        start: The first hour used.
        end: The first hour free again.

    Examples:
        >>> Activity("call", 9, 10).length()
        1
        >>> Activity("a", 9, 11).overlaps(Activity("b", 10, 12))
        True
        >>> Activity("a", 9, 10).overlaps(Activity("b", 10, 12))
        False
        >>> Activity("z", 1, 2) < Activity("a", 5, 6)
        False
        >>> Activity("a", 1, 4)._replace(end=2)
        Activity(name='a', start=1, end=2)
    """

    name: str
    start: int
    end: int

    def length(self) -> int:
        """Return the number of hours used."""
        return self.end - self.start

    def overlaps(self, other: Activity) -> bool:
        """Say whether both need the room in the same hour."""
        # Two half-open spans meet exactly if each starts before the other ends.
        return self.start < other.end and other.start < self.end


def pack_knapsack(
    items: list[tuple[str, int, int]], capacity: int
) -> tuple[int, list[str]]:
    """Choose items of the greatest total value that fit a weight limit.

    Args:
        items: Each item as (name, weight, value).
        capacity: The greatest total weight.

    Returns:
        The best value and the names of the chosen items in the given order.

    Raises:
        ValueError: If the capacity is negative.

    Examples:
        >>> pack_knapsack([("map", 1, 2), ("tent", 3, 4), ("rope", 2, 3)], 3)
        (5, ['map', 'rope'])
        >>> pack_knapsack([("anvil", 9, 99)], 4)
        (0, [])
        >>> pack_knapsack([], 2)
        (0, [])
        >>> pack_knapsack([("a", 2, 5), ("b", 2, 5)], 2)
        (5, ['a'])
        >>> pack_knapsack([], -1)
        Traceback (most recent call last):
        ...
        ValueError: negative capacity
    """
    if capacity < 0:
        raise ValueError("negative capacity")
    best: list[tuple[int, list[str]]] = [(0, [])] * (capacity + 1)
    for name, weight, value in items:
        # Going downwards reads only entries from before this item.
        for room in range(capacity, weight - 1, -1):
            rest_value, rest_names = best[room - weight]
            if rest_value + value > best[room][0]:
                best[room] = (rest_value + value, rest_names + [name])
    return best[capacity]


def fewest_coins(coins: list[int], amount: int) -> list[int] | None:
    """Pay an amount with as few coins as possible.

    Always taking the largest coin fails for uneven coin sets, so every smaller
    amount is solved first.

    Args:
        coins: The available coin values; each may be used many times.
        amount: The sum to pay.

    Returns:
        The coins in falling order, or None if the amount cannot be paid.

    Examples:
        >>> fewest_coins([1, 3, 4], 6)
        [3, 3]
        >>> fewest_coins([5, 2], 9)
        [5, 2, 2]
        >>> fewest_coins([5], 3) is None
        True
        >>> fewest_coins([7], 0)
        []
        >>> fewest_coins([], 1) is None
        True
    """
    ways: list[list[int] | None] = [[]]
    for total in range(1, amount + 1):
        best: list[int] | None = None
        for coin in coins:
            # A coin larger than the total would index from the wrong end.
            before = ways[total - coin] if coin <= total else None
            if before is not None and (best is None or len(before) + 1 < len(best)):
                best = before + [coin]
        ways.append(best)
    answer = ways[amount]
    return None if answer is None else sorted(answer, reverse=True)


def longest_increasing(values: list[int]) -> list[int]:
    """Find a longest strictly rising subsequence.

    Args:
        values: The numbers to choose from, whose order is kept.

    Returns:
        The chosen numbers.

    Examples:
        >>> longest_increasing([3, 1, 4, 1, 5, 2])
        [1, 4, 5]
        >>> longest_increasing([9, 7, 5])
        [5]
        >>> longest_increasing([])
        []
        >>> longest_increasing([2, 2, 2, 3])
        [2, 3]
    """
    ends: list[int] = []
    chains: list[list[int]] = []
    for value in values:
        # bisect_left makes an equal value replace its twin instead of extending.
        length = bisect_left(ends, value)
        chain = (chains[length - 1] if length else []) + [value]
        ends[length:length + 1] = [value]
        chains[length:length + 1] = [chain]
    return chains[-1] if chains else []


def longest_common(first: str, second: str) -> str:
    """Find a longest text contained, with gaps, in both texts.

    Difference viewers keep these characters and show all others as changes.

    Args:
        first: The old text.
        second: The new text.

    Returns:
        The common characters in order.

    Examples:
        >>> longest_common("stone", "tune")
        'tne'
        >>> longest_common("abc", "xyz")
        ''
        >>> longest_common("", "a")
        ''
        >>> longest_common("aab", "aba")
        'ab'
        >>> longest_common("ab", "ab")
        'ab'
    """
    above = [""] * (len(second) + 1)
    for letter in first:
        row = [""]
        for column, other in enumerate(second):
            if letter == other:
                # Only the diagonal entry has used neither of the two letters.
                row.append(above[column] + letter)
            else:
                row.append(max(row[-1], above[column + 1], key=len))
        above = row
    return above[-1]


def cooldown_length(tasks: str, gap: int) -> int:
    """Count the ticks needed when equal tasks must keep a distance.

    Each letter is one task of one tick. The most frequent kind builds the frame
    of the plan and all others fill its holes.

    Args:
        tasks: The kinds of the tasks, in any order.
        gap: Ticks that must lie between two tasks of one kind.

    Returns:
        The length of the shortest plan, idle ticks included.

    Examples:
        >>> cooldown_length("AAAB", 2)
        7
        >>> cooldown_length("AABBC", 1)
        5
        >>> cooldown_length("", 3)
        0
        >>> cooldown_length("AAA", 0)
        3
        >>> cooldown_length("AABB", 2)
        5
    """
    if not tasks:
        return 0
    counts = Counter(tasks)
    most = max(counts.values())
    rivals = sum(1 for count in counts.values() if count == most)
    # Frames of one task and its gap, then a last frame without trailing idling.
    framed = (most - 1) * (gap + 1) + rivals
    return max(framed, len(tasks))


def select_activities(activities: list[Activity]) -> list[str]:
    """Choose as many activities as one room can host.

    Taking the earliest end leaves the most time for the rest, so the greedy
    choice can never be worse than another.

    Args:
        activities: The candidates in any order.

    Returns:
        The names of the chosen ones in order of time.

    Examples:
        >>> select_activities([Activity("long", 8, 14), Activity("a", 9, 10),
        ...                    Activity("b", 10, 12)])
        ['a', 'b']
        >>> select_activities([])
        []
        >>> select_activities([Activity("x", 1, 3), Activity("y", 2, 3)])
        ['x']
        >>> select_activities([Activity("p", 5, 6), Activity("q", 1, 6)])
        ['q']
    """
    chosen: list[Activity] = []
    # The start breaks ties, so equal ends give the same plan on every run.
    for activity in sorted(activities, key=lambda a: (a.end, a.start)):
        if not chosen or not activity.overlaps(chosen[-1]):
            chosen.append(activity)
    return [activity.name for activity in chosen]


def best_paid_shifts(shifts: list[tuple[int, int, int]]) -> int:
    """Earn the most from shifts that must not overlap.

    Args:
        shifts: Each shift as (start, end, pay).

    Returns:
        The greatest total pay.

    Raises:
        ValueError: If a shift does not end after its start.

    Examples:
        >>> best_paid_shifts([(1, 3, 5), (2, 5, 8), (4, 6, 4)])
        9
        >>> best_paid_shifts([(1, 9, 7), (2, 3, 3), (3, 4, 3)])
        7
        >>> best_paid_shifts([])
        0
        >>> best_paid_shifts([(0, 2, 1), (2, 4, 1)])
        2
        >>> best_paid_shifts([(4, 4, 1)])
        Traceback (most recent call last):
        ...
        ValueError: empty shift at 4
    """
    ends = [0]
    totals = [0]
    for start, end, pay in sorted(shifts, key=lambda shift: shift[1]):
        if end <= start:
            raise ValueError(f"empty shift at {start}")
        # The last plan that is over by the start of this shift.
        before = bisect_right(ends, start) - 1
        ends.append(end)
        totals.append(max(totals[-1], totals[before] + pay))
    return totals[-1]


def cheapest_path(grid: list[list[int]]) -> tuple[int, str]:
    """Cross a grid of costs from the top left to the bottom right corner.

    Only steps right and down are allowed, so each cell depends on two others.

    Args:
        grid: Rows of equal length with the cost of entering each cell.

    Returns:
        The total cost and the steps as letters, R or D.

    Examples:
        >>> cheapest_path([[1, 2], [5, 1]])
        (4, 'RD')
        >>> cheapest_path([[7]])
        (7, '')
        >>> cheapest_path([[1, 1, 1]])
        (3, 'RR')
        >>> cheapest_path([[0, 9, 9], [0, 0, 9], [9, 0, 0]])
        (0, 'DRDR')
    """
    best: dict[tuple[int, int], tuple[int, str]] = {}
    for r, row in enumerate(grid):
        for c, cost in enumerate(row):
            options = []
            if r > 0:
                total, steps = best[r - 1, c]
                options.append((total + cost, steps + "D"))
            if c > 0:
                total, steps = best[r, c - 1]
                options.append((total + cost, steps + "R"))
            # Only the start has no way in; equal costs fall to the letter.
            best[r, c] = min(options) if options else (cost, "")
    return best[len(grid) - 1, len(grid[0]) - 1]


def split_evenly(weights: list[int]) -> tuple[list[int], list[int]]:
    """Divide weights among two carriers as fairly as possible.

    Args:
        weights: Positive whole numbers.

    Returns:
        The lighter load, then the heavier one.

    Examples:
        >>> split_evenly([3, 1, 4, 2])
        ([1, 4], [3, 2])
        >>> split_evenly([10, 1, 2])
        ([1, 2], [10])
        >>> split_evenly([])
        ([], [])
        >>> split_evenly([6])
        ([], [6])
    """
    reachable: dict[int, list[int]] = {0: []}
    for index, weight in enumerate(weights):
        # The copy keeps this weight from being added to its own results.
        for total, used in list(reachable.items()):
            reachable.setdefault(total + weight, used + [index])
    half = sum(weights) // 2
    best = max(total for total in reachable if total <= half)
    light = [weights[i] for i in reachable[best]]
    heavy = [w for i, w in enumerate(weights) if i not in reachable[best]]
    return light, heavy
