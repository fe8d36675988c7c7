"""Hostile acts, each of which the sandbox must prevent."""


def must_fail(result):
    """Raises the error of a system call that failed, so that only success counts as done."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "the system call failed")


def system_call(*arguments):
    return lambda: must_fail(libc.syscall(*[ctypes.c_long(one) for one in arguments]))


def acts_by_number(parent):
    """Acts by number of the system call, for what Python has no function for."""
    if os.uname().machine == "x86_64":
        ptrace, write_memory, setns, unshare, mount = 101, 311, 308, 272, 165
        io_uring, memory_file, bpf, perf, keys, userfault = 425, 319, 321, 298, 250, 323
        prlimit, clone3, vfork, pidfd_open, x32_getpid = 302, 435, 58, 434, 0x40000000 | 39
        uname, statx = 63, 332
    elif os.uname().machine == "aarch64":
        ptrace, write_memory, setns, unshare, mount = 117, 271, 268, 97, 40
        io_uring, memory_file, bpf, perf, keys, userfault = 425, 279, 280, 241, 219, 282
        prlimit, clone3, vfork, pidfd_open, x32_getpid = 261, 435, None, 434, None
        uname, statx = 160, 291
    else:
        return {}
    limit = (ctypes.c_ulong * 2)(64, 64)
    name = ctypes.create_string_buffer(b"probe")
    root, room = ctypes.create_string_buffer(b"/"), ctypes.create_string_buffer(1 << 10)
    address = ctypes.addressof
    acts = {
        "trace its parent": system_call(ptrace, 16, parent, 0, 0),
        "write its parent's memory": system_call(write_memory, parent, 0, 0, 0, 0, 0),
        "limit its parent": system_call(prlimit, parent, 7, address(limit), 0),
        "enter a namespace": system_call(setns, 0, 0),
        "make a namespace": system_call(unshare, 0x10000000),
        "mount": system_call(mount, 0, 0, 0, 0, 0),
        "set up io_uring": system_call(io_uring, 1, 0),
        "make a file in memory": system_call(memory_file, address(name), 0),
        "load a BPF program": system_call(bpf, 0, 0, 0),
        "count hardware events": system_call(perf, 0, 0, -1, -1, 0),
        "use the keyring": system_call(keys, 0, -2, 0, 0, 0),
        "handle page faults": system_call(userfault, 0),
        "fork by clone3": system_call(clone3, 0, 0),
        "open a process": system_call(pidfd_open, parent, 0),
        "ask for the host's name": system_call(uname, address(room)),
        "look at a file with statx": system_call(statx, -100, address(root), 0, 0x7FF, address(room)),
    }
    if x32_getpid is not None:
        acts["call by another interface"] = system_call(x32_getpid)
    return acts


def acts_of_python(results, parent):
    """Acts for which Python has a function."""
    import socket

    here = LIBRARY

    def make(path):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))

    def read(path):
        os.close(os.open(path, os.O_RDONLY))

    def connect(family, kind):
        socket.socket(family, kind).close()

    return {
        "write a file": lambda: make("/tracestone-probe"),
        "write to /tmp": lambda: make("/tmp/tracestone-probe"),
        "write to shared memory": lambda: make("/dev/shm/tracestone-probe"),
        "make a folder": lambda: os.mkdir("/tmp/tracestone-probe"),
        "make a link": lambda: os.symlink("/", "/tmp/tracestone-probe"),
        "read /etc/passwd": lambda: read("/etc/passwd"),
        "read /proc": lambda: read("/proc/self/environ"),
        "read its parent's memory": lambda: read("/proc/%d/mem" % parent),
        "list the file system": lambda: os.listdir("/etc"),
        "open a socket": lambda: connect(socket.AF_INET, socket.SOCK_STREAM),
        "open a datagram socket": lambda: connect(socket.AF_INET, socket.SOCK_DGRAM),
        "open a local socket": lambda: connect(socket.AF_UNIX, socket.SOCK_STREAM),
        "open a netlink socket": lambda: connect(16, socket.SOCK_RAW),
        "make a pair of datagram sockets": lambda: socket.socketpair(type=socket.SOCK_DGRAM),
        "make a pair of sockets and send": lambda: socket.socketpair()[0].send(b"x"),
        "fork": lambda: os.fork() or os._exit(0),
        "start a thread": lambda: start_thread(int, ()),
        "execute a program": lambda: os.execv(sys.executable, ["python", "-c", ""]),
        "signal its parent": lambda: os.kill(parent, 0),
        "signal everyone": lambda: os.kill(-1, 0),
        "change a file's mode": lambda: os.chmod(LIBRARY + "/os.py", 0o644),
        "change a file's times": lambda: os.utime(LIBRARY + "/os.py"),
        "change a file's attributes": lambda: os.setxattr(here, "user.probe", b""),
        "raise a limit": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        "become root": lambda: os.setuid(0),
        "leave its session": lambda: os.setsid(),
        "read a link": lambda: os.readlink("/proc/self/exe"),
        "use a file that was open before": lambda: use_open_file(results),
    }


def use_open_file(but):
    if not [fd for fd in range(3, 2048) if fd != but and is_open(fd)]:
        raise OSError("there is none")


def is_open(fd):
    try:
        os.get_inheritable(fd)
    except OSError:
        return False
    return True


def probes(results):
    """Tries each act; gives the names of those that were possible."""
    parent = os.getppid()
    done = []
    for name, act in {**acts_of_python(results, parent), **acts_by_number(parent)}.items():
        try:
            act()
            done.append(name)
        except (OSError, RuntimeError, ValueError):
            pass
    if 0 in (os.getuid(), os.geteuid()):
        done.append("run as root")
    return done
