"""The zygote, which forks the children."""


def become_child(zygote, null, child_filter):
    """Waits for a job and confines itself; gives the job's text."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != zygote:
        os._exit(1)
    if not child_filter.exists:
        # Without a sandbox it may start processes; as a group of its own all can be ended.
        os.setsid()
    length, cpu_seconds = unpack(">II", read(8))
    job = read(length)
    send(1, encode({"started": os.getpid()}))
    if cpu_seconds == 0:
        # The process that imports a package confines itself, and is a zygote too.
        return job
    for fd in range(3):
        os.dup2(null, fd)
    os.close(null)
    limit("RLIMIT_CPU", cpu_seconds)
    limit("RLIMIT_NPROC", 0)
    child_filter.install()
    return job


def serve(zygote, null, child_filter):
    """Forks a child for each job; returns in the children alone, with the job's text.

    A child is forked before there is a job, so that nobody waits for the fork, and takes the job from
    the supervisor itself. One that dies before it has all of it never says that it started, and the
    supervisor gives up this interpreter. The native recorder has a twin of this, which writes to fewer
    of the pages that children share.
    """
    while True:
        pid = fork()
        if pid == 0:
            try:
                return become_child(zygote, null, child_filter)
            except BaseException:
                os._exit(70)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        clean_exit = ended.si_code == os.CLD_EXITED
        if not child_filter.exists:
            end_group(pid)
        # The child stays a zombie until the supervisor has read everything and says so, hence its
        # number cannot mean another process while the supervisor may still send it a signal.
        send(1, encode({"ended": ended.si_status, "exited": clean_exit}))
        read(1)
        os.waitpid(pid, 0)


def end_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
