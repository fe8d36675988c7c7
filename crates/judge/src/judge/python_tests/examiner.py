"""Runs an item's tests in a process of its own, in which no code of the answer runs.

What the tests call is a stand-in. Each use of one is an act that the other process performs. The tests run again and
again, each time with the results of more acts, until they run to their end; acts whose results are not known yet
are guessed ahead, so that a few rounds are enough. Only a run in which nothing was guessed counts.
"""

import ast
import copy
import importlib

MOST_ACTS = 3000
GUESSING = "__tracestone_guessing__"
MODULES = ("cmath", "collections", "itertools", "math", "re")


class Enough(BaseException):
    """This run of the tests can tell no more."""


class Unsupported(Exception):
    """The tests do what this examiner cannot do."""


class Unknown:
    """What an act gives whose result is not known yet. Everything can be done with it."""

    def __call__(self, *arguments, **named):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __bool__(self):
        return True

    def __hash__(self):
        return 0

    def __int__(self):
        return 0

    def __index__(self):
        return 0

    def __float__(self):
        return 0.0

    def __complex__(self):
        return 0j

    def __str__(self):
        return ""

    __repr__ = __str__

    def __format__(self, spec):
        return ""

    def __eq__(self, other):
        return True

    __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __eq__

    def __add__(self, *others):
        return self

    for _name in """radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow and rand or ror xor
        rxor lshift rshift matmul rmatmul neg pos abs invert round getitem enter iadd isub imul""".split():
        locals()["__" + _name + "__"] = __add__
    del _name

    def __setitem__(self, key, value):
        pass

    def __exit__(self, *error):
        return False

    def __next__(self):
        raise StopIteration


UNKNOWN = Unknown()


class Session:
    """The acts whose results are known, in order, and those that are wanted next."""

    def __init__(self, job):
        self.known = job["known"]
        self.ahead = job["ahead"]
        self.at = self.calls = 0
        self.wanted = None
        self.objects = {}
        self.exceptions = {}
        self.unsupported = None

    def guessing(self):
        return self.wanted is not None

    def act(self, kind, function, arguments=(), named=None):
        named = named or {}
        try:
            operation = [kind, function if kind != "call" else self.encode(function)]
            operation += [[self.encode(one) for one in arguments]]
            operation += [{name: self.encode(one) for name, one in named.items()}]
        except Guessed:
            return UNKNOWN
        if kind == "call":
            self.calls += 1
        if self.guessing():
            if not self.ahead or len(self.wanted) >= MOST_ACTS:
                raise Enough
            self.wanted.append(operation)
            return UNKNOWN
        if self.at < len(self.known) and self.known[self.at][0] == operation:
            result = self.known[self.at][1]
            self.at += 1
            return self.result(result, arguments)
        self.wanted = [operation]
        if not self.ahead:
            raise Enough
        return UNKNOWN

    def result(self, result, arguments):
        if result[0] == "value":
            for at, value in result[2].items():
                replace(arguments[int(at)], decode(value, self.object))
            return decode(result[1], self.object)
        _, name, base, message = result
        raise self.exception(name, base)(message)

    def exception(self, name, base):
        if name in self.exceptions:
            return self.exceptions[name]
        kind = getattr(builtins, base, Exception)
        if not (isinstance(kind, type) and issubclass(kind, BaseException)):
            kind = Exception
        if name == base and not issubclass(kind, UnicodeError):
            return kind
        if issubclass(kind, UnicodeError):
            kind = ValueError
        # A class of the program, known to the tests by its name or not at all.
        made = self.exceptions[name] = type(str(name), (kind,), {})
        return made

    def encode(self, value):
        return Encoder(self.other).encode(value)

    def other(self, encoder, value):
        kind = type(value)
        if kind is Unknown:
            raise Guessed
        if kind is Remote:
            return object.__getattribute__(value, "_address")
        if isinstance(value, (type, types.BuiltinFunctionType)):
            home = sys.modules.get(value.__module__)
            if value.__module__ in SHARED and getattr(home, value.__name__, None) is value:
                return ["b", value.__module__, value.__name__]
        if hasattr(kind, "__next__"):
            parts = []
            for part in value:
                parts.append(part)
                if len(parts) > MOST_ITEMS:
                    break
            else:
                return encoder.encode(parts)
        self.unsupported = "the tests hand over a value of the type " + kind.__name__
        raise Unsupported(self.unsupported)

    def object(self, value):
        if value[0] != "h":
            raise Unsupported("a result is malformed")
        number = int(value[1])
        if number not in self.objects:
            self.objects[number] = Remote(self, ["h", number], str(value[2]))
        return self.objects[number]

    def names(self, names):
        """What global names of the program stand for."""
        found = self.act("names", names)
        if found is UNKNOWN:
            return {name: Remote(self, ["g", name], "function") for name in names}
        return found


class Guessed(Exception):
    """Something depends on a result that is not known yet."""


SHARED = ("builtins", "operator", "math", "_operator", "collections", "functools")


