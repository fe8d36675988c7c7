//! Files in the form of EvalPlus: inputs without tests, tests that need numpy, assertions that show the types of
//! inputs; and code that tries to pass them without doing what they ask for.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::support::Bench;
use crate::tasks::{judged, lines};

/// A row of HumanEval+ as EvalPlus gives it out.
fn human() -> Value {
    json!({
        "task_id": "HumanEval/900",
        "prompt": "\n\ndef below(numbers: list, limit: int) -> bool:\n    \"\"\" Are all numbers below the limit?\n    >>> below([1, 2], 3)\n    True\n    \"\"\"\n",
        "contract": "\n    assert all(type(x) in [int, float] for x in numbers) # $_CONTRACT_$\n",
        "canonical_solution": "\n    return all(number < limit for number in numbers)\n\n",
        "entry_point": "below",
        "base_input": [[[1, 2, 4, 10], 100], [[1, 20, 4, 10], 5]],
        "plus_input": [[[], 0], [[1.5, -1e300], 2], [[7], 7]],
        "atol": 0,
    })
}

/// The same as the Hub has it, with a test that holds inputs and results.
fn hub() -> Value {
    json!({
        "task_id": "HumanEval/901",
        "prompt": "def halves(numbers: list) -> list:\n    \"\"\" Half of each number. \"\"\"\n",
        "canonical_solution": "    return [number / 2 for number in numbers]\n",
        "entry_point": "halves",
        "test": "\n\nimport numpy as np\n\ndef is_floats(x) -> bool:\n    if isinstance(x, float):\n        return True\n    if isinstance(x, (list, tuple)) and x:\n        return all(isinstance(i, float) for i in x)\n    if isinstance(x, np.ndarray):\n        return x.dtype == np.float64 or x.dtype == np.float32\n    return False\n\n\ndef assertion(out, exp, atol):\n    exact_match = out == exp\n    if atol == 0 and is_floats(exp):\n        atol = 1e-6\n    if not exact_match and atol != 0:\n        assert type(out) == type(exp)\n        assert len(out) == len(exp)\n        assert np.allclose(out, exp, rtol=1e-07, atol=atol)\n    else:\n        assert exact_match, f\"out: {out}, exp: {exp}\"\n\n\ndef check(candidate):\n    inputs = [[[1, 2]], [[]], [[3.0, -1]]]\n    results = [[0.5, 1.0], [], [1.5, -0.5]]\n    for i, (inp, exp) in enumerate(zip(inputs, results)):\n        assertion(candidate(*inp), exp, 0)\n",
    })
}

/// Rows of MBPP+: the assertions say that inputs are tuples, and that the result counts as a set or as true.
fn basic() -> Vec<Value> {
    vec![
        json!({
            "task_id": "Mbpp/902",
            "prompt": "\"\"\"\nWrite a function to find the shared elements of two tuples.\nassert set(shared((3, 4, 5), (5, 7, 4))) == set((4, 5))\n\"\"\"\n",
            "entry_point": "shared",
            "canonical_solution": "\ndef shared(one, other):\n  assert isinstance(one, tuple)\n  return tuple(set(one) & set(other))\n",
            "assertion": "assert set(shared((3, 4, 5), (5, 7, 4))) == set((4, 5))\nassert set(shared((1, 2), (5, 2))) == set((2,))",
            "base_input": [[[3, 4, 5], [5, 7, 4]], [[1, 2], [5, 2]]],
            "plus_input": [[[], []], [[1, 2, 3, 4], [4, 3, 9]]],
            "atol": 0,
        }),
        json!({
            "task_id": "Mbpp/903",
            "prompt": "\"\"\"\nWrite a function that looks for a after b.\n\"\"\"\n",
            "entry_point": "after",
            "canonical_solution": "\nimport re\ndef after(text):\n  return re.search('ba', text)\n",
            "assertion": "assert after('xba')\nassert not after('ab')",
            "base_input": [["xba"], ["ab"]],
            "plus_input": [[""], ["bab"]],
            "atol": 0,
        }),
        // Assertions that use a module without importing it, and numbers that are texts beside a complex one.
        json!({
            "task_id": "Mbpp/904",
            "prompt": "\"\"\"\nWrite a function that gives the angle of a sum.\n\"\"\"\n",
            "entry_point": "angle",
            "canonical_solution": "\nimport cmath\ndef angle(a, b):\n  return cmath.phase(a + b)\n",
            "assertion": "assert math.isclose(angle(0, 1j), 1.5707963, rel_tol=0.001)\nassert math.isclose(angle(2, 1j), 0.4636476, rel_tol=0.001)",
            "base_input": [["0", "1j"], ["2", "1j"]],
            "plus_input": [["3", "(1+2j)"]],
            "test_imports": ["import itertools"],
            "atol": 0.0001,
        }),
    ]
}

fn statuses(found: &[(String, String)]) -> Vec<&str> {
    found.iter().map(|(status, _)| status.as_str()).collect()
}

