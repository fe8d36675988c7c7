# SPDX-License-Identifier: MIT OR Apache-2.0
"""Generators, closures, decorators and context managers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from types import TracebackType
from typing import Any


def chunks(items: Iterable[int], size: int) -> Iterator[list[int]]:
    """Cut a stream into lists of a fixed size; the last may be shorter.

    Databases accept rows in batches, and a stream cannot be sliced. The size is
    checked when the first chunk is asked for, as with any generator.

    >>> list(chunks([1, 2, 3, 4, 5], 2))
    [[1, 2], [3, 4], [5]]
    >>> list(chunks([], 3))
    []
    >>> list(chunks(range(3), 3))
    [[0, 1, 2]]
    >>> list(chunks([7], 10))
    [[7]]
    >>> list(chunks([1], 0))
    Traceback (most recent call last):
    ...
    ValueError: size must be positive, not 0
    """
    if size < 1:
        raise ValueError(f"size must be positive, not {size}")
    chunk: list[int] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            # A fresh list, as the receiver may still hold the old one.
            chunk = []
    if chunk:
        yield chunk


def windows(items: Iterable[int], width: int) -> Iterator[tuple[int, ...]]:
    """Slide a window of a fixed width over a stream.

    A stream shorter than the window yields nothing, because a partial window
    would distort a moving average.

    >>> list(windows([1, 2, 3, 4], 2))
    [(1, 2), (2, 3), (3, 4)]
    >>> list(windows([1, 2], 3))
    []
    >>> list(windows(iter([5, 6]), 1))
    [(5,), (6,)]
    >>> [sum(window) for window in windows([1, 0, 2, 4], 3)]
    [3, 6]
    """
    # The bounded deque drops its oldest entry by itself.
    window: deque[int] = deque(maxlen=width)
    for item in items:
        window.append(item)
        if len(window) == width:
            yield tuple(window)


def changes(readings: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Report only the readings that differ from the one before.

    Sensors repeat themselves; storing the position with each new value loses
    nothing and saves most of the space.

    >>> list(changes([5, 5, 6, 6, 5]))
    [(0, 5), (2, 6), (4, 5)]
    >>> list(changes([]))
    []
    >>> list(changes([0, 0, 0]))
    [(0, 0)]
    >>> next(changes([3, 4]))
    (0, 3)
    """
    # An object of its own differs from every reading, even from None.
    previous: object = object()
    for index, reading in enumerate(readings):
        if reading != previous:
            yield index, reading
        previous = reading


def take_through(
    items: Iterable[int], wanted: Callable[[int], bool]
) -> Iterator[int]:
    """Pass items on up to and including the first unwanted one.

    The usual take-while swallows the item that ended it, although a caller
    often needs to see why the stream stopped.

    >>> list(take_through([1, 2, 9, 3], lambda n: n < 5))
    [1, 2, 9]
    >>> list(take_through([8, 1], lambda n: n < 5))
    [8]
    >>> list(take_through([], bool))
    []
    >>> source = iter([1, 0, 7])
    >>> list(take_through(source, bool)), list(source)
    ([1, 0], [7])
    """
    for item in items:
        yield item
        # The test follows the yield, so the last item is handed out as well.
        if not wanted(item):
            return


def round_robin(*streams: Iterable[str]) -> Iterator[str]:
    """Take one item from each stream in turn until all are empty.

    Fair queues use this so that a long stream cannot starve a short one.

    >>> list(round_robin("abc", "x", "12"))
    ['a', 'x', '1', 'b', '2', 'c']
    >>> list(round_robin())
    []
    >>> list(round_robin("", "z"))
    ['z']
    >>> "".join(round_robin("aceg", "bdf"))
    'abcdefg'
    """
    waiting = deque(iter(stream) for stream in streams)
    while waiting:
        stream = waiting.popleft()
        try:
            item = next(stream)
        except StopIteration:
            # An empty stream is simply not queued again.
            continue
        yield item
        waiting.append(stream)


def running_mean() -> Callable[[float], float]:
    """Make a function that averages all the numbers it was ever given.

    The closure keeps two numbers, not the whole history, so that it can run for
    months.

    >>> mean = running_mean()
    >>> mean(4), mean(8), mean(0)
    (4.0, 6.0, 4.0)
    >>> other = running_mean()
    >>> other(-1.5)
    -1.5
    >>> mean(4)
    4.0
    >>> [running_mean()(n) for n in (1, 2)]
    [1.0, 2.0]
    """
    count = 0
    total = 0.0

    def add(number: float) -> float:
        # Without nonlocal the assignment would create a new local name.
        nonlocal count, total
        count += 1
        total += number
        return total / count

    return add


