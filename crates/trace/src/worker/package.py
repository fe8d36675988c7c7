"""Programs that run in their own package: the module that is shown in part is imported by its name, from
the files of its source, which are in memory since the interpreter started.

Of that module's code, what stands in shown lines gets the program's name and the lines as they are shown, so
that the recorder follows it; everything else keeps its file and is not followed, like the standard library.
"""

# Added to the lines of what is shown, to tell it apart until the code is made.
SHOWN_LINES = 1 << 24
# The tree that this interpreter has, if any, and whether a package is being imported.
TREE, IMPORTING = [], []
import_words = re.compile(r"[^\W\d][\w.]*").findall


class Tree:
    """The Python files of a source, by path inside it, and their code. Those of distributions, which are many, are
    compiled when they are imported."""

    def __init__(self, tree, compiled=True):
        import ast
        import importlib.machinery
        import importlib.util

        self.root, self.site = tree["root"], tree.get("site")
        self.texts = {path: text.encode("latin-1") for path, text in tree["files"].items()}
        self.folders = set()
        for path in self.texts:
            folder = path.rpartition("/")[0]
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]
        self.ast = ast
        self.spec_of = importlib.util.spec_from_file_location
        self.namespace_of = importlib.machinery.ModuleSpec
        self.decode = importlib.util.decode_source
        self.loader = loader_class(importlib.machinery.SourceFileLoader, self)
        self.package = None
        self.codes = {}
        # The files whose code may tell somebody that an object has ended.
        self.enders = {path for path, text in self.texts.items() if b"__del__" in text or b"weakref" in text}
        libraries, names = self.imported()
        load_libraries(libraries)
        for path in self.texts if compiled else ():
            # What nothing imports is compiled where a program runs in it.
            if path.endswith("/__init__.py") or path.rpartition("/")[2][:-3] in names:
                if not is_aside(path):
                    self.compile(path)

    def imported(self):
        """The modules that the source's modules import by their whole names, and the words of all import statements,
        those of tests too."""
        modules, names = set(), set()
        for path, text in self.texts.items():
            inside, aside = False, is_aside(path)
            for line in text.decode("latin-1").split("\n"):
                if not inside and not line.lstrip().startswith(("import ", "from ")):
                    continue
                words = import_words(line.partition("#")[0])
                if not inside and not aside:
                    modules.update(words[1:] if words[0] == "import" else words[1:2])
                names.update(part for word in words for part in word.split("."))
                inside = (inside or "(" in line) and ")" not in line
        return modules, names

    def compile(self, path):
        """The code of a file as it is; None where it is no Python of this version."""
        if path not in self.codes:
            try:
                code = compile(self.texts[path], self.root + "/" + path, "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                code = None
            self.codes[path] = code
        return self.codes[path]

    def path_of(self, file):
        """The path inside the tree of a file's absolute path, or None."""
        return path_inside(self.root, file)


def load_libraries(modules):
    """Loads what a source's modules import of the standard library, once for all children."""
    library = getattr(sys, "stdlib_module_names", ())
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    for name in sorted(modules):
        top = name.split(".")[0]
        if top in library and top not in NOT_PRELOADED:
            import_quietly(name)
    sys.stdout, sys.stderr = streams


normal_path = os.path.normpath


def path_inside(folder, file):
    """The path inside a folder of a file's absolute path, or None."""
    if type(file) is bytes:
        file = file.decode("utf-8", "surrogateescape")
    elif type(file) is not str:
        file = getattr(file, "_str", None) or str(file)
    file = normal_path(file)
    if file == folder:
        return ""
    return file[len(folder) + 1 :] if file.startswith(folder + "/") else None


def is_aside(path):
    """Whether a file is rarely imported by others: tests, documents, examples."""
    parts = path.lower().split("/")
    asides = ("test", "tests", "testing", "doc", "docs", "examples", "benchmarks", "benches", "tools")
    return parts[-1].startswith("test_") or any(part in asides for part in parts[:-1])


def loader_class(base, tree):
    class TreeLoader(base):
        """Loads modules from memory."""

        def get_code(self, name):
            path = tree.path_of(self.path)
            package = tree.package
            if package is not None and package.watched and path == package.path:
                return package.watched_code()
            code = tree.compile(path)
            if code is None:
                # For the exception that it has.
                return compile(tree.texts[path], self.path, "exec", dont_inherit=True)
            return code

        def get_data(self, file):
            text = tree.texts.get(tree.path_of(file))
            return super().get_data(file) if text is None else text

        def get_source(self, name):
            return tree.decode(tree.texts[tree.path_of(self.path)])

        def path_stats(self, file):
            return {"mtime": 0, "size": len(tree.texts.get(tree.path_of(file), b""))}

    TreeLoader.__name__ = TreeLoader.__qualname__ = "SourceFileLoader"
    return TreeLoader


class TreeFinder:
    """Finds modules in a tree: those in packages before anybody looks for their files, the others last, so
    that nothing of a source takes the place of the standard library."""

    def __init__(self, tree, roots, found):
        self.tree = tree
        self.roots = roots
        self.found = found

    def find_spec(self, name, path=None, target=None):
        tree = self.tree
        if (path is None) != (self.roots is not None):
            return None
        folders = self.roots if path is None else [tree.path_of(entry) for entry in path]
        tail = name.rpartition(".")[2]
        portions = []
        for folder in folders:
            if folder is None:
                continue
            inner = folder + "/" + tail if folder else tail
            for file, inside in ((inner + "/__init__.py", [tree.root + "/" + inner]), (inner + ".py", None)):
                if file in tree.texts:
                    self.found.add(name)
                    file = tree.root + "/" + file
                    loader = tree.loader(name, file)
                    return tree.spec_of(name, file, loader=loader, submodule_search_locations=inside)
            if inner in tree.folders:
                portions.append(tree.root + "/" + inner)
        if not portions:
            return None
        self.found.add(name)
        spec = tree.namespace_of(name, None, is_package=True)
        spec.submodule_search_locations = portions
        return spec


# Modules of the importers that Python itself has.
PYTHON_IMPORTERS = ("_frozen_importlib", "_frozen_importlib_external")


class Unfit(Exception):
    """What is shown is not what the file says."""


class Package:
    """The module of a job."""

    def __init__(self, tree, job):
        self.tree = tree
        self.turn_to(job)
        self.show("", [])
        # The names of the modules that are there.
        self.found = set()
        # By whether it is watched, the package as it was imported last (its modules, the names of its module now
        # and as they were, the finders); and which of the two is there.
        self.worlds = {}
        self.there = None
        self.watched = True
        # Where it was imported before this process was forked: true until that is used; by file, the addresses of
        # what has code of it; what the import has used of what differs between interpreters.
        self.inherited = False
        self.with_code = {}
        self.sources = 0
        # Whether other code of the package may see that an object ends; `None` while nobody has asked.
        self.ends = None
        tree.package = self
        first, last = finders_of(tree, job["roots"], self.found)
        sys.meta_path[:0] = first
        sys.meta_path += last
        # What Python's tables hold without the package.
        self.finders, self.modules = list(sys.meta_path), set(sys.modules)

    def turn_to(self, job):
        """Chooses the module that calls are evaluated in."""
        self.module, self.path = job["module"], job["path"]
        self.importing = import_of(self.module)

    def loaded(self):
        """The names of the modules of the tree that are there."""
        return sorted(name for name in self.found if name in sys.modules)

    def sees_ends(self):
        """Whether an end may be seen by the package's other code: that of the modules that are there, or before an
        import that of all that are not aside."""
        if self.ends is None:
            self.ends = any([not is_aside(path) for path in self.tree.enders])
        return self.ends

    def show(self, program, lines):
        """Says what is shown: for each line of the program the line of the file; 0 for none."""
        self.program = program
        self.lines = lines
        self.made = None

    def keep(self, sources):
        """Keeps what was imported for the processes that are forked from this one."""
        self.inherited = True
        self.sources = sources
        places = [module_names_of(sys.modules[name]).get("__file__") for name in self.loaded()]
        self.ends = any([place is not None and self.tree.path_of(place) in self.tree.enders for place in places])
        files = {self.tree.root + "/" + path for path in self.tree.texts}
        for one in tracked_objects():
            name = CODE_NAMES.get(type(one))
            code = None if name is None else getattr(one, name)
            if code is not None and code.co_filename in files:
                # A reference would have to be given back by each child, which copies the memory of the object.
                self.with_code.setdefault(code.co_filename, []).append(id(one))

    def functions(self):
        """The functions of the module's file, if they are all that has its code. Nothing has run since they were
        found, so that they are all still there."""
        known = {id(code) for code in all_codes(self.tree.compile(self.path))}
        found = [object_of_identity(one) for one in self.with_code.get(self.tree.root + "/" + self.path, [])]
        for one in found:
            if type(one) is not FunctionType or id(one.__code__) not in known:
                # Code that is running, or that was made from the file's in another way.
                return None
        return found

    def inherit(self, watched):
        """The names of the module that was imported before this process was forked, the first time; None
        where it is to be imported."""
        inherited, self.inherited = self.inherited, False
        names = self.names() if inherited else None
        if names is None:
            return None
        if watched:
            functions = self.functions()
            if functions is None or not self.relabel(functions):
                return None
        self.there = watched
        self.keep_world(watched, names)
        return names

    def keep_world(self, watched, names):
        self.worlds[watched] = [{}, names, dict(names), list(sys.meta_path)]

    def relabel(self, functions):
        """Gives the functions of the file the code that is followed; False where this is not possible."""
        try:
            made = self.watched_code()
        except Exception:
            # An import fails in the same way, and says so.
            return False
        old, new = list(all_codes(self.tree.compile(self.path))), list(all_codes(made))
        if [code.co_name for code in old] != [code.co_name for code in new]:
            return False
        others = {id(one): other for one, other in zip(old, new) if one is not other}
        for function in functions:
            code = others.get(id(function.__code__))
            if code is not None:
                function.__code__ = code
        return True

    def leave(self):
        """Takes all modules of the tree out, so that the next import makes them anew: those that were found in
        it, and what its own code has put into Python's tables, by a finder or by hand."""
        made = [name for name in set(sys.modules) - self.modules if not self.is_of_library(sys.modules[name])]
        names = self.found.union(made)
        modules = {name: dict.pop(sys.modules, name) for name in names if name in sys.modules}
        known = {id(one) for one in self.finders}
        others = [one for one in sys.meta_path if id(one) not in known]
        sys.meta_path[:] = self.finders + [one for one in others if is_of_distribution(self.tree, one)]
        self.found.clear()
        if self.there in self.worlds:
            self.worlds[self.there][0] = modules
        self.there = None

    def is_of_library(self, module):
        """Whether an importer of Python's own, or of a distribution, has made a module, from outside of the tree."""
        try:
            importer = module.__spec__.loader
            if type(importer) is not type:
                importer = type(importer)
            if is_of_distribution(self.tree, importer):
                return True
            file = module_names_of(module).get("__file__")
            return importer.__module__ in PYTHON_IMPORTERS and (file is None or self.tree.path_of(file) is None)
        except BaseException:
            return False

    def enter(self, watched):
        """Goes back to the package as it was imported before; gives the names of its module, as they were then.
        Values that an evaluation has changed stay changed."""
        modules, names, before, finders = self.worlds[watched]
        if self.there != watched:
            self.leave()
            dict.update(sys.modules, modules)
            self.found.update(modules)
            sys.meta_path[:] = finders
            self.there = watched
        dict.clear(names)
        dict.update(names, before)
        return names

    def arrive(self, watched):
        """The names of the module that was imported now; None where something else has its place."""
        self.there = watched
        names = self.names()
        if names is not None:
            self.keep_world(watched, names)
        return names

    def names(self):
        """The names of the module that is there; None where something else has its place."""
        module = dict.get(sys.modules, self.module)
        if type(module) is not types.ModuleType:
            return None
        names = module_names_of(module)
        return names if dict.get(names, "__file__") == self.tree.root + "/" + self.path else None

    def watched_code(self):
        if self.made is None:
            shown = self.shown()
            code = self.tree.compile(self.path)
            self.made = (code and relabelled(code, shown)) or followed(self.shifted(shown))
        return self.made

    def shown(self):
        """For each line of the file that is shown, where it is shown."""
        decoded = self.tree.decode(self.tree.texts[self.path]).split("\n")
        shown = {}
        for number, (line, origin) in enumerate(zip(self.program.split("\n"), self.lines), 1):
            if origin:
                if decoded[origin - 1] != line:
                    raise Unfit
                shown[origin] = number
        return shown

    def shifted(self, shown):
        """The code of the module, with the lines of what is shown as they are shown, far beyond others."""
        tree = self.tree.ast.parse(self.tree.texts[self.path])
        self.shift(tree.body, shown)
        return compile(tree, self.tree.root + "/" + self.path, "exec", dont_inherit=True)

    def shift(self, statements, shown):
        """Moves statements to where they are shown. Of a class or condition each statement inside counts for
        itself, since what is too long is shown in part."""
        ast = self.tree.ast
        for statement in statements:
            blocks = [value for _, value in ast.iter_fields(statement) if is_block(value, ast)]
            if not blocks or isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.move(statement, shown)
                continue
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    continue
                if any(is_block(value, ast) for _, value in ast.iter_fields(child)):
                    blocks += [value for _, value in ast.iter_fields(child) if is_block(value, ast)]
                else:
                    self.move(child, shown)
            for block in blocks:
                self.shift(block, shown)

    def move(self, part, shown):
        """Moves a statement or expression, if it begins in a line that is shown. What is left out of it are
        lines of docstrings and of comments, where nothing is executed."""
        nodes = [node for node in self.tree.ast.walk(part) if hasattr(node, "lineno")]
        first = min([node.lineno for node in nodes], default=0)
        if first not in shown:
            return
        for node in nodes:
            node.lineno = SHOWN_LINES + line_before(node.lineno, shown)
            if node.end_lineno is not None:
                node.end_lineno = SHOWN_LINES + line_before(node.end_lineno, shown)


def import_of(module):
    return compile("import " + module, SETUP, "exec", dont_inherit=True)


tracked_objects = gc.get_objects
as_object = ctypes.py_object


def object_of_identity(address):
    """The object with an identity, which has to exist."""
    return as_object.from_buffer(ctypes.c_size_t(address)).value


# What has code.
CODE_NAMES = {
    FunctionType: "__code__",
    types.GeneratorType: "gi_code",
    types.CoroutineType: "cr_code",
    types.AsyncGeneratorType: "ag_code",
}


def all_codes(code):
    """The code objects inside a code object, in order."""
    for one in code.co_consts:
        if type(one) is types.CodeType:
            yield one
            yield from all_codes(one)


def is_block(value, ast):
    return type(value) is list and bool(value) and isinstance(value[0], ast.stmt)


def line_before(line, shown):
    """The number of a line, or of the last one before it that is shown."""
    while line not in shown:
        line -= 1
        if line < 0:
            raise Unfit
    return shown[line]


module_names_of = types.ModuleType.__dict__["__dict__"].__get__


def followed(code):
    """The code with what is shown under the program's name."""
    constants = tuple([followed(one) if type(one) is types.CodeType else one for one in code.co_consts])
    if code.co_firstlineno < SHOWN_LINES:
        return code.replace(co_consts=constants)
    first = code.co_firstlineno - SHOWN_LINES
    return code.replace(co_consts=constants, co_firstlineno=first, co_filename=PROGRAM)


# The kinds of entries of a location table that have a line alone, and none.
LINE_ALONE, NO_LINE = 13, 15


def relabelled(code, shown):
    """The code of a module as it is, but that functions whose first line is shown have the program's name and
    the lines as they are shown. None where this is not possible: in versions whose tables of lines have
    another format, where lines are moved by different distances, and in scopes of type parameters."""
    constants = []
    for one in code.co_consts:
        if type(one) is types.CodeType:
            if one.co_name.startswith("<generic parameters"):
                return None
            # Modules and class bodies are executed by the import, and are not optimized.
            follow = one.co_flags & OPTIMIZED and one.co_firstlineno in shown
            one = moved(one, shown) if follow else relabelled(one, shown)
            if one is None:
                return None
        constants.append(one)
    if all([one is other for one, other in zip(constants, code.co_consts)]):
        return code
    return code.replace(co_consts=tuple(constants))


def moved(code, shown):
    """A function's code and all inside it, with the lines as they are shown."""
    constants = []
    for one in code.co_consts:
        if type(one) is types.CodeType:
            one = moved(one, shown)
            if one is None:
                return None
        constants.append(one)
    first = line_before(code.co_firstlineno, shown)
    changes = {"co_consts": tuple(constants), "co_firstlineno": first, "co_filename": PROGRAM}
    if sys.version_info < (3, 10):
        return None
    lines = {line for _, _, line in code.co_lines() if line is not None}
    if any(line_before(line, shown) - line != first - code.co_firstlineno for line in lines):
        if sys.version_info < (3, 11):
            return None
        changes["co_linetable"] = table_of_lines(code, shown, first)
    return code.replace(**changes)


def table_of_lines(code, shown, last):
    """The location table of a code object whose lines are moved by different distances; without columns,
    which only tracebacks have. `InternalDocs/code_objects.md` of CPython describes the format."""
    table = bytearray()
    for start, end, line in code.co_lines():
        units = (end - start) // 2
        while units > 0:
            length = min(units, 8)
            units -= length
            if line is None:
                table.append(0x80 | NO_LINE << 3 | length - 1)
                continue
            table.append(0x80 | LINE_ALONE << 3 | length - 1)
            line_shown = line_before(line, shown)
            delta, last = line_shown - last, line_shown
            number = delta << 1 if delta >= 0 else -delta << 1 | 1
            while number >= 64:
                table.append(number & 63 | 64)
                number >>= 6
            table.append(number)
    return bytes(table)


def is_of_tree(path):
    """Whether a path that a program asks for lies in the files of its source, or of what it may import."""
    try:
        if not TREE:
            return False
        tree = TREE[0]
        return tree.path_of(path) is not None or tree.site is not None and path_inside(tree.site, path) is not None
    except Exception:
        return False