def replace(value, new):
    """Gives an argument of the tests the content that it has after a call."""
    if type(value) is not type(new):
        return
    if type(value) in (list, bytearray):
        value[:] = new
    elif type(value) in (dict, set, collections.OrderedDict, collections.Counter, collections.defaultdict):
        value.clear()
        value.update(new)
    elif type(value) is collections.deque:
        value.clear()
        value.extend(new)


class Remote:
    """Something of the program that is no plain value: a function, a class, an object.

    It is never equal to a plain value and cannot be ordered beside one, whatever its class says.
    """

    def __init__(self, session, address, kind):
        for name, value in (("_session", session), ("_address", address), ("_kind", kind)):
            object.__setattr__(self, name, value)

    def __call__(self, *arguments, **named):
        return self._session.act("call", self, arguments, named)

    def __getattr__(self, name):
        if name.startswith("__") and name not in ("__name__", "__doc__", "__dict__"):
            raise AttributeError(name)
        return do(self, "getattr", name)

    def __setattr__(self, name, value):
        do(self, "setattr", name, value)

    def __delattr__(self, name):
        do(self, "delattr", name)

    def __eq__(self, other):
        return self is other or compare(self, "eq", other, False)

    def __ne__(self, other):
        return self is not other and compare(self, "ne", other, True)

    def __lt__(self, other):
        return compare(self, "lt", other)

    def __le__(self, other):
        return compare(self, "le", other)

    def __gt__(self, other):
        return compare(self, "gt", other)

    def __ge__(self, other):
        return compare(self, "ge", other)

    def __hash__(self):
        return id(self)

    def __iter__(self):
        return iter(do(self, "list"))

    def __next__(self):
        return do(self, "next")

    def __len__(self):
        return whole(do(self, "len"))

    def __bool__(self):
        return bool(do(self, "bool"))

    def __contains__(self, item):
        return bool(do(self, "contains", item))

    def __str__(self):
        return text(do(self, "str"))

    def __repr__(self):
        return text(do(self, "repr"))

    def __format__(self, spec):
        return text(do(self, "format", spec))

    def __int__(self):
        return whole(do(self, "int"))

    def __float__(self):
        value = do(self, "float")
        return value if type(value) is float else 0.0

    def __getitem__(self, key):
        return do(self, "getitem", key)

    def __setitem__(self, key, value):
        do(self, "setitem", key, value)

    def __delitem__(self, key):
        do(self, "delitem", key)


def do(value, function, *arguments):
    return object.__getattribute__(value, "_session").act("do", function, (value,) + arguments)


def whole(value):
    return value if type(value) is int and value >= 0 else 0


def text(value):
    return value if type(value) is str else ""


def compare(value, function, other, default=None):
    if type(other) in (Remote, Unknown):
        return do(value, function, other) in (True, UNKNOWN)
    if default is None:
        raise TypeError("an object of the program cannot be ordered beside a plain value")
    return default


def add_operators():
    def operator_of(name):
        return lambda self, *others: do(self, name, *others)

    def reversed_of(name):
        return lambda self, other: object.__getattribute__(self, "_session").act("do", name, (other, self))

    for name in "add sub mul truediv floordiv mod pow and_ or_ xor lshift rshift matmul".split():
        setattr(Remote, "__" + name.rstrip("_") + "__", operator_of(name))
        setattr(Remote, "__r" + name.rstrip("_") + "__", reversed_of(name))
    for name in "neg pos abs invert round reversed".split():
        setattr(Remote, "__" + name + "__", operator_of(name))


class Asserts(ast.NodeTransformer):
    """Lets a run that guesses go on behind an assertion that fails for that reason."""

    def visit_Assert(self, node):
        guessing = ast.Call(ast.Name(GUESSING, ast.Load()), [], [])
        again = ast.If(ast.UnaryOp(ast.Not(), guessing), [ast.Raise()], [])
        handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, [again])
        return ast.copy_location(ast.Try([node], [handler], [], []), node)


def compiled(source, name):
    tree = ast.fix_missing_locations(Asserts().visit(ast.parse(source, name)))
    return compile(tree, name, "exec", dont_inherit=True)


def free_names(sources):
    """Names that the tests read and neither bind nor find among the built-in ones."""
    read, bound = [], set(dir(builtins))
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                read.append(node.id)
            elif isinstance(node, ast.Name):
                bound.add(node.id)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
                bound.add(node.name)
            elif isinstance(node, ast.alias):
                bound.add((node.asname or node.name).split(".")[0])
            elif isinstance(node, ast.arg):
                bound.add(node.arg)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                bound.add(node.name)
    return sorted(set(read) - bound)


