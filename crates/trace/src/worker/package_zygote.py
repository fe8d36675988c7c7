"""The package zygote: a process that has imported a package, and forks the children that evaluate calls in the
modules that came with it. For a module that did not it forks another zygote, which imports that one, too.

What a package does while it is imported, it does here. So this process is confined like a child, but for what
it takes to fork, and each fork waits for the supervisor to permit it.
"""

SET_MODE_FILTER, NEW_LISTENER = 1, 8
# Names of modules that are told.
MOST_NAMES = 5000


def is_in_use(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def import_for_children(child, job, null, confinement):
    """Becomes a package zygote, or, forked from one, that of a further module; leaves where the module cannot be
    imported."""
    # What is imported finds no pipe to the supervisor where it might write by accident. Not by `dup`, which this
    # process may not ask for once it is confined.
    commands, replies = [fd for fd in range(3, 64) if not is_in_use(fd)][:2]
    os.dup2(0, commands)
    os.dup2(1, replies)
    for fd in range(3):
        os.dup2(null, fd)
    limit("RLIMIT_CPU", job["cpu_seconds"])
    if child.package is None:
        pass_gate(commands, replies, null, confinement)
    loaded = child.import_ahead(job)
    if loaded is None:
        leave_process(1)
    if child.role != "first":
        # The import has used what lay there before.
        scatter_memory()
    for fd, saved in enumerate((commands, replies)):
        os.dup2(saved, fd)
        os.close(saved)
    send(1, encode({"imported": loaded[:MOST_NAMES]}))


def pass_gate(commands, replies, null, confinement):
    """Confines this process, and what it forks, to forks that the supervisor permits."""
    gate = Filter(confinement["gate"])
    listener = libc.syscall(
        confinement["seccomp"], SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(gate.header)
    )
    # The supervisor takes the other end of the gate, where it may.
    libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    send(replies, encode({"listener": listener}))
    os.dup2(commands, 0)
    if listener < 0 or read(1) != b"y":
        leave_process(1)
    os.dup2(null, 0)
    os.close(listener)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    Filter(confinement["filter"]).install()
