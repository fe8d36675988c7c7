"""Runs the tests of a source for the calls they make. This text is executed in a child of the worker, where
`TREE_ROOT`, `ROOTS` and the tree's finder are there; it is a plain runner, which knows of pytest and unittest
what most tests use.

What it writes is a list of candidates. Whoever tampers with it decides which calls of his own source are
tried, and not what comes out of them.
"""

import builtins
import contextlib
import copyreg
import functools
import inspect
import io
import itertools
import json
import random
import re
import sys
import types
import warnings


class Skipped(Exception):
    """The test says that it is not to be run."""


class Failed(Exception):
    """The test says that it failed."""


class Mark:
    """What `pytest.mark.name(..)` leaves on a function or class."""

    def __init__(self, name, args=(), kwargs=None):
        self.name, self.args, self.kwargs = name, args, kwargs or {}
        self.mark = self

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and (inspect.isfunction(args[0]) or inspect.isclass(args[0])):
            target = args[0]
            own = list(vars(target).get("pytestmark", ()))
            target.pytestmark = own + [self]
            return target
        return Mark(self.name, args, kwargs)

    def with_args(self, *args, **kwargs):
        return Mark(self.name, args, kwargs)


class Marks:
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Mark(name)


class Row:
    """A row of a table of parameters: `pytest.param(..)`."""

    def __init__(self, values, marks):
        self.values = values
        self.marks = list(marks) if isinstance(marks, (list, tuple)) else [marks]


class Fixture:
    """A function that gives a value to tests that ask for it by name."""

    def __init__(self, function, scope, params, autouse, name):
        self.function, self.scope, self.autouse = function, scope, autouse
        self.params = list(params) if params is not None else None
        self.name = name or function.__name__
        functools.update_wrapper(self, function)

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self


def fixture(function=None, scope="function", params=None, autouse=False, ids=None, name=None):
    def make(function):
        return Fixture(function, scope, params, autouse, name)

    return make(function) if function is not None else make


class Approximately:
    """A number that others may miss by a little."""

    def __init__(self, expected, rel=None, abs=None, nan_ok=False):
        self.expected, self.nan_ok = expected, nan_ok
        self.rel = 1e-6 if rel is None else rel
        self.abs = 1e-12 if abs is None else abs

    def close(self, a, b):
        if a == b:
            return True
        try:
            return builtins.abs(a - b) <= max(self.rel * builtins.abs(b), self.abs)
        except TypeError:
            return False

    def __eq__(self, other):
        expected = self.expected
        if isinstance(expected, dict):
            return set(expected) == set(other) and all(
                self.close(other[key], expected[key]) for key in expected
            )
        if hasattr(expected, "__len__") and not isinstance(expected, (str, bytes)):
            return len(expected) == len(other) and all(map(self.close, other, expected))
        return self.close(other, expected)

    __hash__ = None


class ExceptionInfo:
    """What `with pytest.raises(..) as info` gives."""

    def __init__(self):
        self.type = self.value = self.tb = None

    def match(self, pattern):
        import re

        if not re.search(pattern, str(self.value)):
            raise Failed("another message")
        return True

    def __str__(self):
        return repr(self.value)


class Raises:
    def __init__(self, expected, match=None):
        self.expected, self.pattern = expected, match
        self.info = ExceptionInfo()

    def __enter__(self):
        return self.info

    def __exit__(self, kind, value, traceback):
        if kind is None:
            raise Failed("no exception")
        if not issubclass(kind, self.expected):
            return False
        self.info.type, self.info.value, self.info.tb = kind, value, traceback
        if self.pattern is not None:
            self.info.match(self.pattern)
        return True


def raises(expected, *args, match=None, **kwargs):
    context = Raises(expected, match)
    if not args:
        return context
    with context:
        args[0](*args[1:], **kwargs)
    return context.info


