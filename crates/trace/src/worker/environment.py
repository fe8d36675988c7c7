"""The process's environment: its arguments, variables, streams and machine. What reads it does not say
what the program does, but where it runs; so it is noted that it was read.
"""

READ_ENVIRONMENT = []
LIBRARY = os.path.dirname(os.__file__)
# Of the library, what reads the environment and shows nothing of it: whether messages are translated,
# which process made a record, what a module looks at while it is imported, whether an argument could be
# explained in the width of the terminal, whether an event loop is to be debugged. Files, and functions in
# files.
UNSHOWN_READERS = frozenset(
    [os.path.join(LIBRARY, name) for name in ("gettext.py", "locale.py")]
    + [os.path.join(LIBRARY, "logging", "__init__.py"), "<frozen importlib._bootstrap>"]
    + [os.path.join(LIBRARY, "asyncio", "coroutines.py")]
    + [(os.path.join(LIBRARY, "argparse.py"), "add_argument")]
)


def note_environment():
    """Called by what reads the environment, two frames below its caller."""
    if WORKING or READ_ENVIRONMENT:
        return
    frame = getframe(2)
    while frame is not None and frame.f_code.co_filename != PROGRAM:
        file = frame.f_code.co_filename
        if file in UNSHOWN_READERS or (file, frame.f_code.co_name) in UNSHOWN_READERS:
            return
        frame = frame.f_back
    READ_ENVIRONMENT.append(True)


def noting(method):
    """A function that notes a look at the environment and then does as `method` does."""

    def read(*args, **kwargs):
        note_environment()
        return method(*args, **kwargs)

    read.__name__ = read.__qualname__ = getattr(method, "__name__", "read")
    return read


UNNOTED = frozenset(
    """
    __class__ __new__ __init__ __init_subclass__ __subclasshook__ __getattribute__ __setattr__
    __delattr__ __dir__ __doc__ __hash__ __reduce__ __reduce_ex__ __getstate__ __class_getitem__
    __sizeof__
    """.split()
)


def noting_class(base, skip=()):
    """A class like `base`, with instances whose every use is noted."""
    methods = {
        name: noting(method)
        for name, method in vars(base).items()
        if callable(method) and name not in UNNOTED and name not in skip
    }
    return type(base.__name__, (base,), methods)


class Arguments(noting_class(list, ("__getitem__",))):
    """`sys.argv`. The name of the program differs between interpreters, which is enough: argument parsers
    look at it for messages that few ever see."""

    def __getitem__(self, at):
        if at != 0 or type(at) is not int:
            note_environment()
        return list.__getitem__(self, at)


MACHINE_READERS = """
    getcwd getcwdb cpu_count process_cpu_count getpid getppid getuid geteuid getgid getegid getlogin
    getgroups getpgid getpgrp getsid uname getloadavg get_terminal_size sched_getaffinity times ctermid
    ttyname isatty umask sysconf confstr
""".split()


def noted_property(base, name):
    getter = vars(base)[name].__get__

    def read(self):
        note_environment()
        return getter(self)

    return property(read)


def noted_absence(name):
    """An attribute that a process's own streams have, and these have not."""

    def read(self):
        note_environment()
        raise AttributeError("'%s' object has no attribute '%s'" % (type(self).__name__, name))

    return property(read)


def refuse_character(error):
    """What cannot be encoded. Some locales have a process print half characters as the bytes that they
    stand for."""
    note_environment()
    raise error


codecs.register_error("tracestone", refuse_character)
Output = type(
    "TextIOWrapper",
    (io.TextIOWrapper,),
    {
        **{name: noted_property(io.TextIOWrapper, name)
           for name in ("encoding", "errors", "line_buffering", "name")},
        "mode": noted_absence("mode"),
        **{name: noting(vars(io.TextIOWrapper)[name]) for name in ("isatty", "fileno", "__repr__")
           if name in vars(io.TextIOWrapper)},
    },
)
Input = noting_class(io.StringIO, ("__del__", "write", "close"))
for name in ("fileno", "isatty"):
    setattr(Input, name, noting(getattr(io.StringIO, name)))
