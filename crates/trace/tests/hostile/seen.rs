//! Programs that look for open descriptors and information about the host, and code that is assembled at run
//! time, so that no reading finds it.

use super::Program;

/// Descriptors that were open before.
pub(super) const DESCRIPTORS: &[Program] = &[
    (
        "reads_open_descriptors",
        "returned []",
        "import os\nfound = []\nfor fd in [*range(3, 300), 511, 512, 1000, 1023, 1024, 2000]:\n    try:\n        os.read(fd, 1)\n        found.append(fd)\n    except OSError:\n        pass\nreturn found",
    ),
    (
        "counts_open_descriptors",
        "returned True",
        "import os\nfound = []\nfor fd in [*range(3, 300), 511, 512, 1000, 1023, 1024, 2000]:\n    try:\n        os.get_inheritable(fd)\n        found.append(fd)\n    except OSError:\n        pass\nreturn len(found) == 1",
    ),
    (
        "copies_a_descriptor",
        "refused|raised",
        "import os\nreturn os.dup(0)",
    ),
    (
        "opens_a_descriptor_by_name",
        "refused open",
        "return open('/dev/fd/0').read()",
    ),
    (
        "wraps_a_descriptor",
        "raised|returned ''|refused",
        "import os\nreturn os.fdopen(0).read()",
    ),
    (
        "writes_to_its_input",
        "returned|raised",
        "import os\nreturn os.write(0, b'x') and os.read(0, 1)",
    ),
    (
        "locates_in_open_descriptors",
        "returned []",
        "import os\nfound = []\nfor fd in [*range(3, 300), 511, 512, 1000, 1023, 1024, 2000]:\n    try:\n        os.lseek(fd, 0, 1)\n        found.append(fd)\n    except OSError:\n        pass\nreturn found",
    ),
];

/// Programs that look for information about the host.
pub(super) const HOST: &[Program] = &[
    (
        "looks_at_a_file",
        "refused os.stat",
        "import os\nreturn os.stat('/etc/passwd').st_size",
    ),
    (
        "looks_at_a_link",
        "refused os.lstat",
        "import os\nreturn os.lstat('/proc/self/exe').st_size",
    ),
    (
        "asks_whether_a_file_exists",
        "refused os.stat",
        "import os\nreturn os.path.exists('/etc/passwd')",
    ),
    (
        "asks_a_path_whether_it_exists",
        "refused os.stat",
        "import pathlib\nreturn pathlib.Path('/etc/passwd').exists()",
    ),
    (
        "asks_how_large_a_file_is",
        "refused os.stat",
        "import os\nreturn os.path.getsize('/etc/passwd')",
    ),
    (
        "asks_for_access",
        "refused os.access",
        "import os\nreturn os.access('/etc/shadow', os.R_OK)",
    ),
    (
        "reads_a_link",
        "refused os.readlink",
        "import os\nreturn os.readlink('/proc/self/exe')",
    ),
    (
        "follows_links",
        "refused os",
        "import os\nreturn os.path.realpath('/proc/self/exe')",
    ),
    (
        "looks_at_a_file_system",
        "refused os.statvfs",
        "import os\nreturn os.statvfs('/').f_blocks",
    ),
    (
        "asks_for_the_hosts_name",
        "environment returned 'localhost'",
        "import os\nreturn os.uname().nodename",
    ),
    (
        "asks_for_the_kernel",
        "environment returned '6.1.0'|returned '6.1.0'",
        "import platform\nreturn platform.release()",
    ),
    (
        "asks_the_socket_for_the_name",
        "environment",
        "import socket\nreturn socket.gethostname()",
    ),
    (
        "counts_processors",
        "environment",
        "import os\nreturn os.cpu_count()",
    ),
    (
        "asks_for_its_processors",
        "environment",
        "import os\nreturn len(os.sched_getaffinity(0))",
    ),
    (
        "asks_for_memory",
        "environment",
        "import os\nreturn os.sysconf('SC_PHYS_PAGES')",
    ),
    (
        "asks_for_the_load",
        "environment|raised|refused",
        "import os\nreturn os.getloadavg()",
    ),
    (
        "asks_who_it_is",
        "environment",
        "import os\nreturn os.getuid()",
    ),
    (
        "asks_for_its_home",
        "environment|refused",
        "import os\nreturn os.path.expanduser('~')",
    ),
    (
        "asks_for_its_parent",
        "environment|raised|returned",
        "import os\nreturn os.getppid()",
    ),
    (
        "finds_a_program",
        "refused os",
        "import shutil\nreturn shutil.which('sh')",
    ),
    (
        "reads_the_environment",
        "environment returned True",
        "import os\nreturn set(os.environ) <= set('LC_ALL LC_CTYPE LD_BIND_NOW MALLOC_ARENA_MAX PYTHONNOUSERSITE PYTHONUTF8 TZ PYTHONHASHSEED'.split())",
    ),
    (
        "asks_how_large_the_terminal_is",
        "environment|refused|raised",
        "import os\nreturn os.get_terminal_size()",
    ),
    (
        "names_its_terminal",
        "environment|refused|raised",
        "import os\nreturn os.ttyname(0)",
    ),
    (
        "asks_for_a_time_zone",
        "environment|refused",
        "import zoneinfo\ntry:\n    return str(zoneinfo.ZoneInfo('Europe/Paris'))\nexcept Exception as error:\n    return type(error).__name__",
    ),
    (
        "asks_who_a_number_is",
        "environment|refused",
        "import pwd\ntry:\n    return pwd.getpwuid(0).pw_name\nexcept KeyError:\n    return 'nobody'",
    ),
    (
        "asks_its_input_for_its_descriptor",
        "environment|refused",
        "import sys\ntry:\n    return sys.stdin.fileno()\nexcept OSError:\n    return -1",
    ),
    (
        "asks_its_input_for_bytes",
        "environment|refused",
        "import sys\nreturn hasattr(sys.stdin, 'buffer')",
    ),
    (
        "prints_half_a_character",
        "environment|refused",
        "try:\n    print(chr(0xdcff))\nexcept UnicodeEncodeError:\n    return 'no'",
    ),
];

