//! Programs that try to reach processes and files.

use super::Program;

/// Starting processes and threads, and signals.
pub(super) const PROCESSES: &[Program] = &[
    ("forks", "refused os.fork", "import os\nos.fork()"),
    (
        "forks_without_the_audit",
        "refused",
        "import os\nfor name in ('posix_spawn', 'vfork'):\n    getattr(os, name, os.fork)('/bin/sh', ['sh'], {})",
    ),
    (
        "starts_a_process",
        "refused",
        "import subprocess\nreturn subprocess.run(['true'])",
    ),
    (
        "runs_a_shell",
        "refused os.system",
        "import os\nos.system('true')",
    ),
    (
        "executes",
        "refused os.exec",
        "import os\nos.execv('/bin/true', ['true'])",
    ),
    (
        "starts_a_thread",
        "refused",
        "import threading\nthreading.Thread(target=print).start()",
    ),
    (
        "starts_a_thread_and_hides_it",
        "refused",
        "import _thread\ntry:\n    _thread.start_new_thread(print, ())\nexcept BaseException:\n    return 'fine'",
    ),
    (
        "signals_its_parent",
        "refused os.kill",
        "import os\nos.kill(1, 9)",
    ),
    (
        "signals_everyone",
        "refused os.kill",
        "import os\nos.kill(-1, 9)",
    ),
    (
        "handles_signals",
        "refused",
        "import signal\nsignal.signal(signal.SIGALRM, print)\nreturn 1",
    ),
    (
        "bombs_with_forks",
        "refused os.fork",
        "import os\nwhile True:\n    try:\n        os.fork()\n    except BaseException:\n        pass",
    ),
    (
        "bombs_with_threads",
        "refused",
        "import threading\nfor _ in range(100000):\n    try:\n        threading.Thread(target=print).start()\n    except BaseException:\n        pass",
    ),
    (
        "leaves_work_for_the_end",
        "returned",
        "import atexit\natexit.register(lambda: open('/tmp/tracestone-canary', 'w'))\nreturn 1",
    ),
    ("leaves_its_session", "refused", "import os\nos.setsid()"),
    (
        "forks_by_multiprocessing",
        "refused",
        "import multiprocessing\nmultiprocessing.get_context('fork').Process(target=print).start()",
    ),
    ("forks_a_terminal", "refused", "import os\nos.forkpty()"),
    (
        "starts_an_executor",
        "refused",
        "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor(2).submit(print)",
    ),
    (
        "starts_a_timer",
        "refused",
        "import threading\nthreading.Timer(0, print).start()",
    ),
    (
        "waits_for_children",
        "refused|raised",
        "import os\nreturn os.wait()",
    ),
    (
        "executes_by_descriptor",
        "refused os.exec|raised",
        "import os\nos.execve(0, ['x'], {})",
    ),
    (
        "spawns",
        "refused",
        "import os\nos.spawnv(os.P_NOWAIT, '/bin/true', ['true'])",
    ),
    (
        "opens_a_pipe_to_a_shell",
        "refused",
        "import os\nreturn os.popen('id').read()",
    ),
    (
        "signals_a_thread",
        "refused|raised",
        "import signal, threading\nsignal.pthread_kill(threading.get_ident(), 9)",
    ),
    (
        "raises_a_signal",
        "refused|raised",
        "import signal\nsignal.raise_signal(9)",
    ),
    (
        "stops_itself",
        "refused",
        "import os\nos.kill(os.getpid(), 19)",
    ),
    (
        "sets_an_alarm",
        "refused|returned",
        "import signal\nsignal.alarm(1)\nreturn 1",
    ),
    (
        "sets_a_timer",
        "refused|raised",
        "import signal\nsignal.setitimer(signal.ITIMER_REAL, 1)",
    ),
    (
        "blocks_all_signals",
        "timed_out",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nreturn sum(iter(int, 1))",
    ),
    (
        "changes_its_group",
        "refused|raised",
        "import os\nos.setpgid(0, 0)",
    ),
];

