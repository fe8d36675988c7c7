//! Programs do what their files do: changes of modules, later bindings and examples are in them.

#[path = "support/programs.rs"]
mod programs;
#[path = "support/source.rs"]
mod source;

use programs::{extracted, program};
use tracestone_extract::Extraction;
use tracestone_record::Reason;

/// Extracts from one file, in a package of its own.
fn of_file(text: &str) -> Extraction {
    extracted(&[("pkg/__init__.py", "K = 1\n"), ("one.py", text)])
}

#[test]
fn what_changes_an_imported_module_is_in_the_text_of_what_uses_it() {
    for (imports, change, body) in [
        (
            "from decimal import Decimal, getcontext",
            "getcontext().prec = 5",
            "Decimal(n) / 3",
        ),
        (
            "import decimal\nfrom decimal import Decimal as D",
            "context = decimal.getcontext()\ncontext.rounding = decimal.ROUND_UP",
            "D(n)",
        ),
        (
            "from decimal import Context, Decimal, setcontext",
            "setcontext(Context(prec=3))",
            "Decimal(n) / 3",
        ),
        (
            "from random import random, seed",
            "seed(3)\nFIRST = random()",
            "random()",
        ),
        (
            "import warnings",
            "warnings.simplefilter(\"error\")",
            "warnings.warn(n)",
        ),
        ("import math", "math.tau = 3", "math.tau * n"),
        (
            "import string",
            "setattr(string, \"digits\", \"01\")",
            "n in string.digits",
        ),
        (
            "import decimal",
            "def init():\n    decimal.getcontext().prec = 3\n\n\ninit()",
            "decimal.Decimal(n)",
        ),
    ] {
        let unit = format!("def f(n):\n    return {body}\n");
        let found = of_file(&format!(
            "{imports}\n\n{change}\n\n\n{unit}\n\ndef g(n):\n    return n\n"
        ));
        let f = program(&found, "f");
        let last = change.lines().last().expect("a change has lines");
        assert!(f.text.contains(last), "{}", f.text);
        let g = program(&found, "g");
        assert_eq!(g.text, "def g(n):\n    return n\n");
    }
}

#[test]
fn what_puts_a_module_back_changes_nothing() {
    let found = of_file(
        "from decimal import Decimal, getcontext, localcontext\n\nwith localcontext():\n    getcontext().prec = 3\n\n\n\
         def f(n):\n    return Decimal(n)\n",
    );
    let text = "from decimal import Decimal\n\n\ndef f(n):\n    return Decimal(n)\n";
    assert_eq!(program(&found, "f").text, text);
}

#[test]
fn later_statements_that_bind_the_units_name_are_shown() {
    let start = "import pkg as p\n\n\ndef f(x):\n    return x + p.K\n\n\ndef other(g):\n    return lambda x: p.K\n\n\n";
    for later in [
        "f = other(f)",
        "f = staticmethod(f)",
        "for f in [other(f)]:\n    pass",
        "from math import floor as f",
        "f.__wrapped__ = other",
    ] {
        let found = of_file(&format!("{start}{later}\n"));
        let f = program(&found, "f");
        assert!(
            f.package.is_some() && f.text.ends_with(&format!("{later}\n")),
            "{}",
            f.text
        );
    }
    for later in [
        "globals()[\"f\"] = other(f)",
        "for name in [\"f\"]:\n    globals()[name] = other(f)",
        "import sys\nsetattr(sys.modules[__name__], 'f', other)",
    ] {
        let found = of_file(&format!("{start}{later}\n"));
        assert!(found.programs.iter().all(|one| one.entry != "f"), "{later}");
        let mut dropped = found.dropped.iter();
        assert!(
            dropped.any(|one| one.reason == Reason::NameClash),
            "{later}"
        );
    }
    let found = of_file(&format!("{start}globals()['h'] = 3\n"));
    program(&found, "f");
}

#[test]
fn a_name_that_means_an_earlier_definition_moves_into_the_package() {
    let found = of_file(
        "def size(n):\n    return n\n\n\nold = size\n\n\ndef size(n):\n    return old(n) + 1\n\n\n\
         def a():\n    return 1\n\n\ndef b():\n    return a()\n\n\nX = b()\n\n\ndef a():\n    return X\n",
    );
    for entry in ["size", "a"] {
        let one = program(&found, entry);
        assert!(one.package.is_some(), "{}", one.text);
    }
    let size = &program(&found, "size").text;
    assert_eq!(size.matches("def size").count(), 2, "{size}");
}