def modules_of(sources, names):
    """Modules that the tests use without importing them, as assertions of EvalPlus use `math`."""
    used = {
        node.value.id
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return [name for name in names if name in used and name in MODULES]


def close(got, wanted, rtol=1e-05, atol=1e-08, equal_nan=False):
    if isinstance(wanted, (list, tuple)) and isinstance(got, (list, tuple)):
        return len(got) == len(wanted) and all(
            close(one, other, rtol, atol, equal_nan) for one, other in zip(got, wanted)
        )
    if isinstance(wanted, (list, tuple)):
        return all(close(got, other, rtol, atol, equal_nan) for other in wanted)
    if isinstance(got, (list, tuple)):
        return all(close(one, wanted, rtol, atol, equal_nan) for one in got)
    if got is UNKNOWN:
        return True
    if type(got) not in (int, float, complex, bool) or type(wanted) not in (int, float, complex, bool):
        raise TypeError("these are no numbers")
    if got != got or wanted != wanted:
        return equal_nan and got != got and wanted != wanted
    if abs(got) == float("inf") or abs(wanted) == float("inf"):
        return got == wanted
    return abs(got - wanted) <= atol + rtol * abs(wanted)


def stand_in_for_numpy():
    """What tests of EvalPlus use of numpy, where it is not installed."""
    try:
        import numpy  # noqa: F401
    except BaseException:
        module = types.ModuleType("numpy")
        module.allclose = module.isclose = close
        for name in ("ndarray", "generic"):
            setattr(module, name, type(name, (), {}))
        module.float64 = module.float32 = float
        module.nan, module.inf, module.pi = float("nan"), float("inf"), 3.141592653589793
        module.array = lambda parts, dtype=None: list(parts)
        module.isnan = lambda value: value != value
        sys.modules["numpy"] = module


def run_text(source, space, entry):
    """Runs one text of tests, and what functions and classes of tests it defines."""
    before = set(space)
    exec(compiled(source, "<tests>"), space)
    new = [space[name] for name in space if name not in before]
    if "check" not in before and isinstance(space.get("check"), types.FunctionType) and entry is not None:
        space["check"](entry)
    for value in new:
        if isinstance(value, types.FunctionType) and value.__name__.startswith("test"):
            if value.__code__.co_argcount == 0:
                value()
        elif isinstance(value, type) and any(base.__name__ == "TestCase" for base in value.__mro__[1:]):
            run_cases(value, space[GUESSING])


def run_cases(cases, guessing):
    import unittest

    for case in unittest.defaultTestLoader.loadTestsFromTestCase(cases):
        result = unittest.TestResult()
        case.run(result)
        for _, trace in result.failures + result.errors:
            if not guessing():
                raise AssertionError(trace.strip().splitlines()[-1])


def where(error, sources):
    """The line of the tests at which an error arose."""
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<tests>":
            line = trace.tb_lineno
        trace = trace.tb_next
    lines = sources.splitlines()
    return lines[line - 1].strip()[:300] if line and line <= len(lines) else ""


def bind_names(job, session, sources, space):
    """Gives the tests the names that they use: modules, the prompt's own helpers, and what the program defines."""
    names = [name for name in free_names(sources) if name != "candidate"]
    if job["entry"] and job["entry"] not in names:
        names.append(job["entry"])
    for name in modules_of(sources[1:], names):
        if name != job["entry"]:
            space[name] = importlib.import_module(name)
            names.remove(name)
    # The prompt's own helpers are the tests', not what an answer makes of them.
    exec(compile(job["prelude"], "<prelude>", "exec", dont_inherit=True), space)
    prelude = set(space)
    for name, found in session.names(names).items():
        if name in prelude and name != job["entry"]:
            continue
        if isinstance(found, Remote):
            space[name] = found
        elif found[0] == "exception":
            space[name] = session.exception(name, found[1])
        elif found[0] == "value":
            space[name] = decode(found[1], session.object)
        else:
            space[name] = Remote(session, ["g", name], "function")


def main(text_of_job):
    dumps, loads = KEPT
    job = loads(text_of_job)
    sys.stdout = sys.stderr = io.StringIO()
    sys.stdin = io.StringIO("")
    add_operators()
    stand_in_for_numpy()
    random.seed(0)
    session = Session(job)
    passed, failures, ended = 0, [], False
    sources = [job["prelude"], job["setup"]] + job["tests"]
    space = {"__name__": "tests", "__builtins__": builtins, GUESSING: session.guessing}
    try:
        bind_names(job, session, sources, space)
        entry = space.get(job["entry"]) if job["entry"] else None
        if job["entry"] and type(entry) is not Remote:
            return dumps({"ended": "not_defined"})
        space["candidate"] = entry
        exec(compiled(job["setup"], "<tests>"), space)
        if job["inputs"]:
            run_inputs(job, entry, space)
            passed += 1
        for source in job["tests"]:
            try:
                run_text(source, space, entry)
                passed += 1
            except Enough:
                raise
            except Exception as error:
                failures.append([type(error).__name__, str(error)[:1000], where(error, source)])
        ended = True
    except Enough:
        pass
    except BaseException as error:
        failures.append([type(error).__name__, str(error)[:1000], where(error, job["setup"])])
        ended = True
    if session.guessing():
        return dumps({"kept": session.at, "wanted": session.wanted})
    if session.unsupported:
        return dumps({"ended": "not_supported", "why": session.unsupported})
    if not session.calls:
        return dumps({"ended": "never_called" if not failures else "failed", "failures": failures})
    total = len(job["tests"]) + bool(job["inputs"])
    return dumps({"ended": "passed" if ended and not failures else "failed", "failures": failures,
                  "passed": passed, "total": total})  # fmt: skip
