"""`ctypes` as programs find it: the names and sizes of C's types, which packages look at while they are imported,
and nothing that reaches memory or libraries. What is not here is refused, which is no answer.
"""

# Of a module or a class, what Python itself looks at.
TOLD_OF_MODULE = frozenset(
    "__name__ __spec__ __loader__ __package__ __path__ __file__ __cached__ __doc__ __class__".split()
)
TOLD_OF_CLASS = frozenset("__name__ __qualname__ __module__ __class__ __hash__ __eq__ __ne__".split())


def refuse_foreign(name):
    if not WORKING and ABORT:
        ABORT[0]([REFUSED, "ctypes." + name])
    raise PermissionError(1, "Operation not permitted")


def refusing_method(name):
    def refuse(cls, *args, **kwargs):
        refuse_foreign(name)

    return refuse


def told_attribute(cls, name):
    if name not in TOLD_OF_CLASS:
        refuse_foreign(name)
    return type.__getattribute__(cls, name)


REFUSED_OF_CLASS = "__call__ __mul__ __rmul__ __dir__ __setattr__ __delattr__".split()


def class_of_classes(kind, ready):
    """A stand-in for one of the classes whose instances are C's types. Once `ready` holds something, there are no
    further instances."""

    def make(cls, name, *args, **kwargs):
        if ready:
            refuse_foreign(name)
        return type.__new__(cls, name, *args, **kwargs)

    members = {one: refusing_method(one) for one in REFUSED_OF_CLASS}
    members.update(__new__=make, __getattribute__=told_attribute, __module__=kind.__module__)
    return type(kind.__name__, (type,), members)


def foreign_names(real):
    """The public names of `ctypes` that do nothing when they are looked up, with stand-ins."""
    kinds, ready, sizes, found = {}, [], {}, {}
    stand_ins = {}
    for name, one in vars(real).items():
        if name.startswith("_") or isinstance(one, types.ModuleType):
            continue
        if id(one) not in stand_ins:
            if isinstance(one, type):
                kind = type(one)
                if kind not in kinds:
                    kinds[kind] = class_of_classes(kind, ready)
                stand_in = kinds[kind](one.__name__, (), {"__module__": one.__module__, "__slots__": ()})
                if issubclass(one, real._SimpleCData):
                    sizes[id(stand_in)] = real.sizeof(one), real.alignment(one)
            elif callable(one):
                stand_in = refusing_method(name)
                stand_in.__name__ = stand_in.__qualname__ = name
            else:
                continue
            stand_ins[id(one)] = stand_in
        found[name] = stand_ins[id(one)]
    found["sizeof"], found["alignment"] = size_reader("sizeof", sizes, 0), size_reader("alignment", sizes, 1)
    ready.append(True)
    return found


def size_reader(name, sizes, at):
    def read(one, /):
        size = sizes.get(id(one))
        return refuse_foreign(name) if size is None else size[at]

    read.__name__ = read.__qualname__ = name
    return read


class ForeignFinder:
    """Finds the stand-in of `ctypes`, for all but distributions: numpy and others do without it."""

    def __init__(self):
        import importlib.machinery

        real = ctypes
        public = foreign_names(real)

        class Module(types.ModuleType):
            def __getattribute__(self, name):
                if name in public:
                    return public[name]
                if name in TOLD_OF_MODULE:
                    return types.ModuleType.__getattribute__(self, name)
                if hasattr(real, name):
                    refuse_foreign(name)
                raise AttributeError("module 'ctypes' has no attribute '%s'" % name)

            def __setattr__(self, name, value):
                if name not in TOLD_OF_MODULE:
                    refuse_foreign(name)
                types.ModuleType.__setattr__(self, name, value)

            def __dir__(self):
                refuse_foreign("__dir__")

        Module.__name__ = Module.__qualname__ = "module"
        Module.__module__ = "builtins"
        self.module, self.doc, self.file = Module, real.__doc__, real.__file__
        self.path = list(real.__path__)
        self.spec_of = importlib.machinery.ModuleSpec

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] != "ctypes":
            return None
        if is_asked_by_distribution():
            raise ImportError("No module named 'ctypes'")
        if name != "ctypes":
            refuse_foreign(name.partition(".")[2])
        spec = self.spec_of(name, self, origin=self.file, is_package=True)
        spec.submodule_search_locations += self.path
        spec.has_location = True
        return spec

    def create_module(self, spec):
        return self.module(spec.name, self.doc)

    def exec_module(self, module):
        pass
