"""Programs that run in their own package: the module's file runs as it is, and the lines of what is seen are
mapped to those that are shown."""

# Where a program is a part of a module, the lines of its file that are shown, with their numbers in the
# program.
SHOWN = {}
# The files of a source: where they are, their bytes by path, and the module that is asked about.
SOURCES = {"root": None, "files": {}, "folders": set(), "code": {}, "names": set(), "roots": [], "file": None}


MANY_BYTES = 4 << 20


def take_in(tree):
    """Keeps a source's files, and their code as Python makes it."""
    import importlib.util

    SOURCES.update(root=tree["root"], site=tree["site"], spec=importlib.util.spec_from_file_location)
    SOURCES["files"] = {name: text.encode("latin-1") for name, text in tree["files"].items()}
    # Where all of them are compiled in a few seconds, this is done once for all children.
    few = sum(map(len, SOURCES["files"].values())) < MANY_BYTES
    for name in SOURCES["files"]:
        parts = name.split("/")[:-1]
        SOURCES["folders"].update("/".join(parts[: count + 1]) for count in range(len(parts)))
        if few or "tests/" not in name and "docs/" not in name:
            try:
                code_of_file(name)
            except (SyntaxError, ValueError, RecursionError):
                pass


def code_of_file(name):
    if name not in SOURCES["code"]:
        text = SOURCES["files"][name]
        SOURCES["code"][name] = compile(text, SOURCES["root"] + "/" + name, "exec", dont_inherit=True)
    return SOURCES["code"][name]


class OfSource:
    """Finds the modules of a source, those at its top after those of the library, and loads them."""

    def __init__(self, name=None, at_top=False):
        self.name, self.at_top = name, at_top

    def find_spec(self, name, path=None, _=None):
        root = SOURCES["root"]
        if (path is None) != self.at_top:
            return None
        if path is None:
            places = SOURCES["roots"]
        else:
            places = [one[len(root) :].strip("/") for one in path if (one + "/").startswith(root + "/")]
        found = []
        for place in places:
            below = "/".join(filter(None, (place, name.split(".")[-1])))
            for file in (below + "/__init__.py", below + ".py"):
                if file in SOURCES["files"]:
                    SOURCES["names"].add(name)
                    inside = [root + "/" + below] if file.endswith("/__init__.py") else None
                    loader = OfSource(file)
                    loader.path = root + "/" + file
                    return SOURCES["spec"](name, loader.path, loader=loader, submodule_search_locations=inside)
            if below in SOURCES["folders"]:
                found.append(root + "/" + below)
        if not found:
            return None
        SOURCES["names"].add(name)
        spec = type(builtins.__spec__)(name, None, is_package=True)
        spec.submodule_search_locations = found
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(code_of_file(self.name), with_builtins(module))

    def is_package(self, name):
        return self.name.endswith("/__init__.py")

    def get_filename(self, name=None):
        return self.path

    def get_code(self, name):
        return code_of_file(self.name)

    def get_source(self, name):
        import importlib.util

        return importlib.util.decode_source(SOURCES["files"][self.name])

    def get_data(self, path):
        root = SOURCES["root"] + "/"
        if path.startswith(root) and path[len(root) :] in SOURCES["files"]:
            return SOURCES["files"][path[len(root) :]]
        with open(path, "rb") as file:
            return file.read()

    def get_resource_reader(self, name):
        from importlib import readers

        return readers.FileReader(self)


# A module may ask who has loaded it.
OfSource.__name__ = OfSource.__qualname__ = "SourceFileLoader"
OfSource.__module__ = "_frozen_importlib_external"


def with_builtins(module):
    """A module's names, with the built-in names of the process: this text has a copy of its own."""
    vars(module).setdefault("__builtins__", vars(builtins))
    return vars(module)


class OfOthers:
    """Finds what distributions offer, after everything else: modules from their files, and their metadata."""

    @staticmethod
    def find_spec(name, path=None, _=None):
        from importlib.machinery import PathFinder

        return None if path is not None else PathFinder.find_spec(name, [SOURCES["site"]])

    @staticmethod
    def find_distributions(context):
        from importlib.metadata import DistributionFinder, MetadataPathFinder

        if "path" in vars(context):
            return ()
        context = DistributionFinder.Context(name=context.name, path=[SOURCES["site"]])
        return MetadataPathFinder.find_distributions(context)


