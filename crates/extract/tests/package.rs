//! Units that are no self-contained texts become programs that run in their own package.

#[path = "support/programs.rs"]
mod programs;
#[path = "support/source.rs"]
mod source;

use programs::{extracted, program};
use tracestone_record::{Program, Reason};

/// The lines of the file that are shown; 0 for none.
fn lines(program: &Program) -> Vec<u32> {
    let lines = program.lines.iter();
    lines
        .map(|origin| origin.map_or(0, |origin| origin.line.0))
        .collect()
}

const CORE: &str =
    "__all__ = ['f']\n\n\ndef f(x: int):\n    if x > 3:\n        return x + 1\n    return x\n";

#[test]
fn what_uses_its_own_package_runs_in_it() {
    let found = extracted(&[
        ("pkg/__init__.py", "from .core import f\n"),
        ("pkg/core.py", CORE),
        (
            "use1.py",
            "import pkg as p\n\n\ndef g1(x: int):\n    return p.f(x) * 2\n",
        ),
        (
            "use2.py",
            "def g2(x: int):\n    from pkg.core import f\n    return f(x) * 2\n",
        ),
        (
            "use4.py",
            "from pkg import f\n\n\ndef g4(x: int):\n    return f(x) * 2\n",
        ),
        (
            "use5.py",
            "import pkg.core\n\n\ndef g5(x: int):\n    return pkg.core.f(x) * 2\n",
        ),
    ]);
    for entry in ["g1", "g2", "g5"] {
        let package = program(&found, entry).package.as_ref().expect(entry);
        assert_eq!(package.module, format!("use{}", &entry[1..]));
        assert_eq!(package.roots[0], "");
    }
    assert_eq!(
        program(&found, "g1").text,
        "import pkg as p\n\n\ndef g1(x: int):\n    return p.f(x) * 2\n"
    );
    // A self-contained text stays one.
    assert_eq!(program(&found, "g4").package, None);
}

#[test]
fn an_import_of_a_file_that_was_too_large_keeps_no_module_out() {
    for import in ["from pkg.tables import T", "from .tables import T"] {
        let text = format!("{import}\n\n\ndef g(x: int):\n    return T[x]\n");
        let files = [("pkg/__init__.py", ""), ("pkg/core.py", text.as_str())];
        let files = files.map(|(path, text)| (path, text.as_bytes()));
        let found = source::extracted_beside(&files, &["pkg/tables.py"]);
        assert!(program(&found, "g").package.is_some(), "{import}");
        let found = source::extracted(&files);
        assert!(found.programs.is_empty(), "{import}");
    }
}

#[test]
fn a_parameter_whose_value_has_its_name_is_no_endless_one() {
    let test = "import pytest\nfrom pkg.core import f\n\nx = 3\n\n\n@pytest.mark.parametrize('x', [x])\ndef test_f(x):\n    assert f(x) == 3\n";
    let found = extracted(&[
        ("pkg/__init__.py", ""),
        ("pkg/core.py", CORE),
        ("test_core.py", test),
    ]);
    program(&found, "f");
}

#[test]
fn a_module_that_its_package_imports_from_itself_is_that_module() {
    let test = "from pk.sub import helpers, helpers as h\n\n\ndef test_thrice():\n    assert helpers.twice(2) == 4\n    assert h.thrice(2) == 6\n";
    let found = extracted(&[
        ("pk/__init__.py", ""),
        ("pk/sub/__init__.py", "from . import helpers\n"),
        (
            "pk/sub/helpers.py",
            "def twice(x):\n    return x * 2\n\n\ndef thrice(x):\n    return x * 3\n",
        ),
        ("test_sub.py", test),
    ]);
    for (entry, call) in [("twice", "twice(2)"), ("thrice", "thrice(2)")] {
        let of = program(&found, entry).id;
        let mut calls = found.calls.iter().filter(|one| one.program == of);
        assert!(calls.any(|one| one.call.contains(call)), "{entry}");
    }
}

#[test]
fn relative_imports_say_that_a_folder_is_a_package() {
    for (above, module) in [("", "ns.inner.mod"), ("src/", "ns.inner.mod")] {
        let text = "from . import other\n\n\ndef nested(x):\n    return x + other.ONE\n";
        let found = extracted(&[
            (&format!("{above}ns/inner/mod.py"), text),
            (&format!("{above}ns/inner/other.py"), "ONE = 1\n"),
        ]);
        let package = program(&found, "nested").package.as_ref();
        assert_eq!(
            package.map(|one| one.module.as_str()),
            Some(module),
            "{above}"
        );
    }
}