def memoized(function: Callable[..., int]) -> Callable[..., int]:
    """Wrap a function so that it computes each answer only once.

    The answers are visible as an attribute, which helps when a cache grows
    unexpectedly. Failed calls are not remembered and may be tried again.

    >>> @memoized
    ... def fibonacci(n: int) -> int:
    ...     return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)
    >>> fibonacci(6)
    8
    >>> len(fibonacci.answers)
    7
    >>> memoized(max)(3, 9, 4)
    9
    >>> fast = memoized(pow)
    >>> fast(2, 5), fast(2, 5), fast.answers
    (32, 32, {(2, 5): 32})
    >>> memoized(len)([])
    Traceback (most recent call last):
    ...
    TypeError: argument [] cannot be a cache key
    """
    answers: dict[tuple[Any, ...], int] = {}

    @wraps(function)
    def remember(*arguments: Any) -> int:
        for argument in arguments:
            # Lists and the like have no hash, so they cannot be looked up.
            if type(argument).__hash__ is None:
                raise TypeError(f"argument {argument!r} cannot be a cache key")
        if arguments not in answers:
            answers[arguments] = function(*arguments)
        return answers[arguments]

    remember.answers = answers  # type: ignore[attr-defined]
    return remember


def rate_limiter(burst: int, refill: int) -> Callable[[int], bool]:
    """Make a gate that lets through a limited number of calls over time.

    Callers pass the present tick themselves; a gate without a clock of its own
    can be tested. Tokens refill one at a time and never beyond the burst.

    >>> allow = rate_limiter(burst=2, refill=5)
    >>> [allow(tick) for tick in (0, 1, 2)]
    [True, True, False]
    >>> allow(5), allow(6)
    (True, False)
    >>> allow(100), allow(100), allow(100)
    (True, True, False)
    >>> rate_limiter(burst=0, refill=1)(50)
    False
    >>> allow(3)
    Traceback (most recent call last):
    ...
    ValueError: tick 3 is before 100
    """
    tokens, latest, spare = burst, 0, 0

    def allow(tick: int) -> bool:
        nonlocal tokens, latest, spare
        if tick < latest:
            raise ValueError(f"tick {tick} is before {latest}")
        # Ticks that do not make a whole token are saved for the next call.
        earned, spare = divmod(spare + tick - latest, refill)
        tokens = min(burst, tokens + earned)
        latest = tick
        if tokens == 0:
            return False
        tokens -= 1
        return True

    return allow


def retry(times: int, *errors: type[Exception]) -> Callable[..., Any]:
    """Decorate a function so that it is tried again after certain errors.

    Only the named errors are worth another attempt; all others are bugs and
    pass through at once, as does the last failure.

    >>> attempts = []
    >>> @retry(3, KeyError)
    ... def fetch(needed: int) -> int:
    ...     attempts.append(needed)
    ...     if len(attempts) < needed:
    ...         raise KeyError(len(attempts))
    ...     return len(attempts)
    >>> fetch(2), attempts
    (2, [2, 2])
    >>> attempts.clear()
    >>> fetch(4)
    Traceback (most recent call last):
    ...
    KeyError: 3
    >>> retry(2, ValueError)(int)("12")
    12
    >>> retry(2, KeyError)(int)("x")
    Traceback (most recent call last):
    ...
    ValueError: invalid literal for int() with base 10: 'x'
    """
    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(*arguments: Any) -> Any:
            for left in range(times - 1, -1, -1):
                try:
                    return function(*arguments)
                except errors:
                    # A bare raise keeps the original traceback.
                    if left == 0:
                        raise
            return None

        return attempt

    return decorate


class Transaction:
    """A context manager that undoes changes to a dictionary after an error.

    The copy is shallow: it restores which values were stored, not what was
    inside of them.

    >>> data = {"a": 1}
    >>> with Transaction(data):
    ...     data["b"] = 2
    >>> data
    {'a': 1, 'b': 2}
    >>> with Transaction(data, forgive=KeyError) as change:
    ...     data.clear()
    ...     data["missing"]
    >>> data, change.undone
    ({'a': 1, 'b': 2}, True)
    >>> with Transaction(data):
    ...     data["a"] = 1 // 0
    Traceback (most recent call last):
    ...
    ZeroDivisionError: integer division or modulo by zero
    >>> Transaction({}).undone
    False
    """

    def __init__(self, data: dict[str, int],
                 forgive: type[Exception] | None = None) -> None:
        self.data = data
        self.forgive = forgive
        self.saved: dict[str, int] = {}
        self.undone = False

    def __enter__(self) -> Transaction:
        self.saved = dict(self.data)
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 error: BaseException | None,
                 trace: TracebackType | None) -> bool:
        if kind is None:
            return False
        # Refilling the same object keeps other references to it valid.
        self.data.clear()
        self.data.update(self.saved)
        self.undone = True
        # A true result tells Python to swallow the error.
        return self.forgive is not None and issubclass(kind, self.forgive)
