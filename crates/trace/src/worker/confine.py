"""What confines a process: closed files, limits, filters."""

CLOSE_RANGE = 436


def close_quietly(fd):
    try:
        os.close(fd)
    except OSError:
        pass


def close_other_files(keep):
    """Closes what the interpreter was started with, although the launch has seen to that already."""
    first = 3
    for kept in sorted(keep) + [1 << 31]:
        if kept > first and libc.syscall(CLOSE_RANGE, first, kept - 1, 0) != 0:
            # Not by `closerange`, for which the C library may need `/proc` and gives up without it.
            for fd in range(first, min(kept, 1024)):
                close_quietly(fd)
        first = kept + 1


class Filter:
    """A seccomp program as bytes, made by the supervisor, in the form the kernel takes.

    An empty one stands for none: the user has asked for no sandbox.
    """

    def __init__(self, text):
        data = bytes.fromhex(text)
        self.exists = bool(data)
        self.buffer = ctypes.create_string_buffer(data, len(data))
        self.header = ctypes.create_string_buffer(
            struct.pack("@HP", len(data) // 8, ctypes.addressof(self.buffer))
        )

    def address(self):
        return ctypes.addressof(self.header) if self.exists else 0

    def install(self):
        if self.exists and libc.prctl(22, 2, ctypes.byref(self.header), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp refused the filter")


libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4


fork_call = ctypes.PyDLL(None, use_errno=True).fork


def fork():
    """`fork` as the C library has it. Python's own looks after threads and random numbers in the child,
    of which there are none here and which are seeded anew for each call; that touches, and so copies,
    as many pages as a small program."""
    pid = fork_call()
    if pid < 0:
        raise OSError(ctypes.get_errno(), "no further process can be made")
    return pid


def limit(name, value):
    number = getattr(resource, name, None)
    if number is None:
        return
    hard = resource.getrlimit(number)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(number, (value, value))