/// Code that is put together at run time.
pub(super) const HIDDEN: &[Program] = &[
    (
        "forks_by_parts_of_a_name",
        "refused os.fork",
        "return getattr(__import__('o' + 's'), 'fo' + 'rk')()",
    ),
    (
        "forks_from_numbers",
        "refused os.fork",
        "exec(''.join(map(chr, [105, 109, 112, 111, 114, 116, 32, 111, 115, 59, 111, 115, 46, 102, 111, 114, 107, 40, 41])))",
    ),
    (
        "forks_from_hexadecimal_digits",
        "refused os.fork",
        "exec(bytes.fromhex('696d706f7274206f730a6f732e666f726b2829'))",
    ),
    (
        "runs_a_shell_from_a_pickle",
        "refused os.system",
        "import pickle\npickle.loads(b\"cposix\\nsystem\\n(S'true'\\ntR.\")",
    ),
    (
        "runs_a_shell_by_subclasses",
        "refused os.system",
        "for cls in object.__subclasses__():\n    if cls.__name__ == '_wrap_close':\n        return cls.__init__.__globals__['sys' + 'tem']('true')",
    ),
    (
        "runs_a_shell_by_modules",
        "refused os.system",
        "import sys\nreturn sys.modules['po' + 'six'].__dict__['metsys'[::-1]]('true')",
    ),
    (
        "opens_by_rotation",
        "refused open",
        "import codecs\nreturn eval(codecs.decode(\"bcra('/rgp/cnffjq')\", 'rot13'))",
    ),
    (
        "opens_by_base64",
        "refused open",
        "import base64\nreturn eval(base64.b64decode('b3BlbignL2V0Yy9wYXNzd2QnKQ=='))",
    ),
    (
        "opens_by_builtins",
        "refused open",
        "return vars(__import__('built' + 'ins'))['op' + 'en']('/etc/' + 'passwd')",
    ),
    (
        "opens_by_marshal",
        "refused open",
        "import marshal\nreturn eval(marshal.loads(marshal.dumps(compile(\"open('/etc/passwd')\", 'x', 'eval'))))",
    ),
    (
        "opens_by_a_method_caller",
        "refused open",
        "import operator, io\nreturn operator.methodcaller('op' + 'en', '/etc/passwd')(io)",
    ),
    (
        "opens_by_reduce",
        "refused open",
        "import functools\nreturn functools.reduce(getattr, ['op' + 'en'], __import__('i' + 'o'))('/etc/passwd')",
    ),
    (
        "opens_by_a_code_object",
        "refused open",
        "import types\ncode = compile(\"open('/etc/passwd')\", '/usr/lib/python3/os.py', 'eval')\nreturn types.FunctionType(code, {'__builtins__': __builtins__})()",
    ),
    (
        "connects_by_parts_of_a_name",
        "refused socket",
        "return getattr(__import__('soc' + 'ket'), 'soc' + 'ket')()",
    ),
    (
        "looks_by_parts_of_a_name",
        "refused os.stat",
        "return getattr(__import__('po' + 'six'), 'st' + 'at')('/')",
    ),
    (
        "uses_c_by_parts_of_a_name",
        "refused",
        "return __import__('cty' + 'pes').CDLL(None)",
    ),
    (
        "sleeps_by_parts_of_a_name",
        "refused",
        "return getattr(__import__('ti' + 'me'), 'sl' + 'eep')(5)",
    ),
    (
        "waits_by_parts_of_a_name",
        "blocked a lock",
        "l = getattr(__import__('_th' + 'read'), 'allocate_' + 'lock')()\nl.acquire()\nl.acquire()",
    ),
    (
        "traces_by_parts_of_a_name",
        "refused sys.settrace",
        "return getattr(__import__('s' + 'ys'), 'settr' + 'ace')(None)",
    ),
    (
        "leaves_by_parts_of_a_name",
        "invalid",
        "return getattr(__import__('o' + 's'), '_ex' + 'it')(0)",
    ),
    (
        "spins_in_made_code",
        "timed_out",
        "exec('while Tr' + 'ue: pass')",
    ),
    (
        "floods_in_made_code",
        "out_of_memory",
        "exec('x = []\\nwhile True: x.app' + 'end(bytearray(1 << 24))')",
    ),
    (
        "hides_steps_in_made_code",
        "returned",
        "exec('for i in range(100000): pass')\nreturn 1",
    ),
    (
        "starts_a_thread_by_a_made_class",
        "refused",
        "return type('T', (__import__('thread' + 'ing').Thread,), {})().start()",
    ),
];