/// Reading, writing and changing files.
pub(super) const FILES: &[Program] = &[
    (
        "reads_a_file",
        "refused open",
        "return open('/etc/passwd').read()",
    ),
    (
        "reads_a_file_by_number",
        "refused open",
        "import os\nreturn os.open('/etc/passwd', 0)",
    ),
    (
        "writes_a_file_and_hides_it",
        "refused open",
        "try:\n    open('/tmp/tracestone-canary', 'w')\nexcept BaseException:\n    pass\nreturn 1",
    ),
    (
        "lists_a_folder",
        "refused os.listdir",
        "import os\nreturn os.listdir('/')",
    ),
    (
        "makes_a_folder",
        "refused os.mkdir",
        "import os\nos.mkdir('/tmp/tracestone-canary')",
    ),
    (
        "changes_a_mode",
        "refused os.chmod",
        "import os\nos.chmod('/', 0)",
    ),
    ("asks_for_input", "refused builtins.input", "return input()"),
    (
        "fills_the_disk",
        "refused open",
        "n = 0\nwhile True:\n    n += 1\n    open('/tmp/tracestone-canary%d' % n, 'w').write('x' * 1000000)",
    ),
    (
        "fills_shared_memory",
        "refused",
        "import os\nfd = os.open('/dev/shm/tracestone-canary', os.O_CREAT | os.O_RDWR)\nos.write(fd, b'x')",
    ),
    (
        "reads_its_parents_environment",
        "refused open",
        "return open('/proc/1/environ').read()",
    ),
    (
        "reads_its_parents_memory",
        "refused open",
        "return open('/proc/1/mem', 'rb').read(1)",
    ),
    (
        "reads_its_own_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/self/fd')",
    ),
    (
        "reads_keys",
        "refused open",
        "return open('/root/.ssh/id_rsa').read()",
    ),
    (
        "climbs_out",
        "refused open",
        "return open('../../../../../../etc/shadow').read()",
    ),
    (
        "links",
        "refused os.symlink",
        "import os\nos.symlink('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    (
        "links_hard",
        "refused os.link",
        "import os\nos.link('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    (
        "fills_the_table_of_files",
        "refused os.mkdir",
        "import os\nn = 0\nwhile True:\n    n += 1\n    os.mkdir('/tmp/tracestone-canary%d' % n)",
    ),
    (
        "reads_its_parents_descriptors",
        "refused os.listdir",
        "import os\nreturn os.listdir('/proc/1/fd')",
    ),
    (
        "reads_by_a_raw_file",
        "refused open",
        "import io\nreturn io.FileIO('/etc/passwd').read()",
    ),
    (
        "reads_by_a_path",
        "refused open",
        "import pathlib\nreturn pathlib.Path('/etc/passwd').read_text()",
    ),
    (
        "reads_by_the_import_system",
        "refused|raised",
        "import importlib.machinery\nreturn importlib.machinery.SourceFileLoader('x', '/etc/passwd').get_data('/etc/passwd')",
    ),
    (
        "imports_a_file_from_outside",
        "refused|raised",
        "import importlib.util\nspec = importlib.util.spec_from_file_location('x', '/etc/hostname')\nreturn importlib.util.module_from_spec(spec)",
    ),
    (
        "reads_by_the_line_cache",
        "environment returned False|refused open",
        "import linecache\nreturn 'root' in linecache.getline('/etc/passwd', 1)",
    ),
    (
        "reads_by_the_tokenizer",
        "refused|raised",
        "import tokenize\nreturn tokenize.open('/etc/passwd').read()",
    ),
    (
        "reads_an_archive",
        "refused open",
        "import zipfile\nreturn zipfile.ZipFile('/etc/passwd')",
    ),
    (
        "makes_a_temporary_file",
        "refused",
        "import tempfile\nreturn tempfile.NamedTemporaryFile()",
    ),
    (
        "opens_a_database",
        "refused|raised",
        "import sqlite3\nsqlite3.connect('/tmp/tracestone-canary')",
    ),
    (
        "logs_to_a_file",
        "refused open",
        "import logging\nlogging.FileHandler('/tmp/tracestone-canary')",
    ),
    (
        "copies_a_file",
        "refused",
        "import shutil\nshutil.copy('/etc/passwd', '/tmp/tracestone-canary')",
    ),
    (
        "renames",
        "refused os.rename",
        "import os\nos.rename('/etc', '/tmp/tracestone-canary')",
    ),
    (
        "removes",
        "refused os.remove",
        "import os\nos.remove('/etc/passwd')",
    ),
    (
        "removes_a_tree",
        "refused",
        "import shutil\nshutil.rmtree('/etc')",
    ),
    (
        "truncates",
        "refused os.truncate",
        "import os\nos.truncate('/etc/passwd', 0)",
    ),
    (
        "changes_times",
        "refused os.utime",
        "import os\nos.utime('/etc/passwd')",
    ),
    (
        "changes_an_owner",
        "refused os.chown",
        "import os\nos.chown('/etc/passwd', 0, 0)",
    ),
    (
        "sets_an_attribute",
        "refused os.setxattr",
        "import os\nos.setxattr('/etc/passwd', 'user.x', b'1')",
    ),
    (
        "makes_a_named_pipe",
        "refused|raised",
        "import os\nos.mkfifo('/tmp/tracestone-canary')",
    ),
    (
        "makes_a_device",
        "refused|raised",
        "import os\nos.mknod('/tmp/tracestone-canary')",
    ),
    (
        "changes_the_root",
        "refused|raised",
        "import os\nos.chroot('/tmp')",
    ),
    (
        "changes_the_folder",
        "refused os.chdir",
        "import os\nos.chdir('/etc')",
    ),
    (
        "walks",
        "refused os.scandir|refused os.walk",
        "import os\nreturn list(os.walk('/'))",
    ),
    (
        "globs",
        "refused glob",
        "import glob\nreturn glob.glob('/*')",
    ),
    (
        "copies_between_descriptors",
        "refused|raised",
        "import os\nos.sendfile(1, 0, 0, 10)",
    ),
];
