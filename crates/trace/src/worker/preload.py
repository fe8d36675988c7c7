"""What an interpreter has loaded before it forks."""

# What many programs import, loaded once before children are forked. Not more, since a fork takes
# longer the more memory there is to share.
PRELOADED = (
    """
    __future__ abc array bisect cmath collections collections.abc contextlib copy dataclasses
    datetime decimal enum fractions functools heapq io itertools json math numbers operator os
    random re statistics string sys textwrap time types typing unicodedata warnings
    """.split()
)


def preload():
    """Imports what programs often need, once for all children."""
    for name in PRELOADED:
        try:
            __import__(name)
        except ImportError:
            pass


# What has an effect when it is imported, or is not part of every installation.
NOT_PRELOADED = frozenset(
    """
    antigravity this idlelib turtledemo turtle tkinter test lib2to3 ensurepip venv distutils nt winreg
    msvcrt winsound ctypes curses readline pip __main__ site sitecustomize usercustomize
    """.split()
)


def preload_everything():
    """Imports the whole standard library, since no file can be opened later."""
    import pkgutil

    names = getattr(sys, "stdlib_module_names", None)
    if names is None:
        folders = [os.path.dirname(os.__file__)]
        names = [module.name for module in pkgutil.iter_modules(folders)]
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    for name in sorted(names):
        # A private module comes along with the public one that uses it.
        if name.split(".")[0] not in NOT_PRELOADED and not name.startswith("__"):
            preload_package(name, pkgutil.iter_modules)
    sys.stdout, sys.stderr = streams
    UNAVAILABLE.append(Unavailable(frozenset(names)))
    sys.meta_path += UNAVAILABLE


def preload_package(name, modules_in):
    """Imports a module and, if it is a package, all that is in it."""
    import_quietly(name)
    for inner in modules_in(getattr(sys.modules.get(name), "__path__", ())):
        if not inner.name.startswith("__") and inner.name not in ("test", "tests"):
            preload_package(name + "." + inner.name, modules_in)


def import_quietly(name):
    try:
        __import__(name)
    except BaseException:
        pass


class Unavailable:
    """The last finder of modules: what is not loaded cannot be had here, which is not an answer."""

    def __init__(self, names):
        self.names = names
        self.abort = None

    def find_spec(self, name, path=None, target=None):
        if self.abort is not None and name.split(".")[0] in self.names:
            self.abort([REFUSED, "import of %s, which was not loaded before" % clean(name)])
        return None


# The one that is used, if any.
UNAVAILABLE = []


def set_up_interpreter(hello):
    """Makes the interpreter look like a plain one that has finished starting."""
    sys.path[:] = [path for path in sys.path if path]
    hide_host()
    set_environment(hello["role"])
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D (i.e. EOF)")
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    site = __import__("site")
    site.setcopyright()
    sys.modules.pop("site", None)
    # What waits for others has the machine's clock, or it might wait for ever.
    import queue

    CLOCKS.append(Clocks(hello["role"]))
    preload()
    if hello["preload_all"]:
        preload_everything()
    if hello["role"] != "first":
        move_library()
    if hello["tree"]:
        TREE.append(Tree(hello["tree"]))
        if hello["preload_all"] and TREE[0].site is not None:
            keep_site(TREE[0].site)
    # `ctypes` stays: packages look at the sizes of its types. What it does with libraries and addresses is refused.
    sys.modules.pop("resource", None)