def keep_others():
    """Reads the Python files of distributions while files can be opened; none is run."""
    site = SOURCES["site"]
    OF_OTHERS["kept"] = True
    for folder, _, names in os.walk(site):
        for name in [name for name in names if name.endswith(".py")]:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                OF_OTHERS["files"][path] = file.read()
            OF_OTHERS["folders"].add(folder)


# The same where no file can be opened.
OF_OTHERS = {"kept": False, "files": {}, "folders": set()}


class Remembered:
    """Finds and loads modules of distributions by their names, from memory."""

    def __init__(self, path=None):
        self.path = path

    def find_spec(self, name, path=None, _=None):
        place = SOURCES["site"] + "/" + name.replace(".", "/")
        for file, inside in ((place + "/__init__.py", [place]), (place + ".py", None)):
            if file in OF_OTHERS["files"]:
                return SOURCES["spec"](name, file, loader=Remembered(file), submodule_search_locations=inside)
        if not any((folder + "/").startswith(place + "/") for folder in OF_OTHERS["folders"]):
            return None
        spec = type(builtins.__spec__)(name, None, is_package=True)
        spec.submodule_search_locations = [place]
        return spec

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(OF_OTHERS["files"][self.path], self.path, "exec", dont_inherit=True), with_builtins(module))

    def get_data(self, path):
        return OF_OTHERS["files"][path]


def show(job):
    """Says which lines of a module's file are shown; each must be in the file as it is shown."""
    package = job["package"]
    import importlib.util

    SOURCES.update(roots=package["roots"], file=SOURCES["root"] + "/" + package["path"])
    lines = importlib.util.decode_source(SOURCES["files"][package["path"]]).split("\n")
    for number, (text, line) in enumerate(zip(job["program"].split("\n"), package["lines"]), 1):
        if line and lines[line - 1] != text:
            raise Failed("line %d is shown otherwise than line %d of the file" % (number, line))
        if line:
            SHOWN[line] = number
    sys.meta_path.insert(0, OfSource())
    sys.meta_path.append(OfSource(at_top=True))
    if SOURCES["site"] is not None:
        sys.meta_path.append(Remembered() if OF_OTHERS["kept"] else OfOthers)
    SOURCES.update(finders=list(sys.meta_path), modules=set(sys.modules))


def is_of_library(module):
    """True for a module that an importer of Python's own made, from outside of the source."""
    try:
        loader = module.__spec__.loader
        maker = loader if isinstance(loader, type) else type(loader)
        file = getattr(module, "__file__", None) or ""
        own = maker.__module__ in ("_frozen_importlib", "_frozen_importlib_external")
        return own and not file.startswith(SOURCES["root"] + "/")
    except BaseException:
        return False


def is_of_others(one, part=lambda one: one):
    """True for a finder or loader that a distribution has brought: what it makes stays as the distribution does."""
    if SOURCES["site"] is None:
        return False
    try:
        one = part(one)
        maker = one if isinstance(one, type) else type(one)
        if maker is Remembered:
            return True
        file = getattr(sys.modules.get(maker.__module__), "__file__", None) or ""
        return file.startswith(SOURCES["site"] + "/")
    except BaseException:
        return False


def import_anew(package):
    """Imports a module with all of its source that this takes; gives its names. What an import before it left
    in Python's tables is taken out: finders, and modules that these or the source made."""
    brought = [one for one in sys.meta_path if one not in SOURCES["finders"] and is_of_others(one)]
    sys.meta_path[:] = SOURCES["finders"] + brought
    for name in SOURCES["names"]:
        sys.modules.pop(name, None)
    for name in set(sys.modules) - SOURCES["modules"]:
        module = sys.modules[name]
        if not is_of_library(module) and not is_of_others(module, lambda module: module.__spec__.loader):
            del sys.modules[name]
    SOURCES["names"].clear()
    __import__(package["module"])
    module = sys.modules[package["module"]]
    if getattr(module, "__file__", None) != SOURCES["file"]:
        raise Failed("another module has its name")
    return vars(module)