#[test]
fn each_line_is_a_line_of_the_file() {
    let text = "\
from __future__ import annotations

import math
from .other import *

LIMIT = 10
UNUSED = 11


def helper(x):
    return x + LIMIT


def unused(x):
    return x


class Thing:
    '''A thing.

    >>> Thing().f(1)
    11
    '''

    def f(self, x):
        # => 11
        return helper(star(x))
";
    let other = "from math import sqrt\n\n\ndef star(x):\n    return here(x)\n\n\nhere = lambda x: x\nhere = there = here\n";
    let found = extracted(&[
        ("pkg/__init__.py", ""),
        ("pkg/thing.py", text),
        (
            "pkg/other.py",
            &format!("from .missing_name import y\n{other}")
                .replace("from .missing_name import y\n", ""),
        ),
    ]);
    let thing = program(&found, "Thing");
    if thing.package.is_some() {
        let all: Vec<&str> = text.lines().collect();
        for (shown, line) in thing.text.lines().zip(lines(thing)) {
            assert_eq!(shown, all[line as usize - 1]);
        }
        assert!(!thing.text.contains(">>>") && !thing.text.contains("=> 11"));
        assert!(!thing.text.contains("unused") && !thing.text.contains("UNUSED"));
        assert!(thing.text.contains("def helper") && thing.text.contains("LIMIT = 10"));
    }
}

#[test]
fn a_conditional_definition_is_shown_whole() {
    let text = "\
import sys

if sys.version_info >= (3, 8):
    def h(x: int):
        return x + 8
else:
    def h(x: int):
        return x


def g8(x: int):
    return h(x)
";
    let found = extracted(&[("use8.py", text)]);
    assert_eq!(program(&found, "g8").text, text);
    assert_eq!(
        program(&found, "h").text,
        text[..text.find("\n\ndef g8").unwrap()].to_owned() + ""
    );
}

#[test]
fn what_lacks_a_distribution_says_which() {
    let found = extracted(&[
        ("pkg/__init__.py", "from .core import f\n"),
        (
            "pkg/core.py",
            "import numpy\nimport there\n\n\ndef f(x):\n    return numpy.sum(x)\n",
        ),
        ("use.py", "import pkg\n\n\ndef g(x):\n    return pkg.f(x)\n"),
        (
            "fine.py",
            "import there\n\n\ndef h(x):\n    return there.f(x)\n",
        ),
    ]);
    let lacking: Vec<&str> = found
        .dropped
        .iter()
        .filter(|dropped| dropped.reason == Reason::NeedsPackage)
        .map(|dropped| dropped.detail.split(' ').next().unwrap_or(""))
        .collect();
    assert_eq!(lacking, ["numpy", "numpy"]);
    assert!(program(&found, "h").package.is_some());
}

#[test]
fn calls_keep_the_words_of_their_tests() {
    let found = extracted(&[
        ("src/pkg/__init__.py", "from .core import *\n"),
        (
            "src/pkg/core.py",
            "import pkg as p\n\n__all__ = ['make', 'size']\n\n\ndef make(n):\n    return [p] * n\n\n\ndef size(x):\n    return len(x) + p.extra\n",
        ),
        (
            "tests/test_core.py",
            "import pkg as pk\nfrom pkg.core import make\n\n\ndef test_size():\n    x = make(3)\n    assert pk.size(x) == 4\n",
        ),
    ]);
    let size = program(&found, "size");
    let package = size.package.as_ref().expect("it runs in its package");
    assert_eq!(
        (package.module.as_str(), package.roots[0].as_str()),
        ("pkg.core", "src")
    );
    let calls: Vec<(&str, &str)> = found
        .calls
        .iter()
        .filter(|call| call.program == size.id)
        .map(|call| (call.setup.as_str(), call.call.as_str()))
        .collect();
    assert_eq!(calls, [("x = make(3)", "size(x)")]);
}

#[test]
fn modules_beside_tests_can_be_imported() {
    let core = "import pkg as p\n\n\ndef size(x):\n    return len(x) + p.extra\n";
    let test = "from pkg.core import size\nfrom made import xs\n\n\ndef test_size():\n    assert size(xs) == 4\n";
    let roots = |made: &str| {
        let files = [
            ("src/pkg/__init__.py", "extra = 1\n"),
            ("src/pkg/core.py", core),
            ("tests/test_core.py", test),
            (made, "xs = [1, 2, 3]\n"),
        ];
        let found = extracted(&files);
        let size = program(&found, "size");
        size.package
            .as_ref()
            .expect("it runs in its package")
            .roots
            .clone()
    };
    assert_eq!(roots("tests/made.py"), ["src", "", "tests"]);
    assert_eq!(roots("other/made.py"), ["src", ""]);
}