#[test]
fn what_looks_at_the_process_has_no_program() {
    let found = of_file(
        "import abc\nimport weakref\nimport sys\nimport pkg\n\n\ndef f():\n    return abc.get_cache_token() or pkg.K\n\n\n\
         def g():\n    return weakref.getweakrefcount(int)\n\n\ndef h():\n    return object.__subclasses__()\n\n\n\
         def i():\n    return sys.getallocatedblocks()\n\n\ndef j(x):\n    return sys.intern(x)\n",
    );
    let names: Vec<&str> = found
        .programs
        .iter()
        .map(|one| one.entry.as_str())
        .collect();
    assert_eq!(names, ["j"], "{:?}", found.dropped);
}

#[test]
fn a_missing_object_of_the_source_is_named() {
    let found = source::extracted_beside(
        &[
            ("pk/core.py", b"def g(x):\n    return x\n".as_slice()),
            ("pk/__init__.py", b"".as_slice()),
            (
                "pk/__main__.py",
                b"from . import core\n\n\ndef main(x):\n    return core.g(x)\n".as_slice(),
            ),
        ],
        &[],
    );
    let mut dropped = found.dropped.iter();
    let main = dropped.find(|one| one.detail.contains("as an object"));
    let main = main.expect("a module is no program");
    assert!(
        main.detail.starts_with("core (of the same source"),
        "{main:?}"
    );
}

/// The set-up and text of each call of a file's program.
fn calls_of(text: &str) -> Vec<(String, String)> {
    let found = of_file(text);
    let calls = found.calls.iter();
    calls
        .map(|call| (call.setup.clone(), call.call.clone()))
        .collect()
}

#[test]
fn an_example_that_raises_leaves_what_follows_to_run() {
    let calls = calls_of(
        "class A:\n    \"\"\"\n    >>> a = A()\n    >>> a.take(100)\n    Traceback (most recent call last):\n    ValueError\n    \
         >>> for i in (1, 50):\n    ...     a.take(i)\n    Traceback (most recent call last):\n    ValueError\n    >>> a.n\n    0\n    \
         \"\"\"\n    n = 0\n\n    def take(self, n):\n        raise ValueError(n)\n",
    );
    let setup = "a = A()\ntry: a.take(100)\nexcept Exception: pass\ntry:\n    for i in (1, 50):\n        a.take(i)\nexcept Exception: pass";
    assert!(
        calls.contains(&(setup.to_owned(), "a.n".to_owned())),
        "{calls:?}"
    );
    assert!(
        calls.contains(&("a = A()".to_owned(), "a.take(100)".to_owned())),
        "{calls:?}"
    );
}

#[test]
fn an_example_of_the_unit_without_a_result_is_a_call() {
    let calls = calls_of(
        "def check(n):\n    \"\"\"\n    >>> check(3)\n    >>> x = check(4)\n    >>> len('a')\n    \"\"\"\n    if n < 0:\n        raise ValueError(n)\n",
    );
    assert_eq!(calls, [(String::new(), "check(3)".to_owned())]);
}

#[test]
fn a_function_whose_name_begins_with_yield_is_called() {
    let calls =
        calls_of("def yields(n):\n    return n\n\n\ndef test():\n    assert yields(3) == 3\n");
    assert_eq!(calls, [(String::new(), "yields(3)".to_owned())]);
}

#[test]
fn statements_that_fill_what_a_class_or_another_name_holds_are_in_the_text() {
    let found = of_file(
        "class P:\n    items = []\n\n    def __init_subclass__(cls):\n        P.items.append(cls.__name__)\n\n\n\
         class A(P):\n    pass\n\n\nclass B(A):\n    pass\n\n\ndef names():\n    return P.items\n\n\n\
         a = b = []\na.append(1)\n\n\ndef listed():\n    return b\n\n\nT = {}\nU = T\nU[\"a\"] = 1\n\n\ndef table():\n    return T\n\n\n\
         class Node:\n    all = []\n\n    def __init__(self, v):\n        self.v = v\n        Node.all.append(self)\n\n\n\
         N1 = Node(1)\n\n\ndef total():\n    return sum(x.v for x in Node.all)\n\n\n\
         class Counter:\n    made = 0\n\n    def __init__(self):\n        type(self).made += 1\n\n\nFIRST = Counter()\n\n\ndef made():\n    return Counter.made\n",
    );
    for (entry, held) in [
        ("names", "class B(A):"),
        ("listed", "a.append(1)\n"),
        ("table", "U = T\nU[\"a\"] = 1\n"),
        ("total", "N1 = Node(1)\n"),
        ("made", "FIRST = Counter()\n"),
    ] {
        let text = &program(&found, entry).text;
        assert!(text.contains(held), "{text}");
    }
    let listed = &program(&found, "listed").text;
    assert!(!listed.contains("Node"), "{listed}");
}
