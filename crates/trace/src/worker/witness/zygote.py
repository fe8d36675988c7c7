"""The interpreter that forks children."""


class Filter:
    """A seccomp program, made by the supervisor; an empty one stands for none."""

    def __init__(self, digits):
        self.code = ctypes.create_string_buffer(bytes.fromhex(digits))
        self.length = len(digits) // 16
        self.header = ctypes.create_string_buffer(pack("@HP", self.length, ctypes.addressof(self.code)))

    def install(self):
        if self.length and prctl(22, 2, ctypes.byref(self.header), 0, 0) != 0:
            raise OSError("seccomp refused the filter")


prctl = ctypes.CDLL(None).prctl


def receive(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part:
            leave(0)
        data += part
    return data


def lower(limit, value):
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def become_child(parent, child_filter):
    """Waits for a job and confines itself; gives the job."""
    prctl(1, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        leave(1)
    if not child_filter.length:
        os.setsid()
    length, seconds = struct.unpack(">II", receive(8))
    job = receive(length)
    send(1, dumps({"started": os.getpid()}).encode())
    for descriptor in range(3):
        os.dup2(NULL, descriptor)
    os.close(NULL)
    lower(resource.RLIMIT_CPU, seconds)
    lower(resource.RLIMIT_NPROC, 0)
    child_filter.install()
    return json.loads(job)


def serve(child_filter):
    """Forks one child after the other; returns in the children alone, with the job."""
    me = os.getpid()
    while True:
        child = os.fork()
        if child == 0:
            return become_child(me, child_filter)
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        if not child_filter.length:
            try:
                os.killpg(child, signal.SIGKILL)
            except OSError:
                pass
        said = {"ended": ended.si_status, "exited": ended.si_code == os.CLD_EXITED}
        send(1, dumps(said).encode())
        # The supervisor has read all that the child wrote and needs its number no more.
        receive(1)
        os.waitpid(child, 0)


def load_libraries(everything):
    """Imports what programs import, once for all children; all there is where files can't be opened later."""
    names = """
        __future__ abc array bisect calendar collections contextlib copy dataclasses datetime decimal enum
        fractions functools heapq itertools linecache math numbers operator random re statistics string
        textwrap time traceback typing unicodedata warnings
    """.split()
    if everything:
        names += library_names()
    streams = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = io.StringIO()
    for name in names:
        try:
            __import__(name)
        except BaseException:
            pass
    sys.stdout, sys.stderr = streams


def library_names():
    """Modules of the standard library and of its packages that importing does nothing else than load."""
    import pkgutil

    odd = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "test", "lib2to3", "ctypes"}
    folder = os.path.dirname(os.__file__)
    names = list(sys.builtin_module_names)
    for module in pkgutil.iter_modules([folder, os.path.join(folder, "lib-dynload")]):
        if module.name in odd or module.name.startswith("__"):
            continue
        names.append(module.name)
        if module.ispkg:
            inner = pkgutil.iter_modules([os.path.join(folder, module.name)], module.name + ".")
            names += [one.name for one in inner if not one.name.endswith(("__main__", ".tests", ".test"))]
    return names


def look_plain():
    """Makes the interpreter look like one that has started in the usual way."""
    import _sitebuiltins

    sys.path = list(filter(None, sys.path))
    sys.argv[:] = [""]
    builtins.quit = builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D (i.e. EOF)")
    builtins.help = _sitebuiltins._Helper()
    for name in ("copyright", "credits", "license"):
        setattr(builtins, name, _sitebuiltins._Printer(name, getattr(sys, name, name)))
    AS_BUILT.update(vars(builtins))
    # The kernel refuses to tell its name, which modules such as `uuid` ask for while they are imported.
    system = os.uname_result(["Linux", "witness", "6.0", "#0", os.uname().machine])
    os.uname = sys.modules["posix"].uname = lambda: system
    try:
        import _socket
    except ImportError:
        return
    for module in (_socket, sys.modules.get("socket")):
        if module is not None:
            module.gethostname = lambda: "witness"


def main():
    hello = json.loads(receive(struct.unpack(">I", receive(4))[0]))
    for descriptor in range(3, 64):
        if descriptor not in (RESULTS, NULL):
            try:
                os.close(descriptor)
            except OSError:
                pass
    load_libraries(hello["preload_all"])
    look_plain()
    if hello["tree"]:
        take_in(hello["tree"])
        if hello["preload_all"] and hello["tree"]["site"] is not None:
            keep_others()
    confinement = Filter(hello["child_filter"])
    prctl(4, 0, 0, 0, 0)
    for digits in hello["zygote_filters"]:
        Filter(digits).install()
    collect()
    gc.freeze()
    send(1, dumps({"native_failure": None}).encode())
    try:
        job = serve(confinement)
        testify(job, hello["limits"])
    finally:
        leave(70)


main()
