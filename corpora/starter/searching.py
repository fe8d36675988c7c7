# SPDX-License-Identifier: MIT OR Apache-2.0
"""Searching: in sorted data, in windows of a sequence and by backtracking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from structures import Trie


def binary_search(values: list[int], wanted: int) -> int | None:
    """Find a value in a sorted list.

    Parameters
    ----------
    values : list of int
        Rising numbers.
    wanted : int
        The number to look for.

    Returns
    -------
    int or None
        An index of the number, or None if it does not occur.

    Examples
    --------
    >>> binary_search([1, 3, 5, 7], 5)
    2
    >>> binary_search([1, 3, 5, 7], 4) is None
    True
    >>> binary_search([], 1) is None
    True
    >>> binary_search([2], 2)
    0
    >>> binary_search([1, 1, 1], 1)
    1
    """
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        # The middle itself is ruled out, or two values could loop for ever.
        if values[middle] < wanted:
            low = middle + 1
        else:
            high = middle - 1
    return None


def equal_range(values: list[int], wanted: int) -> tuple[int, int]:
    """Locate the run of equal numbers in a sorted list.

    An empty run still tells where the number would have to be inserted, which a
    plain "not found" would not.

    Parameters
    ----------
    values : list of int
        Rising numbers.
    wanted : int
        The number to look for.

    Returns
    -------
    tuple of int
        The first index of the run and the index just behind it.

    Examples
    --------
    >>> equal_range([1, 2, 2, 2, 5], 2)
    (1, 4)
    >>> equal_range([1, 2, 5], 3)
    (2, 2)
    >>> equal_range([], 0)
    (0, 0)
    >>> equal_range([4, 4], 9)
    (2, 2)
    """
    def first_above(limit: int) -> int:
        low, high = 0, len(values)
        while low < high:
            middle = (low + high) // 2
            if values[middle] > limit:
                high = middle
            else:
                low = middle + 1
        return low

    # For whole numbers the run begins right above the number before it.
    return first_above(wanted - 1), first_above(wanted)


def search_rotated(values: list[int], wanted: int) -> int:
    """Find a number in a sorted list whose front was moved to its end.

    Log files that wrap around have this shape. Numbers must be distinct.

    Parameters
    ----------
    values : list of int
        A rotated rising list.
    wanted : int
        The number to look for.

    Returns
    -------
    int
        Its index.

    Raises
    ------
    LookupError
        If the number does not occur.

    Examples
    --------
    >>> search_rotated([5, 7, 9, 1, 3], 1)
    3
    >>> search_rotated([5, 7, 9, 1, 3], 7)
    1
    >>> search_rotated([2], 2)
    0
    >>> search_rotated([3, 1, 2], 4)
    Traceback (most recent call last):
    ...
    LookupError: 4 not found
    >>> search_rotated([], 0)
    Traceback (most recent call last):
    ...
    LookupError: 0 not found
    """
    low, high = 0, len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == wanted:
            return middle
        # One half is always in order; only there can a range test be trusted.
        if values[low] <= values[middle]:
            if values[low] <= wanted < values[middle]:
                high = middle - 1
            else:
                low = middle + 1
        elif values[middle] < wanted <= values[high]:
            low = middle + 1
        else:
            high = middle - 1
    raise LookupError(f"{wanted} not found")


def smallest_capacity(parcels: list[int], days: int) -> int:
    """Find the smallest van that delivers parcels in order within some days.

    Whether a van is large enough is easy to test and stays true for any larger
    van, so the answer itself can be found by bisection.

    Parameters
    ----------
    parcels : list of int
        Weights in order of delivery.
    days : int
        How many tours are allowed.

    Returns
    -------
    int
        The least capacity.

    Raises
    ------
    ValueError
        If there is no day to deliver on.

    Examples
    --------
    >>> smallest_capacity([3, 2, 2, 4], 2)
    6
    >>> smallest_capacity([5, 1], 1)
    6
    >>> smallest_capacity([4, 4, 4], 9)
    4
    >>> smallest_capacity([], 1)
    0
    >>> smallest_capacity([1], 0)
    Traceback (most recent call last):
    ...
    ValueError: at least one day is needed
    """
    if days < 1:
        raise ValueError("at least one day is needed")

    def tours(capacity: int) -> int:
        count, load = 1, 0
        for parcel in parcels:
            if load + parcel > capacity:
                count, load = count + 1, 0
            load += parcel
        return count

    # No van can be smaller than the heaviest parcel.
    low, high = max(parcels, default=0), sum(parcels)
    while low < high:
        middle = (low + high) // 2
        if tours(middle) <= days:
            high = middle
        else:
            low = middle + 1
    return low


def pairs_with_sum(values: list[int], target: int) -> list[tuple[int, int]]:
    """List the distinct pairs of numbers with a given sum.

    Two pointers walk towards each other over the sorted numbers, so no table of
    seen values is needed.

    Parameters
    ----------
    values : list of int
        Numbers in any order; each entry may be used once.
    target : int
        The wanted sum.

    Returns
    -------
    list of tuple
        The pairs, smaller number first, in rising order.

    Examples
    --------
    >>> pairs_with_sum([4, 1, 3, 2], 5)
    [(1, 4), (2, 3)]
    >>> pairs_with_sum([2, 2, 2], 4)
    [(2, 2)]
    >>> pairs_with_sum([1], 2)
    []
    >>> pairs_with_sum([-3, 0, 3], 0)
    [(-3, 3)]
    """
    numbers = sorted(values)
    pairs: list[tuple[int, int]] = []
    low, high = 0, len(numbers) - 1
    while low < high:
        total = numbers[low] + numbers[high]
        if total == target:
            pair = (numbers[low], numbers[high])
            # Equal pairs come up one after the other, so one look back is enough.
            if not pairs or pairs[-1] != pair:
                pairs.append(pair)
        if total <= target:
            low += 1
        else:
            high -= 1
    return pairs


def longest_distinct(text: str) -> str:
    """Find the first longest piece of a text without a repeated character.

    Parameters
    ----------
    text : str
        The text to search.

    Returns
    -------
    str
        The piece.

    Examples
    --------
    >>> longest_distinct("abcabd")
    'cabd'
    >>> longest_distinct("aaa")
    'a'
    >>> longest_distinct("")
    ''
    >>> longest_distinct("abba")
    'ab'
    >>> longest_distinct("dvdf")
    'vdf'
    """
    start = 0
    best = ""
    last_seen: dict[str, int] = {}
    for index, letter in enumerate(text):
        # An occurrence before the window must not move its start backwards.
        start = max(start, last_seen.get(letter, -1) + 1)
        last_seen[letter] = index
        if index + 1 - start > len(best):
            best = text[start:index + 1]
    return best


def smallest_window(text: str, needed: str) -> str | None:
    """Find the first shortest piece of a text with all needed characters.

    The window grows until it has everything and then shrinks as long as it
    still does, so that each character enters and leaves once.

    Parameters
    ----------
    text : str
        The text to search.
    needed : str
        Characters in any order; a repeated one must occur as often.

    Returns
    -------
    str or None
        The piece, or None if the text lacks a character.

    Examples
    --------
    >>> smallest_window("axbbca", "abc")
    'bca'
    >>> smallest_window("aab", "aa")
    'aa'
    >>> smallest_window("abc", "d") is None
    True
    >>> smallest_window("", "a") is None
    True
    """
    missing = Counter(needed)
    open_count = len(needed)
    best: str | None = None
    start = 0
    for end, letter in enumerate(text, start=1):
        if missing[letter] > 0:
            open_count -= 1
        # Negative counts record characters that the window has to spare.
        missing[letter] -= 1
        while open_count == 0:
            if best is None or end - start < len(best):
                best = text[start:end]
            missing[text[start]] += 1
            if missing[text[start]] > 0:
                open_count += 1
            start += 1
    return best


def subsets_with_sum(values: list[int], target: int) -> Iterator[list[int]]:
    """Generate the selections of positive numbers with a given sum.

    Parameters
    ----------
    values : list of int
        The numbers, each used at most once.
    target : int
        The wanted sum.

    Yields
    ------
    list of int
        One selection in the given order.

    Examples
    --------
    >>> list(subsets_with_sum([1, 2, 3], 3))
    [[1, 2], [3]]
    >>> list(subsets_with_sum([5], 4))
    []
    >>> list(subsets_with_sum([], 0))
    [[]]
    >>> list(subsets_with_sum([2, 2], 2))
    [[2], [2]]
    >>> sum(1 for _ in subsets_with_sum([1, 1, 2, 4], 4))
    2
    """
    if target == 0:
        yield []
        return
    # Positive numbers cannot lower a sum, so an overdrawn branch ends here.
    if not values or target < 0:
        return
    first, rest = values[0], values[1:]
    for selection in subsets_with_sum(rest, target - first):
        yield [first] + selection
    yield from subsets_with_sum(rest, target)


def place_queens(size: int) -> list[int] | None:
    """Place queens on a board so that none attacks another.

    One queen per row is certain, so a list of columns describes the board. A
    row without a safe column sends the search back to the row before.

    Parameters
    ----------
    size : int
        Rows, columns and queens.

    Returns
    -------
    list of int or None
        The column for each row, the alphabetically first solution.

    Examples
    --------
    >>> place_queens(1)
    [0]
    >>> place_queens(4)
    [1, 3, 0, 2]
    >>> place_queens(3) is None
    True
    >>> place_queens(0)
    []
    """
    columns: list[int] = []
    candidate = 0
    while len(columns) < size:
        while candidate < size:
            row = len(columns)
            # Equal column, or equal distance in both directions, is an attack.
            if all(c != candidate and abs(c - candidate) != row - r
                   for r, c in enumerate(columns)):
                break
            candidate += 1
        if candidate < size:
            columns.append(candidate)
            candidate = 0
        elif columns:
            candidate = columns.pop() + 1
        else:
            return None
    return columns


def shortest_unique_prefixes(words: list[str]) -> dict[str, str]:
    """Find the shortest abbreviation that identifies each command.

    Command lines accept such prefixes. A word that begins another word has no
    prefix of its own and must be typed in full.

    Parameters
    ----------
    words : list of str
        The distinct commands.

    Returns
    -------
    dict
        The abbreviation of each command, in the given order.

    Examples
    --------
    >>> shortest_unique_prefixes(["up", "at", "ax"])
    {'up': 'u', 'at': 'at', 'ax': 'ax'}
    >>> shortest_unique_prefixes(["i", "in"])
    {'i': 'i', 'in': 'in'}
    >>> shortest_unique_prefixes(["solo"])
    {'solo': 's'}
    >>> shortest_unique_prefixes([])
    {}
    """
    trie = Trie()
    for word in words:
        trie.add(word)
    prefixes: dict[str, str] = {}
    for word in words:
        prefixes[word] = word
        for length in range(1, len(word)):
            # A prefix with a single completion cannot mean any other word.
            if len(trie.complete(word[:length])) == 1:
                prefixes[word] = word[:length]
                break
    return prefixes
