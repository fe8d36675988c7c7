"""Tests: what is one, and what it is run with."""

# Rows of a table of parameters that are run of one test.
MOST_ROWS = 8
# Tests of one class or function.
MOST_TESTS = 60
# The item that stands for what a file makes when it is imported, and its tests.
MADE, MOST_MADE = "*", 240


def marks_of(target):
    """The marks of a function or class, of its bases too; the nearest first."""
    if inspect.isclass(target):
        return [mark for one in target.__mro__ for mark in reversed(listed(vars(one).get("pytestmark", ())))]
    return list(reversed(listed(getattr(target, "pytestmark", ()))))


def listed(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def check_skipped(marks, names):
    """Raises `Skipped` where a mark says so."""
    for mark in marks:
        name = getattr(mark, "name", None)
        if name == "skip":
            raise Skipped("marked")
        if name in ("skipif", "xfail") and mark.args:
            condition = mark.args[0]
            if eval(condition, dict(names)) if isinstance(condition, str) else condition:
                raise Skipped("marked")


def rows_of(marks, chance):
    """The rows of parameters of a test: names with values, and which of them go to fixtures."""
    rows = [({}, set())]
    for mark in marks:
        if getattr(mark, "name", None) != "parametrize":
            continue
        names, values = (list(mark.args) + [mark.kwargs.get("argvalues", ())])[:2]
        if isinstance(names, str):
            names = [name.strip() for name in names.split(",") if name.strip()]
        indirect = mark.kwargs.get("indirect", False)
        indirect = set(names) if indirect is True else set(indirect or ())
        table = []
        for row in itertools.islice(values, 1000):
            if isinstance(row, Row):
                try:
                    check_skipped(row.marks, {})
                except Skipped:
                    continue
                row = row.values if len(names) > 1 or len(row.values) == 1 else (row.values,)
                table.append(dict(zip(names, row)))
            else:
                table.append(dict(zip(names, row if len(names) > 1 else (row,))))
        rows = [({**before, **row}, indirect | inner) for row in table for before, inner in rows[:40]]
    if len(rows) > MOST_ROWS:
        rows = chance.sample(rows, MOST_ROWS)
    return rows


class Request:
    """What a fixture gets as `request`."""

    def __init__(self, needs, param=None):
        self.needs, self.param = needs, param
        self.instance, self.module = needs.instance, needs.module
        self.cls = type(needs.instance) if needs.instance is not None else None
        self.function, self.scope = needs.function, "function"
        self.node = types.SimpleNamespace(name=needs.name, get_closest_marker=lambda *args: None, keywords={})
        self.config = types.SimpleNamespace(getoption=lambda *args, **kwargs: None)
        self.fixturenames = []
        if param is None:
            del self.param

    def getfixturevalue(self, name):
        return self.needs.value(name)

    def addfinalizer(self, function):
        self.needs.ending.append(function)


class Needs:
    """The values of what one test asks for by name."""

    def __init__(self, suite, function, name, instance, row, indirect):
        self.suite, self.module, self.function = suite, suite.module, function
        self.name, self.instance = name, instance
        self.given = {key: value for key, value in row.items() if key not in indirect}
        self.params = {key: row[key] for key in indirect}
        self.ending, self.busy = [], set()

    def value(self, name):
        if name in self.given:
            return self.given[name]
        if name in self.busy:
            raise Failed("a fixture needs itself")
        self.busy.add(name)
        try:
            self.given[name] = value = self.make(name)
        finally:
            self.busy.discard(name)
        return value

    def arrange(self, name):
        """Does what a fixture does that nobody asks for, as far as that is possible here."""
        try:
            self.value(name)
        except Unavailable:
            pass

    def make(self, name):
        found = self.suite.fixture(name, self.instance)
        if found is None:
            return self.built_in(name)
        kept = self.suite.kept
        param = self.params.get(name)
        if param is None and found.params:
            param = found.params[0]
            param = param.values[0] if isinstance(param, Row) else param
        key = (id(found), repr(param) if found.scope != "function" else None)
        if found.scope in ("module", "session", "package") and key in kept:
            return kept[key]
        value = self.call(found, param)
        if found.scope in ("module", "session", "package"):
            kept[key] = value
        return value

    def call(self, found, param):
        function = found.function
        if isinstance(function, (staticmethod, classmethod)):
            function = function.__func__
        names = list(inspect.signature(function).parameters)
        args = []
        if names[:1] in (["self"], ["cls"]) and self.instance is not None:
            args.append(self.instance if names[0] == "self" else type(self.instance))
            del names[0]
        values = {name: Request(self, param) if name == "request" else self.value(name) for name in names}
        value = function(*args, **values)
        if inspect.isgeneratorfunction(function):
            generator, value = value, next(value)
            self.ending.append(lambda: next(generator, None))
        return value

    def built_in(self, name):
        if name == "monkeypatch":
            patches = Patches()
            self.ending.append(patches.undo)
            return patches
        if name == "request":
            return Request(self)
        if name in ("capsys", "capfd"):
            return types.SimpleNamespace(readouterr=self.suite.read_output)
        if name == "caplog":
            logs = Logs()
            self.ending.append(logs.end)
            return logs
        if name == "pytestconfig":
            return Request(self).config
        simple = {"recwarn": list, "doctest_namespace": dict, "subtests": Parts, "benchmark": Measured}
        if name in simple:
            return simple[name]()
        if name in ("record_property", "record_testsuite_property", "record_xml_attribute"):
            return lambda *args, **kwargs: None
        raise Unavailable("fixture " + name)

    def end(self):
        for ending in reversed(self.ending):
            ending()


def is_test_class(name, one):
    """True for a class of tests, by the name that its module has for it."""
    import unittest

    if not inspect.isclass(one):
        return False
    if issubclass(one, unittest.TestCase):
        return True
    return name.startswith("Test") and "__init__" not in vars(one) and getattr(one, "__test__", True)


def methods_of(cls):
    return [one for one in dir(cls) if one.startswith("test") and callable(getattr(cls, one))]


class Suite:
    """A file of tests."""

    def __init__(self, tree, path, watch, seed):
        self.tree, self.path, self.watch, self.seed = tree, path, watch, seed
        self.kept, self.fixtures = {}, {}
        self.output = io.StringIO()
        for folder in folders_to(path):
            conftest = folder + "/conftest.py" if folder else "conftest.py"
            if conftest in tree.texts:
                self.take_fixtures(self.load(conftest))
        self.module = self.load(path)
        self.take_fixtures(self.module)
        self.marks = list(reversed(listed(getattr(self.module, "pytestmark", ()))))
        for name in ("setUpModule", "setup_module"):
            if callable(getattr(self.module, name, None)):
                self.with_optional(getattr(self.module, name), self.module)

    def load(self, path):
        name = module_name(self.tree, path)
        __import__(name)
        return sys.modules[name]

    def take_fixtures(self, module):
        for one in list(vars(module).values()):
            if isinstance(one, Fixture):
                self.fixtures[one.name] = one

    def fixture(self, name, instance):
        if instance is not None:
            for one in type(instance).__mro__:
                for found in vars(one).values():
                    if isinstance(found, Fixture) and found.name == name:
                        return found
        return self.fixtures.get(name)

    def with_optional(self, function, argument):
        function(argument) if inspect.signature(function).parameters else function()

    def read_output(self):
        out = sys.stdout.getvalue() if hasattr(sys.stdout, "getvalue") else ""
        sys.stdout = io.StringIO()
        return types.SimpleNamespace(out=out, err="")

    def item(self, name):
        """Runs a test function, or the tests of a class; gives how each ended."""
        if name == MADE:
            return self.made()
        target = getattr(self.module, name, None)
        if isinstance(target, Absent):
            return [(name, "needs " + target.name, 0)]
        if is_test_class(name, target):
            return self.tests_of(target, name, self.chosen(methods_of(target), MOST_TESTS, name))
        if inspect.isfunction(inspect.unwrap(target)) if callable(target) else False:
            return self.function(target, name, None)
        return []

    def made(self):
        """Runs tests that the file has without defining them at its top: classes that a function makes, or that
        stand below a condition."""
        text = self.tree.decode(self.tree.texts[self.path])
        defined = set(re.findall(r"^(?:class|def|async def) +(\w+)", text, re.MULTILINE))
        found = {name: one for name, one in list(vars(self.module).items()) if name not in defined and self.is_own(one)}
        tests = []
        for name, one in sorted(found.items()):
            if is_test_class(name, one):
                tests += [(name, method) for method in self.chosen(methods_of(one), MOST_TESTS, name)]
            elif inspect.isfunction(one) and name.startswith("test"):
                tests.append((name, None))
        ended = []
        for name, chosen in itertools.groupby(self.chosen(tests, MOST_MADE, MADE), lambda test: test[0]):
            methods = [method for _, method in chosen]
            if methods == [None]:
                ended += self.function(found[name], name, None)
            else:
                ended += self.tests_of(found[name], name, methods)
        return ended

    def is_own(self, one):
        return getattr(one, "__module__", None) == self.module.__name__

    def chosen(self, tests, most, name):
        """At most so many tests, in order; the same ones each time."""
        if len(tests) <= most:
            return tests
        return sorted(random.Random(self.seed + self.path + name).sample(tests, most))

    def tests_of(self, cls, name, methods):
        import unittest

        self.arrange_class(cls)
        ended = []
        for method in methods:
            full = name + "::" + method
            if issubclass(cls, unittest.TestCase):
                ended.append(self.ended(full, lambda: cls(method).debug()))
            else:
                ended += self.function(getattr(cls, method), full, cls)
        return ended

    def arrange_class(self, cls):
        for name in ("setUpClass", "setup_class"):
            arrange = getattr(cls, name, None)
            if callable(arrange):
                try:
                    arrange() if inspect.ismethod(arrange) else arrange(cls)
                except Exception:
                    # Then its tests fail, and say so.
                    pass

    def function(self, function, name, cls):
        chance = random.Random(self.seed + self.path + name)
        marks = marks_of(function) + (marks_of(cls) if cls is not None else []) + self.marks
        try:
            check_skipped(marks, vars(self.module))
            rows = rows_of(marks, chance)
        except Exception as error:
            return [(name, "skipped" if isinstance(error, Skipped) else failure_of(error), 0)]
        ended = []
        for number, (row, indirect) in enumerate(rows):
            full = name if len(rows) == 1 else name + "[" + str(number) + "]"
            ended.append(self.ended(full, lambda: self.run(function, name, cls, row, indirect)))
        return ended

    def run(self, function, name, cls, row, indirect):
        instance = cls() if cls is not None else None
        needs = Needs(self, function, name, instance, row, indirect)
        try:
            self.arrange(needs, instance, function)
            names = list(inspect.signature(function).parameters)
            static = cls is not None and isinstance(inspect.getattr_static(cls, function.__name__, None), staticmethod)
            args = [instance] if cls is not None and not static and not inspect.ismethod(function) else []
            values = {one: needs.value(one) for one in names[len(args) :] if not one.startswith("_")}
            result = function(*args, **values)
            if inspect.iscoroutine(result):
                import asyncio

                asyncio.run(result)
        finally:
            teardown = getattr(instance, "teardown_method", None)
            if callable(teardown):
                self.with_optional(teardown, function)
            needs.end()

    def arrange(self, needs, instance, function):
        for one in self.fixtures.values():
            if one.autouse:
                needs.arrange(one.name)
        if instance is not None:
            for base in reversed(type(instance).__mro__):
                for one in list(vars(base).values()):
                    if isinstance(one, Fixture) and one.autouse:
                        needs.arrange(one.name)
            for name in ("setup_method", "setup"):
                arrange = getattr(instance, name, None)
                if callable(arrange) and not isinstance(arrange, Fixture):
                    self.with_optional(arrange, function)
                    break
        for mark in marks_of(function):
            if getattr(mark, "name", None) == "usefixtures":
                for name in mark.args:
                    needs.value(name)

    def ended(self, name, run):
        """Runs one test under the watch; gives its name, how it ended, and its events."""
        import unittest

        restart_world(self.path + name)
        sys.stdout = sys.stderr = io.StringIO()
        self.watch.start()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run()
            how = "passed"
        except Unavailable as error:
            how = "needs " + str(error)[:80]
        except (Skipped, unittest.SkipTest):
            how = "skipped"
        except TooMuch:
            how = "over_budget"
        except BaseException as error:
            how = "over_budget" if isinstance(error, KeyboardInterrupt) else failure_of(error)
        events = self.watch.stop()
        return (name, how, events)


def failure_of(error):
    """How a test failed, in words that do not depend on what it did before."""
    said = ": " + str(error).split(" (")[0][:120] if type(error) in (ImportError, ModuleNotFoundError, NameError) else ""
    return "failed: " + type(error).__name__ + said


def folders_to(path):
    """The folders around a file, the outermost first."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def module_name(tree, path):
    """The name by which a file is imported, as pytest has it."""
    folder, _, name = path.rpartition("/")
    names = [name[:-3]]
    while folder and folder + "/__init__.py" in tree.texts:
        folder, _, name = folder.rpartition("/")
        names.insert(0, name)
    if folder not in ROOTS:
        # Behind the others, so that it hides none of their modules.
        ROOTS.append(folder)
    if len(names) == 1 and names[0] == "conftest":
        sys.modules.pop("conftest", None)
        if folder in ROOTS:
            ROOTS.remove(folder)
        ROOTS.insert(0, folder)
    return ".".join(names)
