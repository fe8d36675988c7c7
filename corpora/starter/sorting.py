# SPDX-License-Identifier: MIT OR Apache-2.0
"""Sorting methods, each with the situation in which it is the right one."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator

from structures import MinHeap


def insertion_sort(values: list[int]) -> list[int]:
    """Sort by moving each value left to its place.

    Nearly sorted input needs hardly any moves, which is why library sorts fall
    back to this method for short runs. The input list stays as it is.

    >>> insertion_sort([3, 1, 2])
    [1, 2, 3]
    >>> insertion_sort([])
    []
    >>> insertion_sort([5, 5, -5])
    [-5, 5, 5]
    >>> values = [2, 1]
    >>> insertion_sort(values), values
    ([1, 2], [2, 1])
    """
    result = list(values)
    for index in range(1, len(result)):
        value = result[index]
        gap = index
        # Larger values move one step right until the gap fits the value.
        while gap > 0 and result[gap - 1] > value:
            result[gap] = result[gap - 1]
            gap -= 1
        result[gap] = value
    return result


def merge_sort(values: list[int]) -> tuple[list[int], int]:
    """Sort by halves and count how many pairs were out of order.

    The count measures how different two rankings are; merging yields it for
    free, because a value taken from the right half overtakes the whole rest of
    the left half.

    >>> merge_sort([2, 1, 3])
    ([1, 2, 3], 1)
    >>> merge_sort([4, 3, 2, 1])
    ([1, 2, 3, 4], 6)
    >>> merge_sort([1])
    ([1], 0)
    >>> merge_sort([])
    ([], 0)
    >>> merge_sort([2, 2, 1])
    ([1, 2, 2], 2)
    """
    if len(values) <= 1:
        return list(values), 0
    middle = len(values) // 2
    left, left_count = merge_sort(values[:middle])
    right, right_count = merge_sort(values[middle:])
    merged: list[int] = []
    count = left_count + right_count
    i = j = 0
    while i < len(left) and j < len(right):
        # Ties go to the left half: this keeps the sort stable.
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
            count += len(left) - i
    return merged + left[i:] + right[j:], count


def heap_sort(values: list[int]) -> list[int]:
    """Sort in place with a heap whose largest value is on top.

    No extra memory is needed and the worst input is no slower than the best,
    which suits real-time code. The same list is returned for convenience.

    >>> heap_sort([4, 1, 3, 2])
    [1, 2, 3, 4]
    >>> heap_sort([])
    []
    >>> heap_sort([7, 7, 0])
    [0, 7, 7]
    >>> data = [2, 1]
    >>> heap_sort(data) is data
    True
    """
    def sink(parent: int, size: int) -> None:
        while 2 * parent + 1 < size:
            child = 2 * parent + 1
            if child + 1 < size and values[child + 1] > values[child]:
                child += 1
            if values[parent] >= values[child]:
                return
            values[parent], values[child] = values[child], values[parent]
            parent = child

    # Leaves are heaps already, so building starts at the last inner slot.
    for start in range(len(values) // 2 - 1, -1, -1):
        sink(start, len(values))
    for end in range(len(values) - 1, 0, -1):
        values[0], values[end] = values[end], values[0]
        sink(0, end)
    return values


def counting_sort(grades: list[int], highest: int) -> list[int]:
    """Sort whole numbers from a small known range without comparing them.

    Two passes are enough, however long the list is. A number outside the range
    is an error in the data and must not be lost silently.

    >>> counting_sort([2, 0, 2, 1], 3)
    [0, 1, 2, 2]
    >>> counting_sort([], 5)
    []
    >>> counting_sort([0, 0], 0)
    [0, 0]
    >>> counting_sort([4], 3)
    Traceback (most recent call last):
    ...
    ValueError: 4 is not in 0..3
    >>> counting_sort([-1], 3)
    Traceback (most recent call last):
    ...
    ValueError: -1 is not in 0..3
    """
    counts = [0] * (highest + 1)
    for grade in grades:
        # A negative index would quietly count at the wrong end.
        if not 0 <= grade <= highest:
            raise ValueError(f"{grade} is not in 0..{highest}")
        counts[grade] += 1
    result: list[int] = []
    for grade, count in enumerate(counts):
        result.extend([grade] * count)
    return result


def radix_sort(numbers: list[int], base: int = 10) -> list[int]:
    """Sort non-negative numbers digit by digit, the lowest digit first.

    Each pass is stable, so the order by lower digits survives among numbers
    whose current digit is equal.

    >>> radix_sort([170, 45, 75, 2])
    [2, 45, 75, 170]
    >>> radix_sort([3, 1, 2], base=2)
    [1, 2, 3]
    >>> radix_sort([])
    []
    >>> radix_sort([0, 0])
    [0, 0]
    >>> radix_sort([10, 9, 100])
    [9, 10, 100]
    """
    place = 1
    while numbers and max(numbers) >= place:
        buckets: list[list[int]] = [[] for _ in range(base)]
        for number in numbers:
            # The division drops lower digits and the remainder higher ones.
            buckets[number // place % base].append(number)
        numbers = [number for bucket in buckets for number in bucket]
        place *= base
    return numbers


def quickselect(values: list[int], rank: int) -> int:
    """Find the value that sorting would put at an index, without sorting.

    Only the side that holds the rank is searched further, so a median costs
    linear time on average. The middle element serves as the pivot, which makes
    sorted input harmless.

    >>> quickselect([9, 1, 5], 1)
    5
    >>> quickselect([4, 4, 4, 1], 2)
    4
    >>> quickselect([7], 0)
    7
    >>> quickselect([3, 8, 6, 2], 0), quickselect([3, 8, 6, 2], 3)
    (2, 8)
    >>> quickselect([], 0)
    Traceback (most recent call last):
    ...
    IndexError: rank 0 of 0 values
    """
    if not 0 <= rank < len(values):
        raise IndexError(f"rank {rank} of {len(values)} values")
    pivot = values[len(values) // 2]
    below = [value for value in values if value < pivot]
    above = [value for value in values if value > pivot]
    if rank < len(below):
        return quickselect(below, rank)
    equal = len(values) - len(below) - len(above)
    if rank < len(below) + equal:
        return pivot
    # Ranks among the larger values count from their own smallest one.
    return quickselect(above, rank - len(below) - equal)


def sort_by_keys(
    rows: list[dict[str, str]], keys: list[str]
) -> list[dict[str, str]]:
    """Sort table rows by several columns, the most important one first.

    A leading minus sorts that column downwards. Sorting by the least important
    column first is correct because every pass is stable. Absent cells count as
    empty.

    >>> people = [{"n": "Bo", "c": "x"}, {"n": "Al", "c": "y"}, {"n": "Al", "c": "x"}]
    >>> [row["n"] + row["c"] for row in sort_by_keys(people, ["n", "c"])]
    ['Alx', 'Aly', 'Box']
    >>> [row["n"] + row["c"] for row in sort_by_keys(people, ["c", "-n"])]
    ['Box', 'Alx', 'Aly']
    >>> sort_by_keys([], ["n"])
    []
    >>> sort_by_keys([{"a": "1"}, {}], ["a"])
    [{}, {'a': '1'}]
    """
    result = list(rows)
    for key in reversed(keys):
        column = key.lstrip("-")
        # reverse=True keeps the order of equal rows, unlike reversing afterwards.
        result.sort(key=lambda row: row.get(column, ""), reverse=key != column)
    return result


def merge_sorted(
    *sources: Iterable[int], key: Callable[[int], int] = lambda value: value
) -> Iterator[int]:
    """Merge any number of sorted streams into one, lazily.

    Only the head of each stream is held in memory, which is how sorted files
    larger than the machine are combined.

    >>> list(merge_sorted([1, 4], [2, 3], [0]))
    [0, 1, 2, 3, 4]
    >>> list(merge_sorted())
    []
    >>> list(merge_sorted([], [5], []))
    [5]
    >>> list(merge_sorted([3, 1], [2], key=lambda value: -value))
    [3, 2, 1]
    >>> next(merge_sorted([7, 8], [6]))
    6
    """
    heads: list[tuple[int, int, int, Iterator[int]]] = []
    for number, source in enumerate(sources):
        stream = iter(source)
        for value in stream:
            # The stream number settles ties, so iterators are never compared.
            heads.append((key(value), number, value, stream))
            break
    heapq.heapify(heads)
    while heads:
        _, number, value, stream = heads[0]
        yield value
        for following in stream:
            heapq.heapreplace(heads, (key(following), number, following, stream))
            break
        else:
            heapq.heappop(heads)


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Build a sort key that orders numbers inside names by their size.

    File lists look wrong to people when ten comes before two. Tagging digits
    and letters keeps the two kinds comparable with each other.

    >>> natural_key("a10")
    [(1, 0, 'a'), (0, 10, '')]
    >>> sorted(["p10", "p9", "p"], key=natural_key)
    ['p', 'p9', 'p10']
    >>> natural_key("")
    []
    >>> sorted(["b", "7", "A1"], key=natural_key)
    ['7', 'A1', 'b']
    """
    parts: list[tuple[int, int, str]] = []
    for letter in name.lower():
        is_digit = letter.isdigit()
        kind = 0 if is_digit else 1
        if not parts or parts[-1][0] != kind:
            parts.append((kind, 0, ""))
        _, number, text = parts[-1]
        # Digits shift the number built so far by one decimal place.
        parts[-1] = ((kind, number * 10 + int(letter), "") if is_digit
                     else (kind, 0, text + letter))
    return parts


def largest(values: Iterable[int], count: int) -> list[int]:
    """Keep the largest values of a stream in a small heap, best first.

    Memory depends on the count alone, so a leader board can follow a stream of
    any length. The smallest value kept is on top, ready to be replaced.

    >>> largest([4, 9, 1, 7], 2)
    [9, 7]
    >>> largest(iter([3, 3]), 5)
    [3, 3]
    >>> largest([], 1)
    []
    >>> largest([1, 2], 0)
    []
    >>> largest([-1, -5, -3], 2)
    [-1, -3]
    """
    heap = MinHeap()
    for value in values:
        heap.push(value)
        # One value too many: the least of them has lost its place.
        if len(heap.values) > count:
            heap.pop()
    return [heap.pop() for _ in range(len(heap.values))][::-1]
