//! Names that make a program depend on the machine it runs on.
//!
//! The tables name standard-library functions by their full dotted names, whatever way they were imported. A
//! program is dropped only if its own text uses one of them.

use std::collections::HashSet;
use std::sync::LazyLock;

use tracestone_record::Reason;

/// Names that read the clock or wait for it.
const CLOCK: &[&str] = &[
    "cProfile",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "profile",
    "sched",
    "time.asctime",
    "time.clock_gettime",
    "time.clock_gettime_ns",
    "time.ctime",
    "time.gmtime",
    "time.localtime",
    "time.monotonic",
    "time.monotonic_ns",
    "time.perf_counter",
    "time.perf_counter_ns",
    "time.process_time",
    "time.process_time_ns",
    "time.sleep",
    "time.strftime",
    "time.thread_time",
    "time.thread_time_ns",
    "time.time",
    "time.time_ns",
    "timeit",
];

/// Names that read files, the environment, the network, the terminal or the interpreter itself. The name of a
/// module includes everything in it.
const ENVIRONMENT: &[&str] = &[
    "__file__",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.open_connection",
    "asyncio.start_server",
    "atexit",
    "breakpoint",
    "builtins.input",
    "builtins.open",
    "bz2.open",
    "code",
    "codecs.open",
    "concurrent",
    "ctypes",
    "datetime.datetime.fromtimestamp",
    "faulthandler",
    "fcntl",
    "fileinput",
    "ftplib",
    "gc",
    "getpass",
    "glob",
    "grp",
    "gzip.open",
    "http",
    "imaplib",
    "importlib",
    "input",
    "inspect.findsource",
    "inspect.getabsfile",
    "inspect.getcomments",
    "inspect.getfile",
    "inspect.getinnerframes",
    "inspect.getmodule",
    "inspect.getsource",
    "inspect.getsourcefile",
    "inspect.getsourcelines",
    "inspect.indentsize",
    "inspect.trace",
    "io.FileIO",
    "io.open",
    "linecache",
    "locale",
    "lzma.open",
    "mailbox",
    "mimetypes",
    "mmap",
    "multiprocessing",
    "netrc",
    "open",
    "pdb",
    "pkgutil",
    "platform",
    "poplib",
    "posix",
    "pty",
    "pwd",
    "py_compile",
    "random.SystemRandom",
    "readline",
    "resource",
    "runpy",
    "secrets",
    "select",
    "selectors",
    "shelve",
    "shutil",
    "signal",
    "site",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys._xoptions",
    "sys.argv",
    "sys.dont_write_bytecode",
    "sys.executable",
    "sys.exec_prefix",
    "sys.flags",
    "sys.meta_path",
    "sys.modules",
    "sys.orig_argv",
    "sys.path",
    "sys.platform",
    "sys.prefix",
    "sys.pycache_prefix",
    "sys.setrecursionlimit",
    "sys.stdin",
    "sys.version",
    "sys.version_info",
    "sysconfig",
    "syslog",
    "tarfile",
    "tempfile",
    "termios",
    "threading",
    "_thread",
    "trace",
    "tracemalloc",
    "tty",
    "urllib.request",
    "urllib.urlopen",
    "uuid.getnode",
    "uuid.uuid1",
    "uuid.uuid4",
    "webbrowser",
    "xmlrpc",
    "zipfile",
    "zipimport",
];

/// Names whose values depend on which modules, objects or caches a process has at the moment.
const PROCESS: &[&str] = &[
    "_abc",
    "_weakref.getweakrefcount",
    "_weakref.getweakrefs",
    "abc.get_cache_token",
    "copyreg.dispatch_table",
    "encodings._cache",
    "fnmatch._cache",
    "gc",
    "logging.Logger.manager",
    "logging._handlerList",
    "logging._handlers",
    "logging.root.manager",
    "re._cache",
    "re._cache2",
    "sys._debugmallocstats",
    "sys.getallocatedblocks",
    "sys.getrecursionlimit",
    "sys.getunicodeinternedsize",
    "sys.modules",
    "sys.path_hooks",
    "sys.path_importer_cache",
    "warnings.filters",
    "warnings.onceregistry",
    "weakref.getweakrefcount",
    "weakref.getweakrefs",
];

/// Attributes of classes and functions that do not belong to the program, which others in the process add to.
const SHARED: &[&str] = &["__subclasses__", "cache_info"];

/// Names that reveal or change a tracer's work, or the rest of the file. Up to CPython 3.12 a tracer that
/// reads a function's variables also updates the dictionary that `locals()` gave the function; `globals`,
/// `exec` and the like see more names than a slice holds.
const FRAMES: &[&str] = &[
    "__import__",
    "builtins.globals",
    "builtins.locals",
    "builtins.vars",
    "dir",
    "exec",
    "globals",
    "inspect.currentframe",
    "inspect.getargvalues",
    "inspect.getclosurevars",
    "inspect.getframeinfo",
    "inspect.getgeneratorlocals",
    "inspect.getcoroutinelocals",
    "inspect.getouterframes",
    "inspect.stack",
    "locals",
    "sys._current_frames",
    "sys._getframe",
    "sys.getrefcount",
    "sys.getprofile",
    "sys.gettrace",
    "sys.monitoring",
    "sys.setprofile",
    "sys.settrace",
    "vars",
];

/// The parts of `os` and `pathlib` that only compute.
const PURE: &[&str] = &[
    "os.PathLike",
    "os.fspath",
    "os.linesep",
    "os.path.altsep",
    "os.path.basename",
    "os.path.commonpath",
    "os.path.commonprefix",
    "os.path.dirname",
    "os.path.extsep",
    "os.path.isabs",
    "os.path.join",
    "os.path.normcase",
    "os.path.normpath",
    "os.path.pardir",
    "os.path.sep",
    "os.path.split",
    "os.path.splitdrive",
    "os.path.splitext",
    "os.pathsep",
    "os.sep",
    "os.strerror",
    "pathlib.PurePath",
    "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath",
];

