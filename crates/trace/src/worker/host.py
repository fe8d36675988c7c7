"""The host: what a program could see of its files without opening them, and of its name. What else tells
something of the host is part of the environment, and noted.
"""

PATH_READERS = "stat lstat access readlink statvfs pathconf".split()
# The folders of the standard library.
READABLE = []


def may_be_read(path):
    """Whether a path that library code asks for is the same everywhere: of the standard library, of a source and
    what it may import, a descriptor, or no path but the name of a text."""
    if type(path) is int:
        return True
    if type(path) is str and path.startswith("<"):
        return True
    try:
        if any([path_inside(folder, path) is not None for folder in READABLE]):
            return "-packages" not in str(path)
    except Exception:
        return False
    return is_of_tree(path)


def note_search():
    """Notes a search for a module that not every interpreter has. Its result is no act of the program."""
    import importlib.util

    search = importlib.util.find_spec

    def find_spec(name, package=None):
        spec = search(name, package)
        origin = None if spec is None else spec.origin
        if origin not in ("built-in", "frozen") and (origin is None or not may_be_read(origin)):
            note_environment()
        return spec

    importlib.util.find_spec = find_spec


def hide_host():
    """Refuses programs a look at paths, so that nothing of the host becomes an answer, and has a fixed
    answer for its name. The system calls behind some of it are needed to import modules, so that it is
    this text and not the kernel that refuses; a program that is out to get around it learns what the
    documents say."""
    import posix

    library = os.path.dirname(os.__file__) + os.sep
    READABLE.extend([library[:-1], *filter(os.path.isabs, sys.path)])
    note_search()
    # Library code that asks in the name of whoever called it.
    helpers = tuple([library + name for name in ("pathlib", "shutil.py", "genericpath.py")])
    helping = {os.path.join.__code__.co_filename, os.walk.__code__.co_filename}
    helping.add(os.path.isfile.__code__.co_filename)
    working, abort = WORKING, ABORT

    def asked_by_program():
        frame = getframe(2)
        while frame is not None:
            name = frame.f_code.co_filename
            if name not in helping and not name.startswith(helpers):
                return not name.startswith((library, "<frozen "))
            frame = frame.f_back
        return False

    def guarded(name, inner):
        def ask(*args, **kwargs):
            if not working and asked_by_program() and not (args and is_of_tree(args[0])):
                if imports_now():
                    raise FileNotFoundError(2, "No such file or directory")
                abort[0]([REFUSED, "os." + name])
            if not working and args and not may_be_read(args[0]):
                # The library asks for itself: for time zones, kinds of files, the text of a file, whose machine
                # has its own, and an interpreter here has none.
                note_environment()
            return inner(*args, **kwargs)

        ask.__name__ = ask.__qualname__ = name
        return ask

    machine = os.uname().machine
    answer = os.uname_result(("Linux", "localhost", "6.1.0", "#1", machine))

    def uname():
        return answer

    for name in PATH_READERS:
        replacement = guarded(name, getattr(posix, name))
        setattr(os, name, replacement)
        setattr(posix, name, replacement)
    os.uname = posix.uname = uname
