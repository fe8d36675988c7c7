//! Twice as much of the same takes about twice as long: no file is quadratic.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use tracestone_extract::{Settings, SourceFile, extract};
use tracestone_record::FileId;

/// A name for each kind of file, what it starts with, and what is written for each number.
const KINDS: &[(&str, &str, &str)] = &[
    (
        "asserts",
        "def f(x):\n    return x\n\n",
        "assert f(#) == #\n",
    ),
    (
        "asserts about a variable",
        "def f(x):\n    return x\n\n\ndef test():\n    y = [1]\n",
        "    assert f(y) == #\n",
    ),
    (
        "bindings and asserts",
        "def f(x):\n    return x\n\n\ndef test():\n",
        "    y = f(#)\n    assert f(y) == #\n",
    ),
    (
        "many names",
        "def f(x):\n    return x\n\n\ndef test():\n",
        "    y# = f(#)\n    assert y# == #\n",
    ),
    (
        "a counter",
        "N = 0\n\n\ndef f(x):\n    global N\n    N += 1\n    return N\n\n\n",
        "assert f(#) == #\n",
    ),
    (
        "imports and asserts",
        "def test():\n    from m import f\n",
        "    import a#\n    assert f(a#.x) == #\n",
    ),
    (
        "calls",
        "def f(x):\n    return x\n\n\nif __name__ == '__main__':\n",
        "    print(f(#))\n",
    ),
    (
        "unittest",
        "def f(x):\n    return x\n\n\nclass T(TestCase):\n    def test(self):\n",
        "        self.assertEqual(f(#), #)\n",
    ),
    ("doctests", "def f(x):\n    '''\n", "    >>> f(#)\n    #\n"),
    (
        "functions",
        "",
        "def f#(x):\n    return x\n\n\nassert f#(1) == 1\n",
    ),
    (
        "functions that call the next",
        "",
        "def f#(x):\n    return f#0(x)\n\n\n",
    ),
    (
        "classes",
        "class B:\n    def __init_subclass__(cls):\n        pass\n\n\n",
        "class C#(B):\n    pass\n\n\n",
    ),
    (
        "methods",
        "class C:\n",
        "    def f#(self):\n        return self.f#()\n\n",
    ),
    ("locals", "def f():\n", "    x# = #\n"),
    ("globals", "def f():\n", "    global x#\n    x# = x#\n"),
    ("attributes", "class C:\n", "    x# = #\n    y# = x#\n"),
    ("variables", "", "x# = [#]\nx#.append(x#)\n"),
    ("one variable", "x = []\n", "x.append(#)\n"),
    ("comments", "def f():\n", "    # says # of it\n    x = 1\n"),
    ("elements", "x = [\n", "    (#, 'a#'),  # 1\n"),
    (
        "entries in the wrong place",
        "def f():\n    x = {\n",
        "'a#': [\n#],  # 1\n",
    ),
    (
        "imports",
        "def f():\n    return 1\n\n\n",
        "from math import sin as s#\nfrom .m import t#\n",
    ),
    ("errors", "", "def f#(x):\n    return (x\n\n\n"),
    ("parameters", "def f(\n", "    a#=#,\n"),
    ("strings", "x = (\n", "    'a#'\n"),
    (
        "tables",
        "def f(x):\n    return x\n\n\ndef test():\n",
        "    for a, b in [(1, #)]:\n        assert f(a) == b\n",
    ),
];

fn ending(name: &str) -> &'static str {
    match name {
        "doctests" => "    '''\n    return x\n",
        "elements" => "]\n",
        "entries in the wrong place" => "}\n    return x\n",
        "parameters" => "):\n    return 1\n",
        "strings" => ")\n",
        _ => "",
    }
}

fn seconds(name: &str, start: &str, each: &str, count: usize) -> f64 {
    let mut text = start.to_owned();
    for number in 0..count {
        write!(text, "{}", each.replace('#', &number.to_string())).expect("strings grow");
    }
    text.push_str(ending(name));
    let file = SourceFile {
        id: FileId::of(&[name.as_bytes()]),
        path: "m.py",
        content: text.as_bytes(),
    };
    let begun = Instant::now();
    let found = extract(&[file], None, &Settings::default(), &|| {});
    let taken: Duration = begun.elapsed();
    assert_eq!(found.files.len(), 1);
    taken.as_secs_f64()
}

#[test]
fn no_kind_of_file_is_quadratic() {
    const LIMIT: f64 = 20.0;
    let mut slow = Vec::new();
    for &(name, start, each) in KINDS {
        const SMALL: usize = 1_000;
        // Eight times as much: linear work takes eight times as long, quadratic work sixty-four times.
        // A busy machine may make one measurement long, hardly all of them.
        let mut ratios = Vec::new();
        while ratios.len() < 4 && ratios.last().is_none_or(|&ratio| ratio > LIMIT) {
            let few = seconds(name, start, each, SMALL);
            ratios.push(seconds(name, start, each, 8 * SMALL) / few.max(0.002));
        }
        if ratios.last().is_some_and(|&ratio| ratio > LIMIT) {
            slow.push(format!("{name}: {ratios:.1?}"));
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
