//! Properties of extraction for every input: no panic, valid places, the same result on any number of
//! threads.

#[path = "support/holds.rs"]
mod holds;
#[path = "support/source.rs"]
mod source;

use proptest::prelude::*;
use tracestone_extract::Extraction;

const PIECES: &[&str] = &[
    "def f(a, b=1, *args, **kwargs):\n",
    "    return g(a) + b\n",
    "    \"\"\"Says it.\n\n    >>> f(1)\n    2\n    \"\"\"\n",
    "    # because é is not ASCII\n",
    "    for x in range(3): print(x)  # loop\n",
    "    def inner(): return CONSTANT\n",
    "class C(Base):\n",
    "    @property\n",
    "    async def m(self): return [y async for y in self]\n",
    "CONSTANT = {'a': [1, 2]}\n",
    "import os, re as regex\n",
    "from .other import g\n",
    "from math import *\n",
    "assert f(1) == 2\n",
    "print 'Python 2'\n",
    "lambda: (yield)\n",
    "if __name__ == '__main__':\n",
    "    f('''",
    "'''\n",
    "\t mixed = 1\n",
    "x = f\"{a!r:>{width}}\"\n",
    "match x:\n    case [1, *rest]: pass\n",
    "((((((((((",
    "))))))))))\n",
    "\\\n",
    "\r\n",
    "\u{feff}",
    "\0",
    "@pytest.mark.parametrize('a, b', [(1, 2), (3, 4)])\n",
    "def test_f(a, b):\n    assert f(a) == b\n",
];

fn python() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(|text| text.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn found(first: &[u8], second: &[u8]) -> Extraction {
    source::extracted(&[("pkg/one.py", first), ("pkg/other.py", second)])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn places_fit_and_lines_map_back(first in python(), second in python()) {
        let files = [("pkg/one.py", &first[..]), ("pkg/other.py", &second[..])];
        holds::check(&files, &source::extracted(&files));
    }

    #[test]
    fn threads_do_not_matter(first in python(), second in python()) {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        let several = rayon::ThreadPoolBuilder::new().num_threads(4).build().expect("a pool");
        let one = alone.install(|| found(&first, &second));
        let four = several.install(|| found(&first, &second));
        prop_assert_eq!(one, four);
    }
}

/// Deep nesting and long lines stop nothing.
#[test]
fn extreme_files_are_reported() {
    let deep = format!("x = {}{}\n", "(".repeat(50_000), ")".repeat(50_000));
    let long = format!("x = [{}]\n", "1, ".repeat(300_000));
    let chained = format!("def f(x):\n    return {}x\n", "not ".repeat(20_000));
    let indented: String = (0..2_000)
        .map(|depth| format!("{}if x:\n", " ".repeat(depth)))
        .collect();
    for text in [deep, long, chained, indented] {
        let found = found(text.as_bytes(), b"def g():\n    return 1\n");
        assert_eq!(found.files.len(), 2);
        assert_eq!(
            found.programs.len(),
            found
                .programs
                .iter()
                .filter(|program| program.entry == "g")
                .count()
        );
    }
}
