"""Stand-ins for what is not there: distributions that only a file of tests imports, and fixtures of plug-ins."""


class Unavailable(Skipped):
    """A test asks for what is not there."""


class Absent:
    """Whatever a module that is not there has. It can be named, called and inherited from while a file of tests is
    imported; a test that uses it is skipped, and the others of the file run."""

    def __init__(self, name, watch):
        self.__dict__.update(name=name, watch=watch)

    def use(self, *args, **kwargs):
        if self.watch.on:
            raise Unavailable(self.name)
        return Absent(self.name, self.watch)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self.watch.on:
            raise Unavailable(self.name)
        return Absent(self.name, self.watch)

    def __iter__(self):
        return iter(())

    def __mro_entries__(self, bases):
        return ()

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return id(self)

    __call__ = __getitem__ = __or__ = __ror__ = __and__ = __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = use
    __truediv__ = __neg__ = __pow__ = __matmul__ = __lt__ = __le__ = __gt__ = __ge__ = use


class AbsentModule(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(self.__name__, self.watch)


class AbsentFinder:
    """Gives files of tests, and nobody else, modules in the place of those that are not there."""

    def __init__(self, watch):
        self.watch = watch

    def find_spec(self, name, path=None, target=None):
        import importlib.machinery

        outer = type(sys.modules.get(name.partition(".")[0])) is AbsentModule
        if name.split(".")[0] in ("pytest", "_pytest") or not (outer or self.asked_by_test()):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def asked_by_test(self):
        frame = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename.startswith("<frozen "):
            frame = frame.f_back
        path = frame and self.watch.tree.path_of(frame.f_code.co_filename)
        if not path:
            return False
        # What tests share stands beside them.
        beside = any(part in ("test", "tests") for part in path.split("/")[:-1])
        return beside or path in self.watch.tests or is_test_file(path)

    def create_module(self, spec):
        module = AbsentModule(spec.name)
        module.watch = self.watch
        return module

    def exec_module(self, module):
        pass


def hide_programs():
    """No program is there that could be started; files of tests look for some while they are imported."""
    import subprocess

    class Popen(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            raise FileNotFoundError(2, "No such file or directory")

    subprocess.Popen = Popen


class Logs:
    """`caplog`: what is logged."""

    def __init__(self):
        import logging

        self.logging, self.records, self.before = logging, [], []
        self.handler = logging.Handler()
        self.handler.emit = self.records.append
        logging.getLogger().addHandler(self.handler)

    messages = property(lambda self: [record.getMessage() for record in self.records])
    text = property(lambda self: "".join(message + "\n" for message in self.messages))
    record_tuples = property(lambda self: [(one.name, one.levelno, one.getMessage()) for one in self.records])

    def clear(self):
        del self.records[:]

    def set_level(self, level, logger=None):
        target = self.logging.getLogger(logger)
        self.before.append((target, target.level))
        target.setLevel(level)

    @contextlib.contextmanager
    def at_level(self, level, logger=None):
        self.set_level(level, logger)
        yield
        target, before = self.before.pop()
        target.setLevel(before)

    def end(self):
        self.logging.getLogger().removeHandler(self.handler)
        for target, level in reversed(self.before):
            target.setLevel(level)


class Parts:
    """`subtests`: parts of a test that go on where one fails."""

    @contextlib.contextmanager
    def test(self, *args, **kwargs):
        try:
            yield
        except AssertionError:
            pass


class Measured:
    """`benchmark`, of a plug-in: calls a function once."""

    def __call__(self, function, *args, **kwargs):
        return function(*args, **kwargs)

    def pedantic(self, function, args=(), kwargs=None, **settings):
        return function(*args, **(kwargs or {}))
