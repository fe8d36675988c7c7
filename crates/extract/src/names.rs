//! Names that need no definition: Python's builtins and the standard library's modules.

/// The builtins of CPython 3.9 to 3.14 that exist without `site`, sorted, and the few names that
/// every namespace, method or class body has.
const BUILTINS: &str = "ArithmeticError AssertionError AttributeError BaseException \
    BaseExceptionGroup BlockingIOError BrokenPipeError BufferError BytesWarning ChildProcessError \
    ConnectionAbortedError ConnectionError ConnectionRefusedError ConnectionResetError \
    DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception ExceptionGroup \
    False FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError \
    ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError \
    KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None \
    NotADirectoryError NotImplemented NotImplementedError OSError OverflowError \
    PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError \
    RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration \
    StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True \
    TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError \
    UnicodeTranslateError UnicodeWarning UserWarning ValueError Warning ZeroDivisionError \
    __build_class__ __builtins__ __class__ __debug__ __import__ __module__ __name__ __qualname__ \
    abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod \
    compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset \
    getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals \
    map max memoryview min next object oct open ord pow print property quit range repr reversed \
    round set setattr slice sorted staticmethod str sum super tuple type vars zip";

/// Top-level modules that every CPython from 3.9 to 3.14 brings along, sorted. Left out on purpose:
/// what distributions package apart (`tkinter`, `idlelib`, `ensurepip`, `distutils`, `test`), what
/// exists on one system only, and modules whose import has an effect (`this`, `antigravity`). The parts
/// of the library that are written in C (`_heapq`) are modules of their own.
const STANDARD_MODULES: &str = "__future__ _abc _bisect _codecs _collections _collections_abc _csv \
    _datetime _decimal _functools _heapq _io _json _operator _pickle _pydecimal _queue _random _sre \
    _stat _statistics _string _strptime _struct _thread _weakref _weakrefset abc argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 \
    cProfile calendar cmath cmd code codecs codeop collections colorsys compileall concurrent \
    configparser contextlib contextvars copy copyreg csv ctypes curses dataclasses datetime decimal \
    difflib dis doctest email encodings enum errno faulthandler fcntl filecmp fileinput fnmatch \
    fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip \
    hashlib heapq hmac html http imaplib importlib inspect io ipaddress itertools json keyword \
    linecache locale logging lzma mailbox marshal math mimetypes mmap modulefinder \
    multiprocessing netrc ntpath numbers opcode operator optparse os pathlib pdb pickle \
    pickletools pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd \
    py_compile pyclbr pydoc pyexpat queue quopri random re readline reprlib resource rlcompleter \
    runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket \
    socketserver sqlite3 ssl stat statistics string stringprep struct subprocess symtable sys \
    sysconfig syslog tabnanny tarfile tempfile termios textwrap threading time timeit token \
    tokenize trace traceback tracemalloc tty types typing unicodedata unittest urllib uuid \
    warnings wave weakref webbrowser wsgiref xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

/// True if the name is a builtin.
pub(crate) fn is_builtin(name: &str) -> bool {
    static SET: std::sync::LazyLock<std::collections::HashSet<&'static str>> =
        std::sync::LazyLock::new(|| BUILTINS.split_whitespace().collect());
    SET.contains(name)
}

/// The top-level modules of the standard library.
pub(crate) fn standard_modules() -> impl Iterator<Item = &'static str> {
    STANDARD_MODULES.split_whitespace()
}

/// Python's keywords, soft ones left out.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import",
    "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
    "with", "yield",
];

/// True if the word is a keyword.
pub(crate) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert!(is_builtin("len") && is_builtin("ZeroDivisionError") && !is_builtin("np"));
        assert!(standard_modules().any(|name| name == "math"));
        // What `heapq` is made of is no other distribution.
        assert!(standard_modules().any(|name| name == "_heapq"));
        assert!(KEYWORDS.is_sorted() && is_keyword("lambda") && !is_keyword("match"));
    }
}