class Warns(warnings.catch_warnings):
    def __init__(self, *args, **kwargs):
        super().__init__(record=True)

    def __enter__(self):
        log = super().__enter__()
        warnings.simplefilter("always")
        return log


def warns(*args, match=None, **kwargs):
    context = Warns()
    if len(args) < 2 or not callable(args[1]):
        return context
    with context:
        return args[1](*args[2:], **kwargs)


def skip(reason="", **kwargs):
    raise Skipped(str(reason))


def fail(reason="", **kwargs):
    raise Failed(str(reason))


def stand_in_for_pytest(watch):
    """A module `pytest` with what most tests use."""
    module = types.ModuleType("pytest")

    def importorskip(name, *args, **kwargs):
        try:
            __import__(name)
        except ImportError:
            if watch.on:
                raise Unavailable(name) from None
            return AbsentFinder(watch).create_module(types.SimpleNamespace(name=name))
        return sys.modules[name]

    module.mark, module.fixture, module.raises, module.warns = Marks(), fixture, raises, warns
    module.yield_fixture = fixture
    module.deprecated_call = lambda *args, **kwargs: warns(Warning, *args, **kwargs)
    module.approx, module.skip, module.fail, module.importorskip = Approximately, skip, fail, importorskip
    module.xfail = skip
    module.skip.Exception, module.fail.Exception = Skipped, Failed
    module.param = lambda *values, marks=(), id=None: Row(values, marks)
    module.ExceptionInfo, module.MonkeyPatch = ExceptionInfo, Patches
    module.hookimpl = module.hookspec = lambda *args, **kwargs: args[0] if args else (lambda one: one)
    module.register_assert_rewrite = lambda *names: None
    module.set_trace = lambda *args, **kwargs: None
    module.__version__, module.version_tuple = "8.0.0", (8, 0, 0)
    for name in ("Item", "Module", "Class", "Function", "Config", "Session", "Parser", "Collector"):
        setattr(module, name, type(name, (), {}))
    for name in ("FixtureRequest", "CaptureFixture", "LogCaptureFixture", "TempPathFactory", "Metafunc"):
        setattr(module, name, type(name, (), {}))
    for name in ("PytestWarning", "PytestUnraisableExceptionWarning", "PytestRemovedIn9Warning"):
        setattr(module, name, type(name, (UserWarning,), {}))
    return module


class Patches:
    """`monkeypatch`: changes that are undone after the test."""

    def __init__(self):
        self.undoing = []

    def setattr(self, target, name, *value, raising=True):
        if isinstance(target, str):
            value = (name,)
            path, _, name = target.rpartition(".")
            __import__(path)
            target = sys.modules[path]
        missing = object()
        before = vars(target).get(name, missing) if inspect.isclass(target) else getattr(target, name, missing)
        if raising and before is missing:
            raise AttributeError(name)
        undo = functools.partial(delattr, target, name)
        self.undoing.append(undo if before is missing else functools.partial(setattr, target, name, before))
        setattr(target, name, value[0])

    def delattr(self, target, name, raising=True):
        if hasattr(target, name):
            self.undoing.append(functools.partial(setattr, target, name, getattr(target, name)))
            delattr(target, name)

    def setitem(self, target, key, value):
        undo = functools.partial(target.pop, key, None)
        self.undoing.append(functools.partial(target.__setitem__, key, target[key]) if key in target else undo)
        target[key] = value

    def delitem(self, target, key, raising=True):
        if key in target:
            self.undoing.append(functools.partial(target.__setitem__, key, target[key]))
            del target[key]

    def setenv(self, name, value, prepend=None):
        import os

        self.setitem(os.environ, name, str(value))

    def delenv(self, name, raising=True):
        import os

        self.delitem(os.environ, name)

    def syspath_prepend(self, path):
        raise Skipped("it changes where modules are found")

    chdir = syspath_prepend

    def context(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.undo()

    def undo(self):
        while self.undoing:
            self.undoing.pop()()


Patches.context = classmethod(lambda cls: cls())
