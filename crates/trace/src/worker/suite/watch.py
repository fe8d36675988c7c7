"""What is seen of the calls that a test makes."""

# Calls of functions of Python code that one test may make, and all that share a child.
MOST_EVENTS, MOST_EVENTS_OF_ALL = 150_000, 3_000_000
# Calls of one function that are looked at, and that are kept.
MOST_TRIES, MOST_KEPT = 40, 4
# Calls of a constructor that are remembered as the origin of objects, and calls by one test of one function that are
# looked at for what they do to such objects.
MOST_ORIGINS, MOST_BY_A_TEST = 400, 200
MOST_CALL, MOST_SETUP = 600, 2000
GENERATOR, COROUTINE, VARIABLE, KEYWORDS = 0x20, 0x80 | 0x200, 0x04, 0x08
OPERATORS = dict(
    zip(
        """add sub mul truediv floordiv mod pow matmul and or xor lshift rshift eq ne lt le gt ge""".split(),
        "+ - * / // % ** @ & | ^ << >> == != < <= > >=".split(),
    )
)
ONE_ARGUMENT = {"len": "len", "str": "str", "repr": "repr", "bool": "bool", "int": "int", "float": "float", "abs": "abs"}
ONE_ARGUMENT.update({"iter": "list", "hash": "hash", "reversed": "list", "bytes": "bytes", "complex": "complex"})
SIGNS = {"neg": "-", "pos": "+", "invert": "~"}


class TooMuch(BaseException):
    """The test has used up its budget."""


class Seen:
    """A function of the source: a code object that was called."""

    __slots__ = ("code", "path", "line", "is_test", "tries", "kept", "texts", "origins")

    def __init__(self, code, path, is_test):
        self.code, self.path, self.line, self.is_test = code, path, code.co_firstlineno, is_test
        self.tries = self.kept = self.origins = 0
        self.texts = set()