#[test]
fn files_of_evalplus_are_read_as_they_are() {
    let bench = Bench::empty();
    let packed = std::fs::File::create(bench.path("HumanEvalPlus.jsonl.gz")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packed.write_all(lines(&[human()]).as_bytes()).unwrap();
    packed.finish().unwrap();
    bench.write("hub.jsonl", &lines(&[hub()]));
    bench.write("MbppPlus.jsonl", &lines(&basic()));
    for (name, data) in [
        ("human", "HumanEvalPlus.jsonl.gz"),
        ("hub", "hub.jsonl"),
        ("mbpp", "MbppPlus.jsonl"),
    ] {
        bench.ok(&["task", "new", name, "--data", data]);
        let checked = bench.ok(&["validate", &format!("{name}.toml")]);
        assert_eq!(
            checked.matches("as it must be").count(),
            7,
            "{name}: {checked}"
        );
    }
    let given = |item: &str, code: &str| (item.to_owned(), format!("```python\n{code}\n```"));
    let found = judged(
        &bench,
        "human.toml",
        &[given(
            "HumanEval/900",
            "def below(numbers, limit):\n    return max(numbers, default=limit - 1) < limit",
        )],
    );
    assert_eq!(statuses(&found), ["correct"], "{found:?}");
    let found = judged(
        &bench,
        "human.toml",
        &[
            // Right for the inputs of HumanEval, and not for those of EvalPlus.
            given(
                "HumanEval/900",
                "def below(numbers, limit):\n    return max(numbers) <= limit",
            ),
        ],
    );
    assert_eq!(statuses(&found), ["wrong"], "{found:?}");
    let found = judged(
        &bench,
        "mbpp.toml",
        &[
            // Another order, and lists for tuples: the assertions look at sets.
            given(
                "Mbpp/902",
                "def shared(one, other):\n    return [x for x in reversed(other) if x in one]",
            ),
            given("Mbpp/903", "def after(text):\n    return 'ba' in text"),
        ],
    );
    assert_eq!(statuses(&found), ["correct", "correct"], "{found:?}");
    let found = judged(
        &bench,
        "mbpp.toml",
        &[
            given("Mbpp/902", "def shared(one, other):\n    return one"),
            given("Mbpp/903", "def after(text):\n    return True"),
        ],
    );
    assert_eq!(statuses(&found), ["wrong", "wrong"], "{found:?}");
}

/// Ways to pass without an answer, beside those of the tests for tasks: each is all of the code for `below`.
const HOSTILE: [(&str, &str); 14] = [
    (
        "at the end of the process",
        "import atexit, os\natexit.register(lambda: os.write(1, b'{\"ended\": \"passed\"}'))\ndef below(n, limit): return None\n",
    ),
    (
        "a thread that reports",
        "import threading, os\ndef run():\n    while True:\n        for fd in range(3, 20):\n            try: os.write(fd, b'passed')\n            except OSError: pass\nthreading.Thread(target=run, daemon=True).start()\ndef below(n, limit): return None\n",
    ),
    (
        "prints a report",
        "print('{\"ended\": \"passed\", \"passed\": 1, \"total\": 1}')\ndef below(n, limit):\n    print('passed')\n    return None\n",
    ),
    (
        "every built-in function patched",
        "import builtins\nfor name in ('isinstance', 'type', 'all', 'len', 'zip', 'abs', 'compile', 'exec', 'repr'):\n    setattr(builtins, name, lambda *a, **k: True)\ndef below(n, limit): return None\n",
    ),
    (
        "finalizers",
        "class D:\n    def __del__(self):\n        import os\n        os._exit(0)\ndef below(n, limit): return D()\n",
    ),
    (
        "an import hook",
        "import sys\nclass Hook:\n    def find_spec(self, *a): raise SystemExit(0)\nsys.meta_path.insert(0, Hook())\ndef below(n, limit): return None\n",
    ),
    (
        "a generator without an end",
        "def below(n, limit):\n    while True: yield True\n",
    ),
    (
        "both at once",
        "class Both(int):\n    def __eq__(self, other): return True\n    __hash__ = int.__hash__\ndef below(n, limit): return Both(1)\n",
    ),
    (
        "a container of liars",
        "class Liar:\n    def __eq__(self, other): return True\n    def __bool__(self): return True\ndef below(n, limit): return [Liar()]\n",
    ),
    (
        "changes its arguments",
        "def below(n, limit):\n    n.clear()\n    return None\n",
    ),
    (
        "reads the collector",
        "import gc\ndef below(n, limit):\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'reference' in o: return eval(o['reference'])\n    return None\n",
    ),
    (
        "reads its parents",
        "import os\ndef below(n, limit):\n    for pid in (os.getppid(), 1, os.getpid()):\n        for part in ('cmdline', 'environ', 'maps', 'fd/0', 'fd/3', 'fd/4'):\n            try: open(f'/proc/{pid}/{part}', 'rb').read(1000)\n            except OSError: pass\n    return None\n",
    ),
    (
        "an exception that is a result",
        "class E(Exception):\n    def __eq__(self, o): return True\ndef below(n, limit): raise E\n",
    ),
    (
        "a signal handler",
        "import signal, os\nfor s in range(1, 31):\n    try: signal.signal(s, lambda *a: os._exit(0))\n    except (OSError, ValueError): pass\ndef below(n, limit):\n    os.kill(os.getpid(), 15)\n",
    ),
];

#[test]
fn no_trick_passes_inputs_without_tests() {
    let bench = Bench::empty();
    bench.write("plus.jsonl", &lines(&[human()]));
    bench.ok(&["task", "new", "plus", "--data", "plus.jsonl"]);
    let task = std::fs::read_to_string(bench.path("plus.toml")).unwrap();
    bench.write("plus.toml", &task.replace("timeout = 5", "timeout = 1"));
    let responses: Vec<_> = HOSTILE
        .iter()
        .map(|(_, code)| ("HumanEval/900".to_owned(), format!("```python\n{code}```")))
        .collect();
    let found = judged(&bench, "plus.toml", &responses);
    assert_eq!(found.len(), HOSTILE.len());
    for ((name, _), (status, reason)) in HOSTILE.iter().zip(&found) {
        assert_ne!(status, "correct", "{name}: {reason}");
    }
}
