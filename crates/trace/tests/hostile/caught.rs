//! Programs that catch what they are refused, and go on as if the system had failed: what they give then would be
//! false anywhere else.

use super::Program;

/// Refused calls whose exceptions are caught.
pub(super) const CAUGHT: &[Program] = &[
    (
        "changes_its_priority",
        "refused",
        "import os\ntry:\n    os.nice(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_its_priority",
        "refused",
        "import os\ntry:\n    os.getpriority(0, 0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_its_scheduler",
        "refused",
        "import os\ntry:\n    os.sched_getscheduler(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_its_slice_of_time",
        "refused",
        "import os\ntry:\n    os.sched_rr_get_interval(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sets_its_processors",
        "refused",
        "import os\ntry:\n    os.sched_setaffinity(0, {0})\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "begins_a_session",
        "refused",
        "import os\ntry:\n    os.setsid()\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "begins_a_group",
        "refused",
        "import os\ntry:\n    os.setpgid(0, 0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_its_users",
        "refused",
        "import os\ntry:\n    os.getresuid()\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sets_its_user",
        "refused",
        "import os\ntry:\n    os.setuid(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sets_its_groups",
        "refused",
        "import os\ntry:\n    os.setgroups([])\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "waits_for_any_child",
        "refused",
        "import os\ntry:\n    os.waitpid(-1, 1)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "makes_a_pipe",
        "refused",
        "import os\ntry:\n    os.pipe()\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "copies_a_descriptor",
        "refused",
        "import os\ntry:\n    os.dup2(0, 50)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "writes_back_its_input",
        "refused",
        "import os\ntry:\n    os.fsync(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sends_a_file",
        "refused",
        "import os\ntry:\n    os.sendfile(1, 0, 0, 1)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "asks_for_a_file_system",
        "refused",
        "import os\ntry:\n    os.fstatvfs(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "hands_on_a_descriptor",
        "refused",
        "import os\ntry:\n    os.set_inheritable(0, True)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "makes_a_file_in_memory",
        "refused",
        "import os\ntry:\n    os.memfd_create('x')\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "makes_an_event",
        "refused",
        "import os\ntry:\n    os.eventfd(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "opens_a_process",
        "refused",
        "import os\ntry:\n    os.pidfd_open(1)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "makes_a_fifo",
        "refused",
        "import os\ntry:\n    os.mkfifo('/tmp/tracestone-fifo')\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "changes_its_root",
        "refused",
        "import os\ntry:\n    os.chroot('/')\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "makes_a_terminal",
        "refused",
        "import os\ntry:\n    os.openpty()\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sets_a_timer",
        "refused",
        "import signal\ntry:\n    signal.setitimer(0, 0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_a_timer",
        "refused",
        "import signal\ntry:\n    signal.getitimer(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "reads_what_signals_wait",
        "refused",
        "import signal\ntry:\n    signal.sigpending()\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "waits_for_a_signal",
        "refused",
        "import signal\ntry:\n    signal.sigtimedwait([10], 0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "handles_a_signal",
        "refused",
        "import signal\ntry:\n    signal.signal(10, signal.SIG_DFL)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "raises_no_signal",
        "refused",
        "import signal\ntry:\n    signal.raise_signal(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "sets_the_clock",
        "refused",
        "import time\ntry:\n    time.clock_settime(0, 0.0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "waits_for_files",
        "refused",
        "import select\ntry:\n    select.select([], [], [], 0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "polls",
        "refused",
        "import select\ntry:\n    select.poll().poll(0)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "shares_memory",
        "refused",
        "import multiprocessing.shared_memory\ntry:\n    multiprocessing.shared_memory.SharedMemory(create=True, size=9)\nexcept BaseException:\n    pass\nreturn 'fine'",
    ),
    (
        "suppresses",
        "refused",
        "import contextlib, os\nwith contextlib.suppress(OSError):\n    os.nice(0)\nreturn 'fine'",
    ),
    (
        "catches_in_another_function",
        "refused",
        "import os\ndef ask():\n    return os.nice(0)\ndef careful():\n    try:\n        return ask()\n    except OSError:\n        return 5\nreturn careful()",
    ),
    (
        "catches_in_a_generator",
        "refused",
        "import os\ndef values():\n    try:\n        yield os.nice(0)\n    except OSError:\n        yield 5\nreturn list(values())",
    ),
    (
        "turns_it_into_another",
        "refused",
        "import os\ntry:\n    os.nice(0)\nexcept OSError as error:\n    raise ValueError('x') from None",
    ),
    (
        "asks_where_an_object_ends",
        "refused",
        "import os\nclass Asks:\n    def __del__(self):\n        try:\n            os.nice(0)\n        except OSError:\n            pass\nasks = Asks()\nasks = None\nreturn 'fine'",
    ),
    (
        "raises_one_of_its_own",
        "returned 'fine'",
        "try:\n    raise PermissionError(1, 'my own')\nexcept OSError:\n    return 'fine'",
    ),
    (
        "sets_an_alarm",
        "refused signal.alarm",
        "import signal\nreturn signal.alarm(0)",
    ),
    (
        "sets_an_alarm_by_another_name",
        "refused signal.alarm",
        "import _signal\nreturn _signal.alarm(0)",
    ),
    (
        "waits_for_signals",
        "refused signal.pause",
        "import signal\nreturn signal.pause()",
    ),
    (
        "has_a_fault",
        "refused faulthandler._sigsegv|crashed",
        "import faulthandler\nreturn faulthandler._sigsegv()",
    ),
];