class Watch:
    def __init__(self, tree, tests):
        self.tree, self.tests = tree, tests
        self.seen, self.events, self.spent = {}, 0, 0
        self.origins, self.kept_index, self.modules = {}, {}, 0
        # How often the test at hand has called each function.
        self.by_test = {}
        self.place = None
        self.calls, self.reached = [], {}
        self.on = False

    def start(self):
        self.events, self.place = 0, None
        self.origins.clear()
        self.by_test.clear()
        self.on = True
        trace_with(self.called)

    def stop(self):
        trace_with(None)
        self.on = False
        self.spent += self.events
        self.origins.clear()
        return self.events

    def called(self, frame, event, arg):
        """For `sys.settrace`: a function is entered."""
        self.events += 1
        if self.events > MOST_EVENTS or self.spent + self.events > MOST_EVENTS_OF_ALL:
            give_up(TooMuch())
        code = frame.f_code
        seen = self.seen.get(id(code), self)
        if seen is self:
            seen = self.seen[id(code)] = self.look_at(code)
        if seen is None or event != "call":
            return None
        if seen.is_test:
            return None
        outer = frame.f_back
        by_test = outer is not None and self.is_test(outer.f_code)
        if by_test:
            self.place = (self.seen[id(outer.f_code)].path, outer.f_lineno)
        if self.place is None:
            return None
        reached = self.reached.get(self.place)
        if reached is None:
            reached = self.reached[self.place] = set()
        reached.add((seen.path, seen.line))
        if code.co_flags & (GENERATOR | COROUTINE):
            if code.co_flags & COROUTINE or frame.f_lineno != code.co_firstlineno:
                return None
        try:
            written = self.enter(seen, frame, by_test)
        except (Unwritable, RecursionError):
            return None
        except Exception:
            return None
        if written is None or code.co_flags & GENERATOR:
            return None
        return self.follow(frame, written, arguments_first(frame) if written[2] is None else None)

    def look_at(self, code):
        path = self.tree.path_of(code.co_filename)
        if path is None or path not in self.tree.texts:
            return None
        return Seen(code, path, path in self.tests or is_test_file(path))

    def is_test(self, code):
        seen = self.seen.get(id(code), self)
        if seen is self:
            seen = self.seen[id(code)] = self.look_at(code)
        return seen is not None and seen.is_test

    def is_own(self, kind):
        module = sys.modules.get(kind.__module__)
        return self.tree.path_of(getattr(module, "__file__", None) or "") is not None

    def enter(self, seen, frame, by_test):
        """Notes a call that begins; gives its text where it may make or change an object that is tracked."""
        code = seen.code
        constructor = code.co_name == "__init__"
        wanted = seen.kept < MOST_KEPT and seen.tries < MOST_TRIES
        if by_test:
            calls = self.by_test[seen] = self.by_test.get(seen, 0) + 1
            by_test = calls <= MOST_BY_A_TEST
        if constructor and seen.origins < MOST_ORIGINS:
            seen.origins += 1
        elif not (wanted or by_test):
            return None
        seen.tries += 1
        arguments = Arguments(frame)
        draft = Draft(self, frame.f_globals)
        if constructor:
            written = self.constructed(arguments, draft)
            if written is not None and wanted:
                self.keep(seen, frame, draft, written)
            return None if written is None or draft.statements else (written, draft, None)
        if wanted or by_test:
            written = call_text(self, draft, arguments, frame)
            if wanted and written is not None:
                self.keep(seen, frame, draft, written)
        if not by_test or written is None:
            return None
        return written, draft, Received(arguments.receiver)

    def constructed(self, arguments, draft):
        """The text of a call of a class, remembered as the origin of the object."""
        made = arguments.receiver
        kind = type(made)
        found = kind.__init__
        if getattr(found, "__code__", None) is not arguments.code:
            return None
        arguments.take_defaults(inner_function(found))
        text = bounded(draft.named(kind) + "(" + arguments.text(draft) + ")")
        return text

    def follow(self, frame, written, made):
        """A trace function for one call that a test makes: what it returns has an origin, and its receiver may
        have changed. Or for a constructor, whose object has one then."""
        text, draft, received = written
        receiver = received and received.value
        tracked = self.origins.get(id(receiver))
        frame.f_trace_lines = False

        def left(frame, event, arg):
            if event == "return" and self.on:
                try:
                    if made is None:
                        self.returned(arg, text, draft, receiver, tracked)
                    elif id(made) not in self.index():
                        self.origins[id(made)] = Origin(made, text, draft.needs(), digest_of(made))
                except Exception:
                    pass
            return left

        return left

    def returned(self, value, text, draft, receiver, tracked):
        if tracked is not None and tracked is self.origins.get(id(receiver)):
            if not unchanged(tracked.digest, receiver):
                operation = changing_text(text, draft, tracked)
                if operation is None or len(tracked.operations) >= MOST_OPERATIONS:
                    del self.origins[id(receiver)]
                else:
                    tracked.operations.append((operation, draft.needs()))
                    tracked.digest = digest_of(receiver)
        kind = type(value)
        if value is receiver or kind in ATOMS or kind in (list, tuple, dict, set, frozenset):
            return
        if self.is_own(kind) and id(value) not in self.index() and not draft.statements:
            self.origins[id(value)] = Origin(value, text, draft.needs(), digest_of(value))

    def keep(self, seen, frame, draft, text):
        setup = draft.setup()
        if "\n" in text or len(text) > MOST_CALL or len(setup) > MOST_SETUP or (setup, text) in seen.texts:
            return
        root = self.tree.root
        if root in text or root in setup:
            return
        seen.texts.add((setup, text))
        seen.kept += 1
        self.calls.append(
            {
                "path": seen.path,
                "line": seen.line,
                "module": frame.f_globals.get("__name__"),
                "setup": setup,
                "call": text,
                "reads": sorted(draft.read),
                "literal": draft.literal,
                "test": self.place[0],
                "at": self.place[1],
            }
        )

    def index(self):
        """Where objects of modules of the source are found: by identity, module and dotted name."""
        if self.modules != len(sys.modules):
            self.modules = len(sys.modules)
            self.kept_index = index_of(self.tree)
        return self.kept_index


def arguments_first(frame):
    return frame.f_locals[frame.f_code.co_varnames[0]]


def is_test_file(path):
    name = path.rpartition("/")[2]
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def index_of(tree):
    found = {}
    modules = []
    for name, module in list(sys.modules.items()):
        if type(module) is types.ModuleType and tree.path_of(getattr(module, "__file__", None) or "") is not None:
            if not any(is_test_file(part + ".py") for part in name.split(".")):
                modules.append((name.count("."), name, module))
    modules.sort(key=lambda one: one[:2])
    inner = []
    for _, name, module in modules:
        for key, value in list(vars(module).items()):
            if key.startswith("__") or type(value) in ATOMS or type(value) is types.ModuleType:
                continue
            if type(value) in (list, dict, tuple, set) and not value:
                continue
            if id(value) not in found:
                found[id(value)] = (name, key)
                inner.append((name, key, value))
    for name, key, value in inner:
        if isinstance(value, (type, types.FunctionType)):
            continue
        try:
            held = object.__getattribute__(value, "__dict__")
        except AttributeError:
            continue
        if tree.path_of(getattr(sys.modules.get(type(value).__module__), "__file__", None) or "") is None:
            continue
        for attribute, one in list(held.items())[:500]:
            if isinstance(one, (type, types.FunctionType)) or hasattr(one, "__dict__"):
                if attribute.isidentifier() and id(one) not in found:
                    found[id(one)] = (name, key + "." + attribute)
    return found


class Received:
    """The first argument of a call that is no constructor's."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value