#[test]
fn of_a_long_class_the_largest_methods_are_not_shown() {
    let mut text = "import pkg\n\n\nclass Long(pkg.Base):\n    \"\"\"Long.\"\"\"\n".to_owned();
    for number in 1..40 {
        text.push_str(&format!(
            "\n    # Method {number}.\n    def m{number}(self):\n"
        ));
        text.push_str(&"        self.x = 1\n".repeat(number));
    }
    text.push_str("\n    def __init__(self):\n");
    text.push_str(&"        self.y = 1\n".repeat(60));
    let found = extracted(&[
        ("pkg/__init__.py", "class Base:\n    pass\n"),
        ("pkg/long.py", &text),
    ]);
    let long = program(&found, "Long");
    assert!(long.package.is_some() && long.text.lines().count() <= 300);
    for shown in ["class Long", "def __init__", "def m1(", "def m10("] {
        assert!(long.text.contains(shown), "{shown}");
    }
    assert!(!long.text.contains("def m39") && !long.text.contains("Method 39."));
    let all: Vec<&str> = text.lines().collect();
    for (shown, line) in long.text.lines().zip(lines(long)) {
        assert_eq!(shown, all[line as usize - 1]);
    }
}

#[test]
fn a_text_moves_into_its_package_where_only_that_gives_it_calls() {
    let found = extracted(&[
        ("pkg/__init__.py", ""),
        (
            "pkg/core.py",
            "def f(x):\n    return x + 1\n\n\ndef g(x):\n    return x + 2\n",
        ),
        (
            "pkg/consts.py",
            "import sys\nif sys.maxsize > 1:\n    K = 1\nelse:\n    K = 2\n",
        ),
        (
            "test_core.py",
            "from pkg.core import f, g\nfrom pkg.consts import K\n\n\ndef test():\n    assert f(K) == 2\n    assert g(3) == 5\n",
        ),
    ]);
    let f = program(&found, "f");
    assert!(f.package.is_some());
    let calls: Vec<(&str, &str)> = found
        .calls
        .iter()
        .filter(|call| call.program == f.id)
        .map(|call| (call.setup.as_str(), call.call.as_str()))
        .collect();
    assert_eq!(calls, [("from pkg.consts import K", "f(K)")]);
    assert_eq!(program(&found, "g").package, None);
    let left_out = found.dropped.iter();
    let left_out = left_out.filter(|dropped| dropped.subject.starts_with("test_core.py:6"));
    assert_eq!(left_out.count(), 0);
}

#[test]
fn what_looks_at_frames_or_references_has_no_program() {
    let found = extracted(&[
        ("pkg/__init__.py", "K = 1\n"),
        (
            "pkg/looks.py",
            "import gc\nimport pkg\n\n\ndef f(x):\n    return gc.collect() + pkg.K\n\n\ndef g(x):\n    import inspect\n    \
             return inspect.stack()\n\n\ndef h(x):\n    return locals()\n",
        ),
    ]);
    assert!(found.programs.is_empty(), "{:?}", found.programs);
    let count = |reason| {
        found
            .dropped
            .iter()
            .filter(|one| one.reason == reason)
            .count()
    };
    // What the collector of garbage finds is of the process, not of a frame.
    assert_eq!(
        (count(Reason::ReadsFrames), count(Reason::ReadsEnvironment)),
        (2, 1)
    );
}

#[test]
fn what_looks_at_an_object_does_not_look_at_frames() {
    let found = extracted(&[(
        "looks.py",
        "import xml as x\n\n\ndef f(a):\n    return 'keys' in dir(a)\n\n\ndef g(a):\n    return sorted(vars( a ).items())\n\n\n\
         def h(a):\n    return dir()\n\n\ndef i(a):\n    b = a\n    return vars()\n\n\ndef j():\n    return len(dir(x))\n\n\n\
         def k(a):\n    return dir(*a)\n\n\ndef l(a):\n    return dir(x.dom)\n\n\
         f({})\ng(f)\nh(1)\ni(1)\nj()\nk([])\nl(1)\n",
    )]);
    let names: Vec<&str> = found
        .programs
        .iter()
        .map(|one| one.entry.as_str())
        .collect();
    assert_eq!(names, ["f", "g"], "{:?}", found.dropped);
}
