# SPDX-License-Identifier: MIT OR Apache-2.0
"""Wiring programs together: messages, undo, cleanup and lazy values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Generic, TypeVar

T = TypeVar("T")

Handler = Callable[[str], str]


class EventBus:
    """Lets parts of a program react to each other without knowing each other.

    A failing listener is recorded and does not keep the others from hearing the
    message.

    >>> bus = EventBus()
    >>> heard = []
    >>> bus.on("saved", heard.append)
    >>> bus.on("saved", lambda name: heard.append(name.upper()))
    >>> bus.emit("saved", "a.txt")
    2
    >>> heard
    ['a.txt', 'A.TXT']
    >>> bus.emit("closed", "a.txt")
    0
    >>> bus.on("broken", lambda value: 1 / value)
    >>> bus.on("broken", heard.append)
    >>> bus.emit("broken", 0), bus.failures
    (1, ['broken: ZeroDivisionError'])
    """

    def __init__(self) -> None:
        self.listeners: dict[str, list[Callable[[Any], object]]] = {}
        self.failures: list[str] = []

    def on(self, event: str, listener: Callable[[Any], object]) -> None:
        """Call a function whenever an event happens."""
        self.listeners.setdefault(event, []).append(listener)

    def emit(self, event: str, value: Any) -> int:
        """Tell all listeners and return how many heard it without failing."""
        heard = 0
        # The copy lets listeners add others while they are being called.
        for listener in list(self.listeners.get(event, [])):
            try:
                listener(value)
            except Exception as error:
                self.failures.append(f"{event}: {type(error).__name__}")
            else:
                heard += 1
        return heard


class History(Generic[T]):
    """A value with undo and redo.

    A new change clears what could be redone, because it belongs to a future
    that no longer follows.

    :param value: the first value
    :param limit: how many steps back are remembered

    >>> text = History("a")
    >>> text.change("ab"); text.change("abc")
    >>> text.undo(), text.undo()
    ('ab', 'a')
    >>> text.redo()
    'ab'
    >>> text.change("abx")
    >>> text.redo()
    'abx'
    >>> short = History(0, limit=1)
    >>> for number in (1, 2, 3):
    ...     short.change(number)
    >>> short.undo(), short.undo()
    (2, 2)
    """

    def __init__(self, value: T, limit: int = 100) -> None:
        self.value = value
        self.limit = limit
        self.past: list[T] = []
        self.future: list[T] = []

    def change(self, value: T) -> None:
        """Set a new value."""
        self.past.append(self.value)
        # Forgetting the oldest step bounds the memory of a long session.
        if len(self.past) > self.limit:
            self.past.pop(0)
        self.future.clear()
        self.value = value

    def undo(self) -> T:
        """Go one step back if possible and return the value."""
        if self.past:
            self.future.append(self.value)
            self.value = self.past.pop()
        return self.value

    def redo(self) -> T:
        """Take back an undo if possible and return the value."""
        if self.future:
            self.past.append(self.value)
            self.value = self.future.pop()
        return self.value


def chain_handlers(
    handler: Handler, *layers: Callable[[Handler], Handler]
) -> Handler:
    """Wrap a request handler into layers, the first one outermost.

    Web frameworks call the layers middleware; each may change the request, the
    answer, or answer by itself.

    :param handler: the innermost function
    :param layers: functions that wrap a handler
    :returns: the wrapped handler

    >>> def shout(inner):
    ...     return lambda request: inner(request).upper()
    >>> def guard(inner):
    ...     return lambda request: "denied" if request == "bad" else inner(request)
    >>> serve = chain_handlers(lambda request: "got " + request, guard, shout)
    >>> serve("x")
    'GOT X'
    >>> serve("bad")
    'denied'
    >>> chain_handlers(shout(guard(str)), shout)("bad")
    'DENIED'
    >>> chain_handlers(str.strip)(" y ")
    'y'
    """
    # The last layer is the one right around the handler, so it goes first.
    for layer in reversed(layers):
        handler = layer(handler)
    return handler


def compose(*functions: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Make one function that applies several in the order of reading.

    :param functions: the steps, first one first
    :returns: the combined function; without steps it returns its argument

    >>> compose(str.strip, str.lower, len)("  ABC ")
    3
    >>> compose()(7)
    7
    >>> compose(lambda x: x + 1, lambda x: x * 10)(4)
    50
    >>> compose(int)("12")
    12
    """

    def combined(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return combined


def curry(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Let a function collect its arguments over several calls.

    :param function: the function to call in the end
    :param count: how many arguments it takes
    :returns: a function that returns another one until all have arrived

    >>> add = curry(lambda a, b, c: a + b + c, 3)
    >>> add(1)(2)(3)
    6
    >>> add(1, 2)(3), add(1, 2, 3)
    (6, 6)
    >>> plus_ten = add(4, 6)
    >>> [plus_ten(n) for n in (0, 5)]
    [10, 15]
    """

    def collect(*arguments: Any) -> Any:
        if len(arguments) >= count:
            return function(*arguments)
        # Each partial call gets its own tuple, so that it can be used twice.
        return lambda *more: collect(*arguments, *more)

    return collect


def make_counter(start: int = 0) -> Callable[[int], int]:
    """Create a function that counts, with a memory of its own.

    :param start: where to begin
    :returns: a function that adds its argument and returns the sum

    >>> count = make_counter()
    >>> count(1), count(1), count(5)
    (1, 2, 7)
    >>> other = make_counter(100)
    >>> other(-1), count(0)
    (99, 7)
    >>> make_counter(3)(0)
    3
    """
    total = start

    def count(step: int) -> int:
        # Without nonlocal the assignment would make a new local variable.
        nonlocal total
        total += step
        return total

    return count


def checked(**types: type) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Decorate a function so that keyword arguments are checked by type.

    Values from outside often have the wrong type, and the error is clearest at
    the door.

    :param types: the expected type of each argument
    :returns: the decorator

    >>> @checked(width=int, height=int)
    ... def area(width, height=1):
    ...     return width * height
    >>> area(width=3, height=4)
    12
    >>> area(width=3)
    3
    >>> area.__name__
    'area'
    >>> area(width="3")
    Traceback (most recent call last):
    ...
    TypeError: width must be int, not str
    """

    def decorate(function: Callable[..., T]) -> Callable[..., T]:
        @wraps(function)
        def wrapper(**arguments: Any) -> T:
            for name, value in arguments.items():
                expected = types.get(name, object)
                if not isinstance(value, expected):
                    found = type(value).__name__
                    raise TypeError(f"{name} must be {expected.__name__}, not {found}")
            return function(**arguments)

        return wrapper

    return decorate


@contextmanager
def recorded(log: list[str], name: str) -> Iterator[None]:
    """Note the beginning and the end of a block, however it ends.

    :param log: where to write
    :param name: what to call the block

    >>> log = []
    >>> with recorded(log, "load"):
    ...     log.append("working")
    >>> log
    ['load begins', 'working', 'load ends']
    >>> log.clear()
    >>> with recorded(log, "save"):
    ...     int("x")
    Traceback (most recent call last):
    ...
    ValueError: invalid literal for int() with base 10: 'x'
    >>> log
    ['save begins', 'save failed: ValueError', 'save ends']
    """
    log.append(f"{name} begins")
    try:
        yield
    except Exception as error:
        log.append(f"{name} failed: {type(error).__name__}")
        # The error still belongs to the caller, who may know what to do.
        raise
    finally:
        log.append(f"{name} ends")


def run_steps(
    steps: list[tuple[str, Callable[[], object], Callable[[], object]]]
) -> list[str]:
    """Run steps in order and undo the finished ones if a later one fails.

    Undoing goes backwards, since a later step may rest on an earlier one.

    :param steps: a name, an action and its reversal for each step
    :returns: what happened, line by line

    >>> run_steps([("disk", lambda: 1, lambda: 1), ("user", lambda: 1, lambda: 1)])
    ['did disk', 'did user']
    >>> run_steps([("disk", lambda: 1, lambda: 1), ("user", lambda: {}["x"], int)])
    ['did disk', 'user failed with KeyError', 'undid disk']
    >>> run_steps([("a", lambda: 1, lambda: [][0]), ("b", lambda: [][0], int)])
    ['did a', 'b failed with IndexError', 'could not undo a']
    >>> run_steps([])
    []
    """
    lines: list[str] = []
    undo: list[tuple[str, Callable[[], object]]] = []
    for name, action, reversal in steps:
        try:
            action()
        except Exception as error:
            lines.append(f"{name} failed with {type(error).__name__}")
            break
        lines.append(f"did {name}")
        undo.append((name, reversal))
    else:
        # Nothing failed, hence there is nothing to take back.
        return lines
    while undo:
        name, reversal = undo.pop()
        try:
            reversal()
            lines.append(f"undid {name}")
        except Exception:
            lines.append(f"could not undo {name}")
    return lines


class Lazy:
    """A descriptor that computes an attribute once, when it is first read.

    Storing the result under the same name in the instance hides the descriptor
    from then on, so that later reads cost nothing extra.

    :param compute: the method that computes the value

    >>> class Report:
    ...     computed = 0
    ...     @Lazy
    ...     def total(self):
    ...         self.computed += 1
    ...         return 42
    >>> report = Report()
    >>> report.computed
    0
    >>> report.total, report.total, report.computed
    (42, 42, 1)
    >>> sorted(vars(report))
    ['computed', 'total']
    >>> isinstance(Report.total, Lazy)
    True
    """

    def __init__(self, compute: Callable[[Any], Any]) -> None:
        self.compute = compute
        self.name = compute.__name__

    def __get__(self, instance: Any, owner: type) -> Any:
        if instance is None:
            # Reading from the class itself has no instance to compute for.
            return self
        value = self.compute(instance)
        instance.__dict__[self.name] = value
        return value


class Registry:
    """Named functions that are found by a decorator instead of a long table.

    New commands of a program then need no change outside of their own file.

    >>> commands = Registry()
    >>> @commands.register("add", "plus")
    ... def add(a, b):
    ...     return a + b
    >>> commands.call("add", 2, 3), commands.call("plus", "x", "y")
    (5, 'xy')
    >>> commands.names()
    ['add', 'plus']
    >>> commands.register("add")(max)
    Traceback (most recent call last):
    ...
    ValueError: 'add' is taken
    >>> commands.call("sub", 1)
    Traceback (most recent call last):
    ...
    KeyError: "no command 'sub', only add, plus"
    """

    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {}

    def register(self, *names: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
        """Return a decorator that stores a function under one or more names."""

        def store(function: Callable[..., T]) -> Callable[..., T]:
            for name in names:
                if name in self.functions:
                    raise ValueError(f"{name!r} is taken")
                self.functions[name] = function
            # The function itself stays usable under its own name.
            return function

        return store

    def names(self) -> list[str]:
        """List the known names."""
        return sorted(self.functions)

    def call(self, name: str, *arguments: Any) -> Any:
        """Call the function of a name."""
        if name not in self.functions:
            raise KeyError(f"no command {name!r}, only {', '.join(self.names())}")
        return self.functions[name](*arguments)
