//! Objects of a package's other modules end when they would end without a recorder.

use tracestone_record::{Run, Verdict};

use super::support::{engine, engine_in_python, runs};
use super::{packaged, tree, value};

/// The values that a variable takes.
fn values<'r>(run: &'r Run, name: &str) -> Vec<&'r str> {
    let trace = run.trace.as_ref().expect("there is a trace");
    let changes = trace.events.iter().flat_map(|event| &event.changes);
    changes
        .filter(|change| change.name == name)
        .filter_map(|change| Some(change.value.as_ref()?.text.as_str()))
        .collect()
}

#[test]
fn objects_of_other_modules_end_in_time() {
    let resources = "\
import weakref
LOG = []
class Resource:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        LOG.append(self.n)
class Plain:
    pass
def watch(one):
    return weakref.ref(one)
";
    let module = "\
from shop import resources
def f(n):
    log = resources.LOG
    del log[:]
    r = resources.Resource(n)
    r = None; seen = len(log)
    return n
def g(n):
    p = resources.Plain()
    look = resources.watch(p)
    p = None; gone = look() is None
    return gone
";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/resources.py", resources),
        ("shop/use.py", module),
    ];
    let tree = tree("ends", &files);
    let lines: Vec<u32> = (2..=12).collect();
    for engine in [engine(), engine_in_python()] {
        let calls = [("", "f(3)"), ("", "g(1)")];
        let found = runs(&engine, packaged(&tree, "shop.use", &lines, &calls));
        assert_eq!(found[0].verdict, Verdict::Verified);
        assert_eq!(values(&found[0], "seen"), ["1"]);
        assert_eq!(values(&found[0], "log"), ["[]", "[3]"]);
        assert_eq!(value(&found[1]), "True");
    }
}

#[test]
fn a_call_finds_the_package_as_it_was_imported() {
    let registry = "NAMES = {}\nclass Counter:\n    total = 0\n";
    let module = "\
from shop import registry
def note(name):
    names = registry.NAMES
    names[name] = True
    count = len(names)
    return name
def count(n):
    counter = registry.Counter
    counter.total += n
    total = counter.total
    return n
";
    let files = [
        ("shop/__init__.py", ""),
        ("shop/registry.py", registry),
        ("shop/use.py", module),
    ];
    let tree = tree("left", &files);
    let lines: Vec<u32> = (2..=11).collect();
    for engine in [engine(), engine_in_python()] {
        let calls = [("", "note('a')"), ("", "note('b')"), ("", "count(2)")];
        let found = runs(&engine, packaged(&tree, "shop.use", &lines, &calls));
        assert!(found.iter().all(|run| run.verdict == Verdict::Verified));
        assert_eq!(values(&found[0], "names"), ["{}", "{'a': True}"]);
        assert_eq!(values(&found[1], "count"), ["1"]);
        assert_eq!(values(&found[2], "total"), ["2"]);
    }
}