/// Reason that a use of this dotted name makes a program depend on its machine; `None` if it does not.
pub(crate) fn hazard(dotted: &str) -> Option<Reason> {
    static TABLES: LazyLock<[HashSet<&str>; 4]> = LazyLock::new(|| {
        [CLOCK, ENVIRONMENT, FRAMES, PURE].map(|names| names.iter().copied().collect())
    });
    let [clock, environment, frames, pure] = &*TABLES;
    if listed(clock, dotted) {
        return Some(Reason::ReadsClock);
    }
    if listed(frames, dotted) {
        return Some(Reason::ReadsFrames);
    }
    let top = dotted.split('.').next().unwrap_or(dotted);
    let guarded = matches!(top, "os" | "pathlib") && dotted != top;
    if listed(environment, dotted) || looks_at_process(dotted) || guarded && !listed(pure, dotted) {
        return Some(Reason::ReadsEnvironment);
    }
    None
}

/// True if a name of the standard library, or a builtin, gives something of the process that runs it.
pub(crate) fn looks_at_process(dotted: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| PROCESS.iter().copied().collect());
    let shared = dotted.rsplit_once('.');
    listed(&NAMES, dotted) || shared.is_some_and(|(_, last)| SHARED.contains(&last))
}

/// True for a use of a listed name that depends on nothing: `vars(x)` and `dir(x)` look at an object, and what
/// `gc.collect()` returns is not used where it is a statement. `from` and `to` are offsets of the name in the text.
pub(crate) fn is_harmless(dotted: &str, text: &str, from: u32, to: u32) -> bool {
    let behind = text.get(to as usize..).unwrap_or("").trim_start();
    let Some(inner) = behind.strip_prefix('(').map(str::trim_start) else {
        return false;
    };
    match dotted {
        "vars" | "dir" | "builtins.vars" | "builtins.dir" => {
            !inner.starts_with([')', '*', '#', '\\']) && !inner.is_empty()
        }
        "gc.collect" => {
            let before = text.get(..from as usize).unwrap_or("");
            let before = before.trim_end_matches([' ', '\t']);
            let rest = inner.strip_prefix(')').unwrap_or(inner);
            let rest = rest.trim_start_matches([' ', '\t']);
            (before.is_empty() || before.ends_with(['\n', ';', ':']))
                && (rest.is_empty() || rest.starts_with(['\n', '\r', ';', '#']))
        }
        _ => false,
    }
}

/// True if the name or one of its prefixes is listed.
fn listed(names: &HashSet<&str>, dotted: &str) -> bool {
    let ends = dotted
        .match_indices('.')
        .map(|(at, _)| at)
        .chain([dotted.len()]);
    for end in ends {
        if names.contains(&dotted[..end]) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_uses_are_harmless() {
        let harmless = |dotted: &str, text: &str| {
            let from = text.find(dotted).expect("the name is there");
            let [from, to] =
                [from, from + dotted.len()].map(|at| u32::try_from(at).expect("short"));
            is_harmless(dotted, text, from, to)
        };
        assert!(harmless("vars", "x = vars(point)"));
        assert!(harmless("dir", "for name in dir (\n    point):"));
        assert!(harmless("gc.collect", "    del x; gc.collect()  # now"));
        for (dotted, text) in [
            ("vars", "x = vars()"),
            ("vars", "x = map(vars, points)"),
            ("dir", "x = dir(*points)"),
            ("gc.collect", "n = gc.collect()"),
            ("gc.collect", "gc.collect() + 1"),
            ("gc.collect", "f(gc.collect)"),
            ("locals", "x = locals(point)"),
        ] {
            assert!(!harmless(dotted, text), "{text}");
        }
    }

    #[test]
    fn hazards_are_exact() {
        assert_eq!(hazard("time.perf_counter"), Some(Reason::ReadsClock));
        assert_eq!(hazard("time.struct_time"), None);
        assert_eq!(hazard("datetime.datetime"), None);
        assert_eq!(hazard("datetime.datetime.now"), Some(Reason::ReadsClock));
        assert_eq!(hazard("os.path.join"), None);
        assert_eq!(hazard("os.path.exists"), Some(Reason::ReadsEnvironment));
        assert_eq!(hazard("os.environ.get"), Some(Reason::ReadsEnvironment));
        assert_eq!(hazard("sys.stdout.write"), None);
        assert_eq!(hazard("subprocess"), Some(Reason::ReadsEnvironment));
        assert_eq!(hazard("opener"), None);
        for name in [
            "abc.get_cache_token",
            "weakref.getweakrefcount",
            "sys.getallocatedblocks",
            "re._cache",
            "object.__subclasses__",
            "enum.Enum.__subclasses__",
        ] {
            assert_eq!(hazard(name), Some(Reason::ReadsEnvironment), "{name}");
        }
        for name in [
            "weakref.ref",
            "abc.ABC",
            "sys.intern",
            "re.compile",
            "object",
        ] {
            assert_eq!(hazard(name), None, "{name}");
        }
        assert_eq!(hazard("locals"), Some(Reason::ReadsFrames));
        assert_eq!(hazard("inspect.stack"), Some(Reason::ReadsFrames));
        assert_eq!(hazard("inspect.signature"), None);
        assert_eq!(hazard("inspect.getsource"), Some(Reason::ReadsEnvironment));
    }
}