for name in ("buffer", "mode", "name", "reconfigure"):
    setattr(Input, name, noted_absence(name))


# The first interpreter has none of these variables, and the machine's answers; the others have these. What a
# package makes of them while it is imported then differs, although that is not noted.
OTHER_VARIABLES = {
    name: "/elsewhere/" + name.lower()
    for name in "HOME USER LOGNAME PATH PWD SHELL TERM TMPDIR EDITOR DISPLAY HOSTNAME".split()
}
OTHER_ANSWERS = {"getcwd": "/elsewhere", "getcwdb": b"/elsewhere", "cpu_count": 97, "process_cpu_count": 97}


# The first interpreter's zone is that of the machine, mostly Greenwich's. Half a day to the west and, from spring to
# autumn, half a day to the east, by no whole hours or minutes: few moments have the same date there, and none the same minute
# of an hour. The changes are Europe's and North America's.
OTHER_ZONES = {
    "second": "TST11:23:41TDT-12:47:13,M3.5.0/2,M10.5.0/3",
    "further": "TST10:11:07TDT-13:36:29,M3.2.0/2,M11.1.0/2",
}


def set_environment(role):
    """No two interpreters have the same arguments and the same time zone."""
    names = [""] if role == "first" else ["tracestone", "7", "--other"]
    sys.argv = Arguments(names)
    if role != "first":
        add_subclasses()
        os.putenv("TZ", OTHER_ZONES[role])
        vars(__import__("time"))["tzset"]()
    for name in MACHINE_READERS:
        function = getattr(os, name, None)
        if role != "first" and name in OTHER_ANSWERS:
            function = answering(name, OTHER_ANSWERS[name])
        if hasattr(os, name):
            read = noting(function)
            for module in (os, sys.modules["posix"]):
                if hasattr(module, name):
                    setattr(module, name, read)
    name_host("localhost" if role == "first" else "elsewhere")
    # The machine's users.
    import pwd

    for name in ("getpwuid", "getpwnam", "getpwall"):
        setattr(pwd, name, noting(getattr(pwd, name)))
    variables = dict(os.environ._data)
    if role != "first":
        machine = os.uname().machine
        other = os.uname_result(("Linux", "elsewhere", "7.7.7", "#7", machine))
        os.uname = sys.modules["posix"].uname = noting(answering("uname", other))
        variables.update({name.encode(): value.encode() for name, value in OTHER_VARIABLES.items()})
    os.environ._data = noting_class(dict)(variables)


# Kept, since what nobody holds is no subclass any more.
OTHER_CLASSES = []


def add_subclasses():
    """Gives each built-in class a subclass more than it has in the first interpreter: which ones there are depends on
    the modules that somebody has imported."""
    for base in list(vars(builtins).values()):
        if type(base) is type:
            try:
                OTHER_CLASSES.append(type("Elsewhere", (base,), {}))
            except TypeError:
                # `bool` and others have none.
                pass


def move_library():
    """Gives modules of the standard library the path of another installation; they are imported already."""
    for module in list(sys.modules.values()):
        names = vars(module)
        file = names.get("__file__")
        if type(file) is str and file.startswith(LIBRARY + os.sep):
            names["__file__"] = "/elsewhere/lib" + file[len(LIBRARY):]


def name_host(name):
    """Gives the host another name, also where modules ask for it while they are imported."""
    read = noting(answering("gethostname", name))
    try:
        inner = __import__("_socket")
    except ImportError:
        return
    for module in (inner, sys.modules.get("socket")):
        if module is not None:
            module.gethostname = read


def answering(name, answer):
    def ask():
        return answer

    ask.__name__ = name
    return ask
