"""What programs are refused."""

REFUSED_EVENTS = frozenset(
    """
    open os.listdir os.scandir os.mkdir os.rename os.remove os.rmdir os.link os.symlink os.chmod
    os.chown os.truncate os.utime os.walk os.fwalk os.chdir os.chflags os.lockf os.setxattr
    os.getxattr os.listxattr os.removexattr os.system os.exec os.fork os.forkpty os.spawn
    os.posix_spawn os.startfile os.kill os.killpg os.add_dll_directory subprocess.Popen pty.spawn
    socket.__new__ socket.connect socket.bind socket.getaddrinfo socket.gethostbyname
    socket.gethostname socket.sethostname socket.sendto socket.sendmsg shutil.copyfile shutil.move
    shutil.rmtree shutil.copytree shutil.make_archive shutil.unpack_archive shutil.copymode
    shutil.copystat shutil.chown tempfile.mkstemp tempfile.mkdtemp glob.glob glob.glob/2
    builtins.input builtins.breakpoint time.sleep ctypes.dlopen ctypes.dlsym ctypes.addressof
    ctypes.cdata ctypes.cdata/buffer ctypes.call_function ctypes.string_at ctypes.wstring_at
    mmap.__new__ fcntl.fcntl fcntl.ioctl fcntl.flock fcntl.lockf signal.pthread_kill resource.setrlimit resource.prlimit
    sqlite3.connect webbrowser.open urllib.Request ftplib.connect http.client.connect
    imaplib.open poplib.connect smtplib.connect telnetlib.Telnet.open nntplib.connect
    _thread.start_new_thread _thread.start_joinable_thread sys.settrace sys.setprofile
    sys.addaudithook pdb.Pdb cpython.run_interactivehook cpython.remote_debugger_script
    _posixsubprocess.fork_exec syslog.openlog
    """.split()
)
READERS = frozenset(
    ("open", "os.listdir", "os.scandir")
)


def reader_files():
    """The library code that may read the standard library's files."""
    names = {"<frozen importlib._bootstrap_external>", "<frozen importlib._bootstrap>"}
    for function in (linecache.getline, tokenize.open):
        names.add(function.__code__.co_filename)
    return frozenset(names)


READER_FILES = reader_files()
getframe = sys._getframe


start_thread = _thread.start_new_thread
# While this is not empty, this file is at work and not a program.
WORKING = [True]
# The `abort` of the child that this process is.
ABORT = []


def imports_now():
    """Whether a module of a source or of a distribution is being imported, by the job or by a set-up. Other files are
    not there then."""
    if IMPORTING or not TREE:
        return bool(IMPORTING)
    frame = getframe(1)
    while frame is not None and frame.f_code.co_filename != "<frozen importlib._bootstrap>":
        frame = frame.f_back
    return frame is not None


def make_audit_hook(working, abort):
    """The zygote installs it, so that children find it there; it does nothing while we are at work."""

    def hook(event, args):
        if event not in REFUSED_EVENTS or working:
            return
        if event in READERS:
            # The import system and the line cache read the standard library.
            frame = getframe(1)
            is_reader = frame is not None and frame.f_code.co_filename in READER_FILES
            if is_reader and args and may_be_read(args[0]):
                return
            if args and is_of_tree(args[0]):
                return
            if imports_now():
                if event == "open" and not IMPORTING:
                    READ_ENVIRONMENT.append(True)
                raise FileNotFoundError(2, "No such file or directory")
        if event == "socket.__new__" and getframe(1).f_back.f_code.co_name == "socketpair":
            # The system lets nothing but a pair of this process's own be made.
            return
        abort[0]([REFUSED, event])

    return hook


def refuse_threads(working, abort):
    """Up to 3.11 no audit event tells that a thread is started."""

    def start_new_thread(*args, **kwargs):
        if not working:
            abort[0]([REFUSED, "_thread.start_new_thread"])
        raise RuntimeError("can't start new thread")

    for module in (_thread, threading):
        for name in list(vars(module)):
            if name in THREAD_STARTERS:
                setattr(module, name, start_new_thread)


THREAD_STARTERS = frozenset(
    """
    start_new_thread start_new start_joinable_thread _start_new_thread _start_joinable_thread
    """.split()
)


def refused_by_system(error):
    """What was refused where the system call was, not Python: an error with a number, or no thread."""
    cls = type(error)
    if OSError in type_mro_of(cls):
        number = OSError.__dict__["errno"].__get__(error)
        if type(number) is int and (number == 1 or (number == 13 and cls is PermissionError)):
            return "a system call that is not permitted"
    if type(error) is RuntimeError and exception_args_of(error) == ("can't start new thread",):
        return "_thread.start_new_thread"
    return None


RAISE_OPCODE = opcode.opmap["RAISE_VARARGS"]


def refused_in(error, traceback):
    """The outcome of a call in which the system refused something, told from an exception that comes by,
    whoever catches it; None for what the code of a program or of the library raised by itself."""
    if OSError not in type_mro_of(type(error)):
        return None
    refused = refused_by_system(error)
    if refused is None or traceback is None:
        return None
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code, at = traceback.tb_frame.f_code.co_code, traceback.tb_lasti
    if 0 <= at < len(code) and code[at] == RAISE_OPCODE:
        return None
    return [REFUSED, refused]


# What C code does without telling whether the system let it: a signal to the process itself, a timer. Their
# results would be those of a failure that nobody sees.
UNTOLD = {
    "_signal": ("alarm", "pause"),
    "faulthandler": ("_sigsegv", "_sigabrt", "_sigfpe"),
}


def refuse_untold(working, abort):
    def refusing(name):
        def refuse(*args, **kwargs):
            if not working:
                abort[0]([REFUSED, name])
            raise PermissionError(1, "Operation not permitted")

        refuse.__name__ = refuse.__qualname__ = name.rpartition(".")[2]
        return refuse

    for module, names in UNTOLD.items():
        places = [vars(__import__(module)), vars(signal) if module == "_signal" else {}]
        for name in names:
            refuse = refusing(module.lstrip("_") + "." + name)
            for place in places:
                if name in place:
                    place[name] = refuse
